#include "network/engine/lif/summed_dynamics.hpp"

#include "core/clones.hpp"

namespace spikewell::detail {

SPIKEWELL_CLONES
std::size_t groups_reaching(const LinearTest& test,
                            const double* columns,
                            std::uint32_t width,
                            std::uint32_t* found) {
    const LinearTest t = test;
    std::size_t n_found = 0;
    for (std::uint32_t group = 0; group < width; group += k_tested_together) {
        double end[k_tested_together] = {};
        double after[k_tested_together] = {};
        for (std::size_t k = 0; k < t.end.size(); ++k) {
            const double* const X = columns + k * width + group;
            for (std::uint32_t n = 0; n < k_tested_together; ++n) {
                end[n] += t.end[k] * X[n];
                after[n] += t.fall[k] * X[n];
            }
        }
        unsigned any = 0;
        for (std::uint32_t n = 0; n < k_tested_together; ++n)
            any |= (end[n] >= t.level ? 1U : 0U) | (after[n] >= t.level_after ? 1U : 0U);
        found[n_found] = group;
        n_found += any;
    }
    return n_found;
}

} // namespace spikewell::detail
