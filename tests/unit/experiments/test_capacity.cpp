#include "core/statistics.hpp"
#include "experiments/capacity.hpp"
#include "experiments/metrics.hpp"
#include "experiments/training.hpp"
#include "neuron_models/langevin.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>

// The pieces of simulation 5.

using namespace spikewell;
using namespace spikewell::experiments;

TEST_CASE("Patterns are fair, independent, and the first of a longer list") {
    const Matrix few = random_patterns(1000, 3, 4);
    const Matrix many = random_patterns(1000, 40, 4);
    for (std::size_t p = 0; p < 3; ++p)
        CHECK(std::equal(few.column(p).begin(), few.column(p).end(), many.column(p).begin()));
    for (const double x : many.values)
        CHECK(std::abs(x) == 1.0);
    // The mean of 40,000 signs, and 780 correlations of 1,000: five standard deviations.
    CHECK(std::abs(mean(many.values)) < 5.0 / 200.0);
    CHECK(largest_correlation(many) < 5.0 / std::sqrt(1000.0));
    CHECK(random_patterns(1000, 3, 5) != few);
    CHECK(std::isnan(largest_correlation(random_patterns(10, 1, 1))));
}

TEST_CASE("Projector couplings retain patterns, no couplings none") {
    const Matrix patterns = random_patterns(100, 20, 1);
    Matrix coupling = projector_couplings(patterns);
    CHECK(retention_of(coupling, patterns) > 0.9999);
    for (double& weight : coupling.values)
        weight =
            -weight; // the pattern's mirror image in turn with it: after an even number of steps it
    CHECK(retention_of(coupling, patterns) > 0.9999);
    CHECK(retention_of(coupling, patterns, {100.0, 199}) < -0.9999);
}

TEST_CASE(
    "Reconstruction: without couplings the response is the cue's, with projectors the pattern") {
    const Backend backend = GENERATE(Backend::rate, Backend::spiking);
    const Matrix patterns = random_patterns(100, 10, 2);
    Config config = capacity_config({});
    Form none = make_form(backend, Matrix(100, 100), config, 3);
    const Reconstruction without = reconstruct(none, patterns, 3);
    // 10 cues of 100 nodes: r = 1 / sqrt(5) within five standard errors of (1 - r^2) / sqrt(1000).
    CHECK(std::abs(without.cue_correlation - 1.0 / std::sqrt(5.0)) < 5.0 * 0.8 / std::sqrt(1000.0));
    CHECK(without.correlation > 0.3);
    CHECK(without.correlation < 0.6);
    Matrix coupling = projector_couplings(patterns);
    for (double& weight : coupling.values)
        weight *= 6.0;
    Form projector = make_form(backend, coupling, config, 3);
    const Reconstruction with = reconstruct(projector, patterns, 3);
    CHECK(with.cue_correlation == without.cue_correlation);
    CHECK(with.correlation > 0.8);
}

TEST_CASE("With a reset the first step of a presentation is purely Hebbian") {
    // One presentation of one step: J = alpha (sigma' - L(0)) sigma'^T whatever was before.
    Config config = capacity_config({});
    config.training.steps_per_presentation = 1;
    config.training.presentations = 1;
    const Matrix patterns = random_patterns(20, 1, 1);
    const Training once = train(Backend::rate, patterns, config, 1);
    const Matrix coupling = coupling_of(once.form);
    for (std::size_t i = 0; i < 20; ++i)
        for (std::size_t j = 0; j < 20; ++j)
            CHECK(coupling(i, j) == Approx(coupling(j, i)).margin(1e-15));
    // Without it the steps of a second presentation are not.
    config.training.presentations = 2;
    const Matrix reset = coupling_of(train(Backend::rate, patterns, config, 1).form);
    CHECK(rate::asymmetry(reset) < 1e-12);
    config.training.reset_state = false;
    CHECK(rate::asymmetry(coupling_of(train(Backend::rate, patterns, config, 1).form)) > 1e-6);
}

TEST_CASE("Nodes that begin a presentation are as many up as down, where its evidence is") {
    // In spikes, of nodes without couplings: the mean over nodes and the first tau_ref, over seeds. Drawn
    // fairly, nodes go up faster than down.
    constexpr std::size_t k_nodes = 100;
    Config config = capacity_config({k_nodes, 1, {}});
    std::vector<double> evidence(k_nodes);
    for (std::size_t i = 0; i < k_nodes; ++i)
        evidence[i] = i % 2 == 0 ? 2.0 : -2.0;
    std::vector<double> drawn;
    std::vector<double> fair;
    std::vector<double> along;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Form form = untrained_form(Backend::spiking, k_nodes, config, seed);
        const auto first = [&] { return run(form, evidence, 1, {1.0, false, Keep::mean}).values; };
        begin_presentation(form, evidence, 1.0);
        const std::vector<double> states = first();
        drawn.push_back(mean(states));
        along.push_back(std::inner_product(states.begin(), states.end(), evidence.begin(), 0.0) /
                        (2.0 * k_nodes));
        set_state(form, std::vector<double>(k_nodes, 0.0));
        fair.push_back(mean(first()));
    }
    INFO(mean(drawn) << " +- " << standard_error(drawn) << ", fair " << mean(fair) << " +- "
                     << standard_error(fair) << ", along " << mean(along));
    CHECK(std::abs(mean(drawn)) < 4.0 * standard_error(drawn));
    CHECK(mean(fair) > 10.0 * standard_error(fair));
    CHECK(std::abs(mean(along) - dyadic_langevin(2.0, config.spiking.neurons_per_node)) <
          4.0 * standard_error(along));
}
