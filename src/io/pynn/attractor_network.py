"""The attractor network of @source@ in PyNN: python3 attractor_network.py BACKEND [--timestep-ms DT] [--trials N] [--out FILE]

BACKEND: brian2, neuron, nest, spiNNaker. Written by Spikewell @version@; needs PyNN (0.10 or later) and numpy.

Each node's state in [-1, 1] is spelt by K neurons with gains 1/2, 1/4, ...: sigma = sum_k g_k (2 z_k - 1), z = 1 for TAU_REF after
a spike. Spikewell's neurons have escape noise, P(z = 1) = 1 / (1 + exp(-2 g T (b + h))), with evidence b, field
h = sum_j J_ij sigma_j and inverse temperature T. Here they are LIF neurons with a sharp threshold that Poisson spikes of both signs
keep moving (LIF sampling: Petrovici et al. 2016, doi:10.1103/PhysRevE.94.042312). In both a spike's effect lasts as long as z = 1
does. PyNN's synaptic currents only decay, so a spike comes over two synapses: one opens a pulse, another, TAU_REF later, takes away
what is left of it.

It shows TRIALS of constant evidence one after another and compares the mean decoded states with Spikewell's own.
"""
import argparse
import importlib
import os

import numpy as np

# Units as in PyNN: ms, mV, nF, nA, Hz. cm (nF) equal to tau_m (ms) is 1 MOhm: currents in nA are mV of the potential.
K = @neurons_per_node@  # neurons a node
T = @inverse_temperature@  # inverse temperature
TAU_REF = @tau_ref_ms@
TAU_SYN = @tau_syn_ms@
DELAY = @delay_ms@
SEED = @seed@
NOISE_RATE = @noise_rate_Hz@  # of each neuron, of each sign
NOISE_WEIGHT = @noise_weight_mV@
NOISE_PULSE = @noise_pulse_ms@  # length
# Activation under this noise, measured at 25 mean potentials u (mV from the threshold) and fitted:
# P(z = 1) = 1 / (1 + exp(-(u - OFFSET) / SLOPE)); deviation rms @rms_deviation@, at most @largest_deviation@.
OFFSET = @offset_mV@
SLOPE = @slope_mV@
SETTLE_MS, TRIAL_MS = @settle_ms@, @trial_ms@  # of each trial: not counted, counted
N_CLEAN = @n_clean@  # trials of the training images; those after them are of images with noise
LARGEST_DELAY_STEPS = {"spiNNaker": 144}  # time steps
# From the end of tau_refrac to the first spike that can follow: the shortest interval must be TAU_REF, or z = 1 is out of reach.
DEAD_STEPS = {"neuron": 1}


def main():
    options = command_line()
    sim = imported(options.backend)
    J = table("coupling.csv")  # [n_nodes x n_nodes], from column to row
    evidence = table("evidence.csv")[:options.trials]  # [trials x n_nodes]
    expected = table("expected_states.csv")[:options.trials]  # [trials x n_nodes], by Spikewell
    targets = table("targets.csv")[:options.trials]  # [trials x n_nodes], the images without noise
    neurons = build(sim, options, J)
    spikes = run(sim, neurons, J, evidence)
    states = np.array([decoded(spikes, len(J), trial) for trial in range(len(evidence))])
    if options.out:
        np.savetxt(options.out, states, delimiter=",", fmt="%.6f")
    report(states, expected, evidence, targets)


def command_line():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("backend")
    parser.add_argument("--timestep-ms", type=float, help="default 1 on spiNNaker (real time), 0.2 elsewhere")
    parser.add_argument("--trials", type=int, help="default: all")
    parser.add_argument("--out", help="file for the mean states (CSV)")
    options = parser.parse_args()
    if options.timestep_ms is None:
        options.timestep_ms = 1.0 if options.backend == "spiNNaker" else 0.2
    return options


def imported(backend):
    try:
        return importlib.import_module("pyNN." + backend)
    except ImportError as error:
        raise SystemExit(f"BACKEND: {backend} cannot be imported ({error}); allowed: brian2, neuron, nest, spiNNaker, where they "
                         "are installed")


def table(name):
    return np.loadtxt(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), delimiter=",", ndmin=2)


def gains(n_nodes):
    """g of each neuron; neuron k of node i is i K + k."""
    return np.tile(0.5 ** np.arange(1, K + 1), n_nodes)


def drive(J, evidence):
    """Mean potential that evidence gives each neuron while all others are silent, mV from the threshold."""
    silent = -(1 - 0.5 ** K)
    return OFFSET + SLOPE * 2 * gains(len(J)) * T * np.repeat(evidence + J @ np.full(len(J), silent), K)


def build(sim, options, J):
    dt = options.timestep_ms
    delay = max(1, round(DELAY / dt)) * dt
    limit = LARGEST_DELAY_STEPS.get(options.backend)
    if limit and delay + TAU_REF > limit * dt:
        raise SystemExit(f"delay + TAU_REF must be <= {limit} time steps of {dt} ms on {options.backend}, got {delay + TAU_REF} ms")
    sim.setup(timestep=dt, min_delay=dt)
    seed(options.backend)
    g = gains(len(J))
    refractory = TAU_REF - DEAD_STEPS.get(options.backend, 0) * dt
    cell = sim.IF_curr_exp(tau_m=@tau_m_ms@, cm=@tau_m_ms@, v_rest=-50.0, v_thresh=-50.0, v_reset=@v_reset_mV@, tau_refrac=refractory,
                           tau_syn_E=TAU_SYN, tau_syn_I=TAU_SYN, i_offset=0.0)
    neurons = sim.Population(len(g), cell, label="neurons")
    neurons.initialize(v=-50.5)
    neurons.record("spikes")
    # A spike of gain g' raises the field by 2 g' J for TAU_REF; its pulse has this area.
    height = TAU_REF / (TAU_SYN * (1 - np.exp(-TAU_REF / TAU_SYN)))
    weights = SLOPE * 2 * g[:, None] * T * np.kron(J, np.ones((K, K))) * 2 * g[None, :] * height  # [target x source]
    for sign in (1, -1):
        noise = sim.Population(len(g), sim.SpikeSourcePoisson(rate=NOISE_RATE), label=f"noise, {sign:+}")
        pulses(sim, noise, neurons, np.diag(np.full(len(g), sign * NOISE_WEIGHT)), dt, NOISE_PULSE, dt)
        pulses(sim, neurons, neurons, np.where(np.sign(weights) == sign, weights, 0), delay, TAU_REF, dt)
    return neurons


def pulses(sim, pre, post, weights, delay, length, dt):
    """Each spike causes currents of weights [target x source], of one sign, for `length` (rounded to time steps)."""
    length = max(1, round(length / dt)) * dt
    target, source = np.nonzero(weights)
    if len(source) == 0:
        return
    opening = weights[target, source]
    for weight, lag in ((opening, delay), (-opening * np.exp(-length / TAU_SYN), delay + length)):
        connections = np.column_stack([source, target, weight, np.full(len(source), lag)])
        sim.Projection(pre, post, sim.FromListConnector(connections),
                       receptor_type="excitatory" if weight[0] > 0 else "inhibitory")


def seed(backend):
    np.random.seed(SEED % 2 ** 32)
    if backend == "brian2":  # PyNN does not seed it
        import brian2
        brian2.seed(SEED % 2 ** 32)


def run(sim, neurons, J, evidence):
    """Shows each row of evidence for a trial; returns the spike times of each neuron."""
    for row in evidence:
        neurons.set(i_offset=drive(J, row))
        sim.run(SETTLE_MS + TRIAL_MS)
    trains = neurons.get_data("spikes").segments[0].spiketrains
    times = [np.asarray(train.magnitude, float) for train in trains]  # in the neurons' order
    sim.end()
    return times


def decoded(spikes, n_nodes, trial):
    """Mean state of each node over the counted part of a trial: z is 1 for TAU_REF after a spike."""
    begin = trial * (SETTLE_MS + TRIAL_MS) + SETTLE_MS
    end = begin + TRIAL_MS
    on = np.array([np.sum(np.clip(np.minimum(t + TAU_REF, end) - np.maximum(t, begin), 0, None)) for t in spikes]) / TRIAL_MS
    return np.sum((gains(n_nodes) * (2 * on - 1)).reshape(n_nodes, K), axis=1)


def correlation(a, b):
    return np.corrcoef(a, b)[0, 1]


def retrieval(states, evidence, targets):
    """Median of what the network adds to noisy images: squared correlation with the clean one, less that of the evidence."""
    gained = [correlation(s, t) ** 2 - correlation(e, t) ** 2 for s, e, t in zip(states, evidence, targets)]
    return np.median(gained)


def report(states, expected, evidence, targets):
    r = [correlation(s, e) for s, e in zip(states[:N_CLEAN], expected)]
    print("correlation of mean states with Spikewell's, an image each: " + " ".join(f"{x:.3f}" for x in r))
    print(f"least correlation: {min(r):.3f}")
    if len(states) > N_CLEAN:
        noisy = slice(N_CLEAN, None)
        print(f"retrieval, median dR2 of {len(states) - N_CLEAN} noisy images: "
              f"{retrieval(states[noisy], evidence[noisy], targets[noisy]):.3f}, "
              f"Spikewell: {retrieval(expected[noisy], evidence[noisy], targets[noisy]):.3f}")


if __name__ == "__main__":
    main()
