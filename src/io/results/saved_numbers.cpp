#include "io/results/saved_numbers.hpp"

#include "core/error.hpp"

#include <bit>

namespace spikewell::io {

void put(std::string& bytes, std::uint64_t number) {
    for (unsigned i = 0; i < 8; ++i)
        bytes += static_cast<char>((number >> (8U * i)) & 0xFFU);
}

void put(std::string& bytes, double number) {
    put(bytes, std::bit_cast<std::uint64_t>(number));
}

std::uint64_t SavedNumbers::number() {
    require(bytes_.size() >= 8);
    std::uint64_t number = 0;
    for (unsigned i = 0; i < 8; ++i)
        number |= std::uint64_t{static_cast<unsigned char>(bytes_[i])} << (8U * i);
    bytes_.remove_prefix(8);
    return number;
}

double SavedNumbers::real() {
    return std::bit_cast<double>(number());
}

std::string_view SavedNumbers::text() {
    const std::uint64_t length = number();
    require(bytes_.size() >= length);
    const std::string_view text = bytes_.substr(0, length);
    bytes_.remove_prefix(length);
    return text;
}

FilePosition SavedNumbers::position() {
    const std::uint64_t bytes = number();
    return {bytes, number()};
}

void SavedNumbers::require(bool holds) {
    // The checkpoint's digest was right, so this is another run's, or was made up.
    if (!holds) throw IoError("checkpoint", "its recordings are not those of this network");
}

} // namespace spikewell::io
