"""Reads a NIR export as a stranger: FOLDER/network.nir against the NETWORK it was made of, field by field.

Written from NIR 1.0.7's description of its files and with its reader's checks (parameters exactly those of the type, shapes of both
ends of each edge equal), with h5py and json alone; shares no code with the writer. Convention dt: a spike is 1 for 0.1 ms, and Euler's
steps of 0.1 ms end where the network's neurons are; dirac: a Dirac pulse, and the equations are the network's. Profile strict: potentials
from the reset, rest by a bias, one synaptic time constant, no delays.
"""
import json
import os
import sys

import h5py
import numpy as np

folder, network_path, convention, profile = sys.argv[1:5]
network = json.load(open(network_path))
file = h5py.File(os.path.join(folder, "network.nir"), "r")
failures = []
compared = 0
SPIKE = {"dt": 1e-4, "dirac": 1.0}[convention]  # integral of one
STEP_MS = 0.1
FIELDS = {"Input": {"shape"}, "Output": {"shape"}, "Linear": {"weight"}, "Affine": {"weight", "bias"}, "Delay": {"delay"}, "LI": {"tau", "r", "v_leak"},
          "LIF": {"tau", "r", "v_leak", "v_threshold", "v_reset"},
          "CubaLIF": {"tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"}}


def check(what, got, expected):
    global compared
    compared += 1
    same = np.shape(got) == np.shape(expected) and np.allclose(got, expected, rtol=1e-6, atol=0) \
        if isinstance(expected, (np.ndarray, float)) else got == expected
    if not same:
        failures.append(f"{what}: got {got!r}, expected {expected!r}")


def text(dataset):
    check(dataset.name + " is one text", (dataset.shape, h5py.check_string_dtype(dataset.dtype).encoding), ((), "utf-8"))
    return dataset[()].decode()


def stepped(tau_ms):
    """The time constant, in s, of which Euler's step leaves what the time constant leaves."""
    return (STEP_MS / (1 - np.exp(-STEP_MS / tau_ms)) if convention == "dt" else tau_ms) / 1000


def after_a_step(tau_m_ms, tau_s_ms):
    """What a current of 1 mV has done to V."""
    return tau_s_ms / (tau_s_ms - tau_m_ms) * (np.exp(-STEP_MS / tau_s_ms) - np.exp(-STEP_MS / tau_m_ms))


file.visititems(lambda path, item: check(path + " attributes", len(item.attrs), 0))
check("version", text(file["version"]), "1.0.7")
check("type", text(file["node/type"]), "NIRGraph")
check("root", set(file), {"version", "node"})
check("graph", set(file["node"]), {"type", "nodes", "edges", "metadata"})
check("convention", text(file["node/metadata/spikewell_convention"]), convention)
nodes = {name: group for name, group in file["node/nodes"].items()}
kinds = {name: text(group["type"]) for name, group in nodes.items()}
for name, group in nodes.items():
    check(name + " fields", set(group), FIELDS[kinds[name]] | {"type"})
    for field in FIELDS[kinds[name]] - {"shape"}:
        check(f"{name} {field} type", group[field].dtype, np.dtype("<f8"))
    if "shape" in group:
        check(name + " shape type", group["shape"].dtype, np.dtype("<i8"))
ends = {name: (group["shape"][0],) * 2 if "shape" in group else group["weight"].shape[::-1] if "weight" in group
        else (len(group[sorted(FIELDS[kinds[name]])[0]]),) * 2 for name, group in nodes.items()}
check("edges shape", file["node/edges"].shape[1:], (2,))
edges = [(a.decode(), b.decode()) for a, b in file["node/edges"][()]]
check("edges are different", len(set(edges)), len(edges))
for a, b in edges:
    check(f"elements from {a} to {b}", ends[a][1], ends[b][0])
check("an Input is there", "Input" in kinds.values(), True)
reached = {a for a, b in edges} | {b for a, b in edges}
check("all nodes are reached", reached, set(nodes))

defaults = {"lif_exp": dict(tau_m_ms=20, E_L_mV=-49, V_th_mV=-50, V_reset_mV=-60, tau_syn_exc_ms=5, tau_syn_inh_ms=10),
            "lif_delta": dict(tau_m_ms=20, E_L_mV=0, V_th_mV=20, V_reset_mV=0)}
sizes = {p["name"]: p["size"] for p in network["populations"]}
models = {p["name"]: {"drive_mV": 0, **defaults.get(p["model"], {}), **p} for p in network["populations"]}
expected_nodes = set()
ends_of = lambda end: end if isinstance(end, str) else end["population"]
leading = {ends_of(p["pre"]) for p in network["projections"] if ends_of(p["pre"]) != ends_of(p["post"])}
last = [name for name, p in models.items() if p["model"] != "spike_list" and name not in leading][-1]
for name, p in models.items():
    n = sizes[name]
    everywhere = lambda value: np.full(n, float(value))
    if p["model"] == "spike_list":
        expected_nodes.add(name)
        check(name, (kinds.get(name), list(nodes[name]["shape"])), ("Input", [n]))
        continue
    expected_nodes |= {name + ".lif"} | ({name + ".out"} if profile == "full" or name == last else set())
    lif = nodes[name + ".lif"]
    rest = p["E_L_mV"] + p["drive_mV"]
    zero = p["V_reset_mV"] if profile == "strict" else 0
    check(name + " rest", lif["v_leak"][()], everywhere(0 if profile == "strict" else rest))
    biases = [nodes[a] for a, b in edges if b == name + ".lif" and "bias" in nodes[a]]
    check(name + " biases", len(biases), 1 if profile == "strict" and rest != zero else 0)
    for node in biases:  # a constant current moves V by r, and w_in where the current has a synapse
        gain = lif["r"][()] * (lif["w_in"][()] if "w_in" in lif else 1)
        check(name + " rest by a bias", gain * node["bias"][()], everywhere(rest - zero))
    check(name + " threshold", lif["v_threshold"][()], everywhere(p.get("escape", {}).get("theta_mV", p["V_th_mV"]) - zero))
    check(name + " reset", lif["v_reset"][()], everywhere(p["V_reset_mV"] - zero))
    one_current = p["model"] == "lif_exp" and profile == "strict"
    check(name + " tau", lif["tau_mem" if one_current else "tau"][()], everywhere(stepped(p["tau_m_ms"])))
    driven_by_currents = convention == "dirac" and p["model"] == "lif_exp"
    check(name + " r", lif["r"][()], everywhere(1 if driven_by_currents else stepped(p["tau_m_ms"]) / SPIKE))
    if one_current:
        check(name + " tau_syn", lif["tau_syn"][()], everywhere(stepped(p["tau_syn_exc_ms"])))
        check(name + " w_in", lif["w_in"][()], everywhere(stepped(p["tau_syn_exc_ms"]) / SPIKE))
    elif p["model"] == "lif_exp":
        for sign in ("exc", "inh"):
            expected_nodes.add(f"{name}.{sign}")
            li = nodes[f"{name}.{sign}"]
            check(f"{name} {sign} tau", li["tau"][()], everywhere(stepped(p[f"tau_syn_{sign}_ms"])))
            check(f"{name} {sign} r", li["r"][()], everywhere(stepped(p[f"tau_syn_{sign}_ms"]) / SPIKE))
            check(f"{name} {sign} is before the membrane", (f"{name}.{sign}", name + ".lif") in edges, True)

# What a spike does, summed over all ways: (source, target, receptor, delay in ms) -> mV.
expected = {}
for p in network["projections"]:
    where = [(x, 0) if isinstance(x, str) else (x["population"], x.get("first", 0)) for x in (p["pre"], p["post"])]
    (pre, first_pre), (post, first_post) = where
    rows = p["synapses"] if p["connector"] == "list" else [
        (i, j, p["weight_mV"], p["delay_ms"]) for i in range(sizes[pre]) for j in range(sizes[post])
        if p.get("self_connections", True) or pre != post or i != j]
    delay = 0 if profile == "strict" else sum(row[3] for row in rows) / len(rows)  # differing delays become their mean
    for i, j, weight, _ in rows:
        with_signs = models[post]["model"] == "lif_exp" and profile == "full"
        receptor = ("exc" if weight >= 0 else "inh") if with_signs else "lif"
        key = (pre, i + first_pre, f"{post}.{receptor}", j + first_post, round(delay, 4))
        expected[key] = expected.get(key, 0.0) + weight
got = {}
for name in nodes:
    if kinds[name] not in ("Linear", "Affine"):
        continue
    (source,), (behind,) = [a for a, b in edges if b == name], [b for a, b in edges if a == name]
    if profile == "strict":
        expected_nodes |= {name}
        target, delays = behind, np.zeros(len(nodes[name]["weight"]))
    else:
        expected_nodes |= {name, name + "-delay"}
        (target,) = [b for a, b in edges if a == behind]
        delays = nodes[behind]["delay"][()] * 1000
    cell = target.rsplit(".", 1)[0]
    p, lif = models[cell], nodes[cell + ".lif"]
    weight = nodes[name]["weight"][()]
    for j, i in np.argwhere(weight != 0):
        # A spike: a jump by its integral / tau r w of the potential, or of a current that then drives it with r.
        if p["model"] == "lif_delta":
            mV = SPIKE / lif["tau"][j] * lif["r"][j] * weight[j, i]
        else:
            synapse = nodes[target]
            tau_syn, gain = ("tau_syn", "w_in") if "w_in" in synapse else ("tau", "r")
            current = SPIKE / synapse[tau_syn][j] * synapse[gain][j] * weight[j, i]
            excites = weight[j, i] >= 0
            tau_s = p["tau_syn_exc_ms" if excites or profile == "strict" else "tau_syn_inh_ms"]
            if convention == "dt":  # by where V is after a step
                tau_m = lif["tau_mem" if "tau_mem" in lif else "tau"][j]
                mV = current * SPIKE / tau_m * lif["r"][j] / after_a_step(p["tau_m_ms"], tau_s)
            else:
                mV = current * lif["r"][j]
            if profile == "strict" and not excites:  # the charge is what is kept
                mV *= p["tau_syn_exc_ms"] / p["tau_syn_inh_ms"]
        got[(source.removesuffix(".lif"), i, target, j, round(delays[j], 4))] = mV
check("synapses", set(got), set(expected))
for key in expected:
    check(f"synapse {key}", float(got.get(key, np.nan)), float(expected[key]))
check("nodes", set(nodes), expected_nodes)

for failure in failures:
    print(failure)
print(f"{compared} comparisons, {len(failures)} differences")
sys.exit(1 if failures or compared < 100 else 0)
