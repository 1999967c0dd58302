#include "mapping/detail/pair_annealing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikewell::mapping {

namespace {

/// Mean changes. What a unit's move makes worse by that much is not looked at any further.
constexpr double k_hopeless_pairs = 0.25;

} // namespace

PairAnnealing::PairAnnealing(const PairGraph& graph,
                             const Cells& cells,
                             const GridMetric& metric,
                             std::int64_t room,
                             CellOfUnit cell_of_unit)
    : graph_(graph), cells_(cells), metric_(metric), room_(room), cell_of_(std::move(cell_of_unit)),
      at_(graph.n_units()), used_(cells.cells.size(), 0), n_on_(cells.cells.size(), 0),
      head_(cells.cells.size(), k_none), next_(graph.n_units(), k_none),
      before_(graph.n_units(), k_none) {
    for (std::uint32_t u = 0; u < graph.n_units(); ++u) {
        const std::uint32_t cell = cell_of_[u];
        cell_of_[u] = k_none;
        relocate(u, cell);
        if (graph.begin[u + 1] > graph.begin[u]) movable_.push_back(u);
    }
    // Cells follow each other along a curve.
    std::stable_sort(movable_.begin(), movable_.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return cell_of_[a] < cell_of_[b]; });
    window_ = Window(movable_.size());
}

void PairAnnealing::relocate(std::uint32_t unit, std::uint32_t to) {
    const std::uint32_t from = cell_of_[unit];
    if (from != k_none) {
        used_[from] -= graph_.cores[unit];
        --n_on_[from];
        if (before_[unit] == k_none)
            head_[from] = next_[unit];
        else
            next_[before_[unit]] = next_[unit];
        if (next_[unit] != k_none) before_[next_[unit]] = before_[unit];
    }
    used_[to] += graph_.cores[unit];
    ++n_on_[to];
    before_[unit] = k_none;
    next_[unit] = head_[to];
    if (head_[to] != k_none) before_[head_[to]] = unit;
    head_[to] = unit;
    cell_of_[unit] = to;
    at_[unit] = at(to);
}

bool PairAnnealing::propose(RandomStream& random, Move& move) const {
    const RandomStream::Pair first = random.next_pair();
    const RandomStream::Pair second = random.next_pair();
    move.unit = movable_[window_.pick(first.first)];
    move.from = cell_of_[move.unit];
    // The cell of some tie, or one beside it, or beside its own.
    const auto ties = graph_.of(move.unit);
    move.to = cell_of_[ties[pick(first.second, ties.size())].unit];
    const double kind = 4.0 * second.first;
    const auto which = static_cast<unsigned>(kind);
    if (which > 0) {
        const std::uint32_t centre = which == 1 ? move.to : move.from;
        move.to = cells_.beside[centre][pick(kind - which, 8)];
        if (move.to == Cells::k_none) return false;
    }
    if (move.to == move.from) return false;
    const std::int64_t free = cells_.cells[move.to].cores - used_[move.to];
    const auto n_free =
        static_cast<std::size_t>(std::max<std::int64_t>(0, free)) / graph_.cores[move.unit];
    const std::size_t n_there = n_on_[move.to];
    if (n_there + n_free == 0) return false;
    std::size_t slot = pick(second.second, n_there + n_free);
    move.other = k_none;
    if (slot < n_there) {
        move.other = head_[move.to];
        while (slot-- > 0)
            move.other = next_[move.other];
    }
    return allowed(move);
}

bool PairAnnealing::allowed(const Move& move) const {
    const std::int64_t more = graph_.cores[move.unit];
    const std::int64_t less = move.other == k_none ? 0 : graph_.cores[move.other];
    const auto fits = [&](std::uint32_t cell, std::int64_t change) {
        return change <= 0 || used_[cell] + change <= cells_.cells[cell].cores + room_;
    };
    return fits(move.to, more - less) && fits(move.from, less - more);
}

double PairAnnealing::change_of(std::uint32_t unit,
                                std::uint32_t left_out,
                                std::uint32_t from,
                                std::uint32_t to) const {
    const At a = at(from);
    const At b = at(to);
    double change = 0.0;
    for (const PairGraph::Tie& tie : graph_.of(unit)) {
        const At t = at_[tie.unit];
        const int more = metric_(t.x - b.x, t.y - b.y) - metric_(t.x - a.x, t.y - a.y);
        change += tie.unit == left_out ? 0.0 : static_cast<double>(tie.weight) * more;
    }
    return change;
}

/// Of the unit alone where that is more than `most`: the other's will hardly bring it back.
double PairAnnealing::change_of(const Move& move, double most) const {
    double change = change_of(move.unit, move.other, move.from, move.to);
    if (move.other != k_none && change <= most)
        change += change_of(move.other, move.unit, move.to, move.from);
    return change;
}

void PairAnnealing::apply(const Move& move) {
    relocate(move.unit, move.to);
    if (move.other != k_none) relocate(move.other, move.from);
}

double PairAnnealing::mean_change(RandomStream& random) const {
    Move move;
    return mean_change_of(4000, 1000, [&] {
        return propose(random, move) ? change_of(move, std::numeric_limits<double>::infinity())
                                     : 0.0;
    });
}

void PairAnnealing::run(const Schedule& schedule, RandomStream& random) {
    if (movable_.empty()) return;
    const double unit = mean_change(random);
    if (unit == 0.0) return;
    const auto n =
        static_cast<std::uint64_t>(schedule.sweeps * static_cast<double>(movable_.size()));
    const Cooling cooling{unit * schedule.hot, std::log(schedule.cold / schedule.hot),
                          static_cast<double>(n)};
    double temperature = 0.0;
    Move move;
    for (std::uint64_t i = 0; i < n; ++i) {
        if (i % k_proposals_a_temperature == 0) {
            temperature = cooling.temperature(static_cast<double>(i));
            window_.go_on();
        }
        if (!propose(random, move)) continue;
        const double most = worst_accepted(temperature, random);
        if (change_of(move, most + k_hopeless_pairs * unit) <= most) apply(move);
    }
}

double PairAnnealing::cost() const {
    double sum = 0.0;
    for (std::uint32_t u = 0; u < graph_.n_units(); ++u) {
        for (const PairGraph::Tie& tie : graph_.of(u))
            sum += static_cast<double>(tie.weight) *
                   metric_(at_[u].x - at_[tie.unit].x, at_[u].y - at_[tie.unit].y);
    }
    return sum / 4.0; // both directions, half chips
}

} // namespace spikewell::mapping
