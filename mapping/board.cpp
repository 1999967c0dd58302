#include "mapping/board.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace spikewell::mapping {

namespace {

Board spinnaker1() {
    Board b;
    b.tools = Toolchain::spinnaker1;
    b.name = "spinnaker1";
    b.cores = 18;
    b.monitors = 1;
    b.sdram_bytes = 123469792; // of 128 MiB
    b.router_entries = 1023;   // of 1024
    // 250 Mbit/s a link, 40 bits a packet: some 6 million packets a second. Not verified: no text of
    // Furber et al. 2014 (doi:10.1109/JPROC.2014.2304638) was at hand.
    b.link_packets_per_ms = 6000.0;
    b.packet_bits = 40;
    // Furber et al. 2013 (doi:10.1109/TC.2012.142), of links and routers that are not busy. Not verified.
    b.hop_us = 0.2;
    b.core = {.neurons = 256,
              .data_bytes = 1 << 16,
              .ring_buffer_bits = 14,
              .row_words = 256,
              .clock_Hz = 200e6,
              .weight_bits = 16,
              .time_step_ms = 1.0};
    // project-rig/pynn_spinnaker, standardmodels/cells.py (IF_curr_exp with its input shaping) and
    // synapses.py; the stochastic threshold: sPyNNaker before 2022-08.
    b.cycles = {.step = 3850.0,
                .plastic_step = 11150.0,
                .neuron = 143.0 + 28.0,
                .escape = 30.0,
                .source = 58.0,
                .row = 539.0,
                .synapse = 15.0,
                .plastic_row = 1369.0,
                .plastic_synapse = 107.0,
                .post_spike = 30.0};
    // SpiNNMachine version_spin1.py, which also has 26.84 W for an idle board as a whole.
    b.energy = {
        .idle_chip_W = 0.35, .active_core_W = 0.034, .link_bit_pJ = 25.0, .spike_packet_nJ = 1.0};
    b.sources =
        "SpiNNMachine version_spin1.py, version_5.py, version_3.py; sPyNNaker "
        "population_vertex.py, "
        "master_pop_table.py; link capacity (doi:10.1109/JPROC.2014.2304638) and time of a hop "
        "(doi:10.1109/TC.2012.142) not verified";
    return b;
}

Board spinnaker2() {
    Board b;
    b.tools = Toolchain::spinnaker2;
    b.name = "spinnaker2";
    b.cores = 153;
    b.monitors = 2;
    b.sdram_bytes = std::int64_t{1} << 30;
    b.router_entries = 16384;
    b.packet_bits = 40;
    // 128 KiB of memory beside a processing element, code included (datasheet 0.03); that half of
    // it is for data, and the limits of rows and ring buffers of spinnaker1, are assumptions, not
    // verified. 40 bits a packet as on spinnaker1, not verified.
    b.core = spinnaker1().core;
    b.core.clock_Hz = 150e6;
    b.cycles = spinnaker1().cycles; // of a core two generations older, not verified
    b.sources =
        "SpiNNMachine version_spin2.py, version_248.py (its author marks them preliminary); "
        "SpiNNaker2 datasheet 0.03; sizes of rows, ring buffers and data memory, and cycles "
        "of neurons and synapses (spinnaker1's) not verified";
    return b;
}

Board loihi2() {
    Board b;
    b.tools = Toolchain::loihi2;
    b.name = "loihi2";
    b.cores = 120;
    b.monitors = 0;
    b.sdram_bytes = 0;
    b.routing = Routing::axons;
    b.core = {.neurons = 4096,
              .clock_Hz = 0.0,
              .synapse_bits = std::int64_t{16384} * 64,
              .in_axons = 4096,
              .out_axons = 4096,
              .weight_bits = 8,
              .signed_weight = true,
              .time_step_ms = 1.0};
    b.sources =
        "lava subcompilers/constants.py; lava-optimization estimator; axon counts are of Loihi 1 "
        "(nengo-loihi block.py), not verified for Loihi 2";
    return b;
}

Board brainscales2() {
    Board b;
    b.tools = Toolchain::brainscales2;
    b.name = "brainscales2";
    b.cores = 2; // halves of the chip: 256 columns with a synapse array of 256 rows each
    b.monitors = 0;
    b.sdram_bytes = 0;
    b.routing = Routing::axons;
    b.core = {.neurons = 256,
              .synapse_bits = std::int64_t{256} * 256 * 6,
              .in_axons = 256,
              .fan_in = 256,
              .weight_bits = 6,
              .signed_weight = false,
              .time_step_ms = 0.0};
    b.sources = "halco hicann-dls/vx; grenade routing constraints";
    return b;
}

} // namespace

const std::vector<Board>& boards() {
    static const std::vector<Board> all{spinnaker1(), spinnaker2(), loihi2(), brainscales2()};
    return all;
}

const Board& board(std::string_view name) {
    std::vector<std::string> names;
    for (const Board& b : boards()) {
        if (b.name == name) return b;
        names.push_back(b.name);
    }
    std::string allowed = "one of";
    for (const std::string& known : names)
        allowed += " " + known;
    throw ParameterError("machine", "board", name, allowed);
}

} // namespace spikewell::mapping
