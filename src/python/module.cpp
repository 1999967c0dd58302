#include "python/bindings.hpp"

PYBIND11_MODULE(_spikewell, module) {
    module.attr("__version__") = SPIKEWELL_VERSION;
    spikewell::python::add_errors(module);
    spikewell::python::add_model(module);
    spikewell::python::add_simulator(module);
}
