#include "mapping/tables.hpp"

#include "core/error.hpp"
#include "mapping/detail/minimisers.hpp"

#include <algorithm>

namespace spikewell::mapping {

std::vector<Table> build_tables(const Machine& machine,
                                const std::vector<RoutingTree>& trees,
                                const std::vector<KeyBlock>& keys) {
    std::vector<Table> tables(machine.chips.size());
    for (std::size_t e = 0; e < trees.size(); ++e) {
        for (const TreeNode& node : trees[e]) {
            const bool straight =
                node.arrived_by != k_no_link && node.route.is_link(node.arrived_by);
            tables[node.chip].push_back({keys[e].key, keys[e].mask, node.route, straight});
        }
    }
    for (Table& table : tables) {
        std::sort(table.begin(), table.end(),
                  [](const TableEntry& a, const TableEntry& b) { return a.key < b.key; });
    }
    return tables;
}

const std::vector<Minimiser>& minimisers() {
    static const std::vector<Minimiser> all{
        {"pair", "merges pairs of one route while nothing below is hidden", minimise_by_pairs},
        {"covering", "ordered covering: merges many at a time, general entries below",
         minimise_by_covering},
        {"shortest", "the shorter of pair and covering",
         [](const Table& table) {
             Table by_pairs = minimise_by_pairs(table);
             Table by_covering = minimise_by_covering(table);
             return by_covering.size() < by_pairs.size() ? by_covering : by_pairs;
         }},
        {"default", "leaves out what default routing makes up for", leave_out_default_routes},
        {"none", "leaves tables as they are", [](const Table& table) { return table; }},
    };
    return all;
}

const Minimiser& minimiser(std::string_view name) {
    std::string allowed = "one of";
    for (const Minimiser& known : minimisers()) {
        if (known.name == name) return known;
        allowed += " " + known.name;
    }
    throw ParameterError("map", "minimiser", name, allowed);
}

std::vector<Table> minimise_tables(const std::vector<Table>& tables, const Minimiser& minimiser) {
    std::vector<Table> result;
    result.reserve(tables.size());
    for (const Table& table : tables)
        result.push_back(minimiser.minimise(table));
    return result;
}

} // namespace spikewell::mapping
