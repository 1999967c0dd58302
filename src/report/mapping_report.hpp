#pragma once

#include "mapping/check.hpp"
#include "mapping/layout.hpp"
#include "report/document.hpp"
#include "report/hex_map.hpp"

#include <functional>

namespace spikewell::report {

/// A map of the machine's chips by a value, with links where there are some; as pixels where chips are
/// too many.
[[nodiscard]] Block chip_map(const mapping::Machine& machine,
                             const std::function<double(mapping::ChipIndex)>& value,
                             const std::vector<HexLink>& links,
                             const HexTitles& titles);

/// The links that carry something; `traffic` by chip * k_links + link.
[[nodiscard]] std::vector<HexLink> busy_links(const mapping::Machine& machine,
                                              const std::vector<double>& traffic);

/// The page of `map`: figures, what the check says, chips by load, table fill and link traffic.
[[nodiscard]] Document mapping_document(const mapping::Layout& layout,
                                        const mapping::LayoutCheck& check);

} // namespace spikewell::report
