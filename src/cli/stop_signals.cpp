#include "cli/stop_signals.hpp"

#include <atomic>
#include <chrono>

namespace spikewell::cli {

namespace {

using SignalClock =
    std::chrono::steady_clock; // of which handlers may ask the time (POSIX: clock_gettime)

// When the first signal came; worker threads ask it.
constexpr SignalClock::rep k_never = 0;
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): all that a signal handler can reach
std::atomic<SignalClock::rep> stop_asked{k_never};
static_assert(std::atomic<SignalClock::rep>::is_always_lock_free);

extern "C" void ask_to_stop(int /*signal*/) {
    SignalClock::rep never = k_never;
    stop_asked.compare_exchange_strong(never, SignalClock::now().time_since_epoch().count());
}

} // namespace

StopSignals::StopSignals() {
    stop_asked = k_never;
    for (std::size_t i = 0; i < k_signals.size(); ++i) {
        const auto [number, by_user] = k_signals[i];
        ::sigaction(number, nullptr, &before_[i]);
        // Who started this with nohup wants it to go on.
        if (number == SIGHUP && before_[i].sa_handler == SIG_IGN) continue;
        struct sigaction action {};
        action.sa_handler = ask_to_stop;
        action.sa_flags = SA_RESTART | (by_user ? static_cast<int>(SA_RESETHAND) : 0);
        ::sigaction(number, &action, nullptr);
    }
}

StopSignals::~StopSignals() {
    for (std::size_t i = 0; i < k_signals.size(); ++i)
        ::sigaction(k_signals[i].number, &before_[i], nullptr);
}

bool StopSignals::asked() {
    return stop_asked != k_never;
}

bool StopSignals::asked_before(std::chrono::milliseconds ago) {
    const SignalClock::rep since = stop_asked;
    return since != k_never &&
           SignalClock::now().time_since_epoch() - SignalClock::duration(since) > ago;
}

} // namespace spikewell::cli
