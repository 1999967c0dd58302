#include "neuron_models/lif_alpha.hpp"

#include "neuron_models/alpha_current.hpp"
#include "neuron_models/first_crossing.hpp"

#include <limits>

namespace spikewell {

namespace {

/// The neuron between two events.
class AlphaPath {
  public:
    struct Point {
        double s_ms;
        double distance; ///< V - V_th
        double current_pA;
    };

    AlphaPath(const LifAlpha& p, const std::array<double, 5>& x)
        : p_(p),
          V_mV_(x[0]), exc_{x[1], x[2], p.tau_syn_exc_ms}, inh_{x[3], x[4], p.tau_syn_inh_ms} {}

    [[nodiscard]] double V_mV(double s_ms) const {
        double charge = 0.0; // that V has taken up of the currents, as a voltage times C
        for (const AlphaCurrent* current : {&exc_, &inh_}) {
            if (current->I_pA == 0.0 && current->J_pA_per_ms == 0.0) continue;
            const AlphaCharge f = alpha_charge(p_.tau_m_ms, current->tau_ms, s_ms);
            charge += current->I_pA * f.of_1 + current->J_pA_per_ms * f.of_s;
        }
        const double rest_mV = p_.E_L_mV + p_.drive_pA * p_.tau_m_ms / p_.C_m_pF;
        return rest_mV + (V_mV_ - rest_mV) * std::exp(-s_ms / p_.tau_m_ms) + charge / p_.C_m_pF;
    }
    [[nodiscard]] Point at(double s_ms) const {
        return {s_ms, V_mV(s_ms) - p_.V_th_mV, exc_.at(s_ms) + inh_.at(s_ms)};
    }
    [[nodiscard]] double slope(const Point& p) const {
        return (drive_mV(p.current_pA) - p.distance) / p_.tau_m_ms;
    }
    [[nodiscard]] double least_drive(const Point& a, const Point& b) const {
        return drive_mV(exc_.range(a.s_ms, b.s_ms).first + inh_.range(a.s_ms, b.s_ms).first);
    }
    [[nodiscard]] double greatest_drive(const Point& a, const Point& b) const {
        return drive_mV(exc_.range(a.s_ms, b.s_ms).second + inh_.range(a.s_ms, b.s_ms).second);
    }
    [[nodiscard]] double highest(const Point& a, const Point& b) const {
        const double rise = greatest_drive(a, b) - a.distance;
        return a.distance - std::expm1((a.s_ms - b.s_ms) / p_.tau_m_ms) * std::max(rise, 0.0);
    }

  private:
    /// Where V aims, from the threshold on.
    [[nodiscard]] double drive_mV(double current_pA) const {
        return p_.E_L_mV - p_.V_th_mV + (current_pA + p_.drive_pA) * p_.tau_m_ms / p_.C_m_pF;
    }

    const LifAlpha& p_;
    double V_mV_;
    AlphaCurrent exc_, inh_;
};

} // namespace

PynnModel Card<LifAlpha>::pynn(const LifAlpha& p) {
    return {"IF_curr_alpha",
            {{"cm", p.C_m_pF},
             {"tau_m", p.tau_m_ms},
             {"v_rest", p.E_L_mV},
             {"v_thresh", p.V_th_mV},
             {"v_reset", p.V_reset_mV},
             {"tau_refrac", p.t_ref_ms},
             {"i_offset", p.drive_pA},
             {"tau_syn_E", p.tau_syn_exc_ms},
             {"tau_syn_I", p.tau_syn_inh_ms}}};
}

double Dynamics<LifAlpha>::advance(State& state, double length_ms) const {
    if (state[0] >= p_.V_th_mV) return 0.0;
    const AlphaPath path(p_, state);
    const double s_ms = FirstCrossing(path).within(length_ms);
    const double until_ms = std::min(s_ms, length_ms);
    const double V_mV = path.V_mV(until_ms);
    hold(state, until_ms);
    // What round-off puts at the threshold without a crossing has not crossed it.
    state[0] = s_ms <= length_ms ? V_mV : std::min(V_mV, std::nextafter(p_.V_th_mV, -1e9));
    return s_ms;
}

// V aims no higher than with the greatest currents to come, all at once.
double Dynamics<LifAlpha>::quiet_ms(const State& state) const {
    constexpr double k_never = std::numeric_limits<double>::infinity();
    const double current_pA = AlphaCurrent{state[1], state[2], p_.tau_syn_exc_ms}.most_pA() +
                              AlphaCurrent{state[3], state[4], p_.tau_syn_inh_ms}.most_pA() +
                              p_.drive_pA;
    const double aim_mV = p_.E_L_mV + current_pA * p_.tau_m_ms / p_.C_m_pF;
    if (!(state[0] < p_.V_th_mV)) return 0.0;
    if (!(aim_mV > p_.V_th_mV)) return k_never;
    return p_.tau_m_ms * std::log((aim_mV - state[0]) / (aim_mV - p_.V_th_mV));
}

Dynamics<LifAlpha>::State Dynamics<LifAlpha>::drift(const State& x, double s_ms) const {
    State then = x;
    hold(then, s_ms);
    const AlphaCharge exc = alpha_charge(p_.tau_m_ms, p_.tau_syn_exc_ms, s_ms);
    const AlphaCharge inh = alpha_charge(p_.tau_m_ms, p_.tau_syn_inh_ms, s_ms);
    then[0] = x[0] * std::exp(-s_ms / p_.tau_m_ms) +
              (x[1] * exc.of_1 + x[2] * exc.of_s + x[3] * inh.of_1 + x[4] * inh.of_s) / p_.C_m_pF;
    return then;
}

// At the threshold or below V falls no faster than by (V_th - rest - R I_i) / tau_m. What there was of I_i
// has only decayed since, or grown by J_i and by what arrived, of which each J brings no more than J times
// the length; and I_i(0), taken with what arrives later, is too small in size by no more than that again.
Fall<Dynamics<LifAlpha>::State> Dynamics<LifAlpha>::most_fall(double length_ms) const {
    const double taus = length_ms / p_.tau_m_ms;
    const double of_current = taus * p_.tau_m_ms / p_.C_m_pF;
    return {taus * (p_.V_th_mV - rest_mV()),
            {0.0, 0.0, 0.0, -of_current, -2.0 * length_ms * of_current}};
}

void Dynamics<LifAlpha>::hold(State& state, double length_ms) const {
    const AlphaCurrent exc{state[1], state[2], p_.tau_syn_exc_ms};
    const AlphaCurrent inh{state[3], state[4], p_.tau_syn_inh_ms};
    state[1] = exc.at(length_ms);
    state[2] = exc.rise_at(length_ms);
    state[3] = inh.at(length_ms);
    state[4] = inh.rise_at(length_ms);
}

} // namespace spikewell
