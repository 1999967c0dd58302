#pragma once

#include "mapping/graph.hpp"
#include "mapping/machine.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace spikewell::io {

/// A mapping problem that brings its machine.
struct GraphFile {
    mapping::Graph graph;
    mapping::Machine machine;
};

/// Reads
///
///     {"name": "..", "seed": 1,
///      "machine": {"version": 3 | 5, "width": W, "height": H, "down_chips": [[x, y]],
///                  "down_links": [[x, y, link]]},
///      "vertices": [{"label": "..", "n_keys": n, "sdram": bytes}],
///      "nets": [{"source": label, "sinks": [label], "weight": w}]}
///
/// Nets of one source are one net: packets carry one key. `seed` says how the graph was drawn and is
/// not used. Throws DescriptionError with every problem, IoError, or ParameterError for a machine that
/// cannot be (sizes, parts that are not there, links dead in one direction only, unless repaired).
[[nodiscard]] GraphFile read_graph(const std::filesystem::path& path, mapping::OneWayLinks one_way);

/// The same from a document; `source` stands for the file in errors.
[[nodiscard]] GraphFile parse_graph(const nlohmann::json& document,
                                    const std::string& source,
                                    mapping::OneWayLinks one_way);

/// Whether a document is a graph, not a network: it has nets.
[[nodiscard]] bool is_graph(const nlohmann::json& document);

} // namespace spikewell::io
