"""The Python module gives what PROGRAM gives for the same seed: test_spikewell.py PROGRAM"""
import csv
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np

import spikewell
import support

PROGRAM = sys.argv.pop(1)


def program(*arguments):
    return subprocess.run([PROGRAM, *arguments, "--quiet"], check=True)


def small_config():
    config = spikewell.default_config()
    config["seed"] = 7
    config["training"]["presentations"] = 100
    config["evaluation"].update(trials=10, steps=20)
    return config


NETWORK = {
    "format": "spikewell-network", "version": 1, "seed": 3, "duration_ms": 100,
    "populations": [
        {"name": "in", "model": "poisson", "size": 40, "rate_Hz": 50},
        {"name": "cells", "model": "lif_delta", "size": 60, "V_init_mV": {"distribution": "uniform", "low": 0, "high": 20},
         "inputs": [{"rate_Hz": 9000, "weight_mV": 0.125}]}],
    "projections": [
        {"name": "drive", "pre": "in", "post": "cells", "connector": "fixed_indegree", "indegree": 10, "weight_mV": 0.5,
         "delay_ms": 1.5}],
    "recordings": [{"name": "in", "record": "spikes", "population": "in"},
                   {"name": "cells", "record": "spikes", "population": "cells"}]}

NODES = {
    "format": "spikewell-network", "version": 1, "seed": 3, "duration_ms": 100,
    "populations": [{"name": "nodes", "model": "dyadic_attractor", "n_nodes": 2}],
    "projections": [{"pre": "nodes", "post": "nodes", "delay_ms": 1,
                     "coupling": {"rows": 2, "cols": 2, "row_major": np.array([0, 0.5, 0.25, 0])}}]}


class InFolder(support.InFolder):
    def write(self, name, document):
        with open(self.path(name), "w") as file:
            json.dump(document, file)
        return self.path(name)

    def read(self, name):
        with open(self.path(name)) as file:
            return json.load(file)


class SameAsTheProgram(InFolder):
    def check_model(self, backend):
        config = small_config()
        program("train", self.write("config.json", config), "--backend", backend, "--out", self.path("model.json"))
        model = spikewell.train(config, backend)
        written = self.read("model.json")["coupling"]
        expected = np.reshape(written["row_major"], (written["rows"], written["cols"]))
        self.assertGreater(np.abs(expected).max(), 0)
        np.testing.assert_array_equal(model.coupling, expected)
        self.assertEqual((model.config, model.backend), (config, backend))
        model.save(self.path("saved.json"))
        with open(self.path("saved.json"), "rb") as mine, open(self.path("model.json"), "rb") as theirs:
            self.assertEqual(mine.read(), theirs.read())
        model.save(self.path("model.h5"))
        np.testing.assert_array_equal(spikewell.load_model(self.path("model.h5")).coupling, expected)

        program("dream", self.path("model.json"), "--duration-ms", "2000", "--out", self.path("dream.json"))
        states = spikewell.load_model(self.path("model.json")).infer(np.zeros(64), 200).states
        np.testing.assert_array_equal(states, self.read("dream.json")["states"])
        self.assertGreater(np.ptp(states), 0.5)
        np.testing.assert_array_equal(model.infer(np.zeros(64), 200).states, states)

        program("evaluate", self.path("model.json"), "--out", self.path("evaluation.json"))
        mine, theirs = model.evaluate(), self.read("evaluation.json")
        for result in (mine, theirs):
            del result["evaluate_wall_s"], result["evaluate_energy"]
        self.assertEqual(mine, theirs)

    def test_spiking_model(self):
        self.check_model("spiking")

    def test_rate_model(self):
        self.check_model("rate")

    def test_simulation(self):
        program("simulate", self.write("network.json", NETWORK), "--out", self.path("run"))
        with open(self.path("run/spikes.csv")) as file:
            rows = list(csv.DictReader(file))
        for threads in (1, 2):
            simulator = spikewell.Simulator(NETWORK, threads)
            simulator.run()
            for name in simulator.populations:
                own = [row for row in rows if row["population"] == name]
                self.assertGreater(len(own), 10)
                times, neurons = simulator.spikes(name)
                self.assertEqual(times.tobytes(), np.array([float(row["t_ms"]) for row in own]).tobytes())
                self.assertEqual(neurons.tobytes(), np.array([int(row["neuron"]) for row in own], np.uint32).tobytes())
        from_file = spikewell.Simulator(self.path("network.json"))
        from_file.run()
        np.testing.assert_array_equal(from_file.spikes(1), simulator.spikes("cells"))


class Arrays(unittest.TestCase):
    def test_couplings_are_one_read_only_memory_that_the_arrays_keep(self):
        model = spikewell.train(small_config(), "rate")
        first, second = model.coupling, model.coupling
        self.assertTrue(np.shares_memory(first, second))
        self.assertFalse(first.flags.writeable)
        with self.assertRaises(ValueError):
            first[0, 1] = 1
        kept = first.copy()
        del model, second
        gc.collect()
        np.testing.assert_array_equal(first, kept)

    def test_states_are_the_callers(self):
        model = spikewell.train(small_config())
        states = model.infer(np.zeros(64), 5).states
        self.assertEqual((states.shape, states.dtype), ((5, 64), np.float64))
        self.assertLessEqual(np.abs(states).max(), 1)
        self.assertFalse(states.flags.owndata)  # made without a copy: its base has the memory
        self.assertTrue(states.flags.writeable)
        kept = states.copy()
        model.infer(np.ones(64, np.float32), 5)
        del model
        gc.collect()
        np.testing.assert_array_equal(states, kept)

    def test_spikes_are_one_read_only_memory_that_a_longer_run_leaves_alone(self):
        simulator = spikewell.Simulator(NETWORK)
        self.assertEqual([len(array) for array in simulator.spikes("cells")], [0, 0])
        simulator.run(50)
        times, neurons = simulator.spikes("cells")
        self.assertTrue(np.shares_memory(times, simulator.spikes("cells")[0]))
        self.assertEqual((times.dtype, neurons.dtype, times.flags.writeable), (np.float64, np.uint32, False))
        kept = times.copy()
        simulator.run(50)
        np.testing.assert_array_equal(times, kept)
        longer = simulator.spikes("cells")[0]
        self.assertGreater(len(longer), len(times))
        np.testing.assert_array_equal(longer[:len(times)], kept)
        self.assertEqual(simulator.time_ms, 100)
        del simulator
        gc.collect()
        np.testing.assert_array_equal(longer[:len(times)], kept)

    def test_synapses_and_potentials(self):
        simulator = spikewell.Simulator(NETWORK)
        pre, post, weight, delay = simulator.synapses("drive")
        self.assertEqual([array.dtype for array in (pre, post, weight, delay)],
                         [np.uint32, np.uint32, np.float32, np.float32])
        self.assertEqual((len(pre), set(weight), set(delay)), (600, {0.5}, {1.5}))
        self.assertTrue(np.all(np.bincount(post, minlength=60) == 10))
        self.assertTrue(np.all(np.diff(pre.astype(int)) >= 0))
        weight[0] = 3
        self.assertEqual(simulator.synapses(0)[2][0], 0.5)
        potentials = simulator.potentials("cells")
        self.assertEqual((potentials.shape, potentials.dtype), ((60,), np.float64))
        self.assertTrue(np.all((potentials >= 0) & (potentials <= 20)) and np.ptp(potentials) > 5)

    def test_nodes(self):
        simulator = spikewell.Simulator(NODES)
        np.testing.assert_array_equal(simulator.coupling(0), [[0, 0.5], [0.25, 0]])
        simulator.run()
        self.assertEqual(simulator.state("nodes").shape, (2,))
        self.assertGreater(len(simulator.spikes("nodes")[0]), 10)

    def test_evidence(self):
        network = {**NODES, "populations": [{
            **NODES["populations"][0],
            "evidence": {"times_ms": np.array([0.0, 50.0]), "values": np.array([[100.0, -100.0], [-100.0, 100.0]])}}]}
        simulator = spikewell.Simulator(network)
        for sign in (1, -1):  # under evidence this large a neuron rests once in hundreds of refractory periods, at most
            simulator.run(50)
            first, second = simulator.state("nodes")
            self.assertGreater(sign * first, 0.5)
            self.assertLess(sign * second, -0.5)


class Errors(unittest.TestCase):
    def test_each_is_one_line_of_its_kind(self):
        config = small_config()
        config["training"]["evidense"] = 3
        not_a_number = small_config()
        not_a_number["training"]["evidence"] = float("nan")
        model = spikewell.train(small_config(), "rate")
        simulator = spikewell.Simulator(NETWORK)
        for kind, call, message in (
                (spikewell.DescriptionError, lambda: spikewell.train(config), "did you mean \"evidence\""),
                (spikewell.DescriptionError, lambda: spikewell.train(not_a_number), "config"),
                (spikewell.DescriptionError, lambda: spikewell.Simulator({"populations": []}), "must be \"spikewell-network\""),
                (spikewell.ParameterError, lambda: spikewell.train(backend="spikes"), "got spikes"),
                (spikewell.ParameterError, lambda: spikewell.Simulator(NETWORK, threads=-1), "0 .. 4096, got -1"),
                (spikewell.ParameterError, lambda: model.infer(np.zeros(3), 5), "(n, 64), n of 1 or more, got (1, 3)"),
                (spikewell.ParameterError, lambda: model.infer(np.full(64, np.nan), 5), "finite"),
                (spikewell.ParameterError, lambda: model.infer(np.zeros(64), 0), "steps must be 1 .. 1e9, got 0"),
                (spikewell.ParameterError, lambda: model.infer(np.zeros(64), 1, -1.0), "inverse_temperature"),
                (spikewell.ParameterError, lambda: simulator.state("cells"), "dyadic"),
                (spikewell.ParameterError, lambda: simulator.potentials("in"), "LIF"),
                (spikewell.ParameterError, lambda: simulator.coupling(0), "couplings"),
                (spikewell.ParameterError, lambda: simulator.run(-1), "must be"),
                (spikewell.NetworkError, lambda: simulator.spikes("cels"), "did you mean cells?"),
                (spikewell.NetworkError, lambda: simulator.synapses(1), "has 1 projections, no number 1"),
                (spikewell.IoError, lambda: spikewell.load_model("nowhere.json"), "cannot be read"),
                (spikewell.IoError, lambda: spikewell.Simulator("nowhere.json"), "cannot be read"),
                (spikewell.ParameterError, lambda: spikewell.train(3), "(n_images, n_nodes), 1 or more of each, got ()"),
                (TypeError, lambda: spikewell.train({}, seed=3), "seed goes with an array of images"),
                (TypeError, lambda: spikewell.train({"seed": {1}}), "type set")):
            with self.subTest(message), self.assertRaises(kind) as caught:
                call()
            self.assertIn(message, str(caught.exception))
            self.assertNotIn("\n", str(caught.exception))
            self.assertTrue(kind is TypeError or isinstance(caught.exception, spikewell.Error))

    def test_they_say_what_the_program_says(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "network.json")
            with open(path, "w") as file:
                json.dump(dict(NETWORK, duration_ms=-1), file)
            told = subprocess.run([PROGRAM, "validate", path], capture_output=True, text=True).stderr
            with self.assertRaises(spikewell.DescriptionError) as caught:
                spikewell.Simulator(path)
            self.assertEqual(told, f"spikewell: {caught.exception}\n")

    def test_calls_of_another_kind_of_population_or_projection_are_told(self):
        net = spikewell.Network()
        kinds = [net.population("poisson", 3, rate_Hz=5), net.population("gamma", 3, rate_Hz=5, shape=2),
                 net.population("correlated_poisson", 3, rate_Hz=5), net.population("spike_list", 3, spikes=[]),
                 net.population("lif_delta", 3), net.population("adex", 3), net.population("izhikevich", 3),
                 net.population("dyadic_attractor", 3, neurons_per_node=2)]
        cells, nodes = kinds[4], kinds[-1]
        synapses = [net.connect(kinds[0], cells, "all_to_all", weight_mV=0.1, plasticity="pair_stdp"),
                    net.connect(cells, cells, "one_to_one", weight_mV=0.1, delay_ms=1),
                    net.connect(kinds[0], nodes, "one_to_one", weight_field=0.1)]
        net.couple(nodes, nodes, np.zeros((3, 3)), plasticity="predictive_hebbian")
        sim = net.simulate(5).simulator
        of_populations = {"potentials": (), "state": (), "set_evidence": ([0, 0, 0],), "set_state": ([0, 0, 0],),
                          "set_inverse_temperature": (1,), "add_spikes": ([9], [0])}
        allowed = {"potentials": [4, 5, 6], "add_spikes": [3]}
        for call, arguments in of_populations.items():
            for p, kind in enumerate(kinds):
                with self.subTest(call, model=kind.model):
                    if p in allowed.get(call, [7]):
                        getattr(sim, call)(kind.name, *arguments)
                    else:
                        self.assertRaises(spikewell.Error, getattr(sim, call), kind.name, *arguments)
        for projection in synapses:
            with self.subTest(projection.name):
                self.assertRaises(spikewell.Error, sim.coupling, projection.name)
                self.assertRaises(spikewell.Error, sim.set_learning, projection.name, False)  # it crashed
                sim.synapses(projection.name)
        self.assertRaises(spikewell.Error, sim.synapses, "%s-%s" % (nodes.name, nodes.name))
        sim.set_learning("%s-%s" % (nodes.name, nodes.name), False)
        sim.run(5)

    def test_another_thread_is_told_of_a_run(self):
        simulator = spikewell.Simulator(dict(NETWORK, duration_ms=1e9))
        messages = []

        def look():
            while not messages:
                try:
                    simulator.spikes("cells")
                except spikewell.NetworkError as error:
                    messages.append(str(error))
            signal.raise_signal(signal.SIGINT)

        looking = threading.Thread(target=look)
        looking.start()
        with self.assertRaises(KeyboardInterrupt):  # and Ctrl-C ends it
            simulator.run()
        looking.join()
        self.assertEqual(messages, ["Simulator: is running in another thread"])
        self.assertLess(simulator.time_ms, 1e9)

    def test_models_are_told_with_their_parameters(self):
        names = [model["model"] for model in spikewell.models()]
        for name in ("lif_exp", "adex", "pair_stdp", "fixed_indegree", "poisson", "potential"):
            self.assertIn(name, names)
        adex = spikewell.models("adex")
        self.assertEqual(adex["weight_unit"], "nS")
        self.assertIn({"key": "V_T_mV", "unit": "mV", "default": "-50.4", "allowed": "-1e6 .. 1e6",
                       "meaning": "where the exponential takes over"}, adex["parameters"])
        with self.assertRaisesRegex(spikewell.ParameterError, "did you mean adex"):
            spikewell.models("adx")


if __name__ == "__main__":
    unittest.main()
