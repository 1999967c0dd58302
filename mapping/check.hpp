#pragma once

#include "mapping/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace spikewell::mapping {

/// One thing wrong with a layout.
struct Fault {
    std::string where; ///< e.g. "table of chip (3, 4), entry 17", "vertex v0012"
    std::string what;
    bool operator==(const Fault&) const = default;
};

struct LayoutCheck {
    std::vector<Fault> faults;        ///< the first k_most_faults of them
    std::uint64_t n_faults = 0;       ///< all
    std::uint64_t packets = 0;        ///< sets of keys followed from a source to all ends
    std::uint64_t default_routed = 0; ///< chips that sets of keys passed without an entry
    static constexpr std::size_t k_most_faults = 100;
};

/// Follows every key of every source through the tables and compares where it arrives with where
/// the graph wants it: exactly there, once, over working links, without loops. Also proves that
/// every vertex is placed once, on a core of its own that is there, every neuron is in one slice,
/// keys do not overlap, tables, memory and each core's load are within limits, loads agree with slices
/// and nets, `defaultable` is said of the entries that are so, and statistics are the layout's. It
/// shares no code with the stages that made the layout, only the types that describe it.
[[nodiscard]] LayoutCheck check_layout(const Layout& layout);

} // namespace spikewell::mapping
