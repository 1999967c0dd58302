#include "core/error.hpp"
#include "io/network/network_file.hpp"
#include "io/network/network_file_parts.hpp"

#include <cmath>
#include <span>

namespace spikewell::io {

namespace {

using Json = nlohmann::json;

/// Bounds that are not those of a file that gives none.
template <class Law> void write_bounds(Json& json, const Law& law, double low) {
    if (law.low != low) {
        json["low"] = law.low;
    }
    if (law.high != network_file::k_most) {
        json["high"] = law.high;
    }
}

Json law_to_json(const Constant& constant) {
    return constant.value;
}
Json law_to_json(const Uniform& uniform) {
    return {{"distribution", "uniform"}, {"low", uniform.low}, {"high", uniform.high}};
}
Json law_to_json(const Normal& normal) {
    Json json{{"distribution", "normal"}, {"mean", normal.mean}, {"sd", normal.sd}};
    write_bounds(json, normal, -network_file::k_most);
    return json;
}
Json law_to_json(const Lognormal& lognormal) {
    Json json{{"distribution", "lognormal"}, {"mu", lognormal.mu}, {"sigma", lognormal.sigma}};
    write_bounds(json, lognormal, 0.0);
    return json;
}
Json distribution_to_json(const Distribution& distribution) {
    return std::visit([](const auto& law) { return law_to_json(law); }, distribution);
}

void write_rate(Json& json, const PoissonRate& rate) {
    if (rate.rates_Hz.size() == 1 && rate.times_ms == std::vector<double>{0.0}) {
        json["rate_Hz"] = rate.rates_Hz[0];
    } else {
        json["times_ms"] = rate.times_ms;
        json["rates_Hz"] = rate.rates_Hz;
    }
}

Json spikes_to_json(const std::vector<Spike>& spikes) {
    Json list = Json::array();
    for (const Spike& spike : spikes) {
        list.push_back(Json::array({spike.t_ms, spike.source}));
    }
    return list;
}

/// The values from one time on: one number for all nodes, or a list.
Json values_to_json(const Evidence& evidence, std::size_t k, const std::string& name) {
    const std::span<const double> values = evidence.values.column(k);
    for (const double value : values) {
        if (!std::isfinite(value)) throw ParameterError(name, "evidence", value, "finite");
    }
    if (values.size() == 1) return values.front();
    return std::vector<double>(values.begin(), values.end());
}
Json evidence_to_json(const Evidence& evidence, const std::string& name) {
    if (evidence.times_ms == std::vector<double>{0.0}) return values_to_json(evidence, 0, name);
    Json json{{"times_ms", evidence.times_ms}, {"values", Json::array()}};
    for (std::size_t k = 0; k < evidence.times_ms.size(); ++k)
        json["values"].push_back(values_to_json(evidence, k, name));
    return json;
}
Json points_to_json(const Matrix& points) {
    Json list = Json::array();
    for (std::size_t i = 0; i < points.cols; ++i) {
        const std::span<const double> point = points.column(i);
        list.push_back(std::vector<double>(point.begin(), point.end()));
    }
    return list;
}
Json positions_to_json(const Positions& positions) {
    return std::visit(
        []<class Layout>(const Layout& layout) {
            Json json{{"layout", Card<Layout>::key}};
            if constexpr (std::is_same_v<Layout, ListedPositions>)
                json["points_mm"] = points_to_json(layout.points_mm);
            else
                network_file::write_fields(json, layout);
            return json;
        },
        positions);
}
Json population_to_json(const Population& population, const Network& network);
Json projection_to_json(const SynapticProjection& projection, const Network& network);
Json projection_to_json(const FactorisedProjection& projection, const Network& network);
Json recording_to_json(const Recording& recording, const Network& network);

/// Writes what has a card.
struct DescriptionWriter : network_file::FieldWriter {
    const Network& network;
    using FieldWriter::operator();

    template <class M, class Of> void operator()(const M& m, const Inline<M, Of>& field) const {
        write_fields_by(*this, m.*field.member);
    }
    template <class M> void operator()(const M& m, const Own<M, PoissonRate>& field) const {
        write_rate(json, m.*field.member);
    }
    template <class M> void operator()(const M& m, const Own<M, std::vector<Spike>>& field) const {
        json[std::string(field.key)] = spikes_to_json(m.*field.member);
    }
    template <class M>
    void operator()(const M& m, const Own<M, std::optional<Positions>>& field) const {
        if (m.*field.member) json[std::string(field.key)] = positions_to_json(*(m.*field.member));
    }
    void operator()(const DyadicPopulation& m, const Own<DyadicPopulation, Evidence>& field) const {
        if (!m.evidence.times_ms.empty())
            json[std::string(field.key)] = evidence_to_json(m.evidence, m.name);
    }
    void operator()(const NeuronPopulation& m,
                    const Own<NeuronPopulation, Distribution>& field) const {
        json[std::string(field.key)] = distribution_to_json(m.V_init_mV);
    }
    void operator()(const NeuronPopulation& m,
                    const Own<NeuronPopulation, std::vector<PoissonInput>>& field) const {
        write_list(field.key, m.inputs, [&](const PoissonInput& input) {
            Json item;
            write_fields_by(DescriptionWriter{{item, weight_unit_of(m.neuron)}, network}, input);
            return item;
        });
    }
    void operator()(const NeuronPopulation& m,
                    const Own<NeuronPopulation, std::vector<InjectedCurrent>>& field) const {
        if (m.currents.empty()) return;
        write_list(field.key, m.currents, [&](const InjectedCurrent& current) {
            Json item{{"current", key_of(current.waveform)}};
            const DescriptionWriter write{{item, drive_unit_of(m.neuron)}, network};
            std::visit([&](const auto& waveform) { write_fields_by(write, waveform); },
                       current.waveform);
            write_fields_by(write, current);
            return item;
        });
    }
    void operator()(const NeuronRange& m, const Own<NeuronRange, PopulationId>& field) const {
        json[std::string(field.key)] = name_of(network.populations.at(m.population.index));
    }
    /// Lists that there are, of nodes where those have the states, and an interval only without them.
    template <class M, class Value>
    requires Timed<M> || Listed<M>
    void operator()(const M& m, const Own<M, std::vector<Value>>& field) const {
        if ((m.*field.member).empty() || (field.key == "neurons" && of_nodes(m)) ||
            (field.key == "nodes" && !of_nodes(m)))
            return;
        json[with_unit(field.key, weight_unit)] = m.*field.member;
    }
    template <Timed M> void operator()(const M& m, const Number<M>& field) const {
        if (m.times_ms.empty()) FieldWriter::operator()(m, field);
    }
    template <Timed M> void operator()(const M& m, const Flag<M>& field) const {
        if (m.*field.member) json[std::string(field.key)] = true;
    }
    template <OfProjection M> void operator()(const M& m, const Own<M, ProjectionId>& field) const {
        const std::string& name = name_of(network.projections.at(m.projection.index));
        if (name.empty()) {
            throw NetworkError(
                fmt::format("projection {}", m.projection.index),
                fmt::format("must have a name for its {} to be recorded", Card<M>::key));
        }
        json[std::string(field.key)] = name;
    }
    void operator()(const Network& m, const Own<Network, std::vector<Population>>& field) const {
        write_list(field.key, m.populations,
                   [&](const Population& p) { return population_to_json(p, m); });
    }
    void operator()(const Network& m, const Own<Network, std::vector<Projection>>& field) const {
        write_list(field.key, m.projections, [&](const Projection& projection) {
            return std::visit([&](const auto& p) { return projection_to_json(p, m); }, projection);
        });
    }
    void operator()(const NetworkDescription& m,
                    const Own<NetworkDescription, std::vector<Recording>>& field) const {
        write_list(field.key, m.recordings,
                   [&](const Recording& r) { return recording_to_json(r, network); });
    }

  private:
    template <class M> [[nodiscard]] bool of_nodes(const M& m) const {
        if constexpr (std::is_same_v<M, StateRecording>)
            return is_dyadic(network.populations.at(m.neurons.population.index));
        else
            return false;
    }
    template <class Of, class Write>
    void write_list(std::string_view key, const std::vector<Of>& list, Write write) const {
        Json& items = json[std::string(key)] = Json::array();
        for (const Of& item : list)
            items.push_back(write(item));
    }
};

template <class M> void write_card(Json& json, const M& model, const Network& network) {
    write_fields_by(DescriptionWriter{{json, ""}, network}, model);
}

void write_model(Json& json, const NeuronPopulation& cells) {
    if (std::holds_alternative<CustomNeuron>(cells.neuron))
        throw NetworkError(cells.name,
                           fmt::format("{} is a program's own model, which files do not "
                                       "know",
                                       key_of(cells.neuron)));
    std::visit([&](const auto& m) { network_file::write_fields(json, m); }, cells.neuron);
    for (const VariedNumber& number : cells.varied) {
        if (number.values.empty())
            json[number.key] = distribution_to_json(number.law);
        else
            json[number.key] = number.values;
    }
}

Json population_to_json(const Population& population, const Network& network) {
    Json json{{"name", name_of(population)}, {"model", network_file::model_of(population)}};
    if (const auto* cells = std::get_if<NeuronPopulation>(&population)) write_model(json, *cells);
    std::visit([&](const auto& p) { write_card(json, p, network); }, population);
    return json;
}

// --- Projections ---

Json range_to_json(const NeuronRange& range, const Network& network) {
    if (range.first == 0 && !range.count) {
        return name_of(network.populations.at(range.population.index));
    }
    Json json;
    write_card(json, range, network);
    return json;
}

template <class One> void write(Json& json, const One& connector) {
    json["connector"] = Card<One>::key;
    network_file::write_fields(json, connector);
}
void write(Json& json, const SynapseList& connector) {
    json["connector"] = "list";
    json["synapses"] = Json::array();
    for (const Synapse& synapse : connector.synapses) {
        // A float is exact as a double, and a double exact in its JSON text.
        json["synapses"].push_back(
            Json::array({synapse.pre, synapse.post, static_cast<double>(synapse.weight),
                         static_cast<double>(synapse.delay_ms)}));
    }
}

template <class Rule> Json rule_to_json(const Rule& rule, std::string_view weight_unit) {
    Json json{{"rule", Card<Rule>::key}};
    network_file::write_fields(json, rule, weight_unit);
    return json;
}

Json projection_to_json(const SynapticProjection& projection, const Network& network) {
    Json json{{"pre", range_to_json(projection.pre, network)},
              {"post", range_to_json(projection.post, network)},
              {"self_connections", projection.self_connections},
              {"dendritic_delay_fraction", projection.dendritic_delay_fraction}};
    if (!projection.name.empty()) {
        json["name"] = projection.name;
    }
    const std::string_view unit = weight_unit_of(projection, network);
    std::visit([&](const auto& connector) { write(json, connector); }, projection.connector);
    if (!std::holds_alternative<SynapseList>(projection.connector)) {
        json[with_unit("weight_*", unit)] = distribution_to_json(projection.weight);
        json["delay_ms"] = distribution_to_json(projection.delay_ms);
        if (projection.delay_step_ms > 0.0) json["delay_step_ms"] = projection.delay_step_ms;
    }
    std::visit(
        [&]<class Rule>(const Rule& rule) {
            if constexpr (HasCard<Rule>) json["plasticity"] = rule_to_json(rule, unit);
        },
        projection.plasticity);
    if (projection.short_term) json["short_term"] = rule_to_json(*projection.short_term, {});
    if (const auto& of = projection.third_factor) {
        Json third{{"delay_ms", of->delay_ms}};
        write_card(third, of->neurons, network);
        json[Card<ThirdFactorSource>::key] = std::move(third);
    }
    return json;
}

Json mask_to_json(const Connector& mask) {
    Json json;
    std::visit([&](const auto& connector) { write(json, connector); }, mask);
    json.erase("distinct"); // what a mask draws is
    if (const auto* list = std::get_if<SynapseList>(&mask)) {
        json.erase("synapses");
        json["pairs"] = Json::array();
        for (const Synapse& pair : list->synapses) {
            json["pairs"].push_back(Json::array({pair.pre, pair.post}));
        }
    }
    return json;
}

Json projection_to_json(const FactorisedProjection& projection, const Network& network) {
    Json json{{"pre", name_of(network.populations.at(projection.pre.index))},
              {"post", name_of(network.populations.at(projection.post.index))},
              {"coupling", matrix_to_json(projection.coupling)},
              {"delay_ms", projection.delay_ms}};
    if (!projection.name.empty()) json["name"] = projection.name;
    if (projection.plasticity) json["plasticity"] = rule_to_json(*projection.plasticity, {});
    if (projection.mask) {
        json["mask"] = mask_to_json(*projection.mask);
    }
    return json;
}

// --- Recordings ---

Json recording_to_json(const Recording& recording, const Network& network) {
    Json json{{"name", recording.name}};
    std::visit(
        [&]<class What>(const What& what) {
            json["record"] = Card<What>::key;
            write_card(json, what, network);
        },
        recording.what);
    return json;
}

} // namespace

Json network_to_json(const NetworkDescription& description) {
    Json document{{"format", "spikewell-network"}, {"version", 1}};
    write_card(document, description, description.network);
    return document;
}

} // namespace spikewell::io
