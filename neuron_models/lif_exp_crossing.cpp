#include "neuron_models/first_crossing.hpp"
#include "neuron_models/lif_exp.hpp"

namespace spikewell {

namespace {

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

} // namespace

double first_crossing_ms(const LifExp& params, const ExpPoint& start, double length_ms) {
    const Trajectory path(params, start);
    return FirstCrossing(path).within(length_ms);
}

} // namespace spikewell
