#include "mapping/activity.hpp"

#include "mapping/packets.hpp"

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

class Meter {
  public:
    Meter(const Network& network, const Layout& layout, const Pace& pace, double duration_ms)
        : network_(network), layout_(layout), pace_(pace), duration_ms_(duration_ms),
          board_(board(layout.machine.board)), arrived_(layout.slices.size()),
          rates_(network.populations.size()), per_bin_(layout.machine.chips.size() * k_links, 0) {
        result_.link_packets_per_ms.assign(per_bin_.size(), 0.0);
        result_.link_capacity_per_ms = board_.link_packets_per_ms;
        result_.cores.resize(layout.slices.size());
        for (std::size_t c = 0; c < layout.slices.size(); ++c)
            core_of_vertex_[layout.slices[c].vertex] = c;
        for (const Place& place : layout.places) {
            const auto core = core_of_vertex_.find(place.vertex);
            if (core == core_of_vertex_.end()) continue;
            core_at_[{place.chip, place.core}] = core->second;
            chip_of_core_[core->second] = place.chip;
        }
        for (const KeyBlock& block : layout.keys)
            key_of_vertex_[block.vertex] = block.key;
    }

    BoardActivity measure(const std::vector<std::vector<Spike>>& spikes) {
        follow_in_time(spikes);
        find_busiest();
        load_cores();
        add_energy();
        return std::move(result_);
    }

  private:
    struct Sent {
        double t_ms;
        std::size_t core;
        std::uint32_t neuron;
    };

    std::vector<Sent> in_time(const std::vector<std::vector<Spike>>& spikes) {
        std::vector<Sent> sent;
        for (std::size_t c = 0; c < layout_.slices.size(); ++c) {
            const Slice& slice = layout_.slices[c];
            for (const Spike& spike : spikes[slice.population]) {
                if (spike.source < slice.first || spike.source - slice.first >= slice.count)
                    continue;
                result_.cores[c].spikes_per_ms += 1.0 / duration_ms_;
                sent.push_back({spike.t_ms, c, spike.source - slice.first});
            }
        }
        std::stable_sort(sent.begin(), sent.end(),
                         [](const Sent& a, const Sent& b) { return a.t_ms < b.t_ms; });
        return sent;
    }

    void follow_in_time(const std::vector<std::vector<Spike>>& spikes) {
        const double bin_ms = pace_.time_step_ms > 0.0 ? pace_.time_step_ms : 1.0;
        double bin = -1.0;
        for (const Sent& s : in_time(spikes)) {
            const double now = std::floor(s.t_ms / bin_ms);
            if (now != bin) close_bin(bin_ms);
            bin = now;
            const auto key = key_of_vertex_.find(layout_.slices[s.core].vertex);
            if (key == key_of_vertex_.end()) continue;
            send(s, key->second + s.neuron);
        }
        close_bin(bin_ms);
    }

    void send(const Sent& s, std::uint32_t key) {
        auto path = paths_.find(key);
        if (path == paths_.end())
            path = paths_.emplace(key, send_packet(layout_, chip_of_core_[s.core], key)).first;
        ++result_.packets;
        result_.link_passages += path->second.links.size();
        for (const std::uint32_t link : path->second.links) {
            if (per_bin_[link]++ == 0) touched_.push_back(link);
        }
        const Slice& source = layout_.slices[s.core];
        for (const CorePlace& place : path->second.cores) {
            const auto core = core_at_.find(place);
            if (core != core_at_.end())
                arrived_[core->second][{source.population, source.first + s.neuron}] += 1.0;
        }
    }

    void close_bin(double bin_ms) {
        const double real_ms = bin_ms * pace_.slow_down;
        for (const std::uint32_t link : touched_) {
            result_.link_packets_per_ms[link] += static_cast<double>(per_bin_[link]);
            result_.busiest_peak_per_ms = std::max(result_.busiest_peak_per_ms,
                                                   static_cast<double>(per_bin_[link]) / real_ms);
            per_bin_[link] = 0;
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

    /// Counted rates of those whose packets came.
    Arrivals arrivals(std::size_t core) {
        std::vector<NeuronSpan> from;
        for (std::vector<double>& rates : rates_)
            std::fill(rates.begin(), rates.end(), 0.0);
        for (const auto& [source, packets] : arrived_[core]) {
            const auto [population, neuron] = source;
            rates_[population].resize(size_of(network_.populations[population]), 0.0);
            rates_[population][neuron] = 1000.0 * packets / duration_ms_;
            from.push_back({population, neuron, 1});
        }
        return {std::move(from), rates_};
    }

    void load_cores() {
        for (std::size_t c = 0; c < result_.cores.size(); ++c) {
            const Slice& slice = layout_.slices[c];
            CoreActivity& core = result_.cores[c];
            const NeuronSpan span{slice.population, slice.first, slice.count};
            const CoreLoad load =
                load_of(network_, span, rows_onto(network_, span), board_, pace_, arrivals(c));
            core.packets_per_ms = load.packets_per_ms;
            core.cycles = load.cycles;
            const double available = cycles_available(board_, pace_);
            core.load = available > 0.0 ? load.cycles / available : 0.0;
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
    std::map<VertexIndex, std::size_t> core_of_vertex_;
    std::map<CorePlace, std::size_t> core_at_;
    std::map<std::size_t, ChipIndex> chip_of_core_;
    std::map<VertexIndex, std::uint32_t> key_of_vertex_;
    std::map<std::uint32_t, PacketPath> paths_; ///< by key
    /// [slices] by population and neuron
    std::vector<std::map<std::pair<std::uint32_t, std::uint32_t>, double>> arrived_;
    SpikeRates rates_;                   ///< of packets that came to one core, Hz
    std::vector<std::uint32_t> per_bin_; ///< [links]
    std::vector<std::uint32_t> touched_; ///< links of this bin
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
    std::map<VertexIndex, ChipIndex> chip_of;
    for (const Place& place : layout.places)
        chip_of[place.vertex] = place.chip;
    std::map<VertexIndex, std::uint32_t> key_of;
    for (const KeyBlock& block : layout.keys)
        key_of[block.vertex] = block.key;
    BoardWork work = standing_work(layout);
    for (const Slice& slice : layout.slices) {
        const auto key = key_of.find(slice.vertex);
        if (key == key_of.end()) continue; // nobody hears it
        for (std::uint32_t k = 0; k < slice.count; ++k) {
            const std::uint64_t n = spikes[slice.population][slice.first + k];
            if (n == 0) continue;
            work.packets += n;
            work.link_passages +=
                n * send_packet(layout, chip_of.at(slice.vertex), key->second + k).links.size();
        }
    }
    return work;
}

BoardActivity measure_activity(const Network& network,
                               const Layout& layout,
                               const Pace& pace,
                               const std::vector<std::vector<Spike>>& spikes,
                               double duration_ms) {
    return Meter(network, layout, pace, duration_ms).measure(spikes);
}

} // namespace spikewell::mapping
