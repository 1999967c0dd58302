"""A matrix of couplings as an attractor network, and how it wanders without evidence: own_matrix.py"""
import numpy as np
import spikewell as sw

patterns = np.sign(np.random.default_rng(3).normal(size=(2, 40)))
J = 4.0 * patterns.T @ patterns / 40  # any matrix [n_nodes, n_nodes]
np.fill_diagonal(J, 0)
model = sw.Model(J, backend="spiking", seed=1)
states = model.infer(np.zeros(40), steps=2000).states
overlap = states @ patterns.T / 40
print("mean size of the overlap with each pattern:", np.round(np.abs(overlap).mean(axis=0), 2))
