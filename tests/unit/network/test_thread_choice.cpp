#include "network/engine/loop/thread_choice.hpp"

#include <catch2/catch.hpp>

using namespace spikewell::detail;

// Windows are shared out among threads where that takes less time. Here time goes as the tests say.

namespace {

ThreadChoice::Clock::time_point& told_time() {
    static ThreadChoice::Clock::time_point told;
    return told;
}
ThreadChoice::Clock::time_point read_time() {
    return told_time();
}

struct Costs {
    double window_ns; ///< of sharing one
    double alone_ns;  ///< for the work of an event
    double shared_ns; ///< likewise
};

/// Runs windows of this much work; which share of them was shared out.
double share_of(ThreadChoice& choice, int n_windows, double work, const Costs& costs) {
    int n_shared = 0;
    for (int w = 0; w < n_windows; ++w) {
        const bool shared = choice.shared(work);
        n_shared += shared ? 1 : 0;
        const double ns = shared ? costs.window_ns + costs.shared_ns * work : costs.alone_ns * work;
        told_time() += std::chrono::nanoseconds(static_cast<long>(ns));
    }
    return static_cast<double>(n_shared) / n_windows;
}

// Handovers take 2 us: with 1,000 events they are more than two threads save, with 10,000 less.
constexpr Costs k_two_threads{2000.0, 3.0, 1.5};

} // namespace

TEST_CASE("Small windows are run alone and larger ones are shared out") {
    ThreadChoice small(read_time);
    CHECK(share_of(small, 100'000, 1000.0, k_two_threads) < 0.02);
    ThreadChoice large(read_time);
    CHECK(share_of(large, 100'000, 10'000.0, k_two_threads) > 0.98);
    ThreadChoice certain(read_time);
    CHECK(share_of(certain, 10, 1e6, k_two_threads) == 1.0);
}

TEST_CASE("Where windows become larger, sharing is found to pay, and the other way round") {
    ThreadChoice choice(read_time);
    share_of(choice, 100'000, 1000.0, k_two_threads);
    share_of(choice, 20'000, 10'000.0, k_two_threads);
    CHECK(share_of(choice, 100'000, 10'000.0, k_two_threads) > 0.95);
    share_of(choice, 100'000, 1000.0, k_two_threads);
    CHECK(share_of(choice, 100'000, 1000.0, k_two_threads) < 0.05);
    // Another program has the second core from now on.
    const Costs busy{30'000.0, 3.0, 3.0};
    ThreadChoice disturbed(read_time);
    share_of(disturbed, 50'000, 10'000.0, k_two_threads);
    share_of(disturbed, 5'000, 10'000.0, busy);
    CHECK(share_of(disturbed, 50'000, 10'000.0, busy) < 0.05);
}
