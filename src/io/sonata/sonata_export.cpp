#include "io/names.hpp"
#include "io/network/network_file.hpp"
#include "io/sonata/sonata.hpp"
#include "io/sonata/sonata_layout.hpp"
#include "io/sonata/sonata_parts.hpp"
#include "network/expansion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace spikewell::io {

namespace {

using namespace sonata;

constexpr float k_input_delay_ms = 0.1F; // of an input's synapses; ours have none
constexpr std::int64_t k_first_type_id = 100;

/// What is written, made step by step.
struct Export {
    const NetworkDescription& description;
    std::vector<NodePopulation> nodes = {}; ///< the network's, then those that stand for inputs
    std::vector<EdgePopulation> edges = {};
    Json extension = {};
    ExportReport report = {};
    std::size_t n_synapses = 0;

    [[nodiscard]] const std::vector<Population>& populations() const {
        return description.network.populations;
    }
};

// --- Nodes ---

void list_nodes(Export& out) {
    const auto names = input_names(out.description.network);
    for (const Population& population : out.populations())
        out.nodes.push_back(
            {name_of(population), size_of(population), std::get_if<NeuronPopulation>(&population)});
    for (std::size_t p = 0; p < names.size(); ++p) {
        const auto* cells = std::get_if<NeuronPopulation>(&out.populations()[p]);
        for (std::size_t k = 0; k < names[p].size(); ++k) {
            const PoissonInput& input = cells->inputs[k];
            const std::size_t size = input.count ? *input.count : cells->size - input.first;
            out.nodes.push_back({names[p][k], size});
        }
    }
    for (std::size_t n = 0; n < out.nodes.size(); ++n)
        out.nodes[n].type_id = k_first_type_id + static_cast<std::int64_t>(n);
}

/// x, y and z of each node, as many as there are dimensions, in micrometres.
void write_positions(const hdf5::Group& values, const Network& network, std::size_t p) {
    const std::optional<Positions> positions = positions_of(network.populations[p]);
    if (!positions) return;
    constexpr double k_um_per_mm = 1000.0;
    const Placement placement{*positions, network.seed, static_cast<std::uint16_t>(p), 0};
    std::vector<double> coordinates(size_of(network.populations[p]));
    for (std::size_t a = 0; a < dimensions_of(*positions); ++a) {
        for (std::size_t i = 0; i < coordinates.size(); ++i)
            coordinates[i] = k_um_per_mm * position_of(placement, i)[a];
        values.write<double>(std::string(1, "xyz"[a]), coordinates);
    }
}

void write_node_population(const Export& out,
                           const hdf5::Group& all,
                           std::size_t n,
                           const DrawnSources& drawn) {
    const NodePopulation& nodes = out.nodes[n];
    const hdf5::Group group = all.create_group(nodes.name);
    std::vector<std::uint64_t> ids(nodes.size);
    std::iota(ids.begin(), ids.end(), std::uint64_t{0});
    const std::vector<std::uint64_t> zeros(nodes.size, 0);
    group.write<std::int64_t>("node_type_id", std::vector<std::int64_t>(nodes.size, nodes.type_id));
    group.write<std::uint64_t>("node_id", ids);
    group.write<std::uint64_t>("node_group_id", zeros);
    group.write<std::uint64_t>("node_group_index", ids);
    const hdf5::Group values = group.create_group("0");
    if (nodes.cells != nullptr && !is_constant(nodes.cells->V_init_mV)) {
        // Beyond the types: each neuron has its own.
        std::vector<double> V_mV = drawn.V_init_mV[n];
        for (double& V : V_mV)
            V = nest_V_m_mV(nodes.cells->neuron, V);
        values.create_group("dynamics_params").write<double>("V_m", V_mV);
    }
    if (n < out.populations().size()) write_positions(values, out.description.network, n);
}

void write_nodes(const Export& out, const FolderOutput& output, const DrawnSources& drawn) {
    for (const NodesFile& one : k_nodes_files) {
        const auto holds = [&](const NodePopulation& nodes) { return one.holds(nodes); };
        if (std::none_of(out.nodes.begin(), out.nodes.end(), holds)) continue;
        hdf5::File file = hdf5::File::create(output / one.name);
        mark(file.root());
        const hdf5::Group all = file.root().create_group("nodes");
        for (std::size_t n = 0; n < out.nodes.size(); ++n) {
            if (one.holds(out.nodes[n])) write_node_population(out, all, n, drawn);
        }
        file.close();
    }
}

void write_spikes(const hdf5::Group& all,
                  const std::string& name,
                  const std::vector<Spike>& spikes,
                  double earliest_ms) {
    const hdf5::Group group = begin_spikes(all, name);
    std::vector<double> times_ms;
    std::vector<std::uint64_t> neurons;
    for (const Spike& spike : spikes) {
        times_ms.push_back(std::max(spike.t_ms, earliest_ms));
        neurons.push_back(spike.source);
    }
    group.dataset("timestamps").append<double>(times_ms);
    group.dataset("node_ids").append<std::uint64_t>(neurons);
}

void write_sources(const Export& out,
                   const std::filesystem::path& path,
                   const DrawnSources& drawn,
                   double earliest_ms) {
    hdf5::File file = hdf5::File::create(path);
    mark(file.root());
    const hdf5::Group all = file.root().create_group("spikes");
    std::size_t next = out.populations().size(); // of the nodes that stand for inputs
    for (std::size_t p = 0; p < out.populations().size(); ++p) {
        if (out.nodes[p].cells == nullptr)
            write_spikes(all, out.nodes[p].name, drawn.of_population[p], earliest_ms);
        for (const std::vector<Spike>& spikes : drawn.of_inputs[p])
            write_spikes(all, out.nodes[next++].name, spikes, earliest_ms);
    }
    file.close();
}

bool starts_at_0(const DrawnSources& drawn) {
    const auto at_0 = [](const std::vector<Spike>& spikes) {
        return std::any_of(spikes.begin(), spikes.end(),
                           [](const Spike& spike) { return spike.t_ms == 0.0; });
    };
    return std::any_of(drawn.of_population.begin(), drawn.of_population.end(), at_0) ||
           std::any_of(drawn.of_inputs.begin(), drawn.of_inputs.end(), [&](const auto& inputs) {
               return std::any_of(inputs.begin(), inputs.end(), at_0);
           });
}

// --- Edges ---

/// A projection's synapses between the nodes of whole populations, sorted by (post, pre).
std::vector<Synapse> synapses_of(const Export& out, std::size_t index) {
    std::vector<Synapse> synapses =
        expand_among_neurons(out.description.network, static_cast<std::uint32_t>(index));
    // Draws between one pair keep their order.
    std::stable_sort(synapses.begin(), synapses.end(), [](const Synapse& a, const Synapse& b) {
        return a.post != b.post ? a.post < b.post : a.pre < b.pre;
    });
    return synapses;
}

std::string edge_name(const Export& out, std::size_t index) {
    const auto& projection =
        std::get<SynapticProjection>(out.description.network.projections[index]);
    const auto name = [&](PopulationId id) { return name_of(out.populations()[id.index]); };
    return is_word(projection.name) ? projection.name
                                    : fmt::format("{}-{}-{}", name(projection.pre.population),
                                                  name(projection.post.population), index);
}

/// Adds the part of a projection that excites, or the one that inhibits, where there is any.
void add_part(Export& out, EdgePopulation part, const std::vector<Synapse>& synapses) {
    std::copy_if(synapses.begin(), synapses.end(), std::back_inserter(part.synapses),
                 [&](const Synapse& s) { return (s.weight >= 0.0F) == part.excites; });
    if (part.synapses.empty() && !(part.excites && synapses.empty())) return;
    if (part.synapses.size() != synapses.size()) part.name += part.excites ? "_exc" : "_inh";
    part.name = free_name(part.name, [&](const std::string& name) {
        return std::any_of(out.edges.begin(), out.edges.end(),
                           [&](const EdgePopulation& other) { return other.name == name; });
    });
    part.type_id = k_first_type_id + static_cast<std::int64_t>(out.edges.size());
    out.n_synapses += part.synapses.size();
    out.edges.push_back(std::move(part));
}

/// The projection without its synapses, as a network file has it, less what SONATA says.
Json extension_of(const Export& out, std::size_t index, const std::vector<std::string>& parts) {
    const Network& network = out.description.network;
    SynapticProjection projection = std::get<SynapticProjection>(network.projections[index]);
    projection.connector = SynapseList{};
    projection.pre = {projection.pre.population, 0, {}};
    projection.post = {projection.post.population, 0, {}};
    projection.self_connections = true;
    NetworkDescription alone;
    for (const Population& population : network.populations) {
        if (std::holds_alternative<NeuronPopulation>(population))
            alone.network.populations.push_back(population); // the unit of weights is theirs
        else
            alone.network.populations.emplace_back(
                SpikeListPopulation{name_of(population), size_of(population), {}});
    }
    alone.network.projections = {projection};
    const Json full = network_to_json(alone)["projections"][0];
    Json json{{"edges", parts}};
    json.update(difference(plain_projection(parts.front(), full["pre"], full["post"]), full));
    return json;
}

void report_rule(Export& out,
                 const SynapticProjection& projection,
                 const std::string& name,
                 bool in_nest) {
    const std::string but_nest = in_nest ? " but NEST's loader" : "";
    if (projection.plasticity.index() != 0)
        out.report.lost.push_back(
            fmt::format("plasticity of {}: other readers{} find its weights at "
                        "time 0 and no rule",
                        name, but_nest));
    if (!projection.short_term) return;
    out.report.lost.push_back(
        fmt::format("{} of {}: other readers'{} spikes deliver the whole weight",
                    Card<TsodyksMarkram>::name, name, in_nest ? ", but for NEST's loader's," : ""));
    if (in_nest)
        out.report.approximated.push_back(
            fmt::format("{} of {} in NEST: a first spike finds what one "
                        "at time 0 left",
                        Card<TsodyksMarkram>::name, name));
}

void add_projection(Export& out, std::size_t index) {
    const auto& projection =
        std::get<SynapticProjection>(out.description.network.projections[index]);
    const std::vector<Synapse> synapses = synapses_of(out, index);
    const std::size_t before = out.edges.size();
    EdgePopulation part;
    const bool in_nest = give_nest_rule(projection, part);
    part.name = edge_name(out, index);
    part.pre = projection.pre.population.index;
    part.post = projection.post.population.index;
    add_part(out, part, synapses);
    part.excites = false;
    add_part(out, part, synapses);
    std::vector<std::string> names;
    for (std::size_t e = before; e < out.edges.size(); ++e)
        names.push_back(out.edges[e].name);
    out.extension["projections"].push_back(extension_of(out, index, names));
    report_rule(out, projection, names.front(), in_nest);
}

/// One synapse from each node that stands for an input.
void add_inputs(Export& out) {
    auto next = static_cast<std::uint32_t>(out.populations().size());
    for (std::uint32_t p = 0; p < out.populations().size(); ++p) {
        const NeuronPopulation* cells = out.nodes[p].cells;
        for (std::size_t k = 0; cells != nullptr && k < cells->inputs.size(); ++k, ++next) {
            const PoissonInput& input = cells->inputs[k];
            EdgePopulation part;
            part.name = fmt::format("{}-{}", out.nodes[next].name, cells->name);
            part.pre = next;
            part.post = p;
            part.excites = input.weight >= 0.0;
            std::vector<Synapse> synapses;
            for (std::uint32_t i = 0; i < out.nodes[next].size; ++i)
                synapses.push_back(
                    {i, input.first + i, static_cast<float>(input.weight), k_input_delay_ms});
            out.extension["inputs"].push_back(out.nodes[next].name);
            add_part(out, part, synapses);
        }
    }
}

void write_all_edges(const Export& out, const FolderOutput& output) {
    for (const EdgesFile& one : k_edges_files) {
        const auto holds = [&](const EdgePopulation& edges) { return one.holds(edges); };
        if (std::none_of(out.edges.begin(), out.edges.end(), holds)) continue;
        hdf5::File file = hdf5::File::create(output / one.name);
        mark(file.root());
        const hdf5::Group all = file.root().create_group("edges");
        for (const EdgePopulation& population : out.edges) {
            if (one.holds(population)) write_edges(all, population, out.nodes);
        }
        file.close();
    }
}

// --- What SONATA has no field for, and the report ---

/// The description without spikes and projections.
NetworkDescription without_lists(const NetworkDescription& description) {
    NetworkDescription bare;
    bare.network.seed = description.network.seed;
    bare.duration_ms = description.duration_ms;
    for (const Population& population : description.network.populations) {
        bare.network.populations.push_back(population);
        if (auto* listed = std::get_if<SpikeListPopulation>(&bare.network.populations.back()))
            listed->spikes.clear();
    }
    return bare;
}

/// Recordings, which may be of projections that a bare description has not.
Json recordings_of(const NetworkDescription& description) {
    NetworkDescription bare = without_lists(description);
    for (const Projection& projection : description.network.projections) {
        SynapticProjection named;
        named.name = std::get<SynapticProjection>(projection).name;
        named.pre = std::get<SynapticProjection>(projection).pre;
        named.post = std::get<SynapticProjection>(projection).post;
        bare.network.projections.emplace_back(named);
    }
    bare.recordings = description.recordings;
    return network_to_json(bare)["recordings"];
}

void begin_extension(Export& out) {
    out.extension = {{"version", 1},
                     {"seed", out.description.network.seed},
                     {"duration_ms", out.description.duration_ms},
                     {"warm_up_ms", out.description.warm_up_ms},
                     {"populations", Json::array()},
                     {"inputs", Json::array()},
                     {"projections", Json::array()},
                     {"recordings", recordings_of(out.description)}};
    const Json all = network_to_json(without_lists(out.description))["populations"];
    std::vector<Problem> problems; // what we write is sound, and known
    std::vector<Problem> unknown;
    for (std::size_t p = 0; p < out.populations().size(); ++p) {
        const NodePopulation& nodes = out.nodes[p];
        Json plain = plain_virtual(nodes.name, nodes.size);
        if (nodes.cells != nullptr) {
            CellModel model = nest_model(nodes.cells->neuron);
            Cell cell = cell_of(model.model_template, model.params, "", problems, unknown);
            if (const auto* V = std::get_if<Constant>(&nodes.cells->V_init_mV))
                cell.V_init_mV = nest_V_m_mV(nodes.cells->neuron, V->value);
            plain = plain_cells(nodes.name, nodes.size, cell);
        }
        Json json{{"nodes", nodes.name}};
        json.update(difference(plain, all[p]));
        out.extension["populations"].push_back(json);
    }
}

void report_positions(Export& out) {
    for (const Population& population : out.populations()) {
        if (positions_of(population))
            out.report.exact.push_back(
                fmt::format("positions of {}: x, y, z in micrometres", name_of(population)));
    }
}

void report_populations(Export& out) {
    std::size_t neurons = 0;
    for (std::size_t p = 0; p < out.populations().size(); ++p) {
        const NodePopulation& nodes = out.nodes[p];
        if (nodes.cells == nullptr) continue;
        neurons += nodes.size;
        const CellModel model = nest_model(nodes.cells->neuron);
        for (const std::string& difference : model.approximated)
            out.report.approximated.push_back(
                fmt::format("{} as {}: {}", nodes.name, model.model_template, difference));
        if (!has_pynn_model(nodes.cells->neuron)) continue;
        for (const std::string& difference : pynn_model(nodes.cells->neuron).approximated)
            out.report.approximated.push_back(
                fmt::format("{} as PyNN reads it: {}", nodes.name, difference));
    }
    out.report.exact.push_back(
        fmt::format("{} neurons in {} populations: parameters{} and initial potentials", neurons,
                    std::count_if(out.nodes.begin(), out.nodes.end(),
                                  [](const auto& nodes) { return nodes.cells != nullptr; }),
                    own_of(out.description.network).empty() ? "" : " but for what is lost"));
}

void report_sources(Export& out, const DrawnSources& drawn) {
    std::size_t listed = 0;
    std::size_t n_drawn = 0;
    bool inputs = false;
    for (std::size_t p = 0; p < out.populations().size(); ++p) {
        const bool is_list = std::holds_alternative<SpikeListPopulation>(out.populations()[p]);
        (is_list ? listed : n_drawn) += drawn.of_population[p].size();
        for (const auto& spikes : drawn.of_inputs[p]) {
            n_drawn += spikes.size();
            inputs = true;
        }
    }
    if (listed > 0) out.report.exact.push_back(fmt::format("{} listed spikes", listed));
    if (n_drawn == 0) return;
    out.report.approximated.push_back(fmt::format(
        "random sources: one draw of {} spikes, those of `simulate` at seed {} in {} ms", n_drawn,
        out.description.network.seed, out.description.duration_ms));
    if (inputs)
        out.report.approximated.push_back(
            fmt::format("Poisson inputs: each is a population of its own and arrives {:g} ms late",
                        static_cast<double>(k_input_delay_ms)));
}

/// Currents that bmtk gets; that others get none is among what neurons have of their own.
void report_currents(Export& out) {
    for (const NodePopulation& nodes : out.nodes) {
        if (nodes.cells == nullptr) continue;
        const auto& currents = nodes.cells->currents;
        const auto n = std::count_if(currents.begin(), currents.end(), [](const auto& current) {
            return std::holds_alternative<StepCurrent>(current.waveform) ||
                   std::holds_alternative<TableCurrent>(current.waveform);
        });
        if (n > 0)
            out.report.approximated.push_back(
                fmt::format("{} injected currents of {} for bmtk: steps, from two time steps on", n,
                            nodes.name));
    }
}

void report_rest(Export& out) {
    out.report.exact.push_back(fmt::format(
        "{} synapses: sources, targets; weights and delays in single precision", out.n_synapses));
    out.report.approximated.emplace_back(
        "time: other simulators round delays and spikes to a step of their own");
    out.report.approximated.emplace_back(
        "recordings of spikes: other readers record those of all neurons");
    const auto is_spikes = [](const Recording& recording) {
        return std::holds_alternative<SpikeRecording>(recording.what);
    };
    const auto& recordings = out.description.recordings;
    if (!std::all_of(recordings.begin(), recordings.end(), is_spikes))
        out.report.lost.emplace_back("recordings of potentials, other states, rates and weights");
    if (const auto names = not_of_pynn(out.nodes); !names.empty())
        out.report.lost.push_back(fmt::format("for PyNN, which has no such model: {}; there are no "
                                              "files for it",
                                              fmt::join(names, ", ")));
    const std::vector<std::string> own = own_of(out.description.network);
    out.report.lost.insert(out.report.lost.end(), own.begin(), own.end());
    report_currents(out);
    out.report.lost.emplace_back(
        "for others than Spikewell: the seed's streams, laws of initial values and connectors "
        "(their draws are exported)");
}

} // namespace

ExportReport export_sonata(const NetworkDescription& description, const FolderOutput& output) {
    validate(description);
    require_plain_populations(description.network, "SONATA");
    require_drawable(description);
    Export out{description};
    list_nodes(out);
    begin_extension(out);
    report_populations(out);
    for (std::size_t index = 0; index < description.network.projections.size(); ++index)
        add_projection(out, index);
    add_inputs(out);
    const DrawnSources drawn = draw_sources(description);
    const Written written{description, out.nodes, out.edges, drawn, starts_at_0(drawn)};
    write_nodes(out, output, drawn);
    write_all_edges(out, output);
    write_sources(out, output / k_inputs_file, drawn, 0.0);
    if (written.starts_at_0) write_sources(out, output / k_later_inputs_file, drawn, k_later_ms);
    write_configurations(output, written, out.extension);
    const ExportReport in_nest = nest_report(written);
    out.report.approximated.insert(out.report.approximated.end(), in_nest.approximated.begin(),
                                   in_nest.approximated.end());
    out.report.lost.insert(out.report.lost.end(), in_nest.lost.begin(), in_nest.lost.end());
    report_positions(out);
    report_sources(out, drawn);
    report_rest(out);
    return out.report;
}

} // namespace spikewell::io
