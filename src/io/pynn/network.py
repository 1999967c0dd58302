"""The network of @source@ in PyNN: python3 network.py BACKEND [--timestep-ms DT] [--duration-ms T] [--out FILE]

BACKEND: brian2, neuron, nest, spiNNaker. Written by Spikewell @version@; needs PyNN (0.10 or later) and numpy, and
back_ends.py and the tables beside it.
"""
import argparse
import os

import numpy as np

import back_ends

DURATION = @duration_ms@  # ms
WARM_UP = @warm_up_ms@  # ms that rates leave out
SEED = @seed@

# name: (size, cell type, its parameters, file of those that differ from neuron to neuron, initial values or their file).
# Units as in PyNN: ms, mV, nF, nA, uS, Hz. cm (nF) equal to tau_m (ms) is 1 MOhm: currents in nA are mV of the potential.
CELLS = @cells@
# name: (size, rate), or (size, file of spikes: t_ms, neuron)
SOURCES = @sources@
# name: file of positions, um
POSITIONS = @positions@
# (population, first neuron, neurons, kind, its parameters): a source for each neuron
CURRENTS = @currents@
# (pre, post, file of synapses: pre, post, weight, delay; rule of plasticity or None; short-term plasticity or None)
PROJECTIONS = @projections@
RECORDED = @recorded@


def main():
    options = command_line()
    sim = back_ends.imported(options.backend)
    back_ends.set_up(sim, options.backend, options.timestep_ms, SEED)
    populations = {name: cells(sim, name, options, *row) for name, row in CELLS.items()}
    populations.update({name: source(sim, name, options, *row) for name, row in SOURCES.items()})
    for name, file in POSITIONS.items():
        populations[name].positions = table(file).T
    for row in CURRENTS:
        inject(sim, populations, options, *row)
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
        report(name, populations[name].size, [t for t, _, _ in spikes], options.duration_ms)
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
    if not options.timestep_ms > 0:
        parser.error(f"--timestep-ms: must be > 0, got {options.timestep_ms}")
    return options


def report(name, size, times, duration):
    counted = sum(t >= WARM_UP for t in times)
    rate = 1000 * counted / size / (duration - WARM_UP) if duration > WARM_UP else float("nan")
    print(f"{name}: {len(times)} spikes, {rate:.2f} Hz" + (f" from {WARM_UP} ms on" if WARM_UP else ""))


def path(name):
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def table(name):
    return np.loadtxt(path(name), delimiter=",", skiprows=1, ndmin=2)


def columns(name):
    """{name: values} of a table, or of numbers as they are."""
    if not isinstance(name, str):
        return name
    with open(path(name)) as file:
        names = file.readline().strip().split(",")
    return dict(zip(names, table(name).T))


def cells(sim, name, options, size, cell_type, parameters, own, initial):
    parameters = {**parameters, **(columns(own) if own else {})}
    cell = back_ends.cell(sim, options.backend, options.timestep_ms, name, cell_type, parameters)
    population = sim.Population(size, cell, label=name)
    population.initialize(**columns(initial))
    return population


def source(sim, name, options, size, what):
    if isinstance(what, (int, float)):
        return sim.Population(size, sim.SpikeSourcePoisson(rate=what), label=name)
    spikes = table(what)
    if spikes.size == 0:
        return sim.Population(size, sim.SpikeSourceArray(spike_times=[[] for _ in range(size)]), label=name)
    # A neuron has one spike a time step, or brian2 stops.
    steps = np.unique(np.column_stack([spikes[:, 1], np.round(spikes[:, 0] / options.timestep_ms)]), axis=0)
    if len(steps) < len(spikes):
        print(f"{name}: {len(spikes) - len(steps)} of {len(spikes)} spikes left out, a neuron's second and more in a time step of "
              f"{options.timestep_ms} ms")
    trains = [(steps[steps[:, 0] == neuron, 1] * options.timestep_ms).tolist() for neuron in range(size)]
    return sim.Population(size, sim.SpikeSourceArray(spike_times=trains), label=name)


def inject(sim, populations, options, name, first, count, kind, parameters):
    for neuron in range(first, first + count):
        make = back_ends.of(sim, options.backend, kind)
        make(**parameters).inject_into(populations[name][neuron:neuron + 1])


def connect(sim, populations, options, pre, post, file, rule, short_term):
    synapses = table(file)
    if synapses.size == 0:
        return
    dt = options.timestep_ms
    synapses[:, 3] = np.maximum(1, np.round(synapses[:, 3] / dt)) * dt
    limit = back_ends.LARGEST_DELAY_STEPS.get(options.backend)
    if limit and synapses[:, 3].max() > limit * dt:
        raise SystemExit(f"{file}: delays must be <= {limit} time steps of {dt} ms on {options.backend}, "
                         f"got {synapses[:, 3].max()} ms")
    conductances = populations[post].celltype.conductance_based
    for sign, receptor in ((1, "excitatory"), (-1, "inhibitory")):
        part = synapses[synapses[:, 2] >= 0] if sign > 0 else synapses[synapses[:, 2] < 0]
        for k, several in enumerate(apart(part)):
            # Currents and jumps that inhibit are < 0 in PyNN, conductances are not.
            if conductances:
                several[:, 2] = np.abs(several[:, 2])
            synapse = back_ends.synapse(sim, options.backend, f"{pre} to {post}", several, rule, short_term,
                                        inhibits_below_0=sign < 0 and not conductances)
            sim.Projection(populations[pre], populations[post], sim.FromListConnector(several), receptor_type=receptor,
                           synapse_type=synapse, label=f"{pre} to {post}, {receptor}" + (f", {k}" if k else ""))


def apart(synapses):
    """Synapses in lists that have no pair of neurons twice: pyNN.brian2 gives all of a pair the weight of the last."""
    while len(synapses) > 0:
        _, first = np.unique(synapses[:, :2], axis=0, return_index=True)
        first.sort()
        yield synapses[first].copy()
        synapses = np.delete(synapses, first, axis=0)


if __name__ == "__main__":
    main()
