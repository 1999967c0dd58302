#include "neuron_models/fields.hpp"

#include <fmt/format.h>

namespace spikewell {

std::string above_field(std::string_view key, double value) {
    return fmt::format("> {} = {}", key, value);
}

std::string with_unit(std::string_view text, std::string_view weight_unit) {
    std::string result(text);
    for (std::size_t at = result.find("_*"); at != std::string::npos; at = result.find("_*", at))
        result.replace(at + 1, 1, weight_unit);
    return result;
}

void detail::FieldCheck::within(std::string_view key,
                                double value,
                                const Interval& allowed,
                                bool or_zero) const {
    if (or_zero && value == 0.0) return;
    if (or_zero && !allowed.contains(value))
        throw ParameterError(name, with_unit(key, weight_unit), value,
                             fmt::format("0, or {} .. {}", allowed.low, allowed.high));
    require_within(name, with_unit(key, weight_unit), value, allowed);
}

} // namespace spikewell
