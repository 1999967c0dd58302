#include "core/lane_math.hpp"
#include "core/philox_lanes.hpp"
#include "core/random.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikewell;

namespace {

/// In units of the last place of the exact value.
double error(double value, long double exact) {
    const double unit = std::ldexp(1.0, std::ilogb(static_cast<double>(exact)) - 52);
    return static_cast<double>(std::abs(static_cast<long double>(value) - exact)) / unit;
}

} // namespace

TEST_CASE("exp and log in lanes are exact to the last place") {
    RandomStream stream(1, Purpose::initial_couplings, 0);
    double worst_exp = 0.0;
    double worst_log = 0.0;
    for (int n = 0; n < 200000; ++n) {
        const double u = stream.uniform();
        const double x = (u - 0.5) * (n % 2 == 0 ? 1400.0 : 2.0);
        worst_exp = std::max(worst_exp, error(lane_exp(x), std::exp(static_cast<long double>(x))));
        // Near 0, near 1, and in between.
        const double y = n % 3 == 0   ? std::ldexp(u, -static_cast<int>(stream.index(1000)))
                         : n % 3 == 1 ? 1.0 - std::ldexp(u, -static_cast<int>(stream.index(50)))
                                      : u;
        if (y > 0.0 && y != 1.0)
            worst_log =
                std::max(worst_log, error(lane_log(y), std::log(static_cast<long double>(y))));
    }
    CHECK(worst_exp < 1.5);
    CHECK(worst_log < 1.0);
    CHECK(lane_exp(0.0) == 1.0);
    CHECK(lane_exp(-1e300) == Approx(std::exp(-700.0)));
    CHECK(lane_exp(1e300) == Approx(std::exp(700.0)));
    CHECK(lane_log(1.0) == 0.0);
}

TEST_CASE("Philox in lanes draws what streams draw") {
    constexpr std::uint64_t seed = 0x1234'5678'9ABC'DEF0U;
    PhiloxLanes bits;
    std::array<RandomStream::Pair, k_philox_lanes> expected;
    for (std::uint32_t l = 0; l < k_philox_lanes; ++l) {
        RandomStream stream(seed, Purpose::somatic_spikes, l, 3);
        stream.skip_to((std::uint64_t{1} << 32U) + l);
        REQUIRE(stream.seed() == seed);
        RandomStream same = stream;
        expected[l] = same.next_pair();
        const philox4x32_ctr_t counter = stream.next_counter();
        for (std::size_t w = 0; w < 4; ++w)
            bits.word[w].at[l] = counter[w];
        CHECK(stream.next_pair().first == same.next_pair().first);
    }
    philox<10>(bits, seed);
    for (std::size_t l = 0; l < k_philox_lanes; ++l) {
        CHECK(RandomStream::unit(bits.word[0].at[l], bits.word[1].at[l]) == expected[l].first);
        CHECK(RandomStream::unit(bits.word[2].at[l], bits.word[3].at[l]) == expected[l].second);
    }
}
