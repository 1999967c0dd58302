#!/usr/bin/env python3
"""NEST's own loader of SONATA, unmodified, on exports: pynest/nest/lib/hl_api_sonata.py of a checkout, with a
nest of its own kernel's rules in place of the kernel (needs h5py and pandas).

    nest_sonata.py CHECKOUT EXPORT_FOLDER ...

What stands in for the kernel knows the parameters of models and synapses by their sources in the checkout, and
checks what nestkernel/sonata_connector.cpp, models/spike_train_injector.cpp and Parameters_::set check. Prints how
many nodes, synapses and spikes there were; exits with 1 where anything was refused.
"""
import importlib.util
import math
import os
import re
import sys
import types

import h5py
import numpy as np

TIC_MS = 0.001


class NESTError(Exception):
    pass


class Kernel:
    def __init__(self, checkout):
        self.checkout = checkout
        with open(os.path.join(checkout, "nestkernel/nest_names.h")) as f:
            self.names = dict(re.findall(r'const std::string (\w+)\( "([^"]+)" \)', f.read()))
        self.known = {}
        self.resolution = 0.1
        self.n_nodes = self.n_connections = self.n_spikes = 0
        self.until = None

    def keys_of(self, model, extension):
        """The keys that a model's get puts into its dictionary."""
        path = os.path.join(self.checkout, "models", model + extension)
        if not os.path.isfile(path):
            raise NESTError(f"unknown model {model}")
        with open(path) as f:
            text = f.read()
        return {self.names[name] for name in re.findall(r"d\[ names::(\w+) \] =", text) if name in self.names}

    def defaults(self, model):
        if model not in self.known:
            if model.endswith("synapse"):
                keys = self.keys_of(model, ".h") | {"delay", "receptor_type", "synapse_model"}
            else:  # ArchivingNode's, too
                keys = self.keys_of(model, ".cpp") | {"V_m", "tau_minus", "tau_minus_triplet"}
            self.known[model] = keys
        return {key: None for key in self.known[model]}


def require(condition, message):
    if not condition:
        raise NESTError(message)


def check_params(kernel, model, params):
    unknown = set(params) - set(kernel.defaults(model))
    require(not unknown, f"{model}: unused dictionary items {sorted(unknown)}")
    for key, value in params.items():
        for number in value if isinstance(value, list) else [value]:
            require(isinstance(number, bool) or math.isfinite(number), f"{model}: {key} is {number}")
    if model.startswith("iaf_psc") or model.startswith("iaf_cond") or model == "glif_psc":
        V_th, V_reset = params.get("V_th", -55.0), params.get("V_reset", -70.0)
        require(V_reset < V_th, f"{model}: Reset potential must be smaller than threshold.")
    for key in ("C_m", "tau_m", "tau_syn_ex", "tau_syn_in", "g", "g_L", "tau_minus"):
        require(params.get(key, 1.0) > 0, f"{model}: {key} must be strictly positive.")
    for key in ("t_ref", "dead_time", "rho", "delta", "c_2", "c_3"):
        require(params.get(key, 0.0) >= 0, f"{model}: {key} must not be negative.")
    if model.startswith("aeif"):
        V_peak = params.get("V_peak", 0.0)
        require(V_peak >= params.get("V_th", -50.4), f"{model}: V_peak >= V_th required.")
        require(params.get("V_reset", -60.0) < V_peak, f"{model}: Ensure that: V_reset < V_peak .")
    if model == "glif_psc":
        require(params.get("t_ref", 1.0) > 0, "glif_psc: Refractory time constant must be strictly positive.")


class Nodes:
    """A NodeCollection."""

    def __init__(self, kernel=None, models=()):
        self.kernel, self.models = kernel, list(models)
        self.params = [{} for _ in self.models]

    def __add__(self, other):
        both = Nodes(self.kernel or other.kernel, self.models + other.models)
        both.params = self.params + other.params
        return both

    def __len__(self):
        return len(self.models)

    def __getitem__(self, mask):
        part = Nodes(self.kernel)
        part.models = [m for m, chosen in zip(self.models, mask) if chosen]
        part.params = [p for p, chosen in zip(self.params, mask) if chosen]
        return part

    def set(self, params):
        for model, own in zip(self.models, self.params):
            own.update(params)
            check_params(self.kernel, model, own)

    def ports_of(self, i):
        if self.models[i] != "glif_psc":
            return 0
        return len(self.params[i].get("tau_syn", [2.0]))


def make_create(kernel):
    def create(model, n=1, params=None):
        nodes = Nodes(kernel, [model] * n)
        kernel.n_nodes += n
        if model != "spike_train_injector":
            nodes.set(params or {})
            return nodes
        for one in params:
            times = one["spike_times"]
            require(one["allow_offgrid_times"], "spike time is not representable in current resolution")
            require(not np.any(times == 0.0), "Spike time cannot be set to 0.")
            require(np.all(np.diff(times) >= 0), "Spike times must be sorted in non-descending order.")
            kernel.n_spikes += len(times)
        return nodes
    return create


def connect_population(kernel, group, specs, nodes):
    groups = [name for name in group if name.isdigit()]
    require(len(groups) == 1, "more than one edge group is currently not implemented")
    values = group[groups[0]]
    source, target, kinds = (group[k] for k in ("source_node_id", "target_node_id", "edge_type_id"))
    n = len(target)
    require(n > 0, f"{group.name}: division by zero edges")
    for column in [source, kinds] + [values[k] for k in ("syn_weight", "delay") if k in values]:
        require(len(column) == n, "datasets must be of the same size")
    pre, post = (nodes[ids.attrs["node_population"]] for ids in (source, target))
    require(source[:].max() < len(pre) and target[:].max() < len(post), "node id out of range")
    weights = values["syn_weight"][:] if "syn_weight" in values else np.full(n, np.nan)
    delays = values["delay"][:].astype(float) if "delay" in values else np.full(n, np.nan)
    for kind in np.unique(kinds[:]):
        spec = specs[str(kind)]
        of_kind = kinds[:] == kind
        for key, value in spec.items():
            require(key == "synapse_model" or not (isinstance(value, float) and math.isnan(value)),
                    f"{key} of edge type {kind} is NaN")
        own = delays[of_kind]
        own = np.where(np.isnan(own), spec.get("delay", 1.0), own)
        require(np.all(np.round(own / kernel.resolution) >= 1), f"BadDelay: {own.min()} ms")
        port = spec.get("receptor_type", 0)
        for i in np.unique(target[:][of_kind]):
            ports = post.ports_of(i)
            require((ports == 0 and port == 0) or 1 <= port <= ports, f"UnknownReceptorType {port}")
        if spec["synapse_model"] == "stdp_synapse":
            w = weights[of_kind]
            require(np.all(w * spec["Wmax"] >= 0), "Weight and Wmax must have same sign.")
    kernel.n_connections += n


def make_connect(kernel):
    def connect(graph_specs, hyperslab_size):
        for entry in graph_specs["edges"]:
            for spec in entry["syn_specs"].values():
                known = kernel.defaults(spec["synapse_model"])
                unknown = set(spec) - set(known)
                require(not unknown, f"{spec['synapse_model']}: unused dictionary items {sorted(unknown)}")
            with h5py.File(entry["edges_file"], "r") as f:
                for group in f["edges"].values():
                    connect_population(kernel, group, entry["syn_specs"], graph_specs["nodes"])
    return connect


def load(checkout):
    """The loader, with a kernel of its own."""
    kernel = Kernel(checkout)

    def set_status(status):
        tics = status["resolution"] / TIC_MS
        require(tics >= 1 - 1e-9 and abs(tics - round(tics)) < 1e-6, "resolution is no multiple of a tic")
        kernel.resolution = status["resolution"]

    def simulate(t):
        require(t >= kernel.resolution, f"Simulation time must be >= {kernel.resolution} ms (one time step).")
        kernel.until = t

    modules = {"nest": {}, "nest.lib": {},
               "nest.nestkernel_api": {"llapi_connect_sonata": make_connect(kernel)},
               "nest.lib.hl_api_models": {"GetDefaults": kernel.defaults},
               "nest.lib.hl_api_nodes": {"Create": make_create(kernel)},
               "nest.lib.hl_api_simulation": {"GetKernelStatus": lambda key: {"have_hdf5": True},
                                              "SetKernelStatus": set_status, "Simulate": simulate},
               "nest.lib.hl_api_types": {"NodeCollection": Nodes}}
    for name, content in modules.items():
        module = types.ModuleType(name)
        module.__dict__.update(content, __path__=[])
        sys.modules[name] = module
    sys.modules["nest"].nestkernel_api = sys.modules["nest.nestkernel_api"]
    path = os.path.join(checkout, "pynest/nest/lib/hl_api_sonata.py")
    spec = importlib.util.spec_from_file_location("nest.lib.hl_api_sonata", path)
    loader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loader)
    return kernel, loader


def main():
    checkout, *folders = sys.argv[1:]
    failed = 0
    for folder in folders:
        kernel, loader = load(checkout)
        names = [os.path.join(folder, f"{kind}_config.nest.json") for kind in ("circuit", "simulation")]
        if not os.path.isfile(names[0]):  # another writer's
            names = [name.replace(".nest", "") for name in names]
        try:
            network = loader.SonataNetwork(*names)
            network.BuildNetwork()
            network.Simulate()
            print(f"{folder}: accepted, {kernel.n_nodes} nodes, {kernel.n_connections} synapses, "
                  f"{kernel.n_spikes} spikes of sources, {kernel.until} ms in steps of {kernel.resolution} ms")
        except Exception as error:  # whatever the loader throws
            print(f"{folder}: refused: {type(error).__name__}: {error}")
            failed += 1
    sys.exit(1 if failed or not folders else 0)


if __name__ == "__main__":
    main()
