#include "network/engine/dyadic/field_input.hpp"

#include <algorithm>
#include <tuple>

namespace spikewell::detail {

namespace {

/// To be called when the synapses are there.
void set_delays(FieldSynapses& made, const SynapticProjection& projection) {
    const bool listed = std::holds_alternative<SynapseList>(projection.connector);
    const auto* constant = std::get_if<Constant>(&projection.delay_ms);
    // Single precision may round a delay out of its range.
    const double least_ms = least_delay_ms(projection);
    made.least_delay_ms = std::min(least_ms, static_cast<double>(static_cast<float>(least_ms)));
    if (!listed && constant != nullptr) {
        made.one_delay_ms = constant->value;
        made.least_delay_ms = constant->value;
        made.longest_delay_ms = constant->value;
        return;
    }
    for (const Synapse& s : made.synapses)
        made.longest_delay_ms = std::max(made.longest_delay_ms, static_cast<double>(s.delay_ms));
}

FieldSynapses make_synapses_onto(const Network& network,
                                 std::uint32_t index,
                                 std::size_t first,
                                 std::size_t end) {
    const auto& projection = std::get<SynapticProjection>(network.projections[index]);
    const ConnectionRule rule = rule_of(projection, network);
    FieldSynapses made;
    made.projection = index;
    made.pre = projection.pre.population.index;
    made.pre_first = projection.pre.first;
    made.pre_count = static_cast<std::uint32_t>(rule.n_pre);
    made.post_first = projection.post.first;
    const std::size_t from = std::max<std::size_t>(first, made.post_first);
    const std::size_t to = std::min(end, made.post_first + rule.n_post);
    if (from < to)
        made.synapses = expand(rule, network.seed, index, from - made.post_first, to - from);
    set_delays(made, projection);
    made.row.assign(made.pre_count + std::size_t{1}, 0);
    for (const Synapse& s : made.synapses)
        ++made.row[s.pre + 1U];
    for (std::size_t i = 0; i < made.pre_count; ++i)
        made.row[i + 1] += made.row[i];
    return made;
}

} // namespace

std::size_t FieldSynapses::oldest_needed(const SpikeHistory& history,
                                         double tau_ref_ms,
                                         double t_ms) const {
    return history.first_that(history.begin(), history.end(), [&](const Spike& spike) {
        return (spike.t_ms + tau_ref_ms) + longest_delay_ms >= t_ms;
    });
}

std::uint64_t FieldSynapses::edges_in(const FieldWindow& in, const SpikeHistory& history) const {
    std::uint64_t n = 0;
    const auto is_in = [&](double t_ms) {
        return in.window.begin_ms <= t_ms && t_ms < in.window.end_ms;
    };
    for (std::size_t s = oldest_needed(history, in.tau_ref_ms, in.window.begin_ms);
         s < history.end(); ++s) {
        const Spike& spike = history[s];
        if (spike.source < pre_first || spike.source - pre_first >= pre_count) continue;
        n += is_in(spike.t_ms + least_delay_ms) ? 1U : 0U;
        n += is_in((spike.t_ms + in.tau_ref_ms) + longest_delay_ms) ? 1U : 0U;
    }
    return n;
}

void PartField::clear(std::size_t width) {
    edges.clear();
    begin.assign(width, 0.0);
}

void PartField::sort_edges() {
    first.assign(begin.size() + 1, 0);
    for (const FieldEdge& edge : edges)
        ++first[edge.lane + std::size_t{1}];
    for (std::size_t i = 0; i < begin.size(); ++i)
        first[i + 1] += first[i];
    by_lane.resize(edges.size());
    for (const FieldEdge& edge : edges)
        by_lane[first[edge.lane]++] = edge;
    std::size_t from = 0;
    for (const std::size_t to : std::span(first).first(begin.size())) {
        // What comes at one time is added in one order, however it was found.
        std::sort(by_lane.begin() + static_cast<std::ptrdiff_t>(from),
                  by_lane.begin() + static_cast<std::ptrdiff_t>(to),
                  [](const FieldEdge& a, const FieldEdge& b) {
                      return std::tie(a.t_ms, a.dw) < std::tie(b.t_ms, b.dw);
                  });
        from = to;
    }
}

void PartField::settle() {
    sort_edges();
    low = begin;
    high = begin;
    steps.clear();
    std::size_t at = 0;
    for (std::size_t i = 0; i < begin.size(); ++i) {
        first[i] = at;
        double field = begin[i];
        for (; at < by_lane.size() && by_lane[at].lane == i; ++at) {
            field += by_lane[at].dw;
            steps.push_back({by_lane[at].t_ms, field});
            low[i] = std::min(low[i], field);
            high[i] = std::max(high[i], field);
        }
    }
    first.back() = at;
}

std::vector<FieldSynapses> make_field_synapses(const Network& network,
                                               std::uint32_t index,
                                               std::size_t first,
                                               std::size_t end) {
    std::vector<FieldSynapses> all;
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        const auto* projection = std::get_if<SynapticProjection>(&network.projections[p]);
        if (projection != nullptr && projection->post.population.index == index)
            all.push_back(make_synapses_onto(network, p, first, end));
    }
    return all;
}

} // namespace spikewell::detail
