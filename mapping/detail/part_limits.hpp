#pragma once

#include "mapping/detail/regroup.hpp"

#include <string_view>

namespace spikewell::mapping {

/// Limits by the name that the literature gives them.
struct NamedLimits {
    std::string name;
    PartLimits limits;
    std::string source;
};

/// loihi64, loihi84, loihi1024, truenorth.
[[nodiscard]] const std::vector<NamedLimits>& named_limits();
/// Throws ParameterError naming the nearest.
[[nodiscard]] const PartLimits& part_limits(std::string_view name);

} // namespace spikewell::mapping
