#include "neuron_models/lif_cond_exp.hpp"

#include "core/clones.hpp"
#include "core/lane_math.hpp"
#include "neuron_models/first_crossing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikewell {

namespace {

// Gauss & Legendre's rule on 0 .. 1.
constexpr std::size_t k_points = 8;
constexpr double k_at[k_points] = {0.01985507175123188, 0.10166676129318664, 0.2372337950418355,
                                   0.4082826787521751,  0.5917173212478249,  0.7627662049581645,
                                   0.8983332387068134,  0.9801449282487681};
constexpr double k_weight[k_points] = {
    0.05061426814518813, 0.11119051722668723, 0.15685332293894363, 0.18134189168918100,
    0.18134189168918100, 0.15685332293894363, 0.11119051722668723, 0.05061426814518813};
constexpr double k_most_growth = 2.0;      // of A in a piece
constexpr double k_most_decay = 1.0 / 3.0; // a piece's length over tau_e, tau_i

/// exp(-x) - 1 for 0 <= x <= k_most_decay, with all its digits where x is small.
[[gnu::always_inline]] inline double decay_less_one(double x) {
    return x * x * detail::exp_series(-x, 0.0) - x;
}

/// What V's way between two events depends on, in 1/ms and mV/ms.
struct Coefficients {
    double leak, exc, inh;         ///< a: of the leak, and of g_e, g_i at the beginning
    double b_leak, b_exc, b_inh;   ///< b, likewise
    double exc_per_ms, inh_per_ms; ///< 1 / tau_e, 1 / tau_i
    double exc_in_all, inh_in_all; ///< what g_e and g_i add to A until they are gone
};

/// The integral of b exp(A) from 0 to s.
SPIKEWELL_CLONES
double integral(const Coefficients& c, double s_ms) {
    const Coefficients k = c;
    double terms[k_points];
    for (std::size_t j = 0; j < k_points; ++j) {
        const double r_ms = k_at[j] * s_ms;
        const double e = decay_less_one(r_ms * k.exc_per_ms);
        const double i = decay_less_one(r_ms * k.inh_per_ms);
        const double A = k.leak * r_ms - k.exc_in_all * e - k.inh_in_all * i;
        terms[j] =
            k_weight[j] * (k.b_leak + k.b_exc * (1.0 + e) + k.b_inh * (1.0 + i)) * lane_exp(A);
    }
    return s_ms * (((terms[0] + terms[7]) + (terms[1] + terms[6])) +
                   ((terms[2] + terms[5]) + (terms[3] + terms[4])));
}

/// The neuron in one piece of its way.
class ConductancePath {
  public:
    struct Point {
        double s_ms;
        double distance; ///< V - V_th
        double e, i;     ///< how the conductances have decayed
    };

    ConductancePath(const LifCondExp& p, const std::array<double, 3>& x)
        : V_mV_(x[0]), V_th_mV_(p.V_th_mV), c_{p.g_L_nS / p.C_m_pF,
                                               x[1] / p.C_m_pF,
                                               x[2] / p.C_m_pF,
                                               (p.g_L_nS * p.E_L_mV + p.drive_pA) / p.C_m_pF,
                                               x[1] * p.E_exc_mV / p.C_m_pF,
                                               x[2] * p.E_inh_mV / p.C_m_pF,
                                               1.0 / p.tau_syn_exc_ms,
                                               1.0 / p.tau_syn_inh_ms,
                                               x[1] / p.C_m_pF * p.tau_syn_exc_ms,
                                               x[2] / p.C_m_pF * p.tau_syn_inh_ms} {}

    /// How long the piece may be.
    [[nodiscard]] double length_ms() const {
        const double growth = c_.leak + c_.exc + c_.inh;
        return 1.0 / std::max({growth / k_most_growth, c_.exc_per_ms / k_most_decay,
                               c_.inh_per_ms / k_most_decay});
    }
    [[nodiscard]] Point begin() const { return {0.0, V_mV_ - V_th_mV_, 1.0, 1.0}; }
    [[nodiscard]] Point at(double s_ms) const {
        const double e = decay_less_one(s_ms * c_.exc_per_ms);
        const double i = decay_less_one(s_ms * c_.inh_per_ms);
        const double A = c_.leak * s_ms - c_.exc_in_all * e - c_.inh_in_all * i;
        return {s_ms, lane_exp(-A) * (V_mV_ + integral(c_, s_ms)) - V_th_mV_, 1.0 + e, 1.0 + i};
    }
    [[nodiscard]] double slope(const Point& p) const {
        return drive(p.e, p.i) - (c_.leak + c_.exc * p.e + c_.inh * p.i) * p.distance;
    }
    /// dV/dt at the threshold; each conductance pulls to one side of it throughout.
    [[nodiscard]] double least_drive(const Point& a, const Point& b) const {
        return drive(pull(c_.exc, c_.b_exc) > 0.0 ? b.e : a.e,
                     pull(c_.inh, c_.b_inh) > 0.0 ? b.i : a.i);
    }
    [[nodiscard]] double greatest_drive(const Point& a, const Point& b) const {
        return drive(pull(c_.exc, c_.b_exc) > 0.0 ? a.e : b.e,
                     pull(c_.inh, c_.b_inh) > 0.0 ? a.i : b.i);
    }
    /// Below the threshold V rises no faster than with the greatest drive and conductances.
    [[nodiscard]] double highest(const Point& a, const Point& b) const {
        const double growth = c_.leak + c_.exc * a.e + c_.inh * a.i;
        const double rise = std::max(greatest_drive(a, b), 0.0);
        const double at_most = a.distance + (b.s_ms - a.s_ms) * (rise - growth * a.distance);
        if (at_most < 0.0) return at_most; // quicker to find, and mostly enough
        const double aim = rise / growth;
        return aim + (a.distance - aim) * lane_exp((a.s_ms - b.s_ms) * growth);
    }
    /// The state at a point.
    [[nodiscard]] std::array<double, 3> state(const Point& p,
                                              const std::array<double, 3>& x) const {
        return {V_th_mV_ + p.distance, x[1] * p.e, x[2] * p.i};
    }

  private:
    [[nodiscard]] double pull(double a, double b) const { return b - a * V_th_mV_; }
    [[nodiscard]] double drive(double e, double i) const {
        return pull(c_.leak, c_.b_leak) + pull(c_.exc, c_.b_exc) * e + pull(c_.inh, c_.b_inh) * i;
    }

    double V_mV_, V_th_mV_;
    Coefficients c_;
};

} // namespace

PynnModel Card<LifCondExp>::pynn(const LifCondExp& p) {
    return {"IF_cond_exp",
            {{"cm", p.C_m_pF},
             {"tau_m", p.C_m_pF / p.g_L_nS},
             {"v_rest", p.E_L_mV},
             {"v_thresh", p.V_th_mV},
             {"v_reset", p.V_reset_mV},
             {"tau_refrac", p.t_ref_ms},
             {"i_offset", p.drive_pA},
             {"e_rev_E", p.E_exc_mV},
             {"e_rev_I", p.E_inh_mV},
             {"tau_syn_E", p.tau_syn_exc_ms},
             {"tau_syn_I", p.tau_syn_inh_ms}}};
}

double Dynamics<LifCondExp>::advance(State& state, double length_ms) const {
    if (state[0] >= p_.V_th_mV) return 0.0;
    double done_ms = 0.0;
    while (done_ms < length_ms) {
        const ConductancePath path(p_, state);
        const double piece_ms = path.length_ms();
        const bool last = !(piece_ms < length_ms - done_ms);
        const auto end = path.at(last ? length_ms - done_ms : piece_ms);
        const double s_ms = FirstCrossing(path).between(path.begin(), end);
        if (s_ms < std::numeric_limits<double>::infinity()) {
            state = path.state(path.at(s_ms), state);
            return done_ms + s_ms;
        }
        state = path.state(end, state);
        // What round-off puts at the threshold without a crossing has not crossed it.
        if (state[0] >= p_.V_th_mV) state[0] = std::nextafter(p_.V_th_mV, -1e9);
        if (last) break;
        done_ms += piece_ms;
    }
    return std::numeric_limits<double>::infinity();
}

// As g_e decays, V aims at something between where it would aim with g_e as it is and without it, no faster
// than with g_e as it is; inhibition lifts it no higher than its reversal potential. The time that takes is
// tau ln(1 / (1 - x)) >= tau x with x the part of its way that V has to go.
double Dynamics<LifCondExp>::quiet_ms(const State& state) const {
    const auto aim_mV = [&](double g_e_nS) {
        return (p_.g_L_nS * p_.E_L_mV + p_.drive_pA + g_e_nS * p_.E_exc_mV) / (p_.g_L_nS + g_e_nS);
    };
    const double aim = std::max(aim_mV(0.0), aim_mV(state[1]));
    const double V_mV = state[2] > 0.0 ? std::max(state[0], p_.E_inh_mV) : state[0];
    if (!(V_mV < p_.V_th_mV)) return 0.0;
    if (!(aim > p_.V_th_mV)) return std::numeric_limits<double>::infinity();
    const double tau_ms = p_.C_m_pF / (p_.g_L_nS + state[1]);
    return tau_ms * (p_.V_th_mV - V_mV) / (aim - V_mV);
}

void Dynamics<LifCondExp>::hold(State& state, double length_ms) const {
    state[1] *= std::exp(-length_ms / p_.tau_syn_exc_ms);
    state[2] *= std::exp(-length_ms / p_.tau_syn_inh_ms);
}

} // namespace spikewell
