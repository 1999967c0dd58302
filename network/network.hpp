#pragma once

#include "core/ids.hpp"
#include "core/matrix.hpp"
#include "network/connector.hpp"
#include "neuron_models/escape_noise_lif.hpp"
#include "neuron_models/point_neuron.hpp"
#include "neuron_models/poisson_source.hpp"
#include "neuron_models/predictive_hebbian.hpp"
#include "neuron_models/ranges.hpp"
#include "neuron_models/synaptic_rule.hpp"
#include "neuron_models/tsodyks_markram.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spikewell {

/// How nodes are made of neurons: node i is neurons i K .. i K + K - 1, neuron k (0-based) has gain
/// g = 2^-(k+1), and
///
///     sigma_i(t) = sum_k g_k (2 z_ik(t) - 1)     z = 1 for tau_ref after a spike
///
/// A continuous-Bernoulli node made of K spiking neurons, exactly up to a tail of variance 4^-K
/// / 3.
struct DyadicCode {
    std::size_t n_nodes = 1;  ///< >= 1
    int neurons_per_node = 5; ///< K, 1 .. 20
    double tau_ref_ms = 10.0; ///< k_time_constants_ms, length of the pulse a spike causes

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
    double inverse_temperature =
        1.0; ///< iT, k_inverse_temperatures, precision of the somatic state; the twins' is 1
    Evidence evidence = {};

    [[nodiscard]] DyadicCode code() const { return {n_nodes, neurons_per_node, neuron.tau_ref_ms}; }
};

/// Nodes that fire at listed times, for input and for tests. Spikes need not be sorted; times >= 0.
struct SpikeListSource {
    std::string name = "source";
    DyadicCode layout;
    std::vector<Spike> spikes;

    [[nodiscard]] DyadicCode code() const { return layout; }
};

/// Independent Poisson spikes that each neuron of a range receives over a synapse of its own.
struct PoissonInput {
    PoissonRate rate;                   ///< of each neuron's own train
    double weight = 0.0;                ///< as a projection's weight, in the unit of the model
    std::uint32_t first = 0;            ///< first neuron of the range
    std::optional<std::uint32_t> count; ///< none: to the end of the population
};

/// Point neurons of one model.
struct NeuronPopulation {
    std::string name = {};
    std::size_t size = 1; ///< 1 .. 4e9
    PointNeuron neuron = {};
    Distribution V_init_mV =
        Constant{0.0}; ///< of each neuron at time 0; support <= the card's ceiling
    std::vector<PoissonInput> inputs = {};
};

/// Neurons that fire as independent Poisson processes.
struct PoissonPopulation {
    std::string name;
    std::size_t size = 1;
    PoissonRate rate;
};

/// Neurons that fire at listed times. Spikes need not be sorted; times >= 0.
struct SpikeListPopulation {
    std::string name;
    std::size_t size = 1;
    std::vector<Spike> spikes;
};

using Population = std::variant<DyadicPopulation,
                                SpikeListSource,
                                NeuronPopulation,
                                PoissonPopulation,
                                SpikeListPopulation>;

[[nodiscard]] const std::string& name_of(const Population& population);
[[nodiscard]] std::size_t size_of(const Population& population); ///< neurons

/// Nodes of `pre` to nodes of `post`, all to all or as `mask` says, through couplings J (i, j) from
/// j to i.
/// Factorised: neuron (j, l) to neuron (i, k) weighs J_ij 2 g_l 2 g_k iT, so a spike is delivered
/// to nodes (one column of J), not to neurons. A spike at t raises h_i by 2 g_l J_ij from t + delay
/// to t + tau_ref + delay.
struct FactorisedProjection {
    PopulationId pre;
    PopulationId post;
    Matrix coupling; // [n_post_nodes x n_pre_nodes]; self-coupling must be 0 where pre == post
    double delay_ms =
        3.93; ///< dendritic, 0 or of k_delays_ms; 0 makes the whole network run by the sequential queue
    std::optional<PredictiveHebbian> plasticity; ///< none: static couplings
    /// The nodes that are coupled; none: all. Couplings of other pairs are 0, whatever `coupling`
    /// says, and are not learnt. Drawn pairs are distinct, whatever the connector says, and no node
    /// is coupled to itself; of a list the pairs count, not weights and delays. Memory: 1 bit a pair.
    std::optional<Connector> mask = {};
};

/// A range of a population's neurons.
struct NeuronRange {
    PopulationId population;
    std::uint32_t first = 0;
    std::optional<std::uint32_t> count; ///< none: to the end of the population
};

/// How neurons are joined by synapses.
///
/// A weight is in the unit that the target's model names (`Card::weight_unit`); above 0 it excites, below
/// 0 it inhibits. Plastic projections have one constant delay and weights of one sign. Memory: static 2 ..
/// 8 bytes a synapse (the target's index within its block; weight and delay where they vary), plastic 10 ..
/// 12 and, for each source and block of targets, a trace.
struct SynapseRule {
    Connector connector = AllToAll{};
    Distribution weight = Constant{0.0};   ///< in the unit of the targets' model
    Distribution delay_ms = Constant{1.0}; ///< support within k_delays_ms
    bool self_connections = true;
    SynapticRule plasticity = {};
    std::optional<TsodyksMarkram> short_term =
        {}; ///< what spikes deliver of the weights; none: all
    double dendritic_delay_fraction =
        1.0; ///< 0 .. 1, part of the delay behind the synapse (for plasticity)
    std::string name = {};
};

/// Synapses from spiking neurons of any population onto point neurons.
struct SynapticProjection : SynapseRule {
    NeuronRange pre;
    NeuronRange post; ///< of a NeuronPopulation
};

using Projection = std::variant<FactorisedProjection, SynapticProjection>;

struct Network;
/// The least delay that any of its synapses may have.
[[nodiscard]] double least_delay_ms(const SynapticProjection& projection);
/// The unit of a projection's weights, which its targets' model names; mV where that cannot be known.
[[nodiscard]] std::string_view weight_unit_of(const SynapticProjection& projection,
                                              const Network& network);
/// The rule of a projection's synapses.
[[nodiscard]] ConnectionRule rule_of(const SynapticProjection& projection, const Network& network);
/// The rule of the nodes that a projection's mask couples. It must have one.
[[nodiscard]] ConnectionRule mask_rule_of(const FactorisedProjection& projection,
                                          const Network& network);
/// Of a plastic projection: that of its rule, or the rule's default for as many nodes as `pre` has or,
/// with a mask, as are coupled to a node on average.
[[nodiscard]] double learning_rate_of(const FactorisedProjection& projection,
                                      const Network& network);

/// Least delay of a synapse; windows are no shorter.
constexpr double k_least_delay_ms = 1e-4;
/// Delays, but for 0, which only projections through couplings may have.
constexpr Interval k_delays_ms{k_least_delay_ms, 1e6};
/// Of a run: 32 years, whose end a clock of 64 bits knows to 1e-4 ms.
constexpr Interval k_durations_ms{0.0, 1e12};
/// Between samples of potentials and weights, and widths of bins.
constexpr Interval k_sample_intervals_ms{1e-6, 1e12};
constexpr std::size_t k_max_populations = 4096;
constexpr std::size_t k_max_inputs = 16;

/// Largest coupling in size: beyond it float potentials have no resolution left.
constexpr double k_max_coupling = 1e6;

/// Neurons of a network: a population that `Network::add` made, or a range of it.
class Neurons {
  public:
    Neurons(PopulationId population, std::uint32_t first, std::uint32_t size)
        : population_(population), first_(first), size_(size) {}

    [[nodiscard]] PopulationId population() const { return population_; }
    [[nodiscard]] std::uint32_t size() const { return size_; }
    /// The first n of them, or n from `begin` on. Throws NetworkError where there are not as many.
    [[nodiscard]] Neurons first(std::uint32_t n) const { return slice(0, n); }
    [[nodiscard]] Neurons slice(std::uint32_t begin, std::uint32_t n) const;

    operator PopulationId() const {
        return population_;
    } // NOLINT: a handle stands for what it names
    operator NeuronRange() const { return {population_, first_, size_}; } // NOLINT: likewise

  private:
    PopulationId population_;
    std::uint32_t first_;
    std::uint32_t size_;
};

/// What is connected to what, by value. Everything that happens follows from this, the inputs, and
/// the seed.
struct Network {
    std::vector<Population> populations;
    std::vector<Projection> projections;
    std::uint64_t seed = 1;

    /// Adds a population; its neurons.
    Neurons add(Population population);
    /// Adds synapses from some neurons to others, which are point neurons.
    ProjectionId connect(const Neurons& pre, const Neurons& post, SynapseRule rule);
    /// Joins the nodes of whole dyadic populations through couplings [nodes of post x nodes of pre].
    ProjectionId couple(const Neurons& pre,
                        const Neurons& post,
                        Matrix coupling,
                        double delay_ms,
                        std::optional<PredictiveHebbian> plasticity = {});
};

/// The code of a dyadic population or source. The population must be one of these.
[[nodiscard]] DyadicCode code_of(const Population& population);
[[nodiscard]] bool is_dyadic(const Population& population);
/// The projection as one of its kinds. It must be of that kind.
[[nodiscard]] inline FactorisedProjection& factorised(Projection& p) {
    return std::get<FactorisedProjection>(p);
}
[[nodiscard]] inline const FactorisedProjection& factorised(const Projection& p) {
    return std::get<FactorisedProjection>(p);
}

/// Throws NetworkError or ParameterError naming the population or projection that cannot be built
/// or run.
void validate(const Network& network);

/// Delay that makes a node's own delayed state uncorrelated with its present one: tau_ref ln 2 -
/// tau_m. With zero field a neuron's autocorrelation is P(on at t | on at 0) = exp(-t / tau_ref),
/// which is 1/2, no memory, at this lag. Throws ParameterError when tau_m > tau_ref ln 2 (no such
/// delay).
[[nodiscard]] double memoryless_delay_ms(const EscapeNoiseLif& neuron);

/// Bytes of an attractor network of n nodes of K neurons, before any matrix is made.
[[nodiscard]] double attractor_network_bytes(double n_nodes, int neurons_per_node);
/// Throws NetworkError saying bytes needed and available when `bytes` exceeds the machine's memory.
void require_memory(double bytes, const std::string& what);

} // namespace spikewell
