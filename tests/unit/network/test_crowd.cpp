#include "core/random.hpp"
#include "network/engine/detail/crowd.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikewell;
using namespace spikewell::detail;

namespace {

constexpr std::size_t k_width = 80; // a group of 64 lanes and one tile more
constexpr std::size_t k_pre = 50;
constexpr std::size_t k_steps = 333; // the last block is not full
constexpr double k_tau_m_ms = 3.0;

struct Lanes {
    std::vector<float> drive, potential, value, target, block_low, block_high, low, high;

    Lanes(std::size_t n_stored, std::size_t n_blocks)
        : drive(k_width), potential(k_width), value(n_stored * k_width), target(value),
          block_low(n_blocks * k_width), block_high(block_low), low(k_width), high(k_width) {
        RandomStream stream(3, Purpose::initial_couplings, 0);
        for (std::size_t i = 0; i < k_width; ++i) {
            drive[i] = static_cast<float>(stream.normal());
            potential[i] = static_cast<float>(stream.normal());
        }
    }
    BlockPath path() {
        return {value.data(),      target.data(), block_low.data(),
                block_high.data(), low.data(),    high.data()};
    }
};

} // namespace

// Rounding: 333 sums of numbers of order 1 in float, in another order: 333 x 6e-8.
TEST_CASE("A crowded path is the path, its bounds hold, and any time is found in it") {
    RandomStream stream(4, Purpose::initial_couplings, 0);
    std::vector<float> couplings(k_pre * k_width);
    for (float& w : couplings)
        w = static_cast<float>(0.1 * stream.normal());
    std::vector<double> times{1.0};
    for (std::size_t s = 0; s < k_steps; ++s)
        times.push_back(times.back() - 0.01 * std::log(stream.uniform()));
    Crowd crowd;
    std::vector<BlockSegment> segments;
    for (std::size_t s = 0; s < k_steps; ++s) {
        const std::size_t pre = stream.index(k_pre);
        const float dx = s + 1 < k_steps ? 0.5F - static_cast<float>(stream.index(2)) : 0.0F;
        const auto keep = static_cast<float>(std::exp((times[s] - times[s + 1]) / k_tau_m_ms));
        crowd.steps.push_back({0, static_cast<std::uint32_t>(pre * k_width), dx, keep, 0.0F});
        segments.push_back({couplings.data() + pre * k_width, dx, keep});
        float limit = 0.0F;
        for (std::size_t i = 0; i < k_width; ++i)
            limit = std::max(limit, std::abs(couplings[pre * k_width + i]));
        crowd.limits.push_back(limit);
    }
    crowd.prepare(times, 1e9F);
    REQUIRE(crowd.active);
    const std::size_t n_blocks = crowd.keep.size();
    REQUIRE(n_blocks == (k_steps + k_segments_per_block - 1) / k_segments_per_block);

    Lanes exact(k_steps, n_blocks);
    trace_path(segments.data(), k_steps, k_width, exact.drive.data(), exact.potential.data(),
               exact.path());
    Lanes lanes(n_blocks, n_blocks);
    const float* columns = couplings.data();
    trace_blocks({crowd.steps.data(), &columns, crowd.keep.data(), crowd.slack.data(), k_steps,
                  couplings.data(), k_pre},
                 k_width, lanes.drive.data(), lanes.potential.data(), lanes.path());

    for (std::size_t i = 0; i < k_width; ++i) {
        CAPTURE(i);
        CHECK(lanes.drive[i] == Approx(exact.drive[i]).margin(2e-5));
        CHECK(lanes.potential[i] == Approx(exact.potential[i]).margin(2e-5));
        const auto node = [&](Lanes& of, const TimeGrid* grid, const PathSteps& steps) {
            return NodePath({times, k_tau_m_ms, grid, 0},
                            {of.value.data() + i, of.target.data() + i, of.block_low.data() + i,
                             of.block_high.data() + i, k_width, i, steps},
                            0.25);
        };
        const NodePath whole = node(exact, nullptr, {});
        const NodePath blocks =
            node(lanes, &crowd.grid, {crowd.steps.data(), &columns, k_log2_segments_per_block});
        for (std::size_t n = 0; n < 100; ++n) {
            const double t_ms =
                n == 0 ? times.back() : 1.0 + (times.back() - 1.0) * stream.uniform();
            const std::size_t s = whole.segment_at(t_ms, 0);
            REQUIRE(blocks.segment_at(t_ms, 0) == s);
            const double potential = whole.potential(s, t_ms);
            REQUIRE(blocks.potential(s, t_ms) == Approx(potential).margin(2e-5));
            const PathRange range = blocks.block(s);
            REQUIRE(potential >= range.low - 2e-5);
            REQUIRE(potential <= range.high + 2e-5);
            REQUIRE(range.until_ms == whole.block(s).until_ms);
            REQUIRE(range.low >= static_cast<double>(lanes.low[i]) + 0.25);
            REQUIRE(range.high <= static_cast<double>(lanes.high[i]) + 0.25);
        }
    }
}
