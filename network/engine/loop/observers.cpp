#include "network/engine/loop/observers.hpp"

#include "core/archive.hpp"
#include "network/engine/loop/share.hpp"
#include "neuron_models/state_columns.hpp"

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
    for (const double t_ms : clock.listed_ms)
        require_within(where, "times_ms", t_ms, {-k_durations_ms.high, k_durations_ms.high});
    if (std::adjacent_find(clock.listed_ms.begin(), clock.listed_ms.end(),
                           std::greater_equal<>()) != clock.listed_ms.end())
        throw NetworkError(where, "times that are not increasing");
}

/// Increasing, and below `size`: what `of` has.
void require_indices(const std::vector<std::uint32_t>& indices,
                     std::size_t size,
                     const char* what,
                     const char* of) {
    if (std::any_of(indices.begin(), indices.end(),
                    [size](std::uint32_t index) { return index >= size; }))
        throw NetworkError("recorder", fmt::format("{} that {} does not have", what, of));
    if (std::adjacent_find(indices.begin(), indices.end(), std::greater_equal<>()) != indices.end())
        throw NetworkError("recorder", fmt::format("{}: a list that is not increasing", what));
}

void require_columns(const SampleRequest& request, const Population& population) {
    const std::size_t n = state_columns(population).size();
    if (std::any_of(request.columns.begin(), request.columns.end(),
                    [n](std::uint32_t column) { return column >= n; }))
        throw NetworkError("recorder", "a state variable that the model does not have");
}

template <class Archive> void archive_request(Archive& archive, SampleRequest& r) {
    archive(r.population.index, r.neurons, r.interval_ms, r.start_ms, r.columns, r.times_ms);
}
template <class Archive> void archive_request(Archive& archive, WeightRequest& r) {
    archive(r.projection.index, r.interval_ms, r.times_ms, r.pre, r.post);
}

[[noreturn]] void fail_weight(const EngineState& engine,
                              std::uint32_t projection,
                              const Synapse& synapse) {
    const Projection& of = engine.description.projections[projection];
    const std::string named =
        name_of(of).empty() ? fmt::format("projection {}", projection) : name_of(of);
    if (const auto* couplings = std::get_if<FactorisedProjection>(&of))
        throw NetworkError(
            fmt::format("node {} of {} at {:.6g} ms", synapse.post,
                        name_of(engine.populations[couplings->post.index].model), engine.time_ms),
            fmt::format("the coupling from node {} of {} is no finite number", synapse.pre, named));
    const NeuronRange& post = std::get<SynapticProjection>(of).post;
    fail_at(name_of(engine.populations[post.population.index].model), post.first + synapse.post,
            engine.time_ms,
            fmt::format("the weight from source {} of {} is no finite number", synapse.pre, named));
}

std::vector<double> times_within(const SampleClock& clock, const Window& window) {
    std::vector<double> times_ms;
    for (std::uint64_t k = clock.first_from(window.begin_ms); clock.time_ms(k) < window.end_ms; ++k)
        times_ms.push_back(clock.time_ms(k));
    return times_ms;
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
    std::vector<Asked<SampleRequest>> samples;
    std::vector<Asked<WeightRequest>> weights;
};

Observers::Requests Observers::requests_of(std::span<Recorder* const> recorders) {
    Requests requests;
    for (Recorder* recorder : recorders) {
        std::size_t n = 0;
        for (SampleRequest& request : recorder->samples())
            requests.samples.push_back({{recorder, n++}, std::move(request)});
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
        if (engine.exchange->rank() == 0) told(requests.samples, requests.weights);
        const std::string own = told.take();
        Messages all;
        engine.exchange->all_gather(own, all);
        ArchiveReader wanted({all.of(0).data(), all.of(0).size()});
        if (engine.exchange->rank() != 0) wanted(requests.samples, requests.weights);
    }
    for (auto& [asker, request] : requests.samples)
        add(asker, std::move(request));
    for (const auto& [asker, request] : requests.weights)
        add(asker, request);
    // Only now that all requests are known to be good.
    for (Samples& samples : samples_)
        place(samples);
    for (NodeSamples& samples : node_samples_)
        place(samples);
}

Observers::~Observers() {
    for (const Samples& samples : samples_) {
        for (LifBlock& block : samples.lif->blocks)
            block.sampled.clear();
    }
    for (const NodeSamples& samples : node_samples_)
        engine_.populations[samples.population].sampled.clear();
}

void Observers::add(const Asker& asker, SampleRequest request) {
    const std::uint32_t p = request.population.index;
    if (p >= engine_.populations.size() || state_columns(engine_.populations[p].model).empty())
        throw NetworkError("recorder",
                           "potentials and other states are those of LIF and dyadic populations");
    const PopulationState& population = engine_.populations[p];
    require_indices(request.neurons, n_targets_of(population.model), "state of a neuron",
                    "the population");
    require_columns(request, population.model);
    Sampling wanted{{request.start_ms, request.interval_ms, std::move(request.times_ms)},
                    std::move(request.columns)};
    require_clock(wanted.clock, "recorder of states");
    if (population.lif == nullptr) {
        node_samples_.push_back({asker, p, std::move(request.neurons), std::move(wanted)});
        return;
    }
    samples_.push_back({asker,
                        population.lif.get(),
                        population.own,
                        std::move(request.neurons),
                        std::move(wanted),
                        {}});
}

void Observers::add(const Asker& asker, const WeightRequest& request) {
    const std::uint32_t p = request.projection.index;
    const auto& projections = engine_.description.projections;
    if (p >= projections.size())
        throw NetworkError("recorder", "weights of a projection that is not there");
    const SampleClock clock{0.0, request.interval_ms, request.times_ms};
    require_clock(clock, "recorder of weights");
    const NumbersOfEnds ends = ends_of(projections[p], engine_.description);
    require_indices(request.pre, ends.n_pre, "weights from a source", "the projection");
    require_indices(request.post, ends.n_post, "weights onto a target", "the projection");
    weights_.push_back({asker,
                        p,
                        clock,
                        std::holds_alternative<FactorisedProjection>(projections[p]),
                        {request.pre, request.post}});
}

void Observers::place(Samples& samples) {
    std::vector<LifBlock>& blocks = samples.lif->blocks;
    for (const std::uint32_t neuron : samples.neurons) {
        // Blocks are of one size but for the last.
        const std::uint32_t b = neuron / blocks.front().count;
        if (!samples.own.has(b)) continue;
        LifBlock& block = blocks[b];
        samples.slots.push_back({b, static_cast<std::uint32_t>(block.sampled.size())});
        block.sampled.push_back({neuron - block.first, &samples.wanted, {}});
    }
}

void Observers::place(NodeSamples& samples) {
    if (samples.asker.recorder == nullptr) return;
    std::vector<SampledNodes>& sampled = engine_.populations[samples.population].sampled;
    samples.sampled = sampled.size();
    sampled.push_back({&samples.wanted, samples.nodes});
}

void Observers::begin() {
    for (const Weights& weights : weights_) {
        const std::vector<double>& listed_ms = weights.clock.listed_ms;
        if (engine_.time_ms == 0.0 && !listed_ms.empty() && listed_ms.front() == 0.0)
            deliver(weights);
    }
}

bool Observers::wants_couplings(const Window& window) const {
    return std::any_of(weights_.begin(), weights_.end(), [&](const Weights& weights) {
        return weights.couplings && weights.due(window);
    });
}

void Observers::deliver(const Window& window) {
    for (const Samples& samples : samples_)
        deliver(samples, window);
    for (const NodeSamples& samples : node_samples_)
        deliver(samples, window);
    for (const Weights& weights : weights_) {
        if (weights.due(window)) deliver(weights);
    }
}

std::vector<double> Observers::by_time(const Samples& samples,
                                       std::span<const double> times_ms,
                                       std::span<const double> by_neuron) {
    const std::size_t n = samples.neurons.size();
    const std::size_t n_columns = samples.wanted.columns.size();
    std::vector<double> values(by_neuron.size());
    for (std::size_t row = 0; row < n * times_ms.size(); ++row) {
        const std::size_t i = row / times_ms.size();
        const std::size_t k = row % times_ms.size();
        const std::span<const double> from = by_neuron.subspan(row * n_columns, n_columns);
        const auto found =
            std::ranges::find_if_not(from, [](double v) { return std::isfinite(v); });
        if (found != from.end()) {
            const auto column = static_cast<std::size_t>(found - from.begin());
            fail_at(samples.lif->shared.name, samples.neurons[i], times_ms[k],
                    fmt::format(
                        "its {} is no finite number",
                        state_columns(samples.lif->shared.model)[samples.wanted.columns[column]]));
        }
        std::ranges::copy(from,
                          std::span{values}.subspan((k * n + i) * n_columns, n_columns).begin());
    }
    return values;
}

void Observers::deliver(const Samples& samples, const Window& window) const {
    const std::vector<double> times_ms = times_within(samples.wanted.clock, window);
    if (times_ms.empty()) return;
    std::vector<double> own; // [n_neurons][n_samples][n_columns]
    for (const SampleSlot& slot : samples.slots) {
        std::vector<double>& values = samples.lif->blocks[slot.block].sampled[slot.sampled].values;
        own.insert(own.end(), values.begin(), values.end());
        values.clear();
    }
    // Neurons increase, and ranks hold blocks in order.
    const std::vector<double> all = gather_values(*engine_.exchange, std::move(own));
    if (samples.asker.recorder == nullptr) return;
    samples.asker.recorder->on_samples(samples.asker.request, times_ms,
                                       by_time(samples, times_ms, all));
}

void Observers::deliver(const NodeSamples& samples, const Window& window) {
    if (samples.asker.recorder == nullptr) return;
    const std::vector<double> times_ms = times_within(samples.wanted.clock, window);
    if (times_ms.empty()) return;
    std::vector<double>& values =
        engine_.populations[samples.population].sampled[samples.sampled].values;
    samples.asker.recorder->on_samples(samples.asker.request, times_ms, values);
    values.clear();
}

/// The window's edges are rounded.
bool Observers::Weights::due(const Window& window) const {
    const double rounding_ms = k_rounding * (clock.listed_ms.empty() ? clock.interval_ms : 1.0);
    const std::uint64_t k = clock.first_from(window.begin_ms + rounding_ms);
    return clock.time_ms(k) <= window.end_ms + rounding_ms;
}

void Observers::deliver(const Weights& weights) {
    const std::vector<Synapse> synapses =
        gather_synapses(engine_, weights.projection, weights.chosen);
    if (weights.asker.recorder == nullptr) return;
    const auto broken = std::ranges::find_if_not(
        synapses, [](const Synapse& synapse) { return std::isfinite(synapse.weight); });
    if (broken != synapses.end()) fail_weight(engine_, weights.projection, *broken);
    weights.asker.recorder->on_weights(weights.asker.request, engine_.time_ms, synapses);
}

} // namespace spikewell::detail
