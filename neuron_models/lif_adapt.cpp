#include "neuron_models/lif_adapt.hpp"

#include "neuron_models/first_crossing.hpp"
#include "neuron_models/lif_exp.hpp"

#include <limits>

namespace spikewell {

namespace {

/// The neuron between two events.
class AdaptingPath {
  public:
    using State = Dynamics<LifAdapt>::State;
    struct Point {
        double s_ms;
        double distance; ///< V - V_th - theta
        State x;
    };

    AdaptingPath(const LifAdapt& p, const Dynamics<LifAdapt>& equations, const State& begin)
        : p_(p), equations_(equations), begin_(begin) {
        begin_[0] -= equations.rest_mV();
    }

    [[nodiscard]] Point at(double s_ms) const {
        State x = equations_.drift(begin_, s_ms);
        x[0] += equations_.rest_mV();
        return {s_ms, x[0] - p_.V_th_mV - x[4], x};
    }
    [[nodiscard]] double slope(const Point& p) const {
        return (drive_mV(p.x, p.x) - p.distance) / p_.tau_m_ms;
    }
    // All terms decay: what raises V is least at the end, what lowers it at the beginning.
    [[nodiscard]] double least_drive(const Point& a, const Point& b) const {
        return drive_mV(b.x, a.x);
    }
    [[nodiscard]] double greatest_drive(const Point& a, const Point& b) const {
        return drive_mV(a.x, b.x);
    }
    [[nodiscard]] double highest(const Point& a, const Point& b) const {
        const double rise = greatest_drive(a, b) - a.distance;
        return a.distance - std::expm1((a.s_ms - b.s_ms) / p_.tau_m_ms) * std::max(rise, 0.0);
    }

  private:
    /// D of the card, with what raises V of one point and what lowers it of another.
    [[nodiscard]] double drive_mV(const State& raises, const State& lowers) const {
        const double of_theta = p_.tau_m_ms / p_.tau_th_ms - 1.0;
        return equations_.rest_mV() - p_.V_th_mV +
               p_.R_mV_per_pA() * (raises[1] + lowers[2] - lowers[3]) +
               of_theta * (of_theta > 0.0 ? raises : lowers)[4];
    }

    const LifAdapt& p_;
    const Dynamics<LifAdapt>& equations_;
    State begin_;
};

} // namespace

double Dynamics<LifAdapt>::advance(State& state, double length_ms) const {
    if (state[0] >= p_.V_th_mV + state[4]) return 0.0;
    const AdaptingPath path(p_, *this, state);
    const double s_ms = FirstCrossing(path).within(length_ms);
    const AdaptingPath::Point end = path.at(std::min(s_ms, length_ms));
    state = end.x;
    // What round-off puts at the threshold without a crossing has not crossed it.
    if (!(s_ms <= length_ms))
        state[0] = std::min(state[0], std::nextafter(p_.V_th_mV + state[4], -1e9));
    return s_ms;
}

void Dynamics<LifAdapt>::hold(State& state, double length_ms) const {
    state[1] *= std::exp(-length_ms / p_.tau_syn_exc_ms);
    state[2] *= std::exp(-length_ms / p_.tau_syn_inh_ms);
    state[3] *= std::exp(-length_ms / p_.tau_w_ms);
    state[4] *= std::exp(-length_ms / p_.tau_th_ms);
}

// V aims no higher than with all excitation and nothing against it, at a threshold no lower than V_th.
double Dynamics<LifAdapt>::quiet_ms(const State& state) const {
    const double aim_mV = rest_mV() + p_.R_mV_per_pA() * state[1];
    if (!(state[0] < p_.V_th_mV)) return 0.0;
    if (!(aim_mV > p_.V_th_mV)) return std::numeric_limits<double>::infinity();
    return p_.tau_m_ms * std::log((aim_mV - state[0]) / (aim_mV - p_.V_th_mV));
}

Dynamics<LifAdapt>::State Dynamics<LifAdapt>::drift(const State& x, double s_ms) const {
    State then = x;
    hold(then, s_ms);
    const auto adds = [&](double I_pA, double tau_s_ms) {
        return I_pA == 0.0 ? 0.0 : I_pA * psp_factor(p_.tau_m_ms, tau_s_ms, s_ms);
    };
    then[0] = x[0] * std::exp(-s_ms / p_.tau_m_ms) +
              p_.R_mV_per_pA() * (adds(x[1], p_.tau_syn_exc_ms) + adds(x[2], p_.tau_syn_inh_ms) -
                                  adds(x[3], p_.tau_w_ms));
    return then;
}

// While V is at the threshold or below it falls no faster than by (V_th + theta - rest + R (w - I_i)) / tau_m, with
// these as they are when the length begins; and theta falls itself.
Fall<Dynamics<LifAdapt>::State> Dynamics<LifAdapt>::most_fall(double length_ms) const {
    const double taus = length_ms / p_.tau_m_ms;
    const double of_current = taus * p_.R_mV_per_pA();
    return {taus * (p_.V_th_mV - rest_mV()), {0.0, 0.0, -of_current, of_current, taus}};
}

} // namespace spikewell
