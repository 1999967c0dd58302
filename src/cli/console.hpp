#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace spikewell::cli {

/// Text on stdout or stderr. Never throws: a terminal that went away is no reason to lose a run. What
/// stdout could not take is told at the end, by `stdout_failure`.
void put(std::FILE* stream, std::string_view text);

/// Why something that was put on stdout is not there; empty where all is.
[[nodiscard]] std::string stdout_failure();

/// Before anything is opened: a standard stream that is closed would become the first file, and take what
/// is meant for a terminal. Writing to closed pipes and files beyond a limit of size are errors from here
/// on, not the program's death.
void guard_streams();

} // namespace spikewell::cli
