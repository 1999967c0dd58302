"""What nest_microcircuit.py asks of NEST, and what it makes of figures, without NEST."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import types
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import nest_microcircuit as peers  # noqa: E402

NETWORK = {
    "populations": [
        {"name": "E", "size": 3, "tau_m_ms": 10, "tau_syn_exc_ms": 0.5, "tau_syn_inh_ms": 0.5, "t_ref_ms": 2, "E_L_mV": -65,
         "V_reset_mV": -65, "V_th_mV": -50, "drive_mV": 4, "V_init_mV": {"mean": -60, "sd": 5, "high": -50.1},
         "inputs": [{"rate_Hz": 800, "weight_mV": 3.512}]},
        {"name": "I", "size": 2, "tau_m_ms": 20, "tau_syn_exc_ms": 0.5, "tau_syn_inh_ms": 0.5, "t_ref_ms": 2, "E_L_mV": -65,
         "V_reset_mV": -65, "V_th_mV": -50, "drive_mV": 0, "V_init_mV": {"mean": -60, "sd": 5}}],
    "projections": [
        {"pre": "I", "post": "E", "connector": "fixed_total_number", "total": 7,
         "weight_mV": {"distribution": "normal", "mean": -4, "sd": 0.4, "high": 0},
         "delay_ms": {"distribution": "normal", "mean": 0.75, "sd": 0.375, "low": 0.1}}]}


class Nodes:
    def __init__(self, model, n, params):
        self.model, self.n, self.params, self.V_m = model, n, params, None


class FakeNest:
    """Keeps what it is asked for."""
    resolution = 0.1
    random = types.SimpleNamespace(normal=lambda mean, std: ("normal", mean, std))
    math = types.SimpleNamespace(redraw=lambda of, min, max: (of, min, max))

    def __init__(self):
        self.made, self.connected = [], []

    def GetDefaults(self, model):
        return {"C_m": 250.0}

    def Create(self, model, n=1, params=None):
        self.made.append(Nodes(model, n, params))
        return self.made[-1]

    def Connect(self, pre, post, rule, synapse):
        self.connected.append((pre, post, rule, synapse))


class Asked(unittest.TestCase):
    def test_nest_gets_the_network_of_the_file(self):
        nest = FakeNest()
        populations = peers.build(nest, NETWORK)
        E, I = populations["E"], populations["I"]
        self.assertEqual((E.model, E.n, I.n), ("iaf_psc_exp", 3, 2))
        self.assertEqual(E.params["I_e"], 100)  # 4 mV over 10 ms / 250 pF
        self.assertEqual((E.params["V_th"], E.params["t_ref"], E.params["tau_syn_in"]), (-50, 2, 0.5))
        self.assertEqual(E.V_m, (("normal", -60, 5), -float("inf"), -50.1))
        (source, onto, rule, synapse), (pre, post, among, drawn) = nest.connected
        self.assertEqual((source.model, source.params, onto, rule), ("poisson_generator", {"rate": 800}, E, "all_to_all"))
        self.assertAlmostEqual(synapse["weight"], 87.8)
        self.assertEqual((pre, post, among), (I, E, {"rule": "fixed_total_number", "N": 7}))
        self.assertEqual(drawn["weight"], (("normal", -100, 10), -float("inf"), 0))
        self.assertEqual(drawn["delay"], (("normal", 0.75, 0.375), 0.1, float("inf")))

    def test_where_there_is_no_nest_one_line_says_so(self):
        def said(python):
            with self.assertRaises(SystemExit) as stopped:
                peers.require_nest(types.SimpleNamespace(nest_python=python))
            return stopped.exception.code
        self.assertRegex(said("/no/python"), "^nest_microcircuit.py: --nest-python: /no/python: No such file")
        with tempfile.TemporaryDirectory() as folder:
            bare = pathlib.Path(folder) / "bare"
            bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E "$@"\n')
            bare.chmod(0o755)
            line = said(str(bare))
        self.assertRegex(line, "has no NEST .*No module named 'nest'.*; tests/benchmark/README.md says how to build it$")
        self.assertNotIn("\n", line)


class Figures(unittest.TestCase):
    def test_figures_are_over_model_time_and_synapses(self):
        run = {"cpu_s": 3.0, "wall_s": 4.0, "build_s": 0.5, "peak_rss_mib": 12.0}
        self.assertEqual(peers.figures(run, 2000.0, 5_000_000),
                         {"cpu_s": 1.5, "q": 2.0, "build_ns": 100.0, "peak_rss_mib": 12.0})

    def test_pairs_take_turns_and_ratios_are_of_medians(self):
        order = []

        def side(name, factor):
            def run(options, folder, seed, duration_ms, rates_ms):
                order.append((name, seed, rates_ms))
                value = factor * (10.0 if seed == 5 else 1.0 + seed)
                return {"cpu_s": value, "q": value, "build_ns": value, "peak_rss_mib": value}, {"E": factor} if rates_ms else {}
            return run

        theirs, ours = peers.run_nest, peers.run_spikewell
        peers.run_nest, peers.run_spikewell = side("NEST", 3.0), side("Spikewell", 1.0)
        try:
            options = types.SimpleNamespace(repeat=3, seed=5, rates_ms=100.0, duration_ms=10.0)
            with contextlib.redirect_stdout(io.StringIO()):
                runs, rates = peers.compare(options)
        finally:
            peers.run_nest, peers.run_spikewell = theirs, ours
        self.assertEqual(order, [("NEST", 5, 100.0), ("Spikewell", 5, 100.0), ("Spikewell", 6, 0.0), ("NEST", 6, 0.0),
                                 ("NEST", 7, 0.0), ("Spikewell", 7, 0.0)])
        medians = peers.medians_of(runs)
        self.assertEqual((medians["NEST"]["q"], medians["Spikewell"]["q"]), (24.0, 8.0))
        table = peers.table("NEST 3", medians, rates).splitlines()
        self.assertEqual(table[1].split()[-3:], ["24.000", "8.000", "3.00"])
        self.assertEqual(table[-1].split(), ["rate", "of", "E,", "Hz", "3.000", "1.000", "3.000"])

    def test_spikes_are_written_in_time_order(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "spikes.csv"
            peers.write_spikes({"E": ([2.5, 0.1], [7, 3]), "I": ([], [])}, path)
            self.assertEqual(path.read_text(), "population,time_ms,neuron\nE,0.1,3\nE,2.5,7\n")

    def test_synapses_are_those_of_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "network.json"
            path.write_text(json.dumps(NETWORK))
            self.assertEqual(peers.synapses_of(path), 7)


if __name__ == "__main__":
    unittest.main()
