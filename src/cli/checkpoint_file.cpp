#include "cli/checkpoint_file.hpp"

#include "core/checkpoint.hpp"
#include "core/digest.hpp"

#include <fmt/format.h>

#include <utility>

namespace spikewell::cli {

std::uint64_t digest_of(const Matrix& data) {
    const auto* const bytes = reinterpret_cast<const char*>(data.values.data());
    return digest(fmt::format("{} x {} {}", data.rows, data.cols,
                              digest({bytes, data.values.size() * sizeof(double)})));
}

io::Overwrite overwrite_of(const std::string& checkpoint,
                           const std::string& resume,
                           io::Overwrite otherwise) {
    return checkpoint == resume ? io::Overwrite::allow : otherwise;
}

CheckpointFile::CheckpointFile(std::filesystem::path path,
                               io::Overwrite overwrite,
                               const std::vector<std::filesystem::path>& inputs)
    : path_(std::move(path)), claim_(path_, overwrite, inputs) {
    const TemporaryFile trial(path_); // whether there can be one, before long work
}

void CheckpointFile::write(std::string_view content, std::uint64_t belongs_to) {
    write_checkpoint(path_, content, belongs_to);
    claim_.keep_folders();
}

} // namespace spikewell::cli
