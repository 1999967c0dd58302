#include "neuron_models/lif_exp.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace spikewell {

namespace {

constexpr double k_never = std::numeric_limits<double>::infinity();
// Intervals are halved no more often than this: a maximum that exceeds the threshold for less than
// 2^-50 of the interval is taken to touch it.
constexpr int k_deepest = 50;

/// V - V_th and its parts at one time.
struct Point {
    double s_ms;
    std::array<double, 3> term;
    std::array<double, 3> slope; // of each term
    double distance;             // V - V_th
};

class Trajectory {
  public:
    Trajectory(const LifExp& params, const ExpTerms& terms)
        : start_{terms.y, terms.e, terms.i}, rate_{1.0 / params.tau_m_ms,
                                                   1.0 / params.tau_syn_exc_ms,
                                                   1.0 / params.tau_syn_inh_ms},
          offset_(params.V_inf_mV() - params.V_th_mV) {}

    [[nodiscard]] Point at(double s_ms) const {
        Point p{s_ms, {}, {}, offset_};
        for (std::size_t k = 0; k < 3; ++k) {
            p.term[k] = start_[k] * std::exp(-s_ms * rate_[k]);
            p.slope[k] = -p.term[k] * rate_[k];
            p.distance += p.term[k];
        }
        return p;
    }
    [[nodiscard]] double offset() const { return offset_; }

  private:
    std::array<double, 3> start_;
    std::array<double, 3> rate_;
    double offset_;
};

/// The one root between a (below) and b (at or above), where V rises throughout.
double root_between(const Trajectory& v, Point a, Point b) {
    double s_ms = b.s_ms;
    Point p = b;
    for (int step = 0; step < 100; ++step) {
        const double slope = p.slope[0] + p.slope[1] + p.slope[2];
        double next_ms = s_ms - p.distance / slope;
        if (!(next_ms > a.s_ms && next_ms < b.s_ms)) next_ms = 0.5 * (a.s_ms + b.s_ms);
        if (std::abs(next_ms - s_ms) <= 1e-15 * std::max(b.s_ms, 1e-3)) return next_ms;
        s_ms = next_ms;
        p = v.at(s_ms);
        (p.distance < 0.0 ? a : b) = p;
        if (p.distance == 0.0) return s_ms;
    }
    return s_ms;
}

double first_root(const Trajectory& v, const Point& a, const Point& b, int depth) {
    // Each term is monotone, and so is its slope: their ends bound them.
    double highest = v.offset();
    double least_slope = 0.0;
    double greatest_slope = 0.0;
    for (std::size_t k = 0; k < 3; ++k) {
        highest += std::max(a.term[k], b.term[k]);
        least_slope += std::min(a.slope[k], b.slope[k]);
        greatest_slope += std::max(a.slope[k], b.slope[k]);
    }
    if (highest < 0.0 || greatest_slope <= 0.0) return k_never;
    if (least_slope >= 0.0) return b.distance >= 0.0 ? root_between(v, a, b) : k_never;
    if (depth == k_deepest) return b.distance >= 0.0 ? b.s_ms : k_never;
    const Point middle = v.at(0.5 * (a.s_ms + b.s_ms));
    if (const double s_ms = first_root(v, a, middle, depth + 1); s_ms < k_never) return s_ms;
    if (middle.distance >= 0.0) return middle.s_ms;
    return first_root(v, middle, b, depth + 1);
}

} // namespace

double first_crossing_ms(const LifExp& params, const ExpTerms& terms, double length_ms) {
    const Trajectory v(params, terms);
    return first_root(v, v.at(0.0), v.at(length_ms), 0);
}

} // namespace spikewell
