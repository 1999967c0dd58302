#pragma once

#include "mapping/layout.hpp"

#include <cstdint>
#include <vector>

namespace spikewell::mapping {

/// One core on its chip.
struct CorePlace {
    ChipIndex chip = 0;
    int core = 0;
    auto operator<=>(const CorePlace&) const = default;
};

/// What becomes of a packet: every chip's table is asked as its router would be.
struct PacketPath {
    std::vector<CorePlace> cores;     ///< that it is handed to; one twice where it comes twice
    std::vector<std::uint32_t> links; ///< chip * k_links + link, in the order taken
    std::uint32_t lost = 0; ///< copies that no entry sends on, or that a dead link swallows
    bool circles = false;   ///< it went on for ever: followed no further
    bool operator==(const PacketPath&) const = default;
};

/// The way of a packet with this key that a core of the chip sends.
[[nodiscard]] PacketPath send_packet(const Layout& layout, ChipIndex chip, std::uint32_t key);

} // namespace spikewell::mapping
