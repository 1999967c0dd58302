"""Steps an exported NESTML neuron and synapse and holds each equation against what it stands for, and the pair against
`spikewell simulate`: check_nestml.py PROGRAM WORK

The network: a source that listed spikes make, onto nodes of one neuron each, by couplings that learn: each is a synapse's weight.
"""
import csv
import json
import os
import subprocess
import sys

import numpy as np

from nestml_interpreter import Model

program, work = sys.argv[1:]
DT = 0.1
N = 400
PERIOD = 12.5
source = {"name": "S", "model": "dyadic_spike_list", "n_nodes": 1, "neurons_per_node": 1, "tau_ref_ms": 10,
          "spikes": [[3 + PERIOD * k, 0] for k in range(159)]}
nodes = {"name": "A", "model": "dyadic_attractor", "n_nodes": N, "neurons_per_node": 1, "tau_ref_ms": 10, "tau_m_ms": 3,
         "inverse_temperature": 1.5, "evidence": 0.8}
projection = {"name": "J", "pre": "S", "post": "A", "coupling": {"rows": N, "cols": 1, "row_major": [1.6] * N}, "delay_ms": 4,
              "plasticity": {"rule": "predictive_hebbian", "learning_rate": 0.02}}
network = {"format": "spikewell-network", "version": 1, "seed": 8, "duration_ms": 2000, "populations": [source, nodes],
           "projections": [projection],
           "recordings": [{"name": "A", "record": "spikes", "population": "A"},
                          {"name": "J", "record": "couplings", "projection": "J", "times_ms": [2000]}]}
os.makedirs(work, exist_ok=True)
network_path = os.path.join(work, "network.json")
json.dump(network, open(network_path, "w"))
folder = os.path.join(work, "nestml")
subprocess.run([program, "export", network_path, "--to", "nestml", "--out", folder, "--force", "--quiet"], check=True)
neuron_text, synapse_text = (open(os.path.join(folder, name + ".nestml")).read()
                             for name in ("attractor_neuron", "predictive_hebbian_synapse"))
failures = []


def close(what, got, expected, tolerance):
    if np.ndim(expected) and np.shape(got) != np.shape(expected):
        print(f"{what}: {np.shape(got)} numbers, expected {np.shape(expected)}")
        return failures.append(what)
    error = np.max(np.abs(np.asarray(got) - np.asarray(expected)))
    print(f"{what}: {np.size(got)} numbers, error {error:.2g}, allowed {tolerance:.2g}")
    if not error <= tolerance:
        failures.append(what)


def neuron(n=1, random_uniform=None, **parameters):
    model = Model(neuron_text, n, DT, random_uniform or (lambda m: np.ones(m)))
    for name, value in parameters.items():
        model.parameters[name][:] = value
    model.state["field"][:] = model.state["V_m"][:] = model.parameters["h_silent"]
    return model


def check_parameters():
    """Those of the network, in the 6 digits that are written."""
    for name, value in {"tau_m": nodes["tau_m_ms"], "tau_ref": nodes["tau_ref_ms"],
                        "inverse_temperature": nodes["inverse_temperature"]}.items():
        close(name + " of the neuron", neuron().parameters[name], value, 1e-5 * value)
    synapse = Model(synapse_text, 1, DT, None)
    for name, value in {"learning_rate": projection["plasticity"]["learning_rate"], "tau_ref": nodes["tau_ref_ms"]}.items():
        close(name + " of the synapse", synapse.parameters[name], value, 1e-5 * value)


def check_membrane():
    """Pulses of the field reach V_m through tau_m: the closed form of a filtered step, at each step after."""
    model = neuron(h_silent=-0.4)
    steps = {20: 0.7, 65: -0.25, 120: -0.7, 300: 2.0}
    V, t = [], []
    for k in range(500):
        model.step({"spikes": np.array([steps.get(k, 0.0)])})
        V.append(model.state["V_m"][0])
        t.append(DT * (k + 1))
    t = np.array(t)
    expected = -0.4 + sum(w * -np.expm1(-np.maximum(t - DT * (k + 1), 0) / nodes["tau_m_ms"]) for k, w in steps.items())
    close("membrane", V, expected, 1e-12)


def check_hazard():
    """1 - exp(-hazard dt) with hazard exp(2 g iT (b + h)) / tau_ref, and that of the twin without b and iT."""
    h = np.linspace(-3, 3, 13)
    model = neuron(13, gain=0.25, evidence=0.6, h_silent=h)
    model.step()
    iT, tau = nodes["inverse_temperature"], nodes["tau_ref_ms"]
    close("hazard", -np.log1p(-model.state["p"]) / DT, np.exp(2 * 0.25 * iT * (0.6 + h)) / tau, 1e-12)
    close("hazard of the twin", -np.log1p(-model.state["p_twin"]) / DT, np.exp(2 * 0.25 * h) / tau, 1e-12)


def check_refractoriness():
    """A neuron that always fires where it may, with a twin that does so later."""
    fire = [0.0] * 2
    model = neuron(1, lambda m: np.full(m, fire.pop(0)), gain=0.25)
    sent, E = [], []
    for k in range(350):
        fire[:] = [0.0, 0.0 if k >= 30 else 1.0]
        if model.step()[0]:
            sent.append(k)
        E.append(model.state["E"][0])
    n = round(nodes["tau_ref_ms"] / DT)
    begins = np.arange(0, 350, n + 1)
    close("begin and end of z", sent, sorted(k for b in begins for k in (b, b + n) if k < 350), 0)
    up = lambda first: np.array([sum(max(0, min(k, b + n) - b) for b in range(first, k + 1, n + 1)) for k in range(350)])
    close("integral of the error", E, 2 * 0.25 * DT * (up(0) - up(30)), 1e-11)


def check_synapse():
    """The weight is the integral of alpha / tau_ref eps sigma, the field that of the synapse g w (2 z - 1), at each spike."""
    random = np.random.default_rng(4)
    synapse = Model(synapse_text, 1, DT, None)
    g, w0 = 0.125, 0.3
    synapse.parameters["gain_pre"][:] = g
    synapse.state["w"][:] = w0
    rate = synapse.parameters["learning_rate"][0] / synapse.parameters["tau_ref"][0]
    eps = random.normal(size=5000)
    z, w, E, field = 0, w0, 0.0, -g * w0
    got, expected = [], []
    for k in range(5000):
        E += eps[k] * DT
        w += rate * eps[k] * DT * g * (2 * z - 1)
        if random.random() < 0.02:
            synapse.ports["E_post"] = E
            synapse.receive_at("pre_spikes", 1.0, np.ones(1, bool))
            field += synapse.take_sent()[1][0]
            z = 1 - z
            got.append((synapse.state["w"][0], field))
            expected.append((w, g * w * (2 * z - 1)))
    assert len(got) > 50
    close("weights and fields of the synapse", got, expected, 1e-12)


def simulated():
    out = os.path.join(work, "ours")
    subprocess.run([program, "simulate", network_path, "--out", out, "--force", "--quiet"], check=True)
    times = [float(row["t_ms"]) for row in csv.DictReader(open(os.path.join(out, "spikes.csv"))) if row["population"] == nodes["name"]]
    J = [float(row["coupling"]) for row in csv.DictReader(open(os.path.join(out, "J.csv")))
         if float(row["t_ms"]) == network["duration_ms"]]
    return np.array(times), np.array(J)


def stepped():
    """The same network of the exported models: times of the nodes' spikes, and their couplings at the end."""
    n, duration = N, round(network["duration_ms"] / DT)
    J = projection["coupling"]["row_major"][0]
    post = neuron(n, np.random.default_rng(5).random, evidence=nodes["evidence"], h_silent=-0.5 * J)
    synapse = Model(synapse_text, n, DT, None)
    synapse.state["w"][:] = J
    events = sorted(round((t + late) / DT) for t, _ in source["spikes"] for late in (0, source["tau_ref_ms"]))
    delay = round(projection["delay_ms"] / DT)
    arriving, times = {}, []
    for k in range(duration):
        weight = arriving.pop(k, np.zeros(n))
        sent = post.step({"spikes": weight})
        begins = np.logical_and(sent, post.state["refr_t"] > nodes["tau_ref_ms"] / 2)  # not ends
        times += [DT * (k + 0.5)] * int(begins.sum())
        if k + 1 in events:
            synapse.ports["E_post"] = post.state["E"]
            synapse.receive_at("pre_spikes", 1.0, np.ones(n, bool))
            arriving[k + delay] = synapse.take_sent()[1]  # seen by V from the step after
    return np.array(times), synapse.state["w"]


def check_against_simulate():
    """Spikes by phase of the source's period, and the couplings learnt: 4 standard errors of the difference, and of the
    spikes 1 % for the grid."""
    (ours, J), (theirs, w) = simulated(), stepped()
    counts = [np.histogram(times % PERIOD, 25, (0, PERIOD))[0] for times in (ours, theirs)]
    assert counts[0].min() > 100
    deviation = (counts[1] - counts[0]) / (4 * np.sqrt(counts[0] + counts[1]) + 0.01 * counts[0])
    close("spikes by phase, in tolerances", deviation, 0, 1)
    learnt = [x - projection["coupling"]["row_major"][0] for x in (J, w)]
    error = np.sqrt(sum(x.var() / len(x) for x in learnt))
    print(f"learnt: {learnt[1].mean():.4f}, Spikewell {learnt[0].mean():.4f}, standard error {error:.4f}")
    assert abs(learnt[0].mean()) > 20 * error
    close("couplings learnt", learnt[1].mean(), learnt[0].mean(), 4 * error)
    close("their spread", learnt[1].std() / learnt[0].std(), 1, 4 / np.sqrt(len(w)))


for check in (check_parameters, check_membrane, check_hazard, check_refractoriness, check_synapse,
              check_against_simulate):
    check()
if failures:
    print("failed: " + ", ".join(failures))
sys.exit(1 if failures else 0)
