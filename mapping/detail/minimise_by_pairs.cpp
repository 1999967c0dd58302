#include "mapping/detail/minimisers.hpp"

#include <algorithm>
#include <map>

namespace spikewell::mapping {

namespace {

/// What a table must not do to keys other than those it may merge.
struct Below {
    const std::vector<TableEntry>& later;    ///< entries of routes that come later, as given
    std::size_t first;                       ///< of them
    const std::vector<TableEntry>& left_out; ///< those that default routing makes up for
};

bool hides_something(const TableEntry& entry, const Below& below) {
    const auto hit = [&](const TableEntry& other) { return intersect(entry, other); };
    return std::any_of(below.later.begin() + static_cast<std::ptrdiff_t>(below.first),
                       below.later.end(), hit) ||
           std::any_of(below.left_out.begin(), below.left_out.end(), hit);
}

bool covers(const TableEntry& general, const TableEntry& special) {
    return (general.mask & ~special.mask) == 0 && (special.key & general.mask) == general.key;
}

/// `both` in the place of entry `at` and of all that it covers. Returns where it stands then.
std::size_t put_for_all(std::vector<TableEntry>& group, std::size_t at, TableEntry both) {
    // It stands for others too, whose packets may have come by other links.
    both.defaultable =
        both.defaultable && std::all_of(group.begin(), group.end(), [&](const TableEntry& entry) {
            return entry.defaultable || !covers(both, entry);
        });
    group[at] = both;
    std::erase_if(group, [&](const TableEntry& entry) {
        return &entry != &group[at] && covers(both, entry);
    });
    return static_cast<std::size_t>(std::find(group.begin(), group.end(), both) - group.begin());
}

/// Entries of one route, merged as far as that hides nothing.
void merge_route(std::vector<TableEntry>& group, const Below& below) {
    for (std::size_t left = 0; left < group.size(); ++left) {
        for (std::size_t right = left + 1; right < group.size();) {
            const TableEntry both = merged(group[left], group[right]);
            const bool possible = !hides_something(both, below);
            if (possible) left = put_for_all(group, left, both);
            // What did not go with the smaller entry may go with this one.
            right = possible ? left + 1 : right + 1;
        }
    }
}

/// Entries by route, rare routes first, so that those with most to gain have least below them.
std::vector<std::vector<TableEntry>> by_route(const std::vector<TableEntry>& entries) {
    std::map<Route, std::vector<TableEntry>> groups;
    for (const TableEntry& entry : entries)
        groups[entry.route].push_back(entry);
    std::vector<std::vector<TableEntry>> result;
    result.reserve(groups.size());
    for (auto& [route, group] : groups)
        result.push_back(std::move(group));
    std::stable_sort(result.begin(), result.end(),
                     [](const auto& a, const auto& b) { return a.size() < b.size(); });
    return result;
}

Table merge_all(const std::vector<TableEntry>& entries, const std::vector<TableEntry>& left_out) {
    auto groups = by_route(entries);
    std::vector<TableEntry> in_order;
    for (const auto& group : groups)
        in_order.insert(in_order.end(), group.begin(), group.end());
    Table result;
    std::size_t done = 0;
    for (auto& group : groups) {
        done += group.size();
        merge_route(group, {in_order, done, left_out});
        result.insert(result.end(), group.begin(), group.end());
    }
    return result;
}

} // namespace

TableEntry merged(const TableEntry& a, const TableEntry& b) {
    TableEntry both = a;
    both.mask = a.mask & b.mask & ~(a.key ^ b.key);
    both.key = a.key & both.mask;
    both.defaultable = a.defaultable && b.defaultable;
    return both;
}

Table leave_out_default_routes(const Table& table) {
    Table result;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const bool needed =
            !table[i].defaultable ||
            std::any_of(table.begin() + static_cast<std::ptrdiff_t>(i + 1), table.end(),
                        [&](const TableEntry& below) { return intersect(table[i], below); });
        if (needed) result.push_back(table[i]);
    }
    return result;
}

Table minimise_by_pairs(const Table& table) {
    // With default routes merged like others, and with them left out but never hidden: either may
    // be the shorter.
    const Table with = leave_out_default_routes(merge_all(table, {}));
    std::vector<TableEntry> kept;
    std::vector<TableEntry> left_out;
    for (const TableEntry& entry : table)
        (entry.defaultable ? left_out : kept).push_back(entry);
    const Table without = merge_all(kept, left_out);
    return without.size() <= with.size() ? without : with;
}

} // namespace spikewell::mapping
