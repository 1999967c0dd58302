#include "core/error.hpp"
#include "experiments/emulation_study.hpp"
#include "io/layout_files.hpp"
#include "io/layout_input.hpp"
#include "io/machine_file.hpp"
#include "io/network/network_file.hpp"
#include "io/results/emulation_json.hpp"
#include "mapping/check.hpp"
#include "mapping/map_network.hpp"
#include "mapping/placement.hpp"
#include "mapping/routing.hpp"
#include "mapping/tables.hpp"
#include "python/bindings.hpp"
#include "python/documents.hpp"
#include "report/html.hpp"
#include "report/mapping_report.hpp"
#include "report/network_sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>
#include <string>
#include <vector>

namespace spikewell::python {

namespace {

/// A network and where it goes.
struct MappedLayout {
    io::NetworkInput input;
    mapping::Layout layout;
};

void require_named(const std::string& option, const std::string& name, const auto& table) {
    std::vector<std::string> names;
    names.reserve(std::size(table));
    for (const auto& entry : table)
        names.emplace_back(entry.name);
    require_one_of("map", option, name, names);
}

mapping::Machine machine_of(const std::string& name,
                            const std::string& down_chips,
                            const std::string& down_links,
                            const std::string& down_cores) {
    return mapping::without(io::named_machine(name),
                            {mapping::parse_chips(down_chips), mapping::parse_links(down_links),
                             mapping::parse_cores(down_cores)},
                            mapping::OneWayLinks::refuse);
}

std::unique_ptr<MappedLayout> map_document(const py::dict& document,
                                           const std::string& machine_name,
                                           const mapping::NetworkMapOptions& options,
                                           const std::string& down_chips,
                                           const std::string& down_links,
                                           const std::string& down_cores) {
    require_named("placer", options.map.placer, mapping::placers());
    require_named("router", options.map.router, mapping::routers());
    require_named("minimiser", options.map.minimiser, mapping::minimisers());
    if (!(options.slow_down >= 1.0 && options.slow_down <= 1e6))
        throw ParameterError("map", "slow_down", options.slow_down, "1 .. 1e6");
    if (!(options.map.effort >= 1e-6 && options.map.effort <= 1e6))
        throw ParameterError("map", "effort", options.map.effort, "1e-6 .. 1e6");
    auto mapped = std::make_unique<MappedLayout>();
    mapped->input.description = io::parse_network(from_dict(document, "network"), "network", ".");
    mapped->input.description.recordings.clear(); // only what the network does is mapped
    mapped->input.name = "network";
    const py::gil_scoped_release others_run;
    mapped->layout =
        mapping::map_network(mapped->input.description.network,
                             machine_of(machine_name, down_chips, down_links, down_cores), options,
                             mapped->input.name, io::digest_of(mapped->input.description));
    return mapped;
}

py::dict statistics_of(const MappedLayout& mapped) {
    const mapping::LayoutStatistics& s = mapped.layout.statistics;
    py::dict found;
    found["machine"] = mapped.layout.machine.name;
    found["board"] = mapped.layout.machine.board;
    found["slices"] = mapped.layout.slices.size();
    found["chips"] = s.chips;
    found["hops"] = s.hops;
    found["table_entries_max"] = s.table_entries_max;
    found["table_entries_total"] = s.table_entries_total;
    py::dict seconds;
    for (const mapping::StageTime& stage : s.seconds)
        seconds[py::str(stage.stage)] = stage.seconds;
    found["seconds"] = seconds;
    return found;
}

/// Each slice: population, first neuron, neurons, and where it is: (x, y, core).
py::list slices_of(const MappedLayout& mapped) {
    const mapping::Layout& layout = mapped.layout;
    std::vector<mapping::Place> places(layout.places.size());
    for (const mapping::Place& place : layout.places)
        places[place.vertex] = place;
    py::list found;
    for (const mapping::Slice& slice : layout.slices) {
        const mapping::Place& place = places[slice.vertex];
        const mapping::ChipCoord chip = layout.machine.coord(place.chip);
        py::dict entry;
        entry["population"] = layout.populations[slice.population].name;
        entry["first"] = slice.first;
        entry["count"] = slice.count;
        entry["place"] = py::make_tuple(chip.x, chip.y, place.core);
        found.append(entry);
    }
    return found;
}

std::vector<std::string> faults_of(const MappedLayout& mapped) {
    const py::gil_scoped_release others_run;
    std::vector<std::string> faults;
    for (const mapping::Fault& fault : mapping::check_layout(mapped.layout).faults)
        faults.push_back(fmt::format("{}: {}", fault.where, fault.what));
    return faults;
}

py::dict emulate_layout(const MappedLayout& mapped,
                        double duration_ms,
                        const std::optional<int>& weight_bits,
                        int threads) {
    if (threads < 0 || threads > 4096)
        throw ParameterError("emulate", "threads", threads, "0 .. 4096");
    if (!(duration_ms > 0.0 && duration_ms <= 1e9))
        throw ParameterError("emulate", "duration_ms", duration_ms, "> 0, up to 1e9");
    if (weight_bits && (*weight_bits < 2 || *weight_bits > 32))
        throw ParameterError("emulate", "weight_bits", *weight_bits, "2 .. 32");
    nlohmann::ordered_json found;
    {
        const py::gil_scoped_release others_run;
        experiments::StudyOptions options;
        options.duration_ms = duration_ms;
        options.weight_bits = weight_bits;
        options.n_threads = threads;
        found = io::emulation_to_json(
            experiments::study_emulation(mapped.input.description.network, mapped.layout, options),
            mapped.layout);
    }
    return to_dict(found);
}

void save_layout(const MappedLayout& mapped, const std::filesystem::path& folder, bool force) {
    const py::gil_scoped_release others_run;
    io::FolderOutput output({folder,
                             force ? io::Overwrite::allow : io::Overwrite::refuse,
                             {},
                             {},
                             {},
                             io::layout_names_that_vary()});
    std::vector<io::NamedText> files = io::layout_files(mapped.layout);
    for (io::NamedText& file : io::input_files(mapped.input, output.folder()))
        files.insert(files.begin(), std::move(file));
    report::Document page =
        report::mapping_document(mapped.layout, mapping::check_layout(mapped.layout));
    report::add_network_sections(page, mapped.layout, mapped.input.description.network);
    files.insert(files.begin(), {"report.html", report::to_html(page)});
    output.publish(files); // layout.json is the last
}

} // namespace

void add_layout(py::module_& module) {
    py::class_<MappedLayout>(module, "_Layout", "What spikewell.Layout is made of.")
        .def_property_readonly("statistics", &statistics_of)
        .def_property_readonly("slices", &slices_of)
        .def("faults", &faults_of)
        .def("emulate", &emulate_layout)
        .def("save", &save_layout);
    module.def("_map_network",
               [](const py::dict& document, const std::string& machine, const std::string& placer,
                  const std::string& router, const std::string& minimiser, double effort,
                  std::uint64_t seed, const std::optional<double>& time_step_ms, double slow_down,
                  double rates_from_ms, int neurons_per_core, const std::string& down_chips,
                  const std::string& down_links, const std::string& down_cores) {
                   return map_document(document, machine,
                                       {{placer, router, minimiser, seed, effort},
                                        time_step_ms,
                                        slow_down,
                                        rates_from_ms,
                                        neurons_per_core},
                                       down_chips, down_links, down_cores);
               });
}

} // namespace spikewell::python
