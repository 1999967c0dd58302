#pragma once

#include "io/results/count_correlation.hpp"
#include "io/results/distributions.hpp"
#include "network/engine/recorder.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::io {

/// Counts spikes and measures while they come how often, how regularly and how much together each population
/// fires, in memory of a few numbers a neuron and 8 bytes a pair of some of them.
class RunStatistics final : public Recorder {
  public:
    /// Spikes before warm_up_ms are counted, and left out of everything else.
    RunStatistics(const Network& network,
                  double warm_up_ms,
                  const CorrelationPlan& correlations = {});

    [[nodiscard]] bool wants_predicted() const override { return false; }
    void on_spikes(PopulationId population, SpikeKind kind, std::span<const Spike> spikes) override;

    [[nodiscard]] std::uint64_t spikes() const; ///< somatic, of all populations, of the whole run
    /// For each population by name: `neurons`, `spikes` of a run of t_ms; and of the time since the warm-up,
    /// null where there is none:
    /// - `rate_Hz`: mean over neurons; their sd, and quantiles by linear interpolation; `silent_neurons` that
    ///   never fired;
    /// - `cv_isi`: the coefficient of variation of a neuron's intervals (standard deviation over mean), mean over
    ///   the `cv_neurons` that spiked three times or more, and sd over them; null where none did;
    /// - `correlation`: see CountCorrelation.
    /// Standard deviations have the divisor n.
    [[nodiscard]] nlohmann::ordered_json to_json(double t_ms) const;
    /// What these are means of, population by population; none where t_ms is within the warm-up.
    [[nodiscard]] std::vector<Distributions> distributions(double t_ms) const;

    [[nodiscard]] std::string save() const;
    /// Throws IoError when the bytes are not of such a network at t_ms with as many spikes.
    void load(std::string_view saved, double t_ms, std::uint64_t n_spikes);

  private:
    /// Welford's running mean and sum of squared deviations of the intervals.
    struct Intervals {
        std::uint64_t spikes = 0;
        double last_ms = 0.0;
        double mean_ms = 0.0;
        double squares = 0.0;

        void add(double t_ms);
        [[nodiscard]] std::optional<double> cv() const;
        /// Whether it can be what a neuron's spikes until t_ms came to.
        [[nodiscard]] bool can_be(double t_ms) const;
    };
    struct OfPopulation {
        std::string name;
        std::uint64_t spikes = 0;       // of the whole run
        std::vector<Intervals> neurons; // [n_neurons] since the warm-up
        CountCorrelation correlation;

        [[nodiscard]] std::vector<std::uint64_t> spikes_of_neurons() const;
        [[nodiscard]] std::vector<double> rates_Hz(double counted_ms) const;
        [[nodiscard]] std::vector<double> cvs() const;
        [[nodiscard]] nlohmann::ordered_json to_json(double warm_up_ms, double t_ms) const;
        void load(SavedNumbers& saved, double t_ms);
    };

    double warm_up_ms_;
    std::vector<OfPopulation> populations_;
};

} // namespace spikewell::io
