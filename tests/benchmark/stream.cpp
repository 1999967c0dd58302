#include "stream.hpp"

#include "core/clones.hpp"

namespace spikewell::benchmark {

namespace {

using Lanes = float __attribute__((vector_size(64), aligned(4), may_alias));
constexpr std::size_t k_lanes = 16;
constexpr std::size_t k_at_once = 4 * k_lanes;

} // namespace

SPIKEWELL_CLONES
float sum(const float* numbers, std::size_t n) {
    Lanes sums[4] = {};
    std::size_t i = 0;
    for (; i + k_at_once <= n; i += k_at_once)
        for (std::size_t k = 0; k < 4; ++k)
            sums[k] += *reinterpret_cast<const Lanes*>(numbers + i + k * k_lanes);
    float total = 0.0F;
    for (; i < n; ++i)
        total += numbers[i];
    for (std::size_t k = 0; k < k_lanes; ++k)
        total += sums[0][k] + sums[1][k] + sums[2][k] + sums[3][k];
    return total;
}

SPIKEWELL_CLONES
float scale_and_sum(float* numbers, std::size_t n, float factor) {
    Lanes sums[4] = {};
    std::size_t i = 0;
    for (; i + k_at_once <= n; i += k_at_once) {
        for (std::size_t k = 0; k < 4; ++k) {
            Lanes& lanes = *reinterpret_cast<Lanes*>(numbers + i + k * k_lanes);
            lanes *= factor;
            sums[k] += lanes;
        }
    }
    float total = 0.0F;
    for (; i < n; ++i) {
        numbers[i] *= factor;
        total += numbers[i];
    }
    for (std::size_t k = 0; k < k_lanes; ++k)
        total += sums[0][k] + sums[1][k] + sums[2][k] + sums[3][k];
    return total;
}

} // namespace spikewell::benchmark
