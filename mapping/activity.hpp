#pragma once

#include "mapping/board.hpp"
#include "mapping/emulate.hpp"
#include "mapping/resources.hpp"

#include <string>
#include <vector>

namespace spikewell::mapping {

/// What a core had to do, on average over a run.
struct CoreActivity {
    double spikes_per_ms = 0.0;  ///< of its own, of model time as the next
    double packets_per_ms = 0.0; ///< that came
    double cycles = 0.0;         ///< of a time step; 0: not known for this board
    double load = 0.0;           ///< these over those it has
};

/// Whether packets kept up with time, step by step (of 1 ms in continuous time). Numbers that a board
/// gives no figures for are 0.
struct StepTiming {
    double step_ms = 0.0;      ///< of model time
    double step_real_us = 0.0; ///< that a step takes
    // Links: a step's packets over one in one direction, against what it carries in that time.
    double link_capacity = 0.0;       ///< packets a step
    std::uint64_t crowded_steps = 0;  ///< (link, step) with more
    std::uint64_t packets_beyond = 0; ///< of all of these
    std::uint32_t fullest_link = 0;
    std::uint64_t fullest_packets = 0; ///< most in one step
    double fullest_at_ms = 0.0;        ///< when that step begins
    // Cores: packets take cycles, and what is not done in a step waits for the next.
    double core_cycles = 0.0;          ///< a step has
    std::uint64_t arrived_packets = 0; ///< at cores
    std::uint64_t late_packets = 0;    ///< of these, not worked through when their step ended
    std::uint64_t late_cores = 0;      ///< that had any
    std::uint32_t latest_core = 0;     ///< with most work before it at once
    double most_cycles = 0.0;          ///< of that in a step, with what waited from before
    double most_at_ms = 0.0;           ///< when that step begins
    // Ways of packets that were sent.
    std::uint32_t longest_way_hops = 0;
    double longest_way_us = 0.0;

    [[nodiscard]] bool links_keep_up() const { return crowded_steps == 0; }
    [[nodiscard]] bool cores_keep_up() const { return late_packets == 0; }
    [[nodiscard]] bool ways_keep_up() const { return longest_way_us <= step_real_us; }
};

/// Power and energy from Board::energy; 0 where the board's numbers are not known.
struct EnergyEstimate {
    double idle_chips_W = 0.0;   ///< all chips of the machine
    double active_cores_W = 0.0; ///< cores with a slice
    double links_W = 0.0;        ///< bits over links
    double packets_W = 0.0;      ///< spike packets at their first router
    [[nodiscard]] double total_W() const {
        return idle_chips_W + active_cores_W + links_W + packets_W;
    }
};

/// What a board's power is of.
struct BoardWork {
    std::size_t chips = 0;           ///< that are there, busy or not
    std::size_t cores = 0;           ///< with a slice
    std::uint64_t packets = 0;       ///< one a spike of a neuron that has a key
    std::uint64_t link_passages = 0; ///< of packets over links between chips
};
/// Mean power over real_s of real time.
[[nodiscard]] EnergyEstimate power_of(const Board& board, const BoardWork& work, double real_s);

/// What so many spikes of each neuron [population][neuron] come to on the board.
[[nodiscard]] BoardWork work_of(const Layout& layout,
                                const std::vector<std::vector<std::uint64_t>>& spikes);

/// What a run came to on the board.
struct BoardActivity {
    std::vector<double>
        link_packets_per_ms; ///< mean of real time [n_chips * k_links], by chip * k_links + link
    std::uint32_t busiest_link = 0;
    double busiest_mean_per_ms = 0.0;
    double busiest_peak_per_ms =
        0.0; ///< most in one time step (1 ms in continuous time), over it; of any link
    double link_capacity_per_ms = 0.0; ///< 0: not known
    std::vector<CoreActivity> cores;   ///< [slices]
    std::uint64_t packets = 0;
    std::uint64_t link_passages = 0;
    EnergyEstimate energy;
    double energy_J_per_model_s = 0.0;
    StepTiming timing;
};

/// What of the timing does not fit, a line each with its numbers; none where all does.
[[nodiscard]] std::vector<std::string> timing_warnings(const BoardActivity& activity,
                                                       const Layout& layout);

/// From the spikes [population] of a run of duration_ms of model time.
[[nodiscard]] BoardActivity measure_activity(const Network& network,
                                             const Layout& layout,
                                             const Pace& pace,
                                             const std::vector<std::vector<Spike>>& spikes,
                                             double duration_ms,
                                             int n_threads = 1);

} // namespace spikewell::mapping
