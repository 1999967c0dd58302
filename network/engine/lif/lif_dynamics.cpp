#include "network/engine/lif/lif_dynamics.hpp"

#include "core/clones.hpp"
#include "core/lane_math.hpp"
#include "network/engine/lif/own_numbers.hpp"
#include "network/engine/lif/summed_dynamics.hpp"
#include "network/engine/lif/timed_events.hpp"

#include <utility>

namespace spikewell::detail {

namespace {

using Doubles = double __attribute__((vector_size(64), aligned(8), may_alias));
using Longs = std::int64_t __attribute__((vector_size(64), may_alias));
constexpr std::uint32_t k_doubles = 8;

// NOLINTNEXTLINE(readability-non-const-parameter): what is returned writes through it
[[gnu::always_inline]] inline Doubles& doubles_at(double* values) {
    return *reinterpret_cast<Doubles*>(values);
}

/// Whether any sign bit is unset.
[[gnu::always_inline]] inline bool any_positive(const Longs& sign) {
    Longs all = sign;
    all &= __builtin_shufflevector(all, all, 4, 5, 6, 7, 0, 1, 2, 3);
    all &= __builtin_shufflevector(all, all, 2, 3, 0, 1, 6, 7, 4, 5);
    all &= __builtin_shufflevector(all, all, 1, 0, 3, 2, 5, 4, 7, 6);
    return all[0] >= 0;
}

struct Sums {
    double* y;
    double* up;
    double* down;
    const double* live;
};

/// What y and what arrived may not reach: theta at the beginning of the pass and at its end, in frame.
struct DeltaLimit {
    double of_all;       ///< the lower of the two
    const double* theta; ///< [width] of each neuron, or null
    double begin, end;   ///< factors
};

/// Signs, unset where a sum reaches the limit of neuron n, or of the others of its vector.
[[gnu::always_inline]] inline void take_signs_below(const DeltaLimit& l,
                                                    const Doubles& top,
                                                    std::uint32_t n,
                                                    Longs& sign) {
    if (l.theta == nullptr) {
        const Doubles above = top - l.of_all;
        sign &= reinterpret_cast<const Longs&>(above);
        return;
    }
    const Doubles theta = *reinterpret_cast<const Doubles*>(l.theta + n);
    const Doubles above_begin = top - theta * l.begin;
    const Doubles above_end = top - theta * l.end;
    sign &= reinterpret_cast<const Longs&>(above_begin) & reinterpret_cast<const Longs&>(above_end);
}

/// Adds the sums of strips in which all neurons stay below the limit, and clears them; writes the
/// other strips to `found` and returns how many. Below is read off the sign: this compiler takes
/// comparisons of eight doubles apart into scalars.
SPIKEWELL_CLONES
std::size_t settle_strips(const DeltaLimit& limit,
                          const Sums& sums,
                          std::uint32_t width,
                          std::uint32_t* found) {
    const Sums s = sums;
    const DeltaLimit l = limit;
    std::size_t n_found = 0;
    for (std::uint32_t strip = 0; strip < width; strip += k_strip) {
        Longs sign = ~Longs{};
        for (std::uint32_t n = strip; n < strip + k_strip; n += k_doubles) {
            const Doubles live = *reinterpret_cast<const Doubles*>(s.live + n);
            const Doubles top = doubles_at(s.y + n) + live * doubles_at(s.up + n);
            take_signs_below(l, top, n, sign);
        }
        if (any_positive(sign)) {
            found[n_found++] = strip;
            continue;
        }
        for (std::uint32_t n = strip; n < strip + k_strip; n += k_doubles) {
            const Doubles live = *reinterpret_cast<const Doubles*>(s.live + n);
            doubles_at(s.y + n) += live * (doubles_at(s.up + n) + doubles_at(s.down + n));
            doubles_at(s.up + n) = Doubles{};
            doubles_at(s.down + n) = Doubles{};
        }
    }
    return n_found;
}

/// Whether weighted sums of a neuron's state reach either of two levels.
struct EndTest {
    double m, e, i, level; ///< m y + e g_e + i g_i >= level
    double slope, base;    ///< or >= base + slope g_i
    const double* theta;   ///< [width] of each neuron, or null; then level and base come on top ..
    double kept;           ///< .. of theta, and of this times theta
};

/// Signs, unset where the weighted sum `end` reaches a level of neuron n, or of the others of its vector.
template <bool k_own>
[[gnu::always_inline]] inline void take_signs(
    const EndTest& t, const Doubles& end, const Doubles& g_i, std::uint32_t n, Longs& sign) {
    Doubles above = end - t.level;
    Doubles above_other = end - t.base - g_i * t.slope;
    if constexpr (k_own) {
        const Doubles theta = *reinterpret_cast<const Doubles*>(t.theta + n);
        above -= theta;
        above_other -= theta * t.kept;
    }
    sign &= reinterpret_cast<const Longs&>(above) & reinterpret_cast<const Longs&>(above_other);
}

/// Writes the strips in which some neuron does to `found`; returns how many.
template <bool k_own>
[[gnu::always_inline]] inline std::size_t strips_reaching_of(const EndTest& test,
                                                             const double* y,
                                                             const double* ge,
                                                             const double* gi,
                                                             std::uint32_t width,
                                                             std::uint32_t* found) {
    const EndTest t = test;
    const auto find_signs = [&](std::uint32_t strip, Longs& sign) {
        sign = ~Longs{};
        for (std::uint32_t n = strip; n < strip + k_strip; n += k_doubles) {
            const Doubles g_i = *reinterpret_cast<const Doubles*>(gi + n);
            const Doubles end = *reinterpret_cast<const Doubles*>(y + n) * t.m +
                                *reinterpret_cast<const Doubles*>(ge + n) * t.e + g_i * t.i;
            take_signs<k_own>(t, end, g_i, n, sign);
        }
    };
    std::size_t n_found = 0;
    std::uint32_t strip = 0;
    // Four strips at a time: mostly no neuron of theirs is found.
    for (; strip + 4 * k_strip <= width; strip += 4 * k_strip) {
        Longs signs[4];
        for (std::uint32_t k = 0; k < 4; ++k)
            find_signs(strip + k * k_strip, signs[k]);
        if (!any_positive(signs[0] & signs[1] & signs[2] & signs[3])) continue;
        for (std::uint32_t k = 0; k < 4; ++k) {
            found[n_found] = strip + k * k_strip;
            n_found += any_positive(signs[k]) ? 1U : 0U;
        }
    }
    for (; strip < width; strip += k_strip) {
        Longs sign;
        find_signs(strip, sign);
        found[n_found] = strip;
        n_found += any_positive(sign) ? 1U : 0U;
    }
    return n_found;
}

SPIKEWELL_CLONES
std::size_t strips_of_alike(const EndTest& test,
                            const double* y,
                            const double* ge,
                            const double* gi,
                            std::uint32_t width,
                            std::uint32_t* found) {
    return strips_reaching_of<false>(test, y, ge, gi, width, found);
}
SPIKEWELL_CLONES
std::size_t strips_of_differing(const EndTest& test,
                                const double* y,
                                const double* ge,
                                const double* gi,
                                std::uint32_t width,
                                std::uint32_t* found) {
    return strips_reaching_of<true>(test, y, ge, gi, width, found);
}

/// Hazards at these potentials, in their place.
SPIKEWELL_CLONES
void hazards_at(const EscapeRate& escape, double* values, std::size_t n) {
    const EscapeRate e = escape;
    for (std::size_t k = 0; k < n; ++k)
        values[k] = 1e-3 * e.rate_Hz * lane_exp((values[k] - e.theta_mV) / e.slope_mV);
}

/// V of what is y in frame.
struct PassFactors {
    double begin; ///< of the pass
    double end;
    double V_inf_mV;
};

/// Highest potentials in the pass, of in-frame y + up.
SPIKEWELL_CLONES
void highest_potentials(
    const PassFactors& factors, const double* y, const double* up, std::size_t n, double* V_mV) {
    const PassFactors f = factors;
    for (std::size_t k = 0; k < n; ++k) {
        const double top = y[k] + up[k];
        V_mV[k] = f.V_inf_mV + std::max(top / f.begin, top / f.end);
    }
}

/// Where each neuron's V goes, instead of where that of all would.
void shift_rests(const LifBlock& block, double V_inf_mV, std::vector<double>& V_mV) {
    if (block.own.rest_mV.empty()) return;
    for (std::uint32_t n = 0; n < block.count; ++n)
        V_mV[n] += block.own.rest_mV[n] - V_inf_mV;
}

/// Adds what arrived, unless that may reach the threshold.
void settle_or_flag(LifBlock& block, std::uint32_t n, double limit) {
    LifScratch& scratch = block.scratch;
    const double up = std::exchange(scratch.up[n], 0.0);
    const double down = std::exchange(scratch.down[n], 0.0);
    if (block.live[n] == 0.0) return;
    if (block.y[n] + up < limit) {
        block.y[n] += up + down;
    } else {
        scratch.flagged.push_back({n, 0.0});
    }
}

} // namespace

// --- LifDelta -----------------------------------------------------------------------------------

DeltaDynamics DeltaDynamics::own(const LifShared& shared,
                                 const LifBlock& block,
                                 std::uint32_t n) const {
    DeltaDynamics of_one(*this);
    of_one.p_ = own_model<LifDelta>(shared, block, n);
    of_one.theta_ = of_one.p_.V_th_mV - of_one.p_.V_inf_mV();
    return of_one;
}

void DeltaDynamics::settle_pass(LifBlock& block) const {
    p_.escape ? settle_soft(block) : settle_sharp(block);
}

void DeltaDynamics::settle_sharp(LifBlock& block) const {
    LifScratch& scratch = block.scratch;
    scratch.strips.resize(block.width / k_strip);
    const Sums sums{block.y.data(), scratch.up.data(), scratch.down.data(), block.live.data()};
    const std::vector<double>& theta = block.own.theta_mV;
    const DeltaLimit limit{limit_, theta.empty() ? nullptr : theta.data(), begin_, end_};
    const std::size_t n_strips = settle_strips(limit, sums, block.width, scratch.strips.data());
    for (std::size_t g = 0; g < n_strips; ++g) {
        const std::uint32_t end = std::min(scratch.strips[g] + k_strip, block.count);
        for (std::uint32_t n = scratch.strips[g]; n < end; ++n)
            settle_or_flag(block, n,
                           theta.empty() ? limit_ : std::min(theta[n] * begin_, theta[n] * end_));
    }
}

void DeltaDynamics::settle_soft(LifBlock& block) const {
    LifScratch& scratch = block.scratch;
    std::vector<double>& bounds = scratch.bounds_per_ms;
    bounds.resize(block.count);
    highest_potentials({begin_, end_, p_.V_inf_mV()}, block.y.data(), scratch.up.data(),
                       block.count, bounds.data());
    shift_rests(block, p_.V_inf_mV(), bounds);
    hazards_at(*p_.escape, bounds.data(), block.count);
    for (std::uint32_t n = 0; n < block.count; ++n) {
        const double up = std::exchange(scratch.up[n], 0.0);
        const double down = std::exchange(scratch.down[n], 0.0);
        const bool held = block.free_at_ms[n] > window_.begin_ms;
        if (held && holds()) continue;
        if (held && block.free_at_ms[n] <= window_.end_ms) {
            scratch.flagged.push_back({n, 0.0});
        } else if (held || passes_quietly(block.residual[n], bounds[n],
                                          window_.end_ms - window_.begin_ms)) {
            block.y[n] += up + down;
        } else {
            scratch.flagged.push_back({n, bounds[n]});
        }
    }
}

// --- LifExp -------------------------------------------------------------------------------------

ExpFactors::ExpFactors(const LifExp& p, double frame_ms, double t_ms)
    : m(std::exp((frame_ms - t_ms) / p.tau_m_ms)),
      e_decay(std::exp((frame_ms - t_ms) / p.tau_syn_exc_ms)),
      i_decay(std::exp((frame_ms - t_ms) / p.tau_syn_inh_ms)) {
    e = psp_factor(p.tau_m_ms, p.tau_syn_exc_ms, t_ms - frame_ms, m, e_decay);
    i = psp_factor(p.tau_m_ms, p.tau_syn_inh_ms, t_ms - frame_ms, m, i_decay);
}

ExpDynamics::ExpDynamics(const LifShared& shared, const Window& window)
    : ExpDynamics(shared,
                  window,
                  ExpFactors(std::get<LifExp>(shared.model), shared.frame_ms, window.begin_ms),
                  ExpFactors(std::get<LifExp>(shared.model), shared.frame_ms, window.end_ms)) {}

ExpDynamics::ExpDynamics(const LifShared& shared,
                         const Window& window,
                         const ExpFactors& begin,
                         const ExpFactors& end)
    : window_(window),
      p_(std::get<LifExp>(shared.model)), key_{shared.seed, shared.population, shared.name},
      frame_ms_(shared.frame_ms), begin_(begin), end_(end),
      fall_((window.end_ms - window.begin_ms) / p_.tau_m_ms) {}

ExpDynamics ExpDynamics::own(const LifShared& shared,
                             const LifBlock& block,
                             std::uint32_t n) const {
    ExpDynamics of_one(*this);
    of_one.p_ = own_model<LifExp>(shared, block, n);
    return of_one;
}

ExpPoint ExpDynamics::point(const State& state, double t_ms) const {
    const ExpFactors at(p_, frame_ms_, t_ms);
    return {V_at(at, state.y, state.ge, state.gi) - p_.V_inf_mV(), state.ge * at.e_decay,
            state.gi * at.i_decay};
}

double ExpDynamics::next_spike(State& state,
                               std::uint32_t neuron,
                               double from_ms,
                               double until_ms) const {
    if (p_.escape) {
        return thin(
            *p_.escape, state.escape, {key_, neuron}, {from_ms, until_ms},
            [&](double from, double to) { return highest_V(state, from, to); },
            [&](double t_ms) { return free_V(state, t_ms); });
    }
    const double s_ms = first_crossing_ms(p_, point(state, from_ms), until_ms - from_ms);
    return s_ms < k_never_ms ? from_ms + s_ms : k_never_ms;
}

double ExpDynamics::highest_V(const State& state, double from_ms, double until_ms) const {
    // V rises no further than towards V_inf + the greatest g_e and the least inhibition.
    const ExpPoint from = point(state, from_ms);
    const double g_i = from.g_i_mV * std::exp((from_ms - until_ms) / p_.tau_syn_inh_ms);
    const double rise = std::max(from.g_e_mV + g_i - from.x_mV, 0.0);
    const double highest =
        p_.V_inf_mV() + from.x_mV - std::expm1((from_ms - until_ms) / p_.tau_m_ms) * rise;
    return highest + k_rounding_mV; // what V may gain by it
}

bool ExpDynamics::receive(State& state, double t_ms, double weight_mV) const {
    const bool refractory = t_ms < state.free_at_ms;
    if (refractory && p_.refractory_input == RefractoryInput::discarded) return false;
    const bool excites = weight_mV > 0.0;
    const double tau_s_ms = excites ? p_.tau_syn_exc_ms : p_.tau_syn_inh_ms;
    const double g = weight_mV * std::exp((t_ms - frame_ms_) / tau_s_ms);
    (excites ? state.ge : state.gi) += g;
    // V does not jump; while it is held, what it will start from again does not either.
    const double from_ms = refractory && !integrates() ? state.free_at_ms : t_ms;
    const ExpFactors at(p_, frame_ms_, from_ms);
    state.y -= g * (excites ? at.e : at.i) / at.m;
    return false;
}

void ExpDynamics::start_from_reset(State& state) const {
    const ExpFactors at(p_, frame_ms_, state.free_at_ms);
    state.y = (p_.V_reset_mV - p_.V_inf_mV() - state.ge * at.e - state.gi * at.i) / at.m;
}

void ExpDynamics::reset(State& state, double t_ms) const {
    const double free_at_ms = t_ms + p_.t_ref_ms;
    state.free_at_ms = integrates() ? t_ms : free_at_ms;
    start_from_reset(state);
    state.free_at_ms = free_at_ms;
}

void ExpDynamics::begin_pass(LifBlock& block) const {
    if (!p_.escape) return;
    std::vector<double>& V_mV = block.scratch.V_begin_mV;
    V_mV.resize(block.count);
    for (std::uint32_t n = 0; n < block.count; ++n)
        V_mV[n] = V_at(begin_, block.y[n], block.ge[n], block.gi[n]);
    shift_rests(block, p_.V_inf_mV(), V_mV);
}

void ExpDynamics::settle_pass(LifBlock& block) const {
    p_.escape ? settle_soft(block) : settle_sharp(block);
}

void ExpDynamics::settle_sharp(LifBlock& block) const {
    LifScratch& scratch = block.scratch;
    scratch.strips.resize(block.width / k_strip);
    // least_end_V is the least of two levels; with room for rounding.
    const std::vector<double>& own = block.own.theta_mV;
    const double theta = own.empty() ? p_.V_th_mV - p_.V_inf_mV() : 0.0;
    const double level = theta - k_rounding_mV;
    const EndTest test{end_.m,
                       end_.e,
                       end_.i,
                       level,
                       fall_ * begin_.i_decay,
                       level - fall_ * theta,
                       own.empty() ? nullptr : own.data(),
                       1.0 - fall_};
    const auto strips_above = own.empty() ? strips_of_alike : strips_of_differing;
    const std::size_t n_strips = strips_above(test, block.y.data(), block.ge.data(),
                                              block.gi.data(), block.width, scratch.strips.data());
    for (std::size_t g = 0; g < n_strips; ++g) {
        const std::uint32_t end = std::min(scratch.strips[g] + k_strip, block.count);
        for (std::uint32_t n = scratch.strips[g]; n < end; ++n) {
            const double theta_mV = own.empty() ? theta : own[n];
            if (x_at(end_, block.y[n], block.ge[n], block.gi[n]) <
                least_end_x(theta_mV, block.gi[n]))
                continue;
            if (holds() && block.free_at_ms[n] > window_.begin_ms) continue;
            scratch.flagged.push_back({n, 0.0});
        }
    }
}

void ExpDynamics::settle_soft(LifBlock& block) const {
    LifScratch& scratch = block.scratch;
    std::vector<double>& bounds = scratch.bounds_per_ms;
    bounds.resize(block.count);
    const double rise = -std::expm1(-fall_);
    for (std::uint32_t n = 0; n < block.count; ++n) {
        // As in next_spike, with all of the pass's excitation from its beginning on.
        const double V_begin = scratch.V_begin_mV[n];
        const double rest_mV = block.own.rest_mV.empty() ? p_.V_inf_mV() : block.own.rest_mV[n];
        const double aim = rest_mV + block.ge[n] * begin_.e_decay;
        bounds[n] = V_begin + rise * std::max(aim - V_begin, 0.0) + k_rounding_mV;
    }
    hazards_at(*p_.escape, bounds.data(), block.count);
    for (std::uint32_t n = 0; n < block.count; ++n) {
        if (block.free_at_ms[n] > window_.begin_ms) {
            if (!holds() && block.free_at_ms[n] <= window_.end_ms)
                scratch.flagged.push_back({n, 0.0});
            continue;
        }
        if (!passes_quietly(block.residual[n], bounds[n], window_.end_ms - window_.begin_ms))
            scratch.flagged.push_back({n, bounds[n]});
    }
}

void ExpDynamics::take_off(Job& job, std::uint32_t neuron, std::span<const Input> inputs) const {
    LifBlock& block = job.block;
    for (const Input& input : inputs) {
        if (input.arrival == k_none) continue;
        const bool excites = input.weight > 0.0;
        if (input.arrival != k_timed) {
            target(block, job.table, input.arrival, excites).add(neuron, -input.weight);
            continue;
        }
        const ExpStep step = ExpStepRule(p_, frame_ms_, window_, excites).at(input.t_ms);
        block.y[neuron] -= input.weight * step.y;
        (excites ? block.ge : block.gi)[neuron] -= input.weight * step.g;
    }
    take_noise_off(block, neuron);
}

double ExpDynamics::free_V(const State& state, double t_ms) const {
    return V_at(ExpFactors(p_, frame_ms_, t_ms), state.y, state.ge, state.gi);
}

void ArrivalTable::clear() {
    arrivals.clear();
}

namespace {

void set_factors(const LifDelta& model, double frame_ms, ArrivalTable& table) {
    table.membrane.resize(table.size());
    for (std::size_t a = 0; a < table.size(); ++a)
        table.membrane[a] = std::exp((table.arrivals[a].t_ms - frame_ms) / model.tau_m_ms);
}

void set_factors(const LifExp& model, double frame_ms, ArrivalTable& table) {
    const std::size_t n = table.size();
    table.excitation.resize(n);
    table.inhibition.resize(n);
    table.y_excitation.resize(n);
    table.y_inhibition.resize(n);
    for (std::size_t a = 0; a < n; ++a) {
        const ExpFactors at(model, frame_ms, table.arrivals[a].t_ms);
        table.excitation[a] = 1.0 / at.e_decay;
        table.inhibition[a] = 1.0 / at.i_decay;
        table.y_excitation[a] = -at.e / (at.m * at.e_decay);
        table.y_inhibition[a] = -at.i / (at.m * at.i_decay);
    }
}

template <Walked Model> void set_factors(const Model&, double, ArrivalTable&) {}

double frame_tau_ms(const LifDelta& model) {
    return model.tau_m_ms;
}
double frame_tau_ms(const LifExp& model) {
    return std::min({model.tau_m_ms, model.tau_syn_exc_ms, model.tau_syn_inh_ms});
}
template <Walked Model> double frame_tau_ms(const Model&) {
    return k_never_ms;
}
template <Linear Model> double frame_tau_ms(const Model& model) {
    return Dynamics<Model>(model).shortest_tau_ms();
}

/// What the two models with a fast path have in common.
template <class Model>
void set_membranes(LifBlock& block, const Model& model, std::span<const double> V_mV) {
    // Padding lanes stay far below any threshold.
    block.y.assign(block.width, -1e9);
    for (std::size_t n = 0; n < V_mV.size(); ++n)
        block.y[n] =
            V_mV[n] - (block.own.rest_mV.empty() ? model.V_inf_mV() : block.own.rest_mV[n]);
}
void set_states(LifBlock& block, const LifDelta& model, std::span<const double> V_mV) {
    set_membranes(block, model, V_mV);
    block.kept_mV.assign(block.width, 0.0);
    block.live.assign(block.width, 1.0);
    block.scratch.up.assign(block.width, 0.0);
    block.scratch.down.assign(block.width, 0.0);
}
void set_states(LifBlock& block, const LifExp& model, std::span<const double> V_mV) {
    set_membranes(block, model, V_mV);
    block.ge.assign(block.width, 0.0);
    block.gi.assign(block.width, 0.0);
}
template <Walked Model>
void set_walked(LifBlock& block, const LifShared& shared, std::span<const double> V_mV) {
    WalkedDynamics<Model>::begin(block, shared, V_mV);
    block.scratch.ignored.assign(block.width, 0.0);
    block.scratch.touched.assign(block.width, 0);
}

} // namespace

bool is_walked(const LifShared& shared) {
    return with_dynamics(shared, []<class Model, class Dynamics>() {
        if constexpr (Walked<Model>)
            return std::is_same_v<Dynamics, WalkedDynamics<Model>>;
        else
            return false;
    });
}

void set_states(LifBlock& block, const LifShared& shared, std::span<const double> V_mV) {
    block.free_at_ms.assign(block.width, -k_never_ms);
    block.is_held.assign(block.width, 0);
    with_dynamics(shared, [&]<class Model, class Dynamics>() {
        const auto& model = std::get<Model>(shared.model);
        if constexpr (!Walked<Model>)
            set_states(block, model, V_mV);
        else if constexpr (std::is_same_v<Dynamics, WalkedDynamics<Model>>)
            set_walked<Model>(block, shared, V_mV);
        else
            Dynamics::begin(block, model, V_mV);
    });
}

void set_factors(const LifShared& shared, ArrivalTable& table) {
    const std::size_t n = table.arrivals.size();
    std::visit([&](const auto& model) { set_factors(model, shared.frame_ms, table); },
               shared.model);
    if (std::all_of(shared.tau_plus_ms.begin(), shared.tau_plus_ms.end(),
                    [](double t) { return t == 0.0; }))
        return;
    table.plus.assign(n, 0.0);
    table.minus.assign(n, 0.0);
    for (std::size_t a = 0; a < n; ++a) {
        const std::uint32_t s = table.arrivals[a].synapses;
        if (s >= shared.tau_plus_ms.size() || shared.tau_plus_ms[s] == 0.0)
            continue; // static or timed
        const double since_ms = table.arrivals[a].t_ms - shared.frame_ms;
        table.plus[a] = std::exp(since_ms / shared.tau_plus_ms[s]);
        table.minus[a] = std::exp(-since_ms / shared.tau_minus_ms[s]);
    }
}

double shortest_tau_ms(const PointNeuron& model) {
    return std::visit([](const auto& m) { return frame_tau_ms(m); }, model);
}

double longest_summed_ms(const PointNeuron& model) {
    return std::visit(
        [](const auto& m) {
            constexpr double k_share = Walked<std::remove_cvref_t<decltype(m)>> ? 0.125 : 0.25;
            return k_share * frame_tau_ms(m);
        },
        model);
}

double potential_mV(const LifShared& shared,
                    const LifBlock& block,
                    std::uint32_t neuron,
                    double t_ms) {
    return with_dynamics(shared, [&]<class Model, class Dynamics>() {
        const Dynamics of_all(shared, Window{t_ms, t_ms});
        if (!shared.own()) return of_all.columns(of_all.load(block, neuron), t_ms)[0];
        const auto& dynamics = of_all.own(shared, block, neuron);
        return dynamics.columns(dynamics.load(block, neuron), t_ms)[0];
    });
}

} // namespace spikewell::detail
