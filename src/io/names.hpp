#pragma once

#include "network/description.hpp"

#include <fmt/format.h>

#include <string>

namespace spikewell::io {

/// `wanted`, or the first of `wanted`-2, `wanted`-3 .. that is_taken(name) denies.
template <class IsTaken>
[[nodiscard]] std::string free_name(const std::string& wanted, const IsTaken& is_taken) {
    std::string name = wanted;
    for (int k = 2; is_taken(name); ++k)
        name = fmt::format("{}-{}", wanted, k);
    return name;
}

/// Throws NetworkError unless all populations are named with such words, each with its own, and none
/// is dyadic, which `format` cannot hold.
void require_plain_populations(const Network& network, const std::string& format);

} // namespace spikewell::io
