#include "cli/models.hpp"

#include "cli/console.hpp"
#include "cli/support.hpp"
#include "io/results/models_text.hpp"
#include "network/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace spikewell::cli {

namespace {

struct ModelsOptions {
    std::string name;
    bool json = false;
    bool markdown = false;
};

std::vector<std::string> names_of(const std::vector<ModelFacts>& models) {
    std::vector<std::string> names;
    names.reserve(models.size());
    for (const ModelFacts& model : models)
        names.push_back(model.key);
    return names;
}

void list(const std::vector<ModelFacts>& models) {
    put(stdout, fmt::format("{:<22}{:<11}{:<9}{}\n", "model", "kind", "weights", "what"));
    for (const ModelFacts& model : models)
        put(stdout, fmt::format("{:<22}{:<11}{:<9}{}\n", model.key, model.kind,
                                model.weight_unit.empty() ? "-" : model.weight_unit, model.name));
    put(stdout, "\nOne of them in full: spikewell models NAME\n");
}

void tell(const ModelFacts& model) {
    put(stdout,
        fmt::format("{}: {}{}\n\n", model.key, model.name,
                    model.weight_unit.empty() ? std::string()
                                              : fmt::format(", weights in {}", model.weight_unit)));
    if (model.fields.empty()) {
        put(stdout, "no parameters\n");
    } else {
        put_parameters(model.fields);
    }
}

void run_models(const ModelsOptions& options) {
    std::vector<ModelFacts> models = all_models();
    if (!options.name.empty())
        std::erase_if(models, [&](const ModelFacts& m) { return m.key != options.name; });
    if (options.json) {
        put(stdout, io::models_to_json(models).dump(1) + "\n");
    } else if (options.markdown) {
        for (const ModelFacts& model : models)
            put(stdout, fmt::format("### `{}`: {}\n\n{}\n", model.key, model.name,
                                    io::parameters_to_markdown(model)));
    } else if (options.name.empty()) {
        list(models);
    } else {
        tell(models.front());
    }
}

} // namespace

void put_parameters(const std::vector<FieldFacts>& fields) {
    std::size_t key = 18;
    std::size_t preset = 13;
    std::size_t allowed = 0;
    for (const FieldFacts& field : fields) {
        key = std::max(key, field.key.size());
        preset = std::max(preset, field.default_value.size());
        allowed = std::max(allowed, field.allowed.size());
    }
    const auto row = [&](const FieldFacts& field) {
        put(stdout, fmt::format("{:<{}}{:<8}{:<{}}{:<{}}{}\n", field.key, key + 2, field.unit,
                                field.default_value, preset + 2, field.allowed, allowed + 2,
                                field.meaning));
    };
    row({"parameter", "unit", "default", "allowed", "meaning"});
    for (const FieldFacts& field : fields)
        row(field);
}

void add_models(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand(
        "models",
        "What network files know by name, from neuron models to recordings, with its parameters");
    const auto options = std::make_shared<ModelsOptions>();
    command->add_option("NAME", options->name, "As network files have it; none: a list of all")
        ->check(one_of(names_of(all_models())));
    command->add_flag("--json", options->json, "As JSON, every parameter");
    command->add_flag("--markdown", options->markdown, "As tables of a Markdown page")
        ->excludes("--json");
    command->footer("Example:\n  spikewell models adex");
    command->callback([options, &action] { action = [options] { run_models(*options); }; });
}

} // namespace spikewell::cli
