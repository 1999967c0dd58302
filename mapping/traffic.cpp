#include "mapping/traffic.hpp"

#include <algorithm>

namespace spikewell::mapping {

namespace {

struct PassingPacket {
    ChipIndex chip;
    unsigned arrived_by;
};

/// Links that a packet leaves by, as bits.
unsigned links_on(const Layout& layout, const PassingPacket& packet, std::uint32_t key) {
    const Table& table = layout.tables[packet.chip];
    const auto entry = std::find_if(table.begin(), table.end(),
                                    [&](const TableEntry& t) { return (key & t.mask) == t.key; });
    if (entry != table.end()) return entry->route.links();
    return packet.arrived_by != k_no_link ? 1U << packet.arrived_by : 0U;
}

/// Adds what packets with this key, `weight` of them, bring to links.
void add_traffic(const Layout& layout,
                 ChipIndex source,
                 std::uint32_t key,
                 double weight,
                 std::vector<double>& traffic) {
    std::vector<PassingPacket> packets{{source, k_no_link}};
    while (!packets.empty()) {
        const PassingPacket packet = packets.back();
        packets.pop_back();
        const unsigned links = links_on(layout, packet, key);
        for (unsigned link = 0; link < k_links; ++link) {
            if (((links >> link) & 1U) == 0) continue;
            traffic[packet.chip * k_links + link] += weight;
            packets.push_back({layout.machine.neighbour(packet.chip, link), link});
        }
    }
}

} // namespace

std::vector<double> link_traffic(const Layout& layout) {
    std::vector<double> traffic(layout.machine.chips.size() * k_links, 0.0);
    std::vector<ChipIndex> chip_of(layout.graph.vertices.size(), k_no_chip);
    for (const Place& place : layout.places)
        chip_of[place.vertex] = place.chip;
    for (std::size_t e = 0; e < layout.graph.nets.size(); ++e) {
        const Net& net = layout.graph.nets[e];
        add_traffic(layout, chip_of[net.source], layout.keys[e].key, net.weight, traffic);
    }
    return traffic;
}

} // namespace spikewell::mapping
