#pragma once

#include "mapping/check.hpp"
#include "mapping/layout.hpp"
#include "report/document.hpp"
#include "report/hex_map.hpp"

#include <functional>
#include <string>
#include <vector>

namespace spikewell::report {

/// A quantity of chips: what it is, its unit, and what is told of a chip beside it.
struct ChipQuantity {
    std::string name; ///< "cores in use"
    std::string unit; ///< "" of counts
    std::function<double(mapping::ChipIndex)> value;
    std::string links = {}; ///< name and unit of what links carry, where they are drawn
};
/// A map of the machine's chips by a value, with links where there are some; as cells where chips are
/// too many. `told`: lines of a chip [n_chips].
[[nodiscard]] Plot chip_map(const mapping::Machine& machine,
                            const ChipQuantity& quantity,
                            const std::vector<HexLink>& links,
                            const std::vector<std::string>& told);

/// What runs on each chip: "slices: ..., ..."; a long list is cut. [n_chips]
[[nodiscard]] std::vector<std::string> slices_by_chip(const mapping::Layout& layout);

/// The links that carry something; `traffic` by chip * k_links + link.
[[nodiscard]] std::vector<HexLink> busy_links(const mapping::Machine& machine,
                                              const std::vector<double>& traffic);

/// The page of `map`: figures, what the check says, chips by load, table fill and link traffic.
[[nodiscard]] Document mapping_document(const mapping::Layout& layout,
                                        const mapping::LayoutCheck& check);

} // namespace spikewell::report
