#!/usr/bin/python3
"""The benchmarks A, B, C and D on Brian 2 beside Spikewell: wall seconds, rates and their ratios.

Brian 2 runs in its C++ standalone mode, time step 0.1 ms, one thread; what is timed is the run of
the compiled program, without code generation, compilation and the making of synapses. Spikewell
has no time step. Both run each network once a row; the networks are drawn by each program's own
random numbers.

    apt-get install python3-brian
    tests/benchmark/peers/brian2_peers.py --only A,D
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")

from brian2 import (  # noqa: E402
    Hz, Network, NeuronGroup, PoissonInput, SpikeMonitor, Synapses, defaultclock, device, ms, mV,
    prefs, seed, set_device)

ROOT = pathlib.Path(__file__).resolve().parents[3]
DURATIONS_MS = {"A": 10000.0, "B": 1000.0, "C": 1000.0, "D": 10000.0}

STDP_MODEL = """
w : 1
dx/dt = -x / (20*ms) : 1 (event-driven)
dy/dt = -y / (20*ms) : 1 (event-driven)
"""


def stdp(group, delay, w_max, w_start, connect):
    """Multiplicative pair-based STDP, all of the delay dendritic: a spike is at the synapse at
    once and at the neuron after the delay, a neuron's own spike is back after the delay."""
    synapses = Synapses(
        group, group, STDP_MODEL,
        on_pre={"deliver": "v_post += w*mV", "learn": "x += 1; w = w - 0.005*w*y"},
        on_post={"post": "y += 1; w = w + 0.005*(w_max - w)*x"},
        namespace={"w_max": w_max})
    synapses.connect(**connect)
    synapses.deliver.delay = delay
    synapses.post.delay = delay
    synapses.w = w_start
    return synapses


def fixed_indegree(pre, post, weight, indegree):
    synapses = Synapses(pre, post, on_pre=f"v_post += {weight}*mV", delay=1.5 * ms)
    synapses.connect(**sources(len(pre), indegree))
    return synapses


def sources(n_pre, indegree):
    """Each target draws `indegree` sources, with replacement as Spikewell's do."""
    return {"i": f"int({n_pre}*rand()) for _k in range({indegree})"}


def vogels_abbott():
    neurons = NeuronGroup(
        4000,
        """dv/dt = (ge + gi - (v - (-49*mV))) / (20*ms) : volt (unless refractory)
           dge/dt = -ge / (5*ms) : volt
           dgi/dt = -gi / (10*ms) : volt""",
        threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="exact")
    neurons.v = "-60*mV + 10*mV*rand()"
    exc = Synapses(neurons[:3200], neurons, on_pre="ge += 1.62*mV", delay=0.1 * ms)
    exc.connect(p=0.02)
    inh = Synapses(neurons[3200:], neurons, on_pre="gi -= 9*mV", delay=0.1 * ms)
    inh.connect(p=0.02)
    return [neurons], [exc, inh]


def brunel(plastic):
    groups = [
        NeuronGroup(n, "dv/dt = -v / (20*ms) : volt (unless refractory)", threshold="v >= 20*mV",
                    reset="v = 0*mV", refractory=2 * ms, method="exact") for n in (10000, 2500)]
    exc, inh = groups
    others = [PoissonInput(g, "v", N=1000, rate=20 * Hz, weight=0.1 * mV) for g in groups]
    if plastic:
        others.append(stdp(exc, 1.5 * ms, 0.2, 0.1, sources(10000, 1000)))
    else:
        others.append(fixed_indegree(exc, exc, 0.1, 1000))
    others += [fixed_indegree(exc, inh, 0.1, 1000), fixed_indegree(inh, exc, -0.5, 250),
               fixed_indegree(inh, inh, -0.5, 250)]
    return groups, others


def escape_noise():
    neurons = NeuronGroup(
        1000, "dv/dt = (8*mV - v) / (20*ms) : volt",
        threshold="rand() < 1 - exp(-3.4*Hz*exp(v / (4*mV))*dt)", reset="v = 0*mV",
        refractory=2 * ms, method="exact")
    return [neurons], [stdp(neurons, 1 * ms, 0.01, 0.005, {})]


BUILDERS = {
    "A": vogels_abbott,
    "B": lambda: brunel(False),
    "C": lambda: brunel(True),
    "D": escape_noise,
}


def run_brian(name, duration_ms, seed_value):
    """Wall seconds of the run and the mean rate in Hz."""
    with tempfile.TemporaryDirectory() as folder:
        device.reinit()
        set_device("cpp_standalone", directory=folder, build_on_run=True)
        prefs.devices.cpp_standalone.openmp_threads = 0
        defaultclock.dt = 0.1 * ms
        seed(seed_value)
        groups, others = BUILDERS[name]()
        counts = [SpikeMonitor(group, record=False) for group in groups]
        Network(groups, others, counts).run(duration_ms * ms)
        spikes = sum(int(count.num_spikes) for count in counts)
        neurons = sum(len(group) for group in groups)
        return device._last_run_time, spikes / (neurons * 1e-3 * duration_ms)


def run_spikewell(program, name, duration_ms, seed_value):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "runs.json"
        subprocess.run(
            [program, "--only", name, "--seed", str(seed_value), "--duration-ms", str(duration_ms),
             "--json", out], check=True, stdout=subprocess.DEVNULL)
        run = json.loads(out.read_text())[0]
        return run["wall_s"], run["mean_rate_hz"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="A,B,C,D", help="benchmarks, separated by commas")
    parser.add_argument("--spikewell", default=ROOT / "build/release/spikewell-bench",
                        help="path of spikewell-bench")
    parser.add_argument("--duration", type=float, help="ms, instead of each benchmark's own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="file to write the rows to")
    options = parser.parse_args()
    names = options.only.split(",")
    unknown = [name for name in names if name not in BUILDERS]
    if unknown:
        parser.error(f"--only: must be among A, B, C, D, got {', '.join(unknown)}")
    print(f"{'name':<5} {'sim ms':>8} {'Spikewell s':>12} {'Brian 2 s':>10} {'ratio':>7} "
          f"{'Spikewell Hz':>13} {'Brian 2 Hz':>11}")
    rows = []
    for name in names:
        duration_ms = options.duration or DURATIONS_MS[name]
        ours, our_rate = run_spikewell(options.spikewell, name, duration_ms, options.seed)
        theirs, their_rate = run_brian(name, duration_ms, options.seed)
        print(f"{name:<5} {duration_ms:>8.0f} {ours:>12.3f} {theirs:>10.3f} {theirs / ours:>7.2f} "
              f"{our_rate:>13.3f} {their_rate:>11.3f}", flush=True)
        rows.append({"name": name, "simulated_ms": duration_ms, "spikewell_s": ours,
                     "brian2_s": theirs, "ratio": theirs / ours, "spikewell_rate_hz": our_rate,
                     "brian2_rate_hz": their_rate})
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
