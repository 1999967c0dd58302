#include "network/engine/loop/share.hpp"
#include "support/everything.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <numeric>

using namespace spikewell;
using namespace spikewell::test;
using detail::deal_tasks;

namespace {

using Begins = std::vector<std::size_t>;

/// A rank among others that nobody talks to.
class LoneRank final : public Exchange {
  public:
    LoneRank(std::size_t rank, std::size_t n_ranks) : rank_(rank), n_ranks_(n_ranks) {}
    [[nodiscard]] std::size_t rank() const override { return rank_; }
    [[nodiscard]] std::size_t n_ranks() const override { return n_ranks_; }
    void all_gather(std::span<const char>, Messages&) override { FAIL("talks"); }
    void gather(std::span<const char>, Messages&) override { FAIL("talks"); }
    [[nodiscard]] bool fail(int&) override { return true; }

  private:
    std::size_t rank_;
    std::size_t n_ranks_;
};

} // namespace

TEST_CASE("Tasks are dealt in order, in ranges of about equal work") {
    CHECK(deal_tasks(std::vector<double>{1, 1, 1, 1}, 2) == Begins{0, 2, 4});
    CHECK(deal_tasks(std::vector<double>{3, 1, 1, 1}, 2) == Begins{0, 1, 4});
    CHECK(deal_tasks(std::vector<double>{1, 1, 1, 3}, 2) == Begins{0, 3, 4});
    CHECK(deal_tasks(std::vector<double>{2, 2, 2}, 1) == Begins{0, 3});
}

TEST_CASE("Where there are fewer tasks than ranks, some ranks have none") {
    const Begins begins = deal_tasks(std::vector<double>{1, 1}, 5);
    REQUIRE(begins.size() == 6);
    CHECK(begins.front() == 0);
    CHECK(begins.back() == 2);
    CHECK(std::is_sorted(begins.begin(), begins.end()));
    CHECK(deal_tasks({}, 3) == Begins{0, 0, 0, 0});
    CHECK(deal_tasks(std::vector<double>{0, 0}, 2).back() == 2);
}

TEST_CASE("No rank has more than an equal share and one task") {
    RandomStream stream(1, Purpose::initial_couplings, 0);
    for (int trial = 0; trial < 200; ++trial) {
        std::vector<double> work(1 + static_cast<std::size_t>(stream.uniform() * 40.0));
        for (double& w : work)
            w = stream.uniform() < 0.2 ? 10.0 * stream.uniform() : stream.uniform();
        const double total = std::accumulate(work.begin(), work.end(), 0.0);
        const double largest = *std::max_element(work.begin(), work.end());
        for (const std::size_t n_ranks : {1U, 2U, 3U, 7U, 50U}) {
            const Begins begins = deal_tasks(work, n_ranks);
            REQUIRE(begins.size() == n_ranks + 1);
            REQUIRE(begins.front() == 0);
            REQUIRE(begins.back() == work.size());
            REQUIRE(std::is_sorted(begins.begin(), begins.end()));
            for (std::size_t r = 0; r < n_ranks; ++r) {
                const double share =
                    std::accumulate(work.begin() + static_cast<std::ptrdiff_t>(begins[r]),
                                    work.begin() + static_cast<std::ptrdiff_t>(begins[r + 1]), 0.0);
                REQUIRE(share <= total / static_cast<double>(n_ranks) + largest * (1.0 + 1e-9));
            }
        }
    }
}

TEST_CASE("Every block of every population has one owner, and owners are in order") {
    const Network network = GENERATE(everything(1), learning(Prediction::spiking));
    const std::size_t n_ranks = GENERATE(1U, 2U, 3U, 40U);
    std::vector<std::size_t> next(network.populations.size(), 0);
    for (std::size_t r = 0; r < n_ranks; ++r) {
        const auto own = detail::own_tasks(network, LoneRank(r, n_ranks));
        REQUIRE(own.size() == next.size());
        for (std::size_t p = 0; p < own.size(); ++p) {
            if (own[p].begin == own[p].end) continue;
            CHECK(own[p].begin == next[p]);
            next[p] = own[p].end;
        }
    }
    const auto all = detail::own_tasks(network, LoneRank(0, 1));
    for (std::size_t p = 0; p < next.size(); ++p)
        CHECK(next[p] == all[p].end);
}
