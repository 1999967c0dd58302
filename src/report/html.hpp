#pragma once

#include "report/document.hpp"

#include <string>

namespace spikewell::report {

/// One self-contained HTML page: styles, images and scripts inline; opens offline. Without scripts
/// plots are missing.
[[nodiscard]] std::string to_html(const Document& document);

} // namespace spikewell::report
