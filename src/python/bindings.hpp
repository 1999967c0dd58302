#pragma once

#include <pybind11/pybind11.h>

/// The parts of the module spikewell._spikewell. spikewell/__init__.py is its door.
namespace spikewell::python {

void add_errors(pybind11::module_& module);

/// train, load_model, Model, default_config, training_images: the attractor network.
void add_model(pybind11::module_& module);

/// models: what all_models says.
void add_models(pybind11::module_& module);

/// _check_network, _write_network: network files, for spikewell/network.py.
void add_network(pybind11::module_& module);

/// _map_network, _Layout: boards, for spikewell/layout.py.
void add_layout(pybind11::module_& module);

/// _dream, _compare, _landscape, and exports: of models, for spikewell/attractor.py; and of networks.
void add_studies(pybind11::module_& module);

/// Simulator: any network.
void add_simulator(pybind11::module_& module);

} // namespace spikewell::python
