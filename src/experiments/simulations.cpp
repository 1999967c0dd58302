#include "experiments/simulations.hpp"

#include "core/statistics.hpp"

#include <cmath>

namespace spikewell::experiments {

namespace {

constexpr std::size_t k_side = 5; // of simulation 1's images

// A bar through the middle of a 5 x 5 image, `centre` at its middle.
std::vector<double> bar(bool vertical, double centre) {
    std::vector<double> image(k_side * k_side, 0.0);
    for (std::size_t n = 0; n < k_side; ++n) {
        image[vertical ? n * k_side + k_side / 2 : k_side / 2 * k_side + n] = 1.0;
    }
    image[k_side * k_side / 2] = centre;
    return image;
}

std::vector<double> cross() {
    std::vector<double> image = bar(true, 1.0);
    const std::vector<double> other = bar(false, 1.0);
    for (std::size_t n = 0; n < image.size(); ++n)
        image[n] = std::max(image[n], other[n]);
    return image;
}

// The notebook's retrieval: a bar without its peak, noise of sd 0.5, 30 steps at iT 1.
double retrieve_bar(Form& form, const Matrix& images, std::uint64_t seed) {
    std::vector<double> input = preprocess(bar(true, 1.0), Preprocess::zscore);
    RandomStream noise(seed, Purpose::evaluation_noise, 0, 2);
    for (double& x : input)
        x += 0.5 * noise.normal();
    const Matrix states = run(form, input, 30, {1.0, false, Keep::mean});
    return correlation(mean_state(states), images.column(0));
}

// Projections of the response to the cross at iT 2 [steps x 2]. Samples, because the attractors
// take turns within a few steps, which a mean over tau_ref would smooth away.
Matrix project_cross(Form& form, const Matrix& attractors, std::size_t steps) {
    const std::vector<double> input = preprocess(cross(), Preprocess::zscore);
    const Matrix states = run(form, input, steps, {2.0, false, Keep::sample});
    Matrix projections(states.cols, 2);
    for (std::size_t a = 0; a < 2; ++a) {
        const auto attractor = attractors.column(a);
        const double length = std::sqrt(dot(attractor, attractor));
        for (std::size_t s = 0; s < states.cols; ++s) {
            projections(s, a) = dot(states.column(s), attractor) / length;
        }
    }
    return projections;
}

Forgetting::Moment moment_of(Form& form,
                             const Matrix& before,
                             const Dataset& digits,
                             const Config& config,
                             std::uint64_t seed) {
    const Matrix coupling = coupling_of(form);
    const Evaluation evaluation = evaluate(form, digits, config, seed);
    return {evaluation.retrieval.median, evaluation.generalization.median,
            figures_of(coupling, digits.train, config).n_attractors,
            correlation(coupling.values, before.values)};
}

} // namespace

Matrix basis_images() {
    Matrix images(k_side * k_side, 2);
    for (std::size_t c = 0; c < 2; ++c) {
        const std::vector<double> image = preprocess(bar(c == 0, 4.0), Preprocess::zscore);
        std::copy(image.begin(), image.end(), images.column(c).begin());
    }
    return images;
}

Config basis_config(const SpikingConfig& spiking) {
    Config config;
    config.spiking = spiking;
    config.training = {30.0, 0.1, 0.01, 500, 10, Order::random};
    return config;
}

Matrix basis_attractors(const Matrix& coupling) {
    return attractors_of(coupling, basis_images(), 0.1).states;
}

OrthogonalBasis run_orthogonal_basis(Backend backend,
                                     const SpikingConfig& spiking,
                                     std::uint64_t seed) {
    OrthogonalBasis result;
    result.images = basis_images();
    Training training = train(backend, result.images, basis_config(spiking), seed);
    result.attractors = basis_attractors(coupling_of(training.form));
    result.data_correlation = correlation(result.images.column(0), result.images.column(1));
    result.attractor_correlation =
        correlation(result.attractors.column(0), result.attractors.column(1));
    result.collapsed = result.attractor_correlation > 0.99;
    result.retrieval_correlation = retrieve_bar(training.form, result.images, seed);
    result.combination = project_cross(training.form, result.attractors, 20);
    const Matrix longer = project_cross(training.form, result.attractors, 500);
    result.combination_correlation = correlation(longer.column(0), longer.column(1));
    return result;
}

Regime run_regime(Backend backend,
                  const Dataset& digits,
                  const Config& config,
                  std::uint64_t seed,
                  const RegimeOptions& options) {
    Training training = train(backend, digits.train, config, seed,
                              {options.free_energy_points, options.train_progress});
    Regime regime;
    regime.evidence = config.training.evidence;
    regime.inverse_temperature = config.training.inverse_temperature;
    regime.coupling = coupling_of(training.form);
    regime.figures = figures_of(regime.coupling, digits.train, config);
    regime.evaluation = evaluate(training.form, digits, config, seed, options.evaluate_progress);
    regime.train_wall_s = training.wall_s;
    regime.train_steps = training.steps;
    if (const auto* spiking = std::get_if<SpikingForm>(&training.form)) {
        regime.neurons = spiking->code.n_neurons();
    }
    regime.data_orthogonality_deviation_deg =
        deviation_from_orthogonality_deg(angles_between_images(digits.train));
    regime.data_orthogonality_deviation_paper_deg = full_matrix_deviation_deg(digits.train);
    regime.projector_correlation =
        correlation(regime.coupling.values, projector_couplings(digits.train).values);
    regime.spikes = training.spikes;
    regime.simulated_ms = training.simulated_ms;
    regime.free_energy = std::move(training.free_energy);
    return regime;
}

Config at_point(Config config, const GridPoint& point) {
    config.training.evidence = point.evidence;
    config.training.inverse_temperature = point.inverse_temperature;
    return config;
}

std::vector<GridPoint> published_points() {
    return {{11.0, 0.16681005372000587}, {16.0, 0.35938136638046275}, {6.0, 0.027825594022071243}};
}

Matrix sequence_images(const Dataset& digits) {
    Matrix images(digits.train.rows, 3);
    for (std::size_t c = 0; c < 3; ++c) {
        const auto image = digits.train.column(c + 1);
        std::copy(image.begin(), image.end(), images.column(c).begin());
    }
    return images;
}

Config sequence_config(Config config, std::size_t steps_per_digit) {
    config.training = {20.0, 1.0, 0.001, 2000, steps_per_digit, Order::sequential};
    return config;
}

SequenceReplay run_sequence(Backend backend,
                            const Dataset& digits,
                            const Config& config,
                            std::uint64_t seed,
                            std::size_t steps_per_digit) {
    constexpr std::size_t k_free_steps = 1000;
    const Config here = sequence_config(config, steps_per_digit);
    const Matrix images = sequence_images(digits);
    Training training = train(backend, images, here, seed);
    const Matrix coupling = coupling_of(training.form);
    SequenceReplay replay;
    replay.asymmetry = rate::asymmetry(coupling);
    replay.attractors_matched = matched_attractors(
        coupling, images, here.evaluation.signal_strength * here.training.evidence);
    replay.dream = dream(training.form, images, k_free_steps, 1.0);
    return replay;
}

Forgetting run_forgetting(Backend backend,
                          const Dataset& digits,
                          const Config& config,
                          std::uint64_t seed,
                          std::size_t free_steps) {
    Training training = train(backend, digits.train, config, seed);
    const Matrix coupling = coupling_of(training.form);
    Forgetting result;
    result.before = moment_of(training.form, coupling, digits, config, seed);
    const std::vector<double> no_evidence(digits.train.rows, 0.0);
    run(training.form, no_evidence, free_steps,
        {config.training.inverse_temperature, true, Keep::nothing});
    result.after = moment_of(training.form, coupling, digits, config, seed);
    return result;
}

} // namespace spikewell::experiments
