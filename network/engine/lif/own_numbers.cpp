#include "network/engine/lif/own_numbers.hpp"

#include "core/random.hpp"
#include "network/engine/lif/lif_pass.hpp"
#include "network/engine/lif/summed_dynamics.hpp"

#include <algorithm>

namespace spikewell::detail {

namespace {

// Changes of each current within a window: passes are cut there.
constexpr double k_most_changes = 8.0;

/// Calls take(local) for each neuron of a block that gets the current.
template <class Take>
void for_each_neuron(const InjectedCurrent& current, const LifBlock& block, const Take& take) {
    const LaneRange lanes = lanes_of(current.first, current.count, block);
    for (auto n = static_cast<std::uint32_t>(lanes.from); n < lanes.to; ++n)
        take(n);
}

/// x_k of the neurons that get a noise current, from x_(k - 1).
void draw_noise(const LifShared& shared, std::size_t place, double t_ms, LifBlock& block) {
    const InjectedCurrent& current = shared.currents[place];
    const auto& noise = std::get<NoiseCurrent>(current.waveform);
    std::vector<double>& x = block.own.noise[place];
    if (noise.to_ms && t_ms >= *noise.to_ms) {
        std::fill(x.begin(), x.end(), 0.0);
        return;
    }
    constexpr std::uint32_t k_draws_bits = 56; // of a current
    const double k = std::round((t_ms - noise.from_ms) / noise.noise_interval_ms);
    const double steps = noise.tau_ms > 0.0 ? noise.noise_interval_ms / noise.tau_ms : 0.0;
    const bool white = noise.tau_ms == 0.0 || k == 0.0;
    const double kept = white ? 0.0 : std::exp(-steps);
    const double drawn = white ? noise.sd : noise.sd * std::sqrt(-std::expm1(-2.0 * steps));
    for_each_neuron(current, block, [&](std::uint32_t n) {
        RandomStream stream(shared.seed, Purpose::injected_noise, block.first + n,
                            static_cast<std::uint16_t>(shared.population));
        stream.skip_to((std::uint64_t{place} << k_draws_bits) + static_cast<std::uint64_t>(k));
        x[n] = kept * x[n] + drawn * stream.normal();
    });
}

/// What is injected from t_ms on.
void set_currents(const LifShared& shared, double t_ms, LifBlock& block) {
    std::vector<double>& sum = block.own.current;
    std::fill(sum.begin(), sum.end(), 0.0);
    for (std::size_t c = 0; c < shared.currents.size(); ++c) {
        const InjectedCurrent& current = shared.currents[c];
        const std::vector<double>& noise = block.own.noise[c];
        if (!noise.empty() && next_change_ms(current.waveform, t_ms) == t_ms)
            draw_noise(shared, c, t_ms, block);
        const double value = value_from(current.waveform, t_ms);
        for_each_neuron(current, block, [&](std::uint32_t n) {
            sum[n] += value + (noise.empty() ? 0.0 : noise[n]);
        });
    }
}

// Potentials go on from where they are: what is kept of them is their distance from where they go.

void follow_change(const LifDelta& model,
                   const LifShared& shared,
                   double t_ms,
                   std::span<const double> rest_before_mV,
                   LifBlock& block) {
    const bool integrates = model.refractory_input == RefractoryInput::integrated;
    const double now = std::exp((t_ms - shared.frame_ms) / model.tau_m_ms);
    for (std::uint32_t n = 0; n < block.count; ++n) {
        const double change_mV = block.own.rest_mV[n] - rest_before_mV[n];
        if (change_mV == 0.0) continue;
        const double free_at_ms = block.free_at_ms[n];
        const bool held = !integrates && free_at_ms > t_ms; // V_reset is what it starts from then
        block.y[n] -=
            change_mV * (held ? std::exp((free_at_ms - shared.frame_ms) / model.tau_m_ms) : now);
    }
}
void follow_change(const LifExp& model,
                   const LifShared& shared,
                   double t_ms,
                   std::span<const double> rest_before_mV,
                   LifBlock& block) {
    const double now = std::exp((t_ms - shared.frame_ms) / model.tau_m_ms);
    for (std::uint32_t n = 0; n < block.count; ++n)
        block.y[n] -= (block.own.rest_mV[n] - rest_before_mV[n]) * now;
}

template <class Model>
void change(const Model& model, const LifShared& shared, double t_ms, LifBlock& block) {
    const std::vector<double> before_mV = block.own.rest_mV;
    set_currents(shared, t_ms, block);
    renew_own(shared, block);
    follow_change(model, shared, t_ms, before_mV, block);
}
template <Walked Model>
void change(const Model&, const LifShared& shared, double t_ms, LifBlock& block) {
    const WalkedDynamics<Model> dynamics(shared, Window{t_ms, t_ms});
    for (std::uint32_t n = 0; n < block.count; ++n) {
        auto state = WalkedDynamics<Model>::load(block, n);
        dynamics.own(shared, block, n).go_to(state, t_ms);
        WalkedDynamics<Model>::store(block, n, state);
    }
    set_currents(shared, t_ms, block);
    for (std::uint32_t n = 0; n < block.count; ++n) {
        auto state = WalkedDynamics<Model>::load(block, n);
        dynamics.own(shared, block, n).find_quiet(state);
        WalkedDynamics<Model>::store(block, n, state);
    }
}

template <class Model> void renew(const Model&, const LifShared& shared, LifBlock& block) {
    block.own.rest_mV.assign(block.width, 0.0);
    block.own.theta_mV.assign(block.width, 0.0);
    for (std::uint32_t n = 0; n < block.count; ++n) {
        const auto model = own_model<Model>(shared, block, n);
        block.own.rest_mV[n] = model.V_inf_mV();
        block.own.theta_mV[n] = model.V_th_mV - model.V_inf_mV();
    }
}
template <Walked Model> void renew(const Model&, const LifShared&, LifBlock&) {}

double changes_per_ms(const std::vector<InjectedCurrent>& currents) {
    double per_ms = 0.0;
    for (const InjectedCurrent& current : currents)
        per_ms += 1.0 / shortest_interval_ms(current.waveform);
    return per_ms;
}

} // namespace

void set_own(const NeuronPopulation& population, LifShared& shared) {
    shared.currents = population.currents;
    for (const VariedNumber& number : population.varied)
        shared.varied.push_back(number_of(population.neuron, number.key)->place);
}

void set_own(const NeuronPopulation& population, const LifShared& shared, LifBlock& block) {
    if (!shared.own()) return;
    for (std::size_t k = 0; k < shared.varied.size(); ++k) {
        block.own.numbers.push_back(values_of(population.varied[k], shared.varied[k],
                                              {shared.seed, shared.population}, block.first,
                                              block.count));
        block.own.numbers.back().resize(block.width);
    }
    if (!shared.currents.empty()) block.own.current.assign(block.width, 0.0);
    block.own.noise.resize(shared.currents.size());
    for (std::size_t c = 0; c < shared.currents.size(); ++c) {
        if (std::holds_alternative<NoiseCurrent>(shared.currents[c].waveform))
            block.own.noise[c].assign(block.width, 0.0);
    }
    renew_own(shared, block);
}

void renew_own(const LifShared& shared, LifBlock& block) {
    if (!shared.own() || block.width == 0) return; // or another rank's
    std::visit([&](const auto& model) { renew(model, shared, block); }, shared.model);
}

double next_change_ms(const LifShared& shared, double t_ms) {
    double first_ms = std::numeric_limits<double>::infinity();
    for (const InjectedCurrent& current : shared.currents)
        first_ms = std::min(first_ms, next_change_ms(current.waveform, t_ms));
    return first_ms;
}

void change_currents(const LifShared& shared, LifBlock& block, double t_ms) {
    std::visit([&](const auto& model) { change(model, shared, t_ms, block); }, shared.model);
}

double window_for_currents_ms(const Network& network) {
    double most_per_ms = 0.0;
    for (const Population& population : network.populations) {
        const auto* cells = std::get_if<NeuronPopulation>(&population);
        if (cells != nullptr) most_per_ms = std::max(most_per_ms, changes_per_ms(cells->currents));
    }
    return k_most_changes / most_per_ms;
}

} // namespace spikewell::detail
