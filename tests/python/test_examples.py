"""The quick starts run, and are short: test_examples.py"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/python")


def told_by(name):
    return subprocess.run([sys.executable, os.path.join(FOLDER, name)], check=True, capture_output=True, text=True).stdout


class QuickStarts(unittest.TestCase):
    def test_each_is_of_15_lines_at_most(self):
        for name in ("balanced_network.py", "on_a_board.py", "own_images.py", "own_matrix.py"):
            with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
                self.assertLessEqual(len(file.readlines()), 15, name)

    def test_the_microcircuit_fires_in_all_layers(self):
        folder = os.path.join(FOLDER, "../microcircuit")
        with open(os.path.join(folder, "README.md"), encoding="utf-8") as file:
            (program,) = re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)
        self.assertLessEqual(len(program.splitlines()), 15)
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run([sys.executable, os.path.join(folder, "microcircuit.py"), "--scale", "0.02", "--k-scale", "0.2",
                            "--record", "--out", os.path.join(scratch, "microcircuit.json")], check=True)
            told = subprocess.run([sys.executable, "-c", program], cwd=scratch, check=True, capture_output=True, text=True)
        rates_Hz = {words[0]: float(words[1]) for words in map(str.split, told.stdout.splitlines())}
        self.assertEqual(list(rates_Hz), ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"])
        for name, rate_Hz in rates_Hz.items():
            self.assertTrue(0.1 < rate_Hz < 30, f"{name}: {rate_Hz} Hz")

    def test_a_hidden_half_is_filled_in(self):
        correlations = [float(line.rsplit(" ", 1)[1]) for line in told_by("own_images.py").splitlines()]
        self.assertEqual(len(correlations), 4)
        self.assertEqual(max(correlations), correlations[2])

    def test_a_matrix_wanders_between_its_patterns(self):
        overlaps = told_by("own_matrix.py").split("[")[1].rstrip("]\n").split()
        self.assertTrue(all(float(overlap) > 0.15 for overlap in overlaps))  # by chance 0.1 or so

    def test_a_board_has_the_same_spikes(self):
        self.assertIn("the same spikes: True", told_by("on_a_board.py"))


if __name__ == "__main__":
    unittest.main()
