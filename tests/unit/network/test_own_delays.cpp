#include "core/random.hpp"
#include "network/engine/lif/own_delays.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>

using namespace spikewell;
using namespace spikewell::detail;

// Delays are kept as they are where there are at most 65,536 synapses or different delays, and as one of 65,536 levels
// otherwise.

namespace {

std::vector<Synapse> synapses_with(std::size_t n,
                                   const std::function<float(std::size_t)>& delay_ms) {
    std::vector<Synapse> synapses(n);
    for (std::size_t s = 0; s < n; ++s)
        synapses[s].delay_ms = delay_ms(s);
    return synapses;
}

double farthest_ms(const OwnDelays& delays, const std::vector<Synapse>& synapses) {
    double far_ms = 0.0;
    std::vector<double> arrive_ms(synapses.size());
    constexpr double k_leave_ms = 100.0;
    delays.arrivals_ms(0, synapses.size(), k_leave_ms, arrive_ms.data());
    for (std::size_t s = 0; s < synapses.size(); ++s) {
        far_ms =
            std::max(far_ms, std::abs(delays.at(s) - static_cast<double>(synapses[s].delay_ms)));
        REQUIRE(arrive_ms[s] == k_leave_ms + delays.at(s));
    }
    return far_ms;
}

float drawn_ms(std::size_t s) {
    RandomStream stream(1, Purpose::synapse_values, static_cast<std::uint32_t>(s));
    return static_cast<float>(0.1 + 7.9 * stream.uniform());
}

} // namespace

TEST_CASE("Delays of few synapses, and few delays of many, are exact") {
    const std::vector<Synapse> few = synapses_with(OwnDelays::k_most_distinct, drawn_ms);
    CHECK(farthest_ms(OwnDelays(few), few) == 0.0);
    const std::vector<Synapse> repeated =
        synapses_with(3 * OwnDelays::k_most_distinct, [](std::size_t s) {
            return 1.0F + static_cast<float>((s * 7919U) % OwnDelays::k_most_distinct) * 0.001F;
        });
    const OwnDelays delays(repeated);
    CHECK(farthest_ms(delays, repeated) == 0.0);
    CHECK(delays.bytes() == 2 * repeated.size() + 4 * OwnDelays::k_most_distinct);
    CHECK(delays.greatest_ms() == static_cast<double>(1.0F + 65535.0F * 0.001F));
}

TEST_CASE("More delays than that are off by half a level at most") {
    const std::vector<Synapse> many = synapses_with(200'000, drawn_ms);
    const OwnDelays delays(many);
    CHECK(delays.bytes() == 2 * many.size());
    const double level_ms = (delays.greatest_ms() - 0.1) / 65535.0;
    const double far_ms = farthest_ms(delays, many);
    CHECK(far_ms <= 0.5001 * level_ms);
    CHECK(far_ms > 0.4 * level_ms);
    // The least and the greatest are levels.
    const auto [least, greatest] =
        std::minmax_element(many.begin(), many.end(), [](const Synapse& a, const Synapse& b) {
            return a.delay_ms < b.delay_ms;
        });
    CHECK(delays.at(static_cast<std::size_t>(least - many.begin())) ==
          static_cast<double>(least->delay_ms));
    CHECK(delays.at(static_cast<std::size_t>(greatest - many.begin())) ==
          Approx(static_cast<double>(greatest->delay_ms)).epsilon(1e-15));
}

TEST_CASE("No synapses have no delays") {
    CHECK(OwnDelays(std::vector<Synapse>{}).empty());
    CHECK(OwnDelays().greatest_ms() == 0.0);
}
