#include "cli/progress.hpp"

#include "cli/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unistd.h>

namespace spikewell::cli {

namespace {

constexpr int k_bar_width = 24;
constexpr double k_redraw_s = 0.1;

double seconds(std::chrono::steady_clock::duration d) {
    return std::chrono::duration<double>(d).count();
}

std::string duration_text(double s) {
    if (s < 60.0) return fmt::format("{:.1f} s", s);
    return fmt::format("{:.0f} min {:02.0f} s", std::floor(s / 60.0), std::fmod(s, 60.0));
}

std::string speed_text(double simulated_ms, double elapsed_s) {
    if (simulated_ms <= 0.0 || elapsed_s <= 0.0) return {};
    return fmt::format(", q = {:.3g}", elapsed_s / (simulated_ms / 1000.0));
}

} // namespace

ProgressBar::ProgressBar(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::begin(const std::string& stage) {
    finish();
    stage_ = stage;
    started_ = Clock::now();
    drawn_ = {};
    told_tenths_ = 0;
}

void ProgressBar::update(const std::string& stage, double fraction, double simulated_ms) {
    if (quiet_) return;
    if (stage != stage_) begin(stage);
    const auto now = Clock::now();
    const double elapsed_s = seconds(now - started_);
    if (terminal_) {
        if (fraction < 1.0 && seconds(now - drawn_) < k_redraw_s) return;
        drawn_ = now;
        draw(fraction, simulated_ms, elapsed_s);
        open_ = true;
        if (fraction >= 1.0) finish();
        return;
    }
    // Lines for a log: only where a stage takes long enough to wonder, and at its end.
    const int tenths = static_cast<int>(fraction * 10.0);
    if (fraction < 1.0 && (tenths <= told_tenths_ || elapsed_s < 5.0)) return;
    told_tenths_ = tenths;
    put(stderr, fmt::format("{}: {:.0f} %, {}{}\n", stage_, 100.0 * fraction,
                            duration_text(elapsed_s), speed_text(simulated_ms, elapsed_s)));
}

void ProgressBar::draw(double fraction, double simulated_ms, double elapsed_s) const {
    const int filled = std::clamp(static_cast<int>(fraction * k_bar_width), 0, k_bar_width);
    const std::string bar = std::string(static_cast<std::size_t>(filled), '#') +
                            std::string(static_cast<std::size_t>(k_bar_width - filled), '.');
    const std::string time =
        fraction >= 1.0 ? duration_text(elapsed_s)
        : fraction > 0.0
            ? fmt::format("{} left", duration_text(elapsed_s * (1.0 - fraction) / fraction))
            : std::string("starting");
    // Back to the line's start, and clear what a longer line left.
    put(stderr, fmt::format("\r{:<20} [{}] {:3.0f} %  {}{}\x1b[K", stage_, bar, 100.0 * fraction,
                            time, speed_text(simulated_ms, elapsed_s)));
    std::fflush(stderr);
}

void ProgressBar::finish() {
    if (open_) put(stderr, "\n");
    open_ = false;
}

} // namespace spikewell::cli
