#include "network/description.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <set>

namespace spikewell {

namespace {

void validate_range(const Network& network, const NeuronRange& range, const std::string& where) {
    if (range.population.index >= network.populations.size())
        throw NetworkError(where, "records a population that is not there");
    const std::size_t size = size_of(network.populations[range.population.index]);
    const std::uint64_t end = std::uint64_t{range.first} + range.count.value_or(0);
    if (range.first >= size || end > size)
        throw NetworkError(where,
                           fmt::format("records neurons that are not among 0 .. {}", size - 1));
}

struct Check {
    const Network& network;
    const std::string& where;

    void operator()(const SpikeRecording& r) const { validate_range(network, r.neurons, where); }
    void operator()(const RateRecording& r) const {
        validate_range(network, r.neurons, where);
        require_within(where, "bin_ms", r.bin_ms, k_sample_intervals_ms);
    }
    void operator()(const PotentialRecording& r) const {
        validate_range(network, r.neurons, where);
        require_within(where, "interval_ms", r.interval_ms, k_sample_intervals_ms);
        if (!std::holds_alternative<LifPopulation>(network.populations[r.neurons.population.index]))
            throw NetworkError(where, "potentials can be recorded of LIF neurons only");
    }
    void operator()(const WeightRecording& r) const {
        require_within(where, "interval_ms", r.interval_ms, k_sample_intervals_ms);
        if (r.projection.index >= network.projections.size() ||
            !std::holds_alternative<SynapticProjection>(network.projections[r.projection.index]))
            throw NetworkError(where, "weights can be recorded of synaptic projections only");
    }
};

} // namespace

void validate(const NetworkDescription& description) {
    validate(description.network);
    require_within("network", "duration_ms", description.duration_ms, k_durations_ms);
    std::set<std::string> names;
    for (const Recording& recording : description.recordings) {
        const std::string where = fmt::format("recording \"{}\"", recording.name);
        if (!names.insert(recording.name).second)
            throw NetworkError(where, "two recordings of one name");
        std::visit(Check{description.network, where}, recording.what);
    }
}

} // namespace spikewell
