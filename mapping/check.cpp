#include "mapping/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace spikewell::mapping {

namespace {

/// All keys k with k & mask == key.
struct KeySet {
    std::uint32_t key;
    std::uint32_t mask;
};

/// A chip and one of its cores.
using Core = std::pair<ChipIndex, int>;

class LayoutChecker {
  public:
    explicit LayoutChecker(const Layout& layout)
        : layout_(layout), machine_(layout.machine), board_(board(layout.machine.board)),
          placed_(layout.graph.vertices.size(), nullptr), visited_(machine_.chips.size(), 0),
          taken_(machine_.chips.size() * k_links, 0) {}

    LayoutCheck run() {
        check_places();
        check_slices();
        check_tables();
        check_keys();
        check_axons();
        check_loads();
        if (layout_.tables.size() == machine_.chips.size()) {
            check_nets();
            check_defaultable();
        }
        // Of what is wrong they cannot be right.
        if (result_.n_faults == 0) check_statistics();
        return std::move(result_);
    }

  private:
    // --- Saying what is wrong

    void fault(std::string where, std::string what) {
        if (result_.n_faults++ < LayoutCheck::k_most_faults)
            result_.faults.push_back({std::move(where), std::move(what)});
    }
    [[nodiscard]] std::string chip_text(ChipIndex chip) const {
        return "chip " + to_text(machine_.coord(chip));
    }
    [[nodiscard]] std::string vertex_text(VertexIndex vertex) const {
        return "vertex " + layout_.graph.vertices[vertex].label;
    }

    // --- Places

    void check_places() {
        std::map<Core, VertexIndex> on_core;
        std::vector<std::int64_t> sdram(machine_.chips.size(), 0);
        for (const Place& place : layout_.places) {
            if (place.vertex >= placed_.size()) {
                fault("placements",
                      fmt::format("a vertex of number {} that the graph does not have",
                                  place.vertex));
                continue;
            }
            const std::string where = vertex_text(place.vertex);
            if (placed_[place.vertex] != nullptr) fault(where, "is placed twice");
            if (place.chip >= machine_.chips.size() || !machine_.chips[place.chip].present) {
                fault(where, "is placed on a chip that is not there");
                continue;
            }
            placed_[place.vertex] = &place;
            check_core(place, on_core);
            sdram[place.chip] += layout_.graph.vertices[place.vertex].sdram_bytes;
        }
        for (VertexIndex v = 0; v < placed_.size(); ++v) {
            if (placed_[v] == nullptr) fault(vertex_text(v), "is not placed");
        }
        for (ChipIndex chip = 0; chip < sdram.size(); ++chip) {
            const std::int64_t there = least(machine_.chips[chip].sdram_bytes, board_.sdram_bytes);
            if (sdram[chip] > there)
                fault(chip_text(chip),
                      fmt::format("SDRAM: {} bytes used, {} there", sdram[chip], there));
        }
    }

    /// Of what the machine's file says and what its board has; the latter 0: no limit.
    [[nodiscard]] static std::int64_t least(std::int64_t said, std::int64_t of_board) {
        return of_board > 0 ? std::min(said, of_board) : said;
    }

    void check_core(const Place& place, std::map<Core, VertexIndex>& on_core) {
        const int cores = machine_.chips[place.chip].cores;
        const int monitors = machine_.chips[place.chip].monitors;
        if (place.core < monitors || place.core >= cores) {
            fault(vertex_text(place.vertex),
                  fmt::format("is on core {} of {}, which has {} for users", place.core,
                              chip_text(place.chip),
                              monitors < cores ? fmt::format("cores {} .. {}", monitors, cores - 1)
                                               : "no core"));
        }
        const auto [other, is_new] = on_core.try_emplace({place.chip, place.core}, place.vertex);
        if (!is_new && other->second != place.vertex)
            fault(vertex_text(place.vertex),
                  fmt::format("shares core {} of {} with {}", place.core, chip_text(place.chip),
                              vertex_text(other->second)));
    }

    void check_slices() {
        std::vector<std::vector<const Slice*>> of(layout_.populations.size());
        std::vector<char> taken(placed_.size(), 0);
        for (const Slice& slice : layout_.slices) {
            if (slice.population >= of.size() || slice.vertex >= placed_.size())
                fault("slices", "a slice of a population or vertex that is not there");
            else
                of[slice.population].push_back(&slice);
            if (slice.vertex >= placed_.size()) continue;
            if (taken[slice.vertex] != 0) fault(vertex_text(slice.vertex), "has two slices");
            taken[slice.vertex] = 1;
        }
        for (std::size_t p = 0; p < of.size(); ++p)
            check_cover(p, std::move(of[p]));
    }

    /// Each of a population's neurons is in one of its slices.
    void check_cover(std::size_t population, std::vector<const Slice*> slices) {
        const std::string where = "population " + layout_.populations[population].name;
        const std::uint64_t neurons = layout_.populations[population].neurons;
        std::sort(slices.begin(), slices.end(),
                  [](const Slice* a, const Slice* b) { return a->first < b->first; });
        std::uint64_t next = 0;
        for (const Slice* slice : slices) {
            if (slice->first != next)
                fault(where,
                      fmt::format("neuron {} is in {}", std::min<std::uint64_t>(slice->first, next),
                                  slice->first < next ? "two slices" : "no slice"));
            next = std::uint64_t{slice->first} + slice->count;
        }
        if (next != neurons)
            fault(where, fmt::format("slices end at neuron {} of {}", next, neurons));
    }

    // --- Tables and keys by themselves

    void check_tables() {
        if (layout_.tables.size() != machine_.chips.size()) {
            fault("tables", fmt::format("{} tables for {} chips", layout_.tables.size(),
                                        machine_.chips.size()));
            return;
        }
        for (ChipIndex chip = 0; chip < layout_.tables.size(); ++chip) {
            const Table& table = layout_.tables[chip];
            const auto limit = static_cast<std::size_t>(
                least(machine_.chips[chip].router_entries, board_.router_entries));
            if (board_.routing == Routing::tables && table.size() > limit)
                fault("table of " + chip_text(chip),
                      fmt::format("{} entries, {} allowed", table.size(), limit));
            if (!table.empty() && !machine_.chips[chip].present)
                fault("table of " + chip_text(chip), "the chip is not there");
            for (std::size_t i = 0; i < table.size(); ++i) {
                if ((table[i].key & ~table[i].mask) != 0)
                    fault(fmt::format("table of {}, entry {}", chip_text(chip), i),
                          "the key has bits outside the mask: it never matches");
            }
        }
    }

    void check_keys() {
        std::vector<char> keyed(placed_.size(), 0);
        std::vector<KeyBlock> blocks = layout_.keys;
        std::sort(blocks.begin(), blocks.end(),
                  [](const KeyBlock& a, const KeyBlock& b) { return a.key < b.key; });
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            const KeyBlock& block = blocks[i];
            if (block.vertex >= placed_.size()) {
                fault("keys", "a block of a vertex that the graph does not have");
                continue;
            }
            const std::string where = vertex_text(block.vertex);
            if (keyed[block.vertex] != 0) fault(where, "has two blocks of keys");
            keyed[block.vertex] = 1;
            const std::uint64_t size = std::uint64_t{static_cast<std::uint32_t>(~block.mask)} + 1;
            if ((size & (size - 1)) != 0 || (block.key & ~block.mask) != 0)
                fault(where,
                      fmt::format("key {:#010x} and mask {:#010x} are no block of a power of two",
                                  block.key, block.mask));
            if (block.n_keys > size || block.n_keys < layout_.graph.vertices[block.vertex].n_keys)
                fault(where, fmt::format("{} keys in a block of {} for {} neurons", block.n_keys,
                                         size, layout_.graph.vertices[block.vertex].n_keys));
            if (i > 0 && std::uint64_t{blocks[i - 1].key} + ~blocks[i - 1].mask >= block.key &&
                blocks[i - 1].vertex < placed_.size())
                fault(where, "its keys overlap those of " + vertex_text(blocks[i - 1].vertex));
        }
    }

    /// Of boards whose cores list them, one vertex a core.
    void check_axons() {
        if (board_.routing != Routing::axons) return;
        std::map<VertexIndex, std::uint64_t> heard;
        for (const Net& net : layout_.graph.nets) {
            const std::uint32_t n = layout_.graph.vertices[net.source].n_keys;
            within(net.source, n * std::uint64_t{net.sinks.size()}, board_.core.out_axons,
                   "output axons");
            for (const VertexIndex sink : net.sinks)
                heard[sink] += n;
        }
        for (const auto& [vertex, n] : heard)
            within(vertex, n, board_.core.in_axons, "input axons");
        for (VertexIndex v = 0; v < placed_.size(); ++v)
            within(v, layout_.graph.vertices[v].n_keys, board_.core.neurons, "neurons");
    }
    void within(VertexIndex vertex, std::uint64_t used, std::int64_t limit, const char* what) {
        if (limit > 0 && used > static_cast<std::uint64_t>(limit))
            fault(vertex_text(vertex),
                  fmt::format("{} {} on one core, {} allowed", used, what, limit));
    }

    // --- Loads

    void check_loads() {
        if (!layout_.network) return;
        const std::vector<CoreLoad>& loads = layout_.network->loads;
        if (loads.size() != layout_.slices.size()) {
            fault("slices",
                  fmt::format("{} loads for {} slices", loads.size(), layout_.slices.size()));
            return;
        }
        std::vector<double> packets_per_ms(placed_.size(), 0.0);
        std::vector<std::uint64_t> sent(placed_.size(), 0);
        for (const Net& net : layout_.graph.nets) {
            sent[net.source] = net.sinks.size();
            for (const VertexIndex sink : net.sinks)
                packets_per_ms[sink] += 1e-3 * net.weight;
        }
        for (std::size_t s = 0; s < loads.size(); ++s) {
            const VertexIndex v = layout_.slices[s].vertex;
            if (v >= placed_.size()) continue;
            check_limits(v, loads[s]);
            check_load(layout_.slices[s], loads[s], packets_per_ms[v], sent[v]);
        }
    }

    void check_limits(VertexIndex v, const CoreLoad& load) {
        const CoreLimits& core = board_.core;
        const Pace& pace = layout_.network->pace;
        within(v, load.neurons, core.neurons, "neurons");
        within(v, load.row_words, core.row_words, "words of a row");
        within(v, static_cast<std::uint64_t>(load.ring_buffer_bits), core.ring_buffer_bits,
               "ring buffer bits");
        within(v, static_cast<std::uint64_t>(load.data_bytes), core.data_bytes,
               "bytes of data memory");
        within(v, static_cast<std::uint64_t>(load.synapse_bits), core.synapse_bits,
               "bits of synapse memory");
        within(v, load.in_axons, core.in_axons, "input axons");
        within(v, load.out_axons, core.out_axons, "output axons");
        within(v, load.fan_in, core.fan_in, "synapses of a neuron");
        const double cycles =
            k_planned_cycles * core.clock_Hz * 1e-3 * pace.time_step_ms * pace.slow_down;
        if (core.clock_Hz > 0.0 && load.cycles > cycles * (1.0 + k_rounding))
            fault(vertex_text(v),
                  fmt::format("{:.0f} cycles of a time step on one core, {:.0f} allowed",
                              load.cycles, cycles));
    }

    /// Whether a load is that of its slice and of the nets that end there.
    void check_load(const Slice& slice,
                    const CoreLoad& load,
                    double packets_per_ms,
                    std::uint64_t sinks) {
        const Vertex& vertex = layout_.graph.vertices[slice.vertex];
        const auto same = [&](const char* what, auto said, auto is) {
            if (said != is)
                fault(vertex_text(slice.vertex),
                      fmt::format("its load says {} {}, the layout {}", said, what, is));
        };
        same("neurons", std::uint64_t{load.neurons}, std::uint64_t{slice.count} + slice.twins);
        same("twins", load.twins, slice.twins);
        same("keys", vertex.n_keys, slice.count);
        same("bytes of SDRAM", load.sdram_bytes, vertex.sdram_bytes);
        same("output axons", load.out_axons, std::uint64_t{slice.count} * sinks);
        if (std::abs(load.packets_per_ms - packets_per_ms) > k_rounding * packets_per_ms)
            same("packets per ms", load.packets_per_ms, packets_per_ms);
    }

    // --- Packets

    void check_nets() {
        for (const Table& table : layout_.tables)
            arrived_.emplace_back(table.size(), 0);
        std::vector<const KeyBlock*> block_of(placed_.size(), nullptr);
        for (const KeyBlock& block : layout_.keys) {
            if (block.vertex < block_of.size()) block_of[block.vertex] = &block;
        }
        for (const Net& net : layout_.graph.nets) {
            if (net.source >= placed_.size() || placed_[net.source] == nullptr) continue;
            if (block_of[net.source] == nullptr) {
                fault(vertex_text(net.source), "has a net but no keys");
                continue;
            }
            check_net(net, *block_of[net.source]);
        }
    }

    void check_net(const Net& net, const KeyBlock& block) {
        ++net_;
        std::set<Core> wanted;
        for (const VertexIndex sink : net.sinks) {
            if (sink < placed_.size() && placed_[sink] != nullptr)
                wanted.emplace(placed_[sink]->chip, placed_[sink]->core);
        }
        // Keys that some entry treats differently from others are followed by themselves.
        std::vector<KeySet> to_do{{block.key, block.mask}};
        while (!to_do.empty()) {
            const KeySet keys = to_do.back();
            to_do.pop_back();
            if (std::uint64_t{keys.key} >= std::uint64_t{block.key} + block.n_keys) continue;
            KeySet half{};
            if (follow(net, keys, wanted, half)) continue;
            to_do.push_back({half.key, half.mask});
            const std::uint32_t bit = half.mask & ~keys.mask;
            to_do.push_back({half.key ^ bit, half.mask});
        }
    }

    static constexpr std::size_t k_start = ~std::size_t{0};
    struct Packet {
        ChipIndex chip;
        unsigned arrived_by; ///< k_links where it starts
        std::size_t parent;  ///< in packets_, the one that it was sent on from; k_start
    };

    /// Follows keys from their source to all ends. False when an entry takes only some of them: then
    /// `half` is half of them.
    bool follow(const Net& net, KeySet keys, const std::set<Core>& wanted, KeySet& half) {
        ++visit_;
        std::map<Core, std::size_t> arrivals;
        std::vector<Fault> found;
        std::uint64_t defaults = 0;
        packets_.assign(1, {placed_[net.source]->chip, k_links, k_start});
        const std::string where =
            fmt::format("{}, key {:#010x}", vertex_text(net.source), keys.key);
        for (std::size_t i = 0; i < packets_.size(); ++i) {
            const Packet packet = packets_[i];
            if (visited_[packet.chip] == visit_) {
                found.push_back({where, second_visit(packet)});
                continue;
            }
            visited_[packet.chip] = visit_;
            std::size_t entry = 0;
            if (!first_match(packet.chip, keys, entry, half)) return false;
            if (entry == layout_.tables[packet.chip].size()) {
                ++defaults;
                if (packet.arrived_by != k_links)
                    go(i, packet.arrived_by, where, found);
                else if (!wanted.empty())
                    found.push_back({where, "no entry of " + chip_text(packet.chip) +
                                                ", where it starts, matches: dropped"});
            } else {
                go_by_entry(i, entry, where, found, arrivals);
            }
        }
        ++result_.packets;
        result_.default_routed += defaults;
        for (Fault& f : found)
            fault(std::move(f.where), std::move(f.what));
        compare(where, arrivals, wanted);
        return true;
    }

    /// A packet that comes where one of its copies has been: round in a loop, or by two ways.
    [[nodiscard]] std::string second_visit(const Packet& packet) const {
        const std::string over =
            fmt::format("over link {} ({}) of {}", packet.arrived_by,
                        k_link_names[packet.arrived_by], chip_text(packets_[packet.parent].chip));
        for (std::size_t i = packet.parent; i != k_start; i = packets_[i].parent) {
            if (packets_[i].chip == packet.chip)
                return "goes round in a loop: back to " + chip_text(packet.chip) + " " + over;
        }
        return "is delivered twice: comes to " + chip_text(packet.chip) + " by a second way " +
               over;
    }

    /// Does with a packet what an entry says.
    void go_by_entry(std::size_t packet,
                     std::size_t entry,
                     const std::string& where,
                     std::vector<Fault>& found,
                     std::map<Core, std::size_t>& arrivals) {
        const Packet one = packets_[packet];
        arrived_[one.chip][entry] |= static_cast<std::uint8_t>(1U << one.arrived_by);
        const Route& route = layout_.tables[one.chip][entry].route;
        for (unsigned link = 0; link < k_links; ++link) {
            if (route.has_link(link)) go(packet, link, where, found);
        }
        for (unsigned core = 0; core < Route::k_cores; ++core) {
            if (route.has_core(core))
                arrivals.emplace(Core{one.chip, static_cast<int>(core)}, entry);
        }
    }

    /// Sends a packet on over a link.
    void go(std::size_t packet,
            unsigned link,
            const std::string& where,
            std::vector<Fault>& found) {
        const ChipIndex chip = packets_[packet].chip;
        if (((unsigned{machine_.chips[chip].links} >> link) & 1U) == 0) {
            found.push_back({where, fmt::format("is sent over dead link {} ({}) of {}", link,
                                                k_link_names[link], chip_text(chip))});
            return;
        }
        std::uint32_t& taken = taken_[chip * k_links + link];
        hops_ += taken != net_ ? 1U : 0U;
        taken = net_;
        packets_.push_back({machine_.neighbour(chip, link), link, packet});
    }

    /// The entry that decides for these keys, as many as there are for none. False when it takes
    /// some of them only.
    [[nodiscard]] bool first_match(ChipIndex chip,
                                   KeySet keys,
                                   std::size_t& entry,
                                   KeySet& half) const {
        const Table& table = layout_.tables[chip];
        for (entry = 0; entry < table.size(); ++entry) {
            const TableEntry& candidate = table[entry];
            const std::uint32_t both = candidate.mask & keys.mask;
            if ((candidate.key & both) != (keys.key & both)) continue;
            const std::uint32_t undecided = candidate.mask & ~keys.mask;
            if (undecided != 0) {
                const std::uint32_t bit = undecided & (~undecided + 1);
                half = {keys.key, keys.mask | bit};
                return false;
            }
            return true;
        }
        return true;
    }

    void compare(const std::string& where,
                 const std::map<Core, std::size_t>& arrivals,
                 const std::set<Core>& wanted) {
        for (const auto& [core, entry] : arrivals) {
            if (!wanted.contains(core))
                fault(where, fmt::format("is delivered to core {} of {}, which is no target, by "
                                         "entry {} of its table",
                                         core.second, chip_text(core.first), entry));
        }
        for (const auto& core : wanted) {
            if (!arrivals.contains(core))
                fault(where, fmt::format("does not reach core {} of {}", core.second,
                                         chip_text(core.first)));
        }
    }

    // --- What the layout says of itself

    /// Packets that come by one link only and leave by the one opposite only would do so without
    /// the entry.
    void check_defaultable() {
        for (ChipIndex chip = 0; chip < arrived_.size(); ++chip) {
            for (std::size_t i = 0; i < arrived_[chip].size(); ++i) {
                const TableEntry& entry = layout_.tables[chip][i];
                const unsigned links = entry.route.links();
                const bool one_link = !entry.route.has_cores() && (links & (links - 1)) == 0;
                const bool met = arrived_[chip][i] != 0;
                const bool straight = one_link && links != 0 && arrived_[chip][i] == links;
                // Where none was followed, only the route can be judged.
                const bool may_be = met ? straight : one_link && links != 0;
                if (entry.defaultable ? may_be : !straight) continue;
                fault(fmt::format("table of {}, entry {}", chip_text(chip), i),
                      entry.defaultable ? "is said to be defaultable, but its packets do not all "
                                          "come and leave by one straight line"
                                        : "is not said to be defaultable, but its packets all come "
                                          "and leave by one straight line");
            }
        }
    }

    void check_statistics() {
        LayoutStatistics found;
        found.hops = hops_;
        for (const Table& table : layout_.tables) {
            found.table_entries_max =
                std::max<std::uint64_t>(found.table_entries_max, table.size());
            found.table_entries_total += table.size();
        }
        std::set<ChipIndex> chips;
        for (const Place& place : layout_.places)
            chips.insert(place.chip);
        found.chips = chips.size();
        const LayoutStatistics& said = layout_.statistics;
        const auto same = [&](const char* what, std::uint64_t s, std::uint64_t is) {
            if (s != is)
                fault("statistics", fmt::format("{} is {}, that of the layout {}", what, s, is));
        };
        same("hops", said.hops, found.hops);
        same("table_entries_max", said.table_entries_max, found.table_entries_max);
        same("table_entries_total", said.table_entries_total, found.table_entries_total);
        same("chips", said.chips, found.chips);
        if (said.table_entries_max_unminimised < found.table_entries_max)
            fault("statistics",
                  fmt::format("table_entries_max_unminimised is {}, less than the {} after",
                              said.table_entries_max_unminimised, found.table_entries_max));
    }

    static constexpr double k_rounding = 1e-9; ///< of sums taken in another order

    const Layout& layout_;
    const Machine& machine_;
    const Board& board_;
    std::vector<const Place*> placed_;   // [n_vertices]
    std::vector<std::uint32_t> visited_; // [n_chips] the last set of keys that came
    std::uint32_t visit_ = 0;
    std::vector<std::uint32_t> taken_; // [n_chips * k_links] the last net whose packets did
    std::uint32_t net_ = 0;
    std::uint64_t hops_ = 0; ///< links that nets take, each once
    /// [n_chips][entry] bit l: packets came by link l; bit k_links: they start there.
    std::vector<std::vector<std::uint8_t>> arrived_;
    std::vector<Packet> packets_; ///< copies of the keys followed now, in the order they were sent
    LayoutCheck result_;
};

} // namespace

LayoutCheck check_layout(const Layout& layout) {
    return LayoutChecker(layout).run();
}

} // namespace spikewell::mapping
