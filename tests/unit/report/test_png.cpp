#include "report/png.hpp"

#include <catch2/catch.hpp>
#include <png.h>

#include <limits>

using namespace spikewell;
using namespace spikewell::report;

namespace {

struct Pixels {
    std::size_t width = 0;
    std::size_t height = 0;
    std::vector<std::uint8_t> rgb; // [height][width][3], flattened

    [[nodiscard]] Rgb at(std::size_t row, std::size_t col) const {
        const std::size_t i = 3 * (row * width + col);
        return {rgb[i], rgb[i + 1], rgb[i + 2]};
    }
};

Pixels decode(const std::string& png) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    REQUIRE(png_image_begin_read_from_memory(&image, png.data(), png.size()) != 0);
    image.format = PNG_FORMAT_RGB;
    Pixels pixels{image.width, image.height, {}};
    pixels.rgb.resize(3 * pixels.width * pixels.height);
    REQUIRE(png_image_finish_read(&image, nullptr, pixels.rgb.data(), 0, nullptr) != 0);
    return pixels;
}

} // namespace

TEST_CASE("A matrix becomes a PNG of one pixel an element", "[report]") {
    Matrix values(2, 3); // [rows x cols]
    values(0, 2) = 1.0;
    values(1, 0) = -1.0;

    const std::string png = matrix_png(values, 1.0);

    CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
    const Pixels pixels = decode(png);
    REQUIRE(pixels.width == 3);
    REQUIRE(pixels.height == 2);
    CHECK(pixels.at(0, 2) == diverging_colours().back());
    CHECK(pixels.at(1, 0) == diverging_colours().front());
    CHECK(pixels.at(0, 0) == diverging_colours()[5]);
}

TEST_CASE("The colour map ends at the limit and is brightest at 0", "[report]") {
    const double infinity = std::numeric_limits<double>::infinity();

    CHECK(diverging_colour(-2.0, 2.0) == diverging_colours().front());
    CHECK(diverging_colour(2.0, 2.0) == diverging_colours().back());
    CHECK(diverging_colour(-infinity, 2.0) == diverging_colours().front());
    CHECK(diverging_colour(2.5, 2.0) == diverging_colours().back());
    CHECK(diverging_colour(0.0, 2.0) == Rgb{247, 247, 247});
    CHECK(diverging_colour(-1.0, 2.0).blue > diverging_colour(-1.0, 2.0).red);
    CHECK(diverging_colour(1.0, 2.0).red > diverging_colour(1.0, 2.0).blue);
}

TEST_CASE("The colour map is linear between its supporting colours", "[report]") {
    // Half way between the two highest of eleven: (178, 24, 43) and (103, 0, 31).
    CHECK(diverging_colour(0.9, 1.0) == Rgb{141, 12, 37});
}

TEST_CASE("NaN is grey and on no part of the map", "[report]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();

    CHECK(diverging_colour(nan, 1.0) == k_missing_colour);
    CHECK(k_missing_colour.red == k_missing_colour.blue);
    for (int i = -100; i <= 100; ++i) {
        CHECK_FALSE(diverging_colour(i / 100.0, 1.0) == k_missing_colour);
    }
}

TEST_CASE("The colour bar runs from the lowest colour over 0 to the highest", "[report]") {
    const Pixels bar = decode(colour_bar_png());

    REQUIRE(bar.height == 1);
    REQUIRE(bar.width % 2 == 1);
    CHECK(bar.at(0, 0) == diverging_colours().front());
    CHECK(bar.at(0, bar.width / 2) == diverging_colours()[5]);
    CHECK(bar.at(0, bar.width - 1) == diverging_colours().back());
}

TEST_CASE("A data URI is base64 with padding", "[report]") {
    const auto [bytes, text] = GENERATE(table<std::string, std::string>({
        // RFC 4648, section 10
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"\xff\xfe", "//4="},
    }));

    CHECK(data_uri(bytes) == "data:image/png;base64," + text);
}

TEST_CASE("Colours are written as hexadecimal numbers", "[report]") {
    CHECK(hex({5, 48, 255}) == "#0530ff");
}
