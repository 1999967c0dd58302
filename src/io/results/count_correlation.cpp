#include "io/results/count_correlation.hpp"

#include "core/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spikewell::io {

std::size_t CountCorrelation::most_neurons_of(std::size_t n_populations, std::size_t asked) {
    constexpr double k_most_pairs = 1U << 22U;
    const double each = k_most_pairs / static_cast<double>(std::max<std::size_t>(n_populations, 1));
    return std::min(asked, static_cast<std::size_t>(std::sqrt(2.0 * each)));
}

CountCorrelation::CountCorrelation(std::size_t n_neurons,
                                   const CorrelationPlan& plan,
                                   double start_ms)
    : bins_{start_ms, plan.bin_ms}, place_(n_neurons, k_none) {
    const std::size_t n = std::min(n_neurons, plan.most_neurons);
    for (std::size_t j = 0; j < n; ++j)
        place_[j * n_neurons / n] = static_cast<std::uint16_t>(j);
    sums_.resize(n);
    squares_.resize(n);
    products_.resize(n > 0 ? n * (n - 1) / 2 : 0);
    counts_.resize(n);
}

void CountCorrelation::add_to(double t_ms, std::uint16_t place) {
    const std::uint64_t bin = bins_.at(t_ms);
    if (bin > bin_) {
        close_bin();
        bin_ = bin;
    }
    if (counts_[place]++ == 0) active_.push_back(place);
}

void CountCorrelation::close_bin() {
    for (std::size_t a = 0; a < active_.size(); ++a) {
        const std::uint64_t count = counts_[active_[a]];
        sums_[active_[a]] += count;
        squares_[active_[a]] += count * count;
        for (std::size_t b = 0; b < a; ++b)
            products_[pair(active_[a], active_[b])] += count * counts_[active_[b]];
    }
    for (const std::uint16_t place : active_)
        counts_[place] = 0;
    active_.clear();
}

std::vector<double> CountCorrelation::of_pairs(double n_bins) const {
    // n_bins^2 times covariances; whole numbers.
    const auto spread = [&](std::uint64_t product, std::size_t a, std::size_t b) {
        return n_bins * static_cast<double>(product) -
               static_cast<double>(sums_[a]) * static_cast<double>(sums_[b]);
    };
    std::vector<double> found;
    for (std::size_t b = 1; b < n(); ++b) {
        const double of_b = spread(squares_[b], b, b);
        if (!(of_b > 0.0)) continue;
        for (std::size_t a = 0; a < b; ++a) {
            const double of_a = spread(squares_[a], a, a);
            if (of_a > 0.0)
                found.push_back(spread(products_[pair(a, b)], a, b) / std::sqrt(of_a * of_b));
        }
    }
    return found;
}

std::vector<double> CountCorrelation::at(double t_ms) const {
    const std::uint64_t n_bins = bins_.over_at(t_ms);
    CountCorrelation closed = *this;
    if (bin_ < n_bins) closed.close_bin();
    return closed.of_pairs(static_cast<double>(n_bins));
}

nlohmann::ordered_json CountCorrelation::to_json(double t_ms) const {
    const std::vector<double> found = at(t_ms);
    nlohmann::ordered_json json = {{"mean", nullptr},
                                   {"sd", nullptr},
                                   {"pairs", found.size()},
                                   {"neurons", n()},
                                   {"bin_ms", bins_.width_ms}};
    if (!found.empty()) {
        json["mean"] = mean(found);
        json["sd"] = standard_deviation(found);
    }
    return json;
}

void CountCorrelation::save(std::string& bytes) const {
    put(bytes, bin_);
    for (const auto* values : {&counts_, &sums_, &squares_, &products_}) {
        for (const std::uint64_t value : *values)
            put(bytes, value);
    }
}

void CountCorrelation::load(SavedNumbers& saved,
                            double t_ms,
                            const std::vector<std::uint64_t>& n_spikes) {
    bin_ = saved.number();
    SavedNumbers::require(bin_ <= (t_ms > bins_.start_ms ? bins_.at(t_ms) : 0));
    for (auto* values : {&counts_, &sums_, &squares_, &products_}) {
        for (std::uint64_t& value : *values) {
            value = saved.number();
            SavedNumbers::require(value <= k_most_counted);
        }
    }
    active_.clear();
    for (std::size_t j = 0; j < n(); ++j) {
        SavedNumbers::require(sums_[j] + counts_[j] == n_spikes[j * n_spikes.size() / n()]);
        SavedNumbers::require(squares_[j] >= sums_[j]);
        if (counts_[j] > 0) active_.push_back(static_cast<std::uint16_t>(j));
    }
}

} // namespace spikewell::io
