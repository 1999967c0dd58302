#include "network/engine/detail/observers.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

namespace {

constexpr double k_rounding = 1e-9; // of an interval

void require_clock(const SampleClock& clock, const char* where) {
    if (!(clock.interval_ms > 0.0) || !std::isfinite(clock.interval_ms))
        throw ParameterError(where, "interval_ms", clock.interval_ms, "> 0 and finite");
    if (!std::isfinite(clock.start_ms))
        throw ParameterError(where, "start_ms", clock.start_ms, "finite");
}

} // namespace

Observers::Observers(EngineState& engine, std::span<Recorder* const> recorders) : engine_(engine) {
    for (Recorder* recorder : recorders) {
        const std::vector<PotentialRequest> potentials = recorder->potentials();
        for (std::size_t r = 0; r < potentials.size(); ++r)
            add(*recorder, r, potentials[r]);
        const std::vector<WeightRequest> weights = recorder->weights();
        for (std::size_t r = 0; r < weights.size(); ++r)
            add(*recorder, r, weights[r]);
    }
    // Only now that all requests are known to be good.
    for (const Potentials& potentials : potentials_) {
        std::vector<Place>& places = places_.emplace_back();
        std::vector<LifBlock>& blocks = potentials.lif->blocks;
        for (const std::uint32_t neuron : potentials.neurons) {
            // Blocks are of one size but for the last.
            const std::uint32_t b = neuron / blocks.front().count;
            LifBlock& block = blocks[b];
            places.push_back({b, static_cast<std::uint32_t>(block.sampled.size())});
            block.sampled.push_back({neuron - block.first, potentials.clock, {}});
        }
    }
}

Observers::~Observers() {
    for (const Potentials& potentials : potentials_) {
        for (LifBlock& block : potentials.lif->blocks)
            block.sampled.clear();
    }
}

void Observers::add(Recorder& recorder, std::size_t index, PotentialRequest request) {
    const std::uint32_t p = request.population.index;
    if (p >= engine_.populations.size() || engine_.populations[p].lif == nullptr)
        throw NetworkError("recorder", "potentials are those of LIF populations");
    const std::size_t size = size_of(engine_.populations[p].model);
    if (std::any_of(request.neurons.begin(), request.neurons.end(),
                    [size](std::uint32_t neuron) { return neuron >= size; }))
        throw NetworkError("recorder", "potential of a neuron that the population does not have");
    const SampleClock clock{request.start_ms, request.interval_ms};
    require_clock(clock, "recorder of potentials");
    potentials_.push_back(
        {&recorder, index, engine_.populations[p].lif.get(), std::move(request.neurons), clock});
}

void Observers::add(Recorder& recorder, std::size_t index, const WeightRequest& request) {
    const std::uint32_t p = request.projection.index;
    const auto& projections = engine_.description.projections;
    if (p >= projections.size() || !std::holds_alternative<SynapticProjection>(projections[p]))
        throw NetworkError("recorder", "weights are those of synaptic projections");
    const SampleClock clock{0.0, request.interval_ms};
    require_clock(clock, "recorder of weights");
    weights_.push_back({&recorder, index, p, clock});
}

void Observers::deliver(const Window& window) {
    for (std::size_t r = 0; r < potentials_.size(); ++r)
        deliver(potentials_[r], places_[r], window);
    for (const Weights& weights : weights_) {
        // The window's edges are rounded.
        const double rounding_ms = k_rounding * weights.clock.interval_ms;
        const std::uint64_t k = weights.clock.first_from(window.begin_ms + rounding_ms);
        if (weights.clock.time_ms(k) > window.end_ms + rounding_ms) continue;
        const std::vector<Synapse> synapses = synapses_now(engine_, weights.projection);
        weights.recorder->on_weights(weights.request, engine_.time_ms, synapses);
    }
}

void Observers::deliver(const Potentials& potentials,
                        std::span<const Place> places,
                        const Window& window) {
    std::vector<double> times_ms;
    for (std::uint64_t k = potentials.clock.first_from(window.begin_ms);
         potentials.clock.time_ms(k) < window.end_ms; ++k)
        times_ms.push_back(potentials.clock.time_ms(k));
    if (times_ms.empty()) return;
    const std::size_t n = places.size();
    std::vector<double> V_mV(times_ms.size() * n);
    for (std::size_t i = 0; i < n; ++i) {
        std::vector<double>& samples =
            potentials.lif->blocks[places[i].block].sampled[places[i].sampled].V_mV;
        for (std::size_t k = 0; k < times_ms.size(); ++k)
            V_mV[k * n + i] = samples[k];
        samples.clear();
    }
    potentials.recorder->on_potentials(potentials.request, times_ms, V_mV);
}

} // namespace spikewell::detail
