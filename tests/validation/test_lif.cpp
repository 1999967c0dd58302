#include "support/lif.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace spikewell;
using namespace spikewell::test;

// Leaky integrate-and-fire neurons: spike times against closed forms and against the naive second
// implementation (tests/support/naive_network.hpp), which is itself checked against closed forms
// and hand computations here.

// ------------------------------------------------------------------------------------------------
// Constant drive

namespace {

/// Parameters of a neuron that fires by its drive alone.
template <class Model> Model driven(RandomStream& stream) {
    Model neuron;
    neuron.tau_m_ms = between(stream, 1.0, 50.0);
    if constexpr (std::is_same_v<Model, LifExp>) {
        neuron.tau_syn_exc_ms = between(stream, 0.5, 0.95) * neuron.tau_m_ms;
        neuron.tau_syn_inh_ms = between(stream, 1.1, 2.0) * neuron.tau_m_ms;
    }
    neuron.E_L_mV = between(stream, -80.0, 0.0);
    neuron.drive_mV = between(stream, 5.0, 40.0);
    // From barely above the threshold to far above.
    neuron.V_th_mV = neuron.V_inf_mV() - std::pow(10.0, between(stream, -3.0, 1.0));
    neuron.V_reset_mV = neuron.V_th_mV - between(stream, 0.1, 30.0);
    neuron.t_ref_ms = stream.uniform() < 0.2 ? 0.0 : between(stream, 0.0, 5.0);
    return neuron;
}

template <class Model> std::vector<Spike> closed_form_spikes(const Model& p, double end_ms) {
    const auto V_inf = static_cast<long double>(p.V_inf_mV());
    const long double interval_ms = static_cast<long double>(p.tau_m_ms) *
                                    std::log((V_inf - static_cast<long double>(p.V_reset_mV)) /
                                             (V_inf - static_cast<long double>(p.V_th_mV)));
    std::vector<Spike> spikes;
    long double t_ms = interval_ms;
    while (t_ms < static_cast<long double>(end_ms)) {
        spikes.push_back({static_cast<double>(t_ms), 0});
        t_ms += interval_ms + static_cast<long double>(p.t_ref_ms);
    }
    return spikes;
}

} // namespace

// The interval is t_ref + tau_m ln((V_inf - V_reset) / (V_inf - V_th)). V_inf - V_th is 1e-3 mV or
// more, of values below 100: known to 1e-11 of itself, so an interval to 5e-10 ms for tau_m = 50 at
// worst, and the error does not grow but adds up over few intervals then.
TEMPLATE_TEST_CASE("Constant drive gives the closed form's intervals", "", LifDelta, LifExp) {
    constexpr std::size_t n_sets = 200;
    constexpr double end_ms = 300.0;
    RandomStream stream = random_stream(1);
    Network network;
    std::vector<std::vector<Spike>> expected;
    for (std::size_t s = 0; s < n_sets; ++s) {
        const auto neuron = driven<TestType>(stream);
        network.populations.emplace_back(population_of(neuron, 1, neuron.V_reset_mV));
        expected.push_back(closed_form_spikes(neuron, end_ms));
    }
    const auto spikes = record_all(network, end_ms);
    const auto naive = run_naive(network, end_ms).spikes;
    std::size_t n_spikes = 0;
    for (std::size_t s = 0; s < n_sets; ++s) {
        CAPTURE(s);
        n_spikes += expected[s].size();
        CHECK(distance_ms(naive[s], expected[s]) < 1e-9);
        CHECK(distance_ms(spikes[s], expected[s]) < 1e-9);
    }
    REQUIRE(n_spikes > 1000);
}

// ------------------------------------------------------------------------------------------------
// By hand: both implementations

TEST_CASE("Delta synapses: jumps, decay and threshold by hand") {
    const PointNeuron neuron = delta_neuron(RefractoryInput::discarded);
    SECTION("a jump that reaches the threshold exactly fires at its time") {
        check_times(driven_neuron(neuron, 0.0, {{1.25, 20.0}}), 10.0, {1.25});
    }
    SECTION("two jumps with decay between: 12 e^(-1/20) + w is 20 +- 1e-3") {
        const double missing = 20.0 - 12.0 * std::exp(-1.0 / 20.0);
        check_times(driven_neuron(neuron, 0.0, {{1.0, 12.0}, {2.0, missing + 1e-3}}), 10.0, {2.0});
        check_times(driven_neuron(neuron, 0.0, {{1.0, 12.0}, {2.0, missing - 1e-3}}), 10.0, {});
    }
    SECTION("the potential at the start counts and decays") {
        const double missing = 20.0 - 15.0 * std::exp(-4.0 / 20.0);
        check_times(driven_neuron(neuron, 15.0, {{4.0, missing + 1e-3}}), 10.0, {4.0});
        check_times(driven_neuron(neuron, 15.0, {{4.0, missing - 1e-3}}), 10.0, {});
    }
    SECTION("a reset forgets how far the jump went beyond the threshold") {
        check_times(driven_neuron(neuron, 0.0, {{1.0, 500.0}, {4.0, 19.999}}), 10.0, {1.0});
    }
    SECTION("a crossing by the drive between two inputs") {
        LifDelta drift = delta_neuron(RefractoryInput::discarded);
        drift.drive_mV = 25.0;
        // From V at 1 ms, 25 (1 - e^(-1/20)) + 10, with x = V - 25.
        const double x = 25.0 * (1.0 - std::exp(-0.05)) + 10.0 - 25.0;
        const double first = 1.0 + 20.0 * std::log(x / -5.0);
        check_times(driven_neuron(drift, 0.0, {{1.0, 10.0}, {first + 1.0, 30.0}, {30.0, -40.0}}),
                    31.0, {first});
    }
}

TEST_CASE("Delta synapses: input in the refractory period by hand") {
    // A spike at 1, refractory to 3.
    const auto after_spike = [](RefractoryInput refractory_input, std::vector<Input> inputs) {
        inputs.insert(inputs.begin(), {1.0, 30.0});
        return driven_neuron(delta_neuron(refractory_input), 0.0, inputs);
    };
    const auto discarded = RefractoryInput::discarded;
    const auto kept = RefractoryInput::kept;
    SECTION("at the very end it counts, just before it does not") {
        check_times(after_spike(discarded, {{3.0, 25.0}}), 10.0, {1.0, 3.0});
        check_times(after_spike(discarded, {{2.9375, 25.0}}), 10.0, {1.0});
        check_times(after_spike(kept, {{3.0, 25.0}}), 10.0, {1.0, 3.0});
    }
    SECTION("kept input is summed undamped and can fire the neuron at the end") {
        check_times(after_spike(kept, {{1.5, 12.0}, {2.5, 8.0}}), 10.0, {1.0, 3.0});
        check_times(after_spike(kept, {{1.5, 12.0}, {2.5, 7.999}}), 10.0, {1.0});
        check_times(after_spike(kept, {{1.5, 30.0}, {2.5, -15.0}}), 10.0, {1.0});
        check_times(after_spike(discarded, {{1.5, 12.0}, {2.5, 30.0}}), 10.0, {1.0});
    }
    SECTION("kept input decays from the end on") {
        const double missing = 20.0 - 12.0 * std::exp(-1.0 / 20.0);
        check_times(after_spike(kept, {{1.5, 12.0}, {4.0, missing + 1e-3}}), 10.0, {1.0, 4.0});
        check_times(after_spike(kept, {{1.5, 12.0}, {4.0, missing - 1e-3}}), 10.0, {1.0});
    }
    SECTION("kept input is there when input at the very end comes") {
        check_times(after_spike(kept, {{2.0, 12.0}, {3.0, 8.0}}), 10.0, {1.0, 3.0});
    }
    SECTION("kept input that fires at the end makes input at that time refractory, thus kept") {
        check_times(after_spike(kept, {{2.0, 20.0}, {3.0, 20.0}}), 10.0, {1.0, 3.0, 5.0});
    }
}

TEST_CASE("Simultaneous inputs are applied one by one, by projection and source") {
    const PointNeuron neuron = delta_neuron(RefractoryInput::discarded);
    SECTION("excitation first, by source") {
        check_times(driven_neuron(neuron, 0.0, {{2.0, 25.0}, {2.0, -25.0}}), 10.0, {2.0});
    }
    SECTION("inhibition first, by source") {
        check_times(driven_neuron(neuron, 0.0, {{2.0, -25.0}, {2.0, 25.0}}), 10.0, {});
    }
    SECTION("by projection before source") {
        Network network = driven_neuron(neuron, 0.0, {{2.0, -25.0}, {2.0, 25.0}});
        network.projections = {projection_of(1, 0, {{1, 0, 25.0F, k_delay_ms}}),
                               projection_of(1, 0, {{0, 0, -25.0F, k_delay_ms}})};
        check_times(network, 10.0, {2.0});
        std::swap(network.projections[0], network.projections[1]);
        check_times(network, 10.0, {});
    }
    SECTION("by time of arrival, whatever the delays") {
        Network network = driven_neuron(neuron, 0.0, {{2.0, 25.0}});
        network.populations.emplace_back(SpikeListPopulation{"late", 1, {{0.0, 0}}});
        network.projections.insert(network.projections.begin(),
                                   projection_of(2, 0, {{0, 0, -25.0F, 2.0F}}));
        check_times(network, 10.0, {}); // -25 is of projection 0
        std::get<SpikeListPopulation>(network.populations[2]).spikes = {{0.0625, 0}};
        check_times(network, 10.0, {2.0}); // and now comes later
    }
    SECTION("those after a spike at the same time fall into its refractory period") {
        check_times(driven_neuron(neuron, 0.0, {{2.0, 25.0}, {2.0, 25.0}, {4.0, 15.0}}), 10.0,
                    {2.0});
        check_times(driven_neuron(delta_neuron(RefractoryInput::kept), 0.0,
                                  {{2.0, 25.0}, {2.0, 15.0}, {4.0, 5.0}}),
                    10.0, {2.0, 4.0});
    }
    SECTION("without a refractory period each of them counts") {
        LifDelta eager = delta_neuron(RefractoryInput::discarded);
        eager.t_ref_ms = 0.0;
        check_times(driven_neuron(eager, 0.0, {{2.0, 25.0}, {2.0, 25.0}, {2.0, 15.0}, {2.0, 5.0}}),
                    10.0, {2.0, 2.0, 2.0});
    }
    SECTION("several synapses of one pair") {
        Network network = driven_neuron(neuron, 0.0, {{2.0, 0.0}});
        network.projections = {
            projection_of(1, 0, {{0, 0, 12.0F, k_delay_ms}, {0, 0, 8.0F, k_delay_ms}})};
        check_times(network, 10.0, {2.0});
    }
}

TEST_CASE("Exponential synapses: one input's potential by hand") {
    // V - E_L = w c (e^(-t/tau_e) - e^(-t/tau_m)), c = tau_e / (tau_e - tau_m), greatest at
    // t = ln(tau_m / tau_e) / (1/tau_e - 1/tau_m): for 20 and 5 ms, w 4^(-4/3) there.
    LifExp neuron = exp_neuron();
    const double peak_ms = std::log(4.0) / (1.0 / 5.0 - 1.0 / 20.0);
    const double peak_mV = 64.0 * std::pow(4.0, -4.0 / 3.0);
    SECTION("peak") {
        neuron.V_th_mV = k_huge_mV;
        const Network network = driven_neuron(neuron, -60.0, {{1.0, 64.0}});
        const NaiveRun run = run_naive(network, {30.0, {1.0, 1.0 + peak_ms, 11.0}});
        CHECK(run.potentials[0][0] == Approx(-60.0).epsilon(1e-15));
        CHECK(run.potentials[0][1] == Approx(-60.0 + peak_mV).epsilon(1e-14));
        CHECK(run.potentials[0][2] ==
              Approx(-60.0 + 64.0 / 3.0 * (std::exp(-0.5) - std::exp(-2.0))).epsilon(1e-14));
        Simulator simulator(network);
        simulator.run(1.0 + peak_ms);
        CHECK(simulator.potentials(k_first)[0] == Approx(-60.0 + peak_mV).epsilon(1e-13));
    }
    SECTION("crossing") {
        // Half of x = e^(-t / 20) crosses 3/16: x - x^4 = (V_th - E_L) / (w / 3), at x = 1/2 on
        // the falling side and at 0.5 < x < 1 first; V_th so that the first is x = 0.9.
        const double x = 0.9;
        neuron.V_th_mV = -60.0 + 64.0 / 3.0 * (x - std::pow(x, 4));
        check_times(driven_neuron(neuron, -60.0, {{1.0, 64.0}}), 5.0, {1.0 - 20.0 * std::log(x)});
    }
    SECTION("currents go on in the refractory period, and input then is kept or discarded") {
        const double x = 0.9;
        neuron.V_th_mV = -60.0 + 64.0 / 3.0 * (x - std::pow(x, 4));
        neuron.V_reset_mV = -60.0;
        const double first_ms = 1.0 - 20.0 * std::log(x);
        neuron.t_ref_ms = 20.0 * std::log(2.0) - (first_ms - 1.0);
        // Free at 1 + 20 ln 2, where g_e = 64 / 16 = 4: too little. With as much as makes it 64,
        // g_e is that of the start.
        const double again_ms = 1.0 + 20.0 * std::log(2.0) - 20.0 * std::log(x);
        check_times(driven_neuron(neuron, -60.0, {{1.0, 64.0}}), 100.0, {first_ms});
        // float32 of the weight: 60 e^(dt / 5) is off by 6e-8 of itself, 1e-7 ms in time.
        const double then_ms = 1.0 + 20.0 * std::log(2.0) - 0.125;
        const auto w = static_cast<double>(static_cast<float>(60.0 * std::exp(0.125 / 5.0)));
        const Network network = driven_neuron(neuron, -60.0, {{1.0, 64.0}, {then_ms, w}});
        const auto spikes = run_naive(network, 18.0).spikes[0];
        REQUIRE(spikes.size() == 2);
        CHECK(spikes[1].t_ms == Approx(again_ms).margin(1e-6));
        CHECK(distance_ms(record_all(network, 18.0)[0], spikes) < 1e-10);
        neuron.refractory_input = RefractoryInput::discarded;
        check_times(driven_neuron(neuron, -60.0, {{1.0, 64.0}, {then_ms, w}}), 100.0, {first_ms});
    }
}
TEST_CASE("A potential is sampled before any event at that very time") {
    const Network network = driven_neuron(delta_neuron(RefractoryInput::kept), 0.0,
                                          {{1.0, 10.0}, {2.0, 15.0}, {3.5, 4.0}});
    Simulator simulator(network);
    PotentialRecorder recorder({{{0}, {0}, 0.5, 0.0}});
    const std::array<Recorder*, 1> recorders{&recorder};
    simulator.run(6.0, recorders);
    // Spike at 2; refractory to 4, when 4 mV are added.
    const std::vector<double> expected = {
        0.0, 0.0, 0.0, 10.0 * std::exp(-0.025), 10.0 * std::exp(-0.05), 0.0,
        0.0, 0.0, 0.0, 4.0 * std::exp(-0.025),  4.0 * std::exp(-0.05)};
    REQUIRE(recorder.V_mV[0].size() >= expected.size());
    for (std::size_t s = 0; s < expected.size(); ++s) {
        CAPTURE(s);
        CHECK(recorder.times_ms[0][s] == 0.5 * static_cast<double>(s));
        CHECK(recorder.V_mV[0][s] == Approx(expected[s]).margin(1e-12));
    }
    CHECK(simulator.potentials(k_first)[0] == Approx(4.0 * std::exp(-0.1)).margin(1e-12));
}

TEST_CASE("Listed spikes are recorded as listed, in order") {
    Network network = driven_neuron(delta_neuron(RefractoryInput::kept), 0.0, {});
    std::get<SpikeListPopulation>(network.populations[1]) = {
        "input", 3, {{5.0, 1}, {0.0, 2}, {5.0, 0}, {7.25, 1}, {9.0, 0}, {2.5, 1}}};
    const std::vector<Spike> expected = {{0.0, 2}, {2.5, 1}, {5.0, 0}, {5.0, 1}, {7.25, 1}};
    CHECK(record_all(network, 9.0)[1] == expected);
    CHECK(run_naive(network, 9.0).spikes[1] == expected);
}
