#pragma once

#include "mapping/detail/packet_ways.hpp"
#include "mapping/emulate.hpp"
#include "network/engine/exchange.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

/// The cores of an emulated board as ranks of the engine: one for all that hear alike.
namespace spikewell::mapping::detail {

/// Where all ranks wait for each other, and of which only some run at once. Once one has failed, waiting
/// throws on the others.
class Barrier {
  public:
    Barrier(std::size_t n, std::size_t n_at_once) : n_(n), n_free_(n_at_once) {}
    /// Waits until it may run, and says that it does no more.
    void enter();
    void leave();
    /// All must have come for the same. Others may run meanwhile.
    void wait(char what_for);
    void fail();

  private:
    std::size_t n_;
    std::size_t n_free_; ///< how many more may run
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t n_here_ = 0;
    std::size_t round_ = 0;
    char what_for_ = 0;
    bool failed_ = false;
};
/// Another core has failed; it tells why.
struct OtherCoreFailed {};

/// The board between its cores: what the packets of a window's spikes come to. Buffers are used in turn
/// in every other round, so that one meeting a round is enough: whoever writes into one again has met
/// all those that read it.
class PacketNetwork {
  public:
    PacketNetwork(const Network& network,
                  const Layout& layout,
                  const EmulationOptions& options,
                  int n_threads);

    [[nodiscard]] std::size_t n_shares() const { return shares_.size(); }
    [[nodiscard]] const NeuronMask& neurons(std::size_t share) const {
        return shares_[share].neurons;
    }
    /// Sends a window's spikes of a share, meets the others, and lists what its cores hear of.
    void carry(std::size_t share, std::span<const HeardSpike> own, std::vector<HeardSpike>& heard);
    /// Messages of all shares to all, over no link: what simulators agree on among themselves.
    void gather(std::size_t share, std::span<const char> own, Messages& all);
    void enter() { barrier_.enter(); }
    void leave() { barrier_.leave(); }
    void fail() { barrier_.fail(); }

    /// After the run.
    [[nodiscard]] Emulation result() const;

  private:
    struct Share {
        NeuronMask neurons;
        std::vector<Misheard> misheard;
        std::vector<std::vector<Spike>> sent; ///< [population]
        PacketCounts counts;
        std::array<std::vector<HeardSpike>, 2> told; ///< this round's own spikes
        std::array<std::vector<char>, 2> message;
        std::size_t round = 0;
        std::size_t message_round = 0;
    };

    [[nodiscard]] static std::vector<Share> shares_of(const Network& network,
                                                      const PacketWays& ways);
    void count(Share& share, const NeuronId& id) const;
    [[nodiscard]] double leaves_at_ms(double t_ms) const;

    EmulationOptions options_;
    PacketWays ways_;
    std::vector<Share> shares_;
    Barrier barrier_;
};

/// A share's end of it.
class CoreExchange final : public Exchange, public SpikeCarrier {
  public:
    CoreExchange(PacketNetwork& packets, std::size_t share) : packets_(packets), share_(share) {}

    [[nodiscard]] std::size_t rank() const override { return share_; }
    [[nodiscard]] std::size_t n_ranks() const override { return packets_.n_shares(); }
    void all_gather(std::span<const char> own, Messages& all) override {
        packets_.gather(share_, own, all);
    }
    void gather(std::span<const char> own, Messages& all) override {
        packets_.gather(share_, own, all);
        if (share_ != 0) all = {};
    }
    [[nodiscard]] bool fail(int& /*exit_code*/) override {
        packets_.fail();
        return true;
    }
    [[nodiscard]] SpikeCarrier* carrier() override { return this; }
    [[nodiscard]] const NeuronMask& share() const override { return packets_.neurons(share_); }
    void carry(std::span<const HeardSpike> own, std::vector<HeardSpike>& heard) override {
        packets_.carry(share_, own, heard);
    }

  private:
    PacketNetwork& packets_;
    std::size_t share_;
};

} // namespace spikewell::mapping::detail
