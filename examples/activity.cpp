#include "activity.hpp"

#include "core/matrix.hpp"
#include "core/statistics.hpp"

#include <cmath>
#include <limits>

namespace spikewell::examples {

namespace {

/// Mean over neurons of three spikes or more of the coefficient of variation of their intervals.
double mean_cv(std::span<const Spike> spikes, const Cells& cells, const Span& span) {
    std::vector<std::vector<double>> intervals(cells.count);
    std::vector<double> last(cells.count, -1.0);
    for (const Spike& spike : spikes) {
        if (!cells.has(spike.source) || !span.has(spike.t_ms)) continue;
        double& before = last[spike.source - cells.first];
        if (before >= 0.0) intervals[spike.source - cells.first].push_back(spike.t_ms - before);
        before = spike.t_ms;
    }
    std::vector<double> cvs;
    for (const auto& of_neuron : intervals) {
        if (of_neuron.size() >= 2) cvs.push_back(standard_deviation(of_neuron) / mean(of_neuron));
    }
    return cvs.empty() ? std::numeric_limits<double>::quiet_NaN() : mean(cvs);
}

double synchrony(std::span<const Spike> spikes, const Cells& cells, const Span& span) {
    constexpr double k_bin_ms = 5.0;
    const auto n_bins = static_cast<std::size_t>((span.to_ms - span.from_ms) / k_bin_ms);
    Matrix counts(n_bins, cells.count);
    for (const Spike& spike : spikes) {
        if (!cells.has(spike.source) || !span.has(spike.t_ms)) continue;
        const auto bin = static_cast<std::size_t>((spike.t_ms - span.from_ms) / k_bin_ms);
        if (bin < n_bins) counts(bin, spike.source - cells.first) += 1.0;
    }
    std::vector<double> means(n_bins);
    double of_neurons = 0.0;
    for (std::size_t i = 0; i < counts.cols; ++i) {
        for (std::size_t bin = 0; bin < n_bins; ++bin)
            means[bin] += counts(bin, i) / cells.count;
        of_neurons += variance(counts.column(i)) / cells.count;
    }
    return variance(means) / of_neurons;
}

} // namespace

std::vector<double> rates_Hz(std::span<const Spike> spikes, const Cells& cells, const Span& span) {
    std::vector<double> rates(cells.count);
    for (const Spike& spike : spikes) {
        if (cells.has(spike.source) && span.has(spike.t_ms))
            rates[spike.source - cells.first] += 1.0 / span.length_s();
    }
    return rates;
}

std::vector<double> rate_over_time_Hz(std::span<const Spike> spikes,
                                      const Cells& cells,
                                      const Span& span,
                                      double bin_ms) {
    std::vector<double> rates(static_cast<std::size_t>((span.to_ms - span.from_ms) / bin_ms));
    const double of_spike = 1000.0 / bin_ms / cells.count;
    for (const Spike& spike : spikes) {
        if (!cells.has(spike.source) || !span.has(spike.t_ms)) continue;
        const auto bin = static_cast<std::size_t>((spike.t_ms - span.from_ms) / bin_ms);
        if (bin < rates.size()) rates[bin] += of_spike;
    }
    return rates;
}

Activity activity_of(std::span<const Spike> spikes, const Cells& cells, const Span& span) {
    const std::vector<double> rates = rates_Hz(spikes, cells, span);
    return {mean(rates), standard_deviation(rates), mean_cv(spikes, cells, span),
            synchrony(spikes, cells, span)};
}

} // namespace spikewell::examples
