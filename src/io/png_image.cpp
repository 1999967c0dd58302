#include "io/png_image.hpp"

#include "core/error.hpp"
#include "io/output.hpp"
#include "network/network.hpp"

#include <fmt/format.h>
#include <png.h>

#include <cstdint>
#include <string>
#include <vector>

namespace spikewell::io {

namespace {

constexpr std::string_view k_signature = "\x89PNG\r\n\x1A\n";
constexpr std::size_t k_bit_depth = 24; // where the header has it

/// libpng's state, which is released with this object.
struct Reading {
    Reading() { image.version = PNG_IMAGE_VERSION; }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() { png_image_free(&image); }

    png_image image{};
};

} // namespace

bool is_png(std::string_view bytes) {
    return bytes.starts_with(k_signature);
}

Matrix read_png(const std::filesystem::path& path) {
    const std::string bytes = read_text(path);
    if (!is_png(bytes)) throw IoError(path.string(), "is no PNG file");
    Reading reading;
    png_image& image = reading.image;
    const auto fail = [&] {
        throw IoError(path.string(), fmt::format("cannot be read: {}", image.message));
    };
    if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) fail();
    if (bytes[k_bit_depth] == 16)
        throw IoError(path.string(), "has 16 bits a channel, allowed 1 .. 8");
    image.format = PNG_FORMAT_RGB;
    const std::size_t n_pixels = std::size_t{image.width} * image.height;
    require_memory(static_cast<double>(n_pixels) * (3.0 + sizeof(double)),
                   fmt::format("{}: {} x {} pixels", path.string(), image.width, image.height));
    std::vector<std::uint8_t> rgb(3 * n_pixels); // [height][width][3], flattened
    const png_color black{0, 0, 0};
    if (png_image_finish_read(&image, &black, rgb.data(), 0, nullptr) == 0) fail();
    Matrix grey(image.height, image.width);
    for (std::size_t row = 0; row < grey.rows; ++row) {
        for (std::size_t column = 0; column < grey.cols; ++column) {
            const std::uint8_t* pixel = &rgb[3 * (row * grey.cols + column)];
            grey(row, column) = pixel[0] == pixel[1] && pixel[1] == pixel[2]
                                    ? pixel[0]
                                    : 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
        }
    }
    return grey;
}

} // namespace spikewell::io
