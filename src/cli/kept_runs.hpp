#pragma once

#include "cli/checkpoint_file.hpp"
#include "cli/commands.hpp"
#include "cli/stop_signals.hpp"
#include "experiments/runs.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace spikewell::cli {

/// --checkpoint and --resume of a command whose runs are many.
void add_kept_runs_options(CLI::App& command, CheckpointOptions& options);

/// Keeps finished runs in a file; a signal (Ctrl-C) lets those that are under way come to their end. Then,
/// and where no file was asked for at once, the program ends.
class KeptRuns : public experiments::RunKeeper {
  public:
    /// `command`'s other options and the data it was given tell its results from others'. Throws IoError: as
    /// CheckpointFile, and for a file of others.
    KeptRuns(const CLI::App& command,
             const CheckpointOptions& options,
             const CommonOptions& common,
             const Matrix& data,
             const std::vector<std::filesystem::path>& inputs);

    /// Throws Interrupted after a signal.
    [[nodiscard]] const std::string* kept(std::size_t run) override;
    void keep(std::size_t run, std::string found) override;

    /// All runs are done: the file has them, whatever becomes of the results.
    void finish();

    /// Null where neither option was given.
    [[nodiscard]] experiments::RunKeeper* keeper() {
        return file_ || !found_.empty() ? this : nullptr;
    }

  private:
    void write();

    std::uint64_t identity_;
    std::optional<CheckpointFile> file_;
    std::optional<StopSignals> signals_;
    std::mutex mutex_;
    std::map<std::size_t, std::string> found_;
    bool all_written_ = true;
    std::chrono::steady_clock::time_point written_;
};

} // namespace spikewell::cli
