#include "io/graph_file.hpp"

#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace spikewell::io {

namespace {

using mapping::Graph;
using mapping::Machine;
using nlohmann::json;

/// The elements of the list at `key`; none (a problem) when it is no list.
std::vector<json> list_of(ObjectReader& reader, const std::string& key) {
    const json& value = reader.raw(key);
    if (value.is_null()) return {};
    if (!value.is_array()) {
        reader.problem(key, "must be a list, got " + shown(value));
        return {};
    }
    return value.get<std::vector<json>>();
}

/// Lists of `n` integers each: chips and links.
std::vector<std::vector<int>> parts_of(ObjectReader& reader,
                                       const std::string& key,
                                       std::size_t n) {
    std::vector<std::vector<int>> parts;
    const std::vector<json> list = list_of(reader, key);
    for (std::size_t i = 0; i < list.size(); ++i) {
        const bool good =
            list[i].is_array() && list[i].size() == n &&
            std::all_of(list[i].begin(), list[i].end(), [](const json& v) {
                return v.is_number_integer() && v.get<double>() >= 0.0 && v.get<double>() <= 255.0;
            });
        if (good)
            parts.push_back(list[i].get<std::vector<int>>());
        else
            reader.problem(key, i,
                           "must be a list of " + std::to_string(n) + " integers 0 .. 255, got " +
                               shown(list[i]));
    }
    return parts;
}

struct MachineFields {
    int version = 5;
    int width = 0;
    int height = 0;
    mapping::DeadParts dead;
};

MachineFields machine_fields(ObjectReader reader) {
    MachineFields fields;
    reader.require({"version", "width", "height"});
    reader.integer("version", fields.version, ObjectReader::between(3, 5));
    reader.integer("width", fields.width, ObjectReader::between(1, 256));
    reader.integer("height", fields.height, ObjectReader::between(1, 256));
    for (const std::vector<int>& part : parts_of(reader, "down_chips", 2))
        fields.dead.chips.push_back({part[0], part[1]});
    for (const std::vector<int>& part : parts_of(reader, "down_links", 3))
        fields.dead.links.push_back({{part[0], part[1]}, static_cast<unsigned>(part[2])});
    reader.reject_unknown_keys();
    return fields;
}

Machine machine_of(const MachineFields& fields, mapping::OneWayLinks one_way) {
    const bool spinn3 = fields.version <= 3 && fields.width == 2 && fields.height == 2;
    Machine machine = spinn3 ? mapping::make_spinn3_machine()
                             : mapping::make_spinn5_machine(fields.width, fields.height);
    return mapping::without(std::move(machine), fields.dead, one_way);
}

class GraphReader {
  public:
    explicit GraphReader(std::vector<Problem>& problems) : problems_(problems) {}

    void read(ObjectReader& reader) {
        std::uint64_t seed = 0;
        reader.text("name", graph_.name);
        reader.seed("seed", seed);
        const std::vector<json> vertices = list_of(reader, "vertices");
        for (std::size_t i = 0; i < vertices.size(); ++i)
            read_vertex(vertices[i], reader.pointer("vertices") + "/" + std::to_string(i));
        net_of_.assign(graph_.vertices.size(), k_none);
        const std::vector<json> nets = list_of(reader, "nets");
        for (std::size_t i = 0; i < nets.size(); ++i)
            read_net(nets[i], reader.pointer("nets") + "/" + std::to_string(i));
    }
    [[nodiscard]] Graph take() { return std::move(graph_); }

  private:
    static constexpr std::size_t k_none = ~std::size_t{0};

    void read_vertex(const json& value, const std::string& pointer) {
        ObjectReader reader(value, pointer, problems_);
        mapping::Vertex vertex;
        std::size_t n_keys = 1;
        std::size_t sdram = 0;
        reader.require({"label"});
        reader.text("label", vertex.label);
        reader.integer("n_keys", n_keys, ObjectReader::between(1, 2147483648.0));
        reader.integer("sdram", sdram, ObjectReader::not_negative());
        reader.reject_unknown_keys();
        vertex.n_keys = static_cast<std::uint32_t>(n_keys);
        vertex.sdram_bytes = static_cast<std::int64_t>(sdram);
        const auto number = static_cast<mapping::VertexIndex>(graph_.vertices.size());
        if (!index_.emplace(vertex.label, number).second)
            reader.problem("label", "must be of one vertex only, got " + vertex.label);
        graph_.vertices.push_back(std::move(vertex));
    }

    [[nodiscard]] bool known(ObjectReader& reader,
                             const json& label,
                             mapping::VertexIndex& vertex) {
        const auto at = label.is_string() ? index_.find(label.get<std::string>()) : index_.end();
        if (at == index_.end()) {
            reader.problem("", "must name vertices, got " + shown(label));
            return false;
        }
        vertex = at->second;
        return true;
    }

    void read_net(const json& value, const std::string& pointer) {
        ObjectReader reader(value, pointer, problems_);
        reader.require({"source", "sinks"});
        double weight = 1.0;
        reader.number("weight", weight, ObjectReader::not_negative());
        mapping::VertexIndex source = 0;
        const json& label = reader.raw("source");
        const bool has_source = !label.is_null() && known(reader, label, source);
        const std::vector<json> sinks = list_of(reader, "sinks");
        reader.reject_unknown_keys();
        if (!has_source) return;
        if (net_of_[source] == k_none) {
            net_of_[source] = graph_.nets.size();
            graph_.nets.push_back({source, {}, 0.0});
        }
        mapping::Net& net = graph_.nets[net_of_[source]];
        net.weight += weight;
        std::unordered_set<mapping::VertexIndex> met(net.sinks.begin(), net.sinks.end());
        for (const json& sink : sinks) {
            mapping::VertexIndex vertex = 0;
            if (known(reader, sink, vertex) && met.insert(vertex).second)
                net.sinks.push_back(vertex);
        }
    }

    std::vector<Problem>& problems_;
    Graph graph_;
    std::unordered_map<std::string, mapping::VertexIndex> index_;
    std::vector<std::size_t> net_of_; // [n_vertices]
};

} // namespace

bool is_graph(const json& document) {
    return document.is_object() && document.contains("nets");
}

GraphFile parse_graph(const json& document,
                      const std::string& source,
                      mapping::OneWayLinks one_way) {
    std::vector<Problem> problems;
    ObjectReader reader(document, "", problems);
    reader.require({"machine", "vertices", "nets"});
    const MachineFields machine = machine_fields(reader.child("machine"));
    GraphReader graph(problems);
    graph.read(reader);
    reader.reject_unknown_keys();
    throw_if_any(source, problems);
    GraphFile file{graph.take(), machine_of(machine, one_way)};
    mapping::validate(file.graph);
    return file;
}

GraphFile read_graph(const std::filesystem::path& path, mapping::OneWayLinks one_way) {
    return parse_graph(parse_json(read_text(path), path.string()), path.string(), one_way);
}

} // namespace spikewell::io
