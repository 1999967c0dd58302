#pragma once

#include "io/spike_file.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Numbers in what recordings and statistics leave in a checkpoint: 8 bytes each, little endian.
namespace spikewell::io {

/// Nothing that is counted one by one gets there.
inline constexpr std::uint64_t k_most_counted = std::uint64_t{1} << 53U;

void put(std::string& bytes, std::uint64_t number);
void put(std::string& bytes, double number);

/// Reads what `put` has written, in its order. Throws IoError where that is not what it finds.
class SavedNumbers {
  public:
    explicit SavedNumbers(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t number();
    double real();
    /// One that is behind its length.
    std::string_view text();
    FilePosition position();
    void require_end() const { require(bytes_.empty()); }
    static void require(bool holds);

  private:
    std::string_view bytes_;
};

} // namespace spikewell::io
