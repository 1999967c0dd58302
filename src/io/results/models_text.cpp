#include "io/results/models_text.hpp"

#include "experiments/config_cards.hpp"

#include <fmt/format.h>

namespace spikewell::io {

namespace {

nlohmann::ordered_json parameters_to_json(const std::vector<FieldFacts>& fields) {
    auto list = nlohmann::ordered_json::array();
    for (const FieldFacts& field : fields)
        list.push_back({{"key", field.key},
                        {"unit", field.unit},
                        {"default", field.default_value},
                        {"allowed", field.allowed},
                        {"meaning", field.meaning}});
    return list;
}

/// `first` is what the first column is called.
std::string table_of(const std::vector<FieldFacts>& fields, std::string_view first) {
    std::string table =
        fmt::format("| {} | unit | default | allowed | meaning |\n|---|---|---|---|---|\n", first);
    for (const FieldFacts& field : fields)
        table += fmt::format("| `{}` | {} | {} | {} | {} |\n", field.key, field.unit,
                             field.default_value, field.allowed, field.meaning);
    return table;
}

} // namespace

nlohmann::ordered_json models_to_json(const std::vector<ModelFacts>& models) {
    auto list = nlohmann::ordered_json::array();
    for (const ModelFacts& model : models) {
        nlohmann::ordered_json one{
            {"kind", model.kind}, {"model", model.key}, {"name", model.name}};
        if (!model.weight_unit.empty()) one["weight_unit"] = model.weight_unit;
        one["parameters"] = parameters_to_json(model.fields);
        list.push_back(std::move(one));
    }
    return list;
}

std::string parameters_to_markdown(const ModelFacts& model) {
    return table_of(model.fields, "field");
}

std::vector<FieldFacts> config_parameters() {
    std::vector<FieldFacts> all;
    for (const ModelFacts& section : experiments::config_facts()) {
        for (FieldFacts field : section.fields) {
            if (section.kind == "section") field.key.insert(0, section.key + ".");
            all.push_back(std::move(field));
        }
    }
    const experiments::Config defaults;
    all.back().default_value = fmt::format("{}", defaults.seed);
    return all;
}

std::string config_to_markdown() {
    return table_of(config_parameters(), "key");
}

nlohmann::ordered_json config_to_json() {
    return parameters_to_json(config_parameters());
}

} // namespace spikewell::io
