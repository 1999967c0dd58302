#include "cli/stop_signals.hpp"

#include <atomic>

namespace spikewell::cli {

namespace {

// A signal handler can reach nothing but this; worker threads ask it.
std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void ask_to_stop(int /*signal*/) {
    stop_asked = true;
}

} // namespace

StopSignals::StopSignals() {
    stop_asked = false;
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
    return stop_asked;
}

} // namespace spikewell::cli
