#include "io/results/run_statistics.hpp"

#include "core/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace spikewell::io {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<const char*, double>, 7> k_quantiles{{{"0", 0.0},
                                                                     {"0.05", 0.05},
                                                                     {"0.25", 0.25},
                                                                     {"0.5", 0.5},
                                                                     {"0.75", 0.75},
                                                                     {"0.95", 0.95},
                                                                     {"1", 1.0}}};

/// Between the two values around the place q (n - 1) of those sorted.
double quantile(const std::vector<double>& sorted, double q) {
    const double place = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    const double share = place - static_cast<double>(below);
    return sorted[below] + share * (sorted[above] - sorted[below]);
}

Json quantiles_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    Json json = Json::object();
    for (const auto& [name, q] : k_quantiles)
        json[name] = quantile(values, q);
    return json;
}

} // namespace

RunStatistics::RunStatistics(const Network& network,
                             double warm_up_ms,
                             const CorrelationPlan& correlations)
    : warm_up_ms_(warm_up_ms) {
    const CorrelationPlan plan{
        correlations.bin_ms,
        CountCorrelation::most_neurons_of(network.populations.size(), correlations.most_neurons)};
    for (const Population& population : network.populations) {
        const std::size_t n = size_of(population);
        populations_.push_back({name_of(population), 0, std::vector<Intervals>(n),
                                CountCorrelation(n, plan, warm_up_ms)});
    }
}

void RunStatistics::on_spikes(PopulationId population,
                              SpikeKind kind,
                              std::span<const Spike> spikes) {
    if (kind != SpikeKind::somatic) return;
    OfPopulation& of = populations_[population.index];
    of.spikes += spikes.size();
    const auto counted =
        std::lower_bound(spikes.begin(), spikes.end(), warm_up_ms_,
                         [](const Spike& spike, double t_ms) { return spike.t_ms < t_ms; });
    for (auto spike = counted; spike != spikes.end(); ++spike) {
        of.neurons[spike->source].add(spike->t_ms);
        of.correlation.add(spike->t_ms, spike->source);
    }
}

std::uint64_t RunStatistics::spikes() const {
    std::uint64_t sum = 0;
    for (const OfPopulation& population : populations_)
        sum += population.spikes;
    return sum;
}

Json RunStatistics::to_json(double t_ms) const {
    Json json = Json::object();
    for (const OfPopulation& population : populations_)
        json[population.name] = population.to_json(warm_up_ms_, t_ms);
    return json;
}

std::vector<Distributions> RunStatistics::distributions(double t_ms) const {
    std::vector<Distributions> all;
    const double counted_ms = t_ms - warm_up_ms_;
    if (!(counted_ms > 0.0)) return all;
    for (const OfPopulation& population : populations_)
        all.push_back({population.name, population.rates_Hz(counted_ms), population.cvs(),
                       population.correlation.at(t_ms)});
    return all;
}

std::string RunStatistics::save() const {
    std::string bytes;
    for (const OfPopulation& population : populations_) {
        put(bytes, population.spikes);
        for (const Intervals& neuron : population.neurons) {
            put(bytes, neuron.spikes);
            put(bytes, neuron.last_ms);
            put(bytes, neuron.mean_ms);
            put(bytes, neuron.squares);
        }
        population.correlation.save(bytes);
    }
    return bytes;
}

void RunStatistics::load(std::string_view saved, double t_ms, std::uint64_t n_spikes) {
    SavedNumbers numbers(saved);
    for (OfPopulation& population : populations_)
        population.load(numbers, t_ms);
    numbers.require_end();
    SavedNumbers::require(spikes() == n_spikes);
}

void RunStatistics::OfPopulation::load(SavedNumbers& saved, double t_ms) {
    spikes = saved.number();
    std::uint64_t counted = 0;
    for (Intervals& neuron : neurons) {
        neuron.spikes = saved.number();
        neuron.last_ms = saved.real();
        neuron.mean_ms = saved.real();
        neuron.squares = saved.real();
        SavedNumbers::require(neuron.can_be(t_ms));
        counted += neuron.spikes;
    }
    SavedNumbers::require(counted <= spikes && spikes <= k_most_counted);
    correlation.load(saved, t_ms, spikes_of_neurons());
}

bool RunStatistics::Intervals::can_be(double t_ms) const {
    const auto between = [](double least, double value, double most) {
        return least <= value && value <= most; // no for NaN
    };
    if (spikes == 0) return last_ms == 0.0 && mean_ms == 0.0 && squares == 0.0;
    if (spikes == 1) return between(0.0, last_ms, t_ms) && mean_ms == 0.0 && squares == 0.0;
    return spikes <= k_most_counted && between(0.0, last_ms, t_ms) && between(0.0, mean_ms, t_ms) &&
           between(0.0, squares, static_cast<double>(spikes) * t_ms * t_ms);
}

void RunStatistics::Intervals::add(double t_ms) {
    if (++spikes > 1) {
        const double interval_ms = t_ms - last_ms;
        const double before = interval_ms - mean_ms;
        mean_ms += before / static_cast<double>(spikes - 1);
        squares += before * (interval_ms - mean_ms);
    }
    last_ms = t_ms;
}

std::optional<double> RunStatistics::Intervals::cv() const {
    if (spikes < 3 || mean_ms <= 0.0) return std::nullopt;
    return std::sqrt(squares / static_cast<double>(spikes - 1)) / mean_ms;
}

std::vector<std::uint64_t> RunStatistics::OfPopulation::spikes_of_neurons() const {
    std::vector<std::uint64_t> numbers;
    numbers.reserve(neurons.size());
    for (const Intervals& neuron : neurons)
        numbers.push_back(neuron.spikes);
    return numbers;
}

std::vector<double> RunStatistics::OfPopulation::rates_Hz(double counted_ms) const {
    std::vector<double> rates;
    rates.reserve(neurons.size());
    for (const Intervals& neuron : neurons)
        rates.push_back(1000.0 * static_cast<double>(neuron.spikes) / counted_ms);
    return rates;
}

std::vector<double> RunStatistics::OfPopulation::cvs() const {
    std::vector<double> cvs;
    for (const Intervals& neuron : neurons) {
        if (const std::optional<double> cv = neuron.cv()) cvs.push_back(*cv);
    }
    return cvs;
}

Json RunStatistics::OfPopulation::to_json(double warm_up_ms, double t_ms) const {
    Json json = {{"neurons", neurons.size()},
                 {"spikes", spikes},
                 {"rate_Hz", nullptr},
                 {"rate_sd_Hz", nullptr},
                 {"rate_quantiles_Hz", nullptr},
                 {"silent_neurons", nullptr},
                 {"cv_isi", nullptr},
                 {"cv_isi_sd", nullptr},
                 {"cv_neurons", 0},
                 {"correlation", nullptr}};
    const double counted_ms = t_ms - warm_up_ms;
    if (!(counted_ms > 0.0)) return json;
    std::vector<double> rates = rates_Hz(counted_ms);
    json["rate_Hz"] = mean(rates);
    json["rate_sd_Hz"] = standard_deviation(rates);
    json["silent_neurons"] = std::count(rates.begin(), rates.end(), 0.0);
    json["rate_quantiles_Hz"] = quantiles_of(std::move(rates));
    const std::vector<double> of_intervals = cvs();
    if (!of_intervals.empty()) {
        json["cv_isi"] = mean(of_intervals);
        json["cv_isi_sd"] = standard_deviation(of_intervals);
    }
    json["cv_neurons"] = of_intervals.size();
    json["correlation"] = correlation.to_json(t_ms);
    return json;
}

} // namespace spikewell::io
