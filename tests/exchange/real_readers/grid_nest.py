#!/usr/bin/env python3
"""A second simulation of SONATA circuits of point neurons, on a grid of time steps as NEST makes it.

    grid_nest.py CONFIG ... [--dt MS] [--ignore-nsyns]

reads the files by itself (h5py) and prints how many nodes, synapses and spikes there are, and the rate of
each population. Models: iaf_psc_alpha, iaf_psc_delta (exact propagators, spikes at ends of steps);
synapses: static_synapse, stdp_synapse; inputs: spikes, current_clamp.
"""
import argparse
import json
import os
from collections import defaultdict

import h5py
import numpy as np


def load(path):
    with open(path) as f:
        config = json.load(f)
    here = os.path.dirname(os.path.abspath(path))
    variables = {k: v for k, v in config.get("manifest", {}).items()}
    variables["${configdir}"] = here

    def expand(x):
        if isinstance(x, dict):
            return {k: expand(v) for k, v in x.items()}
        if isinstance(x, list):
            return [expand(v) for v in x]
        if not isinstance(x, str):
            return x
        for _ in range(10):
            for name, value in variables.items():
                x = x.replace(name, value)
        return x
    config = {k: expand(v) for k, v in config.items() if k != "manifest"}
    config["here"] = here
    return config


def at(config, path):
    return os.path.join(config["here"], path)


def table(path, key):
    with open(path) as f:
        rows = [line.split() for line in f if line.strip()]
    return {int(r[rows[0].index(key)]): {k: v for k, v in zip(rows[0], r) if v not in ("NULL", "NONE")}
            for r in rows[1:]}


DEFAULTS = {
    "iaf_psc_alpha": dict(C_m=250.0, tau_m=10.0, E_L=-70.0, V_th=-55.0, V_reset=-70.0, t_ref=2.0, I_e=0.0,
                          tau_syn_ex=2.0, tau_syn_in=2.0, V_m=-70.0),
    "iaf_psc_delta": dict(C_m=250.0, tau_m=10.0, E_L=-70.0, V_th=-55.0, V_reset=-70.0, t_ref=2.0, I_e=0.0,
                          V_m=-70.0),
}
STDP = dict(tau_plus=20.0, tau_minus=20.0, mu_plus=1.0, mu_minus=1.0, alpha=1.0, Wmax=100.0)
STDP["lambda"] = 0.01


class Circuit:
    def __init__(self, config, ignore_nsyns):
        self.sim = load(config)
        self.circuit = load(at(self.sim, self.sim["network"])) if "network" in self.sim else self.sim
        parts = dict(self.sim.get("components", {}), **self.circuit.get("components", {}))
        self.cells = at(self.circuit, parts["point_neuron_models_dir"])
        self.synapses = at(self.circuit, parts["synaptic_models_dir"])
        self.ignore_nsyns = ignore_nsyns
        self.nodes = []  # (population, model or None, params)
        self.first, self.size = {}, {}
        for entry in self.circuit["networks"]["nodes"]:
            self.read_nodes(entry)
        self.edges = []  # source, target, weight, delay, rule or None
        for entry in self.circuit["networks"].get("edges", []):
            self.read_edges(entry)

    def read_nodes(self, entry):
        types = table(at(self.circuit, entry["node_types_file"]), "node_type_id")
        with h5py.File(at(self.circuit, entry["nodes_file"])) as f:
            for name, group in f["nodes"].items():
                ids = group["node_type_id"][:]
                self.first[name], self.size[name] = len(self.nodes), len(ids)
                for i in ids:
                    row = types[i]
                    if row["model_type"] == "virtual":
                        self.nodes.append((name, None, {}))
                        continue
                    model = row["model_template"].split(":")[1]
                    with open(os.path.join(self.cells, row["dynamics_params"])) as p:
                        self.nodes.append((name, model, dict(DEFAULTS[model], **json.load(p))))

    def read_edges(self, entry):
        types = table(at(self.circuit, entry["edge_types_file"]), "edge_type_id")
        with h5py.File(at(self.circuit, entry["edges_file"])) as f:
            for group in f["edges"].values():
                ends = [group[k + "_node_id"] for k in ("source", "target")]
                pre, post = (e[:].astype(int) + self.first[e.attrs["node_population"]] for e in ends)
                kinds, values = group["edge_type_id"][:], group["0"]
                for e, (i, j) in enumerate(zip(pre, post)):
                    row = types[kinds[e]]
                    weight = values["syn_weight"][e] if "syn_weight" in values else float(row["syn_weight"])
                    if "nsyns" in values and not self.ignore_nsyns:
                        weight *= values["nsyns"][e]
                    delay = float(row.get("delay", 1.0))
                    rule = STDP if row.get("model_template", "").startswith("stdp") else None
                    self.edges.append((i, j, float(weight), delay, rule))

    def spikes(self):
        trains = defaultdict(list)
        for entry in self.sim.get("inputs", {}).values():
            if entry["input_type"] != "spikes":
                continue
            with h5py.File(at(self.sim, entry["input_file"])) as f:
                group = f["spikes"]
                if "gids" in group:
                    columns = [(entry["node_set"], group["gids"][:], group["timestamps"][:])]
                else:
                    columns = [(p, g["node_ids"][:], g["timestamps"][:]) for p, g in group.items()]
            for population, ids, times in columns:
                for i, t in zip(ids, times):
                    trains[self.first[population] + int(i)].append(t)
        return trains

    def clamps(self):
        """(nodes, [(from, to, pA)])"""
        found = []
        for entry in self.sim.get("inputs", {}).values():
            if entry["input_type"] != "current_clamp":
                continue
            where = entry["node_set"]
            name = where["population"]
            ids = where.get("node_id", where.get("node_ids", range(self.size[name])))
            lists = [v if isinstance(v, list) else [v] for v in (entry["delay"], entry["duration"], entry["amp"])]
            found.append(([self.first[name] + i for i in ids], [(d, d + t, a) for d, t, a in zip(*lists)]))
        return found


class Stdp:
    """NEST's stdp_synapse, whose delay is dendritic."""

    def __init__(self, weight, delay, rule):
        self.w, self.delay, self.p = weight / rule["Wmax"], delay, rule
        self.k_plus, self.last = 0.0, 0.0
        self.seen = 0

    def on_pre(self, t, post_times):
        p = self.p
        while self.seen < len(post_times) and post_times[self.seen] + self.delay <= t:
            s = post_times[self.seen] + self.delay
            if s > self.last:  # a pair at the last spike's very time is left out
                x = self.k_plus * np.exp((self.last - s) / p["tau_plus"])
                self.w = min(1.0, self.w + p["lambda"] * (1 - self.w) ** p["mu_plus"] * x)
            self.seen += 1
        y = sum(np.exp((s + self.delay - t) / p["tau_minus"]) for s in post_times if s + self.delay < t)
        self.w = max(0.0, self.w - p["alpha"] * p["lambda"] * self.w ** p["mu_minus"] * y)
        self.k_plus = self.k_plus * np.exp((self.last - t) / p["tau_plus"]) + 1.0
        self.last = t
        return self.w * p["Wmax"]


def simulate(circuit, dt, tstop):
    cells = [i for i, node in enumerate(circuit.nodes) if node[1]]
    place = {i: k for k, i in enumerate(cells)}
    n = len(cells)
    get = lambda key: np.array([circuit.nodes[i][2].get(key, 1.0) for i in cells])
    alpha = np.array([circuit.nodes[i][1] == "iaf_psc_alpha" for i in cells])
    C, tau, E_L = get("C_m"), get("tau_m"), get("E_L")
    theta, reset, I_e = get("V_th") - E_L, get("V_reset") - E_L, get("I_e")
    hold = np.round(get("t_ref") / dt).astype(int)
    P33, P30 = np.exp(-dt / tau), -tau / C * np.expm1(-dt / tau)
    taus = [get("tau_syn_ex"), get("tau_syn_in")]
    P11 = [np.exp(-dt / s) for s in taus]
    P31, P32 = [], []
    for s in taus:  # (1/C) int_0^h exp(-(h-u)/tau) (dI u + I) exp(-u/s) du
        a = 1 / s - 1 / tau
        near = np.abs(a) < 1e-7
        b = np.where(near, 1.0, a)
        of_1 = np.where(near, dt, -np.expm1(-b * dt) / b)
        of_u = np.where(near, dt * dt / 2, (-np.expm1(-b * dt) / b - dt * np.exp(-b * dt)) / b)
        P32.append(P33 * of_1 / C)
        P31.append(P33 * of_u / C)
    jump = [np.e / s for s in taus]

    out, plastic, longest = defaultdict(list), defaultdict(list), 1
    for i, j, w, d, rule in circuit.edges:
        steps = max(1, int(round(d / dt)))
        longest = max(longest, steps)
        if rule:
            plastic[i].append((place[j], steps, Stdp(w, d, rule), j))
        else:
            out[i].append((place[j], steps, w))
    out = {i: tuple(np.array(c) for c in zip(*rows)) for i, rows in out.items()}
    ring = np.zeros((longest + 1, 2, n))

    trains = defaultdict(list)  # step: virtual nodes that fire
    for i, times in circuit.spikes().items():
        for t in times:
            trains[int(np.ceil(t / dt - 1e-9))].append(i)
    changes = defaultdict(list)
    for nodes, steps in circuit.clamps():
        for start, stop, amp in steps:
            where = [place[i] for i in nodes]
            changes[int(round(start / dt))].append((where, amp))
            changes[int(round(stop / dt))].append((where, -amp))

    V = get("V_m") - E_L
    I = np.zeros((2, n))
    dI = np.zeros((2, n))
    left = np.zeros(n, int)
    pulse = np.zeros(n)
    times_of = defaultdict(list)
    counts = defaultdict(int)

    def fire(i, step):
        counts[i] += 1
        if i in out:
            target, steps, w = out[i]
            np.add.at(ring, ((step + steps) % len(ring), (w < 0).astype(int), target), w)
        for target, steps, synapse, j in plastic.get(i, ()):
            ring[(step + steps) % len(ring), 0, target] += synapse.on_pre(step * dt, times_of[j])

    for step in range(1, int(round(tstop / dt)) + 1):
        for where, amp in changes.get(step - 1, ()):
            pulse[where] += amp
        free = left == 0
        drive = P30 * (I_e + pulse) + P31[0] * dI[0] + P32[0] * I[0] + P31[1] * dI[1] + P32[1] * I[1]
        V = np.where(free, P33 * V + drive, V)
        left = np.where(free, 0, left - 1)
        slot = ring[step % len(ring)]
        for s in (0, 1):
            I[s] = P11[s] * (I[s] + dt * dI[s])
            dI[s] = P11[s] * dI[s] + np.where(alpha, jump[s] * slot[s], 0.0)
        V = np.where(free & ~alpha, V + slot[0] + slot[1], V)
        slot[:] = 0.0
        fired = np.nonzero(V >= theta)[0]
        V[fired] = reset[fired]
        left[fired] = hold[fired]
        for k in fired:
            times_of[cells[k]].append(step * dt)
        for k in fired:
            fire(cells[k], step)
        for i in trains.get(step, ()):
            fire(i, step)
    return counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("config", nargs="+")
    parser.add_argument("--dt", type=float)
    parser.add_argument("--ignore-nsyns", action="store_true", help="as NEST's own loader")
    options = parser.parse_args()
    for config in options.config:
        circuit = Circuit(config, options.ignore_nsyns)
        run = circuit.sim["run"]
        dt, tstop = options.dt or run["dt"], run.get("tstop", run.get("duration"))
        counts = simulate(circuit, dt, tstop)
        print(f"{config}: dt {dt} ms, {len(circuit.nodes)} nodes, {len(circuit.edges)} synapses")
        for name, first in circuit.first.items():
            spikes = sum(counts[i] for i in range(first, first + circuit.size[name]))
            print(f"  {name}: {spikes} spikes, {spikes / circuit.size[name] / tstop * 1000:.3f} Hz")
            kinds = defaultdict(list)
            for i in range(first, first + circuit.size[name]):
                kinds[str(sorted(circuit.nodes[i][2].items()))].append(counts[i])
            if len(kinds) > 1:
                for part in kinds.values():
                    print(f"    {len(part)} nodes: {sum(part)} spikes, {np.mean(part) / tstop * 1000:.3f} Hz")


if __name__ == "__main__":
    main()
