#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// Good inputs changed at random: the same seed gives the same change everywhere.
namespace spikewell::test {

/// Steele, Lea & Flood's SplitMix64.
class Chance {
  public:
    explicit Chance(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U) {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    /// 0 .. n - 1.
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
    template <class T> const T& one_of(const std::vector<T>& choices) {
        return choices[below(choices.size())];
    }

  private:
    std::uint64_t state_;
};

/// Flips, cuts, doubles, inserts, overwrites and truncates bytes.
[[nodiscard]] std::string mutated_bytes(std::string bytes, Chance& chance);

/// Changes one to three values: numbers and texts that readers stumble over, other types, keys
/// dropped, doubled or misspelt, lists emptied or lengthened, values exchanged. Keys that say how
/// long a good run takes get small numbers or wrong ones.
[[nodiscard]] std::string mutated_json(const std::string& text, Chance& chance);

/// The same of cells, lines and separators.
[[nodiscard]] std::string mutated_csv(const std::string& text, Chance& chance);

/// Changes the file as what its name ends in says, one in five as bytes. HDF5 also by edit_hdf5.
void mutate_file(const std::filesystem::path& path, Chance& chance);

} // namespace spikewell::test
