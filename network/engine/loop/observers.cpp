#include "network/engine/loop/observers.hpp"

#include "core/archive.hpp"
#include "network/engine/loop/share.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace spikewell::detail {

namespace {

constexpr double k_rounding = 1e-9; // of an interval

void require_clock(const SampleClock& clock, const char* where) {
    require_within(where, "interval_ms", clock.interval_ms, k_sample_intervals_ms);
    require_within(where, "start_ms", clock.start_ms,
                   {-k_sample_intervals_ms.high, k_sample_intervals_ms.high});
}

template <class Archive> void archive_request(Archive& archive, PotentialRequest& r) {
    archive(r.population.index, r.neurons, r.interval_ms, r.start_ms);
}
template <class Archive> void archive_request(Archive& archive, WeightRequest& r) {
    archive(r.projection.index, r.interval_ms);
}

} // namespace

struct Observers::Requests {
    template <class Request> struct Asked {
        Asker asker;
        Request request;
        template <class Archive> void archive(Archive& archive) {
            archive_request(archive, request);
        }
    };
    std::vector<Asked<PotentialRequest>> potentials;
    std::vector<Asked<WeightRequest>> weights;
};

Observers::Requests Observers::requests_of(std::span<Recorder* const> recorders) {
    Requests requests;
    for (Recorder* recorder : recorders) {
        std::size_t n = 0;
        for (PotentialRequest& request : recorder->potentials())
            requests.potentials.push_back({{recorder, n++}, std::move(request)});
        n = 0;
        for (const WeightRequest& request : recorder->weights())
            requests.weights.push_back({{recorder, n++}, request});
    }
    return requests;
}

Observers::Observers(EngineState& engine, std::span<Recorder* const> recorders) : engine_(engine) {
    Requests requests;
    if (engine.exchange->rank() == 0) requests = requests_of(recorders);
    if (engine.shared()) {
        ArchiveWriter told;
        if (engine.exchange->rank() == 0) told(requests.potentials, requests.weights);
        const std::string own = told.take();
        Messages all;
        engine.exchange->all_gather(own, all);
        ArchiveReader wanted({all.of(0).data(), all.of(0).size()});
        if (engine.exchange->rank() != 0) wanted(requests.potentials, requests.weights);
    }
    for (auto& [asker, request] : requests.potentials)
        add(asker, std::move(request));
    for (const auto& [asker, request] : requests.weights)
        add(asker, request);
    // Only now that all requests are known to be good.
    for (Potentials& potentials : potentials_)
        place(potentials);
}

Observers::~Observers() {
    for (const Potentials& potentials : potentials_) {
        for (LifBlock& block : potentials.lif->blocks)
            block.sampled.clear();
    }
}

void Observers::add(const Asker& asker, PotentialRequest request) {
    const std::uint32_t p = request.population.index;
    if (p >= engine_.populations.size() || engine_.populations[p].lif == nullptr)
        throw NetworkError("recorder", "potentials are those of LIF populations");
    const std::size_t size = size_of(engine_.populations[p].model);
    if (std::any_of(request.neurons.begin(), request.neurons.end(),
                    [size](std::uint32_t neuron) { return neuron >= size; }))
        throw NetworkError("recorder", "potential of a neuron that the population does not have");
    if (std::adjacent_find(request.neurons.begin(), request.neurons.end(),
                           std::greater_equal<>()) != request.neurons.end())
        throw NetworkError("recorder", "potentials of neurons that are not increasing");
    const SampleClock clock{request.start_ms, request.interval_ms};
    require_clock(clock, "recorder of potentials");
    const PopulationState& population = engine_.populations[p];
    potentials_.push_back(
        {asker, population.lif.get(), population.own, std::move(request.neurons), clock, {}});
}

void Observers::add(const Asker& asker, const WeightRequest& request) {
    const std::uint32_t p = request.projection.index;
    const auto& projections = engine_.description.projections;
    if (p >= projections.size() || !std::holds_alternative<SynapticProjection>(projections[p]))
        throw NetworkError("recorder", "weights are those of synaptic projections");
    const SampleClock clock{0.0, request.interval_ms};
    require_clock(clock, "recorder of weights");
    weights_.push_back({asker, p, clock});
}

void Observers::place(Potentials& potentials) {
    std::vector<LifBlock>& blocks = potentials.lif->blocks;
    for (const std::uint32_t neuron : potentials.neurons) {
        // Blocks are of one size but for the last.
        const std::uint32_t b = neuron / blocks.front().count;
        if (!potentials.own.has(b)) continue;
        LifBlock& block = blocks[b];
        potentials.slots.push_back({b, static_cast<std::uint32_t>(block.sampled.size())});
        block.sampled.push_back({neuron - block.first, potentials.clock, {}});
    }
}

void Observers::deliver(const Window& window) {
    for (const Potentials& potentials : potentials_)
        deliver(potentials, window);
    for (const Weights& weights : weights_)
        deliver(weights, window);
}

std::vector<double> Observers::by_time(const Potentials& potentials,
                                       std::span<const double> times_ms,
                                       std::span<const double> by_neuron) {
    const std::size_t n = potentials.neurons.size();
    std::vector<double> V_mV(by_neuron.size());
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < times_ms.size(); ++k) {
            const double V = by_neuron[i * times_ms.size() + k];
            if (!std::isfinite(V))
                fail_at(potentials.lif->shared.name, potentials.neurons[i], times_ms[k],
                        "its potential is no finite number");
            V_mV[k * n + i] = V;
        }
    }
    return V_mV;
}

void Observers::deliver(const Potentials& potentials, const Window& window) const {
    std::vector<double> times_ms;
    for (std::uint64_t k = potentials.clock.first_from(window.begin_ms);
         potentials.clock.time_ms(k) < window.end_ms; ++k)
        times_ms.push_back(potentials.clock.time_ms(k));
    if (times_ms.empty()) return;
    std::vector<double> own; // [n_neurons][n_samples]
    for (const SampleSlot& slot : potentials.slots) {
        std::vector<double>& samples =
            potentials.lif->blocks[slot.block].sampled[slot.sampled].V_mV;
        own.insert(own.end(), samples.begin(), samples.end());
        samples.clear();
    }
    // Neurons increase, and ranks hold blocks in order.
    const std::vector<double> all = gather_values(*engine_.exchange, std::move(own));
    if (potentials.asker.recorder == nullptr) return;
    potentials.asker.recorder->on_potentials(potentials.asker.request, times_ms,
                                             by_time(potentials, times_ms, all));
}

void Observers::deliver(const Weights& weights, const Window& window) {
    // The window's edges are rounded.
    const double rounding_ms = k_rounding * weights.clock.interval_ms;
    const std::uint64_t k = weights.clock.first_from(window.begin_ms + rounding_ms);
    if (weights.clock.time_ms(k) > window.end_ms + rounding_ms) return;
    const std::vector<Synapse> synapses = gather_synapses(engine_, weights.projection);
    if (weights.asker.recorder == nullptr) return;
    for (const Synapse& synapse : synapses) {
        if (std::isfinite(synapse.weight)) continue;
        const auto& projection =
            std::get<SynapticProjection>(engine_.description.projections[weights.projection]);
        const PopulationId post = projection.post.population;
        fail_at(name_of(engine_.populations[post.index].model),
                projection.post.first + synapse.post, engine_.time_ms,
                fmt::format("the weight from source {} of {} is no finite number", synapse.pre,
                            projection.name.empty()
                                ? fmt::format("projection {}", weights.projection)
                                : projection.name));
    }
    weights.asker.recorder->on_weights(weights.asker.request, engine_.time_ms, synapses);
}

} // namespace spikewell::detail
