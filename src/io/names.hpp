#pragma once

#include "network/network.hpp"

#include <string>

namespace spikewell::io {

/// Letters, digits, _ and -, at least one: a name that files, groups and scripts can bear.
[[nodiscard]] bool is_word(const std::string& name);

/// Throws NetworkError unless all populations are named with such words, each with its own, and none
/// is dyadic, which `format` cannot hold.
void require_plain_populations(const Network& network, const std::string& format);

} // namespace spikewell::io
