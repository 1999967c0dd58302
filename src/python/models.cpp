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
    module.def("models", &models, py::arg("name") = py::none(), R"(models(name=None)
--

What network files know by name, with its parameters: from neuron models to recordings.

Parameters
----------
name : str, optional
    One of them.

Returns
-------
list of dict, or dict where a name is given
    Keys: kind, model, name, weight_unit, parameters (key, unit, default, allowed, meaning).

Raises
------
ParameterError
    No such model; with the nearest known name.

Examples
--------
>>> sw.models("lif_exp")["name"]
'LIF neuron with exponential synapses'
>>> [model["model"] for model in sw.models() if model["kind"] == "neuron"][:3]
['lif_delta', 'lif_exp', 'lif_alpha']
)");
}

} // namespace spikewell::python
