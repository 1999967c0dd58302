"""Where the bump of a ring attractor is, from the spikes.csv of a run: python3 bump.py RESULTS [SIZE]"""

import cmath
import csv
import math
import sys

BIN_MS = 250.0

size = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
with open(sys.argv[1] + "/spikes.csv") as file:
    spikes = [(float(row["t_ms"]), int(row["neuron"])) for row in csv.DictReader(file) if row["population"] == "ring"]

print("from_ms  rate_Hz  centre_deg  length")  # of the mean of exp(i angle) over spikes: 0 spread evenly, 1 all at one place
for k in range(math.ceil(max(t for t, _ in spikes) / BIN_MS)):
    of_bin = [cmath.exp(2j * math.pi * (i + 0.5) / size) for t, i in spikes if k * BIN_MS <= t < (k + 1) * BIN_MS]
    mean = sum(of_bin) / max(len(of_bin), 1)
    centre_deg = math.degrees(cmath.phase(mean)) % 360.0
    print(f"{k * BIN_MS:7.0f}  {1000.0 * len(of_bin) / BIN_MS / size:7.2f}  {centre_deg:10.1f}  {abs(mean):6.2f}")
