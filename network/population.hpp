#pragma once

#include "core/ids.hpp"
#include "core/matrix.hpp"
#include "network/distribution.hpp"
#include "network/injected_current.hpp"
#include "network/positions.hpp"
#include "network/varied_number.hpp"
#include "neuron_models/escape_noise_lif.hpp"
#include "neuron_models/point_neuron.hpp"
#include "neuron_models/poisson_source.hpp"
#include "neuron_models/ranges.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What fires: populations of a network, and what they are made of.
namespace spikewell {

/// How nodes are made of neurons: node i is neurons i K .. i K + K - 1, neuron k (0-based) has gain
/// g = 2^-(k+1), and
///
///     sigma_i(t) = sum_k g_k (2 z_ik(t) - 1)     z = 1 for tau_ref after a spike
///
/// A continuous-Bernoulli node made of K spiking neurons, exactly up to a tail of variance 4^-K
/// / 3.
struct DyadicCode {
    std::size_t n_nodes = 1;
    int neurons_per_node = 5; ///< K
    double tau_ref_ms = 10.0;

    [[nodiscard]] std::size_t n_neurons() const {
        return n_nodes * static_cast<std::size_t>(neurons_per_node);
    }
    [[nodiscard]] std::uint32_t node_of(std::uint32_t neuron) const {
        return neuron / static_cast<std::uint32_t>(neurons_per_node);
    }
    /// g of a neuron, 1/2 for the first of a node.
    [[nodiscard]] double gain_of(std::uint32_t neuron) const {
        return std::ldexp(
            1.0, -1 - static_cast<int>(neuron % static_cast<std::uint32_t>(neurons_per_node)));
    }
    /// The state of a node whose neurons are all silent: -(1 - 2^-K).
    [[nodiscard]] double silent_state() const { return std::ldexp(1.0, -neurons_per_node) - 1.0; }
    bool operator==(const DyadicCode&) const = default;
};

/// Fields of what has a code, in their order on the cards.
template <class M>
inline constexpr auto k_node_fields = std::tuple{
    Whole<M, std::size_t>{"n_nodes", &M::n_nodes, {1.0, k_max_neurons}, "nodes", true},
    Whole<M, int>{"neurons_per_node", &M::neurons_per_node, {1.0, 20.0}, "neurons of a node"}};

template <> struct Card<DyadicCode> {
    using M = DyadicCode;
    static constexpr auto fields =
        std::tuple_cat(k_node_fields<M>,
                       std::tuple{Number<M>{"tau_ref_ms", &M::tau_ref_ms, k_time_constants_ms,
                                            "length of the pulse that a spike causes"}});
    static std::vector<Misfit> misfits(const M& code);
};

/// The field b that nodes are given beside what they receive: values(., k) from times_ms[k] up to
/// times_ms[k + 1], 0 before the first time, the last for ever after.
struct Evidence {
    std::vector<double> times_ms; ///< as evidence_may_change_at says; none: 0 for ever
    Matrix values; // [n_nodes x n_times] or, for the same at all nodes, [1 x n_times]; -1e6 .. 1e6

    /// The same for ever, of each node, or of all where there is one value only.
    [[nodiscard]] static Evidence constant(const std::vector<double>& values);
    [[nodiscard]] double at(std::size_t node, std::size_t k) const {
        return values(values.rows == 1 ? 0 : node, k);
    }
    bool operator==(const Evidence&) const = default;
};

/// Whether evidence may change at t_ms after it did at before_ms (none: for the first time): times are
/// 0, or 1e-4 ms or more, and as far apart, up to the end of the longest run.
[[nodiscard]] bool evidence_may_change_at(double t_ms, const std::optional<double>& before_ms);

/// Nodes of escape-noise LIF neurons under evidence and recurrent input.
struct DyadicPopulation {
    std::string name = "attractor";
    std::size_t n_nodes = 1;
    int neurons_per_node = 5;
    EscapeNoiseLif neuron;
    double inverse_temperature = 1.0; ///< iT, precision of the somatic state; the twins' is 1
    Evidence evidence = {};

    [[nodiscard]] DyadicCode code() const { return {n_nodes, neurons_per_node, neuron.tau_ref_ms}; }
};

template <> struct Card<DyadicPopulation> {
    using M = DyadicPopulation;
    static constexpr std::string_view key = "dyadic_attractor";
    static constexpr std::string_view name = "nodes of escape-noise neurons";
    static constexpr std::string_view weight_unit = "field";
    static constexpr auto fields = std::tuple_cat(
        k_node_fields<M>,
        std::tuple{Inline<M, EscapeNoiseLif>{&M::neuron},
                   Number<M>{"inverse_temperature", &M::inverse_temperature, k_inverse_temperatures,
                             "precision of the nodes' states"},
                   Own<M, Evidence>{"evidence", &M::evidence, k_couplings, "", "0",
                                    "of all nodes; or a list, an object, or `evidence_file`"}});
    static std::vector<Misfit> misfits(const M& nodes) {
        return Card<DyadicCode>::misfits(nodes.code());
    }
};

/// The field that listed spikes are in.
template <class M>
inline constexpr Own<M, std::vector<Spike>> k_spikes_field{
    "spikes",     &M::spikes,
    std::nullopt, "a list of [t_ms, neuron]",
    "required",   "or `spikes_file`, the path of a table"};

/// Nodes that fire at listed times, for input and for tests. Spikes need not be sorted; times >= 0.
struct SpikeListSource {
    std::string name = "source";
    DyadicCode layout;
    std::vector<Spike> spikes;

    [[nodiscard]] DyadicCode code() const { return layout; }
};

template <> struct Card<SpikeListSource> {
    using M = SpikeListSource;
    static constexpr std::string_view key = "dyadic_spike_list";
    static constexpr std::string_view name = "dyadic nodes that fire at given times";
    static constexpr auto fields = std::tuple{Inline<M, DyadicCode>{&M::layout}, k_spikes_field<M>};
};

/// The field of a rate, of neurons or of their inputs.
template <class M>
inline constexpr Own<M, PoissonRate> k_rate_field{
    "rate_Hz", &M::rate,   k_rates_Hz,
    "",        "required", "of each neuron; or `times_ms` and `rates_Hz`"};

/// Fields of a range of neurons.
template <class M>
inline constexpr auto k_range_fields = std::tuple{
    Whole<M, std::uint32_t>{"first", &M::first, {0.0, k_max_neurons - 1}, "first of the range"},
    OptionalWhole<M, std::uint32_t>{
        "count", &M::count, {1.0, k_max_neurons}, "neurons of the range; null: to the end"}};

/// Independent Poisson spikes that each neuron of a range receives over a synapse of its own.
struct PoissonInput {
    PoissonRate rate;                   ///< of each neuron's own train
    double weight = 0.0;                ///< as a projection's weight, in the unit of the model
    std::uint32_t first = 0;            ///< first neuron of the range
    std::optional<std::uint32_t> count; ///< none: to the end of the population
};

/// The neurons that get a current, beside the fields of its waveform.
template <> struct Card<InjectedCurrent> {
    using M = InjectedCurrent;
    static constexpr std::string_view key = "current";
    static constexpr std::string_view name =
        "current into point neurons, beside the fields of its kind";
    static constexpr auto fields = k_range_fields<M>;
};

template <> struct Card<PoissonInput> {
    using M = PoissonInput;
    static constexpr std::string_view key = "input";
    static constexpr std::string_view name = "Poisson input onto point neurons";
    static constexpr auto fields =
        std::tuple_cat(std::tuple{k_rate_field<M>, Number<M>{"weight_*", &M::weight, k_couplings,
                                                             "of each spike", false, true}},
                       k_range_fields<M>);
};

/// The field of a population's size.
template <class M>
inline constexpr Whole<M, std::size_t> k_size_field{
    "size", &M::size, {1.0, k_max_neurons}, "neurons", true};

/// Point neurons of one model.
struct NeuronPopulation {
    std::string name = {};
    std::size_t size = 1;
    PointNeuron neuron = {};
    Distribution V_init_mV =
        Constant{0.0}; ///< of each neuron at time 0; support <= the card's ceiling
    std::vector<PoissonInput> inputs = {};
    std::vector<InjectedCurrent> currents = {};
    /// Numbers of `neuron` that are each neuron's own; what `neuron` has of them is not used.
    std::vector<VariedNumber> varied = {};
    std::optional<Positions> positions = {}; ///< of the neurons
};

/// What a population has beside the fields of its neurons' model.
template <> struct Card<NeuronPopulation> {
    using M = NeuronPopulation;
    static constexpr std::string_view key = "neurons";
    static constexpr std::string_view name = "point neurons, beside the fields of their model";
    static constexpr auto fields = std::tuple{
        k_size_field<M>,
        Own<M, Distribution>{"V_init_mV", &M::V_init_mV, k_potentials_mV, "",
                             "V_reset_mV or E_L_mV", "of each neuron at time 0; may vary"},
        Own<M, std::vector<PoissonInput>>{"inputs", &M::inputs, Interval{0.0, 16.0}, "a list",
                                          "none", "Poisson trains"},
        Own<M, std::vector<InjectedCurrent>>{"currents", &M::currents,
                                             Interval{0.0, static_cast<double>(k_most_currents)},
                                             "a list", "none", "injected currents"},
        k_positions_field<M>};
};

/// Neurons that fire as independent Poisson processes.
struct PoissonPopulation {
    std::string name;
    std::size_t size = 1;
    PoissonRate rate;
    std::optional<Positions> positions = {};
};

template <> struct Card<PoissonPopulation> {
    using M = PoissonPopulation;
    static constexpr std::string_view key = "poisson";
    static constexpr std::string_view name = "neurons that fire at random";
    static constexpr auto fields =
        std::tuple{k_size_field<M>, k_rate_field<M>, k_positions_field<M>};
};

/// Neurons that fire independently as gamma renewal processes: intervals are gamma distributed with this shape, in the time that
/// the rate makes (Poisson: 1; CV 1 / sqrt(shape) at constant rate). Stationary from the first spike on.
struct GammaPopulation {
    std::string name;
    std::size_t size = 1;
    PoissonRate rate;
    double shape = 2.0;
    std::optional<Positions> positions = {}; ///< of the neurons
};

template <> struct Card<GammaPopulation> {
    using M = GammaPopulation;
    static constexpr std::string_view key = "gamma";
    static constexpr std::string_view name = "neurons that fire at gamma-distributed intervals";
    static constexpr auto fields =
        std::tuple{k_size_field<M>, k_rate_field<M>,
                   Number<M>{"shape", &M::shape, {0.01, 1e4}, "of intervals; 1: Poisson"},
                   k_positions_field<M>};
};

/// Neurons whose Poisson trains have spikes in common (multiple interaction process; Kuhn, Aertsen & Rotter 2003,
/// doi:10.1162/089976603321043702): each spike of a common train of rate / correlation is copied to each neuron with
/// probability `correlation`, at once. Spike counts of any two neurons, in bins of any width, have that correlation.
struct CorrelatedPopulation {
    std::string name;
    std::size_t size = 1;
    PoissonRate rate; ///< of each neuron
    double correlation = 0.1;
    std::optional<Positions> positions = {}; ///< of the neurons
};

template <> struct Card<CorrelatedPopulation> {
    using M = CorrelatedPopulation;
    static constexpr std::string_view key = "correlated_poisson";
    static constexpr std::string_view name = "Poisson trains that have spikes in common";
    static constexpr auto fields = std::tuple{
        k_size_field<M>, k_rate_field<M>,
        Number<M>{"correlation", &M::correlation, {1e-4, 1.0}, "of the counts of two neurons"},
        k_positions_field<M>};
};

/// Those that fire at random.
template <class P>
concept RandomSource = std::is_same_v<P, PoissonPopulation> || std::is_same_v<P, GammaPopulation> ||
    std::is_same_v<P, CorrelatedPopulation>;

/// Neurons that fire at listed times. Spikes need not be sorted; times >= 0.
struct SpikeListPopulation {
    std::string name;
    std::size_t size = 1;
    std::vector<Spike> spikes;
    std::optional<Positions> positions = {};
};

template <> struct Card<SpikeListPopulation> {
    using M = SpikeListPopulation;
    static constexpr std::string_view key = "spike_list";
    static constexpr std::string_view name = "neurons that fire at given times";
    static constexpr auto fields =
        std::tuple{k_size_field<M>, k_spikes_field<M>, k_positions_field<M>};
};

using Population = std::variant<DyadicPopulation,
                                SpikeListSource,
                                NeuronPopulation,
                                PoissonPopulation,
                                SpikeListPopulation,
                                GammaPopulation,
                                CorrelatedPopulation>;

/// The rate of a population that fires at random; null: it does not.
[[nodiscard]] const PoissonRate* random_rate_of(const Population& population);

/// Throws ParameterError or NetworkError for what its card does not allow, or does not fit together, of each
/// neuron.
void validate(const Population& population, const NeuronsOf& neurons);

namespace detail {
/// Throws NetworkError where `what` (neurons, nodes) of a range are not all among `size` of them.
void validate_range(std::string_view where,
                    std::string_view what,
                    std::uint32_t first,
                    const std::optional<std::uint32_t>& count,
                    std::size_t size);
} // namespace detail

/// "injected currents of E", "V_th_mV of each neuron of E: all have 12": of what neurons have of their own, what is
/// not told by who knows populations of one kind of neurons only.
[[nodiscard]] std::vector<std::string> own_of(const NeuronPopulation& cells);

[[nodiscard]] const std::string& name_of(const Population& population);
/// Neurons.
template <class One> [[nodiscard]] std::size_t size_of(const One& population) {
    if constexpr (requires { population.code(); })
        return population.code().n_neurons();
    else
        return population.size;
}
[[nodiscard]] std::size_t size_of(const Population& population);
/// The state variables that can be recorded: of point neurons their model's, of nodes sigma; of other
/// sources none.
[[nodiscard]] std::span<const std::string_view> state_columns(const Population& population);
/// None where nothing is said, and of dyadic populations.
[[nodiscard]] std::optional<Positions> positions_of(const Population& population);

} // namespace spikewell
