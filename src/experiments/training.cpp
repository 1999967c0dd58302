#include "experiments/training.hpp"

#include "core/archive.hpp"
#include "neuron_models/langevin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace spikewell::experiments {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::size_t image_of(std::size_t presentation,
                     const TrainingConfig& training,
                     std::size_t n_images,
                     RandomStream& order) {
    return training.order == Order::random ? order.index(n_images) : presentation % n_images;
}

void add_counts(Training& training, const Config& config) {
    const auto* spiking = std::get_if<SpikingForm>(&training.form);
    if (spiking == nullptr) return;
    training.spikes = spiking->simulator.counters().spikes;
    training.simulated_ms = config.spiking.tau_ref_ms * static_cast<double>(training.steps);
}

/// E sigma^2 of a continuous Bernoulli node under u; L(u)/u is 1/3 at 0.
double mean_square_state(double u) {
    return std::abs(u) > 1e-8 ? 1.0 - 2.0 * langevin(u) / u : 1.0 / 3.0;
}

/// How far a training has come.
struct Reached {
    std::uint64_t done = 0; // presentations
    double wall_s = 0.0;

    template <class Archive> void archive(Archive& archive) { archive(done, wall_s); }
};

std::string save_training(Training& training, Reached reached) {
    ArchiveWriter writer;
    writer(reached);
    return writer.take() + save_form(training.form);
}

Reached go_on_from(Training& training, std::string_view saved, const TrainingConfig& plan) {
    constexpr std::size_t k_reached_bytes = sizeof(std::uint64_t) + sizeof(double);
    Reached reached;
    ArchiveReader reader(saved);
    reader(reached);
    if (reached.done >= plan.presentations) ArchiveReader::fail("is not that of this training");
    load_form(training.form, saved.substr(k_reached_bytes));
    training.wall_s = reached.wall_s;
    training.steps = reached.done * plan.steps_per_presentation;
    return reached;
}

} // namespace

double learning_rate_of(const TrainingConfig& training, std::size_t n_nodes) {
    return spikewell::learning_rate_of(training.learning_rate, static_cast<double>(n_nodes));
}

double moved_by_presentation(const Matrix& images, const TrainingConfig& training) {
    double squares = 0.0; // over all images and nodes
    for (const double pixel : images.values)
        squares += mean_square_state(training.inverse_temperature * training.evidence * pixel);
    return learning_rate_of(training, images.rows) *
           static_cast<double>(training.steps_per_presentation) * squares /
           static_cast<double>(images.cols) / 3.0;
}

std::vector<std::string> warnings_of(const Dataset& data, const Config& config) {
    std::vector<std::string> warnings;
    const double moved = moved_by_presentation(data.train, config.training);
    if (moved > k_most_moved) {
        const std::size_t n = data.train.rows;
        const double usual = spikewell::learning_rate_of({}, static_cast<double>(n));
        const std::string help =
            learning_rate_of(config.training, n) > usual
                ? fmt::format("null, {:.3g} for {} nodes, is the default", usual, n)
                : "fewer steps_per_presentation help";
        warnings.push_back(
            fmt::format("/training/learning_rate: a presentation moves the prediction by {:.2g} of "
                        "itself (rho); beyond {} rates and spikes part; {}",
                        moved, k_most_moved, help));
    }
    if (data.squared_signed > 0) {
        warnings.push_back(fmt::format(
            "/data/preprocess: square-zscore squares pixels below 0 of {} images: an image and its "
            "negative become one; zscore keeps signs",
            data.squared_signed));
    }
    return warnings;
}

namespace {

/// Where inference begins.
std::vector<double> first_state(const std::vector<double>& evidence) {
    std::vector<double> state = evidence;
    for (double& x : state)
        x = langevin(x);
    return state;
}

void add_to(FreeEnergyPoint& mean, const rate::FreeEnergy& f, double weight) {
    mean.complexity += weight * f.complexity;
    mean.accuracy += weight * f.accuracy;
    mean.free_energy += weight * f.total;
}

} // namespace

FreeEnergyPoint mean_free_energy(const Matrix& coupling, const Matrix& images, double strength) {
    // The curve is looked at, not counted on: a state that still moves after this many steps is
    // near enough.
    constexpr rate::RelaxOptions roughly{1.0, 1e-4, 100};
    FreeEnergyPoint point;
    for (std::size_t c = 0; c < images.cols; ++c) {
        const std::vector<double> evidence = scaled(images.column(c), strength);
        const rate::Relaxation inferred =
            rate::relax(coupling, first_state(evidence), evidence, roughly);
        add_to(point, rate::free_energy(coupling, evidence, inferred.state),
               1.0 / static_cast<double>(images.cols));
    }
    return point;
}

std::vector<InferencePoint> free_energy_of_inference(const Matrix& coupling,
                                                     const Matrix& images,
                                                     double strength,
                                                     std::size_t n_steps) {
    std::vector<InferencePoint> points(n_steps + 1);
    Matrix totals(images.cols, n_steps + 1);
    const double weight = 1.0 / static_cast<double>(images.cols);
    for (std::size_t c = 0; c < images.cols; ++c) {
        const std::vector<double> evidence = scaled(images.column(c), strength);
        std::vector<double> state = first_state(evidence);
        for (std::size_t step = 0; step <= n_steps; ++step) {
            const rate::FreeEnergy f = rate::free_energy(coupling, evidence, state);
            points[step].mean.step = step;
            add_to(points[step].mean, f, weight);
            totals(c, step) = f.total;
            state = rate::deterministic_step(coupling, state, evidence, 1.0);
        }
    }
    for (std::size_t step = 0; step <= n_steps; ++step) {
        std::vector<double> sorted(totals.column(step).begin(), totals.column(step).end());
        std::sort(sorted.begin(), sorted.end());
        points[step].lower_quartile = sorted[(sorted.size() - 1) / 4];
        points[step].upper_quartile = sorted[sorted.size() - 1 - (sorted.size() - 1) / 4];
    }
    return points;
}

void present(Form& form,
             const Matrix& images,
             const TrainingConfig& plan,
             RandomStream& order,
             const std::function<void(std::size_t done)>& after,
             std::size_t done) {
    const RunOptions learning{plan.inverse_temperature, true, Keep::nothing};
    for (std::size_t p = done; p < plan.presentations; ++p) {
        const std::size_t image = image_of(p, plan, images.cols, order);
        const std::vector<double> evidence = scaled(images.column(image), plan.evidence);
        if (plan.reset_state) begin_presentation(form, evidence, plan.inverse_temperature);
        run(form, evidence, plan.steps_per_presentation, learning);
        if (after) after(p + 1);
    }
}

Training train(Backend backend,
               const Matrix& images,
               const Config& config,
               std::uint64_t seed,
               const TrainingOptions& options) {
    const TrainingConfig& plan = config.training;
    Training training{
        untrained_form(backend, images.rows, config, seed, options.form), 0.0, 0, 0, 0.0, {}};
    RandomStream order(seed, Purpose::presentation_order, 0);
    const double strength = config.evaluation.signal_strength * plan.evidence;
    const auto look = [&] {
        FreeEnergyPoint point = mean_free_energy(coupling_of(training.form), images, strength);
        point.step = training.steps;
        training.free_energy.push_back(point);
    };
    const std::size_t n_points = options.free_energy_points;
    const std::size_t interval = n_points > 0
                                     ? std::max<std::size_t>(1, plan.presentations / n_points)
                                     : plan.presentations + 1;
    const double step_ms = backend == Backend::spiking ? config.spiking.tau_ref_ms : 0.0;
    Reached begun;
    if (!options.saved.empty()) begun = go_on_from(training, options.saved, plan);
    if (plan.order == Order::random) order.skip_to(begun.done); // one draw each
    const std::size_t steps_before = training.steps;
    if (n_points > 0) look();
    if (options.progress) options.progress(0.0, 0.0);
    auto start = Clock::now();
    const auto after = [&](std::size_t done) {
        training.wall_s += seconds_since(start);
        training.steps += plan.steps_per_presentation;
        if (done % interval == 0) look();
        if (options.progress) {
            options.progress(static_cast<double>(done) / static_cast<double>(plan.presentations),
                             step_ms * static_cast<double>(training.steps - steps_before));
        }
        if (options.between && done < plan.presentations)
            options.between(done, [&] { return save_training(training, {done, training.wall_s}); });
        start = Clock::now();
    };
    present(training.form, images, plan, order, after, begun.done);
    add_counts(training, config);
    return training;
}

} // namespace spikewell::experiments
