#include "mapping/layout.hpp"

#include "core/error.hpp"
#include "mapping/axons.hpp"
#include "mapping/vertex_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

namespace spikewell::mapping {

namespace {

/// Adds the time each stage takes to those of earlier attempts.
class StageClock {
  public:
    template <class Work> auto time(const char* stage, Work&& work) {
        const auto start = std::chrono::steady_clock::now();
        auto result = work();
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        const auto at = std::find_if(times_.begin(), times_.end(),
                                     [&](const StageTime& t) { return t.stage == stage; });
        if (at == times_.end())
            times_.push_back({stage, taken.count()});
        else
            at->seconds += taken.count();
        return result;
    }
    [[nodiscard]] const std::vector<StageTime>& times() const { return times_; }

  private:
    std::vector<StageTime> times_;
};

std::size_t longest(const std::vector<Table>& tables) {
    std::size_t most = 0;
    for (const Table& table : tables)
        most = std::max(most, table.size());
    return most;
}

/// What no minimiser can go below: one entry for each route that default routing does not take.
std::size_t least_entries(const Table& table) {
    std::set<Route> routes;
    for (const TableEntry& entry : table) {
        if (!entry.defaultable) routes.insert(entry.route);
    }
    return routes.size();
}

/// One way through the stages after placement.
struct Routed {
    std::vector<RoutingTree> trees;
    std::vector<KeyBlock> keys;
    std::vector<Table> tables;
    std::size_t longest_unminimised = 0;
};

/// Maps the graph in structural order, so that the order of the file does not matter.
class Mapper {
  public:
    Mapper(const Graph& graph, const Machine& machine, const MapOptions& options)
        : given_(graph), machine_(machine), options_(options), placer_(placer(options.placer)),
          router_(router(options.router)), minimiser_(minimiser(options.minimiser)),
          has_tables_(board(machine.board).routing == Routing::tables) {
        order_ = clock_.time("order", [&] { return structural_order(graph); });
        graph_ = reordered(graph, order_);
    }

    Layout run() {
        if (options_.placements) {
            if (auto layout = routed_round(places_as_given())) return *layout;
            throw_tables_full("other places");
        }
        // Bounds on the nets that end on a chip, in tables: none, then ever fewer.
        for (const double tables : {0.0, 4.0, 2.0, 1.0, 0.5}) {
            PlacementOptions place{options_.seed, options_.effort, 0};
            place.nets_per_chip = static_cast<std::uint32_t>(tables * shortest_limit());
            const std::optional<std::vector<Place>> places = placed(place, tables == 0.0);
            if (!places) break;
            if (auto layout = routed_round(*places)) return *layout;
        }
        throw_tables_full("more chips, or fewer different targets,");
    }

  private:
    [[noreturn]] void throw_tables_full(const char* what_helps) const {
        throw MappingError(
            "router entries of one chip", static_cast<double>(best_), static_cast<double>(limit_),
            fmt::format("the best of {} attempts leaves a table of {} at chip {}; {} "
                        "would help",
                        attempts_, best_, to_text(machine_.coord(best_chip_)), what_helps));
    }

    /// Of vertices in structural order.
    [[nodiscard]] std::vector<Place> places_as_given() {
        return clock_.time("place", [&] {
            const std::vector<Place> given = given_places(given_, machine_, *options_.placements);
            std::vector<Place> places;
            for (VertexIndex v = 0; v < order_.size(); ++v)
                places.push_back({v, given[order_[v]].chip, given[order_[v]].core});
            return places;
        });
    }

    /// None when there are too few chips for the bound; without a bound that is an error.
    std::optional<std::vector<Place>> placed(const PlacementOptions& options, bool must) {
        try {
            return clock_.time("place", [&] {
                return assign_cores(placer_.place(graph_, machine_, options), machine_);
            });
        } catch (const MappingError&) {
            if (must) throw;
            return std::nullopt;
        }
    }

    [[nodiscard]] double shortest_limit() const {
        int limit = 1 << 20;
        for (const Chip& chip : machine_.chips) {
            if (chip.present) limit = std::min(limit, chip.router_entries);
        }
        return limit;
    }

    /// Leads trees round chips whose tables are too long, a few times over.
    std::optional<Layout> routed_round(const std::vector<Place>& places) {
        constexpr int k_detours = 4;
        RoutingOptions routing;
        for (int detour = 0; detour <= k_detours; ++detour) {
            ++attempts_;
            Routed routed = through_tables(places, routing);
            const std::vector<ChipIndex> full = overfull(routed.tables);
            if (full.empty()) return layout_of(places, std::move(routed));
            const std::size_t n_before =
                static_cast<std::size_t>(std::count(routing.avoid.begin(), routing.avoid.end(), 1));
            routing.avoid.resize(machine_.chips.size(), 0);
            for (const ChipIndex chip : full)
                routing.avoid[chip] = 1;
            const auto n_after =
                static_cast<std::size_t>(std::count(routing.avoid.begin(), routing.avoid.end(), 1));
            if (n_after == n_before) break;
        }
        return std::nullopt;
    }

    Routed through_tables(const std::vector<Place>& places, const RoutingOptions& routing) {
        Routed r;
        r.trees =
            clock_.time("route", [&] { return router_.route(graph_, machine_, places, routing); });
        r.keys = clock_.time("keys", [&] { return allocate_keys(graph_, machine_, r.trees); });
        const auto raw =
            clock_.time("tables", [&] { return build_tables(machine_, r.trees, r.keys); });
        r.longest_unminimised = longest(raw);
        r.tables = clock_.time("minimise", [&] {
            std::vector<Table> tables = minimise_tables(raw, minimiser_);
            for (const ChipIndex chip : overfull(tables)) {
                const auto limit = static_cast<std::size_t>(machine_.chips[chip].router_entries);
                if (least_entries(raw[chip]) <= limit)
                    tables[chip] = minimiser("shortest").minimise(raw[chip]);
            }
            return tables;
        });
        return r;
    }

    std::vector<ChipIndex> overfull(const std::vector<Table>& tables) {
        std::vector<ChipIndex> full;
        std::size_t most = 0;
        for (ChipIndex chip = 0; has_tables_ && chip < tables.size(); ++chip) {
            const auto limit = static_cast<std::size_t>(machine_.chips[chip].router_entries);
            if (tables[chip].size() <= limit) continue;
            full.push_back(chip);
            if (tables[chip].size() > most) {
                most = tables[chip].size();
                worst_chip_ = chip;
            }
        }
        if (!full.empty() && (best_ == 0 || most < best_)) {
            best_ = most;
            best_chip_ = worst_chip_;
            limit_ = static_cast<std::size_t>(machine_.chips[worst_chip_].router_entries);
        }
        return full;
    }

    /// In the order of the given graph's nets.
    [[nodiscard]] std::vector<KeyBlock> keys_as_given(const std::vector<KeyBlock>& keys) const {
        std::vector<KeyBlock> of_source(order_.size());
        for (KeyBlock block : keys) {
            block.vertex = order_[block.vertex];
            of_source[block.vertex] = block;
        }
        std::vector<KeyBlock> result;
        for (const Net& net : given_.nets)
            result.push_back(of_source[net.source]);
        return result;
    }

    [[nodiscard]] Layout layout_of(const std::vector<Place>& places, Routed routed) const {
        Layout layout;
        layout.machine = machine_;
        layout.graph = given_;
        layout.places = places;
        for (Place& place : layout.places)
            place.vertex = order_[place.vertex];
        std::sort(layout.places.begin(), layout.places.end(),
                  [](const Place& a, const Place& b) { return a.vertex < b.vertex; });
        layout.keys = keys_as_given(routed.keys);
        layout.tables = std::move(routed.tables);
        layout.options = options_;
        if (options_.placements) layout.options.placer = k_given;
        layout.options.placements.reset();
        LayoutStatistics& s = layout.statistics;
        s.hops = count_hops(routed.trees);
        s.table_entries_max = longest(layout.tables);
        for (const Table& table : layout.tables)
            s.table_entries_total += table.size();
        s.table_entries_max_unminimised = routed.longest_unminimised;
        std::vector<char> used(machine_.chips.size(), 0);
        for (const Place& place : places)
            used[place.chip] = 1;
        s.chips = static_cast<std::uint64_t>(std::count(used.begin(), used.end(), 1));
        s.attempts = attempts_;
        s.seconds = clock_.times();
        return layout;
    }

    const Graph& given_;
    std::vector<VertexIndex> order_; ///< vertex i of graph_ is vertex order_[i] of given_
    Graph graph_;
    const Machine& machine_;
    const MapOptions& options_;
    const Placer& placer_;
    const Router& router_;
    const Minimiser& minimiser_;
    bool has_tables_;
    StageClock clock_;
    std::uint64_t attempts_ = 0;
    std::size_t best_ = 0; ///< shortest of the longest tables of all attempts
    std::size_t limit_ = 0;
    ChipIndex best_chip_ = 0;
    ChipIndex worst_chip_ = 0;
};

} // namespace

Layout map_graph(const Graph& graph, const Machine& machine, const MapOptions& options) {
    validate(graph);
    validate(machine);
    if (!(options.effort > 0.0)) throw ParameterError("map", "effort", options.effort, "> 0");
    require_axons(graph, board(machine.board));
    return Mapper(graph, machine, options).run();
}

} // namespace spikewell::mapping
