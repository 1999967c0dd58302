#pragma once

#include "experiments/form.hpp"
#include "measuring.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

/// A memory that is written, recalled from fragments and from pictures with wrong signs, and overwritten: three sets of five patterns,
/// one set after another, orthogonal ones and pictures of digits, in rates and in spikes. Then the spiking network is put on a board
/// and asked again.
namespace spikewell::examples {

using namespace experiments;

inline constexpr std::size_t k_nodes = 64;
inline constexpr std::size_t k_per_set = 5;
inline constexpr std::size_t k_sets = 3; // A, B, C
inline constexpr std::size_t k_patterns = k_per_set * k_sets;
inline constexpr const char* k_machine = "spinn5";
inline constexpr std::array k_weight_bits = {16, 12, 10, 8, 6};
inline constexpr std::array k_forms = {Backend::rate, Backend::spiking};
inline constexpr std::array k_kinds = {"orthogonal", "digits"};

struct Options : MeasuringOptions {
    std::size_t presentations = 2500;
};

/// Half of the nodes, which a seed draws for each pattern; the fragment is what they say.
[[nodiscard]] std::vector<bool> given_half(std::size_t pattern, std::uint64_t seed);

/// How patterns are recalled, a value each.
struct Recall {
    std::vector<double> fragment; // correlation of the answer with the half that was not given
    std::vector<double> flips;    // with the pattern, where it was given with wrong signs
    std::vector<double> wrong;    // of what was given then with the pattern
    Matrix answers;               // [64 x n] to the fragments
    bool operator==(const Recall&) const = default;
};

/// The network on the board: laid out, proved, and run packet by packet.
struct OnBoard {
    std::size_t cores = 0;
    bool same_spikes = false; ///< of a second without evidence, as the network's own
    Recall before;            ///< the network itself
    Recall other_seed;        ///< with other random numbers
    Recall through;           ///< through the layout, weights and time as they are
    std::vector<Recall> bits; ///< [k_weight_bits], in steps of the board's time
};

/// All that is measured of a kind of patterns in a form at a seed.
struct Outcome {
    Matrix patterns;
    std::vector<Recall>
        after;       ///< [sets] of all patterns once so many sets are written, one after another
    Recall together; ///< all sets written at once, as many presentations in all
    Recall hebb;     ///< Hebb's couplings of all patterns at the same |J|
    OnBoard board;   ///< spiking form only
};

using OfSeeds = std::vector<Outcome>;
using Outcomes =
    std::array<std::array<OfSeeds, k_forms.size()>, k_kinds.size()>; // [kind][form][seed]

[[nodiscard]] Outcomes measure_all(const Options& options);

} // namespace spikewell::examples
