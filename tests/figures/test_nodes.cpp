#include "io/csv.hpp"
#include "support/node_counts.hpp"

#include <catch2/catch.hpp>

#include <cmath>

// Rates and spikes learn the same from images of any size, at the defaults: the digits enlarged, so
// that only the number of nodes changes. The preset `full` runs what the README's table has, but for
// its seeds of other data (tests/benchmark/README.md: bench_nodes).

using namespace spikewell;

namespace {

#ifdef SPIKEWELL_FULL_TESTS
const std::vector<std::size_t> k_sides{8, 16, 24, 28};
constexpr std::uint64_t k_size_seeds = 3;
#else
const std::vector<std::size_t> k_sides{8, 16};
constexpr std::uint64_t k_size_seeds = 1;
#endif
constexpr std::size_t k_presentations = 5000;

} // namespace

TEST_CASE("Rates and spikes learn the same at any number of nodes") {
    const Matrix table = io::read_csv(SPIKEWELL_SOURCE_DIR "/examples/data/digits.csv");
    for (const std::size_t side : k_sides) {
        std::vector<double> retrieval;
        std::vector<double> generalization;
        for (std::uint64_t seed = 1; seed <= k_size_seeds; ++seed) {
            const test::AtSize both = test::learn_at_size(table, 8, side, k_presentations, seed);
            CAPTURE(side * side, seed, both.correlation);
            CHECK(both.correlation >= 0.95);
            retrieval.push_back(both.retrieval_difference());
            generalization.push_back(both.generalization_difference());
        }
        CAPTURE(side * side, mean(retrieval), mean(generalization));
        CHECK(std::abs(mean(retrieval)) <= 0.02);
        CHECK(std::abs(mean(generalization)) <= 0.02);
    }
}
