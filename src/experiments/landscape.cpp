#include "experiments/landscape.hpp"

#include "core/error.hpp"
#include "core/statistics.hpp"
#include "experiments/metrics.hpp"
#include "experiments/runs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

namespace spikewell::experiments {

namespace {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

double distance(std::span<const double> a, std::span<const double> b) {
    double most = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        most = std::max(most, std::abs(a[i] - b[i]));
    return most;
}

/// Within 1 % of b's largest entry.
bool is_at(std::span<const double> a, std::span<const double> b) {
    double size = 0.0;
    for (const double x : b)
        size = std::max(size, std::abs(x));
    return distance(a, b) <= 0.01 * size;
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
    return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}

void find_attractors(LandscapePoint& point, const Settled& settled) {
    const Matrix& ends = settled.states;
    std::vector<std::size_t> firsts;
    std::vector<std::size_t> counts;
    const auto number = [&](Ending ending) {
        return static_cast<std::size_t>(
            std::count(settled.endings.begin(), settled.endings.end(), ending));
    };
    point.vanished = number(Ending::vanished);
    point.cycles = number(Ending::cycle);
    point.unsettled = number(Ending::unsettled);
    for (std::size_t s = 0; s < ends.cols; ++s) {
        if (settled.endings[s] != Ending::fixed) continue;
        std::size_t a = 0;
        while (a < firsts.size() && !is_at(ends.column(s), ends.column(firsts[a])))
            ++a;
        if (a == firsts.size()) {
            firsts.push_back(s);
            counts.push_back(0);
        }
        ++counts[a];
    }
    std::vector<std::size_t> order(firsts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
    point.attractors = Matrix(ends.rows, firsts.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
        const auto from = ends.column(firsts[order[k]]);
        std::copy(from.begin(), from.end(), point.attractors.column(k).begin());
        point.basins.push_back(static_cast<double>(counts[order[k]]) /
                               static_cast<double>(ends.cols));
    }
}

double median_of(const std::vector<std::size_t>& counts) {
    return median(std::vector<double>(counts.begin(), counts.end()));
}

} // namespace

LandscapePoint landscape_point(const Matrix& coupling,
                               const Spectrum& spectrum,
                               double beta,
                               MapNode node,
                               const Matrix& starts,
                               int n_threads) {
    const Settled settled = settle(coupling, beta, node, starts, n_threads);
    LandscapePoint point;
    point.beta = beta;
    point.criticality = beta / onset_of(spectrum.values.front(), node);
    find_attractors(point, settled);
    point.iterations_median = median_of(settled.iterations);
    point.paper_iterations_median = median_of(settled.paper_iterations);
    point.orthogonality_deviation_deg =
        deviation_from_orthogonality_deg(angles_between_states(point.attractors));
    for (std::size_t a = 0; a < point.attractors.cols; ++a) {
        double best = 0.0;
        for (std::size_t v = 0; v < spectrum.vectors.cols; ++v)
            best = std::max(best, std::abs(correlation(point.attractors.column(a),
                                                       spectrum.vectors.column(v))));
        point.eigenvector_alignment.push_back(best);
    }
    point.projector_cosine =
        point.attractors.cols == 0
            ? k_nan
            : cosine(off_diagonal(coupling),
                     off_diagonal(projector_couplings(without_mirror_images(point.attractors))));
    return point;
}

std::vector<std::size_t> pairs_of(const Matrix& attractors) {
    std::vector<std::size_t> pairs(attractors.cols);
    std::vector<double> mirror(attractors.rows);
    for (std::size_t a = 0; a < attractors.cols; ++a) {
        const auto state = attractors.column(a);
        std::transform(state.begin(), state.end(), mirror.begin(), std::negate<>());
        pairs[a] = a;
        for (std::size_t b = 0; b < a && pairs[a] == a; ++b)
            if (is_at(mirror, attractors.column(b))) pairs[a] = b;
    }
    return pairs;
}

Matrix without_mirror_images(const Matrix& attractors) {
    const std::vector<std::size_t> pairs = pairs_of(attractors);
    Matrix some(attractors.rows, 0);
    for (std::size_t a = 0; a < attractors.cols; ++a) {
        if (pairs[a] != a) continue;
        const auto state = attractors.column(a);
        some.values.insert(some.values.end(), state.begin(), state.end());
        ++some.cols;
    }
    return some;
}

std::vector<double> by_pair(const std::vector<double>& shares, const Matrix& attractors) {
    const std::vector<std::size_t> pairs = pairs_of(attractors);
    std::vector<double> sums;
    for (std::size_t a = 0; a < pairs.size(); ++a) {
        if (pairs[a] != a) continue;
        double sum = 0.0;
        for (std::size_t b = 0; b < pairs.size(); ++b)
            if (pairs[b] == a) sum += shares[b];
        sums.push_back(sum);
    }
    return sums;
}

std::vector<std::size_t> basins_of(const Matrix& settled, const Matrix& attractors) {
    std::vector<std::size_t> basins(settled.cols, attractors.cols);
    for (std::size_t s = 0; s < settled.cols; ++s)
        for (std::size_t a = 0; a < attractors.cols && basins[s] == attractors.cols; ++a)
            if (is_at(settled.column(s), attractors.column(a))) basins[s] = a;
    return basins;
}

NullFigure null_figure(std::string name, double observed, const std::vector<double>& surrogates) {
    std::vector<double> finite;
    std::copy_if(surrogates.begin(), surrogates.end(), std::back_inserter(finite),
                 [](double x) { return std::isfinite(x); });
    NullFigure figure{std::move(name), observed, k_nan, k_nan, k_nan, finite.size()};
    if (finite.empty()) return figure;
    figure.mean = mean(finite);
    figure.sd = sample_standard_deviation(finite);
    if (!std::isfinite(observed)) return figure;
    const auto share = [&](auto&& extreme) {
        return (1.0 + static_cast<double>(std::count_if(finite.begin(), finite.end(), extreme))) /
               (1.0 + static_cast<double>(finite.size()));
    };
    figure.p = std::min(1.0, 2.0 * std::min(share([&](double x) { return x >= observed; }),
                                            share([&](double x) { return x <= observed; })));
    return figure;
}

namespace {

struct Statistic {
    const char* name;
    double (*of)(const LandscapePoint&);
};
const std::array<Statistic, 6> k_statistics{{
    {"n_attractors",
     [](const LandscapePoint& p) { return static_cast<double>(p.attractors.cols); }},
    {"iterations_median", [](const LandscapePoint& p) { return p.iterations_median; }},
    {"paper_iterations_median", [](const LandscapePoint& p) { return p.paper_iterations_median; }},
    {"orthogonality_deviation_deg",
     [](const LandscapePoint& p) { return p.orthogonality_deviation_deg; }},
    {"eigenvector_alignment",
     [](const LandscapePoint& p) {
         return p.eigenvector_alignment.empty() ? k_nan : mean(p.eigenvector_alignment);
     }},
    {"projector_cosine", [](const LandscapePoint& p) { return p.projector_cosine; }},
}};

Matrix surrogate_of(const Matrix& coupling,
                    const LandscapePlan& plan,
                    const std::string& null,
                    std::size_t k) {
    const auto id = static_cast<std::uint32_t>(k);
    if (null == "permuted")
        return scaled_couplings(permuted(coupling, plan.seed, id), plan.scaling);
    std::vector<Matrix> randomised;
    for (std::size_t f = 0; f < plan.series.size(); ++f)
        randomised.push_back(phase_randomised(
            plan.series[f], plan.seed, static_cast<std::uint32_t>(k * plan.series.size() + f)));
    return scaled_couplings(mean_partial_correlations(randomised), plan.scaling);
}

template <class Of>
std::vector<double> values_of(const std::vector<LandscapePoint>& points, Of&& of) {
    std::vector<double> values;
    values.reserve(points.size());
    for (const LandscapePoint& p : points)
        values.push_back(of(p));
    return values;
}

double mean_criticality(const std::vector<LandscapePoint>& points) {
    return mean(values_of(points, [](const LandscapePoint& p) { return p.criticality; }));
}

std::vector<NullFigure> null_figures(const LandscapePoint& observed,
                                     const std::vector<LandscapePoint>& surrogates) {
    std::vector<NullFigure> figures;
    figures.reserve(std::size(k_statistics));
    for (const Statistic& statistic : k_statistics)
        figures.push_back(null_figure(statistic.name, statistic.of(observed),
                                      values_of(surrogates, statistic.of)));
    return figures;
}

void add_nulls(CouplingLandscape& landscape, const Matrix& given, const Progress& progress) {
    const LandscapePlan& plan = landscape.plan;
    const Matrix starts = sparse_starts(given.rows, plan.null_starts, plan.seed);
    for (const std::string& null : plan.nulls) {
        const bool of_estimate = null == "phase" && !plan.estimated;
        const Matrix coupling =
            of_estimate ? scaled_couplings(mean_partial_correlations(plan.series), plan.scaling)
                        : landscape.coupling;
        const LandscapePoint observed = landscape_point(
            coupling, spectrum_of(coupling), plan.shown_beta, plan.node, starts, plan.n_threads);
        std::array<std::vector<LandscapePoint>, 2> points;
        points.fill(std::vector<LandscapePoint>(plan.n_surrogates));
        run_all(plan.n_surrogates, plan.n_threads, progress, [&](std::size_t k) {
            const Matrix surrogate = surrogate_of(given, plan, null, k);
            const Spectrum spectrum = spectrum_of(surrogate);
            const double onset = onset_of(spectrum.values.front(), plan.node);
            const std::array<double, 2> betas{plan.shown_beta, observed.criticality * onset};
            for (std::size_t m = 0; m < 2; ++m)
                points[m][k] = landscape_point(surrogate, spectrum, betas[m], plan.node, starts);
        });
        for (std::size_t m = 0; m < 2; ++m) {
            landscape.nulls.push_back({plan.shown_beta, null, m == 1, of_estimate,
                                       observed.criticality, mean_criticality(points[m]),
                                       null_figures(observed, points[m])});
        }
    }
}

FreeRunPlan free_plan_of(const LandscapePlan& plan) {
    return {plan.node,       plan.shown_beta, plan.noise,    plan.scale,
            plan.free_steps, plan.seed,       plan.n_threads};
}

} // namespace

CouplingLandscape study_landscape(const Matrix& coupling,
                                  LandscapePlan plan,
                                  const Progress& progress) {
    CouplingLandscape landscape;
    landscape.coupling = scaled_couplings(coupling, plan.scaling);
    landscape.spectrum = spectrum_of(landscape.coupling);
    landscape.onset = onset_of(landscape.spectrum.values.front(), plan.node);
    if (!(landscape.onset > 0.0) || !std::isfinite(landscape.onset))
        throw ParameterError("landscape", "largest eigenvalue", landscape.spectrum.values.front(),
                             "> 0");
    if (plan.betas.empty())
        for (const double criticality : {0.9, 1.05, 1.2, 1.4, 1.6, 2.0, 2.5, 3.0})
            plan.betas.push_back(criticality * landscape.onset);
    if (plan.shown_beta == 0.0) {
        const auto beyond = std::find_if(plan.betas.begin(), plan.betas.end(),
                                         [&](double beta) { return beta > landscape.onset; });
        plan.shown_beta = beyond == plan.betas.end() ? plan.betas.back() : *beyond;
    }
    if (std::find(plan.betas.begin(), plan.betas.end(), plan.shown_beta) == plan.betas.end())
        plan.betas.push_back(plan.shown_beta);
    if (plan.scale == 0.0) plan.scale = usual_scale(landscape.spectrum.values.front());
    landscape.plan = plan;
    const Matrix starts = sparse_starts(coupling.rows, plan.n_starts, plan.seed);
    for (const double beta : plan.betas) {
        landscape.points.push_back(landscape_point(landscape.coupling, landscape.spectrum, beta,
                                                   plan.node, starts, plan.n_threads));
        if (progress)
            progress(static_cast<double>(landscape.points.size()) /
                         static_cast<double>(plan.betas.size()),
                     0.0);
    }
    landscape.estimator_correlation = k_nan;
    if (!plan.series.empty() && !plan.estimated)
        landscape.estimator_correlation = correlation(
            off_diagonal(mean_partial_correlations(plan.series)), off_diagonal(coupling));
    if (!plan.nulls.empty()) add_nulls(landscape, coupling, progress);
    if (plan.free_steps > 0) {
        const auto shown =
            std::find_if(landscape.points.begin(), landscape.points.end(),
                         [&](const LandscapePoint& p) { return p.beta == plan.shown_beta; });
        for (const FreeForm form : {FreeForm::stochastic_map, FreeForm::rate, FreeForm::spiking})
            landscape.free.push_back(
                free_states(form, landscape.coupling, shown->attractors, free_plan_of(plan)));
    }
    return landscape;
}

} // namespace spikewell::experiments
