#pragma once

#include "mapping/detail/hypergraph.hpp"
#include "mapping/machine.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace spikewell::mapping {

/// What is free on each chip. Numbers below 0 mean that more was taken than there is.
struct ChipSpace {
    std::vector<std::int64_t> cores; // [n_chips]
    std::vector<std::int64_t> sdram; // [n_chips] bytes
    std::vector<std::int64_t> ends;  // [n_chips] nets that may end there
    std::int64_t most_ends = 0;      ///< of a chip; a unit of more counts as this many

    /// What a unit takes of a chip.
    struct Demand {
        std::int64_t cores = 0;
        std::int64_t sdram = 0;
        std::int64_t ends = 0;
        Demand operator-(const Demand& other) const {
            return {cores - other.cores, sdram - other.sdram, ends - other.ends};
        }
    };
    [[nodiscard]] Demand demand(const Hypergraph& graph, std::uint32_t unit) const {
        return {1, graph.unit_sdram[unit],
                std::min<std::int64_t>(graph.unit_ends[unit], most_ends)};
    }
    [[nodiscard]] bool fits(const Demand& more, ChipIndex chip) const {
        return more.cores <= cores[chip] && more.sdram <= sdram[chip] && more.ends <= ends[chip];
    }
    void take(const Demand& more, ChipIndex chip) {
        cores[chip] -= more.cores;
        sdram[chip] -= more.sdram;
        ends[chip] -= more.ends;
    }
};

/// All of the machine's cores and memory; nets_per_chip as in PlacementOptions.
[[nodiscard]] ChipSpace free_space(const Machine& machine, std::uint32_t nets_per_chip);

/// Throws MappingError when some unit, or all of them, cannot fit: what is missing and by how much.
/// `pieces` is what pieces_text says of the machine.
void require_space(const Hypergraph& graph,
                   const ChipSpace& space,
                   const std::vector<ChipIndex>& chips,
                   const std::string& pieces);

/// Throws MappingError: no order tried lets all units fit; `left_over` of them had no place.
[[noreturn]] void throw_does_not_pack(const Hypergraph& graph,
                                      std::size_t left_over,
                                      const std::string& pieces);

} // namespace spikewell::mapping
