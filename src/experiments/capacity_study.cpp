#include "experiments/capacity_study.hpp"

#include "core/error.hpp"
#include "core/statistics.hpp"
#include "experiments/metrics.hpp"
#include "experiments/runs.hpp"
#include "rate/competing_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace spikewell::experiments {

namespace {

// Random patterns have block 0, study sequences 1.
constexpr std::uint16_t k_gaussian_block = 2;
constexpr std::uint16_t k_images_block = 3;

bool is_form(Memory memory, Backend backend) {
    return backend == Backend::rate ? memory == Memory::rate_reset || memory == Memory::rate
                                    : memory == Memory::spiking_reset || memory == Memory::spiking;
}

Config config_of(const CapacityStudyPlan& plan, std::size_t n_nodes, bool reset) {
    Config config = capacity_config({n_nodes, plan.presentations, {}});
    config.training.reset_state = reset;
    return config;
}

Matrix gaussian_patterns(std::size_t n_nodes, std::size_t n, std::uint64_t seed) {
    Matrix patterns(n_nodes, n);
    for (std::size_t p = 0; p < n; ++p) {
        RandomStream stream(seed, Purpose::patterns, static_cast<std::uint32_t>(p),
                            k_gaussian_block);
        for (double& x : patterns.column(p))
            x = stream.normal();
    }
    return patterns;
}

/// Different images, training images among them, in random order.
Matrix some_images(const Dataset& data, std::size_t n, std::uint64_t seed) {
    RandomStream stream(seed, Purpose::patterns, 0, k_images_block);
    std::vector<std::size_t> order(data.train.cols + data.test.cols);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Matrix images(data.train.rows, n);
    for (std::size_t p = 0; p < n; ++p) {
        std::swap(order[p], order[p + stream.index(order.size() - p)]);
        const auto image = order[p] < data.train.cols
                               ? data.train.column(order[p])
                               : data.test.column(order[p] - data.train.cols);
        std::copy(image.begin(), image.end(), images.column(p).begin());
    }
    return images;
}

Matrix patterns_of(const CapacityStudyPlan& plan,
                   std::size_t n_nodes,
                   std::size_t n,
                   std::uint64_t seed) {
    if (plan.kind == PatternKind::binary) return random_patterns(n_nodes, n, seed);
    if (plan.kind == PatternKind::gaussian) return gaussian_patterns(n_nodes, n, seed);
    return some_images(plan.digits, n, seed);
}

Matrix delta_couplings(const Matrix& patterns, std::size_t presentations, std::uint64_t seed) {
    RandomStream order(seed, Purpose::presentation_order, 0);
    Matrix coupling(patterns.rows, patterns.rows);
    for (std::size_t p = 0; p < presentations; ++p)
        rate::delta_step(coupling, patterns.column(order.index(patterns.cols)));
    return coupling;
}

Matrix couplings_of(Memory memory,
                    const CapacityStudyPlan& plan,
                    const Matrix& patterns,
                    std::uint64_t seed) {
    switch (memory) {
    case Memory::hebb:
        return rate::hebb_couplings(patterns);
    case Memory::delta:
        return delta_couplings(patterns, plan.presentations, seed);
    case Memory::projector:
        return projector_couplings(patterns);
    default:
        break;
    }
    const Backend backend = is_form(memory, Backend::rate) ? Backend::rate : Backend::spiking;
    const bool reset = memory == Memory::rate_reset || memory == Memory::spiking_reset;
    return coupling_of(train(backend, patterns, config_of(plan, patterns.rows, reset), seed).form);
}

double dense_success(const Matrix& patterns, std::uint64_t seed) {
    constexpr int k_steps = 10; // one is enough unless the first is undecided
    const auto retrieve = [&](const std::vector<double>& cue) {
        std::vector<double> state = cue;
        for (int step = 0; step < k_steps; ++step)
            state = rate::dense_step(patterns, state);
        return state;
    };
    return retrieval_success(retrieve, patterns, seed);
}

void run_seed(const CapacityStudyPlan& plan, CapacityStudyPoint& point, std::size_t s) {
    const std::uint64_t seed = plan.first_seed + s;
    const Matrix patterns = patterns_of(plan, point.n_nodes, point.patterns, seed);
    if (point.memory == Memory::dense) {
        point.success[s] = dense_success(patterns, seed);
        return;
    }
    const Matrix coupling = couplings_of(point.memory, plan, patterns, seed);
    point.success[s] = retrieval_success(coupling, patterns, seed);
    point.projector_correlation[s] =
        correlation(coupling.values, projector_couplings(patterns).values);
}

std::size_t patterns_at(double load, std::size_t n_nodes) {
    return std::max<std::size_t>(
        1, static_cast<std::size_t>(std::lround(load * static_cast<double>(n_nodes))));
}

void require_images(const CapacityStudyPlan& plan) {
    if (plan.kind != PatternKind::images) return;
    const std::size_t pixels = plan.digits.train.rows;
    for (const std::size_t n : plan.n_nodes) {
        if (n != pixels)
            throw ParameterError("study capacity", "n_nodes", static_cast<double>(n),
                                 fmt::format("{}, the pixels of an image", pixels));
    }
    const std::size_t images = plan.digits.train.cols + plan.digits.test.cols;
    const std::size_t most = patterns_at(plan.loads.back(), pixels);
    if (most > images)
        throw ParameterError("study capacity", "patterns", static_cast<double>(most),
                             fmt::format("at most {}, the number of images", images));
}

} // namespace

const char* name_of(PatternKind kind) {
    static constexpr std::array<const char*, 3> names = {"binary", "gaussian", "images"};
    return names[static_cast<std::size_t>(kind)];
}

std::span<const PatternKind> pattern_kinds() {
    static constexpr std::array<PatternKind, 3> all = {PatternKind::binary, PatternKind::gaussian,
                                                       PatternKind::images};
    return all;
}

std::string name_of(Memory memory) {
    switch (memory) {
    case Memory::rate_reset:
        return "rate, reset";
    case Memory::rate:
        return "rate";
    case Memory::hebb:
        return "Hebb";
    case Memory::delta:
        return "delta rule";
    case Memory::projector:
        return "projector";
    case Memory::dense:
        return "dense Hopfield";
    case Memory::spiking_reset:
        return "spiking, reset";
    case Memory::spiking:
        break;
    }
    return "spiking";
}

std::size_t seeds_at(const CapacityStudyPlan& plan, std::size_t n_nodes) {
    const std::size_t least = *std::min_element(plan.n_nodes.begin(), plan.n_nodes.end());
    return std::max<std::size_t>(1, plan.n_seeds * least / n_nodes);
}

std::vector<Memory> memories_of(const CapacityStudyPlan& plan) {
    const auto has = [&](Backend backend) {
        return std::find(plan.backends.begin(), plan.backends.end(), backend) !=
               plan.backends.end();
    };
    std::vector<Memory> memories;
    for (const Memory memory :
         {Memory::rate_reset, Memory::rate, Memory::hebb, Memory::delta, Memory::projector,
          Memory::dense, Memory::spiking_reset, Memory::spiking}) {
        const bool left_out = (is_form(memory, Backend::rate) && !has(Backend::rate)) ||
                              (is_form(memory, Backend::spiking) && !has(Backend::spiking));
        if (!left_out) memories.push_back(memory);
    }
    return memories;
}

std::vector<const CapacityStudyPoint*> curve_of(const CapacityStudy& study,
                                                Memory memory,
                                                std::size_t n_nodes) {
    std::vector<const CapacityStudyPoint*> curve;
    for (const CapacityStudyPoint& point : study.points) {
        if (point.memory == memory && point.n_nodes == n_nodes) curve.push_back(&point);
    }
    return curve;
}

Capacity capacity_of(const CapacityStudy& study, Memory memory, std::size_t n_nodes) {
    const std::vector<const CapacityStudyPoint*> curve = curve_of(study, memory, n_nodes);
    Capacity capacity;
    for (std::size_t s = 0; s < seeds_at(study.plan, n_nodes); ++s) {
        double load = 0.0;
        double success = 1.0;
        const auto below = std::find_if(curve.begin(), curve.end(), [&](const auto* point) {
            if (point->success[s] < k_success) return true;
            load = point->load;
            success = point->success[s];
            return false;
        });
        if (below == curve.end()) {
            capacity.more = true;
        } else {
            const double fallen = (success - k_success) / (success - (*below)->success[s]);
            load += fallen * ((*below)->load - load);
        }
        capacity.of_seed.push_back(load);
    }
    return capacity;
}

namespace {

CapacityStudyPoint point_to_come(const CapacityStudyPlan& plan,
                                 std::size_t n_nodes,
                                 Memory memory,
                                 double load) {
    const std::vector<double> none(seeds_at(plan, n_nodes),
                                   std::numeric_limits<double>::quiet_NaN());
    const std::size_t patterns = patterns_at(load, n_nodes);
    return {n_nodes,  memory, static_cast<double>(patterns) / static_cast<double>(n_nodes),
            patterns, none,   none};
}

} // namespace

double estimated_s(const CapacityStudyPlan& plan) {
    require_images(plan);
    constexpr std::size_t k_parts = 100;
    const std::size_t part = std::max<std::size_t>(1, plan.presentations / k_parts);
    double total_s = 0.0;
    for (const Backend backend : plan.backends) {
        for (const std::size_t n : plan.n_nodes) {
            Config config = config_of(plan, n, false);
            config.training.presentations = part;
            const Training trained =
                train(backend, random_patterns(n, n / 3, plan.first_seed), config, plan.first_seed);
            total_s += trained.wall_s * static_cast<double>(plan.presentations) /
                       static_cast<double>(part) *
                       static_cast<double>(2 * plan.loads.size() * seeds_at(plan, n));
        }
    }
    return total_s;
}

CapacityStudy study_capacity(const CapacityStudyPlan& plan, const Watch& watch) {
    require_images(plan);
    CapacityStudy study{plan, {}};
    std::vector<std::pair<std::size_t, std::size_t>> tasks; // point and seed
    for (const std::size_t n : plan.n_nodes) {
        for (const Memory memory : memories_of(plan)) {
            for (const double load : plan.loads)
                study.points.push_back(point_to_come(plan, n, memory, load));
        }
    }
    for (std::size_t point = 0; point < study.points.size(); ++point) {
        for (std::size_t s = 0; s < study.points[point].success.size(); ++s)
            tasks.emplace_back(point, s);
    }
    // From the last on: the longest runs first, that threads end together.
    run_all(
        tasks.size(), plan.n_threads, watch,
        [&](std::size_t task) {
            const auto [point, s] = tasks[tasks.size() - 1 - task];
            run_seed(plan, study.points[point], s);
        },
        [&](auto& archive, std::size_t task) {
            const auto [point, s] = tasks[tasks.size() - 1 - task];
            archive(study.points[point].success[s], study.points[point].projector_correlation[s]);
        });
    return study;
}

} // namespace spikewell::experiments
