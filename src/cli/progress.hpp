#pragma once

#include <chrono>
#include <cstdio>
#include <string>

namespace spikewell::cli {

/// Shows how far a command has come, on stderr: a bar with time left and q on a
/// terminal, a plain line per stage and ten per cent elsewhere, nothing when quiet.
class ProgressBar {
  public:
    explicit ProgressBar(bool quiet);

    /// `simulated_ms` is the model time done in this stage; 0 where there is none.
    void update(const std::string& stage, double fraction, double simulated_ms);
    /// Ends the line of the last stage.
    void finish();

  private:
    using Clock = std::chrono::steady_clock;

    void begin(const std::string& stage);
    void draw(double fraction, double simulated_ms, double elapsed_s) const;

    bool quiet_;
    bool terminal_;
    std::string stage_;
    bool open_ = false; // a line of the bar is unfinished
    Clock::time_point started_;
    Clock::time_point drawn_;
    int told_tenths_ = 0;
};

} // namespace spikewell::cli
