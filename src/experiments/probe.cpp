#include "experiments/probe.hpp"

#include "experiments/evaluation.hpp"

#include <algorithm>

namespace spikewell::experiments {

namespace {

void set_column(Matrix& matrix, std::size_t column, std::span<const double> values) {
    std::copy(values.begin(), values.end(), matrix.column(column).begin());
}

} // namespace

Probe probe(Form& form, const Dataset& data, const Config& config, const ProbePlan& plan) {
    const EvaluationConfig& evaluation = config.evaluation;
    const double strength = evaluation.signal_strength * config.training.evidence;
    const std::size_t n_clean = data.train.cols;
    const std::size_t n_trials = n_clean + plan.noisy_trials;
    Probe result{plan, n_clean, Matrix(data.train.rows, n_trials),
                 Matrix(data.train.rows, n_trials), Matrix(data.train.rows, n_trials)};
    for (std::size_t trial = 0; trial < n_trials; ++trial) {
        const std::size_t noisy = trial - std::min(trial, n_clean);
        const bool is_clean = trial < n_clean;
        const std::size_t image = is_clean ? trial : noisy % n_clean;
        const std::vector<double> target = scaled(data.train.column(image), strength);
        const RandomStream noise(config.seed, Purpose::evaluation_noise,
                                 static_cast<std::uint32_t>(noisy));
        const std::vector<double> evidence =
            is_clean ? target : noisy_input(target, evaluation.snr, noise);
        (void)run(form, evidence, plan.settle_steps,
                  {evaluation.inverse_temperature, false, Keep::nothing});
        const Matrix states =
            run(form, evidence, plan.steps, {evaluation.inverse_temperature, false, Keep::mean});
        set_column(result.targets, trial, target);
        set_column(result.evidence, trial, evidence);
        set_column(result.states, trial, mean_state(states));
    }
    return result;
}

} // namespace spikewell::experiments
