#include "mapping/detail/core_exchange.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace spikewell::mapping::detail {

void Barrier::enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return n_free_ > 0; });
    --n_free_;
}

void Barrier::leave() {
    const std::lock_guard lock(mutex_);
    ++n_free_;
    changed_.notify_all();
}

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
        changed_.notify_all();
        return;
    }
    ++n_free_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return round_ != round || failed_; });
    changed_.wait(lock, [&] { return n_free_ > 0; });
    --n_free_;
    if (round_ == round) throw OtherCoreFailed{};
}

void Barrier::fail() {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    changed_.notify_all();
}

namespace {

NeuronMask neurons_of(const HearingGroup& group, const Network& network, const PacketWays& ways) {
    std::vector<char> has(ways.n_cores(), 0);
    for (const std::uint32_t core : group.cores)
        has[core] = 1;
    NeuronMask neurons;
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        neurons.emplace_back(size_of(network.populations[p]), 0);
        for (std::uint32_t n = 0; n < neurons[p].size(); ++n)
            neurons[p][n] = has[ways.core_of({p, n})];
    }
    return neurons;
}

/// What of a told spike is heard: with its own name once, unless something else is known of that.
void hear(const std::vector<Misheard>& misheard,
          const HeardSpike& told,
          std::vector<HeardSpike>& heard) {
    const NeuronId id{told.population, told.spike.source};
    bool by_packets = false;
    for (const Misheard& m : of_neuron(misheard, id)) {
        by_packets |= m.as == id;
        for (std::uint32_t k = 0; k < m.times; ++k)
            heard.push_back({m.as.population, {told.spike.t_ms, m.as.neuron}});
    }
    if (!by_packets) heard.push_back(told);
}

} // namespace

PacketNetwork::PacketNetwork(const Network& network,
                             const Layout& layout,
                             const EmulationOptions& options,
                             int n_threads)
    : options_(options), ways_(network, layout, n_threads), shares_(shares_of(network, ways_)),
      barrier_(shares_.size(), static_cast<std::size_t>(n_threads)) {}

std::vector<PacketNetwork::Share> PacketNetwork::shares_of(const Network& network,
                                                           const PacketWays& ways) {
    std::vector<Share> shares;
    for (HearingGroup& group : group_by_hearing(ways)) {
        Share& share = shares.emplace_back();
        share.neurons = neurons_of(group, network, ways);
        share.misheard = std::move(group.misheard);
        share.sent.resize(network.populations.size());
    }
    return shares;
}

void PacketNetwork::count(Share& share, const NeuronId& id) const {
    const Way& way = ways_.way(id);
    share.counts.sent += way.sent ? 1 : 0;
    share.counts.delivered += way.delivered;
    share.counts.unused += way.unused;
    share.counts.unknown += way.unknown;
    share.counts.lost += way.lost;
}

double PacketNetwork::leaves_at_ms(double t_ms) const {
    const double step_ms = options_.time_step_ms;
    return step_ms > 0.0 ? std::ceil(t_ms / step_ms) * step_ms : t_ms;
}

void PacketNetwork::carry(std::size_t share,
                          std::span<const HeardSpike> own,
                          std::vector<HeardSpike>& heard) {
    Share& mine = shares_[share];
    const std::size_t turn = mine.round++ % 2;
    std::vector<HeardSpike>& told = mine.told[turn];
    told.clear();
    for (const HeardSpike& h : own) {
        told.push_back({h.population, {leaves_at_ms(h.spike.t_ms), h.spike.source}});
        mine.sent[h.population].push_back(told.back().spike);
        count(mine, {h.population, h.spike.source});
    }
    barrier_.wait('s');
    heard.clear();
    for (const Share& other : shares_) {
        for (const HeardSpike& spike : other.told[turn])
            hear(mine.misheard, spike, heard);
    }
}

void PacketNetwork::gather(std::size_t share, std::span<const char> own, Messages& all) {
    const std::size_t turn = shares_[share].message_round++ % 2;
    shares_[share].message[turn].assign(own.begin(), own.end());
    barrier_.wait('m');
    all.bytes.clear();
    all.begin.assign(1, 0);
    for (const Share& other : shares_) {
        const std::vector<char>& message = other.message[turn];
        all.bytes.insert(all.bytes.end(), message.begin(), message.end());
        all.begin.push_back(all.bytes.size());
    }
}

Emulation PacketNetwork::result() const {
    Emulation result;
    result.spikes.resize(shares_.front().sent.size());
    result.n_shares = shares_.size();
    for (const Share& share : shares_) {
        for (std::size_t p = 0; p < result.spikes.size(); ++p)
            result.spikes[p].insert(result.spikes[p].end(), share.sent[p].begin(),
                                    share.sent[p].end());
        result.packets.sent += share.counts.sent;
        result.packets.delivered += share.counts.delivered;
        result.packets.unused += share.counts.unused;
        result.packets.unknown += share.counts.unknown;
        result.packets.lost += share.counts.lost;
    }
    for (std::vector<Spike>& spikes : result.spikes)
        std::sort(spikes.begin(), spikes.end());
    return result;
}

} // namespace spikewell::mapping::detail
