#include "mapping/detail/packet_ways.hpp"

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "mapping/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace spikewell::mapping::detail {

namespace {
constexpr std::uint32_t k_no_slice = 0xFFFF'FFFFU;
} // namespace

std::vector<std::vector<std::uint32_t>> slices_of(const Network& network, const Layout& layout) {
    std::vector<std::vector<std::uint32_t>> slice_of;
    for (const Population& population : network.populations)
        slice_of.emplace_back(size_of(population), k_no_slice);
    const auto wrong = [&](std::uint32_t population, std::size_t neuron, const char* what) {
        throw NetworkError(
            "layout", fmt::format("neuron {} of population {} is in {}", neuron, population, what));
    };
    for (std::uint32_t s = 0; s < layout.slices.size(); ++s) {
        const Slice& slice = layout.slices[s];
        for (std::uint32_t nth = 0; nth < slice.count; ++nth) {
            const std::uint32_t n = neuron_of(slice, nth);
            if (slice.population >= slice_of.size() || n >= slice_of[slice.population].size())
                wrong(slice.population, n, "a slice, but not in the network");
            std::uint32_t& of = slice_of[slice.population][n];
            if (of != k_no_slice) wrong(slice.population, n, "two slices");
            of = s;
        }
    }
    for (std::uint32_t p = 0; p < slice_of.size(); ++p) {
        const auto left_out = std::find(slice_of[p].begin(), slice_of[p].end(), k_no_slice);
        if (left_out != slice_of[p].end())
            wrong(p, static_cast<std::size_t>(left_out - slice_of[p].begin()), "no slice");
    }
    return slice_of;
}

std::span<const Misheard> of_neuron(const std::vector<Misheard>& misheard, const NeuronId& id) {
    const auto before = [](const Misheard& m, const NeuronId& n) { return m.of < n; };
    const auto begin = std::lower_bound(misheard.begin(), misheard.end(), id, before);
    auto end = begin;
    while (end != misheard.end() && end->of == id)
        ++end;
    return {begin, end};
}

PacketWays::PacketWays(const Network& network, const Layout& layout, int n_threads)
    : layout_(layout), core_of_(slices_of(network, layout)), listens_(layout.slices.size()),
      misheard_(layout.slices.size()), cores_(layout) {
    if (cores_.n_places != n_cores())
        throw NetworkError("layout",
                           fmt::format("{} slices are on {} cores", n_cores(), cores_.n_places));
    for (const std::vector<std::uint32_t>& population : core_of_) {
        first_.push_back(n_neurons_);
        n_neurons_ += population.size();
        ways_.emplace_back(population.size());
    }
    Team team(n_threads);
    team.for_each(n_cores(), [&](std::size_t core) { find_rows(network, core); });
    std::vector<Found> found(n_cores());
    team.for_each(n_cores(), [&](std::size_t core) { found[core] = follow(core); });
    for (std::size_t core = 0; core < n_cores(); ++core) {
        if (const auto& key = found[core].endless)
            throw NetworkError(
                "layout",
                fmt::format("a packet with key 0x{:08x} from chip {} goes on for ever", *key,
                            to_text(layout.machine.coord(cores_.cores[core].chip))));
        for (const auto& [at, misheard] : found[core].misheard)
            misheard_[at].push_back(misheard);
    }
    for (std::vector<Misheard>& of_core : misheard_)
        std::sort(of_core.begin(), of_core.end());
}

void PacketWays::find_rows(const Network& network, std::size_t core) {
    const Slice& slice = layout_.slices[core];
    std::vector<bool>& listens = listens_[core];
    listens.assign(n_neurons_, false);
    for (const RowBlock& block : rows_onto(network, {slice.population, slice.first, slice.count})) {
        for (std::uint32_t n = 0; n < core_of_[block.pre].size(); ++n) {
            if (block.has_row(n)) listens[first_[block.pre] + n] = true;
        }
    }
}

PacketWays::Found PacketWays::follow(std::size_t core) {
    Found found;
    for (std::uint32_t nth = 0; nth < layout_.slices[core].count && !found.endless; ++nth)
        follow_neuron(core, nth, found);
    return found;
}

void PacketWays::follow_neuron(std::size_t core, std::uint32_t nth, Found& found) {
    const Slice& slice = layout_.slices[core];
    const NeuronId id{slice.population, neuron_of(slice, nth)};
    const LayoutCores::Core& sender = cores_.cores[core];
    std::map<std::uint32_t, std::uint32_t> copies; // by core
    if (!sender.key) return note_misheard(id, id, copies, found);
    Way& way = ways_[id.population][id.neuron];
    const std::uint32_t key = *sender.key + nth;
    const PacketPath path = send_packet(layout_, sender.chip, key);
    if (path.circles) {
        found.endless = key;
        return;
    }
    way.sent = true;
    way.lost = path.lost;
    const std::optional<NeuronId> as = whose(key);
    for (const CorePlace& place : path.cores) {
        const auto at = cores_.of(place);
        if (!at || !as)
            ++way.unknown;
        else
            ++copies[*at];
    }
    for (const auto& [to, n] : copies)
        (listens(to, *as) ? way.delivered : way.unused) += n;
    note_misheard(id, as, copies, found);
}

/// What a core's table of sources says of a key.
std::optional<NeuronId> PacketWays::whose(std::uint32_t key) const {
    for (const KeyBlock& block : layout_.keys) {
        if ((key & block.mask) != block.key || key - block.key >= block.n_keys) continue;
        const auto core = cores_.of(block.vertex);
        if (!core) continue;
        const Slice& slice = layout_.slices[*core];
        return NeuronId{slice.population, neuron_of(slice, key - block.key)};
    }
    return std::nullopt;
}

void PacketWays::note_misheard(const NeuronId& id,
                               const std::optional<NeuronId>& as,
                               const std::map<std::uint32_t, std::uint32_t>& copies,
                               Found& found) const {
    for (std::uint32_t core = 0; core < n_cores(); ++core) {
        if (!listens(core, id)) continue;
        const auto at = copies.find(core);
        const std::uint32_t n = as == id && at != copies.end() ? at->second : 0;
        if (n != 1) found.misheard.emplace_back(core, Misheard{id, id, n});
    }
    if (!as || *as == id) return;
    for (const auto& [core, n] : copies) {
        if (listens(core, *as)) found.misheard.emplace_back(core, Misheard{id, *as, n});
    }
}

namespace {

/// Whether it matters to a core that it would hear so.
bool cares(const PacketWays& ways, std::uint32_t core, std::span<const Misheard> misheard) {
    return std::any_of(misheard.begin(), misheard.end(), [&](const Misheard& m) {
        return ways.listens(core, m.of) || ways.listens(core, m.as);
    });
}

/// Whether what a core and a group hear of a neuron is the same, or nothing to those that hear otherwise.
bool agree(const PacketWays& ways,
           std::uint32_t core,
           const HearingGroup& group,
           const Misheard& misheard) {
    const std::span<const Misheard> mine = of_neuron(ways.misheard(core), misheard.of);
    const std::span<const Misheard> theirs = of_neuron(group.misheard, misheard.of);
    if (std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end())) return true;
    if (!mine.empty() && !theirs.empty()) return false;
    if (mine.empty()) return !cares(ways, core, theirs);
    return std::none_of(group.cores.begin(), group.cores.end(),
                        [&](std::uint32_t other) { return cares(ways, other, mine); });
}

/// Whether a core could hear with a group and be none the worse or better for it, nor they.
bool may_join(const PacketWays& ways, std::uint32_t core, const HearingGroup& group) {
    const auto agrees = [&](const Misheard& m) { return agree(ways, core, group, m); };
    const std::vector<Misheard>& own = ways.misheard(core);
    return std::all_of(own.begin(), own.end(), agrees) &&
           std::all_of(group.misheard.begin(), group.misheard.end(), agrees);
}

void join(const PacketWays& ways, std::uint32_t core, HearingGroup& group) {
    std::vector<Misheard> all;
    const std::vector<Misheard>& own = ways.misheard(core);
    std::set_union(group.misheard.begin(), group.misheard.end(), own.begin(), own.end(),
                   std::back_inserter(all));
    group.misheard = std::move(all);
    group.cores.push_back(core);
}

} // namespace

std::vector<HearingGroup> group_by_hearing(const PacketWays& ways) {
    HearingGroup right;
    std::vector<HearingGroup> wrong;
    for (std::uint32_t core = 0; core < ways.n_cores(); ++core) {
        if (ways.misheard(core).empty()) {
            right.cores.push_back(core);
            continue;
        }
        auto group = std::find_if(wrong.begin(), wrong.end(),
                                  [&](const HearingGroup& g) { return may_join(ways, core, g); });
        if (group == wrong.end()) group = wrong.emplace(wrong.end());
        join(ways, core, *group);
    }
    if (!right.cores.empty()) wrong.insert(wrong.begin(), std::move(right));
    return wrong;
}

} // namespace spikewell::mapping::detail
