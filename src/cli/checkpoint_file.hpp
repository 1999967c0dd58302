#pragma once

#include "core/matrix.hpp"
#include "io/output.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::cli {

/// Tells data that a command was given from others, wherever they lie.
[[nodiscard]] std::uint64_t digest_of(const Matrix& data);

/// What a command may do to `checkpoint`: replace it where it goes on from that very file.
[[nodiscard]] io::Overwrite overwrite_of(const std::string& checkpoint,
                                         const std::string& resume,
                                         io::Overwrite otherwise);

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
