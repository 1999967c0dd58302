#include "network/description.hpp"

#include "core/error.hpp"
#include "neuron_models/facts.hpp"
#include "neuron_models/state_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>

namespace spikewell {

namespace {

template <class Value> bool increases(const std::vector<Value>& values) {
    return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
}

void validate_range(const Network& network, const NeuronRange& range, std::string_view where) {
    if (range.population.index >= network.populations.size())
        throw NetworkError(where, "records a population that is not there");
    const std::size_t size = size_of(network.populations[range.population.index]);
    const std::uint64_t end = std::uint64_t{range.first} + range.count.value_or(0);
    if (range.first >= size || end > size || range.count == 0U)
        throw NetworkError(where,
                           fmt::format("records neurons that are not among 0 .. {}", size - 1));
}

/// Neurons and times that are listed.
template <Sampled M>
void validate_sampling(const Network& network, const M& what, std::string_view where) {
    const std::size_t size = size_of(network.populations[what.neurons.population.index]);
    if (!what.listed.empty() && (what.neurons.first != 0 || what.neurons.count))
        throw NetworkError(where, "has neurons listed beside a range");
    if (!increases(what.listed) || (!what.listed.empty() && what.listed.back() >= size))
        throw NetworkError(where,
                           fmt::format("must list neurons that increase, of 0 .. {}", size - 1));
    for (const double t_ms : what.times_ms) {
        if (!k_durations_ms.contains(t_ms))
            throw ParameterError(where, "times_ms", t_ms, detail::interval_text(k_durations_ms));
    }
    if (!increases(what.times_ms)) throw NetworkError(where, "must list times that increase");
}

void validate_variables(const PointNeuron& neuron,
                        const std::vector<std::string>& variables,
                        std::string_view where) {
    for (auto variable = variables.begin(); variable != variables.end(); ++variable) {
        if (!state_column(neuron, *variable))
            throw NetworkError(where, fmt::format("must record variables of {}: {}", key_of(neuron),
                                                  fmt::join(state_columns(neuron), ", ")));
        if (std::find(variables.begin(), variable, *variable) != variable)
            throw NetworkError(where, fmt::format("records {} twice", *variable));
    }
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

/// What a recording's card says, and what it records is there.
struct RecordingCheck : detail::FieldCheck {
    const NetworkDescription& description;
    using FieldCheck::operator();

    template <class M> void operator()(const M& m, const Number<M>& field) const {
        if constexpr (Sampled<M>) {
            if (!m.times_ms.empty()) return;
        }
        FieldCheck::operator()(m, field);
        const double interval_ms = m.*field.member;
        if (description.duration_ms / interval_ms > k_max_samples)
            throw ParameterError(name, field.key, interval_ms,
                                 fmt::format(">= duration_ms / {} = {}", k_max_samples,
                                             description.duration_ms / k_max_samples));
    }
    template <class M> void operator()(const M& m, const Inline<M, NeuronRange>&) const {
        validate_range(description.network, m.neurons, name);
        const Population& population = description.network.populations[m.neurons.population.index];
        if (Sampled<M> && !std::holds_alternative<NeuronPopulation>(population))
            throw NetworkError(name,
                               "potentials and other states can be recorded of point neurons only");
    }
    template <Sampled M>
    void operator()(const M& m, const Own<M, std::vector<std::uint32_t>>& field) const {
        FieldCheck::operator()(m, field);
        validate_sampling(description.network, m, name);
    }
    void operator()(const StateRecording& m,
                    const Own<StateRecording, std::vector<std::string>>& field) const {
        FieldCheck::operator()(m, field);
        const Population& population = description.network.populations[m.neurons.population.index];
        validate_variables(std::get<NeuronPopulation>(population).neuron, m.variables, name);
    }
    void operator()(const WeightRecording& m, const Own<WeightRecording, ProjectionId>&) const {
        const std::vector<Projection>& all = description.network.projections;
        const auto* synaptic = m.projection.index < all.size()
                                   ? std::get_if<SynapticProjection>(&all[m.projection.index])
                                   : nullptr;
        if (synaptic == nullptr)
            throw NetworkError(name, "weights can be recorded of synaptic projections only");
        if (synaptic->name.empty())
            throw NetworkError(name, "weights can be recorded of projections with a name only");
    }
};

/// The file's own fields; the network and recordings are checked one by one.
struct DescriptionCheck : detail::FieldCheck {
    using FieldCheck::operator();
    void operator()(const NetworkDescription&, const Inline<NetworkDescription, Network>&) const {}
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
    detail::check_fields(DescriptionCheck{{"network", ""}}, description);
    std::set<std::string> names;
    for (const Recording& recording : description.recordings) {
        const std::string where = fmt::format("recording \"{}\"", recording.name);
        require_name(recording.name, false, where, names);
        if (recording.name == "spikes" && !std::holds_alternative<SpikeRecording>(recording.what))
            throw NetworkError(where, "must have another name: spikes.csv holds the spikes");
        const RecordingCheck check{{where, ""}, description};
        std::visit([&](const auto& what) { detail::check_fields(check, what); }, recording.what);
    }
}

} // namespace spikewell
