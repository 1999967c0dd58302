#include "support/lif.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

using namespace spikewell;
using namespace spikewell::test;

// Currents that are injected, and neurons whose numbers are their own: against constant drives, closed forms,
// second implementations, and the theory of noise.

namespace {

InjectedCurrent injected(Waveform waveform) {
    return {std::move(waveform), 0, {}};
}

Network one_population(const PointNeuron& neuron,
                       std::size_t n,
                       double V_init_mV,
                       std::vector<InjectedCurrent> currents) {
    NeuronPopulation cells = population_of(neuron, n, V_init_mV);
    cells.currents = std::move(currents);
    return {{cells}, {}, 7};
}

struct Case {
    PointNeuron neuron;
    double drive;  ///< that makes it fire some tens of times a second
    double weight; ///< of inputs
    std::string_view drive_key;
};
std::vector<Case> all_models() {
    LifDelta kept;
    kept.refractory_input = RefractoryInput::kept;
    LifDelta integrated;
    integrated.refractory_input = RefractoryInput::integrated;
    LifExp exp;
    exp.E_L_mV = -60.0;
    LifExp discarded = exp;
    discarded.refractory_input = RefractoryInput::discarded;
    Glif glif; // of which all numbers may be a tenth larger
    glif.V_reset_mV = -70.0;
    glif.asc_1_fraction = 0.8;
    glif.asc_2_fraction = 0.7;
    return {{LifDelta{}, 30.0, 4.0, "drive_mV"},
            {kept, 30.0, 4.0, "drive_mV"},
            {integrated, 30.0, 4.0, "drive_mV"},
            {exp, 15.0, 5.0, "drive_mV"},
            {discarded, 15.0, 5.0, "drive_mV"},
            {LifAlpha{}, 500.0, 200.0, "drive_pA"},
            {LifCondExp{}, 300.0, 4.0, "drive_pA"},
            {AdEx{}, 800.0, 10.0, "drive_pA"},
            {Izhikevich{}, 8.0, 3.0, "drive_mV_per_ms"},
            {LifAdapt{}, 400.0, 200.0, "drive_pA"},
            {glif, 450.0, 200.0, "drive_pA"}};
}

/// With input spikes, excitatory and inhibitory, at about 200 Hz.
Network driven(const PointNeuron& neuron, double weight) {
    std::vector<Input> inputs;
    RandomStream stream = random_stream(5);
    for (double t_ms = 3.0; t_ms < 300.0; t_ms += between(stream, 0.5, 9.0))
        inputs.push_back({t_ms, stream.uniform() < 0.7 ? weight : -0.6 * weight});
    return driven_neuron(neuron, start_mV_of(neuron), inputs);
}
NeuronPopulation& cells_of(Network& network) {
    return std::get<NeuronPopulation>(network.populations[0]);
}

} // namespace

TEST_CASE("A constant current is as much drive, of every model") {
    for (const Case& of : all_models()) {
        CAPTURE(key_of(of.neuron));
        Network with_drive = driven(of.neuron, of.weight);
        set_number(cells_of(with_drive).neuron, of.drive_key, of.drive);
        Network with_current = driven(of.neuron, of.weight);
        cells_of(with_current).currents = {injected(StepCurrent{0.6 * of.drive, 0.0, {}}),
                                           injected(TableCurrent{{0.0}, {0.4 * of.drive}})};
        const auto expected = record_all(with_drive, 300.0)[0];
        CHECK(expected.size() > 5);
        CHECK(distance_ms(record_all(with_current, 300.0)[0], expected) < 1e-8);
        // And one that does not change anything but where passes are cut.
        cells_of(with_current).currents.push_back(injected(SineCurrent{0.0, 0.0, 10.0, 0.0, 0.37}));
        CHECK(distance_ms(record_all(with_current, 300.0)[0], expected) < 1e-8);
    }
}

TEST_CASE("Steps of a current are as synapses whose current does not decay") {
    // Of LifExp with time constants of 1e9 ms, by the second implementation.
    constexpr double k_for_ever_ms = 1e9;
    LifExp neuron = exp_neuron();
    neuron.tau_syn_exc_ms = neuron.tau_syn_inh_ms = k_for_ever_ms;
    neuron.refractory_input = RefractoryInput::kept;
    const std::vector<Input> steps{{5.0, 14.0}, {40.0, -8.0},   {41.3, 6.0},   {77.7, 9.0},
                                   {78.0, 2.5}, {120.0, -20.0}, {160.0, 16.0}, {190.5, 3.0}};
    const auto by_synapses = run_naive(driven_neuron(neuron, -60.0, steps), 250.0).spikes[0];
    REQUIRE(by_synapses.size() > 5);
    TableCurrent table;
    double sum = 0.0;
    for (const Input& step : steps) {
        table.times_ms.push_back(step.arrival_ms);
        table.amplitudes.push_back(sum += static_cast<double>(static_cast<float>(step.weight)));
    }
    const Network network = one_population(neuron, 1, -60.0, {injected(table)});
    constexpr double k_decayed_ms = 1e-4; // 250 ms of 1e9, near a threshold
    CHECK(distance_ms(record_all(network, 250.0)[0], by_synapses) < k_decayed_ms);
    // And where V is not held after a spike, by the engine's own synapses.
    neuron.refractory_input = RefractoryInput::integrated;
    CHECK(distance_ms(record_all(one_population(neuron, 1, -60.0, {injected(table)}), 250.0)[0],
                      record_all(driven_neuron(neuron, -60.0, steps), 250.0)[0]) < k_decayed_ms);
}

TEST_CASE("Under a step of current a membrane fires at the times of the closed form") {
    LifDelta neuron; // tau_m 20, V_th 20, t_ref 2
    const double from_ms = 13.7;
    const double to_ms = 313.2;
    const double drive_mV = GENERATE(20.5, 25.0, 60.0);
    const Network network =
        one_population(neuron, 3, 5.0, {{StepCurrent{drive_mV, from_ms, to_ms}, 1, 1}});
    std::vector<Spike> expected;
    const double V_mV = 5.0 * std::exp(-from_ms / neuron.tau_m_ms);
    double t_ms = from_ms + neuron.tau_m_ms * std::log((drive_mV - V_mV) / (drive_mV - 20.0));
    for (; t_ms < to_ms;
         t_ms += neuron.t_ref_ms + neuron.tau_m_ms * std::log(drive_mV / (drive_mV - 20.0)))
        expected.push_back({t_ms, 1});
    CHECK(expected.size() >= 3);
    CHECK(distance_ms(record_all(network, 500.0)[0], expected) < 1e-9);
}

TEST_CASE("A current that changes in a refractory period acts from its end on") {
    LifDelta neuron; // tau_m 20, V_th 20, V_reset 0
    neuron.t_ref_ms = 20.0;
    neuron.refractory_input = GENERATE(RefractoryInput::discarded, RefractoryInput::kept);
    const double first_ms = 20.0 * std::log(30.0 / 10.0);
    const double free_ms = first_ms + 20.0;
    const Network network = one_population(neuron, 1, 0.0,
                                           {injected(StepCurrent{30.0, 0.0, first_ms + 7.0}),
                                            injected(StepCurrent{50.0, first_ms + 12.0, {}})});
    const std::vector<Spike> expected{{first_ms, 0}, {free_ms + 20.0 * std::log(50.0 / 30.0), 0}};
    CHECK(distance_ms(record_all(network, free_ms + 12.0)[0], expected) < 1e-9);
}

namespace {

/// The spikes under a drive that changes at a time, by the model's own equations.
template <class Model>
std::vector<Spike> walked_through(
    Model neuron, double drive_before, double drive_after, double change_ms, double end_ms) {
    std::vector<Spike> spikes;
    PointNeuron with = neuron;
    const auto run = [&](auto& x, double drive, double from_ms, double to_ms, double& free_at_ms) {
        set_number(with, std::string("drive_").append(drive_unit_of(with)), drive);
        const Dynamics<Model> equations(std::get<Model>(with));
        double now_ms = from_ms;
        while (now_ms < to_ms) {
            if (now_ms < free_at_ms) {
                const double until_ms = std::min(to_ms, free_at_ms);
                equations.hold(x, until_ms - now_ms);
                now_ms = until_ms;
                continue;
            }
            const double after_ms = equations.advance(x, to_ms - now_ms);
            if (!(after_ms <= to_ms - now_ms)) return;
            now_ms += after_ms;
            spikes.push_back({now_ms, 0});
            equations.reset(x);
            free_at_ms = now_ms + neuron.t_ref_ms;
        }
    };
    auto x = Dynamics<Model>(neuron).start(start_mV_of(with));
    double free_at_ms = 0.0;
    run(x, drive_before, 0.0, change_ms, free_at_ms);
    run(x, drive_after, change_ms, end_ms, free_at_ms);
    return spikes;
}

} // namespace

TEST_CASE("A step of current on a model that is walked is a change of its equations") {
    for (const Case& of : all_models()) {
        std::visit(
            [&]<class Model>(const Model& neuron) {
                if constexpr (Walked<Model> && !std::is_same_v<Model, CustomNeuron>) {
                    CAPTURE(key_of(of.neuron));
                    const double change_ms = 43.21;
                    for (const auto& [before, after] :
                         {std::pair(0.0, of.drive), std::pair(0.2 * of.drive, 1.5 * of.drive),
                          std::pair(of.drive, 0.1 * of.drive)}) {
                        CAPTURE(before, after);
                        const Network network =
                            one_population(of.neuron, 1, start_mV_of(of.neuron),
                                           {injected(StepCurrent{before, 0.0, change_ms}),
                                            injected(StepCurrent{after, change_ms, {}})});
                        const auto expected =
                            walked_through(neuron, before, after, change_ms, 200.0);
                        CHECK(expected.size() >= (before < after ? 3 : 1));
                        CHECK(distance_ms(record_all(network, 200.0)[0], expected) < 1e-8);
                    }
                }
            },
            of.neuron);
    }
}

TEST_CASE("A held sine comes as near to the smooth one as the square of its interval") {
    // V of a leaky membrane under drive A sin(w t), from rest.
    const double A = 8.0;
    const double f_Hz = 40.0;
    const double w = 2.0 * std::numbers::pi * f_Hz * 1e-3;
    LifDelta neuron;
    neuron.V_th_mV = k_huge_mV;
    const auto worst_mV = [&](double interval_ms) {
        const Network network =
            one_population(neuron, 1, 0.0, {injected(SineCurrent{A, 0.0, f_Hz, 0.0, interval_ms})});
        PotentialRecorder recorder({{{0}, {0}, 10.0, 0.0}});
        Recorder* recorders[]{&recorder};
        Simulator simulator(network, 1);
        simulator.run(200.0, recorders);
        double worst = 0.0;
        for (std::size_t k = 0; k < recorder.times_ms[0].size(); ++k) {
            const double t = recorder.times_ms[0][k];
            const double a = w * neuron.tau_m_ms;
            const double V =
                A / (1.0 + a * a) *
                (std::sin(w * t) - a * std::cos(w * t) + a * std::exp(-t / neuron.tau_m_ms));
            worst = std::max(worst, std::abs(recorder.V_mV[0][k] - V));
        }
        return worst;
    };
    const double coarse = worst_mV(0.5);
    const double fine = worst_mV(0.125);
    CHECK(coarse < A * std::pow(w * 0.5, 2) / 24.0);
    CHECK(fine < 1.05 * coarse / 16.0);
}

TEST_CASE("Noise makes V vary as it should") {
    // 400 neurons, 400 samples each far apart: of the mean a standard error of sd / 400, of the variance one of
    // sqrt(2) / 400; checks at 5.5 of them, which fail by chance once in 3e7.
    constexpr std::size_t k_neurons = 400;
    constexpr int k_samples = 400;
    constexpr double k_errors = 5.5;
    const auto [tau_ms, interval_ms] =
        GENERATE(table<double, double>({{0.0, 1.0}, {0.0, 0.25}, {5.0, 0.5}, {20.0, 2.0}}));
    CAPTURE(tau_ms, interval_ms);
    const bool exp = GENERATE(false, true);
    LifDelta delta;
    delta.tau_m_ms = 10.0;
    delta.V_th_mV = k_huge_mV;
    PointNeuron neuron = delta;
    if (exp) {
        LifExp e;
        e.tau_m_ms = 10.0;
        e.E_L_mV = 0.0;
        e.V_reset_mV = 0.0;
        e.V_th_mV = k_huge_mV;
        neuron = e;
    }
    const double sd = 6.0;
    const double mean = 3.0;
    const Network network = one_population(neuron, k_neurons, 0.0,
                                           {injected(NoiseCurrent{mean, sd, tau_ms, interval_ms})});
    const double apart_ms = 200.0;
    const double lag_ms = 4.0 * interval_ms;
    std::vector<std::uint32_t> all(k_neurons);
    for (std::uint32_t n = 0; n < k_neurons; ++n)
        all[n] = n;
    PotentialRecorder recorder({{{0}, all, apart_ms, 0.0}, {{0}, all, apart_ms, lag_ms}});
    Recorder* recorders[]{&recorder};
    Simulator simulator(network, 1);
    simulator.run(apart_ms * (k_samples + 1) + 1.0, recorders);
    // V_(k+1) = q V_k + (1 - q) x_k, x_(k+1) = r x_k + ..
    const double q = std::exp(-interval_ms / 10.0);
    const double r = tau_ms > 0.0 ? std::exp(-interval_ms / tau_ms) : 0.0;
    const double covariance = (1.0 - q) * r / (1.0 - r * q) * sd * sd; // of V_k and x_k
    const double variance = (1.0 - q) / (1.0 + q) * (1.0 + r * q) / (1.0 - r * q) * sd * sd;
    double at_lag = variance;
    double of_x = covariance;
    for (int k = 0; k < 4; ++k) {
        at_lag = q * at_lag + (1.0 - q) * of_x;
        of_x *= r;
    }
    double sum = 0.0;
    double squares = 0.0;
    double products = 0.0;
    std::size_t n = 0;
    const std::size_t skip = k_neurons; // time 0
    for (std::size_t k = skip; k < recorder.V_mV[1].size(); ++k, ++n) {
        const double a = recorder.V_mV[0][k] - mean;
        const double b = recorder.V_mV[1][k] - mean;
        sum += a;
        squares += a * a;
        products += a * b;
    }
    REQUIRE(n >= k_neurons * k_samples);
    const auto count = static_cast<double>(n);
    CHECK(std::abs(sum / count) < k_errors * std::sqrt(variance / count));
    CHECK(std::abs(squares / count - variance) < k_errors * variance * std::sqrt(2.0 / count));
    CHECK(std::abs(products / count - at_lag) <
          k_errors * std::sqrt((variance * variance + at_lag * at_lag) / count));
}

TEST_CASE("A neuron with numbers of its own is as one of a population that has them") {
    for (const Case& of : all_models()) {
        const std::string key(key_of(of.neuron));
        CAPTURE(key);
        Network varied = driven(of.neuron, of.weight);
        NeuronPopulation& cells = cells_of(varied);
        constexpr std::size_t k_neurons = 40; // with padding lanes
        cells.size = k_neurons;
        std::get<SynapticProjection>(varied.projections[0]).connector = AllToAll{};
        std::get<SynapticProjection>(varied.projections[0]).weight = Constant{of.weight};
        std::get<SynapticProjection>(varied.projections[0]).delay_ms = Constant{0.5};
        set_number(cells.neuron, of.drive_key, of.drive);
        // All that may vary, by up to a tenth.
        const Network same = varied;
        RandomStream stream = random_stream(11);
        std::visit(
            [&]<class Model>(const Model& model) {
                for_each_field<Model>([&](const auto& field) {
                    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>,
                                                 Number<Model>>) {
                        if (!number_of(of.neuron, field.key)->may_vary) return;
                        VariedNumber number{std::string(field.key), {}, {}};
                        for (std::size_t n = 0; n < k_neurons; ++n)
                            number.values.push_back(model.*field.member *
                                                    between(stream, 0.95, 1.05));
                        cells.varied.push_back(number);
                    }
                });
            },
            cells.neuron);
        cells.currents = {{StepCurrent{0.3 * of.drive, 50.0, 120.0}, 10, 20}};
        const auto together = by_neuron(record_all(varied, 250.0)[0], 1e9);
        CHECK(together.size() > 2 * k_neurons);
        double worst_ms = 0.0;
        for (std::uint32_t n = 0; n < k_neurons; n += 3) {
            Network alone = same;
            NeuronPopulation& one = cells_of(alone);
            one.size = 1;
            for (const VariedNumber& number : cells.varied)
                set_number(one.neuron, number.key, number.values[n]);
            if (n >= 10 && n < 30)
                one.currents = {injected(StepCurrent{0.3 * of.drive, 50.0, 120.0})};
            auto expected = record_all(alone, 250.0)[0];
            std::vector<Spike> own;
            for (const Spike& spike : together) {
                if (spike.source == n) own.push_back({spike.t_ms, 0});
            }
            CAPTURE(n);
            worst_ms = std::max(worst_ms, distance_ms(own, expected));
        }
        CHECK(worst_ms < 1e-8);
    }
}

TEST_CASE("Numbers that vary follow their law, whatever the blocks") {
    NeuronPopulation cells = population_of(LifExp{}, 20'000, -60.0);
    cells.varied = {{"t_ref_ms", Uniform{2.0, 6.0}, {}},
                    {"V_th_mV", Normal{-50.0, 2.0, -58.0, -40.0}, {}}};
    const auto all =
        values_of(cells.varied[1], number_of(cells.neuron, "V_th_mV")->place, {3, 0}, 0, 20'000);
    double sum = 0.0;
    double squares = 0.0;
    for (const double v : all) {
        sum += v + 50.0;
        squares += (v + 50.0) * (v + 50.0);
    }
    CHECK(std::abs(sum / 20'000) < 5.5 * 2.0 / std::sqrt(20'000.0));
    CHECK(std::abs(squares / 20'000 - 4.0) < 5.5 * 4.0 * std::sqrt(2.0 / 20'000.0));
    const auto some =
        values_of(cells.varied[1], number_of(cells.neuron, "V_th_mV")->place, {3, 0}, 777, 50);
    CHECK(std::equal(some.begin(), some.end(), all.begin() + 777));
    // Another number of the same neurons is drawn by itself.
    const auto other = values_of({"V_th_mV", Normal{-50.0, 2.0, -58.0, -40.0}, {}},
                                 number_of(cells.neuron, "t_ref_ms")->place, {3, 0}, 0, 20'000);
    double products = 0.0;
    for (std::size_t n = 0; n < all.size(); ++n)
        products += (all[n] + 50.0) * (other[n] + 50.0);
    CHECK(std::abs(products / 20'000) < 5.5 * 4.0 / std::sqrt(20'000.0));
}
