#include "network/engine/detail/lif_dynamics.hpp"

#include "network/engine/detail/clones.hpp"

namespace spikewell::detail {

namespace {

/// What a pass's end test needs, by value.
struct EndTest {
    double offset; // V_inf
    double m, e, i;
    double threshold;
    double fall;
    double gap; // V_th - V_inf
    double strongest;
};

SPIKEWELL_CLONES
bool any_reaches(const EndTest& test, const double* y, const double* ge, const double* gi) {
    const EndTest t = test;
    int any = 0;
    for (std::uint32_t n = 0; n < k_group; ++n) {
        const double V = t.offset + y[n] * t.m + ge[n] * t.e + gi[n] * t.i;
        const double least = t.threshold - t.fall * std::max(t.gap - gi[n] * t.strongest, 0.0);
        any |= V >= least ? 1 : 0;
    }
    return any != 0;
}

} // namespace

ExpDynamics::ExpDynamics(const LifShared& shared, const Window& window)
    : p_(std::get<LifExp>(shared.model)), c_(p_), key_{shared.seed, shared.population},
      frame_ms_(shared.frame_ms), length_ms_(window.end_ms - window.begin_ms),
      m_begin_(std::exp((frame_ms_ - window.begin_ms) / p_.tau_m_ms)),
      e_begin_(std::exp((frame_ms_ - window.begin_ms) / p_.tau_syn_exc_ms)),
      i_begin_(std::exp((frame_ms_ - window.begin_ms) / p_.tau_syn_inh_ms)),
      m_end_(std::exp((frame_ms_ - window.end_ms) / p_.tau_m_ms)),
      e_end_(std::exp((frame_ms_ - window.end_ms) / p_.tau_syn_exc_ms)),
      i_end_(std::exp((frame_ms_ - window.end_ms) / p_.tau_syn_inh_ms)), i_strongest_(i_begin_),
      fall_(length_ms_ / p_.tau_m_ms), rise_(-std::expm1(-length_ms_ / p_.tau_m_ms)) {}

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
    const EndTest test{p_.V_inf_mV(),
                       m_end_,
                       c_.c_e * e_end_,
                       c_.c_i * i_end_,
                       p_.V_th_mV - 1e-9,
                       fall_,
                       p_.V_th_mV - p_.V_inf_mV(),
                       i_strongest_};
    for (std::uint32_t group = 0; group < block.width; group += k_group) {
        if (!any_reaches(test, block.y.data() + group, block.ge.data() + group,
                         block.gi.data() + group))
            continue;
        const std::uint32_t end = std::min(group + k_group, block.count);
        for (std::uint32_t n = group; n < end; ++n) {
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
