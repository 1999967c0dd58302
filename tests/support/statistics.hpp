#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace spikewell::test {

/// Kolmogorov-Smirnov distance of a sample from a distribution function, times sqrt(n) (with
/// Stephens' small-sample factor): its tail is P(D > x) = 2 sum (-1)^(k-1) exp(-2 k^2 x^2).
inline double kolmogorov_statistic(std::vector<double> sample,
                                   const std::function<double(double)>& cdf) {
    std::sort(sample.begin(), sample.end());
    const auto n = static_cast<double>(sample.size());
    double distance = 0.0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const double f = cdf(sample[i]);
        distance = std::max(
            {distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
    }
    return distance * (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n));
}

/// Probability of a Kolmogorov statistic this large or larger when the sample is from the
/// distribution.
inline double kolmogorov_p(double statistic) {
    double p = 0.0;
    for (int k = 1; k <= 100; ++k) {
        p += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * statistic * statistic);
    }
    return std::clamp(p, 0.0, 1.0);
}

/// Intervals of the process that neurons' processes make when laid end to end in their own time:
/// what is left of a neuron at the end is carried over to the next, so that all intervals are unit
/// exponential variates and independent, without a bias from where the recording ends.
class EndToEnd {
  public:
    void wait(double time) { rest_ += time; }
    void event() {
        intervals.push_back(rest_);
        rest_ = 0.0;
    }
    /// Their Kolmogorov-Smirnov p-value against the unit exponential law.
    [[nodiscard]] double p() const {
        return kolmogorov_p(kolmogorov_statistic(
            intervals, [](double x) { return 1.0 - std::exp(-std::max(0.0, x)); }));
    }
    std::vector<double> intervals;

  private:
    double rest_ = 0.0;
};

} // namespace spikewell::test
