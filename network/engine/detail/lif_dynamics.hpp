#pragma once

#include "core/random.hpp"
#include "network/engine/detail/lif_block.hpp"

#include <algorithm>
#include <cmath>

/// How the two LIF models move within a pass, in frame (see lif_block.hpp); equations in the model
/// cards, neuron_models/lif_delta.hpp and lif_exp.hpp.
namespace spikewell::detail {

inline constexpr double k_never_ms = std::numeric_limits<double>::infinity();

/// Thinning of one neuron's escape noise: what it has not used up, and its own random numbers.
struct EscapeState {
    double residual = 0.0;
    std::uint32_t draws = 0;
    double pass_bound_per_ms = 0.0; ///< bound of the whole pass, until a candidate; 0: none
};

/// The key of a neuron's random numbers.
struct EscapeKey {
    std::uint64_t seed;
    std::uint32_t population;
};

[[nodiscard]] inline RandomStream::Pair draw_pair(const EscapeKey& key,
                                                  std::uint32_t neuron,
                                                  std::uint32_t& draws) {
    RandomStream stream(key.seed, Purpose::escape_noise, neuron,
                        static_cast<std::uint16_t>(key.population));
    stream.skip_to(draws++);
    return stream.next_pair();
}

[[nodiscard]] inline double hazard_per_ms(const EscapeRate& escape, double V_mV) {
    return 1e-3 * escape.rate_Hz * std::exp((V_mV - escape.theta_mV) / escape.slope_mV);
}

// A bound must not be chosen by the residual that it will use up: that would make candidates follow
// another law. So once a pass's bound has been asked whether it lets a candidate come, it stays in
// force until that candidate; from then on, with a fresh residual, tighter bounds may take over.

/// Whether no candidate comes within `length_ms` under a bound of the hazard; if so uses it up.
[[nodiscard]] inline bool passes_quietly(double& residual, double bound_per_ms, double length_ms) {
    const double need = bound_per_ms * length_ms;
    if (!(residual > need)) return false;
    residual -= need;
    return true;
}

/// The first spike in [from_ms, until_ms], V(t) given by `V_at`, never above V_bound.
template <class Potential>
double thin(const EscapeRate& escape,
            EscapeState& state,
            const EscapeKey& key,
            std::uint32_t neuron,
            double from_ms,
            double until_ms,
            double V_bound_mV,
            const Potential& V_at) {
    double bound = state.pass_bound_per_ms;
    if (bound == 0.0) bound = hazard_per_ms(escape, V_bound_mV);
    while (!passes_quietly(state.residual, bound, until_ms - from_ms)) {
        const double t_ms = std::min(from_ms + state.residual / bound, until_ms);
        const RandomStream::Pair u = draw_pair(key, neuron, state.draws);
        state.residual = -std::log(u.second);
        const bool accepted = u.first * bound < hazard_per_ms(escape, V_at(t_ms));
        state.pass_bound_per_ms = 0.0;
        if (accepted) return t_ms;
        bound = hazard_per_ms(escape, V_bound_mV);
        from_ms = t_ms;
    }
    return k_never_ms;
}

/// The answer of a pass's bound.
struct Quiet {
    bool stays_below;
    double bound_per_ms; ///< of the hazard; 0: not asked
};

class DeltaDynamics {
  public:
    struct State {
        double y;
        double free_at_ms;
        double kept_mV;
        EscapeState escape;
    };

    DeltaDynamics(const LifShared& shared, const Window& window)
        : p_(std::get<LifDelta>(shared.model)), key_{shared.seed, shared.population},
          frame_ms_(shared.frame_ms), length_ms_(window.end_ms - window.begin_ms),
          theta_(p_.V_th_mV - p_.V_inf_mV()), begin_(factor(window.begin_ms)),
          end_(factor(window.end_ms)), limit_(std::min(theta_ * begin_, theta_ * end_)) {}

    [[nodiscard]] static State load(const LifBlock& block, std::uint32_t n) {
        State state{block.y[n], block.free_at_ms[n], block.kept_mV[n], {}};
        if (!block.residual.empty()) state.escape = {block.residual[n], block.draws[n], 0.0};
        return state;
    }
    static void store(LifBlock& block, std::uint32_t n, const State& state) {
        block.y[n] = state.y;
        block.free_at_ms[n] = state.free_at_ms;
        block.kept_mV[n] = state.kept_mV;
        if (block.residual.empty()) return;
        block.residual[n] = state.escape.residual;
        block.draws[n] = state.escape.draws;
    }

    /// Whether input in a refractory period leaves no trace but in plastic weights.
    [[nodiscard]] bool ignores_while_held() const {
        return p_.refractory_input == RefractoryInput::discarded;
    }

    /// Where a refractory period has ended since now_ms: adds what was kept; whether V then is at
    /// the threshold.
    [[nodiscard]] bool end_refractory(State& state, double now_ms) const {
        if (integrates()) {
            return !p_.escape && state.free_at_ms > now_ms &&
                   state.y >= theta_ * factor(state.free_at_ms);
        }
        if (state.kept_mV == 0.0) return false;
        const double f = factor(state.free_at_ms);
        state.y += state.kept_mV * f;
        state.kept_mV = 0.0;
        return !p_.escape && state.y >= theta_ * f;
    }

    [[nodiscard]] double next_spike(State& state,
                                    std::uint32_t neuron,
                                    double from_ms,
                                    double until_ms) const {
        if (p_.escape) {
            const double x = std::max(state.y / factor(from_ms), state.y / factor(until_ms));
            return thin(*p_.escape, state.escape, key_, neuron, from_ms, until_ms,
                        p_.V_inf_mV() + x,
                        [&](double t_ms) { return p_.V_inf_mV() + state.y / factor(t_ms); });
        }
        if (theta_ >= 0.0 || state.y >= 0.0) return k_never_ms;
        const double t_ms = frame_ms_ + p_.tau_m_ms * std::log(state.y / theta_);
        return t_ms <= until_ms ? std::max(t_ms, from_ms) : k_never_ms;
    }

    /// Takes an input; whether it reaches the threshold.
    [[nodiscard]] bool receive(State& state, double t_ms, double weight_mV) const {
        const bool refractory = t_ms < state.free_at_ms;
        if (refractory && !integrates()) {
            if (p_.refractory_input == RefractoryInput::kept) state.kept_mV += weight_mV;
            return false;
        }
        const double f = factor(t_ms);
        state.y += weight_mV * f;
        return !refractory && !p_.escape && state.y >= theta_ * f;
    }

    void reset(State& state, double t_ms) const {
        state.free_at_ms = t_ms + p_.t_ref_ms;
        state.y = (p_.V_reset_mV - p_.V_inf_mV()) * factor(integrates() ? t_ms : state.free_at_ms);
    }

    template <class Sum>
    static void add(Sum& sum, const ArrivalTable& table, std::size_t arrival, double weight) {
        const double jump = weight * table.membrane[arrival];
        sum.y += jump;
        sum.up += std::max(jump, 0.0);
    }

    /// Whether a neuron that is not refractory certainly does not fire, whatever the order of its
    /// inputs; with an escape rate, uses up the hazard's bound if so. Where not, the bound that
    /// was asked (0: none) must be followed by `walk`.
    template <class Sum>
    [[nodiscard]] Quiet stays_below(LifBlock& block, std::uint32_t n, const Sum& sum) const {
        const double top = block.y[n] + sum.up;
        if (!p_.escape) return {top < limit_, 0.0};
        const double V = p_.V_inf_mV() + std::max(top / begin_, top / end_);
        const double bound = hazard_per_ms(*p_.escape, V);
        return {passes_quietly(block.residual[n], bound, length_ms_), bound};
    }
    template <class Sum> static void commit(LifBlock& block, std::uint32_t n, const Sum& sum) {
        block.y[n] += sum.y;
    }

    /// Neurons that the drive alone may take to the threshold.
    void find_spontaneous(const LifBlock& block, std::vector<std::uint32_t>& found) const {
        found.clear();
        if (theta_ >= 0.0) return;
        for (std::uint32_t n = 0; n < block.count; ++n) {
            if (block.y[n] >= theta_ * end_) found.push_back(n);
        }
    }

    /// Before any event at that time: the end of a refractory period is one.
    [[nodiscard]] double V(const State& state, double t_ms) const {
        const bool held = t_ms <= state.free_at_ms && !integrates();
        return held ? p_.V_reset_mV : p_.V_inf_mV() + state.y / factor(t_ms);
    }

  private:
    [[nodiscard]] bool integrates() const {
        return p_.refractory_input == RefractoryInput::integrated;
    }
    [[nodiscard]] double factor(double t_ms) const {
        return std::exp((t_ms - frame_ms_) / p_.tau_m_ms);
    }

    const LifDelta& p_;
    EscapeKey key_;
    double frame_ms_;
    double length_ms_;
    double theta_; // of V - V_inf
    double begin_;
    double end_;
    double limit_;
};

class ExpDynamics {
  public:
    struct State {
        double y;
        double ge;
        double gi;
        double free_at_ms;
        EscapeState escape;
    };

    ExpDynamics(const LifShared& shared, const Window& window);
    /// The same, with the window's factors as they were computed for another block.
    ExpDynamics(const LifShared& shared, const Window& window, const ExpFactors& factors);

    [[nodiscard]] static State load(const LifBlock& block, std::uint32_t n) {
        State state{block.y[n], block.ge[n], block.gi[n], block.free_at_ms[n], {}};
        if (!block.residual.empty()) state.escape = {block.residual[n], block.draws[n], 0.0};
        return state;
    }
    static void store(LifBlock& block, std::uint32_t n, const State& state) {
        block.y[n] = state.y;
        block.ge[n] = state.ge;
        block.gi[n] = state.gi;
        block.strongest_gi = std::min(block.strongest_gi, state.gi);
        block.free_at_ms[n] = state.free_at_ms;
        if (block.residual.empty()) return;
        block.residual[n] = state.escape.residual;
        block.draws[n] = state.escape.draws;
    }

    [[nodiscard]] static bool ignores_while_held() {
        return false;
    } // g_e and g_i take it, or decay

    /// Whether a refractory period in which V was not held has ended since now_ms with V at the
    /// threshold.
    [[nodiscard]] bool end_refractory(const State& state, double now_ms) const {
        return integrates() && !p_.escape && state.free_at_ms > now_ms &&
               free_V(state, state.free_at_ms) >= p_.V_th_mV;
    }
    [[nodiscard]] double next_spike(State& state,
                                    std::uint32_t neuron,
                                    double from_ms,
                                    double until_ms) const;
    [[nodiscard]] bool receive(State& state, double t_ms, double weight_mV) const;
    void reset(State& state, double t_ms) const;

    /// What a spike of unit weight adds to y and to its g, in frame.
    struct Step {
        double y;
        double g;
    };
    [[nodiscard]] Step unit_step(const ArrivalTable& table,
                                 std::size_t arrival,
                                 bool excites) const {
        return {-(excites ? c_.c_e : c_.c_i) * table.membrane[arrival],
                excites ? table.excitation[arrival] : table.inhibition[arrival]};
    }

    template <class Sum>
    void add(Sum& sum, const ArrivalTable& table, std::size_t arrival, double weight) const {
        const double exc = std::max(weight, 0.0);
        const double inh = std::min(weight, 0.0);
        sum.e += exc * table.excitation[arrival];
        sum.i += inh * table.inhibition[arrival];
        sum.y -= (c_.c_e * exc + c_.c_i * inh) * table.membrane[arrival];
    }

    template <class Sum>
    [[nodiscard]] Quiet stays_below(LifBlock& block, std::uint32_t n, const Sum& sum) const {
        const double y = block.y[n] + sum.y;
        const double ge = block.ge[n] + sum.e;
        const double gi = block.gi[n] + sum.i;
        if (!p_.escape) return {end_V(y, ge, gi) < least_end_V(gi), 0.0};
        // V rises no further than towards V_inf + the greatest g_e and the least inhibition.
        const double V_begin = p_.V_inf_mV() + block.y[n] * f_.m_begin +
                               c_.c_e * block.ge[n] * f_.e_begin +
                               c_.c_i * block.gi[n] * f_.i_begin;
        const double aim = p_.V_inf_mV() + ge * f_.e_begin + block.gi[n] * f_.i_end;
        const double V = V_begin - std::expm1(-fall_) * std::max(aim - V_begin, 0.0);
        const double bound = hazard_per_ms(*p_.escape, V);
        return {passes_quietly(block.residual[n], bound, length_ms_), bound};
    }
    template <class Sum> static void commit(LifBlock& block, std::uint32_t n, const Sum& sum) {
        block.y[n] += sum.y;
        block.ge[n] += sum.e;
        block.gi[n] += sum.i;
        block.strongest_gi = std::min(block.strongest_gi, block.gi[n]);
    }

    /// Neurons whose V at the end of the pass does not rule out a crossing in it.
    void find_spontaneous(const LifBlock& block, std::vector<std::uint32_t>& found) const;

    /// Before any event at that time: the end of a refractory period is one.
    [[nodiscard]] double V(const State& state, double t_ms) const {
        return t_ms <= state.free_at_ms && !integrates() ? p_.V_reset_mV : free_V(state, t_ms);
    }

  private:
    [[nodiscard]] bool integrates() const {
        return p_.refractory_input == RefractoryInput::integrated;
    }
    [[nodiscard]] double free_V(const State& state, double t_ms) const;
    [[nodiscard]] double end_V(double y, double ge, double gi) const {
        return p_.V_inf_mV() + y * f_.m_end + c_.c_e * ge * f_.e_end + c_.c_i * gi * f_.i_end;
    }
    /// After a crossing, V falls no faster than tau_m dV/dt = V_inf - V_th + g_i with g_i at its
    /// strongest in the pass: a neuron below this at the end has not crossed.
    [[nodiscard]] double least_end_V(double gi) const {
        return p_.V_th_mV - fall_ * std::max(p_.V_th_mV - p_.V_inf_mV() - gi * f_.i_begin, 0.0) -
               1e-9;
    }

    const LifExp& p_;
    ExpConstants c_;
    EscapeKey key_;
    double frame_ms_;
    double length_ms_;
    ExpFactors f_;
    double fall_; // length / tau_m
};

/// Sets the factors of a table's arrivals.
void set_factors(const LifShared& shared, ArrivalTable& table);
[[nodiscard]] double shortest_tau_ms(const PointNeuron& model);

} // namespace spikewell::detail
