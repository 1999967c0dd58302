#include "mapping/packets.hpp"

#include <algorithm>

namespace spikewell::mapping {

PacketPath send_packet(const Layout& layout, ChipIndex chip, std::uint32_t key) {
    const Machine& machine = layout.machine;
    struct Copy {
        ChipIndex chip;
        unsigned arrived_by;
    };
    PacketPath path;
    std::vector<Copy> copies{{chip, k_no_link}};
    while (!copies.empty()) {
        const Copy copy = copies.back();
        copies.pop_back();
        const Table& table = layout.tables[copy.chip];
        const auto entry = std::find_if(table.begin(), table.end(), [&](const TableEntry& e) {
            return (key & e.mask) == e.key;
        });
        Route route;
        if (entry != table.end())
            route = entry->route;
        else if (copy.arrived_by != k_no_link)
            route.add_link(copy.arrived_by);
        if (route.empty()) ++path.lost;
        for (unsigned core = 0; route.has_cores() && core < Route::k_cores; ++core) {
            if (route.has_core(core)) path.cores.push_back({copy.chip, static_cast<int>(core)});
        }
        for (unsigned link = 0; link < k_links; ++link) {
            if (!route.has_link(link)) continue;
            if (!machine.has_link(copy.chip, link)) {
                ++path.lost;
                continue;
            }
            path.links.push_back(copy.chip * k_links + link);
            copies.push_back({machine.neighbour(copy.chip, link), link});
        }
        // A tree takes each link once at most.
        if (path.links.size() > machine.chips.size() * k_links) {
            path.circles = true;
            return path;
        }
    }
    return path;
}

} // namespace spikewell::mapping
