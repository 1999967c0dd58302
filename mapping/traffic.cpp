#include "mapping/traffic.hpp"

#include <algorithm>

namespace spikewell::mapping {

std::vector<double> link_traffic(const Layout& layout) {
    std::vector<double> traffic(layout.machine.chips.size() * k_links, 0.0);
    std::vector<ChipIndex> chip_of(layout.graph.vertices.size(), k_no_chip);
    for (const Place& place : layout.places)
        chip_of[place.vertex] = place.chip;
    struct Packet {
        ChipIndex chip;
        unsigned arrived_by;
    };
    std::vector<Packet> packets;
    for (std::size_t e = 0; e < layout.graph.nets.size(); ++e) {
        const Net& net = layout.graph.nets[e];
        const std::uint32_t key = layout.keys[e].key;
        packets.assign(1, {chip_of[net.source], k_no_link});
        while (!packets.empty()) {
            const Packet packet = packets.back();
            packets.pop_back();
            const Table& table = layout.tables[packet.chip];
            const auto entry = std::find_if(table.begin(), table.end(), [&](const TableEntry& t) {
                return (key & t.mask) == t.key;
            });
            unsigned links = entry == table.end() ? 0 : entry->route.links();
            if (entry == table.end() && packet.arrived_by != k_no_link)
                links = 1U << packet.arrived_by;
            for (unsigned link = 0; link < k_links; ++link) {
                if (((links >> link) & 1U) == 0) continue;
                traffic[packet.chip * k_links + link] += net.weight;
                packets.push_back({layout.machine.neighbour(packet.chip, link), link});
            }
        }
    }
    return traffic;
}

} // namespace spikewell::mapping
