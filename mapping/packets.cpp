#include "mapping/packets.hpp"

#include <algorithm>

namespace spikewell::mapping {

namespace {

struct PacketCopy {
    ChipIndex chip;
    unsigned arrived_by;
};

/// Where the chip's router sends it; nowhere: empty.
Route way_on(const Layout& layout, const PacketCopy& copy, std::uint32_t key) {
    const Table& table = layout.tables[copy.chip];
    const auto entry = std::find_if(table.begin(), table.end(),
                                    [&](const TableEntry& e) { return (key & e.mask) == e.key; });
    if (entry != table.end()) return entry->route;
    Route straight;
    if (copy.arrived_by != k_no_link) straight.add_link(copy.arrived_by);
    return straight;
}

void send_on(const Machine& machine,
             const PacketCopy& copy,
             const Route& route,
             PacketPath& path,
             std::vector<PacketCopy>& copies) {
    for (unsigned link = 0; link < k_links; ++link) {
        if (!route.has_link(link)) continue;
        if (!machine.has_link(copy.chip, link)) {
            ++path.lost;
            continue;
        }
        path.links.push_back(copy.chip * k_links + link);
        copies.push_back({machine.neighbour(copy.chip, link), link});
    }
}

} // namespace

PacketPath send_packet(const Layout& layout, ChipIndex chip, std::uint32_t key) {
    PacketPath path;
    std::vector<PacketCopy> copies{{chip, k_no_link}};
    while (!copies.empty()) {
        const PacketCopy copy = copies.back();
        copies.pop_back();
        const Route route = way_on(layout, copy, key);
        if (route.empty()) ++path.lost;
        for (unsigned core = 0; route.has_cores() && core < Route::k_cores; ++core) {
            if (route.has_core(core)) path.cores.push_back({copy.chip, static_cast<int>(core)});
        }
        send_on(layout.machine, copy, route, path, copies);
        // A tree takes each link once at most.
        if (path.links.size() > layout.machine.chips.size() * k_links) {
            path.circles = true;
            return path;
        }
    }
    return path;
}

} // namespace spikewell::mapping
