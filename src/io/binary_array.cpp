#include "io/binary_array.hpp"

#include "core/error.hpp"
#include "network/network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace spikewell::io {

namespace {

std::uint64_t bits_of(const char* at, const NumberType& type) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < type.bytes; ++i) {
        const std::size_t from_most = type.big_endian ? i : type.bytes - 1 - i;
        bits = bits << 8U | static_cast<unsigned char>(at[from_most]);
    }
    return bits;
}

double number_at(const char* at, const NumberType& type) {
    const std::uint64_t bits = bits_of(at, type);
    switch (type.kind) {
    case NumberType::Kind::boolean:
        return bits != 0 ? 1.0 : 0.0;
    case NumberType::Kind::unsigned_integer:
        return static_cast<double>(bits);
    case NumberType::Kind::signed_integer: {
        const auto unused =
            static_cast<unsigned>(64 - 8 * type.bytes); // the sign is moved there and back
        return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
    }
    case NumberType::Kind::real:
        break;
    }
    if (type.bytes == 4)
        return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    assert(type.bytes == 8);
    return std::bit_cast<double>(bits);
}

/// The bytes that the array takes; more than any file has where that is beyond 64 bits.
std::size_t bytes_of(const ArrayLayout& layout, std::string_view name) {
    constexpr std::size_t k_most = std::numeric_limits<std::size_t>::max() / 16;
    std::size_t bytes = layout.type.bytes;
    for (const std::size_t extent : layout.shape) {
        if (extent == 0)
            throw IoError(name,
                          fmt::format("has no numbers, got shape ({}), allowed dimensions >= 1",
                                      fmt::join(layout.shape, ", ")));
        bytes = bytes > k_most / extent ? k_most : bytes * extent;
    }
    return bytes;
}

void require_bytes(const ArrayLayout& layout, std::size_t got, std::string_view name) {
    if (layout.shape.empty())
        throw IoError(name, "is a single number, allowed arrays of one dimension or more");
    const std::size_t wanted = bytes_of(layout, name);
    if (got < wanted)
        throw IoError(name,
                      fmt::format("is truncated: shape ({}) takes {} bytes of numbers, got {}",
                                  fmt::join(layout.shape, ", "), wanted, got));
    if (got > wanted)
        throw IoError(name, fmt::format("goes on after its array: shape ({}) takes {} bytes of "
                                        "numbers, got {}",
                                        fmt::join(layout.shape, ", "), wanted, got));
}

/// The index of the k-th number of the file.
std::vector<std::size_t> index_of(const ArrayLayout& layout, std::size_t k) {
    std::vector<std::size_t> index(layout.shape.size());
    for (std::size_t i = 0; i < index.size(); ++i) {
        const std::size_t dimension = layout.first_fastest ? i : index.size() - 1 - i;
        index[dimension] = k % layout.shape[dimension];
        k /= layout.shape[dimension];
    }
    return index;
}

/// Row and column of the k-th number of the file.
std::pair<std::size_t, std::size_t> place_of(const ArrayLayout& layout,
                                             std::size_t k,
                                             const Matrix& values) {
    if (!layout.first_fastest) return {k / values.cols, k % values.cols};
    if (layout.shape.size() <= 2) return {k % values.rows, k / values.rows};
    const std::vector<std::size_t> index = index_of(layout, k);
    std::size_t column = 0;
    for (std::size_t dimension = 1; dimension < index.size(); ++dimension)
        column = column * layout.shape[dimension] + index[dimension];
    return {index[0], column};
}

} // namespace

SampleArray array_from(ArrayLayout layout, std::string_view bytes, std::string_view name) {
    require_bytes(layout, bytes.size(), name);
    const std::size_t n = bytes.size() / layout.type.bytes;
    require_memory(static_cast<double>(n) * sizeof(double), fmt::format("{}: {} numbers", name, n));
    Matrix values(layout.shape[0], n / layout.shape[0]);
    for (std::size_t k = 0; k < n; ++k) {
        const double value = number_at(bytes.data() + k * layout.type.bytes, layout.type);
        if (!std::isfinite(value))
            throw IoError(name, fmt::format("number at index ({}) is not finite, got {}, allowed "
                                            "finite numbers",
                                            fmt::join(index_of(layout, k), ", "), value));
        const auto [row, column] = place_of(layout, k, values);
        values(row, column) = value;
    }
    return {std::move(layout.shape), std::move(values)};
}

} // namespace spikewell::io
