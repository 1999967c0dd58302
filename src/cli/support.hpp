#pragma once

#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "core/energy.hpp"
#include "experiments/compare.hpp"
#include "io/dataset_file.hpp"
#include "io/folder_output.hpp"
#include "io/output.hpp"

namespace spikewell::cli {

/// The page of a command that makes one report.
inline constexpr const char* k_report_page = "report.html";

/// --quiet, --force and --seed on a command.
void add_common_options(CLI::App& command, CommonOptions& common);
/// Each on a command that takes it.
void add_quiet(CLI::App& command, CommonOptions& common);
void add_force(CLI::App& command, CommonOptions& common);
void add_seed(CLI::App& command, CommonOptions& common);

/// Throws Error when one of the options, which this run would ignore, was given. `why` is "with
/// --to sonata", say.
void refuse_ignored(const CLI::App& command,
                    std::initializer_list<const char*> options,
                    const std::string& why);

/// A check that a value is one of the names; a wrong one is told with the nearest.
[[nodiscard]] CLI::Validator one_of(const std::vector<std::string>& names);

/// A check of an option's value: digits only, least .. most.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

/// The same of a number 0 .. most; CLI::Range would let "nan" pass.
[[nodiscard]] CLI::Validator number_up_to(double most);

/// The CONFIG file, or the built-in default where `path` is empty; --seed replaces its seed.
[[nodiscard]] experiments::Config load_config(const std::string& path, const CommonOptions& common);

/// What a command with this CONFIG reads, and hence never replaces.
[[nodiscard]] std::vector<std::filesystem::path> inputs_of(const experiments::Config& config,
                                                           const std::string& path);

using io::load_data;

/// --out of a command that writes a folder. Throws ParameterError when it is empty.
[[nodiscard]] std::filesystem::path output_folder(const std::string& out);

[[nodiscard]] inline io::Overwrite overwrite(const CommonOptions& common) {
    return common.force ? io::Overwrite::allow : io::Overwrite::refuse;
}

/// --watts-per-core of a command that tells of energy. `core` must outlive the parsing.
void add_watts_per_core(CLI::App& command, CorePower& core);

/// What a command runs on: as many threads as were asked for (0: all cores), or as many of them as the
/// system starts, which one line on stderr then says. Results do not depend on it.
[[nodiscard]] int threads_to_use(int asked);

/// Options of commands that run both forms over seeds, from --seed (1) on.
struct SeedsOptions {
    std::string backend = "both";
    std::size_t seeds = 10;
    int threads = 1;

    [[nodiscard]] std::vector<experiments::Backend> backends() const;
};
void add_seeds_options(CLI::App& command, SeedsOptions& options);

/// What the user should know of a configuration, a line each on stderr, unless quiet; `where` is its
/// file.
void warn(const CommonOptions& common,
          const std::string& where,
          const std::vector<std::string>& warnings);

/// One line on stdout, unless quiet.
void say(const CommonOptions& common, const std::string& line);

} // namespace spikewell::cli
