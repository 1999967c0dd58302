#include "neuron_models/lif_exp.hpp"

#include <algorithm>
#include <limits>

namespace spikewell {

namespace {

constexpr double k_never = std::numeric_limits<double>::infinity();
// Intervals are halved no more often than this: V that exceeds the threshold for less than 2^-50 of
// the interval is taken to touch it.
constexpr int k_deepest = 50;

/// The neuron at one time.
struct Point {
    double s_ms;
    double g_e, g_i;
    double distance; // V - V_th
};

class Trajectory {
  public:
    Trajectory(const LifExp& params, const ExpPoint& start)
        : params_(params), start_(start), offset_(params.V_inf_mV() - params.V_th_mV) {}

    [[nodiscard]] Point at(double s_ms) const {
        const LifExp& p = params_;
        const double m = std::exp(-s_ms / p.tau_m_ms);
        const double e = std::exp(-s_ms / p.tau_syn_exc_ms);
        const double i = std::exp(-s_ms / p.tau_syn_inh_ms);
        return {s_ms, start_.g_e_mV * e, start_.g_i_mV * i,
                offset_ + start_.x_mV * m +
                    start_.g_e_mV * psp_factor(p.tau_m_ms, p.tau_syn_exc_ms, s_ms, m, e) +
                    start_.g_i_mV * psp_factor(p.tau_m_ms, p.tau_syn_inh_ms, s_ms, m, i)};
    }
    [[nodiscard]] double slope(const Point& p) const { // mV / ms
        return (offset_ - p.distance + p.g_e + p.g_i) / params_.tau_m_ms;
    }
    /// Bounds of V_inf - V_th + g_e + g_i between two points.
    [[nodiscard]] double least_drive(const Point& a, const Point& b) const {
        return offset_ + b.g_e + a.g_i;
    }
    [[nodiscard]] double greatest_drive(const Point& a, const Point& b) const {
        return offset_ + a.g_e + b.g_i;
    }
    /// V - V_th gets no higher than this between a and b.
    [[nodiscard]] double highest(const Point& a, const Point& b) const {
        const double rise = greatest_drive(a, b) - a.distance;
        return a.distance - std::expm1((a.s_ms - b.s_ms) / params_.tau_m_ms) * std::max(rise, 0.0);
    }

  private:
    const LifExp& params_;
    ExpPoint start_;
    double offset_;
};

/// The one root between a (below) and b (at or above).
double root_between(const Trajectory& v, Point a, Point b) {
    double s_ms = b.s_ms;
    Point p = b;
    for (int step = 0; step < 100; ++step) {
        double next_ms = s_ms - p.distance / v.slope(p);
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
    if (v.greatest_drive(a, b) <= 0.0) return k_never;
    if (b.distance < 0.0 && v.highest(a, b) < 0.0) return k_never;
    if (v.least_drive(a, b) >= 0.0) return b.distance >= 0.0 ? root_between(v, a, b) : k_never;
    if (depth == k_deepest) return b.distance >= 0.0 ? b.s_ms : k_never;
    const Point middle = v.at(0.5 * (a.s_ms + b.s_ms));
    if (const double s_ms = first_root(v, a, middle, depth + 1); s_ms < k_never) return s_ms;
    if (middle.distance >= 0.0) return middle.s_ms;
    return first_root(v, middle, b, depth + 1);
}

} // namespace

double first_crossing_ms(const LifExp& params, const ExpPoint& start, double length_ms) {
    const Trajectory v(params, start);
    return first_root(v, v.at(0.0), v.at(length_ms), 0);
}

} // namespace spikewell
