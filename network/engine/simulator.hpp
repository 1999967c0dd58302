#pragma once

#include "core/error.hpp"
#include "network/engine/exchange.hpp"
#include "network/engine/recorder.hpp"
#include "network/network.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace spikewell {

/// The run was given up within a window (Simulator::set_give_up).
class Abandoned : public Error {
  public:
    using Error::Error;
};

/// How fast neurons of a population may fire, in the mean of them over 10 ms: far more than any do on purpose.
inline constexpr double k_rate_limit_Hz = 20'000.0;
inline constexpr Interval k_rate_limits_Hz{1e-3, 1e12};

/// What a run has cost so far.
struct Counters {
    std::uint64_t spikes = 0;           ///< somatic
    std::uint64_t predicted_spikes = 0; ///< of the dendritic twins
    std::uint64_t candidates = 0;       ///< thinning candidates, somatic and predicted
    std::uint64_t arrivals = 0;         ///< pulse edges, of couplings and synapses, at nodes
    std::uint64_t synaptic_events = 0; ///< deliveries of a spike over a synapse onto a point neuron
    std::uint64_t poisson_inputs =
        0; ///< events of the point neurons' own Poisson inputs; not among these
    std::uint64_t windows = 0;
};

/// Advances a network through continuous time, event by event; there is no time step.
///
/// With every delay > 0, time goes in windows no longer than the least delay, which end where evidence
/// changes: within a window nodes
/// cannot influence each other, so blocks of nodes advance independently and in parallel; then the
/// window's spikes are exchanged, couplings learn, recorders observe. With a delay of 0 the network
/// runs by a sequential event queue instead (static couplings only). The same seed gives the same
/// spikes for any number of threads, with or without recorders.
///
/// The cuts between `run` calls are window boundaries: run(50); run(50) and run(100) follow the
/// same law but, in general, not the same path, because bounds and (with plasticity) the times at
/// which couplings change are kept per window.
///
/// Several processes (ranks) of an Exchange may share a network: each makes a Simulator of it, gives
/// the same commands in the same order, holds and advances its part of the blocks only, and sees
/// all spikes; they are those of one process. Calls marked "collective" are to be made by all ranks
/// even where only rank 0 gets the answer. Recorders of rank 0 alone are asked for potentials and
/// weights and get those of all. A network with a delay of 0 is run whole by each rank.
class Simulator {
  public:
    /// Throws as `validate` does, and NetworkError when the network does not fit the memory.
    /// n_threads >= 1.
    explicit Simulator(Network network, int n_threads = 1);
    /// One rank's. Collective. The exchange must outlive it. Throws NetworkError, too, where ranks
    /// have different networks.
    Simulator(Network network, int n_threads, Exchange& exchange);
    ~Simulator();
    Simulator(Simulator&&) noexcept;
    Simulator& operator=(Simulator&&) noexcept;
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    /// Constant input b of each node of a dyadic population [n_nodes], -1e6 .. 1e6, from now on or, where
    /// the network gives evidence over time, until that next changes. Where it changes at the end of a
    /// run, it has changed by then.
    void set_evidence(PopulationId id, std::span<const double> evidence);
    /// Precision of the somatic state, from now on; of k_inverse_temperatures.
    void set_inverse_temperature(PopulationId id, double inverse_temperature);
    /// Draws the state of each node of a dyadic population now, with these means [n_nodes], -1 .. 1: its
    /// neurons are refractory with the probabilities that give them (beyond +-(1 - 2^-K) all, or none).
    /// Means of 0 are its resting state, as at the start. What it sent before reaches nobody: until its
    /// delay has passed a projection from it brings states of 0, then the new ones. Potentials are those
    /// of what reaches them then; twins begin anew. Throws NetworkError where it has synapses onto point
    /// neurons.
    void set_state(PopulationId id, std::span<const double> means);
    /// Adds spikes to a population of listed ones, at or after now, in any order: what an experiment answers to what
    /// the network does. They are saved with the rest. Throws NetworkError for another population,
    /// ParameterError for a neuron that is not there or a time before now.
    void add_spikes(PopulationId id, std::span<const Spike> spikes);
    /// Turns the projection's rule on or off from now on (on at the start). Twins begin anew each
    /// time learning is turned on.
    void set_learning(ProjectionId id, bool learning);

    /// Advances by duration_ms >= 0. `go_on`, when given, is asked after each window with the time
    /// reached; when it says no, the run stops there. Returns whether the run was completed.
    /// Collective; when some rank says no, all stop after the window that follows. Throws
    /// NetworkError where ranks are to run different windows, and where a neuron's state becomes
    /// infinite or no number, a loop makes no progress or windows are too short to be told apart.
    bool run(double duration_ms,
             std::span<Recorder* const> recorders = {},
             const std::function<bool(double t_ms)>& go_on = {});
    bool run(double duration_ms, std::initializer_list<Recorder*> recorders) {
        return run(duration_ms, std::span<Recorder* const>(recorders.begin(), recorders.size()));
    }
    /// Goes on with a run that was stopped, in the windows it had begun with: the result is that of
    /// an uninterrupted run. Completed runs have nothing left to do. Recorders are told of a start
    /// (on_start) only where the run was loaded, not where it was stopped in this simulator.
    bool resume(std::span<Recorder* const> recorders = {},
                const std::function<bool(double t_ms)>& go_on = {});

    /// `give_up` is asked again and again within windows, by any of the threads, so that the end of a
    /// long one need not be waited for. Once it says yes, `run` or `resume` throws Abandoned and the
    /// simulator, in the middle of a window, is good for nothing but its time and counters: those of
    /// the last window that was completed, as all that recorders have seen.
    void set_give_up(std::function<bool()> give_up);

    /// A population of neurons (sources may fire as they like) whose mean rate over 10 ms comes above this, or as many
    /// spikes sooner, ends `run` and `resume` with a NetworkError, before what it fires fills memory or disk; of
    /// k_rate_limits_Hz. It is not saved, and spikes do not depend on it.
    void set_rate_limit(double limit_Hz);

    /// Everything that the future depends on, as bytes; between windows only. The checksum and the
    /// file are core/checkpoint.hpp's. Collective: the bytes, which are those of one process, are
    /// rank 0's; elsewhere they are of no use.
    [[nodiscard]] std::string save() const;
    /// Back to a saved moment of a simulator of the same network, with any number of threads and
    /// ranks; of a run that was stopped, also to where it was in that run. Throws NetworkError when
    /// the bytes are of another network or truncated; then nothing has changed. The bytes need not be
    /// trusted: a state that no run can come to is refused, too, with what cannot be; nothing but
    /// another `load` may follow then (NetworkError). Collective: all ranks are to have the bytes.
    void load(std::string_view saved);

    [[nodiscard]] double time_ms() const;
    /// Where the last run in windows ends, or ended; 0 before one.
    [[nodiscard]] double end_ms() const;
    /// That take part: fewer than asked for where the system refused to start some.
    [[nodiscard]] int n_threads() const;
    /// sigma of each node now [n_nodes].
    [[nodiscard]] std::vector<double> state(PopulationId id) const;
    /// Couplings now [n_post x n_pre]. Collective: all on rank 0, elsewhere none.
    [[nodiscard]] Matrix coupling(ProjectionId id) const;
    /// Synapses of a synaptic projection with their weights now, sorted by (pre, post); indices
    /// within the projection's ranges. Collective: all on rank 0, elsewhere this rank's.
    [[nodiscard]] std::vector<Synapse> synapses(ProjectionId id) const;
    /// V of each neuron of a population of point neurons now. Collective: all on rank 0, elsewhere this rank's.
    [[nodiscard]] std::vector<double> potentials(PopulationId id) const;
    /// Collective: of all ranks on rank 0, elsewhere in part this rank's.
    [[nodiscard]] Counters counters() const;
    /// Bytes of all synapses and couplings held here (of this rank, where there are several).
    [[nodiscard]] std::size_t synapse_bytes() const;

  private:
    Simulator(Network network, int n_threads, Exchange* exchange);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace spikewell
