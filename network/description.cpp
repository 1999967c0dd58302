#include "network/description.hpp"

#include "core/error.hpp"
#include "neuron_models/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>
#include <span>
#include <type_traits>

namespace spikewell {

namespace {

template <class Value> bool increases(const std::vector<Value>& values) {
    return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
}

/// `what` a range counts, neurons or nodes, of which its population has `size`.
void validate_range(const NeuronRange& range,
                    const char* what,
                    std::size_t size,
                    std::string_view where) {
    const std::uint64_t end = std::uint64_t{range.first} + range.count.value_or(0);
    if (range.first >= size || end > size || range.count == 0U)
        throw NetworkError(where,
                           fmt::format("records {} that are not among 0 .. {}", what, size - 1));
}

void require_indices(const std::vector<std::uint32_t>& listed,
                     std::string_view of,
                     std::size_t size,
                     std::string_view where) {
    if (!increases(listed) || (!listed.empty() && listed.back() >= size))
        throw NetworkError(where,
                           fmt::format("must list {} that increase, of {} there are", of, size));
}

/// Neurons or nodes (`of`) that are listed, of `size`.
template <class M>
void validate_listed(const M& what, const char* of, std::size_t size, std::string_view where) {
    if (!what.listed.empty() && (what.neurons.first != 0 || what.neurons.count))
        throw NetworkError(where, fmt::format("has {} listed beside a range", of));
    require_indices(what.listed, of, size, where);
}

void validate_times(const std::vector<double>& times_ms, std::string_view where) {
    for (const double t_ms : times_ms) {
        if (!k_durations_ms.contains(t_ms))
            throw ParameterError(where, "times_ms", t_ms, detail::interval_text(k_durations_ms));
    }
    if (!increases(times_ms)) throw NetworkError(where, "must list times that increase");
}

void validate_variables(const Population& population,
                        const std::vector<std::string>& variables,
                        std::string_view where) {
    const std::span<const std::string_view> columns = state_columns(population);
    for (auto variable = variables.begin(); variable != variables.end(); ++variable) {
        if (std::ranges::find(columns, *variable) == columns.end())
            throw NetworkError(where, fmt::format("must record variables of {}: {}",
                                                  name_of(population), fmt::join(columns, ", ")));
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
        const std::string& name = name_of(network.projections[p]);
        if (!name.empty()) require_name(name, true, fmt::format("projection {}", p), names);
    }
}

/// What a recording's card says, and what it records is there.
struct RecordingCheck : detail::FieldCheck {
    const NetworkDescription& description;
    using FieldCheck::operator();

    template <class M> void operator()(const M& m, const Number<M>& field) const {
        if constexpr (Timed<M>) {
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
        if (m.neurons.population.index >= description.network.populations.size())
            throw NetworkError(name, "records a population that is not there");
        validate_range(m.neurons, counted(m), size(m), name);
        if (std::is_same_v<M, PotentialRecording> &&
            !std::holds_alternative<NeuronPopulation>(population(m)))
            throw NetworkError(name, "potentials can be recorded of point neurons only");
        if (std::is_same_v<M, StateRecording> && state_columns(population(m)).empty())
            throw NetworkError(name, "states can be recorded of point neurons and nodes only");
    }
    template <Listed M>
    void operator()(const M& m, const Own<M, std::vector<std::uint32_t>>& field) const {
        FieldCheck::operator()(m, field);
        validate_listed(m, counted(m), size(m), name);
    }
    template <OfProjection M>
    void operator()(const M& m, const Own<M, std::vector<std::uint32_t>>& field) const {
        FieldCheck::operator()(m, field);
        const Network& network = description.network;
        const NumbersOfEnds ends = ends_of(network.projections[m.projection.index], network);
        require_indices(m.*field.member, field.key, field.key == "pre" ? ends.n_pre : ends.n_post,
                        name);
    }
    template <Timed M> void operator()(const M& m, const Own<M, std::vector<double>>& field) const {
        FieldCheck::operator()(m, field);
        validate_times(m.times_ms, name);
    }
    void operator()(const StateRecording& m,
                    const Own<StateRecording, std::vector<std::string>>& field) const {
        FieldCheck::operator()(m, field);
        validate_variables(population(m), m.variables, name);
    }
    void operator()(const WeightRecording& m, const Own<WeightRecording, ProjectionId>&) const {
        require_projection<SynapticProjection>(m.projection, "weights", "synapses");
    }
    void operator()(const CouplingRecording& m, const Own<CouplingRecording, ProjectionId>&) const {
        require_projection<FactorisedProjection>(m.projection, "couplings", "couplings");
    }

  private:
    template <class M> [[nodiscard]] const Population& population(const M& m) const {
        return description.network.populations[m.neurons.population.index];
    }
    template <class M> [[nodiscard]] bool of_nodes(const M& m) const {
        return std::is_same_v<M, StateRecording> && is_dyadic(population(m));
    }
    template <class M> [[nodiscard]] const char* counted(const M& m) const {
        return of_nodes(m) ? "nodes" : "neurons";
    }
    template <class M> [[nodiscard]] std::size_t size(const M& m) const {
        return of_nodes(m) ? n_targets_of(population(m)) : size_of(population(m));
    }
    template <class Kind>
    void require_projection(ProjectionId id, const char* what, const char* through) const {
        const std::vector<Projection>& all = description.network.projections;
        if (id.index >= all.size() || !std::holds_alternative<Kind>(all[id.index]))
            throw NetworkError(
                name,
                fmt::format("{} can be recorded of projections through {} only", what, through));
        if (name_of(all[id.index]).empty())
            throw NetworkError(
                name, fmt::format("{} can be recorded of projections with a name only", what));
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
