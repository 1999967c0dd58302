#include "experiments/board_effects.hpp"

#include <cmath>

namespace spikewell::experiments {

namespace {

Form form_of(Simulator simulator, const Network& network) {
    return SpikingForm{std::move(simulator), code_of(network.populations.front())};
}

Matrix covariance_of(const Matrix& samples, const std::vector<double>& mean) {
    Matrix covariance(samples.rows, samples.rows);
    for (std::size_t s = 0; s < samples.cols; ++s) {
        for (std::size_t j = 0; j < samples.rows; ++j) {
            const double dj = samples(j, s) - mean[j];
            for (std::size_t i = 0; i < samples.rows; ++i)
                covariance(i, j) += (samples(i, s) - mean[i]) * dj;
        }
    }
    for (double& value : covariance.values)
        value /= static_cast<double>(samples.cols);
    return covariance;
}

double root_sum_of_squares(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values)
        sum += value * value;
    return std::sqrt(sum);
}

std::vector<double> difference(std::vector<double> a, const std::vector<double>& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        a[i] -= b[i];
    return a;
}

} // namespace

Behaviour observe(Form& form,
                  const Dataset& data,
                  const Config& config,
                  std::uint64_t seed,
                  const BehaviourOptions& options) {
    Behaviour behaviour;
    behaviour.evaluation = evaluate(form, data, config, seed, options.progress);
    const std::vector<double> no_evidence(data.train.rows, 0.0);
    behaviour.samples = run(form, no_evidence, options.free_steps,
                            {config.evaluation.inverse_temperature, false, Keep::sample});
    return behaviour;
}

Behaviour observe_on_board(const Network& network,
                           const mapping::Layout& layout,
                           const mapping::EmulationOptions& emulation,
                           const Dataset& data,
                           const Config& config,
                           const BehaviourOptions& options) {
    Behaviour of_first;
    const auto program = [&](Simulator simulator, std::size_t group) {
        // All cores are given the same commands; the first group's eyes see what all do.
        Form form = form_of(std::move(simulator), network);
        BehaviourOptions own = options;
        if (group != 0) own.progress = {};
        Behaviour behaviour = observe(form, data, config, config.seed, own);
        if (group == 0) of_first = std::move(behaviour);
    };
    (void)mapping::emulate(network, layout, emulation, program);
    return of_first;
}

LawDistance distance(const Matrix& samples, const Matrix& others) {
    const std::vector<double> mean = mean_state(samples);
    const std::vector<double> other_mean = mean_state(others);
    const Matrix covariance = covariance_of(samples, mean);
    const Matrix other_covariance = covariance_of(others, other_mean);
    LawDistance d;
    d.mean_rms = root_sum_of_squares(difference(mean, other_mean)) /
                 std::sqrt(static_cast<double>(mean.size()));
    d.covariance_relative =
        root_sum_of_squares(difference(covariance.values, other_covariance.values)) /
        root_sum_of_squares(covariance.values);
    return d;
}

BoardEffects board_effects(const Network& network,
                           const Network& rounded,
                           const mapping::Layout& layout,
                           const Dataset& data,
                           const Config& config,
                           const BehaviourOptions& options) {
    const auto directly = [&](std::uint64_t seed) {
        Network seeded = network;
        seeded.seed = seed;
        Form form = form_of(Simulator(std::move(seeded)), network);
        return observe(form, data, config, config.seed, options);
    };
    BoardEffects effects;
    effects.direct = directly(network.seed);
    effects.other_seed = directly(network.seed + 1);
    effects.board = observe_on_board(rounded, layout, {layout.network->pace.time_step_ms}, data,
                                     config, options);
    effects.by_chance = distance(effects.direct.samples, effects.other_seed.samples);
    effects.by_board = distance(effects.direct.samples, effects.board.samples);
    return effects;
}

} // namespace spikewell::experiments
