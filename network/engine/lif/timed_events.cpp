#include "network/engine/lif/timed_events.hpp"

#include "core/clones.hpp"
#include "core/deal.hpp"
#include "core/lane_math.hpp"
#include "network/engine/lif/lif_fetch.hpp"

#include <algorithm>
#include <array>

namespace spikewell::detail {

namespace {

constexpr std::size_t k_batch = EventWheel::k_at_once;

/// A spike that leaves over all of a source's synapses.
void take_departure(LifBlock& block, const SpikeArrival& spike) {
    const BlockSynapses& synapses = block.synapses[spike.synapses];
    if (synapses.row.empty()) return;
    const std::size_t end = synapses.row[spike.source + 1U];
    const std::uint16_t* const targets = synapses.target.data();
    const float* const weights = synapses.weights.empty() ? nullptr : synapses.weights.data();
    const auto number = static_cast<std::uint16_t>(spike.synapses);
    const auto released = [&](float weight) {
        return spike.released == 1.0
                   ? weight
                   : static_cast<float>(static_cast<double>(weight) * spike.released);
    };
    const float of_all = released(synapses.weight);
    std::array<double, k_batch> arrive_ms;
    for (std::size_t at = synapses.row[spike.source]; at < end; at += k_batch) {
        const std::size_t n = std::min(end - at, k_batch);
        synapses.delays.arrivals_ms(at, n, spike.t_ms, arrive_ms.data());
        const auto event = [&](std::size_t k) {
            return TimedEvent{arrive_ms[k], weights != nullptr ? released(weights[at + k]) : of_all,
                              targets[at + k], number};
        };
        block.timed.add(arrive_ms.data(), n, event, block.scratch.due);
    }
}

// Rows are of several lines each, and few lines can be under way.
constexpr std::size_t k_departures_ahead = 4;

/// Turns the window's departures into events.
void take_departures(const LifShared& shared, LifBlock& block) {
    const std::vector<SpikeArrival>& spikes = shared.departures;
    const std::size_t n = spikes.size();
    for (std::size_t k = 0; k < std::min(n, k_index_ahead); ++k)
        fetch_index(block, spikes[k]);
    for (std::size_t k = 0; k < std::min(n, k_departures_ahead); ++k)
        fetch_row(block, spikes[k], Fetched::with_delays);
    for (std::size_t k = 0; k < n; ++k) {
        if (k + k_index_ahead < n) fetch_index(block, spikes[k + k_index_ahead]);
        if (k + k_departures_ahead < n)
            fetch_row(block, spikes[k + k_departures_ahead], Fetched::with_delays);
        take_departure(block, spikes[k]);
    }
}

SPIKEWELL_CLONES
void delta_steps(
    const TimedEvent* events, std::size_t n, double frame_ms, double per_tau_m, double* step_mV) {
    for (std::size_t k = 0; k < n; ++k)
        step_mV[k] = static_cast<double>(events[k].weight) *
                     lane_exp((events[k].t_ms - frame_ms) * per_tau_m);
}

// Passes up to this share of a time constant are short.
constexpr double k_short = 0.25;

/// e^x for |x| <= k_short / 2, off by less than a rounding (x^11 / 11!): the series of lane_exp, of which three terms fewer
/// do here.
[[gnu::always_inline]] inline double short_exp(double x) {
    double p = 1.0 / 3628800.0;
    p = p * x + 1.0 / 362880.0;
    p = p * x + 1.0 / 40320.0;
    p = p * x + 1.0 / 5040.0;
    p = p * x + 1.0 / 720.0;
    p = p * x + 1.0 / 120.0;
    p = p * x + 1.0 / 24.0;
    p = p * x + 1.0 / 6.0;
    p = p * x + 0.5;
    p = p * x + 1.0;
    return p * x + 1.0;
}

template <bool is_short> [[gnu::always_inline]] inline double growth(double x, double at_middle) {
    return at_middle * (is_short ? short_exp(x) : lane_exp(x));
}

struct ExpStepRules {
    const ExpStepRule& exc;
    const ExpStepRule& inh;
};

template <bool is_short>
[[gnu::always_inline]] inline void exp_steps_of(
    const ExpStepRules& rules, const TimedEvent* events, std::size_t n, double* y, double* g) {
    const ExpStepRule exc = rules.exc;
    const ExpStepRule inh = rules.inh;
    for (std::size_t k = 0; k < n; ++k) {
        const auto weight = static_cast<double>(events[k].weight);
        const double since_ms = events[k].t_ms - exc.middle_ms;
        const double m = growth<is_short>(since_ms * exc.per_tau_m, exc.at_m);
        const double per_tau_s = weight > 0.0 ? exc.per_tau_s : inh.per_tau_s;
        const double s = growth<is_short>(since_ms * per_tau_s, weight > 0.0 ? exc.at_s : inh.at_s);
        y[k] = weight * ((weight > 0.0 ? exc.c : inh.c) * (s - m));
        g[k] = weight * s;
    }
}
/// Steps of events, of either sign.
SPIKEWELL_CLONES
void exp_steps(
    const ExpStepRules& rules, const TimedEvent* events, std::size_t n, double* y, double* g) {
    exp_steps_of<false>(rules, events, n, y, g);
}
SPIKEWELL_CLONES
void short_exp_steps(
    const ExpStepRules& rules, const TimedEvent* events, std::size_t n, double* y, double* g) {
    exp_steps_of<true>(rules, events, n, y, g);
}

/// The same where they have to be computed one by one.
void single_exp_steps(
    const ExpStepRules& rules, const TimedEvent* events, std::size_t n, double* y, double* g) {
    for (std::size_t k = 0; k < n; ++k) {
        const auto weight = static_cast<double>(events[k].weight);
        const ExpStep step = (weight > 0.0 ? rules.exc : rules.inh).at(events[k].t_ms);
        y[k] = weight * step.y;
        g[k] = weight * step.g;
    }
}

} // namespace

ExpStepRule::ExpStepRule(const LifExp& model, double frame, const Window& pass, bool excites)
    : frame_ms(frame), middle_ms(0.5 * (pass.begin_ms + pass.end_ms)), tau_m_ms(model.tau_m_ms),
      tau_s_ms(excites ? model.tau_syn_exc_ms : model.tau_syn_inh_ms), per_tau_m(1.0 / tau_m_ms),
      per_tau_s(1.0 / tau_s_ms), at_m(std::exp((middle_ms - frame) / tau_m_ms)),
      at_s(std::exp((middle_ms - frame) / tau_s_ms)), c(tau_s_ms / (tau_s_ms - tau_m_ms)) {
    constexpr double k_far = 0.1; // as psp_factor
    cancels = std::abs(tau_s_ms - tau_m_ms) < k_far * tau_m_ms;
    const double shortest_tau_ms = std::min({tau_m_ms, model.tau_syn_exc_ms, model.tau_syn_inh_ms});
    is_short = pass.end_ms - pass.begin_ms <= k_short * shortest_tau_ms;
}

ExpStep ExpStepRule::at(double t_ms) const {
    const double since_ms = t_ms - middle_ms;
    const auto grown = [&](double per_tau, double at_middle) {
        return is_short ? growth<true>(since_ms * per_tau, at_middle)
                        : growth<false>(since_ms * per_tau, at_middle);
    };
    const double s = grown(per_tau_s, at_s);
    const double m = grown(per_tau_m, at_m);
    if (!cancels) return {c * (s - m), s};
    return {-psp_factor(tau_m_ms, tau_s_ms, t_ms - frame_ms) * m * s, s};
}

void take_due(const LifShared& shared, LifBlock& block, const Window& window) {
    std::vector<TimedEvent>& due = block.scratch.due;
    due.clear();
    block.timed.take(window, due);
    take_departures(shared, block);
    block.timed.take(window, due);
}

void deal_to_passes(LifScratch& scratch, std::span<const double> begins_ms) {
    if (begins_ms.size() == 1) {
        scratch.due_begin.assign({0U, static_cast<std::uint32_t>(scratch.due.size())});
        return;
    }
    const auto pass_of = [&](const TimedEvent& event) {
        const auto after = std::upper_bound(begins_ms.begin() + 1, begins_ms.end(), event.t_ms);
        return static_cast<std::size_t>(after - begins_ms.begin()) - 1;
    };
    scratch.dealt.resize(scratch.due.size());
    deal(scratch.due, begins_ms.size(), scratch.due_begin, pass_of,
         [&](std::size_t place, const TimedEvent& event) { scratch.dealt[place] = event; });
    std::swap(scratch.due, scratch.dealt);
}

void add_events(Job& job, const DeltaDynamics& /*dynamics*/) {
    const auto& model = std::get<LifDelta>(job.shared.model);
    LifScratch& scratch = job.block.scratch;
    double* const up = scratch.up.data();
    double* const down = scratch.down.data();
    std::array<double, k_batch> step_mV;
    for (std::size_t at = 0; at < job.events.size(); at += k_batch) {
        const TimedEvent* const events = job.events.data() + at;
        const std::size_t n = std::min(job.events.size() - at, k_batch);
        delta_steps(events, n, job.shared.frame_ms, 1.0 / model.tau_m_ms, step_mV.data());
        for (std::size_t k = 0; k < n; ++k)
            (step_mV[k] > 0.0 ? up : down)[events[k].target] += step_mV[k];
    }
}

void add_events(Job& job, const ExpDynamics& /*dynamics*/) {
    const auto& model = std::get<LifExp>(job.shared.model);
    LifBlock& block = job.block;
    if (job.events.empty()) return;
    const ExpStepRule exc(model, job.shared.frame_ms, job.pass.window, true);
    const ExpStepRule inh(model, job.shared.frame_ms, job.pass.window, false);
    const auto steps_of = exc.cancels || inh.cancels ? single_exp_steps
                          : exc.is_short             ? short_exp_steps
                                                     : exp_steps;
    double* const y = block.y.data();
    double* const ge = block.ge.data();
    double* const gi = block.gi.data();
    std::array<double, k_batch> step_y;
    std::array<double, k_batch> step_g;
    for (std::size_t at = 0; at < job.events.size(); at += k_batch) {
        const TimedEvent* const events = job.events.data() + at;
        const std::size_t n = std::min(job.events.size() - at, k_batch);
        steps_of({exc, inh}, events, n, step_y.data(), step_g.data());
        for (std::size_t k = 0; k < n; ++k) {
            const std::uint16_t target = events[k].target;
            y[target] += step_y[k];
            (step_g[k] > 0.0 ? ge : gi)[target] += step_g[k];
        }
    }
}

void touch_targets(Job& job) {
    for (const TimedEvent& event : job.events)
        job.block.scratch.touched[event.target] = 1;
}

} // namespace spikewell::detail
