#include "network/engine/loop/thread_choice.hpp"

#include <algorithm>
#include <utility>

namespace spikewell::detail {

namespace {

// A turn: long enough to be timed, and short where windows are long.
constexpr double k_work_of_turn = 200'000.0;
constexpr std::size_t k_windows_of_turn = 4;
constexpr std::size_t k_most_patience = 1024;
// With more work in each window, sharing always pays.
constexpr double k_certain_work = 100'000.0;
// What costs differ by from turn to turn.
constexpr double k_noise = 1.5;

} // namespace

bool ThreadChoice::shared(double work) {
    if (work >= k_certain_work) {
        n_windows_ = 0; // what came before is no turn
        return true;
    }
    if (n_windows_ >= k_windows_of_turn && work_ >= k_work_of_turn) end_turn();
    if (n_windows_ == 0) {
        begin_ = now_();
        work_ = 0.0;
    }
    ++n_windows_;
    work_ += work;
    return shared_;
}

void ThreadChoice::end_turn() {
    const std::chrono::duration<double, std::nano> taken = now_() - begin_;
    const double now = taken.count() / work_;
    const double before = std::exchange(cost(shared_), now);
    n_windows_ = 0;
    if (cost(!shared_) == 0.0) {
        shared_ = !shared_;
        return;
    }
    if (looking_) {
        looking_ = false;
        const bool stays = cost(shared_) < cost(!shared_);
        patience_ = stays ? k_least_patience : std::min(2 * patience_, k_most_patience);
        if (!stays) shared_ = !shared_;
        n_left_ = patience_;
        return;
    }
    if (before > 0.0 && now > k_noise * before) n_left_ = std::min(n_left_, std::size_t{2});
    if (--n_left_ > 0) return;
    looking_ = true;
    shared_ = !shared_;
}

} // namespace spikewell::detail
