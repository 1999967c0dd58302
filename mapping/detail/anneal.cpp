#include "mapping/detail/anneal.hpp"

#include "mapping/detail/annealing_steps.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace spikewell::mapping {

Annealing::Annealing(const Hypergraph& graph,
                     const Machine& machine,
                     const Distances& distances,
                     ChipSpace space,
                     std::vector<ChipIndex> chip_of_unit)
    : graph_(graph), machine_(machine), distances_(distances), space_(std::move(space)),
      chip_of_(std::move(chip_of_unit)), slot_of_(graph.n_units()), on_chip_(machine.chips.size()),
      net_chips_(graph.pins.size()), net_counts_(graph.pins.size()), n_of_(graph.n_nets()),
      length_of_(graph.n_nets()), stamp_(graph.n_nets(), 0) {
    for (std::uint32_t u = 0; u < graph.n_units(); ++u) {
        auto& list = on_chip_[chip_of_[u]];
        slot_of_[u] = static_cast<std::uint32_t>(list.size());
        list.push_back(u);
        space_.take(space_.demand(graph_, u), chip_of_[u]);
        if (!graph.nets_of(u).empty()) movable_.push_back(u);
    }
    for (std::uint32_t e = 0; e < graph.n_nets(); ++e) {
        for (const std::uint32_t u : graph.pins_of(e))
            count_pin(e, chip_of_[u]);
        const auto first = net_chips_.begin() + static_cast<std::ptrdiff_t>(graph.pin_begin[e]);
        scratch_.assign(first, first + n_of_[e]);
        length_of_[e] = tree_length(n_of_[e]);
        cost_ += static_cast<double>(length_of_[e]) * graph.weights[e];
    }
}

/// One more unit of the net is on this chip.
void Annealing::count_pin(std::uint32_t net, ChipIndex chip) {
    const auto first = net_chips_.begin() + static_cast<std::ptrdiff_t>(graph_.pin_begin[net]);
    const auto at = std::find(first, first + n_of_[net], chip);
    const auto i = static_cast<std::size_t>(at - net_chips_.begin());
    if (at == first + n_of_[net]) {
        net_chips_[i] = chip;
        net_counts_[i] = 0;
        ++n_of_[net];
    }
    ++net_counts_[i];
}

/// Of a spanning tree over the first n chips of scratch_, which it reorders.
float Annealing::tree_length(std::size_t n) {
    work_ += 4.0 + (n > 2 ? 0.5 * static_cast<double>(n * n) : 0.0);
    return static_cast<float>(spanning_length(std::span(scratch_).first(n), distances_, nearest_));
}

bool Annealing::propose(RandomStream& random, Move& move) const {
    const RandomStream::Pair first = random.next_pair();
    const RandomStream::Pair second = random.next_pair();
    move.unit = movable_[pick(first.first, movable_.size())];
    move.from = chip_of_[move.unit];
    // A chip where some net of the unit is already, or one beside such a chip.
    const auto nets = graph_.nets_of(move.unit);
    const std::uint32_t net = nets[pick(first.second, nets.size())];
    move.to = net_chips_[graph_.pin_begin[net] + pick(second.first, n_of_[net])];
    const double rest = second.second * 10.0;
    const auto kind = static_cast<unsigned>(rest);
    double slot = rest - kind;
    if (kind < 4) {
        const auto link = static_cast<unsigned>(slot * k_links);
        slot = slot * k_links - link;
        const ChipIndex beside = kind < 2 ? move.to : move.from;
        if (!machine_.has_link(beside, link)) return false;
        move.to = machine_.neighbour(beside, link);
    }
    if (move.to == move.from) return false;
    const auto& there = on_chip_[move.to];
    const auto room = static_cast<std::size_t>(std::max<std::int64_t>(0, space_.cores[move.to])) /
                      graph_.unit_cores[move.unit];
    if (there.size() + room == 0) return false;
    const std::size_t at = pick(slot, there.size() + room);
    move.other = at < there.size() ? there[at] : k_none;
    return allowed(move);
}

bool Annealing::allowed(const Move& move) const {
    const ChipSpace::Demand more = space_.demand(graph_, move.unit);
    if (move.other == k_none) return space_.fits(more, move.to);
    const ChipSpace::Demand back = space_.demand(graph_, move.other);
    return space_.fits(more - back, move.to) && space_.fits(back - more, move.from);
}

/// The net's tree when one of its units goes from one chip to another.
void Annealing::look_at(std::uint32_t net, bool forward, const Move& move, double& change) {
    const ChipIndex from = forward ? move.from : move.to;
    const ChipIndex to = forward ? move.to : move.from;
    const std::size_t begin = graph_.pin_begin[net];
    const std::size_t n = n_of_[net];
    work_ += static_cast<double>(n);
    bool leaves = false;
    bool comes = true;
    for (std::size_t i = begin; i < begin + n; ++i) {
        leaves = leaves || (net_chips_[i] == from && net_counts_[i] == 1);
        comes = comes && net_chips_[i] != to;
    }
    float length = length_of_[net];
    if (leaves || comes) {
        scratch_.resize(n + 1);
        std::size_t kept = 0;
        for (std::size_t i = begin; i < begin + n; ++i) {
            scratch_[kept] = net_chips_[i];
            kept += leaves && net_chips_[i] == from ? 0U : 1U;
        }
        if (comes) scratch_[kept++] = to;
        length = tree_length(kept);
        change += static_cast<double>(length - length_of_[net]) * graph_.weights[net];
    }
    changes_.push_back({net, forward, length});
}

double Annealing::change_of(const Move& move) {
    changes_.clear();
    double change = 0.0;
    if (move.other == k_none) {
        for (const std::uint32_t net : graph_.nets_of(move.unit))
            look_at(net, true, move, change);
        return change;
    }
    // Nets of both units see no difference.
    ++move_number_;
    for (const std::uint32_t net : graph_.nets_of(move.unit))
        stamp_[net] = move_number_;
    const std::uint32_t of_first = move_number_++;
    const std::uint32_t of_both = move_number_;
    for (const std::uint32_t net : graph_.nets_of(move.other)) {
        if (stamp_[net] == of_first)
            stamp_[net] = of_both;
        else
            look_at(net, false, move, change);
    }
    for (const std::uint32_t net : graph_.nets_of(move.unit)) {
        if (stamp_[net] == of_first) look_at(net, true, move, change);
    }
    return change;
}

/// One of the net's units goes.
void Annealing::shift(std::uint32_t net, ChipIndex from, ChipIndex to) {
    const std::size_t begin = graph_.pin_begin[net];
    std::size_t n = n_of_[net];
    std::size_t there = begin + n;
    std::size_t here = begin;
    for (std::size_t i = begin; i < begin + n; ++i) {
        if (net_chips_[i] == to) there = i;
        if (net_chips_[i] == from) here = i;
    }
    // A chip that is left for one that is new keeps its place.
    if (--net_counts_[here] == 0) {
        if (there == begin + n) {
            net_chips_[here] = to;
            net_counts_[here] = 1;
            return;
        }
        ++net_counts_[there];
        --n;
        net_chips_[here] = net_chips_[begin + n];
        net_counts_[here] = net_counts_[begin + n];
        n_of_[net] = static_cast<std::uint32_t>(n);
        return;
    }
    if (there == begin + n) {
        net_chips_[there] = to;
        net_counts_[there] = 0;
        n_of_[net] = static_cast<std::uint32_t>(n + 1);
    }
    ++net_counts_[there];
}

void Annealing::relocate(std::uint32_t unit, ChipIndex from, ChipIndex to) {
    auto& here = on_chip_[from];
    const std::uint32_t last = here.back();
    here[slot_of_[unit]] = last;
    slot_of_[last] = slot_of_[unit];
    here.pop_back();
    slot_of_[unit] = static_cast<std::uint32_t>(on_chip_[to].size());
    on_chip_[to].push_back(unit);
    chip_of_[unit] = to;
    const ChipSpace::Demand demand = space_.demand(graph_, unit);
    space_.take({-demand.cores, -demand.sdram, -demand.ends}, from);
    space_.take(demand, to);
}

void Annealing::apply(const Move& move) {
    for (const NetChange& change : changes_) {
        if (change.forward)
            shift(change.net, move.from, move.to);
        else
            shift(change.net, move.to, move.from);
        length_of_[change.net] = change.cost;
    }
    relocate(move.unit, move.from, move.to);
    if (move.other != k_none) relocate(move.other, move.to, move.from);
}

double Annealing::mean_change(RandomStream& random) {
    if (movable_.empty()) return 0.0;
    Move move;
    return mean_change_of(2000, 500, [&] { return propose(random, move) ? change_of(move) : 0.0; });
}

void Annealing::run(const AnnealSchedule& schedule, RandomStream& random) {
    if (movable_.empty()) return;
    const double end = work_ + schedule.work;
    const double start = work_;
    const Cooling cooling{schedule.first_temperature,
                          std::log(schedule.last_temperature / schedule.first_temperature),
                          schedule.work};
    double temperature = schedule.first_temperature;
    Move move;
    for (std::uint64_t i = 0; work_ < end; ++i) {
        if (i % k_proposals_a_temperature == 0) temperature = cooling.temperature(work_ - start);
        work_ += 4.0; // so that proposals refused do not go on for ever
        if (!propose(random, move)) continue;
        const double change = change_of(move);
        if (!accepted(change, temperature, random)) continue;
        apply(move);
        cost_ += change;
    }
}

} // namespace spikewell::mapping
