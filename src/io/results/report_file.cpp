#include "io/results/report_file.hpp"

#include "core/error.hpp"
#include "io/sonata/sonata_layout.hpp"
#include "neuron_models/facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <numeric>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_numbers_a_chunk = 16384; // 128 KiB

std::size_t rows_a_chunk(std::size_t n_columns) {
    return std::max<std::size_t>(1, k_numbers_a_chunk / std::max<std::size_t>(1, n_columns));
}

std::string units_of(const std::vector<std::string>& variables) {
    std::vector<std::string> units;
    units.reserve(variables.size());
    for (const std::string& variable : variables)
        units.push_back(unit_of(variable).empty() ? "1" : unit_of(variable));
    const bool one = std::ranges::adjacent_find(units, std::not_equal_to<>()) == units.end();
    return one ? units.front() : fmt::format("{}", fmt::join(units, ", "));
}

hdf5::Group group_of(const hdf5::File& file, const StateReport::Layout& layout) {
    return file.root().group("report").group(layout.population);
}

} // namespace

StateReport::StateReport(const FolderOutput& output, const fs::path& name, Layout layout)
    : layout_(std::move(layout)), rows_a_chunk_(rows_a_chunk(n_elements())),
      file_(hdf5::File::create(output / name)) {
    const hdf5::Group root = file_.root();
    sonata::mark(root);
    const hdf5::Group group = root.create_group("report").create_group(layout_.population);
    group.create_table<double>("data", n_elements(), {k_numbers_a_chunk, 1})
        .set_attribute("units", units_of(layout_.variables));
    const hdf5::Group mapping = group.create_group("mapping");
    const std::vector<std::uint64_t> ids(layout_.nodes.begin(), layout_.nodes.end());
    constexpr std::uint32_t k_yes = 1;
    mapping.write<std::uint64_t>("node_ids", ids).set_attribute("sorted", k_yes);
    const std::size_t n_variables = layout_.variables.size();
    std::vector<std::uint64_t> first(ids.size() + 1);
    for (std::size_t n = 0; n < first.size(); ++n)
        first[n] = n * n_variables;
    mapping.write<std::uint64_t>("index_pointer", first);
    std::vector<std::uint32_t> elements(n_elements());
    for (std::size_t e = 0; e < elements.size(); ++e)
        elements[e] = static_cast<std::uint32_t>(e % n_variables);
    mapping.write<std::uint32_t>("element_ids", elements);
    mapping.write<std::string>("variables", layout_.variables);
}

void StateReport::append(double t_ms, std::span<const double> values) {
    times_ms_.push_back(t_ms);
    pending_.insert(pending_.end(), values.begin(), values.end());
    if (pending_.size() == rows_a_chunk_ * n_elements()) flush();
}

/// Whole chunks only, but for the last, so that the file does not depend on how samples were handed over.
void StateReport::flush() {
    group_of(file_, layout_).dataset("data").append<double>(pending_);
    pending_.clear();
}

void StateReport::complete() {
    flush();
    const hdf5::Group mapping = group_of(file_, layout_).group("mapping");
    const double step_ms = layout_.times.interval_ms;
    const std::array<double, 3> time{0.0, static_cast<double>(times_ms_.size()) * step_ms, step_ms};
    if (layout_.times.listed)
        mapping.write<double>("times_ms", times_ms_).set_attribute("units", "ms");
    else
        mapping.write<double>("time", time).set_attribute("units", "ms");
    file_.close();
}

WeightReport::WeightReport(const FolderOutput& output, const fs::path& name, Layout layout)
    : layout_(std::move(layout)), file_(hdf5::File::create(output / name)) {
    (void)file_.root().create_group(layout_.what);
}

void WeightReport::begin(std::span<const Synapse> synapses) {
    const hdf5::Group group = file_.root().group(layout_.what);
    n_synapses_ = synapses.size();
    std::vector<std::uint32_t> ends(n_synapses_);
    std::ranges::transform(synapses, ends.begin(), &Synapse::pre);
    group.write<std::uint32_t>("pre", ends);
    std::ranges::transform(synapses, ends.begin(), &Synapse::post);
    group.write<std::uint32_t>("post", ends);
    group
        .create_table<float>("values", std::max<std::size_t>(1, n_synapses_),
                             {k_numbers_a_chunk, 1})
        .set_attribute("units", layout_.unit);
}

void WeightReport::append(double t_ms, std::span<const Synapse> synapses) {
    if (synapses.empty()) return; // of which the CSV does not tell either
    if (times_ms_.empty()) begin(synapses);
    times_ms_.push_back(t_ms);
    std::vector<float> values(n_synapses_);
    std::ranges::transform(synapses, values.begin(), &Synapse::weight);
    file_.root().group(layout_.what).dataset("values").append<float>(values);
}

void WeightReport::complete() {
    if (times_ms_.empty()) begin({});
    file_.root()
        .group(layout_.what)
        .write<double>("times_ms", times_ms_)
        .set_attribute("units", "ms");
    file_.close();
}

void each_row(const fs::path& path,
              std::uint64_t n_bytes,
              const std::function<void(std::span<const double> cells)>& take) {
    std::ifstream file(path, std::ios::binary);
    std::string line;
    std::vector<double> cells;
    for (std::uint64_t n = 0; n < n_bytes; n += line.size() + 1) {
        if (!std::getline(file, line)) throw IoError(path.string(), "cannot be read");
        if (n == 0) continue; // the header
        cells.clear();
        const char* const end = line.data() + line.size();
        for (const char* at = line.data(); at < end; ++at) {
            const auto [stop, error] = std::from_chars(at, end, cells.emplace_back());
            if (error != std::errc{} || (stop != end && *stop != ','))
                throw IoError(
                    path.string(),
                    fmt::format("holds a line that is no row of numbers: {}", printable(line)));
            at = stop;
        }
        take(cells);
    }
}

} // namespace spikewell::io
