#pragma once

#include "mapping/detail/regroup_units.hpp"

namespace spikewell::mapping::detail {

/// Units in parts, and what each move would save. All that depends on where units are is kept up to date by move().
class Parts {
  public:
    /// All arguments but the last must outlive it. Part numbers: 0 .. n_parts - 1.
    Parts(const NeuronGraph& graph,
          const Units& units,
          const PartLimits& limits,
          std::vector<std::uint32_t> part_of,
          std::size_t n_parts);

    /// A part that a unit may go to.
    struct Candidate {
        std::uint32_t part = 0;
        double gain_Hz = 0.0; ///< connectivity less by so much
    };
    /// Other parts that hold something of what the unit's sources and neurons reach, whether it fits there or not.
    [[nodiscard]] const std::vector<Candidate>& candidates(std::uint32_t unit);
    /// The gain of a part that is no candidate; of the unit that candidates() was last asked for.
    [[nodiscard]] double gain_elsewhere_Hz() const { return -own_worth_Hz_; }
    /// Whether a part has room for the unit; of the unit that candidates() was last asked for.
    [[nodiscard]] bool fits(std::uint32_t unit, std::uint32_t part) const;
    void move(std::uint32_t unit, std::uint32_t part);

    /// What asking for the candidates of all units once looks at.
    [[nodiscard]] double look_ups() const;
    [[nodiscard]] const std::vector<std::uint32_t>& part_of() const { return part_of_; }
    [[nodiscard]] const std::vector<std::uint32_t>& units_of(std::size_t part) const {
        return members_[part];
    }
    [[nodiscard]] std::uint32_t n_axons(std::size_t part) const { return loads_[part].axons; }
    [[nodiscard]] std::uint32_t n_neurons(std::size_t part) const { return loads_[part].neurons; }
    [[nodiscard]] bool within_limits(std::size_t part) const;

  private:
    /// Of a source: the parts that hold units which it reaches, and how many units each.
    struct Source {
        std::size_t begin = 0; ///< in reached_parts_ and reached_units_
        std::uint32_t n = 0;   ///< parts
        std::uint32_t home;    ///< part of the unit that it is among the homes of
        double rate_Hz = 0.0;
    };
    struct Load {
        std::uint32_t neurons = 0;
        std::uint32_t axons = 0;
    };
    struct Seen {
        double worth_Hz = 0.0;    ///< of sources and homes that a unit finds in a part
        std::uint32_t axons = 0;  ///< its sources that are there already
        std::uint32_t listed = 0; ///< 1 in seen_parts_
    };

    void insert(std::uint32_t unit, std::uint32_t part);
    void remove(std::uint32_t unit);
    [[nodiscard]] std::size_t place_of(const Source& source, std::uint32_t part) const;
    void charge(std::uint32_t source, std::uint32_t part, bool comes);
    void see_source(const Source& source, std::uint32_t own_part);
    void see_home(const Source& neuron);
    void see(std::uint32_t part, double rate_Hz, std::uint32_t axons);
    [[nodiscard]] std::int64_t axon_cost(std::size_t budget, std::uint32_t source) const;

    const Units& units_;
    const PartLimits& limits_;
    std::vector<std::uint32_t> part_of_; // [n_units]
    std::vector<std::vector<std::uint32_t>>
        members_;                              // [n_parts] units, in the order of coming and going
    std::vector<std::uint32_t> place_;         // [n_units] among its part's members
    std::vector<Source> sources_;              // [n_neurons]
    std::vector<std::uint32_t> reached_parts_; // room for each of units_.reached
    std::vector<std::uint32_t> reached_units_; // likewise
    std::vector<Load> loads_;                  // [n_parts]
    std::vector<std::vector<std::int64_t>> used_; // [budgets][n_parts]
    std::vector<Seen> seen_;                      // [n_parts] zero but for those of seen_parts_
    std::vector<std::uint32_t> seen_parts_;       // [n_parts + 1]
    std::size_t n_seen_ = 0;
    double own_worth_Hz_ = 0.0;
    std::vector<Candidate> candidates_;
};

} // namespace spikewell::mapping::detail
