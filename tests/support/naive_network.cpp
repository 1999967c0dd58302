#include "support/naive_network.hpp"

#include <algorithm>
#include <cmath>
#include <queue>
#include <stdexcept>
#include <tuple>

namespace spikewell::test {

namespace {

constexpr double k_never_ms = std::numeric_limits<double>::infinity();

// ------------------------------------------------------------------------------------------------
// Neurons

/// Both models in one: LifDelta is the one whose currents stay 0 and whose input goes to V.
struct Model {
    bool delta = true;
    long double tau_m = 20.0L;
    long double tau_e = 5.0L;
    long double tau_i = 10.0L;
    long double V_inf = 0.0L;
    long double V_th = 20.0L;
    long double V_reset = 0.0L;
    double t_ref = 2.0;
    bool kept = false;
};

Model model_of(const LifDelta& p) {
    if (p.escape) throw std::invalid_argument("naive: escape noise is random");
    Model m;
    m.tau_m = static_cast<long double>(p.tau_m_ms);
    m.V_inf = static_cast<long double>(p.V_inf_mV());
    m.V_th = static_cast<long double>(p.V_th_mV);
    m.V_reset = static_cast<long double>(p.V_reset_mV);
    m.t_ref = p.t_ref_ms;
    m.kept = p.refractory_input == RefractoryInput::kept;
    return m;
}

Model model_of(const LifExp& p) {
    if (p.escape) throw std::invalid_argument("naive: escape noise is random");
    Model m;
    m.delta = false;
    m.tau_m = static_cast<long double>(p.tau_m_ms);
    m.tau_e = static_cast<long double>(p.tau_syn_exc_ms);
    m.tau_i = static_cast<long double>(p.tau_syn_inh_ms);
    m.V_inf = static_cast<long double>(p.V_inf_mV());
    m.V_th = static_cast<long double>(p.V_th_mV);
    m.V_reset = static_cast<long double>(p.V_reset_mV);
    m.t_ref = p.t_ref_ms;
    m.kept = p.refractory_input == RefractoryInput::kept;
    return m;
}

template <Walked M> Model model_of(const M&) {
    throw std::invalid_argument("naive: see tests/validation/test_walked_models.cpp");
}

struct Neuron {
    double t_ms = 0.0; // V, g_e and g_i are those right after the last event, at this time
    long double V = 0.0L;
    long double g_e = 0.0L;
    long double g_i = 0.0L;
    bool refractory = false;
    long double kept_mV = 0.0L; // LifDelta, input of this refractory period
    std::uint64_t plan = 0;     // what was planned under another number is void
};

/// V a time dt after the last event, not refractory: the variation of constants.
long double V_after(const Model& m, const Neuron& n, long double dt) {
    const long double leak = std::exp(-dt / m.tau_m);
    long double V = m.V_inf + (n.V - m.V_inf) * leak;
    if (m.delta) return V;
    V += n.g_e * m.tau_e / (m.tau_e - m.tau_m) * (std::exp(-dt / m.tau_e) - leak);
    V += n.g_i * m.tau_i / (m.tau_i - m.tau_m) * (std::exp(-dt / m.tau_i) - leak);
    return V;
}

/// tau_m dV/dt there.
long double slope_after(const Model& m, const Neuron& n, long double dt) {
    const long double g =
        m.delta ? 0.0L : n.g_e * std::exp(-dt / m.tau_e) + n.g_i * std::exp(-dt / m.tau_i);
    return m.V_inf - V_after(m, n, dt) + g;
}

void bring_to(const Model& m, Neuron& n, double t_ms) {
    const long double dt = static_cast<long double>(t_ms) - static_cast<long double>(n.t_ms);
    n.V = n.refractory ? m.V_reset : V_after(m, n, dt);
    n.g_e *= std::exp(-dt / m.tau_e);
    n.g_i *= std::exp(-dt / m.tau_i);
    n.t_ms = t_ms;
}

/// The first time where `reached` holds, which it does at high and not at low.
template <class Reached>
long double first_where(long double low, long double high, const Reached& reached) {
    while (high - low > 1e-15L) {
        const long double middle = 0.5L * (low + high);
        if (!(middle > low && middle < high)) break;
        (reached(middle) ? high : low) = middle;
    }
    return high;
}

/// What to do next with a neuron that gets no further input: fire at the time, or look again then.
struct Plan {
    double t_ms = k_never_ms;
    bool fires = false;
};

/// LifDelta: x = V - V_inf decays, so V reaches V_th when x / (V_th - V_inf) is e^(t / tau_m).
Plan plan_by_drive(const Model& m, const Neuron& n) {
    if (!(m.V_inf > m.V_th)) return {};
    const long double dt = m.tau_m * std::log((n.V - m.V_inf) / (m.V_th - m.V_inf));
    return {static_cast<double>(static_cast<long double>(n.t_ms) + dt), true};
}

/// LifExp: looks at V in steps of 1/1000 of the least time constant, and at its maximum wherever
/// V rises at a step's begin and falls at its end.
Plan plan_by_scan(const Model& m, const Neuron& n) {
    constexpr int n_steps = 64;
    const long double step = std::min({m.tau_m, m.tau_e, m.tau_i}) / 1000.0L;
    const auto at_ms = [&](long double dt) {
        return static_cast<double>(static_cast<long double>(n.t_ms) + dt);
    };
    const auto reached = [&](long double dt) { return V_after(m, n, dt) >= m.V_th; };
    // Steps by multiplication, in double; every decision near the threshold by the closed form.
    const auto keep_m = static_cast<double>(std::exp(-step / m.tau_m));
    const auto keep_e = static_cast<double>(std::exp(-step / m.tau_e));
    const auto keep_i = static_cast<double>(std::exp(-step / m.tau_i));
    const auto c_e = static_cast<double>(m.tau_e / (m.tau_e - m.tau_m));
    const auto c_i = static_cast<double>(m.tau_i / (m.tau_i - m.tau_m));
    const auto V_inf = static_cast<double>(m.V_inf);
    const auto V_th = static_cast<double>(m.V_th);
    auto g_e = static_cast<double>(n.g_e);
    auto g_i = static_cast<double>(n.g_i);
    double y = static_cast<double>(n.V) - V_inf - c_e * g_e - c_i * g_i;
    double slope = V_inf - static_cast<double>(n.V) + g_e + g_i;
    // Rounding of the steps, generously: sums of terms of these sizes.
    const double doubt = 1e-11 * (std::abs(V_inf) + std::abs(V_th) + std::abs(y) +
                                  std::abs(c_e * g_e) + std::abs(c_i * g_i) + 1.0);
    for (int s = 1; s <= n_steps; ++s) {
        y *= keep_m;
        g_e *= keep_e;
        g_i *= keep_i;
        const double V = V_inf + y + c_e * g_e + c_i * g_i;
        const double new_slope = V_inf - V + g_e + g_i;
        const long double begin = step * static_cast<long double>(s - 1);
        const long double end = step * static_cast<long double>(s);
        const bool may_peak =
            slope > -doubt && new_slope < doubt && V + 10.0 * std::abs(slope) + doubt > V_th;
        slope = new_slope;
        if (may_peak) {
            const long double peak = first_where(
                begin, end, [&](long double dt) { return slope_after(m, n, dt) <= 0.0L; });
            if (reached(peak)) return {at_ms(first_where(begin, peak, reached)), true};
        }
        if (V > V_th - doubt && reached(end))
            return {at_ms(first_where(begin, end, reached)), true};
    }
    return {at_ms(step * n_steps), false};
}

// ------------------------------------------------------------------------------------------------
// Synapses

struct SynapseState {
    std::uint32_t pre = 0; // within their populations
    std::uint32_t post = 0;
    double delay_ms = 0.0;
    double weight = 0.0;
    std::vector<double> pre_ms;                    // spikes at the synapse
    std::vector<double> post_ms;                   // spikes at the synapse
    const std::vector<double>* third_ms = nullptr; // spikes of the third factor there, in order
    double eligibility = 0.0;
    double as_of_ms = 0.0; // of eligibility and weight, where there is a third factor
};

std::vector<Synapse> expand_naively(const SynapticProjection& p,
                                    std::size_t n_pre,
                                    std::size_t n_post) {
    if (const auto* list = std::get_if<SynapseList>(&p.connector)) {
        std::vector<Synapse> synapses = list->synapses;
        std::stable_sort(synapses.begin(), synapses.end(), [](const Synapse& a, const Synapse& b) {
            return std::tie(a.pre, a.post) < std::tie(b.pre, b.post);
        });
        return synapses;
    }
    const bool one_to_one = std::holds_alternative<OneToOne>(p.connector);
    if (!one_to_one && !std::holds_alternative<AllToAll>(p.connector)) {
        throw std::invalid_argument("naive: connector is random");
    }
    const auto* weight = std::get_if<Constant>(&p.weight);
    const auto* delay = std::get_if<Constant>(&p.delay_ms);
    if (weight == nullptr || delay == nullptr) throw std::invalid_argument("naive: random values");
    if (one_to_one && n_pre != n_post) throw std::invalid_argument("naive: unequal sizes");
    std::vector<Synapse> synapses;
    for (std::uint32_t i = 0; i < n_pre; ++i) {
        for (std::uint32_t j = 0; j < n_post; ++j) {
            const bool same =
                p.pre.population == p.post.population && p.pre.first + i == p.post.first + j;
            if ((one_to_one && i != j) || (same && !p.self_connections)) continue;
            synapses.push_back(
                {i, j, static_cast<float>(weight->value), static_cast<float>(delay->value)});
        }
    }
    return synapses;
}

/// What the last of a neuron's spikes releases: u and x as Tsodyks, Pawelzik & Markram have them, right after
/// each spike, from the first spike on.
double released(const TsodyksMarkram& p, const std::vector<Spike>& spikes, std::uint32_t neuron) {
    double u = 0.0;
    double x = 1.0;
    double given = 0.0;
    double last_ms = 0.0;
    for (const Spike& spike : spikes) {
        if (spike.source != neuron) continue;
        const double h_ms = spike.t_ms - last_ms;
        last_ms = spike.t_ms;
        u *= p.tau_facil_ms > 0.0 ? std::exp(-h_ms / p.tau_facil_ms) : 0.0;
        x = 1.0 - (1.0 - x) * std::exp(-h_ms / p.tau_rec_ms);
        u += p.U * (1.0 - u);
        given = u * x;
        x -= given;
    }
    return given;
}

/// Sum of e^(-(t - s) / tau) over spikes s before t, or at or before it.
double trace(const std::vector<double>& spikes_ms, double t_ms, double tau_ms, bool with_now) {
    double sum = 0.0;
    for (const double s : spikes_ms) {
        if (s < t_ms || (with_now && s == t_ms)) sum += std::exp((s - t_ms) / tau_ms);
    }
    return sum;
}

void at_pre(const PairStdp& rule, SynapseState& s, double t_ms) {
    const double y = trace(s.post_ms, t_ms, rule.tau_minus_ms, false);
    const double F = rule.dependence == WeightDependence::additive ? rule.w_max : s.weight;
    s.weight = std::max(s.weight - rule.lambda * rule.alpha * F * y, rule.w_min);
}
void at_post(const PairStdp& rule, SynapseState& s, double t_ms) {
    const double x = trace(s.pre_ms, t_ms, rule.tau_plus_ms, true);
    const double F =
        rule.dependence == WeightDependence::additive ? rule.w_max : rule.w_max - s.weight;
    s.weight = std::min(s.weight + rule.lambda * F * x, rule.w_max);
}
void at_pre(const InhibitoryStdp& rule, SynapseState& s, double t_ms) {
    const double rho0 = 2.0 * rule.target_rate_Hz * 1e-3 * rule.tau_ms;
    const double y = trace(s.post_ms, t_ms, rule.tau_ms, false);
    s.weight = -std::clamp(-s.weight + rule.eta * (y - rho0), 0.0, rule.w_max);
}
void at_post(const InhibitoryStdp& rule, SynapseState& s, double t_ms) {
    const double x = trace(s.pre_ms, t_ms, rule.tau_ms, true);
    s.weight = -std::clamp(-s.weight + rule.eta * x, 0.0, rule.w_max);
}
void at_pre(const GuetigStdp& rule, SynapseState& s, double t_ms) {
    const double y = trace(s.post_ms, t_ms, rule.tau_minus_ms, false);
    const double F = rule.w_max * std::pow(s.weight / rule.w_max, rule.mu_minus);
    s.weight = std::max(s.weight - rule.lambda * rule.alpha * F * y, 0.0);
}
void at_post(const GuetigStdp& rule, SynapseState& s, double t_ms) {
    const double x = trace(s.pre_ms, t_ms, rule.tau_plus_ms, true);
    const double F = rule.w_max * std::pow(1.0 - s.weight / rule.w_max, rule.mu_plus);
    s.weight = std::min(s.weight + rule.lambda * F * x, rule.w_max);
}
void at_pre(const TripletStdp& rule, SynapseState& s, double t_ms) {
    const double o1 = trace(s.post_ms, t_ms, rule.tau_minus_ms, false);
    const double r2 = trace(s.pre_ms, t_ms, rule.tau_x_ms, false);
    s.weight = std::max(s.weight - rule.w_max * o1 * (rule.A2_minus + rule.A3_minus * r2), 0.0);
}
void at_post(const TripletStdp& rule, SynapseState& s, double t_ms) {
    const double r1 = trace(s.pre_ms, t_ms, rule.tau_plus_ms, true);
    const double o2 = trace(s.post_ms, t_ms, rule.tau_y_ms, false);
    s.weight =
        std::min(s.weight + rule.w_max * r1 * (rule.A2_plus + rule.A3_plus * o2), rule.w_max);
}
/// n at t, just after its spikes then or before them.
double third_factor(const RewardStdp& rule, const SynapseState& s, double t_ms, bool with_now) {
    return trace(*s.third_ms, t_ms, rule.tau_n_ms, with_now) / rule.tau_n_ms;
}
/// dw = c (n - b) dt by Simpson's rule, in pieces of at most a 400th of the shortest time constant, between spikes
/// of the third factor.
void move_weight(const RewardStdp& rule, SynapseState& s, double t_ms) {
    std::vector<double> ends_ms;
    for (const double third_ms : *s.third_ms) {
        if (third_ms > s.as_of_ms && third_ms < t_ms) ends_ms.push_back(third_ms);
    }
    ends_ms.push_back(t_ms);
    for (const double end_ms : ends_ms) {
        const double begin_ms = s.as_of_ms;
        const double h = end_ms - begin_ms;
        const double n0 = third_factor(rule, s, begin_ms, true);
        const auto pieces =
            static_cast<int>(std::ceil(400.0 * h / std::min(rule.tau_c_ms, rule.tau_n_ms)) + 1.0);
        const auto slope = [&](double dt_ms) {
            return s.eligibility * std::exp(-dt_ms / rule.tau_c_ms) *
                   (n0 * std::exp(-dt_ms / rule.tau_n_ms) - 1e-3 * rule.baseline_Hz);
        };
        for (int k = 0; k < pieces; ++k) {
            const double a = h * k / pieces;
            const double b = h * (k + 1) / pieces;
            s.weight += (b - a) / 6.0 * (slope(a) + 4.0 * slope(0.5 * (a + b)) + slope(b));
        }
        s.eligibility *= std::exp(-h / rule.tau_c_ms);
        s.as_of_ms = end_ms;
    }
    s.weight = std::clamp(s.weight, 0.0, rule.w_max);
}
void at_pre(const RewardStdp& rule, SynapseState& s, double t_ms) {
    move_weight(rule, s, t_ms);
    s.eligibility -= rule.A_minus * rule.w_max * trace(s.post_ms, t_ms, rule.tau_minus_ms, false);
}
void at_post(const RewardStdp& rule, SynapseState& s, double t_ms) {
    move_weight(rule, s, t_ms);
    s.eligibility += rule.A_plus * rule.w_max * trace(s.pre_ms, t_ms, rule.tau_plus_ms, true);
}
void at_pre(std::monostate, SynapseState&, double) {}
void at_post(std::monostate, SynapseState&, double) {}

// ------------------------------------------------------------------------------------------------
// Events

/// In the order in which they happen at one time.
enum class Kind {
    refractory_end,
    crossing, // or another look, see Plan
    listed_spike,
    pre_at_synapse,
    arrival, // at the soma
    post_at_synapse
};

struct Event {
    double t_ms = 0.0;
    Kind kind = Kind::arrival;
    std::size_t projection = 0; // or population, for the first three kinds
    std::uint32_t source = 0;   // presynaptic neuron; the neuron, for the first three kinds
    std::size_t synapse = 0;
    double weight = 0.0;     // of an arrival
    double at_soma_ms = 0.0; // of a spike that is at the synapse
    std::uint64_t plan = 0;
    bool fires = false;
    double released = 1.0; // by a spike that is at the synapse

    [[nodiscard]] auto key() const { return std::tie(t_ms, kind, projection, source, synapse); }
    bool operator>(const Event& other) const { return key() > other.key(); }
};

class NaiveNetwork {
  public:
    NaiveNetwork(const Network& network, const NaiveOptions& options)
        : network_(network), options_(options) {
        for (std::size_t p = 0; p < network.populations.size(); ++p)
            make_population(p);
        third_ms_.resize(network.projections.size());
        for (std::size_t p = 0; p < network.projections.size(); ++p)
            make_projection(p);
    }

    NaiveRun run() {
        for (std::size_t p = 0; p < neurons_.size(); ++p) {
            for (std::uint32_t i = 0; i < neurons_[p].size(); ++i)
                go_on(p, i);
        }
        while (!queue_.empty() && queue_.top().t_ms < options_.end_ms &&
               run_.n_lif_spikes < options_.max_lif_spikes) {
            const Event event = queue_.top();
            take_samples(event.t_ms, true);
            queue_.pop();
            happen(event);
        }
        const bool stopped = run_.n_lif_spikes >= options_.max_lif_spikes;
        if (!stopped) {
            run_.end_ms = options_.end_ms;
            take_samples(options_.end_ms, true);
        }
        for (std::size_t p = 0; p < neurons_.size(); ++p) {
            for (Neuron& neuron : neurons_[p]) {
                bring_to(models_[p], neuron, run_.end_ms);
                run_.end_potentials[p].push_back(static_cast<double>(neuron.V));
            }
        }
        for (std::size_t q = 0; q < synapses_.size(); ++q) {
            run_.weights.emplace_back();
            const auto* rewarded = std::get_if<RewardStdp>(&projection(q).plasticity);
            for (SynapseState& s : synapses_[q]) {
                if (rewarded != nullptr) move_weight(*rewarded, s, run_.end_ms);
                run_.weights.back().push_back(s.weight);
            }
        }
        for (auto& spikes : run_.spikes)
            std::sort(spikes.begin(), spikes.end());
        return std::move(run_);
    }

  private:
    void make_population(std::size_t p) {
        run_.spikes.emplace_back();
        run_.potentials.emplace_back();
        run_.end_potentials.emplace_back();
        models_.emplace_back();
        neurons_.emplace_back();
        outgoing_.emplace_back();
        incoming_.emplace_back();
        if (const auto* list = std::get_if<SpikeListPopulation>(&network_.populations[p])) {
            outgoing_[p].resize(list->size);
            incoming_[p].resize(list->size);
            for (const Spike& spike : list->spikes) {
                queue_.push({spike.t_ms, Kind::listed_spike, p, spike.source});
            }
            return;
        }
        const auto* lif = std::get_if<NeuronPopulation>(&network_.populations[p]);
        if (lif == nullptr) throw std::invalid_argument("naive: population of another kind");
        if (!lif->inputs.empty()) throw std::invalid_argument("naive: Poisson input");
        const auto* V_init = std::get_if<Constant>(&lif->V_init_mV);
        if (V_init == nullptr) throw std::invalid_argument("naive: random initial potentials");
        outgoing_[p].resize(lif->size);
        incoming_[p].resize(lif->size);
        models_[p] = std::visit([](const auto& m) { return model_of(m); }, lif->neuron);
        Neuron neuron;
        neuron.V = static_cast<long double>(V_init->value + options_.V_init_shift_mV);
        neurons_[p].assign(lif->size, neuron);
    }

    void make_projection(std::size_t q) {
        const auto* projection = std::get_if<SynapticProjection>(&network_.projections[q]);
        if (projection == nullptr) throw std::invalid_argument("naive: factorised projection");
        const auto size = [&](const NeuronRange& range) {
            const std::size_t all = outgoing_[range.population.index].size();
            return range.count ? *range.count : all - range.first;
        };
        const auto& made = run_.synapses.emplace_back(
            expand_naively(*projection, size(projection->pre), size(projection->post)));
        const bool plastic = !std::holds_alternative<std::monostate>(projection->plasticity);
        synapses_.emplace_back();
        for (const Synapse& s : made) {
            SynapseState state;
            state.pre = projection->pre.first + s.pre;
            state.post = projection->post.first + s.post;
            state.delay_ms = static_cast<double>(s.delay_ms);
            state.third_ms = &third_ms_[q];
            state.weight =
                static_cast<double>(s.weight) * (plastic ? options_.plastic_weight_factor : 1.0);
            const SynapseRef ref{q, synapses_[q].size()};
            outgoing_[projection->pre.population.index].at(state.pre).push_back(ref);
            if (plastic) incoming_[projection->post.population.index].at(state.post).push_back(ref);
            synapses_[q].push_back(std::move(state));
        }
    }

    [[nodiscard]] const SynapticProjection& projection(std::size_t q) const {
        return std::get<SynapticProjection>(network_.projections[q]);
    }

    /// Samples that are due by t_ms: those at t_ms see the state before any event then.
    void take_samples(double t_ms, bool with_now) {
        while (n_samples_ < options_.sample_times_ms.size()) {
            const double sample_ms = options_.sample_times_ms[n_samples_];
            if (sample_ms > t_ms || (sample_ms == t_ms && !with_now)) return;
            for (std::size_t p = 0; p < neurons_.size(); ++p) {
                for (const Neuron& neuron : neurons_[p]) {
                    Neuron copy = neuron;
                    bring_to(models_[p], copy, sample_ms);
                    run_.potentials[p].push_back(static_cast<double>(copy.V));
                }
            }
            ++n_samples_;
        }
    }

    void happen(const Event& event) {
        switch (event.kind) {
        case Kind::refractory_end:
            end_refractoriness(event);
            return;
        case Kind::crossing:
            cross(event);
            return;
        case Kind::listed_spike:
            spike(event.projection, event.source, event.t_ms);
            return;
        case Kind::pre_at_synapse:
            reach_synapse(event);
            return;
        case Kind::arrival:
            arrive(event);
            return;
        case Kind::post_at_synapse: {
            SynapseState& s = synapses_[event.projection][event.synapse];
            s.post_ms.push_back(event.t_ms);
            std::visit([&](const auto& rule) { at_post(rule, s, event.t_ms); },
                       projection(event.projection).plasticity);
            return;
        }
        }
    }

    /// Plans what a neuron that is not refractory does next if nothing arrives, from its state.
    void go_on(std::size_t p, std::uint32_t i) {
        Neuron& neuron = neurons_[p][i];
        const Model& model = models_[p];
        ++neuron.plan;
        if (neuron.V >= model.V_th) {
            fire(p, i);
            return;
        }
        const Plan plan = model.delta ? plan_by_drive(model, neuron) : plan_by_scan(model, neuron);
        if (plan.t_ms == k_never_ms) return;
        queue_.push({plan.t_ms, Kind::crossing, p, i, 0, 0.0, 0.0, neuron.plan, plan.fires});
    }

    void cross(const Event& event) {
        Neuron& neuron = neurons_[event.projection][event.source];
        if (event.plan != neuron.plan) return;
        bring_to(models_[event.projection], neuron, event.t_ms);
        if (event.fires) {
            fire(event.projection, event.source);
        } else {
            go_on(event.projection, event.source);
        }
    }

    /// Fires at the time of its state.
    void fire(std::size_t p, std::uint32_t i) {
        Neuron& neuron = neurons_[p][i];
        ++neuron.plan;
        neuron.V = models_[p].V_reset;
        neuron.refractory = true;
        neuron.kept_mV = 0.0L;
        queue_.push({neuron.t_ms + models_[p].t_ref, Kind::refractory_end, p, i});
        ++run_.n_lif_spikes;
        run_.end_ms = neuron.t_ms;
        spike(p, i, neuron.t_ms);
    }

    void end_refractoriness(const Event& event) {
        Neuron& neuron = neurons_[event.projection][event.source];
        bring_to(models_[event.projection], neuron, event.t_ms);
        neuron.refractory = false;
        neuron.V += neuron.kept_mV;
        go_on(event.projection, event.source);
    }

    /// The spike sets out along the axon, and back along the dendrite.
    void spike(std::size_t p, std::uint32_t i, double t_ms) {
        run_.spikes[p].push_back({t_ms, i});
        for (std::size_t q = 0; q < third_ms_.size(); ++q) {
            const auto& third = projection(q).third_factor;
            if (third && third->neurons.population.index == p && i >= third->neurons.first &&
                (!third->neurons.count || i - third->neurons.first < *third->neurons.count))
                third_ms_[q].push_back(t_ms + third->delay_ms);
        }
        for (const SynapseRef& ref : outgoing_[p].at(i)) {
            const SynapticProjection& q = projection(ref.projection);
            const SynapseState& s = synapses_[ref.projection][ref.synapse];
            const double part = q.short_term ? released(*q.short_term, run_.spikes[p], i) : 1.0;
            if (std::holds_alternative<std::monostate>(q.plasticity)) {
                queue_.push({t_ms + s.delay_ms, Kind::arrival, ref.projection, i, ref.synapse,
                             s.weight * part});
            } else {
                Event event{t_ms + (1.0 - q.dendritic_delay_fraction) * s.delay_ms,
                            Kind::pre_at_synapse, ref.projection, i, ref.synapse};
                event.at_soma_ms = t_ms + s.delay_ms;
                event.released = part;
                queue_.push(event);
            }
        }
        for (const SynapseRef& ref : incoming_[p].at(i)) {
            const SynapseState& s = synapses_[ref.projection][ref.synapse];
            queue_.push({t_ms + projection(ref.projection).dendritic_delay_fraction * s.delay_ms,
                         Kind::post_at_synapse, ref.projection, s.pre, ref.synapse});
        }
    }

    /// The synapse changes, then passes the spike on with the weight it has now.
    void reach_synapse(const Event& event) {
        SynapseState& s = synapses_[event.projection][event.synapse];
        s.pre_ms.push_back(event.t_ms);
        std::visit([&](const auto& rule) { at_pre(rule, s, event.t_ms); },
                   projection(event.projection).plasticity);
        queue_.push({event.at_soma_ms, Kind::arrival, event.projection, event.source, event.synapse,
                     s.weight * event.released});
    }

    void arrive(const Event& event) {
        ++run_.n_arrivals;
        const std::size_t p = projection(event.projection).post.population.index;
        const std::uint32_t i = synapses_[event.projection][event.synapse].post;
        const Model& model = models_[p];
        Neuron& neuron = neurons_[p].at(i);
        bring_to(model, neuron, event.t_ms);
        const auto w = static_cast<long double>(event.weight);
        if (neuron.refractory && !model.kept) return;
        if (!model.delta) {
            (w > 0.0L ? neuron.g_e : neuron.g_i) += w;
        } else if (neuron.refractory) {
            neuron.kept_mV += w;
        } else {
            neuron.V += w;
        }
        if (!neuron.refractory) go_on(p, i);
    }

    struct SynapseRef {
        std::size_t projection;
        std::size_t synapse;
    };

    const Network& network_;
    const NaiveOptions& options_;
    NaiveRun run_;
    std::size_t n_samples_ = 0;
    std::vector<Model> models_;                       // [population]
    std::vector<std::vector<Neuron>> neurons_;        // [population][neuron]
    std::vector<std::vector<SynapseState>> synapses_; // [projection][synapse]
    std::vector<std::vector<double>> third_ms_;       // [projection] arrivals of its third factor
    std::vector<std::vector<std::vector<SynapseRef>>> outgoing_; // [population][neuron]
    std::vector<std::vector<std::vector<SynapseRef>>> incoming_; // plastic ones
    std::priority_queue<Event, std::vector<Event>, std::greater<>> queue_;
};

} // namespace

NaiveRun run_naive(const Network& network, const NaiveOptions& options) {
    return NaiveNetwork(network, options).run();
}

} // namespace spikewell::test
