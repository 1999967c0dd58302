#pragma once

#include "core/ids.hpp"
#include "core/matrix.hpp"
#include "network/network.hpp"

#include <span>
#include <vector>

namespace spikewell {

enum class SpikeKind { somatic, predicted };

/// State variables of chosen point neurons or nodes at start_ms + k interval_ms, or at times that are
/// listed, before any event at that very time.
struct SampleRequest {
    PopulationId population;
    std::vector<std::uint32_t> neurons; ///< or nodes, of a dyadic population; increasing
    double interval_ms = 1.0;           ///< > 0
    double start_ms = 0.0;
    std::vector<std::uint32_t> columns = {
        0}; ///< of state_columns(population); 0 is the potential, or sigma
    std::vector<double> times_ms = {}; ///< increasing; if any, in place of start and interval
};

/// Weights of a synaptic projection or couplings of a factorised one, every interval_ms, or at times that
/// are listed.
struct WeightRequest {
    ProjectionId projection;
    double interval_ms = 1000.0;          ///< > 0
    std::vector<double> times_ms = {};    ///< increasing; if any, in place of the interval
    std::vector<std::uint32_t> pre = {};  ///< increasing; if any, those from these sources only
    std::vector<std::uint32_t> post = {}; ///< likewise, onto these targets
};

/// Observes a run. Recorders are handed finished spikes and cannot reach the simulator, so no
/// result depends on them.
class Recorder {
  public:
    virtual ~Recorder() = default;
    Recorder() = default;
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    Recorder(Recorder&&) = delete;
    Recorder& operator=(Recorder&&) = delete;

    /// Before the first window of a run: the neurons of a population that are refractory now, as
    /// the spikes that made them so (possibly at times before 0, for the initial state).
    virtual void on_start(PopulationId population, double t_ms, std::span<const Spike> still_on);
    /// After each window, in time order: its spikes, sorted by (time, source).
    virtual void on_spikes(PopulationId population,
                           SpikeKind kind,
                           std::span<const Spike> spikes) = 0;

    /// Whether it has a use for predicted spikes; asked once, at the start of a run. Where ranks
    /// share a simulation, predicted spikes are handed over only if some recorder wants them, and
    /// else may be missing.
    [[nodiscard]] virtual bool wants_predicted() const { return true; }

    /// States that this recorder wants sampled; asked once, at the start of a run or when one
    /// goes on.
    [[nodiscard]] virtual std::vector<SampleRequest> samples() const { return {}; }
    /// After each window with samples, for each request: [n_samples][n_neurons][n_columns]. A sample at
    /// the window's end is the next one's.
    virtual void on_samples(std::size_t request,
                            std::span<const double> times_ms,
                            std::span<const double> values);

    /// Projections whose weights or couplings this recorder wants at the end of the first window that
    /// reaches each k interval_ms, k >= 1, or each time listed, 0 before the first window; asked as samples
    /// are.
    [[nodiscard]] virtual std::vector<WeightRequest> weights() const { return {}; }
    /// The synapses of the request's projection with their weights at t_ms, sorted by (pre, post). Of
    /// couplings: from node `pre` to node `post`, of the pairs that are coupled.
    virtual void on_weights(std::size_t request, double t_ms, std::span<const Synapse> synapses);
};

/// Keeps the spikes of one population and kind.
class SpikeRecorder final : public Recorder {
  public:
    explicit SpikeRecorder(PopulationId population, SpikeKind kind = SpikeKind::somatic)
        : population_(population), kind_(kind) {}
    void on_start(PopulationId population, double t_ms, std::span<const Spike> still_on) override;
    void on_spikes(PopulationId population, SpikeKind kind, std::span<const Spike> spikes) override;

    [[nodiscard]] bool wants_predicted() const override { return kind_ == SpikeKind::predicted; }

    [[nodiscard]] const std::vector<Spike>& spikes() const { return spikes_; }
    /// Spikes before the recording whose pulses reach into it.
    [[nodiscard]] const std::vector<Spike>& still_on() const { return still_on_; }

  private:
    PopulationId population_;
    SpikeKind kind_;
    std::vector<Spike> spikes_;
    std::vector<Spike> still_on_;
};

/// Counts the spikes of each neuron of all populations.
class SpikeCounter final : public Recorder {
  public:
    explicit SpikeCounter(const Network& network);
    void on_spikes(PopulationId population, SpikeKind kind, std::span<const Spike> spikes) override;

    [[nodiscard]] bool wants_predicted() const override { return false; }

    /// [population][neuron]
    [[nodiscard]] const std::vector<std::vector<std::uint64_t>>& spikes() const { return spikes_; }

  private:
    std::vector<std::vector<std::uint64_t>> spikes_;
};

/// The mean state of each node over consecutive bins, exactly, from the spikes: a pulse raises
/// sigma by 2 g while it lasts.
class StateRecorder final : public Recorder {
  public:
    /// `n_bins` bins of `bin_ms` from the start of the run.
    StateRecorder(PopulationId population,
                  const DyadicCode& code,
                  double bin_ms,
                  std::size_t n_bins);
    void on_start(PopulationId population, double t_ms, std::span<const Spike> still_on) override;
    void on_spikes(PopulationId population, SpikeKind kind, std::span<const Spike> spikes) override;

    [[nodiscard]] bool wants_predicted() const override { return false; }

    [[nodiscard]] const Matrix& states() const { return states_; } ///< [n_nodes x n_bins]

  private:
    void add_pulse(const Spike& spike);

    PopulationId population_;
    DyadicCode code_;
    double bin_ms_;
    double start_ms_ = 0.0;
    Matrix states_;
};

} // namespace spikewell
