#include "mapping/detail/distances.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>

#include <algorithm>

namespace spikewell::mapping {

namespace {

using LinkGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;

/// Chips and working links. Links work in both directions or in neither.
LinkGraph link_graph(const Machine& machine) {
    LinkGraph graph(machine.chips.size());
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        for (unsigned link = 0; link < k_links / 2; ++link) {
            if (machine.has_link(chip, link))
                boost::add_edge(chip, machine.neighbour(chip, link), graph);
        }
    }
    return graph;
}

/// Place of (x, y) along a Hilbert curve through a square of side 2^bits.
std::uint64_t hilbert_index(unsigned bits, std::uint32_t x, std::uint32_t y) {
    std::uint64_t index = 0;
    for (std::uint32_t s = 1U << (bits - 1); s > 0; s /= 2) {
        const std::uint32_t rx = (x & s) != 0 ? 1 : 0;
        const std::uint32_t ry = (y & s) != 0 ? 1 : 0;
        index += static_cast<std::uint64_t>(s) * s * ((3 * rx) ^ ry);
        if (ry == 0 && rx == 1) {
            x = (1U << bits) - 1 - x;
            y = (1U << bits) - 1 - y;
        }
        if (ry == 0) std::swap(x, y);
    }
    return index;
}

} // namespace

Distances::Distances(const Machine& machine) {
    const auto n = static_cast<std::uint32_t>(machine.chips.size());
    row_.resize(n);
    column_.resize(n);
    if (n <= k_exact_chips) {
        const LinkGraph graph = link_graph(machine);
        table_.assign(std::size_t{n} * n, k_unreachable);
        for (std::uint32_t from = 0; from < n; ++from) {
            row_[from] = from * n;
            column_[from] = from;
            std::uint16_t* row = &table_[row_[from]];
            row[from] = 0;
            boost::breadth_first_search(graph, from,
                                        boost::visitor(boost::make_bfs_visitor(
                                            boost::record_distances(row, boost::on_tree_edge{}))));
        }
        return;
    }
    const auto width = static_cast<std::uint32_t>(machine.width);
    const auto height = static_cast<std::uint32_t>(machine.height);
    table_.resize(std::size_t{4} * width * height);
    for (int dx = 1 - machine.width; dx < machine.width; ++dx) {
        for (int dy = 1 - machine.height; dy < machine.height; ++dy) {
            const ChipCoord from{std::max(0, -dx), std::max(0, -dy)};
            const ChipCoord to{from.x + dx, from.y + dy};
            const int row = dx + machine.width;
            const int column = dy + machine.height;
            table_[static_cast<std::size_t>(row) * 2 * height + static_cast<std::size_t>(column)] =
                static_cast<std::uint16_t>(grid_distance(machine, from, to));
        }
    }
    for (ChipIndex chip = 0; chip < n; ++chip) {
        const auto x = static_cast<std::uint32_t>(machine.coord(chip).x);
        const auto y = static_cast<std::uint32_t>(machine.coord(chip).y);
        row_[chip] = (width - x) * 2 * height + height - y;
        column_[chip] = x * 2 * height + y;
    }
}

unsigned spanning_length(std::span<ChipIndex> chips,
                         const Distances& distances,
                         std::vector<std::uint16_t>& nearest) {
    const std::size_t n = chips.size();
    if (n < 2) return 0;
    if (n == 2) return distances(chips[0], chips[1]);
    nearest.resize(n);
    unsigned length = 0;
    ChipIndex last = chips[n - 1];
    const Distances::From first = distances.from(last);
    for (std::size_t i = 0; i + 1 < n; ++i)
        nearest[i] = first.to(chips[i]);
    for (std::size_t left = n - 1; left > 0; --left) {
        std::size_t best = 0;
        for (std::size_t i = 1; i < left; ++i)
            best = nearest[i] < nearest[best] ? i : best;
        length += nearest[best];
        last = chips[best];
        chips[best] = chips[left - 1];
        nearest[best] = nearest[left - 1];
        const Distances::From from = distances.from(last);
        for (std::size_t i = 0; i + 1 < left; ++i)
            nearest[i] = std::min(nearest[i], from.to(chips[i]));
    }
    return length;
}

std::vector<ChipIndex> chips_along_curve(const Machine& machine) {
    const auto pieces = pieces_of(machine);
    if (pieces.empty()) return {};
    unsigned bits = 1;
    while ((1 << bits) < std::max(machine.width, machine.height))
        ++bits;
    std::vector<std::pair<std::uint64_t, ChipIndex>> keyed;
    for (const ChipIndex chip : pieces.front()) {
        const ChipCoord at = machine.coord(chip);
        keyed.emplace_back(
            hilbert_index(bits, static_cast<std::uint32_t>(at.x), static_cast<std::uint32_t>(at.y)),
            chip);
    }
    std::sort(keyed.begin(), keyed.end());
    std::vector<ChipIndex> chips;
    chips.reserve(keyed.size());
    for (const auto& [index, chip] : keyed)
        chips.push_back(chip);
    return chips;
}

} // namespace spikewell::mapping
