#pragma once

#include "core/ids.hpp"
#include "network/distribution.hpp"
#include "network/spatial.hpp"
#include "neuron_models/fields.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spikewell {

/// Neuron i to neuron i of populations (or ranges) of one size.
struct OneToOne {
    bool operator==(const OneToOne&) const = default;
};
/// Every neuron to every neuron.
struct AllToAll {
    bool operator==(const AllToAll&) const = default;
};
/// Each ordered pair with this probability, independently; at most one synapse a pair.
struct FixedProbability {
    double probability = 0.1; ///< 0 .. 1
    bool operator==(const FixedProbability&) const = default;
};
/// Each target gets exactly this many sources, drawn uniformly with replacement (several synapses
/// between one pair are allowed), or without where `distinct`.
struct FixedIndegree {
    std::size_t indegree = 1;
    bool distinct = false;
    bool operator==(const FixedIndegree&) const = default;
};
/// Each source gets exactly this many targets; replacement as above.
struct FixedOutdegree {
    std::size_t outdegree = 1;
    bool distinct = false;
    bool operator==(const FixedOutdegree&) const = default;
};
/// Exactly this many synapses, each between a source and a target drawn uniformly with replacement.
struct FixedTotalNumber {
    std::size_t total = 1;
    bool operator==(const FixedTotalNumber&) const = default;
};
/// Each ordered pair with a probability that falls with the distance d of its neurons, independently; at
/// most one synapse a pair. Both populations have positions of as many dimensions. Where `periodic`, both
/// have the same extent, whose ends meet.
struct DistanceGaussian {  ///< p_max exp(-d^2 / (2 sigma^2))
    double p_max = 1.0;    ///< 0 .. 1
    double sigma_mm = 1.0; ///< > 0
    bool periodic = false;
    bool operator==(const DistanceGaussian&) const = default;
};
struct DistanceExponential { ///< p_max exp(-d / lambda); else as DistanceGaussian
    double p_max = 1.0;
    double lambda_mm = 1.0;
    bool periodic = false;
    bool operator==(const DistanceExponential&) const = default;
};
struct DistanceDisc { ///< p_max up to the radius, 0 beyond; else as DistanceGaussian
    double p_max = 1.0;
    double radius_mm = 1.0;
    bool periodic = false;
    bool operator==(const DistanceDisc&) const = default;
};
/// One synapse of a list, with indices within the projection's ranges.
struct Synapse {
    std::uint32_t pre = 0;
    std::uint32_t post = 0;
    float weight = 0.0F;
    float delay_ms = 0.0F;
    bool operator==(const Synapse&) const = default;
};
/// The synapses themselves, each with its weight and delay; those of the projection are not used.
struct SynapseList {
    std::vector<Synapse> synapses;
    bool operator==(const SynapseList&) const = default;
};

/// Greatest number of synapses of a projection.
constexpr double k_max_synapses = 1e12;

template <> struct Card<OneToOne> {
    static constexpr std::string_view key = "one_to_one";
    static constexpr std::string_view name = "neuron i to neuron i; the ranges have one size";
    static constexpr auto fields = std::tuple{};
};
template <> struct Card<AllToAll> {
    static constexpr std::string_view key = "all_to_all";
    static constexpr std::string_view name = "every pair";
    static constexpr auto fields = std::tuple{};
};
template <> struct Card<FixedProbability> {
    using M = FixedProbability;
    static constexpr std::string_view key = "fixed_probability";
    static constexpr std::string_view name = "each pair with this probability";
    static constexpr auto fields = std::tuple{
        Number<M>{"probability", &M::probability, {0.0, 1.0}, "of each pair", false, true}};
};
template <> struct Card<FixedIndegree> {
    using M = FixedIndegree;
    static constexpr std::string_view key = "fixed_indegree";
    static constexpr std::string_view name = "each target draws this many sources";
    static constexpr auto fields =
        std::tuple{Whole<M, std::size_t>{
                       "indegree", &M::indegree, {0.0, k_max_synapses}, "sources a target", true},
                   Flag<M>{"distinct", &M::distinct, "no source twice"}};
};
template <> struct Card<FixedOutdegree> {
    using M = FixedOutdegree;
    static constexpr std::string_view key = "fixed_outdegree";
    static constexpr std::string_view name = "each source draws this many targets";
    static constexpr auto fields =
        std::tuple{Whole<M, std::size_t>{
                       "outdegree", &M::outdegree, {0.0, k_max_synapses}, "targets a source", true},
                   Flag<M>{"distinct", &M::distinct, "no target twice"}};
};
template <> struct Card<FixedTotalNumber> {
    using M = FixedTotalNumber;
    static constexpr std::string_view key = "fixed_total_number";
    static constexpr std::string_view name =
        "this many synapses, each between a pair that is drawn";
    static constexpr auto fields = std::tuple{
        Whole<M, std::size_t>{"total", &M::total, {0.0, k_max_synapses}, "synapses", true}};
};
/// Fields of connectors by distance that all of them have; the length stands between them.
template <class M>
inline constexpr Number<M> k_p_max_field{
    "p_max", &M::p_max, {0.0, 1.0}, "probability at distance 0", false, true};
template <class M>
inline constexpr Flag<M> k_periodic_field{"periodic", &M::periodic,
                                          "whether the extent's ends meet"};

template <> struct Card<DistanceGaussian> {
    using M = DistanceGaussian;
    static constexpr std::string_view key = "distance_gaussian";
    static constexpr std::string_view name = "each pair with p_max exp(-d^2 / (2 sigma_mm^2))";
    static constexpr auto fields = std::tuple{
        k_p_max_field<M>,
        Number<M>{"sigma_mm", &M::sigma_mm, k_lengths_mm, "where p is 0.61 p_max", false, true},
        k_periodic_field<M>};
};
template <> struct Card<DistanceExponential> {
    using M = DistanceExponential;
    static constexpr std::string_view key = "distance_exponential";
    static constexpr std::string_view name = "each pair with p_max exp(-d / lambda_mm)";
    static constexpr auto fields = std::tuple{
        k_p_max_field<M>,
        Number<M>{"lambda_mm", &M::lambda_mm, k_lengths_mm, "where p is 0.37 p_max", false, true},
        k_periodic_field<M>};
};
template <> struct Card<DistanceDisc> {
    using M = DistanceDisc;
    static constexpr std::string_view key = "distance_disc";
    static constexpr std::string_view name = "each pair with p_max up to radius_mm";
    static constexpr auto fields = std::tuple{
        k_p_max_field<M>,
        Number<M>{"radius_mm", &M::radius_mm, k_lengths_mm, "beyond it p is 0", false, true},
        k_periodic_field<M>};
};
template <> struct Card<SynapseList> {
    static constexpr std::string_view key = "list";
    static constexpr std::string_view name = "the synapses listed";
    static constexpr auto fields = std::tuple{};
};

using Connector = std::variant<OneToOne,
                               AllToAll,
                               FixedProbability,
                               FixedIndegree,
                               FixedOutdegree,
                               SynapseList,
                               FixedTotalNumber,
                               DistanceGaussian,
                               DistanceExponential,
                               DistanceDisc>;

/// How p falls with distance; none of connectors that ask for no distance.
[[nodiscard]] std::optional<DistanceLaw> distance_law_of(const Connector& connector);

/// What weights a board can hold: multiples of a step, none greater in size than this.
struct WeightGrid {
    double step = 0.0; ///< > 0
    double greatest = 0.0;

    [[nodiscard]] double nearest(double weight) const {
        return std::clamp(std::round(weight / step) * step, -greatest, greatest);
    }
};

/// A rule with its values: everything that decides a projection's synapses but the seed.
struct ConnectionRule {
    Connector connector;
    std::size_t n_pre = 0;  ///< neurons in the pre range
    std::size_t n_post = 0; ///< neurons in the post range
    Distribution weight;
    Distribution delay_ms;
    double delay_step_ms =
        0.0; ///< delays that are drawn are rounded to multiples of it, at least one; 0: as drawn
    bool self_connections = true; ///< false: pairs of the same neuron are left out (degrees stay:
                                  ///< drawn among the others); only where both ranges are of one
                                  ///< population
    std::int64_t self_offset = 0; ///< pre index + self_offset == post index is the same neuron
    // Of both ranges, where they have positions and the connector asks for distances.
    std::optional<Placement> pre_places = {};
    std::optional<Placement> post_places = {};
    std::optional<WeightGrid> weight_grid = {}; ///< weights that are drawn are rounded to it
};

/// The synapses onto posts first .. first + count - 1 of a rule, sorted by (pre, post, draw). A pure
/// function of (rule, seed, projection): random numbers are keyed by target (by source for
/// FixedOutdegree), so any division of the targets into ranges gives the same synapses, in parallel
/// or on several machines. FixedTotalNumber halves the targets, each half with its share of the total.
/// Cost: O(synapses expected + targets) of the range for target-keyed rules;
/// FixedOutdegree draws every source's targets and keeps those in range, SynapseList looks through
/// its list, and those by distance sort all sources into cells first. The range must lie within the targets.
/// Throws NetworkError for a rule that cannot be met (OneToOne of unequal sizes, distances without
/// positions that go together, more sources or distinct ones than there are, indices of a list out of range, more than 2^32 neurons, projection
/// > 65535), ParameterError for a probability outside 0 .. 1.
[[nodiscard]] std::vector<Synapse> expand(const ConnectionRule& rule,
                                          std::uint64_t seed,
                                          std::uint32_t projection,
                                          std::size_t first,
                                          std::size_t count);

/// Throws as `expand` would (but for the projection's index), and ParameterError for distributions
/// that cannot be sampled, weights not finite and delays not > 0 (of the list, where it is one).
void validate(const ConnectionRule& rule, std::string_view where);

/// The same, but for weights and delays: of a rule whose pairs alone count.
void validate_pairs(const ConnectionRule& rule, std::string_view where);

/// What the positions of a rule's ranges lack for its connector; "" for nothing, and where no distance is asked
/// for: "needs positions of its sources, \"positions\" of their population".
[[nodiscard]] std::string lacking_positions(const ConnectionRule& rule);

/// A delay as a rule rounds it, in the precision of lists.
[[nodiscard]] float rounded_delay_ms(double delay_ms, double step_ms);

/// Synapses to expect: exact for all but FixedProbability, whose mean it is, and connectors by distance, whose
/// mean it is to some per cent. Of a rule that passes validate_pairs.
[[nodiscard]] double expected_synapses(const ConnectionRule& rule);

} // namespace spikewell
