#include "mapping/placement.hpp"

#include "core/error.hpp"
#include "core/order.hpp"
#include "mapping/detail/anneal.hpp"
#include "mapping/detail/multilevel.hpp"
#include "mapping/detail/nearest_search.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/cuthill_mckee_ordering.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <queue>

namespace spikewell::mapping {

ChipSpace free_space(const Machine& machine, std::uint32_t nets_per_chip) {
    ChipSpace space;
    space.most_ends = nets_per_chip;
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        space.cores.push_back(user_cores(machine, chip));
        space.sdram.push_back(machine.chips[chip].sdram_bytes);
        space.ends.push_back(nets_per_chip);
    }
    return space;
}

void require_space(const Hypergraph& graph,
                   const ChipSpace& space,
                   const std::vector<ChipIndex>& chips,
                   const std::string& pieces) {
    const std::string apart = pieces.empty() ? "" : "; " + pieces;
    double cores = 0.0;
    double sdram = 0.0;
    double largest = 0.0;
    for (const ChipIndex chip : chips) {
        cores += static_cast<double>(space.cores[chip]);
        sdram += static_cast<double>(space.sdram[chip]);
        largest = std::max(largest, static_cast<double>(space.sdram[chip]));
    }
    const auto needed_cores = static_cast<double>(graph.n_units());
    if (needed_cores > cores) {
        throw MappingError("cores", needed_cores, cores,
                           fmt::format("{} slices are left over; a larger machine would help{}",
                                       needed_cores - cores, apart));
    }
    double needed = 0.0;
    for (const std::int64_t bytes : graph.unit_sdram) {
        needed += static_cast<double>(bytes);
        if (static_cast<double>(bytes) > largest)
            throw MappingError("SDRAM bytes of one chip", static_cast<double>(bytes), largest,
                               "a single slice needs them; make slices smaller" + apart);
    }
    if (needed > sdram)
        throw MappingError("SDRAM bytes", needed, sdram,
                           "of all chips together; a larger machine would help" + apart);
}

void throw_does_not_pack(const Hypergraph& graph,
                         std::size_t left_over,
                         const std::string& pieces) {
    const auto n = static_cast<double>(graph.n_units());
    throw MappingError(
        "places", n, n - static_cast<double>(left_over),
        fmt::format("{} of {} slices are left over: cores and SDRAM suffice in sum, not "
                    "chip by chip{}{}",
                    left_over, graph.n_units(), pieces.empty() ? "" : "; ", pieces));
}

namespace {

/// Everything the placers look at.
struct Problem {
    Problem(const Graph& graph, const Machine& machine, const PlacementOptions& options)
        : vertices(make_hypergraph(graph)), chips(chips_along_curve(machine)),
          space(free_space(machine, options.nets_per_chip)), pieces(pieces_text(machine)) {
        require_space(vertices, space, chips, pieces);
    }
    Hypergraph vertices;
    std::vector<ChipIndex> chips; ///< along a Hilbert curve
    ChipSpace space;
    std::string pieces; ///< for messages: of a machine that does not hang together
};

/// Units in this order along the curve, each on the first chip from the last one's on that has room
/// (from the curve's start again when none has). None when that does not fit.
std::optional<ChipOfVertex> fill_in_order(const Hypergraph& graph,
                                          const std::vector<std::uint32_t>& order,
                                          const std::vector<ChipIndex>& chips,
                                          ChipSpace space,
                                          std::size_t& left_over) {
    ChipOfVertex result(graph.n_units(), k_no_chip);
    std::size_t at = 0;
    left_over = 0;
    for (const std::uint32_t unit : order) {
        const ChipSpace::Demand demand = space.demand(graph, unit);
        std::size_t tried = 0;
        while (tried < chips.size() && !space.fits(demand, chips[at])) {
            at = (at + 1) % chips.size();
            ++tried;
        }
        if (tried == chips.size()) {
            ++left_over;
            continue;
        }
        result[unit] = chips[at];
        space.take(demand, chips[at]);
    }
    if (left_over > 0) return std::nullopt;
    return result;
}

/// In the order given; where that leaves some over, the largest first.
ChipOfVertex fill(const Problem& problem, std::vector<std::uint32_t> order) {
    std::size_t left_over = 0;
    if (auto result =
            fill_in_order(problem.vertices, order, problem.chips, problem.space, left_over))
        return *result;
    const ChipSpace& space = problem.space;
    const auto most_sdram = static_cast<double>(
        std::max<std::int64_t>(1, *std::max_element(space.sdram.begin(), space.sdram.end())));
    const auto most_ends = static_cast<double>(std::max<std::int64_t>(1, space.most_ends));
    const auto size = [&](std::uint32_t unit) {
        const ChipSpace::Demand demand = space.demand(problem.vertices, unit);
        return std::max(static_cast<double>(demand.sdram) / most_sdram,
                        static_cast<double>(demand.ends) / most_ends);
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return size(a) > size(b); });
    if (auto result =
            fill_in_order(problem.vertices, order, problem.chips, problem.space, left_over))
        return *result;
    throw_does_not_pack(problem.vertices, left_over, problem.pieces);
}

// --- Growing

/// Units in an order in which those that share traffic follow each other: clusters of the size of a
/// chip, grown one beside the other.
class Growth {
  public:
    explicit Growth(const Hypergraph& graph)
        : graph_(graph), to_all_(graph.n_units(), 0.0), to_cluster_(graph.n_units(), 0.0),
          placed_(graph.n_units(), 0) {}

    std::vector<std::uint32_t> order(std::uint32_t cluster_cores) {
        std::vector<std::uint32_t> result;
        std::uint32_t next_unmet = 0;
        while (result.size() < graph_.n_units()) {
            std::uint32_t cores = 0;
            for (const std::uint32_t unit : met_)
                to_cluster_[unit] = 0.0;
            met_.clear();
            while (cores < cluster_cores && result.size() < graph_.n_units()) {
                const std::uint32_t unit = next(next_unmet);
                place(unit);
                cores += graph_.unit_cores[unit];
                result.push_back(unit);
            }
        }
        return result;
    }

  private:
    /// The one that shares most with this cluster, then with everything placed.
    std::uint32_t next(std::uint32_t& next_unmet) {
        const auto better = [&](std::uint32_t a, std::uint32_t b) {
            return to_cluster_[a] + 0.3 * to_all_[a] > to_cluster_[b] + 0.3 * to_all_[b];
        };
        std::uint32_t best = ~std::uint32_t{0};
        std::size_t kept = 0;
        for (const std::uint32_t unit : met_) {
            if (placed_[unit] != 0) continue;
            met_[kept++] = unit;
            if (best == ~std::uint32_t{0} || better(unit, best)) best = unit;
        }
        met_.resize(kept);
        if (kept > 0) return best;
        while (!queue_.empty()) {
            const auto [worth, unit] = queue_.top();
            queue_.pop();
            if (placed_[unit] == 0 && worth == to_all_[unit]) return unit;
        }
        while (placed_[next_unmet] != 0)
            ++next_unmet;
        return next_unmet;
    }

    void place(std::uint32_t unit) {
        constexpr std::size_t k_widest = 64; // wider nets say little about who belongs together
        placed_[unit] = 1;
        for (const std::uint32_t e : graph_.nets_of(unit)) {
            const auto pins = graph_.pins_of(e);
            if (pins.size() > k_widest) continue;
            const double worth = graph_.weights[e] / static_cast<double>(pins.size() - 1);
            for (const std::uint32_t other : pins) {
                if (placed_[other] != 0) continue;
                if (to_cluster_[other] == 0.0) met_.push_back(other);
                to_cluster_[other] += worth;
                to_all_[other] += worth;
                queue_.emplace(to_all_[other], other);
            }
        }
    }

    const Hypergraph& graph_;
    std::vector<double> to_all_;     // [n_units] traffic shared with units placed
    std::vector<double> to_cluster_; // [n_units] with those of the cluster being grown
    std::vector<char> placed_;
    std::vector<std::uint32_t> met_; // units that share traffic with the cluster
    std::priority_queue<std::pair<double, std::uint32_t>> queue_;
};

std::uint32_t typical_cores(const Problem& problem) {
    std::vector<std::int64_t> cores;
    for (const ChipIndex chip : problem.chips)
        cores.push_back(problem.space.cores[chip]);
    const auto middle = cores.begin() + static_cast<std::ptrdiff_t>(cores.size() / 2);
    std::nth_element(cores.begin(), middle, cores.end());
    return static_cast<std::uint32_t>(std::max<std::int64_t>(1, *middle));
}

ChipOfVertex grown(const Problem& problem) {
    return fill(problem, Growth(problem.vertices).order(typical_cores(problem)));
}

// --- Annealing over levels

/// Clusters of clusters: level 0 is the vertices.
struct Levels {
    std::vector<Hypergraph> graphs;
    std::vector<std::vector<std::uint32_t>> cluster_of; // [level][unit] -> unit of level + 1
};

Levels coarsen(const Problem& problem, std::uint32_t most_cores, std::uint64_t seed) {
    Levels levels;
    levels.graphs.push_back(problem.vertices);
    std::int64_t sdram = 0;
    for (const ChipIndex chip : problem.chips)
        sdram = std::max(sdram, problem.space.sdram[chip]);
    for (std::uint32_t cores = 2; cores <= most_cores; cores *= 2) {
        const Hypergraph& fine = levels.graphs.back();
        const auto cluster_of = match_units(
            fine, {cores, sdram / 4, static_cast<std::uint32_t>(problem.space.most_ends)}, seed);
        const std::size_t n =
            cluster_of.empty() ? 0 : 1 + *std::max_element(cluster_of.begin(), cluster_of.end());
        if (n == fine.n_units()) break;
        Hypergraph coarse = contract(fine, cluster_of, n);
        levels.cluster_of.push_back(cluster_of);
        levels.graphs.push_back(std::move(coarse));
    }
    return levels;
}

/// The cost of a spanning tree of every net, weighted by traffic.
double cost_of(const Problem& problem,
               const Machine& machine,
               const Distances& distances,
               const ChipOfVertex& chips) {
    return Annealing(problem.vertices, machine, distances, problem.space, chips).cost();
}

// What gave short trees on graphs of local, random and all-to-all nets. Temperatures are in mean
// changes of the cost by a proposal.
constexpr double k_hot = 0.5;
constexpr double k_cold = 0.01;
constexpr double k_cooler = 0.2;       ///< each finer level begins this much cooler
constexpr double k_coarse_share = 0.5; ///< of the work goes into the coarsest level
constexpr double k_work_per_pin = 45e3;
constexpr double k_least_work = 1e8;
constexpr double k_most_work = 1.5e10; ///< about a minute

void anneal_level(Annealing& annealing, double heat, double work, RandomStream& random) {
    const double change = annealing.mean_change(random);
    if (change > 0.0) annealing.run({heat * change, k_cold * change, work}, random);
}

/// From the coarsest level on which everything fits, hot, down to the vertices, ever colder.
ChipOfVertex annealed(const Problem& problem,
                      const Machine& machine,
                      const Distances& distances,
                      const PlacementOptions& options) {
    const std::uint32_t chip_cores = typical_cores(problem);
    const Levels levels = coarsen(problem, std::max(1U, chip_cores / 4), options.seed);
    std::size_t level = levels.graphs.size();
    std::optional<ChipOfVertex> chips;
    std::size_t left_over = 0;
    while (!chips && level-- > 0) {
        const Hypergraph& graph = levels.graphs[level];
        chips = fill_in_order(graph, Growth(graph).order(chip_cores), problem.chips, problem.space,
                              left_over);
    }
    if (!chips) { // the largest first, then
        level = 0;
        chips = grown(problem);
    }
    RandomStream random(options.seed, Purpose::placement, 0);
    const double work =
        options.effort *
        std::clamp(k_work_per_pin * static_cast<double>(problem.vertices.pins.size()), k_least_work,
                   k_most_work);
    const double coarse_work = level == 0 ? work : k_coarse_share * work;
    const double fine_work =
        (work - coarse_work) / static_cast<double>(std::max<std::size_t>(1, level));
    double heat = k_hot;
    for (const std::size_t coarsest = level;; heat *= k_cooler) {
        Annealing annealing(levels.graphs[level], machine, distances, problem.space, *chips);
        anneal_level(annealing, heat, level == coarsest ? coarse_work : fine_work, random);
        chips = annealing.chips();
        if (level == 0) return *chips;
        ChipOfVertex finer;
        for (const std::uint32_t cluster : levels.cluster_of[--level])
            finer.push_back((*chips)[cluster]);
        chips = std::move(finer);
    }
}

// --- The placers

/// Work per pin that mends a placement without taking long.
constexpr double k_mending_work_per_pin = 500.0;

ChipOfVertex place_fast(const Graph& graph,
                        const Machine& machine,
                        const PlacementOptions& options) {
    const Problem problem(graph, machine, options);
    const Distances distances(machine);
    Annealing annealing(problem.vertices, machine, distances, problem.space, grown(problem));
    const double before = annealing.cost();
    const ChipOfVertex start = annealing.chips();
    RandomStream random(options.seed, Purpose::placement, 0);
    anneal_level(annealing, 2.0 * k_cold,
                 k_mending_work_per_pin * static_cast<double>(problem.vertices.pins.size()),
                 random);
    return annealing.cost() <= before ? annealing.chips() : start;
}

ChipOfVertex place_anneal(const Graph& graph,
                          const Machine& machine,
                          const PlacementOptions& options) {
    const Problem problem(graph, machine, options);
    const Distances distances(machine);
    ChipOfVertex simple = grown(problem);
    ChipOfVertex best = annealed(problem, machine, distances, options);
    const auto cost = [&](const ChipOfVertex& chips) {
        return cost_of(problem, machine, distances, chips);
    };
    return cost(best) <= cost(simple) ? best : simple;
}

/// Those that have no room where they are go to the nearest chip that has, over working links. None when there is none.
std::optional<ChipOfVertex> fitted(const Problem& problem,
                                   const Machine& machine,
                                   ChipOfVertex chips) {
    ChipSpace space = problem.space;
    std::vector<std::uint32_t> over;
    for (std::uint32_t v = 0; v < chips.size(); ++v) {
        const ChipSpace::Demand demand = space.demand(problem.vertices, v);
        if (space.fits(demand, chips[v]))
            space.take(demand, chips[v]);
        else
            over.push_back(v);
    }
    NearestSearch search(machine.chips.size());
    const auto each_beside = [&](ChipIndex at, const auto& use) {
        for (unsigned link = 0; link < k_links; ++link)
            if (machine.has_link(at, link)) use(machine.neighbour(at, link));
    };
    for (const std::uint32_t v : over) {
        const ChipSpace::Demand demand = space.demand(problem.vertices, v);
        const auto chip = search.nearest(chips[v], each_beside,
                                         [&](ChipIndex at) { return space.fits(demand, at); });
        if (!chip) return std::nullopt;
        chips[v] = *chip;
        space.take(demand, *chip);
    }
    return chips;
}

constexpr MultilevelSchedule k_multilevel_schedule{10'000.0, 50.0};
constexpr double k_multilevel_heat = 0.05; ///< of the vertices: what belongs together is together
constexpr double k_multilevel_work_per_pin = 2000.0;

ChipOfVertex place_by_levels(const Graph& graph,
                             const Machine& machine,
                             const PlacementOptions& options) {
    const Problem problem(graph, machine, options);
    const MultilevelSchedule schedule{options.effort * k_multilevel_schedule.coarse_sweeps,
                                      options.effort * k_multilevel_schedule.sweeps};
    ChipOfVertex placed = place_multilevel(make_pair_graph(graph, TieWeight::tree), machine,
                                           problem.chips, schedule, options.seed);
    std::optional<ChipOfVertex> chips = fitted(problem, machine, std::move(placed));
    if (!chips) chips = grown(problem); // the largest first, then
    const Distances distances(machine);
    Annealing annealing(problem.vertices, machine, distances, problem.space, *std::move(chips));
    RandomStream random(options.seed, Purpose::placement, 5);
    const double work =
        std::max(k_least_work,
                 k_multilevel_work_per_pin * static_cast<double>(problem.vertices.pins.size()));
    anneal_level(annealing, k_multilevel_heat, options.effort * work, random);
    return annealing.chips();
}

ChipOfVertex place_rcm(const Graph& graph,
                       const Machine& machine,
                       const PlacementOptions& options) {
    using Pairs =
        boost::adjacency_list<boost::setS, boost::vecS, boost::undirectedS,
                              boost::property<boost::vertex_color_t, boost::default_color_type>>;
    const Problem problem(graph, machine, options);
    Pairs pairs(graph.vertices.size());
    for (const Net& net : graph.nets) {
        for (const VertexIndex sink : net.sinks) {
            if (sink != net.source) boost::add_edge(net.source, sink, pairs);
        }
    }
    std::vector<std::size_t> reverse(graph.vertices.size());
    boost::cuthill_mckee_ordering(pairs, reverse.rbegin(), boost::get(boost::vertex_color, pairs),
                                  boost::make_degree_map(pairs));
    return fill(problem, {reverse.begin(), reverse.end()});
}

ChipOfVertex place_random(const Graph& graph,
                          const Machine& machine,
                          const PlacementOptions& options) {
    Problem problem(graph, machine, options);
    RandomStream random(options.seed, Purpose::placement, 2);
    shuffle(problem.chips, random);
    std::vector<std::uint32_t> order = numbers_below(graph.vertices.size());
    shuffle(order, random);
    return fill(problem, order);
}

} // namespace

const std::vector<Placer>& placers() {
    static const std::vector<Placer> all{
        {"fast", "clusters grown chip by chip along a Hilbert curve, briefly mended", false,
         place_fast},
        {"anneal", "clusters of clusters, then vertices, annealed to short trees", true,
         place_anneal},
        {"multilevel",
         "squares of chips taken apart with clusters of vertices, then annealed: for many", true,
         place_by_levels},
        {"rcm", "reverse Cuthill-McKee order along a Hilbert curve", false, place_rcm},
        {"random", "anywhere: what the others are compared with", false, place_random},
    };
    return all;
}

const Placer& placer(std::string_view name) {
    std::string allowed = "one of";
    for (const Placer& known : placers()) {
        if (known.name == name) return known;
        allowed += " " + known.name;
    }
    throw ParameterError("map", "placer", name, allowed);
}

std::vector<Place> assign_cores(const ChipOfVertex& chips, const Machine& machine) {
    std::vector<int> next;
    for (const Chip& chip : machine.chips)
        next.push_back(chip.monitors);
    std::vector<Place> places;
    for (VertexIndex v = 0; v < chips.size(); ++v)
        places.push_back({v, chips[v], next[chips[v]]++});
    return places;
}

} // namespace spikewell::mapping
