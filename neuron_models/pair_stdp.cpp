#include "neuron_models/pair_stdp.hpp"

#include <fmt/format.h>

namespace spikewell {

// Depression is w <- w (1 - lambda alpha): beyond these the weight would change its sign, or never be
// driven back to w_min.
std::vector<Misfit> Card<PairStdp>::misfits(const PairStdp& rule) {
    std::vector<Misfit> found;
    if (!(rule.w_max > rule.w_min))
        found.push_back({"w_max_*", rule.w_max, above_field("w_min_*", rule.w_min)});
    if (rule.dependence != WeightDependence::multiplicative) return found;
    if (rule.w_min != 0.0)
        found.push_back({"w_min_*", rule.w_min, "0 while dependence is \"multiplicative\""});
    if (!(rule.lambda * rule.alpha <= 1.0)) {
        found.push_back(
            {"alpha", rule.alpha,
             fmt::format("<= 1 / lambda = {:.6g} while dependence is \"multiplicative\"",
                         1.0 / rule.lambda)});
    }
    return found;
}

} // namespace spikewell
