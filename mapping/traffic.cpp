#include "mapping/traffic.hpp"

#include "mapping/packets.hpp"

namespace spikewell::mapping {

std::vector<double> link_traffic(const Layout& layout) {
    std::vector<double> traffic(layout.machine.chips.size() * k_links, 0.0);
    std::vector<ChipIndex> chip_of(layout.graph.vertices.size(), k_no_chip);
    for (const Place& place : layout.places)
        chip_of[place.vertex] = place.chip;
    for (std::size_t e = 0; e < layout.graph.nets.size(); ++e) {
        const Net& net = layout.graph.nets[e];
        for (const std::uint32_t link :
             send_packet(layout, chip_of[net.source], layout.keys[e].key).links)
            traffic[link] += net.weight;
    }
    return traffic;
}

} // namespace spikewell::mapping
