"""Runs an exported network of LIF populations on a PyNN back end and holds its spikes against Spikewell's:
check_pynn_network.py PROGRAM NETWORK BACKEND WORK

A network without random numbers: each neuron has its spikes. A back end sees a crossing of the threshold on its grid and counts the
refractory period from there, so the n-th spike of a neuron (from 0) may be n + 1 steps off, and one each for the spikes that it
answers to and for the integration, and one for an injected current. pyNN.brian2 takes Runge-Kutta steps of second order for adex and
Euler's for izhikevich: as many spikes, 0.5 and 2 ms off at most.

A network with random numbers: each population's rate, within 4 standard errors of the difference (from the variance between windows
of 100 ms; false alarms of a correct back end: 6e-5 a population), and 2 % for the grid of time.

Where it records weights, each changes as ours does, but for 2 % of the largest change: a back end's steps move pairs by two, of STDP's
time constants.
"""
import csv
import json
import os
import subprocess
import sys

import numpy as np

program, network, backend, work = sys.argv[1:]
STEP_MS = 0.05
WINDOW_MS = 100.0


def run(*command):
    subprocess.run(command, check=True)


def spikes_of(file):
    """{population: [(neuron, t_ms)]}"""
    found = {}
    for line in open(file).read().splitlines()[1:]:
        t_ms, population, neuron = line.split(",")
        found.setdefault(population, []).append((int(neuron), float(t_ms)))
    return found


def trains(spikes):
    found = {}
    for neuron, t_ms in sorted(spikes):
        found.setdefault(neuron, []).append(t_ms)
    return {neuron: np.array(times) for neuron, times in found.items()}


def same_trains(name, population, ours, theirs):
    loose = {"adex": 0.5 / STEP_MS, "izhikevich": 2.0 / STEP_MS}.get(population["model"], 3 + ("currents" in population))
    ours, theirs = trains(ours), trains(theirs)
    good = ours.keys() == theirs.keys() and all(len(ours[n]) == len(theirs[n]) for n in ours)
    if good:
        late = [(theirs[n] - ours[n]) / STEP_MS for n in ours]
        good = all((np.abs(steps) <= np.arange(len(steps)) + loose).all() for steps in late)
        print(f"{backend}: {name}: {sum(map(len, late))} spikes, {min(map(min, late)):.2f} .. {max(map(max, late)):.2f} steps late")
    else:
        print(f"{backend}: {name}: spikes of each neuron: { {n: len(t) for n, t in theirs.items()} }, "
              f"expected { {n: len(t) for n, t in ours.items()} }")
    return good


def same_rate(name, size, duration_ms, ours, theirs):
    n_windows = int(duration_ms / WINDOW_MS)
    counts = [np.histogram([t for _, t in spikes], n_windows, (0, duration_ms))[0] for spikes in (ours, theirs)]
    error = np.sqrt(sum(np.var(c, ddof=1) / n_windows for c in counts))
    rates = [c.mean() / size / WINDOW_MS * 1000 for c in counts]
    allowed = 4 * error / size / WINDOW_MS * 1000 + 0.02 * rates[0]
    print(f"{backend}: {name}: {rates[1]:.2f} Hz, Spikewell {rates[0]:.2f} Hz, allowed difference {allowed:.2f} Hz")
    return rates[0] > 1 and abs(rates[1] - rates[0]) <= allowed


def same_weights(recording, index):
    """Of projection `index`; pairs have one synapse."""
    started, ours = ({(int(r["pre"]), int(r["post"])): float(r[key]) for r in rows} for key, rows in (
        ("weight", csv.DictReader(open(f"{work}/pynn/synapses_{index}.csv"))),
        (next(iter(network_weights(recording)[0].keys() - {"t_ms", "pre", "post"})), network_weights(recording))))
    theirs = {(int(r["pre"]), int(r["post"])): float(r["weight"]) for r in csv.DictReader(open(f"{work}/weights_{backend}.csv"))
              if r["file"] == f"synapses_{index}.csv"}
    assert len(ours) == len(theirs) == len(started) > 0
    change = max(abs(ours[pair] - started[pair]) for pair in ours)
    error = max(abs(ours[pair] - theirs[pair]) for pair in ours)
    print(f"{backend}: {recording['name']}: {len(ours)} weights, largest change {change:.4f}, error {error / change:.2%} of it")
    return change > 0.01 and error <= 0.02 * change


def network_weights(recording):
    rows = list(csv.DictReader(open(f"{work}/ours/{recording['name']}.csv")))
    return [row for row in rows if row["t_ms"] == rows[-1]["t_ms"]]


os.makedirs(work, exist_ok=True)
run(program, "simulate", network, "--out", f"{work}/ours", "--force", "--quiet")
run(program, "export", network, "--to", "pynn", "--out", f"{work}/pynn", "--force", "--quiet")
out = f"{work}/spikes_{backend}.csv"
if os.path.exists(out):
    os.remove(out)
run(sys.executable, "-W", "ignore", os.path.join(os.path.dirname(os.path.abspath(__file__)), "run_pynn_script.py"),
    f"{work}/pynn", f"{work}/weights_{backend}.csv", backend, "--timestep-ms", str(STEP_MS), "--out", out)
ours, theirs = spikes_of(f"{work}/ours/spikes.csv"), spikes_of(out)
text = open(network).read()
description = json.loads(text)
is_random = '"rate_Hz"' in text
populations = {p["name"]: p for p in description["populations"]}
good = len(ours) > 0
for name in ours:
    found = theirs.get(name, [])
    good &= (same_rate(name, populations[name]["size"], description["duration_ms"], ours[name], found) if is_random
             else same_trains(name, populations[name], ours[name], found))
for recording in description["recordings"]:
    if recording["record"] == "weights":
        names = [p["name"] for p in description["projections"]]
        good &= same_weights(recording, names.index(recording["projection"]))
sys.exit(0 if good else 1)
