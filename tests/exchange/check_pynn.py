"""Runs the exported attractor network on a PyNN back end and holds it against Spikewell: check_pynn.py FOLDER BACKEND

Reads the script's states, not what it prints: with evidence for each training image they correlate with Spikewell's mean states
at r >= 0.9, and retrieval of noisy images is within 0.05 of Spikewell's.
"""
import os
import re
import subprocess
import sys

import numpy as np

folder, backend = os.path.abspath(sys.argv[1]), sys.argv[2]
script = os.path.join(folder, "attractor_network.py")
out = os.path.join(folder, f"states_{backend}.csv")
if os.path.exists(out):
    os.remove(out)
subprocess.run([sys.executable, script, backend, "--out", out], check=True)
states, expected, evidence, targets = (np.loadtxt(os.path.join(folder, name), delimiter=",") for name in (
    out, "expected_states.csv", "evidence.csv", "targets.csv"))
n_clean = int(re.search(r"^N_CLEAN = (\d+)", open(script).read(), re.M)[1])
r = [np.corrcoef(a, b)[0, 1] for a, b in zip(states[:n_clean], expected)]


def retrieval(rows):
    squared = lambda a, b: np.corrcoef(a, b)[0, 1] ** 2
    return np.median([squared(s, t) - squared(e, t) for s, e, t in list(zip(rows, evidence, targets))[n_clean:]])


theirs, ours = retrieval(states), retrieval(expected)
print(f"{backend}: r {min(r):.3f} .. {max(r):.3f} over {len(r)} images; retrieval {theirs:.3f}, Spikewell {ours:.3f}")
sys.exit(0 if len(r) == 10 and len(states) >= 30 and min(r) >= 0.9 and abs(theirs - ours) <= 0.05 else 1)
