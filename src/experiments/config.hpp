#pragma once

#include "neuron_models/predictive_hebbian.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What an experiment is told: the CONFIG of the program, by value. Defaults are the main job
/// (digits, evidence 11, iT 0.16681) and live here only.
namespace spikewell::experiments {

enum class Preprocess {
    square_zscore, ///< square each pixel, then z-score each image (population standard deviation)
    zscore,
    none,
};

enum class Order {
    random,     ///< a random training image for each presentation
    sequential, ///< training images in order, again and again
};

/// The column that the CSV's header names label, class or target.
struct LabelByName {
    bool operator==(const LabelByName&) const = default;
};
/// Every column is a pixel.
struct NoLabel {
    bool operator==(const NoLabel&) const = default;
};
/// Which column is no pixel. JSON: absent, null, or its number from 0.
using LabelColumn = std::variant<LabelByName, NoLabel, std::size_t>;

struct DataConfig {
    std::string
        csv; ///< a file of images, or a folder of them, of any kind that io::read_images takes; relative to
    ///< the CONFIG file; empty (JSON: absent or null): the built-in digits
    std::string
        labels; ///< of IDX images: their file of labels; empty: the one beside them, if there is
    LabelColumn label_column =
        std::size_t{64}; ///< of the built-in digits; of a CSV where JSON has none: LabelByName
    std::vector<std::size_t> train_rows = {0, 1, 2, 3, 4,
                                           5, 6, 7, 8, 9}; ///< rows of the CSV, from 0
    std::optional<std::size_t> first;     ///< >= 1; the first rows are the training rows
    std::optional<std::size_t> per_class; ///< >= 1; the first rows of each label are
    std::optional<std::vector<std::size_t>>
        test_rows; ///< none: "rest", all rows that are not training rows
    std::optional<std::array<std::size_t, 2>> resize; ///< height and width, before `preprocess`
    Preprocess preprocess = Preprocess::square_zscore;
    bool operator==(const DataConfig&) const = default;
};

struct TrainingConfig {
    double evidence = 11.0;               ///< 0 .. 1e4; b = evidence * image
    double inverse_temperature = 0.16681; ///< 1e-6 .. 1e3
    std::optional<double>
        learning_rate; ///< 0 .. 1, per step; none (JSON null): 0.064 / nodes, 0.001 at 64
    std::size_t presentations = 5000; ///< >= 1
    std::size_t steps_per_presentation =
        10; ///< >= 1; a step is one synchronous update or one tau_ref
    Order order = Order::random;
    bool reset_state = false; ///< each presentation begins at states of 0, as in simulation 5
    bool operator==(const TrainingConfig&) const = default;
};

struct SpikingConfig {
    int neurons_per_node = 5;       ///< 1 .. 20
    double tau_ref_ms = 10.0;       ///< 1e-3 .. 1e6
    double tau_m_ms = 3.0;          ///< >= 0; with delay_ms null at most tau_ref_ms ln 2
    std::optional<double> delay_ms; ///< 1e-3 .. 1e6; none (JSON null): tau_ref_ms ln 2 - tau_m_ms
    Prediction prediction = Prediction::spiking;
    bool operator==(const SpikingConfig&) const = default;
};

struct EvaluationConfig {
    std::size_t trials = 100;     ///< >= 1
    std::size_t steps = 100;      ///< >= 1, per trial
    double signal_strength = 0.1; ///< > 0; target = signal_strength * training evidence * image
    double snr = 1.0; ///< > 0; noise standard deviation = target standard deviation / snr
    double inverse_temperature = 1.0; ///< 1e-6 .. 1e3
    bool operator==(const EvaluationConfig&) const = default;
};

struct Config {
    DataConfig data;
    TrainingConfig training;
    SpikingConfig spiking;
    EvaluationConfig evaluation;
    std::uint64_t seed = 1;
    bool operator==(const Config&) const = default;
};

} // namespace spikewell::experiments
