#include "io/results/models_text.hpp"
#include "network/catalogue.hpp"
#include "python/bindings.hpp"
#include "python/documents.hpp"

#include <fmt/format.h>

#include <pybind11/stl.h>

namespace spikewell::python {

namespace {

py::object models(const std::optional<std::string>& name) {
    const std::vector<ModelFacts> all = all_models();
    py::list found;
    std::vector<std::string> names;
    for (const ModelFacts& model : all) {
        names.push_back(model.key);
        if (!name || *name == model.key) found.append(to_dict(io::models_to_json({model}).front()));
    }
    if (!name) return found;
    if (found.empty()) {
        const std::string nearest = nearest_name(*name, names);
        throw ParameterError("models", "name", *name,
                             nearest.empty()
                                 ? "a name that models() lists"
                                 : fmt::format("a known one; did you mean {}?", nearest));
    }
    return found[0];
}

} // namespace

void add_models(py::module_& module) {
    module.def(
        "models", &models, py::arg("name") = py::none(),
        "What network files know by name, from neuron models to recordings, with its parameters: "
        "a\n"
        "list of dicts, or one dict where a name is given. Keys: kind, model, name, weight_unit,\n"
        "parameters (key, unit, default, allowed, meaning).");
}

} // namespace spikewell::python
