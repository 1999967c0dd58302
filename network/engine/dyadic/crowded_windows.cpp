#include "network/engine/dyadic/crowded_windows.hpp"

#include "network/engine/dyadic/batched_neurons.hpp"
#include "network/engine/dyadic/crowded_path.hpp"
#include "network/engine/dyadic/learning.hpp"
#include "network/engine/loop/share.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace spikewell::detail {

namespace {

// Arrivals a bunch: more make sums cheaper and bounds looser.
constexpr std::size_t k_many_per_bunch = 32;
constexpr std::size_t k_few_per_bunch = 16;
// What a bunch's arrivals may move potentials by, in nats and on average: for many, for few.
constexpr double k_many_nats = 0.04;
constexpr double k_few_nats = 0.1;
// Changes in quanta of 2^-K are to fit a bunch's sums.
constexpr int k_most_neurons_per_node = 10;
// Arrivals a window from which on bunches pay where couplings change: of many, of few.
constexpr std::size_t k_many_direct = 1024;
constexpr std::size_t k_few_direct = 256;
// Bunches whose sums are made at a time.
constexpr std::size_t k_bunches_at_once = 8;
// Lines fetched ahead with a pair of arrivals, in the kernel's parts of a line.
constexpr std::size_t k_most_lines_per_pair = std::size_t{2} << k_log2_line_parts;

std::vector<PartCouplings*> couplings_onto(EngineState& engine, const PopulationState& population) {
    std::vector<PartCouplings*> incoming;
    for (const std::uint32_t p : population.incoming)
        incoming.push_back(&engine.projections[p].coupling);
    return incoming;
}

PulseEdges edges_of(const EngineState& engine, std::uint32_t p, const Window& window) {
    const ProjectionState& projection = engine.projections[p];
    const PopulationState& pre = engine.populations[projection.pre.index];
    return projection.delayed.edges_until(window.end_ms, pre.history, pre.code.tau_ref_ms);
}

/// By what an arrival moves a potential once it is through the membrane, on average; infinite where
/// its changes are too finely graded.
double mean_arrival(EngineState& engine, const PopulationState& population) {
    double moved = 0.0;
    for (const std::uint32_t p : population.incoming) {
        ProjectionState& projection = engine.projections[p];
        const int n_bits = engine.populations[projection.pre.index].code.neurons_per_node;
        if (n_bits > k_most_neurons_per_node) return std::numeric_limits<double>::infinity();
        if (!projection.mean_limit)
            projection.mean_limit =
                mean_over_ranks(*engine.exchange, projection.coupling.node_limits());
        const double mean_change = 2.0 * (1.0 - std::ldexp(1.0, -n_bits)) / n_bits;
        moved = std::max(moved, *projection.mean_limit * mean_change);
    }
    return moved;
}

/// The arrivals a bunch where couplings change and are summed directly; 0 where arrivals are too few.
/// The number of arrivals alone decides: it is the same on all ranks, and after a run is resumed.
std::size_t arrivals_per_direct_bunch(const EngineState& engine,
                                      const PopulationState& population,
                                      const Window& window) {
    if (population.tau_m_ms == 0.0 || population.incoming.size() != 1) return 0;
    const std::uint32_t p = population.incoming.front();
    const ProjectionState& projection = engine.projections[p];
    const int n_bits = engine.populations[projection.pre.index].code.neurons_per_node;
    if (projection.holds() || n_bits > k_most_neurons_per_node ||
        projection.coupling.width() % k_strip_width != 0)
        return 0;
    const std::size_t n = edges_of(engine, p, window).size();
    if (n >= k_many_direct) return k_many_per_bunch;
    return n >= k_few_direct ? k_few_per_bunch : 0;
}

/// The arrivals a bunch that bounds allow, 0 where they would be too loose.
std::size_t arrivals_per_bunch(EngineState& engine,
                               const PopulationState& population,
                               const Window& window) {
    if (population.tau_m_ms == 0.0 || learns(engine, population)) return 0;
    std::size_t n = 0;
    for (const std::uint32_t p : population.incoming) {
        if (engine.projections[p].holds()) return 0;
        n += edges_of(engine, p, window).size();
    }
    if (population.incoming.empty() || (n < k_few_per_bunch && !population.crowd.active)) return 0;
    const double nats = population.inverse_temperature * mean_arrival(engine, population);
    const double length = (window.end_ms - window.begin_ms) / population.tau_m_ms;
    const auto moved_nats = [&](std::size_t per_bunch) {
        const auto m = static_cast<double>(per_bunch);
        const double of_window = std::min(1.0, m / std::max(1.0, static_cast<double>(n)));
        return nats * m * 0.5 * -std::expm1(-of_window * length);
    };
    if (moved_nats(k_many_per_bunch) < k_many_nats) return k_many_per_bunch;
    return moved_nats(k_few_per_bunch) < k_few_nats ? k_few_per_bunch : 0;
}

/// Which columns the incoming projections' nodes have in a strip, and what their neurons do there.
void lay_columns(const EngineState& engine, PopulationState& population) {
    Crowd& crowd = population.crowd;
    crowd.log2_quanta = 0;
    crowd.first_column.assign(engine.projections.size(), 0);
    std::uint32_t n_columns = 0;
    for (const std::uint32_t p : population.incoming) {
        const DyadicCode& pre = engine.populations[engine.projections[p].pre.index].code;
        crowd.log2_quanta = std::max(crowd.log2_quanta, pre.neurons_per_node);
        crowd.first_column[p] = n_columns;
        n_columns += static_cast<std::uint32_t>(pre.n_nodes);
    }
    crowd.outputs.clear();
    crowd.first_output.assign(engine.projections.size(), 0);
    for (const std::uint32_t p : population.incoming) {
        crowd.first_output[p] = static_cast<std::uint32_t>(crowd.outputs.size());
        for (const NeuronOutput& output :
             engine.populations[engine.projections[p].pre.index].outputs) {
            crowd.outputs.push_back(
                {(crowd.first_column[p] + output.node) * static_cast<std::uint32_t>(k_strip_width),
                 static_cast<std::int16_t>(std::ldexp(output.height, crowd.log2_quanta))});
        }
    }
}

void quantise(EngineState& engine, PopulationState& population) {
    Crowd& crowd = population.crowd;
    const std::vector<PartCouplings*> incoming = couplings_onto(engine, population);
    QuantisedCouplings& couplings = crowd.couplings.emplace(incoming, population.own.begin,
                                                            population.own.end, crowd.log2_quanta);
    for_each_index(engine, population.own.end - population.own.begin,
                   [&](std::size_t k) { couplings.quantise(population.own.begin + k, incoming); });
    crowd.sums_lost = true;
}

/// Sums over all columns of q sigma(t - d): what arrivals then change.
void sum_drive(const Crowd& crowd, Part& part) {
    const QuantisedCouplings& couplings = *crowd.couplings;
    const std::size_t n_bunches = (couplings.n_columns() + k_many_per_bunch - 1) / k_many_per_bunch;
    std::vector<std::uint32_t> offset(n_bunches * k_many_per_bunch + k_lookahead + 2);
    std::vector<std::int16_t> state(n_bunches * k_many_per_bunch);
    const std::vector<std::int16_t> none(state.size());
    for (std::size_t column = 0; column < crowd.delayed.size(); ++column) {
        offset[column] = static_cast<std::uint32_t>(column * k_strip_width);
        state[column] =
            static_cast<std::int16_t>(std::ldexp(crowd.delayed[column], crowd.log2_quanta));
    }
    std::fill(part.crowd.drive.begin(), part.crowd.drive.end(), 0);
    std::vector<std::int32_t> sums(n_bunches * 2 * k_strip_width);
    for (std::size_t g = 0; g < couplings.strips_per_part(); ++g) {
        const std::int16_t* const columns = couplings.strip(part.index, g);
        sum_columns({columns, offset.data(), state.data(), none.data(), n_bunches, k_many_per_bunch,
                     columns, 0, 0},
                    sums.data());
        std::int32_t* const drive = part.crowd.drive.data() + g * k_strip_width;
        for (std::size_t b = 0; b < n_bunches; ++b) {
            for (std::size_t i = 0; i < k_strip_width; ++i)
                drive[i] += sums[b * 2 * k_strip_width + i];
        }
    }
}

void enter_crowd(EngineState& engine, const PopulationState& population, Part& part) {
    CrowdLanes& lanes = part.crowd;
    recompute_drive(engine, population, part);
    for (std::size_t i = 0; i < part.count; ++i) {
        lanes.potential[i] = part.potential[i];
        lanes.rest[i] = part.potential[i] - part.drive[i];
    }
}

/// Columns onto the strip that is next in turn; this one's where there is none.
const std::int16_t* next_strip(const EngineState& engine,
                               const PopulationState& population,
                               const Part& part,
                               std::size_t strip,
                               std::size_t n_strips) {
    const QuantisedCouplings& couplings = *population.crowd.couplings;
    if (strip + 1 < n_strips) return couplings.strip(part.index, strip + 1);
    const std::size_t next = engine.backwards ? part.index - 1 : part.index + 1;
    return population.own.has(next) ? couplings.strip(next, 0) : couplings.strip(part.index, strip);
}

/// Of the potentials of a strip's lanes at bunches' ends.
struct GroupBounds {
    std::array<float, k_strip_width> low;
    std::array<float, k_strip_width> high;
};

/// Follows a strip's potentials from bunch to bunch.
GroupBounds trace_strip(const EngineState& engine,
                        const PopulationState& population,
                        Part& part,
                        CrowdScratch& scratch,
                        std::size_t strip,
                        std::size_t n_strips) {
    const Crowd& crowd = population.crowd;
    const CrowdedArrivals& arrivals = crowd.arrivals;
    CrowdLanes& lanes = part.crowd;
    const std::size_t n_bunches = arrivals.bunches.size();
    const std::size_t n_pairs = n_bunches * arrivals.per_bunch / 2;
    const std::int16_t* const next = next_strip(engine, population, part, strip, n_strips);
    const std::size_t next_step = std::min(
        (crowd.couplings->n_columns() << k_log2_line_parts) / n_pairs, k_most_lines_per_pair);
    const std::size_t lane = strip * k_strip_width;
    float* value = scratch.value.data() + strip * (n_bunches + 1) * k_strip_width;
    GroupBounds bounds;
    for (float* begin : {bounds.low.data(), bounds.high.data(), value})
        std::copy_n(lanes.potential.data() + lane, k_strip_width, begin);
    for (std::size_t b = 0; b < n_bunches; b += k_bunches_at_once) {
        const std::size_t n = std::min(k_bunches_at_once, n_bunches - b);
        const std::size_t first = b * arrivals.per_bunch;
        sum_columns({crowd.couplings->strip(part.index, strip), arrivals.offset.data() + first,
                     arrivals.change.data() + first, arrivals.weight.data() + first, n,
                     arrivals.per_bunch, next, first / 2 * next_step, next_step},
                    scratch.sums.data());
        relax_bunches(arrivals.bunches.data() + b, scratch.sums.data(), n,
                      {crowd.couplings->scale(part.index) + lane, lanes.quantum.data() + lane,
                       lanes.drive.data() + lane, lanes.potential.data() + lane, bounds.low.data(),
                       bounds.high.data()},
                      value + (b + 1) * k_strip_width);
    }
    return bounds;
}

/// Follows the part's potentials through the window, and bounds them.
void trace_crowd(const EngineState& engine,
                 const PopulationState& population,
                 Part& part,
                 CrowdScratch& scratch) {
    const Crowd& crowd = population.crowd;
    CrowdLanes& lanes = part.crowd;
    const float* const largest = crowd.couplings->largest(part.index);
    const float* const error = crowd.couplings->error(part.index);
    const float weights = crowd.weight_error + crowd.arrivals.weight_error;
    for (std::size_t i = 0; i < lanes.margin.size(); ++i)
        lanes.margin[i] = error[i] + reach_of(weights, largest[i]);
    const std::size_t n_strips = (part.count + k_strip_width - 1) / k_strip_width;
    scratch.value.resize(n_strips * (crowd.arrivals.bunches.size() + 1) * k_strip_width);
    scratch.sums.resize(k_bunches_at_once * 2 * k_strip_width);
    for (std::size_t g = 0; g < n_strips; ++g) {
        const GroupBounds bounds = trace_strip(engine, population, part, scratch, g, n_strips);
        const std::size_t lane = g * k_strip_width;
        for (std::size_t i = lane; i < std::min(lane + k_strip_width, part.width); ++i) {
            const float reach = lanes.margin[i] + reach_of(crowd.arrivals.slack, largest[i]);
            part.scratch.low[i] = bounds.low[i - lane] - reach;
            part.scratch.high[i] = bounds.high[i - lane] + reach;
        }
    }
}

/// The paths of a part's lanes.
struct CrowdedPaths {
    const EngineState& engine;
    const PopulationState& population;
    const Part& part;
    CrowdScratch& scratch;
    [[nodiscard]] CrowdedPath operator()(std::size_t lane, double bias) const {
        return {engine, population, part, scratch, lane, bias};
    }
};

/// Takes the window's flanks from the readers and prepares them.
void take_arrivals(EngineState& engine,
                   PopulationState& population,
                   std::size_t per_bunch,
                   const Window& window) {
    Crowd& crowd = population.crowd;
    const CrowdedArrivals::Scale scale{crowd.log2_quanta, population.tau_m_ms};
    const auto for_each = [&](std::size_t n, const std::function<void(std::size_t)>& body) {
        for_each_index(engine, n, body);
    };
    if (population.incoming.size() == 1) {
        ProjectionState& projection = engine.projections[population.incoming.front()];
        const PopulationState& pre = engine.populations[projection.pre.index];
        const PulseEdges edges = edges_of(engine, population.incoming.front(), window);
        const CrowdOutput* const outputs = crowd.outputs.data();
        crowd.arrivals.prepare({pre.history.spikes(edges.on_begin, edges.on_end), outputs, 0.0,
                                projection.delay_ms, 1},
                               {pre.history.spikes(edges.off_begin, edges.off_end), outputs,
                                pre.code.tau_ref_ms, projection.delay_ms, -1},
                               per_bunch, window, scale, for_each);
        projection.delayed.pass(edges);
        return;
    }
    crowd.on.clear();
    crowd.off.clear();
    for (const std::uint32_t p : population.incoming) {
        ProjectionState& projection = engine.projections[p];
        const PopulationState& pre = engine.populations[projection.pre.index];
        const PulseEdges edges = edges_of(engine, p, window);
        const PulseReader& reader = projection.delayed;
        for (const Spike& spike : pre.history.spikes(edges.on_begin, edges.on_end))
            crowd.on.push_back({reader.on_ms(spike), crowd.first_output[p] + spike.source});
        for (const Spike& spike : pre.history.spikes(edges.off_begin, edges.off_end)) {
            crowd.off.push_back(
                {reader.off_ms(spike, pre.code.tau_ref_ms), crowd.first_output[p] + spike.source});
        }
        projection.delayed.pass(edges);
    }
    std::sort(crowd.on.begin(), crowd.on.end());
    std::sort(crowd.off.begin(), crowd.off.end());
    crowd.arrivals.prepare({crowd.on, crowd.outputs.data(), 0.0, 0.0, 1},
                           {crowd.off, crowd.outputs.data(), 0.0, 0.0, -1}, per_bunch, window,
                           scale, for_each);
}

} // namespace

void prepare_crowd(EngineState& engine, PopulationState& population, const Window& window) {
    Crowd& crowd = population.crowd;
    if (learns(engine, population)) {
        // Couplings change.
        crowd.couplings.reset();
        for (const std::uint32_t p : population.incoming)
            engine.projections[p].mean_limit.reset();
    }
    const std::size_t direct =
        learns(engine, population) ? arrivals_per_direct_bunch(engine, population, window) : 0;
    const std::size_t per_bunch = arrivals_per_bunch(engine, population, window);
    crowd.direct = direct > 0;
    crowd.begins = per_bunch > 0 && !crowd.active;
    crowd.ends = per_bunch == 0 && crowd.active;
    crowd.active = per_bunch > 0;
    if (crowd.ends) end_crowd(engine, population);
    if (!crowd.active && !crowd.direct) return;
    if (crowd.outputs.empty()) lay_columns(engine, population);
    if (crowd.direct) {
        take_arrivals(engine, population, direct, window);
        crowd.prepare_direct(population.parts.front().width);
        engine.counters.arrivals += crowd.arrivals.n;
        return;
    }
    if (!crowd.couplings) quantise(engine, population);
    if (crowd.begins) {
        crowd.weight_error = 0.0F;
        crowd.delayed.clear();
        for (const std::uint32_t p : population.incoming) {
            const std::vector<float>& state = engine.projections[p].delayed_state;
            crowd.delayed.insert(crowd.delayed.end(), state.begin(), state.end());
        }
        crowd.filtered = crowd.delayed;
    }
    take_arrivals(engine, population, per_bunch, window);
    engine.counters.arrivals += crowd.arrivals.n;
}

void end_crowd(EngineState& engine, PopulationState& population) {
    population.crowd.active = false;
    auto from = population.crowd.delayed.begin();
    for (const std::uint32_t p : population.incoming) {
        std::vector<float>& state = engine.projections[p].delayed_state;
        const auto end = from + static_cast<std::ptrdiff_t>(state.size());
        std::copy(from, end, state.begin());
        from = end;
    }
}

void leave_crowd(EngineState& engine, const PopulationState& population, Part& part) {
    recompute_drive(engine, population, part);
    std::copy_n(part.crowd.rest.begin(), part.width, part.potential.begin());
    for (const std::uint32_t p : population.incoming) {
        const PartCouplings& coupling = engine.projections[p].coupling;
        add_product(coupling.of_part(part.index),
                    population.crowd.filtered.data() + population.crowd.first_column[p],
                    coupling.n_pre(), part.width, part.potential.data());
    }
}

void advance_crowded(EngineState& engine,
                     const PopulationState& population,
                     Part& part,
                     CrowdScratch& scratch,
                     const Window& window) {
    const Crowd& crowd = population.crowd;
    if (crowd.begins) enter_crowd(engine, population, part);
    if (crowd.begins || crowd.sums_lost) {
        const float* const scale = crowd.couplings->scale(part.index);
        for (std::size_t i = 0; i < part.crowd.quantum.size(); ++i)
            part.crowd.quantum[i] = std::ldexp(scale[i], -crowd.log2_quanta);
        sum_drive(crowd, part);
    }
    trace_crowd(engine, population, part, scratch);
    const CrowdedPaths paths{engine, population, part, scratch};
    BatchedNeurons(population, part.soma, drive_of(population, part), paths, part.spikes)
        .advance_all(part.scratch, window);
    const auto left =
        static_cast<float>(std::exp((window.begin_ms - window.end_ms) / population.tau_m_ms));
    for (float& rest : part.crowd.rest)
        rest *= left;
}

void follow_crowd(PopulationState& population, const Window& window) {
    Crowd& crowd = population.crowd;
    const CrowdedArrivals& arrivals = crowd.arrivals;
    const std::size_t n = crowd.delayed.size();
    const double tau_ms = population.tau_m_ms;
    const auto left = static_cast<float>(std::exp((window.begin_ms - window.end_ms) / tau_ms));
    crowd.next_delayed = crowd.delayed;
    crowd.next_filtered.resize(n);
    for (std::size_t j = 0; j < n; ++j) {
        crowd.next_filtered[j] = crowd.delayed[j] + (crowd.filtered[j] - crowd.delayed[j]) * left;
    }
    for (std::size_t b = 0; b < arrivals.bunches.size(); ++b) {
        const auto since =
            static_cast<float>(std::exp((arrivals.bunches[b].end_ms - window.end_ms) / tau_ms));
        const std::size_t first = b * arrivals.per_bunch;
        const std::size_t last = std::min(first + arrivals.per_bunch, arrivals.n);
        for (std::size_t s = first; s < last; ++s) {
            const std::size_t column = arrivals.column(s);
            const float dx = arrivals.dx(s);
            crowd.next_delayed[column] += dx;
            crowd.next_filtered[column] += dx - (dx - arrivals.through[s]) * since;
        }
    }
}

void end_crowded_window(PopulationState& population, const Window& window) {
    Crowd& crowd = population.crowd;
    crowd.delayed.swap(crowd.next_delayed);
    crowd.filtered.swap(crowd.next_filtered);
    const auto left =
        static_cast<float>(std::exp((window.begin_ms - window.end_ms) / population.tau_m_ms));
    crowd.weight_error = crowd.weight_error * left + crowd.arrivals.weight_error;
    crowd.sums_lost = false;
}

} // namespace spikewell::detail
