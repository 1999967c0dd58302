"""Runs exported scripts on a back end that runs nothing but refuses what PyNN's refuse, and holds what it was told against the network:
check_pynn_script.py PROGRAM WORK NETWORK ...

A name that is no back end ends a script with one line.
"""
import json
import os
import subprocess
import sys

import numpy as np

program, work, *networks = sys.argv[1:]
STUB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pynn_stub")
TELL = """
import json, sys
sys.path[:0] = [sys.argv.pop(1), sys.argv.pop(1)]
import network
network.main()
from pyNN.stub import told
rows = [[pre, post, [[float(x) for x in row] for row in synapses], receptor, synapse.name]
        for pre, post, synapses, receptor, synapse in told["projections"]]
own = {name: {key: [float(x) for x in value] for key, value in p.celltype.parameters.items() if isinstance(value, list) is False
              and getattr(value, "ndim", 0) == 1} for name, p in told["populations"].items()}
spikes = {name: p.celltype.parameters.get("spike_times") for name, p in told["populations"].items()}
print("TOLD" + json.dumps({"projections": rows, "own": own, "spikes": spikes,
    "types": {name: p.celltype.name for name, p in told["populations"].items()},
    "currents": [[name, label, list(which)] for name, _, (label, which) in told["currents"]]}))
"""
TYPES = {"lif_delta": "IF_curr_delta", "lif_exp": "IF_curr_exp", "lif_alpha": "IF_curr_alpha", "lif_cond_exp": "IF_cond_exp",
         "adex": "EIF_cond_exp_isfa_ista", "izhikevich": "Izhikevich", "spike_list": "SpikeSourceArray"}
KINDS = {"step": "DCSource", "table": "StepCurrentSource", "sine": "ACSource", "noise": "NoisyCurrentSource"}
RULES = {"pair_stdp": "STDPMechanism", "guetig_stdp": "STDPMechanism", "inhibitory_stdp": "StaticSynapse", "triplet_stdp": "StaticSynapse"}
STEP_MS = 0.1


def check(network_path):
    network = json.load(open(network_path))
    folder = os.path.join(work, os.path.basename(network_path))
    subprocess.run([program, "export", network_path, "--to", "pynn", "--out", folder, "--force", "--quiet"], check=True)
    run = subprocess.run([sys.executable, "-c", TELL, STUB, folder, "stub"], check=True, text=True, stdout=subprocess.PIPE)
    told = json.loads(run.stdout[run.stdout.index("TOLD") + 4:])
    populations = {p["name"]: p for p in network["populations"]}
    assert told["types"] == {name: TYPES[p["model"]] for name, p in populations.items()}, told["types"]
    for name, p in populations.items():
        if p["model"] == "spike_list":
            steps = {(neuron, round(t / STEP_MS)) for t, neuron in p["spikes"]}
            got = {(neuron, round(t / STEP_MS)) for neuron, train in enumerate(told["spikes"][name]) for t in train}
            assert got == steps and sum(map(len, told["spikes"][name])) == len(steps), name
        varied = sum(key != "V_init_mV" and isinstance(value, dict) for key, value in p.items())
        assert len(told["own"][name]) == varied, (name, told["own"][name])
    currents = sorted((KINDS[c["current"]], name, [n]) for name, p in populations.items() for c in p.get("currents", [])
                      for n in range(c.get("first", 0), c.get("first", 0) + c.get("count", p["size"] - c.get("first", 0))))
    assert sorted(map(tuple, told["currents"])) == currents, told["currents"]
    check_synapses(network["projections"], told["projections"], populations)
    refused(folder)
    print(f"{network_path}: {len(populations)} populations, {len(told['projections'])} projections of PyNN, {len(currents)} currents")


def check_synapses(projections, told, populations):
    for projection in projections:
        ends = projection["pre"], projection["post"]
        kind = ("TsodyksMarkramSynapse" if "short_term" in projection else
                RULES[projection["plasticity"]["rule"]] if "plasticity" in projection else "StaticSynapse")
        signs = [-1 if receptor == "inhibitory" else 1 for _, _, _, receptor, _ in told]
        got = [(int(i), int(j), sign * abs(w), d) for (pre, post, rows, _, name), sign in zip(told, signs) for i, j, w, d in rows
               if (pre, post) == ends and name == kind]
        n = populations[ends[0]]["size"]
        weight = next((value for key, value in projection.items() if key.startswith("weight_")), None)
        expected = projection["synapses"] if "synapses" in projection else \
            [[i, i, weight, projection["delay_ms"]] for i in range(n)]
        for i, j, w, d in expected:
            found = [row for row in got if row[:2] == (i, j) and np.isclose(row[2], w) and abs(row[3] - d) < 0.51 * STEP_MS]
            assert found, (projection["name"], i, j, w, d)
    n_listed = sum(len(p["synapses"]) if "synapses" in p else populations[p["pre"]]["size"] for p in projections)
    assert sum(len(rows) for _, _, rows, _, _ in told) == n_listed


def refused(folder):
    run = subprocess.run([sys.executable, os.path.join(folder, "network.py"), "no_such"], text=True, stderr=subprocess.PIPE,
                         env={**os.environ, "PYTHONPATH": STUB})
    lines = run.stderr.splitlines()
    assert run.returncode == 1 and len(lines) == 1 and "no_such cannot be imported" in lines[0], lines


os.makedirs(work, exist_ok=True)
for path in networks:
    check(path)
