#pragma once

#include <string>
#include <string_view>

namespace spikewell::cli {

/// What a run's checkpoint holds.
struct CheckpointParts {
    std::string_view simulator;
    std::string_view recordings;
    std::string_view statistics;
};

/// One behind the other. The simulator's part, the largest, is taken as it is and the others are
/// added to it.
[[nodiscard]] std::string join_parts(std::string simulator,
                                     std::string_view recordings,
                                     std::string_view statistics);
/// Into `content`. Throws IoError for what another version joined.
[[nodiscard]] CheckpointParts split_parts(std::string_view content);

} // namespace spikewell::cli
