"""Steps a NIR file with snnTorch's own neurons, as its importer makes them, and compares spikes with a run of Spikewell's.

    nir_snntorch.py NIR_CHECKOUT NIRTORCH_CHECKOUT SNNTORCH_CHECKOUT FILE.nir INPUT.csv STEPS [SPIKES.csv]

INPUT.csv: spikes for the one Input (`t_ms,population,neuron`); SPIKES.csv: what `spikewell simulate` wrote. Modules are those of
snntorch.import_nir, one a node; nodes are taken in the order of nir_euler.py, since NIRTorch's executor does not build all graphs with
loops (whether it builds this one is said). Fails where a population's number of spikes differs by more than 2 % and more than 5.
"""
import csv
import signal
import sys

sys.path[:0] = sys.argv[1:4]
import nir  # noqa: E402

nir.version = getattr(nir, "version", "checkout")
import numpy as np  # noqa: E402
import torch  # noqa: E402
from snntorch import import_nir  # noqa: E402

from nir_euler import NEURONS, gridded, order_of  # noqa: E402

path, table, steps = sys.argv[4], sys.argv[5], int(sys.argv[6])
graph = nir.read(path)

class TooLong(Exception):
    """NIRTorch looks for inputs of some graphs for ever."""


def too_long(signal_number, frame):
    raise TooLong("takes more than 20 s")


signal.signal(signal.SIGALRM, too_long)
signal.alarm(20)
try:
    import_nir.import_from_nir(nir.read(path))
    print("import_from_nir: builds the whole")
except Exception as error:  # whatever it may raise
    print(f"import_from_nir: {type(error).__name__}: {error}")
signal.alarm(0)
nodes = {name: {"type": type(node).__name__} for name, node in graph.nodes.items()}
edges = sorted(set(map(tuple, graph.edges)))
order, late = order_of(nodes, edges)
modules = {name: import_nir._nir_to_snntorch_module(node, init_hidden=True) for name, node in graph.nodes.items()}
sizes = {name: int(np.prod(list(node.output_type.values())[0])) for name, node in graph.nodes.items()}
(entry,) = [name for name in nodes if nodes[name]["type"] == "Input"]
given = torch.tensor(gridded(table, steps, sizes[entry]), dtype=torch.float32)
values = {name: torch.zeros(1, size) for name, size in sizes.items()}
counts = {name: 0 for name in nodes if nodes[name]["type"] in NEURONS}
with torch.no_grad():
    for x in given:
        before = dict(values)
        for name in order:
            if name == entry:
                values[name] = x[None]
                continue
            parts = [before[a] if (a, b) in late else values[a] for a, b in edges if b == name]
            whole = sum(parts[1:], parts[0])
            values[name] = modules[name](whole) if modules[name] is not None else whole
        for name in counts:
            counts[name] += int(values[name].sum())

ours = {}
if len(sys.argv) > 7:
    with open(sys.argv[7], newline="") as file:
        for row in csv.DictReader(file):
            ours[row["population"]] = ours.get(row["population"], 0) + 1
failures = 0
for name, count in counts.items():
    if not ours:
        print(f"{name}: {count} spikes")
        continue
    got = ours.get(name.removesuffix(".lif"), 0)
    differs = abs(got - count) > max(5, 0.02 * count)
    failures += differs
    print(f"{name}: {count} spikes of snnTorch's, {got} of Spikewell's{'  <- differs' if differs else ''}")
sys.exit(failures > 0)
