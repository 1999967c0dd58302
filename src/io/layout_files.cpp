#include "io/layout_files.hpp"

#include "io/json_reader.hpp"
#include "io/machine_file.hpp"
#include "io/made_by.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace spikewell::io {

namespace {

using namespace mapping;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* k_format = "spikewell-layout";
constexpr const char* k_timings_format = "spikewell-timings";
constexpr int k_version = 1;
constexpr double k_most_unsigned = 4294967295.0;
constexpr int k_pacman_cores = 18; // that a 24-bit route has room for

// --- Writing

ordered_json placements_to_json(const Layout& layout) {
    ordered_json list = ordered_json::array();
    for (const Place& place : layout.places) {
        const ChipCoord at = layout.machine.coord(place.chip);
        list.push_back({{"vertex_label", layout.graph.vertices[place.vertex].label},
                        {"x", at.x},
                        {"y", at.y},
                        {"p", place.core}});
    }
    return list;
}

void add_route(ordered_json& entry, const Route& route, bool wide) {
    if (!wide) {
        entry["spinnaker_route"] = route.words()[0];
        return;
    }
    ordered_json links = ordered_json::array();
    ordered_json cores = ordered_json::array();
    for (unsigned link = 0; link < k_links; ++link) {
        if (route.has_link(link)) links.push_back(link);
    }
    for (unsigned core = 0; core < Route::k_cores; ++core) {
        if (route.has_core(core)) cores.push_back(core);
    }
    entry["links"] = links;
    entry["cores"] = cores;
}

ordered_json tables_to_json(const Layout& layout) {
    const bool wide = !routes_fit_24_bits(board(layout.machine.board));
    ordered_json list = ordered_json::array();
    for (ChipIndex chip = 0; chip < layout.tables.size(); ++chip) {
        if (layout.tables[chip].empty()) continue;
        ordered_json entries = ordered_json::array();
        for (const TableEntry& e : layout.tables[chip]) {
            ordered_json entry{{"key", e.key}, {"mask", e.mask}, {"defaultable", e.defaultable}};
            add_route(entry, e.route, wide);
            entries.push_back(std::move(entry));
        }
        const ChipCoord at = layout.machine.coord(chip);
        list.push_back({{"x", at.x}, {"y", at.y}, {"entries", std::move(entries)}});
    }
    return list;
}

ordered_json keys_to_json(const Layout& layout) {
    ordered_json list = ordered_json::array();
    for (const KeyBlock& block : layout.keys) {
        list.push_back({{"vertex_label", layout.graph.vertices[block.vertex].label},
                        {"key", block.key},
                        {"mask", block.mask},
                        {"n_keys", block.n_keys}});
    }
    return list;
}

ordered_json graph_to_json(const Graph& graph, const char* what) {
    ordered_json list = ordered_json::array();
    if (what == std::string_view("vertices")) {
        for (const Vertex& v : graph.vertices)
            list.push_back({{"label", v.label}, {"n_keys", v.n_keys}, {"sdram", v.sdram_bytes}});
        return list;
    }
    for (const Net& net : graph.nets) {
        ordered_json sinks = ordered_json::array();
        for (const VertexIndex sink : net.sinks)
            sinks.push_back(graph.vertices[sink].label);
        list.push_back({{"source", graph.vertices[net.source].label},
                        {"sinks", std::move(sinks)},
                        {"weight", net.weight}});
    }
    return list;
}

ordered_json load_to_json(const CoreLoad& load) {
    return {{"neurons", load.neurons},
            {"twins", load.twins},
            {"rows", load.rows},
            {"synapses", load.synapses},
            {"row_words", load.row_words},
            {"ring_buffer_bits", load.ring_buffer_bits},
            {"data_bytes", load.data_bytes},
            {"sdram_bytes", load.sdram_bytes},
            {"packets_per_ms", load.packets_per_ms},
            {"cycles", load.cycles},
            {"synapse_bits", load.synapse_bits},
            {"in_axons", load.in_axons},
            {"out_axons", load.out_axons},
            {"fan_in", load.fan_in}};
}

ordered_json slices_to_json(const Layout& layout) {
    ordered_json list = ordered_json::array();
    for (std::size_t s = 0; s < layout.slices.size(); ++s) {
        const Slice& slice = layout.slices[s];
        list.push_back({{"vertex_label", layout.graph.vertices[slice.vertex].label},
                        {"population", layout.populations[slice.population].name},
                        {"first", slice.first},
                        {"count", slice.count},
                        {"twins", slice.twins}});
        if (layout.network) list.back()["load"] = load_to_json(layout.network->loads[s]);
    }
    return list;
}

ordered_json network_to_json(const MappedNetwork& network) {
    return {{"digest", network.digest},
            {"time_step_ms", network.pace.time_step_ms},
            {"slow_down", network.pace.slow_down}};
}

ordered_json statistics_to_json(const LayoutStatistics& s) {
    return {{"hops", s.hops},
            {"table_entries_max", s.table_entries_max},
            {"table_entries_total", s.table_entries_total},
            {"table_entries_max_unminimised", s.table_entries_max_unminimised},
            {"chips", s.chips},
            {"attempts", s.attempts}};
}

ordered_json timings_to_json(const LayoutStatistics& s) {
    ordered_json seconds = ordered_json::object();
    for (const StageTime& time : s.seconds)
        seconds[time.stage] = time.seconds;
    return {{"format", k_timings_format}, {"version", k_version}, {"seconds", std::move(seconds)}};
}

ordered_json layout_to_json(const Layout& layout) {
    ordered_json populations = ordered_json::array();
    for (const PopulationSize& population : layout.populations)
        populations.push_back({{"name", population.name}, {"neurons", population.neurons}});
    const MapOptions& o = layout.options;
    ordered_json document{{"format", k_format},
                          {"version", k_version},
                          {"made_by", made_by()},
                          {"name", layout.graph.name},
                          {"machine", layout.machine.name},
                          {"board", layout.machine.board},
                          {"routes", routes_fit_24_bits(board(layout.machine.board))
                                         ? "spinnaker_route"
                                         : "links and cores"},
                          {"options",
                           {{"placer", o.placer},
                            {"router", o.router},
                            {"minimiser", o.minimiser},
                            {"seed", o.seed},
                            {"effort", o.effort}}},
                          {"statistics", statistics_to_json(layout.statistics)},
                          {"populations", std::move(populations)},
                          {"slices", slices_to_json(layout)},
                          {"vertices", graph_to_json(layout.graph, "vertices")},
                          {"nets", graph_to_json(layout.graph, "nets")}};
    if (layout.network) document["network"] = network_to_json(*layout.network);
    return document;
}

// --- Reading

/// One file: its objects, field by field, and what is wrong with it.
class FileReader {
  public:
    explicit FileReader(const std::filesystem::path& path)
        : source_(path.string()), document_(parse_json(read_text(path), source_)) {}

    [[nodiscard]] const json& document() const { return document_; }
    [[nodiscard]] std::vector<Problem>& problems() { return problems_; }
    void finish() { throw_if_any(source_, problems_); }
    void problem(const std::string& pointer, const std::string& message) {
        problems_.push_back({pointer, message});
    }

    /// Each object of the list at `pointer`, with a reader of it.
    template <class Read> void each(const json& list, const std::string& pointer, Read&& read) {
        if (!list.is_array()) {
            problem(pointer, "must be a list, got " + shown(list));
            return;
        }
        for (std::size_t i = 0; i < list.size(); ++i) {
            ObjectReader reader(list[i], fmt::format("{}/{}", pointer, i), problems_);
            read(reader);
            reader.reject_unknown_keys();
        }
    }

  private:
    std::string source_;
    json document_;
    std::vector<Problem> problems_;
};

std::uint32_t read_u32(ObjectReader& reader, const char* key) {
    std::size_t value = 0;
    reader.require({key});
    reader.integer(key, value, ObjectReader::between(0, k_most_unsigned));
    return static_cast<std::uint32_t>(value);
}

std::string read_text_field(ObjectReader& reader, const char* key) {
    std::string value;
    reader.require({key});
    reader.text(key, value);
    return value;
}

class LayoutReader {
  public:
    explicit LayoutReader(std::filesystem::path folder) : folder_(std::move(folder)) {}

    Layout read() {
        read_layout_file();
        layout_.machine = read_machine(folder_ / "machine.json", layout_.machine.board);
        layout_.machine.name = machine_name_;
        read_placements();
        read_keys();
        read_tables();
        read_timings();
        return std::move(layout_);
    }
    [[nodiscard]] const std::vector<std::string>& differences() const { return differences_; }

  private:
    void read_layout_file() {
        FileReader file(folder_ / "layout.json");
        differences_ = differences_from_list(file.document(), folder_);
        ObjectReader reader(file.document(), "", file.problems());
        if (reader.has(k_files_key)) (void)reader.raw(k_files_key);
        if (read_text_field(reader, "format") != k_format)
            reader.problem("format", "must be spikewell-layout; the file is no layout");
        if (read_u32(reader, "version") != k_version)
            reader.problem("version", "must be 1: this program reads version 1");
        file.finish();
        layout_.graph.name = read_text_field(reader, "name");
        machine_name_ = read_text_field(reader, "machine");
        layout_.machine.board = read_text_field(reader, "board");
        (void)reader.raw("made_by"); // for the reader's eye
        (void)reader.raw("routes");  // each entry says it by its fields
        read_options(reader.child("options"));
        read_statistics(reader.child("statistics"));
        if (reader.has("network")) read_network(reader.child("network"));
        file.each(reader.raw("populations"), "/populations", [&](ObjectReader& r) {
            PopulationSize population{read_text_field(r, "name"), read_u32(r, "neurons")};
            population_of_.emplace(population.name,
                                   static_cast<std::uint32_t>(layout_.populations.size()));
            layout_.populations.push_back(std::move(population));
        });
        file.each(reader.raw("vertices"), "/vertices", [&](ObjectReader& r) {
            std::size_t sdram = 0;
            Vertex vertex{read_text_field(r, "label"), read_u32(r, "n_keys"), 0};
            r.integer("sdram", sdram, ObjectReader::not_negative());
            vertex.sdram_bytes = static_cast<std::int64_t>(sdram);
            vertex_of_.emplace(vertex.label,
                               static_cast<VertexIndex>(layout_.graph.vertices.size()));
            layout_.graph.vertices.push_back(std::move(vertex));
        });
        file.each(reader.raw("nets"), "/nets", [&](ObjectReader& r) { read_net(r); });
        file.each(reader.raw("slices"), "/slices", [&](ObjectReader& r) { read_slice(r); });
        reader.reject_unknown_keys();
        file.finish();
        validate(layout_.graph);
    }

    void read_network(ObjectReader reader) {
        MappedNetwork network;
        network.digest = read_text_field(reader, "digest");
        reader.number("time_step_ms", network.pace.time_step_ms, ObjectReader::not_negative());
        reader.number("slow_down", network.pace.slow_down, ObjectReader::positive());
        reader.reject_unknown_keys();
        layout_.network = std::move(network);
    }

    static CoreLoad read_load(ObjectReader reader) {
        CoreLoad load;
        const auto whole = [&](const char* key, auto& to) {
            std::size_t value = 0;
            reader.integer(key, value, ObjectReader::not_negative());
            to = static_cast<std::decay_t<decltype(to)>>(value);
        };
        whole("neurons", load.neurons);
        whole("twins", load.twins);
        whole("rows", load.rows);
        whole("synapses", load.synapses);
        whole("row_words", load.row_words);
        whole("ring_buffer_bits", load.ring_buffer_bits);
        whole("data_bytes", load.data_bytes);
        whole("sdram_bytes", load.sdram_bytes);
        reader.number("packets_per_ms", load.packets_per_ms, ObjectReader::not_negative());
        reader.number("cycles", load.cycles, ObjectReader::not_negative());
        whole("synapse_bits", load.synapse_bits);
        whole("in_axons", load.in_axons);
        whole("out_axons", load.out_axons);
        whole("fan_in", load.fan_in);
        reader.reject_unknown_keys();
        return load;
    }

    void read_options(ObjectReader reader) {
        MapOptions& o = layout_.options;
        reader.text("placer", o.placer);
        reader.text("router", o.router);
        reader.text("minimiser", o.minimiser);
        reader.seed("seed", o.seed);
        reader.number("effort", o.effort, ObjectReader::positive());
        reader.reject_unknown_keys();
    }

    void read_statistics(ObjectReader reader) {
        LayoutStatistics& s = layout_.statistics;
        const auto count = [&](const char* key, std::uint64_t& value) {
            std::size_t number = 0;
            reader.integer(key, number, ObjectReader::not_negative());
            value = number;
        };
        count("hops", s.hops);
        count("table_entries_max", s.table_entries_max);
        count("table_entries_total", s.table_entries_total);
        count("table_entries_max_unminimised", s.table_entries_max_unminimised);
        count("chips", s.chips);
        count("attempts", s.attempts);
        (void)reader.raw("seconds"); // of layouts from before timings.json
        reader.reject_unknown_keys();
    }

    /// Of layouts that have any.
    void read_timings() {
        const std::filesystem::path path = folder_ / "timings.json";
        if (!std::filesystem::exists(path)) return;
        FileReader file(path);
        ObjectReader reader(file.document(), "", file.problems());
        if (read_text_field(reader, "format") != k_timings_format)
            reader.problem("format", fmt::format("must be {}", k_timings_format));
        if (read_u32(reader, "version") != k_version)
            reader.problem("version", "must be 1: this program reads version 1");
        const json& seconds = reader.raw("seconds");
        for (const auto& [stage, time] : seconds.items()) {
            if (time.is_number())
                layout_.statistics.seconds.push_back({stage, time.get<double>()});
            else
                reader.problem("seconds", "must be numbers, got " + shown(time));
        }
        reader.reject_unknown_keys();
        file.finish();
    }

    VertexIndex vertex(ObjectReader& reader, const char* key) {
        const std::string label = read_text_field(reader, key);
        const auto at = vertex_of_.find(label);
        if (at != vertex_of_.end()) return at->second;
        reader.problem(key, "must be a vertex of layout.json, got " + label);
        return 0;
    }

    void read_net(ObjectReader& reader) {
        Net net{vertex(reader, "source"), {}, 1.0};
        reader.number("weight", net.weight, ObjectReader::not_negative());
        const json& sinks = reader.raw("sinks");
        for (const json& sink : sinks) {
            const auto at =
                sink.is_string() ? vertex_of_.find(sink.get<std::string>()) : vertex_of_.end();
            if (at == vertex_of_.end())
                reader.problem("sinks", "must be vertices of the file, got " + shown(sink));
            else
                net.sinks.push_back(at->second);
        }
        layout_.graph.nets.push_back(std::move(net));
    }

    void read_slice(ObjectReader& reader) {
        Slice slice;
        slice.vertex = vertex(reader, "vertex_label");
        const std::string population = read_text_field(reader, "population");
        const auto at = population_of_.find(population);
        if (at == population_of_.end())
            reader.problem("population", "must be a population of the file, got " + population);
        else
            slice.population = at->second;
        slice.first = read_u32(reader, "first");
        slice.count = read_u32(reader, "count");
        slice.twins = read_u32(reader, "twins");
        if (layout_.network) {
            reader.require({"load"});
            layout_.network->loads.push_back(read_load(reader.child("load")));
        }
        layout_.slices.push_back(slice);
    }

    ChipIndex chip(ObjectReader& reader) const {
        const ChipCoord at{static_cast<int>(read_u32(reader, "x")),
                           static_cast<int>(read_u32(reader, "y"))};
        if (layout_.machine.contains(at)) return layout_.machine.index(at);
        reader.problem("x", "must be a chip of the machine, got " + to_text(at));
        return 0;
    }

    void read_placements() {
        FileReader file(folder_ / "placements.json");
        file.each(file.document(), "", [&](ObjectReader& r) {
            Place place;
            place.vertex = vertex(r, "vertex_label");
            place.chip = chip(r);
            place.core = static_cast<int>(read_u32(r, "p"));
            layout_.places.push_back(place);
        });
        file.finish();
    }

    void read_keys() {
        FileReader file(folder_ / "keys.json");
        file.each(file.document(), "", [&](ObjectReader& r) {
            layout_.keys.push_back({vertex(r, "vertex_label"), read_u32(r, "key"),
                                    read_u32(r, "mask"), read_u32(r, "n_keys")});
        });
        file.finish();
    }

    static void read_bits(ObjectReader& reader, const char* key, unsigned n, Route& route) {
        const json& list = reader.raw(key);
        std::vector<char> met(n, 0);
        for (const json& bit : list) {
            if (!bit.is_number_integer() || bit.get<double>() < 0.0 || bit.get<double>() >= n) {
                reader.problem(key,
                               fmt::format("must list numbers 0 .. {}, got {}", n - 1, shown(bit)));
                continue;
            }
            char& named = met[bit.get<unsigned>()];
            if (named != 0) reader.problem(key, "must name each once, got twice " + shown(bit));
            named = 1;
            if (key == std::string_view("links"))
                route.add_link(bit.get<unsigned>());
            else
                route.add_core(bit.get<unsigned>());
        }
    }

    static Route read_route(ObjectReader& reader) {
        Route route;
        if (!reader.has("spinnaker_route")) {
            reader.require({"links", "cores"});
            read_bits(reader, "links", k_links, route);
            read_bits(reader, "cores", Route::k_cores, route);
            return route;
        }
        std::size_t bits = 0;
        reader.integer("spinnaker_route", bits, ObjectReader::between(0, 16777215));
        for (unsigned bit = 0; bit < 24; ++bit) {
            if (((bits >> bit) & 1U) == 0) continue;
            if (bit < k_links)
                route.add_link(bit);
            else
                route.add_core(bit - k_links);
        }
        return route;
    }

    void read_tables() {
        FileReader file(folder_ / "routing_tables.json");
        layout_.tables.resize(layout_.machine.chips.size());
        file.each(file.document(), "", [&](ObjectReader& r) {
            Table& table = layout_.tables[chip(r)];
            if (!table.empty()) r.problem("x", "is of a chip that has a table already");
            file.each(r.raw("entries"), r.pointer("entries"), [&](ObjectReader& e) {
                TableEntry entry{read_u32(e, "key"), read_u32(e, "mask"), read_route(e), false};
                e.boolean("defaultable", entry.defaultable);
                table.push_back(entry);
            });
        });
        file.finish();
    }

    std::filesystem::path folder_;
    Layout layout_;
    std::string machine_name_;
    std::vector<std::string> differences_;
    std::unordered_map<std::string, VertexIndex> vertex_of_;
    std::unordered_map<std::string, std::uint32_t> population_of_;
};

} // namespace

bool routes_fit_24_bits(const Board& board) {
    return board.cores <= k_pacman_cores;
}

std::vector<NamedText> layout_files(const Layout& layout) {
    const auto names = layout_names();
    return {{names[0], machine_to_json(layout.machine).dump()},
            {names[1], placements_to_json(layout).dump()},
            {names[2], tables_to_json(layout).dump()},
            {names[3], keys_to_json(layout).dump()},
            {names[4], timings_to_json(layout.statistics).dump(1) + "\n"},
            {names[5], layout_to_json(layout).dump(1)}};
}

std::vector<std::filesystem::path> layout_names() {
    return {"machine.json", "placements.json", "routing_tables.json",
            "keys.json",    "timings.json",    "layout.json"};
}

std::vector<std::filesystem::path> layout_names_that_vary() {
    return {"timings.json"};
}

Layout read_layout(const std::filesystem::path& folder) {
    FoundLayout found = find_layout(folder);
    if (!found.differences.empty())
        throw IoError(folder.string(),
                      "is not what layout.json lists: " + found.differences.front());
    return std::move(found.layout);
}

std::vector<NamedPlace> read_placements(const std::filesystem::path& path) {
    std::vector<NamedPlace> places;
    FileReader file(path);
    file.each(file.document(), "", [&](ObjectReader& r) {
        NamedPlace place;
        place.vertex = read_text_field(r, "vertex_label");
        place.chip = {static_cast<int>(read_u32(r, "x")), static_cast<int>(read_u32(r, "y"))};
        place.core = static_cast<int>(read_u32(r, "p"));
        places.push_back(std::move(place));
    });
    file.finish();
    return places;
}

FoundLayout find_layout(const std::filesystem::path& folder) {
    LayoutReader reader(folder);
    return {reader.read(), reader.differences()};
}

} // namespace spikewell::io
