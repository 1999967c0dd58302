#include "mapping/detail/net_trees.hpp"

#include <algorithm>
#include <limits>

namespace spikewell::mapping {

namespace {

constexpr std::uint16_t k_far = std::numeric_limits<std::int16_t>::max();

constexpr std::uint32_t rounded_up(std::uint32_t n, std::uint32_t lanes) {
    return (n + lanes - 1) / lanes * lanes;
}

} // namespace

NetTrees::NetTrees(const Hypergraph& graph,
                   const Distances& distances,
                   const std::vector<ChipIndex>& chip_of_unit,
                   std::size_t most_in_table)
    : distances_(distances), n_chips_(distances.n_chips()), nets_(graph.n_nets()) {
    const bool fits = graph.n_nets() * n_chips_ <= most_in_table &&
                      n_chips_ < std::numeric_limits<std::uint16_t>::max();
    if (fits) table_.assign(graph.n_nets() * n_chips_, 0);
    make_room(graph);
    for (std::uint32_t e = 0; e < graph.n_nets(); ++e) {
        for (const std::uint32_t unit : graph.pins_of(e))
            add_unit(e, chip_of_unit[unit]);
        plant(e);
    }
}

void NetTrees::make_room(const Hypergraph& graph) {
    std::size_t begin = 0;
    for (std::uint32_t e = 0; e < graph.n_nets(); ++e) {
        nets_[e].begin = begin;
        nets_[e].weight = graph.weights[e];
        const std::size_t most = std::min(graph.pins_of(e).size(), n_chips_);
        begin += rounded_up(static_cast<std::uint32_t>(most), k_lanes);
    }
    chips_.resize(begin);
    before_.resize(begin);
    hops_.resize(begin);
    n_after_.resize(begin);
    n_units_.resize(begin);
}

void NetTrees::add_unit(std::uint32_t net, ChipIndex chip) {
    Net& of = nets_[net];
    const std::uint32_t i = stop_at(net, chip);
    if (i == of.n) {
        chips_[of.begin + of.n++] = chip;
        note_stop(net, chip, i);
    }
    ++n_units_[of.begin + i];
}

/// Which of the net's; their number where the chip is none of them.
std::uint32_t NetTrees::stop_at(std::uint32_t net, ChipIndex chip) const {
    const Net& of = nets_[net];
    if (!table_.empty()) {
        const std::uint32_t stop = table_[net * n_chips_ + chip];
        return stop == 0 ? of.n : stop - 1;
    }
    const ChipIndex* const chips = &chips_[of.begin];
    std::uint32_t i = 0;
    while (i < of.n && chips[i] != chip)
        ++i;
    return i;
}

void NetTrees::note_stop(std::uint32_t net, ChipIndex chip, std::uint32_t stop) {
    if (!table_.empty()) table_[net * n_chips_ + chip] = static_cast<std::uint16_t>(stop + 1);
}

/// Brings the chip that is nearest to the tree next; `last` came last.
void NetTrees::reach_next(const Net& net, std::uint32_t last) {
    ChipIndex* const chips = &chips_[net.begin];
    std::uint32_t* const before = &before_[net.begin];
    std::uint16_t* const hops = &hops_[net.begin];
    const auto row = distances_.from(chips[last]);
    const std::uint32_t next = last + 1;
    std::uint32_t best = next;
    for (std::uint32_t i = next; i < net.n; ++i) {
        const std::uint16_t there = row.to(chips[i]);
        if (there < hops[i]) {
            hops[i] = there;
            before[i] = last;
        }
        best = hops[i] < hops[best] ? i : best;
    }
    std::swap(chips[next], chips[best]);
    std::swap(n_units_[net.begin + next], n_units_[net.begin + best]);
    std::swap(before[next], before[best]);
    std::swap(hops[next], hops[best]);
    ++n_after_[net.begin + before[next]];
}

/// Prim's algorithm from the first chip on.
void NetTrees::plant(std::uint32_t net) {
    Net& of = nets_[net];
    ChipIndex* const chips = &chips_[of.begin];
    std::uint16_t* const hops = &hops_[of.begin];
    std::fill_n(&n_after_[of.begin], of.n, 0);
    std::fill_n(hops, of.n, k_far);
    hops[0] = 0;
    of.length = 0;
    for (std::uint32_t last = 0; last + 1 < of.n; ++last) {
        reach_next(of, last);
        of.length += hops[last + 1];
    }
    if (of.n > 2 && n_after_[of.begin] == 1) begin_inside(of);
    for (std::uint32_t i = 0; i < of.n; ++i)
        note_stop(net, chips[i], i);
    of.lanes = rounded_up(of.n, k_lanes);
    std::fill(chips + of.n, chips + of.lanes, chips[0]);
    std::fill(hops + of.n, hops + of.lanes, 0);
    std::fill(&before_[of.begin] + of.n, &before_[of.begin] + of.lanes, 0);
}

/// Makes the second stop of a tree that begins with a leaf the first.
void NetTrees::begin_inside(const Net& net) {
    const std::size_t first = net.begin;
    const std::size_t second = first + 1;
    std::swap(chips_[first], chips_[second]);
    std::swap(n_units_[first], n_units_[second]);
    n_after_[first] = n_after_[second] + 1;
    n_after_[second] = 0;
    for (std::size_t i = second + 1; i < first + net.n; ++i)
        before_[i] = before_[i] == 1 ? 0 : before_[i];
}

/// The length of a tree with one more chip and without this leaf (none: net.lanes), in one pass from the leaves on (Chin
/// and Houck 1978, doi:10.1016/0022-0000(78)90023-3): of every way around over the new chip the longest link is not needed.
unsigned NetTrees::with(const Net& net, std::uint32_t leaf, ChipIndex reached) {
    const ChipIndex* const chips = &chips_[net.begin];
    const std::uint32_t* const before = &before_[net.begin];
    const std::uint16_t* const hops = &hops_[net.begin];
    if (reach_.size() <= net.lanes) reach_.resize(net.lanes + 1);
    std::uint16_t* const reach = reach_.data();
    const auto row = distances_.from(reached);
    for (std::uint32_t i = 0; i < net.lanes; i += k_lanes) {
        for (std::uint32_t k = 0; k < k_lanes; ++k)
            reach[i + k] = row.to(chips[i + k]);
    }
    // What is far from everything is left out but for its own link.
    reach[leaf] = k_far;
    unsigned length = 0;
    for (std::uint32_t i = net.lanes; i > 0; i -= k_lanes) {
        for (std::uint32_t k = 1; k <= k_lanes; ++k) {
            const std::uint16_t link = hops[i - k];
            const std::uint16_t there = reach[i - k];
            length += std::min(link, there);
            std::uint16_t& way = reach[before[i - k]];
            way = std::min(way, std::max(link, there));
        }
    }
    return length + reach[0];
}

unsigned NetTrees::planted_anew(const Net& net, std::uint32_t left, ChipIndex reached) {
    scratch_.resize(net.n);
    const ChipIndex* const chips = &chips_[net.begin];
    std::copy_n(chips, net.n, scratch_.begin());
    if (reached != k_no_chip) {
        scratch_[left] = reached;
    } else {
        scratch_[left] = scratch_.back();
        scratch_.pop_back();
    }
    return spanning_length(scratch_, distances_, nearest_);
}

unsigned NetTrees::length_after(std::uint32_t net,
                                ChipIndex from,
                                ChipIndex to,
                                std::size_t& work) {
    const Net& of = nets_[net];
    const std::uint32_t at = stop_at(net, from);
    const bool leaves = n_units_[of.begin + at] == 1;
    const bool comes = stop_at(net, to) == of.n;
    work += 4;
    if (!leaves) {
        if (!comes) return of.length;
        work += of.lanes;
        return with(of, of.lanes, to);
    }
    if (of.n == 1) return 0;
    if (of.n > 2 && n_after_[of.begin + at] > 0) {
        work += of.n + of.n * of.n / 2;
        return planted_anew(of, at, comes ? to : k_no_chip);
    }
    if (at == 0) return comes ? distances_(to, chips_[of.begin + 1]) : 0;
    const unsigned link = hops_[of.begin + at];
    if (!comes) return of.length - link;
    work += of.lanes;
    return with(of, at, to) - link;
}

void NetTrees::move(std::uint32_t net, ChipIndex from, ChipIndex to) {
    Net& of = nets_[net];
    const std::uint32_t here = stop_at(net, from);
    const std::uint32_t there = stop_at(net, to);
    ChipIndex* const chips = &chips_[of.begin];
    std::uint32_t* const n_units = &n_units_[of.begin];
    const bool left = --n_units[here] == 0;
    if (left && !table_.empty()) table_[net * n_chips_ + from] = 0;
    if (there != of.n) {
        ++n_units[there];
        if (!left) return;
        --of.n;
        chips[here] = chips[of.n];
        n_units[here] = n_units[of.n];
    } else {
        const std::uint32_t place = left ? here : of.n++;
        chips[place] = to;
        n_units[place] = 1;
    }
    plant(net);
}

double NetTrees::cost() const {
    double sum = 0.0;
    for (const Net& net : nets_)
        sum += static_cast<double>(net.length) * net.weight;
    return sum;
}

} // namespace spikewell::mapping
