#pragma once

#include "mapping/machine.hpp"

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace spikewell::mapping {

/// Where a router sends a packet: bit l is link l (0 .. 5), bit 6 + p is core p (0 .. 185).
class Route {
  public:
    static constexpr unsigned k_cores = 186;

    void add_link(unsigned link) { words_[0] |= std::uint64_t{1} << link; }
    void add_core(unsigned core) { set(k_links + core); }
    [[nodiscard]] bool has_link(unsigned link) const { return ((words_[0] >> link) & 1U) != 0; }
    [[nodiscard]] bool has_core(unsigned core) const { return test(k_links + core); }
    /// Bits 0 .. 5.
    [[nodiscard]] unsigned links() const { return static_cast<unsigned>(words_[0] & 0x3FU); }
    [[nodiscard]] bool has_cores() const {
        return (words_[0] & ~std::uint64_t{0x3F}) != 0 || words_[1] != 0 || words_[2] != 0;
    }
    [[nodiscard]] bool empty() const { return links() == 0 && !has_cores(); }
    /// Nothing but this link.
    [[nodiscard]] bool is_link(unsigned link) const {
        return !has_cores() && links() == 1U << link;
    }
    [[nodiscard]] const std::array<std::uint64_t, 3>& words() const { return words_; }
    /// The 24 bits of a SpiNNaker router's word; false when a core lies beyond them.
    [[nodiscard]] bool fits_24_bits() const {
        return words_[1] == 0 && words_[2] == 0 && words_[0] < (std::uint64_t{1} << 24U);
    }
    auto operator<=>(const Route&) const = default;

  private:
    void set(unsigned bit) { words_[bit / 64] |= std::uint64_t{1} << (bit % 64); }
    [[nodiscard]] bool test(unsigned bit) const {
        return ((words_[bit / 64] >> (bit % 64)) & 1U) != 0;
    }
    std::array<std::uint64_t, 3> words_{};
};

/// One line of a router's table: matches keys with key & mask == key of the entry.
struct TableEntry {
    std::uint32_t key = 0;
    std::uint32_t mask = 0;
    Route route;
    /// Whether packets come by one link and leave by the one opposite only, as they would without
    /// this entry.
    bool defaultable = false;
    bool operator==(const TableEntry&) const = default;
};

/// Whether some key matches both.
[[nodiscard]] constexpr bool intersect(const TableEntry& a, const TableEntry& b) {
    return ((a.key ^ b.key) & a.mask & b.mask) == 0;
}

} // namespace spikewell::mapping
