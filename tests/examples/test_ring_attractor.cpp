#include "io/network/network_file.hpp"
#include "network/engine/simulator.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

// The ring attractor of examples/ring_attractor: what its page claims, over seeds and cues. Seeds are fixed, so the verdict is the
// same each time; bounds are several times what was measured.

using namespace spikewell;

namespace {

constexpr double k_neurons = 1024.0;
constexpr double k_cued = 102.0;

double radians(double deg) {
    return deg * std::numbers::pi / 180.0;
}
/// -180 .. 180.
double from_deg(double deg, double centre_deg) {
    return std::remainder(deg - centre_deg, 360.0);
}
double angle_deg(const Spike& spike) {
    return 360.0 * (spike.source + 0.5) / k_neurons;
}

/// Spikes of the ring in the run of the file, with this seed and the cue's middle here; none: no cue.
std::vector<Spike> spikes_of(std::uint64_t seed, std::optional<double> cue_deg) {
    NetworkDescription file =
        io::read_network(SPIKEWELL_SOURCE_DIR "/examples/ring_attractor/ring.json");
    file.network.seed = seed;
    auto& cue = std::get<SynapticProjection>(file.network.projections.back());
    REQUIRE(cue.name == "cue-ring");
    REQUIRE(cue.post.count == static_cast<std::uint32_t>(k_cued));
    if (cue_deg)
        cue.post.first =
            static_cast<std::uint32_t>(std::lround(*cue_deg / 360.0 * k_neurons - 0.5 * k_cued));
    else
        std::get<PoissonPopulation>(file.network.populations.back()).rate.rates_Hz = {0.0, 0.0};
    Simulator simulator(file.network);
    SpikeRecorder recorder(PopulationId{0});
    simulator.run(file.duration_ms, {&recorder});
    return recorder.spikes();
}

/// The mean of exp(i angle) over spikes in a stretch of time.
std::complex<double> mean_of(const std::vector<Spike>& spikes, double from_ms, double to_ms) {
    std::complex<double> sum = 0.0;
    double n = 0.0;
    for (const Spike& spike : spikes) {
        if (spike.t_ms < from_ms || spike.t_ms >= to_ms) continue;
        sum += std::polar(1.0, radians(angle_deg(spike)));
        ++n;
    }
    return n > 0.0 ? sum / n : 0.0;
}
double centre_deg(const std::vector<Spike>& spikes, double from_ms, double to_ms) {
    return std::arg(mean_of(spikes, from_ms, to_ms)) * 180.0 / std::numbers::pi;
}

/// Of the neurons whose distance from a centre is within low .. high degrees.
double rate_Hz(const std::vector<Spike>& spikes,
               double from_ms,
               double to_ms,
               double centre,
               double low_deg,
               double high_deg) {
    double n = 0.0;
    for (const Spike& spike : spikes) {
        const double away = std::abs(from_deg(angle_deg(spike), centre));
        n += spike.t_ms >= from_ms && spike.t_ms < to_ms && away >= low_deg && away <= high_deg
                 ? 1.0
                 : 0.0;
    }
    return n / (k_neurons * (high_deg - low_deg) / 180.0 * (to_ms - from_ms) / 1000.0);
}

} // namespace

TEST_CASE("A ring attractor holds a bump where the cue was, and none without a cue") {
    double square = 0.0;
    double n = 0.0;
    for (const double cue_deg : {20.0, 140.0, 260.0}) {
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            CAPTURE(cue_deg, seed);
            const std::vector<Spike> spikes = spikes_of(seed, cue_deg);
            // Before the cue: silent nearly, wherever.
            CHECK(rate_Hz(spikes, 250.0, 500.0, cue_deg, 0.0, 18.0) < 2.0);
            CHECK(rate_Hz(spikes, 250.0, 500.0, cue_deg, 18.0, 180.0) < 2.0);
            // 1.25 to 2.25 s after it: a bump, there and nowhere else.
            const double error_deg = from_deg(centre_deg(spikes, 2000.0, 3000.0), cue_deg);
            CAPTURE(error_deg);
            CHECK(std::abs(error_deg) < 10.0);
            CHECK(std::abs(mean_of(spikes, 2000.0, 3000.0)) > 0.9);
            CHECK(rate_Hz(spikes, 2000.0, 3000.0, cue_deg, 0.0, 18.0) > 30.0);
            CHECK(rate_Hz(spikes, 2000.0, 3000.0, cue_deg, 90.0, 180.0) < 0.5);
            square += error_deg * error_deg;
            ++n;
        }
    }
    CHECK(std::sqrt(square / n) < 5.0);
    for (std::uint64_t seed = 1; seed <= 2; ++seed)
        CHECK(rate_Hz(spikes_of(seed, std::nullopt), 2000.0, 3000.0, 180.0, 0.0, 180.0) < 2.0);
}
