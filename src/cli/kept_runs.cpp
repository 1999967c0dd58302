#include "cli/kept_runs.hpp"

#include "cli/simulate.hpp"
#include "cli/support.hpp"
#include "core/checkpoint.hpp"
#include "core/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace spikewell::cli {

namespace {

constexpr std::chrono::seconds k_between_writes{1};
/// Options that change no result.
constexpr std::array k_no_results{"--help",  "--threads", "--out",       "--quiet",
                                  "--force", "--resume",  "--checkpoint"};

/// What decides a command's results: its name, the values of its options, and its data.
std::uint64_t identity_of(const CLI::App& command,
                          const CommonOptions& common,
                          const Matrix& data) {
    std::string text = command.get_name();
    for (const CLI::Option* option : command.get_options()) {
        const std::string name = option->get_name(false, true);
        if (std::any_of(k_no_results.begin(), k_no_results.end(), [&](const char* ignored) {
                return name.find(ignored) != std::string::npos;
            }))
            continue;
        text += fmt::format("\n{}={}", name, option->get_default_str());
        for (const std::string& value : option->results())
            text += "," + value;
    }
    return digest(text +
                  fmt::format("\nseed={}\ndata={}", common.seed.value_or(1), digest_of(data)));
}

} // namespace

void add_kept_runs_options(CLI::App& command, CheckpointOptions& options) {
    add_checkpoint_options(
        command, options,
        {"File to keep finished runs in, also when interrupted", "options", false});
}

KeptRuns::KeptRuns(const CLI::App& command,
                   const CheckpointOptions& options,
                   const CommonOptions& common,
                   const Matrix& data,
                   const std::vector<std::filesystem::path>& inputs)
    : identity_(identity_of(command, common, data)) {
    if (!options.resume.empty()) {
        const std::string content =
            read_checkpoint(options.resume, identity_, "command, or of other options or data");
        ArchiveReader reader(content);
        std::vector<std::uint64_t> runs;
        reader(runs);
        for (const std::uint64_t run : runs) {
            std::vector<char> found;
            reader(found);
            found_.emplace(run, std::string(found.begin(), found.end()));
        }
        reader.require_end();
        all_written_ = options.file() == options.resume;
    }
    if (options.file().empty()) return;
    file_.emplace(options.file(), options.overwrite(overwrite(common)), inputs);
    signals_.emplace();
    written_ = std::chrono::steady_clock::now();
}

const std::string* KeptRuns::kept(std::size_t run) {
    const std::lock_guard lock(mutex_);
    if (signals_ && StopSignals::asked()) {
        write();
        throw Interrupted(found_.empty()
                              ? std::string("interrupted before a run was done: nothing is kept")
                              : fmt::format("interrupted: {} finished run{} in {}; go on with "
                                            "--resume {}",
                                            found_.size(), found_.size() == 1 ? " is" : "s are",
                                            file_->path().string(), file_->path().string()));
    }
    const auto found = found_.find(run);
    return found != found_.end() ? &found->second : nullptr;
}

void KeptRuns::keep(std::size_t run, std::string found) {
    const std::lock_guard lock(mutex_);
    found_.insert_or_assign(run, std::move(found));
    all_written_ = false;
    if (std::chrono::steady_clock::now() - written_ > k_between_writes) write();
}

void KeptRuns::finish() {
    const std::lock_guard lock(mutex_);
    write();
}

void KeptRuns::write() {
    if (!file_ || all_written_ || found_.empty()) return;
    ArchiveWriter writer;
    std::vector<std::uint64_t> runs;
    for (const auto& [run, found] : found_)
        runs.push_back(run);
    writer(runs);
    for (const auto& [run, found] : found_) {
        std::vector<char> bytes(found.begin(), found.end());
        writer(bytes);
    }
    file_->write(writer.take(), identity_);
    all_written_ = true;
    written_ = std::chrono::steady_clock::now();
}

} // namespace spikewell::cli
