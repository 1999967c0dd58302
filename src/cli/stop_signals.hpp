#pragma once

#include <array>
#include <chrono>
#include <csignal>

namespace spikewell::cli {

/// Signals that ask the run to stop while this lives. A second one from the user ends the program at once;
/// those of a limit or of a pipe come again and again, and do not.
class StopSignals {
  public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();
    [[nodiscard]] static bool asked();
    /// Whether the first came longer ago than this.
    [[nodiscard]] static bool asked_before(std::chrono::milliseconds ago);

  private:
    struct Signal {
        int number;
        bool by_user;
    };
    static constexpr std::array<Signal, 6> k_signals{{{SIGINT, true},
                                                      {SIGTERM, true},
                                                      {SIGHUP, true},
                                                      {SIGPIPE, false},
                                                      {SIGXFSZ, false},
                                                      {SIGXCPU, false}}};
    std::array<struct sigaction, k_signals.size()> before_{};
};

} // namespace spikewell::cli
