#pragma once

#include "experiments/irreversibility.hpp"
#include "experiments/runs.hpp"
#include "experiments/simulations.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Which part of J carries the order of a sequence: simulation 3 learnt, then free runs with couplings
/// made from the symmetric and the antisymmetric parts of what was learnt, J = S + A, exchanged or scaled.
namespace spikewell::experiments {

/// Of which network a part is.
enum class PartOf {
    learnt,   ///< 1 -> 2 -> 3 -> 1
    reverse,  ///< learnt from 1 -> 3 -> 2 -> 1, same seed
    permuted, ///< the learnt one with its nodes in random order: as large, but not of these images
};

/// f S + g A.
struct Mixture {
    double symmetric_scale = 1.0;
    PartOf symmetric_of = PartOf::learnt;
    double antisymmetric_scale = 1.0;
    PartOf antisymmetric_of = PartOf::learnt;
    double inverse_temperature = 1.0; ///< of the free run
};
/// "S + 0.5 A", "S + A of 1 -> 3 -> 2".
[[nodiscard]] std::string name_of(const Mixture& mixture);

struct SequencesPlan {
    Dataset digits; ///< of simulation 3
    std::vector<Backend> backends = {Backend::rate, Backend::spiking};
    std::size_t n_seeds = 10;
    std::uint64_t first_seed = 1;
    std::vector<double> scales = {-1.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5}; ///< of A
    /// Of free runs with A scaled; parts are exchanged at the first. At 1 the symmetric part alone stays
    /// where it is, at 0.2 it wanders, at 0.1 the network is nearly linear.
    std::vector<double> inverse_temperatures = {1.0, 0.2, 0.1};
    std::size_t free_steps = 20000; ///< >= 100; a hundred before them are not counted
    int n_threads = 1;              ///< 0: all cores
};
/// The scales at each inverse temperature, then the parts exchanged.
[[nodiscard]] std::vector<Mixture> mixtures_of(const SequencesPlan& plan);

/// A free run and what it says of order.
struct FreeRun {
    Walk walk;
    double dwell_steps = 0.0;         ///< mean from one transition to the next
    double nearest_correlation = 0.0; ///< mean, of the state with the image it is nearest to
    EntropyProduction chain;          ///< of the walk among images
    EntropyProduction state;          ///< state_entropy_production
};

struct SequencesStudy {
    SequencesPlan plan;
    std::vector<Mixture> mixtures;
    struct Run {
        Backend backend = Backend::rate;
        std::uint64_t seed = 0;
        double asymmetry = 0.0;                 ///< of the learnt J
        double antisymmetric_correlation = 0.0; ///< of A with that learnt in the reverse order
        double symmetric_correlation = 0.0;     ///< the same of S
        std::vector<double> gaussian; // [mixture] gaussian_entropy_production; NaN for none
        std::vector<FreeRun> free;    // [mixture]
    };
    std::vector<Run> runs; ///< rates, then spikes, by seed
};

/// Seconds of one thread that the study will take here: a part of each form's run is timed.
[[nodiscard]] double estimated_s(const SequencesPlan& plan);

/// Each run depends on its seed alone, so the result does not depend on the threads.
[[nodiscard]] SequencesStudy study_sequences(const SequencesPlan& plan, const Watch& watch = {});

} // namespace spikewell::experiments
