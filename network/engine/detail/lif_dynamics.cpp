#include "network/engine/detail/lif_dynamics.hpp"

#include "network/engine/detail/clones.hpp"

namespace spikewell::detail {

namespace {

using Doubles = double __attribute__((vector_size(64), aligned(8), may_alias));
using Longs = std::int64_t __attribute__((vector_size(64), may_alias));
constexpr std::uint32_t k_doubles = 8;

/// V - offset of neurons, weighted sums of their state, against a level.
struct EndTest {
    double m, e, i;
    double level;
};

/// Writes the groups in which some neuron is above the level to `found`; returns how many. Above is
/// read off the sign: this compiler takes comparisons of eight doubles apart into scalars.
SPIKEWELL_CLONES
std::size_t groups_above(const EndTest& test,
                         const double* y,
                         const double* ge,
                         const double* gi,
                         std::uint32_t width,
                         std::uint32_t* found) {
    const EndTest t = test;
    std::size_t n_found = 0;
    for (std::uint32_t group = 0; group < width; group += k_group) {
        Longs sign{};
        for (std::uint32_t n = group; n < group + k_group; n += k_doubles) {
            const Doubles below = t.level - *reinterpret_cast<const Doubles*>(y + n) * t.m -
                                  *reinterpret_cast<const Doubles*>(ge + n) * t.e -
                                  *reinterpret_cast<const Doubles*>(gi + n) * t.i;
            sign |= reinterpret_cast<const Longs&>(below);
        }
        std::int64_t any = 0;
        for (std::uint32_t l = 0; l < k_doubles; ++l)
            any |= sign[l];
        found[n_found] = group;
        n_found += any < 0 ? 1 : 0;
    }
    return n_found;
}

} // namespace

ExpFactors::ExpFactors(const LifExp& p, double frame_ms, const Window& window)
    : m_begin(std::exp((frame_ms - window.begin_ms) / p.tau_m_ms)),
      e_begin(std::exp((frame_ms - window.begin_ms) / p.tau_syn_exc_ms)),
      i_begin(std::exp((frame_ms - window.begin_ms) / p.tau_syn_inh_ms)),
      m_end(std::exp((frame_ms - window.end_ms) / p.tau_m_ms)),
      e_end(std::exp((frame_ms - window.end_ms) / p.tau_syn_exc_ms)),
      i_end(std::exp((frame_ms - window.end_ms) / p.tau_syn_inh_ms)) {}

ExpDynamics::ExpDynamics(const LifShared& shared, const Window& window)
    : ExpDynamics(
          shared, window, ExpFactors(std::get<LifExp>(shared.model), shared.frame_ms, window)) {}

ExpDynamics::ExpDynamics(const LifShared& shared, const Window& window, const ExpFactors& factors)
    : p_(std::get<LifExp>(shared.model)), c_(p_), key_{shared.seed, shared.population},
      frame_ms_(shared.frame_ms), length_ms_(window.end_ms - window.begin_ms), f_(factors),
      fall_(length_ms_ / p_.tau_m_ms) {}

double ExpDynamics::next_spike(State& state,
                               std::uint32_t neuron,
                               double from_ms,
                               double until_ms) const {
    const auto terms_at = [&](double t_ms) {
        return ExpTerms{state.y * std::exp((frame_ms_ - t_ms) / p_.tau_m_ms),
                        c_.c_e * state.ge * std::exp((frame_ms_ - t_ms) / p_.tau_syn_exc_ms),
                        c_.c_i * state.gi * std::exp((frame_ms_ - t_ms) / p_.tau_syn_inh_ms)};
    };
    const ExpTerms from = terms_at(from_ms);
    if (p_.escape) {
        const ExpTerms until = terms_at(until_ms);
        const double highest = p_.V_inf_mV() + std::max(from.y, until.y) +
                               std::max(from.e, until.e) + std::max(from.i, until.i);
        return thin(*p_.escape, state.escape, key_, neuron, from_ms, until_ms, highest,
                    [&](double t_ms) {
                        const ExpTerms terms = terms_at(t_ms);
                        return p_.V_inf_mV() + terms.y + terms.e + terms.i;
                    });
    }
    const double s_ms = first_crossing_ms(p_, from, until_ms - from_ms);
    return s_ms < k_never_ms ? from_ms + s_ms : k_never_ms;
}

bool ExpDynamics::receive(State& state, double t_ms, double weight_mV) const {
    const bool refractory = t_ms < state.free_at_ms;
    if (refractory && p_.refractory_input == RefractoryInput::discarded) return false;
    const bool excites = weight_mV > 0.0;
    const double tau_s_ms = excites ? p_.tau_syn_exc_ms : p_.tau_syn_inh_ms;
    (excites ? state.ge : state.gi) += weight_mV * std::exp((t_ms - frame_ms_) / tau_s_ms);
    // V does not jump; while it is held, what it will start from again does not either.
    const double held_ms = refractory && !integrates() ? state.free_at_ms - t_ms : 0.0;
    state.y -= (excites ? c_.c_e : c_.c_i) * weight_mV * std::exp(-held_ms / tau_s_ms) *
               std::exp((t_ms + held_ms - frame_ms_) / p_.tau_m_ms);
    return false;
}

void ExpDynamics::reset(State& state, double t_ms) const {
    state.free_at_ms = t_ms + p_.t_ref_ms;
    const double since_ms = (integrates() ? t_ms : state.free_at_ms) - frame_ms_;
    const double synaptic = c_.c_e * state.ge * std::exp(-since_ms / p_.tau_syn_exc_ms) +
                            c_.c_i * state.gi * std::exp(-since_ms / p_.tau_syn_inh_ms);
    state.y = (p_.V_reset_mV - p_.V_inf_mV() - synaptic) * std::exp(since_ms / p_.tau_m_ms);
}

void ExpDynamics::find_spontaneous(const LifBlock& block, std::vector<std::uint32_t>& found) const {
    found.clear();
    // The least level that any neuron of the block can have, then each one's own.
    const EndTest test{f_.m_end, c_.c_e * f_.e_end, c_.c_i * f_.i_end,
                       least_end_V(block.strongest_gi) - p_.V_inf_mV() - 1e-9};
    thread_local std::vector<std::uint32_t> groups; // work space only
    groups.resize(block.width / k_group);
    const std::size_t n_groups = groups_above(test, block.y.data(), block.ge.data(),
                                              block.gi.data(), block.width, groups.data());
    for (std::size_t g = 0; g < n_groups; ++g) {
        const std::uint32_t end = std::min(groups[g] + k_group, block.count);
        for (std::uint32_t n = groups[g]; n < end; ++n) {
            if (end_V(block.y[n], block.ge[n], block.gi[n]) >= least_end_V(block.gi[n]))
                found.push_back(n);
        }
    }
}

double ExpDynamics::free_V(const State& state, double t_ms) const {
    const double since_ms = t_ms - frame_ms_;
    return p_.V_inf_mV() + state.y * std::exp(-since_ms / p_.tau_m_ms) +
           c_.c_e * state.ge * std::exp(-since_ms / p_.tau_syn_exc_ms) +
           c_.c_i * state.gi * std::exp(-since_ms / p_.tau_syn_inh_ms);
}

void ArrivalTable::clear() {
    arrivals.clear();
}

void set_factors(const LifShared& shared, ArrivalTable& table) {
    const std::size_t n = table.arrivals.size();
    const auto grow = [&](std::vector<double>& factors, double tau_ms) {
        factors.resize(n);
        for (std::size_t a = 0; a < n; ++a)
            factors[a] = std::exp((table.arrivals[a].t_ms - shared.frame_ms) / tau_ms);
    };
    if (const auto* delta = std::get_if<LifDelta>(&shared.model)) {
        grow(table.membrane, delta->tau_m_ms);
    } else {
        const auto& exp = std::get<LifExp>(shared.model);
        grow(table.membrane, exp.tau_m_ms);
        grow(table.excitation, exp.tau_syn_exc_ms);
        grow(table.inhibition, exp.tau_syn_inh_ms);
    }
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
    if (const auto* delta = std::get_if<LifDelta>(&model)) return delta->tau_m_ms;
    const auto& exp = std::get<LifExp>(model);
    return std::min({exp.tau_m_ms, exp.tau_syn_exc_ms, exp.tau_syn_inh_ms});
}

double potential_mV(const LifShared& shared,
                    const LifBlock& block,
                    std::uint32_t neuron,
                    double t_ms) {
    const Window now{t_ms, t_ms};
    if (std::holds_alternative<LifDelta>(shared.model)) {
        const DeltaDynamics dynamics(shared, now);
        return dynamics.V(DeltaDynamics::load(block, neuron), t_ms);
    }
    const ExpDynamics dynamics(shared, now);
    return dynamics.V(ExpDynamics::load(block, neuron), t_ms);
}

} // namespace spikewell::detail
