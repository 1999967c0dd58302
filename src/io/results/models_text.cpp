#include "io/results/models_text.hpp"

#include <fmt/format.h>

namespace spikewell::io {

nlohmann::ordered_json models_to_json(const std::vector<ModelFacts>& models) {
    auto list = nlohmann::ordered_json::array();
    for (const ModelFacts& model : models) {
        nlohmann::ordered_json one{
            {"kind", model.kind}, {"model", model.key}, {"name", model.name}};
        if (!model.weight_unit.empty()) one["weight_unit"] = model.weight_unit;
        one["parameters"] = nlohmann::ordered_json::array();
        for (const FieldFacts& field : model.fields)
            one["parameters"].push_back({{"key", field.key},
                                         {"unit", field.unit},
                                         {"default", field.default_value},
                                         {"allowed", field.allowed},
                                         {"meaning", field.meaning}});
        list.push_back(std::move(one));
    }
    return list;
}

std::string parameters_to_markdown(const ModelFacts& model) {
    std::string table = "| field | unit | default | allowed | meaning |\n|---|---|---|---|---|\n";
    for (const FieldFacts& field : model.fields)
        table += fmt::format("| `{}` | {} | {} | {} | {} |\n", field.key, field.unit,
                             field.default_value, field.allowed, field.meaning);
    return table;
}

} // namespace spikewell::io
