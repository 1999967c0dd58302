"""Steps a NIR file as the importers that take a spike as 1 during a step do, by Euler's rule, and counts its spikes.

    nir_euler.py FILE.nir INPUT.csv STEPS [DT_MS]

INPUT.csv: t_ms,population,neuron, of one population. Within a step values go along the edges; round a loop of neurons they come a step
later, as snnTorch's recurrent layers have it. Written from snntorch/import_nir.py and _neurons/{leaky,synaptic,rsynaptic}.py, with h5py
and numpy alone. `step_graph` is for scripts that compare.
"""
import csv
import sys

import h5py
import numpy as np

NEURONS = ("LIF", "CubaLIF", "IF")


def load(path):
    """Nodes by name, each a dict of its fields, and edges."""
    def text(value):
        return value.decode() if isinstance(value, bytes) else value
    with h5py.File(path) as file:
        nodes = {name: {key: text(item[()]) for key, item in group.items() if isinstance(item, h5py.Dataset)}
                 for name, group in file["node/nodes"].items()}
        edges = sorted({(a.decode(), b.decode()) for a, b in file["node/edges"][()]})
    return nodes, edges


def reachable(edges, start):
    found, front = set(), [start]
    while front:
        here = front.pop()
        for a, b in edges:
            if a == here and b not in found:
                found.add(b)
                front.append(b)
    return found


def order_of(nodes, edges):
    """Nodes so that what comes within a step is there, and the edges that carry the step before."""
    reach = {name: reachable(edges, name) for name in nodes}
    late = {(a, b) for a, b in edges if nodes[a]["type"] in NEURONS and a in reach[b] | {b}}
    order, waiting = [], set(nodes)
    while waiting:
        ready = sorted(n for n in waiting if not any(b == n and a in waiting for a, b in set(edges) - late))
        assert ready, "a loop without a neuron"
        order += ready
        waiting -= set(ready)
    return order, late


class Neuron:
    def __init__(self, node, dt):
        self.kind, self.dt, self.p = node["type"], dt, node
        self.v = np.zeros(np.shape(node["v_threshold"]))
        self.current = np.zeros_like(self.v)
        self.reset = node.get("v_reset", np.zeros_like(self.v))

    def __call__(self, x):
        p, dt = self.p, self.dt
        x = np.reshape(x, self.v.shape)
        if self.kind == "IF":
            self.v = self.v + p["r"] * x
        elif self.kind == "LIF":
            self.v = self.v + dt / p["tau"] * (p["v_leak"] - self.v + p["r"] * x)
        else:
            self.current = self.current + dt / p["tau_syn"] * (-self.current + p["w_in"] * x)
            self.v = self.v + dt / p["tau_mem"] * (p["v_leak"] - self.v + p["r"] * self.current)
        spikes = self.v > p["v_threshold"]
        self.v = np.where(spikes, self.reset, self.v)
        return spikes.astype(float)


class Leak:
    def __init__(self, node, dt):
        self.p, self.dt = node, dt
        self.v = np.zeros(np.shape(node["tau"]))

    def __call__(self, x):
        self.v = self.v + self.dt / self.p["tau"] * (self.p["v_leak"] - self.v + self.p["r"] * x)
        return self.v


class Delay:
    """In whole steps."""

    def __init__(self, node, dt):
        self.steps = np.rint(node["delay"] / dt).astype(int)
        self.waiting = np.zeros((self.steps.max() + 1, len(self.steps)))

    def __call__(self, x):
        self.waiting = np.roll(self.waiting, 1, axis=0)
        self.waiting[0] = x
        return self.waiting[self.steps, np.arange(len(self.steps))]


def convolve(p, x):
    """[channels][rows][columns] of a Conv2d, in one group."""
    weight, (sy, sx), (py, px) = p["weight"], p["stride"], p["padding"]
    assert p["groups"] == 1 and tuple(p["dilation"]) == (1, 1)
    x = np.pad(x, ((0, 0), (py, py), (px, px)))
    ky, kx = weight.shape[2:]
    ny, nx = (x.shape[1] - ky) // sy + 1, (x.shape[2] - kx) // sx + 1
    y = np.zeros((weight.shape[0], ny, nx))
    for i in range(ky):
        for j in range(kx):
            y += np.einsum("oc,chw->ohw", weight[:, :, i, j], x[:, i:i + ny * sy:sy, j:j + nx * sx:sx])
    return y + p["bias"][:, None, None]


def pool(p, x):
    (sy, sx), (ky, kx) = p["stride"], p["kernel_size"]
    assert not np.any(p["padding"])
    ny, nx = (x.shape[1] - ky) // sy + 1, (x.shape[2] - kx) // sx + 1
    y = np.zeros((x.shape[0], ny, nx))
    for i in range(ky):
        for j in range(kx):
            y += x[:, i:i + ny * sy:sy, j:j + nx * sx:sx]
    return y / (ky * kx) if p["type"] == "AvgPool2d" else y


def function_of(node, dt):
    kind = node["type"]
    if kind in NEURONS:
        return Neuron(node, dt)
    if kind == "LI":
        return Leak(node, dt)
    if kind == "Delay":
        return Delay(node, dt)
    return {"Linear": lambda x: node["weight"] @ x,
            "Affine": lambda x: node["weight"] @ x + node["bias"],
            "Scale": lambda x: node["scale"] * x,
            "Conv2d": lambda x: convolve(node, x),
            "SumPool2d": lambda x: pool(node, x),
            "AvgPool2d": lambda x: pool(node, x),
            "Flatten": np.ravel,
            "Output": lambda x: x}[kind]


def step_graph(path, given, dt=1e-4):
    """Spikes [steps][neurons] of each node that fires, when the one Input is `given` [steps][shape]."""
    nodes, edges = load(path)
    order, late = order_of(nodes, edges)
    functions = {name: function_of(node, dt) for name, node in nodes.items() if node["type"] != "Input"}
    fired = {name: [] for name in nodes if nodes[name]["type"] in NEURONS}
    values = {name: np.zeros(np.shape(nodes[name]["v_threshold"])) for name in fired}
    for x in given:
        before = dict(values)
        for name in order:
            if nodes[name]["type"] == "Input":
                values[name] = np.reshape(x, tuple(nodes[name]["shape"]))
                continue
            parts = [before[a] if (a, b) in late else values[a] for a, b in edges if b == name]
            values[name] = functions[name](sum(parts[1:], parts[0]))
        for name in fired:
            fired[name].append(np.ravel(values[name]))
    return {name: np.array(spikes) for name, spikes in fired.items()}


def gridded(path, steps, size, dt_ms=0.1):
    """A table of spikes as [steps][neurons]."""
    given = np.zeros((steps, size))
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            given[int(float(row["t_ms"]) / dt_ms + 0.5), int(row["neuron"])] += 1
    return given


if __name__ == "__main__":
    dt_ms = float(sys.argv[4]) if len(sys.argv) > 4 else 0.1
    shapes = [node["shape"] for node in load(sys.argv[1])[0].values() if node["type"] == "Input"]
    table = gridded(sys.argv[2], int(sys.argv[3]), int(np.prod(shapes[0])), dt_ms)
    for name, spikes in step_graph(sys.argv[1], table, dt_ms / 1000).items():
        print(name, int(spikes.sum()), "spikes;", " ".join(f"{t * dt_ms:.6g}" for t in np.argwhere(spikes)[:12, 0]), "..")
