#include "mapping/detail/core_exchange.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace spikewell::mapping::detail {

void Barrier::wait(char what_for) {
    std::unique_lock lock(mutex_);
    if (failed_) throw OtherCoreFailed{};
    if (n_here_ > 0 && what_for != what_for_)
        throw std::logic_error("cores of the emulated board wait for different things");
    what_for_ = what_for;
    const std::size_t round = round_;
    if (++n_here_ == n_) {
        n_here_ = 0;
        ++round_;
        all_here_.notify_all();
        return;
    }
    all_here_.wait(lock, [&] { return round_ != round || failed_; });
    if (round_ == round) throw OtherCoreFailed{};
}

void Barrier::fail() {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    all_here_.notify_all();
}

namespace {

/// Throws NetworkError unless every neuron is in one slice.
void require_slices(const Network& network, const Layout& layout) {
    std::vector<std::vector<char>> seen;
    for (const Population& population : network.populations)
        seen.emplace_back(size_of(population), 0);
    const auto wrong = [&](std::uint32_t population, std::size_t neuron, const char* what) {
        throw NetworkError(
            "layout", fmt::format("neuron {} of population {} is in {}", neuron, population, what));
    };
    for (const Slice& slice : layout.slices) {
        for (std::uint32_t n = slice.first; n < slice.first + slice.count; ++n) {
            if (slice.population >= seen.size() || n >= seen[slice.population].size())
                wrong(slice.population, n, "a slice, but not in the network");
            if (seen[slice.population][n]++ != 0) wrong(slice.population, n, "two slices");
        }
    }
    for (std::uint32_t p = 0; p < seen.size(); ++p) {
        const auto left_out = std::find(seen[p].begin(), seen[p].end(), 0);
        if (left_out != seen[p].end())
            wrong(p, static_cast<std::size_t>(left_out - seen[p].begin()), "no slice");
    }
}

} // namespace

PacketNetwork::PacketNetwork(const Network& network,
                             const Layout& layout,
                             const EmulationOptions& options)
    : network_(network), layout_(layout), options_(options), cores_(layout.slices.size()),
      barrier_(layout.slices.size()) {
    require_slices(network, layout);
    for (std::size_t c = 0; c < cores_.size(); ++c) {
        const Slice& slice = layout.slices[c];
        cores_[c].span = {slice.population, slice.first, slice.count};
        cores_[c].rows = rows_onto(network, cores_[c].span);
    }
    place_cores(layout);
}

void PacketNetwork::place_cores(const Layout& layout) {
    std::map<VertexIndex, std::uint32_t> core_of;
    for (std::uint32_t c = 0; c < cores_.size(); ++c)
        core_of[layout.slices[c].vertex] = c;
    for (const Place& place : layout.places) {
        const auto c = core_of.find(place.vertex);
        if (c == core_of.end()) continue;
        cores_[c->second].chip = place.chip;
        core_at_[{place.chip, place.core}] = c->second;
    }
    if (core_at_.size() != cores_.size())
        throw NetworkError(
            "layout", fmt::format("{} slices are on {} cores", cores_.size(), core_at_.size()));
    for (const KeyBlock& block : layout.keys) {
        const auto c = core_of.find(block.vertex);
        if (c == core_of.end()) continue;
        cores_[c->second].has_keys = true;
        cores_[c->second].key = block.key;
    }
}

SpikeCarrier::Share PacketNetwork::share(std::size_t index) const {
    const NeuronSpan& span = cores_[index].span;
    return {span.population, span.first, span.first + span.count};
}

bool PacketNetwork::listens(const Core& core, std::uint32_t population, std::uint32_t neuron) {
    return std::any_of(core.rows.begin(), core.rows.end(), [&](const RowBlock& block) {
        return block.pre == population && block.has_row(neuron);
    });
}

/// What a core's table of sources says of a key.
void PacketNetwork::find_source(Way& way, std::uint32_t key) const {
    for (const KeyBlock& block : layout_.keys) {
        if ((key & block.mask) != block.key || key - block.key >= block.n_keys) continue;
        for (const Slice& slice : layout_.slices) {
            if (slice.vertex != block.vertex) continue;
            way.population = slice.population;
            way.neuron = slice.first + (key - block.key);
            return;
        }
    }
    way.unknown += static_cast<std::uint32_t>(way.path.cores.size());
    way.path.cores.clear();
}

const Way& PacketNetwork::way_of(Core& core, std::uint32_t key) {
    const auto known = core.ways.find(key);
    if (known != core.ways.end()) return known->second;
    Way way;
    way.path = send_packet(layout_, core.chip, key);
    if (way.path.circles)
        throw NetworkError("layout", fmt::format("a packet with key 0x{:08x} from chip {} goes on "
                                                 "for ever",
                                                 key, to_text(layout_.machine.coord(core.chip))));
    find_source(way, key);
    std::map<std::uint32_t, std::uint32_t> copies;
    for (const CorePlace& place : way.path.cores) {
        const auto at = core_at_.find(place);
        if (at == core_at_.end())
            ++way.unknown;
        else
            ++copies[at->second];
    }
    for (const auto& [target, n] : copies) {
        if (listens(cores_[target], way.population, way.neuron))
            way.cores.emplace_back(target, n);
        else
            way.unused += n;
    }
    return core.ways.emplace(key, std::move(way)).first->second;
}

double PacketNetwork::leaves_at_ms(double t_ms) const {
    const double step_ms = options_.time_step_ms;
    return step_ms > 0.0 ? std::ceil(t_ms / step_ms) * step_ms : t_ms;
}

void PacketNetwork::send(Core& core, const Spike& spike) {
    core.sent.push_back(spike);
    if (!core.has_keys) return;
    const Way& way = way_of(core, core.key + (spike.source - core.span.first));
    ++core.counts.sent;
    core.counts.lost += way.path.lost;
    core.counts.unknown += way.unknown;
    core.counts.unused += way.unused;
    for (const auto& [target, copies] : way.cores) {
        core.counts.delivered += copies;
        for (std::uint32_t k = 0; k < copies; ++k)
            core.outbox[target].push_back({way.population, {spike.t_ms, way.neuron}});
    }
}

void PacketNetwork::carry(std::size_t index,
                          std::span<const Spike> own,
                          std::vector<HeardSpike>& heard) {
    Core& core = cores_[index];
    const std::size_t turn = core.round++ % 2;
    std::vector<Spike>& told = core.told[turn];
    told.clear();
    for (const Spike& spike : own) {
        told.push_back({leaves_at_ms(spike.t_ms), spike.source});
        send(core, told.back());
    }
    for (auto& [target, spikes] : core.outbox) {
        Core& to = cores_[target];
        const std::lock_guard lock(to.inbox_mutex);
        to.inbox[turn].insert(to.inbox[turn].end(), spikes.begin(), spikes.end());
        spikes.clear();
    }
    barrier_.wait('s');
    heard = std::move(core.inbox[turn]);
    core.inbox[turn].clear();
    for (const Core& other : cores_) {
        const std::uint32_t population = other.span.population;
        for (const Spike& spike : other.told[turn]) {
            if (!listens(core, population, spike.source)) heard.push_back({population, spike});
        }
    }
}

void PacketNetwork::gather(std::size_t index, std::span<const char> own, Messages& all) {
    const std::size_t turn = cores_[index].message_round++ % 2;
    cores_[index].message[turn].assign(own.begin(), own.end());
    barrier_.wait('m');
    all.bytes.clear();
    all.begin.assign(1, 0);
    for (const Core& core : cores_) {
        const std::vector<char>& message = core.message[turn];
        all.bytes.insert(all.bytes.end(), message.begin(), message.end());
        all.begin.push_back(all.bytes.size());
    }
}

Emulation PacketNetwork::result() const {
    Emulation result;
    result.spikes.resize(network_.populations.size());
    for (const Core& core : cores_) {
        std::vector<Spike>& spikes = result.spikes[core.span.population];
        spikes.insert(spikes.end(), core.sent.begin(), core.sent.end());
        result.packets.sent += core.counts.sent;
        result.packets.delivered += core.counts.delivered;
        result.packets.unused += core.counts.unused;
        result.packets.unknown += core.counts.unknown;
        result.packets.lost += core.counts.lost;
    }
    for (std::vector<Spike>& spikes : result.spikes)
        std::sort(spikes.begin(), spikes.end());
    return result;
}

} // namespace spikewell::mapping::detail
