#include "network/description.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace spikewell {

namespace {

void validate_range(const Network& network, const NeuronRange& range, const std::string& where) {
    if (range.population.index >= network.populations.size())
        throw NetworkError(where, "records a population that is not there");
    const std::size_t size = size_of(network.populations[range.population.index]);
    const std::uint64_t end = std::uint64_t{range.first} + range.count.value_or(0);
    if (range.first >= size || end > size || range.count == 0U)
        throw NetworkError(where,
                           fmt::format("records neurons that are not among 0 .. {}", size - 1));
}

/// A name, of which there may be one only: of letters, digits, _ and -, or any text.
void require_name(const std::string& name,
                  bool any_text,
                  const std::string& where,
                  std::set<std::string>& names) {
    if (name.empty() || name.size() > k_max_name_length)
        throw NetworkError(where, fmt::format("must have a name of 1 .. {} characters, got {}",
                                              k_max_name_length, name.size()));
    if (!any_text && !is_word(name))
        throw NetworkError(where, "must be named with letters, digits, _ and - only");
    if (!names.insert(name).second)
        throw NetworkError(where,
                           fmt::format("must have a name of its own, got \"{}\" again", name));
}

void validate_names(const Network& network) {
    std::set<std::string> names;
    for (std::size_t p = 0; p < network.populations.size(); ++p) {
        const std::string& name = name_of(network.populations[p]);
        require_name(name, false, name.empty() ? fmt::format("population {}", p) : name, names);
    }
    names.clear();
    for (std::size_t p = 0; p < network.projections.size(); ++p) {
        const auto* synaptic = std::get_if<SynapticProjection>(&network.projections[p]);
        if (synaptic != nullptr && !synaptic->name.empty())
            require_name(synaptic->name, true, fmt::format("projection {}", p), names);
    }
}

void require_at_most(std::size_t n, std::size_t most, const char* what) {
    if (n > most) throw NetworkError("network", fmt::format("{} {}, allowed {}", n, what, most));
}

struct Check {
    const Network& network;
    double duration_ms;
    const std::string& where;

    void interval(double interval_ms, const char* field) const {
        require_within(where, field, interval_ms, k_sample_intervals_ms);
        if (duration_ms / interval_ms > k_max_samples)
            throw ParameterError(where, field, interval_ms,
                                 fmt::format(">= duration_ms / {} = {}", k_max_samples,
                                             duration_ms / k_max_samples));
    }

    void operator()(const SpikeRecording& r) const { validate_range(network, r.neurons, where); }
    void operator()(const RateRecording& r) const {
        validate_range(network, r.neurons, where);
        interval(r.bin_ms, "bin_ms");
    }
    void operator()(const PotentialRecording& r) const {
        validate_range(network, r.neurons, where);
        interval(r.interval_ms, "interval_ms");
        if (!std::holds_alternative<NeuronPopulation>(
                network.populations[r.neurons.population.index]))
            throw NetworkError(where, "potentials can be recorded of point neurons only");
    }
    void operator()(const WeightRecording& r) const {
        interval(r.interval_ms, "interval_ms");
        if (r.projection.index >= network.projections.size() ||
            !std::holds_alternative<SynapticProjection>(network.projections[r.projection.index]))
            throw NetworkError(where, "weights can be recorded of synaptic projections only");
        if (std::get<SynapticProjection>(network.projections[r.projection.index]).name.empty())
            throw NetworkError(where, "weights can be recorded of projections with a name only");
    }
};

} // namespace

bool is_word(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (c < 0x80 && std::isalnum(c) != 0) || c == '_' || c == '-';
    });
}

void validate(const NetworkDescription& description) {
    validate(description.network);
    validate_names(description.network);
    require_at_most(description.network.projections.size(), k_max_projections, "projections");
    require_at_most(description.recordings.size(), k_max_recordings, "recordings");
    require_within("network", "duration_ms", description.duration_ms, k_durations_ms);
    std::set<std::string> names;
    for (const Recording& recording : description.recordings) {
        const std::string where = fmt::format("recording \"{}\"", recording.name);
        require_name(recording.name, false, where, names);
        if (recording.name == "spikes" && !std::holds_alternative<SpikeRecording>(recording.what))
            throw NetworkError(where, "must have another name: spikes.csv holds the spikes");
        std::visit(Check{description.network, description.duration_ms, where}, recording.what);
    }
}

} // namespace spikewell
