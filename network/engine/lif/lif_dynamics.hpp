#pragma once

#include "core/random.hpp"
#include "network/engine/lif/lif_block.hpp"
#include "network/engine/loop/trouble.hpp"

#include <algorithm>
#include <cmath>

/// How the two models with bounds of their own move within a pass, in frame (see lif_block.hpp); equations in
/// the model cards, neuron_models/lif_delta.hpp and lif_exp.hpp. Other linear models: summed_dynamics.hpp; what
/// is not linear is walked: walked_dynamics.hpp.
namespace spikewell::detail {

inline constexpr double k_rounding_mV = 1e-9; ///< more than V can be off by
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
    std::string_view name = {}; ///< of the population
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
    // exp of more overflows; such a neuron fires at once whatever the number.
    constexpr double k_most = 700.0; // as lane_exp
    return 1e-3 * escape.rate_Hz *
           std::exp(std::min((V_mV - escape.theta_mV) / escape.slope_mV, k_most));
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

/// A hazard that is not exceeded before `until_ms`.
struct HazardStretch {
    double per_ms;
    double until_ms;
};

/// `whole` as far as it goes, or less far where that would take very many candidates: on a steep soft
/// threshold a bound over a long time is far above the hazard for most of it.
template <class Highest>
HazardStretch stretch_from(const EscapeRate& escape,
                           double from_ms,
                           const HazardStretch& whole,
                           const Highest& highest) {
    constexpr double k_many_candidates = 1000.0;
    HazardStretch stretch = whole;
    const auto takes_many = [&] {
        return stretch.per_ms * (stretch.until_ms - from_ms) > k_many_candidates;
    };
    if (takes_many()) stretch.per_ms = hazard_per_ms(escape, highest(from_ms, whole.until_ms));
    while (takes_many()) {
        const double nearer_ms = from_ms + 0.5 * (stretch.until_ms - from_ms);
        if (!(nearer_ms > from_ms && nearer_ms < stretch.until_ms)) break; // no time lies between
        stretch = {hazard_per_ms(escape, highest(from_ms, nearer_ms)), nearer_ms};
    }
    return stretch;
}

/// Whose numbers are drawn.
struct EscapeDraws {
    const EscapeKey& key;
    std::uint32_t neuron;
};

/// The first spike in `span`, both ends included, V(t) given by `V_at`, never above highest(from, to)
/// between two times.
template <class Highest, class Potential>
double thin(const EscapeRate& escape,
            EscapeState& state,
            const EscapeDraws& draws,
            const Window& span,
            const Highest& highest,
            const Potential& V_at) {
    constexpr int k_most_candidates_at_once = 100'000; // candidates without time going on
    const double begin_ms = span.begin_ms;
    const double until_ms = span.end_ms;
    double from_ms = begin_ms;
    HazardStretch whole{0.0, until_ms}; // not known yet: mostly the pass's bound is enough
    const auto next_stretch = [&] {
        if (whole.per_ms == 0.0) whole.per_ms = hazard_per_ms(escape, highest(begin_ms, until_ms));
        return stretch_from(escape, from_ms, whole, highest);
    };
    HazardStretch stretch{state.pass_bound_per_ms, until_ms};
    if (stretch.per_ms == 0.0) stretch = next_stretch();
    for (int at_once = 0; at_once < k_most_candidates_at_once;) {
        if (passes_quietly(state.residual, stretch.per_ms, stretch.until_ms - from_ms)) {
            if (!(stretch.until_ms < until_ms)) return k_never_ms;
            at_once = 0;
            from_ms = stretch.until_ms;
            stretch = next_stretch();
            continue;
        }
        const double t_ms = std::min(from_ms + state.residual / stretch.per_ms, stretch.until_ms);
        const RandomStream::Pair u = draw_pair(draws.key, draws.neuron, state.draws);
        state.residual = -std::log(u.second);
        const bool accepted = u.first * stretch.per_ms < hazard_per_ms(escape, V_at(t_ms));
        state.pass_bound_per_ms = 0.0;
        if (accepted) return t_ms;
        at_once = t_ms > from_ms ? 0 : at_once + 1;
        from_ms = t_ms;
        stretch = next_stretch();
    }
    fail_at(draws.key.name, draws.neuron, from_ms,
            "its hazard changes faster than time can be told apart; make escape.slope_mV larger");
}

struct Job;
template <Walked Model> class WalkedDynamics;
template <Linear Model> class SummedDynamics;

class DeltaDynamics {
  public:
    static constexpr bool k_sums = true;

    struct State {
        double y;
        double free_at_ms;
        double kept_mV;
        EscapeState escape;
    };

    DeltaDynamics(const LifShared& shared, const Window& window)
        : window_(window),
          p_(std::get<LifDelta>(shared.model)), key_{shared.seed, shared.population, shared.name},
          frame_ms_(shared.frame_ms), theta_(p_.V_th_mV - p_.V_inf_mV()),
          begin_(factor(window.begin_ms)), end_(factor(window.end_ms)),
          limit_(std::min(theta_ * begin_, theta_ * end_)) {}

    /// Of one neuron, with the numbers that are its own.
    [[nodiscard]] DeltaDynamics own(const LifShared& shared,
                                    const LifBlock& block,
                                    std::uint32_t n) const;

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

    /// Whether V is held in the refractory period.
    [[nodiscard]] bool holds() const { return !integrates(); }
    /// Whether a neuron that is held throughout the pass has to be followed all the same.
    [[nodiscard]] bool follows_held() const { return p_.refractory_input == RefractoryInput::kept; }

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
            const auto V_at = [&](double t_ms) { return p_.V_inf_mV() + state.y / factor(t_ms); };
            return thin(
                *p_.escape, state.escape, {key_, neuron}, {from_ms, until_ms},
                [&](double from, double to) { return std::max(V_at(from), V_at(to)); }, V_at);
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

    [[nodiscard]] static Target<1> target(LifBlock& block,
                                          const ArrivalTable& table,
                                          std::size_t arrival,
                                          bool excites) {
        LifScratch& scratch = block.scratch;
        return {{(excites ? scratch.up : scratch.down).data()}, {table.membrane[arrival]}};
    }
    /// Before anything is added up.
    void begin_pass(LifBlock& /*block*/) const {}

    /// Adds what was added up to neurons that certainly do not fire in the pass, in whatever order
    /// their inputs come; flags the others among those that are not held.
    void settle_pass(LifBlock& block) const;
    /// Undoes the additions for a neuron that is to be followed.
    static void take_off(Job& /*job*/,
                         std::uint32_t /*neuron*/,
                         std::span<const Input> /*inputs*/) {} // settle_pass has left it alone

    /// V before any event at that time: the end of a refractory period is one.
    [[nodiscard]] std::array<double, 1> columns(const State& state, double t_ms) const {
        const bool held = t_ms <= state.free_at_ms && !integrates();
        return {held ? p_.V_reset_mV : p_.V_inf_mV() + state.y / factor(t_ms)};
    }

  private:
    [[nodiscard]] bool integrates() const {
        return p_.refractory_input == RefractoryInput::integrated;
    }
    [[nodiscard]] double factor(double t_ms) const {
        return std::exp((t_ms - frame_ms_) / p_.tau_m_ms);
    }

    void settle_sharp(LifBlock& block) const;
    void settle_soft(LifBlock& block) const;

    Window window_;
    LifDelta p_;
    EscapeKey key_;
    double frame_ms_;
    double theta_; // of V - V_inf
    double begin_;
    double end_;
    double limit_;
};

class ExpDynamics {
  public:
    static constexpr bool k_sums = true;

    struct State {
        double y;
        double ge;
        double gi;
        double free_at_ms;
        EscapeState escape;
    };

    ExpDynamics(const LifShared& shared, const Window& window);
    /// The same, with the window's factors as they were computed for another block.
    ExpDynamics(const LifShared& shared,
                const Window& window,
                const ExpFactors& begin,
                const ExpFactors& end);

    /// Of one neuron, with the numbers that are its own.
    [[nodiscard]] ExpDynamics own(const LifShared& shared,
                                  const LifBlock& block,
                                  std::uint32_t n) const;

    [[nodiscard]] State load(const LifBlock& block, std::uint32_t n) const {
        State state{block.y[n], block.ge[n], block.gi[n], block.free_at_ms[n], {}};
        if (!block.residual.empty()) state.escape = {block.residual[n], block.draws[n], 0.0};
        // While V is held, only g_e and g_i are kept up.
        if (state.free_at_ms > window_.begin_ms && !integrates()) start_from_reset(state);
        return state;
    }
    static void store(LifBlock& block, std::uint32_t n, const State& state) {
        block.y[n] = state.y;
        block.ge[n] = state.ge;
        block.gi[n] = state.gi;
        block.free_at_ms[n] = state.free_at_ms;
        if (block.residual.empty()) return;
        block.residual[n] = state.escape.residual;
        block.draws[n] = state.escape.draws;
    }

    [[nodiscard]] bool holds() const { return !integrates(); }
    /// As DeltaDynamics::follows_held.
    [[nodiscard]] bool follows_held() const {
        return p_.refractory_input == RefractoryInput::discarded;
    }

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

    [[nodiscard]] static Target<2> target(LifBlock& block,
                                          const ArrivalTable& table,
                                          std::size_t arrival,
                                          bool excites) {
        if (excites) {
            return {{block.y.data(), block.ge.data()},
                    {table.y_excitation[arrival], table.excitation[arrival]}};
        }
        return {{block.y.data(), block.gi.data()},
                {table.y_inhibition[arrival], table.inhibition[arrival]}};
    }
    void begin_pass(LifBlock& block) const;
    /// What arrives is added to the state at once, as V does not jump: flags the neurons whose V at
    /// the end of the pass does not rule out a crossing in it, or whose hazard's bound a candidate.
    void settle_pass(LifBlock& block) const;
    void take_off(Job& job, std::uint32_t neuron, std::span<const Input> inputs) const;

    /// V, g_e and g_i before any event at that time: the end of a refractory period is one.
    [[nodiscard]] std::array<double, 3> columns(const State& state, double t_ms) const {
        const ExpFactors at(p_, frame_ms_, t_ms);
        const bool held = t_ms <= state.free_at_ms && !integrates();
        return {held ? p_.V_reset_mV : V_at(at, state.y, state.ge, state.gi), state.ge * at.e_decay,
                state.gi * at.i_decay};
    }

  private:
    [[nodiscard]] bool integrates() const {
        return p_.refractory_input == RefractoryInput::integrated;
    }
    [[nodiscard]] double free_V(const State& state, double t_ms) const;
    /// V gets no higher between two times.
    [[nodiscard]] double highest_V(const State& state, double from_ms, double until_ms) const;
    /// V - V_inf.
    [[nodiscard]] static double x_at(const ExpFactors& at, double y, double ge, double gi) {
        return y * at.m + ge * at.e + gi * at.i;
    }
    [[nodiscard]] double V_at(const ExpFactors& at, double y, double ge, double gi) const {
        return p_.V_inf_mV() + y * at.m + ge * at.e + gi * at.i;
    }
    /// Lets V be V_reset at the end of the refractory period.
    void start_from_reset(State& state) const;
    void settle_sharp(LifBlock& block) const;
    void settle_soft(LifBlock& block) const;
    [[nodiscard]] ExpPoint point(const State& state, double t_ms) const;
    /// After a crossing, V falls no faster than tau_m dV/dt = V_inf - V_th + g_i with g_i at its
    /// strongest in the pass: a neuron below this at the end has not crossed.
    [[nodiscard]] double least_end_x(double theta_mV, double gi) const {
        return theta_mV - fall_ * std::max(theta_mV - gi * begin_.i_decay, 0.0) -
               0.5 * k_rounding_mV;
    }

    Window window_;
    LifExp p_;
    EscapeKey key_;
    double frame_ms_;
    ExpFactors begin_, end_;
    double fall_; // length / tau_m
};

/// The dynamics of a model: its own, those of linear models, or those of models that are walked.
template <class Model> struct DynamicsOf { using type = WalkedDynamics<Model>; };
template <Linear Model> struct DynamicsOf<Model> { using type = SummedDynamics<Model>; };
template <> struct DynamicsOf<LifDelta> { using type = DeltaDynamics; };
template <> struct DynamicsOf<LifExp> { using type = ExpDynamics; };

/// Calls body.operator()<Model, Dynamics>(). Linear models whose neurons differ are walked: what is added up in a frame is
/// that of all.
template <class Body> decltype(auto) with_dynamics(const LifShared& shared, Body&& body) {
    return std::visit(
        [&]<class Model>(const Model&) -> decltype(auto) {
            if constexpr (Linear<Model>) {
                if (shared.own()) return body.template operator()<Model, WalkedDynamics<Model>>();
            }
            return body.template operator()<Model, typename DynamicsOf<Model>::type>();
        },
        shared.model);
}
/// Whether neurons' states are walked.
[[nodiscard]] bool is_walked(const LifShared& shared);

/// Sets the factors of a table's arrivals.
void set_factors(const LifShared& shared, ArrivalTable& table);
/// Time constant of what is kept in frames; infinity: nothing is.
[[nodiscard]] double shortest_tau_ms(const PointNeuron& model);
/// The longest pass over which Poisson inputs can be summed up.
[[nodiscard]] double longest_summed_ms(const PointNeuron& model);
/// Lays out the neurons' states at time 0; V_mV of the first V_mV.size() of them.
void set_states(LifBlock& block, const LifShared& shared, std::span<const double> V_mV);

} // namespace spikewell::detail
