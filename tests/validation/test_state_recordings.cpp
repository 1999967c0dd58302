#include "neuron_models/state_columns.hpp"
#include "support/everything.hpp"
#include "support/lif.hpp"
#include "support/networks.hpp"

#include <functional>
#include <numbers>
#include <string>

using namespace spikewell;
using namespace spikewell::test;

// What recordings of state variables tell, against closed forms and an integration of their own.

namespace {

constexpr double k_arrival_ms = 2.5;

/// What a run tells of one variable of neuron 0, at these times.
std::vector<double> told_of(const Network& network,
                            std::string_view variable,
                            const std::vector<double>& times_ms) {
    const auto& cells = std::get<NeuronPopulation>(network.populations[0]);
    const auto column = state_column(cells.neuron, variable);
    REQUIRE(column);
    PotentialRecorder recorder({{{0}, {0}, 1.0, 0.0, {*column}, times_ms}});
    Simulator simulator(network);
    simulator.run(times_ms.back() + 1.0, std::array<Recorder*, 1>{&recorder});
    CHECK((recorder.times_ms[0] == times_ms));
    return recorder.V_mV[0];
}

/// What a synaptic variable is at s after one spike of this weight arrived.
struct SynapticCase {
    PointNeuron neuron;
    double V_init_mV;
    double weight;
    std::string variable;
    std::function<double(double)> at;
};

std::function<double(double)> decay(double size, double tau_ms) {
    return [=](double s_ms) { return size * std::exp(-s_ms / tau_ms); };
}
std::function<double(double)> alpha(double peak, double tau_ms) {
    return [=](double s_ms) {
        return peak * std::numbers::e * s_ms / tau_ms * std::exp(-s_ms / tau_ms);
    };
}

std::vector<SynapticCase> synaptic_cases() {
    LifExp exp = exp_neuron(); // at rest below threshold
    LifExp held = exp;
    held.V_th_mV = -59.5; // fires, and is refractory thereafter
    held.t_ref_ms = 50.0;
    return {{exp, -60.0, 2.0, "g_e_mV", decay(2.0, 5.0)},
            {exp, -60.0, -2.0, "g_i_mV", decay(-2.0, 10.0)},
            {exp, -60.0, -2.0, "g_e_mV", decay(0.0, 5.0)},
            {held, -60.0, 40.0, "g_e_mV", decay(40.0, 5.0)},
            {LifAlpha{}, -70.0, 30.0, "I_e_pA", alpha(30.0, 2.0)},
            {LifAlpha{}, -70.0, -30.0, "I_i_pA", alpha(-30.0, 2.0)},
            {LifAdapt{}, -70.0, 30.0, "I_e_pA", decay(30.0, 5.0)},
            {Glif{}, -78.85, 30.0, "I_e_pA", alpha(30.0, 2.0)},
            {Glif{}, -78.85, -30.0, "I_i_pA", alpha(-30.0, 2.0)},
            {LifCondExp{}, -60.0, 3.0, "g_e_nS", decay(3.0, 5.0)},
            {LifCondExp{}, -60.0, -3.0, "g_i_nS", decay(3.0, 10.0)},
            {AdEx{}, -70.6, 3.0, "g_e_nS", decay(3.0, 5.0)},
            {AdEx{}, -70.6, -3.0, "g_i_nS", decay(3.0, 10.0)}};
}

/// V and w of AdEx without input, by Runge & Kutta's rule in steps that are far too short.
struct NaiveAdEx {
    AdEx p;
    std::array<double, 2> x;

    [[nodiscard]] std::array<double, 2> slope(const std::array<double, 2>& at) const {
        const auto [V, w] = at;
        const double spike = p.g_L_nS * p.Delta_T_mV * std::exp((V - p.V_T_mV) / p.Delta_T_mV);
        return {(-p.g_L_nS * (V - p.E_L_mV) + spike - w + p.drive_pA) / p.C_m_pF,
                (p.a_nS * (V - p.E_L_mV) - w) / p.tau_w_ms};
    }
    void step(double h_ms) {
        const double w_pA = x[1]; // what the step makes of it where V has no bound is no number
        const auto plus = [&](const std::array<double, 2>& k, double share) {
            return std::array{x[0] + share * h_ms * k[0], x[1] + share * h_ms * k[1]};
        };
        const auto k1 = slope(x);
        const auto k2 = slope(plus(k1, 0.5));
        const auto k3 = slope(plus(k2, 0.5));
        const auto k4 = slope(plus(k3, 1.0));
        for (std::size_t i = 0; i < 2; ++i)
            x[i] += h_ms / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
        if (!(x[0] < p.V_peak_mV)) x = {p.V_reset_mV, w_pA + p.b_pA};
    }
};

} // namespace

TEST_CASE("Recorded synaptic variables follow one spike as their closed forms do") {
    const std::vector<double> times_ms{0.0, 1.0, k_arrival_ms, 2.501, 3.0, 4.75, 20.0, 41.1};
    for (const SynapticCase& one : synaptic_cases()) {
        CAPTURE(key_of(one.neuron), one.variable, one.weight);
        const Network network =
            driven_neuron(one.neuron, one.V_init_mV, {{k_arrival_ms, one.weight}});
        const std::vector<double> told = told_of(network, one.variable, times_ms);
        REQUIRE(told.size() == times_ms.size());
        for (std::size_t k = 0; k < told.size(); ++k) {
            const double s_ms = times_ms[k] - k_arrival_ms;
            CAPTURE(times_ms[k]);
            // Samples are from before what happens at that very time.
            CHECK(told[k] == Approx(s_ms > 0.0 ? one.at(s_ms) : 0.0).epsilon(1e-10).margin(1e-12));
        }
    }
}

TEST_CASE("Recorded adaptation is what the neuron's own spikes left") {
    LifAdapt neuron;
    neuron.drive_pA = 400.0;
    const Network network = driven_neuron(neuron, -70.0, {});
    const std::vector<Spike> spikes = record_all(network, 201.0)[0];
    REQUIRE(spikes.size() > 3);
    const std::vector<double> times_ms{5.0, spikes[0].t_ms, 30.0, 77.7, 200.0};
    const std::vector<double> w_pA = told_of(network, "w_pA", times_ms);
    const std::vector<double> theta_mV = told_of(network, "theta_mV", times_ms);
    for (std::size_t k = 0; k < times_ms.size(); ++k) {
        double w = 0.0;
        double theta = 0.0;
        for (const Spike& spike : spikes) {
            if (spike.t_ms >= times_ms[k]) continue;
            w += neuron.b_pA * std::exp((spike.t_ms - times_ms[k]) / neuron.tau_w_ms);
            theta += neuron.b_th_mV * std::exp((spike.t_ms - times_ms[k]) / neuron.tau_th_ms);
        }
        CAPTURE(times_ms[k]);
        CHECK(w_pA[k] == Approx(w).epsilon(1e-10).margin(1e-12));
        CHECK(theta_mV[k] == Approx(theta).epsilon(1e-10).margin(1e-12));
    }
}

// A spike's own lines of the card: what is left when the refractory period is over, decays from there on; V until then
// follows from the threshold at which the neuron fired.
TEST_CASE("Recorded after-spike currents, threshold and resets of GLIF are those of its card") {
    Glif neuron;
    neuron.drive_pA = 500.0;
    neuron.asc_1_fraction = 0.7;
    neuron.asc_2_fraction = 0.4;
    neuron.b_th_mV = 2.5;
    neuron.t_ref_ms = GENERATE(3.75, 27.0); // of windows of 10 ms
    const Network network = driven_neuron(neuron, -78.85, {});
    const std::vector<Spike> spikes = record_all(network, 201.0)[0];
    REQUIRE(spikes.size() > 3);
    const auto after = [](double before, double share, double by, double t_ref_ms, double tau_ms) {
        return share * before * std::exp(-t_ref_ms / tau_ms) + by;
    };
    std::array<double, 3> left{}; // A_1, A_2, theta when the last refractory period was over
    double free_ms = 0.0;
    const std::array<double, 3> taus_ms{neuron.tau_asc_1_ms, neuron.tau_asc_2_ms, neuron.tau_th_ms};
    const std::array<double, 3> shares{neuron.asc_1_fraction, neuron.asc_2_fraction, 1.0};
    const std::array<double, 3> jumps{neuron.asc_1_pA, neuron.asc_2_pA, neuron.b_th_mV};
    for (std::size_t k = 0; k + 1 < spikes.size(); ++k) {
        std::array<double, 3> now = left;
        for (std::size_t i = 0; i < 3; ++i)
            now[i] *= std::exp((free_ms - spikes[k].t_ms) / taus_ms[i]);
        const double V_mV =
            neuron.V_reset_mV + neuron.reset_fraction * (neuron.V_th_mV + now[2] - neuron.E_L_mV);
        const std::vector<double> held_ms{spikes[k].t_ms + 0.1, spikes[k].t_ms + 3.5,
                                          spikes[k].t_ms + 0.97 * neuron.t_ref_ms};
        CAPTURE(k, spikes[k].t_ms);
        for (const double told_mV : told_of(network, "V_mV", held_ms))
            CHECK(told_mV == Approx(V_mV).epsilon(1e-12));
        for (std::size_t i = 0; i < 3; ++i)
            left[i] = after(now[i], shares[i], jumps[i], neuron.t_ref_ms, taus_ms[i]);
        free_ms = spikes[k].t_ms + neuron.t_ref_ms;
        // Before the spike, whose last digits depend on where the run's windows end.
        const double next_ms = spikes[k + 1].t_ms - 1e-9;
        const std::vector<double> times_ms{free_ms, 0.5 * (free_ms + next_ms), next_ms};
        constexpr std::array<const char*, 3> k_names{"A_1_pA", "A_2_pA", "theta_mV"};
        for (std::size_t i = 0; i < 3; ++i) {
            const std::vector<double> told = told_of(network, k_names[i], times_ms);
            for (std::size_t t = 0; t < times_ms.size(); ++t) {
                CAPTURE(k_names[i], times_ms[t]);
                CHECK(told[t] == Approx(left[i] * std::exp((free_ms - times_ms[t]) / taus_ms[i]))
                                     .epsilon(1e-10));
            }
        }
        const double height_mV =
            told_of(network, "V_mV", {next_ms})[0] - told_of(network, "theta_mV", {next_ms})[0];
        CHECK(std::abs(height_mV - neuron.V_th_mV) < 1e-7);
    }
}

TEST_CASE("Recorded potential and adaptation of AdEx are those of another integration") {
    AdEx neuron;
    neuron.drive_pA = 900.0;
    constexpr double k_step_ms = 1e-4;
    const Network network = driven_neuron(neuron, -70.6, {});
    REQUIRE(record_all(network, 61.0)[0].size() >= 3);
    PotentialRecorder recorder({{{0}, {0}, 1.25, 0.0, {1, 0}}});
    Simulator simulator(network);
    simulator.run(60.0, std::array<Recorder*, 1>{&recorder});
    NaiveAdEx naive{neuron, {-70.6, 0.0}};
    REQUIRE(recorder.times_ms[0].size() == 48);
    for (std::size_t k = 0; k < 48; ++k) {
        CAPTURE(recorder.times_ms[0][k]);
        // A spike comes up to a step late, and V rises by 2 mV / ms.
        CHECK(recorder.V_mV[0][2 * k] == Approx(naive.x[1]).margin(0.02));
        CHECK(recorder.V_mV[0][2 * k + 1] == Approx(naive.x[0]).margin(0.02));
        for (int i = 0; i < 12500; ++i)
            naive.step(k_step_ms);
    }
}

TEST_CASE("Recorded recovery of Izhikevich's neuron begins at b V and follows it") {
    Izhikevich neuron; // a 0.02, b 0.2
    const std::vector<double> times_ms{0.0, 0.01};
    const std::vector<double> u =
        told_of(driven_neuron(neuron, -60.0, {}), "u_mV_per_ms", times_ms);
    const double V_slope = 0.04 * 3600.0 - 300.0 + 140.0 + 12.0; // mV / ms, of -60 mV with u = -12
    CHECK(u[0] == -12.0);
    CHECK(u[1] + 12.0 == Approx(0.5 * 0.02 * 0.2 * V_slope * 1e-4).margin(2e-9)); // a b V' t^2 / 2
}

namespace {

/// Before what happens at t: a spike at s raises its node from s to s + tau_ref.
double sigma_from_spikes(const SpikeRecorder& recorder,
                         const DyadicCode& code,
                         std::uint32_t node,
                         double t_ms) {
    double sigma = code.silent_state();
    for (const std::vector<Spike>* spikes : {&recorder.still_on(), &recorder.spikes()}) {
        for (const Spike& s : *spikes) {
            if (code.node_of(s.source) == node && s.t_ms < t_ms && s.t_ms + code.tau_ref_ms >= t_ms)
                sigma += 2.0 * code.gain_of(s.source);
        }
    }
    return sigma;
}

} // namespace

TEST_CASE("Recorded states of nodes are those that their spikes give") {
    const bool sequential = GENERATE(false, true);
    const Network network =
        sequential ? recurrent(random_couplings(20, 0.3, 2), 4, 0.0, 0.0, 1)
                   : GENERATE(learning(Prediction::spiking),
                              recurrent(random_couplings(150, 0.01, 2), 4, 3.0, 3.93, 1));
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        const DyadicCode code = code_of(network.populations[p]);
        std::vector<std::uint32_t> nodes(code.n_nodes);
        std::iota(nodes.begin(), nodes.end(), 0U);
        SpikeRecorder spikes({p});
        PotentialRecorder states({{{p}, nodes, 0.37, 0.0}});
        Simulator simulator(network);
        simulator.run(60.0, std::array<Recorder*, 2>{&spikes, &states});
        REQUIRE(spikes.spikes().size() > 100);
        REQUIRE(states.times_ms[0].size() == 163); // 0, 0.37 .. below 60
        std::size_t n_wrong = 0;
        std::size_t at = 0;
        for (const double t_ms : states.times_ms[0]) {
            for (const std::uint32_t node : nodes) // sums of powers of 2: exact
                n_wrong +=
                    states.V_mV[0][at++] != sigma_from_spikes(spikes, code, node, t_ms) ? 1U : 0U;
        }
        CHECK(n_wrong == 0);
        CHECK(at == states.V_mV[0].size());
    }
}

TEST_CASE("Weights and couplings of some are those among the weights of all") {
    const Network network =
        GENERATE(everything(1), learning(Prediction::spiking), driven(Prediction::spiking));
    const std::vector<std::uint32_t> pre{0, 2, 5, 6, 9};
    const std::vector<std::uint32_t> post{1, 2, 3, 7, 9, 11, 14};
    struct Weights final : Recorder {
        explicit Weights(std::vector<WeightRequest> asked)
            : requests(std::move(asked)), told(requests.size()) {}
        void on_spikes(PopulationId, SpikeKind, std::span<const Spike>) override {}
        [[nodiscard]] std::vector<WeightRequest> weights() const override { return requests; }
        void on_weights(std::size_t request, double, std::span<const Synapse> s) override {
            told[request].insert(told[request].end(), s.begin(), s.end());
        }
        std::vector<WeightRequest> requests;
        std::vector<std::vector<Synapse>> told;
    };
    std::vector<WeightRequest> requests;
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        const NumbersOfEnds ends = ends_of(network.projections[p], network);
        if (ends.n_pre < 10 || ends.n_post < 15) continue;
        requests.push_back({{p}, 20.0});
        requests.push_back({{p}, 20.0, {}, pre, {}});
        requests.push_back({{p}, 20.0, {}, {}, post});
        requests.push_back({{p}, 20.0, {}, pre, post});
    }
    REQUIRE_FALSE(requests.empty());
    Weights recorder(requests);
    Simulator simulator(network, 2);
    simulator.run(50.0, std::array<Recorder*, 1>{&recorder});
    std::size_t n_of_some = 0;
    for (std::size_t r = 0; r < requests.size(); ++r) {
        const WeightRequest& asked = requests[r];
        std::vector<Synapse> naive;
        for (const Synapse& s : recorder.told[r / 4 * 4]) {
            const auto in = [](const std::vector<std::uint32_t>& list, std::uint32_t k) {
                return list.empty() || std::find(list.begin(), list.end(), k) != list.end();
            };
            if (in(asked.pre, s.pre) && in(asked.post, s.post)) naive.push_back(s);
        }
        CHECK((recorder.told[r] == naive));
        if (r % 4 == 3) n_of_some += naive.size();
    }
    CHECK(n_of_some > 0);
}

TEST_CASE("Recorded couplings are those of a run that is stopped there") {
    Network network =
        GENERATE(learning(Prediction::spiking), learning_in_blocks(Prediction::expected));
    if (GENERATE(false, true)) factorised(network.projections[0]).mask = FixedProbability{0.2};
    struct Couplings final : Recorder {
        void on_spikes(PopulationId, SpikeKind, std::span<const Spike>) override {}
        [[nodiscard]] std::vector<WeightRequest> weights() const override {
            return {{{0}, 20.0}, {{0}, 1.0, {0.0, 30.0}}};
        }
        void on_weights(std::size_t request, double t_ms, std::span<const Synapse> s) override {
            told.push_back({request, t_ms, {s.begin(), s.end()}});
        }
        struct Told {
            std::size_t request;
            double t_ms;
            std::vector<Synapse> pairs;
        };
        std::vector<Told> told;
    } recorder;
    Simulator simulator(network, 2);
    simulator.run(60.0, std::array<Recorder*, 1>{&recorder});
    REQUIRE(recorder.told.size() == 5); // at 0, 20, 30, 40, 60
    REQUIRE(recorder.told[0].t_ms == 0.0);
    const Matrix first = Simulator(network).coupling({0});
    for (const Couplings::Told& told : recorder.told) {
        CAPTURE(told.t_ms, told.request);
        Simulator stopped(network);
        if (told.t_ms > 0.0) stopped.run(60.0, {}, [&](double t_ms) { return t_ms < told.t_ms; });
        CHECK(stopped.time_ms() == told.t_ms);
        const Matrix now = stopped.coupling({0});
        Matrix recorded(now.rows, now.cols);
        for (const Synapse& pair : told.pairs)
            recorded(pair.post, pair.pre) = static_cast<double>(pair.weight);
        CHECK((recorded == now));
        CHECK((now == first) == (told.t_ms == 0.0));
        CHECK(told.pairs.size() >= 150 * 149 / 10);
        CHECK(std::is_sorted(told.pairs.begin(), told.pairs.end(), [](auto& a, auto& b) {
            return std::tie(a.pre, a.post) < std::tie(b.pre, b.post);
        }));
    }
}
