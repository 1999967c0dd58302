#include "core/error.hpp"
#include "io/results/run_statistics.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikewell;
using namespace spikewell::io;

namespace {

constexpr PopulationId k_counted_exc{0};
constexpr PopulationId k_counted_inh{1};

/// Two populations of four and two neurons.
Network counted_network() {
    Network network;
    network.populations = {NeuronPopulation{"exc", 4, LifDelta{}, Constant{0.0}, {}},
                           NeuronPopulation{"inh", 2, LifDelta{}, Constant{0.0}, {}}};
    return network;
}

void hand_over(Recorder& recorder, PopulationId population, const std::vector<Spike>& spikes) {
    recorder.on_spikes(population, SpikeKind::somatic, spikes);
}

/// What a made-up engine hands over in window number `w` of 10 ms.
void hand_over_window(Recorder& recorder, int w) {
    const double t_ms = 10.0 * w;
    hand_over(recorder, k_counted_exc, {{t_ms + 1.0, 0}, {t_ms + 4.0 + 0.1 * w, 3}});
    hand_over(recorder, k_counted_inh, {{t_ms + 2.0, 1}, {t_ms + 9.9, 0}, {t_ms + 9.9, 1}});
    recorder.on_spikes(k_counted_exc, SpikeKind::predicted, std::vector<Spike>{{t_ms + 3.0, 2}});
}

} // namespace

TEST_CASE("Statistics count spikes and measure rates and regularity") {
    RunStatistics statistics(counted_network(), 0.0);
    // Neuron 0: intervals 1, 3 (mean 2, sd 1, cv 0.5); neuron 1: 2, 2, 2 (cv 0); neuron 2: two
    // spikes only; neuron 3: none.
    hand_over(statistics, k_counted_exc, {{0.0, 0}, {0.0, 1}, {1.0, 0}, {2.0, 1}, {3.0, 2}});
    hand_over(statistics, k_counted_exc, {{4.0, 0}, {4.0, 1}, {5.0, 2}, {6.0, 1}});
    statistics.on_spikes(k_counted_exc, SpikeKind::predicted, std::vector<Spike>{{1.0, 0}});
    CHECK(statistics.spikes() == 9);
    const auto figures = statistics.to_json(1000.0);
    const auto& exc = figures["exc"];
    CHECK(exc["neurons"] == 4);
    CHECK(exc["spikes"] == 9);
    CHECK(exc["rate_Hz"] == Approx(9.0 / 4.0)); // of 3, 4, 2, 0
    CHECK(exc["rate_sd_Hz"] == Approx(std::sqrt(35.0) / 4.0));
    CHECK(exc["rate_quantiles_Hz"]["0"] == 0.0);
    CHECK(exc["rate_quantiles_Hz"]["0.25"] == Approx(1.5));
    CHECK(exc["rate_quantiles_Hz"]["0.5"] == Approx(2.5));
    CHECK(exc["rate_quantiles_Hz"]["1"] == Approx(4.0));
    CHECK(exc["silent_neurons"] == 1);
    CHECK(exc["cv_isi"] == Approx(0.25));
    CHECK(exc["cv_isi_sd"] == Approx(0.25));
    CHECK(exc["cv_neurons"] == 2);
    CHECK(figures["inh"]["spikes"] == 0);
    CHECK(figures["inh"]["rate_Hz"] == 0.0);
    CHECK(figures["inh"]["silent_neurons"] == 2);
    CHECK(figures["inh"]["cv_isi"].is_null());
    CHECK(figures["inh"]["correlation"]["mean"].is_null());
    for (const char* key : {"rate_Hz", "rate_sd_Hz", "silent_neurons", "correlation"})
        CHECK(statistics.to_json(0.0)["exc"][key].is_null());
}

TEST_CASE("Statistics leave out what comes before the warm-up is over") {
    RunStatistics statistics(counted_network(), 100.0);
    hand_over(statistics, k_counted_inh, {{3.0, 0}, {99.999, 1}, {100.0, 0}, {110.0, 0}});
    hand_over(statistics, k_counted_inh, {{130.0, 0}});
    const auto inh = statistics.to_json(1100.0)["inh"];
    CHECK(inh["spikes"] == 5);
    CHECK(inh["rate_Hz"] == Approx(1.5));
    CHECK(inh["silent_neurons"] == 1);
    CHECK(inh["cv_neurons"] == 1);
    CHECK(inh["cv_isi"] == Approx(1.0 / 3.0)); // of 10 and 20
    CHECK(statistics.spikes() == 5);
    CHECK(statistics.to_json(100.0)["inh"]["rate_Hz"].is_null());
    CHECK(statistics.to_json(50.0)["inh"]["spikes"] == 5);
}

TEST_CASE("Correlations of counts are Pearson's, over whole bins since the warm-up") {
    RunStatistics statistics(counted_network(), 1.0);
    // Bins of 2 ms from 1 ms on: counts 2 0 1 0 of neuron 0, 1 0 1 0 of neuron 1, and a fifth bin that is cut.
    hand_over(statistics, k_counted_inh,
              {{0.5, 0}, {1.0, 0}, {1.5, 1}, {2.999, 0}, {5.0, 1}, {6.9, 0}, {9.0, 0}});
    const auto of = [&](double t_ms) { return statistics.to_json(t_ms)["inh"]["correlation"]; };
    // Deviations 1.25 -.75 .25 -.75 and .5 -.5 .5 -.5.
    CHECK(of(9.0)["mean"] == Approx(1.5 / std::sqrt(2.75)));
    CHECK(of(10.9)["mean"] == of(9.0)["mean"]);
    CHECK(of(11.0)["mean"] != of(9.0)["mean"]);
    CHECK(of(9.0)["sd"] == 0.0);
    CHECK(of(9.0)["pairs"] == 1);
    CHECK(of(9.0)["neurons"] == 2);
    CHECK(of(9.0)["bin_ms"] == 2.0);
    CHECK(statistics.to_json(9.0)["exc"]["correlation"]["pairs"] == 0);
}

TEST_CASE("Correlations are of as many neurons as fit into 32 MiB") {
    const auto most_of = CountCorrelation::most_neurons_of;
    CHECK(most_of(0, 199) == 199);
    CHECK(most_of(200, 199) == 199);
    CHECK(most_of(8, 250) == 250);
    CHECK(most_of(1, 100'000) == CountCorrelation::k_most_neurons);
    CHECK(most_of(4096, 199) == 45);
    CHECK(CountCorrelation(1000, {2.0, most_of(4096, 199)}, 0.0).to_json(10.0)["neurons"] == 45);
}

TEST_CASE("Statistics go on from where they were saved") {
    const double warm_up_ms = GENERATE(0.0, 15.0);
    RunStatistics whole(counted_network(), warm_up_ms);
    RunStatistics first(counted_network(), warm_up_ms);
    for (int w = 0; w < 3; ++w) {
        hand_over_window(whole, w);
        hand_over_window(first, w);
    }
    RunStatistics second(counted_network(), warm_up_ms);
    second.load(first.save(), 30.0, first.spikes());
    for (int w = 3; w < 6; ++w) {
        hand_over_window(whole, w);
        hand_over_window(second, w);
    }
    CHECK(second.to_json(60.0) == whole.to_json(60.0));
    CHECK(whole.to_json(60.0)["exc"]["cv_neurons"] == 2);
    CHECK(whole.to_json(60.0)["inh"]["correlation"]["pairs"] == 1);
}

TEST_CASE("Statistics that were saved of something else are refused") {
    RunStatistics first(counted_network(), 0.0);
    for (int w = 0; w < 3; ++w)
        hand_over_window(first, w);
    RunStatistics second(counted_network(), 0.0);
    const auto load = [&](const std::string& saved) { second.load(saved, 30.0, first.spikes()); };
    CHECK_NOTHROW(load(first.save()));
    CHECK_THROWS_AS(load(first.save() + "x"), IoError);
    CHECK_THROWS_AS(load(""), IoError);
    CHECK_THROWS_AS(second.load(first.save(), 30.0, first.spikes() + 1), IoError);
    CHECK_THROWS_AS(second.load(first.save(), 1.0, first.spikes()), IoError); // spikes after it
    for (std::size_t at = 7; at < first.save().size();
         at += 8) { // each number made negative or huge
        std::string forged = first.save();
        forged[at] = '\xff';
        CHECK_THROWS_AS(load(forged), IoError);
        forged[at] = '\x7f';
        CHECK_THROWS_AS(load(forged), IoError);
    }
}
