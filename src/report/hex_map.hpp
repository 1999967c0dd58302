#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace spikewell::report {

/// A chip as a hexagon that touches its six neighbours.
struct HexCell {
    int x = 0;
    int y = 0;
    double value = 0.0;  ///< its colour
    std::string tooltip; ///< a line each for what is told of it
};

/// Half of a link: from a chip's middle to the edge it shares with the next.
struct HexLink {
    int x = 0;
    int y = 0;
    int dx = 0; ///< to the neighbour
    int dy = 0;
    double value = 0.0;
};

struct HexTitles {
    std::string cells;
    std::string links; ///< of the links' colours; not used where there are none
};

/// A map of chips (plots.hpp), (0, 0) at the bottom left, north up; all of a page zoom together.
[[nodiscard]] nlohmann::json hex_map(const std::vector<HexCell>& cells,
                                     const std::vector<HexLink>& links,
                                     const HexTitles& titles);

} // namespace spikewell::report
