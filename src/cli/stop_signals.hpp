#pragma once

#include <csignal>

namespace spikewell::cli {

/// SIGINT and SIGTERM ask the run to stop while this lives; a second one ends the program at once.
class StopSignals {
  public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();
    [[nodiscard]] static bool asked();

  private:
    struct sigaction interrupt_ {};
    struct sigaction terminate_ {};
};

} // namespace spikewell::cli
