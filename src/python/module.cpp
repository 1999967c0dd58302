#include "core/build_info.hpp"
#include "python/bindings.hpp"

PYBIND11_MODULE(_spikewell, module) {
    pybind11::options texts; // docstrings have signatures of their own, which Python can read
    texts.disable_function_signatures();
    module.attr("__version__") = std::string(spikewell::build_info().version);
    module.attr("__build__") = spikewell::build_info_text();
    spikewell::python::add_errors(module);
    spikewell::python::add_layout(module);
    spikewell::python::add_model(module);
    spikewell::python::add_models(module);
    spikewell::python::add_network(module);
    spikewell::python::add_simulator(module);
    spikewell::python::add_studies(module);
}
