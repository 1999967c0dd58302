#include "cli/support.hpp"

#include "core/error.hpp"
#include "embedded/digits_csv.hpp"
#include "io/config_file.hpp"
#include "io/csv.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace spikewell::cli {

void add_common_options(CLI::App& command, CommonOptions& common) {
    command.add_flag("-q,--quiet", common.quiet, "No progress and no summary; errors only");
    command.add_flag("--force", common.force, "Overwrite existing output");
    // CLI11 would take -1 for the greatest seed, and anything beyond it, too.
    const auto is_seed = [](const std::string& text) -> std::string {
        std::uint64_t seed = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
        if (error == std::errc{} && end == text.data() + text.size()) return {};
        return fmt::format("must be a whole number, got {}, allowed 0 .. {}", text,
                           std::numeric_limits<std::uint64_t>::max());
    };
    command
        .add_option("--seed", common.seed, "Seed of every random number; replaces that of CONFIG")
        ->check(is_seed);
}

experiments::Config load_config(const std::string& path, const CommonOptions& common) {
    experiments::Config config = path.empty() ? experiments::Config{} : io::read_config(path);
    if (common.seed) config.seed = *common.seed;
    return config;
}

experiments::Dataset load_data(const experiments::Config& config) {
    const std::string& csv = config.data.csv;
    const std::string name = csv.empty() ? "built-in digits" : csv;
    const Matrix table =
        csv.empty() ? io::parse_csv(embedded::digits_csv(), name) : io::read_csv(csv);
    require_network_memory(table.cols, config);
    return experiments::make_dataset(table, config.data, name);
}

void require_network_memory(std::size_t n_nodes, const experiments::Config& config) {
    const auto n = static_cast<double>(n_nodes);
    require_memory(attractor_network_bytes(n, config.spiking.neurons_per_node),
                   fmt::format("network of {} nodes", n_nodes));
    require_memory(n * static_cast<double>(config.evaluation.steps) * sizeof(double),
                   fmt::format("/evaluation/steps: a trial of {} steps", config.evaluation.steps));
}

std::filesystem::path output_folder(const std::string& out) {
    if (out.empty()) throw ParameterError("command line", "--out", "\"\"", "a folder");
    return out;
}

void say(const CommonOptions& common, const std::string& line) {
    if (!common.quiet) fmt::print("{}\n", line);
}

} // namespace spikewell::cli
