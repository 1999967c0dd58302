#pragma once

#include "core/archive.hpp"
#include "experiments/training.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace spikewell::experiments {

/// Keeps what runs that are done have found, so that an experiment can be interrupted and go on. Asked by
/// several threads at once.
class RunKeeper {
  public:
    RunKeeper() = default;
    RunKeeper(const RunKeeper&) = delete;
    RunKeeper& operator=(const RunKeeper&) = delete;
    RunKeeper(RunKeeper&&) = delete;
    RunKeeper& operator=(RunKeeper&&) = delete;
    virtual ~RunKeeper() = default;

    /// Before a run begins: what it found earlier, null where it is to be run. May throw where no run is to
    /// begin any more.
    [[nodiscard]] virtual const std::string* kept(std::size_t run) = 0;
    virtual void keep(std::size_t run, std::string found) = 0;
};

/// Seconds that body() takes.
template <class Body> [[nodiscard]] double seconds_of(Body&& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Who looks on while runs are run.
struct Watch {
    Progress progress = {};
    RunKeeper* keeper = nullptr; ///< none: nothing is kept
};

/// Calls run(0) .. run(n - 1), `n_threads` (0: all cores) at a time; `progress` is told after each. Runs
/// that write to slots of their own and depend on their seed alone give the same whatever the threads.
void run_all(std::size_t n,
             int n_threads,
             const Progress& progress,
             const std::function<void(std::size_t)>& run);

/// The same of runs that are kept: parts(archive, k) lists all that run(k) writes (core/archive.hpp).
template <class Run, class Parts>
void run_all(std::size_t n, int n_threads, const Watch& watch, Run&& run, Parts&& parts) {
    run_all(n, n_threads, watch.progress, [&](std::size_t k) {
        if (watch.keeper == nullptr) return run(k);
        if (const std::string* const found = watch.keeper->kept(k)) {
            ArchiveReader reader(*found);
            parts(reader, k);
            return reader.require_end();
        }
        run(k);
        ArchiveWriter writer;
        parts(writer, k);
        watch.keeper->keep(k, writer.take());
    });
}

} // namespace spikewell::experiments
