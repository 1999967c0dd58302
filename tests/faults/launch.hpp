#pragma once

#include "faults/fault_report.h"
#include "support/program.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The program, run with faults (fault_library.c), limits and streams that go nowhere.
namespace spikewell::test {

/// Every kind of call that changes files.
inline constexpr unsigned k_changing_calls = (1U << FAULT_READ_OPEN) - 1U;
inline constexpr unsigned k_reading_calls = 1U << FAULT_READ_OPEN | 1U << FAULT_READ;

/// "open", "write", ..
[[nodiscard]] std::string name_of(fault_call call);

struct Fault {
    unsigned calls = k_changing_calls;       ///< sum of 1 << fault_call: these are counted together
    std::uint64_t at = 0;                    ///< from 1; 0: only counts
    int error = 0;                           ///< errno; 0: SIGKILL
    std::optional<std::uint64_t> bytes = {}; ///< room on the disk
};

struct Launch {
    std::string arguments; ///< words between spaces
    std::optional<Fault> fault = {};
    std::vector<std::pair<int, std::uint64_t>> limits = {}; ///< RLIMIT_.., value
    std::string out = {};       ///< a file for stdout, "-": closed; empty: kept
    std::string err = {};       ///< the same for stderr
    unsigned time_limit_s = 60; ///< then SIGALRM
    bool as_nobody = false;     ///< as user 65534, whom RLIMIT_NPROC binds
};

struct Ending {
    int code = 0; ///< exit code, or minus the signal
    std::string out;
    std::vector<std::string> errors;
    fault_report report{};

    /// "exit 1: spikewell: ..", for messages.
    [[nodiscard]] std::string text() const;
};

/// One that runs.
class Launched {
  public:
    Launched(const ScratchFolder& folder, Launch launch);
    [[nodiscard]] Ending end();
    [[nodiscard]] pid_t process() const { return child_.process(); }

  private:
    Launch launch_;
    ScratchFolder files_;
    Child child_;
};

[[nodiscard]] inline Ending run(const ScratchFolder& folder, const Launch& launch) {
    return Launched(folder, launch).end();
}
[[nodiscard]] inline Ending run(const ScratchFolder& folder, const std::string& arguments) {
    return run(folder, Launch{arguments});
}

/// Whether an error was told as it should be: exit 1, one line.
[[nodiscard]] bool is_one_line_error(const Ending& ending);

} // namespace spikewell::test
