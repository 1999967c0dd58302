"""Runs an exported network.py and writes the weights of all its synapses at the end: run_pynn_script.py FOLDER WEIGHTS ARGUMENT ...

WEIGHTS (CSV): file (of synapses), pre, post, weight, as PyNN has them. The arguments are network.py's.
"""
import csv
import os
import sys

folder, weights, *sys.argv[1:] = sys.argv[1:]
sys.path.insert(0, os.path.abspath(folder))
import back_ends  # noqa: E402
import network  # noqa: E402

imported, connect = back_ends.imported, network.connect
made = []  # [(file, projection)]
where = []  # the file whose synapses are being made


class Recording:
    """A back end that remembers its projections, and reads them before it ends."""

    def __init__(self, sim):
        self.sim = sim

    def __getattr__(self, name):
        return getattr(self.sim, name)

    def Projection(self, *arguments, **named):
        projection = self.sim.Projection(*arguments, **named)
        made.append((where[-1], projection))
        return projection

    def end(self):
        with open(weights, "w") as file:
            rows = csv.writer(file)
            rows.writerow(["file", "pre", "post", "weight"])
            for name, projection in made:
                rows.writerows([name, int(i), int(j), w] for i, j, w in projection.get(["weight"], format="list"))
        self.sim.end()


def remembered(sim, populations, options, pre, post, file, *rest):
    where.append(file)
    connect(sim, populations, options, pre, post, file, *rest)


back_ends.imported = lambda backend: Recording(imported(backend))
network.connect = remembered
network.main()
