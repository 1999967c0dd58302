#include "mapping/detail/multilevel.hpp"

#include "mapping/detail/nearest_search.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

namespace spikewell::mapping {

namespace {

/// Few enough for annealing to find a whole order of them.
constexpr std::size_t k_coarsest = 256;
/// What is left of ties by a contraction that found something: without structure they only become fewer by chance.
constexpr double k_telling = 0.9;
/// Placements of the coarsest clusters of which the best goes on: how the whole lies is decided there.
constexpr std::uint16_t k_starts = 4;
/// Temperatures in mean changes of the cost: of the coarsest clusters, placed anyhow, then of what is taken apart.
constexpr double k_hot = 1.0;
constexpr double k_warm = 0.1;
constexpr double k_cold = 0.01;

struct PairLevel {
    PairGraph graph;
    std::vector<std::uint32_t> cluster_of; ///< [n_units] unit of the next level; none at the last
    std::uint32_t largest = 1;             ///< cores of a unit
};

std::vector<PairLevel> coarsened(PairGraph vertices, std::uint64_t seed) {
    std::vector<PairLevel> levels;
    levels.push_back({std::move(vertices), {}, 1});
    for (std::uint32_t cores = 2;; cores *= 2) {
        PairLevel& fine = levels.back();
        const std::size_t n = fine.graph.n_units();
        if (n <= k_coarsest) return levels;
        Clusters clusters = match(fine.graph, cores, seed);
        if (static_cast<double>(clusters.count) > k_telling * static_cast<double>(n)) return levels;
        PairGraph coarse = contract(fine.graph, clusters.of_unit, clusters.count);
        const bool telling = static_cast<double>(coarse.ties.size()) <
                             k_telling * static_cast<double>(fine.graph.ties.size());
        if (!telling) return levels;
        fine.cluster_of = std::move(clusters.of_unit);
        levels.push_back({std::move(coarse), {}, cores});
    }
}

/// Cells of this and the next coarser or finer level, and what is in them.
class Refinement {
  public:
    Refinement(const Machine& machine, const std::vector<ChipIndex>& chips)
        : machine_(&machine), chips_(&chips), metric_(machine, Cells::k_parts) {
        std::int64_t cores = 0;
        for (const ChipIndex chip : chips)
            cores += user_cores(machine, chip);
        mean_cores_ = static_cast<double>(cores) / static_cast<double>(chips.size());
    }

    /// The finest squares that hold a unit of this size.
    [[nodiscard]] unsigned level_for(std::uint32_t largest) const {
        unsigned level = 0;
        while (std::ldexp(mean_cores_, 2 * static_cast<int>(level)) < largest)
            ++level;
        return level;
    }

    void begin(const PairLevel& level) {
        cells_ = make_cells(*machine_, *chips_, level_for(level.largest));
        fill(level.graph);
    }
    /// To clusters' members, in the same cells.
    void take_apart(const PairLevel& fine) {
        CellOfUnit finer;
        finer.reserve(fine.cluster_of.size());
        for (const std::uint32_t cluster : fine.cluster_of)
            finer.push_back(cell_of_[cluster]);
        cell_of_ = std::move(finer);
    }
    /// To squares half as wide, for these units.
    void refine(const PairGraph& graph);
    /// Units of cells that are fuller than they may be go to the nearest with room.
    void spread(const PairGraph& graph, std::int64_t room);

    double anneal(const PairGraph& graph,
                  std::int64_t room,
                  const PairAnnealing::Schedule& schedule,
                  RandomStream& random) {
        PairAnnealing annealing(graph, cells_, metric_, room, std::move(cell_of_));
        annealing.run(schedule, random);
        cell_of_ = annealing.cells();
        return annealing.cost();
    }

    [[nodiscard]] unsigned level() const { return cells_.level; }
    [[nodiscard]] std::vector<ChipIndex> chips() const {
        std::vector<ChipIndex> chip_of_cell(cells_.cells.size());
        for (const ChipIndex chip : *chips_) {
            if (cells_.of_chip[chip] != Cells::k_none) chip_of_cell[cells_.of_chip[chip]] = chip;
        }
        std::vector<ChipIndex> result;
        result.reserve(cell_of_.size());
        for (const std::uint32_t cell : cell_of_)
            result.push_back(chip_of_cell[cell]);
        return result;
    }

  private:
    /// Along the curve, as they come.
    void fill(const PairGraph& graph) {
        cell_of_.assign(graph.n_units(), 0);
        std::int64_t taken = 0;
        std::int64_t until = cells_.cells.front().cores;
        std::uint32_t cell = 0;
        for (std::uint32_t u = 0; u < graph.n_units(); ++u) {
            while (taken + graph.cores[u] / 2 >= until && cell + 1 < cells_.cells.size())
                until += cells_.cells[++cell].cores;
            cell_of_[u] = cell;
            taken += graph.cores[u];
        }
    }

    const Machine* machine_;
    const std::vector<ChipIndex>* chips_;
    GridMetric metric_;
    double mean_cores_ = 0.0;
    Cells cells_;
    CellOfUnit cell_of_;
};

/// The finer cells of each coarser one.
std::vector<std::vector<std::uint32_t>> parts_of(const Cells& coarse,
                                                 const Cells& fine,
                                                 const std::vector<ChipIndex>& chips) {
    std::vector<std::vector<std::uint32_t>> parts(coarse.cells.size());
    for (const ChipIndex chip : chips) {
        const std::uint32_t part = fine.of_chip[chip];
        if (part == Cells::k_none) continue;
        std::vector<std::uint32_t>& all = parts[coarse.of_chip[chip]];
        if (std::find(all.begin(), all.end(), part) == all.end()) all.push_back(part);
    }
    return parts;
}

void Refinement::refine(const PairGraph& graph) {
    const Cells coarse = std::move(cells_);
    cells_ = make_cells(*machine_, *chips_, coarse.level - 1);
    const auto parts = parts_of(coarse, cells_, *chips_);
    std::vector<ChipCoord> at; // half chips
    at.reserve(graph.n_units());
    for (const std::uint32_t cell : cell_of_)
        at.push_back({coarse.cells[cell].x, coarse.cells[cell].y});
    std::vector<std::int64_t> used(cells_.cells.size(), 0);
    for (std::uint32_t u = 0; u < graph.n_units(); ++u) {
        // Where there is room, then where its ties are short.
        const auto worth = [&](std::uint32_t part) {
            const Cells::Cell& cell = cells_.cells[part];
            double cost = 0.0;
            for (const PairGraph::Tie& tie : graph.of(u))
                cost += static_cast<double>(tie.weight) *
                        metric_(cell.x - at[tie.unit].x, cell.y - at[tie.unit].y);
            const std::int64_t over = used[part] + graph.cores[u] - cell.cores;
            return std::pair(std::max<std::int64_t>(0, over), cost);
        };
        const std::vector<std::uint32_t>& all = parts[cell_of_[u]];
        std::uint32_t best = all.front();
        auto least = worth(best);
        for (const std::uint32_t part : std::span(all).subspan(1)) {
            const auto other = worth(part);
            if (other >= least) continue;
            best = part;
            least = other;
        }
        cell_of_[u] = best;
        used[best] += graph.cores[u];
        at[u] = {cells_.cells[best].x, cells_.cells[best].y};
    }
}

void Refinement::spread(const PairGraph& graph, std::int64_t room) {
    std::vector<std::int64_t> used(cells_.cells.size(), 0);
    std::vector<std::uint32_t> over;
    for (std::uint32_t u = 0; u < graph.n_units(); ++u) {
        std::int64_t& here = used[cell_of_[u]];
        here += graph.cores[u];
        if (here <= cells_.cells[cell_of_[u]].cores + room) continue;
        here -= graph.cores[u];
        over.push_back(u);
    }
    NearestSearch search(cells_.cells.size());
    const auto each_beside = [&](std::uint32_t cell, const auto& use) {
        for (const std::uint32_t next : cells_.beside[cell])
            if (next != Cells::k_none) use(next);
    };
    for (const std::uint32_t u : over) {
        const auto has_room = [&](std::uint32_t cell) {
            return used[cell] + graph.cores[u] <= cells_.cells[cell].cores + room;
        };
        cell_of_[u] = search.nearest(cell_of_[u], each_beside, has_room).value_or(cell_of_[u]);
        used[cell_of_[u]] += graph.cores[u];
    }
}

/// A placement on its way from clusters to vertices.
class Descent {
  public:
    Descent(const std::vector<PairLevel>& levels,
            const Machine& machine,
            const std::vector<ChipIndex>& chips,
            const MultilevelSchedule& schedule,
            const RandomStream& random)
        : levels_(&levels), schedule_(schedule), random_(random), places_(machine, chips),
          at_(levels.size() - 1) {
        places_.begin((*levels_)[at_]);
        anneal({k_hot, k_cold, schedule.coarse_sweeps});
    }
    [[nodiscard]] bool done() const { return at_ == 0 && places_.level() == 0; }
    [[nodiscard]] std::size_t n_units() const { return (*levels_)[at_].graph.n_units(); }
    [[nodiscard]] double cost() const { return cost_; }
    [[nodiscard]] std::vector<ChipIndex> chips() const { return places_.chips(); }
    /// To the next finer units or squares.
    void step() {
        if (at_ > 0) places_.take_apart((*levels_)[--at_]);
        const unsigned wanted = at_ == 0 ? 0 : places_.level_for((*levels_)[at_].largest);
        while (places_.level() > wanted) {
            places_.refine((*levels_)[at_].graph);
            if (places_.level() > wanted) anneal({k_warm, k_cold, schedule_.sweeps});
        }
        anneal({k_warm, k_cold, schedule_.sweeps});
    }

  private:
    void anneal(const PairAnnealing::Schedule& how) {
        // Clusters of many sizes fill no square to the last core.
        const std::int64_t room = done() ? 0 : (*levels_)[at_].largest;
        places_.spread((*levels_)[at_].graph, room);
        cost_ = places_.anneal((*levels_)[at_].graph, room, how, random_);
    }

    const std::vector<PairLevel>* levels_;
    MultilevelSchedule schedule_;
    RandomStream random_;
    Refinement places_;
    std::size_t at_;
    double cost_ = 0.0;
};

} // namespace

std::vector<ChipIndex> place_multilevel(PairGraph vertices,
                                        const Machine& machine,
                                        const std::vector<ChipIndex>& chips,
                                        const MultilevelSchedule& schedule,
                                        std::uint64_t seed) {
    if (vertices.n_units() == 0) return {}; // there may be no core either
    const std::vector<PairLevel> levels = coarsened(std::move(vertices), seed);
    std::optional<Descent> best;
    for (std::uint16_t k = 0; k < k_starts; ++k) {
        Descent start(levels, machine, chips, schedule,
                      RandomStream(seed, Purpose::placement, 4, k));
        while (!start.done() && start.n_units() < 2 * k_coarsest)
            start.step();
        if (!best || start.cost() < best->cost()) best.emplace(std::move(start));
    }
    while (!best->done())
        best->step();
    return best->chips();
}

} // namespace spikewell::mapping
