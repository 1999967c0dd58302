#pragma once

#include "experiments/form.hpp"
#include "measuring.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

/// A network learns single bars (columns) and stripes (rows) of an 8 x 8 grid, in rates and in spikes, columns three times as often as
/// rows. Left alone it wanders from part to part; shown a column and a row together, which it never saw, it goes to and fro between
/// them, and cleans the picture of noise.
namespace spikewell::examples {

using namespace experiments;

inline constexpr std::size_t k_side = 8;
inline constexpr std::size_t k_window = 5; // steps whose mean is one state that is looked at
inline constexpr double k_near = 0.7;      // correlation from which on a state is near a part
/// What Hebb's couplings are tried at: sizes, in |J| of those learnt, and inverse temperatures of free runs.
inline constexpr std::array k_hebb_scales = {0.25, 0.5, 1.0, 2.0};
inline constexpr std::array k_hebb_wandering = {0.3, 0.4, 0.5, 0.6, 0.8};

struct Options : MeasuringOptions {
    std::string parts = "half";
    std::size_t columns_per_row = 3; // how much more often a column is shown
    std::size_t presentations = 5000;
    std::size_t steps = 10000;
};

/// Single parts [64 x n], columns first, then rows, z-scored. "half": bars four pixels wide at four places;
/// their negatives are the bars at the other four places of a ring. "thin": all eight bars of one pixel.
[[nodiscard]] Matrix single_parts(const std::string& kind);

/// A column and a row together.
struct Combination {
    std::size_t column = 0;
    std::size_t row = 0;
    std::vector<double> image; // [64] their sum, z-scored
};

/// Correlation of states with each part [n_parts x n_states].
[[nodiscard]] Matrix likeness(const Matrix& states, const Matrix& parts);

/// Where a run without evidence has been.
struct Wandering {
    double near = 0.0; ///< share of windows that are near a part or its negative
    double near_bars =
        0.0; ///< share that correlate as well with whole columns or whole rows, one or several
    double visited = 0.0; ///< parts and negatives that some window was near
    double evenly = 0.0;  ///< exp(entropy) of the time near each: as if so many were visited evenly
    double rows = 0.0;    ///< share of the time near parts that is near rows
    double moves = 0.0;   ///< from one to another, in 1,000 steps
    std::vector<double> occupancy; ///< [2 n_parts] shares of all windows
    Matrix states;                 // [64 x windows]
};

/// Under weak evidence of combinations, at the temperature at which it wanders.
struct Combining {
    double near_own = 0.0;    ///< share of windows near one of the two parts shown
    double near_others = 0.0; ///< near any other part or negative
    double moves = 0.0;       ///< from one of the two to the other, in 1,000 steps
    double whole = 0.0;       ///< correlation of the mean state with what was shown
    double one_state = 0.0;   ///< mean correlation of single windows with it
    Combination example;      ///< one that was shown
    Matrix states;            // [64 x windows] under it
};

/// Answers to combinations with as much noise as signal.
struct Answers {
    double cue = 0.0;      ///< correlation of what was shown with the clean picture
    double response = 0.0; ///< of the mean state of 100 steps
    double both = 0.0;     ///< lesser correlation of it with the two parts, at most 0.71
};

/// All that is measured of a form at a seed.
struct Outcome {
    double own_attractors = 0.0; ///< share of parts that lead to an attractor at r > 0.9 with them
    Matrix attractors;           // [64 x n_parts]
    double projector = 0.0;      ///< correlation of the couplings with X X^+ of the parts
    double hebb = 0.0;           ///< with Hebb's couplings
    Wandering learnt;
    std::vector<Wandering> hebbian; ///< [k_hebb_wandering], at the same |J|
    Combining combining;
    Answers answers;
    std::vector<Answers> hebbian_answers; ///< [scales] of |J|
};

/// Of Hebb's couplings, what comes nearest to what is claimed.
[[nodiscard]] const Wandering& best_wandering(const Outcome& o);
[[nodiscard]] const Answers& best_answers(const Outcome& o);

using Outcomes = std::array<std::vector<Outcome>, 2>; // [form][seed]

inline constexpr std::array k_forms = {Backend::rate, Backend::spiking};

[[nodiscard]] Outcomes measure_all(const Matrix& parts, const Options& options);

} // namespace spikewell::examples
