#include "core/error.hpp"
#include "experiments/lif_sampling.hpp"
#include "io/csv.hpp"
#include "io/pynn/pynn.hpp"
#include "io/sonata/sonata.hpp"
#include "support/everything.hpp"
#include "support/output.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace spikewell;
using namespace spikewell::io;
using spikewell::test::published;
using spikewell::test::ScratchFolder;

namespace {

/// Three nodes and what they were asked.
struct Example {
    Model model;
    experiments::Probe probe;
    experiments::LifSampler sampler;
    Example() {
        model.spiking = true;
        model.coupling = Matrix(3, 3);
        model.coupling(0, 1) = 0.5; // from node 1 to node 0
        model.coupling(2, 0) = -0.25;
        probe.n_clean = 1;
        probe.targets = probe.evidence = probe.states = Matrix(3, 2);
        probe.evidence(2, 1) = 0.125; // of node 2 in trial 1
        sampler.neuron.tau_m_ms = 1.0;
        sampler.neuron.t_ref_ms = 10.0;
        sampler.neuron.tau_syn_exc_ms = sampler.neuron.tau_syn_inh_ms = 30.0;
        sampler.offset_mV = -1.5;
        sampler.slope_mV = 2.25;
    }
};

/// No template may be left.
bool has_placeholder(const std::string& text) {
    for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@', at + 1)) {
        const std::size_t end = text.find('@', at + 1);
        if (end == std::string::npos) return false;
        const std::string inner = text.substr(at + 1, end - at - 1);
        if (!inner.empty() && std::all_of(inner.begin(), inner.end(), [](unsigned char c) {
                return std::isalnum(c) != 0 || c == '_';
            }))
            return true;
    }
    return false;
}

} // namespace

TEST_CASE("LIF neurons under Poisson noise have a logistic activation function") {
    const experiments::LifSampler sampler = experiments::calibrated_lif_sampler(10.0, 1);
    // 400 periods x 40 neurons a point, correlated over about two periods: standard error of a
    // probability <= sqrt(0.25 / 8000) = 0.0056, of the rms less; the rest is the fit's.
    CHECK(sampler.rms_deviation < 0.015);
    CHECK(sampler.largest_deviation < 0.03);
    CHECK(sampler.slope_mV > 0.0);
    const experiments::LifSampler again = experiments::calibrated_lif_sampler(10.0, 1);
    CHECK(again.offset_mV == sampler.offset_mV);
    CHECK(again.slope_mV == sampler.slope_mV);
    const experiments::LifSampler other = experiments::calibrated_lif_sampler(10.0, 2);
    CHECK(other.offset_mV == Approx(sampler.offset_mV).margin(0.1));
    CHECK(other.slope_mV == Approx(sampler.slope_mV).epsilon(0.05));
    CHECK_THROWS_WITH(experiments::calibrated_lif_sampler(1.0, 1),
                      Catch::Contains("tau_ref_ms must be > 1.1"));
}

TEST_CASE("A pulse's mean lag is its centre of mass") {
    const Pulse pulse{10.0, 30.0};
    CHECK(pulse.left_over() == Approx(std::exp(-1.0 / 3.0)));
    constexpr int n_steps = 1000; // midpoint rule: error of second order, < 1e-6
    double mass = 0.0;
    double moment = 0.0;
    for (int k = 0; k < n_steps; ++k) {
        const double t_ms = 10.0 * (k + 0.5) / n_steps;
        mass += std::exp(-t_ms / 30.0);
        moment += t_ms * std::exp(-t_ms / 30.0);
    }
    CHECK(pulse.mean_lag_ms() == Approx(moment / mass).epsilon(1e-6));
}

TEST_CASE("A model for PyNN is one script and its tables") {
    const Example example;
    const ScratchFolder folder;
    const ExportReport report = published(folder / "p", [&](const FolderOutput& output) {
        return export_pynn(example.model, "a \"model\".json", example.sampler, example.probe,
                           output);
    });
    const std::string script = folder.content("p/attractor_network.py");
    CHECK_FALSE(has_placeholder(script));
    CHECK_THAT(script, Catch::Contains("a \\\"model\\\".json"));
    // A back end that is not there is one line.
    CHECK_THAT(script, Catch::Contains("sim = imported(options.backend)"));
    CHECK_THAT(script,
               Catch::Contains("raise SystemExit(f\"BACKEND: {backend} cannot be imported"));
    CHECK_THAT(script, Catch::Contains("\nOFFSET = -1.5\nSLOPE = 2.25\n"));
    // Mean lags: 3.93 + 3 + 10 / 2 of the network, 30 - 10 / (exp(1/3) - 1) + 1 of the sampler.
    CHECK_THAT(script, Catch::Contains("\nDELAY = 6.20874\n"));
    const Matrix J = read_csv(folder / "p/coupling.csv");
    CHECK(J == example.model.coupling);
    const Matrix evidence = read_csv(folder / "p/evidence.csv");
    CHECK(evidence.rows == 2);
    CHECK(evidence(1, 2) == 0.125);
    CHECK(report.approximated.size() == 3);
    CHECK(folder.entry_count() == 7); // and the main file
}

TEST_CASE("A model whose lag is too short for the sampler is refused") {
    Example example;
    example.model.config.spiking.delay_ms = 0.0;
    example.model.config.spiking.tau_m_ms = 0.0;
    const ScratchFolder folder;
    CHECK_THROWS_WITH(
        published(folder / "p",
                  [&](const FolderOutput& output) {
                      return export_pynn(example.model, "m", example.sampler, example.probe,
                                         output);
                  }),
        "delay: mean lag of 5 ms must be > 5.723 ms, that of the sampler's pulses and membrane");
    CHECK(folder.entry_count() == 0);
}

TEST_CASE(
    "A network for PyNN has a line for each population and projection, and says what is lost") {
    NetworkDescription description{test::everything_exported(3), 20.0, {}};
    for (Population& population : description.network.populations) {
        std::visit([](auto& p) { std::replace(p.name.begin(), p.name.end(), ' ', '_'); },
                   population);
    }
    description.recordings = {{"a", SpikeRecording{{{0}, 0, {}}}},
                              {"V", PotentialRecording{{{0}, 0, {}}, 1.0}}};
    const ScratchFolder folder;
    const ExportReport report = published(folder / "p", [&](const FolderOutput& output) {
        return export_pynn(description, "n.json", output);
    });
    const std::string script = folder.content("p/network.py");
    CHECK_FALSE(has_placeholder(script));
    CHECK_THAT(script, Catch::Contains("\"poisson\": (80, 20),"));
    CHECK_THAT(script, Catch::Contains("\"delta\": (150, \"IF_curr_delta\", {\"tau_m\":20.0"));
    CHECK_THAT(script, Catch::Contains("RECORDED = [\"delta\"]"));
    CHECK_THAT(script, Catch::Contains("\"A_plus\": 0.05"));
    const auto has = [](const std::vector<std::string>& entries, const std::string& entry) {
        return std::find(entries.begin(), entries.end(), entry) != entries.end();
    };
    CHECK(has(report.lost, "recording V"));
    CHECK(has(report.lost, "inhibitory STDP of 1 elsewhere than on pyNN.brian2: its weights stay"));
    CHECK(has(report.approximated,
              "soft_exp: has a sharp threshold at -50 mV in place of escape noise"));
    CHECK(std::filesystem::exists(folder / "p/spikes_listed.csv"));
    CHECK(std::filesystem::exists(folder / "p/initial_delta.csv"));
}

namespace {

bool says(const std::vector<std::string>& entries, const std::string& text) {
    return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
        return entry.find(text) != std::string::npos;
    });
}

/// What a network gets.
struct Exported {
    ScratchFolder folder;
    ExportReport report;
    explicit Exported(const NetworkDescription& description)
        : report(published(folder / "p", [&](const FolderOutput& output) {
              return export_pynn(description, "n.json", output);
          })) {}
    [[nodiscard]] std::string script() const { return folder.content("p/network.py"); }
};

NetworkDescription of_cells(const PointNeuron& neuron, const Distribution& V_init_mV) {
    return {{{NeuronPopulation{"E", 3, neuron, V_init_mV, {}}}, {}, 1}, 20.0, {}};
}

} // namespace

TEST_CASE("What neurons have of their own is lost to SONATA, and nothing else is said of it") {
    NeuronPopulation cells{.name = "E", .size = 3};
    NetworkDescription description{{{cells}, {}, 1}, 20.0, {}};
    const auto report_of = [&] {
        const ScratchFolder folder;
        return published(folder / "p", [&](const FolderOutput& output) {
            return export_sonata(description, output);
        });
    };
    const ExportReport alike = report_of();
    CHECK_FALSE(says(alike.lost, "injected currents"));
    CHECK_FALSE(says(alike.exact, "but for what is lost"));
    cells.currents = {{StepCurrent{1.0, 0.0, {}}, 0, {}}};
    cells.varied = {{"V_th_mV", Uniform{15.0, 25.0}, {}}};
    description.network.populations = {cells};
    const ExportReport differing = report_of();
    CHECK(says(differing.lost, "injected currents of E"));
    CHECK(says(differing.lost, "V_th_mV of each neuron of E: all have 20"));
    CHECK(says(differing.exact, "but for what is lost"));
}

TEST_CASE("PyNN gets values of each neuron's own and injected currents") {
    NetworkDescription description = of_cells(LifDelta{}, Constant{0.0});
    auto& cells = std::get<NeuronPopulation>(description.network.populations[0]);
    cells.varied = {{"V_th_mV", Constant{}, {15.0, 17.5, 20.0}},
                    {"t_ref_ms", Constant{}, {2.0, 3.0, 4.0}}};
    cells.currents = {{StepCurrent{1.5, 2.0, 8.0}, 1, 2},
                      {TableCurrent{{1.0, 4.0}, {2.0, -3.0}}, 0, {}},
                      {SineCurrent{2.0, 0.5, 40.0, 0.5, 0.1, 0.0, {}}, 0, {}},
                      {NoiseCurrent{0.25, 3.0, 7.0, 0.2}, 0, 1}};
    const Exported exported(description);
    const std::string script = exported.script();
    CHECK_THAT(script, Catch::Contains("\"parameters_E.csv\", {\"v\":0.0}),"));
    CHECK(exported.folder.content("p/parameters_E.csv") ==
          "v_thresh,tau_refrac\n15,2\n17.5,3\n20,4\n");
    CHECK_THAT(script,
               Catch::Contains("(\"E\", 1, 2, \"DCSource\", {\"amplitude\": 1.5, \"start\": "
                               "2, \"stop\": 8})"));
    CHECK_THAT(script, Catch::Contains("(\"E\", 0, 3, \"StepCurrentSource\", {\"times\": [1, 4], "
                                       "\"amplitudes\": [2, -3]})"));
    CHECK_THAT(script,
               Catch::Contains("\"ACSource\", {\"amplitude\": 2, \"offset\": 0.5, "
                               "\"frequency\": 40, \"phase\": 28.64788975654116, \"start\": 0}"));
    CHECK_THAT(script, Catch::Contains("\"NoisyCurrentSource\", {\"mean\": 0.25, \"stdev\": 3, "
                                       "\"dt\": 0.2, \"start\": 0}"));
    CHECK(says(exported.report.lost, "noise current of E: its correlation time of 7 ms"));
    CHECK(says(exported.report.lost, "tau_refrac of each neuron of E on pyNN.brian2"));
    CHECK_FALSE(says(exported.report.lost, "injected"));
    CHECK_FALSE(says(exported.report.lost, "v_thresh"));
}

TEST_CASE("Escape noise goes to PyNN as a sharp threshold at its soft one") {
    LifDelta delta;
    delta.escape = EscapeRate{50.0, 12.0, 3.0};
    LifExp exp;
    exp.escape = EscapeRate{50.0, -52.5, 3.0};
    const Exported of_delta(of_cells(delta, Uniform{11.0, 13.0}));
    CHECK_THAT(of_delta.script(), Catch::Contains("\"v_thresh\":12.0"));
    CHECK(says(of_delta.report.approximated, "has a sharp threshold at 12 mV"));
    CHECK(says(of_delta.report.approximated, "start above the sharp threshold"));
    const Exported of_exp(of_cells(exp, Constant{-60.0}));
    CHECK_THAT(of_exp.script(), Catch::Contains("\"v_thresh\":-52.5"));
    CHECK_FALSE(says(of_exp.report.approximated, "start above"));
    delta.escape->theta_mV = delta.V_reset_mV = 30.0; // nor is V_th above
    CHECK_THROWS_WITH(Exported(of_cells(delta, Constant{0.0})),
                      "E: theta_mV (or V_th_mV), PyNN's sharp threshold in place of escape noise, "
                      "must be > V_reset_mV = 30, got 30");
}

TEST_CASE("PyNN's report says which refractory periods and delays become a time step") {
    LifDelta none;
    none.t_ref_ms = 0.0;
    NetworkDescription description = of_cells(none, Constant{0.0});
    SynapticProjection at_once;
    at_once.weight = Constant{0.1};
    at_once.delay_ms = Constant{0.02};
    description.network.projections = {at_once};
    const ExportReport report = Exported(description).report;
    CHECK(says(report.approximated,
               "E: refractory periods below a time step, as of 0 ms, are one: 0.1 ms"));
    CHECK(says(report.approximated, "E to E: 9 delays below half a time step are one: 0.1 ms"));
    none.t_ref_ms = 0.5;
    const ExportReport half = Exported(of_cells(none, Constant{0.0})).report;
    CHECK(says(half.approximated, "as of 0.5 ms, are one: 1 ms on spiNNaker"));
    CHECK_FALSE(says(half.approximated, "are one: 0.1 ms"));
    none.t_ref_ms = 2.0;
    CHECK_FALSE(says(Exported(of_cells(none, Constant{0.0})).report.approximated, "are one"));
}

TEST_CASE("PyNN's report counts spikes that share a time step, and names draws") {
    NetworkDescription description;
    description.duration_ms = 50.0;
    description.network.populations = {
        SpikeListPopulation{"S", 2, {{1.0, 0}, {1.02, 0}, {1.04, 1}, {1.3, 0}, {7.0, 1}}},
        GammaPopulation{"G", 5, PoissonRate::constant(100.0), 3.0},
        PoissonPopulation{"fast", 1, PoissonRate::constant(2000.0)}};
    const ExportReport report = Exported(description).report;
    CHECK(says(report.lost,
               "1 of 5 spikes of S: a neuron's second and more in a time step of 0.1 ms"));
    CHECK(
        says(report.lost,
             "2 of 5 spikes of S: a neuron's second and more in a time step of 1 ms on spiNNaker"));
    CHECK(says(report.approximated, "G: one draw of"));
    CHECK(says(report.approximated, "fast: 2000 Hz; pyNN.brian2 gives"));
}

TEST_CASE("Izhikevich's neuron goes to PyNN, with what PyNN has not") {
    Izhikevich neuron;
    neuron.drive_mV_per_ms = 4.0;
    const Exported plain(of_cells(neuron, Constant{-60.0}));
    CHECK_THAT(plain.script(),
               Catch::Contains("\"Izhikevich\", {\"a\":0.02,\"b\":0.2,\"c\":-65.0,\"d\":"
                               "8.0,\"i_offset\":0.004}, None, {\"v\":-60.0,\"u\":-12.0}"));
    CHECK_FALSE(says(plain.report.approximated, "cut at"));
    const Exported spread(of_cells(neuron, Uniform{-70.0, -60.0}));
    const Matrix initial = read_headed_csv(spread.folder / "p/initial_E.csv").values;
    REQUIRE(initial.cols == 2);
    REQUIRE(initial.rows > 1);
    for (std::size_t n = 0; n < initial.rows; ++n) // u = b v
        CHECK(initial(n, 1) == Approx(0.2 * initial(n, 0)));
    neuron.V_peak_mV = 25.0;
    neuron.t_ref_ms = 2.0;
    const ExportReport report = Exported(of_cells(neuron, Uniform{-70.0, -60.0})).report;
    CHECK(says(report.approximated, "E: its spikes are cut at 30 mV, not at 25 mV"));
    CHECK(says(report.approximated, "E: has no refractory period in place of 2 ms"));
    CHECK_THROWS_WITH(Exported(of_cells(Glif{}, Constant{-78.0})), Catch::Contains("PyNN has no"));
}

TEST_CASE("PyNN gets the rules of synapses, and hears of what back ends do otherwise") {
    NetworkDescription description = of_cells(LifDelta{}, Constant{0.0});
    SynapticProjection p;
    p.weight = Constant{0.1};
    p.plasticity = GuetigStdp{.mu_plus = 0.3, .mu_minus = 0.6};
    p.dendritic_delay_fraction = 0.4;
    p.short_term = TsodyksMarkram{0.3, 200.0, 50.0};
    SynapticProjection triplets = p;
    triplets.name = "T";
    TripletStdp triplet;
    triplet.tau_plus_ms = 16.0;
    triplet.tau_minus_ms = 33.0;
    triplet.tau_x_ms = 101.0;
    triplet.tau_y_ms = 114.0;
    triplet.A2_plus = 0.005;
    triplet.A3_plus = 0.006;
    triplet.A2_minus = 0.007;
    triplet.A3_minus = 0.0002;
    triplet.w_max = 2.0;
    triplets.plasticity = triplet;
    triplets.short_term = {};
    SynapticProjection rewarded = triplets;
    rewarded.name = "R";
    rewarded.plasticity = RewardStdp{};
    rewarded.third_factor = ThirdFactorSource{{{0}, 0, {}}, 1.0};
    SynapticProjection inhibitory = triplets;
    inhibitory.name = "I";
    inhibitory.plasticity =
        InhibitoryStdp{.tau_ms = 20.0, .eta = 0.01, .target_rate_Hz = 5.0, .w_max = 3.0};
    inhibitory.weight = Constant{-0.1};
    inhibitory.dendritic_delay_fraction = 0.0;
    SynapticProjection dendritic = inhibitory;
    dendritic.name = "D";
    dendritic.dendritic_delay_fraction = 1.0;
    description.network.projections = {p, triplets, rewarded, inhibitory, dendritic};
    const Exported exported(description);
    const std::string script = exported.script();
    CHECK_THAT(script, Catch::Contains("\"dependence\": \"gutig\""));
    CHECK_THAT(script, Catch::Contains(
                           "\"mu_plus\": 0.3, \"mu_minus\": 0.6}, {\"U\": 0.3, \"tau_rec\": 200, "
                           "\"tau_facil\": 50}),"));
    CHECK_THAT(script, Catch::Contains(
                           R"({"rule": "triplet", "tau_plus": 16, "tau_minus": 33, "tau_x": 101, )"
                           R"("tau_y": 114, "A2_plus": 0.005, "A3_plus": 0.006, )"
                           R"("A2_minus": 0.007, "A3_minus": 0.0002, "w_max": 2})"));
    // Vogels 2011: depression at a spike of the source is 2 rho tau.
    CHECK_THAT(script, Catch::Contains(R"({"rule": "inhibitory", "tau_plus": 20, "tau_minus": 20, )"
                                       R"("eta": 0.01, "rho": 0.2, "w_max": 3})"));
    CHECK(says(exported.report.approximated,
               "plasticity of I: dendritic part of the delay 1 elsewhere, not 0"));
    CHECK(says(exported.report.approximated,
               "plasticity of D: dendritic part of the delay 0 on pyNN.brian2, not 1"));
    CHECK_THAT(script, Catch::Contains("(\"E\", \"E\", \"synapses_2.csv\", None, None),"));
    CHECK(says(
        exported.report.approximated,
        "plasticity of T: dendritic part of the delay 0 on pyNN.brian2, 1 elsewhere, not 0.4"));
    CHECK(says(exported.report.lost, "triplet STDP of T elsewhere than on pyNN.brian2"));
    CHECK(says(exported.report.lost, "reward-modulated STDP of R: its weights stay"));
    CHECK(says(exported.report.lost,
               "short-term plasticity of E to E elsewhere than on pyNN.brian2"));
    CHECK_FALSE(says(exported.report.approximated, "plasticity of R"));
}
