#include "io/sonata/sonata_spike_table.hpp"

#include "core/error.hpp"
#include "io/sonata/sonata_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace spikewell::io::sonata {

namespace {

/// Where the columns are.
struct SpikeColumns {
    std::size_t time = 0;
    std::size_t node = 0;
    std::optional<std::size_t> population = {};
    std::size_t n = 0;
};

SpikeColumns spike_columns(const std::vector<std::string>& header, const std::string& path) {
    const auto place = [&](std::string_view name) {
        return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) -
                                        header.begin());
    };
    SpikeColumns columns{place("timestamps"), place("node_ids"), {}, header.size()};
    if (columns.time == columns.n || columns.node == columns.n)
        throw IoError(path, "must have columns timestamps and node_ids, separated by blanks", 1);
    if (place("population") < columns.n) columns.population = place("population");
    return columns;
}

Spike spike_of(const std::vector<std::string>& cells,
               const SpikeColumns& columns,
               const std::string& path,
               std::size_t n) {
    Spike spike;
    require_cells(cells, columns.n, path, n);
    if (!parse_number(cells[columns.time], spike.t_ms) || !std::isfinite(spike.t_ms) ||
        !parse_number(cells[columns.node], spike.source))
        throw IoError(path,
                      fmt::format("must be a time and a node, got {} and {}",
                                  printable(cells[columns.time]), printable(cells[columns.node])),
                      n);
    return spike;
}

} // namespace

std::vector<PopulationSpikes> read_spikes_table(const std::filesystem::path& path) {
    std::optional<SpikeColumns> columns;
    std::map<std::string, std::size_t> place_of;
    std::vector<PopulationSpikes> populations;
    each_line_of_cells(path, [&](const std::vector<std::string>& cells, std::size_t n) {
        if (cells.empty()) return;
        if (!columns) {
            columns = spike_columns(cells, path.string());
            return;
        }
        const Spike spike = spike_of(cells, *columns, path.string(), n);
        const std::string name = columns->population ? cells[*columns->population] : "";
        const auto [place, is_new] = place_of.emplace(name, populations.size());
        if (is_new) populations.push_back({name, {}});
        populations[place->second].spikes.push_back(spike);
    });
    if (!columns) throw IoError(path.string(), "is empty");
    for (PopulationSpikes& population : populations)
        std::sort(population.spikes.begin(), population.spikes.end());
    return populations;
}

} // namespace spikewell::io::sonata
