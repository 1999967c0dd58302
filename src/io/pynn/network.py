"""The network of @source@ in PyNN: python3 network.py BACKEND [--timestep-ms DT] [--duration-ms T] [--out FILE]

BACKEND: brian2, neuron, nest, spiNNaker. Written by Spikewell @version@; needs PyNN (0.10 or later) and numpy.
"""
import argparse
import importlib
import os

import numpy as np

DURATION = @duration_ms@  # ms
SEED = @seed@
# Where back ends agree on no common value: the part of a plastic synapse's delay that is dendritic.
DENDRITIC_DELAY_FRACTION = {"brian2": 0.0, "nest": 1.0, "neuron": 1.0, "spiNNaker": 1.0}
LARGEST_DELAY_STEPS = {"spiNNaker": 144}  # time steps
DEAD_STEPS = {"neuron": 1}  # from the end of tau_refrac to the first spike that can follow

# name: (size, cell type, its parameters, initial potential or file of initial potentials). Units as in PyNN: ms, mV, nF, nA, Hz.
# cm (nF) equal to tau_m (ms) is 1 MOhm: currents in nA are mV of the potential.
CELLS = @cells@
# name: (size, rate), or (size, file of spikes: t_ms, neuron)
SOURCES = @sources@
# (pre, post, file of synapses: pre, post, weight, delay; rule of plasticity or None)
PROJECTIONS = @projections@
RECORDED = @recorded@


def main():
    options = command_line()
    sim = importlib.import_module("pyNN." + options.backend)
    sim.setup(timestep=options.timestep_ms, min_delay=options.timestep_ms)
    seed(options.backend)
    populations = {name: cells(sim, name, options, *row) for name, row in CELLS.items()}
    populations.update({name: source(sim, name, *row) for name, row in SOURCES.items()})
    for row in PROJECTIONS:
        connect(sim, populations, options, *row)
    for name in RECORDED:
        populations[name].record("spikes")
    sim.run(options.duration_ms)
    lines = []
    for name in RECORDED:
        trains = populations[name].get_data("spikes").segments[0].spiketrains
        spikes = [(float(t), name, neuron) for neuron, train in enumerate(trains) for t in train.magnitude]
        lines += spikes
        print(f"{name}: {len(spikes)} spikes, {1000 * len(spikes) / populations[name].size / options.duration_ms:.2f} Hz")
    if options.out:
        with open(options.out, "w") as file:
            file.write("t_ms,population,neuron\n")
            file.writelines(f"{t:.6g},{name},{neuron}\n" for t, name, neuron in sorted(lines))
    sim.end()


def command_line():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("backend")
    parser.add_argument("--timestep-ms", type=float, help="default 1 on spiNNaker (real time), 0.1 elsewhere")
    parser.add_argument("--duration-ms", type=float, default=DURATION)
    parser.add_argument("--out", help="file for the spikes (CSV)")
    options = parser.parse_args()
    if options.timestep_ms is None:
        options.timestep_ms = 1.0 if options.backend == "spiNNaker" else 0.1
    return options


def table(name):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)


def seed(backend):
    np.random.seed(SEED % 2 ** 32)
    if backend == "brian2":  # PyNN does not seed it
        import brian2
        brian2.seed(SEED % 2 ** 32)


def cells(sim, name, options, size, cell_type, parameters, initial):
    dead = DEAD_STEPS.get(options.backend, 0) * options.timestep_ms
    parameters = {**parameters, "tau_refrac": max(options.timestep_ms, parameters["tau_refrac"] - dead)}
    population = sim.Population(size, getattr(sim, cell_type)(**parameters), label=name)
    population.initialize(v=table(initial)[:, 0] if isinstance(initial, str) else initial)
    return population


def source(sim, name, size, what):
    if isinstance(what, (int, float)):
        return sim.Population(size, sim.SpikeSourcePoisson(rate=what), label=name)
    spikes = table(what)
    trains = [np.sort(spikes[spikes[:, 1] == neuron, 0]).tolist() if spikes.size else [] for neuron in range(size)]
    return sim.Population(size, sim.SpikeSourceArray(spike_times=trains), label=name)


def connect(sim, populations, options, pre, post, file, rule):
    synapses = table(file)
    if synapses.size == 0:
        return
    dt = options.timestep_ms
    synapses[:, 3] = np.maximum(1, np.round(synapses[:, 3] / dt)) * dt
    limit = LARGEST_DELAY_STEPS.get(options.backend)
    if limit and synapses[:, 3].max() > limit * dt:
        raise SystemExit(f"{file}: delays must be <= {limit} time steps of {dt} ms on {options.backend}, "
                         f"got {synapses[:, 3].max()} ms")
    for sign, receptor in ((1, "excitatory"), (-1, "inhibitory")):
        part = synapses[synapses[:, 2] >= 0] if sign > 0 else synapses[synapses[:, 2] < 0]
        if part.size == 0:
            continue
        sim.Projection(populations[pre], populations[post], sim.FromListConnector(part), receptor_type=receptor,
                       synapse_type=plastic(sim, options, part, rule) if rule else sim.StaticSynapse(),
                       label=f"{pre} to {post}, {receptor}")


def plastic(sim, options, synapses, rule):
    """Pair STDP: change = lambda w_max of each pair (additive), or in proportion to w and w_max - w (multiplicative)."""
    dependence = sim.AdditiveWeightDependence if rule["additive"] else sim.MultiplicativeWeightDependence
    return sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(tau_plus=rule["tau_plus"], tau_minus=rule["tau_minus"],
                                            A_plus=rule["A_plus"], A_minus=rule["A_minus"]),
        weight_dependence=dependence(w_min=rule["w_min"], w_max=rule["w_max"]),
        dendritic_delay_fraction=DENDRITIC_DELAY_FRACTION.get(options.backend, 1.0),
        weight=float(synapses[0, 2]), delay=float(synapses[0, 3]))


if __name__ == "__main__":
    main()
