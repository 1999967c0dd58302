"""Statistics of spike trains against laws, and against the program's: test_analysis.py PROGRAM"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import spikewell as sw
from spikewell import analysis

PROGRAM = os.path.abspath(sys.argv.pop(1))


def trains(model, seconds, n, seed=1, **parameters):
    net = sw.Network(seed=seed)
    source = net.population(model, n, **parameters)
    return net.simulate(1000.0 * seconds).spikes(source)


class Laws(unittest.TestCase):
    """Of random trains; a bound is four standard errors of a mean over neurons, so one comparison in 16,000 fails."""

    def check(self, values, expected):
        values = values[np.isfinite(values)]
        error = values.std() / np.sqrt(len(values))
        self.assertGreater(len(values), 100)
        self.assertLess(abs(values.mean() - expected), 4 * error)

    def test_poisson(self):
        n = 400
        spikes = trains("poisson", 100, n, rate_Hz=20)
        self.check(analysis.rates(*spikes, n, stop_ms=1e5), 20)
        self.check(analysis.cv2(*spikes, n), 1)
        self.check(analysis.fano(*spikes, n, 100, stop_ms=1e5), 1 - 1 / 1000)  # divisor n of 1000 bins
        # The CV of m intervals is below 1 by some 1 / m.
        self.assertLess(abs(np.mean(analysis.cv(*spikes, n)) - 1), 0.01)
        corr = analysis.correlations(*spikes, n, 5, stop_ms=1e5)
        pairs = corr[np.tril_indices(n, -1)]
        self.assertLess(abs(pairs.mean()), 4 / np.sqrt(len(pairs) * 20000))
        np.testing.assert_allclose(np.diag(corr), 1)
        f_Hz, power = analysis.power_spectrum(spikes[0], n, stop_ms=1e5)
        self.assertEqual(f_Hz[1], 1)
        # 199 segments of which neighbours share a half: an sd of 1.1 / sqrt(199) of each, and 490 of them.
        self.assertLess(abs(power[5:495].mean() / (20 / n) - 1), 4 * 1.1 / np.sqrt(199 * 490) * 1.5)

    def test_gamma(self):
        n = 300
        spikes = trains("gamma", 100, n, rate_Hz=20, shape=4)
        self.assertLess(abs(np.mean(analysis.cv(*spikes, n)) - 0.5), 0.005)
        # Counts of long bins have the Fano factor CV^2, but for what bins of 25 intervals add: (1 - CV^4) / 6 / 25 (Cox 1962).
        self.assertLess(abs(np.mean(analysis.fano(*spikes, n, 1250, stop_ms=1e5)) / (1 - 1 / 80) - 0.25), 0.01)

    def test_correlated(self):
        n = 100
        spikes = trains("correlated_poisson", 200, n, rate_Hz=20, correlation=0.3)
        self.assertLess(abs(analysis.mean_correlation(*spikes, n, 5, stop_ms=2e5) - 0.3), 0.01)
        lag_ms, found = analysis.cross_correlogram(spikes[0][spikes[1] == 0], spikes[0][spikes[1] == 1], 5, 0.5)
        self.assertEqual(lag_ms[np.argmax(found)], 0)
        # 0.3 of 4000 spikes are common, 20 Hz x 0.5 ms x 4000 are by chance in each bin.
        self.assertLess(abs(found[10] - 1200 - 40), 4 * np.sqrt(1240))
        self.assertLess(abs(np.delete(found, 10).sum() - 20 * 40), 4 * np.sqrt(800) * 1.3)


class SameAsTheProgram(unittest.TestCase):
    def test_statistics_are_those_of_run_json(self):
        net = sw.Network(seed=4, duration_ms=1000, warm_up_ms=200)
        cells = net.population("lif_delta", 500, name="cells")
        net.input(cells, rate_Hz=2000, weight_mV=1)
        net.connect(cells[:400], cells, "fixed_indegree", indegree=40, weight_mV=1)
        net.connect(cells[400:], cells, "fixed_indegree", indegree=10, weight_mV=-5)
        with tempfile.TemporaryDirectory() as folder:
            net.save(os.path.join(folder, "network.json"))
            subprocess.run([PROGRAM, "simulate", "network.json", "--out", "run", "-q"], cwd=folder, check=True)
            with open(os.path.join(folder, "run/run.json"), encoding="utf-8") as file:
                theirs = json.load(file)["populations"]["cells"]
        spikes = net.simulate().spikes(cells)
        window = {"start_ms": 200, "stop_ms": 1000}
        rate_Hz = analysis.rates(*spikes, 500, **window)
        cv = analysis.cv(*spikes, 500, **window)
        for mine, key in ((rate_Hz.mean(), "rate_Hz"), (rate_Hz.std(), "rate_sd_Hz"), (np.nanmean(cv), "cv_isi"),
                          (np.nanstd(cv), "cv_isi_sd")):
            np.testing.assert_allclose(mine, theirs[key], rtol=1e-12)
        self.assertEqual(np.isfinite(cv).sum(), theirs["cv_neurons"])
        np.testing.assert_allclose(analysis.mean_correlation(*spikes, 500, **window), theirs["correlation"]["mean"], rtol=1e-9)
        t_ms, pop_Hz = analysis.population_rate(spikes[0], 500, 10, stop_ms=1000)
        np.testing.assert_array_equal(t_ms, 10.0 * np.arange(100))
        self.assertAlmostEqual(pop_Hz.mean(), len(spikes[0]) / 500)


class Edges(unittest.TestCase):
    def test_nothing_is_something(self):
        none = (np.zeros(0), np.zeros(0, dtype=int))
        np.testing.assert_array_equal(analysis.rates(*none, 2, stop_ms=100), [0, 0])
        self.assertTrue(np.all(np.isnan(analysis.cv(*none, 2))))
        self.assertTrue(np.all(np.isnan(analysis.cv2(*none, 2))))
        self.assertEqual([len(x) for x in analysis.bursts(*none)], [0, 0, 0, 0])
        self.assertEqual(analysis.counts(*none, 2, 10, stop_ms=30).shape, (2, 3))
        self.assertTrue(np.isnan(analysis.mean_correlation(*none, 2, stop_ms=100)))
        np.testing.assert_array_equal(analysis.cross_correlogram([], [1.0], 2)[1], np.zeros(5))

    def test_what_is_wrong_is_told(self):
        for call, message in ((lambda: analysis.rates([2, 1], [0, 0], 1), "sorted by time"),
                              (lambda: analysis.rates([1], [3], 2), "neurons must be 0 .. 1, got 3 .. 3"),
                              (lambda: analysis.rates([1, 2], [0], 2), "two arrays of one shape"),
                              (lambda: analysis.counts([1], [0], 1, 0), "bin_ms must be > 0, got 0"),
                              (lambda: analysis.power_spectrum([1.0], 1, segment_ms=100, stop_ms=50), "2 .. 50 bins")):
            with self.subTest(message), self.assertRaisesRegex(ValueError, message):
                call()


if __name__ == "__main__":
    unittest.main()
