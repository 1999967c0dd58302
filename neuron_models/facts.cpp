#include "neuron_models/facts.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace spikewell {

std::string unit_of(std::string_view key) {
    constexpr std::array<std::string_view, 8> k_units{"ms", "mV", "Hz",  "pF",
                                                      "nS", "pA", "rad", "mm"};
    constexpr std::string_view k_per = "_per_";
    if (const std::size_t per = key.rfind(k_per); per != std::string_view::npos)
        return unit_of(key.substr(0, per)).append("/").append(key.substr(per + k_per.size()));
    const std::string_view suffix = key.substr(key.rfind('_') + 1);
    if (suffix == "*") return "weight";
    for (const std::string_view unit : k_units) {
        if (suffix == unit && suffix.size() < key.size()) return std::string(unit);
    }
    return "1";
}

std::string detail::number_text(double value) {
    const double size = std::abs(value);
    if (size == 0.0 || (size >= 0.01 && size < 1e6)) return fmt::format("{:.12g}", value);
    const auto exponent = static_cast<int>(std::floor(std::log10(size)));
    return fmt::format("{:.12g}e{}", value / std::pow(10.0, exponent), exponent); // 1e9, not 1e+09
}

std::string detail::interval_text(const Interval& allowed) {
    return number_text(allowed.low).append(" .. ").append(number_text(allowed.high));
}

} // namespace spikewell
