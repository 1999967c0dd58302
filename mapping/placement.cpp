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
                ++cores;
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

// --- Annealing

/// Where annealing ends, in mean changes of the cost by a proposal.
constexpr double k_cold = 0.01;

/// Placements, as the trees of their nets, weighted by traffic, make them better or worse.
class ByTrees {
  public:
    /// The arguments outlive this.
    ByTrees(const Problem& problem, const Machine& machine)
        : problem_(problem), machine_(machine), distances_(machine) {}

    [[nodiscard]] double cost(const ChipOfVertex& chips) const {
        return NetTrees(problem_.vertices, distances_, chips).cost();
    }
    /// From so many mean changes down; the start where it was not bettered.
    [[nodiscard]] ChipOfVertex annealed(const ChipOfVertex& start,
                                        double heat,
                                        double work,
                                        RandomStream random) const {
        Annealing annealing(problem_.vertices, machine_, distances_, problem_.space, start);
        const double before = annealing.cost();
        const double change = annealing.mean_change(random);
        if (change > 0.0) annealing.run({heat * change, k_cold * change, work}, random);
        return annealing.cost() < before ? annealing.chips() : start;
    }

  private:
    const Problem& problem_;
    const Machine& machine_;
    Distances distances_;
};

// --- The placers

/// Work per pin that mends a placement without taking long.
constexpr double k_mending_work_per_pin = 500.0;

ChipOfVertex grown_and_mended(const Problem& problem, const ByTrees& trees, std::uint64_t seed) {
    const auto n_pins = static_cast<double>(problem.vertices.pins.size());
    return trees.annealed(grown(problem), 2.0 * k_cold, k_mending_work_per_pin * n_pins,
                          RandomStream(seed, Purpose::placement, 0));
}

ChipOfVertex place_fast(const Graph& graph,
                        const Machine& machine,
                        const PlacementOptions& options) {
    const Problem problem(graph, machine, options);
    return grown_and_mended(problem, ByTrees(problem, machine), options.seed);
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

// What gave short trees in some seconds on graphs of local, random and all-to-all nets. Few vertices are looked at longer than
// many, which take a time in proportion to their number.
constexpr double k_coarse_sweeps = 1000.0;
/// How the whole lies is harder to find where it fills the machine.
constexpr double k_coarse_sweeps_of_full = 4000.0;
constexpr double k_full = 0.5; ///< of the cores
constexpr double k_sweeps_of_all = 3e6;
constexpr double k_fewest_sweeps = 20.0;
constexpr double k_most_sweeps = 400.0;
constexpr double k_work_per_pin = 200.0; ///< of trees, at least
constexpr double k_most_to_grow = 20e3;  ///< vertices; growing takes longer than in proportion

MultilevelSchedule multilevel_schedule(const Problem& problem, double effort) {
    const auto n_vertices = static_cast<double>(problem.vertices.n_units());
    double n_cores = 0.0;
    for (const ChipIndex chip : problem.chips)
        n_cores += static_cast<double>(problem.space.cores[chip]);
    const double coarse_sweeps =
        n_vertices > k_full * n_cores ? k_coarse_sweeps_of_full : k_coarse_sweeps;
    const double sweeps = std::clamp(k_sweeps_of_all / n_vertices, k_fewest_sweeps, k_most_sweeps);
    return {effort * coarse_sweeps, effort * sweeps};
}

/// Looks at (net, chip) pairs; 1e9 take some 4 s.
double tree_work(double n_pins, double effort) {
    const double of_few = std::min(260e3 * n_pins, 3e8);
    const double of_some = std::min(26e3 * n_pins, 7e8);
    return effort * std::max({of_few, of_some, k_work_per_pin * n_pins});
}

/// Where the trees begin, in mean changes: what belongs together is together, and the less work there is the less of it may
/// be shaken up again.
double tree_heat(double work, double n_pins) {
    return 0.02 * std::pow(std::max(1.0, work / (n_pins * k_work_per_pin)), 0.33);
}

ChipOfVertex place_by_levels(const Graph& graph,
                             const Machine& machine,
                             const PlacementOptions& options) {
    const Problem problem(graph, machine, options);
    const auto n = static_cast<double>(problem.vertices.n_units());
    const MultilevelSchedule schedule = multilevel_schedule(problem, options.effort);
    ChipOfVertex placed = place_multilevel(make_pair_graph(graph, TieWeight::tree), machine,
                                           problem.chips, schedule, options.seed);
    std::optional<ChipOfVertex> chips = fitted(problem, machine, std::move(placed));
    const ByTrees trees(problem, machine);
    // Filling chip by chip is as good where there is little to place or little time, and best where all talk to all, which
    // is hard to find by steps that each change nothing.
    if (!chips || n <= k_most_to_grow) {
        ChipOfVertex simple = grown_and_mended(problem, trees, options.seed);
        if (!chips || trees.cost(simple) <= trees.cost(*chips)) chips = std::move(simple);
    }
    const auto n_pins = static_cast<double>(problem.vertices.pins.size());
    const double work = tree_work(n_pins, options.effort);
    return trees.annealed(*chips, tree_heat(work, n_pins), work,
                          RandomStream(options.seed, Purpose::placement, 5));
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
        {"multilevel",
         "squares of chips taken apart with clusters of vertices, then annealed to short trees",
         true, place_by_levels},
        {"fast", "clusters grown chip by chip along a Hilbert curve, briefly mended", false,
         place_fast},
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
