#include "io/network_file_parts.hpp"

namespace spikewell::io::network_file {

namespace {

enum class Model { lif_delta, lif_exp, poisson, spike_list, dyadic_attractor, dyadic_spike_list };

void read_escape(ObjectReader& parent, std::optional<EscapeRate>& escape) {
    if (!given(parent, "escape")) {
        return;
    }
    ObjectReader reader = parent.child("escape");
    escape.emplace();
    reader.number("rate_Hz", escape->rate_Hz, range_of(k_escape_rates_Hz));
    reader.number("theta_mV", escape->theta_mV, range_of(k_potentials_mV));
    reader.number("slope_mV", escape->slope_mV, range_of(k_escape_slopes_mV));
    reader.reject_unknown_keys();
}

/// What both LIF models have.
template <class Neuron> void read_membrane(ObjectReader& reader, Neuron& neuron) {
    const std::size_t before = reader.problem_count();
    reader.number("tau_m_ms", neuron.tau_m_ms, range_of(k_time_constants_ms));
    reader.number("E_L_mV", neuron.E_L_mV, range_of(k_potentials_mV));
    reader.number("drive_mV", neuron.drive_mV, range_of(k_potentials_mV));
    reader.number("V_th_mV", neuron.V_th_mV, range_of(k_potentials_mV));
    reader.number("V_reset_mV", neuron.V_reset_mV, range_of(k_potentials_mV));
    reader.number("t_ref_ms", neuron.t_ref_ms, range_of(k_refractory_periods_ms));
    reader.choice("refractory_input", neuron.refractory_input,
                  {{"discarded", RefractoryInput::discarded},
                   {"kept", RefractoryInput::kept},
                   {"integrated", RefractoryInput::integrated}});
    read_escape(reader, neuron.escape);
    if (reader.problem_count() == before && !neuron.escape &&
        !(neuron.V_th_mV > neuron.V_reset_mV)) {
        reader.problem("V_th_mV", fmt::format("must be > V_reset_mV = {}, got {}",
                                              neuron.V_reset_mV, neuron.V_th_mV));
    }
}

LifExp read_lif_exp(ObjectReader& reader) {
    LifExp neuron;
    read_membrane(reader, neuron);
    reader.number("tau_syn_exc_ms", neuron.tau_syn_exc_ms, range_of(k_time_constants_ms));
    reader.number("tau_syn_inh_ms", neuron.tau_syn_inh_ms, range_of(k_time_constants_ms));
    return neuron;
}

LifDelta read_lif_delta(ObjectReader& reader) {
    LifDelta neuron;
    read_membrane(reader, neuron);
    return neuron;
}

/// With a sharp threshold a neuron may not begin above it. Absent: V_reset.
void read_initial(ObjectReader& reader, LifPopulation& population, bool sound) {
    std::visit(
        [&](const auto& neuron) {
            Range range = ObjectReader::between(-k_most, k_most);
            if (sound && !neuron.escape) {
                range.high = neuron.V_th_mV;
                range.text = fmt::format("{} .. V_th_mV = {}", -k_most, neuron.V_th_mV);
            }
            population.V_init_mV = Constant{neuron.V_reset_mV};
            read_distribution(reader, "V_init_mV", population.V_init_mV, range);
        },
        population.neuron);
}

PoissonInput read_input(ObjectReader& reader,
                        const std::string& population,
                        std::optional<std::size_t> size) {
    PoissonInput input;
    read_rate(reader, input.rate);
    reader.require({"weight_mV"});
    reader.number("weight_mV", input.weight_mV, weight_range());
    read_extent(reader, input.first, input.count, size, population);
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

Population read_lif(ObjectReader& reader, const std::string& name, Model model, Reading& reading) {
    LifPopulation population;
    population.name = name;
    const bool sized = read_size(reader, population.size);
    const std::size_t before = reader.problem_count();
    if (model == Model::lif_exp) {
        population.neuron = read_lif_exp(reader);
    } else {
        population.neuron = read_lif_delta(reader);
    }
    read_initial(reader, population, reader.problem_count() == before);
    const auto size = sized ? std::optional(population.size) : std::nullopt;
    each_object(reader, "inputs", k_max_inputs, reading.problems, [&](ObjectReader& input) {
        population.inputs.push_back(read_input(input, name, size));
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

Population read_model(ObjectReader& reader,
                      const std::string& name,
                      Model model,
                      Reading& reading) {
    switch (model) {
    case Model::lif_delta:
    case Model::lif_exp:
        break;
    case Model::poisson:
        return read_poisson(reader, name);
    case Model::spike_list:
        return read_spike_list(reader, name, reading);
    case Model::dyadic_attractor:
        return read_attractor(reader, name, reading);
    case Model::dyadic_spike_list:
        return read_dyadic_source(reader, name, reading);
    }
    return read_lif(reader, name, model, reading);
}

void read_population(ObjectReader& reader, Reading& reading) {
    std::vector<Population>& populations = reading.description.network.populations;
    const std::size_t before = reader.problem_count();
    std::optional<Model> model;
    const std::string name =
        read_name(reader, NameKind::word, reading.populations, populations.size());
    reader.require({"model"});
    reader.choice<std::optional<Model>>("model", model,
                                        {{"lif_delta", Model::lif_delta},
                                         {"lif_exp", Model::lif_exp},
                                         {"poisson", Model::poisson},
                                         {"spike_list", Model::spike_list},
                                         {"dyadic_attractor", Model::dyadic_attractor},
                                         {"dyadic_spike_list", Model::dyadic_spike_list}});
    if (model) {
        populations.push_back(read_model(reader, name, *model, reading));
        reader.reject_unknown_keys();
    } else { // which keys belong here is not known; the place is kept for what names it
        populations.push_back(LifPopulation{});
    }
    reading.sound.push_back(reader.problem_count() == before);
}

} // namespace

const char* model_of(const Population& population) {
    if (const auto* lif = std::get_if<LifPopulation>(&population)) {
        return std::holds_alternative<LifExp>(lif->neuron) ? "lif_exp" : "lif_delta";
    }
    if (std::holds_alternative<PoissonPopulation>(population)) {
        return "poisson";
    }
    if (std::holds_alternative<SpikeListPopulation>(population)) {
        return "spike_list";
    }
    return std::holds_alternative<DyadicPopulation>(population) ? "dyadic_attractor"
                                                                : "dyadic_spike_list";
}

void read_populations(ObjectReader& document, Reading& reading) {
    document.require({"populations"});
    each_object(document, "populations", k_max_populations, reading.problems,
                [&](ObjectReader& reader) { read_population(reader, reading); });
}

} // namespace spikewell::io::network_file
