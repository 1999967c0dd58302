#pragma once

#include "core/matrix.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Matrices as PNG images on a diverging, colour-blind safe colour map.
namespace spikewell::report {

struct Rgb {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;
    bool operator==(const Rgb&) const = default;
};

/// What stands for NaN: a grey that is not on the map.
inline constexpr Rgb k_missing_colour{166, 166, 166};

/// The map's supporting colours from lowest to highest, evenly spaced; between them it is linear in
/// sRGB.
[[nodiscard]] const std::vector<Rgb>& diverging_colours();

/// Blue at -limit and below, near white at 0, red at limit and above; `limit` > 0.
[[nodiscard]] Rgb diverging_colour(double value, double limit);

/// "#rrggbb".
[[nodiscard]] std::string hex(const Rgb& colour);

/// The bytes of a PNG file, one pixel an element, row 0 at the top; at least one row and one
/// column.
[[nodiscard]] std::string matrix_png(const Matrix& values, double limit);

/// The whole map from left to right, one pixel high.
[[nodiscard]] std::string colour_bar_png();

[[nodiscard]] std::string base64(std::string_view bytes);

/// "data:image/png;base64,..."
[[nodiscard]] std::string data_uri(std::string_view png);

} // namespace spikewell::report
