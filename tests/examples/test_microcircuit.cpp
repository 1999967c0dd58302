#include "core/statistics.hpp"
#include "io/network/network_file.hpp"
#include "microcircuit/microcircuit.hpp"
#include "support/program.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

// The cortical microcircuit: one network from two generators, its scaling, and what it does.

using namespace spikewell;
using namespace spikewell::test;
using examples::Background;

namespace {

/// Runs microcircuit.py in a folder.
ProgramEnd generate(const ScratchFolder& folder, const std::string& arguments) {
    return run_command(folder, SPIKEWELL_PYTHON " '" SPIKEWELL_SOURCE_DIR
                                                "/examples/microcircuit/microcircuit.py' " +
                                   arguments);
}

const NeuronPopulation& cells(const Network& network, std::size_t p) {
    return std::get<NeuronPopulation>(network.populations[p]);
}
const LifExp& lif(const Network& network, std::size_t p) {
    return std::get<LifExp>(cells(network, p).neuron);
}

/// Mean and variance (per time constant of the membrane) of a population's input, neurons firing as in the full model.
struct Input {
    double mean_mV = 0.0;
    double variance = 0.0;
};
Input input_of(const Network& network, std::size_t post) {
    const double tau_syn_s = 1e-3 * lif(network, post).tau_syn_exc_ms;
    Input input{lif(network, post).drive_mV, 0.0};
    const auto add = [&](double rate_Hz, double weight_mV) {
        input.mean_mV += rate_Hz * weight_mV * tau_syn_s;
        input.variance += rate_Hz * weight_mV * weight_mV;
    };
    for (const PoissonInput& poisson : cells(network, post).inputs)
        add(poisson.rate.rates_Hz.front(), poisson.weight);
    const auto known = examples::microcircuit_reference();
    for (const Projection& projection : network.projections) {
        const auto& synapses = std::get<SynapticProjection>(projection);
        if (synapses.post.population.index != post) continue;
        const auto total =
            static_cast<double>(std::get<FixedTotalNumber>(synapses.connector).total);
        add(total / static_cast<double>(cells(network, post).size) *
                known[synapses.pre.population.index].rate_Hz,
            std::get<Normal>(synapses.weight).mean);
    }
    return input;
}

double synapses_of(const Network& network) {
    double sum = 0.0;
    for (const Projection& projection : network.projections)
        sum += static_cast<double>(
            std::get<FixedTotalNumber>(std::get<SynapticProjection>(projection).connector).total);
    return sum;
}

} // namespace

TEST_CASE("The microcircuit's network file is the network that C++ makes, number for number") {
    struct Case {
        const char* scale;
        const char* k_scale;
        Background background;
    };
    const Case of =
        GENERATE(Case{"0.02", "0.02", Background::poisson}, Case{"0.1", "0.1", Background::dc},
                 Case{"0.037", "0.5", Background::dc}, Case{"0.5", "0.31", Background::poisson},
                 Case{"1", "1", Background::poisson}, Case{"1", "1", Background::dc});
    const std::string background = of.background == Background::dc ? "dc" : "poisson";
    CAPTURE(of.scale, of.k_scale, background);
    const ScratchFolder folder;
    std::string arguments = std::string("--scale ") + of.scale + " --background " + background +
                            " --seed 12345678901234567890 --record --out net.json";
    if (std::string(of.scale) != of.k_scale) arguments += std::string(" --k-scale ") + of.k_scale;
    const ProgramEnd end = generate(folder, arguments);
    INFO((end.errors.empty() ? "" : end.errors.front()));
    REQUIRE(end.exit_code == 0);
    NetworkDescription file = io::read_network(folder / "net.json");
    CHECK(file.duration_ms == 1000.0);
    CHECK(file.warm_up_ms == 500.0);
    CHECK(file.recordings.size() == 8);
    const NetworkDescription ours{
        examples::microcircuit(
            {std::stod(of.scale), std::stod(of.k_scale), of.background, 12345678901234567890U}),
        file.duration_ms, file.recordings, file.warm_up_ms};
    const nlohmann::json theirs_json = io::network_to_json(file);
    const nlohmann::json ours_json = io::network_to_json(ours);
    CHECK(theirs_json.at("populations").size() == 8);
    INFO(nlohmann::json::diff(ours_json, theirs_json).dump(1));
    CHECK(theirs_json == ours_json);
}

TEST_CASE(
    "What the microcircuit's generator cannot make it refuses in a line, and leaves nothing") {
    const ScratchFolder folder;
    for (const char* wrong :
         {"--scale 0", "--scale 1.1", "--scale nan", "--scale x", "--k-scale -1", "--scale 1e-5",
          "--background none", "--seed -1", "--seed 1.5", "--duration-ms -1", "--warm-up-ms x",
          "--sca 1", "more"}) {
        INFO(wrong);
        const ProgramEnd end = generate(folder, std::string(wrong) + " --out net.json");
        CHECK(end.exit_code == 1);
        CHECK(end.errors.size() == 1);
    }
    CHECK(generate(folder, "--scale 0.1").errors.size() == 1);
    CHECK(generate(folder, "--scale 0.1 --out none/net.json").errors.size() == 1);
    CHECK(folder.entry_count() == 0);
    REQUIRE(generate(folder, "--scale 0.1 --out net.json").exit_code == 0);
    const std::string before = folder.content("net.json");
    const ProgramEnd again = generate(folder, "--scale 0.2 --out net.json");
    CHECK(again.exit_code == 1);
    CHECK(again.errors.size() == 1);
    CHECK(folder.content("net.json") == before);
    CHECK(folder.entry_count() == 1);
    CHECK(generate(folder, "--scale 0.2 --out net.json --force").exit_code == 0);
    CHECK(folder.content("net.json") != before);
}

TEST_CASE("The full microcircuit has the published numbers of neurons and synapses") {
    const Network full = examples::microcircuit({});
    double neurons = 0.0;
    for (std::size_t p = 0; p < full.populations.size(); ++p)
        neurons += static_cast<double>(cells(full, p).size);
    CHECK(neurons == 77169.0);
    // Published as about 299 million.
    CHECK(std::abs(synapses_of(full) - 299e6) < 0.5e6);
    CHECK(full.projections.size() == 55); // 64 pairs, of which 9 are not joined
}

TEST_CASE("Scaled microcircuits keep mean and variance of the input") {
    const Network full = examples::microcircuit({});
    const double k_scale = GENERATE(0.05, 0.3, 1.0);
    const Background background = GENERATE(Background::poisson, Background::dc);
    const Network scaled = examples::microcircuit({0.2, k_scale, background, 1});
    const Network full_dc = examples::microcircuit({1.0, 1.0, background, 1});
    for (std::size_t p = 0; p < full.populations.size(); ++p) {
        // Numbers of neurons and synapses are rounded: to 1 in 213 neurons at most.
        CHECK(input_of(scaled, p).mean_mV == Approx(input_of(full, p).mean_mV).epsilon(0.005));
        CHECK(input_of(scaled, p).variance == Approx(input_of(full_dc, p).variance).epsilon(0.005));
    }
}

// Rates and CVs of a tenth of the model against NEST's of the very network file, of as long runs: CVs depend on that. The standard
// error is of NEST's spread over 10 seeds; a figure is 5 of them off by chance once in 1,400 (Student's t of 9 degrees of freedom), one
// of the 16 in a test once in 90. Seeds are fixed. With inhibition of g = -3 it fails.
TEST_CASE("A tenth of the microcircuit has the rates and irregularity that NEST gives it") {
    const ScratchFolder folder;
    const ProgramEnd end =
        run_command(folder, "'" SPIKEWELL_MICROCIRCUIT "' --out out --seeds 2 --threads 2");
    INFO((end.errors.empty() ? "" : end.errors.front()));
    REQUIRE(end.exit_code == 0);
    CHECK(end.errors.empty());
    const nlohmann::json all = json_of(folder, "out/results.json");
    REQUIRE(all.at("populations").size() == 8);
    const double n_known = all.at("known").at("seeds");
    for (const nlohmann::json& of : all.at("populations")) {
        for (const std::string figure : {"rate_Hz", "cv_isi"}) {
            const std::vector<double> ours = of.at(figure);
            REQUIRE(ours.size() == 2);
            const double known = of.at("known_" + figure).at("mean");
            const double sd = of.at("known_" + figure).at("sd");
            const double error = sd * std::sqrt(1.0 / 2.0 + 1.0 / n_known);
            INFO(of.at("name") << ", " << figure << ": " << mean(ours) << ", known " << known
                               << ", standard error " << error);
            CHECK(std::abs(mean(ours) - known) < 5.0 * error);
        }
        for (const double correlation : of.at("correlation"))
            CHECK(std::abs(correlation) < 0.03); // asynchronous
        CHECK(of.at("ks_of_seeds").at("rates").size() == 1);
    }
    for (const nlohmann::json& run : all.at("runs"))
        CHECK(run.at("energy").at("uJ_per_synaptic_event") > 0.0);
    const std::string page = folder.content("out/report.html");
    for (const char* part :
         {"<h1>The cortical microcircuit", "Spikes of one neuron in", "Kolmogorov"})
        CHECK(page.find(part) != std::string::npos);
}

TEST_CASE("Runs of the microcircuit are compared with others', and wrong options refused") {
    const ScratchFolder folder;
    const std::string small =
        "'" SPIKEWELL_MICROCIRCUIT "' --seeds 1 --scale 0.02 --duration-ms 600 --out ";
    REQUIRE(run_command(folder, small + "first").exit_code == 0);
    REQUIRE(run_command(folder, small + "second --references first first").exit_code == 0);
    for (const nlohmann::json& of : json_of(folder, "second/results.json").at("populations"))
        CHECK(of.at("ks_from_reference").at("rates") == std::vector<double>{0.0, 0.0});
    for (const char* wrong :
         {"--scale 2", "--k-scale 0", "--warm-up-ms 5000", "--references none", "--background x"}) {
        INFO(wrong);
        CHECK(run_command(folder, std::string("'" SPIKEWELL_MICROCIRCUIT "' --out none ") + wrong)
                  .exit_code != 0);
    }
    CHECK_FALSE(std::filesystem::exists(folder / "none"));
}
