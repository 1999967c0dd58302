#include "core/statistics.hpp"
#include "io/spike_file.hpp"
#include "support/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

// The statistics that `simulate` makes while it runs, against the same from the spikes it wrote.

using namespace spikewell;
using namespace spikewell::test;
using Json = nlohmann::json;

namespace {

constexpr double k_duration_ms = 901.0; // the last bin of counts is cut

/// Sources, neurons that excite each other, more than correlations are taken of, and a population that is silent.
void write_network(const ScratchFolder& folder, double warm_up_ms) {
    folder.write("net.json", R"({
        "format": "spikewell-network", "version": 1, "seed": 3, "duration_ms": 901, "warm_up_ms": )" +
                                 std::to_string(warm_up_ms) + R"(,
        "populations": [
            {"name": "drive", "model": "poisson", "size": 40, "rate_Hz": 12},
            {"name": "cells", "model": "lif_delta", "size": 450, "t_ref_ms": 1},
            {"name": "quiet", "model": "poisson", "size": 3, "rate_Hz": 0}],
        "projections": [
            {"pre": "drive", "post": "cells", "connector": "fixed_probability", "probability": 0.4,
             "weight_mV": 4, "delay_ms": 1.5},
            {"pre": "cells", "post": "cells", "connector": "fixed_indegree", "indegree": 10,
             "weight_mV": 0.5, "delay_ms": {"distribution": "uniform", "low": 1.5, "high": 4}}],
        "recordings": [
            {"name": "s0", "record": "spikes", "population": "drive"},
            {"name": "s1", "record": "spikes", "population": "cells"}]})");
}

using Trains = std::vector<std::vector<double>>; // [n_neurons] times

Trains trains_of(const std::vector<Spike>& spikes, std::size_t n, double from_ms) {
    Trains trains(n);
    for (const Spike& spike : spikes) {
        if (spike.t_ms >= from_ms) trains[spike.source].push_back(spike.t_ms);
    }
    return trains;
}

std::vector<double> rates_of(const Trains& trains, double length_ms) {
    std::vector<double> rates_Hz;
    for (const auto& train : trains)
        rates_Hz.push_back(1000.0 * static_cast<double>(train.size()) / length_ms);
    return rates_Hz;
}

std::vector<double> cvs_of(const Trains& trains) {
    std::vector<double> cvs;
    for (const auto& train : trains) {
        if (train.size() < 3) continue;
        std::vector<double> intervals;
        for (std::size_t k = 1; k < train.size(); ++k)
            intervals.push_back(train[k] - train[k - 1]);
        cvs.push_back(standard_deviation(intervals) / mean(intervals));
    }
    return cvs;
}

/// Bins, and how many neurons at most.
struct Counting {
    double bin_ms = 2.0;
    std::size_t most_neurons = 199;
};

/// Of all pairs among so many of them, or all: from vectors of counts.
std::vector<double> correlations_of(const Trains& trains,
                                    double from_ms,
                                    const Counting& counting) {
    const std::size_t n = std::min<std::size_t>(trains.size(), counting.most_neurons);
    const auto n_bins = static_cast<std::size_t>((k_duration_ms - from_ms) / counting.bin_ms);
    std::vector<std::vector<double>> counts(n, std::vector<double>(n_bins));
    for (std::size_t j = 0; j < n; ++j) {
        for (const double t_ms : trains[j * trains.size() / n]) {
            const auto bin = static_cast<std::size_t>((t_ms - from_ms) / counting.bin_ms);
            if (bin < n_bins) counts[j][bin] += 1.0;
        }
    }
    std::vector<double> found;
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < a; ++b) {
            if (variance(counts[a]) > 0.0 && variance(counts[b]) > 0.0)
                found.push_back(correlation(counts[a], counts[b]));
        }
    }
    return found;
}

void check_figures(const Json& told,
                   const Trains& trains,
                   double from_ms,
                   const Counting& counting = {}) {
    std::vector<double> rates_Hz = rates_of(trains, k_duration_ms - from_ms);
    CHECK(told["rate_Hz"] == Approx(mean(rates_Hz)));
    CHECK(told["rate_sd_Hz"] == Approx(standard_deviation(rates_Hz)));
    CHECK(told["rate_quantiles_Hz"]["0.5"] == Approx(median(rates_Hz)));
    std::sort(rates_Hz.begin(), rates_Hz.end());
    CHECK(told["rate_quantiles_Hz"]["0"] == Approx(rates_Hz.front()));
    CHECK(told["rate_quantiles_Hz"]["1"] == Approx(rates_Hz.back()));
    CHECK(told["silent_neurons"] == std::count(rates_Hz.begin(), rates_Hz.end(), 0.0));
    const std::vector<double> cvs = cvs_of(trains);
    CHECK(told["cv_neurons"] == cvs.size());
    CHECK(told["cv_isi"] == Approx(mean(cvs)));
    CHECK(told["cv_isi_sd"] == Approx(standard_deviation(cvs)));
    const std::vector<double> r = correlations_of(trains, from_ms, counting);
    CHECK(told["correlation"]["bin_ms"] == counting.bin_ms);
    CHECK(told["correlation"]["pairs"] == r.size());
    CHECK(told["correlation"]["mean"] == Approx(mean(r)));
    CHECK(told["correlation"]["sd"] == Approx(standard_deviation(r)));
}

} // namespace

TEST_CASE("The statistics of a run are those of the spikes it recorded since the warm-up") {
    const ScratchFolder folder;
    const double warm_up_ms = GENERATE(0.0, 151.5);
    CAPTURE(warm_up_ms);
    write_network(folder, warm_up_ms);
    REQUIRE(run_in(folder, "simulate net.json --out out --quiet").exit_code == 0);
    const auto spikes = io::read_spikes_csv(folder / "out/spikes.csv");
    REQUIRE(spikes.size() == 2);
    const Json run = json_of(folder, "out/run.json");
    CHECK(run["warm_up_ms"] == warm_up_ms);
    for (const auto& [name, of] : spikes) {
        INFO(name);
        const Json& told = run["populations"][name];
        REQUIRE(of.size() > 200);
        CHECK(told["spikes"] == of.size());
        check_figures(told, trains_of(of, told["neurons"], warm_up_ms), warm_up_ms);
    }
    CHECK(run["populations"]["cells"]["correlation"]["neurons"] == 199);
    CHECK(run["populations"]["cells"]["correlation"]["mean"] > 0.002); // they share their drive
    const Json& quiet = run["populations"]["quiet"];
    CHECK(quiet["silent_neurons"] == 3);
    CHECK(quiet["rate_Hz"] == 0.0);
    CHECK(quiet["cv_isi"].is_null());
    CHECK(quiet["correlation"]["mean"].is_null());
}

TEST_CASE("The statistics of a run do not depend on threads, and end with a run that ends in its "
          "warm-up") {
    const ScratchFolder folder;
    write_network(folder, 100.0);
    REQUIRE(run_in(folder, "simulate net.json --out a --quiet").exit_code == 0);
    REQUIRE(run_in(folder, "simulate net.json --out b --quiet --threads 2").exit_code == 0);
    const Json a = json_of(folder, "a/run.json");
    CHECK(a["populations"] == json_of(folder, "b/run.json")["populations"]);
    REQUIRE(run_in(folder, "simulate net.json --out c --quiet --duration-ms 90").exit_code == 0);
    const Json short_run = json_of(folder, "c/run.json")["populations"]["drive"];
    CHECK(short_run["spikes"] > 0);
    CHECK(short_run["rate_Hz"].is_null());
    CHECK(short_run["correlation"].is_null());
}

TEST_CASE("Warm-up, bins and number of neurons are the user's") {
    const ScratchFolder folder;
    write_network(folder, 0.0);
    REQUIRE(run_in(folder, "simulate net.json --out out --quiet --warm-up-ms 200 "
                           "--correlation-bin-ms 4.5 --correlation-neurons 250")
                .exit_code == 0);
    const Json run = json_of(folder, "out/run.json");
    CHECK(run["warm_up_ms"] == 200.0);
    for (const auto& [name, of] : io::read_spikes_csv(folder / "out/spikes.csv")) {
        INFO(name);
        const Json& told = run["populations"][name];
        check_figures(told, trains_of(of, told["neurons"], 200.0), 200.0, {4.5, 250});
    }
    CHECK(run["populations"]["cells"]["correlation"]["neurons"] == 250);
    for (const char* wrong :
         {"--warm-up-ms -1", "--correlation-bin-ms 0", "--correlation-bin-ms nan",
          "--correlation-neurons 1", "--correlation-neurons 3000"}) {
        INFO(wrong);
        const ProgramEnd end =
            run_in(folder, std::string("simulate net.json --out other --quiet ") + wrong);
        CHECK(end.exit_code == 1);
        CHECK(end.errors.size() == 1);
    }
    CHECK_FALSE(std::filesystem::exists(folder / "other"));
}

TEST_CASE(
    "A run is compared with another's distributions, or with spikes, in run.json and report") {
    const ScratchFolder folder;
    write_network(folder, 100.0);
    REQUIRE(run_in(folder, "simulate net.json --out first --distributions --quiet").exit_code == 0);
    const auto compared = [&](const std::string& arguments) {
        REQUIRE(
            run_in(folder, "simulate net.json --out second --force --quiet --report --reference " +
                               arguments)
                .exit_code == 0);
        return json_of(folder, "second/run.json")["reference"];
    };
    for (const char* same : {"first", "first/distributions.json", "first/spikes.h5"}) {
        INFO(same);
        const Json of = compared(same)["populations"]["cells"];
        for (const char* key : {"rates_Hz", "cv_isi", "correlations"})
            CHECK(of[key] == 0.0);
    }
    CHECK(compared("first")["populations"]["quiet"]["cv_isi"].is_null());
    const Json other = compared("first --seed 4");
    CHECK(other["path"] == "first");
    CHECK(other["runs"] == 1);
    CHECK(other["counted_ms"] == 801.0);
    for (const char* key : {"rates_Hz", "cv_isi", "correlations"}) {
        CHECK(other["populations"]["cells"][key] > 0.0);
        CHECK(other["populations"]["cells"][key] <= 1.0);
    }
    const std::string page = folder.content("second/report.html");
    CHECK(page.find("Kolmogorov–Smirnov distances from first") != std::string::npos);
    CHECK(page.find("correlation of counts") != std::string::npos);
    const ProgramEnd end = run_in(folder, "simulate net.json --out third --reference none --quiet");
    CHECK(end.exit_code == 1);
    CHECK(end.errors == std::vector<std::string>{"spikewell: none: is not there"});
    CHECK_FALSE(std::filesystem::exists(folder / "third"));
}

TEST_CASE("A run that is resumed has the distributions of one that was not, and no other counts") {
    const ScratchFolder folder;
    write_network(folder, 100.0);
    const std::string run = "simulate net.json --quiet --distributions --correlation-neurons 50 ";
    REQUIRE(run_in(folder, run + "--out whole").exit_code == 0);
    REQUIRE(run_in(folder, run + "--out part --checkpoint c --checkpoint-every-s 0.02").exit_code ==
            0);
    if (!std::filesystem::exists(folder / "c")) return; // over before the first was due
    const ProgramEnd other =
        run_in(folder, "simulate net.json --quiet --correlation-neurons 60 --out part --resume c");
    CHECK(other.exit_code == 1);
    REQUIRE(run_in(folder, run + "--out part --resume c").exit_code == 0);
    CHECK(json_of(folder, "part/distributions.json")["runs"] ==
          json_of(folder, "whole/distributions.json")["runs"]);
}
