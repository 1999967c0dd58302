#include "neuron_models/lif_cond_exp.hpp"

#include "core/clones.hpp"
#include "core/lane_math.hpp"
#include "neuron_models/first_crossing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikewell {

namespace {

// Gauss & Legendre's rule on 0 .. 1, and the end.
constexpr std::size_t k_points = 8;
constexpr std::size_t k_end = 7;
constexpr double k_at[k_points] = {
    0.025446043828620737, 0.12923440720030278, 0.29707742431130142, 0.5,
    0.70292257568869858,  0.87076559279969722, 0.97455395617137926, 1.0};
constexpr double k_weight[k_end] = {0.064742483084434847, 0.13985269574463834, 0.19091502525255947,
                                    0.20897959183673469,  0.19091502525255947, 0.13985269574463834,
                                    0.064742483084434847};
constexpr double k_most_growth = 1.5;      // of A in a piece
constexpr double k_most_decay = 1.0 / 3.0; // a piece's length over tau_e, tau_i

/// (e^r - 1 - r) / r^2 for |r| < 0.35 as detail::exp_series has it, in an order in which few of its sums
/// wait for others.
[[gnu::always_inline]] inline double short_series(double r) {
    const double r2 = r * r;
    const double r4 = r2 * r2;
    const double low = (1.0 / 2.0 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
    const double middle =
        (1.0 / 720.0 + r * (1.0 / 5040.0)) + r2 * (1.0 / 40320.0 + r * (1.0 / 362880.0));
    const double high = (1.0 / 3628800.0 + r * (1.0 / 39916800.0)) +
                        r2 * (1.0 / 479001600.0 + r * (1.0 / 6227020800.0));
    return low + r4 * (middle + r4 * high);
}

/// exp(-x) - 1 for 0 <= x <= k_most_decay, with all its digits where x is small.
[[gnu::always_inline]] inline double decay_less_one(double x) {
    return x * x * short_series(-x) - x;
}

/// As lane_exp, for |x| <= 700.
[[gnu::always_inline]] inline double short_exp(double x) {
    const auto [r, power] = detail::powers_of_two(x);
    return (r + r * r * short_series(r) + 1.0) * power;
}

/// What V's way between two events depends on, in 1/ms and mV/ms.
struct Coefficients {
    double leak, exc, inh;         ///< a: of the leak, and of g_e, g_i at the beginning
    double b_leak, b_exc, b_inh;   ///< b, likewise
    double exc_per_ms, inh_per_ms; ///< 1 / tau_e, 1 / tau_i
    double exc_in_all, inh_in_all; ///< what g_e and g_i add to A until they are gone
};

Coefficients coefficients_of(const LifCondExp& p, const std::array<double, 3>& x) {
    const double per_pF = 1.0 / p.C_m_pF;
    const double exc = x[1] * per_pF;
    const double inh = x[2] * per_pF;
    return {p.g_L_nS * per_pF,
            exc,
            inh,
            (p.g_L_nS * p.E_L_mV + p.drive_pA) * per_pF,
            exc * p.E_exc_mV,
            inh * p.E_inh_mV,
            1.0 / p.tau_syn_exc_ms,
            1.0 / p.tau_syn_inh_ms,
            exc * p.tau_syn_exc_ms,
            inh * p.tau_syn_inh_ms};
}

/// From 0 to s.
struct Way {
    double integral; ///< of b exp(A)
    double growth;   ///< exp(A)
    double e, i;     ///< how the conductances have decayed
};

SPIKEWELL_CLONES
Way way_to(const Coefficients& c, double s_ms) {
    const Coefficients k = c;
    double growth[k_points];
    double exc[k_points];
    double inh[k_points];
    for (std::size_t j = 0; j < k_points; ++j) {
        const double r_ms = k_at[j] * s_ms;
        const double e = decay_less_one(r_ms * k.exc_per_ms);
        const double i = decay_less_one(r_ms * k.inh_per_ms);
        growth[j] = short_exp(k.leak * r_ms - k.exc_in_all * e - k.inh_in_all * i);
        exc[j] = 1.0 + e;
        inh[j] = 1.0 + i;
    }
    double terms[k_end];
    for (std::size_t j = 0; j < k_end; ++j)
        terms[j] = k_weight[j] * ((k.b_leak + k.b_exc * exc[j] + k.b_inh * inh[j]) * growth[j]);
    const double sum =
        ((terms[0] + terms[6]) + (terms[1] + terms[5])) + ((terms[2] + terms[4]) + terms[3]);
    return {s_ms * sum, growth[k_end], exc[k_end], inh[k_end]};
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
        : V_mV_(x[0]), V_th_mV_(p.V_th_mV), c_(coefficients_of(p, x)) {}

    /// Whether a piece may be as long as this.
    [[nodiscard]] bool reaches(double length_ms) const {
        return length_ms * (c_.leak + c_.exc + c_.inh) <= k_most_growth &&
               length_ms * std::max(c_.exc_per_ms, c_.inh_per_ms) <= k_most_decay;
    }
    [[nodiscard]] double longest_ms() const {
        return std::min(k_most_growth / (c_.leak + c_.exc + c_.inh),
                        k_most_decay / std::max(c_.exc_per_ms, c_.inh_per_ms));
    }
    [[nodiscard]] Point begin() const { return {0.0, V_mV_ - V_th_mV_, 1.0, 1.0}; }
    [[nodiscard]] Point at(double s_ms) const {
        const Way way = way_to(c_, s_ms);
        return {s_ms, (V_mV_ + way.integral) / way.growth - V_th_mV_, way.e, way.i};
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
        const bool last = path.reaches(length_ms - done_ms);
        const double piece_ms = last ? length_ms - done_ms : path.longest_ms();
        const auto end = path.at(piece_ms);
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
    const double V_mV = state[2] > 0.0 ? std::max(state[0], p_.E_inh_mV) : state[0];
    if (!(V_mV < p_.V_th_mV)) return 0.0;
    // Aims times their conductances.
    const double rest_pA = p_.g_L_nS * p_.E_L_mV + p_.drive_pA;
    const double with_pA = rest_pA + state[1] * p_.E_exc_mV;
    const double with_nS = p_.g_L_nS + state[1];
    if (!(with_pA > p_.V_th_mV * with_nS) && !(rest_pA > p_.V_th_mV * p_.g_L_nS))
        return std::numeric_limits<double>::infinity();
    const double pull_pA = with_pA - with_nS * V_mV;
    const double later_pA = (rest_pA / p_.g_L_nS - V_mV) * with_nS; // aims higher without g_e
    return p_.C_m_pF * (p_.V_th_mV - V_mV) / std::max(pull_pA, later_pA);
}

void Dynamics<LifCondExp>::hold(State& state, double length_ms) const {
    state[1] *= std::exp(-length_ms / p_.tau_syn_exc_ms);
    state[2] *= std::exp(-length_ms / p_.tau_syn_inh_ms);
}

} // namespace spikewell
