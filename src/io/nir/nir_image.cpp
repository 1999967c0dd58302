#include "io/nir/nir_image.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

namespace spikewell::io::nir {

namespace {

/// Channels of rows of columns.
struct Image {
    std::size_t channels;
    Extents size;

    [[nodiscard]] std::size_t place(std::size_t channel, std::size_t y, std::size_t x) const {
        return (channel * size.y + y) * size.x + x;
    }
    [[nodiscard]] std::vector<std::size_t> shape(bool is_line) const {
        if (is_line) return {channels, size.x};
        return {channels, size.y, size.x};
    }
};

Image image_of(const std::string& file,
               const ReadNode& node,
               const std::vector<std::size_t>& shape,
               bool is_line) {
    const std::size_t dimensions = is_line ? 2 : 3;
    if (shape.size() != dimensions)
        throw IoError(file, fmt::format("{}: must get {} dimensions, gets {}", node.path,
                                        dimensions, shape.size()));
    if (is_line) return {shape[0], {1, shape[1]}};
    return {shape[0], {shape[1], shape[2]}};
}

std::size_t covered(std::size_t n,
                    std::size_t kernel,
                    std::size_t stride,
                    std::size_t padding,
                    std::size_t dilation) {
    const std::size_t reach = dilation * (kernel - 1) + 1;
    return n + 2 * padding < reach ? 0 : (n + 2 * padding - reach) / stride + 1;
}

Image tiled(const std::string& file,
            const ReadNode& node,
            const Image& in,
            const Tiling& t,
            std::size_t channels) {
    const Image out{channels,
                    {covered(in.size.y, t.kernel.y, t.stride.y, t.padding.y, t.dilation.y),
                     covered(in.size.x, t.kernel.x, t.stride.x, t.padding.x, t.dilation.x)}};
    if (out.size.y == 0 || out.size.x == 0)
        throw IoError(file,
                      fmt::format("{}: its kernel of {} x {} is larger than what it gets, {} x {}",
                                  node.path, t.kernel.y, t.kernel.x, in.size.y, in.size.x));
    return out;
}

/// Along one dimension: calls visit(out, in, kernel) where a kernel lies on the image.
template <class Visit>
void along(std::size_t Extents::*dimension,
           const Extents& in,
           const Extents& out,
           const Tiling& t,
           const Visit& visit) {
    for (std::size_t at = 0; at < out.*dimension; ++at)
        for (std::size_t k = 0; k < t.kernel.*dimension; ++k) {
            const std::size_t padded = at * t.stride.*dimension + k * t.dilation.*dimension;
            const std::size_t padding = t.padding.*dimension;
            if (padded >= padding && padded - padding < in.*dimension)
                visit(at, padded - padding, k);
        }
}

/// Calls visit(out y, out x, in y, in x, kernel y, kernel x) where a kernel lies on the image.
template <class Visit>
void for_each_tap(const Image& in, const Image& out, const Tiling& t, const Visit& visit) {
    along(&Extents::y, in.size, out.size, t, [&](auto y, auto from_y, auto ky) {
        along(&Extents::x, in.size, out.size, t,
              [&](auto x, auto from_x, auto kx) { visit(y, x, from_y, from_x, ky, kx); });
    });
}

void add_entry(ReadNode& node, std::size_t out, std::size_t in, double weight) {
    if (weight == 0.0) return;
    node.map.entries.push_back(
        {static_cast<std::uint32_t>(out), static_cast<std::uint32_t>(in), weight});
}

void require_entries(const std::string& file, const ReadNode& node, double n) {
    require_memory(n * sizeof(MapEntry), fmt::format("{}: {}", file, node.path));
}

} // namespace

void lower_convolution(const std::string& file,
                       ReadNode& node,
                       const std::vector<std::size_t>& shape,
                       const Convolution& c) {
    const Image in = image_of(file, node, shape, c.tiling.is_line);
    if (in.channels != c.n_in * c.groups || c.n_out % c.groups != 0)
        throw IoError(file, fmt::format("{}: takes {} groups of {} channels, gets {} channels",
                                        node.path, c.groups, c.n_in, in.channels));
    const Image out = tiled(file, node, in, c.tiling, c.n_out);
    node.shape = out.shape(c.tiling.is_line);
    const std::size_t taps = c.tiling.kernel.y * c.tiling.kernel.x;
    require_entries(file, node,
                    static_cast<double>(c.n_out * c.n_in * taps) *
                        static_cast<double>(out.size.y * out.size.x));
    node.map.bias.resize(elements_of(node.shape));
    for (std::size_t o = 0; o < c.n_out; ++o) {
        const std::size_t first_in = o / (c.n_out / c.groups) * c.n_in;
        for (std::size_t k = 0; k < out.size.y * out.size.x; ++k)
            node.map.bias[out.place(o, 0, 0) + k] = c.bias[o];
        for (std::size_t i = 0; i < c.n_in; ++i)
            for_each_tap(
                in, out, c.tiling, [&](auto y, auto x, auto from_y, auto from_x, auto ky, auto kx) {
                    add_entry(node, out.place(o, y, x), in.place(first_in + i, from_y, from_x),
                              c.weights[(o * c.n_in + i) * taps + ky * c.tiling.kernel.x + kx]);
                });
    }
}

void lower_pool(const std::string& file,
                ReadNode& node,
                const std::vector<std::size_t>& shape,
                const Tiling& tiling,
                double weight) {
    const Image in = image_of(file, node, shape, tiling.is_line);
    const Image out = tiled(file, node, in, tiling, in.channels);
    node.shape = out.shape(tiling.is_line);
    require_entries(file, node,
                    static_cast<double>(elements_of(node.shape)) *
                        static_cast<double>(tiling.kernel.y * tiling.kernel.x));
    for (std::size_t c = 0; c < in.channels; ++c)
        for_each_tap(in, out, tiling, [&](auto y, auto x, auto from_y, auto from_x, auto, auto) {
            add_entry(node, out.place(c, y, x), in.place(c, from_y, from_x), weight);
        });
}

} // namespace spikewell::io::nir
