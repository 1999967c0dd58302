#pragma once

#include "experiments/training.hpp"

namespace spikewell::experiments {

/// Calls run(0) .. run(n - 1), `n_threads` (0: all cores) at a time; `progress` is told after each. Runs
/// that write to slots of their own and depend on their seed alone give the same whatever the threads.
void run_all(std::size_t n,
             int n_threads,
             const Progress& progress,
             const std::function<void(std::size_t)>& run);

} // namespace spikewell::experiments
