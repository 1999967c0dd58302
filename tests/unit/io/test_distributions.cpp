#include "core/error.hpp"
#include "io/results/distributions.hpp"
#include "io/results/run_statistics.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>

using namespace spikewell;
using namespace spikewell::io;
using namespace spikewell::test;

namespace {

Network compared_network() {
    Network network;
    network.populations = {NeuronPopulation{"E", 4, LifDelta{}, Constant{0.0}, {}},
                           NeuronPopulation{"I", 2, LifDelta{}, Constant{0.0}, {}}};
    return network;
}

const CorrelationPlan k_counts_of_5_ms{5.0, 100};

/// E's spikes, of which one comes before a warm-up of 10 ms and one after 110 ms.
const std::vector<Spike> k_spikes{{5.0, 0},  {10.0, 0}, {12.0, 1}, {20.0, 0},
                                  {40.0, 0}, {61.0, 1}, {63.0, 3}, {111.0, 2}};

std::vector<Distributions> measured_while_running(const Network& network) {
    RunStatistics statistics(network, 10.0, k_counts_of_5_ms);
    statistics.on_spikes({0}, SpikeKind::somatic, std::span(k_spikes).first(k_spikes.size() - 1));
    return statistics.distributions(110.0);
}

void write_spikes(const ScratchFolder& folder, const std::string& name) {
    std::string text = "t_ms,population,neuron\n";
    for (const Spike& spike : k_spikes)
        text += std::to_string(spike.t_ms) + ",E," + std::to_string(spike.source) + "\n";
    folder.write(name, text);
}

/// What is said of a reference that cannot be one.
std::string refused(const std::filesystem::path& path) {
    const Network network = compared_network();
    try {
        (void)read_reference(path, {network, 110.0, 10.0, k_counts_of_5_ms});
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

bool says(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("A run's distributions are of each neuron, and of pairs whose counts vary") {
    const Network network = compared_network();
    const std::vector<Distributions> all = measured_while_running(network);
    REQUIRE(all.size() == 2);
    CHECK(all[0].population == "E");
    CHECK(all[0].rates_Hz == std::vector<double>{30.0, 20.0, 0.0, 10.0});
    REQUIRE(all[0].cvs.size() == 1); // intervals 10 and 20 ms
    CHECK(all[0].cvs[0] == Approx(1.0 / 3.0));
    CHECK(all[0].correlations.size() == 3); // of 0, 1 and 3
    CHECK(all[1].rates_Hz == std::vector<double>{0.0, 0.0});
    CHECK(all[1].cvs.empty());
    CHECK(RunStatistics(network, 10.0).distributions(10.0).empty());
}

TEST_CASE("Distances are Kolmogorov's, and there is none from nothing") {
    const Distributions a{"E", {1.0, 2.0, 3.0, 4.0}, {0.5}, {}};
    const Distributions b{"E", {3.0, 4.0, 5.0, 6.0}, {0.5}, {0.1}};
    const Distances from = distances(a, b);
    CHECK(from.rates == 0.5);
    CHECK(from.cvs == 0.0);
    CHECK(std::isnan(from.correlations));
    const MeasuredRun near{1, 100.0, 5.0, {a}};
    const MeasuredRun far{2, 100.0, 5.0, {{"I", {}, {}, {}}, b}};
    const Distances means = mean_distances(a, {near, far});
    CHECK(means.rates == 0.25);
    CHECK(std::isnan(means.correlations));
    CHECK(std::isnan(mean_distances({"other", {1.0}, {}, {}}, {near}).rates));
}

TEST_CASE("Distributions come back from their file as they were") {
    const ScratchFolder folder;
    const Network network = compared_network();
    const std::vector<MeasuredRun> runs{{7, 100.0, 5.0, measured_while_running(network)},
                                        {8, 100.0, 5.0, {{"I", {0.1, 1.0 / 3.0}, {}, {-1e-17}}}}};
    folder.write("distributions.json", distributions_text(runs));
    const auto of_file = GENERATE(true, false); // or of its folder
    const std::vector<MeasuredRun> read = read_reference(
        folder / (of_file ? "distributions.json" : ""), {network, 110.0, 10.0, k_counts_of_5_ms});
    REQUIRE(read.size() == 2);
    for (std::size_t r = 0; r < 2; ++r) {
        CHECK(read[r].seed == runs[r].seed);
        CHECK(read[r].counted_ms == 100.0);
        REQUIRE(read[r].populations.size() == runs[r].populations.size());
        for (std::size_t p = 0; p < runs[r].populations.size(); ++p) {
            CHECK(read[r].populations[p].population == runs[r].populations[p].population);
            CHECK(read[r].populations[p].rates_Hz == runs[r].populations[p].rates_Hz);
            CHECK(read[r].populations[p].cvs == runs[r].populations[p].cvs);
            CHECK(read[r].populations[p].correlations == runs[r].populations[p].correlations);
        }
    }
}

TEST_CASE("Spikes of a file are measured as those of a run are, without its warm-up and what comes "
          "after its end") {
    const ScratchFolder folder;
    write_spikes(folder, "theirs.csv");
    const Network network = compared_network();
    const std::vector<MeasuredRun> read =
        read_reference(folder / "theirs.csv", {network, 110.0, 10.0, k_counts_of_5_ms});
    REQUIRE(read.size() == 1);
    CHECK(read[0].counted_ms == 100.0);
    REQUIRE(read[0].populations.size() == 1); // it says nothing of I
    const Distributions ours = measured_while_running(network)[0];
    CHECK(read[0].populations[0].rates_Hz == ours.rates_Hz);
    CHECK(read[0].populations[0].cvs == ours.cvs);
    CHECK(read[0].populations[0].correlations == ours.correlations);
}

TEST_CASE("What a run cannot be compared with is refused in a line") {
    const ScratchFolder folder;
    CHECK(says(refused(folder / "none"), "is not there"));
    CHECK(says(refused(folder / ""), "has no distributions.json, spikes.csv or spikes.h5"));
    folder.write("network.json", R"({"format": "spikewell-network", "version": 1})");
    CHECK(says(refused(folder / "network.json"), "must be spikes"));
    folder.write("far.csv", "t_ms,population,neuron\n20,E,4\n");
    CHECK(says(refused(folder / "far.csv"), "neuron 4 of E, which has 4 neurons"));
    folder.write("others.csv", "t_ms,population,neuron\n20,cells,0\n");
    CHECK(says(refused(folder / "others.csv"), "has no population of this network"));
    folder.write("bins.json", distributions_text({{1, 100.0, 2.0, {{"E", {1.0}, {}, {}}}}}));
    CHECK(says(refused(folder / "bins.json"), "in bins of 2 ms, this run in bins of 5"));
    folder.write("empty.json", distributions_text({}));
    CHECK(says(refused(folder / "empty.json"), "has no population of this network"));
    folder.write("broken.json", R"({"format": "spikewell-distributions", "version": 1, "runs": [
        {"counted_ms": 1, "bin_ms": 5, "populations": [{"name": "E", "rates_Hz": [1, "x"]}]}]})");
    CHECK(says(refused(folder / "broken.json"), "/runs/0/populations/0/rates_Hz/1"));
    const Network network = compared_network();
    CHECK_THROWS_AS(read_reference(folder / "far.csv", {network, 10.0, 10.0, k_counts_of_5_ms}),
                    ParameterError);
}
