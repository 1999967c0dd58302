#pragma once

#include "mapping/check.hpp"
#include "mapping/layout.hpp"
#include "report/document.hpp"

namespace spikewell::report {

/// The page of `map`: figures, what the check says, chips by load, table fill and link traffic.
[[nodiscard]] Document mapping_document(const mapping::Layout& layout,
                                        const mapping::LayoutCheck& check);

} // namespace spikewell::report
