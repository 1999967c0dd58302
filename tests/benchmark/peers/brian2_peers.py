#!/usr/bin/python3
"""The benchmarks A, A20, B, C, T, S, D and COBA on Brian 2 beside Spikewell: wall seconds of the simulation
alone, their ratio, and rates.

Brian 2 runs in its C++ standalone mode, by default with a time step of 0.1 ms and one thread; what
is timed is the time loop of the compiled program, without code generation, compilation and the
making of synapses. Spikewell has no time step. Each program draws the networks by its own random
numbers.

    apt-get install python3-brian
    tests/benchmark/peers/brian2_peers.py --only A,D
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import warnings

from arguments import positive

warnings.filterwarnings("ignore")

from brian2 import (  # noqa: E402
    Hz, Network, NeuronGroup, PoissonInput, SpikeMonitor, Synapses, defaultclock, device, ms, mV,
    nS, pF, prefs, seed, set_device)

ROOT = pathlib.Path(__file__).resolve().parents[3]

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


TRIPLET_MODEL = """
w : 1
dr1/dt = -r1 / (16.8*ms) : 1 (event-driven)
dr2/dt = -r2 / (101*ms) : 1 (event-driven)
do1/dt = -o1 / (33.7*ms) : 1 (event-driven)
do2/dt = -o2 / (125*ms) : 1 (event-driven)
"""


def triplets(group, delay, w_max, w_start, connect):
    """The triplet rule, all to all, of visual cortex; all of the delay dendritic, as above."""
    synapses = Synapses(
        group, group, TRIPLET_MODEL,
        on_pre={"deliver": "v_post += w*mV",
                "learn": "w = clip(w - w_max*o1*(7e-3 + 2.3e-4*r2), 0, w_max); r1 += 1; r2 += 1"},
        on_post={"post": "w = clip(w + w_max*r1*(5e-10 + 6.2e-3*o2), 0, w_max); o1 += 1; o2 += 1"},
        namespace={"w_max": w_max})
    synapses.connect(**connect)
    synapses.deliver.delay = delay
    synapses.post.delay = delay
    synapses.w = w_start
    return synapses


def depressing(pre, post, weight, indegree):
    synapses = Synapses(
        pre, post, "dR/dt = (1 - R) / (800*ms) : 1 (event-driven)",
        on_pre=f"v_post += 0.5*R*{weight}*mV; R -= 0.5*R", delay=1.5 * ms)
    synapses.connect(**sources(len(pre), indegree))
    synapses.R = 1
    return synapses


def fixed_indegree(pre, post, weight, indegree):
    synapses = Synapses(pre, post, on_pre=f"v_post += {weight}*mV", delay=1.5 * ms)
    synapses.connect(**sources(len(pre), indegree))
    return synapses


def sources(n_pre, indegree):
    """Each target draws `indegree` sources, with replacement as Spikewell's do."""
    return {"i": f"int({n_pre}*rand()) for _k in range({indegree})"}


def vogels_abbott(size):
    neurons = NeuronGroup(
        size,
        """dv/dt = (ge + gi - (v - (-49*mV))) / (20*ms) : volt (unless refractory)
           dge/dt = -ge / (5*ms) : volt
           dgi/dt = -gi / (10*ms) : volt""",
        threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="exact")
    neurons.v = "-60*mV + 10*mV*rand()"
    n_exc = size * 4 // 5
    exc = Synapses(neurons[:n_exc], neurons, on_pre="ge += 1.62*mV", delay=0.1 * ms)
    inh = Synapses(neurons[n_exc:], neurons, on_pre="gi -= 9*mV", delay=0.1 * ms)
    for synapses in (exc, inh):
        synapses.connect(p=80 / size)
    return [neurons], [exc, inh]


def brunel(rule=None):
    groups = [
        NeuronGroup(n, "dv/dt = -v / (20*ms) : volt (unless refractory)", threshold="v >= 20*mV",
                    reset="v = 0*mV", refractory=2 * ms, method="exact") for n in (10000, 2500)]
    exc, inh = groups
    others = [PoissonInput(g, "v", N=1000, rate=20 * Hz, weight=0.1 * mV) for g in groups]
    if rule in (stdp, triplets):
        others.append(rule(exc, 1.5 * ms, 0.2, 0.1, sources(10000, 1000)))
    elif rule is depressing:
        others.append(depressing(exc, exc, 0.1, 1000))
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


def conductance_neurons(size):
    """The exponential Euler method, as in Brian 2's own example of benchmark 1 of Brette et al. 2007."""
    return NeuronGroup(
        size,
        """dv/dt = (10*nS*(-60*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v)) / (200*pF) : volt (unless refractory)
           dge/dt = -ge / (5*ms) : siemens
           dgi/dt = -gi / (10*ms) : siemens""",
        threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="exponential_euler")


def conductances():
    cells = conductance_neurons(4000)
    cells.v = "clip(-65 + 5*randn(), -1000, -50.5)*mV"
    cells.ge = "clip(40 + 15*randn(), 0, 1000)*nS"
    cells.gi = "clip(200 + 120*randn(), 0, 10000)*nS"
    exc = Synapses(cells[:3200], cells, on_pre="ge += 6*nS", delay=0.1 * ms)
    inh = Synapses(cells[3200:], cells, on_pre="gi += 67*nS", delay=0.1 * ms)
    for synapses in (exc, inh):
        synapses.connect(p=0.02)
    return [cells], [exc, inh]


# What makes each network, and its own duration in ms.
BENCHMARKS = {
    "A": (lambda: vogels_abbott(4000), 10000.0),
    "A20": (lambda: vogels_abbott(20000), 10000.0),
    "B": (brunel, 1000.0),
    "C": (lambda: brunel(stdp), 1000.0),
    "T": (lambda: brunel(triplets), 1000.0),
    "S": (lambda: brunel(depressing), 1000.0),
    "D": (escape_noise, 10000.0),
    "COBA": (conductances, 1000.0),
}


def run_brian(name, duration_ms, options):
    """Wall seconds of the run and the mean rate in Hz."""
    with tempfile.TemporaryDirectory() as folder:
        device.reinit()
        set_device("cpp_standalone", directory=folder, build_on_run=True)
        # 0: compiled without OpenMP
        prefs.devices.cpp_standalone.openmp_threads = options.threads if options.threads > 1 else 0
        defaultclock.dt = options.dt_ms * ms
        seed(options.seed)
        groups, others = BENCHMARKS[name][0]()
        counts = [SpikeMonitor(group, record=False) for group in groups]
        Network(groups, others, counts).run(duration_ms * ms)
        spikes = sum(int(count.num_spikes) for count in counts)
        neurons = sum(len(group) for group in groups)
        return device._last_run_time, spikes / (neurons * 1e-3 * duration_ms)


def run_spikewell(name, duration_ms, options):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "runs.json"
        subprocess.run(
            [options.spikewell, "--only", name, "--seed", str(options.seed), "--threads",
             str(options.threads), "--duration-ms", str(duration_ms), "--json", out],
            check=True, stdout=subprocess.DEVNULL)
        run = json.loads(out.read_text())[0]
        return run["wall_s"], run["mean_rate_hz"]


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(BENCHMARKS),
                        help="benchmarks, separated by commas (default: all)")
    parser.add_argument("--spikewell", type=pathlib.Path,
                        default=ROOT / "build/release/spikewell-bench",
                        help="path of spikewell-bench")
    parser.add_argument("--duration-ms", type=positive(float),
                        help="instead of each benchmark's own")
    parser.add_argument("--threads", type=positive(int), default=1, help="of both programs")
    parser.add_argument("--dt-ms", type=positive(float), default=0.1, help="Brian 2's time step")
    parser.add_argument("--seed", type=positive(int), default=1)
    parser.add_argument("--json", type=pathlib.Path, help="file to write the rows to")
    options = parser.parse_args()
    options.only = options.only.split(",")
    for name in options.only:
        if name not in BENCHMARKS:
            parser.error(f"--only: must be {', '.join(BENCHMARKS)}, got {name}")
    if not options.spikewell.is_file():
        parser.error(f"--spikewell: {options.spikewell} is not there; build the target "
                     "spikewell-bench")
    return options


def main():
    options = parse()
    print(f"{'name':<5} {'sim ms':>8} {'Spikewell s':>12} {'Brian 2 s':>10} {'ratio':>7} "
          f"{'Spikewell Hz':>13} {'Brian 2 Hz':>11}")
    rows = []
    for name in options.only:
        duration_ms = options.duration_ms or BENCHMARKS[name][1]
        ours, our_rate = run_spikewell(name, duration_ms, options)
        theirs, their_rate = run_brian(name, duration_ms, options)
        print(f"{name:<5} {duration_ms:>8.0f} {ours:>12.3f} {theirs:>10.3f} {theirs / ours:>7.2f} "
              f"{our_rate:>13.3f} {their_rate:>11.3f}", flush=True)
        rows.append({"name": name, "simulated_ms": duration_ms, "threads": options.threads,
                     "dt_ms": options.dt_ms, "spikewell_s": ours, "brian2_s": theirs,
                     "ratio": theirs / ours, "spikewell_rate_hz": our_rate,
                     "brian2_rate_hz": their_rate})
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
