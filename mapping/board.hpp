#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spikewell::mapping {

/// What one core may hold and do; 0 where the hardware sets no such limit.
struct CoreLimits {
    int neurons = 256;           ///< most neurons (twins count) of a core
    std::int64_t data_bytes = 0; ///< data memory beside the core (DTCM)
    int ring_buffer_bits = 0;    ///< index bits of the input buffer: neurons, synapse types, delays
    int row_words = 0;           ///< longest synaptic row, in 32-bit words
    double clock_Hz = 0.0;       ///< cycles the core has per second
    std::int64_t synapse_bits =
        0;                      ///< synapse memory inside the core; 0: rows lie in the chip's SDRAM
    int in_axons = 0;           ///< most source neurons a core listens to
    int out_axons = 0;          ///< most (neuron, target core) pairs a core sends to
    int fan_in = 0;             ///< most synapses of one neuron
    int weight_bits = 16;       ///< of a synapse's weight
    bool signed_weight = false; ///< a sign within those bits; otherwise excitation and inhibition
                                ///< are synapses of two types
    double time_step_ms = 1.0;  ///< default; 0: continuous time
    bool operator==(const CoreLimits&) const = default;
};

/// How spikes find their targets.
enum class Routing {
    tables, ///< multicast packets with a source's key, looked up in each chip's table
    axons,  ///< the source core lists its targets; nothing is looked up on the way
};

/// Energy a board needs; 0 where no source gives a number.
struct EnergyCosts {
    double idle_chip_W = 0.0;
    double active_core_W = 0.0;
    double link_bit_pJ = 0.0;     ///< of one bit over one link between chips
    double spike_packet_nJ = 0.0; ///< of one spike packet at its router
};

/// Cycles of a core that computes neurons and looks up rows; not used where it does neither.
struct CycleCosts {
    double step = 0.0;         ///< of a time step, whatever it has to do
    double plastic_step = 0.0; ///< the same of a core with plastic synapses
    double neuron = 0.0;       ///< each time step
    double escape = 0.0;       ///< of a neuron, beside that
    double source = 0.0;       ///< a Poisson source, each time step
    double row = 0.0;          ///< of a packet, found or not
    double synapse = 0.0;      ///< of a row
    double plastic_row = 0.0;
    double plastic_synapse = 0.0;
    double post_spike =
        0.0; ///< of a plastic synapse, each spike of the target since the last visit
};

/// What software comes with a board, which decides the models it runs (mapping/model_support.hpp).
enum class Toolchain : std::size_t { spinnaker1, spinnaker2, loihi2, brainscales2 };
constexpr std::size_t k_n_toolchains = 4;

/// A kind of hardware. Every number of it stands in board.cpp, once, with its source.
struct Board {
    std::string name;
    int cores = 0;                ///< of a chip, monitors included
    int monitors = 0;             ///< cores that the system keeps: 0 .. monitors - 1
    std::int64_t sdram_bytes = 0; ///< of a chip, for users
    int router_entries = 0;       ///< of a chip's table, for users
    Routing routing = Routing::tables;
    double link_packets_per_ms = 0.0; ///< capacity of one link in one direction; 0: not known
    int packet_bits = 0;              ///< of a spike's packet
    double hop_us = 0.0; ///< a packet's time over a link and through a router; 0: not known
    CoreLimits core;
    EnergyCosts energy;
    CycleCosts cycles;
    Toolchain tools = Toolchain::spinnaker1;
    std::string sources; ///< where the numbers come from
};

/// spinnaker1, spinnaker2, loihi2, brainscales2.
[[nodiscard]] const std::vector<Board>& boards();
/// Throws ParameterError naming the nearest board.
[[nodiscard]] const Board& board(std::string_view name);

} // namespace spikewell::mapping
