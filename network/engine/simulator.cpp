#include "network/engine/simulator.hpp"

#include "core/error.hpp"
#include "network/engine/dyadic/learning.hpp"
#include "network/engine/dyadic/start_states.hpp"
#include "network/engine/loop/share.hpp"
#include "network/engine/loop/snapshot.hpp"
#include "network/engine/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace spikewell {

struct Simulator::Impl {
    detail::EngineState engine;
    bool announce = false; ///< the state was loaded: what observes from now on has not seen it yet

    /// Throws NetworkError after a state was refused.
    detail::EngineState& sound() {
        if (!engine.sound)
            throw NetworkError("simulator", "was to load a state that cannot be one, and has none");
        return engine;
    }
    detail::PopulationState& dyadic(PopulationId id) {
        assert(id.index < engine.populations.size());
        detail::PopulationState& population = engine.populations[id.index];
        assert(std::holds_alternative<DyadicPopulation>(population.model));
        return population;
    }
    detail::ProjectionState& factorised(ProjectionId id) {
        assert(
            std::holds_alternative<FactorisedProjection>(engine.description.projections[id.index]));
        return engine.projections[engine.among_kind[id.index]];
    }
};

namespace {

void announce_start(const detail::EngineState& engine, std::span<Recorder* const> recorders) {
    if (recorders.empty()) return;
    for (std::uint32_t p = 0; p < engine.populations.size(); ++p) {
        const detail::PopulationState& population = engine.populations[p];
        if (!is_dyadic(population.model)) continue;
        std::vector<Spike> still_on;
        for (std::size_t s = population.present.oldest_needed(); s < population.history.end();
             ++s) {
            still_on.push_back(population.history[s]);
        }
        for (Recorder* recorder : recorders)
            recorder->on_start({p}, engine.time_ms, still_on);
    }
}

} // namespace

Simulator::Simulator(Network network, int n_threads)
    : Simulator(std::move(network), n_threads, nullptr) {}
Simulator::Simulator(Network network, int n_threads, Exchange& exchange)
    : Simulator(std::move(network), n_threads, &exchange) {}

Simulator::Simulator(Network network, int n_threads, Exchange* exchange) {
    if (n_threads < 1) throw ParameterError("simulator", "threads", n_threads, ">= 1");
    validate(network);
    const std::size_t n_ranks = exchange != nullptr ? exchange->n_ranks() : 1;
    require_memory(required_bytes(network, n_threads) / static_cast<double>(n_ranks), "network");
    impl_ = std::make_unique<Impl>(
        Impl{detail::make_engine_state(std::move(network), n_threads, exchange)});
}

Simulator::~Simulator() = default;
Simulator::Simulator(Simulator&&) noexcept = default;
Simulator& Simulator::operator=(Simulator&&) noexcept = default;

void Simulator::set_evidence(PopulationId id, std::span<const double> evidence) {
    detail::PopulationState& population = impl_->dyadic(id);
    if (evidence.size() != population.code.n_nodes) {
        throw NetworkError("evidence", "needs one value for each node");
    }
    for (std::size_t i = 0; i < evidence.size(); ++i) {
        require_within("evidence", "value", evidence[i], {-k_max_coupling, k_max_coupling});
        population.evidence[i] = evidence[i];
    }
}

void Simulator::set_inverse_temperature(PopulationId id, double inverse_temperature) {
    require_within("population", "inverse_temperature", inverse_temperature,
                   k_inverse_temperatures);
    impl_->dyadic(id).inverse_temperature = inverse_temperature;
}

void Simulator::set_state(PopulationId id, std::span<const double> means) {
    if (means.size() != impl_->dyadic(id).code.n_nodes)
        throw NetworkError("start states", "need one value for each node");
    for (const double mean : means)
        require_within("start states", "mean", mean, {-1.0, 1.0});
    detail::set_state(impl_->sound(), id.index, means);
}

void Simulator::add_spikes(PopulationId id, std::span<const Spike> spikes) {
    detail::EngineState& engine = impl_->sound();
    if (id.index >= engine.populations.size())
        throw NetworkError("added spikes", fmt::format("there is no population {}", id.index));
    const Population& model = engine.populations[id.index].model;
    if (!std::holds_alternative<SpikeListPopulation>(model))
        throw NetworkError(name_of(model),
                           "takes no added spikes: only populations of listed ones do");
    detail::PopulationState& population = engine.populations[id.index];
    const auto& list = std::get<SpikeListPopulation>(population.model);
    for (const Spike& spike : spikes) {
        require_within(list.name, "t_ms", spike.t_ms, {engine.time_ms, k_durations_ms.high});
        if (spike.source >= list.size)
            throw ParameterError(list.name, "neuron", spike.source,
                                 fmt::format("< {}, its size", list.size));
    }
    detail::add_listed_spikes(population, spikes);
}

void Simulator::set_learning(ProjectionId id, bool learning) {
    assert(id.index < impl_->engine.among_kind.size());
    detail::ProjectionState& projection = impl_->factorised(id);
    const bool wanted = learning && projection.plasticity.has_value();
    if (projection.learning == wanted) return;
    projection.learning = wanted;
    detail::update_twins(impl_->sound(), impl_->engine.populations[projection.post.index]);
}

bool Simulator::run(double duration_ms,
                    std::span<Recorder* const> recorders,
                    const std::function<bool(double t_ms)>& go_on) {
    require_within("simulator", "duration_ms", duration_ms, k_durations_ms);
    announce_start(impl_->sound(), recorders);
    impl_->announce = false;
    if (duration_ms == 0.0) return true;
    impl_->engine.plan = detail::plan_run(impl_->engine, impl_->engine.time_ms, duration_ms);
    return resume(recorders, go_on);
}

void Simulator::set_give_up(std::function<bool()> give_up) {
    impl_->engine.give_up = std::move(give_up);
}

void Simulator::set_rate_limit(double limit_Hz) {
    require_within("simulator", "rate limit in Hz", limit_Hz, k_rate_limits_Hz);
    detail::EngineState& engine = impl_->engine;
    engine.watch.limit_Hz = limit_Hz;
    for (detail::PopulationState& population : engine.populations) {
        if (population.lif) population.lif->shared.rate_limit.rate_Hz = limit_Hz;
    }
}

bool Simulator::resume(std::span<Recorder* const> recorders,
                       const std::function<bool(double t_ms)>& go_on) {
    if (impl_->announce) announce_start(impl_->sound(), recorders);
    impl_->announce = false;
    if (impl_->engine.window_ms == 0.0)
        return detail::run_sequential(impl_->sound(), recorders, go_on);
    const bool completed = detail::run_windows(impl_->sound(), recorders, go_on);
    detail::require_bounded_couplings(impl_->engine);
    return completed;
}

std::vector<Synapse> Simulator::synapses(ProjectionId id) const {
    return detail::gather_synapses(impl_->sound(), id.index);
}

std::vector<double> Simulator::potentials(PopulationId id) const {
    const detail::PopulationState& population = impl_->sound().populations[id.index];
    const detail::LifState& lif = *population.lif;
    std::vector<double> V_mV;
    for (std::size_t k = population.own.begin; k < population.own.end; ++k) {
        const detail::LifBlock& block = lif.blocks[k];
        for (std::uint32_t n = 0; n < block.count; ++n)
            V_mV.push_back(detail::potential_mV(lif.shared, block, n, impl_->engine.time_ms));
    }
    return detail::gather_values(*impl_->engine.exchange, std::move(V_mV));
}

std::size_t Simulator::synapse_bytes() const {
    std::size_t n = 0;
    for (const detail::PopulationState& population : impl_->engine.populations) {
        if (population.lif) n += detail::synapse_bytes(*population.lif);
        for (const detail::FieldSynapses& synapses : population.field_synapses)
            n += synapses.bytes();
    }
    for (const detail::ProjectionState& projection : impl_->engine.projections)
        n += projection.coupling.n_bytes();
    return n;
}

int Simulator::n_threads() const {
    return impl_->engine.team != nullptr ? impl_->engine.team->n_threads() : 1;
}

double Simulator::time_ms() const {
    return impl_->engine.time_ms;
}

double Simulator::end_ms() const {
    return impl_->engine.plan.start_ms + impl_->engine.plan.duration_ms;
}

std::vector<double> Simulator::state(PopulationId id) const {
    detail::know_state(impl_->sound().populations[id.index]);
    const std::vector<float>& state = impl_->engine.populations[id.index].state;
    return {state.begin(), state.end()};
}

Matrix Simulator::coupling(ProjectionId id) const {
    const detail::PartCouplings& coupling = impl_->factorised(id).coupling;
    Exchange& exchange = *impl_->engine.exchange;
    const std::vector<float> values = detail::gather_values(exchange, coupling.values());
    return exchange.rank() == 0 ? coupling.to_matrix(values) : Matrix();
}

std::string Simulator::save() const {
    return detail::save_state(impl_->sound());
}

void Simulator::load(std::string_view saved) {
    detail::load_state(impl_->engine, saved);
    impl_->announce = true;
}

Counters Simulator::counters() const {
    Counters counters = impl_->engine.counters;
    for (const detail::PopulationState& population : impl_->engine.populations) {
        for (const detail::Part& part : population.parts) {
            counters.candidates += part.soma.candidates + part.twins.neurons.candidates;
            counters.predicted_spikes += part.n_predicted;
        }
        if (!population.lif) continue;
        for (const detail::LifBlock& block : population.lif->blocks) {
            counters.synaptic_events += block.n_events;
            counters.poisson_inputs += block.n_poisson_inputs;
        }
    }
    // The others are counted alike on every rank.
    const std::array own{&counters.candidates, &counters.predicted_spikes,
                         &counters.synaptic_events, &counters.poisson_inputs};
    std::vector<std::uint64_t> values;
    values.reserve(own.size());
    for (const std::uint64_t* value : own)
        values.push_back(*value);
    const std::vector<std::uint64_t> all = detail::gather_values(*impl_->engine.exchange, values);
    for (std::size_t k = own.size(); k < all.size(); ++k)
        *own[k % own.size()] += all[k];
    return counters;
}

} // namespace spikewell
