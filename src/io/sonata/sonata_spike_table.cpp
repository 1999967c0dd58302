#include "io/sonata/sonata_spike_table.hpp"

#include "core/error.hpp"
#include "core/file_descriptor.hpp"
#include "io/output.hpp"
#include "io/sonata/sonata_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
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

template <class Number> bool parse_all(const std::string& text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

Spike spike_of(const std::vector<std::string>& cells,
               const SpikeColumns& columns,
               const std::string& path,
               std::size_t n) {
    Spike spike;
    if (cells.size() != columns.n)
        throw IoError(
            path,
            fmt::format("row must have {} cells like the first, got {}", columns.n, cells.size()),
            n);
    if (!parse_all(cells[columns.time], spike.t_ms) || !std::isfinite(spike.t_ms) ||
        !parse_all(cells[columns.node], spike.source))
        throw IoError(path,
                      fmt::format("must be a time and a node, got {} and {}",
                                  printable(cells[columns.time]), printable(cells[columns.node])),
                      n);
    return spike;
}

} // namespace

std::vector<PopulationSpikes> read_spikes_table(const std::filesystem::path& path) {
    const std::string text = read_text(path);
    std::optional<SpikeColumns> columns;
    std::map<std::string, std::size_t> place_of;
    std::vector<PopulationSpikes> populations;
    std::size_t n = 0;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        std::string_view line = std::string_view(text).substr(from, end - from);
        if (line.ends_with('\r')) line.remove_suffix(1);
        from = end + 1;
        const std::vector<std::string> cells = cells_of(line, path.string(), ++n);
        if (cells.empty()) continue;
        if (!columns) {
            columns = spike_columns(cells, path.string());
            continue;
        }
        const Spike spike = spike_of(cells, *columns, path.string(), n);
        const std::string name = columns->population ? cells[*columns->population] : "";
        const auto [place, is_new] = place_of.emplace(name, populations.size());
        if (is_new) populations.push_back({name, {}});
        populations[place->second].spikes.push_back(spike);
    }
    if (!columns) throw IoError(path.string(), "is empty");
    for (PopulationSpikes& population : populations)
        std::sort(population.spikes.begin(), population.spikes.end());
    return populations;
}

} // namespace spikewell::io::sonata
