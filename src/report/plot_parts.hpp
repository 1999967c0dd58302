#pragma once

#include <nlohmann/json.hpp>

#include <span>
#include <string>

/// What plots are put together from (plots.hpp says what it means).
namespace spikewell::report {

constexpr int k_panel_height = 240; // screen pixels

/// Seven significant digits; null for what is not finite.
[[nodiscard]] nlohmann::json number(double x);
[[nodiscard]] nlohmann::json numbers(std::span<const double> values);

/// A plot of one panel.
[[nodiscard]] nlohmann::json panel_plot(nlohmann::json x,
                                        nlohmann::json y,
                                        nlohmann::json marks,
                                        int height = k_panel_height);

} // namespace spikewell::report
