"""Reads a SONATA export as a stranger: FOLDER against the NETWORK it was made of, field by field.

Written from the SONATA developer guide 0.1 with h5py and json alone; shares no code with the writer. The network's projections
are lists of synapses, or all to all with one weight and delay.
"""
import csv
import json
import os
import sys

import h5py
import numpy as np

folder, network_path = sys.argv[1:3]
network = json.load(open(network_path))
failures = []
seen = set()


def check(what, got, expected):
    same = np.array_equal(got, expected) if isinstance(expected, np.ndarray) else got == expected
    if not same:
        failures.append(f"{what}: got {got!r}, expected {expected!r}")


def dataset(file, path, dtype, shape):
    seen.add((file.filename, path))
    if path not in file:
        failures.append(f"{path}: missing")
        return np.zeros(shape, dtype)
    check(path + " dtype", file[path].dtype.str, np.dtype(dtype).str)
    check(path + " shape", file[path].shape, shape)
    return file[path][()]


def opened(name):
    file = h5py.File(os.path.join(folder, name), "r")
    check(name + " magic", (file.attrs["magic"], file.attrs["magic"].dtype, np.shape(file.attrs["magic"])), (0x0A7A, np.uint32, ()))
    check(name + " version", file.attrs["version"], np.array([0, 1], np.uint32))
    check(name + " version dtype", file.attrs["version"].dtype, np.dtype(np.uint32))
    return file


def no_more_than_seen(file):
    def visit(path, item):
        if isinstance(item, h5py.Dataset) and (file.filename, path) not in seen:
            failures.append(f"{file.filename}: {path} is not in the layout")
    file.visititems(visit)
    # visititems tells of each object once; further names of one object are asked for by name.


def types(name):
    with open(os.path.join(folder, name), newline="") as file:
        return {row["population"]: row for row in csv.DictReader(file, delimiter=" ")}


def text(file, path, attribute):
    value = file[path].attrs[attribute]
    return value.decode() if isinstance(value, bytes) else value


populations = {p["name"]: p for p in network["populations"]}
sizes = {name: p["size"] for name, p in populations.items()}
inputs = {}
for name, p in populations.items():
    for k, one in enumerate(p.get("inputs", [])):
        inputs[f"{name}_input_{k}"] = (name, one)
        sizes[f"{name}_input_{k}"] = one.get("count", p["size"] - one.get("first", 0))

# --- nodes
node_types = types("node_types.csv")
pynn_types = types("node_types.pynn.csv")
source_types = types("source_types.csv")
cell_nodes = opened("nodes.h5")
source_nodes = opened("sources.h5")
cells = {name for name, p in populations.items() if p["model"].startswith("lif")}
check("node populations", set(cell_nodes["nodes"]), cells)
check("source populations", set(source_nodes["nodes"]), set(sizes) - cells)
check("node types", (set(node_types), set(source_types)), (cells, set(sizes) - cells))
node_types.update(source_types)
for name, size in sizes.items():
    nodes = cell_nodes if name in cells else source_nodes
    root = f"nodes/{name}/"
    type_ids = dataset(nodes, root + "node_type_id", "<i8", (size,))
    check(root + "node_type_id", set(type_ids), {int(node_types[name]["node_type_id"])})
    check(root + "node_id", dataset(nodes, root + "node_id", "<u8", (size,)), np.arange(size, dtype=np.uint64))
    check(root + "node_group_id", dataset(nodes, root + "node_group_id", "<u8", (size,)), np.zeros(size, np.uint64))
    check(root + "node_group_index", dataset(nodes, root + "node_group_index", "<u8", (size,)), np.arange(size, dtype=np.uint64))
    check(root + "0 is a group", isinstance(nodes[root + "0"], h5py.Group), True)
    row = node_types[name]
    p = populations.get(name, {"model": "input"})
    if not p["model"].startswith("lif"):
        check(name + " type", (row["model_type"], row["model_template"], row["dynamics_params"]), ("virtual", "NULL", "NULL"))
        continue
    check(name + " type", row["model_type"], "point_neuron")
    params = json.load(open(os.path.join(folder, "cells", row["dynamics_params"])))
    defaults = {"lif_exp": dict(tau_m_ms=20, E_L_mV=-49, V_th_mV=-50, V_reset_mV=-60, t_ref_ms=5, tau_syn_exc_ms=5, tau_syn_inh_ms=10),
                "lif_delta": dict(tau_m_ms=20, E_L_mV=0, V_th_mV=20, V_reset_mV=0, t_ref_ms=2)}[p["model"]]
    p = {"drive_mV": 0, **defaults, **p}
    expected = {"tau_m": p["tau_m_ms"], "E_L": p["E_L_mV"], "V_th": p["V_th_mV"], "V_reset": p["V_reset_mV"], "t_ref": p["t_ref_ms"]}
    if p["model"] == "lif_exp":
        check(name + " template", row["model_template"], "nest:iaf_psc_exp")
        expected.update({"tau_syn_ex": p["tau_syn_exc_ms"], "tau_syn_in": p["tau_syn_inh_ms"]})
        if "escape" in p:
            expected.update({"rho": p["escape"]["rate_Hz"], "delta": p["escape"]["slope_mV"], "V_th": p["escape"]["theta_mV"]})
    else:
        check(name + " template", row["model_template"], "nest:iaf_psc_delta")
        expected["refractory_input"] = False
    for key, value in expected.items():
        check(f"{name} {key}", params.pop(key), value)
    # tau_m dV/dt = R I, R = tau_m / C_m in GOhm: pA times GOhm are mV.
    resistance = p["tau_m_ms"] / params.pop("C_m")
    check(name + " drive", params.pop("I_e") * resistance, p["drive_mV"])
    check(name + " resistance, GOhm", resistance, 1.0)
    if isinstance(p["V_init_mV"], dict):
        V = dataset(nodes, root + "0/dynamics_params/V_m", "<f8", (size,))
        check(name + " V_m in range", bool(np.all((V >= p["V_init_mV"]["low"]) & (V < p["V_init_mV"]["high"]))), True)
        check(name + " V_m differ", len(set(V)), size)
        check(name + " common V_m", abs(params.pop("V_m") - np.mean(V)) < 1e-9, True)
    else:
        check(name + " V_m", params.pop("V_m"), p["V_init_mV"])
    onto = [one for one in network["projections"] if one["post"] == name and one.get("plasticity", {}) or {}]
    tau_minus = {one["plasticity"].get("tau_minus_ms", 20.0) for one in onto if one["plasticity"]["rule"] in ("pair_stdp", "guetig_stdp")}
    check(name + " tau_minus", params.pop("tau_minus", None), tau_minus.pop() if tau_minus else None)
    check(name + " further parameters", params, {})
    check(name + " PyNN", pynn_types[name]["model_template"], {"lif_exp": "pyNN:IF_curr_exp", "lif_delta": "pyNN:IF_curr_delta"}[p["model"]])
no_more_than_seen(cell_nodes)
no_more_than_seen(source_nodes)


# --- edges
def ranges_of(where, size):
    if isinstance(where, str):
        return where, 0, sizes[where]
    first = where.get("first", 0)
    return where["population"], first, where.get("count", sizes[where["population"]] - first)


expected_edges = {}
for index, p in enumerate(network["projections"]):
    (pre, first_pre, n_pre), (post, first_post, n_post) = ranges_of(p["pre"], sizes), ranges_of(p["post"], sizes)
    if p["connector"] == "list":
        rows = [(i + first_pre, j + first_post, w, d) for i, j, w, d in p["synapses"]]
    else:
        rows = [(i + first_pre, j + first_post, p["weight_mV"], p["delay_ms"]) for i in range(n_pre) for j in range(n_post)
                if p.get("self_connections", True) or pre != post or i + first_pre != j + first_post]
    name = p.get("name", f"{pre}-{post}-{index}")
    signs = {row[2] >= 0 for row in rows}
    for excites in signs:
        suffix = "" if len(signs) == 1 else "_exc" if excites else "_inh"
        part = sorted((row for row in rows if (row[2] >= 0) == excites), key=lambda row: (row[1], row[0]))
        expected_edges[name + suffix] = (pre, post, part)
for name, (population, one) in inputs.items():
    rows = [(i, i + one.get("first", 0), one["weight_mV"], 0.1) for i in range(sizes[name])]
    expected_edges[f"{name}-{population}"] = (name, population, rows)

edges = opened("edges.h5")
edge_types = types("edge_types.csv")
pynn_edge_types = types("edge_types.pynn.csv")
check("edge populations", set(edges["edges"]), set(expected_edges))
for name, (pre, post, rows) in expected_edges.items():
    root = f"edges/{name}/"
    n = len(rows)
    columns = list(zip(*rows))
    source = dataset(edges, root + "source_node_id", "<u8", (n,))
    target = dataset(edges, root + "target_node_id", "<u8", (n,))
    check(root + "source_node_id", source, np.array(columns[0], np.uint64))
    check(root + "target_node_id", target, np.array(columns[1], np.uint64))
    check(root + "source population", text(edges, root + "source_node_id", "node_population"), pre)
    check(root + "target population", text(edges, root + "target_node_id", "node_population"), post)
    ids = dataset(edges, root + "edge_type_id", "<i8", (n,))
    check(root + "edge_type_id", set(ids), {int(edge_types[name]["edge_type_id"])})
    check(root + "edge_group_id", dataset(edges, root + "edge_group_id", "<u8", (n,)), np.zeros(n, np.uint64))
    check(root + "edge_group_index", dataset(edges, root + "edge_group_index", "<u8", (n,)), np.arange(n, dtype=np.uint64))
    check(root + "syn_weight", dataset(edges, root + "0/syn_weight", "<f4", (n,)), np.array(columns[2], np.float32))
    check(root + "delay", dataset(edges, root + "0/delay", "<f4", (n,)), np.array(columns[3], np.float32))
    check(root + "delay units", text(edges, root + "0/delay", "units"), "ms")
    check(root + "0/dynamics_params/weight", edges[root + "0/dynamics_params/weight"] == edges[root + "0/syn_weight"], True)
    check(root + "0/dynamics_params/delay", edges[root + "0/dynamics_params/delay"] == edges[root + "0/delay"], True)
    seen.update({(edges.filename, root + "0/dynamics_params/weight"), (edges.filename, root + "0/dynamics_params/delay")})
    check(root + "template", edge_types[name]["model_template"], "static_synapse")
    check(root + "PyNN template", pynn_edge_types[name]["model_template"], "pyNN:StaticSynapse")
    check(root + "receptor", pynn_edge_types[name]["receptor_type"], "excitatory" if rows[0][2] >= 0 else "inhibitory")
    for way, ends, size in (("source_to_target", source, sizes[pre]), ("target_to_source", target, sizes[post])):
        where = f"{root}indices/{way}/"
        of_node = dataset(edges, where + "node_id_to_ranges", "<u8", (size, 2))
        check(where + "node_id_to_range", edges[where + "node_id_to_range"] == edges[where + "node_id_to_ranges"], True)
        seen.add((edges.filename, where + "node_id_to_range"))
        if where + "range_to_edge_id" not in edges:
            failures.append(where + "range_to_edge_id: missing")
            continue
        ranges = dataset(edges, where + "range_to_edge_id", "<u8", edges[where + "range_to_edge_id"].shape)
        for node in range(size):
            found = [edge for first, last in ranges[of_node[node][0]:of_node[node][1]] for edge in range(first, last)]
            check(f"{where} of node {node}", sorted(found), list(np.flatnonzero(ends == node)))
no_more_than_seen(edges)

# --- spikes
spikes = opened("inputs.h5")
sources = {name for name in sizes if name in inputs or not populations[name]["model"].startswith("lif")}
check("spike populations", set(spikes["spikes"]), sources)
for name in sources:
    root = f"spikes/{name}/"
    sorting = spikes["spikes/" + name].attrs.get_id("sorting")
    check(root + "sorting", h5py.check_enum_dtype(sorting.dtype), {"none": 0, "by_id": 1, "by_time": 2})
    check(root + "sorting value", int(spikes["spikes/" + name].attrs["sorting"]), 2)
    n = len(spikes[root + "timestamps"])
    times = dataset(spikes, root + "timestamps", "<f8", (n,))
    ids = dataset(spikes, root + "node_ids", "<u8", (n,))
    check(root + "units", text(spikes, root + "timestamps", "units"), "ms")
    check(root + "order", bool(np.all(np.diff(times) >= 0)), True)
    if name in populations and populations[name]["model"] == "spike_list":
        listed = sorted(tuple(s) for s in populations[name]["spikes"])
        check(root + "spikes", sorted(zip(times, ids)), [(float(t), i) for t, i in listed])
    else:
        check(root + "ids", bool(np.all(ids < sizes[name])), True)
no_more_than_seen(spikes)

# --- configurations
for name, simulator in (("circuit_config.json", "unspecified"), ("circuit_config.nest.json", "NEST"), ("circuit_config.pynn.json", "PyNN")):
    config = json.load(open(os.path.join(folder, name)))
    check(name + " simulator", config["target_simulator"], simulator)
    base = config["manifest"]["$BASE_DIR"].replace("${configdir}", folder)
    base = folder if base == "." else base
    for kind in ("nodes", "edges"):
        for entry in config["networks"][kind]:
            for key in (kind + "_file", kind[:-1] + "_types_file"):
                check(f"{name} {key} exists", os.path.isfile(entry[key].replace("$BASE_DIR", base)), True)
simulation = json.load(open(os.path.join(folder, "simulation_config.json")))
check("tstop", simulation["run"]["tstop"], network["duration_ms"])
check("random_seed", simulation["run"]["random_seed"], network["seed"])
check("inputs", {one["node_set"] for one in simulation["inputs"].values()}, sources)
sets = json.load(open(os.path.join(folder, "node_sets.json")))
check("node set of receivers", sorted(sets.pop("neurons")), sorted(cells))
check("node sets", sets, {name: {"population": name} for name in sizes})

for failure in failures:
    print(failure)
print(f"{len(seen)} datasets compared, {len(failures)} differences")
sys.exit(1 if failures or len(seen) < 50 else 0)
