#include "network/engine/simulator.hpp"

#include "core/error.hpp"
#include "network/engine/detail/learning.hpp"
#include "network/engine/detail/state.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell {

struct Simulator::Impl {
    detail::EngineState engine;

    detail::PopulationState& dyadic(PopulationId id) {
        assert(id.index < engine.populations.size());
        detail::PopulationState& population = engine.populations[id.index];
        assert(std::holds_alternative<DyadicPopulation>(population.model));
        return population;
    }
};

namespace {

void announce_start(const detail::EngineState& engine, std::span<Recorder* const> recorders) {
    if (recorders.empty()) return;
    for (std::uint32_t p = 0; p < engine.populations.size(); ++p) {
        const detail::PopulationState& population = engine.populations[p];
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

Simulator::Simulator(Network network, int n_threads) {
    if (n_threads < 1) throw ParameterError("simulator", "threads", n_threads, ">= 1");
    validate(network);
    require_memory(required_bytes(network), "network");
    impl_ = std::make_unique<Impl>(Impl{detail::make_engine_state(std::move(network), n_threads)});
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
        if (!std::isfinite(evidence[i]))
            throw ParameterError("evidence", "value", evidence[i], "finite");
        population.evidence[i] = evidence[i];
    }
}

void Simulator::set_inverse_temperature(PopulationId id, double inverse_temperature) {
    if (!(inverse_temperature >= 0.0) || !std::isfinite(inverse_temperature)) {
        throw ParameterError("population", "inverse_temperature", inverse_temperature,
                             ">= 0 and finite");
    }
    impl_->dyadic(id).inverse_temperature = inverse_temperature;
}

void Simulator::set_learning(ProjectionId id, bool learning) {
    assert(id.index < impl_->engine.projections.size());
    detail::ProjectionState& projection = impl_->engine.projections[id.index];
    const bool wanted = learning && projection.plasticity.has_value();
    if (projection.learning == wanted) return;
    projection.learning = wanted;
    detail::update_twins(impl_->engine, impl_->engine.populations[projection.post.index]);
}

void Simulator::run(double duration_ms, std::span<Recorder* const> recorders) {
    if (!(duration_ms >= 0.0) || !std::isfinite(duration_ms)) {
        throw ParameterError("simulator", "duration_ms", duration_ms, ">= 0 and finite");
    }
    announce_start(impl_->engine, recorders);
    if (duration_ms == 0.0) return;
    if (impl_->engine.window_ms == 0.0) {
        detail::run_sequential(impl_->engine, duration_ms, recorders);
    } else {
        detail::run_windows(impl_->engine, duration_ms, recorders);
        detail::require_bounded_couplings(impl_->engine);
    }
}

double Simulator::time_ms() const {
    return impl_->engine.time_ms;
}

std::vector<double> Simulator::state(PopulationId id) const {
    const std::vector<float>& state = impl_->engine.populations[id.index].state;
    return {state.begin(), state.end()};
}

Matrix Simulator::coupling(ProjectionId id) const {
    return impl_->engine.projections[id.index].coupling.to_matrix();
}

Counters Simulator::counters() const {
    Counters counters = impl_->engine.counters;
    for (const detail::PopulationState& population : impl_->engine.populations) {
        for (const detail::Part& part : population.parts) {
            counters.candidates += part.soma.candidates + part.twins.neurons.candidates;
        }
    }
    return counters;
}

} // namespace spikewell
