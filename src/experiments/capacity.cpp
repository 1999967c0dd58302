#include "experiments/capacity.hpp"

#include "core/statistics.hpp"
#include "experiments/evaluation.hpp"
#include "experiments/metrics.hpp"
#include "experiments/training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

namespace spikewell::experiments {

namespace {

constexpr std::uint16_t k_cue_noise_block = 3; // evaluate has 0 and 1, simulation 1 has 2
constexpr std::uint16_t k_flips_block = 4;
constexpr double k_settled_within = 1e-12; // a state that is so near its end moves no figure
constexpr double k_zero_temperature = 1e4; // iT at which L is a sign

std::vector<double> signs_of(std::span<const double> x) {
    std::vector<double> signs(x.begin(), x.end());
    for (double& s : signs)
        s = s < 0.0 ? -1.0 : 1.0;
    return signs;
}

} // namespace

Matrix random_patterns(std::size_t n_nodes, std::size_t n_patterns, std::uint64_t seed) {
    Matrix patterns(n_nodes, n_patterns);
    for (std::size_t p = 0; p < n_patterns; ++p) {
        RandomStream stream(seed, Purpose::patterns, static_cast<std::uint32_t>(p));
        for (double& x : patterns.column(p))
            x = stream.uniform() < 0.5 ? -1.0 : 1.0;
    }
    return patterns;
}

double largest_correlation(const Matrix& patterns) {
    double largest = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t a = 0; a < patterns.cols; ++a) {
        for (std::size_t b = a + 1; b < patterns.cols; ++b)
            largest =
                std::fmax(largest, std::abs(correlation(patterns.column(a), patterns.column(b))));
    }
    return largest;
}

double retention_of(const Matrix& coupling,
                    const Matrix& patterns,
                    const RetentionOptions& options) {
    const std::vector<double> no_evidence(patterns.rows, 0.0);
    double sum = 0.0;
    for (std::size_t p = 0; p < patterns.cols; ++p) {
        const rate::Relaxation end =
            rate::relax(coupling, patterns.column(p), no_evidence,
                        {options.inverse_temperature, k_settled_within, options.steps});
        sum += correlation(end.state, patterns.column(p));
    }
    return sum / static_cast<double>(patterns.cols);
}

std::vector<double> with_flips(std::span<const double> pattern, double share, RandomStream choice) {
    std::vector<double> result(pattern.begin(), pattern.end());
    std::vector<std::size_t> nodes(pattern.size());
    std::iota(nodes.begin(), nodes.end(), std::size_t{0});
    const auto n =
        static_cast<std::size_t>(std::lround(share * static_cast<double>(pattern.size())));
    for (std::size_t k = 0; k < n; ++k) {
        std::swap(nodes[k], nodes[k + choice.index(nodes.size() - k)]);
        result[nodes[k]] *= -1.0;
    }
    return result;
}

double retrieval_success(const Retrieve& retrieve,
                         const Matrix& patterns,
                         std::uint64_t seed,
                         const RetrievalOptions& options) {
    std::size_t retrieved = 0;
    for (std::size_t p = 0; p < patterns.cols; ++p) {
        const RandomStream choice(seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(p),
                                  k_flips_block);
        const std::vector<double> end =
            retrieve(with_flips(patterns.column(p), options.flips, choice));
        if (correlation(signs_of(end), signs_of(patterns.column(p))) > options.threshold)
            ++retrieved;
    }
    return static_cast<double>(retrieved) / static_cast<double>(patterns.cols);
}

double retrieval_success(const Matrix& coupling,
                         const Matrix& patterns,
                         std::uint64_t seed,
                         const RetrievalOptions& options) {
    const std::vector<double> no_evidence(patterns.rows, 0.0);
    const auto retrieve = [&](const std::vector<double>& cue) {
        return rate::relax(coupling, cue, no_evidence,
                           {k_zero_temperature, k_settled_within, options.steps})
            .state;
    };
    return retrieval_success(retrieve, patterns, seed, options);
}

Reconstruction reconstruct(Form& form,
                           const Matrix& patterns,
                           std::uint64_t seed,
                           const ReconstructionOptions& options) {
    Reconstruction result;
    const std::size_t n =
        options.n_patterns > 0 ? std::min(options.n_patterns, patterns.cols) : patterns.cols;
    const std::size_t kept = std::min(options.kept, n);
    result.cues = Matrix(patterns.rows, kept);
    result.responses = Matrix(patterns.rows, kept);
    const double weight = 1.0 / static_cast<double>(n);
    for (std::size_t p = 0; p < n; ++p) {
        const auto pattern = patterns.column(p);
        const RandomStream noise(seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(p),
                                 k_cue_noise_block);
        const std::vector<double> cue = noisy_input(pattern, 1.0 / options.noise, noise);
        set_state(form, cue);
        const std::vector<double> evidence = scaled(cue, options.signal_strength);
        run(form, evidence, options.left_out_steps,
            {options.inverse_temperature, false, Keep::nothing});
        const std::vector<double> response =
            mean_state(run(form, evidence, options.steps - options.left_out_steps,
                           {options.inverse_temperature, false, Keep::mean}));
        result.correlation += weight * correlation(response, pattern);
        result.cue_correlation += weight * correlation(cue, pattern);
        if (p < kept) {
            std::copy(cue.begin(), cue.end(), result.cues.column(p).begin());
            std::copy(response.begin(), response.end(), result.responses.column(p).begin());
        }
    }
    return result;
}

double learning_steps_per_s(std::size_t n_nodes, int n_threads) {
    const auto n = static_cast<double>(n_nodes);
    require_memory(n * n * sizeof(float), "rate network");
    const Config config = capacity_config({n_nodes, 1, {}});
    Form form = untrained_form(Backend::rate, n_nodes, config, 1, {n_threads});
    const std::vector<double> evidence =
        scaled(random_patterns(n_nodes, 1, 1).column(0), config.training.evidence);
    const RunOptions learning{config.training.inverse_temperature, true, Keep::nothing};
    constexpr std::size_t k_at_once = rate::k_steps_per_write;
    run(form, evidence, k_at_once, learning); // memory is there now
    const auto start = std::chrono::steady_clock::now();
    std::size_t steps = 0;
    std::chrono::duration<double> took{};
    for (; took.count() < 1.0; took = std::chrono::steady_clock::now() - start) {
        run(form, evidence, k_at_once, learning);
        steps += k_at_once;
    }
    return static_cast<double>(steps) / took.count();
}

std::vector<std::size_t> pattern_counts(std::size_t n_nodes) {
    std::vector<std::size_t> counts;
    for (std::size_t tenth = 1; tenth < 10; ++tenth)
        counts.push_back((tenth * n_nodes + 5) / 10);
    return counts;
}

TrainingConfig memory_training(double evidence, double learning_rate, std::size_t presentations) {
    return {evidence, 1.0, learning_rate, presentations, 10, Order::random, /*reset_state*/ true};
}

Config capacity_config(const CapacityPlan& plan) {
    Config config;
    config.spiking = plan.spiking;
    config.training =
        memory_training(2.0, 0.05 / static_cast<double>(plan.n_nodes), plan.presentations);
    return config;
}

CapacityPoint run_capacity(Backend backend,
                           const CapacityPlan& plan,
                           std::size_t n_patterns,
                           std::uint64_t seed) {
    const Matrix patterns = random_patterns(plan.n_nodes, n_patterns, seed);
    Training training = train(backend, patterns, capacity_config(plan), seed);
    const Matrix coupling = coupling_of(training.form);
    CapacityPoint point;
    point.patterns = n_patterns;
    point.retention = retention_of(coupling, patterns);
    const Reconstruction reconstruction = reconstruct(training.form, patterns, seed);
    point.reconstruction = reconstruction.correlation;
    point.cue_correlation = reconstruction.cue_correlation;
    point.projector_correlation =
        correlation(coupling.values, projector_couplings(patterns).values);
    point.pattern_correlation = largest_correlation(patterns);
    return point;
}

} // namespace spikewell::experiments
