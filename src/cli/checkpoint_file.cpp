#include "cli/checkpoint_file.hpp"

#include "cli/support.hpp"
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

io::Overwrite CheckpointOptions::overwrite(io::Overwrite otherwise) const {
    return file() == resume ? io::Overwrite::allow : otherwise;
}

void add_checkpoint_options(CLI::App& command,
                            CheckpointOptions& options,
                            const CheckpointHelp& help) {
    command.add_option("--checkpoint", options.checkpoint,
                       fmt::format("{}; with --resume alone it goes on in that file", help.saved));
    command.add_option("--resume", options.resume,
                       fmt::format("Checkpoint to go on from, with the same {}", help.same));
    if (!help.has_interval) return;
    command
        .add_option("--checkpoint-every-s", options.every_s,
                    "Seconds of real time between checkpoints")
        ->check(number_up_to(1e9))
        ->capture_default_str();
    command.parse_complete_callback([&command, &options] {
        if (command.count("--checkpoint-every-s") > 0 && options.file().empty())
            throw CLI::RequiresError("--checkpoint-every-s", "--checkpoint or --resume");
    });
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
