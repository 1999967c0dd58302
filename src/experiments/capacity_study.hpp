#pragma once

#include "experiments/capacity.hpp"
#include "experiments/dataset.hpp"
#include "experiments/runs.hpp"
#include "experiments/training.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// How many patterns a memory holds: the share of stored patterns that it finds again from a tenth of wrong
/// signs, over the number of patterns a node. The attractor network in both forms, with and without states
/// set to 0 at the start of each presentation, beside memories of others.
namespace spikewell::experiments {

enum class PatternKind {
    binary,   ///< independent +-1
    gaussian, ///< independent, standard normal
    images,   ///< digits, as simulation 2 has them; 64 nodes
};
/// "binary", "gaussian", "images".
[[nodiscard]] const char* name_of(PatternKind kind);
[[nodiscard]] std::span<const PatternKind> pattern_kinds();

/// A memory under test.
enum class Memory {
    rate_reset, ///< simulation 5's training
    rate,       ///< the same, each presentation going on from the state before
    hebb,
    delta,     ///< as many presentations, in the same order
    projector, ///< X X^+ without diagonal
    dense,     ///< keeps the patterns, no couplings: retrieval by softmax
    spiking_reset,
    spiking,
};
[[nodiscard]] std::string name_of(Memory memory);

struct CapacityStudyPlan {
    std::vector<Backend> backends = {Backend::rate, Backend::spiking};
    std::size_t n_seeds = 4; ///< at the least number of nodes; fewer at more nodes (seeds_at)
    std::uint64_t first_seed = 1;
    PatternKind kind = PatternKind::binary;
    Dataset digits;                                    ///< where the patterns are images
    std::vector<std::size_t> n_nodes = {64, 128, 256}; ///< each >= 10; 64 where patterns are images
    std::vector<double> loads = {0.14, 0.3, 0.38, 0.44, 0.5, 0.6}; ///< patterns a node, increasing
    std::size_t presentations = CapacityPlan{}.presentations;
    int n_threads = 1; ///< 0: all cores
};
/// As many as the least number of nodes has, times it over n, 1 at least: each has as many patterns to find.
[[nodiscard]] std::size_t seeds_at(const CapacityStudyPlan& plan, std::size_t n_nodes);
[[nodiscard]] std::vector<Memory> memories_of(const CapacityStudyPlan& plan);

struct CapacityStudyPoint {
    std::size_t n_nodes = 0;
    Memory memory = Memory::rate_reset;
    double load = 0.0; ///< patterns / n_nodes, patterns being whole
    std::size_t patterns = 0;
    std::vector<double> success;               // [seed]
    std::vector<double> projector_correlation; // [seed] of the couplings; NaN where there are none
};

/// The load at which success falls below 0.9.
struct Capacity {
    std::vector<double> of_seed; ///< by linear interpolation, from success 1 at load 0
    bool more = false; ///< a seed had 0.9 at the greatest load still, which stands for its capacity
};

struct CapacityStudy {
    CapacityStudyPlan plan;
    std::vector<CapacityStudyPoint> points; ///< by nodes, memory, load
};
constexpr double k_success = 0.9;
[[nodiscard]] std::vector<const CapacityStudyPoint*> curve_of(const CapacityStudy& study,
                                                              Memory memory,
                                                              std::size_t n_nodes);
[[nodiscard]] Capacity capacity_of(const CapacityStudy& study, Memory memory, std::size_t n_nodes);

/// Seconds of one thread that the study will take here: a part of each form's learning is timed. Throws
/// ParameterError where patterns are images and nodes not their pixels, or images too few; so does the study.
[[nodiscard]] double estimated_s(const CapacityStudyPlan& plan);

/// Each run depends on its seed alone, so the result does not depend on the threads.
[[nodiscard]] CapacityStudy study_capacity(const CapacityStudyPlan& plan, const Watch& watch = {});

} // namespace spikewell::experiments
