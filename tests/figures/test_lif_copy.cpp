#include "core/statistics.hpp"
#include "experiments/evaluation.hpp"
#include "experiments/lif_copy.hpp"
#include "experiments/metrics.hpp"
#include "experiments/probe.hpp"
#include "experiments/training.hpp"
#include "io/csv.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <memory>

// A trained network's copy of LIF populations does what the network does, within the bounds that are
// asked of copies in other simulators.

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

/// What a copy's nodes do in each trial: the mean decoded state over its counted steps.
Matrix states_of(const NetworkDescription& copy, const Config& config, const ProbePlan& plan) {
    const auto n_bits = static_cast<std::uint32_t>(config.spiking.neurons_per_node);
    const double tau_ref_ms = config.spiking.tau_ref_ms;
    const auto n_bins = static_cast<std::size_t>(std::lround(copy.duration_ms / tau_ref_ms));
    const std::size_t n_nodes = size_of(copy.network.populations[0]);
    std::vector<std::unique_ptr<StateRecorder>> bits;
    std::vector<Recorder*> recorders;
    for (std::uint32_t k = 0; k < n_bits; ++k) {
        bits.push_back(std::make_unique<StateRecorder>(
            PopulationId{k}, DyadicCode{n_nodes, 1, tau_ref_ms}, tau_ref_ms, n_bins));
        recorders.push_back(bits.back().get());
    }
    Simulator simulator(copy.network);
    simulator.run(copy.duration_ms, recorders);

    const std::size_t per_trial = plan.settle_steps + plan.steps;
    Matrix states(n_nodes, n_bins / per_trial);
    for (std::uint32_t k = 0; k < n_bits; ++k)
        for (std::size_t trial = 0; trial < states.cols; ++trial)
            for (std::size_t step = plan.settle_steps; step < per_trial; ++step)
                for (std::size_t i = 0; i < n_nodes; ++i) // the recorder's only bit has gain 1/2
                    states(i, trial) += std::ldexp(bits[k]->states()(i, trial * per_trial + step),
                                                   -static_cast<int>(k)) /
                                        static_cast<double>(plan.steps);
    return states;
}

double retrieval(const Probe& probe, const Matrix& states) {
    std::vector<double> gained;
    for (std::size_t trial = probe.n_clean; trial < states.cols; ++trial)
        gained.push_back(delta_r_squared(states.column(trial), probe.evidence.column(trial),
                                         probe.targets.column(trial)));
    return median(gained);
}

} // namespace

TEST_CASE("the LIF copy of the digits network has its mean states and its retrieval") {
    const Config config;
    const Dataset digits = make_dataset(
        io::read_csv(SPIKEWELL_SOURCE_DIR "/examples/data/digits.csv"), config.data, "digits.csv");
    const Training trained = train(Backend::rate, digits.train, config, config.seed);
    const Matrix coupling = coupling_of(trained.form);
    Form form = make_form(Backend::spiking, coupling, config, config.seed);
    const Probe asked = probe(form, digits, config, {});
    const double trial_ms =
        config.spiking.tau_ref_ms * static_cast<double>(asked.plan.settle_steps + asked.plan.steps);

    const NetworkDescription copy = lif_copy(coupling, config, asked.evidence, trial_ms);
    const Matrix states = states_of(copy, config, asked.plan);

    for (std::size_t image = 0; image < asked.n_clean; ++image) {
        CAPTURE(image);
        const double r = correlation(states.column(image), asked.states.column(image));
        UNSCOPED_INFO("r " << r);
        CHECK(r >= 0.9);
    }
    CAPTURE(retrieval(asked, states), retrieval(asked, asked.states));
    CHECK(std::abs(retrieval(asked, states) - retrieval(asked, asked.states)) < 0.05);
}
