#include "core/statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace spikewell {

double mean(std::span<const double> x) {
    if (x.empty()) return 0.0;
    return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

namespace {
double sum_of_squares(std::span<const double> x) {
    const double m = mean(x);
    return std::accumulate(x.begin(), x.end(), 0.0,
                           [m](double sum, double v) { return sum + (v - m) * (v - m); });
}
} // namespace

double variance(std::span<const double> x) {
    return x.empty() ? 0.0 : sum_of_squares(x) / static_cast<double>(x.size());
}

double standard_deviation(std::span<const double> x) {
    return std::sqrt(variance(x));
}

double sample_standard_deviation(std::span<const double> x) {
    return x.size() < 2 ? 0.0 : std::sqrt(sum_of_squares(x) / static_cast<double>(x.size() - 1));
}

double standard_error(std::span<const double> x) {
    return x.empty() ? 0.0
                     : sample_standard_deviation(x) / std::sqrt(static_cast<double>(x.size()));
}

double median(std::vector<double> x) {
    if (x.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::sort(x.begin(), x.end());
    const std::size_t middle = x.size() / 2;
    return x.size() % 2 == 1 ? x[middle] : 0.5 * (x[middle - 1] + x[middle]);
}

double correlation(std::span<const double> x, std::span<const double> y) {
    assert(x.size() == y.size());
    const double mx = mean(x);
    const double my = mean(y);
    double xy = 0.0;
    double xx = 0.0;
    double yy = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mx) * (y[i] - my);
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
    }
    const double scale = std::sqrt(xx) * std::sqrt(yy);
    return scale > 0.0 ? xy / scale : 0.0;
}

double kolmogorov_distance(std::vector<double> a, std::vector<double> b) {
    if (a.empty() || b.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    double greatest = 0.0;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        const double x = std::min(a[i], b[j]);
        while (i < a.size() && a[i] <= x)
            ++i;
        while (j < b.size() && b[j] <= x)
            ++j;
        greatest =
            std::max(greatest, std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                        static_cast<double>(j) / static_cast<double>(b.size())));
    }
    return greatest;
}

double dot(std::span<const double> x, std::span<const double> y) {
    assert(x.size() == y.size());
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

double batch_standard_error(std::span<const double> x, std::size_t n_batches) {
    const std::size_t length = x.size() / n_batches;
    assert(length > 0);
    std::vector<double> means(n_batches);
    for (std::size_t b = 0; b < n_batches; ++b)
        means[b] = mean(x.subspan(b * length, length));
    return standard_error(means);
}

} // namespace spikewell
