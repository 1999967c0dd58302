#pragma once

/// Docstrings of spikewell.Simulator. Each begins with the signature that Python's `inspect.signature` reads, to the line of
/// two dashes; tests/python/test_documentation.py runs their examples.
namespace spikewell::python::text {

inline constexpr const char* k_recorded = R"(recorded(self, name)
--

What a recording of the network holds so far.

Parameters
----------
name : str
    One of `recordings`.

Returns
-------
dict of arrays
    The caller's. Of potentials and states: "t_ms" float64 [n_samples], "neurons" uint32 [n] (of nodes likewise) and each
    variable, as "V_mV", float64 [n_samples, n]. Of weights and couplings: "t_ms", "pre", "post" uint32 [n] and "weights"
    float32 [n_samples, n].

Raises
------
NetworkError
    The network has no such recording.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 100, "inputs": [{"rate_Hz": 2000, "weight_mV": 1}]}
>>> V = {"name": "V", "record": "potential", "population": "cells", "count": 2, "interval_ms": 10}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells], "recordings": [V]})
>>> simulator.run(100)
>>> simulator.recorded("V")["t_ms"][:3]
array([ 0., 10., 20.])
)";

inline constexpr const char* k_spikes = R"(spikes(self, population)
--

Spikes of a population so far, sorted.

Parameters
----------
population : str or int
    Its name or number.

Returns
-------
t_ms : float64 [n_spikes]
neurons : uint32 [n_spikes]
    Both are read-only views without copies; what they show stays when the run goes on.

Raises
------
NetworkError
    The network has no such population.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 100, "inputs": [{"rate_Hz": 2000, "weight_mV": 1}]}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells]})
>>> simulator.run(100)
>>> t_ms, neurons = simulator.spikes("cells")
>>> t_ms.flags.writeable
False
)";

inline constexpr const char* k_counters = R"(counters(self)
--

What has been computed so far.

Returns
-------
dict of int
    "spikes" of neurons, "predicted_spikes" of dendritic twins, "candidates" drawn for both at nodes, "arrivals" (edges of
    pulses at nodes), "synaptic_events" (a spike over one synapse onto a point neuron), "poisson_inputs" (events of the
    neurons' own inputs, which are no synaptic events), "windows" of time.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 100, "inputs": [{"rate_Hz": 2000, "weight_mV": 1}]}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells]})
>>> simulator.run(100)
>>> done = simulator.counters()
>>> done["synaptic_events"], done["poisson_inputs"] > 10_000
(0, True)
)";

inline constexpr const char* k_energy = R"(energy(self, watts_per_core=None)
--

Energy that this machine's processors took for the runs of this simulator, and over their events.

It is measured where Linux lets its counters (RAPL) be read, and else an estimate: processor time times the power of a core.

Parameters
----------
watts_per_core : float, 1e-6 .. 1e6, optional
    Power of a busy core, W, for the estimate; default 3.125, of an AMD EPYC 7702.

Returns
-------
dict
    As `energy` of run.json (network/FORMAT.md): "J", "how" ("measured" or "estimate"), "source", "why_not_measured" of an
    estimate, "processor_s", "synaptic_events", "poisson_inputs", and "uJ_per_synaptic_event" and "uJ_per_input" (Poisson
    inputs counted, too), None where there were none.

Raises
------
ParameterError
    A power out of range.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 100, "inputs": [{"rate_Hz": 2000, "weight_mV": 1}]}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells]})
>>> simulator.run(100)
>>> energy = simulator.energy(watts_per_core=4)
>>> energy["how"] in ("measured", "estimate"), energy["uJ_per_input"] > 0, energy["uJ_per_synaptic_event"]
(True, True, None)
)";

inline constexpr const char* k_potentials = R"(potentials(self, population)
--

V of each LIF neuron now.

Parameters
----------
population : str or int
    Its name or number.

Returns
-------
float64 [n_neurons]
    In mV. The array is the caller's.

Raises
------
NetworkError, ParameterError
    The network has no such population, or it has no potentials.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 100, "inputs": [{"rate_Hz": 2000, "weight_mV": 1}]}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells]})
>>> simulator.potentials("cells")[:3]
array([0., 0., 0.])
)";

inline constexpr const char* k_state = R"(state(self, population)
--

State of each dyadic node now.

Parameters
----------
population : str or int
    Its name or number.

Returns
-------
float64 [n_nodes]
    -1 .. 1. The array is the caller's.

Raises
------
NetworkError, ParameterError
    The network has no such population, or it is not of nodes.

Examples
--------
>>> nodes = {"name": "nodes", "model": "dyadic_attractor", "n_nodes": 2, "neurons_per_node": 3}
>>> J = {"name": "J", "pre": "nodes", "post": "nodes", "coupling": {"rows": 2, "cols": 2, "row_major": [0, 1, 1, 0]},
...      "plasticity": {"rule": "predictive_hebbian"}}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [nodes], "projections": [J]})
>>> simulator.run(100)
>>> simulator.state("nodes").shape
(2,)
)";

inline constexpr const char* k_coupling = R"(coupling(self, projection)
--

Couplings now between dyadic nodes.

Parameters
----------
projection : str or int
    Its name or number.

Returns
-------
float64 [n_post_nodes, n_pre_nodes]
    [i, j] from node j to node i; dimensionless. The array is the caller's.

Raises
------
NetworkError, ParameterError
    The network has no such projection, or it is through synapses.

Examples
--------
>>> nodes = {"name": "nodes", "model": "dyadic_attractor", "n_nodes": 2, "neurons_per_node": 3}
>>> J = {"name": "J", "pre": "nodes", "post": "nodes", "coupling": {"rows": 2, "cols": 2, "row_major": [0, 1, 1, 0]},
...      "plasticity": {"rule": "predictive_hebbian"}}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [nodes], "projections": [J]})
>>> simulator.run(100)
>>> simulator.coupling("J").shape
(2, 2)
)";

inline constexpr const char* k_synapses = R"(synapses(self, projection)
--

Synapses now, sorted by (pre, post).

Parameters
----------
projection : str or int
    Its name or number.

Returns
-------
pre, post : uint32 [n_synapses]
    Within the projection's ranges.
weight : float32 [n_synapses]
    In the unit of the target's model.
delay_ms : float32 [n_synapses]
    The arrays are the caller's.

Raises
------
NetworkError, ParameterError
    The network has no such projection, or it is through couplings.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 3}
>>> ring = {"name": "ring", "pre": "cells", "post": "cells", "connector": "one_to_one", "weight_mV": 2, "delay_ms": 1}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells], "projections": [ring]})
>>> pre, post, weight, delay_ms = simulator.synapses("ring")
>>> weight
array([2., 2., 2.], dtype=float32)
)";

inline constexpr const char* k_set_evidence = R"(set_evidence(self, population, evidence)
--

Evidence of each dyadic node from now on.

Parameters
----------
population : str or int
    Its name or number.
evidence : array [n_nodes], -1e6 .. 1e6
    0: none.

Raises
------
NetworkError, ParameterError
    The network has no such population of nodes; a shape or value that is not allowed.

Examples
--------
>>> nodes = {"name": "nodes", "model": "dyadic_attractor", "n_nodes": 2, "neurons_per_node": 3}
>>> J = {"name": "J", "pre": "nodes", "post": "nodes", "coupling": {"rows": 2, "cols": 2, "row_major": [0, 1, 1, 0]},
...      "plasticity": {"rule": "predictive_hebbian"}}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [nodes], "projections": [J]})
>>> simulator.run(100)
>>> simulator.set_evidence("nodes", [3, 0])
)";

inline constexpr const char* k_set_state = R"(set_state(self, population, means)
--

Draws the state of each dyadic node now.

Parameters
----------
population : str or int
    Its name or number.
means : array [n_nodes], -1 .. 1
    What it is drawn with.

Raises
------
NetworkError, ParameterError
    The network has no such population of nodes; a shape or value that is not allowed.

Examples
--------
>>> nodes = {"name": "nodes", "model": "dyadic_attractor", "n_nodes": 2, "neurons_per_node": 3}
>>> J = {"name": "J", "pre": "nodes", "post": "nodes", "coupling": {"rows": 2, "cols": 2, "row_major": [0, 1, 1, 0]},
...      "plasticity": {"rule": "predictive_hebbian"}}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [nodes], "projections": [J]})
>>> simulator.run(100)
>>> simulator.set_state("nodes", [1, -1])
>>> simulator.state("nodes").round(2)
array([ 0.88, -0.88])
)";

inline constexpr const char* k_set_inverse_temperature =
    R"(set_inverse_temperature(self, population, inverse_temperature)
--

Precision of the nodes' states from now on.

Parameters
----------
population : str or int
    Its name or number.
inverse_temperature : float, 0 .. 1e6
    0: states are noise; many: they follow evidence and couplings closely.

Raises
------
NetworkError, ParameterError
    The network has no such population of nodes; a value that is not allowed.

Examples
--------
>>> nodes = {"name": "nodes", "model": "dyadic_attractor", "n_nodes": 2, "neurons_per_node": 3}
>>> J = {"name": "J", "pre": "nodes", "post": "nodes", "coupling": {"rows": 2, "cols": 2, "row_major": [0, 1, 1, 0]},
...      "plasticity": {"rule": "predictive_hebbian"}}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [nodes], "projections": [J]})
>>> simulator.run(100)
>>> simulator.set_inverse_temperature("nodes", 2)
)";

inline constexpr const char* k_set_learning = R"(set_learning(self, projection, learning)
--

Turns the rule of couplings on or off from now on.

Parameters
----------
projection : str or int
    Its name or number.
learning : bool
    On or off.

Raises
------
NetworkError, ParameterError
    The network has no such projection, or it is through synapses.

Examples
--------
>>> nodes = {"name": "nodes", "model": "dyadic_attractor", "n_nodes": 2, "neurons_per_node": 3}
>>> J = {"name": "J", "pre": "nodes", "post": "nodes", "coupling": {"rows": 2, "cols": 2, "row_major": [0, 1, 1, 0]},
...      "plasticity": {"rule": "predictive_hebbian"}}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [nodes], "projections": [J]})
>>> simulator.run(100)
>>> simulator.set_learning("J", False)
)";

inline constexpr const char* k_set_rate_limit = R"(set_rate_limit(self, limit_Hz)
--

How fast a population may fire on average before the run is ended, as spikes would fill all memory.

Parameters
----------
limit_Hz : float, 1e-3 .. 1e12
    Of each population's mean over 10 ms; until it is set 20,000.

Raises
------
ParameterError
    A limit out of range.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 100, "inputs": [{"rate_Hz": 20000, "weight_mV": 1}]}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells]})
>>> simulator.set_rate_limit(100)
>>> simulator.run(100)
Traceback (most recent call last):
spikewell.NetworkError: ...
)";

inline constexpr const char* k_add_spikes = R"(add_spikes(self, population, times_ms, neurons)
--

Adds spikes to a population of listed ones.

Parameters
----------
population : str or int
    Its name or number.
times_ms : array [n]
    Now or later, in any order.
neurons : array [n]
    Which fires each.

Raises
------
NetworkError, ParameterError
    A population that is not of listed spikes, a time that is past, a neuron that is not there.

Examples
--------
>>> source = {"name": "source", "model": "spike_list", "size": 2, "spikes": []}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [source]})
>>> simulator.add_spikes("source", [12, 15], [1, 0])
>>> simulator.run(20)
>>> simulator.spikes("source")
(array([12., 15.]), array([1, 0], dtype=uint32))
)";

inline constexpr const char* k_run = R"(run(self, duration_ms=None)
--

Advances.

Parameters
----------
duration_ms : float, >= 0, optional
    Model time; default the network's own duration_ms.

Raises
------
Error
    A run that cannot go on: what became of which neuron.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 100, "inputs": [{"rate_Hz": 2000, "weight_mV": 1}]}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells]})
>>> simulator.run(100)
>>> simulator.time_ms
100.0
)";

inline constexpr const char* k_save = R"(save(self, path, force=False)
--

Writes all that the future depends on; spikes and recordings so far are not among it.

Parameters
----------
path : path
    Any name.
force : bool
    Also over a file.

Raises
------
IoError
    A file is there already, or cannot be written.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 100, "inputs": [{"rate_Hz": 2000, "weight_mV": 1}]}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells]})
>>> simulator.run(100)
>>> simulator.save("at_100_ms")
)";

inline constexpr const char* k_load = R"(load(self, path)
--

Goes back, or on, to what `save` wrote of a simulator of the same network, with any number of threads.

Spikes and recordings begin anew.

Parameters
----------
path : path
    What was saved.

Raises
------
IoError
    A file that is not there, or of another network.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 100, "inputs": [{"rate_Hz": 2000, "weight_mV": 1}]}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells]})
>>> simulator.run(100)
>>> simulator.save("at_100_ms")
>>> simulator.run(50)
>>> simulator.load("at_100_ms")
>>> simulator.time_ms
100.0
)";

inline constexpr const char* k_simulator = R"(Simulator(network, threads=1)
--

Simulates any network of a dict or a file.

All spikes are kept, and what the network says is to be recorded (`recorded`). Populations and projections are asked for
by name or by number.

Parameters
----------
network : dict or path
    A network file (network/FORMAT.md), or what it would say; paths in a dict are relative to the working directory.
threads : int, 0 .. 4096
    0 for all cores; results do not depend on it.

Raises
------
DescriptionError, NetworkError
    What is wrong, and where.

Examples
--------
>>> cells = {"name": "cells", "model": "lif_delta", "size": 100, "inputs": [{"rate_Hz": 2000, "weight_mV": 1}]}
>>> simulator = sw.Simulator({"format": "spikewell-network", "version": 1, "populations": [cells]}, threads=2)
>>> simulator.run(100)
>>> t_ms, neurons = simulator.spikes("cells")
>>> len(t_ms) > 0
True
)";

} // namespace spikewell::python::text
