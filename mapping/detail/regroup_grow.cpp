#include "mapping/detail/regroup_grow.hpp"

#include "core/order.hpp"

#include <algorithm>

namespace spikewell::mapping::detail {

namespace {

constexpr std::uint32_t k_not_grown = ~std::uint32_t{0};

/// Of what shares most: less than this is not taken in its place.
constexpr double k_worth_taking = 0.5;

class Grower {
  public:
    Grower(const NeuronGraph& graph, const Units& units, const PartLimits& limits)
        : graph_(graph), units_(units), limits_(limits), part_of_(units.n_units(), k_not_grown),
          shared_(units.n_units()), home_unit_(home_units(units, graph.n_neurons())),
          listed_in_(graph.n_neurons(), k_not_grown), home_in_(graph.n_neurons(), k_not_grown),
          used_(limits.budgets.size(), 0) {
        for (std::uint32_t u = 0; u < units.n_units(); ++u) {
            shared_[u].added_axons = static_cast<std::uint32_t>(units.sources[u].size());
        }
    }

    std::vector<std::uint32_t> grow(const std::vector<std::uint32_t>& order) {
        for (const std::uint32_t first : order) {
            std::uint32_t next = first;
            while (next != k_not_grown && part_of_[next] == k_not_grown) {
                fill_part(next);
                next = nearest();
                ++part_;
            }
        }
        return std::move(part_of_);
    }

  private:
    /// Of a unit with the part that grows; all that is looked at of most units.
    struct Shared {
        double saved_Hz = 0.0;
        std::uint32_t added_axons = 0; ///< that it would bring
        bool is_met = false;
        bool is_grown = false;
        [[nodiscard]] double worth_Hz() const { return saved_Hz / (1.0 + added_axons); }
    };

    void fill_part(std::uint32_t first) {
        for (const std::uint32_t u : met_) {
            shared_[u] = {0.0, static_cast<std::uint32_t>(units_.sources[u].size()), false,
                          shared_[u].is_grown};
        }
        met_.clear();
        neurons_ = 0;
        axons_ = 0;
        std::fill(used_.begin(), used_.end(), 0);
        for (std::uint32_t u = first; u != k_not_grown; u = nearest_that_fits())
            join(u);
    }

    /// What shares most with the part for each source that it adds.
    std::uint32_t nearest() {
        std::erase_if(met_, [&](std::uint32_t u) { return shared_[u].is_grown; });
        std::uint32_t best = k_not_grown;
        double best_Hz = -1.0;
        for (const std::uint32_t u : met_) {
            const double worth_Hz = shared_[u].worth_Hz();
            if (worth_Hz <= best_Hz) continue;
            best = u;
            best_Hz = worth_Hz;
        }
        return best;
    }

    /// The same of what fits. None where that is much worse than what does not: it belongs elsewhere.
    [[nodiscard]] std::uint32_t nearest_that_fits() {
        const std::uint32_t nearest_of_all = nearest();
        if (nearest_of_all == k_not_grown || fits(nearest_of_all)) return nearest_of_all;
        std::uint32_t best = k_not_grown;
        double best_Hz = k_worth_taking * shared_[nearest_of_all].worth_Hz();
        for (const std::uint32_t u : met_) {
            const double worth_Hz = shared_[u].worth_Hz();
            if (worth_Hz < best_Hz || !fits(u)) continue;
            best = u;
            best_Hz = worth_Hz;
        }
        return best;
    }

    [[nodiscard]] bool fits(std::uint32_t u) const {
        return within(limits_, neurons_ + units_.neurons[u], axons_ + shared_[u].added_axons,
                      [&](std::size_t i) { return used_[i] + added(i, u); });
    }

    [[nodiscard]] std::int64_t added(std::size_t budget, std::uint32_t u) const {
        return added_cost(units_, limits_, budget, u,
                          [&](std::uint32_t source) { return listed_in_[source] != part_; });
    }

    void join(std::uint32_t u) {
        for (std::size_t i = 0; i < used_.size(); ++i)
            used_[i] += added(i, u);
        part_of_[u] = part_;
        shared_[u].is_grown = true;
        neurons_ += units_.neurons[u];
        for (const std::uint32_t source : units_.sources[u]) {
            if (listed_in_[source] == part_) continue;
            listed_in_[source] = part_;
            ++axons_;
            const bool at_home = home_in_[source] == part_;
            for (const std::uint32_t other : units_.reached[source])
                meet(other, at_home ? 0.0 : graph_.rates_Hz[source], 1);
            if (home_unit_[source] != k_no_unit)
                meet(home_unit_[source], graph_.rates_Hz[source], 0);
        }
        for (const std::uint32_t neuron : units_.homes[u]) {
            home_in_[neuron] = part_;
            if (listed_in_[neuron] == part_) continue;
            for (const std::uint32_t other : units_.reached[neuron])
                meet(other, graph_.rates_Hz[neuron], 0);
        }
    }

    void meet(std::uint32_t other, double rate_Hz, std::uint32_t axons) {
        Shared& shared = shared_[other];
        if (shared.is_grown) return;
        if (!shared.is_met) met_.push_back(other);
        shared.is_met = true;
        shared.saved_Hz += rate_Hz;
        shared.added_axons -= axons;
    }

    const NeuronGraph& graph_;
    const Units& units_;
    const PartLimits& limits_;
    std::vector<std::uint32_t> part_of_;   // [n_units]
    std::vector<Shared> shared_;           // [n_units] with the part that grows
    std::vector<std::uint32_t> met_;       // units that share something with it
    std::vector<std::uint32_t> home_unit_; // [n_neurons]
    std::vector<std::uint32_t> listed_in_; // [n_neurons] last part that lists the source
    std::vector<std::uint32_t> home_in_;   // [n_neurons] part the neuron is in
    std::uint32_t part_ = 0;
    std::uint32_t neurons_ = 0;
    std::uint32_t axons_ = 0;
    std::vector<std::int64_t> used_; // [budgets]
};

/// The numbers that occur, as 0, 1, .. in the order of their first.
std::uint32_t number_anew(std::vector<std::uint32_t>& numbers) {
    std::vector<std::uint32_t> new_of(count_of(numbers), k_not_grown);
    std::uint32_t n = 0;
    for (std::uint32_t& number : numbers) {
        if (new_of[number] == k_not_grown) new_of[number] = n++;
        number = new_of[number];
    }
    return n;
}

/// Into the first of the last few bins that has room, as if no two parts shared a source.
class Bins {
  public:
    Bins(const Units& parts, const PartLimits& limits) : parts_(parts), limits_(limits) {}

    std::uint32_t bin_for(std::uint32_t part) {
        Bin needed = needs_of(part);
        for (std::size_t i = bins_.size() - std::min(bins_.size(), k_open_bins); i < bins_.size();
             ++i) {
            if (!put(needed, bins_[i])) continue;
            return static_cast<std::uint32_t>(i);
        }
        bins_.push_back(std::move(needed));
        return static_cast<std::uint32_t>(bins_.size() - 1);
    }

  private:
    static constexpr std::size_t k_open_bins = 64;
    struct Bin {
        std::size_t neurons = 0;
        std::size_t axons = 0;
        std::vector<std::int64_t> used;
    };

    [[nodiscard]] Bin needs_of(std::uint32_t part) const {
        Bin bin{parts_.neurons[part], parts_.sources[part].size(), {}};
        for (std::size_t i = 0; i < limits_.budgets.size(); ++i)
            bin.used.push_back(cost_alone(parts_, limits_, i, part));
        return bin;
    }
    [[nodiscard]] bool put(const Bin& needed, Bin& into) const {
        if (!within(limits_, needed.neurons + into.neurons, needed.axons + into.axons,
                    [&](std::size_t i) { return needed.used[i] + into.used[i]; }))
            return false;
        into.neurons += needed.neurons;
        into.axons += needed.axons;
        for (std::size_t i = 0; i < needed.used.size(); ++i)
            into.used[i] += needed.used[i];
        return true;
    }

    const Units& parts_;
    const PartLimits& limits_;
    std::vector<Bin> bins_;
};

} // namespace

std::vector<std::uint32_t> grow_parts(const NeuronGraph& graph,
                                      const Units& units,
                                      const PartLimits& limits,
                                      std::uint64_t seed) {
    return Grower(graph, units, limits)
        .grow(shuffled_numbers(units.n_units(), RandomStream(seed, Purpose::grouping, 1)));
}

std::vector<std::uint32_t> joined_parts(const NeuronGraph& graph,
                                        const Units& units,
                                        const PartLimits& limits,
                                        std::vector<std::uint32_t> part_of,
                                        std::uint64_t seed) {
    std::uint32_t n_parts = number_anew(part_of);
    Units parts = contract_units(units, part_of, n_parts);
    while (true) {
        std::vector<std::uint32_t> pair_of = pair_units(graph, parts, limits, 1.0, seed);
        const std::uint32_t n = number_anew(pair_of);
        if (n == n_parts) break;
        part_of = composed(part_of, pair_of);
        parts = contract_units(parts, pair_of, n);
        n_parts = n;
    }
    Bins bins(parts, limits);
    std::vector<std::uint32_t> bin_of;
    for (std::uint32_t part = 0; part < n_parts; ++part)
        bin_of.push_back(bins.bin_for(part));
    part_of = composed(part_of, bin_of);
    number_anew(part_of);
    return part_of;
}

} // namespace spikewell::mapping::detail
