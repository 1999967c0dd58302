"""The quick starts run, and are short: test_examples.py"""
import os
import subprocess
import sys
import unittest

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/python")


def told_by(name):
    return subprocess.run([sys.executable, os.path.join(FOLDER, name)], check=True, capture_output=True, text=True).stdout


class QuickStarts(unittest.TestCase):
    def test_each_is_of_15_lines_at_most(self):
        for name in ("balanced_network.py", "on_a_board.py", "own_images.py", "own_matrix.py"):
            with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
                self.assertLessEqual(len(file.readlines()), 15, name)

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
