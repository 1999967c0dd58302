#pragma once

#include "mapping/detail/layout_cores.hpp"
#include "network/network.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

/// What the tables of a layout make of each neuron's packets. They are the same each time that it
/// fires, so all is known before anything runs.
namespace spikewell::mapping::detail {

struct NeuronId {
    std::uint32_t population = 0;
    std::uint32_t neuron = 0;
    auto operator<=>(const NeuronId&) const = default;
};

/// The neuron of the slice whose key is the nth.
[[nodiscard]] inline std::uint32_t neuron_of(const Slice& slice, std::uint32_t nth) {
    return slice.first + nth;
}

/// The slice that each neuron is in [population][neuron]. Throws NetworkError unless that is one.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> slices_of(const Network& network,
                                                                const Layout& layout);

/// What a neuron's packet comes to.
struct Way {
    bool sent = false;           ///< its slice has keys
    std::uint32_t delivered = 0; ///< as PacketCounts has these
    std::uint32_t unused = 0;
    std::uint32_t unknown = 0;
    std::uint32_t lost = 0;
};

/// A core with a row for `as` hears of each spike of `of` so many times as if it were one of `as`. Where
/// these are one neuron, not once, as it should.
struct Misheard {
    NeuronId of;
    NeuronId as;
    std::uint32_t times = 0;
    auto operator<=>(const Misheard&) const = default;
};

/// What of a sorted list is of one neuron.
[[nodiscard]] std::span<const Misheard> of_neuron(const std::vector<Misheard>& misheard,
                                                  const NeuronId& id);

class PacketWays {
  public:
    /// Throws NetworkError where the layout is not of this network, and for packets that never end.
    PacketWays(const Network& network, const Layout& layout, int n_threads);

    /// Cores are named by the index of their slice.
    [[nodiscard]] std::size_t n_cores() const { return misheard_.size(); }
    [[nodiscard]] std::uint32_t core_of(const NeuronId& id) const {
        return core_of_[id.population][id.neuron];
    }
    [[nodiscard]] const Way& way(const NeuronId& id) const {
        return ways_[id.population][id.neuron];
    }
    /// Whether the core has a row for the neuron.
    [[nodiscard]] bool listens(std::size_t core, const NeuronId& id) const {
        return listens_[core][first_[id.population] + id.neuron];
    }
    /// Sorted; none: each packet of each neuron that it has a row for comes once.
    [[nodiscard]] const std::vector<Misheard>& misheard(std::size_t core) const {
        return misheard_[core];
    }

  private:
    /// What was found of a slice's neurons.
    struct Found {
        std::vector<std::pair<std::uint32_t, Misheard>> misheard; ///< by core
        std::optional<std::uint32_t> endless;                     ///< key of a packet
    };

    void find_rows(const Network& network, std::size_t core);
    [[nodiscard]] Found follow(std::size_t core);
    void follow_neuron(std::size_t core, std::uint32_t nth, Found& found);
    [[nodiscard]] std::optional<NeuronId> whose(std::uint32_t key) const;
    void note_misheard(const NeuronId& id,
                       const std::optional<NeuronId>& as,
                       const std::map<std::uint32_t, std::uint32_t>& copies,
                       Found& found) const;

    const Layout& layout_;
    std::vector<std::vector<std::uint32_t>> core_of_;
    std::vector<std::size_t> first_; ///< [population] of its neurons among all
    std::size_t n_neurons_ = 0;
    std::vector<std::vector<bool>> listens_; ///< [core][neuron of all]
    std::vector<std::vector<Way>> ways_;     ///< [population][neuron]
    std::vector<std::vector<Misheard>> misheard_;
    LayoutCores cores_;
};

/// Cores that one share of the engine stands for: what each of them has rows for, they hear alike.
struct HearingGroup {
    std::vector<std::uint32_t> cores;
    std::vector<Misheard> misheard; ///< sorted
};
/// Every core in one of them; of a layout that is right it is one group. The cores that hear all as they
/// should are the first, where there are some.
[[nodiscard]] std::vector<HearingGroup> group_by_hearing(const PacketWays& ways);

} // namespace spikewell::mapping::detail
