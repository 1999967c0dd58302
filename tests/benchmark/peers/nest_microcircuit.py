#!/usr/bin/python3
"""The cortical microcircuit on NEST 3 beside Spikewell, in turn: medians over pairs of runs and their ratios.

NEST builds the very network file that examples/microcircuit/microcircuit.py writes, on its grid of 0.1 ms; Spikewell's
side is `spikewell-bench --only PD14`, and `spikewell simulate` of that file for the rates. Both are timed from 100 ms of
model time on, without recording. Each run is a process of its own, each pair has a seed of its own, and the two take
turns at being first.

    tests/benchmark/peers/nest_microcircuit.py --scale 0.1 --nest-python /opt/nest/bin/python3
    tests/benchmark/peers/nest_microcircuit.py --scale 0.1 --spikes nest.csv   # NEST alone: its spikes, to be compared

How NEST was built: tests/benchmark/README.md.
"""

import argparse
import csv
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from arguments import positive

ROOT = pathlib.Path(__file__).resolve().parents[3]
SETTLE_MS = 100.0  # as PD14 of spikewell-bench: what starts all at once is over
SELF = pathlib.Path(__file__).resolve()


# --- within the Python that has NEST ---


def processor_s():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_rss_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux tells KiB


def drawn(nest, numbers):
    """A normal distribution of a network file: drawn anew until it is within its bounds."""
    infinite = float("inf")
    return nest.math.redraw(nest.random.normal(mean=numbers["mean"], std=numbers["sd"]),
                            min=numbers.get("low", -infinite), max=numbers.get("high", infinite))


def build(nest, network):
    """The populations by name. A weight in mV is a current's through the membrane's resistance, tau_m / C_m."""
    populations = {}
    C_m_pF = nest.GetDefaults("iaf_psc_exp")["C_m"]
    pA_per_mV = {}
    for of in network["populations"]:
        name = of["name"]
        pA_per_mV[name] = C_m_pF / of["tau_m_ms"]
        populations[name] = nest.Create("iaf_psc_exp", of["size"], params={
            "C_m": C_m_pF, "tau_m": of["tau_m_ms"], "tau_syn_ex": of["tau_syn_exc_ms"], "tau_syn_in": of["tau_syn_inh_ms"],
            "t_ref": of["t_ref_ms"], "E_L": of["E_L_mV"], "V_reset": of["V_reset_mV"], "V_th": of["V_th_mV"],
            "I_e": of["drive_mV"] * pA_per_mV[name]})
        populations[name].V_m = drawn(nest, of["V_init_mV"])
        for of_input in of.get("inputs", []):
            # Each neuron gets a train of its own.
            source = nest.Create("poisson_generator", params={"rate": of_input["rate_Hz"]})
            nest.Connect(source, populations[name], "all_to_all",
                         {"weight": of_input["weight_mV"] * pA_per_mV[name], "delay": nest.resolution})
    for of in network["projections"]:
        scale = pA_per_mV[of["post"]]
        weight = {key: value * scale for key, value in of["weight_mV"].items() if key != "distribution"}
        nest.Connect(populations[of["pre"]], populations[of["post"]], {"rule": of["connector"], "N": of["total"]},
                     {"synapse_model": "static_synapse", "weight": drawn(nest, weight),
                      "delay": drawn(nest, of["delay_ms"])})
    return populations


def record(nest, populations, duration_ms, warm_up_ms):
    """Times and neurons, from 0 of their population, of each population's spikes; the warm-up is left out."""
    begin_ms = nest.biological_time + warm_up_ms
    recorders = {}
    for name, population in populations.items():
        recorders[name] = nest.Create("spike_recorder", params={"start": begin_ms})
        nest.Connect(population, recorders[name])
    nest.Simulate(duration_ms)
    spikes = {}
    for name, recorder in recorders.items():
        events = recorder.events
        spikes[name] = (events["times"], events["senders"] - populations[name][0].global_id)
    return spikes


def write_spikes(spikes, path):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("population", "time_ms", "neuron"))
        for name, (times_ms, neurons) in spikes.items():
            out.writerows((name, f"{t_ms:.1f}", neuron) for t_ms, neuron in sorted(zip(times_ms, neurons)))


def rates_of(spikes, populations, duration_ms):
    return {name: 1000 * len(spikes[name][0]) / (len(populations[name]) * duration_ms) for name in populations}


def run_in_nest(task):
    """What a process of NEST does and measures; the last line it prints is the result."""
    import nest  # pylint: disable=import-error

    nest.set_verbosity("M_ERROR")
    network = json.loads(pathlib.Path(task["network"]).read_text(encoding="utf-8"))
    start_s = time.perf_counter()
    nest.ResetKernel()
    nest.resolution = task["dt_ms"]
    nest.local_num_threads = task["threads"]
    nest.rng_seed = task["seed"]
    populations = build(nest, network)
    result = {"version": nest.__version__}
    if task["spikes"]:
        spikes = record(nest, populations, task["duration_ms"], task["warm_up_ms"])
        write_spikes(spikes, task["spikes"])
        result["rates_Hz"] = rates_of(spikes, populations, task["duration_ms"] - task["warm_up_ms"])
        return result
    nest.Prepare()
    result["build_s"] = time.perf_counter() - start_s
    nest.Run(SETTLE_MS)
    wall_s, cpu_s = time.perf_counter(), processor_s()
    nest.Run(task["duration_ms"])
    result["wall_s"] = time.perf_counter() - wall_s
    result["cpu_s"] = processor_s() - cpu_s
    nest.Cleanup()
    result["peak_rss_mib"] = peak_rss_mib()
    if task["rates_ms"] > 0:
        spikes = record(nest, populations, task["rates_ms"], 0.0)
        result["rates_Hz"] = rates_of(spikes, populations, task["rates_ms"])
    return result


# --- what is compared ---


def stop(message):
    sys.exit(f"nest_microcircuit.py: {message}")


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it says nothing"


def require_nest(options):
    """The version of the NEST that the given Python imports."""
    try:
        asked = subprocess.run([options.nest_python, "-c", "import nest; print('NEST ' + nest.__version__)"],
                               capture_output=True, text=True, check=False)
    except OSError as error:
        stop(f"--nest-python: {options.nest_python}: {error.strerror}")
    if asked.returncode != 0:
        stop(f"--nest-python: {options.nest_python} has no NEST ({last_line(asked.stderr)}); "
             "tests/benchmark/README.md says how to build it")
    return last_line(asked.stdout)


def network_file(options, folder, seed):
    path = pathlib.Path(folder) / f"microcircuit-{seed}.json"
    made = subprocess.run(
        [sys.executable, options.generator, "--scale", str(options.scale), "--background", options.background,
         "--seed", str(seed), "--out", path, "--force"], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        stop(f"{options.generator}: {last_line(made.stderr)}")
    return path


def output_of(words):
    """What a program prints; its own last line where it fails."""
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        stop(f"{words[0]}: {last_line(ran.stderr)}")
    return ran.stdout


def in_nest(options, network, seed, **task):
    task = {"network": str(network), "seed": seed, "threads": options.threads, "dt_ms": options.dt_ms,
            "spikes": "", "warm_up_ms": 0.0, "rates_ms": 0.0, **task}
    return json.loads(last_line(output_of([options.nest_python, SELF, "--in-nest", json.dumps(task)])))


def synapses_of(network):
    return sum(of["total"] for of in json.loads(network.read_text(encoding="utf-8"))["projections"])


def figures(run, duration_ms, n_synapses):
    """What the two are compared by."""
    return {"cpu_s": 1000 * run["cpu_s"] / duration_ms, "q": 1000 * run["wall_s"] / duration_ms,
            "build_ns": 1e9 * run["build_s"] / n_synapses, "peak_rss_mib": run["peak_rss_mib"]}


def run_nest(options, folder, seed, duration_ms, rates_ms):
    network = network_file(options, folder, seed)
    run = in_nest(options, network, seed, duration_ms=duration_ms, rates_ms=rates_ms)
    return figures(run, duration_ms, synapses_of(network)), run.get("rates_Hz", {})


def run_spikewell(options, folder, seed, duration_ms, rates_ms):
    out = pathlib.Path(folder) / "bench.json"
    output_of([options.bench, "--only", "PD14", "--scale", options.scale, "--background", options.background, "--seed", seed,
               "--threads", options.threads, "--duration-ms", duration_ms, "--json", out])
    network = network_file(options, folder, seed)
    run = json.loads(out.read_text(encoding="utf-8"))[0]
    rates_Hz = {}
    if rates_ms > 0:
        document = json.loads(network.read_text(encoding="utf-8"))
        document.update(duration_ms=SETTLE_MS + duration_ms + rates_ms, warm_up_ms=SETTLE_MS + duration_ms)
        network.write_text(json.dumps(document), encoding="utf-8")
        output_of([options.spikewell, "simulate", network, "--threads", options.threads, "--quiet", "--force",
                   "--out", pathlib.Path(folder) / "run"])
        populations = json.loads((pathlib.Path(folder) / "run/run.json").read_text(encoding="utf-8"))["populations"]
        rates_Hz = {name: of["rate_Hz"] for name, of in populations.items()}
    return figures(run, duration_ms, synapses_of(network)), rates_Hz


ROWS = (("cpu_s", "processor s per model s", "{:.3f}"), ("q", "q (wall s per model s)", "{:.3f}"),
        ("build_ns", "building, ns a synapse", "{:.0f}"), ("peak_rss_mib", "peak memory, MiB", "{:.0f}"))


def compare(options):
    sides = {"NEST": run_nest, "Spikewell": run_spikewell}
    runs = {side: [] for side in sides}
    rates = {}
    with tempfile.TemporaryDirectory() as folder:
        for pair in range(options.repeat):
            for side in sorted(sides, reverse=pair % 2 == 1):
                # Rates once: they cost a run that is not timed.
                rates_ms = options.rates_ms if pair == 0 else 0.0
                run, rates_Hz = sides[side](options, folder, options.seed + pair, options.duration_ms, rates_ms)
                runs[side].append(run)
                if rates_Hz:
                    rates[side] = rates_Hz
                told = ", ".join(f"{title} {form.format(run[key])}" for key, title, form in ROWS)
                print(f"seed {options.seed + pair}, {side}: {told}", flush=True)
    return runs, rates


def medians_of(runs):
    return {side: {key: statistics.median(run[key] for run in of) for key, _, _ in ROWS} for side, of in runs.items()}


def table(version, medians, rates):
    rows = [("", version, "Spikewell", "ratio")]
    for key, title, form in ROWS:
        theirs, ours = medians["NEST"][key], medians["Spikewell"][key]
        rows.append((title, form.format(theirs), form.format(ours), f"{theirs / ours:.2f}"))
    for name in rates.get("NEST", {}):
        theirs, ours = rates["NEST"][name], rates["Spikewell"][name]
        rows.append((f"rate of {name}, Hz", f"{theirs:.3f}", f"{ours:.3f}", f"{theirs / ours:.3f}" if ours > 0 else "-"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [f"{row[0]:<{widths[0]}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:])) for row in rows]
    return "\n".join(lines)


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("--in-nest", help=argparse.SUPPRESS)
    parser.add_argument("--scale", type=positive(float), default=0.1, help="share of neurons and in-degrees (default 0.1)")
    parser.add_argument("--background", choices=("poisson", "dc"), default="poisson", help="default poisson")
    parser.add_argument("--duration-ms", type=positive(float), default=1000.0, help="model time that is timed (default 1000)")
    parser.add_argument("--rates-ms", type=float, default=2000.0,
                        help="model time after it that rates are counted in, once; 0: none (default 2000)")
    parser.add_argument("--repeat", type=positive(int), default=3, help="pairs (default 3)")
    parser.add_argument("--threads", type=positive(int), default=1, help="of both programs (default 1)")
    parser.add_argument("--seed", type=positive(int), default=1, help="of the first pair (default 1)")
    parser.add_argument("--dt-ms", type=positive(float), default=0.1, help="NEST's time step (default 0.1)")
    parser.add_argument("--nest-python", default=sys.executable, help="a Python that can import nest (default: this one)")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release",
                        help="folder of spikewell and spikewell-bench (default build/release)")
    parser.add_argument("--generator", type=pathlib.Path, default=ROOT / "examples/microcircuit/microcircuit.py",
                        help=argparse.SUPPRESS)
    parser.add_argument("--spikes", type=pathlib.Path,
                        help="no comparison: NEST's spikes of --duration-ms, to this CSV file (population,time_ms,neuron)")
    parser.add_argument("--warm-up-ms", type=float, default=500.0, help="of --spikes, left out (default 500)")
    parser.add_argument("--json", type=pathlib.Path, help="file to write all runs, medians and rates to")
    options = parser.parse_args()
    if options.in_nest is not None:
        return options
    if options.spikes and not 0 <= options.warm_up_ms < options.duration_ms:
        parser.error(f"--warm-up-ms: must be 0 .. --duration-ms, got {options.warm_up_ms:g}")
    options.spikewell = options.build / "spikewell"
    options.bench = options.build / "spikewell-bench"
    for program in () if options.spikes else (options.spikewell, options.bench):
        if not program.is_file():
            parser.error(f"--build: {program} is not there; build the targets spikewell_program and spikewell-bench")
    return options


def main():
    options = parse()
    if options.in_nest is not None:
        print(json.dumps(run_in_nest(json.loads(options.in_nest))))
        return
    version = require_nest(options)
    if options.spikes:
        with tempfile.TemporaryDirectory() as folder:
            network = network_file(options, folder, options.seed)
            run = in_nest(options, network, options.seed, duration_ms=options.duration_ms,
                          warm_up_ms=options.warm_up_ms, spikes=str(options.spikes.resolve()))
        print(f"{options.spikes}: {version}, seed {options.seed}, {options.duration_ms:g} ms less {options.warm_up_ms:g}: "
              + ", ".join(f"{name} {rate:.3f} Hz" for name, rate in run["rates_Hz"].items()))
        return
    runs, rates = compare(options)
    medians = medians_of(runs)
    print(table(version, medians, rates))
    if options.json:
        options.json.write_text(json.dumps(
            {"nest": version, "scale": options.scale, "background": options.background, "threads": options.threads,
             "duration_ms": options.duration_ms, "dt_ms": options.dt_ms, "runs": runs, "medians": medians,
             "rates_Hz": rates}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
