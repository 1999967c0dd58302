#include "mapping/detail/regroup_parts.hpp"

#include <algorithm>
#include <cassert>

namespace spikewell::mapping::detail {

namespace {

constexpr std::uint32_t k_no_part = ~std::uint32_t{0};

} // namespace

Parts::Parts(const NeuronGraph& graph,
             const Units& units,
             const PartLimits& limits,
             std::vector<std::uint32_t> part_of,
             std::size_t n_parts)
    : units_(units), limits_(limits), part_of_(std::move(part_of)), members_(n_parts),
      place_(units.n_units()), reached_parts_(units.reached.values.size()),
      reached_units_(units.reached.values.size()), loads_(n_parts),
      used_(limits.budgets.size(), std::vector<std::int64_t>(n_parts, 0)), seen_(n_parts),
      seen_parts_(n_parts + 1) {
    for (std::size_t s = 0; s < graph.n_neurons(); ++s)
        sources_.push_back({units.reached.begin[s], 0, k_no_part, graph.rates_Hz[s]});
    for (std::uint32_t u = 0; u < units_.n_units(); ++u)
        insert(u, part_of_[u]);
}

std::int64_t Parts::axon_cost(std::size_t budget, std::uint32_t source) const {
    const std::vector<std::int64_t>& costs = limits_.budgets[budget].per_axon;
    return costs.empty() ? 0 : costs[source];
}

/// Where the part stands among those of the source; behind them where it does not.
std::size_t Parts::place_of(const Source& source, std::uint32_t part) const {
    const auto begin = reached_parts_.begin() + static_cast<std::ptrdiff_t>(source.begin);
    return static_cast<std::size_t>(std::find(begin, begin + source.n, part) -
                                    reached_parts_.begin());
}

/// An inbound axon comes to the part, or goes.
void Parts::charge(std::uint32_t source, std::uint32_t part, bool comes) {
    loads_[part].axons += comes ? 1U : ~0U;
    for (std::size_t i = 0; i < used_.size(); ++i)
        used_[i][part] += comes ? axon_cost(i, source) : -axon_cost(i, source);
}

void Parts::insert(std::uint32_t unit, std::uint32_t part) {
    part_of_[unit] = part;
    place_[unit] = static_cast<std::uint32_t>(members_[part].size());
    members_[part].push_back(unit);
    loads_[part].neurons += units_.neurons[unit];
    for (std::size_t i = 0; i < used_.size(); ++i)
        used_[i][part] += units_.neuron_costs[i][unit];
    for (const std::uint32_t neuron : units_.homes[unit])
        sources_[neuron].home = part;
    for (const std::uint32_t index : units_.sources[unit]) {
        Source& source = sources_[index];
        const std::size_t at = place_of(source, part);
        if (at < source.begin + source.n) {
            ++reached_units_[at];
            continue;
        }
        reached_parts_[at] = part;
        reached_units_[at] = 1;
        ++source.n;
        charge(index, part, true);
    }
}

void Parts::remove(std::uint32_t unit) {
    const std::uint32_t part = part_of_[unit];
    const std::uint32_t last = members_[part].back();
    members_[part][place_[unit]] = last;
    place_[last] = place_[unit];
    members_[part].pop_back();
    loads_[part].neurons -= units_.neurons[unit];
    for (std::size_t i = 0; i < used_.size(); ++i)
        used_[i][part] -= units_.neuron_costs[i][unit];
    for (const std::uint32_t index : units_.sources[unit]) {
        Source& source = sources_[index];
        const std::size_t at = place_of(source, part);
        assert(at < source.begin + source.n);
        if (--reached_units_[at] > 0) continue;
        --source.n;
        reached_parts_[at] = reached_parts_[source.begin + source.n];
        reached_units_[at] = reached_units_[source.begin + source.n];
        charge(index, part, false);
    }
}

void Parts::move(std::uint32_t unit, std::uint32_t part) {
    remove(unit);
    insert(unit, part);
}

/// Listing takes no branch: half of all look-ups would guess it wrong.
inline void Parts::see(std::uint32_t part, double rate_Hz, std::uint32_t axons) {
    Seen& there = seen_[part];
    seen_parts_[n_seen_] = part;
    n_seen_ += 1U - there.listed;
    there.listed = 1;
    there.worth_Hz += rate_Hz;
    there.axons += axons;
}

void Parts::see_source(const Source& source, std::uint32_t own_part) {
    bool is_at_home = false; // a home is reached without a target there, too
    for (std::size_t at = source.begin; at < source.begin + source.n; ++at) {
        const std::uint32_t part = reached_parts_[at];
        if (part == own_part && reached_units_[at] == 1) continue; // the unit itself
        is_at_home |= part == source.home;
        see(part, source.rate_Hz, 1);
    }
    if (!is_at_home && source.home != k_no_part) see(source.home, source.rate_Hz, 0);
}

void Parts::see_home(const Source& neuron) {
    for (std::size_t at = neuron.begin; at < neuron.begin + neuron.n; ++at)
        see(reached_parts_[at], neuron.rate_Hz, 0);
}

const std::vector<Parts::Candidate>& Parts::candidates(std::uint32_t unit) {
    for (std::size_t i = 0; i < n_seen_; ++i)
        seen_[seen_parts_[i]] = {};
    n_seen_ = 0;
    candidates_.clear();
    const std::uint32_t own = part_of_[unit];
    const auto sources = units_.sources[unit];
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (i + 4 < sources.size()) __builtin_prefetch(&sources_[sources[i + 4]]);
        if (i + 2 < sources.size())
            __builtin_prefetch(reached_parts_.data() + sources_[sources[i + 2]].begin);
        see_source(sources_[sources[i]], own);
    }
    for (const std::uint32_t neuron : units_.homes[unit])
        see_home(sources_[neuron]);
    own_worth_Hz_ = seen_[own].worth_Hz;
    for (std::size_t i = 0; i < n_seen_; ++i) {
        const std::uint32_t part = seen_parts_[i];
        if (part != own) candidates_.push_back({part, seen_[part].worth_Hz - own_worth_Hz_});
    }
    return candidates_;
}

double Parts::look_ups() const {
    double n = 0.0;
    for (std::size_t s = 0; s < sources_.size(); ++s)
        n += static_cast<double>(units_.reached[s].size()) * sources_[s].n;
    return n;
}

bool Parts::fits(std::uint32_t unit, std::uint32_t part) const {
    const Load& load = loads_[part];
    const auto is_new = [&](std::uint32_t index) {
        const Source& source = sources_[index];
        return place_of(source, part) == source.begin + source.n;
    };
    const std::size_t new_axons = units_.sources[unit].size() - seen_[part].axons;
    return within(limits_, load.neurons + units_.neurons[unit], load.axons + new_axons,
                  [&](std::size_t i) {
                      return used_[i][part] + added_cost(units_, limits_, i, unit, is_new);
                  });
}

bool Parts::within_limits(std::size_t part) const {
    return within(limits_, loads_[part].neurons, loads_[part].axons,
                  [&](std::size_t i) { return used_[i][part]; });
}

} // namespace spikewell::mapping::detail
