#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace spikewell::mapping {

/// Finds nodes of a graph, the nearest first. One serves many searches.
class NearestSearch {
  public:
    explicit NearestSearch(std::size_t n_nodes) : seen_(n_nodes, 0) {}

    /// The node where wanted(node) holds that is fewest steps away, itself perhaps; none where none is reached.
    /// each_beside(node, use) calls use(other) for all nodes beside a node.
    template <class EachBeside, class Wanted>
    [[nodiscard]] std::optional<std::uint32_t> nearest(std::uint32_t from,
                                                       const EachBeside& each_beside,
                                                       const Wanted& wanted) {
        ++search_;
        queue_.clear();
        const auto meet = [&](std::uint32_t node) {
            if (seen_[node] == search_) return;
            seen_[node] = search_;
            queue_.push_back(node);
        };
        meet(from);
        std::size_t head = 0;
        while (head < queue_.size()) { // which grows
            const std::uint32_t node = queue_[head++];
            if (wanted(node)) return node;
            each_beside(node, meet);
        }
        return std::nullopt;
    }

  private:
    std::vector<std::uint32_t> seen_; // [n_nodes] search that last met it
    std::vector<std::uint32_t> queue_;
    std::uint32_t search_ = 0;
};

} // namespace spikewell::mapping
