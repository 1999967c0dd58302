#include "core/parallel.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

using namespace spikewell;

namespace {

/// How often each index was run.
std::vector<int> counts_of_loop(Team& team, std::size_t n, Team::Direction direction) {
    std::vector<std::atomic<int>> counts(n);
    team.for_each(
        n, [&](std::size_t i) { ++counts[i]; }, direction);
    return {counts.begin(), counts.end()};
}

} // namespace

TEST_CASE("A team makes do with the threads that the system starts") {
    const int n_allowed = GENERATE(0, 1, 3);
    CAPTURE(n_allowed);
    std::atomic<int> n_started{0};
    const StartThread start = [&](std::function<void()> run) {
        if (n_started >= n_allowed)
            throw std::system_error(EAGAIN, std::generic_category(), "thread");
        ++n_started;
        return start_thread(std::move(run));
    };
    CHECK(startable_threads(8, start) == n_allowed + 1);
    n_started = 0;
    CHECK(startable_threads(2, start) == std::min(2, n_allowed + 1));
    n_started = 0;
    Team team(8, start);
    CHECK(team.n_threads() == n_allowed + 1);
    team.attend([&] {
        CHECK(counts_of_loop(team, 100, Team::Direction::forwards) == std::vector<int>(100, 1));
    });
    CHECK(startable_threads(3) == 3);
}

TEST_CASE("A team runs each index of a loop once, whether or not it stands ready") {
    const int n_threads = GENERATE(1, 2, 3, 8);
    Team team(n_threads);
    const auto run_all = [&] {
        for (const std::size_t n : {0U, 1U, 2U, 7U, 8U, 9U, 1000U}) {
            for (const auto direction : {Team::Direction::forwards, Team::Direction::backwards})
                CHECK(counts_of_loop(team, n, direction) == std::vector<int>(n, 1));
        }
    };
    run_all();
    team.attend(run_all);
    run_all();
    team.attend([] {}); // and nothing else
    team.attend(run_all);
}

TEST_CASE("What a loop wrote is there when it is done, and what was there before is seen by it") {
    Team team(GENERATE(2, 5));
    constexpr std::size_t k_loops = 20000;
    constexpr std::size_t k_cells = 6;
    std::vector<std::size_t> cells(k_cells, 0); // no atomics: the loops' ends are all there is
    std::size_t n_wrong = 0;
    team.attend([&] {
        for (std::size_t loop = 0; loop < k_loops; ++loop) {
            const std::size_t expected = loop;
            team.for_each(k_cells,
                          [&](std::size_t i) { cells[i] = cells[i] == expected ? loop + 1 : 0; });
            n_wrong += static_cast<std::size_t>(
                std::count_if(cells.begin(), cells.end(), [&](auto c) { return c != loop + 1; }));
        }
    });
    CHECK(n_wrong == 0);
}

TEST_CASE("Workers of a team are told apart") {
    Team team(4);
    std::vector<std::atomic<int>> inside(4);
    std::atomic<int> n_wrong{0};
    team.attend([&] {
        for (int loop = 0; loop < 200; ++loop) {
            team.for_each(16, [&](std::size_t) {
                const auto worker = static_cast<std::size_t>(Team::worker());
                if (worker >= inside.size() || inside[worker]++ != 0) ++n_wrong;
                if (worker < inside.size()) --inside[worker];
            });
        }
    });
    CHECK(n_wrong == 0);
}

TEST_CASE("A thread that is late is helped") {
    Team team(2);
    std::atomic<int> n_run{0};
    bool helped = false;
    team.attend([&] {
        // 4 .. 7 are one thread's share: while it is held up by 4, another has to run the rest.
        team.for_each(8, [&](std::size_t i) {
            const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
            while (i == 4 && n_run < 7 && std::chrono::steady_clock::now() < limit)
                std::this_thread::sleep_for(std::chrono::microseconds(100));
            if (i == 4) helped = n_run == 7;
            ++n_run;
        });
    });
    CHECK(helped);
}

TEST_CASE("What a loop's body throws reaches the caller once the loop is done") {
    Team team(GENERATE(1, 2, 8));
    const auto check = [&] {
        const auto body = [](std::size_t i) {
            if (i == 3) throw std::runtime_error("third");
        };
        CHECK_THROWS_WITH(team.for_each(4, body), "third");
    };
    check();
    team.attend(check);
    CHECK_THROWS_WITH(team.attend([] { throw std::runtime_error("run"); }), "run");
    team.attend(check);
}

TEST_CASE("A loop within a loop's body is run by who comes to it") {
    Team team(3);
    const auto check = [&] {
        std::vector<std::atomic<int>> counts(12);
        team.for_each(3, [&](std::size_t i) {
            team.for_each(4, [&](std::size_t k) { ++counts[4 * i + k]; });
        });
        CHECK(std::all_of(counts.begin(), counts.end(), [](const auto& c) { return c == 1; }));
    };
    check();
    team.attend(check);
}
