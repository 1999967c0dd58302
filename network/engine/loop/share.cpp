#include "network/engine/loop/share.hpp"

#include "core/checkpoint.hpp"
#include "core/error.hpp"
#include "network/engine/loop/groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace spikewell::detail {

namespace {

// Work of a neuron, and of one Poisson input of it, in synapses.
constexpr double k_neuron_work = 100.0;
constexpr double k_input_work = 100.0;
constexpr double k_poisson_work = 20.0;

// Of an entry's population: these are predicted spikes.
constexpr std::uint32_t k_predicted = 0x8000'0000U;

/// What a projection adds to the work of each neuron, or node, first .. end - 1 of its post population.
struct Load {
    std::size_t first;
    std::size_t end;
    double of_neuron; ///< or of a node

    [[nodiscard]] double of(std::size_t block_first, std::size_t block_end) const {
        const std::size_t from = std::max(first, block_first);
        const std::size_t to = std::min(end, block_end);
        return from < to ? of_neuron * static_cast<double>(to - from) : 0.0;
    }
};

std::vector<Load> loads_onto(const Network& network, std::uint32_t p) {
    std::vector<Load> loads;
    for (const Projection& projection : network.projections) {
        const auto* sparse = std::get_if<SynapticProjection>(&projection);
        if (sparse == nullptr || sparse->post.population.index != p) continue;
        const ConnectionRule rule = rule_of(*sparse, network);
        if (rule.n_post == 0) continue;
        loads.push_back({sparse->post.first, sparse->post.first + rule.n_post,
                         expected_synapses(rule) / static_cast<double>(rule.n_post)});
    }
    return loads;
}

/// Their ranges alone.
std::vector<LifBlock> lif_blocks(const Network& network, std::uint32_t p) {
    const ForEach in_turn = [](std::size_t n, const std::function<void(std::size_t)>& body) {
        for (std::size_t k = 0; k < n; ++k)
            body(k);
    };
    const Owns none = [](std::uint32_t, std::size_t) { return false; };
    return make_lif_state(network, p, in_turn, none).blocks;
}

// The first neuron of each block of a population; none for listed spikes.

using FirstNeurons = std::vector<std::size_t>;

FirstNeurons first_neurons(const Network&, std::uint32_t, const DyadicPopulation& dyadic) {
    FirstNeurons first;
    const std::size_t width = part_width(dyadic.n_nodes);
    for (std::size_t node = 0; node < dyadic.n_nodes; node += width)
        first.push_back(node * static_cast<std::size_t>(dyadic.neurons_per_node));
    return first;
}
FirstNeurons first_neurons(const Network& network, std::uint32_t p, const NeuronPopulation&) {
    FirstNeurons first;
    for (const LifBlock& block : lif_blocks(network, p))
        first.push_back(block.first);
    return first;
}
template <RandomSource Source>
FirstNeurons first_neurons(const Network& network, std::uint32_t p, const Source&) {
    FirstNeurons first;
    for (const PoissonBlock& block : make_poisson_state(network, p).blocks)
        first.push_back(block.first);
    return first;
}
FirstNeurons first_neurons(const Network&, std::uint32_t, const SpikeListPopulation&) {
    return {};
}
FirstNeurons first_neurons(const Network&, std::uint32_t, const SpikeListSource&) {
    return {};
}

// Estimated work of each of these blocks.

std::vector<double> work_of(const Network& network,
                            std::uint32_t p,
                            const DyadicPopulation& dyadic) {
    double of_node = k_neuron_work * dyadic.neurons_per_node;
    for (const Projection& projection : network.projections) {
        const auto* dense = std::get_if<FactorisedProjection>(&projection);
        if (dense != nullptr && dense->post.index == p)
            of_node += static_cast<double>(dense->coupling.cols);
    }
    const std::vector<Load> loads = loads_onto(network, p);
    const std::size_t width = part_width(dyadic.n_nodes);
    std::vector<double> work;
    for (std::size_t first = 0; first < dyadic.n_nodes; first += width) {
        const std::size_t end = std::min(first + width, dyadic.n_nodes);
        work.push_back(of_node * static_cast<double>(end - first));
        for (const Load& load : loads)
            work.back() += load.of(first, end);
    }
    return work;
}
std::vector<double> work_of(const Network& network,
                            std::uint32_t p,
                            const NeuronPopulation& cells) {
    const std::vector<Load> loads = loads_onto(network, p);
    std::vector<double> work;
    for (const LifBlock& block : lif_blocks(network, p)) {
        double sum =
            block.count * (k_neuron_work + k_input_work * static_cast<double>(cells.inputs.size()));
        for (const Load& load : loads)
            sum += load.of(block.first, std::size_t{block.first} + block.count);
        work.push_back(sum);
    }
    return work;
}
template <RandomSource Source>
std::vector<double> work_of(const Network& network, std::uint32_t p, const Source&) {
    std::vector<double> work;
    for (const PoissonBlock& block : make_poisson_state(network, p).blocks)
        work.push_back(k_poisson_work * static_cast<double>(block.count));
    return work;
}
std::vector<double> work_of(const Network&, std::uint32_t, const SpikeListPopulation&) {
    return {};
}
std::vector<double> work_of(const Network&, std::uint32_t, const SpikeListSource&) {
    return {};
}

template <class T> void put(std::vector<char>& bytes, const T* values, std::size_t n) {
    const auto* from = reinterpret_cast<const char*>(values);
    bytes.insert(bytes.end(), from, from + n * sizeof(T));
}

/// An entry: population, number, times, sources. 12 bytes a spike.
void pack(std::uint32_t population, std::span<const Spike> spikes, std::vector<char>& bytes) {
    if (spikes.empty()) return;
    const std::uint32_t head[2] = {population, static_cast<std::uint32_t>(spikes.size())};
    put(bytes, head, 2);
    for (const Spike& spike : spikes)
        put(bytes, &spike.t_ms, 1);
    for (const Spike& spike : spikes)
        put(bytes, &spike.source, 1);
}

template <class T> T value_at(const char* from, std::size_t index) {
    T value;
    std::memcpy(&value, from + index * sizeof(T), sizeof(T));
    return value;
}

void unpack(std::span<const char> bytes, std::vector<PopulationState>& populations) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    while (at < end) {
        const auto head = value_at<std::uint32_t>(at, 0);
        const auto n = value_at<std::uint32_t>(at, 1);
        const char* const times = at + 8;
        const char* const sources = times + sizeof(double) * n;
        PopulationState& population = populations[head & ~k_predicted];
        std::vector<Spike>& spikes =
            (head & k_predicted) != 0 ? population.predicted : population.spikes;
        for (std::size_t k = 0; k < n; ++k)
            spikes.push_back({value_at<double>(times, k), value_at<std::uint32_t>(sources, k)});
        at = sources + sizeof(std::uint32_t) * n;
    }
}

/// The window's spikes of the carrier's share leave, and those that reach this rank come.
void carry_spikes(EngineState& engine, SpikeCarrier& carrier) {
    const NeuronMask& share = carrier.share();
    std::vector<PopulationState>& populations = engine.populations;
    std::vector<HeardSpike> own;
    for (std::uint32_t p = 0; p < populations.size(); ++p) {
        for (const Spike& spike : populations[p].spikes) {
            if (share[p][spike.source] != 0) own.push_back({p, spike});
        }
    }
    std::vector<HeardSpike> heard;
    carrier.carry(own, heard);
    for (PopulationState& population : populations) {
        population.spikes.clear();
        population.predicted.clear();
    }
    for (const HeardSpike& h : heard)
        populations[h.population].spikes.push_back(h.spike);
    for (PopulationState& population : populations)
        std::sort(population.spikes.begin(), population.spikes.end());
}

/// The greatest coupling of a row.
struct RowLimit {
    std::uint32_t row;
    float limit;
};

/// Of the rows of the share's nodes, and of padding behind the last: together those of one process.
std::vector<RowLimit> row_limits_of(const EngineState& engine,
                                    const ProjectionState& projection,
                                    const NeuronMask& share) {
    const PopulationState& post = engine.populations[projection.post.index];
    const std::vector<char>& own = share[projection.post.index];
    const std::vector<float> held = projection.coupling.node_limits();
    const std::size_t first_held = post.own.begin * part_width(post.code.n_nodes);
    std::vector<RowLimit> limits;
    for (std::size_t k = 0; k < held.size(); ++k) {
        const std::size_t node = std::min(first_held + k, post.code.n_nodes - 1);
        if (own[node * static_cast<std::size_t>(post.code.neurons_per_node)] != 0)
            limits.push_back({static_cast<std::uint32_t>(first_held + k), held[k]});
    }
    return limits;
}

/// The mean over the rows of all shares, added up in order as one process does.
double mean_of_rows(Exchange& exchange, const std::vector<RowLimit>& own) {
    Messages all;
    exchange.all_gather({reinterpret_cast<const char*>(own.data()), own.size() * sizeof(RowLimit)},
                        all);
    std::vector<RowLimit> limits(all.bytes.size() / sizeof(RowLimit));
    if (!limits.empty()) std::memcpy(limits.data(), all.bytes.data(), all.bytes.size());
    std::sort(limits.begin(), limits.end(),
              [](const RowLimit& a, const RowLimit& b) { return a.row < b.row; });
    double sum = 0.0;
    for (const RowLimit& limit : limits)
        sum += static_cast<double>(limit.limit);
    return sum / static_cast<double>(limits.size());
}

} // namespace

std::vector<std::size_t> deal_tasks(std::span<const double> work, std::size_t n_ranks) {
    double total = 0.0;
    for (const double w : work)
        total += w;
    std::vector<std::size_t> begin(n_ranks + 1, work.size());
    begin[0] = 0;
    if (!(total > 0.0)) return begin;
    double before = 0.0;
    std::size_t rank = 0;
    for (std::size_t t = 0; t < work.size(); ++t) {
        // A task goes where its middle lies.
        const double middle = (before + 0.5 * work[t]) / total;
        const auto owner =
            std::min(n_ranks - 1, static_cast<std::size_t>(middle * static_cast<double>(n_ranks)));
        while (rank < owner)
            begin[++rank] = t;
        before += work[t];
    }
    return begin;
}

std::vector<TaskRange> own_tasks(const Network& network, const Exchange& exchange) {
    std::vector<double> work;
    std::vector<std::size_t> first;
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        first.push_back(work.size());
        const std::vector<double> blocks = std::visit(
            [&](const auto& kind) { return work_of(network, p, kind); }, network.populations[p]);
        work.insert(work.end(), blocks.begin(), blocks.end());
    }
    first.push_back(work.size());
    const std::vector<std::size_t> begin = deal_tasks(work, exchange.n_ranks());
    const std::size_t own_begin = begin[exchange.rank()];
    const std::size_t own_end = begin[exchange.rank() + 1];
    std::vector<TaskRange> own;
    for (std::size_t p = 0; p + 1 < first.size(); ++p) {
        own.push_back({std::clamp(own_begin, first[p], first[p + 1]) - first[p],
                       std::clamp(own_end, first[p], first[p + 1]) - first[p]});
    }
    return own;
}

std::vector<TaskRange> tasks_with(const Network& network, const NeuronMask& share) {
    std::vector<TaskRange> blocks(network.populations.size());
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        const auto own = std::find(share[p].begin(), share[p].end(), 1);
        if (own == share[p].end()) continue;
        const FirstNeurons first =
            std::visit([&](const auto& kind) { return first_neurons(network, p, kind); },
                       network.populations[p]);
        const auto until = [&](std::ptrdiff_t neuron) {
            return static_cast<std::size_t>(
                std::upper_bound(first.begin(), first.end(), static_cast<std::size_t>(neuron)) -
                first.begin());
        };
        if (first.empty()) continue;
        const auto last = std::find(share[p].rbegin(), share[p].rend(), 1);
        blocks[p] = {until(own - share[p].begin()) - 1, until(share[p].rend() - last - 1)};
    }
    return blocks;
}

std::uint64_t sum_over_ranks(Exchange& exchange, std::uint64_t own) {
    Messages all;
    exchange.all_gather({reinterpret_cast<const char*>(&own), sizeof own}, all);
    std::uint64_t sum = 0;
    for (std::size_t r = 0; r < all.size(); ++r)
        sum += value_at<std::uint64_t>(all.of(r).data(), 0);
    return sum;
}

double max_over_ranks(Exchange& exchange, double own) {
    Messages all;
    exchange.all_gather({reinterpret_cast<const char*>(&own), sizeof own}, all);
    for (std::size_t r = 0; r < all.size(); ++r)
        own = std::max(own, value_at<double>(all.of(r).data(), 0));
    return own;
}

void require_same_network(const Network& network, std::uint64_t description, Exchange& exchange) {
    if (exchange.n_ranks() == 1) return;
    for (const Projection& projection : network.projections) {
        const auto* dense = std::get_if<FactorisedProjection>(&projection);
        if (dense == nullptr) continue;
        const std::vector<double>& values = dense->coupling.values;
        description +=
            digest({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
    }
    Messages all;
    exchange.all_gather({reinterpret_cast<const char*>(&description), sizeof description}, all);
    for (std::size_t r = 0; r < all.size(); ++r) {
        if (value_at<std::uint64_t>(all.of(r).data(), 0) !=
            value_at<std::uint64_t>(all.of(0).data(), 0))
            throw NetworkError("network",
                               fmt::format("is another one on rank {} than on rank 0", r));
    }
}

void agree_on_run(EngineState& engine, std::span<Recorder* const> recorders) {
    if (!engine.shared()) return;
    const RunPlan& plan = engine.plan;
    const bool wants =
        std::any_of(recorders.begin(), recorders.end(),
                    [](const Recorder* recorder) { return recorder->wants_predicted(); });
    std::vector<char> own(1, wants ? 1 : 0);
    put(own, &plan.start_ms, 1);
    put(own, &plan.duration_ms, 1);
    put(own, &plan.n_windows, 1);
    put(own, &plan.next, 1);
    Messages all;
    engine.exchange->all_gather(own, all);
    engine.share_predicted = false;
    for (std::size_t r = 0; r < all.size(); ++r) {
        const std::span<const char> theirs = all.of(r);
        engine.share_predicted |= theirs[0] != 0;
        if (!std::equal(theirs.begin() + 1, theirs.end(), all.of(0).begin() + 1, all.of(0).end()))
            throw NetworkError("run",
                               fmt::format("rank {} is to run other windows than rank 0", r));
    }
    // Ranks that hear different spikes could not agree within a window on what some of them need.
    if (const SpikeCarrier* carrier = engine.exchange->carrier()) {
        for (ProjectionState& projection : engine.projections) {
            if (!projection.learning && !projection.mean_limit)
                projection.mean_limit = mean_of_rows(
                    *engine.exchange, row_limits_of(engine, projection, carrier->share()));
        }
    }
}

void exchange_spikes(EngineState& engine) {
    if (SpikeCarrier* carrier = engine.exchange->carrier()) {
        carry_spikes(engine, *carrier);
        return;
    }
    if (!engine.shared()) return;
    std::vector<char>& bytes = engine.message;
    bytes.assign(1, engine.stop_asked ? 1 : 0);
    std::vector<PopulationState>& populations = engine.populations;
    for (std::uint32_t p = 0; p < populations.size(); ++p) {
        PopulationState& population = populations[p];
        if (!of_kind(population, []<class G>() { return G::k_shared; })) continue;
        pack(p, population.spikes, bytes);
        population.spikes.clear();
        population.predicted.clear();
        if (!engine.share_predicted) continue;
        for (const Part& part : population.parts)
            pack(p | k_predicted, part.predicted, bytes);
    }
    engine.exchange->all_gather(bytes, engine.messages);
    engine.stop_agreed = false;
    for (std::size_t r = 0; r < engine.messages.size(); ++r) {
        const std::span<const char> message = engine.messages.of(r);
        engine.stop_agreed |= message[0] != 0;
        unpack(message.subspan(1), populations);
    }
    for (PopulationState& population : populations) {
        std::sort(population.spikes.begin(), population.spikes.end());
        std::sort(population.predicted.begin(), population.predicted.end());
    }
}

double mean_over_ranks(Exchange& exchange, const std::vector<float>& own) {
    Messages all;
    exchange.all_gather({reinterpret_cast<const char*>(own.data()), own.size() * sizeof(float)},
                        all);
    const std::size_t n = all.bytes.size() / sizeof(float);
    double sum = 0.0;
    for (std::size_t k = 0; k < n; ++k)
        sum += static_cast<double>(value_at<float>(all.bytes.data(), k));
    return sum / static_cast<double>(n);
}

std::vector<Synapse> gather_synapses(const EngineState& engine,
                                     std::uint32_t projection,
                                     const ChosenEnds& chosen) {
    std::vector<Synapse> synapses =
        gather_values(*engine.exchange, synapses_now(engine, projection, chosen));
    if (!engine.shared()) return synapses;
    std::stable_sort(synapses.begin(), synapses.end(), [](const Synapse& a, const Synapse& b) {
        return std::tie(a.pre, a.post) < std::tie(b.pre, b.post);
    });
    return synapses;
}

} // namespace spikewell::detail
