#include "io/sonata/sonata_node_sets.hpp"

#include "core/error.hpp"
#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace spikewell::io::sonata {

namespace {

namespace fs = std::filesystem;
using SetJson = nlohmann::json;

constexpr int k_deepest_set = 10; // of sets in sets

/// A text or a list of texts; none: something else.
std::optional<std::vector<std::string>> texts_of(const SetJson& json) {
    const SetJson list = json.is_array() ? json : SetJson::array({json});
    if (!std::all_of(list.begin(), list.end(), [](const auto& one) { return one.is_string(); }))
        return std::nullopt;
    return list.get<std::vector<std::string>>();
}

std::optional<std::vector<std::int64_t>> ids_of(const SetJson& json) {
    const SetJson list = json.is_array() ? json : SetJson::array({json});
    if (!std::all_of(list.begin(), list.end(),
                     [](const auto& one) { return one.is_number_integer(); }))
        return std::nullopt;
    return list.get<std::vector<std::int64_t>>();
}

/// A filter of an object: nodes whose type has one of the values in a column.
struct Label {
    std::string column;
    std::vector<std::string> values;
};

/// What an object asks of nodes.
struct Filter {
    std::optional<std::vector<std::string>> populations = {};
    std::optional<std::vector<std::int64_t>> ids = {};
    std::vector<Label> labels = {};
};

std::optional<Filter> filter_of(const SetJson& set, std::string& why) {
    Filter filter;
    for (const auto& [key, value] : set.items()) {
        if (key == "population" || key == "populations") {
            filter.populations = texts_of(value);
            if (!filter.populations) why = key + " must be text, got " + shown(value);
        } else if (key == "node_id" || key == "node_ids") {
            filter.ids = ids_of(value);
            if (!filter.ids) why = key + " must be whole numbers, got " + shown(value);
        } else {
            const auto values = texts_of(value);
            if (!values)
                why = fmt::format("{} must be text, as only columns of types select nodes, got {}",
                                  printable(key), shown(value));
            else
                filter.labels.push_back({key, *values});
        }
        if (!why.empty()) return std::nullopt;
    }
    return filter;
}

bool has_labels(const NodeParts& nodes, std::size_t node, const std::vector<Label>& labels) {
    const TypeRow& row = nodes.table.at(nodes.types[node]);
    return std::all_of(labels.begin(), labels.end(), [&](const Label& label) {
        const auto cell = row.find(label.column);
        return cell != row.end() && std::find(label.values.begin(), label.values.end(),
                                              cell->second) != label.values.end();
    });
}

bool has_column(const NodeParts& nodes, const std::string& column) {
    return std::any_of(nodes.table.begin(), nodes.table.end(),
                       [&](const auto& row) { return row.second.contains(column); });
}

/// Columns that types of no population have select nothing, by a mistake or by a column of nodes.
bool has_columns(const Circuit& circuit,
                 const std::vector<std::string>& populations,
                 const std::vector<Label>& labels,
                 std::string& why) {
    const auto is_known = [&](const Label& label) {
        return std::any_of(populations.begin(), populations.end(), [&](const std::string& name) {
            return has_column(circuit.populations.at(name), label.column);
        });
    };
    const auto unknown = std::find_if_not(labels.begin(), labels.end(), is_known);
    if (unknown == labels.end()) return true;
    why = fmt::format("{} is no column of the nodes' types", printable(unknown->column));
    return false;
}

/// The nodes whose numbers a filter allows; `why` where the filter's populations lack one.
std::vector<bool> with_ids(const Filter& filter,
                           const std::string& name,
                           std::size_t n_nodes,
                           std::string& why) {
    std::vector<bool> chosen(n_nodes, !filter.ids);
    for (const std::int64_t id : filter.ids.value_or(std::vector<std::int64_t>{})) {
        if (id >= 0 && static_cast<std::size_t>(id) < n_nodes)
            chosen[static_cast<std::size_t>(id)] = true;
        else if (filter.populations)
            why = fmt::format("{} has no node {}", printable(name), id);
    }
    return chosen;
}

std::optional<Selection> by_filter(const Circuit& circuit, const Filter& filter, std::string& why) {
    std::vector<std::string> populations;
    for (const auto& [name, nodes] : circuit.populations)
        populations.push_back(name);
    if (filter.populations) populations = *filter.populations;
    for (const std::string& name : populations) {
        if (circuit.populations.contains(name)) continue;
        why = fmt::format("there is no node population {}", printable(name));
        return std::nullopt;
    }
    if (!has_columns(circuit, populations, filter.labels, why)) return std::nullopt;
    Selection selection;
    for (const std::string& name : populations) {
        const NodeParts& nodes = circuit.populations.at(name);
        const std::vector<bool> chosen = with_ids(filter, name, nodes.size, why);
        if (!why.empty()) return std::nullopt;
        std::vector<std::uint32_t>& of_population = selection[name];
        for (std::size_t node = 0; node < nodes.size; ++node) {
            if (chosen[node] && has_labels(nodes, node, filter.labels))
                of_population.push_back(static_cast<std::uint32_t>(node));
        }
    }
    return selection;
}

void unite(Selection& all, const Selection& more) {
    for (const auto& [name, nodes] : more) {
        std::vector<std::uint32_t> both;
        std::set_union(all[name].begin(), all[name].end(), nodes.begin(), nodes.end(),
                       std::back_inserter(both));
        all[name] = std::move(both);
    }
}

std::optional<Selection> select(const Circuit& circuit,
                                const SetJson& sets,
                                const SetJson& node_set,
                                std::string& why,
                                int depth) {
    if (depth == k_deepest_set) {
        why = "node sets contain one another in a circle";
        return std::nullopt;
    }
    if (node_set.is_object()) {
        const std::optional<Filter> filter = filter_of(node_set, why);
        return filter ? by_filter(circuit, *filter, why) : std::nullopt;
    }
    if (node_set.is_array()) {
        Selection all;
        for (const SetJson& one : node_set) {
            const auto part = select(circuit, sets, one, why, depth + 1);
            if (!part) return std::nullopt;
            unite(all, *part);
        }
        return all;
    }
    if (!node_set.is_string()) {
        why = "must be a node set, got " + shown(node_set);
        return std::nullopt;
    }
    const std::string name = node_set;
    if (sets.contains(name)) return select(circuit, sets, sets[name], why, depth + 1);
    if (circuit.populations.contains(name))
        return by_filter(circuit, {std::vector<std::string>{name}}, why);
    if (name == "all") return by_filter(circuit, {}, why);
    why = fmt::format("there is no node set {}", printable(name));
    return std::nullopt;
}

} // namespace

SetJson node_sets_of(const Circuit& circuit, const Configuration& simulation) {
    SetJson sets = SetJson::object();
    for (const Configuration* config : {&circuit.config, &simulation}) {
        if (!config->json.contains("node_sets_file")) continue;
        const fs::path path =
            config->resolved(text_at(config->json, "node_sets_file", "", config->path));
        std::error_code error;
        if (!fs::exists(path, error)) continue; // a set that is asked for is then missed
        const SetJson read = parse_json(read_text(path), path.string());
        if (!read.is_object()) throw IoError(path.string(), "must be an object");
        sets.update(read);
    }
    return sets;
}

std::optional<Selection> selected(const Circuit& circuit,
                                  const SetJson& sets,
                                  const SetJson& node_set,
                                  std::string& why) {
    return select(circuit, sets, node_set, why, 0);
}

} // namespace spikewell::io::sonata
