"""Networks made piece by piece are those of the program: test_network.py PROGRAM BALANCED_NETWORK"""
import csv
import os
import re
import subprocess
import sys
import unittest

import numpy as np

import spikewell as sw
from support import InFolder

BALANCED_NETWORK = sys.argv.pop(2)
PROGRAM = os.path.abspath(sys.argv.pop(1))


def program(*arguments):
    return subprocess.run([PROGRAM, *arguments, "--quiet"], check=True)


def everything():
    """Sources, inputs, currents, selections, plasticity, all recordings; and a network of nodes beside it."""
    net = sw.Network(seed=5, duration_ms=120)
    source = net.population("poisson", 40, name="source", rate_Hz=60)
    cells = net.population("lif_exp", 50, V_init_mV=sw.uniform(-60, -51), V_th_mV=np.linspace(-51, -49, 50), name="cells")
    net.input(cells[:20], rate_Hz=900, weight_mV=0.5)
    net.current(cells, "step", amplitude_mV=2, from_ms=30)
    plastic = net.connect(source, cells, "fixed_indegree", indegree=10, weight_mV=sw.normal(0.1, 0.01, low=0, high=0.2),
                          delay_ms=1.5, plasticity="pair_stdp")
    net.connect(cells[:40], cells[40:], "list", synapses=np.array([[0, 1, 0.5, 2], [3, 2, 0.5, 3]]))
    rewarded = net.connect(source, cells, "fixed_indegree", indegree=5, weight_mV=0.1, plasticity={"rule": "reward_stdp"},
                           third_factor=source[:3], name="rewarded")
    nodes = net.population("dyadic_attractor", 3, name="nodes", neurons_per_node=3)
    net.couple(nodes, nodes, [[0, 1, -1], [1, 0, 0], [-1, 0, 0]], plasticity="predictive_hebbian")
    net.record(cells)
    net.record(nodes)
    net.record(cells[10:14], "potential", interval_ms=2)
    net.record(cells, "state", variables=["V_mV", "g_e_mV"], neurons=[1, 7], times_ms=[10, 50])
    net.record(nodes, "state", variables=["sigma"], interval_ms=20)
    net.record(plastic, "weights", interval_ms=40)
    net.record(rewarded, "weights", times_ms=[0, 60])
    net.record(net.projections["nodes-nodes"], "couplings", times_ms=[0, 100])
    return net


class Same(InFolder):
    def table(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_spikes_and_recordings_are_those_of_the_program(self):
        net = everything()
        net.save(self.path("network.json"))
        program("simulate", self.path("network.json"), "--out", self.path("run"))
        sim = net.simulate(threads=2)
        spikes = self.table("run/spikes.csv")
        for name in ("cells", "nodes"):
            own = [row for row in spikes if row["population"] == name]
            self.assertGreater(len(own), 20)
            t_ms, neurons = sim.spikes(net.populations[name])
            np.testing.assert_array_equal(t_ms, [float(row["t_ms"]) for row in own])
            np.testing.assert_array_equal(neurons, [int(row["neuron"]) for row in own])
        for recording in net.recordings.values():
            if recording.parameters["record"] == "spikes":
                continue
            with self.subTest(recording.name):
                rows = self.table(f"run/{recording.name}.csv")
                arrays = sim.recorded(recording)
                self.assertGreater(len(rows), 1)
                columns = [key for key in rows[0] if key not in ("t_ms", "neuron", "node", "pre", "post")]
                for column in columns:
                    values = arrays[column if column in arrays else "weights"]
                    np.testing.assert_array_equal(values.ravel(), np.array([float(row[column]) for row in rows], values.dtype))
                n = values.shape[1]
                np.testing.assert_array_equal(arrays["t_ms"], [float(row["t_ms"]) for row in rows[::n]])
                for key in ("pre", "post"):
                    if key in arrays:
                        np.testing.assert_array_equal(arrays[key], [int(row[key]) for row in rows[:n]])

    def test_a_dict_and_a_file_are_the_same_network(self):
        net = everything()
        expected = net.simulate().spikes(net.populations["cells"])
        net.save(self.path("network.json"))
        for again in (sw.Network.from_dict(net.to_dict()), sw.Network.load(self.path("network.json"))):
            np.testing.assert_array_equal(again.simulate().spikes(again.populations["cells"]), expected)
            self.assertEqual(list(again.projections), list(net.projections))
            self.assertEqual(repr(again), repr(net))

    def test_the_balanced_network_is_that_of_the_cpp_example(self):
        example = os.path.join(os.path.dirname(__file__), "../../examples/python/balanced_network.py")
        outs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout
                for command in ([BALANCED_NETWORK], [sys.executable, example])]
        self.assertEqual(outs[0], outs[1])
        with open(example, encoding="utf-8") as file:
            self.assertLessEqual(len(file.readlines()), 15)

    def test_rates_are_counts_of_whole_bins(self):
        net = everything()
        cells = net.populations["cells"]
        sim = net.simulate(95)
        for neurons in (cells, cells[5:25]):
            begins_ms, rate_Hz = sim.rate(neurons, 10)
            t_ms, among = sim.spikes(neurons)
            np.testing.assert_array_equal(begins_ms, 10.0 * np.arange(9))
            for k in range(9):
                count = np.sum((t_ms >= 10 * k) & (t_ms < 10 * (k + 1)))
                self.assertAlmostEqual(rate_Hz[k], count / len(neurons) / 0.01)
        self.assertTrue(np.all((among >= 5) & (among < 25)))


class GoesOn(InFolder):
    def test_a_saved_simulation_is_resumed_as_if_it_had_not_been(self):
        net = everything()
        cells = net.populations["cells"]
        whole = net.simulate(50).run(70)
        sim = net.simulate(50)
        sim.save(self.path("saved"))
        with self.assertRaisesRegex(sw.IoError, "force=True"):
            sim.save(self.path("saved"))
        resumed = net.resume(self.path("saved"), threads=2)
        self.assertEqual(resumed.time_ms, 50)
        resumed.run(70)
        t_ms, neurons = whole.spikes(cells)
        np.testing.assert_array_equal(resumed.spikes(cells), (t_ms[t_ms >= 50], neurons[t_ms >= 50]))
        np.testing.assert_array_equal(resumed.potential(cells[3:9]), whole.potential(cells)[3:9])
        np.testing.assert_array_equal(resumed.weights(net.projections["source-cells"]), whole.weights(net.projections["source-cells"]))
        with self.assertRaisesRegex(sw.Error, "another network"):
            sw.Network(seed=6).resume(self.path("saved"))

    def test_what_was_done_and_what_it_took_add_up_over_runs(self):
        net = sw.Network(seed=3)
        source = net.population("spike_list", 2, spikes=[[1.0, 0], [2.0, 1], [12.0, 0]])
        cells = net.population("lif_delta", 5, V_th_mV=1e6)
        net.connect(source, cells, "all_to_all", weight_mV=0.1, delay_ms=1)
        net.input(cells, rate_Hz=1000, weight_mV=0.1)
        sim = net.simulate(10)
        self.assertEqual((sim.counters()["spikes"], sim.counters()["synaptic_events"]), (2, 10))
        sim.run(10)
        done, energy = sim.counters(), sim.energy(watts_per_core=2)
        self.assertEqual((done["spikes"], done["synaptic_events"]), (3, 15))
        self.assertGreater(done["poisson_inputs"], 50)
        self.assertEqual((energy["synaptic_events"], energy["poisson_inputs"]), (15, done["poisson_inputs"]))
        self.assertAlmostEqual(energy["uJ_per_synaptic_event"], 1e6 * energy["J"] / 15)
        self.assertAlmostEqual(energy["uJ_per_input"], 1e6 * energy["J"] / (15 + done["poisson_inputs"]))
        if energy["how"] == "estimate":
            self.assertAlmostEqual(energy["J"], 2 * energy["processor_s"])
        self.assertIsNone(net.simulate(0).energy()["uJ_per_input"])
        with self.assertRaisesRegex(sw.ParameterError, "watts_per_core"):
            sim.energy(watts_per_core=float("nan"))

    def test_what_is_set_between_runs_has_its_effect(self):
        net = sw.Network()
        nodes = net.population("dyadic_attractor", 2)
        J = net.couple(nodes, nodes, np.zeros((2, 2)), plasticity={"rule": "predictive_hebbian", "learning_rate": 0.1})
        listed = net.population("spike_list", 2, spikes=[])
        sim = net.simulate(0)
        sim.set(nodes, evidence=[100, -100])
        sim.set(J, learning=False)
        sim.run(100)
        self.assertGreater(sim.state(nodes)[0], 0.5)
        self.assertLess(sim.state(nodes)[1], -0.5)
        np.testing.assert_array_equal(sim.coupling(J), np.zeros((2, 2)))
        sim.set(J, learning=True)
        sim.run(100)
        self.assertGreater(np.abs(sim.coupling(J)).max(), 0)
        sim.set(nodes, evidence=[0, 0], inverse_temperature=2, state=[-0.9, 0.9])
        self.assertLess(sim.state(nodes)[0], sim.state(nodes)[1])
        sim.add_spikes(listed, [210, 205.5], [0, 1])
        sim.run(20)
        np.testing.assert_array_equal(sim.spikes(listed), ([205.5, 210], [1, 0]))


class OnABoard(InFolder):
    def test_a_layout_is_that_of_the_program(self):
        net = sw.Network(seed=2)
        cells = net.population("lif_exp", 300, name="cells", V_init_mV=sw.uniform(-60, -50))
        net.connect(cells, cells, "fixed_indegree", indegree=20, weight_mV=1, delay_ms=2)
        layout = net.map("spinn3", neurons_per_core=40)
        self.assertEqual(layout.check(), [])
        self.assertEqual(sum(part["count"] for part in layout.slices), 300)
        self.assertEqual(len({part["place"] for part in layout.slices}), len(layout.slices))
        emulation = layout.emulate(50)
        self.assertTrue(emulation["identical"])
        self.assertEqual(emulation["groups"], 1)
        self.assertEqual(emulation["timing"]["warnings"], [])
        self.assertEqual(layout.emulate(50, threads=2), emulation)
        layout.save(self.path("mine"))
        net.save(self.path("network.json"))
        program("map", self.path("network.json"), "--machine", "spinn3", "--neurons-per-core", "40", "--out", self.path("theirs"))
        for name in ("placements.json", "routing_tables.json", "keys.json", "network.json"):
            with open(self.path(f"mine/{name}"), "rb") as mine, open(self.path(f"theirs/{name}"), "rb") as theirs:
                self.assertEqual(mine.read(), theirs.read(), name)
        program("check", self.path("mine"))
        program("emulate", self.path("mine"), "--duration-ms", "20")
        for call, message in ((lambda: net.map("spin3"), "spin3"), (lambda: net.map("spinn3", placer="fats"), "one of multilevel"),
                              (lambda: net.map("spinn3", neurons_per_core=1), "would help"),
                              (lambda: net.map("spinn3", slow_down=0.5), "slow_down must be 1 .. 1e6"),
                              (lambda: layout.emulate(0), "duration_ms must be > 0"),
                              (lambda: layout.emulate(1, threads=-1), "threads must be 0 .. 4096")):
            with self.subTest(message), self.assertRaisesRegex(sw.Error, message) as caught:
                call()
            self.assertNotIn("\n", str(caught.exception))


class Errors(InFolder):
    def test_what_is_wrong_is_told_where_it_is_said(self):
        net = everything()
        cells, nodes = net.populations["cells"], net.populations["nodes"]
        sim = net.simulate(0)
        other = sw.Network().population("lif_exp", 3)
        for kind, call, message in (
                (sw.DescriptionError, lambda: net.population("lif_exp", 3, tau_n_ms=3), 'population lif_exp_1: tau_n_ms: is unknown; did you mean "tau_m_ms"?'),
                (sw.DescriptionError, lambda: net.population("lif_xp", 3), 'did you mean "lif_exp"?'),
                (sw.DescriptionError, lambda: net.population("lif_exp"), "population lif_exp_1: size: is missing"),
                (sw.DescriptionError, lambda: net.population("lif_exp", 3, name="E E"), "letters, digits, _ and -"),
                (sw.NetworkError, lambda: net.population("lif_exp", 3, name="cells"), "cells is there twice"),
                (sw.DescriptionError, lambda: net.connect(cells, cells, "fixed_indegree", weight_mV=1), "projection cells-cells_2: indegree: is missing"),
                (sw.DescriptionError, lambda: net.connect(cells, cells, "all_to_all", weight_pA=1), "must be weight_mV"),
                (sw.DescriptionError, lambda: net.connect(cells, cells, "all_to_all", weight_mV=1, plasticity="pair_stpd"), 'did you mean "pair_stdp"?'),
                (sw.NetworkError, lambda: net.connect(cells, other, "all_to_all", weight_mV=1), "lif_exp_1 is of another network"),
                (TypeError, lambda: net.connect("cells", cells, "all_to_all", weight_mV=1), "must be a population"),
                (sw.NetworkError, lambda: net.couple(nodes, nodes, [1, 2]), "of shape (n_post_nodes, n_pre_nodes), got (2,)"),
                (sw.DescriptionError, lambda: net.input(cells, rate_Hz=5), "population cells: inputs/1/weight_mV: is missing"),
                (sw.DescriptionError, lambda: net.current(cells, "step", amplitude_pA=3), 'did you mean "amplitude_mV"?'),
                (sw.DescriptionError, lambda: net.record(cells, "potentials"), 'did you mean "potential"?'),
                (sw.NetworkError, lambda: cells[10:20:2], "one after another of the 50 there are, got 10:20:2"),
                (sw.DescriptionError, lambda: sw.Network(seed=-1), "Network: seed: must be a whole number, got -1"),
                (sw.NetworkError, lambda: sim.set(cells, evidense=[1]), "evidense is unknown of cells; evidence, state, inverse_temperature can be set"),
                (sw.ParameterError, lambda: sim.set(cells, evidence=[1]), "of dyadic nodes, got cells"),
                (sw.ParameterError, lambda: sim.set(nodes, evidence=[1]), "of shape (3,), got (1,)"),
                (sw.NetworkError, lambda: sim.recorded("potential_cell"), "did you mean potential_cells?"),
                (sw.NetworkError, lambda: sim.add_spikes(cells, [1], [0]), "cells: takes no added spikes"),
                (sw.IoError, lambda: net.resume(self.path("nowhere")), "cannot be read")):
            with self.subTest(message), self.assertRaises(kind) as caught:
                call()
            self.assertIn(message, str(caught.exception))
            self.assertNotIn("\n", str(caught.exception))
        self.assertEqual((len(net.populations), len(net.projections)), (3, 4))  # nothing of it was added

    def test_a_file_is_not_written_over(self):
        net = everything()
        net.save(self.path("network.json"))
        with self.assertRaises(sw.IoError):
            net.save(self.path("network.json"))
        net.save(self.path("network.json"), force=True)


class Documents(InFolder):
    def test_the_readme_runs(self):
        with open(os.path.join(os.path.dirname(__file__), "../../README.md"), encoding="utf-8") as file:
            code = re.search(r"```python\n(.*?)```", file.read(), re.DOTALL).group(1)
        with open(self.path("readme.py"), "w", encoding="utf-8") as file:
            file.write(code)
        subprocess.run([sys.executable, "readme.py"], cwd=self.folder, check=True, capture_output=True)
        program("validate", self.path("network.json"))


if __name__ == "__main__":
    unittest.main()
