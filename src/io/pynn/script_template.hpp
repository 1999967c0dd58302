#pragma once

#include <string>
#include <utility>
#include <vector>

namespace spikewell::io {

/// A text with each @name@ replaced. Every name given must occur; names are letters, digits
/// and _.
[[nodiscard]] std::string filled(std::string text,
                                 const std::vector<std::pair<std::string, std::string>>& values);

} // namespace spikewell::io
