#include "io/network/network_file_parts.hpp"

#include <set>

namespace spikewell::io::network_file {

namespace {

/// Populations that are no point neurons.
enum class Source { poisson, spike_list, dyadic_attractor, dyadic_spike_list };
constexpr std::array<std::string_view, 4> k_sources{"poisson", "spike_list", "dyadic_attractor",
                                                    "dyadic_spike_list"};

/// What "model" may say: the point neurons, then the others.
std::vector<std::string> model_names() {
    std::vector<std::string> names;
    for_each_alternative<PointNeuron>(
        [&]<class Neuron>() { names.emplace_back(Card<Neuron>::key); });
    names.insert(names.end(), k_sources.begin(), k_sources.end());
    return names;
}

/// The model of that number among point neurons, as it is where nothing is said.
PointNeuron point_neuron(std::size_t index) {
    PointNeuron made;
    std::size_t k = 0;
    for_each_alternative<PointNeuron>([&]<class Neuron>() {
        if (k++ == index) made = Neuron{};
    });
    return made;
}

/// With a sharp threshold a neuron may not begin above it.
void read_initial(ObjectReader& reader, NeuronPopulation& population, bool sound) {
    Range range = range_of(k_potentials_mV);
    const std::optional<Ceiling> ceiling = ceiling_of(population.neuron);
    if (sound && ceiling) {
        range.high = ceiling->V_mV;
        range.text = fmt::format("{} .. {} = {}", k_potentials_mV.low, ceiling->key, ceiling->V_mV);
    }
    population.V_init_mV = Constant{start_mV_of(population.neuron)};
    read_distribution(reader, "V_init_mV", population.V_init_mV, range);
}

PoissonInput read_input(ObjectReader& reader,
                        const NeuronPopulation& population,
                        std::optional<std::size_t> size) {
    PoissonInput input;
    const std::string weight = weight_key(reader, population);
    read_rate(reader, input.rate);
    reader.require({weight.c_str()});
    reader.number(weight, input.weight, weight_range());
    read_extent(reader, input.first, input.count, size, population.name);
    reader.reject_unknown_keys();
    return input;
}

/// "size"; whether it is as the user says.
bool read_size(ObjectReader& reader, std::size_t& size) {
    const std::size_t before = reader.problem_count();
    reader.require({"size"});
    reader.integer("size", size, count_range());
    return reader.problem_count() == before;
}

Population read_neurons_of(ObjectReader& reader,
                           const std::string& name,
                           PointNeuron neuron,
                           Reading& reading) {
    NeuronPopulation population;
    population.name = name;
    population.neuron = neuron;
    const bool sized = read_size(reader, population.size);
    const bool sound =
        std::visit([&](auto& model) { return read_fields(reader, model); }, population.neuron);
    read_initial(reader, population, sound);
    const auto size = sized ? std::optional(population.size) : std::nullopt;
    each_object(reader, "inputs", k_max_inputs, reading.problems, [&](ObjectReader& input) {
        population.inputs.push_back(read_input(input, population, size));
    });
    return population;
}

Population read_poisson(ObjectReader& reader, const std::string& name) {
    PoissonPopulation population;
    population.name = name;
    read_size(reader, population.size);
    read_rate(reader, population.rate);
    return population;
}

Population read_spike_list(ObjectReader& reader, const std::string& name, const Reading& reading) {
    SpikeListPopulation population;
    population.name = name;
    const bool sized = read_size(reader, population.size);
    population.spikes =
        read_spikes(reader, reading.folder, sized ? std::optional(population.size) : std::nullopt);
    return population;
}

/// "n_nodes", "neurons_per_node", "tau_ref_ms"; whether the number of neurons is the user's.
bool read_code(ObjectReader& reader,
               std::size_t& n_nodes,
               int& neurons_per_node,
               double& tau_ref_ms) {
    const std::size_t before = reader.problem_count();
    reader.require({"n_nodes"});
    reader.integer("n_nodes", n_nodes, count_range());
    reader.integer("neurons_per_node", neurons_per_node, ObjectReader::between(1, 20));
    const double n_neurons = static_cast<double>(n_nodes) * neurons_per_node;
    if (n_neurons > k_max_neurons) {
        reader.problem("n_nodes", fmt::format("must be <= {} / neurons_per_node, got {} x {} = {} "
                                              "neurons",
                                              k_max_neurons, n_nodes, neurons_per_node, n_neurons));
    }
    const bool sized = reader.problem_count() == before;
    reader.number("tau_ref_ms", tau_ref_ms, range_of(k_time_constants_ms));
    return sized;
}

Population read_attractor(ObjectReader& reader, const std::string& name, const Reading& reading) {
    DyadicPopulation population;
    population.name = name;
    const bool sized = read_code(reader, population.n_nodes, population.neurons_per_node,
                                 population.neuron.tau_ref_ms);
    read_zero_or(reader, "tau_m_ms", population.neuron.tau_m_ms, k_time_constants_ms);
    reader.number("inverse_temperature", population.inverse_temperature,
                  range_of(k_inverse_temperatures));
    population.evidence = read_evidence(reader, reading.folder,
                                        sized ? std::optional(population.n_nodes) : std::nullopt);
    return population;
}

Population read_dyadic_source(ObjectReader& reader,
                              const std::string& name,
                              const Reading& reading) {
    SpikeListSource source;
    source.name = name;
    DyadicCode& layout = source.layout;
    const bool sized =
        read_code(reader, layout.n_nodes, layout.neurons_per_node, layout.tau_ref_ms);
    source.spikes = read_spikes(reader, reading.folder,
                                sized ? std::optional(layout.n_neurons()) : std::nullopt);
    return source;
}

Population read_source(ObjectReader& reader,
                       const std::string& name,
                       Source source,
                       const Reading& reading) {
    switch (source) {
    case Source::poisson:
        return read_poisson(reader, name);
    case Source::spike_list:
        return read_spike_list(reader, name, reading);
    case Source::dyadic_attractor:
        return read_attractor(reader, name, reading);
    case Source::dyadic_spike_list:
        break;
    }
    return read_dyadic_source(reader, name, reading);
}

void read_population(ObjectReader& reader, Reading& reading) {
    std::vector<Population>& populations = reading.description.network.populations;
    const std::size_t before = reader.problem_count();
    const std::string name =
        read_name(reader, NameKind::word, reading.populations, populations.size());
    reader.require({"model"});
    const std::size_t model = reader.choice_index("model", model_names());
    constexpr std::size_t k_n_neurons = std::variant_size_v<PointNeuron>;
    if (model < k_n_neurons + k_sources.size()) {
        populations.push_back(
            model < k_n_neurons
                ? read_neurons_of(reader, name, point_neuron(model), reading)
                : read_source(reader, name, static_cast<Source>(model - k_n_neurons), reading));
        reader.reject_unknown_keys();
    } else { // which keys belong here is not known; the place is kept for what names it
        populations.emplace_back(NeuronPopulation{});
    }
    reading.sound.push_back(reader.problem_count() == before);
}

} // namespace

namespace {
constexpr std::string_view key_of(Source source) {
    return k_sources[static_cast<std::size_t>(source)];
}
std::string_view model_key(const NeuronPopulation& population) {
    return spikewell::key_of(population.neuron);
}
std::string_view model_key(const PoissonPopulation&) {
    return key_of(Source::poisson);
}
std::string_view model_key(const SpikeListPopulation&) {
    return key_of(Source::spike_list);
}
std::string_view model_key(const DyadicPopulation&) {
    return key_of(Source::dyadic_attractor);
}
std::string_view model_key(const SpikeListSource&) {
    return key_of(Source::dyadic_spike_list);
}
} // namespace

std::string_view model_of(const Population& population) {
    return std::visit([](const auto& p) { return model_key(p); }, population);
}

std::string neuron_models() {
    std::string names;
    for_each_alternative<PointNeuron>(
        [&]<class Neuron>() { names.append(names.empty() ? "" : ", ").append(Card<Neuron>::key); });
    return names.replace(names.rfind(", "), 2, " or ");
}

std::string weight_key(ObjectReader& reader, const NeuronPopulation& targets) {
    std::string key = with_unit("weight_*", weight_unit_of(targets.neuron));
    std::set<std::string> others; // models share units
    for_each_alternative<PointNeuron>(
        [&]<class Neuron>() { others.insert(with_unit("weight_*", Card<Neuron>::weight_unit)); });
    others.erase(key);
    for (const std::string& other : others) {
        if (!reader.has(other) || reader.has(key)) continue;
        (void)reader.raw(other);
        reader.problem(other, fmt::format("must be {}: weights onto {} are in {}", key,
                                          model_of(targets), weight_unit_of(targets.neuron)));
    }
    return key;
}

void read_populations(ObjectReader& document, Reading& reading) {
    document.require({"populations"});
    each_object(document, "populations", k_max_populations, reading.problems,
                [&](ObjectReader& reader) { read_population(reader, reading); });
}

} // namespace spikewell::io::network_file
