#include "neuron_models/ranges.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

namespace spikewell {

void require_within(std::string_view model,
                    std::string_view field,
                    double value,
                    const Interval& allowed) {
    if (allowed.contains(value)) return;
    throw ParameterError(model, field, value, fmt::format("{} .. {}", allowed.low, allowed.high));
}

} // namespace spikewell
