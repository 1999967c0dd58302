#include "experiments/evaluation.hpp"

#include "core/statistics.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace spikewell::experiments {

namespace {

constexpr std::size_t k_kept_examples = 5;

/// What watches trials as they run.
struct TrialMeters {
    const Progress& progress;
    ComplexityMeter complexity;
    EnergyWatch energy;
};

/// Trials over the images `image_of(trial)`; `block` keeps the two tasks' noise apart.
template <class ImageOf>
Scores run_trials(Form& form,
                  TrialMeters& meters,
                  const Config& config,
                  std::uint64_t seed,
                  std::uint16_t block,
                  ImageOf&& image_of) {
    const Progress& progress = meters.progress;
    const EvaluationConfig& plan = config.evaluation;
    const double strength = plan.signal_strength * config.training.evidence;
    const bool spiking = std::holds_alternative<SpikingForm>(form);
    const double step_ms = spiking ? config.spiking.tau_ref_ms : 0.0;
    Scores scores;
    const std::array<Recorder*, 1> recorders{&meters.complexity};
    if (progress && block == 0) progress(0.0, 0.0);
    for (std::size_t trial = 0; trial < plan.trials; ++trial) {
        const std::vector<double> target = scaled(image_of(trial), strength);
        const RandomStream noise(seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(trial),
                                 block);
        const std::vector<double> input = noisy_input(target, plan.snr, noise);
        const Matrix states =
            run(form, input, plan.steps, {plan.inverse_temperature, false, Keep::mean, recorders});
        meters.complexity.add_steps(states);
        meters.energy.look_now_and_then();
        const std::vector<double> response = mean_state(states);
        scores.dr2.push_back(delta_r_squared(response, input, target));
        if (trial < k_kept_examples) scores.examples.push_back({input, response, target});
        if (progress) {
            const auto done = static_cast<double>(trial + 1 + block * plan.trials);
            progress(done / static_cast<double>(2 * plan.trials),
                     done * static_cast<double>(plan.steps) * step_ms);
        }
    }
    scores.median = median(scores.dr2);
    return scores;
}

} // namespace

std::vector<double> noisy_input(std::span<const double> target, double snr, RandomStream noise) {
    const double sd = standard_deviation(target) / snr;
    std::vector<double> input(target.begin(), target.end());
    for (double& x : input)
        x += sd * noise.normal();
    return input;
}

Evaluation evaluate(Form& form,
                    const Dataset& data,
                    const Config& config,
                    std::uint64_t seed,
                    const Progress& progress) {
    const auto start = std::chrono::steady_clock::now();
    TrialMeters meters{progress, ComplexityMeter(form), EnergyWatch()};
    Evaluation result;
    result.retrieval = run_trials(form, meters, config, seed, 0, [&](std::size_t trial) {
        return data.train.column(trial % data.train.cols);
    });
    RandomStream choice(seed, Purpose::evaluation_choice, 0);
    if (data.test.cols > 0) {
        result.generalization =
            run_trials(form, meters, config, seed, 1, [&](std::size_t /*trial*/) {
                return data.test.column(choice.index(data.test.cols));
            });
    }
    result.energy = meters.energy.use();
    result.complexity = meters.complexity.complexity();
    result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

CouplingFigures figures_of(const Matrix& coupling,
                           const Matrix& train_images,
                           const Config& config) {
    CouplingFigures figures;
    const double strength = config.evaluation.signal_strength * config.training.evidence;
    const ImageAttractors ends = attractors_of(coupling, train_images, strength);
    const Matrix settled = settled_states(ends);
    figures.attractors = ends.states;
    figures.n_attractors = count_distinct(settled);
    figures.n_unsettled = ends.states.cols - settled.cols;
    figures.orthogonality_deviation_deg =
        deviation_from_orthogonality_deg(angles_between_states(settled));
    figures.orthogonality_deviation_paper_deg = full_matrix_deviation_deg(figures.attractors);
    figures.asymmetry = rate::asymmetry(coupling);
    figures.norm = rate::frobenius_norm(coupling);
    return figures;
}

Dream dream(Form& form,
            const Matrix& references,
            std::size_t steps,
            double inverse_temperature,
            const std::function<void(std::size_t)>& progress) {
    constexpr std::size_t k_chunk = 1000; // steps between two looks at the progress
    const std::vector<double> no_evidence(references.rows, 0.0);
    Dream result;
    result.states = Matrix(references.rows, steps);
    for (std::size_t done = 0; done < steps; done += k_chunk) {
        if (progress) progress(done);
        const std::size_t n = std::min(k_chunk, steps - done);
        const Matrix states = run(form, no_evidence, n, {inverse_temperature, false, Keep::mean});
        std::copy(states.values.begin(), states.values.end(), result.states.column(done).begin());
    }
    if (progress) progress(steps);
    if (references.cols == 0) return result;
    result.nearest = nearest_images(result.states, references);
    result.walk = walk_of(result.nearest, references.cols);
    return result;
}

DreamInLandscape dream_in_landscape(Form& form,
                                    const Matrix& coupling,
                                    const Matrix& images,
                                    const Config& config,
                                    std::size_t steps,
                                    const std::function<void(std::size_t)>& progress) {
    Landscape landscape = landscape_of(
        coupling, images, config.evaluation.signal_strength * config.training.evidence);
    Dream run =
        dream(form, landscape.states, steps, config.evaluation.inverse_temperature, progress);
    run.walk = walk_of(run.nearest, landscape.attractors.size(), landscape.n_of_images);
    return {std::move(landscape), std::move(run)};
}

} // namespace spikewell::experiments
