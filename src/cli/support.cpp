#include "cli/support.hpp"

#include "cli/console.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "io/config_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>

namespace spikewell::cli {

void add_common_options(CLI::App& command, CommonOptions& common) {
    add_quiet(command, common);
    add_force(command, common);
    add_seed(command, common);
}

void add_quiet(CLI::App& command, CommonOptions& common) {
    command.add_flag("-q,--quiet", common.quiet, "No progress and no summary; errors only");
}

void add_force(CLI::App& command, CommonOptions& common) {
    command.add_flag("--force", common.force, "Overwrite existing output");
}

void add_seed(CLI::App& command, CommonOptions& common) {
    command
        .add_option("--seed", common.seed, "Seed of every random number; replaces that of CONFIG")
        ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
}

void refuse_ignored(const CLI::App& command,
                    std::initializer_list<const char*> options,
                    const std::string& why) {
    for (const char* option : options) {
        if (command.count(option) > 0)
            throw NetworkError(command.get_name(), fmt::format("{} has no effect {}", option, why));
    }
}

CLI::Validator one_of(const std::vector<std::string>& names) {
    const std::string list = fmt::format("{}", fmt::join(names, ", "));
    const auto check = [names, list](const std::string& text) -> std::string {
        if (std::find(names.begin(), names.end(), text) != names.end()) return {};
        const std::string nearest = nearest_name(text, names);
        return fmt::format("must be one of {}, got {}{}", list, text,
                           nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
    };
    return {check, fmt::format("{{{}}}", fmt::join(names, ",")), ""};
}

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
    // CLI11 would take -1 for the greatest number, and anything beyond it, too.
    const auto check = [least, most](const std::string& text) -> std::string {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool whole = error == std::errc{} && end == text.data() + text.size();
        if (whole && number >= least && number <= most) return {};
        return fmt::format("must be a whole number, got {}, allowed {} .. {}", text, least, most);
    };
    return {check, "", ""};
}

CLI::Validator number_up_to(double most) {
    const auto check = [most](const std::string& text) -> std::string {
        double value = 0.0;
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, value);
        if (error == std::errc{} && rest == end && value >= 0.0 && value <= most) return {};
        return fmt::format("must be 0 .. {:g}, got {}", most, text);
    };
    return {check, "", ""};
}

experiments::Config load_config(const std::string& path, const CommonOptions& common) {
    experiments::Config config = path.empty() ? experiments::Config{} : io::read_config(path);
    if (common.seed) config.seed = *common.seed;
    return config;
}

std::vector<std::filesystem::path> inputs_of(const experiments::Config& config,
                                             const std::string& path) {
    std::vector<std::filesystem::path> inputs;
    if (!path.empty()) inputs.emplace_back(path);
    for (const std::string& file : {config.data.csv, config.data.labels}) {
        if (!file.empty()) inputs.emplace_back(file);
    }
    return inputs;
}

std::filesystem::path output_folder(const std::string& out) {
    if (out.empty()) throw ParameterError("command line", "--out", "\"\"", "a folder");
    return out;
}

std::vector<experiments::Backend> SeedsOptions::backends() const {
    using experiments::Backend;
    if (backend == "rate") return {Backend::rate};
    if (backend == "spiking") return {Backend::spiking};
    return {Backend::rate, Backend::spiking};
}

void add_watts_per_core(CLI::App& command, CorePower& core) {
    command
        .add_option_function<double>(
            "--watts-per-core",
            [&core](double W) {
                core = {W, "as --watts-per-core says"};
            },
            fmt::format(
                "Power of a busy core, for the estimate of energy where nothing measures it; "
                "{:.6g} unless given: {}",
                CorePower{}.W, CorePower{}.source))
        ->check(CLI::Range(1e-6, 1e6))
        ->type_name("W");
}

void add_seeds_options(CLI::App& command, SeedsOptions& options) {
    command.add_option("--backend", options.backend, "Which form: rate, spiking or both")
        ->check(one_of({"rate", "spiking", "both"}))
        ->capture_default_str();
    command.add_option("--seeds", options.seeds, "Number of seeds, from --seed (1) on")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    command
        .add_option("--threads", options.threads,
                    "Runs at a time; 0: all cores. Results do not depend on it")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
}

int threads_to_use(int asked) {
    const int wanted = threads_or_all(asked);
    const int n = startable_threads(wanted);
    if (n < wanted) {
        put(stderr, fmt::format("spikewell: runs on {} of {} threads: the system starts no more "
                                "(ulimit -u, or its control group)\n",
                                n, wanted));
    }
    return n;
}

void warn(const CommonOptions& common,
          const std::string& where,
          const std::vector<std::string>& warnings) {
    if (common.quiet) return;
    for (const std::string& warning : warnings)
        put(stderr, fmt::format("spikewell: warning: {}: {}\n", where, warning));
}

void say(const CommonOptions& common, const std::string& line) {
    if (!common.quiet) put(stdout, line + "\n");
}

} // namespace spikewell::cli
