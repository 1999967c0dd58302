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

/// What is summed up of a Poisson input.
struct NoiseSums {
    double tau_m_ms, tau_s_ms;
    float* m; ///< [width]
    float* s; ///< [width]; null: of tau_m alone
};

/// Sums of exp((t - begin) / tau) over each neuron's spikes.
void sum_noise(Job& job,
               const PoissonInput& input,
               const PoissonPass& noise,
               const LaneRange& lanes,
               const NoiseSums& of) {
    float* const sum_m = of.m;
    float* const sum_s = of.s;
    if (is_steady(input.rate, noise.window)) {
        const DrawnLanes drawn = drawn_lanes(lanes, job.block);
        const std::size_t lane = drawn.first - job.block.first;
        job.block.n_poisson_inputs +=
            poisson_sums(noise, drawn, of.tau_m_ms, of.tau_s_ms, sum_m + lane,
                         sum_s == nullptr ? nullptr : sum_s + lane);
        return;
    }
    for_each_train(job, input, noise, [&](std::size_t j, const std::vector<double>& times_ms) {
        double m = 0.0;
        double s = 0.0;
        for (const double t_ms : times_ms) {
            m += std::exp((t_ms - noise.window.begin_ms) / of.tau_m_ms);
            s += std::exp((t_ms - noise.window.begin_ms) / of.tau_s_ms);
        }
        sum_m[j] = static_cast<float>(m);
        if (sum_s != nullptr) sum_s[j] = static_cast<float>(s);
    });
}

void add_to(const LifDelta& model, Job& job, const PoissonInput& input, const PoissonPass& noise) {
    LifScratch& scratch = job.block.scratch;
    const LaneRange lanes = lanes_of(input, job.block);
    if (lanes.from >= lanes.to) return;
    sum_noise(job, input, noise, lanes,
              {model.tau_m_ms, model.tau_m_ms, scratch.sum_m.data(), nullptr});
    const double step =
        input.weight * std::exp((noise.window.begin_ms - job.shared.frame_ms) / model.tau_m_ms);
    double* const sum = (input.weight > 0.0 ? scratch.up : scratch.down).data();
    for (std::size_t j = lanes.from; j < lanes.to; ++j)
        sum[j] += step * static_cast<double>(scratch.sum_m[j]);
}

/// By how much y and g change, spike by spike: where tau_s is so near to tau_m that the difference of
/// two sums would have no digits left.
void sum_each(const LifExp& model,
              Job& job,
              const PoissonInput& input,
              const PoissonPass& noise,
              const NoiseSums& of) {
    const ExpStepRule rule(model, noise.window.begin_ms, noise.window, input.weight > 0.0);
    for_each_train(job, input, noise, [&](std::size_t j, const std::vector<double>& times_ms) {
        double fall = 0.0;
        double g = 0.0;
        for (const double t_ms : times_ms) {
            const ExpStep step = rule.at(t_ms);
            fall -= step.y;
            g += step.g;
        }
        of.m[j] = static_cast<float>(fall);
        of.s[j] = static_cast<float>(g);
    });
}

/// What an input's sums do to y and g.
ExpNoise noise_of(const LifExp& model, const Job& job, const PoissonInput& input) {
    const bool excites = input.weight > 0.0;
    const double tau_s_ms = excites ? model.tau_syn_exc_ms : model.tau_syn_inh_ms;
    const double c = tau_s_ms / (tau_s_ms - model.tau_m_ms);
    const double since_ms = job.pass.window.begin_ms - job.shared.frame_ms;
    const double step_m = input.weight * std::exp(since_ms / model.tau_m_ms);
    const double step_s = input.weight * std::exp(since_ms / tau_s_ms);
    constexpr double k_most_cancellation = 16.0;
    ExpNoise noise{lanes_of(input, job.block), excites, false, -c * step_m, c * step_s, step_s};
    if (std::abs(c) < k_most_cancellation) return noise;
    // The sums are of a frame that begins with the pass. From there to the population's frame: g grows, y grows by
    // exp(t / tau_m) and takes up, besides, what g has done to V meanwhile (as in move_states, backwards).
    noise.each = true;
    const ExpFactors at(model, job.shared.frame_ms, job.pass.window.begin_ms);
    noise.y_of_m = -step_m;
    noise.y_of_s = -step_s * (excites ? at.e : at.i) / at.m;
    return noise;
}

SPIKEWELL_CLONES
void add_sums(const ExpNoise& noise, const float* m, const float* s, double* y, double* g) {
    const ExpNoise n = noise;
    for (std::size_t j = n.lanes.from; j < n.lanes.to; ++j) {
        const auto of_m = static_cast<double>(m[j]);
        const auto of_s = static_cast<double>(s[j]);
        y[j] += n.y_of_m * of_m + n.y_of_s * of_s;
        g[j] += n.g_of_s * of_s;
    }
}

} // namespace

void add_noise(Job& job, const DeltaDynamics& /*dynamics*/) {
    for (std::size_t k = 0; k < job.noise.size(); ++k)
        add_to(std::get<LifDelta>(job.shared.model), job, job.shared.inputs[k], job.noise[k]);
}

void add_noise(Job& job, const ExpDynamics& /*dynamics*/) {
    const auto& model = std::get<LifExp>(job.shared.model);
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    scratch.exp_noise.clear();
    for (std::size_t k = 0; k < job.noise.size(); ++k) {
        const PoissonInput& input = job.shared.inputs[k];
        const ExpNoise noise = noise_of(model, job, input);
        scratch.exp_noise.push_back(noise);
        if (noise.lanes.from >= noise.lanes.to) continue;
        const NoiseSums of{
            model.tau_m_ms, noise.excites ? model.tau_syn_exc_ms : model.tau_syn_inh_ms,
            scratch.sum_m.data() + k * block.width, scratch.sum_s.data() + k * block.width};
        if (noise.each)
            sum_each(model, job, input, job.noise[k], of);
        else
            sum_noise(job, input, job.noise[k], noise.lanes, of);
        add_sums(noise, of.m, of.s, block.y.data(), (noise.excites ? block.ge : block.gi).data());
    }
}

void take_noise_off(LifBlock& block, std::uint32_t neuron) {
    const LifScratch& scratch = block.scratch;
    for (std::size_t k = 0; k < scratch.exp_noise.size(); ++k) {
        const ExpNoise& noise = scratch.exp_noise[k];
        if (neuron < noise.lanes.from || neuron >= noise.lanes.to) continue;
        const std::size_t at = k * block.width + neuron;
        const auto of_m = static_cast<double>(scratch.sum_m[at]);
        const auto of_s = static_cast<double>(scratch.sum_s[at]);
        block.y[neuron] -= noise.y_of_m * of_m + noise.y_of_s * of_s;
        (noise.excites ? block.ge : block.gi)[neuron] -= noise.g_of_s * of_s;
    }
}

} // namespace spikewell::detail
