#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/nir/nir_convention.hpp"
#include "io/nir/nir_graph.hpp"
#include "io/spike_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace spikewell::io::nir {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_kind = "__type__";

/// The spikes of a run of ours.
struct Table {
    std::vector<PopulationSpikes> populations;
    double end_ms = 0.0;
};

// --- NIRData ---

/// Values of the first sample: [steps or events][neurons].
struct Sample {
    std::vector<double> values;
    std::size_t rows;
    std::size_t columns;
};

Sample first_sample(const hdf5::Group& group, const std::string& name, std::size_t dimensions) {
    const hdf5::Dataset dataset = group.dataset(name);
    const std::vector<std::size_t> shape = dataset.shape();
    const bool numbers =
        dataset.kind() == hdf5::Kind::whole_number || dataset.kind() == hdf5::Kind::real_number;
    if (shape.size() != dimensions || !numbers || shape.front() == 0)
        throw IoError(group.file(),
                      fmt::format("{}: must be numbers in {} dimensions, of one sample or more",
                                  dataset.path(), dimensions));
    std::vector<double> values = dataset.read<double>();
    const std::size_t columns = dimensions == 3 ? shape[2] : 1;
    values.resize(shape[1] * columns);
    return {std::move(values), shape[1], columns};
}

Spike checked_spike(const hdf5::Group& group, double t_ms, double neuron) {
    if (!(t_ms >= 0.0 && t_ms <= 1e15) || !(neuron >= 0.0 && neuron < 4e9))
        throw IoError(group.file(), fmt::format("{}: neuron {} at {} ms is no spike", group.path(),
                                                neuron, t_ms));
    return {t_ms, static_cast<std::uint32_t>(neuron)};
}

/// Ones are spikes, at the begin of their step.
void read_gridded(const hdf5::Group& group, PopulationSpikes& spikes, double& end_ms) {
    const double step_ms = group.number_attribute("dt") * k_ms_per_s;
    const Sample sample = first_sample(group, "data", 3);
    for (std::size_t k = 0; k < sample.values.size(); ++k) {
        const double value = sample.values[k];
        if (value == 0.0) continue;
        if (value != 1.0)
            throw IoError(group.file(), fmt::format("{}/data: holds {}; spikes are 0 and 1",
                                                    group.path(), value));
        const std::size_t step = k / sample.columns;
        spikes.spikes.push_back(checked_spike(group, static_cast<double>(step) * step_ms,
                                              static_cast<double>(k % sample.columns)));
    }
    end_ms = std::max(end_ms, static_cast<double>(sample.rows) * step_ms);
}

/// Padded with neuron -1.
void read_events(const hdf5::Group& group, PopulationSpikes& spikes, double& end_ms) {
    const Sample neurons = first_sample(group, "idx", 2);
    const Sample times_s = first_sample(group, "time", 2);
    if (neurons.rows != times_s.rows)
        throw IoError(group.file(), fmt::format("{}: has {} neurons and {} times", group.path(),
                                                neurons.rows, times_s.rows));
    for (std::size_t k = 0; k < neurons.rows; ++k) {
        if (neurons.values[k] == -1.0) continue;
        spikes.spikes.push_back(
            checked_spike(group, times_s.values[k] * k_ms_per_s, neurons.values[k]));
    }
    end_ms = std::max(end_ms, group.number_attribute("t_max") * k_ms_per_s);
}

std::size_t samples_of(const hdf5::Group& group, const std::string& name) {
    return group.dataset(name).shape().front();
}

/// Its spikes: what is called so, or the only one that can be.
hdf5::Group observed_spikes(const hdf5::Group& node) {
    const hdf5::Group all = node.group("observables");
    const std::vector<std::string> names = all.names();
    if (all.has_group("spikes")) return all.group("spikes");
    if (names.size() != 1)
        throw IoError(node.file(), fmt::format("{}: must have one, or \"spikes\", got {}",
                                               all.path(), names.size()));
    return all.group(names.front());
}

PopulationSpikes read_node_data(const hdf5::Group& node,
                                const std::string& name,
                                double& end_ms,
                                std::vector<std::string>& notes) {
    const hdf5::Group group = observed_spikes(node);
    PopulationSpikes spikes{name, {}};
    const std::string kind = group.text_attribute(k_kind);
    if (kind == "TimeGriddedData")
        read_gridded(group, spikes, end_ms);
    else if (kind == "EventData")
        read_events(group, spikes, end_ms);
    else
        throw IoError(group.file(), fmt::format("{}: is {}, allowed EventData, TimeGriddedData",
                                                group.path(), printable(kind)));
    const std::size_t samples = samples_of(group, kind == "EventData" ? "idx" : "data");
    if (samples > 1)
        notes.push_back(fmt::format("{}: the first of {} samples is the input of {}", group.path(),
                                    samples, name));
    std::sort(spikes.spikes.begin(), spikes.spikes.end());
    return spikes;
}

/// Of the nodes that are Inputs; others are what a run gave.
Table read_nir_data(const hdf5::File& file,
                    const std::map<std::string, std::size_t>& sizes,
                    std::vector<std::string>& notes) {
    Table table;
    const hdf5::Group nodes = file.root().group("nodes");
    for (const std::string& name : nodes.names()) {
        if (sizes.contains(name))
            table.populations.push_back(
                read_node_data(nodes.group(name), name, table.end_ms, notes));
        else
            notes.push_back(fmt::format("/nodes/{}: is no Input and is left out", printable(name)));
    }
    return table;
}

Table read_table(const fs::path& path,
                 const std::map<std::string, std::size_t>& sizes,
                 std::vector<std::string>& notes) {
    if (!is_hdf5(path)) return {read_spikes_csv(path)};
    const hdf5::File file = hdf5::File::open(path);
    if (file.root().has_attribute(k_kind)) return read_nir_data(file, sizes, notes);
    return {read_spikes_hdf5(path)};
}

/// By its name; where there is one of each, that.
const std::string& input_of(const PopulationSpikes& population,
                            const Table& table,
                            const std::map<std::string, std::size_t>& sizes,
                            const fs::path& path) {
    const auto found = sizes.find(population.population);
    if (found != sizes.end()) return found->first;
    if (sizes.size() == 1 && table.populations.size() == 1) return sizes.begin()->first;
    std::string names;
    for (const auto& [name, size] : sizes)
        names.append(names.empty() ? "" : ", ").append(name);
    throw IoError(path.string(),
                  fmt::format("has spikes of \"{}\", which is no Input; there are: {}",
                              printable(population.population), names.empty() ? "none" : names));
}

} // namespace

InputSpikes read_input(const fs::path& path,
                       const std::map<std::string, std::size_t>& sizes,
                       std::vector<std::string>& notes) {
    InputSpikes input;
    Table table = read_table(path, sizes, notes);
    double last_ms = 0.0;
    for (PopulationSpikes& population : table.populations) {
        const std::string& name = input_of(population, table, sizes, path);
        const std::size_t size = sizes.at(name);
        for (const Spike& spike : population.spikes) {
            if (spike.source >= size)
                throw IoError(path.string(),
                              fmt::format("has a spike of neuron {} of {}, allowed 0 .. {}",
                                          spike.source, name, size - 1));
            last_ms = std::max(last_ms, spike.t_ms);
        }
        notes.push_back(
            fmt::format("{}: {} spikes for {}", path.string(), population.spikes.size(), name));
        input.of_input[name] = std::move(population.spikes);
    }
    constexpr double k_after_ms = 10.0; // what the last spikes do is seen, too
    input.end_ms = table.end_ms > 0.0 ? table.end_ms : last_ms + k_after_ms;
    return input;
}

} // namespace spikewell::io::nir
