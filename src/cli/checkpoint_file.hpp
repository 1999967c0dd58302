#pragma once

#include "core/matrix.hpp"
#include "io/output.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::cli {

/// Tells data that a command was given from others, wherever they lie.
[[nodiscard]] std::uint64_t digest_of(const Matrix& data);

/// --checkpoint, --checkpoint-every-s and --resume of a command.
struct CheckpointOptions {
    std::string checkpoint;
    double every_s = 600.0; ///< of real time, between saves
    std::string resume;     ///< empty: from the start

    /// Where it saves to: without --checkpoint the file that it goes on from; empty: nowhere.
    [[nodiscard]] const std::string& file() const {
        return checkpoint.empty() ? resume : checkpoint;
    }
    /// What it may do to `file`: replace it where it goes on from that very file.
    [[nodiscard]] io::Overwrite overwrite(io::Overwrite otherwise) const;
};

/// What the help of a command says of them.
struct CheckpointHelp {
    std::string saved;        ///< "File to save .. to"
    std::string same;         ///< what has to be the same to go on
    bool has_interval = true; ///< --checkpoint-every-s
};
void add_checkpoint_options(CLI::App& command,
                            CheckpointOptions& options,
                            const CheckpointHelp& help);

/// Where a run saves its state, again and again: nobody else writes there meanwhile.
class CheckpointFile {
  public:
    /// Throws IoError unless it can be written: as io::FileOutput.
    CheckpointFile(std::filesystem::path path,
                   io::Overwrite overwrite,
                   const std::vector<std::filesystem::path>& inputs);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Replaces what there is. Throws IoError; then that is still there.
    void write(std::string_view content, std::uint64_t belongs_to);

  private:
    std::filesystem::path path_;
    io::FileClaim claim_;
};

} // namespace spikewell::cli
