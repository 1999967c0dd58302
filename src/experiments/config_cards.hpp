#pragma once

#include "experiments/config.hpp"
#include "neuron_models/facts.hpp"

/// What CONFIG calls each setting, its range and what it means, once: for its reader, `spikewell config` and
/// docs/config.md. Defaults are the members' own (experiments/config.hpp).
namespace spikewell::experiments {

/// More presentations, trials or rows than any machine gets through.
inline constexpr double k_max_count = 1e9;
inline constexpr Interval k_counts{1, k_max_count};
inline constexpr Interval k_rows{0, k_max_count};
/// Pixels of a side; a network of more nodes fits no memory.
inline constexpr Interval k_sides{1, 4096};
/// Of learning and of trials: from nothing but noise to no noise that matters.
inline constexpr Interval k_precisions{1e-6, 1e3};

} // namespace spikewell::experiments

namespace spikewell {

template <> struct Card<experiments::DataConfig> {
    using M = experiments::DataConfig;
    static constexpr std::string_view key = "data";
    static constexpr std::string_view name = "the images";
    static constexpr auto fields = std::tuple{
        Own<M, std::string>{"csv", &M::csv, std::nullopt, "null or a path", "null",
                            "the images, CSV, NPY, IDX or a folder of PNG files, relative to the "
                            "CONFIG file; null: "
                            "the built-in digits (64 pixels, label in column 64). `images` is "
                            "another name of this key"},
        Own<M, experiments::LabelColumn>{
            "label_column", &M::label_column, experiments::k_rows, "null or a column", "64",
            "column that is no pixel; null: every column is a pixel. With a `csv` and without this "
            "key: the column whose header cell is label, class or target, in any case"},
        Own<M, std::string>{"labels", &M::labels, std::nullopt, "null or a path", "null",
                            "IDX file of labels of IDX images; null: the one beside them, if there "
                            "is"},
        OptionalWhole<M, std::size_t>{"first", &M::first, experiments::k_counts,
                                      "in the place of `train_rows`: the first so many rows"},
        OptionalWhole<M, std::size_t>{
            "per_class", &M::per_class, experiments::k_counts,
            "in the place of `train_rows`: the first so many rows of each label"},
        Own<M, std::vector<std::size_t>>{
            "train_rows", &M::train_rows, experiments::k_rows, "a list of rows",
            "[0,1,2,3,4,5,6,7,8,9]",
            "rows that are learnt, from 0, a header line not counted; none twice"},
        Own<M, std::optional<std::vector<std::size_t>>>{
            "test_rows", &M::test_rows, experiments::k_rows, "\"rest\" or a list of rows",
            "\"rest\"",
            "rows never learnt, for generalization; \"rest\": all others; `[]`: generalization is "
            "not measured"},
        Own<M, std::optional<std::array<std::size_t, 2>>>{
            "resize", &M::resize, experiments::k_sides, "null or [height, width]", "null",
            "pixels that images are brought to before `preprocess`: bilinear, where they shrink "
            "over as wide a triangle as the new pixels are"},
        Choice<M, experiments::Preprocess, 3>{
            "preprocess",
            &M::preprocess,
            {"square-zscore", "zscore", "none"},
            "square each pixel, then z-score each image; z-score alone; nothing. Squares of signed "
            "data make an image and its negative one: a warning"}};
};

template <> struct Card<experiments::TrainingConfig> {
    using M = experiments::TrainingConfig;
    static constexpr std::string_view key = "training";
    static constexpr std::string_view name = "how the network learns";
    static constexpr auto fields = std::tuple{
        Number<M>{"evidence", &M::evidence, {0, 1e4}, "evidence is this times the image"},
        Number<M>{"inverse_temperature", &M::inverse_temperature, experiments::k_precisions,
                  "iT, the precision of the states while learning"},
        OptionalNumber<M>{
            "learning_rate",
            &M::learning_rate,
            {0, 1},
            "alpha, a step; null: 0.064 over the number of nodes, 0.001 at 64. A larger one for "
            "many pixels parts rates and spikes: a warning where rho > 0.5 "
            "(`neuron_models/predictive_hebbian.hpp`)"},
        Whole<M, std::size_t>{"presentations", &M::presentations, experiments::k_counts,
                              "of images; about 500 an image until attractors separate, whatever "
                              "the number of pixels"},
        Whole<M, std::size_t>{"steps_per_presentation", &M::steps_per_presentation,
                              experiments::k_counts,
                              "a step is an update of the rates, or one tau_ref"},
        Choice<M, experiments::Order, 2>{
            "order",
            &M::order,
            {"random", "sequential"},
            "an image drawn for each presentation, or `train_rows` in turn"},
        Flag<M>{"reset_state", &M::reset_state,
                "every presentation begins at states of 0, so that its first step does not see the "
                "image before (in spikes bits are drawn as the evidence alone gives them, which is "
                "the rate form's first step, and earlier pulses reach nobody)"}};
};

template <> struct Card<experiments::SpikingConfig> {
    using M = experiments::SpikingConfig;
    static constexpr std::string_view key = "spiking";
    static constexpr std::string_view name = "the network of spiking neurons";
    static constexpr auto fields = std::tuple{
        Whole<M, int>{"neurons_per_node", &M::neurons_per_node, {1, 20}, "bits of a node's state"},
        Number<M>{
            "tau_ref_ms", &M::tau_ref_ms, {1e-3, 1e6}, "refractory period, length of a pulse"},
        Number<M>{"tau_m_ms",
                  &M::tau_m_ms,
                  {0, 1e6},
                  "membrane's time constant; with `delay_ms` null at most tau_ref_ms ln 2"},
        OptionalNumber<M>{"delay_ms",
                          &M::delay_ms,
                          {1e-3, 1e6},
                          "dendritic delay; null: tau_ref_ms ln 2 - tau_m_ms"},
        Choice<M, Prediction, 2>{"prediction",
                                 &M::prediction,
                                 {"spiking", "expected"},
                                 "the dendritic twin's spikes, or their mean"}};
};

template <> struct Card<experiments::EvaluationConfig> {
    using M = experiments::EvaluationConfig;
    static constexpr std::string_view key = "evaluation";
    static constexpr std::string_view name = "the trials by which it is measured";
    static constexpr auto fields = std::tuple{
        Whole<M, std::size_t>{"trials", &M::trials, experiments::k_counts,
                              "of retrieval, and of generalization"},
        Whole<M, std::size_t>{"steps", &M::steps, experiments::k_counts, "of each trial"},
        Number<M>{"signal_strength",
                  &M::signal_strength,
                  {1e-6, 1e4},
                  "the clean target is this times evidence times image"},
        Number<M>{
            "snr", &M::snr, {1e-6, 1e6}, "standard deviation of the target over that of the noise"},
        Number<M>{"inverse_temperature", &M::inverse_temperature, experiments::k_precisions,
                  "iT of the trials, and of `dream`"}};
};

template <> struct Card<experiments::Config> {
    using M = experiments::Config;
    static constexpr std::string_view key = "CONFIG";
    static constexpr std::string_view name = "what stands in no section";
    static constexpr auto fields =
        std::tuple{Own<M, std::uint64_t>{"seed", &M::seed, std::nullopt, "0 .. 2^64 - 1", "",
                                         "of every random number; `--seed` replaces it"}};
};

} // namespace spikewell

namespace spikewell::experiments {

/// The sections of a CONFIG, in their order, then what stands in none. Keys are those within the section.
[[nodiscard]] inline std::vector<ModelFacts> config_facts() {
    return {facts_of<DataConfig>("section"), facts_of<TrainingConfig>("section"),
            facts_of<SpikingConfig>("section"), facts_of<EvaluationConfig>("section"),
            facts_of<Config>("file")};
}

} // namespace spikewell::experiments
