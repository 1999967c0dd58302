#include "core/statistics.hpp"
#include "support/lif.hpp"
#include "support/statistics.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace spikewell;
using namespace spikewell::test;

// LIF neurons with escape noise: their law.

// ------------------------------------------------------------------------------------------------
// Escape noise

namespace {

constexpr EscapeRate k_escape{40.0, 10.0, 4.0};

/// Known irregular input, common to all neurons: the integrated hazard is a neuron's own only
/// through its spikes.
struct NoisyPopulation {
    Network network;
    std::vector<Input> arrivals; // in order of time
};

NoisyPopulation noisy_population(const PointNeuron& neuron,
                                 std::size_t n_neurons,
                                 double V_init_mV,
                                 double weight_scale,
                                 double end_ms) {
    NoisyPopulation noisy;
    const std::array<double, 4> weight = {4.0, 8.0, -4.0, -6.0};
    SpikeListPopulation input;
    input.name = "input";
    input.size = weight.size();
    std::vector<Synapse> synapses;
    for (std::uint32_t i = 0; i < weight.size(); ++i) {
        const auto w = static_cast<float>(weight_scale * weight[i]);
        const float delay_ms = 0.5F + 0.75F * static_cast<float>(i);
        for (std::uint32_t post = 0; post < n_neurons; ++post)
            synapses.push_back({i, post, w, delay_ms});
        RandomStream stream = random_stream(100 + i);
        double t_ms = 0.0;
        while ((t_ms -= 6.0 * std::log(stream.uniform())) < end_ms) {
            input.spikes.push_back({t_ms, i});
            noisy.arrivals.push_back(
                {t_ms + static_cast<double>(delay_ms), static_cast<double>(w)});
        }
    }
    std::sort(noisy.arrivals.begin(), noisy.arrivals.end(),
              [](const Input& a, const Input& b) { return a.arrival_ms < b.arrival_ms; });
    noisy.network = {
        {population_of(neuron, n_neurons, V_init_mV), input}, {projection_of(1, 0, synapses)}, 5};
    return noisy;
}

/// One neuron's state by the equations, stepped from arrival to arrival in steps of at most
/// 0.05 ms with the hazard integrated by Simpson's rule (error 1e-8 of it).
template <class Model> class NaiveHazard {
  public:
    NaiveHazard(const Model& model, double V_init_mV, const std::vector<Input>& arrivals)
        : model_(model), arrivals_(arrivals), V_(V_init_mV) {}

    /// The integral of the hazard from where this stands to t_ms, where the neuron then fires.
    double until_spike(double t_ms) {
        double integral = 0.0;
        while (next_ < arrivals_.size() && arrivals_[next_].arrival_ms < t_ms) {
            integral += advance(arrivals_[next_].arrival_ms);
            arrive(arrivals_[next_++].weight);
        }
        return integral + advance(t_ms);
    }
    void spike() {
        const double free_ms = t_ms_ + model_.t_ref_ms;
        V_ = model_.V_reset_mV;
        double kept = 0.0;
        while (next_ < arrivals_.size() && arrivals_[next_].arrival_ms < free_ms) {
            const Input& input = arrivals_[next_++];
            decay_currents(input.arrival_ms - t_ms_);
            t_ms_ = input.arrival_ms;
            if (model_.refractory_input == RefractoryInput::discarded) continue;
            if constexpr (std::is_same_v<Model, LifExp>) {
                arrive(input.weight);
            } else {
                kept += input.weight;
            }
        }
        decay_currents(free_ms - t_ms_);
        t_ms_ = free_ms;
        V_ += kept;
    }

  private:
    void arrive(double w) {
        if constexpr (std::is_same_v<Model, LifExp>) {
            (w > 0.0 ? g_e_ : g_i_) += w;
        } else {
            V_ += w;
        }
    }
    void decay_currents(double dt_ms) {
        if constexpr (std::is_same_v<Model, LifExp>) {
            g_e_ *= std::exp(-dt_ms / model_.tau_syn_exc_ms);
            g_i_ *= std::exp(-dt_ms / model_.tau_syn_inh_ms);
        }
    }
    [[nodiscard]] double hazard_per_ms() const {
        return 1e-3 * model_.escape->rate_Hz *
               std::exp((V_ - model_.escape->theta_mV) / model_.escape->slope_mV);
    }
    void step(double dt_ms) {
        const double leak = std::exp(-dt_ms / model_.tau_m_ms);
        double V = model_.V_inf_mV() + (V_ - model_.V_inf_mV()) * leak;
        if constexpr (std::is_same_v<Model, LifExp>) {
            const auto part = [&](double g, double tau_ms) {
                return g * tau_ms / (tau_ms - model_.tau_m_ms) * (std::exp(-dt_ms / tau_ms) - leak);
            };
            V += part(g_e_, model_.tau_syn_exc_ms) + part(g_i_, model_.tau_syn_inh_ms);
        }
        V_ = V;
        decay_currents(dt_ms);
        t_ms_ += dt_ms;
    }
    double advance(double t_ms) {
        const double length_ms = t_ms - t_ms_;
        const double n_steps = std::ceil(length_ms / 0.05);
        double integral = 0.0;
        for (double s = 0.0; s < n_steps; s += 1.0) {
            const double dt_ms = length_ms / n_steps;
            const double begin = hazard_per_ms();
            step(0.5 * dt_ms);
            const double middle = hazard_per_ms();
            step(0.5 * dt_ms);
            integral += dt_ms / 6.0 * (begin + 4.0 * middle + hazard_per_ms());
        }
        t_ms_ = t_ms;
        return integral;
    }

    const Model& model_;
    const std::vector<Input>& arrivals_;
    std::size_t next_ = 0;
    double t_ms_ = 0.0;
    double V_;
    double g_e_ = 0.0;
    double g_i_ = 0.0;
};

template <class Model> void check_rescaled(Model neuron, double weight_scale) {
    constexpr std::size_t n_neurons = 512;
    constexpr double end_ms = 400.0;
    constexpr double V_init_mV = 3.0;
    neuron.escape = k_escape;
    const NoisyPopulation noisy =
        noisy_population(neuron, n_neurons, V_init_mV, weight_scale, end_ms);
    const std::vector<Spike> spikes =
        by_neuron(record_all(noisy.network, end_ms)[0], std::numeric_limits<double>::infinity());
    EndToEnd rescaled;
    std::size_t next = 0;
    for (std::uint32_t i = 0; i < n_neurons; ++i) {
        NaiveHazard<Model> hazard(neuron, V_init_mV, noisy.arrivals);
        double free_ms = 0.0;
        for (; next < spikes.size() && spikes[next].source == i; ++next) {
            REQUIRE(spikes[next].t_ms >= free_ms);
            rescaled.wait(hazard.until_spike(spikes[next].t_ms));
            rescaled.event();
            hazard.spike();
            free_ms = spikes[next].t_ms + neuron.t_ref_ms;
        }
        if (free_ms < end_ms) rescaled.wait(hazard.until_spike(end_ms));
    }
    CAPTURE(rescaled.intervals.size(), rescaled.p());
    REQUIRE(rescaled.intervals.size() > 5000);
    CHECK(rescaled.p() > 1e-6);
}

} // namespace

// Time rescaling as in tests/validation/test_hazard.cpp. About 10,000 intervals a check; 8 checks at
// p > 1e-6: false alarm 8e-6 in all.
TEST_CASE("With escape noise the hazard integrated between spikes is a unit exponential variate") {
    const auto refractory_input = GENERATE(RefractoryInput::discarded, RefractoryInput::kept);
    const double t_ref_ms = GENERATE(0.0, 3.0);
    SECTION("delta synapses") {
        LifDelta neuron;
        neuron.drive_mV = 6.0;
        neuron.V_reset_mV = -5.0;
        neuron.t_ref_ms = t_ref_ms;
        neuron.refractory_input = refractory_input;
        check_rescaled(neuron, 1.0);
    }
    SECTION("exponential synapses") {
        LifExp neuron;
        neuron.tau_syn_inh_ms = 4.0;
        neuron.E_L_mV = 0.0;
        neuron.drive_mV = 6.0;
        neuron.V_th_mV = 20.0; // not used
        neuron.V_reset_mV = -5.0;
        neuron.t_ref_ms = t_ref_ms;
        neuron.refractory_input = refractory_input;
        check_rescaled(neuron, 4.0);
    }
}

// V stays at V_reset = V_inf, so intervals are t_ref plus an exponential variate of rate h: mean
// m = t_ref + 1/h, variance 1/h^2. The first has no t_ref: the expected number up to T is
// T/m + (1/h^2 - m^2) / (2 m^2) + t_ref / m and its variance T / (h^2 m^3) to leading order; n =
// 2000 neurons, about 1e5 spikes; z < 5, 8 checks: false alarm 5e-6 in all.
TEMPLATE_TEST_CASE("Under constant drive escape noise gives the rate 1 / (t_ref + 1/h)",
                   "",
                   LifDelta,
                   LifExp) {
    const double V_inf_mV = GENERATE(2.0, 14.0);
    const double t_ref_ms = GENERATE(0.0, 5.0);
    constexpr std::size_t n_neurons = 2000;
    constexpr double end_ms = 1500.0;
    TestType neuron;
    neuron.E_L_mV = 0.0;
    neuron.drive_mV = V_inf_mV;
    neuron.V_reset_mV = V_inf_mV;
    neuron.V_th_mV = V_inf_mV + 1.0; // not used
    neuron.t_ref_ms = t_ref_ms;
    neuron.escape = k_escape;
    const Network network{{population_of(neuron, n_neurons, V_inf_mV)}, {}, 3};
    const auto n_spikes = static_cast<double>(record_all(network, end_ms)[0].size());
    const double h_per_ms =
        1e-3 * k_escape.rate_Hz * std::exp((V_inf_mV - k_escape.theta_mV) / k_escape.slope_mV);
    const double m_ms = t_ref_ms + 1.0 / h_per_ms;
    const double variance_ms2 = 1.0 / (h_per_ms * h_per_ms);
    const double expected =
        n_neurons *
        (end_ms / m_ms + (variance_ms2 - m_ms * m_ms) / (2.0 * m_ms * m_ms) + t_ref_ms / m_ms);
    const double sd = std::sqrt(n_neurons * end_ms * variance_ms2 / (m_ms * m_ms * m_ms));
    CAPTURE(n_spikes, expected, sd);
    CHECK(std::abs(n_spikes - expected) < 5.0 * sd);
}
