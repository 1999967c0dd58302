#include "network/engine/lif/lif_population.hpp"

#include "core/error.hpp"
#include "network/engine/lif/lif_dynamics.hpp"
#include "network/engine/lif/own_numbers.hpp"
#include "network/engine/lif/present_weights.hpp"
#include "network/synapse_lists.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

namespace spikewell::detail {

std::optional<double> one_delay_ms(const SynapticProjection& projection) {
    if (const auto* list = std::get_if<SynapseList>(&projection.connector)) {
        if (list->synapses.empty()) return 1.0;
        const float delay_ms = list->synapses.front().delay_ms;
        const bool same = std::all_of(list->synapses.begin(), list->synapses.end(),
                                      [&](const Synapse& s) { return s.delay_ms == delay_ms; });
        return same ? std::optional(static_cast<double>(delay_ms)) : std::nullopt;
    }
    const auto* constant = std::get_if<Constant>(&projection.delay_ms);
    return constant != nullptr ? std::optional(constant->value) : std::nullopt;
}

namespace {

// Blocks: few enough that a spike finds some targets in each, enough to share among threads and
// ranks. They depend on the network alone, so that results do not depend on who advances them.
constexpr double k_targets_per_block = 24.0;
constexpr std::size_t k_least_blocks = 4;
constexpr std::size_t k_least_neurons = 64;
// More leave the cache; but where spikes find few targets in so many, it takes longer to find them.
constexpr std::size_t k_cached_neurons = 4096;
constexpr std::size_t k_most_neurons = 65536; // targets have 16 bits
// A variable in frame grows by no more than e^2 (round-off of a factor grows with its exponent).
constexpr double k_frame_age = 2.0;

struct Range {
    std::uint32_t first;
    std::uint32_t count;
};

Range resolve(const NeuronRange& range, const Network& network) {
    const std::size_t n = size_of(network.populations[range.population.index]);
    return {range.first, range.count.value_or(static_cast<std::uint32_t>(n - range.first))};
}

void fill_sparse(BlockSynapses& block, std::span<const Synapse> synapses, bool same_weight) {
    block.row.assign(block.n_pre + 1U, 0U);
    for (const Synapse& s : synapses)
        ++block.row[s.pre + 1U];
    for (std::uint32_t i = 0; i < block.n_pre; ++i)
        block.row[i + 1U] += block.row[i];
    const std::size_t n = synapses.size();
    block.target.resize(n);
    if (!same_weight) block.weights.resize(n);
    std::uint16_t* const target = block.target.data();
    float* const weight = same_weight ? nullptr : block.weights.data();
    for (std::size_t s = 0; s < n; ++s) {
        target[s] = static_cast<std::uint16_t>(block.first + synapses[s].post);
        if (weight != nullptr) weight[s] = synapses[s].weight;
    }
}

void set_rows(PlasticRows& rows, std::uint32_t n_pre, std::uint32_t width) {
    rows.trace.assign(n_pre, 0.0);
    rows.visited.assign(n_pre, 0);
    rows.post_trace.assign(width + k_strip, 0.0); // read in strips
    if (rows.slow_plus_ms > 0.0) {
        rows.slow_trace.assign(n_pre, 0.0);
        rows.slow_post.assign(width, 0.0);
    }
    rows.posts.resize(width, rows.reward.has_value());
}

std::unique_ptr<PlasticRows> make_plastic(const SynapticProjection& projection, double delay_ms) {
    const std::optional<PlasticRule> rule = plastic(projection.plasticity);
    if (!rule) return nullptr;
    auto rows = std::make_unique<PlasticRows>();
    rows->rule = *rule;
    rows->tau_plus_ms = std::visit([](const auto& r) { return tau_plus_ms(r); }, *rule);
    rows->tau_minus_ms = std::visit([](const auto& r) { return tau_minus_ms(r); }, *rule);
    std::visit(
        [&]<class Rule>(const Rule& r) {
            if constexpr (SeesTriplets<Rule>) {
                rows->slow_plus_ms = slow_plus_ms(r);
                rows->slow_minus_ms = slow_minus_ms(r);
            }
            if constexpr (SeesReward<Rule>) {
                rows->reward.emplace();
                rows->reward->factor.tau_c_ms = eligibility_ms(r);
                rows->reward->factor.tau_n_ms = third_factor_ms(r);
                rows->reward->factor.baseline_per_ms = baseline_per_ms(r);
            }
        },
        *rule);
    rows->post_lag_ms = 2.0 * projection.dendritic_delay_fraction * delay_ms;
    return rows;
}

/// What a third factor moves, at the start.
void set_reward(BlockSynapses& made) {
    if (!made.plastic || !made.plastic->reward) return;
    RewardedRows& reward = *made.plastic->reward;
    reward.eligibility.assign(made.weights.size(), 0.0F);
    reward.rest.assign(made.weights.size(), 0.0F);
    reward.seen.assign(made.n_pre, 0.0);
    set_knots(reward, {});
}

/// A dense static or plastic block keeps no indices: every source has all targets of the range. A
/// neuron's synapse onto itself, where left out, keeps its place with weight 0.
void fill_dense(BlockSynapses& block, std::span<const Synapse> synapses, std::uint32_t n_targets) {
    block.weights.assign(std::size_t{block.n_pre} * n_targets, 0.0F);
    for (const Synapse& s : synapses)
        block.weights[std::size_t{s.pre} * n_targets + s.post] = s.weight;
}

/// Of all weights; plastic ones keep theirs.
int sign_of(const BlockSynapses& synapses) {
    if (synapses.plastic) return weights_of(synapses.plastic->rule).low < 0.0 ? -1 : 1;
    if (synapses.weights.empty()) return synapses.weight > 0.0F ? 1 : -1;
    const auto [least, greatest] =
        std::minmax_element(synapses.weights.begin(), synapses.weights.end());
    if (*least > 0.0F) return 1;
    return *greatest <= 0.0F ? -1 : 0;
}

/// What a reader of a projection brings: all of it, or of a plastic one the synapses of one delay.
struct Readable {
    double delay_ms = 0.0;
    bool timed = false; ///< each synapse has its own
    bool all = true;
};
std::vector<Readable> readables_of(const SynapticProjection& projection) {
    if (const std::optional<double> delay_ms = one_delay_ms(projection))
        return {{*delay_ms, false, true}};
    if (!plastic(projection.plasticity)) return {{0.0, true, true}};
    std::vector<Readable> all;
    for (const double delay_ms : plastic_delays_ms(projection))
        all.push_back({delay_ms, false, false});
    return all;
}

/// Where a reader of a projection delivers in a block, with nothing there yet.
BlockSynapses empty_synapses(const Network& network,
                             std::uint32_t index,
                             const LifBlock& block,
                             const Readable& of) {
    const auto& projection = std::get<SynapticProjection>(network.projections[index]);
    const Range pre = resolve(projection.pre, network);
    const Range post = resolve(projection.post, network);
    BlockSynapses made;
    made.projection = index;
    made.n_pre = pre.count;
    const std::uint32_t first = std::max(block.first, post.first);
    const std::uint32_t end = std::min(block.first + block.count, post.first + post.count);
    if (first >= end) return made;
    made.first = first - block.first;
    made.end = end - block.first;
    made.plastic = make_plastic(projection, of.delay_ms);
    if (made.plastic) set_rows(*made.plastic, made.n_pre, block.width);
    made.dense = std::holds_alternative<AllToAll>(projection.connector) && of.all && !of.timed;
    made.skip_self = made.dense && !rule_of(projection, network).self_connections;
    made.self_offset =
        static_cast<std::int64_t>(pre.first) - static_cast<std::int64_t>(block.first);
    return made;
}

/// These, onto targets from made.first on.
void put_synapses(BlockSynapses& made,
                  const SynapticProjection& projection,
                  const Readable& of,
                  std::span<const Synapse> synapses) {
    if (made.dense) {
        fill_dense(made, synapses, made.end - made.first);
    } else {
        const bool same_weight = is_constant(projection.weight) && !made.plastic &&
                                 !std::holds_alternative<SynapseList>(projection.connector);
        if (same_weight)
            made.weight = static_cast<float>(std::get<Constant>(projection.weight).value);
        fill_sparse(made, synapses, same_weight);
    }
    made.sign = sign_of(made);
    if (of.timed) made.delays = OwnDelays(synapses);
    set_reward(made);
}

/// All of a projection onto a block, for each of its readers.
void append_synapses(const Network& network,
                     std::uint32_t index,
                     SynapseLists& lists,
                     LifBlock& block) {
    const auto& projection = std::get<SynapticProjection>(network.projections[index]);
    const std::vector<Readable> readables = readables_of(projection);
    const std::size_t before = block.synapses.size();
    for (const Readable& of : readables)
        block.synapses.push_back(empty_synapses(network, index, block, of));
    const BlockSynapses& any = block.synapses[before];
    if (any.first >= any.end) return;
    const std::uint32_t first = block.first + any.first - projection.post.first;
    expand(rule_of(projection, network), network.seed, index, {first, any.end - any.first}, lists);
    FilledVector<Synapse>& synapses = lists.synapses;
    for (Synapse& s : synapses)
        s.post -= first;
    for (std::size_t k = 0; k < readables.size(); ++k) {
        const Readable& of = readables[k];
        if (of.all) {
            put_synapses(block.synapses[before + k], projection, of, synapses);
            continue;
        }
        std::vector<Synapse> some;
        std::copy_if(
            synapses.begin(), synapses.end(), std::back_inserter(some),
            [&](const Synapse& s) { return static_cast<double>(s.delay_ms) == of.delay_ms; });
        put_synapses(block.synapses[before + k], projection, of, some);
    }
}

/// Lists that synapses are drawn to, used again by whoever draws next.
class ListsOfThreads {
  public:
    template <class Draw> void use(const Draw& draw) {
        std::unique_ptr<SynapseLists> lists = take();
        draw(*lists);
        const std::lock_guard lock(mutex_);
        unused_.push_back(std::move(lists));
    }

  private:
    std::unique_ptr<SynapseLists> take() {
        const std::lock_guard lock(mutex_);
        if (unused_.empty()) return std::make_unique<SynapseLists>();
        std::unique_ptr<SynapseLists> lists = std::move(unused_.back());
        unused_.pop_back();
        return lists;
    }

    std::mutex mutex_;
    std::vector<std::unique_ptr<SynapseLists>> unused_;
};

void set_initial_state(LifBlock& block,
                       const LifShared& shared,
                       const NeuronPopulation& population,
                       std::uint32_t index,
                       std::uint64_t seed) {
    block.width = static_cast<std::uint32_t>((block.count + k_strip - 1) / k_strip * k_strip);
    std::vector<double> V_mV(block.count);
    for (std::uint32_t j = 0; j < block.count; ++j) {
        RandomStream stream(seed, Purpose::initial_potentials, block.first + j,
                            static_cast<std::uint16_t>(index));
        V_mV[j] = sample(population.V_init_mV, stream);
    }
    set_own(population, shared, block);
    set_states(block, shared, V_mV);
    if (!has_escape(population.neuron)) return;
    block.residual.assign(block.width, 1.0);
    block.draws.assign(block.width, 0U);
    for (std::uint32_t j = 0; j < block.count; ++j)
        block.residual[j] =
            -std::log(draw_pair({seed, index}, block.first + j, block.draws[j]).second);
}

void set_scratch(LifBlock& block, std::size_t n_inputs) {
    LifScratch& scratch = block.scratch;
    block.any_plastic =
        std::any_of(block.synapses.begin(), block.synapses.end(),
                    [](const BlockSynapses& synapses) { return synapses.plastic != nullptr; });
    scratch.plastic.resize(block.synapses.size());
    scratch.number_of.assign(block.width, 0);
    scratch.is_chosen.assign(block.width, 0);
    scratch.sum_m.assign(n_inputs * block.width, 0.0F);
    scratch.sum_s.assign(n_inputs * block.width, 0.0F);
}

double fanout_of(const SynapticProjection& projection, const Network& network) {
    const ConnectionRule rule = rule_of(projection, network);
    return rule.n_pre == 0 ? 0.0 : expected_synapses(rule) / static_cast<double>(rule.n_pre);
}

double longest_frame_ms(const LifState& lif) {
    double tau_ms = shortest_tau_ms(lif.shared.model);
    for (const auto* taus : {&lif.shared.tau_plus_ms, &lif.shared.tau_minus_ms}) {
        for (const double t : *taus) {
            if (t > 0.0) tau_ms = std::min(tau_ms, t);
        }
    }
    return k_frame_age * tau_ms;
}

std::optional<RewardReader> reader_of_rewards(const SynapticProjection& projection,
                                              const Network& network,
                                              double delay_ms) {
    if (!projection.third_factor) return std::nullopt;
    const ThirdFactorSource& of = *projection.third_factor;
    const Range neurons = resolve(of.neurons, network);
    const double half_lag_ms = projection.dendritic_delay_fraction * delay_ms;
    return RewardReader{of.neurons.population.index,
                        neurons.first,
                        neurons.count,
                        of.delay_ms,
                        of.delay_ms + half_lag_ms,
                        0};
}

void add_reader(LifState& lif,
                const SynapticProjection& projection,
                std::uint32_t index,
                const Network& network,
                const Readable& of) {
    const Range pre = resolve(projection.pre, network);
    lif.readers.push_back({index, projection.pre.population.index, pre.first, pre.count,
                           of.delay_ms, of.timed, 0, projection.short_term});
    if (projection.short_term) lif.readers.back().resources.resize(pre.count);
    lif.readers.back().rewards = reader_of_rewards(projection, network, of.delay_ms);
}

/// Synaptic projections onto a population.
std::vector<std::uint32_t> projections_onto(const Network& network, std::uint32_t index) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        const auto* projection = std::get_if<SynapticProjection>(&network.projections[p]);
        if (projection != nullptr && projection->post.population.index == index) found.push_back(p);
    }
    return found;
}

/// Of these projections; sets what follows from them, too.
void add_readers(LifState& lif, const Network& network, std::span<const std::uint32_t> onto) {
    double shortest_slow_ms = k_never_ms; // of traces
    for (const std::uint32_t p : onto) {
        const auto& projection = std::get<SynapticProjection>(network.projections[p]);
        const auto plastic = make_plastic(projection, 0.0);
        for (const Readable& of : readables_of(projection)) {
            add_reader(lif, projection, p, network, of);
            lif.shared.tau_plus_ms.push_back(plastic ? plastic->tau_plus_ms : 0.0);
            lif.shared.tau_minus_ms.push_back(plastic ? plastic->tau_minus_ms : 0.0);
        }
        lif.mean_fanout = std::max(lif.mean_fanout, fanout_of(projection, network));
        if (plastic && plastic->slow_plus_ms > 0.0)
            shortest_slow_ms =
                std::min({shortest_slow_ms, plastic->slow_plus_ms, plastic->slow_minus_ms});
        if (plastic && plastic->reward) // eligibility's frame begins anew between windows
            shortest_slow_ms = std::min(shortest_slow_ms, plastic->reward->factor.tau_c_ms);
    }
    lif.shared.frame_limit_ms = std::min(longest_frame_ms(lif), k_frame_age * shortest_slow_ms);
    if (std::any_of(lif.readers.begin(), lif.readers.end(),
                    [](const SpikeReader& reader) { return reader.rewards.has_value(); }))
        lif.shared.rewards_ms.resize(lif.readers.size());
}

} // namespace

std::size_t block_size(std::size_t n, double fanout) {
    const auto wanted = static_cast<std::size_t>(fanout / k_targets_per_block);
    const std::size_t most = std::max<std::size_t>(1, n / k_least_neurons);
    std::size_t n_blocks = std::clamp(wanted, std::min(k_least_blocks, most), most);
    n_blocks = std::min(n_blocks, std::max(k_least_blocks, (n + 2047) / 2048));
    const auto most_neurons = static_cast<std::size_t>(
        std::clamp(k_targets_per_block * static_cast<double>(n) / std::max(fanout, 1.0),
                   static_cast<double>(k_cached_neurons), static_cast<double>(k_most_neurons)));
    n_blocks = std::max(n_blocks, (n + most_neurons - 1) / most_neurons);
    // Equal shares for 2 and 4 threads or ranks.
    if (n_blocks > 4) n_blocks = (n_blocks + 3) / 4 * 4;
    const std::size_t size = (n + n_blocks - 1) / n_blocks;
    return std::max<std::size_t>(k_strip, (size + k_strip - 1) / k_strip * k_strip);
}

std::size_t BlockSynapses::size() const {
    return std::max(target.size(), weights.size());
}

std::size_t BlockSynapses::bytes() const {
    return 4 * row.size() + 2 * target.size() + 4 * weights.size() + delays.bytes();
}

std::size_t lif_block_size(const Network& network, std::uint32_t index) {
    double fanout = 0.0;
    for (const std::uint32_t p : projections_onto(network, index))
        fanout = std::max(fanout,
                          fanout_of(std::get<SynapticProjection>(network.projections[p]), network));
    return block_size(size_of(network.populations[index]), fanout);
}

LifState make_lif_state(const Network& network,
                        std::uint32_t index,
                        const ForEach& for_each,
                        const Owns& owns) {
    const auto& population = std::get<NeuronPopulation>(network.populations[index]);
    LifState lif;
    lif.shared.model = population.neuron;
    lif.shared.population = index;
    lif.shared.name = population.name;
    lif.shared.seed = network.seed;
    lif.shared.inputs = population.inputs;
    set_own(population, lif.shared);
    const std::vector<std::uint32_t> onto = projections_onto(network, index);
    add_readers(lif, network, onto);
    const std::size_t size = block_size(population.size, lif.mean_fanout);
    for (std::size_t first = 0; first < population.size; first += size) {
        LifBlock block;
        block.first = static_cast<std::uint32_t>(first);
        block.count = static_cast<std::uint32_t>(std::min(size, population.size - first));
        lif.blocks.push_back(std::move(block));
    }
    ListsOfThreads lists;
    for_each(lif.blocks.size(), [&](std::size_t b) {
        LifBlock& block = lif.blocks[b];
        if (!owns(index, b)) return;
        set_initial_state(block, lif.shared, population, index, network.seed);
        lists.use([&](SynapseLists& of_thread) {
            for (const std::uint32_t p : onto)
                append_synapses(network, p, of_thread, block);
        });
        for (const BlockSynapses& synapses : block.synapses)
            block.longest_own_delay_ms =
                std::max(block.longest_own_delay_ms, synapses.delays.greatest_ms());
        set_scratch(block, lif.shared.inputs.size());
    });
    return lif;
}

namespace {

/// What reader k of a projection has not read yet.
void take_spikes(LifState& lif,
                 std::uint32_t k,
                 const SpikeHistory& history,
                 const Window& window) {
    SpikeReader& reader = lif.readers[k];
    for (; reader.next < history.end(); ++reader.next) {
        const Spike& spike = history[reader.next];
        const double t_ms = spike.t_ms + reader.delay_ms;
        if (!reader.timed && t_ms >= window.end_ms) break;
        if (!reader.reads(spike.source)) continue;
        const std::uint32_t source = spike.source - reader.pre_first;
        const double released =
            reader.short_term ? release(*reader.short_term, reader.resources[source], spike.t_ms)
                              : 1.0;
        if (reader.timed) {
            lif.shared.departures.push_back({spike.t_ms, k, source, released});
        } else {
            // Round-off of the window's edge may put an arrival a hair before it.
            lif.shared.table.arrivals.push_back(
                {std::max(t_ms, window.begin_ms), k, source, released});
        }
    }
}

/// Likewise of a third factor's neurons.
void take_rewards(RewardReader& reader,
                  const SpikeHistory& history,
                  const Window& window,
                  std::vector<double>& times_ms) {
    for (; reader.next < history.end(); ++reader.next) {
        const Spike& spike = history[reader.next];
        const double t_ms = spike.t_ms + reader.counts_ms;
        if (t_ms >= window.end_ms) break;
        if (reader.reads(spike.source)) times_ms.push_back(std::max(t_ms, window.begin_ms));
    }
}

} // namespace

void lay_out_wheels(LifState& lif, double begin_ms, double window_ms) {
    for (LifBlock& block : lif.blocks) {
        if (block.longest_own_delay_ms > 0.0)
            block.timed.lay_out(begin_ms, window_ms, block.longest_own_delay_ms);
    }
}

void collect_arrivals(LifState& lif, const Window& window, const Histories& histories) {
    ArrivalTable& table = lif.shared.table;
    table.arrivals.clear();
    lif.shared.departures.clear();
    for (std::uint32_t k = 0; k < lif.readers.size(); ++k)
        take_spikes(lif, k, histories(lif.readers[k].pre), window);
    for (std::uint32_t k = 0; k < lif.shared.rewards_ms.size(); ++k) {
        lif.shared.rewards_ms[k].clear();
        if (auto& rewards = lif.readers[k].rewards)
            take_rewards(*rewards, histories(rewards->pre), window, lif.shared.rewards_ms[k]);
    }
    if (lif.readers.size() > 1) {
        std::stable_sort(
            table.arrivals.begin(), table.arrivals.end(),
            [](const SpikeArrival& a, const SpikeArrival& b) { return a.t_ms < b.t_ms; });
    }
    if (window.end_ms - lif.shared.frame_ms > lif.shared.frame_limit_ms)
        lif.shared.frame_ms = window.begin_ms;
    set_factors(lif.shared, table);
    if (const auto* exp =
            std::get_if<LifExp>(&lif.shared.model)) { // of the whole window, for all blocks
        lif.shared.begin = ExpFactors(*exp, lif.shared.frame_ms, window.begin_ms);
        lif.shared.end = ExpFactors(*exp, lif.shared.frame_ms, window.end_ms);
    }
}

namespace {

/// Those of a block that are there, with weights by place; `to_post`: of a block's target among the
/// projection's.
template <class Weight>
void append_listed(std::vector<Synapse>& found,
                   const BlockSynapses& s,
                   std::uint32_t to_post,
                   float one_delay_ms,
                   const Weight& weight) {
    const auto append_dense = [&](std::uint32_t i) {
        for (std::uint32_t t = s.first; t < s.end; ++t) {
            if (s.skip_self && i + s.self_offset == t) continue;
            const std::size_t at = std::size_t{i} * (s.end - s.first) + (t - s.first);
            found.push_back({i, to_post + t, weight(at), one_delay_ms});
        }
    };
    const auto append_sparse = [&](std::uint32_t i) {
        for (std::size_t at = s.row[i]; at < s.row[i + 1U]; ++at) {
            const float d = s.delays.empty() ? one_delay_ms : static_cast<float>(s.delays.at(at));
            found.push_back({i, to_post + s.target[at], weight(at), d});
        }
    };
    for (std::uint32_t i = 0; i < s.n_pre; ++i)
        s.dense ? append_dense(i) : append_sparse(i);
}

/// Those that readers first .. end - 1 bring to a block, as they are at t_ms.
struct Asked {
    std::uint32_t first, end, post_first;
    double t_ms;
};
void append_from(std::vector<Synapse>& found,
                 const LifState& lif,
                 const LifBlock& block,
                 const Asked& asked,
                 const Histories& histories) {
    for (std::uint32_t k = asked.first; k < asked.end; ++k) {
        const BlockSynapses& s = block.synapses[k];
        if (s.end <= s.first) continue;
        std::vector<float> plastic;
        if (s.plastic) plastic = present_weights(block, s, lif.readers[k], histories, asked.t_ms);
        const auto weight = [&](std::size_t at) {
            if (s.plastic) return plastic[at];
            return s.weights.empty() ? s.weight : s.weights[at];
        };
        append_listed(found, s, block.first - asked.post_first,
                      static_cast<float>(lif.readers[k].delay_ms), weight);
    }
}

/// At most: a dense block has places for synapses onto itself.
std::size_t n_places(const LifState& lif, const Asked& asked) {
    std::size_t n = 0;
    for (const LifBlock& block : lif.blocks) {
        for (std::uint32_t k = asked.first; k < asked.end && !block.synapses.empty(); ++k)
            n += block.synapses[k].size();
    }
    return n;
}

} // namespace

std::vector<Synapse> synapses_of(const LifState& lif,
                                 std::uint32_t post_first,
                                 std::uint32_t first_reader,
                                 const Histories& histories,
                                 double t_ms) {
    Asked asked{first_reader, first_reader, post_first, t_ms};
    while (asked.end < lif.readers.size() &&
           lif.readers[asked.end].projection == lif.readers[first_reader].projection)
        ++asked.end;
    std::vector<Synapse> found;
    found.reserve(n_places(lif, asked));
    for (const LifBlock& block : lif.blocks) {
        if (!block.synapses.empty()) // else another rank's
            append_from(found, lif, block, asked, histories);
    }
    std::stable_sort(found.begin(), found.end(), [](const Synapse& a, const Synapse& b) {
        return std::tie(a.pre, a.post) < std::tie(b.pre, b.post);
    });
    return found;
}

std::size_t synapse_bytes(const LifState& lif) {
    std::size_t n = 0;
    for (const LifBlock& block : lif.blocks) {
        for (const BlockSynapses& s : block.synapses)
            n += s.bytes();
    }
    return n;
}

} // namespace spikewell::detail
