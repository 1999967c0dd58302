#pragma once

#include "core/process_use.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spikewell {

/// Equal in processes that run on one machine, and so share its counters.
[[nodiscard]] std::uint64_t machine_digest();

/// What a busy core is taken to need where nothing measures it, and whose figure that is.
struct CorePower {
    double W = 200.0 / 64.0;
    std::string source = "200 W of thermal design power over the 64 cores of an AMD EPYC 7702; "
                         "without memory, board and cooling";
};

/// Reads the counters of energy that Linux has of processor packages and of the memory at them (RAPL):
/// all that runs there is in them, not this process alone. Packages count once, their parts (cores,
/// graphics) and the platform (psys) not beside them; memory (dram) is no part of a package.
class EnergyMeter {
  public:
    /// Begins at 0. `powercap`: where the kernel shows counters.
    explicit EnergyMeter(const std::filesystem::path& powercap = "/sys/class/powercap");

    /// Counters begin again after max_energy_range_uj, within minutes on large processors: look in between.
    void look();
    /// Looks where it has not for a second.
    void look_now_and_then();

    /// Between the start and the last look; none where something cannot be read.
    [[nodiscard]] std::optional<double> joules() const;
    /// Which counters, or why there are none.
    [[nodiscard]] const std::string& source() const { return source_; }

  private:
    struct Counter {
        std::filesystem::path file;
        std::uint64_t range_uJ = 0; ///< it begins again after
        std::uint64_t last_uJ = 0;
    };
    void find(const std::filesystem::path& powercap);

    std::vector<Counter> counters_; ///< none: not measured
    double joules_ = 0.0;
    std::string source_;
    std::chrono::steady_clock::time_point looked_;
};

/// What a stretch of work has taken.
struct EnergyUse {
    double processor_s = 0.0;
    std::optional<double> measured_J;
    std::string meter; ///< EnergyMeter::source

    /// One stretch after another; measured where all of them are. The meter is the last one's.
    EnergyUse& operator+=(const EnergyUse& next);
};

/// Watches a stretch of work, from when it is made on.
class EnergyWatch {
  public:
    explicit EnergyWatch(const std::filesystem::path& powercap = "/sys/class/powercap")
        : meter_(powercap), processor_start_s_(processor_seconds()) {}
    void look_now_and_then() { meter_.look_now_and_then(); }
    [[nodiscard]] EnergyUse use();

  private:
    EnergyMeter meter_;
    double processor_start_s_;
};

/// What one of several processes has taken, and, together with others there, its machine.
struct ProcessEnergy {
    std::uint64_t machine = 0; ///< machine_digest
    double processor_s = 0.0;
    double measured_J =
        std::numeric_limits<double>::quiet_NaN(); ///< of the machine; NaN: not measured
};
/// Of processes at work together: each machine's energy counts once, and is measured where it is on all of
/// them. `meter` is that of the first.
[[nodiscard]] EnergyUse energy_together(std::span<const ProcessEnergy> processes,
                                        const std::string& meter);

/// Energy, and how it is known.
struct Energy {
    double J = 0.0;
    bool measured = false; ///< otherwise an estimate: processor seconds times the power of a core
    std::string source;

    [[nodiscard]] const char* how() const { return measured ? "measured" : "estimate"; }
};
[[nodiscard]] Energy energy_of(const EnergyUse& use, const CorePower& core);

} // namespace spikewell
