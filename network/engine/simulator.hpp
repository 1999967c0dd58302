#pragma once

#include "network/engine/recorder.hpp"
#include "network/network.hpp"

#include <memory>
#include <span>

namespace spikewell {

/// What a run has cost so far.
struct Counters {
    std::uint64_t spikes = 0;           ///< somatic
    std::uint64_t predicted_spikes = 0; ///< of the dendritic twins
    std::uint64_t candidates = 0;       ///< thinning candidates, somatic and predicted
    std::uint64_t arrivals = 0;         ///< pulse edges delivered to a population
    std::uint64_t windows = 0;
};

/// Advances a network through continuous time, event by event; there is no time step.
///
/// With every delay > 0, time goes in windows no longer than the least delay: within a window nodes
/// cannot influence each other, so blocks of nodes advance independently and in parallel; then the
/// window's spikes are exchanged, couplings learn, recorders observe. With a delay of 0 the network
/// runs by a sequential event queue instead (static couplings only). The same seed gives the same
/// spikes for any number of threads, with or without recorders.
///
/// The cuts between `run` calls are window boundaries: run(50); run(50) and run(100) follow the
/// same law but, in general, not the same path, because bounds and (with plasticity) the times at
/// which couplings change are kept per window.
class Simulator {
  public:
    /// Throws as `validate` does, and NetworkError when the network does not fit the memory.
    /// n_threads >= 1.
    explicit Simulator(Network network, int n_threads = 1);
    ~Simulator();
    Simulator(Simulator&&) noexcept;
    Simulator& operator=(Simulator&&) noexcept;
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    /// Constant input b of each node of a dyadic population [n_nodes], from now on.
    void set_evidence(PopulationId population, std::span<const double> evidence);
    /// Precision of the somatic state, from now on; >= 0.
    void set_inverse_temperature(PopulationId population, double inverse_temperature);
    /// Turns the projection's rule on or off from now on (on at the start). Twins begin anew each
    /// time learning is turned on.
    void set_learning(ProjectionId projection, bool learning);

    /// Advances by duration_ms >= 0.
    void run(double duration_ms, std::span<Recorder* const> recorders = {});

    [[nodiscard]] double time_ms() const;
    /// sigma of each node now [n_nodes].
    [[nodiscard]] std::vector<double> state(PopulationId population) const;
    /// Couplings now [n_post x n_pre].
    [[nodiscard]] Matrix coupling(ProjectionId projection) const;
    [[nodiscard]] Counters counters() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace spikewell
