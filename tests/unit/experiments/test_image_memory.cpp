#include "core/statistics.hpp"
#include "experiments/image_memory.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

/// Variance over nodes of the mean state over `steps` steps, of nodes that nothing drives.
double variance_of_means(Backend backend, std::size_t n_nodes, std::size_t steps) {
    Form form = untrained_form(backend, n_nodes, Config{}, 1);
    const std::vector<double> none(n_nodes, 0.0);
    run(form, none, 10, {1.0, false, Keep::nothing});
    double sum = 0.0;
    for (const double x : mean_state(run(form, none, steps, {1.0, false, Keep::mean})))
        sum += x * x;
    return sum / static_cast<double>(n_nodes);
}

} // namespace

TEST_CASE("A mean over half as many tau_ref in spikes varies as that of the rates' steps") {
    // Undriven: Var = (1/3) / n in rates; in spikes (1/3) (1 - 4^-5) tau_ref / (2 T), T of 100 tau_ref or more.
    // Of n_nodes squares of normal means, relative standard error sqrt(2 / n_nodes) = 0.032; tolerance 4 of these.
    constexpr std::size_t n_nodes = 2000;
    constexpr double tolerance = 4.0 * 0.0316;
    const double rates = variance_of_means(Backend::rate, n_nodes, 200);
    const double spikes = variance_of_means(Backend::spiking, n_nodes, 100);
    CHECK(rates * 3.0 * 200.0 == Approx(1.0).epsilon(tolerance));
    CHECK(spikes * 3.0 * 200.0 == Approx(1.0).epsilon(tolerance));
    ImageMemoryPlan plan;
    CHECK(reconstruction_steps(Backend::rate, plan) == 100);
    CHECK(reconstruction_steps(Backend::spiking, plan) == 55);
}

TEST_CASE("Many images are presented less often each") {
    CHECK(presentations_per_image({}, 3) == 30);
    CHECK(presentations_per_image({}, 50) == 30);
    CHECK(presentations_per_image({}, 100) == 15);
    CHECK(presentations_per_image({}, 400) == 10);
    ImageMemoryPlan plan;
    plan.presentations_per_image = 7;
    CHECK(presentations_per_image(plan, 400) == 7);
    CHECK(image_memory_config(plan, 400).training.presentations == 2800);
}

TEST_CASE(
    "Few random images are stored and reconstructed over the whole grid, in both forms alike") {
    const Matrix images = random_patterns(64, 3, 1);
    ImageMemoryPlan plan;
    plan.n_cues = 2;
    for (const Backend backend : {Backend::rate, Backend::spiking}) {
        const ImageMemory memory = run_image_memory(backend, plan, images, 1);
        CHECK(memory.retention > 0.95);
        REQUIRE(memory.points.size() == k_signal_strengths.size() * k_image_temperatures.size());
        CHECK(memory.points.front().signal_strength == 0.1);
        CHECK(memory.points[1].inverse_temperature == 0.6);
        CHECK(memory.points.back().reconstruction > memory.points.back().cue_correlation + 0.2);
        CHECK(memory.cues.cols == 2);
        CHECK(memory.responses.rows == 64);
    }
}
