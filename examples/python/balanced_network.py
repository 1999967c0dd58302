"""Brunel's balanced network, 1,000 excitatory and 250 inhibitory neurons, as examples/balanced_network: balanced_network.py"""
import spikewell as sw

net = sw.Network(seed=1)
cells = net.population("lif_delta", 1250, name="cells")
net.input(cells, rate_Hz=2000, weight_mV=1)
net.connect(cells[:1000], cells, "fixed_indegree", indegree=100, weight_mV=1)
net.connect(cells[1000:], cells, "fixed_indegree", indegree=25, weight_mV=-5)
sim = net.simulate(1000, threads=0)  # all cores
t_ms, neurons = sim.spikes(cells)
print(f"spikes: {len(t_ms)}")
