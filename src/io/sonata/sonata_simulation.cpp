#include "io/sonata/sonata_simulation.hpp"

#include "core/error.hpp"
#include "io/json_reader.hpp"
#include "io/names.hpp"
#include "io/output.hpp"
#include "io/sonata/sonata_node_sets.hpp"
#include "io/sonata/sonata_spike_table.hpp"
#include "io/spike_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace spikewell::io::sonata {

namespace {

namespace fs = std::filesystem;
using RunJson = nlohmann::json;

/// What inputs and reports are read with.
struct Reading {
    NetworkDescription& description;
    Circuit& circuit;
    const Configuration& simulation;
    RunJson sets;
    std::set<std::pair<std::string, std::string>> given =
        {}; ///< populations' spikes, of which files
};

/// The population of a name; the number of populations where none has it.
PopulationId id_named(const Network& network, const std::string& name) {
    const auto at = std::find_if(network.populations.begin(), network.populations.end(),
                                 [&](const Population& one) { return name_of(one) == name; });
    return {static_cast<std::uint32_t>(at - network.populations.begin())};
}

/// The population of a name, null where it is of another type or there is none.
template <class P> P* population_named(NetworkDescription& description, const std::string& name) {
    const std::size_t at = id_named(description.network, name).index;
    std::vector<Population>& all = description.network.populations;
    return at < all.size() ? std::get_if<P>(&all[at]) : nullptr;
}

/// The nodes of an input or report; none: it is lost.
std::optional<Selection> nodes_of(Reading& reading,
                                  const RunJson& set,
                                  const std::string& pointer) {
    std::string why;
    std::optional<Selection> nodes = selected(reading.circuit, reading.sets, set, why);
    if (!nodes) reading.circuit.losses.add(pointer, why);
    return nodes;
}

/// Selected nodes of a population by the parts that they have gone to.
std::map<std::string, std::vector<std::uint32_t>> by_part(
    const NodeParts& nodes, const std::vector<std::uint32_t>& chosen) {
    std::map<std::string, std::vector<std::uint32_t>> parts;
    for (const std::uint32_t node : chosen)
        parts[nodes.names[nodes.part_of[node]]].push_back(nodes.index_of[node]);
    return parts;
}

// --- Spikes ---

std::vector<PopulationSpikes> read_spikes(const RunJson& input, const fs::path& path) {
    const bool is_table = path.extension() == ".csv" || input.value("module", RunJson()) == "csv";
    return is_table ? read_spikes_table(path) : read_spikes_hdf5(path);
}

/// Spikes of one population go to those of its nodes that are sources.
void give_spikes(Reading& reading,
                 const std::string& pointer,
                 const std::string& name,
                 const std::vector<Spike>& spikes) {
    const NodeParts& nodes = reading.circuit.populations.at(name);
    std::vector<SpikeListPopulation*> listed;
    std::vector<bool> is_virtual;
    for (const std::string& part : nodes.names) {
        listed.push_back(population_named<SpikeListPopulation>(reading.description, part));
        is_virtual.push_back(!reading.circuit.nodes.at(part).cell);
    }
    std::size_t n_lost = 0;
    for (const Spike& spike : spikes) {
        if (spike.source >= nodes.size)
            throw NetworkError(name, fmt::format("has spikes of node {}, its nodes are 0 .. {}",
                                                 spike.source, nodes.size - 1));
        const std::uint32_t part = nodes.part_of[spike.source];
        if (!is_virtual[part])
            ++n_lost;
        else if (listed[part] != nullptr) // else it fires by a law that Spikewell was told
            listed[part]->spikes.push_back({spike.t_ms, nodes.index_of[spike.source]});
    }
    if (n_lost > 0)
        reading.circuit.losses.add(pointer, fmt::format("has {} spikes of nodes of {} that are not "
                                                        "virtual and fire by themselves",
                                                        n_lost, printable(name)));
}

void read_spike_input(Reading& reading, const RunJson& input, const std::string& pointer) {
    Losses& losses = reading.circuit.losses;
    const bool of_all = input.value("module", RunJson()) == "synapse_replay"; // node_set receives
    std::set<std::string_view> known{"input_type", "module", "input_file", "node_set", "enabled"};
    if (of_all)
        known = {"input_type", "module", "spike_file", "node_set",
                 "enabled",    "source", "delay",      "duration"};
    lose_keys(input, pointer, Place::input, known, losses);
    const std::string module = input.contains("module")
                                   ? text_at(input, "module", pointer, reading.simulation.path)
                                   : "h5";
    static const std::set<std::string> k_modules{"h5", "hdf5", "sonata", "csv", "synapse_replay"};
    if (!k_modules.contains(module))
        return losses.add(child_pointer(pointer, "module"),
                          fmt::format("spikes of module {} are not read", printable(module)));
    const fs::path path = reading.simulation.resolved(
        text_at(input, of_all ? "spike_file" : "input_file", pointer, reading.simulation.path));
    const RunJson set =
        of_all ? input.value("source", RunJson("all")) : input.value("node_set", RunJson("all"));
    const auto nodes = nodes_of(reading, set, child_pointer(pointer, "node_set"));
    if (!nodes) return;
    std::size_t n_taken = 0;
    for (const PopulationSpikes& read : read_spikes(input, path)) {
        std::string name = read.population;
        if (name.empty() && nodes->size() == 1) name = nodes->begin()->first;
        if (!reading.circuit.populations.contains(name) || !nodes->contains(name)) continue;
        ++n_taken;
        if (reading.given.emplace(name, path.string()).second)
            give_spikes(reading, pointer, name, read.spikes);
    }
    if (n_taken == 0)
        losses.add(pointer, fmt::format("{} has no spikes of the populations of its node_set",
                                        printable(path.string())));
}

// --- Currents ---

/// A number or a list of numbers.
std::vector<double> numbers_of(const RunJson& input,
                               const char* key,
                               const std::string& pointer,
                               std::vector<Problem>& problems) {
    const RunJson value = input.value(key, RunJson());
    const RunJson list = value.is_array() ? value : RunJson::array({value});
    if (!std::all_of(list.begin(), list.end(), [](const auto& one) { return one.is_number(); })) {
        problems.push_back({child_pointer(pointer, key),
                            "must be a number or a list of numbers, got " + shown(value)});
        return {};
    }
    return list.get<std::vector<double>>();
}

/// Amplitudes from times on. As NEST's step_current_generator is given them by bmtk: a step goes on until
/// its end, or until the next begins; what begins at one time with another replaces it.
TableCurrent table_of(const std::vector<double>& amps,
                      const std::vector<double>& delays_ms,
                      const std::vector<double>& durations_ms) {
    std::map<double, double> changes;
    for (std::size_t k = 0; k < amps.size(); ++k) {
        const double end_ms = delays_ms[k] + durations_ms[k];
        changes[delays_ms[k]] = amps[k];
        if (k + 1 == amps.size() || end_ms < delays_ms[k + 1]) changes.emplace(end_ms, 0.0);
    }
    TableCurrent table;
    for (const auto& [t_ms, amp] : changes) {
        table.times_ms.push_back(t_ms);
        table.amplitudes.push_back(amp);
    }
    return table;
}

/// One current into runs of consecutive neurons.
void inject(NeuronPopulation& cells,
            const TableCurrent& table,
            double factor,
            const std::vector<std::uint32_t>& neurons) {
    TableCurrent scaled = table;
    for (double& amplitude : scaled.amplitudes)
        amplitude *= factor;
    for (std::size_t i = 0; i < neurons.size();) {
        std::size_t end = i + 1;
        while (end < neurons.size() && neurons[end] == neurons[end - 1] + 1)
            ++end;
        InjectedCurrent current{scaled, neurons[i], static_cast<std::uint32_t>(end - i)};
        if (scaled.times_ms.size() == 2 && scaled.amplitudes.back() == 0.0)
            current.waveform = StepCurrent{scaled.amplitudes.front(), scaled.times_ms.front(),
                                           scaled.times_ms.back()};
        cells.currents.push_back(std::move(current));
        i = end;
    }
}

/// Amplitudes of a clamp, where they are sound.
std::optional<TableCurrent> clamp_of(const Reading& reading,
                                     const RunJson& input,
                                     const std::string& pointer) {
    std::vector<Problem> problems;
    const std::vector<double> amps = numbers_of(input, "amp", pointer, problems);
    const std::vector<double> delays_ms = numbers_of(input, "delay", pointer, problems);
    const std::vector<double> durations_ms = numbers_of(input, "duration", pointer, problems);
    if (problems.empty() && (amps.size() != delays_ms.size() || amps.size() != durations_ms.size()))
        problems.push_back(
            {pointer, fmt::format("amp, delay and duration must be as many, got {}, "
                                  "{} and {}",
                                  amps.size(), delays_ms.size(), durations_ms.size())});
    if (problems.empty() && !std::is_sorted(delays_ms.begin(), delays_ms.end()))
        problems.push_back({child_pointer(pointer, "delay"), "must increase"});
    if (std::any_of(durations_ms.begin(), durations_ms.end(), [](double d) { return d < 0.0; }))
        problems.push_back({child_pointer(pointer, "duration"), "must be >= 0"});
    throw_if_any(reading.simulation.path.string(), problems);
    return table_of(amps, delays_ms, durations_ms);
}

void inject_into(Reading& reading,
                 const std::string& population,
                 const std::vector<std::uint32_t>& chosen,
                 const TableCurrent& table,
                 const std::string& pointer) {
    for (const auto& [part, neurons] :
         by_part(reading.circuit.populations.at(population), chosen)) {
        auto* cells = population_named<NeuronPopulation>(reading.description, part);
        if (cells == nullptr) {
            reading.circuit.losses.add(
                child_pointer(pointer, "node_set"),
                fmt::format("has virtual nodes, of {}, which take no current", part));
            continue;
        }
        inject(*cells, table, reading.circuit.nodes.at(part).cell->drive_per_current, neurons);
        if (cells->currents.size() <= k_most_currents) continue;
        throw DescriptionError(
            reading.simulation.path.string(),
            {{pointer, fmt::format("{} would have {} currents, one for each "
                                   "run of consecutive neurons, allowed {}",
                                   part, cells->currents.size(), k_most_currents)}});
    }
}

void read_clamp(Reading& reading, const RunJson& input, const std::string& pointer) {
    Losses& losses = reading.circuit.losses;
    lose_keys(
        input, pointer, Place::input,
        {"input_type", "module", "node_set", "amp", "delay", "duration", "enabled", "spikewell"},
        losses);
    // What we wrote for bmtk is in our own section of the circuit.
    if (input.contains("spikewell") && reading.circuit.config.json.contains("spikewell")) return;
    if (input.value("module", RunJson("IClamp")) != "IClamp")
        return losses.add(child_pointer(pointer, "module"),
                          "only IClamp of a current_clamp is read, got " + shown(input["module"]));
    const std::optional<TableCurrent> table = clamp_of(reading, input, pointer);
    const auto nodes = nodes_of(reading, input.value("node_set", RunJson("all")),
                                child_pointer(pointer, "node_set"));
    if (!table || !nodes) return;
    for (const auto& [population, chosen] : *nodes)
        inject_into(reading, population, chosen, *table, pointer);
}

void read_inputs(Reading& reading) {
    const RunJson inputs = reading.simulation.json.value("inputs", RunJson::object());
    if (!inputs.is_object()) return reading.circuit.losses.add("/inputs", "is no object");
    for (const auto& [name, input] : inputs.items()) {
        const std::string pointer = child_pointer("/inputs", name);
        const RunJson type = input.is_object() ? input.value("input_type", RunJson()) : RunJson();
        if (is_disabled(input)) continue;
        if (type == "spikes")
            read_spike_input(reading, input, pointer);
        else if (type == "current_clamp")
            read_clamp(reading, input, pointer);
        else
            reading.circuit.losses.add(child_pointer(pointer, "input_type"),
                                       "must be spikes or current_clamp, no other inputs are read, "
                                       "got " +
                                           shown(type));
    }
    for (Population& population : reading.description.network.populations) {
        if (auto* listed = std::get_if<SpikeListPopulation>(&population))
            std::sort(listed->spikes.begin(), listed->spikes.end());
    }
}

// --- Reports ---

/// Whether a report is of potentials over the whole run; else it is lost.
bool is_of_potentials(Reading& reading, const RunJson& report, const std::string& pointer) {
    Losses& losses = reading.circuit.losses;
    lose_keys(report, pointer, Place::report,
              {"cells", "variable_name", "module", "enabled", "dt", "start_time", "end_time"},
              losses);
    const RunJson variable = report.value("variable_name", RunJson());
    const RunJson one = variable.is_array() && variable.size() == 1 ? variable[0] : variable;
    if (one != "V_m" && one != "v" && one != "V") {
        losses.add(child_pointer(pointer, "variable_name"),
                   "must be V_m or v, no other variables are recorded, got " + shown(variable));
        return false;
    }
    const RunJson start = report.value("start_time", RunJson(0.0));
    if (start != 0.0)
        losses.add(child_pointer(pointer, "start_time"), "must be 0, got " + shown(start));
    return true;
}

/// How often potentials are sampled; where nothing is said, as NEST's multimeter.
double interval_of(const RunJson& report, const std::string& pointer, const Reading& reading) {
    double interval_ms = 1.0;
    std::vector<Problem> problems;
    ObjectReader reader(report, pointer, problems);
    reader.number("dt", interval_ms, ObjectReader::positive());
    throw_if_any(reading.simulation.path.string(), problems);
    return interval_ms;
}

/// What is left of a name when only what names of recordings may have stays.
std::string as_word(std::string name) {
    std::replace_if(
        name.begin(), name.end(),
        [](const char& c) {
            return !is_word({&c, 1});
        },
        '_');
    return name;
}

void record_potentials(Reading& reading,
                       const std::string& name,
                       const Selection& nodes,
                       double interval_ms) {
    const auto is_taken = [&](const std::string& wanted) {
        const auto& all = reading.description.recordings;
        return std::any_of(all.begin(), all.end(),
                           [&](const Recording& one) { return one.name == wanted; });
    };
    for (const auto& [population, chosen] : nodes) {
        for (auto& [part, neurons] : by_part(reading.circuit.populations.at(population), chosen)) {
            if (!reading.circuit.nodes.at(part).cell) continue;
            const PopulationId recorded = id_named(reading.description.network, part);
            PotentialRecording recording;
            recording.neurons.population = recorded;
            recording.interval_ms = interval_ms;
            if (neurons.size() < size_of(reading.description.network.populations[recorded.index]))
                recording.listed = neurons;
            reading.description.recordings.push_back(
                {free_name(fmt::format("{}_{}", as_word(name), part), is_taken), recording});
        }
    }
}

void read_reports(Reading& reading) {
    const RunJson reports = reading.simulation.json.value("reports", RunJson::object());
    Losses& losses = reading.circuit.losses;
    if (!reports.is_object()) return losses.add("/reports", "is no object");
    for (const auto& [name, report] : reports.items()) {
        const std::string pointer = child_pointer("/reports", name);
        if (!report.is_object()) {
            losses.add(pointer, "is no object");
        } else if (is_disabled(report)) {
            continue;
        } else if (report.value("module", RunJson()) == "weight_recorder") {
            losses.add(pointer, "weights are recorded at times that are given, not at each spike");
        } else if (is_of_potentials(reading, report, pointer)) {
            const auto nodes = nodes_of(reading, report.value("cells", RunJson("all")),
                                        child_pointer(pointer, "cells"));
            if (nodes)
                record_potentials(reading, name, *nodes, interval_of(report, pointer, reading));
        }
    }
}

/// Conditions; those of compartments have no bearing, and NEST reads none.
void read_conditions(Reading& reading) {
    const RunJson& json = reading.simulation.json;
    if (!json.contains("conditions")) return;
    std::set<std::string_view> known;
    if (json.value("target_simulator", RunJson()) == "NEST") known.insert("v_init");
    lose_keys(json["conditions"], "/conditions", Place::conditions, known, reading.circuit.losses);
}

} // namespace

RunJson run_of(const Configuration& simulation, Losses& losses) {
    RunJson document = RunJson::object();
    if (!simulation.json.contains("run")) return document;
    const RunJson& run = simulation.json["run"];
    lose_keys(run, "/run", Place::run, {"tstop", "duration", "tstart", "random_seed"}, losses);
    if (!run.is_object()) return document;
    if (run.value("tstart", RunJson(0.0)) != 0.0)
        losses.add("/run/tstart", "must be 0, got " + shown(run["tstart"]));
    if (run.contains("duration")) document["duration_ms"] = run["duration"];
    if (run.contains("tstop")) document["duration_ms"] = run["tstop"];
    if (run.contains("random_seed")) document["seed"] = run["random_seed"];
    return document;
}

void add_simulation(NetworkDescription& description,
                    Circuit& circuit,
                    const Configuration& simulation) {
    static const std::set<std::string_view> k_known{
        "run",        "inputs",           "network",        "networks",  "components", "reports",
        "conditions", "target_simulator", "node_sets_file", "spikewell", "simulation"};
    lose_keys(simulation.json, "", Place::configuration, k_known, circuit.losses);
    if (&circuit.config != &simulation)
        lose_keys(circuit.config.json, "", Place::configuration, k_known, circuit.losses);
    Reading reading{description, circuit, simulation, node_sets_of(circuit, simulation)};
    read_conditions(reading);
    read_inputs(reading);
    read_reports(reading);
}

} // namespace spikewell::io::sonata
