"""A network cut, placed and routed on a SpiNNaker board, and run through its layout, packet by packet: on_a_board.py"""
import spikewell as sw

net = sw.Network(seed=1)
E = net.population("lif_exp", 800, name="E", V_init_mV=sw.uniform(-60, -50))
I = net.population("lif_exp", 200, name="I", V_init_mV=sw.uniform(-60, -50))
for pre, weight_mV in ((E, 1.62), (I, -9)):
    for post in (E, I):
        net.connect(pre, post, "fixed_probability", probability=0.08, weight_mV=weight_mV, delay_ms=1)
layout = net.map("spinn5")
emulation = layout.emulate(500)
print(f"{layout}; the same spikes: {emulation['identical']}; packets: {emulation['packets']['sent']}")
