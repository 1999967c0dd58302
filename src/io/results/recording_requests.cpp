#include "io/results/recording_requests.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <string_view>

namespace spikewell::io {

namespace {

/// Those listed, else all of the range: of nodes where there are any, as they have the states.
template <Sampled Kind>
std::vector<std::uint32_t> sampled_of(const Kind& what, const Population& population) {
    if (!what.listed.empty()) return what.listed;
    const NeuronRange& range = what.neurons;
    const auto rest = static_cast<std::uint32_t>(n_targets_of(population)) - range.first;
    std::vector<std::uint32_t> all(range.count.value_or(rest));
    std::iota(all.begin(), all.end(), range.first);
    return all;
}

template <Sampled Kind> SampleRequest sample_request(const Kind& what, const Network& network) {
    const Population& population = network.populations[what.neurons.population.index];
    const std::span<const std::string_view> names = state_columns(population);
    std::vector<std::uint32_t> columns;
    for (const std::string& variable : variables_of(what))
        columns.push_back(
            static_cast<std::uint32_t>(std::ranges::find(names, variable) - names.begin()));
    return {what.neurons.population, sampled_of(what, population),
            what.interval_ms,        0.0,
            std::move(columns),      what.times_ms};
}

template <OfProjection Kind> WeightRequest weight_request(const Kind& what) {
    return {what.projection, what.interval_ms, what.times_ms, what.pre, what.post};
}

} // namespace

std::vector<std::string> variables_of(const PotentialRecording&) {
    return {"V_mV"};
}
std::vector<std::string> variables_of(const StateRecording& what) {
    return what.variables;
}
SampleRequest request_of(const PotentialRecording& what, const Network& network) {
    return sample_request(what, network);
}
SampleRequest request_of(const StateRecording& what, const Network& network) {
    return sample_request(what, network);
}
WeightRequest request_of(const WeightRecording& what) {
    return weight_request(what);
}
WeightRequest request_of(const CouplingRecording& what) {
    return weight_request(what);
}

} // namespace spikewell::io
