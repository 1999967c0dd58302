#pragma once

#include "network/engine/simulator.hpp"

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

/// The simulator's part, of a run of duration_ms. Throws NetworkError as Simulator::load does, and for
/// another run. Collective.
void load_run(Simulator& simulator, std::string_view saved, double duration_ms);

} // namespace spikewell::cli
