#include "core/order.hpp"
#include "core/random.hpp"
#include "mapping/detail/anneal.hpp"
#include "mapping/detail/net_trees.hpp"
#include "support/mapping.hpp"

#include <catch2/catch.hpp>

#include <set>

// Trees of nets that are kept while units move, against trees that are made anew each time.

using namespace spikewell;
using namespace spikewell::mapping;

namespace {

/// Hops of a minimum spanning tree: Kruskal's algorithm, by the letter.
unsigned spanning_hops(const std::set<ChipIndex>& chips, const Distances& distances) {
    std::vector<ChipIndex> all(chips.begin(), chips.end());
    std::vector<std::size_t> piece;
    for (std::size_t i = 0; i < all.size(); ++i)
        piece.push_back(i);
    unsigned length = 0;
    for (unsigned hops = 0; hops < Distances::k_unreachable; ++hops) {
        std::set<std::size_t> pieces(piece.begin(), piece.end());
        if (pieces.size() <= 1) break;
        for (std::size_t a = 0; a < all.size(); ++a) {
            for (std::size_t b = 0; b < a; ++b) {
                if (piece[a] == piece[b] || distances(all[a], all[b]) != hops) continue;
                length += hops;
                const std::size_t gone = piece[a];
                for (std::size_t& p : piece)
                    p = p == gone ? piece[b] : p;
            }
        }
    }
    return length;
}

std::set<ChipIndex> chips_of(const Hypergraph& graph,
                             std::uint32_t net,
                             const std::vector<ChipIndex>& chip_of) {
    std::set<ChipIndex> chips;
    for (const std::uint32_t unit : graph.pins_of(net))
        chips.insert(chip_of[unit]);
    return chips;
}

} // namespace

TEST_CASE("Trees of nets are the shortest there are, before and after any move") {
    // Hops between any two chips are listed on all but the last, which is too large.
    const std::string preset = GENERATE("spinn3", "spinn5", "12x12", "48x48");
    const std::size_t most_in_table = GENERATE(std::size_t{0}, NetTrees::k_most_in_table);
    const Machine machine = make_machine(preset);
    const Distances distances(machine);
    const std::vector<ChipIndex> usable = chips_along_curve(machine);
    const std::size_t n_near =
        std::min<std::size_t>(usable.size(), 30); // chips of a net lie near each other
    const Hypergraph graph = make_hypergraph(test::random_graph(60, 9, 5));
    RandomStream random(7, Purpose::placement, 3);
    const auto any = [&](std::size_t n) {
        return static_cast<std::size_t>(random.uniform() * static_cast<double>(n));
    };
    std::vector<ChipIndex> chip_of;
    for (std::size_t u = 0; u < graph.n_units(); ++u)
        chip_of.push_back(usable[any(u % 7 == 0 ? usable.size() : n_near)]);
    NetTrees trees(graph, distances, chip_of, most_in_table);
    int n_wrong = 0;
    for (int i = 0; i < 2000; ++i) {
        const auto unit = static_cast<std::uint32_t>(any(graph.n_units()));
        const ChipIndex from = chip_of[unit];
        const ChipIndex to = usable[any(i % 5 == 0 ? usable.size() : n_near)];
        if (to == from) continue;
        std::vector<double> changes;
        for (const std::uint32_t net : graph.nets_of(unit)) {
            const unsigned before = spanning_hops(chips_of(graph, net, chip_of), distances);
            n_wrong += trees.length(net) == before ? 0 : 1;
            std::size_t looks = 0;
            changes.push_back(trees.change(net, from, to, looks));
        }
        chip_of[unit] = to;
        std::size_t k = 0;
        for (const std::uint32_t net : graph.nets_of(unit)) {
            const unsigned after = spanning_hops(chips_of(graph, net, chip_of), distances);
            const double change =
                (static_cast<double>(after) - trees.length(net)) * graph.weights[net];
            n_wrong += changes[k++] == change ? 0 : 1;
            trees.move(net, from, to);
            n_wrong += trees.length(net) == after ? 0 : 1;
            const auto chips = trees.chips(net);
            n_wrong +=
                std::set<ChipIndex>(chips.begin(), chips.end()) == chips_of(graph, net, chip_of)
                    ? 0
                    : 1;
        }
    }
    CHECK(n_wrong == 0);
}

TEST_CASE("What annealing adds up is the length of all trees, and chips hold what they may") {
    const Machine machine = make_machine("spinn5");
    const Distances distances(machine);
    const Hypergraph graph = make_hypergraph(test::random_graph(300, 6, 3));
    const ChipSpace space = free_space(machine, 0);
    const std::vector<ChipIndex> usable = chips_along_curve(machine);
    std::vector<ChipIndex> start;
    for (std::size_t u = 0; u < graph.n_units(); ++u)
        start.push_back(usable[u % usable.size()]);
    Annealing annealing(graph, machine, distances, space, start);
    const double before = annealing.cost();
    RandomStream random(1, Purpose::placement, 9);
    annealing.run({5.0, 0.3, 2e6}, random);
    double hops = 0.0;
    for (std::uint32_t net = 0; net < graph.n_nets(); ++net)
        hops +=
            graph.weights[net] * spanning_hops(chips_of(graph, net, annealing.chips()), distances);
    CHECK(annealing.cost() == Approx(hops));
    CHECK(annealing.cost() < 0.7 * before);
    std::vector<std::int64_t> on(machine.chips.size(), 0);
    for (const ChipIndex chip : annealing.chips())
        ++on[chip];
    for (ChipIndex chip = 0; chip < on.size(); ++chip)
        CHECK(on[chip] <= user_cores(machine, chip));
}
