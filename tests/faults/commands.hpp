#pragma once

#include "support/scratch_folder.hpp"

#include <string>
#include <vector>

/// Every command that writes, on inputs so small that it takes some hundredths of a second.
namespace spikewell::test {

struct Command {
    std::string name;
    std::vector<std::string> before; ///< commands that are run first; see `prepare`
    std::string arguments;
    bool checkpoints = false; ///< writes run.ckpt
    bool resumes = false;     ///< goes on from it: done again as it is, not with --force

    /// The command line that must succeed whatever an earlier one left behind.
    [[nodiscard]] std::string again() const;
};

inline constexpr const char* k_checkpoint = "run.ckpt";

/// All of them, those that train to HDF5 where the program can.
[[nodiscard]] std::vector<Command> writing_commands();

/// Files that commands read, and a user's own: net.json, config.json, model.json, layout/,
/// circuit/, graph/, mine.txt ..
void write_inputs(const ScratchFolder& folder);

/// Runs what comes before. "killed ARGUMENTS" is killed when it renames for the second time.
void prepare(const ScratchFolder& folder, const Command& command);

/// net.json with everything that is recorded; longer in time for `duration_ms`.
[[nodiscard]] std::string network_text(double duration_ms);
/// config.json: nine pixels, three images.
[[nodiscard]] std::string config_text(int presentations);

} // namespace spikewell::test
