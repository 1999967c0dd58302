#pragma once

#include "mapping/layout.hpp"

#include <vector>

namespace spikewell::mapping {

/// Traffic over every link in the unit of the nets' weights [n_chips * k_links], index
/// chip * k_links + link: each net's first key is followed through the tables. The layout must be right
/// (check_layout).
[[nodiscard]] std::vector<double> link_traffic(const Layout& layout);

} // namespace spikewell::mapping
