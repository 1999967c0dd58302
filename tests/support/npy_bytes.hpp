#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// NPY files of doubles, byte by byte.
namespace spikewell::test {

inline std::string little_endian(std::uint64_t bits, std::size_t n_bytes) {
    std::string bytes;
    for (std::size_t k = 0; k < n_bytes; ++k)
        bytes += static_cast<char>(bits >> (8U * k) & 0xFFU);
    return bytes;
}

inline std::string numbers_of(const std::vector<double>& values) {
    std::string bytes;
    for (const double x : values)
        bytes += little_endian(std::bit_cast<std::uint64_t>(x), 8);
    return bytes;
}

/// Of Fortran's order: the first dimension grows fastest.
inline std::string npy_of(const std::string& shape, const std::vector<double>& values) {
    const std::string header =
        "{'descr': '<f8', 'fortran_order': True, 'shape': " + shape + ", }\n";
    return std::string("\x93NUMPY\x01\0", 8) + little_endian(header.size(), 2) + header +
           numbers_of(values);
}

} // namespace spikewell::test
