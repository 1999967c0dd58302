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

void write_extent(Json& json, std::uint32_t first, std::optional<std::uint32_t> count) {
    json["first"] = first;
    if (count) {
        json["count"] = *count;
    }
}

Json spikes_to_json(const std::vector<Spike>& spikes) {
    Json list = Json::array();
    for (const Spike& spike : spikes) {
        list.push_back(Json::array({spike.t_ms, spike.source}));
    }
    return list;
}

// --- Populations ---

Json input_to_json(const PoissonInput& input, std::string_view weight_unit) {
    Json json{{with_unit("weight_*", weight_unit), input.weight}};
    write_rate(json, input.rate);
    write_extent(json, input.first, input.count);
    return json;
}

void write(Json& json, const NeuronPopulation& population) {
    json["size"] = population.size;
    std::visit([&](const auto& neuron) { network_file::write_fields(json, neuron); },
               population.neuron);
    json["V_init_mV"] = distribution_to_json(population.V_init_mV);
    json["inputs"] = Json::array();
    for (const PoissonInput& input : population.inputs)
        json["inputs"].push_back(input_to_json(input, weight_unit_of(population.neuron)));
}
void write(Json& json, const PoissonPopulation& population) {
    json["size"] = population.size;
    write_rate(json, population.rate);
}
void write(Json& json, const SpikeListPopulation& population) {
    json["size"] = population.size;
    json["spikes"] = spikes_to_json(population.spikes);
}
void write_code(Json& json, const DyadicCode& code) {
    json["n_nodes"] = code.n_nodes;
    json["neurons_per_node"] = code.neurons_per_node;
    json["tau_ref_ms"] = code.tau_ref_ms;
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
void write(Json& json, const DyadicPopulation& population) {
    write_code(json, population.code());
    json["tau_m_ms"] = population.neuron.tau_m_ms;
    json["inverse_temperature"] = population.inverse_temperature;
    if (!population.evidence.times_ms.empty())
        json["evidence"] = evidence_to_json(population.evidence, population.name);
}
void write(Json& json, const SpikeListSource& source) {
    write_code(json, source.layout);
    json["spikes"] = spikes_to_json(source.spikes);
}

Json population_to_json(const Population& population) {
    Json json{{"name", name_of(population)}, {"model", network_file::model_of(population)}};
    std::visit([&](const auto& p) { write(json, p); }, population);
    return json;
}

// --- Projections ---

Json range_to_json(const NeuronRange& range, const Network& network) {
    const std::string& name = name_of(network.populations.at(range.population.index));
    if (range.first == 0 && !range.count) {
        return name;
    }
    Json json{{"population", name}};
    write_extent(json, range.first, range.count);
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
    }
    std::visit(
        [&]<class Rule>(const Rule& rule) {
            if constexpr (HasCard<Rule>) json["plasticity"] = rule_to_json(rule, unit);
        },
        projection.plasticity);
    if (projection.short_term) json["short_term"] = rule_to_json(*projection.short_term, {});
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
    if (projection.plasticity) json["plasticity"] = rule_to_json(*projection.plasticity, {});
    if (projection.mask) {
        json["mask"] = mask_to_json(*projection.mask);
    }
    return json;
}

// --- Recordings ---

void write_neurons(Json& json, const NeuronRange& neurons, const Network& network) {
    json["population"] = name_of(network.populations.at(neurons.population.index));
    write_extent(json, neurons.first, neurons.count);
}

void write(Json& json, const SpikeRecording& recording, const Network& network) {
    json["record"] = "spikes";
    write_neurons(json, recording.neurons, network);
}
void write(Json& json, const PotentialRecording& recording, const Network& network) {
    json["record"] = "potential";
    write_neurons(json, recording.neurons, network);
    json["interval_ms"] = recording.interval_ms;
}
void write(Json& json, const WeightRecording& recording, const Network& network) {
    json["record"] = "weights";
    const Projection& projection = network.projections.at(recording.projection.index);
    const auto* synaptic = std::get_if<SynapticProjection>(&projection);
    if (synaptic == nullptr || synaptic->name.empty()) {
        throw NetworkError(fmt::format("projection {}", recording.projection.index),
                           "must be synaptic and have a name for its weights to be recorded");
    }
    json["projection"] = synaptic->name;
    json["interval_ms"] = recording.interval_ms;
}
void write(Json& json, const RateRecording& recording, const Network& network) {
    json["record"] = "rate";
    write_neurons(json, recording.neurons, network);
    json["bin_ms"] = recording.bin_ms;
}

} // namespace

Json network_to_json(const NetworkDescription& description) {
    const Network& network = description.network;
    Json document{{"format", "spikewell-network"}, {"version", 1},
                  {"seed", network.seed},          {"duration_ms", description.duration_ms},
                  {"populations", Json::array()},  {"projections", Json::array()},
                  {"recordings", Json::array()}};
    for (const Population& population : network.populations) {
        document["populations"].push_back(population_to_json(population));
    }
    for (const Projection& projection : network.projections) {
        document["projections"].push_back(
            std::visit([&](const auto& p) { return projection_to_json(p, network); }, projection));
    }
    for (const Recording& recording : description.recordings) {
        Json json{{"name", recording.name}};
        std::visit([&](const auto& what) { write(json, what, network); }, recording.what);
        document["recordings"].push_back(std::move(json));
    }
    return document;
}

} // namespace spikewell::io
