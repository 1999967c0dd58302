#pragma once

#include "mapping/emulate.hpp"
#include "mapping/packets.hpp"
#include "mapping/rows.hpp"
#include "network/engine/exchange.hpp"

#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

/// The cores of an emulated board as ranks of the engine: one thread each.
namespace spikewell::mapping::detail {

/// Where all cores wait for each other. Once one has failed, waiting throws on the others.
class Barrier {
  public:
    explicit Barrier(std::size_t n) : n_(n) {}
    /// All must have come for the same.
    void wait(char what_for);
    void fail();

  private:
    std::size_t n_;
    std::mutex mutex_;
    std::condition_variable all_here_;
    std::size_t n_here_ = 0;
    std::size_t round_ = 0;
    char what_for_ = 0;
    bool failed_ = false;
};
/// Another core has failed; it tells why.
struct OtherCoreFailed {};

/// A source neuron's packets: the way they all take, and how often each core gets them.
struct Way {
    PacketPath path;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> cores; ///< (core with a row, copies)
    std::uint32_t unused = 0;
    std::uint32_t unknown = 0;
    std::uint32_t population = 0; ///< whose spike the key says it is
    std::uint32_t neuron = 0;
};

/// The board between cores: keys, tables, and what is under way. Buffers are used in turn in every
/// other round, so that one meeting a round is enough: whoever writes into one again has met all
/// those that read it.
class PacketNetwork {
  public:
    PacketNetwork(const Network& network, const Layout& layout, const EmulationOptions& options);

    [[nodiscard]] std::size_t n_cores() const { return cores_.size(); }
    /// Cores are named by the index of their slice.
    [[nodiscard]] SpikeCarrier::Share share(std::size_t index) const;
    /// Sends a window's spikes of a core, meets the others, and lists what the core hears of.
    void carry(std::size_t index, std::span<const Spike> own, std::vector<HeardSpike>& heard);
    /// Messages of all cores to all, over no link: what simulators agree on among themselves.
    void gather(std::size_t index, std::span<const char> own, Messages& all);
    void fail() { barrier_.fail(); }

    /// After the run.
    [[nodiscard]] Emulation result() const;

  private:
    struct Core {
        NeuronSpan span;
        ChipIndex chip = 0;
        bool has_keys = false;
        std::uint32_t key = 0;
        std::vector<RowBlock> rows;
        std::unordered_map<std::uint32_t, Way> ways; ///< by key, once looked up
        std::vector<Spike> sent;
        PacketCounts counts;
        std::array<std::vector<HeardSpike>, 2> inbox;
        std::array<std::vector<Spike>, 2> told; ///< this round's own spikes
        std::array<std::vector<char>, 2> message;
        std::mutex inbox_mutex;
        std::size_t round = 0;
        std::size_t message_round = 0;
        std::map<std::uint32_t, std::vector<HeardSpike>> outbox; ///< by core
    };

    void place_cores(const Layout& layout);
    [[nodiscard]] const Way& way_of(Core& core, std::uint32_t key);
    void send(Core& core, const Spike& spike);
    void find_source(Way& way, std::uint32_t key) const;
    [[nodiscard]] double leaves_at_ms(double t_ms) const;
    [[nodiscard]] static bool listens(const Core& core,
                                      std::uint32_t population,
                                      std::uint32_t neuron);

    const Network& network_;
    const Layout& layout_;
    EmulationOptions options_;
    std::vector<Core> cores_;
    std::map<CorePlace, std::uint32_t> core_at_;
    Barrier barrier_;
};

/// A core's end of it.
class CoreExchange final : public Exchange, public SpikeCarrier {
  public:
    CoreExchange(PacketNetwork& packets, std::size_t core) : packets_(packets), core_(core) {}

    [[nodiscard]] std::size_t rank() const override { return core_; }
    [[nodiscard]] std::size_t n_ranks() const override { return packets_.n_cores(); }
    void all_gather(std::span<const char> own, Messages& all) override {
        packets_.gather(core_, own, all);
    }
    void gather(std::span<const char> own, Messages& all) override {
        packets_.gather(core_, own, all);
        if (core_ != 0) all = {};
    }
    [[nodiscard]] bool fail(int& /*exit_code*/) override {
        packets_.fail();
        return true;
    }
    [[nodiscard]] SpikeCarrier* carrier() override { return this; }
    [[nodiscard]] Share share() const override { return packets_.share(core_); }
    void carry(std::span<const Spike> own, std::vector<HeardSpike>& heard) override {
        packets_.carry(core_, own, heard);
    }

  private:
    PacketNetwork& packets_;
    std::size_t core_;
};

} // namespace spikewell::mapping::detail
