#pragma once

#include <array>
#include <chrono>
#include <cstddef>

/// Whether windows are shared out among threads: as it turns out to be faster. Results do not depend on it.
namespace spikewell::detail {

/// Takes turns of some windows either way, and stays with what took less time for the work there was; looks again now and
/// then, more and more seldom, and soon where work has come to take longer.
class ThreadChoice {
  public:
    using Clock = std::chrono::steady_clock;

    explicit ThreadChoice(Clock::time_point (*now)() = &Clock::now) : now_(now) {}

    /// Of a window with so much work, in synaptic events, before it begins.
    [[nodiscard]] bool shared(double work);

  private:
    void end_turn();
    [[nodiscard]] double& cost(bool shared) { return cost_[shared ? 1 : 0]; }

    Clock::time_point (*now_)();
    bool shared_ = true;
    bool looking_ = true; ///< at the way that is not the faster one
    std::array<double, 2> cost_ =
        {};                  ///< ns for the work of an event, alone and shared; 0: not known
    std::size_t n_left_ = 0; ///< turns until it looks again
    std::size_t patience_ = k_least_patience;
    double work_ = 0.0; ///< of the turn so far
    std::size_t n_windows_ = 0;
    Clock::time_point begin_;

    static constexpr std::size_t k_least_patience = 16;
};

} // namespace spikewell::detail
