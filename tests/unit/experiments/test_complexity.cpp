#include "experiments/complexity.hpp"
#include "experiments/evaluation.hpp"
#include "neuron_models/escape_noise_lif.hpp"

#include <catch2/catch.hpp>

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

/// Three nodes; node 0 is heard by both others, node 1 by node 2, node 2 by nobody.
Matrix three_couplings() {
    Matrix coupling(3, 3);
    coupling(1, 0) = 0.4;
    coupling(2, 0) = -0.3;
    coupling(2, 1) = 0.2;
    return coupling;
}

} // namespace

TEST_CASE("NeuroBench's figures of states are those counted by hand") {
    const Form form = make_form(Backend::rate, three_couplings(), Config{}, 1);
    ComplexityMeter meter(form);
    CHECK(meter.complexity().connection_sparsity == Approx(6.0 / 9.0));
    Matrix states(3, 2); // two steps
    states(0, 0) = 0.5;
    states(2, 0) = -0.5;
    states(0, 1) = 0.1;
    states(1, 1) = 0.1;
    meter.add_steps(states);
    const Complexity found = meter.complexity();
    CHECK(found.activation_sparsity == Approx(2.0 / 6.0)); // two states of six are 0
    CHECK(found.dense_operations == 9.0);
    CHECK(found.effective_MACs == Approx((2.0 + 0.0 + 2.0 + 1.0) / 2.0));
    CHECK(found.effective_ACs == 0.0);
    CHECK(found.footprint_bytes == 9 * 8 + 3 * (8 + sizeof(RandomStream)));
}

TEST_CASE("NeuroBench's figures of spikes are those counted by hand") {
    Config config;
    config.spiking.neurons_per_node = 2;
    const Form form = make_form(Backend::spiking, three_couplings(), config, 1);
    ComplexityMeter meter(form);
    // Neurons 0, 1 are of node 0; 2, 3 of node 1; 4, 5 of node 2.
    meter.on_spikes({0}, SpikeKind::somatic, std::vector<Spike>{{0.1, 0}, {0.2, 3}, {0.3, 5}});
    meter.on_spikes({0}, SpikeKind::predicted, std::vector<Spike>{{0.4, 0}});
    meter.on_spikes({0}, SpikeKind::somatic, std::vector<Spike>{{12.0, 1}});
    meter.add_steps(Matrix(3, 4, 1.0)); // of states nothing is counted but how many steps they are
    const Complexity found = meter.complexity();
    CHECK(found.activation_sparsity == Approx(1.0 - 4.0 / (6.0 * 4.0)));
    CHECK(found.connection_sparsity == Approx(6.0 / 9.0));
    CHECK(found.dense_operations == 6.0 * 3.0);
    CHECK(found.effective_ACs == Approx((2.0 + 1.0 + 0.0 + 2.0) / 4.0));
    CHECK(found.effective_MACs == 0.0);
    CHECK(found.footprint_bytes == 9 * 4 + 6 * sizeof(EscapeNoiseState));
}

TEST_CASE("Evaluations count the spikes of all their trials") {
    Config config;
    config.spiking.neurons_per_node = 3;
    config.evaluation.trials = 4;
    config.evaluation.steps = 25;
    Dataset data;
    data.train = Matrix(3, 2);
    data.train.values = {1.0, -1.0, 0.0, -1.0, 0.0, 1.0};
    data.test = data.train;
    Form form = make_form(Backend::spiking, three_couplings(), config, 1);
    const Evaluation evaluation = evaluate(form, data, config, 1);
    const std::uint64_t spikes = std::get<SpikingForm>(form).simulator.counters().spikes;
    const double n_steps = 2.0 * 4.0 * 25.0; // retrieval and generalization
    REQUIRE(spikes > 100);
    CHECK(evaluation.complexity.activation_sparsity ==
          Approx(1.0 - static_cast<double>(spikes) / (9.0 * n_steps)));
    CHECK(evaluation.complexity.effective_ACs > 0.0);
    CHECK(evaluation.complexity.effective_ACs < evaluation.complexity.dense_operations);
    CHECK(evaluation.energy.processor_s > 0.0);

    Form rates = make_form(Backend::rate, three_couplings(), config, 1);
    const Complexity of_rates = evaluate(rates, data, config, 1).complexity;
    CHECK(of_rates.activation_sparsity == 0.0); // states are real numbers
    CHECK(of_rates.effective_MACs == 3.0);
}
