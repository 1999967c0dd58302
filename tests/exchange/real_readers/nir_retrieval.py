"""Has snnTorch retrieve images with a trained network that `spikewell export MODEL --to nir` wrote.

    nir_retrieval.py NIR_CHECKOUT NIRTORCH_CHECKOUT SNNTORCH_CHECKOUT FOLDER

FOLDER holds network.nir and what the network was asked (evidence.csv, targets.csv, expected_states.csv). The network is imported by
snntorch.import_nir, whole, and stepped. Fails where the median of what it adds to noisy images differs by 0.05 or more from Spikewell's.
"""
import os
import sys

sys.path[:0] = sys.argv[1:4]
import nir  # noqa: E402

nir.version = getattr(nir, "version", "checkout")
import numpy as np  # noqa: E402
import torch  # noqa: E402
from snntorch import import_nir  # noqa: E402

SETTLE_STEPS, STEPS = 20, 60
folder = sys.argv[4]


def table(name):
    return np.loadtxt(os.path.join(folder, name), delimiter=",", ndmin=2)


def gained(state, evidence, target):
    return np.corrcoef(state, target)[0, 1] ** 2 - np.corrcoef(evidence, target)[0, 1] ** 2


evidence, targets, expected = table("evidence.csv"), table("targets.csv"), table("expected_states.csv")
n_nodes = evidence.shape[1]
n_neurons = nir.read(os.path.join(folder, "network.nir")).nodes["nodes.lif"].v_threshold.size
network = import_nir.import_from_nir(nir.read(os.path.join(folder, "network.nir")))
torch.manual_seed(1)
states, state = [], None
with torch.no_grad():
    for row in evidence:
        outputs = []
        for _ in range(SETTLE_STEPS + STEPS):
            chance = torch.logit(torch.rand(n_neurons))
            out, state = network(torch.cat([torch.tensor(row, dtype=torch.float32), chance])[None], state)
            outputs.append(out)
        states.append(torch.stack(outputs[SETTLE_STEPS:]).mean(0).numpy().ravel())
noisy = [k for k in range(len(targets)) if not np.allclose(evidence[k], targets[k])]
print("correlation of mean states with Spikewell's, an image each: "
      + " ".join(f"{np.corrcoef(states[k], expected[k])[0, 1]:.3f}" for k in range(len(targets)) if k not in noisy))
theirs, ours = (np.median([gained(of[k], evidence[k], targets[k]) for k in noisy]) for of in (states, expected))
print(f"retrieval, median dR2 of {len(noisy)} noisy images: snnTorch {theirs:.3f}, Spikewell {ours:.3f}")
sys.exit(int(abs(theirs - ours) >= 0.05))
