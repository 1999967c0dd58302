#include "io/idx.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <utility>

namespace spikewell::io {

namespace {

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

std::optional<NumberType> type_of(std::uint32_t code) {
    using Kind = NumberType::Kind;
    switch (code) {
    case 0x08:
        return NumberType{Kind::unsigned_integer, 1, true};
    case 0x09:
        return NumberType{Kind::signed_integer, 1, true};
    case 0x0B:
        return NumberType{Kind::signed_integer, 2, true};
    case 0x0C:
        return NumberType{Kind::signed_integer, 4, true};
    case 0x0D:
        return NumberType{Kind::real, 4, true};
    case 0x0E:
        return NumberType{Kind::real, 8, true};
    default:
        return std::nullopt;
    }
}

} // namespace

bool is_idx(std::string_view bytes) {
    return bytes.size() >= 4 && byte_at(bytes, 0) == 0 && byte_at(bytes, 1) == 0 &&
           type_of(byte_at(bytes, 2)) && byte_at(bytes, 3) > 0;
}

SampleArray parse_idx(std::string_view bytes, std::string_view name) {
    if (!is_idx(bytes))
        throw IoError(
            name,
            fmt::format("is no IDX file, allowed files that begin with 0 0 TYPE N, TYPE 8, 9, "
                        "11 .. 14, N >= 1 dimensions{}",
                        bytes.size() < 4
                            ? ", got fewer than 4 bytes"
                            : fmt::format(", got {} {} {} {}", byte_at(bytes, 0), byte_at(bytes, 1),
                                          byte_at(bytes, 2), byte_at(bytes, 3))));
    ArrayLayout layout{*type_of(byte_at(bytes, 2)), {}, false};
    const std::size_t n_dimensions = byte_at(bytes, 3);
    bytes.remove_prefix(4);
    if (bytes.size() < 4 * n_dimensions)
        throw IoError(name, "is truncated: ends within its header");
    for (std::size_t d = 0; d < n_dimensions; ++d) {
        layout.shape.push_back(byte_at(bytes, 0) << 24U | byte_at(bytes, 1) << 16U |
                               byte_at(bytes, 2) << 8U | byte_at(bytes, 3));
        bytes.remove_prefix(4);
    }
    return array_from(std::move(layout), bytes, name);
}

} // namespace spikewell::io
