#pragma once

#include "network/network.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spikewell {

constexpr double k_max_samples = 1e9; ///< of a recording in a run

/// Neurons that are listed.
template <class M>
inline constexpr auto k_listed_field = Own<M, std::vector<std::uint32_t>>{
    "neurons", &M::listed, Interval{0.0, k_max_neurons},
    "a list",  "none",     "that increases, in place of `first` and `count`"};
/// Spikes of neurons, a range or those listed.
struct SpikeRecording {
    NeuronRange neurons;
    std::vector<std::uint32_t> listed =
        {}; ///< of the population, increasing; none: all of the range
};
template <> struct Card<SpikeRecording> {
    using M = SpikeRecording;
    static constexpr std::string_view key = "spikes";
    static constexpr std::string_view name = "spikes of neurons";
    static constexpr auto fields =
        std::tuple{Inline<M, NeuronRange>{&M::neurons}, k_listed_field<M>};
};
/// When something is sampled.
template <class M>
inline constexpr auto k_when_fields = std::tuple{
    Number<M>{"interval_ms", &M::interval_ms, k_sample_intervals_ms, "between samples"},
    Own<M, std::vector<double>>{"times_ms", &M::times_ms, Interval{0.0, k_max_samples}, "a list",
                                "none", "that increases, in place of `interval_ms`"}};

/// In which form.
template <class M>
inline constexpr auto k_form_field = Flag<M>{"hdf5", &M::hdf5, "whether NAME.h5 is written, too"};
/// Between which ends of a projection.
template <class M>
inline constexpr auto k_ends_fields = std::tuple{
    Own<M, std::vector<std::uint32_t>>{"pre", &M::pre, Interval{0.0, k_max_neurons}, "a list",
                                       "none", "sources, that increases; none: all"},
    Own<M, std::vector<std::uint32_t>>{"post", &M::post, Interval{0.0, k_max_neurons}, "a list",
                                       "none", "targets, that increases; none: all"}};

/// V of point neurons, a range or those listed, at 0, interval_ms, 2 interval_ms ... or at times that are
/// listed, before any event at that very time.
struct PotentialRecording {
    NeuronRange neurons;
    double interval_ms = 1.0;
    std::vector<std::uint32_t> listed =
        {};                            ///< of the population, increasing; none: all of the range
    std::vector<double> times_ms = {}; ///< increasing; none: at the interval
    bool hdf5 = false;                 ///< also in HDF5
};
template <> struct Card<PotentialRecording> {
    using M = PotentialRecording;
    static constexpr std::string_view key = "potential";
    static constexpr std::string_view name = "potentials of point neurons";
    static constexpr auto fields =
        std::tuple_cat(std::tuple{Inline<M, NeuronRange>{&M::neurons}, k_listed_field<M>},
                       k_when_fields<M>,
                       std::tuple{k_form_field<M>});
};
/// State variables of point neurons, as their model names them (neuron_models/state_columns.hpp), or "sigma"
/// of the nodes of a dyadic population; which neurons and when, as PotentialRecording.
struct StateRecording {
    NeuronRange neurons; ///< of a dyadic population: a range of its nodes
    std::vector<std::string> variables;
    double interval_ms = 1.0;
    std::vector<std::uint32_t> listed = {}; ///< neurons, or nodes
    std::vector<double> times_ms = {};
    bool hdf5 = false; ///< also in HDF5
};
template <> struct Card<StateRecording> {
    using M = StateRecording;
    static constexpr std::string_view key = "state";
    static constexpr std::string_view name = "state variables of point neurons and nodes";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{Inline<M, NeuronRange>{&M::neurons},
                   Own<M, std::vector<std::string>>{"variables", &M::variables, Interval{1.0, 16.0},
                                                    "a list", "required", "the model's, each once"},
                   k_listed_field<M>,
                   Own<M, std::vector<std::uint32_t>>{"nodes", &M::listed,
                                                      Interval{0.0, k_max_neurons}, "a list",
                                                      "none", "the same, of a dyadic population"}},
        k_when_fields<M>,
        std::tuple{k_form_field<M>});
};
/// Weights of a synaptic projection every interval_ms, or at times that are listed, at the end of the window
/// that reaches it; those of time 0 before the first window.
struct WeightRecording {
    ProjectionId projection;
    double interval_ms = 1000.0;
    std::vector<double> times_ms = {};    ///< increasing; none: at the interval
    std::vector<std::uint32_t> pre = {};  ///< of the projection, increasing; none: from all
    std::vector<std::uint32_t> post = {}; ///< likewise, onto all
    bool hdf5 = false;                    ///< also in HDF5
};
template <> struct Card<WeightRecording> {
    using M = WeightRecording;
    static constexpr std::string_view key = "weights";
    static constexpr std::string_view name = "weights of a projection through synapses";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{Own<M, ProjectionId>{"projection", &M::projection, std::nullopt, "a name",
                                        "required", "the synapses' projection"}},
        k_when_fields<M>,
        k_ends_fields<M>,
        std::tuple{k_form_field<M>});
};
/// Couplings of a factorised projection, of the pairs that are coupled; which and when, as WeightRecording.
struct CouplingRecording {
    ProjectionId projection;
    double interval_ms = 1000.0;
    std::vector<double> times_ms = {};
    std::vector<std::uint32_t> pre = {};
    std::vector<std::uint32_t> post = {};
    bool hdf5 = false; ///< also in HDF5
};
template <> struct Card<CouplingRecording> {
    using M = CouplingRecording;
    static constexpr std::string_view key = "couplings";
    static constexpr std::string_view name = "couplings of a projection through couplings";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{Own<M, ProjectionId>{"projection", &M::projection, std::nullopt, "a name",
                                        "required", "the couplings' projection"}},
        k_when_fields<M>,
        k_ends_fields<M>,
        std::tuple{k_form_field<M>});
};
/// Mean rate of a range of neurons in bins.
struct RateRecording {
    NeuronRange neurons;
    double bin_ms = 10.0;
};
template <> struct Card<RateRecording> {
    using M = RateRecording;
    static constexpr std::string_view key = "rate";
    static constexpr std::string_view name = "mean rate of neurons in bins";
    static constexpr auto fields =
        std::tuple{Inline<M, NeuronRange>{&M::neurons},
                   Number<M>{"bin_ms", &M::bin_ms, k_sample_intervals_ms, "width of a bin"}};
};
using Recorded = std::variant<SpikeRecording,
                              PotentialRecording,
                              WeightRecording,
                              RateRecording,
                              StateRecording,
                              CouplingRecording>;
/// Recordings at an interval, or at times that are listed.
template <class M>
concept Timed = requires(const M& what) {
    what.times_ms;
};
/// Those of neurons or nodes that may be listed.
template <class M>
concept Listed = requires(const M& what) {
    what.listed;
};
/// Those that sample them.
template <class M>
concept Sampled = Timed<M> && Listed<M>;
/// Those of a projection.
template <class M>
concept OfProjection = Timed<M> && requires(const M& what) {
    what.projection;
};
/// What a run writes; `name` becomes part of file names: letters, digits, _ and -, each name once.
struct Recording {
    std::string name;
    Recorded what;
};

constexpr std::size_t k_max_name_length = 100; ///< a file name may have 255 bytes

/// Letters, digits, _ and -, at least one: a name that files, groups and scripts can bear.
[[nodiscard]] bool is_word(std::string_view name);

/// A network and what is to be done with it: what a network file says (network/FORMAT.md).
struct NetworkDescription {
    Network network;
    double duration_ms = 1000.0;
    std::vector<Recording> recordings;
    double warm_up_ms = 0.0; ///< of a run, left out of its statistics

    /// Adds a recording: record("V", PotentialRecording{E.first(3), 0.1}).
    template <class What> void record(std::string name, What what) {
        recordings.push_back({std::move(name), std::move(what)});
    }
};

template <> struct Card<NetworkDescription> {
    using M = NetworkDescription;
    static constexpr std::string_view key = "network";
    static constexpr std::string_view name = "what a network file says";
    static constexpr auto fields = std::tuple{
        Number<M>{"duration_ms", &M::duration_ms, k_durations_ms, "of a run"},
        Inline<M, Network>{&M::network},
        Own<M, std::vector<Recording>>{"recordings", &M::recordings, Interval{0.0, 65536.0},
                                       "a list", "none", "what is written"},
        Number<M>{"warm_up_ms", &M::warm_up_ms, k_durations_ms,
                  "of a run, left out of its statistics"}};
};

/// Throws as validate(network) does, and NetworkError for recordings of what is not there, for names
/// that are missing, taken or no words (projections may have none, or any text), and for more than
/// anybody can keep. A network file is read where and only where what it says passes.
void validate(const NetworkDescription& description);

} // namespace spikewell
