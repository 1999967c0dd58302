"""What a model and a network can be asked beyond inference is what the program answers: test_studies.py PROGRAM"""
import importlib.util
import json
import os
import subprocess
import sys
import unittest
import warnings

import numpy as np

import spikewell as sw
from support import InFolder

PROGRAM = os.path.abspath(sys.argv.pop(1))
SHORT = {"training": {"presentations": 500}, "evaluation": {"trials": 4, "steps": 10}}
CAN_MAKE_NEO = importlib.util.find_spec("neo") is not None


def learnt(backend="rate"):
    return sw.train(np.random.default_rng(1).random((4, 16)), backend=backend, seed=5, **SHORT)


def without_clocks(document):
    """A document but for who made it and what that took, in time and energy."""
    if isinstance(document, dict):
        told = {key: value for key, value in document.items() if key != "made_by" and not key.endswith(("wall_s", "_energy"))}
        return {key: without_clocks(value) for key, value in told.items()}
    return [without_clocks(value) for value in document] if isinstance(document, list) else document


class Studies(InFolder):
    def program(self, *command):
        subprocess.run([PROGRAM, *command, "-q"], cwd=self.folder, check=True)

    def said(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return json.load(file)

    def test_dreams_are_the_programs(self):
        for backend in ("rate", "spiking"):
            model = learnt(backend)
            model.infer(np.ones(16), 5)  # the state that it is in has no part in it
            model.save(self.path(f"{backend}.json"))
            self.program("dream", f"{backend}.json", "--duration-ms", "3000", "--out", f"{backend}-dream.json")
            theirs = self.said(f"{backend}-dream.json")
            dream = model.dream(300)
            np.testing.assert_array_equal(dream.states, theirs["states"])
            self.assertEqual(dream.nearest.tolist(), theirs["visited"])
            self.assertEqual(dream.transitions, theirs["transitions"])
            self.assertGreater(dream.transitions, 0)
            self.assertEqual(dream.forward_transitions, theirs["forward_transitions"])
            self.assertEqual(dream.occupancy.tolist(), theirs["occupancy"])
            self.assertEqual(len(dream.attractors), len(theirs["attractors"]))
            # Which attractor is nearest, counted anew.
            nearest = [max(range(len(dream.attractors)), key=lambda a: np.corrcoef(state, dream.attractors[a])[0, 1])
                       for state in dream.states]
            self.assertEqual(dream.nearest.tolist(), nearest)
        np.testing.assert_array_equal(learnt("spiking").dream(duration_ms=3000).states, dream.states)

    def test_comparison_is_the_programs_and_writes_its_page(self):
        images = np.round(np.random.default_rng(1).random((4, 16)), 6)
        np.savetxt(self.path("images.csv"), images, delimiter=",")
        config = sw.default_config()
        config["seed"] = 5
        config["training"].update(SHORT["training"])
        config["evaluation"].update(SHORT["evaluation"])
        config["data"] = {"csv": "images.csv", "label_column": None, "first": 4, "test_rows": [], "preprocess": "zscore"}
        with open(self.path("config.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.program("compare", "config.json", "--out", "compared")
        theirs, mine = without_clocks(self.said("compared/compare.json")), None
        model = sw.train(images, preprocess="zscore", seed=5, **SHORT)
        before = np.array(model.coupling)
        mine = without_clocks(model.compare(report=self.path("report.html")))
        np.testing.assert_array_equal(model.coupling, before)
        del theirs["config"], mine["config"], theirs["files"]  # where images came from, and the folder's files
        self.assertEqual(mine, theirs)
        with open(self.path("report.html"), encoding="utf-8") as page:
            self.assertIn("<html", page.read())
        with self.assertRaisesRegex(sw.IoError, "report.html: "):
            model.compare(report=self.path("report.html"))
        model.compare(report=self.path("report.html"), force=True)

    def test_landscape_is_the_programs(self):
        rng = np.random.default_rng(4)
        J = rng.normal(size=(12, 12))
        J = J + J.T
        np.fill_diagonal(J, 0)
        np.savetxt(self.path("J.csv"), J, delimiter=",")
        self.program("landscape", "J.csv", "--starts", "50", "--free-steps", "200", "--scaling", "none", "--nulls", "permuted",
                     "--surrogates", "5", "--out", "landscape", "--seed", "7")
        theirs = without_clocks(self.said("landscape/landscape.json"))
        found = sw.Model(J, backend="rate", seed=7).landscape(starts=50, free_steps=200, scaling="none", permuted=True,
                                                              surrogates=5)
        at = found["nulls_beta"]
        attractors = [point.pop("attractors") for point in found["points"]]
        self.assertEqual([len(a) for a in attractors], [point["n_attractors"] for point in found["points"]])
        shown = attractors[[point["beta"] for point in found["points"]].index(at)]
        table = np.loadtxt(self.path("landscape/attractors.csv"), delimiter=",", skiprows=1, ndmin=2)
        np.testing.assert_array_equal(shown.T, table[:, 1:])
        del theirs["asymmetry_of_file"], theirs["files"]
        self.assertEqual(without_clocks(found), theirs)

    def test_numbers_out_of_range_are_refused_by_their_names(self):
        model = learnt()
        for ask, wanted in ((lambda: model.dream(0), "dream: steps must be 1 .. 1e9"),
                            (lambda: model.dream(), "dream: one of steps and duration_ms"),
                            (lambda: model.dream(5, inverse_temperature=0), "dream: inverse_temperature"),
                            (lambda: model.landscape(node="step"), "landscape: node must be one of tanh, langevin"),
                            (lambda: model.landscape(scaling="all"), "scaling must be one of none, zscore"),
                            (lambda: model.landscape([-1.0]), "beta"),
                            (lambda: model.landscape(starts=0), "starts"),
                            (lambda: model.export("nirr", self.path("x")), "export: to must be one of pynn, sonata, nir"),
                            (lambda: model.export("nir", self.path("x"), nir_profile="narrow"), "nir_profile must be one of full"),
                            (lambda: sw.Model([[0, 1], [1, 0]]).dream(5), "")):
            with self.subTest(wanted):
                with self.assertRaisesRegex(sw.Error, wanted):
                    ask()
        self.assertEqual(os.listdir(self.folder), [])

    def test_exports_are_the_programs(self):
        net = sw.Network(seed=3)
        E = net.population("lif_delta", 20, name="E", t_ref_ms=0)
        source = net.population("poisson", 5, name="source", rate_Hz=20)
        net.connect(source, E, "all_to_all", weight_mV=2, delay_ms=1)
        net.save(self.path("network.json"))
        model = learnt("spiking")
        model.save(self.path("model.json"))
        for who, name in ((net, "network"), (model, "model")):
            for to in ("sonata", "nir", "pynn") if who is net else ("nir", "pynn", "nestml"):
                with self.subTest(f"{name} to {to}"):
                    self.program("export", f"{name}.json", "--to", to, "--out", f"{name}-{to}")
                    report = who.export(to, self.path(f"{name}-{to}-mine"))
                    theirs = self.said(f"{name}-{to}/export.json")
                    self.assertEqual({key: theirs[key] for key in report}, report)
                    self.assertEqual(sorted(os.listdir(self.path(f"{name}-{to}"))),
                                     sorted(os.listdir(self.path(f"{name}-{to}-mine"))))
        with self.assertRaisesRegex(sw.Error, "network-nir-mine"):
            net.export("nir", self.path("network-nir-mine"))
        net.export("nir", self.path("network-nir-mine"), force=True)

    def test_a_runaway_is_ended_at_the_limit_that_is_set(self):
        net = sw.Network(seed=1)
        E = net.population("lif_delta", 50, name="E", t_ref_ms=0)
        net.input(E, rate_Hz=20000, weight_mV=1)
        sim = net.simulate(0)
        sim.set_rate_limit(1e9)
        sim.run(50)
        sim.set_rate_limit(10)
        with self.assertRaisesRegex(sw.NetworkError, "E.*rate limit"):
            sim.run(50)
        with self.assertRaisesRegex(sw.ParameterError, "rate limit"):
            sim.set_rate_limit(0)

    def test_notebooks_see_tables_and_pictures(self):
        net = sw.Network(seed=1)
        E = net.population("lif_delta", 50, name="a<b".replace("<", "_"), t_ref_ms=0)
        net.input(E, rate_Hz=2000, weight_mV=1)
        net.connect(E, E, "fixed_probability", probability=0.1, weight_mV=0.1, delay_ms=1)
        sim = net.simulate(100)
        n_spikes = len(sim.spikes(E)[0])
        self.assertGreater(n_spikes, 0)
        self.assertIn(f"<td>50</td><td>{n_spikes}</td><td>{n_spikes / 5:.4g}</td>", sim._repr_html_())
        self.assertIn("<td>a_b</td><td>lif_delta</td><td>50</td>", net._repr_html_())
        self.assertIn("spinn5", net.map("spinn5")._repr_html_())
        model = learnt()
        self.assertEqual(model._repr_html_().count("<img "), 5)  # couplings, four images
        self.assertEqual(model.infer(np.zeros(16), 5)._repr_html_().count("<img "), 1)
        self.assertIn("<img ", model.dream(5)._repr_html_())

    def test_pictures_are_png_of_the_matrix(self):
        try:
            from PIL import Image
        except ImportError:
            self.skipTest("PIL is not installed (Debian: python3-pil)")
        import base64
        import io
        from spikewell import _html
        made = _html.picture([[0, 1, 2], [4, 3, 2]], "m")
        self.assertIn("black 0, white 4", made)
        data = base64.b64decode(made.split("base64,")[1].split('"')[0])
        self.assertEqual(np.asarray(Image.open(io.BytesIO(data))).tolist(), [[0, 64, 128], [255, 191, 128]])
        self.assertIn("black 1, white 1", _html.picture([[1.0]], "one"))

    @unittest.skipUnless(CAN_MAKE_NEO, "neo is not installed (Debian: python3-neo)")
    def test_spikes_go_to_neo(self):
        net = sw.Network(seed=1)
        E = net.population("lif_delta", 20, name="E", t_ref_ms=0)
        other = net.population("poisson", 3, name="other", rate_Hz=50)
        net.input(E, rate_Hz=2000, weight_mV=1)
        sim = net.simulate(200)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trains = sim.to_neo().segments[0].spiketrains
            self.assertEqual(len(sim.to_neo(other).segments[0].spiketrains), 3)
        self.assertEqual([(t.annotations["population"], t.annotations["neuron"]) for t in trains],
                         [("E", n) for n in range(20)] + [("other", n) for n in range(3)])
        for population, first in ((E, 0), (other, 20)):
            t_ms, neurons = sim.spikes(population)
            for neuron in range(len(population)):
                np.testing.assert_array_equal(np.asarray(trains[first + neuron].rescale("ms").magnitude), t_ms[neurons == neuron])
        self.assertEqual(float(trains[0].t_stop.rescale("ms")), 200)


if __name__ == "__main__":
    unittest.main()
