#include "neuron_models/glif.hpp"

#include "neuron_models/alpha_current.hpp"
#include "neuron_models/first_crossing.hpp"
#include "neuron_models/lif_exp.hpp"

#include <fmt/format.h>

#include <limits>

namespace spikewell {

namespace {

// What a spike leaves is known to a digit in 1e16 / e^10 when the refractory period is over.
constexpr double k_most_taus_of_t_ref = 10.0;

/// What makes a variable `after` more when t_ref is over.
double jump_for(double after, double t_ref_ms, double tau_ms) {
    return after == 0.0 ? 0.0 : after * std::exp(t_ref_ms / tau_ms);
}

/// The neuron between two events.
class GlifPath {
  public:
    using State = Dynamics<Glif>::State;
    struct Point {
        double s_ms;
        double distance; ///< V - V_th - theta
        State x;
    };

    GlifPath(const Glif& p, const Dynamics<Glif>& equations, const State& begin)
        : p_(p), equations_(equations), begin_(begin), tau_m_ms_(p.tau_m_ms()) {
        begin_[0] -= equations.rest_mV();
    }

    [[nodiscard]] Point at(double s_ms) const {
        State x = equations_.drift(begin_, s_ms);
        x[0] += equations_.rest_mV();
        return {s_ms, x[0] - p_.V_th_mV - x[7], x};
    }
    [[nodiscard]] double slope(const Point& p) const {
        const double current_pA = p.x[1] + p.x[3] + p.x[5] + p.x[6];
        return (drive_mV(current_pA, p.x[7]) - p.distance) / tau_m_ms_;
    }
    [[nodiscard]] double least_drive(const Point& a, const Point& b) const {
        const double current_pA = exc().range(a.s_ms, b.s_ms).first +
                                  inh().range(a.s_ms, b.s_ms).first + std::min(a.x[5], b.x[5]) +
                                  std::min(a.x[6], b.x[6]);
        return drive_mV(current_pA, (of_theta() > 0.0 ? b : a).x[7]);
    }
    [[nodiscard]] double greatest_drive(const Point& a, const Point& b) const {
        const double current_pA = exc().range(a.s_ms, b.s_ms).second +
                                  inh().range(a.s_ms, b.s_ms).second + std::max(a.x[5], b.x[5]) +
                                  std::max(a.x[6], b.x[6]);
        return drive_mV(current_pA, (of_theta() > 0.0 ? a : b).x[7]);
    }
    [[nodiscard]] double highest(const Point& a, const Point& b) const {
        const double rise = greatest_drive(a, b) - a.distance;
        return a.distance - std::expm1((a.s_ms - b.s_ms) / tau_m_ms_) * std::max(rise, 0.0);
    }

  private:
    [[nodiscard]] AlphaCurrent exc() const { return {begin_[1], begin_[2], p_.tau_syn_exc_ms}; }
    [[nodiscard]] AlphaCurrent inh() const { return {begin_[3], begin_[4], p_.tau_syn_inh_ms}; }
    [[nodiscard]] double of_theta() const { return tau_m_ms_ / p_.tau_th_ms - 1.0; }
    /// D of the card.
    [[nodiscard]] double drive_mV(double current_pA, double theta_mV) const {
        return equations_.rest_mV() - p_.V_th_mV + current_pA / p_.g_L_nS + of_theta() * theta_mV;
    }

    const Glif& p_;
    const Dynamics<Glif>& equations_;
    State begin_;
    double tau_m_ms_;
};

} // namespace

std::vector<Misfit> Card<Glif>::misfits(const Glif& p) {
    std::vector<Misfit> found;
    if (!k_time_constants_ms.contains(p.tau_m_ms()))
        found.push_back({"C_m_pF", p.C_m_pF,
                         fmt::format("{} .. {} times g_L_nS = {}", k_time_constants_ms.low,
                                     k_time_constants_ms.high, p.g_L_nS)});
    const double least_mV = p.V_after_mV(0.0) - p.b_th_mV;
    if (!(p.V_th_mV > least_mV))
        found.push_back(
            {"V_th_mV", p.V_th_mV,
             above_field("V_reset_mV + reset_fraction (V_th_mV - E_L_mV) - b_th_mV", least_mV)});
    const auto limit = [&](double jump, std::string_view tau_key, double tau_ms) {
        if (jump == 0.0 || p.t_ref_ms <= k_most_taus_of_t_ref * tau_ms) return;
        found.push_back({"t_ref_ms", p.t_ref_ms,
                         fmt::format("<= {} {} = {}", k_most_taus_of_t_ref, tau_key,
                                     k_most_taus_of_t_ref * tau_ms)});
    };
    limit(p.b_th_mV, "tau_th_ms", p.tau_th_ms);
    limit(p.asc_1_pA, "tau_asc_1_ms", p.tau_asc_1_ms);
    limit(p.asc_2_pA, "tau_asc_2_ms", p.tau_asc_2_ms);
    return found;
}

Dynamics<Glif>::Dynamics(const Glif& neuron)
    : p_(neuron), tau_m_ms_(neuron.tau_m_ms()),
      jump_{jump_for(neuron.asc_1_pA, neuron.t_ref_ms, neuron.tau_asc_1_ms),
            jump_for(neuron.asc_2_pA, neuron.t_ref_ms, neuron.tau_asc_2_ms),
            jump_for(neuron.b_th_mV, neuron.t_ref_ms, neuron.tau_th_ms)} {}

double Dynamics<Glif>::advance(State& state, double length_ms) const {
    if (state[0] >= p_.V_th_mV + state[7]) return 0.0;
    const GlifPath path(p_, *this, state);
    const double s_ms = FirstCrossing(path).within(length_ms);
    const GlifPath::Point end = path.at(std::min(s_ms, length_ms));
    state = end.x;
    // What round-off puts at the threshold without a crossing has not crossed it.
    if (!(s_ms <= length_ms))
        state[0] = std::min(state[0], std::nextafter(p_.V_th_mV + state[7], -1e9));
    return s_ms;
}

void Dynamics<Glif>::hold(State& state, double length_ms) const {
    const AlphaCurrent exc{state[1], state[2], p_.tau_syn_exc_ms};
    const AlphaCurrent inh{state[3], state[4], p_.tau_syn_inh_ms};
    state[1] = exc.at(length_ms);
    state[2] = exc.rise_at(length_ms);
    state[3] = inh.at(length_ms);
    state[4] = inh.rise_at(length_ms);
    state[5] *= std::exp(-length_ms / p_.tau_asc_1_ms);
    state[6] *= std::exp(-length_ms / p_.tau_asc_2_ms);
    state[7] *= std::exp(-length_ms / p_.tau_th_ms);
}

// V aims no higher than with the greatest currents to come, all at once, at a threshold no lower than V_th.
double Dynamics<Glif>::quiet_ms(const State& state) const {
    const double current_pA = AlphaCurrent{state[1], state[2], p_.tau_syn_exc_ms}.most_pA() +
                              AlphaCurrent{state[3], state[4], p_.tau_syn_inh_ms}.most_pA() +
                              std::max(state[5], 0.0) + std::max(state[6], 0.0);
    const double aim_mV = rest_mV() + current_pA / p_.g_L_nS;
    if (!(state[0] < p_.V_th_mV)) return 0.0;
    if (!(aim_mV > p_.V_th_mV)) return std::numeric_limits<double>::infinity();
    return tau_m_ms_ * std::log((aim_mV - state[0]) / (aim_mV - p_.V_th_mV));
}

Dynamics<Glif>::State Dynamics<Glif>::drift(const State& x, double s_ms) const {
    State then = x;
    hold(then, s_ms);
    // What V has taken up of the currents.
    const auto of_alpha = [&](double I_pA, double J_pA_per_ms, double tau_ms) {
        if (I_pA == 0.0 && J_pA_per_ms == 0.0) return 0.0;
        const AlphaCharge of = alpha_charge(tau_m_ms_, tau_ms, s_ms);
        return (I_pA * of.of_1 + J_pA_per_ms * of.of_s) / p_.C_m_pF;
    };
    const auto of_decay = [&](double A_pA, double tau_s_ms) {
        return A_pA == 0.0 ? 0.0 : A_pA / p_.g_L_nS * psp_factor(tau_m_ms_, tau_s_ms, s_ms);
    };
    then[0] = x[0] * std::exp(-s_ms / tau_m_ms_) + of_alpha(x[1], x[2], p_.tau_syn_exc_ms) +
              of_alpha(x[3], x[4], p_.tau_syn_inh_ms) + of_decay(x[5], p_.tau_asc_1_ms) +
              of_decay(x[6], p_.tau_asc_2_ms);
    return then;
}

// While V is at the threshold or below it falls no faster than by (V_th + theta - rest - (I_i + A_1 + A_2) / g) /
// tau_m, with theta and the A_k as they are when the length begins; and theta falls itself. An A_k has the sign of
// what spikes add to it, and one > 0 only lifts V. Of I_i see lif_alpha.
Fall<Dynamics<Glif>::State> Dynamics<Glif>::most_fall(double length_ms) const {
    const double taus = length_ms / tau_m_ms_;
    const double of_current = taus / p_.g_L_nS;
    return {taus * (p_.V_th_mV - rest_mV()),
            {0.0, 0.0, 0.0, -of_current, -2.0 * length_ms * of_current,
             p_.asc_1_pA < 0.0 ? -of_current : 0.0, p_.asc_2_pA < 0.0 ? -of_current : 0.0, taus}};
}

// What theta was when the neuron fired follows from what it is now.
double Dynamics<Glif>::held_mV(const State& x, double left_ms) const {
    if (p_.reset_fraction == 0.0) return p_.V_reset_mV;
    const double since_ms = p_.t_ref_ms - left_ms;
    return p_.V_after_mV(x[7] * std::exp(since_ms / p_.tau_th_ms) - jump_.theta_mV);
}

} // namespace spikewell
