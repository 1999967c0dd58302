#pragma once

#include "core/large_vector.hpp"
#include "network/connector.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

/// Synapses of rules, for whoever expands many of them: in memory that is used again.
namespace spikewell {

struct TargetRange {
    std::size_t first = 0;
    std::size_t count = 0;
};
struct SynapseLists {
    FilledVector<Synapse> synapses;
    FilledVector<Synapse> sorted;    ///< where they are sorted to
    std::vector<std::size_t> places; ///< of keys
};
/// As the other (connector.hpp), to `lists.synapses`.
void expand(const ConnectionRule& rule,
            std::uint64_t seed,
            std::uint32_t projection,
            const TargetRange& targets,
            SynapseLists& lists);

} // namespace spikewell
