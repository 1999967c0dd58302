#pragma once

#include "mapping/layout.hpp"
#include "mapping/packets.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace spikewell::mapping::detail {

/// Where the slices of a layout are. Cores are named by the index of their slice.
struct LayoutCores {
    explicit LayoutCores(const Layout& layout);

    /// The core with this vertex, or on this place, if any.
    [[nodiscard]] std::optional<std::uint32_t> of(VertexIndex vertex) const;
    [[nodiscard]] std::optional<std::uint32_t> of(const CorePlace& place) const;

    struct Core {
        ChipIndex chip = k_no_chip;
        std::optional<std::uint32_t> key; ///< of its first neuron; none where nobody hears it
    };
    std::vector<Core> cores;  // [slices]
    std::size_t n_places = 0; ///< on which they are, each once

  private:
    std::map<VertexIndex, std::uint32_t> of_vertex_;
    std::map<CorePlace, std::uint32_t> at_;
};

} // namespace spikewell::mapping::detail
