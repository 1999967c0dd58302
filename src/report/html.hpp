#pragma once

#include "report/document.hpp"

#include <string>

namespace spikewell::report {

/// One self-contained HTML page: styles, images and (where built in) the plotting library inline;
/// opens offline.
[[nodiscard]] std::string to_html(const Document& document);

/// Whether the plotting library (vega, vega-lite, vega-embed) was built in.
[[nodiscard]] bool has_plots();

} // namespace spikewell::report
