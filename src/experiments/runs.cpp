#include "experiments/runs.hpp"

#include "core/parallel.hpp"

#include <mutex>

namespace spikewell::experiments {

void run_all(std::size_t n,
             int n_threads,
             const Progress& progress,
             const std::function<void(std::size_t)>& run) {
    std::mutex told;
    std::size_t done = 0;
    if (progress) progress(0.0, 0.0);
    Team team(threads_or_all(n_threads));
    team.for_each(n, [&](std::size_t k) {
        run(k);
        const std::lock_guard lock(told);
        ++done;
        if (progress) progress(static_cast<double>(done) / static_cast<double>(n), 0.0);
    });
}

} // namespace spikewell::experiments
