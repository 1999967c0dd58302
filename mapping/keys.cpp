#include "mapping/keys.hpp"

#include "core/error.hpp"
#include "mapping/detail/distances.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace spikewell::mapping {

namespace {

/// A set of nets that shall share a prefix: one net, or two clusters.
struct Cluster {
    std::vector<std::size_t> nets; ///< in the order of their keys
    std::uint64_t size = 0;        ///< keys it takes, a power of two
};

/// What two trees have in common: chips where both go the same way, as a part of the chips of the
/// smaller.
class Likeness {
  public:
    explicit Likeness(const std::vector<RoutingTree>& trees)
        : trees_(trees), sorted_(trees.size()) {}

    double operator()(std::size_t a, std::size_t b) {
        const RoutingTree& first = sorted(a);
        const RoutingTree& second = sorted(b);
        std::size_t same = 0;
        for (std::size_t i = 0, j = 0; i < first.size() && j < second.size();) {
            if (first[i].chip == second[j].chip) {
                same += first[i].route == second[j].route ? 1U : 0U;
                ++i;
                ++j;
            } else if (first[i].chip < second[j].chip) {
                ++i;
            } else {
                ++j;
            }
        }
        return static_cast<double>(same) /
               static_cast<double>(std::max<std::size_t>(1, std::min(first.size(), second.size())));
    }

  private:
    const RoutingTree& sorted(std::size_t net) {
        RoutingTree& tree = sorted_[net];
        if (tree.empty()) {
            tree = trees_[net];
            std::sort(tree.begin(), tree.end(),
                      [](const TreeNode& a, const TreeNode& b) { return a.chip < b.chip; });
        }
        return tree;
    }
    const std::vector<RoutingTree>& trees_;
    std::vector<RoutingTree> sorted_; // by chip
};

/// Places a < b in `alive` of the first two that are most alike; `alike` is [n x n].
std::pair<std::size_t, std::size_t> most_alike(const std::vector<std::size_t>& alive,
                                               const std::vector<double>& alike,
                                               std::size_t n) {
    std::pair<std::size_t, std::size_t> best{0, 1};
    const auto likeness = [&](std::size_t a, std::size_t b) {
        return alike[alive[a] * n + alive[b]];
    };
    for (std::size_t i = 0; i < alive.size(); ++i) {
        for (std::size_t j = i + 1; j < alive.size(); ++j)
            if (likeness(i, j) > likeness(best.first, best.second)) best = {i, j};
    }
    return best;
}

/// The nets of one chip, most alike joined first (average linkage).
std::vector<Cluster> joined_by_likeness(std::vector<Cluster> clusters, Likeness& likeness) {
    const std::size_t n = clusters.size();
    std::vector<double> alike(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = i + 1; j < n; ++j)
            alike[i * n + j] = alike[j * n + i] =
                likeness(clusters[i].nets.front(), clusters[j].nets.front());
    }
    std::vector<std::size_t> alive(n);
    std::iota(alive.begin(), alive.end(), std::size_t{0});
    while (alive.size() > 1) {
        const auto [a, b] = most_alike(alive, alike, n);
        Cluster& first = clusters[alive[a]];
        Cluster& second = clusters[alive[b]];
        const auto n_first = static_cast<double>(first.nets.size());
        const auto n_second = static_cast<double>(second.nets.size());
        for (const std::size_t other : alive) {
            double& to_both = alike[alive[a] * n + other];
            to_both =
                (to_both * n_first + alike[alive[b] * n + other] * n_second) / (n_first + n_second);
            alike[other * n + alive[a]] = to_both;
        }
        first.nets.insert(first.nets.end(), second.nets.begin(), second.nets.end());
        alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(b));
    }
    if (alive.empty()) return {};
    return {clusters[alive[0]]};
}

/// Gives blocks one after the other, each aligned to its size.
class KeySpace {
  public:
    std::uint64_t take(std::uint64_t size) {
        next_ = (next_ + size - 1) / size * size;
        const std::uint64_t key = next_;
        next_ += size;
        return key;
    }
    void align(std::uint64_t size) { next_ = (next_ + size - 1) / size * size; }
    [[nodiscard]] std::uint64_t used() const { return next_; }

  private:
    std::uint64_t next_ = 0;
};

constexpr std::uint64_t k_key_space = std::uint64_t{1} << 32U;

/// Keys by net, and how many were used.
struct Allocation {
    std::vector<std::uint64_t> key; // [n_nets]
    std::uint64_t used = 0;
};

enum class Prefixes { by_chip, none };

Allocation allocate(const std::vector<std::vector<std::size_t>>& groups,
                    const std::vector<std::uint64_t>& sizes,
                    Prefixes prefixes) {
    Allocation result;
    result.key.assign(sizes.size(), 0);
    KeySpace space;
    for (const std::vector<std::size_t>& group : groups) {
        std::uint64_t sum = 0;
        for (const std::size_t net : group)
            sum += sizes[net];
        if (prefixes == Prefixes::by_chip) space.align(std::bit_ceil(sum));
        for (const std::size_t net : group)
            result.key[net] = space.take(sizes[net]);
        if (prefixes == Prefixes::by_chip) space.align(std::bit_ceil(sum));
    }
    result.used = space.used();
    return result;
}

} // namespace

std::vector<KeyBlock> allocate_keys(const Graph& graph,
                                    const Machine& machine,
                                    const std::vector<RoutingTree>& trees) {
    std::vector<std::uint64_t> sizes;
    for (const Net& net : graph.nets)
        sizes.push_back(std::bit_ceil(std::uint64_t{graph.vertices[net.source].n_keys}));
    std::vector<std::vector<std::size_t>> of_chip(machine.chips.size());
    std::vector<std::vector<std::size_t>> groups;
    std::vector<std::size_t> without_sinks;
    for (std::size_t e = 0; e < graph.nets.size(); ++e) {
        if (trees[e].empty())
            without_sinks.push_back(e);
        else
            of_chip[trees[e].front().chip].push_back(e);
    }
    Likeness likeness(trees);
    for (const ChipIndex chip : chips_along_curve(machine)) {
        std::vector<Cluster> clusters;
        for (const std::size_t net : of_chip[chip])
            clusters.push_back({{net}, sizes[net]});
        for (Cluster& cluster : joined_by_likeness(std::move(clusters), likeness))
            groups.push_back(std::move(cluster.nets));
    }
    groups.push_back(std::move(without_sinks));
    Allocation allocation = allocate(groups, sizes, Prefixes::by_chip);
    if (allocation.used > k_key_space) {
        // Largest first: nothing is lost between blocks.
        std::vector<std::size_t> all;
        for (const auto& group : groups)
            all.insert(all.end(), group.begin(), group.end());
        std::stable_sort(all.begin(), all.end(),
                         [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
        allocation = allocate({all}, sizes, Prefixes::none);
    }
    if (allocation.used > k_key_space) {
        throw MappingError("keys", static_cast<double>(allocation.used),
                           static_cast<double>(k_key_space),
                           "blocks are powers of two; fewer neurons a slice waste less");
    }
    std::vector<KeyBlock> blocks;
    for (std::size_t e = 0; e < graph.nets.size(); ++e) {
        blocks.push_back({graph.nets[e].source, static_cast<std::uint32_t>(allocation.key[e]),
                          static_cast<std::uint32_t>(~(sizes[e] - 1)),
                          graph.vertices[graph.nets[e].source].n_keys});
    }
    return blocks;
}

} // namespace spikewell::mapping
