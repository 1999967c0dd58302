#pragma once

#include "mapping/layout.hpp"
#include "report/document.hpp"

namespace spikewell::report {

/// Adds to a layout's page what its cores hold of the network, and which boards can run it today.
void add_network_sections(Document& document,
                          const mapping::Layout& layout,
                          const Network& network);

} // namespace spikewell::report
