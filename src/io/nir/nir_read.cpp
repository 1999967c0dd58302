#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/nir/nir_convention.hpp"
#include "io/nir/nir_graph.hpp"
#include "io/nir/nir_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

namespace spikewell::io::nir {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_graph = "NIRGraph";
constexpr int k_deepest = 16; // of graphs within graphs

std::string text_of(const hdf5::Group& group, const std::string& name) {
    const hdf5::Dataset dataset = group.dataset(name);
    if (dataset.size() != 1)
        throw IoError(dataset.file(), fmt::format("{}: must be one text", dataset.path()));
    return dataset.read<std::string>().front();
}

/// Of a number of dimensions; none: any from 1 on.
std::vector<double> numbers_of(const hdf5::Group& group,
                               const std::string& name,
                               std::optional<std::size_t> dimensions) {
    const hdf5::Dataset dataset = group.dataset(name);
    const auto fail = [&](std::string_view what) {
        throw IoError(dataset.file(), fmt::format("{}: {}", dataset.path(), what));
    };
    if (dataset.kind() != hdf5::Kind::real_number && dataset.kind() != hdf5::Kind::whole_number)
        fail("must hold numbers");
    const std::size_t got = dataset.shape().size();
    if (dimensions ? got != *dimensions : got == 0)
        fail(fmt::format("must have {} dimensions, got {}", dimensions.value_or(1), got));
    std::vector<double> values = dataset.read<double>();
    if (values.empty()) fail("must not be empty");
    if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
        fail("must hold finite numbers");
    return values;
}

/// A parameter of each element, in the order of memory.
void read_param(const hdf5::Group& group, const std::string& name, ReadNode& node) {
    std::vector<double> values = numbers_of(group, name, std::nullopt);
    if (values.size() != 1 && node.n > 1 && values.size() != node.n)
        throw IoError(group.file(),
                      fmt::format("{}/{}: must have {} elements like the others, got {}",
                                  group.path(), name, node.n, values.size()));
    if (values.size() >= node.n) {
        node.shape = group.dataset(name).shape();
        node.n = node.n_in = values.size();
    }
    node.params[name] = std::move(values);
}

void read_shape(const hdf5::Group& group, ReadNode& node) {
    const std::vector<double> shape = numbers_of(group, "shape", 1);
    double n = 1.0;
    for (const double extent : shape)
        n *= extent;
    if (!(n >= 1.0 && n <= 4e9) || n != std::floor(n))
        throw IoError(group.file(), fmt::format("{}/shape: must be of 1 .. 4e9 elements, got {}",
                                                group.path(), n));
    for (const double extent : shape)
        node.shape.push_back(static_cast<std::size_t>(extent));
    node.n = node.n_in = static_cast<std::size_t>(n);
}

void read_bias(const hdf5::Group& group, ReadNode& node) {
    node.map.bias = numbers_of(group, "bias", 1);
    if (node.map.bias.size() != node.n)
        throw IoError(group.file(), fmt::format("{}/bias: must have {} elements, got {}",
                                                group.path(), node.n, node.map.bias.size()));
}

void read_linear(const hdf5::Group& group, ReadNode& node) {
    const std::vector<double> weights = numbers_of(group, "weight", 2);
    node.n = group.dataset("weight").shape()[0];
    node.n_in = group.dataset("weight").shape()[1];
    node.shape = {node.n};
    for (std::size_t k = 0; k < weights.size(); ++k) {
        if (weights[k] == 0.0) continue;
        node.map.entries.push_back({static_cast<std::uint32_t>(k / node.n_in),
                                    static_cast<std::uint32_t>(k % node.n_in), weights[k]});
    }
}

void read_affine(const hdf5::Group& group, ReadNode& node) {
    read_linear(group, node);
    read_bias(group, node);
}

/// One entry an element.
void read_diagonal(const hdf5::Group& group, const std::string& name, ReadNode& node) {
    read_param(group, name, node);
    const bool delays = name == "delay";
    for (std::uint32_t k = 0; k < node.n; ++k) {
        const double value = node.param(name, k);
        node.map.entries.push_back({k, k, delays ? 1.0 : value, delays ? value * k_ms_per_s : 0.0});
    }
}

/// Whole numbers, one for both dimensions or one for each.
Extents extents_of(const hdf5::Group& group, const char* name, double least, bool is_line) {
    const hdf5::Dataset dataset = group.dataset(name);
    const bool single = dataset.kind() != hdf5::Kind::text && dataset.shape().empty();
    const std::vector<double> values =
        single ? dataset.read<double>() : numbers_of(group, name, std::nullopt);
    const std::size_t most = is_line ? 1 : 2;
    for (const double value : values) {
        if (values.size() > most || !(value >= least && value <= 1e6) || value != std::floor(value))
            throw IoError(
                group.file(),
                fmt::format("{}: must be {} whole numbers {} .. 1e6, got {} and {} of them",
                            dataset.path(), most, least, value, values.size()));
    }
    const auto last = static_cast<std::size_t>(values.back());
    if (is_line) return {name == std::string_view("padding") ? 0U : 1U, last};
    return {static_cast<std::size_t>(values.front()), last};
}

void read_convolution(const hdf5::Group& group, ReadNode& node, bool is_line) {
    Convolution c;
    c.weights = numbers_of(group, "weight", is_line ? 3 : 4);
    const std::vector<std::size_t> shape = group.dataset("weight").shape();
    c.n_out = shape[0];
    c.n_in = shape[1];
    c.tiling = {{is_line ? 1 : shape[2], shape.back()},
                extents_of(group, "stride", 1.0, is_line),
                extents_of(group, "padding", 0.0, is_line),
                extents_of(group, "dilation", 1.0, is_line),
                is_line};
    c.groups = extents_of(group, "groups", 1.0, true).x;
    c.bias = numbers_of(group, "bias", 1);
    if (c.bias.size() != c.n_out)
        throw IoError(group.file(), fmt::format("{}/bias: must have {} elements, got {}",
                                                group.path(), c.n_out, c.bias.size()));
    node.lower = [c = std::move(c), file = group.file()](ReadNode& at,
                                                         const std::vector<std::size_t>& in) {
        lower_convolution(file, at, in, c);
    };
}

void read_pool(const hdf5::Group& group, ReadNode& node, bool averages) {
    const Tiling tiling{extents_of(group, "kernel_size", 1.0, false),
                        extents_of(group, "stride", 1.0, false),
                        extents_of(group, "padding", 0.0, false)};
    const double weight =
        averages ? 1.0 / static_cast<double>(tiling.kernel.y * tiling.kernel.x) : 1.0;
    node.lower = [=, file = group.file()](ReadNode& at, const std::vector<std::size_t>& in) {
        lower_pool(file, at, in, tiling, weight);
    };
}

/// Passes on what comes.
void read_flatten(const hdf5::Group& /*group*/, ReadNode& node) {
    node.lower = [](ReadNode& flat, const std::vector<std::size_t>& shape) {
        flat.shape = {elements_of(shape)};
        flat.map = identity_map(flat.shape.front());
    };
}

void read_li(const hdf5::Group& group, ReadNode& node) {
    for (const char* name : {"tau", "r", "v_leak"})
        read_param(group, name, node);
}

/// Old files have no v_reset.
void read_threshold(const hdf5::Group& group, ReadNode& node) {
    read_param(group, "v_threshold", node);
    if (group.has("v_reset"))
        read_param(group, "v_reset", node);
    else
        node.params["v_reset"] = {0.0};
}

void read_if(const hdf5::Group& group, ReadNode& node) {
    read_param(group, "r", node);
    read_threshold(group, node);
}

void read_lif(const hdf5::Group& group, ReadNode& node) {
    read_li(group, node);
    read_threshold(group, node);
}

void read_cuba_lif(const hdf5::Group& group, ReadNode& node) {
    for (const char* name : {"tau_syn", "tau_mem", "r", "v_leak", "w_in"})
        read_param(group, name, node);
    read_threshold(group, node);
}

/// What each type is read with.
struct Type {
    const char* name;
    void (*read)(const hdf5::Group&, ReadNode&);
};
constexpr std::array k_types{
    Type{"Input", read_shape},
    Type{"Output", read_shape},
    Type{"Linear", read_linear},
    Type{"Affine", read_affine},
    Type{"Scale", [](const hdf5::Group& g, ReadNode& n) { read_diagonal(g, "scale", n); }},
    Type{"Delay", [](const hdf5::Group& g, ReadNode& n) { read_diagonal(g, "delay", n); }},
    Type{"Flatten", read_flatten},
    Type{"Conv1d", [](const hdf5::Group& g, ReadNode& n) { read_convolution(g, n, true); }},
    Type{"Conv2d", [](const hdf5::Group& g, ReadNode& n) { read_convolution(g, n, false); }},
    Type{"SumPool2d", [](const hdf5::Group& g, ReadNode& n) { read_pool(g, n, false); }},
    Type{"AvgPool2d", [](const hdf5::Group& g, ReadNode& n) { read_pool(g, n, true); }},
    Type{"LI", read_li},
    Type{"IF", read_if},
    Type{"LIF", read_lif},
    Type{"CubaLIF", read_cuba_lif}};

std::string allowed_types() {
    std::string names;
    for (const Type& type : k_types)
        names.append(type.name).append(", ");
    return names + k_graph;
}

ReadNode read_node(const hdf5::Group& group, const std::string& kind) {
    const auto* const type =
        std::find_if(k_types.begin(), k_types.end(), [&](const Type& t) { return kind == t.name; });
    if (type == k_types.end())
        throw IoError(group.file(), fmt::format("{}: type \"{}\" cannot be simulated, allowed {}",
                                                group.path(), printable(kind), allowed_types()));
    ReadNode node{group.path(), kind};
    type->read(group, node);
    return node;
}

/// What our own files tell of a node beyond NIR.
void read_metadata(const hdf5::Group& metadata, const std::string& name, ReadNode& node) {
    OwnNumbersOfNode& own = node.own;
    const auto values_of = [&](const std::string& key, std::size_t n) {
        std::vector<double> values = numbers_of(metadata, key, 1);
        if (values.size() != n)
            throw IoError(metadata.file(), fmt::format("{}/{}: must have {} elements, got {}",
                                                       metadata.path(), key, n, values.size()));
        return values;
    };
    if (const std::string key = k_escape_of + name; metadata.has(key)) {
        const std::vector<double> values = values_of(key, 3);
        own.escape = EscapeRate{values[0], values[1], values[2]};
    }
    if (const std::string key = k_t_ref_of + name; metadata.has(key))
        own.t_ref_ms = values_of(key, 1).front() * k_ms_per_s;
    if (const std::string key = k_tau_of + name; metadata.has(key)) {
        for (const double s : values_of(key, node.type == "CubaLIF" ? 2 : 1))
            own.tau_ms.push_back(s * k_ms_per_s);
    }
}

// --- Graphs ---

/// Where edges of the graph around it begin and end: of a node both are itself.
struct Ends {
    std::vector<std::string> in;
    std::vector<std::string> out;
};

struct GraphReader {
    ReadGraph& graph;
    std::size_t n_weights = 0; // one matrix may have many names
    std::set<std::pair<std::string, std::string>> edges = {};

    Ends read_nodes(const hdf5::Group& group, const std::string& prefix, int depth);
    void read_edges(const hdf5::Group& group, const std::map<std::string, Ends>& ends);
    [[nodiscard]] const std::string& one_end(const std::string& where,
                                             const std::string& name,
                                             const std::vector<std::string>& ends) const;
};

/// An Input or Output of a graph within another passes on what comes.
void make_passage(ReadNode& node) {
    node.type = "Passage";
    node.map = identity_map(node.n);
}

Ends GraphReader::read_nodes(const hdf5::Group& group, const std::string& prefix, int depth) {
    if (depth > k_deepest)
        throw IoError(group.file(),
                      fmt::format("{}: graphs lie more than {} deep", group.path(), k_deepest));
    const hdf5::Group nodes = group.group("nodes");
    std::map<std::string, Ends> ends;
    Ends own;
    for (const std::string& name : nodes.names()) {
        const hdf5::Group at = nodes.group(name);
        const std::string full = prefix + name;
        const std::string kind = text_of(at, "type");
        if (kind == k_graph) {
            ends[name] = read_nodes(at, full + ".", depth + 1);
            continue;
        }
        ends[name] = {{full}, {full}};
        const auto [place, is_new] = graph.nodes.try_emplace(full, read_node(at, kind));
        if (!is_new)
            throw IoError(group.file(), fmt::format("{}: has the name of {} when graphs are "
                                                    "flattened",
                                                    at.path(), place->second.path));
        ReadNode& node = place->second;
        if (kind == "Input") own.in.push_back(full);
        if (kind == "Output") own.out.push_back(full);
        if (depth > 0 && (kind == "Input" || kind == "Output")) make_passage(node);
        n_weights += node.map.entries.size();
        require_memory(static_cast<double>(n_weights * sizeof(MapEntry)), graph.file + ": weights");
    }
    read_edges(group, ends);
    return own;
}

const std::string& GraphReader::one_end(const std::string& where,
                                        const std::string& name,
                                        const std::vector<std::string>& ends) const {
    if (ends.size() != 1)
        throw IoError(graph.file, fmt::format("{}: the graph \"{}\" must have one Input and one "
                                              "Output for edges to lead to and from, got {}",
                                              where, printable(name), ends.size()));
    return ends.front();
}

void GraphReader::read_edges(const hdf5::Group& group, const std::map<std::string, Ends>& ends) {
    const hdf5::Dataset dataset = group.dataset("edges");
    const std::vector<std::size_t> shape = dataset.shape();
    const bool none = dataset.size() == 0; // of any shape and type
    if (!none && (shape.size() != 2 || shape[1] != 2))
        throw IoError(graph.file, dataset.path() + ": must be pairs of names");
    const std::vector<std::string> names =
        none ? std::vector<std::string>{} : dataset.read<std::string>();
    for (std::size_t e = 0; e + 1 < names.size(); e += 2) {
        for (const std::string& name : {names[e], names[e + 1]}) {
            if (!ends.contains(name))
                throw IoError(graph.file, fmt::format("{}: edge {} joins \"{}\", which is no node",
                                                      dataset.path(), e / 2, printable(name)));
        }
        const std::string where = fmt::format("{}: edge {}", dataset.path(), e / 2);
        const std::string& from = one_end(where, names[e], ends.at(names[e]).out);
        const std::string& to = one_end(where, names[e + 1], ends.at(names[e + 1]).in);
        if (!edges.emplace(from, to).second) continue;
        const ReadNode& before = graph.nodes[from];
        const ReadNode& after = graph.nodes[to];
        if (before.n != 0 && after.n_in != 0 && before.n != after.n_in)
            throw IoError(graph.file, fmt::format("{} leads {} elements of {} to {} of {}", where,
                                                  before.n, names[e], after.n_in, names[e + 1]));
        graph.nodes[from].to.push_back(to);
        graph.nodes[to].from.push_back(from);
    }
}

double step_of(const hdf5::Group& metadata) {
    const double step_ms = numbers_of(metadata, "dt_s", 1).front() * k_ms_per_s;
    if (!k_steps_ms.contains(step_ms))
        throw IoError(metadata.file(),
                      fmt::format("{}/dt_s: must be {:g} .. {:g} s, got {:g}", metadata.path(),
                                  k_steps_ms.low / k_ms_per_s, k_steps_ms.high / k_ms_per_s,
                                  step_ms / k_ms_per_s));
    return step_ms;
}

/// The convention and step of files of ours.
void read_convention(const hdf5::Group& metadata, ReadGraph& graph) {
    if (!metadata.has(k_convention)) return;
    const std::string told = text_of(metadata, k_convention);
    if (told != "dt" && told != "dirac" && told != "steps")
        throw IoError(graph.file,
                      fmt::format("/node/metadata/{}: must be dt, steps or dirac, got {}",
                                  k_convention, printable(told)));
    graph.convention = told == "dirac" ? NirConvention::dirac : NirConvention::dt;
    graph.has_no_steps = told != "steps";
    graph.step_ms = graph.has_no_steps ? k_step_ms : step_of(metadata);
}

/// What is there for other readers' sake.
void drop_silent_inputs(const hdf5::Group& metadata, ReadGraph& graph) {
    for (auto at = graph.nodes.begin(); at != graph.nodes.end();) {
        if (at->second.type != "Input" || !metadata.has(k_silent_of + at->first)) {
            ++at;
            continue;
        }
        for (const std::string& to : at->second.to)
            std::erase(graph.nodes.at(to).from, at->first);
        at = graph.nodes.erase(at);
    }
}

} // namespace

ReadGraph read_graph(const fs::path& path, const NirImportOptions& options) {
    const hdf5::File file = hdf5::File::open(path);
    ReadGraph graph{path.string(), options.convention, options.step_ms};
    const hdf5::Group root = file.root().group("node");
    const std::string type = text_of(root, "type");
    if (type != k_graph)
        throw IoError(graph.file,
                      fmt::format("/node/type: must be NIRGraph, got {}", printable(type)));
    GraphReader reader{graph};
    (void)reader.read_nodes(root, "", 0);
    if (root.has_group("metadata")) {
        const hdf5::Group metadata = root.group("metadata");
        read_convention(metadata, graph);
        for (auto& [name, node] : graph.nodes)
            read_metadata(metadata, name, node);
        drop_silent_inputs(metadata, graph);
    }
    resolve_shapes(graph);
    return graph;
}

} // namespace spikewell::io::nir
