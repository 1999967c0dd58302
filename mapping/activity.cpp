#include "mapping/activity.hpp"

#include "core/parallel.hpp"
#include "mapping/detail/layout_cores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace spikewell::mapping {

namespace {

/// What needs power whether neurons fire or not.
BoardWork standing_work(const Layout& layout) {
    const auto chips = std::count_if(layout.machine.chips.begin(), layout.machine.chips.end(),
                                     [](const Chip& chip) { return chip.present; });
    return {static_cast<std::size_t>(chips), layout.slices.size(), 0, 0};
}

/// A neuron that fired, and the way that each of its packets takes.
struct Source {
    std::uint32_t population = 0;
    std::uint32_t neuron = 0;
    std::uint64_t spikes = 0;
    bool sends = false; ///< it has a key
    PacketPath path = {};
};

/// A source's packets, as they come to one core.
struct Reaching {
    std::uint32_t source = 0;
    std::uint32_t copies = 0;
};

/// What becomes of packets that come to a core.
struct Backlog {
    double standing_cycles = 0.0; ///< of a step, whatever comes
    double cycles_of_step = 0.0;  ///< that are left for packets
    double waiting = 0.0;
    double most = 0.0;
    double most_at_step = 0.0;
    double last_step = 0.0;
    std::uint64_t arrived = 0;
    std::uint64_t late = 0;

    void take(double step, double cycles, std::uint32_t copies) {
        if (step != last_step) // the steps before have done what they could
            waiting = std::max(0.0, waiting - cycles_of_step * (step - last_step));
        last_step = step;
        for (std::uint32_t k = 0; k < copies; ++k) {
            waiting += cycles;
            ++arrived;
            late += waiting > cycles_of_step ? 1 : 0;
        }
        if (waiting > most) {
            most = waiting;
            most_at_step = step;
        }
    }
};

class Meter {
  public:
    Meter(const Network& network, const Layout& layout, const Pace& pace, double duration_ms)
        : network_(network), layout_(layout), pace_(pace), duration_ms_(duration_ms),
          board_(board(layout.machine.board)), cores_(layout), reaching_(layout.slices.size()),
          backlogs_(layout.slices.size()),
          step_ms_(pace.time_step_ms > 0.0 ? pace.time_step_ms : 1.0),
          per_step_(layout.machine.chips.size() * k_links, 0) {
        result_.link_packets_per_ms.assign(per_step_.size(), 0.0);
        result_.link_capacity_per_ms = board_.link_packets_per_ms;
        result_.cores.resize(layout.slices.size());
        result_.timing.step_ms = step_ms_;
        result_.timing.step_real_us = 1000.0 * step_ms_ * pace.slow_down;
        result_.timing.link_capacity = board_.link_packets_per_ms * step_ms_ * pace.slow_down;
        result_.timing.core_cycles = cycles_available(board_, pace);
    }

    BoardActivity measure(const std::vector<std::vector<Spike>>& spikes, int n_threads) {
        list_sources(spikes);
        follow_links();
        find_busiest();
        Team team(n_threads);
        team.for_each(result_.cores.size(), [&](std::size_t core) { load_core(core); });
        find_latest();
        add_energy();
        return std::move(result_);
    }

  private:
    /// A spike of a source, and the step it is in.
    struct Sent {
        double t_ms;
        double step;
        std::uint32_t source;
    };

    /// Spikes in order of time, those of a slice before those of the next.
    void list_sources(const std::vector<std::vector<Spike>>& spikes) {
        std::vector<std::vector<std::uint32_t>> number(spikes.size());
        for (std::size_t p = 0; p < spikes.size(); ++p)
            number[p].assign(size_of(network_.populations[p]), 0);
        for (std::size_t c = 0; c < layout_.slices.size(); ++c) {
            const Slice& slice = layout_.slices[c];
            for (const Spike& spike : spikes[slice.population]) {
                if (spike.source >= slice.first && spike.source - slice.first < slice.count)
                    list_spike(c, spike, number[slice.population][spike.source]);
            }
        }
        std::stable_sort(sent_.begin(), sent_.end(),
                         [](const Sent& a, const Sent& b) { return a.t_ms < b.t_ms; });
    }

    /// `source`: its number + 1; 0 where this is its first spike.
    void list_spike(std::size_t core, const Spike& spike, std::uint32_t& source) {
        if (source == 0) {
            add_source(core, spike.source - layout_.slices[core].first);
            source = static_cast<std::uint32_t>(sources_.size());
        }
        ++sources_[source - 1].spikes;
        result_.cores[core].spikes_per_ms += 1.0 / duration_ms_;
        sent_.push_back({spike.t_ms, std::floor(spike.t_ms / step_ms_), source - 1});
    }

    void add_source(std::size_t core, std::uint32_t nth) {
        const Slice& slice = layout_.slices[core];
        Source source{slice.population, slice.first + nth};
        const detail::LayoutCores::Core& sender = cores_.cores[core];
        source.sends = sender.key.has_value();
        if (source.sends) source.path = send_packet(layout_, sender.chip, *sender.key + nth);
        std::map<std::uint32_t, std::uint32_t> copies;
        for (const CorePlace& place : source.path.cores) {
            if (const auto at = cores_.of(place)) ++copies[*at];
        }
        for (const auto& [at, n] : copies)
            reaching_[at].push_back({static_cast<std::uint32_t>(sources_.size()), n});
        StepTiming& timing = result_.timing;
        timing.longest_way_hops = std::max(timing.longest_way_hops, hops_of(source.path));
        timing.longest_way_us = board_.hop_us * timing.longest_way_hops;
        sources_.push_back(std::move(source));
    }

    /// Links to the farthest chip that the packet comes to.
    [[nodiscard]] std::uint32_t hops_of(const PacketPath& path) const {
        std::map<ChipIndex, std::uint32_t> depth; // 0 of the chip it begins at
        std::uint32_t most = 0;
        for (const std::uint32_t link :
             path.links) { // a link comes after that by which its chip was reached
            const ChipIndex from = link / k_links;
            const std::uint32_t there = depth[from] + 1;
            depth[layout_.machine.neighbour(from, link % k_links)] = there;
            most = std::max(most, there);
        }
        return most;
    }

    void follow_links() {
        double step = -1.0;
        for (const Sent& s : sent_) {
            if (s.step != step) close_step(step);
            step = s.step;
            const Source& source = sources_[s.source];
            if (!source.sends) continue;
            ++result_.packets;
            result_.link_passages += source.path.links.size();
            for (const std::uint32_t link : source.path.links) {
                if (per_step_[link]++ == 0) touched_.push_back(link);
            }
        }
        close_step(step);
    }

    void close_step(double step) {
        StepTiming& timing = result_.timing;
        const double real_ms = step_ms_ * pace_.slow_down;
        for (const std::uint32_t link : touched_) {
            const std::uint32_t n = per_step_[link];
            per_step_[link] = 0;
            result_.link_packets_per_ms[link] += static_cast<double>(n);
            result_.busiest_peak_per_ms =
                std::max(result_.busiest_peak_per_ms, static_cast<double>(n) / real_ms);
            if (n > timing.fullest_packets) {
                timing.fullest_packets = n;
                timing.fullest_link = link;
                timing.fullest_at_ms = step * step_ms_;
            }
            if (timing.link_capacity <= 0.0 || n <= timing.link_capacity) continue;
            ++timing.crowded_steps;
            timing.packets_beyond += n - static_cast<std::uint64_t>(timing.link_capacity);
        }
        touched_.clear();
    }

    void find_busiest() {
        std::vector<double>& links = result_.link_packets_per_ms;
        for (double& packets : links)
            packets /= duration_ms_ * pace_.slow_down;
        const auto most = std::max_element(links.begin(), links.end());
        result_.busiest_link = static_cast<std::uint32_t>(most - links.begin());
        result_.busiest_mean_per_ms = *most;
    }

    void load_core(std::size_t c) {
        const Slice& slice = layout_.slices[c];
        const NeuronSpan span{slice.population, slice.first, slice.count};
        const std::vector<RowBlock> rows = rows_onto(network_, span);
        // Counted rates of those whose packets came.
        SpikeRates rates(network_.populations.size());
        std::vector<NeuronSpan> from;
        for (const Reaching& reaching : reaching_[c]) {
            const Source& source = sources_[reaching.source];
            rates[source.population].resize(size_of(network_.populations[source.population]), 0.0);
            rates[source.population][source.neuron] =
                1000.0 * static_cast<double>(source.spikes * reaching.copies) / duration_ms_;
            from.push_back({source.population, source.neuron, 1});
        }
        const CoreLoad load =
            load_of(network_, span, rows, board_, pace_, Arrivals{std::move(from), rates});
        CoreActivity& core = result_.cores[c];
        core.packets_per_ms = load.packets_per_ms;
        core.cycles = load.cycles;
        const double available = cycles_available(board_, pace_);
        core.load = available > 0.0 ? load.cycles / available : 0.0;
        if (available > 0.0 && load.cycles > 0.0)
            work_through(c, rows, {standing_cycles(network_, span, rows, board_), available});
    }

    /// Cycles of a step.
    struct Budget {
        double standing;
        double available;
    };
    /// Packets in the order they come, against the cycles that a core has for them.
    void work_through(std::size_t c, const std::vector<RowBlock>& rows, const Budget& budget) {
        struct Costs {
            double cycles = 0.0;
            std::uint32_t copies = 0;
        };
        std::vector<Costs> costs(sources_.size());
        for (const Reaching& reaching : reaching_[c]) {
            const Source& source = sources_[reaching.source];
            costs[reaching.source] = {packet_cycles(rows, board_, source.population, source.neuron),
                                      reaching.copies};
        }
        Backlog& backlog = backlogs_[c];
        backlog.standing_cycles = budget.standing;
        backlog.cycles_of_step = std::max(0.0, budget.available - budget.standing);
        for (const Sent& s : sent_) {
            const Costs& of = costs[s.source];
            if (of.copies > 0) backlog.take(s.step, of.cycles, of.copies);
        }
    }

    void find_latest() {
        StepTiming& timing = result_.timing;
        for (std::size_t c = 0; c < backlogs_.size(); ++c) {
            const Backlog& backlog = backlogs_[c];
            timing.arrived_packets += backlog.arrived;
            timing.late_packets += backlog.late;
            timing.late_cores += backlog.late > 0 ? 1 : 0;
            const double cycles = backlog.most + backlog.standing_cycles;
            if (backlog.arrived == 0 || cycles <= timing.most_cycles) continue;
            timing.most_cycles = cycles;
            timing.most_at_ms = backlog.most_at_step * step_ms_;
            timing.latest_core = static_cast<std::uint32_t>(c);
        }
    }

    void add_energy() {
        BoardWork work = standing_work(layout_);
        work.packets = result_.packets;
        work.link_passages = result_.link_passages;
        result_.energy = power_of(board_, work, 1e-3 * duration_ms_ * pace_.slow_down);
        result_.energy_J_per_model_s = result_.energy.total_W() * pace_.slow_down;
    }

    const Network& network_;
    const Layout& layout_;
    Pace pace_;
    double duration_ms_;
    const Board& board_;
    detail::LayoutCores cores_;
    std::vector<Source> sources_;
    std::vector<Sent> sent_;
    std::vector<std::vector<Reaching>> reaching_; ///< [slices]
    std::vector<Backlog> backlogs_;               ///< [slices]
    double step_ms_;
    std::vector<std::uint32_t> per_step_; ///< [links]
    std::vector<std::uint32_t> touched_;  ///< links of this step
    BoardActivity result_;
};

} // namespace

EnergyEstimate power_of(const Board& board, const BoardWork& work, double real_s) {
    const EnergyCosts& costs = board.energy;
    EnergyEstimate e;
    e.idle_chips_W = costs.idle_chip_W * static_cast<double>(work.chips);
    e.active_cores_W = costs.active_core_W * static_cast<double>(work.cores);
    e.links_W = 1e-12 * costs.link_bit_pJ * board.packet_bits *
                static_cast<double>(work.link_passages) / real_s;
    e.packets_W = 1e-9 * costs.spike_packet_nJ * static_cast<double>(work.packets) / real_s;
    return e;
}

BoardWork work_of(const Layout& layout, const std::vector<std::vector<std::uint64_t>>& spikes) {
    const detail::LayoutCores where(layout);
    BoardWork work = standing_work(layout);
    for (std::size_t c = 0; c < layout.slices.size(); ++c) {
        const Slice& slice = layout.slices[c];
        const detail::LayoutCores::Core& core = where.cores[c];
        if (!core.key) continue; // nobody hears it
        for (std::uint32_t k = 0; k < slice.count; ++k) {
            const std::uint64_t n = spikes[slice.population][slice.first + k];
            if (n == 0) continue;
            work.packets += n;
            work.link_passages += n * send_packet(layout, core.chip, *core.key + k).links.size();
        }
    }
    return work;
}

BoardActivity measure_activity(const Network& network,
                               const Layout& layout,
                               const Pace& pace,
                               const std::vector<std::vector<Spike>>& spikes,
                               double duration_ms,
                               int n_threads) {
    return Meter(network, layout, pace, duration_ms).measure(spikes, n_threads);
}

std::vector<std::string> timing_warnings(const BoardActivity& activity, const Layout& layout) {
    const StepTiming& t = activity.timing;
    std::vector<std::string> warnings;
    if (!t.links_keep_up()) {
        const ChipCoord at = layout.machine.coord(t.fullest_link / k_links);
        warnings.push_back(fmt::format("links have more packets than they carry in a step, {:.0f}: "
                                       "{} times, {} packets beyond "
                                       "it; most over {} from chip {}, {} in the step at {:.6g} ms",
                                       t.link_capacity, t.crowded_steps, t.packets_beyond,
                                       k_link_names[t.fullest_link % k_links], to_text(at),
                                       t.fullest_packets, t.fullest_at_ms));
    }
    if (!t.cores_keep_up()) {
        const Slice& slice = layout.slices[t.latest_core];
        warnings.push_back(fmt::format(
            "{} of {} packets that came to cores are late: not worked through in their step, on {} "
            "of {} cores; most {} has, {:.0f} cycles of {:.0f} in the step at {:.6g} ms",
            t.late_packets, t.arrived_packets, t.late_cores, layout.slices.size(),
            layout.graph.vertices[slice.vertex].label, t.most_cycles, t.core_cycles, t.most_at_ms));
    }
    if (!t.ways_keep_up()) {
        warnings.push_back(fmt::format(
            "packets take up to {:.4g} us for {} links, longer than a step of {:.4g} us",
            t.longest_way_us, t.longest_way_hops, t.step_real_us));
    }
    return warnings;
}

} // namespace spikewell::mapping
