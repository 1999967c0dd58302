"""Pictures show what they are given: test_plot.py"""
import unittest

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

import spikewell as sw  # noqa: E402
from spikewell import plot  # noqa: E402


class Pictures(unittest.TestCase):
    def tearDown(self):
        plt.close("all")

    def test_of_a_network(self):
        net = sw.Network()
        E = net.population("poisson", 30, name="E", rate_Hz=50)
        I = net.population("lif_exp", 10, name="I")
        V = net.record(I[2:5], "potential", interval_ms=1)
        sim = net.simulate(100)
        ax = plot.raster(sim, [E, I[2:5]])
        t_ms, neurons = sim.spikes(E)
        np.testing.assert_array_equal(ax.lines[0].get_xdata(), t_ms)
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), neurons)
        self.assertGreater(len(sim.spikes(I[2:5])[0]), 0)
        self.assertTrue(np.all((ax.lines[1].get_ydata() >= 30) & (ax.lines[1].get_ydata() < 33)))
        self.assertEqual([label.get_text() for label in ax.get_yticklabels()], ["E", "I[2:5]"])
        within = plot.raster(sim, E, start_ms=20, stop_ms=50).lines[0].get_xdata()
        np.testing.assert_array_equal(within, t_ms[(t_ms >= 20) & (t_ms < 50)])
        ax = plot.rates(sim, [E, I], bin_ms=20)
        np.testing.assert_array_equal(ax.patches[0].get_data().values, sim.rate(E, 20)[1])
        ax = plot.potentials(sim.recorded(V))
        np.testing.assert_array_equal(ax.lines[2].get_ydata(), sim.recorded(V)["V_mV"][:, 2])
        self.assertEqual(ax.get_legend().get_texts()[0].get_text(), "2")

    def test_of_an_attractor_network(self):
        model = sw.train(np.random.default_rng(1).random((3, 16)), backend="rate", training={"presentations": 50})
        ax = plot.coupling(model.coupling)
        np.testing.assert_array_equal(ax.images[0].get_array(), model.coupling)
        self.assertEqual(ax.images[0].get_clim()[0], -np.abs(model.coupling).max())
        inferred = model.infer(model.images[0], 12)
        np.testing.assert_array_equal(plot.states(inferred).images[0].get_array(), inferred.states.T)
        np.testing.assert_array_equal(plot.free_energy(inferred).lines[0].get_ydata(), inferred.free_energy)
        axes = plot.images(model.images, titles=model.labels, columns=2)
        self.assertEqual(axes.shape, (2, 2))
        np.testing.assert_array_equal(axes[1, 0].images[0].get_array(), model.images[2].reshape(4, 4))
        with self.assertRaisesRegex(ValueError, "width must divide the 16 pixels, got 3"):
            plot.images(model.images, width=3)
        mine = plt.subplots()[1]
        self.assertIs(plot.coupling(model.coupling, ax=mine), mine)

    def test_of_a_landscape(self):
        J = np.random.default_rng(4).normal(size=(12, 12))
        J = J + J.T
        np.fill_diagonal(J, 0)
        found = sw.Model(J, backend="rate").landscape(scaling="none", starts=50, free_steps=0)
        self.assertGreater(max(len(point["basins"]) for point in found["points"]), 1)
        ax = plot.landscape(found)
        for k, point in enumerate(found["points"]):
            of_point = [bars[k] for bars in ax.containers]
            heights = [bar.get_height() for bar in of_point if bar.get_height() > 0]
            np.testing.assert_allclose(heights, point["basins"])
            tops = [bar.get_y() + bar.get_height() for bar in of_point[:len(heights)]]
            np.testing.assert_allclose(tops, np.cumsum(point["basins"]))

    def test_of_a_layout(self):
        net = sw.Network(seed=1)
        net.population("lif_exp", 9000, name="E", V_init_mV=sw.uniform(-60, -50))
        layout = net.map("spinn5")
        drawn = plot.chips(layout).collections[0]
        self.assertEqual(len(drawn.get_offsets()), layout.statistics["chips"])
        self.assertGreater(layout.statistics["chips"], 1)
        self.assertEqual(drawn.get_array().sum(), layout.statistics["slices"])


if __name__ == "__main__":
    unittest.main()
