#include "mapping/detail/anneal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikewell::mapping {

namespace {

/// Hops, of a net of the typical weight. Looking at the nets of a move ends with the partial sum that far beyond what would
/// be accepted: on graphs of local and of random nets that refuses 3 .. 9 % of what all nets together would have let pass,
/// and 23 .. 68 % of nets are looked at; what comes of the same time is better than with 4.
constexpr double k_hopeless = 2.0;

/// What weighs, on the average.
double typical_weight(const std::vector<double>& weights) {
    double sum = 0.0;
    double squares = 0.0;
    for (const double weight : weights) {
        sum += weight;
        squares += weight * weight;
    }
    return sum > 0.0 ? squares / sum : 0.0;
}

/// use(net) for all of `those` that are none of `without`, both increasing, until it is false.
template <class Use>
void for_those_of_one(std::span<const std::uint32_t> those,
                      std::span<const std::uint32_t> without,
                      const Use& use) {
    auto left_out = without.begin();
    for (const std::uint32_t net : those) {
        while (left_out != without.end() && *left_out < net)
            ++left_out;
        const bool of_both = left_out != without.end() && *left_out == net;
        if (!of_both && !use(net)) return;
    }
}

} // namespace

Annealing::Annealing(const Hypergraph& graph,
                     const Machine& machine,
                     const Distances& distances,
                     ChipSpace space,
                     std::vector<ChipIndex> chip_of_unit)
    : graph_(graph), machine_(machine), space_(std::move(space)), chip_of_(std::move(chip_of_unit)),
      slot_of_(graph.n_units()), on_chip_(machine.chips.size()),
      trees_(graph, distances, chip_of_) {
    for (std::uint32_t u = 0; u < graph.n_units(); ++u) {
        auto& list = on_chip_[chip_of_[u]];
        slot_of_[u] = static_cast<std::uint32_t>(list.size());
        list.push_back(u);
        space_.take(space_.demand(graph_, u), chip_of_[u]);
        if (!graph.nets_of(u).empty()) movable_.push_back(u);
    }
    sort_along_curve();
    cost_ = trees_.cost();
    hopeless_ = k_hopeless * typical_weight(graph.weights);
}

/// Units that are moved, so that those of a chip and of chips nearby follow each other.
void Annealing::sort_along_curve() {
    std::vector<std::uint32_t> rank(machine_.chips.size(), 0);
    std::uint32_t next = 0;
    for (const ChipIndex chip : chips_along_curve(machine_))
        rank[chip] = next++;
    std::stable_sort(movable_.begin(), movable_.end(), [&](std::uint32_t a, std::uint32_t b) {
        return rank[chip_of_[a]] < rank[chip_of_[b]];
    });
    window_ = Window(movable_.size());
}

bool Annealing::propose(RandomStream& random, Move& move) const {
    const RandomStream::Pair first = random.next_pair();
    const RandomStream::Pair second = random.next_pair();
    move.unit = movable_[window_.pick(first.first)];
    move.from = chip_of_[move.unit];
    // A chip where some net of the unit is already, or one beside such a chip.
    const auto nets = graph_.nets_of(move.unit);
    const std::uint32_t net = nets[pick(first.second, nets.size())];
    const std::span<const ChipIndex> chips = trees_.chips(net);
    move.to = chips[pick(second.first, chips.size())];
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
    const auto room = static_cast<std::size_t>(std::max<std::int64_t>(0, space_.cores[move.to]));
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

/// What the trees of nets change by when one of each's units goes, those of `except` left out, which are sorted as they are.
/// Ends early, with what is more than `most`, where the sum is so far beyond it that the rest will hardly bring it back.
double Annealing::change_of(std::span<const std::uint32_t> nets,
                            std::span<const std::uint32_t> except,
                            const Step& step,
                            double most) {
    std::size_t looks = nets.size();
    double change = 0.0;
    for_those_of_one(nets, except, [&](std::uint32_t net) {
        change += trees_.change(net, step.from, step.to, looks);
        return change <= most + hopeless_;
    });
    work_ += static_cast<double>(looks);
    return change;
}

double Annealing::change_of(const Move& move, double most) {
    const auto of_one = graph_.nets_of(move.unit);
    if (move.other == k_none) return change_of(of_one, {}, {move.from, move.to}, most);
    // Nets of both units see no difference.
    const auto of_other = graph_.nets_of(move.other);
    const double change = change_of(of_one, of_other, {move.from, move.to}, most);
    if (change > most + hopeless_) return change;
    return change + change_of(of_other, of_one, {move.to, move.from}, most - change);
}

void Annealing::apply(const Move& move) {
    const auto of_one = graph_.nets_of(move.unit);
    const auto of_other =
        move.other == k_none ? std::span<const std::uint32_t>() : graph_.nets_of(move.other);
    for_those_of_one(of_one, of_other, [&](std::uint32_t net) {
        trees_.move(net, move.from, move.to);
        return true;
    });
    for_those_of_one(of_other, of_one, [&](std::uint32_t net) {
        trees_.move(net, move.to, move.from);
        return true;
    });
    relocate(move.unit, move.from, move.to);
    if (move.other != k_none) relocate(move.other, move.to, move.from);
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

double Annealing::mean_change(RandomStream& random) {
    if (movable_.empty()) return 0.0;
    Move move;
    return mean_change_of(2000, 500, [&] {
        return propose(random, move) ? change_of(move, std::numeric_limits<double>::infinity())
                                     : 0.0;
    });
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
        if (i % k_proposals_a_temperature == 0) {
            temperature = cooling.temperature(work_ - start);
            window_.go_on();
        }
        work_ += 4.0; // so that proposals refused do not go on for ever
        if (!propose(random, move)) continue;
        const double most = worst_accepted(temperature, random);
        const double change = change_of(move, most);
        if (change > most) continue;
        apply(move);
        cost_ += change;
    }
}

} // namespace spikewell::mapping
