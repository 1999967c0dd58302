#include "experiments/lif_sampling.hpp"

#include "core/error.hpp"
#include "network/engine/recorder.hpp"
#include "network/engine/simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace spikewell::experiments {

namespace {

constexpr double k_tau_m_ms = 1.0;
constexpr double k_reset_below_mV = 0.01;
constexpr double k_tau_syn_tau_refs = 3.0; // a pulse falls by a quarter; weights stay of one size
constexpr double k_noise_pulse_tau_refs = 0.6; // long against the membrane, short against tau_ref
constexpr double k_noise_delay_ms = 1.0;       // no matter
constexpr int k_points = 25;                   // mean potentials
constexpr double k_widest = 3.0;               // of them, in standard deviations of the noise
constexpr std::size_t k_neurons = 40;          // at each point
constexpr double k_tau_refs = 400.0;           // measured time, in refractory periods
constexpr double k_settling_tau_refs = 20;     // before it

/// A mean potential and how much of the time the neuron was refractory.
struct Measured {
    double u_mV;
    double probability;
};

LifSampler sampler(double tau_ref_ms) {
    LifSampler sampler;
    sampler.neuron = {.tau_m_ms = k_tau_m_ms,
                      .tau_syn_exc_ms = k_tau_syn_tau_refs * tau_ref_ms,
                      .tau_syn_inh_ms = k_tau_syn_tau_refs * tau_ref_ms,
                      .E_L_mV = 0.0,
                      .drive_mV = 0.0,
                      .V_th_mV = 0.0,
                      .V_reset_mV = -k_reset_below_mV,
                      .t_ref_ms = tau_ref_ms,
                      .refractory_input = RefractoryInput::kept,
                      .escape = {}};
    sampler.noise_pulse_ms = k_noise_pulse_tau_refs * tau_ref_ms;
    return sampler;
}

/// Standard deviation of the synaptic current: shot noise of both signs (Campbell's theorem).
double noise_mV(const LifSampler& sampler) {
    const double rate_per_ms = 2.0 * sampler.noise_rate_Hz / 1000.0;
    const Pulse pulse = sampler.noise();
    const double squared_ms =
        0.5 * pulse.tau_syn_ms * (1.0 - pulse.left_over() * pulse.left_over());
    return sampler.noise_weight_mV * std::sqrt(rate_per_ms * squared_ms);
}

SynapticProjection one_to_one(PopulationId pre,
                              PopulationId post,
                              double weight_mV,
                              double delay_ms) {
    SynapticProjection projection;
    projection.pre = {pre, 0, {}};
    projection.post = {post, 0, {}};
    projection.connector = OneToOne{};
    projection.weight = Constant{weight_mV};
    projection.delay_ms = Constant{delay_ms};
    return projection;
}

/// Neurons at mean potential u, and behind them a population of sources of noise of each sign.
void add_point(Network& network, const LifSampler& sampler, double u_mV) {
    const PopulationId neurons{static_cast<std::uint32_t>(network.populations.size())};
    LifExp neuron = sampler.neuron;
    neuron.drive_mV = u_mV;
    network.populations.emplace_back(NeuronPopulation{
        fmt::format("u={}", u_mV), k_neurons, neuron, Constant{neuron.V_reset_mV}, {}});
    for (const double sign : {1.0, -1.0}) {
        const PopulationId sources{static_cast<std::uint32_t>(network.populations.size())};
        network.populations.emplace_back(
            PoissonPopulation{fmt::format("noise {:+} of u={}", sign, u_mV), k_neurons,
                              PoissonRate::constant(sampler.noise_rate_Hz)});
        const double weight_mV = sign * sampler.noise_weight_mV;
        network.projections.emplace_back(one_to_one(sources, neurons, weight_mV, k_noise_delay_ms));
        network.projections.emplace_back(one_to_one(sources, neurons,
                                                    -weight_mV * sampler.noise().left_over(),
                                                    k_noise_delay_ms + sampler.noise_pulse_ms));
    }
}

std::vector<Measured> measure(const LifSampler& sampler, std::uint64_t seed) {
    Network network;
    network.seed = seed;
    std::vector<Measured> points;
    std::vector<std::unique_ptr<SpikeRecorder>> spikes;
    std::vector<Recorder*> recorders;
    const double widest_mV = k_widest * noise_mV(sampler);
    for (int k = 0; k < k_points; ++k) {
        const double u_mV = widest_mV * (2.0 * k / (k_points - 1) - 1.0);
        const auto p = static_cast<std::uint32_t>(network.populations.size());
        recorders.push_back(
            spikes.emplace_back(std::make_unique<SpikeRecorder>(PopulationId{p})).get());
        add_point(network, sampler, u_mV);
        points.push_back({u_mV, 0.0});
    }
    Simulator simulator(std::move(network));
    const double tau_ref_ms = sampler.neuron.t_ref_ms;
    simulator.run(k_settling_tau_refs * tau_ref_ms);
    simulator.run(k_tau_refs * tau_ref_ms, recorders);
    for (std::size_t p = 0; p < points.size(); ++p)
        points[p].probability = static_cast<double>(spikes[p]->spikes().size()) /
                                (k_tau_refs * static_cast<double>(k_neurons));
    return points;
}

double activation(const LifSampler& sampler, double u_mV) {
    return 1.0 / (1.0 + std::exp(-(u_mV - sampler.offset_mV) / sampler.slope_mV));
}

/// Least squares by Gauss-Newton from a start that is near.
void fit(LifSampler& sampler, const std::vector<Measured>& points) {
    constexpr int k_steps = 30;
    sampler.offset_mV = 0.0;
    sampler.slope_mV = 0.6 * noise_mV(sampler);
    for (int step = 0; step < k_steps; ++step) {
        double aa = 0.0;
        double ab = 0.0;
        double bb = 0.0;
        double ar = 0.0;
        double br = 0.0;
        for (const Measured& point : points) {
            const double p = activation(sampler, point.u_mV);
            const double x = (point.u_mV - sampler.offset_mV) / sampler.slope_mV;
            const double a = -p * (1.0 - p) / sampler.slope_mV; // by the offset
            const double b = a * x;                             // by the slope
            const double r = point.probability - p;
            aa += a * a;
            ab += a * b;
            bb += b * b;
            ar += a * r;
            br += b * r;
        }
        const double determinant = aa * bb - ab * ab;
        sampler.offset_mV += (bb * ar - ab * br) / determinant;
        sampler.slope_mV += (aa * br - ab * ar) / determinant;
    }
}

void measure_deviations(LifSampler& sampler, const std::vector<Measured>& points) {
    double squares = 0.0;
    for (const Measured& point : points) {
        const double deviation = std::abs(point.probability - activation(sampler, point.u_mV));
        squares += deviation * deviation;
        sampler.largest_deviation = std::max(sampler.largest_deviation, deviation);
    }
    sampler.rms_deviation = std::sqrt(squares / static_cast<double>(points.size()));
}

} // namespace

LifSampler calibrated_lif_sampler(double tau_ref_ms, std::uint64_t seed) {
    if (!(tau_ref_ms > 1.1 * k_tau_m_ms))
        throw ParameterError("LIF sampling", "tau_ref_ms", tau_ref_ms,
                             "> 1.1, as the membrane has 1 ms");
    LifSampler result = sampler(tau_ref_ms);
    const std::vector<Measured> points = measure(result, seed);
    fit(result, points);
    measure_deviations(result, points);
    return result;
}

} // namespace spikewell::experiments
