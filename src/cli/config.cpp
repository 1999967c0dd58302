#include "cli/console.hpp"
#include "cli/models.hpp"
#include "io/config_file.hpp"
#include "io/results/models_text.hpp"

#include <memory>

namespace spikewell::cli {

namespace {

struct ConfigOptions {
    bool defaults = false;
    bool json = false;
    bool markdown = false;
};

void run_config(const ConfigOptions& options) {
    if (options.defaults) {
        put(stdout, io::to_json(experiments::Config{}).dump(2) + "\n");
    } else if (options.json) {
        put(stdout, io::config_to_json().dump(1) + "\n");
    } else if (options.markdown) {
        put(stdout, io::config_to_markdown());
    } else {
        put_parameters(io::config_parameters());
    }
}

} // namespace

void add_config(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand(
        "config", "What CONFIG says: every key with its unit, default, range and meaning");
    const auto options = std::make_shared<ConfigOptions>();
    CLI::Option* defaults = command->add_flag(
        "--defaults", options->defaults, "A CONFIG with every key at its default, to begin with");
    CLI::Option* json = command->add_flag("--json", options->json, "The keys as JSON");
    command->add_flag("--markdown", options->markdown, "The keys as the table of a Markdown page")
        ->excludes(json)
        ->excludes(defaults);
    json->excludes(defaults);
    command->footer("Example:\n  spikewell config --defaults > config.json");
    command->callback([options, &action] { action = [options] { run_config(*options); }; });
}

} // namespace spikewell::cli
