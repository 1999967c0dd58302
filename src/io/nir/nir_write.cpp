#include "io/nir/nir_write.hpp"

#include "core/error.hpp"
#include "io/hdf5.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace spikewell::io::nir {

namespace {

constexpr const char* k_version = "1.0.7";
constexpr double k_max_weights = 1e8;

void write_text(const hdf5::Group& group, const std::string& name, const std::string& text) {
    group.write<std::string>(name, std::vector<std::string>{text}, {});
}

void write_node(const hdf5::Group& all, const std::string& name, const WrittenNode& node) {
    const hdf5::Group group = all.create_group(name);
    write_text(group, "type", node.type);
    if (node.n > 0)
        group.write<std::int64_t>("shape",
                                  std::vector<std::int64_t>{static_cast<std::int64_t>(node.n)});
    for (const auto& [key, param] : node.params)
        group.write<double>(key, param.values, param.shape);
}

} // namespace

Param everywhere(double value, std::size_t n) {
    return {std::vector<double>(n, value), {n}};
}

void require_weights(const std::string& where, std::size_t rows, std::size_t columns) {
    if (static_cast<double>(rows) * static_cast<double>(columns) <= k_max_weights) return;
    throw NetworkError(where, fmt::format("would be a matrix of {} x {}, allowed {:g} weights",
                                          rows, columns, k_max_weights));
}

Param zeros(const std::string& where, std::size_t rows, std::size_t columns) {
    require_weights(where, rows, columns);
    return {std::vector<double>(rows * columns), {rows, columns}};
}

void write_graph(const WrittenGraph& written,
                 NirConvention convention,
                 const std::filesystem::path& path) {
    hdf5::File file = hdf5::File::create(path);
    const hdf5::Group root = file.root();
    write_text(root, "version", k_version);
    const hdf5::Group graph = root.create_group("node");
    write_text(graph, "type", "NIRGraph");
    const hdf5::Group nodes = graph.create_group("nodes");
    for (const auto& [name, node] : written.nodes)
        write_node(nodes, name, node);
    std::vector<std::string> edges;
    for (const auto& [from, to] : written.edges) {
        edges.push_back(from);
        edges.push_back(to);
    }
    graph.write<std::string>("edges", edges, {written.edges.size(), 2});
    const hdf5::Group metadata = graph.create_group("metadata");
    write_text(metadata, k_convention,
               convention == NirConvention::dirac ? "dirac"
               : written.on_grid                  ? "steps"
                                                  : "dt");
    metadata.write<double>("dt_s", std::vector<double>{seconds(written.step_ms)});
    for (const auto& [key, values] : written.metadata)
        metadata.write<double>(key, values);
    file.close();
}

} // namespace spikewell::io::nir
