#include "network/connector.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

// What a rule by distance asks of the positions of its ranges.

namespace spikewell {

namespace {

DistanceLaw law_of(const DistanceGaussian& c) {
    return {DistanceLaw::Shape::gaussian, c.p_max, c.sigma_mm, c.periodic};
}
DistanceLaw law_of(const DistanceExponential& c) {
    return {DistanceLaw::Shape::exponential, c.p_max, c.lambda_mm, c.periodic};
}
DistanceLaw law_of(const DistanceDisc& c) {
    return {DistanceLaw::Shape::disc, c.p_max, c.radius_mm, c.periodic};
}

/// Whether a list has a point for each neuron of a range; whatever is no list has.
bool has_points(const Placement& placement, std::size_t n) {
    const auto* list = std::get_if<ListedPositions>(&placement.positions);
    return list == nullptr || placement.first + n <= list->points_mm.cols;
}

} // namespace

std::optional<DistanceLaw> distance_law_of(const Connector& connector) {
    return std::visit(
        [](const auto& c) -> std::optional<DistanceLaw> {
            if constexpr (requires { law_of(c); })
                return law_of(c);
            else
                return std::nullopt;
        },
        connector);
}

std::string lacking_positions(const ConnectionRule& rule) {
    const std::optional<DistanceLaw> law = distance_law_of(rule.connector);
    if (!law) return "";
    if (!rule.pre_places || !has_points(*rule.pre_places, rule.n_pre))
        return "needs positions of its sources, \"positions\" of their population";
    if (!rule.post_places || !has_points(*rule.post_places, rule.n_post))
        return "needs positions of its targets, \"positions\" of their population";
    const Positions& pre = rule.pre_places->positions;
    const Positions& post = rule.post_places->positions;
    if (dimensions_of(pre) != dimensions_of(post))
        return fmt::format("needs positions of as many dimensions on both sides, got {} and {}",
                           dimensions_of(pre), dimensions_of(post));
    if (!law->periodic) return "";
    if (extent_of(pre).empty() || extent_of(post).empty())
        return "needs an extent_mm on both sides to be periodic; a list of points has none";
    if (extent_of(pre) != extent_of(post))
        return fmt::format("needs one extent_mm on both sides to be periodic, got {} and {}",
                           extent_of(pre), extent_of(post));
    return "";
}

} // namespace spikewell
