#!/usr/bin/python3
"""How exact spike times are, and what that costs: neurons with conductance synapses (lif_cond_exp) that nobody
else hears, under the same input, in Spikewell and on Brian 2 at several time steps.

The reference is Spikewell's own formula; `test_validation "Models that are walked*"` holds it to a second
implementation. Brian 2's input is shifted by a step, and its spike times by their median distance, so that
what is left is the grid's own error; spikes are paired in order where both have as many of a neuron's.

    apt-get install python3-brian
    tests/benchmark/peers/brian2_spike_times.py --dt-ms 0.1,0.01
"""

import argparse
import csv
import json
import pathlib
import subprocess
import tempfile
import warnings

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
from brian2 import (  # noqa: E402
    Network, SpikeGeneratorGroup, SpikeMonitor, Synapses, defaultclock, device, ms, mV, nS, prefs, set_device)

from brian2_peers import conductance_neurons  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[3]
N, RATE_HZ, DURATION_MS = 500, 900.0, 1000.0


def inputs(seed):
    """Times on a grid of 0.1 ms that every step divides, and weights, of each neuron."""
    random = np.random.default_rng(seed)
    counts = random.poisson(RATE_HZ * DURATION_MS / 1000, N)
    neurons = np.repeat(np.arange(N), counts)
    times = np.round(random.uniform(10, DURATION_MS * 10 - 10, len(neurons))) / 10
    order = np.lexsort((neurons, times))
    weights = random.uniform(0, 25, len(neurons)) * np.where(random.random(len(neurons)) < 0.7, 1, -1)
    _, first = np.unique(np.stack([times[order], neurons[order]]), axis=1, return_index=True)
    keep = order[np.sort(first)]  # a generator fires once a step
    return times[keep], neurons[keep], np.round(weights[keep], 3)


def run_spikewell(program, times, neurons, weights):
    """An input is a source of its own, with one synapse: its weight is its own."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "spikes.csv").write_text(
            "t_ms,neuron\n" + "".join(f"{t - 0.1:.4f},{k}\n" for k, t in enumerate(times)))
        (folder / "synapses.csv").write_text(
            "pre,post,weight_nS,delay_ms\n" + "".join(f"{k},{n},{w},0.1\n" for k, (n, w) in enumerate(zip(neurons, weights))))
        (folder / "net.json").write_text(json.dumps({
            "format": "spikewell-network", "version": 1, "duration_ms": DURATION_MS,
            "populations": [{"name": "in", "model": "spike_list", "size": len(times), "spikes_file": "spikes.csv"},
                            {"name": "cells", "model": "lif_cond_exp", "size": N}],
            "projections": [{"pre": "in", "post": "cells", "connector": "list", "file": "synapses.csv"}],
            "recordings": [{"name": "cells", "record": "spikes", "population": "cells"}]}))
        subprocess.run([program, "simulate", folder / "net.json", "--out", folder / "out", "-q"], check=True)
        spikes = [[] for _ in range(N)]
        with open(folder / "out/spikes.csv") as file:
            for row in csv.DictReader(file):
                spikes[int(row["neuron"])].append(float(row["t_ms"]))
        return [np.array(s) for s in spikes], json.loads((folder / "out/run.json").read_text())["wall_s"]


def run_brian(times, neurons, weights, dt_ms):
    with tempfile.TemporaryDirectory() as folder:
        device.reinit()
        set_device("cpp_standalone", directory=folder, build_on_run=True)
        prefs.devices.cpp_standalone.openmp_threads = 0
        defaultclock.dt = dt_ms * ms
        cells = conductance_neurons(N)
        cells.v = -60 * mV
        sources = SpikeGeneratorGroup(len(times), np.arange(len(times)), (times - dt_ms) * ms)
        synapses = Synapses(sources, cells, "w : siemens", on_pre="ge += clip(w, 0*nS, 1e6*nS); gi += clip(-w, 0*nS, 1e6*nS)")
        synapses.connect(i=np.arange(len(times)), j=neurons)
        synapses.w = weights * nS
        spikes = SpikeMonitor(cells)
        Network(cells, sources, synapses, spikes).run(DURATION_MS * ms)
        trains = spikes.spike_trains()
        return [np.array(trains[n] / ms) for n in range(N)], device._last_run_time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dt-ms", default="0.1,0.01", help="Brian 2's time steps, separated by commas")
    parser.add_argument("--spikewell", type=pathlib.Path, default=ROOT / "build/release/spikewell")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    data = inputs(options.seed)
    reference, seconds = run_spikewell(options.spikewell, *data)
    print(f"{N} neurons, {len(data[0])} inputs, {sum(map(len, reference))} spikes")
    print(f"Spikewell            {seconds:8.3f} s")
    for dt_ms in map(float, options.dt_ms.split(",")):
        spikes, seconds = run_brian(*data, dt_ms)
        same = [n for n in range(N) if len(spikes[n]) == len(reference[n])]
        away = np.concatenate([spikes[n] - reference[n] for n in same])
        away = np.abs(away - np.median(away))
        print(f"Brian 2, {dt_ms:<7g} ms  {seconds:8.3f} s   {len(same)} neurons with as many spikes; distance: median "
              f"{np.median(away):.2e}, 99 % {np.quantile(away, 0.99):.2e} ms", flush=True)


if __name__ == "__main__":
    main()
