#include "experiments/sequence_study.hpp"

#include "core/statistics.hpp"
#include "experiments/runs.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

namespace spikewell::experiments {

namespace {

constexpr std::size_t k_settle_steps = 100;
constexpr std::uint16_t k_permutation_block = 1; // random patterns have 0

/// A matrix with rows and columns in a random order.
Matrix permuted(const Matrix& coupling, std::uint64_t seed) {
    RandomStream stream(seed, Purpose::patterns, 0, k_permutation_block);
    std::vector<std::size_t> order(coupling.rows);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t n = order.size(); n > 1; --n)
        std::swap(order[n - 1], order[stream.index(n)]);
    Matrix result(coupling.rows, coupling.cols);
    for (std::size_t j = 0; j < coupling.cols; ++j) {
        for (std::size_t i = 0; i < coupling.rows; ++i)
            result(i, j) = coupling(order[i], order[j]);
    }
    return result;
}

/// Networks that parts are taken from, by PartOf.
struct Sources {
    Matrix learnt;
    Matrix reverse;
    Matrix permuted;

    [[nodiscard]] const Matrix& of(PartOf part) const {
        if (part == PartOf::learnt) return learnt;
        return part == PartOf::reverse ? reverse : permuted;
    }
};

Matrix learn(Backend backend, const Matrix& images, std::uint64_t seed) {
    return coupling_of(train(backend, images, sequence_config({}), seed).form);
}

Sources sources_of(Backend backend, const Matrix& images, std::uint64_t seed) {
    Matrix reverse_images = images;
    const auto second = images.column(1);
    const auto third = images.column(2);
    std::copy(third.begin(), third.end(), reverse_images.column(1).begin());
    std::copy(second.begin(), second.end(), reverse_images.column(2).begin());
    Sources sources{learn(backend, images, seed), learn(backend, reverse_images, seed), {}};
    sources.permuted = permuted(sources.learnt, seed);
    return sources;
}

Matrix mixed(const Mixture& mixture, const Sources& sources) {
    Matrix coupling = rate::symmetric_part(sources.of(mixture.symmetric_of));
    const Matrix other = rate::antisymmetric_part(sources.of(mixture.antisymmetric_of));
    for (std::size_t k = 0; k < coupling.values.size(); ++k)
        coupling.values[k] = mixture.symmetric_scale * coupling.values[k] +
                             mixture.antisymmetric_scale * other.values[k];
    return coupling;
}

FreeRun free_run(Backend backend,
                 const Matrix& coupling,
                 double iT,
                 const Matrix& images,
                 std::uint64_t seed,
                 std::size_t steps) {
    Form form = make_form(backend, coupling, sequence_config({}), seed);
    run(form, std::vector<double>(images.rows, 0.0), k_settle_steps, {iT, false, Keep::nothing});
    const Dream free = dream(form, images, steps, iT);
    FreeRun result;
    result.walk = free.walk;
    result.dwell_steps =
        static_cast<double>(steps) / static_cast<double>(free.walk.transitions + 1);
    for (std::size_t s = 0; s < steps; ++s)
        result.nearest_correlation +=
            correlation(free.states.column(s), images.column(free.nearest[s])) /
            static_cast<double>(steps);
    result.chain = chain_entropy_production(free.nearest, images.cols);
    result.state = state_entropy_production(free.states, coupling, iT);
    return result;
}

std::string source_of(PartOf part) {
    if (part == PartOf::learnt) return "";
    return part == PartOf::reverse ? " of 1→3→2" : " of permuted nodes";
}

} // namespace

std::string name_of(const Mixture& mixture) {
    const double g = mixture.antisymmetric_scale;
    std::string name;
    if (mixture.symmetric_scale != 0.0) {
        const double f = mixture.symmetric_scale;
        name = (f == 1.0 ? "S" : fmt::format("{:g} S", f)) + source_of(mixture.symmetric_of);
    }
    if (g == 0.0) return name.empty() ? "0" : name;
    if (!name.empty()) name += g < 0.0 ? " - " : " + ";
    const double size = name.empty() ? g : std::abs(g);
    name += (size == 1.0 ? "A" : fmt::format("{:g} A", size)) + source_of(mixture.antisymmetric_of);
    return name;
}

std::vector<Mixture> mixtures_of(const SequencesPlan& plan) {
    std::vector<Mixture> mixtures;
    for (const double iT : plan.inverse_temperatures) {
        for (const double g : plan.scales)
            mixtures.push_back({1.0, PartOf::learnt, g, PartOf::learnt, iT});
    }
    const double iT = plan.inverse_temperatures.front();
    mixtures.push_back({0.0, PartOf::learnt, 1.0, PartOf::learnt, iT});
    mixtures.push_back({1.0, PartOf::learnt, 1.0, PartOf::reverse, iT});
    mixtures.push_back({1.0, PartOf::reverse, 1.0, PartOf::learnt, iT});
    mixtures.push_back({1.0, PartOf::reverse, 1.0, PartOf::reverse, iT});
    mixtures.push_back({1.0, PartOf::learnt, 1.0, PartOf::permuted, iT});
    mixtures.push_back({1.0, PartOf::permuted, 1.0, PartOf::learnt, iT});
    return mixtures;
}

double estimated_s(const SequencesPlan& plan) {
    constexpr std::size_t k_part = 20;
    const Matrix images = sequence_images(plan.digits);
    const std::size_t n_mixtures = mixtures_of(plan).size();
    double total_s = 0.0;
    for (const Backend backend : plan.backends) {
        Matrix coupling;
        const double learning_s =
            seconds_of([&] { coupling = learn(backend, images, plan.first_seed); });
        const double running_s = seconds_of([&] {
            (void)free_run(backend, coupling, 1.0, images, plan.first_seed,
                           plan.free_steps / k_part);
        });
        total_s += static_cast<double>(plan.n_seeds) *
                   (2.0 * learning_s + static_cast<double>(k_part * n_mixtures) * running_s);
    }
    return total_s;
}

SequencesStudy study_sequences(const SequencesPlan& plan, const Watch& watch) {
    const Matrix images = sequence_images(plan.digits);
    SequencesStudy study{plan, mixtures_of(plan), {}};
    for (const Backend backend : plan.backends) {
        for (std::size_t s = 0; s < plan.n_seeds; ++s) {
            study.runs.push_back({backend, plan.first_seed + s, 0.0, 0.0, 0.0, {}, {}});
        }
    }
    run_all(
        study.runs.size(), plan.n_threads, watch,
        [&](std::size_t task) {
            SequencesStudy::Run& one = study.runs[task];
            const Sources sources = sources_of(one.backend, images, one.seed);
            one.asymmetry = rate::asymmetry(sources.learnt);
            one.symmetric_correlation = correlation(rate::symmetric_part(sources.learnt).values,
                                                    rate::symmetric_part(sources.reverse).values);
            one.antisymmetric_correlation =
                correlation(rate::antisymmetric_part(sources.learnt).values,
                            rate::antisymmetric_part(sources.reverse).values);
            for (const Mixture& mixture : study.mixtures) {
                const Matrix coupling = mixed(mixture, sources);
                one.gaussian.push_back(
                    gaussian_entropy_production(coupling, mixture.inverse_temperature));
                one.free.push_back(free_run(one.backend, coupling, mixture.inverse_temperature,
                                            images, one.seed, plan.free_steps));
            }
        },
        [&](auto& archive, std::size_t task) {
            SequencesStudy::Run& one = study.runs[task];
            archive(one.asymmetry, one.symmetric_correlation, one.antisymmetric_correlation,
                    one.gaussian);
            one.free.resize(study.mixtures.size());
            for (FreeRun& free : one.free) {
                archive(free.walk.transitions, free.walk.forward_transitions, free.walk.occupancy,
                        free.dwell_steps, free.nearest_correlation, free.chain.nats_per_step,
                        free.chain.error, free.state.nats_per_step, free.state.error);
            }
        });
    return study;
}

} // namespace spikewell::experiments
