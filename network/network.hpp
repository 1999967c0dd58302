#pragma once

#include "network/connector.hpp"
#include "network/population.hpp"
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
    std::string name = {};
};

/// A range of a population's neurons.
struct NeuronRange {
    PopulationId population;
    std::uint32_t first = 0;
    std::optional<std::uint32_t> count; ///< none: to the end of the population
};

template <> struct Card<NeuronRange> {
    using M = NeuronRange;
    static constexpr auto fields = std::tuple_cat(
        std::tuple{Own<M, PopulationId>{"population", &M::population, std::nullopt, "a name",
                                        "required", "the neurons' population"}},
        k_range_fields<M>);
};

/// Least delay of a synapse; windows are no shorter.
constexpr double k_least_delay_ms = 1e-4;
/// Different delays of a plastic projection: each has traces of its own.
constexpr std::size_t k_most_plastic_delays = 256;
/// Delays, but for 0, which only projections through couplings may have.
constexpr Interval k_delays_ms{k_least_delay_ms, 1e6};

/// Neurons whose spikes are the third factor of a rule that has one, and how long they take to the synapses.
struct ThirdFactorSource {
    NeuronRange neurons;
    double delay_ms = 1.0;
};

template <> struct Card<ThirdFactorSource> {
    using M = ThirdFactorSource;
    static constexpr std::string_view key = "third_factor";
    static constexpr std::string_view name = "third factor";
    static constexpr auto fields =
        std::tuple{Inline<M, NeuronRange>{&M::neurons},
                   Number<M>{"delay_ms", &M::delay_ms, k_delays_ms, "until a spike is there"}};
};

/// How neurons are joined by synapses.
///
/// A weight is in the unit that the target's model names (`Card::weight_unit`); above 0 it excites, below
/// 0 it inhibits. Onto the nodes of a DyadicPopulation it acts as evidence: a spike at t adds the weight to
/// the node's field from t + delay to t + tau_ref + delay (tau_ref of the nodes), at once, past the
/// membrane and unseen by twins; pulses add. n sources of rate r make a mean field n w r tau_ref, of
/// variance n w^2 r tau_ref. Such synapses are static. Plastic projections have
/// weights of one sign and at most k_most_plastic_delays different delays. Memory: static 2 .. 8 bytes a synapse
/// (the target's index within its block; weight and delay where they vary), plastic 10 .. 12 and, for each source,
/// block of targets and delay, a trace.
struct SynapseRule {
    Connector connector = AllToAll{};
    Distribution weight = Constant{0.0};   ///< in the unit of the targets' model
    Distribution delay_ms = Constant{1.0}; ///< support within k_delays_ms
    double delay_step_ms =
        0.0; ///< 0, or within k_delays_ms: delays that vary are multiples of it, the nearest to those drawn
    /// Weights that vary are rounded to it, as a board holds them (mapping/precision.hpp); of static
    /// synapses that are not listed. No part of a file.
    std::optional<WeightGrid> weight_grid = {};
    bool self_connections = true;
    SynapticRule plasticity = {};
    std::optional<TsodyksMarkram> short_term =
        {}; ///< what spikes deliver of the weights; none: all
    std::optional<ThirdFactorSource> third_factor =
        {}; ///< where the rule has one (`SeesReward`), and only there
    double dendritic_delay_fraction =
        1.0; ///< 0 .. 1, part of the delay behind the synapse (for plasticity)
    std::string name = {};
};

/// Synapses from spiking neurons of any population onto point neurons or onto the nodes of an attractor.
struct SynapticProjection : SynapseRule {
    NeuronRange pre;
    NeuronRange post; ///< of a NeuronPopulation; of a DyadicPopulation: a range of its nodes
};

using Projection = std::variant<FactorisedProjection, SynapticProjection>;

struct Network;
/// The least delay that any of its synapses, or its third factor, may have.
[[nodiscard]] double least_delay_ms(const SynapticProjection& projection);
/// What synapses onto a population may end on: its neurons, of a dyadic one its nodes.
[[nodiscard]] std::size_t n_targets_of(const Population& population);
/// The delays that synapses of a plastic projection may have, increasing, in the precision of lists where they vary; at
/// most one more than k_most_plastic_delays, which is too many. None: as many as are drawn.
[[nodiscard]] std::vector<double> plastic_delays_ms(const SynapticProjection& projection);
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

/// Of a run: 32 years, whose end a clock of 64 bits knows to 1e-4 ms.
constexpr Interval k_durations_ms{0.0, 1e12};
/// Between samples of potentials and weights, and widths of bins.
constexpr Interval k_sample_intervals_ms{1e-6, 1e12};
constexpr double k_max_coupling = k_couplings.high;

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
    /// Adds synapses from some neurons to others, which are point neurons, or all those of some nodes.
    ProjectionId connect(const Neurons& pre, const Neurons& post, SynapseRule rule);
    /// Joins the nodes of whole dyadic populations through couplings [nodes of post x nodes of pre].
    ProjectionId couple(const Neurons& pre,
                        const Neurons& post,
                        Matrix coupling,
                        double delay_ms,
                        std::optional<PredictiveHebbian> plasticity = {},
                        std::string name = {});
};

/// Projections: as many as 16 bits of a random stream's key tell apart.
template <> struct Card<Network> {
    using M = Network;
    static constexpr auto fields = std::tuple{
        Own<M, std::uint64_t>{"seed", &M::seed, std::nullopt, "0 .. 2^64 - 1", "",
                              "the same file and seed give the same run"},
        Own<M, std::vector<Population>>{"populations", &M::populations, Interval{0.0, 4096.0},
                                        "a list", "required", "what fires"},
        Own<M, std::vector<Projection>>{"projections", &M::projections, Interval{0.0, 65536.0},
                                        "a list", "none", "what is joined to what"}};
};

/// The code of a dyadic population or source. The population must be one of these.
[[nodiscard]] DyadicCode code_of(const Population& population);
[[nodiscard]] bool is_dyadic(const Population& population);
/// "" where it has none.
[[nodiscard]] inline const std::string& name_of(const Projection& projection) {
    return std::visit([](const auto& p) -> const std::string& { return p.name; }, projection);
}
/// What a projection's indices count: sources and targets, of its ranges or, through couplings, nodes.
struct NumbersOfEnds {
    std::size_t n_pre = 0;
    std::size_t n_post = 0;
};
[[nodiscard]] NumbersOfEnds ends_of(const Projection& projection, const Network& network);
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
