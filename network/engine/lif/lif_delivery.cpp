#include "core/clones.hpp"
#include "network/engine/lif/lif_fetch.hpp"
#include "network/engine/lif/lif_pass.hpp"
#include "network/engine/lif/summed_dynamics.hpp"
#include "network/engine/lif/timed_events.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace spikewell::detail {

namespace {

/// The same weight to all.
template <std::size_t n_sums>
void add_row(const Target<n_sums>& to, double weight, const std::uint16_t* targets, std::size_t n) {
    const Target<n_sums> local = to;
    std::array<double, n_sums> amount;
    for (std::size_t k = 0; k < n_sums; ++k)
        amount[k] = weight * local.step[k];
    for (std::size_t s = 0; s < n; ++s) {
        for (std::size_t k = 0; k < n_sums; ++k)
            local.sum[k][targets[s]] += amount[k];
    }
}

/// Weights of one sign.
template <std::size_t n_sums>
void add_row(const Target<n_sums>& to,
             const float* weights,
             const std::uint16_t* targets,
             std::size_t n) {
    const Target<n_sums> local = to;
    for (std::size_t s = 0; s < n; ++s)
        local.add(targets[s], static_cast<double>(weights[s]));
}

template <std::size_t n_sums>
void add_dense(const Target<n_sums>& to, const float* weights, std::uint32_t first, std::size_t n) {
    for (std::size_t k = 0; k < n_sums; ++k) {
        double* const sum = to.sum[k] + first;
        const double step = to.step[k];
        for (std::size_t s = 0; s < n; ++s)
            sum[s] += static_cast<double>(weights[s]) * step;
    }
}

template <std::size_t n_sums> void scale(Target<n_sums>& to, double by) {
    for (double& step : to.step)
        step *= by;
}

/// Where weights of both signs go.
template <std::size_t n_sums> struct Targets {
    Target<n_sums> exc;
    Target<n_sums> inh;
    [[nodiscard]] const Target<n_sums>& of(double weight) const { return weight > 0.0 ? exc : inh; }
};
template <std::size_t n_sums> Targets(Target<n_sums>, Target<n_sums>) -> Targets<n_sums>;

/// What an arrival makes events of.
std::size_t events_of(const BlockSynapses& synapses, std::uint32_t source) {
    if (synapses.dense) return synapses.end - synapses.first - (left_out(synapses, source) ? 1 : 0);
    return synapses.row[source + 1U] - synapses.row[source];
}

template <std::size_t n_sums>
void deliver_static(const BlockSynapses& synapses,
                    std::uint32_t source,
                    const Targets<n_sums>& to) {
    if (synapses.dense) {
        const std::size_t n = synapses.end - synapses.first;
        const float* const weights = synapses.weights.data() + std::size_t{source} * n;
        if (synapses.sign != 0) {
            add_dense(synapses.sign > 0 ? to.exc : to.inh, weights, synapses.first, n);
        } else {
            for (std::size_t s = 0; s < n; ++s)
                to.of(static_cast<double>(weights[s]))
                    .add(synapses.first + s, static_cast<double>(weights[s]));
        }
        return;
    }
    const std::size_t begin = synapses.row[source];
    const std::size_t n = synapses.row[source + 1U] - begin;
    const std::uint16_t* const targets = synapses.target.data() + begin;
    if (synapses.weights.empty()) {
        const auto weight = static_cast<double>(synapses.weight);
        add_row(to.of(weight), weight, targets, n);
    } else if (synapses.sign != 0) {
        add_row(synapses.sign > 0 ? to.exc : to.inh, synapses.weights.data() + begin, targets, n);
    } else {
        for (std::size_t s = 0; s < n; ++s) {
            const auto weight = static_cast<double>(synapses.weights[begin + s]);
            to.of(weight).add(targets[s], weight);
        }
    }
}

} // namespace

Row row_of(const BlockSynapses& synapses, float* weights, std::uint32_t source) {
    if (synapses.dense) {
        const std::size_t n = synapses.end - synapses.first;
        const std::size_t begin = std::size_t{source} * n;
        return {nullptr, synapses.first, n, weights + begin, begin};
    }
    const std::size_t begin = synapses.row[source];
    return {synapses.target.data() + begin, 0, synapses.row[source + 1U] - begin, weights + begin,
            begin};
}
Row row_of(BlockSynapses& synapses, std::uint32_t source) {
    return row_of(synapses, synapses.weights.data(), source);
}

/// The target that a dense projection's source would be to itself, where that is left out.
std::optional<std::uint32_t> left_out(const BlockSynapses& synapses, std::uint32_t source) {
    const std::int64_t self = std::int64_t{source} + synapses.self_offset;
    const bool skips = synapses.skip_self && self >= std::int64_t{synapses.first} &&
                       self < std::int64_t{synapses.end};
    return skips ? std::optional(static_cast<std::uint32_t>(self)) : std::nullopt;
}

void fetch_first_indices(const LifBlock& block, const ArrivalTable& table) {
    for (std::size_t a = 0; a < std::min(table.size(), k_index_ahead); ++a)
        fetch_index(block, table.arrivals[a]);
}

void fetch_first_rows(const LifBlock& block, const ArrivalTable& table) {
    for (std::size_t a = 0; a < std::min(table.size(), k_row_ahead); ++a)
        fetch_row(block, table.arrivals[a], Fetched::all);
}

namespace {

/// Marks the targets of an arrival.
void touch(std::vector<std::uint8_t>& touched,
           const BlockSynapses& synapses,
           std::uint32_t source) {
    if (synapses.dense) {
        std::fill(touched.begin() + synapses.first, touched.begin() + synapses.end,
                  std::uint8_t{1});
        return;
    }
    const std::uint16_t* const target = synapses.target.data();
    for (std::size_t s = synapses.row[source]; s < synapses.row[source + 1U]; ++s)
        touched[target[s]] = 1;
}

template <class Dynamics> void deliver_to(Job& job, const Dynamics& dynamics) {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    job.n_events = job.events.size();
    for (std::size_t a = job.pass.first; a < job.pass.last; ++a) {
        look_ahead(block, job.table, a, Fetched::all);
        const SpikeArrival& arrival = job.table.arrivals[a];
        Targets to{dynamics.target(block, job.table, a, true),
                   dynamics.target(block, job.table, a, false)};
        if (arrival.released != 1.0) {
            scale(to.exc, arrival.released);
            scale(to.inh, arrival.released);
        }
        BlockSynapses& synapses = block.synapses[arrival.synapses];
        if (synapses.end <= synapses.first) continue;
        job.n_events += events_of(synapses, arrival.source);
        if constexpr (!Dynamics::k_sums) touch(scratch.touched, synapses, arrival.source);
        if (synapses.plastic) {
            scratch.plastic.arrive(job, a, synapses.sign > 0 ? to.exc : to.inh);
        } else if constexpr (Dynamics::k_sums) {
            deliver_static(synapses, arrival.source, to);
        }
    }
    if (block.any_plastic) scratch.plastic.arrived(job);
    block.n_events += job.n_events;
}

/// Where the weights of plastic synapses go that are visited for their own sake.
struct Nobody {
    static constexpr bool k_sums = false;
    [[nodiscard]] static Target<1> target(LifBlock& block,
                                          const ArrivalTable& /*table*/,
                                          std::size_t /*arrival*/,
                                          bool /*excites*/) {
        return {{block.scratch.ignored.data()}, {0.0}};
    }
};

} // namespace

void deliver(Job& job, const DeltaDynamics& dynamics) {
    deliver_to(job, dynamics);
    add_events(job, dynamics);
}
void deliver(Job& job, const ExpDynamics& dynamics) {
    deliver_to(job, dynamics);
    add_events(job, dynamics);
}
void deliver(Job& job, const ColumnTargets<2>& targets) {
    deliver_to(job, targets);
}
void deliver(Job& job, const ColumnTargets<3>& targets) {
    deliver_to(job, targets);
}
void deliver_to_nobody(Job& job) {
    deliver_to(job, Nobody{});
    touch_targets(job);
}

// --- Poisson inputs ----------------------------------------------------------------------------

namespace {

/// Sums of exp((t - begin) / tau) over each neuron's spikes, to sum_m and sum_s.
void sum_noise(Job& job,
               const PoissonInput& input,
               const PoissonPass& noise,
               const LaneRange& lanes,
               double tau_m_ms,
               double tau_s_ms) {
    LifScratch& scratch = job.block.scratch;
    if (is_steady(input.rate, noise.window)) {
        const DrawnLanes drawn = drawn_lanes(lanes, job.block);
        const std::size_t lane = drawn.first - job.block.first;
        job.block.n_poisson_inputs +=
            poisson_sums(noise, drawn, tau_m_ms, tau_s_ms, scratch.sum_m.data() + lane,
                         tau_s_ms == tau_m_ms ? nullptr : scratch.sum_s.data() + lane);
        return;
    }
    for_each_train(job, input, noise, [&](std::size_t j, const std::vector<double>& times_ms) {
        double m = 0.0;
        double s = 0.0;
        for (const double t_ms : times_ms) {
            m += std::exp((t_ms - noise.window.begin_ms) / tau_m_ms);
            s += std::exp((t_ms - noise.window.begin_ms) / tau_s_ms);
        }
        scratch.sum_m[j] = static_cast<float>(m);
        scratch.sum_s[j] = static_cast<float>(s);
    });
}

void add_to(const LifDelta& model, Job& job, const PoissonInput& input, const PoissonPass& noise) {
    LifScratch& scratch = job.block.scratch;
    const LaneRange lanes = lanes_of(input, job.block);
    if (lanes.from >= lanes.to) return;
    sum_noise(job, input, noise, lanes, model.tau_m_ms, model.tau_m_ms);
    const double step =
        input.weight * std::exp((noise.window.begin_ms - job.shared.frame_ms) / model.tau_m_ms);
    double* const sum = (input.weight > 0.0 ? scratch.up : scratch.down).data();
    for (std::size_t j = lanes.from; j < lanes.to; ++j)
        sum[j] += step * static_cast<double>(scratch.sum_m[j]);
}

/// By how much y and g change, spike by spike: where tau_s is so near to tau_m that the difference of
/// two sums would have no digits left.
void add_each(const LifExp& model, Job& job, const PoissonInput& input, const PoissonPass& noise) {
    LifScratch& scratch = job.block.scratch;
    const bool excites = input.weight > 0.0;
    std::vector<double>& g = excites ? scratch.noise_e : scratch.noise_i;
    for_each_train(job, input, noise, [&](std::size_t j, const std::vector<double>& times_ms) {
        for (const double t_ms : times_ms) {
            const ExpFactors at(model, job.shared.frame_ms, t_ms);
            const double dg = input.weight / (excites ? at.e_decay : at.i_decay);
            g[j] += dg;
            scratch.noise_y[j] -= dg * (excites ? at.e : at.i) / at.m;
        }
    });
}

void add_to(const LifExp& model, Job& job, const PoissonInput& input, const PoissonPass& noise) {
    constexpr double k_most_cancellation = 16.0;
    LifScratch& scratch = job.block.scratch;
    const bool excites = input.weight > 0.0;
    const double tau_s_ms = excites ? model.tau_syn_exc_ms : model.tau_syn_inh_ms;
    const double c = tau_s_ms / (tau_s_ms - model.tau_m_ms);
    const LaneRange lanes = lanes_of(input, job.block);
    if (lanes.from >= lanes.to) return;
    if (!(std::abs(c) < k_most_cancellation)) {
        add_each(model, job, input, noise);
        return;
    }
    sum_noise(job, input, noise, lanes, model.tau_m_ms, tau_s_ms);
    const double since_ms = noise.window.begin_ms - job.shared.frame_ms;
    const double step_m = input.weight * std::exp(since_ms / model.tau_m_ms);
    const double step_s = input.weight * std::exp(since_ms / tau_s_ms);
    double* const g = (excites ? scratch.noise_e : scratch.noise_i).data();
    for (std::size_t j = lanes.from; j < lanes.to; ++j) {
        const double m = step_m * static_cast<double>(scratch.sum_m[j]);
        const double s = step_s * static_cast<double>(scratch.sum_s[j]);
        g[j] += s;
        scratch.noise_y[j] -= c * (m - s);
    }
}

} // namespace

void add_noise(Job& job, const DeltaDynamics& /*dynamics*/) {
    for (std::size_t k = 0; k < job.noise.size(); ++k)
        add_to(std::get<LifDelta>(job.shared.model), job, job.shared.inputs[k], job.noise[k]);
}

void add_noise(Job& job, const ExpDynamics& /*dynamics*/) {
    if (job.noise.empty()) return;
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    for (auto* sums : {&scratch.noise_y, &scratch.noise_e, &scratch.noise_i})
        sums->assign(block.width, 0.0);
    for (std::size_t k = 0; k < job.noise.size(); ++k)
        add_to(std::get<LifExp>(job.shared.model), job, job.shared.inputs[k], job.noise[k]);
    for (std::uint32_t n = 0; n < block.width; ++n) {
        block.y[n] += scratch.noise_y[n];
        block.ge[n] += scratch.noise_e[n];
        block.gi[n] += scratch.noise_i[n];
    }
}

} // namespace spikewell::detail
