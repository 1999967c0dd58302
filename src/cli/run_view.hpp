#pragma once

#include "io/folder_output.hpp"
#include "network/description.hpp"
#include "report/run_report.hpp"

namespace spikewell::cli {

/// What a run has written so far, read back from its folder for a page: so that it is the whole run's
/// after --resume, too. Of long recordings the first part.
[[nodiscard]] report::RecordedRun read_recordings(const NetworkDescription& description,
                                                  const io::FolderOutput& output,
                                                  double simulated_ms);

} // namespace spikewell::cli
