"""Attractor networks of arrays are those of the program: test_attractor.py PROGRAM"""
import copy
import json
import os
import pickle
import subprocess
import sys
import unittest

import numpy as np

import spikewell as sw
from support import InFolder

PROGRAM = os.path.abspath(sys.argv.pop(1))
TRAINING = {"presentations": 60}


def images_of(seed=1, n=4):
    return np.random.default_rng(seed).random((n, 16))


def scores(evaluation):
    """What an evaluation says, but for what it was told and how long it took."""
    return {key: value for key, value in evaluation.items()
            if key not in ("config", "evaluate_wall_s", "evaluate_energy")}


def langevin(b):
    return 1 / np.tanh(b) - 1 / b


class SameAsTheProgram(InFolder):
    def test_couplings_learnt_from_an_array_are_those_of_a_table(self):
        images = np.round(images_of(), 6)
        np.savetxt(self.path("images.csv"), images, delimiter=",")
        config = sw.default_config()
        config["seed"] = 5
        config["training"].update(TRAINING)
        config["data"] = {"csv": "images.csv", "label_column": None, "first": 4, "test_rows": [], "preprocess": "zscore"}
        with open(self.path("config.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        for backend in ("rate", "spiking"):
            subprocess.run([PROGRAM, "train", "config.json", "--backend", backend, "--out", f"{backend}.json", "-q"],
                           cwd=self.folder, check=True)
            theirs = sw.load_model(self.path(f"{backend}.json"))
            mine = sw.train(images, backend=backend, training=TRAINING, preprocess="zscore", seed=5)
            self.assertGreater(np.abs(mine.coupling).max(), 0)
            np.testing.assert_array_equal(mine.coupling, theirs.coupling)
            np.testing.assert_array_equal(mine.images, theirs.images)
            np.testing.assert_array_equal(mine.infer(images[0], 30).states, theirs.infer(images[0], 30).states)

    def test_a_matrix_is_a_model_that_the_program_runs(self):
        J = np.random.default_rng(2).normal(0, 0.5, (6, 6))
        np.fill_diagonal(J, 0)
        images = np.random.default_rng(3).normal(0, 1, (2, 6))
        for backend in ("rate", "spiking"):
            alone = sw.Model(J, backend=backend, seed=9)
            self.assertIsNone(alone.images)
            model = sw.Model(J, backend=backend, images=images, seed=9)
            np.testing.assert_array_equal(model.images, images)
            np.testing.assert_array_equal(alone.infer(np.zeros(6), 50).states, copy.copy(model).infer(np.zeros(6), 50).states)
            np.testing.assert_array_equal(model.coupling, J)
            model.save(self.path(f"{backend}.json"))
            subprocess.run([PROGRAM, "dream", f"{backend}.json", "--duration-ms", "500", "--out", f"{backend}-dream.json", "-q"],
                           cwd=self.folder, check=True)
            with open(self.path(f"{backend}-dream.json"), encoding="utf-8") as file:
                dreamt = json.load(file)["states"]
            self.assertEqual(np.shape(dreamt), (50, 6))
            np.testing.assert_array_equal(model.infer(np.zeros(6), 50).states, dreamt)
            again = sw.load_model(self.path(f"{backend}.json"))
            np.testing.assert_array_equal(again.coupling, J)
            self.assertEqual(again.config, model.config)

    def test_test_images_are_those_of_a_table(self):
        images = np.round(images_of(3, 6), 6)
        np.savetxt(self.path("images.csv"), images, delimiter=",")
        config = sw.default_config()
        config["training"].update(TRAINING)
        config["evaluation"].update(trials=5, steps=10)
        config["data"] = {"csv": self.path("images.csv"), "label_column": None, "first": 4, "preprocess": "square-zscore"}
        theirs = sw.train(config, "rate").evaluate()
        model = sw.train(images[:4], backend="rate", training=TRAINING, evaluation={"trials": 5, "steps": 10})
        mine = model.evaluate(test_images=images[4:])
        self.assertEqual(scores(mine), scores(theirs))
        self.assertNotEqual(scores(mine), scores(model.evaluate()))  # without test images


class Inference(unittest.TestCase):
    def test_evidence_over_time_is_shown_step_by_step(self):
        model = sw.train(images_of(), backend="rate", training=TRAINING)
        other = copy.copy(model)
        constant = model.infer(model.images[0], 20)
        shown = other.infer(np.tile(model.images[0], (20, 1)))
        np.testing.assert_array_equal(shown.states, constant.states)
        np.testing.assert_array_equal(constant.mean, constant.states.mean(axis=0))
        np.testing.assert_allclose(shown.free_energy, constant.free_energy)
        strong = np.repeat([[50.0], [-50.0]], 10, axis=0) * np.ones(16)
        for backend in ("rate", "spiking"):
            states = sw.Model(np.zeros((16, 16)), backend=backend).infer(strong).states
            self.assertEqual(states.shape, (20, 16))
            self.assertGreater(states[2:10].mean(), 0.8)
            self.assertLess(states[12:].mean(), -0.8)

    def test_states_begin_where_they_are_told(self):
        J = np.zeros((3, 3))
        for backend in ("rate", "spiking"):
            model = sw.Model(J, backend=backend, spiking={"tau_m_ms": 0})
            inferred = model.infer(np.zeros(3), 1, initial=[0.9, -0.9, 0])
            if backend == "spiking":
                self.assertGreater(inferred.states[0, 0], inferred.states[0, 1])
        with self.assertRaisesRegex(sw.ParameterError, "initial must be -1 .. 1, got 2"):
            model.infer(np.zeros(3), 1, initial=[2, 0, 0])

    def test_spikes_are_those_that_the_states_are_made_of(self):
        model = sw.Model(np.zeros((2, 2)), backend="spiking", spiking={"neurons_per_node": 3, "tau_ref_ms": 10})
        model.infer(np.zeros(2), 7)
        inferred = model.infer(np.array([1.0, -1.0]), duration_ms=500)
        t_ms, neurons = inferred.spikes
        self.assertTrue(np.all((t_ms >= 0) & (t_ms < 500)) and np.all(neurons < 6) and len(t_ms) > 50)
        # Each is a pulse of tau_ref that raises sigma by 2 g; pulses from before reach into the first step, no further.
        expected = np.full((50, 2), 0.125 - 1)
        for t, neuron in zip(t_ms, neurons):
            for step in (int(t // 10), int(t // 10) + 1):
                share = max(0.0, min(t + 10, 10 * step + 10) - max(t, 10 * step)) / 10
                if step < 50:
                    expected[step, neuron // 3] += 2 * 0.5 ** (neuron % 3 + 1) * share
        np.testing.assert_allclose(inferred.states[1:], expected[1:], atol=1e-9)
        rates = sw.Model(np.zeros((2, 2)), backend="rate").infer(np.zeros(2), 5)
        self.assertEqual(len(rates.spikes[0]), 0)

    def test_free_energy_is_that_of_its_equation(self):
        rng = np.random.default_rng(4)
        J = rng.normal(0, 0.4, (5, 5))
        np.fill_diagonal(J, 0)
        b = rng.normal(0, 1, 5)
        inferred = sw.Model(J, backend="rate").infer(b, 8)
        for s, state in enumerate(inferred.states):
            b_q = b + J @ state
            mean = langevin(b_q)
            log_z = lambda x: np.log(2 * np.sinh(x) / x)
            complexity = np.sum((b_q - b) * mean - log_z(b_q) + log_z(b))
            accuracy = b @ mean + mean @ J @ mean
            np.testing.assert_allclose(inferred.complexity[s], complexity, rtol=1e-9)
            np.testing.assert_allclose(inferred.accuracy[s], accuracy, rtol=1e-9)
            np.testing.assert_allclose(inferred.free_energy[s], complexity - accuracy, rtol=1e-9)

    def test_attractors_are_fixed_points(self):
        model = sw.train(images_of(), backend="rate", training={"presentations": 300}, preprocess="zscore")
        states, settled = model.attractors()
        self.assertEqual((states.shape, settled.dtype), ((4, 16), bool))
        for state in states[settled]:
            h = model.coupling @ state
            np.testing.assert_allclose(np.where(np.abs(h) < 1e-6, h / 3, langevin(np.where(h == 0, 1, h))), state, atol=1e-6)
        with self.assertRaisesRegex(sw.NetworkError, "no training images"):
            sw.Model(np.zeros((2, 2))).attractors()


class Learning(unittest.TestCase):
    def test_a_model_goes_on_learning(self):
        for backend in ("rate", "spiking"):
            model = sw.train(images_of(), backend=backend, training=TRAINING)
            first = model.coupling
            kept = first.copy()
            twin = copy.deepcopy(model)
            self.assertIs(model.train(images_of(2)), model)
            self.assertGreater(np.abs(model.coupling - kept).max(), 0)
            np.testing.assert_array_equal(first, kept)  # an array stays what it was
            twin.train(images_of(2))
            np.testing.assert_array_equal(twin.coupling, model.coupling)
            twin.train(images_of(2))
            self.assertGreater(np.abs(model.coupling - twin.coupling).max(), 0)

    def test_couplings_learn_while_it_infers(self):
        for backend in ("rate", "spiking"):
            model = sw.Model(np.zeros((4, 4)), backend=backend, training={"learning_rate": 0.05})
            model.infer(np.array([5.0, 5, -5, -5]), 50)
            self.assertEqual(np.abs(model.coupling).max(), 0)
            model.infer(np.array([5.0, 5, -5, -5]), 50, learning=True)
            self.assertGreater(model.coupling[0, 1], 0)
            self.assertLess(model.coupling[0, 2], 0)

    def test_couplings_can_be_set(self):
        model = sw.Model(np.zeros((2, 2)))
        model.coupling = [[0, 2], [2, 0]]
        np.testing.assert_array_equal(model.coupling, [[0, 2], [2, 0]])
        with self.assertRaises(ValueError):
            model.coupling[0, 1] = 1

    def test_progress_is_told(self):
        told = []
        sw.train(images_of(), backend="rate", training={"presentations": 3000}, progress=told.append)
        self.assertGreater(len(told), 3)
        self.assertEqual(told, sorted(told))
        self.assertLessEqual(told[-1], 1)


class Kept(InFolder):
    def test_copies_go_on_as_the_model_does(self):
        for backend in ("rate", "spiking"):
            model = sw.train(images_of(), labels=[3, 1, 4, 1], backend=backend, training=TRAINING)
            model.infer(model.images[1], 13)
            twins = [copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
            expected = model.infer(model.images[2], 9)
            for twin in twins:
                self.assertEqual(repr(twin), repr(model))
                np.testing.assert_array_equal(twin.labels, [3, 1, 4, 1])
                inferred = twin.infer(twin.images[2], 9)
                np.testing.assert_array_equal(inferred.states, expected.states)
                np.testing.assert_array_equal(inferred.spikes, expected.spikes)

    def test_files_keep_images(self):
        model = sw.train(images_of(), backend="rate", training=TRAINING)
        for name in ("model.json", "model.h5"):
            model.save(self.path(name))
            np.testing.assert_array_equal(sw.load_model(self.path(name)).images, model.images)
            self.assertEqual(scores(sw.load_model(self.path(name)).evaluate()), scores(model.evaluate()))


class Errors(unittest.TestCase):
    def test_each_is_one_line(self):
        model = sw.train(images_of(), backend="rate", training=TRAINING)
        constant = images_of()
        constant[2] = 1
        for kind, call, message in (
                (sw.ParameterError, lambda: sw.train(np.zeros(3)), "(n_images, n_nodes), 1 or more of each, got (3,)"),
                (sw.ParameterError, lambda: sw.train(np.full((2, 3), np.nan)), "finite"),
                (sw.IoError, lambda: sw.train(constant), "image 2 (from 0): image cannot be z-scored"),
                (sw.ParameterError, lambda: sw.train(images_of(), [1, 2]), "labels must be as many as images, 4, got 2"),
                (sw.ParameterError, lambda: sw.train(images_of(), backend="rates"), "got rates"),
                (sw.DescriptionError, lambda: sw.train(images_of(), training={"presentation": 3}), 'did you mean "presentations"'),
                (sw.DescriptionError, lambda: sw.train(images_of(), preprocess="zcore"), "preprocess"),
                (sw.NetworkError, lambda: model.train(np.random.rand(2, 9)), "has 16 nodes, the images 9 pixels"),
                (sw.ParameterError, lambda: model.infer(np.zeros(9), 3), "(n, 16)"),
                (sw.NetworkError, lambda: model.infer(np.zeros(16)), "one of steps and duration_ms"),
                (sw.NetworkError, lambda: model.infer(np.zeros((3, 16)), 3), "a row for each step"),
                (sw.NetworkError, lambda: model.infer(np.zeros(16), duration_ms=10), "the rate form has no time"),
                (sw.ParameterError, lambda: sw.Model([[0, 1, 2]]), "of shape (n_nodes, n_nodes), 1 node or more, got (1, 3)"),
                (sw.ParameterError, lambda: sw.Model(np.eye(2)), "coupling of node 0 to itself must be 0, got 1"),
                (sw.NetworkError, lambda: model.evaluate(test_images=np.random.rand(2, 9)), "9 pixels")):
            with self.subTest(message), self.assertRaises(kind) as caught:
                call()
            self.assertIn(message, str(caught.exception))
            self.assertNotIn("\n", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
