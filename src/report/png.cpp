#include "report/png.hpp"

#include "core/error.hpp"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace spikewell::report {

namespace {

std::uint8_t between(std::uint8_t low, std::uint8_t high, double part) {
    return static_cast<std::uint8_t>(std::lround(low + part * (high - low)));
}

/// `rgb`: three bytes a pixel, row after row.
std::string encode(const std::vector<std::uint8_t>& rgb, std::size_t width, std::size_t height) {
    constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
    if (width > most || height > most) {
        throw Error(fmt::format("png: image too large, got {} x {}", width, height));
    }
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = PNG_FORMAT_RGB;

    // Asked without a buffer, libpng answers with the size it needs.
    png_alloc_size_t size = 0;
    std::string bytes;
    bool done = png_image_write_to_memory(&image, nullptr, &size, 0, rgb.data(), 0, nullptr) != 0;
    if (done) {
        bytes.resize(size);
        done =
            png_image_write_to_memory(&image, bytes.data(), &size, 0, rgb.data(), 0, nullptr) != 0;
    }
    if (!done) {
        throw Error(fmt::format("png: {}", image.message));
    }
    bytes.resize(size);
    return bytes;
}

} // namespace

const std::vector<Rgb>& diverging_colours() {
    // RdBu of 11 classes, reversed: C. A. Brewer, ColorBrewer 2.0, where it is listed as
    // colour-blind safe.
    static const std::vector<Rgb> colours = {
        {5, 48, 97},     {33, 102, 172},  {67, 147, 195},  {146, 197, 222},
        {209, 229, 240}, {247, 247, 247}, {253, 219, 199}, {244, 165, 130},
        {214, 96, 77},   {178, 24, 43},   {103, 0, 31},
    };
    return colours;
}

Rgb diverging_colour(double value, double limit) {
    assert(limit > 0.0);
    if (std::isnan(value)) {
        return k_missing_colour;
    }
    const std::vector<Rgb>& colours = diverging_colours();
    const auto last = static_cast<double>(colours.size() - 1);
    const double place = (std::clamp(value / limit, -1.0, 1.0) + 1.0) / 2.0 * last;
    const auto below = static_cast<std::size_t>(std::min(std::floor(place), last - 1.0));
    const double part = place - static_cast<double>(below);
    const Rgb& low = colours[below];
    const Rgb& high = colours[below + 1];
    return {between(low.red, high.red, part), between(low.green, high.green, part),
            between(low.blue, high.blue, part)};
}

std::string hex(const Rgb& colour) {
    return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

std::string matrix_png(const Matrix& values, double limit) {
    assert(values.rows > 0 && values.cols > 0);
    std::vector<std::uint8_t> rgb; // [rows][cols][3], flattened
    rgb.reserve(3 * values.rows * values.cols);
    for (std::size_t row = 0; row < values.rows; ++row) {
        for (std::size_t col = 0; col < values.cols; ++col) {
            const Rgb colour = diverging_colour(values(row, col), limit);
            rgb.insert(rgb.end(), {colour.red, colour.green, colour.blue});
        }
    }
    return encode(rgb, values.cols, values.rows);
}

std::string colour_bar_png() {
    constexpr std::size_t width = 201; // odd, so that one pixel is 0
    Matrix ramp(1, width);
    for (std::size_t i = 0; i < width; ++i) {
        ramp(0, i) = 2.0 * static_cast<double>(i) / (width - 1.0) - 1.0;
    }
    return matrix_png(ramp, 1.0);
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto byte = [bytes](std::size_t i) -> std::uint32_t {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    std::string text;
    text.reserve(4 * ((bytes.size() + 2) / 3));
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::uint32_t bits = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        text += digits[bits >> 18U];
        text += digits[bits >> 12U & 63U];
        text += i + 1 < bytes.size() ? digits[bits >> 6U & 63U] : '=';
        text += i + 2 < bytes.size() ? digits[bits & 63U] : '=';
    }
    return text;
}

std::string data_uri(std::string_view png) {
    return "data:image/png;base64," + base64(png);
}

} // namespace spikewell::report
