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
    CHECK(has(report.lost, "inhibitory STDP of 1: its weights stay"));
    CHECK(has(report.approximated,
              "soft_exp: has a sharp threshold at -50 mV in place of escape noise"));
    CHECK(std::filesystem::exists(folder / "p/spikes_listed.csv"));
    CHECK(std::filesystem::exists(folder / "p/initial_delta.csv"));
}

TEST_CASE(
    "What neurons have of their own is lost to PyNN and SONATA, and nothing else is said of it") {
    NeuronPopulation cells{.name = "E", .size = 3};
    NetworkDescription description{{{cells}, {}, 1}, 20.0, {}};
    const auto report_of = [&](bool sonata) {
        const ScratchFolder folder;
        return published(folder / "p", [&](const FolderOutput& output) {
            return sonata ? export_sonata(description, output)
                          : export_pynn(description, "n.json", output);
        });
    };
    const auto says = [](const std::vector<std::string>& entries, const std::string& text) {
        return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
            return entry.find(text) != std::string::npos;
        });
    };
    for (const bool sonata : {false, true}) {
        const ExportReport alike = report_of(sonata);
        CHECK_FALSE(says(alike.lost, "injected currents"));
        CHECK_FALSE(says(alike.exact, "but for what is lost"));
    }
    cells.currents = {{StepCurrent{1.0, 0.0, {}}, 0, {}}};
    cells.varied = {{"V_th_mV", Uniform{15.0, 25.0}, {}}};
    description.network.populations = {cells};
    for (const bool sonata : {false, true}) {
        const ExportReport differing = report_of(sonata);
        CHECK(says(differing.lost, "injected currents of E"));
        CHECK(says(differing.lost, "V_th_mV of each neuron of E: all have 20"));
        CHECK(says(differing.exact, "but for what is lost"));
    }
}
