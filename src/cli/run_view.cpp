#include "cli/run_view.hpp"

#include "core/error.hpp"
#include "core/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <map>
#include <string_view>

namespace spikewell::cli {

namespace {

namespace fs = std::filesystem;
using Cells = std::vector<std::string_view>;

constexpr std::size_t k_most_rows = 2'000'000;
constexpr std::size_t k_most_series = 8;
constexpr std::size_t k_most_points = 4000;

double number(std::string_view text) {
    double value = std::numeric_limits<double>::quiet_NaN();
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

void split(std::string_view line, Cells& cells) {
    cells.clear();
    while (true) {
        const std::size_t comma = line.find(',');
        cells.push_back(line.substr(0, comma));
        if (comma == std::string_view::npos) return;
        line.remove_prefix(comma + 1);
    }
}

/// Calls `use` with the cells of each row below the header, k_most_rows at most; returns the header and
/// whether that was all.
struct Read {
    std::vector<std::string> header;
    bool whole = true;
};
Read read_rows(const fs::path& path, const std::function<void(const Cells&)>& use) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw IoError(path.string(), "cannot be read");
    Read read;
    std::string line;
    Cells cells;
    if (!std::getline(file, line)) return read;
    split(line, cells);
    read.header.assign(cells.begin(), cells.end());
    for (std::size_t row = 0; std::getline(file, line); ++row) {
        if (row == k_most_rows) {
            read.whole = false;
            break;
        }
        split(line, cells);
        if (cells.size() == read.header.size()) use(cells);
    }
    return read;
}

std::string title_of(std::string_view column) {
    const std::size_t end = column.rfind('_');
    const std::string_view unit = end == std::string_view::npos ? "" : column.substr(end + 1);
    for (const char* known : {"mV", "pA", "nS", "Hz", "ms", "pF"}) {
        if (unit == known) return fmt::format("{} / {}", column.substr(0, end), unit);
    }
    return std::string(column);
}

// --- spikes ---

void read_spikes(report::RecordedRun& recorded,
                 const NetworkDescription& description,
                 const fs::path& path,
                 double simulated_ms) {
    std::map<std::string, report::RecordedSpikes, std::less<>> by_name;
    for (const Population& population : description.network.populations)
        by_name[name_of(population)] = {name_of(population), size_of(population), {}};
    double last_ms = 0.0;
    const Read read = read_rows(path, [&](const Cells& cells) {
        const auto found = by_name.find(cells[1]);
        if (found == by_name.end()) return;
        last_ms = number(cells[0]);
        found->second.spikes.push_back({last_ms, static_cast<std::uint32_t>(number(cells[2]))});
    });
    recorded.read_ms = read.whole ? simulated_ms : last_ms;
    for (const Population& population : description.network.populations) {
        report::RecordedSpikes& spikes = by_name[name_of(population)];
        if (!spikes.spikes.empty()) recorded.spikes.push_back(std::move(spikes));
    }
}

// --- values over time ---

/// Every so many points of each series, so that they are few enough to be drawn.
std::size_t thin(std::vector<report::Series>& series) {
    std::size_t most = 0;
    for (const report::Series& one : series)
        most = std::max(most, one.x.size());
    const std::size_t every = std::max<std::size_t>(1, (most + k_most_points - 1) / k_most_points);
    for (report::Series& one : series) {
        std::size_t kept = 0;
        for (std::size_t k = 0; k < one.x.size(); k += every, ++kept) {
            one.x[kept] = one.x[k];
            one.y[kept] = one.y[k];
        }
        one.x.resize(kept);
        one.y.resize(kept);
    }
    return every;
}

/// Values of the first neurons (or nodes) that a table has, a series for each of its variables.
struct ReadValues {
    std::map<std::string, std::size_t, std::less<>> place_of; // in order of appearance
    std::vector<std::vector<report::Series>> of_variable;     // [n_variables][n_neurons]

    void begin(std::string_view neuron, std::size_t n_variables) {
        const std::size_t place = place_of.size();
        place_of.emplace(std::string(neuron), place);
        of_variable.resize(n_variables);
        if (place >= k_most_series) return;
        for (auto& series : of_variable)
            series.push_back({std::string(neuron), {}, {}});
    }
    void add(const Cells& cells) {
        if (!place_of.contains(cells[1])) begin(cells[1], cells.size() - 2);
        const std::size_t place = place_of.find(cells[1])->second;
        if (place >= k_most_series) return;
        for (std::size_t v = 0; v + 2 < cells.size(); ++v) {
            of_variable[v][place].x.push_back(number(cells[0]));
            of_variable[v][place].y.push_back(number(cells[v + 2]));
        }
    }
};

/// Of columns t_ms, neuron or node, variables: a plot for each variable.
void read_values(report::RecordedRun& recorded, const std::string& name, const fs::path& path) {
    ReadValues values;
    const Read read = read_rows(path, [&](const Cells& cells) { values.add(cells); });
    auto& of_variable = values.of_variable;
    const std::size_t n_neurons = values.place_of.size();
    for (std::size_t v = 0; v < of_variable.size(); ++v) {
        for (report::Series& series : of_variable[v])
            series.name = fmt::format("{} {}", read.header[1], series.name);
        const std::size_t every = thin(of_variable[v]);
        std::string left_out = ".";
        if (n_neurons > k_most_series)
            left_out = fmt::format(": the first {} of {}.", k_most_series, n_neurons);
        if (every > 1) left_out += fmt::format(" One sample in {} is drawn.", every);
        if (!read.whole) left_out += " The first part of the run.";
        recorded.values.push_back(
            {name, title_of(read.header[v + 2]), std::move(of_variable[v]), std::move(left_out)});
    }
}

void read_rate(report::RecordedRun& recorded, const std::string& name, const fs::path& path) {
    std::vector<report::Series> series{{name, {}, {}}};
    read_rows(path, [&](const Cells& cells) {
        series[0].x.push_back(number(cells[0]));
        series[0].y.push_back(number(cells[1]));
    });
    thin(series);
    if (!series[0].x.empty()) recorded.rates.push_back(std::move(series[0]));
}

/// Of columns t_ms, pre, post, weight.
void read_weights(report::RecordedRun& recorded, const std::string& name, const fs::path& path) {
    report::RecordedWeights weights;
    weights.name = name;
    const auto close = [&] {
        if (weights.times_ms.empty()) return;
        weights.means.push_back(mean(weights.last));
        weights.sds.push_back(standard_deviation(weights.last));
        if (weights.times_ms.size() == 1) weights.first = weights.last;
    };
    const Read read = read_rows(path, [&](const Cells& cells) {
        const double t_ms = number(cells[0]);
        if (weights.times_ms.empty() || weights.times_ms.back() != t_ms) {
            close();
            weights.times_ms.push_back(t_ms);
            weights.last.clear();
        }
        weights.last.push_back(number(cells[3]));
    });
    close();
    if (weights.times_ms.empty()) return;
    weights.title = title_of(read.header[3]);
    recorded.weights.push_back(std::move(weights));
}

} // namespace

report::RecordedRun read_recordings(const NetworkDescription& description,
                                    const io::FolderOutput& output,
                                    double simulated_ms) {
    report::RecordedRun recorded;
    recorded.read_ms = simulated_ms;
    bool spikes_read = simulated_ms <= 0.0;
    for (const Recording& recording : description.recordings) {
        const fs::path path = output / (recording.name + ".csv");
        const std::string& name = recording.name;
        if (std::holds_alternative<SpikeRecording>(recording.what)) {
            if (!std::exchange(spikes_read, true))
                read_spikes(recorded, description, output / "spikes.csv", simulated_ms);
        } else if (std::holds_alternative<RateRecording>(recording.what)) {
            read_rate(recorded, name, path);
        } else if (std::holds_alternative<WeightRecording>(recording.what) ||
                   std::holds_alternative<CouplingRecording>(recording.what)) {
            read_weights(recorded, name, path);
        } else {
            read_values(recorded, name, path);
        }
    }
    return recorded;
}

} // namespace spikewell::cli
