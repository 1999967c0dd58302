#include "experiments/landscape.hpp"

#include "core/clones.hpp"
#include "core/error.hpp"
#include "core/statistics.hpp"
#include "experiments/metrics.hpp"
#include "experiments/runs.hpp"
#include "neuron_models/langevin.hpp"

#include <Eigen/Dense>
#include <unsupported/Eigen/FFT>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

namespace spikewell::experiments {

namespace {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t k_lanes = 16;
constexpr std::size_t k_starts_at_once = 64;  // of one thread
constexpr double k_settled = 1e-9;            // relative change of the energy
constexpr double k_vanished = 1e-6;           // largest entry of a state that counts as 0
constexpr std::uint16_t k_start_block = 1;    // of Purpose::patterns; random_patterns has 0
constexpr std::uint16_t k_permutation_block = 2;
constexpr std::uint16_t k_phase_block = 3;
constexpr std::uint16_t k_noise_block = 4;    // of Purpose::evaluation_noise; capacity has 3

using Lanes = std::array<double, k_lanes>;

Eigen::Map<const Eigen::MatrixXd> view(const Matrix& m) {
    return {m.values.data(), static_cast<Eigen::Index>(m.rows), static_cast<Eigen::Index>(m.cols)};
}

Matrix matrix_of(const Eigen::MatrixXd& m) {
    Matrix result(static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()));
    std::copy(m.data(), m.data() + m.size(), result.values.begin());
    return result;
}

/// fields = J states, lane by lane; J symmetric [n x n]. Lanes never mix, so that one start's numbers do not
/// depend on its neighbours.
SPIKEWELL_CLONES
void multiply(const double* coupling, const Lanes* states, Lanes* fields, std::size_t n) {
    std::size_t i = 0;
    for (; i + 2 <= n; i += 2) {
        double a[k_lanes] = {};
        double b[k_lanes] = {};
        for (std::size_t j = 0; j < n; ++j) {
            const double wa = coupling[i * n + j];
            const double wb = coupling[(i + 1) * n + j];
            const double* s = states[j].data();
            for (std::size_t l = 0; l < k_lanes; ++l) {
                a[l] += wa * s[l];
                b[l] += wb * s[l];
            }
        }
        std::copy(a, a + k_lanes, fields[i].begin());
        std::copy(b, b + k_lanes, fields[i + 1].begin());
    }
    for (; i < n; ++i) {
        fields[i].fill(0.0);
        for (std::size_t j = 0; j < n; ++j)
            for (std::size_t l = 0; l < k_lanes; ++l)
                fields[i][l] += coupling[i * n + j] * states[j][l];
    }
}

double response(double field, MapNode node) {
    return node == MapNode::tanh ? std::tanh(field) : langevin(field);
}

/// Starts first .. last - 1 in lanes; a lane whose energy repeats takes the next start.
void settle_some(const Matrix& coupling, double beta, MapNode node, const Matrix& starts,
                 std::size_t first, std::size_t last, Settled& settled, std::size_t& unsettled) {
    const std::size_t n = coupling.rows;
    std::vector<Lanes> states(n, Lanes{});
    std::vector<Lanes> fields(n, Lanes{});
    std::array<std::optional<std::size_t>, k_lanes> start_of;
    std::array<std::size_t, k_lanes> steps{};
    Lanes energy{};
    std::array<bool, k_lanes> fresh{};
    std::size_t next = first;
    const auto load = [&](std::size_t l) {
        start_of[l].reset();
        if (next == last) return;
        start_of[l] = next++;
        steps[l] = 0;
        fresh[l] = true;
        for (std::size_t i = 0; i < n; ++i)
            states[i][l] = starts(i, *start_of[l]);
    };
    for (std::size_t l = 0; l < k_lanes; ++l)
        load(l);
    while (std::any_of(start_of.begin(), start_of.end(), [](const auto& s) { return s.has_value(); })) {
        multiply(coupling.values.data(), states.data(), fields.data(), n);
        for (std::size_t l = 0; l < k_lanes; ++l) {
            if (!start_of[l]) continue;
            double e = 0.0;
            for (std::size_t i = 0; i < n; ++i)
                e += states[i][l] * fields[i][l];
            e *= -0.5;
            const std::size_t s = *start_of[l];
            const bool was_fresh = std::exchange(fresh[l], false);
            if (!was_fresh && settled.iterations[s] == 0 &&
                std::abs(e - energy[l]) <= k_settled * std::abs(e))
                settled.iterations[s] = steps[l];
            const bool repeats = !was_fresh && e == energy[l];
            if (repeats || steps[l] == k_most_iterations) {
                unsettled += repeats ? 0U : 1U;
                settled.paper_iterations[s] = steps[l];
                if (settled.iterations[s] == 0) settled.iterations[s] = steps[l];
                for (std::size_t i = 0; i < n; ++i)
                    settled.states(i, s) = states[i][l];
                load(l);
                continue;
            }
            energy[l] = e;
            ++steps[l];
            for (std::size_t i = 0; i < n; ++i)
                states[i][l] = response(beta * fields[i][l], node);
        }
    }
}

bool has_vanished(std::span<const double> state) {
    return std::all_of(state.begin(), state.end(), [](double x) { return std::abs(x) < k_vanished; });
}

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

std::vector<double> off_diagonal(const Matrix& m) {
    std::vector<double> values;
    for (std::size_t j = 0; j < m.cols; ++j)
        for (std::size_t i = 0; i < j; ++i)
            values.push_back(m(i, j));
    return values;
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
    return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}

void find_attractors(LandscapePoint& point, const Matrix& ends) {
    std::vector<std::size_t> firsts;
    std::vector<std::size_t> counts;
    for (std::size_t s = 0; s < ends.cols; ++s) {
        if (has_vanished(ends.column(s))) {
            ++point.vanished;
            continue;
        }
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
        point.basins.push_back(static_cast<double>(counts[order[k]]) / static_cast<double>(ends.cols));
    }
}

double median_of(const std::vector<std::size_t>& counts) {
    return median(std::vector<double>(counts.begin(), counts.end()));
}

} // namespace

Matrix scaled_couplings(const Matrix& coupling, Scaling scaling) {
    Matrix scaled = coupling;
    if (scaling == Scaling::none) return scaled;
    if (scaling == Scaling::spectral) {
        const double largest = spectrum_of(coupling).values.front();
        if (!(largest > 0.0))
            throw ParameterError("landscape", "largest eigenvalue", largest, "> 0 with --scaling spectral");
        for (double& x : scaled.values)
            x /= largest;
        return scaled;
    }
    for (std::size_t i = 0; i < scaled.rows; ++i)
        scaled(i, i) = 0.0;
    const double centre = mean(scaled.values);
    const double sd = standard_deviation(scaled.values);
    if (!(sd > 0.0))
        throw ParameterError("landscape", "standard deviation of the couplings", sd, "> 0 with --scaling zscore");
    for (double& x : scaled.values)
        x = (x - centre) / sd;
    return scaled;
}

Spectrum spectrum_of(const Matrix& coupling) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(view(coupling));
    const Eigen::VectorXd values = solver.eigenvalues().reverse();
    return {std::vector<double>(values.begin(), values.end()),
            matrix_of(solver.eigenvectors().rowwise().reverse())};
}

double onset_of(double largest_eigenvalue, MapNode node) {
    if (!(largest_eigenvalue > 0.0)) return k_nan;
    return (node == MapNode::tanh ? 1.0 : 3.0) / largest_eigenvalue;
}

Matrix sparse_starts(std::size_t n_nodes, std::size_t n, std::uint64_t seed) {
    Matrix starts(n_nodes, n);
    for (std::size_t s = 0; s < n; ++s) {
        RandomStream stream(seed, Purpose::patterns, static_cast<std::uint32_t>(s), k_start_block);
        std::vector<std::size_t> places(n_nodes);
        std::iota(places.begin(), places.end(), std::size_t{0});
        for (std::size_t k = 0; k < std::min<std::size_t>(10, n_nodes); ++k) {
            std::swap(places[k], places[k + stream.index(n_nodes - k)]);
            starts(places[k], s) = std::tanh(0.1);
        }
    }
    return starts;
}

Settled settle(const Matrix& coupling, double beta, MapNode node, const Matrix& starts, int n_threads) {
    Settled settled{Matrix(starts.rows, starts.cols), std::vector<std::size_t>(starts.cols, 0),
                    std::vector<std::size_t>(starts.cols, 0), 0};
    const std::size_t n_runs = (starts.cols + k_starts_at_once - 1) / k_starts_at_once;
    std::vector<std::size_t> unsettled(n_runs, 0);
    run_all(n_runs, n_threads, {}, [&](std::size_t k) {
        settle_some(coupling, beta, node, starts, k * k_starts_at_once,
                    std::min(starts.cols, (k + 1) * k_starts_at_once), settled, unsettled[k]);
    });
    settled.unsettled = std::accumulate(unsettled.begin(), unsettled.end(), std::size_t{0});
    return settled;
}

LandscapePoint landscape_point(const Matrix& coupling, const Spectrum& spectrum, double beta,
                               MapNode node, const Matrix& starts, int n_threads) {
    const Settled settled = settle(coupling, beta, node, starts, n_threads);
    LandscapePoint point;
    point.beta = beta;
    point.criticality = beta / onset_of(spectrum.values.front(), node);
    find_attractors(point, settled.states);
    point.unsettled = settled.unsettled;
    point.iterations_median = median_of(settled.iterations);
    point.paper_iterations_median = median_of(settled.paper_iterations);
    point.orthogonality_deviation_deg =
        deviation_from_orthogonality_deg(angles_between_states(point.attractors));
    for (std::size_t a = 0; a < point.attractors.cols; ++a) {
        double best = 0.0;
        for (std::size_t v = 0; v < spectrum.vectors.cols; ++v)
            best = std::max(best, std::abs(correlation(point.attractors.column(a), spectrum.vectors.column(v))));
        point.eigenvector_alignment.push_back(best);
    }
    point.projector_cosine =
        point.attractors.cols == 0
            ? k_nan
            : cosine(off_diagonal(coupling), off_diagonal(projector_couplings(point.attractors)));
    return point;
}

std::vector<std::size_t> basins_of(const Matrix& settled, const Matrix& attractors) {
    std::vector<std::size_t> basins(settled.cols, attractors.cols);
    for (std::size_t s = 0; s < settled.cols; ++s)
        for (std::size_t a = 0; a < attractors.cols && basins[s] == attractors.cols; ++a)
            if (is_at(settled.column(s), attractors.column(a))) basins[s] = a;
    return basins;
}

Matrix permuted(const Matrix& coupling, std::uint64_t seed, std::uint32_t surrogate) {
    RandomStream stream(seed, Purpose::patterns, surrogate, k_permutation_block);
    std::vector<double> values = off_diagonal(coupling);
    for (std::size_t k = values.size(); k > 1; --k)
        std::swap(values[k - 1], values[stream.index(k)]);
    Matrix result = coupling;
    std::size_t k = 0;
    for (std::size_t j = 0; j < coupling.cols; ++j)
        for (std::size_t i = 0; i < j; ++i)
            result(i, j) = result(j, i) = values[k++];
    return result;
}

Matrix phase_randomised(const Matrix& series, std::uint64_t seed, std::uint32_t surrogate) {
    RandomStream stream(seed, Purpose::patterns, surrogate, k_phase_block);
    Eigen::FFT<double> fft;
    Matrix result(series.rows, series.cols);
    for (std::size_t r = 0; r < series.cols; ++r) {
        const std::vector<double> x(series.column(r).begin(), series.column(r).end());
        std::vector<std::complex<double>> spectrum;
        fft.fwd(spectrum, x);
        const std::size_t n = x.size();
        for (std::size_t k = 1; 2 * k < n; ++k) { // the mean and the highest of an even length stay real
            const double phase = 2.0 * 3.14159265358979323846 * stream.uniform();
            spectrum[k] = std::polar(std::abs(spectrum[k]), phase);
            spectrum[n - k] = std::conj(spectrum[k]);
        }
        std::vector<double> y;
        fft.inv(y, spectrum);
        std::copy(y.begin(), y.end(), result.column(r).begin());
    }
    return result;
}

Matrix shrunk_partial_correlations(const Matrix& series) {
    if (series.rows < 4)
        throw ParameterError("series", "number of times", static_cast<double>(series.rows), ">= 4");
    Eigen::MatrixXd x = view(series);
    for (Eigen::Index r = 0; r < x.cols(); ++r) {
        x.col(r).array() -= x.col(r).mean();
        const double sd = std::sqrt(x.col(r).squaredNorm() / static_cast<double>(x.rows()));
        if (!(sd > 0.0))
            throw ParameterError("series", "standard deviation of region " + std::to_string(r + 1), sd, "> 0");
        x.col(r) /= sd;
    }
    const auto n = static_cast<double>(x.rows());
    const Eigen::MatrixXd s = x.transpose() * x / n;
    const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(s.rows(), s.cols());
    // Ledoit & Wolf: b^2 = the error of S, at most d^2 = its distance from the target.
    double b2 = 0.0;
    for (Eigen::Index t = 0; t < x.rows(); ++t) {
        const double norm2 = x.row(t).squaredNorm();
        b2 += norm2 * norm2 - 2.0 * x.row(t).dot(x.row(t) * s) + s.squaredNorm();
    }
    b2 /= n * n;
    const double d2 = (s - identity).squaredNorm();
    const double shrinkage = d2 > 0.0 ? std::min(1.0, b2 / d2) : 1.0;
    const Eigen::MatrixXd precision =
        (shrinkage * identity + (1.0 - shrinkage) * s).llt().solve(identity);
    Matrix result(series.cols, series.cols);
    for (std::size_t j = 0; j < series.cols; ++j) {
        for (std::size_t i = 0; i < j; ++i) {
            const auto a = static_cast<Eigen::Index>(i);
            const auto b = static_cast<Eigen::Index>(j);
            result(i, j) = result(j, i) = -precision(a, b) / std::sqrt(precision(a, a) * precision(b, b));
        }
    }
    return result;
}

Matrix mean_partial_correlations(const std::vector<Matrix>& series) {
    Matrix sum(series.front().cols, series.front().cols);
    for (const Matrix& one : series) {
        const Matrix partial = shrunk_partial_correlations(one);
        for (std::size_t k = 0; k < sum.values.size(); ++k)
            sum.values[k] += partial.values[k] / static_cast<double>(series.size());
    }
    return sum;
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
    {"n_attractors", [](const LandscapePoint& p) { return static_cast<double>(p.attractors.cols); }},
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

Matrix surrogate_of(const Matrix& coupling, const LandscapePlan& plan, const std::string& null,
                    std::size_t k) {
    const auto id = static_cast<std::uint32_t>(k);
    if (null == "permuted") return scaled_couplings(permuted(coupling, plan.seed, id), plan.scaling);
    std::vector<Matrix> randomised;
    for (std::size_t f = 0; f < plan.series.size(); ++f)
        randomised.push_back(phase_randomised(
            plan.series[f], plan.seed, static_cast<std::uint32_t>(k * plan.series.size() + f)));
    return scaled_couplings(mean_partial_correlations(randomised), plan.scaling);
}

void add_nulls(CouplingLandscape& landscape, const Matrix& given, const Progress& progress) {
    const LandscapePlan& plan = landscape.plan;
    const Matrix starts = sparse_starts(given.rows, plan.null_starts, plan.seed);
    const LandscapePoint observed = landscape_point(landscape.coupling, landscape.spectrum,
                                                    plan.shown_beta, plan.node, starts, plan.n_threads);
    for (const std::string& null : plan.nulls) {
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
            NullComparison comparison{plan.shown_beta, null, m == 1, 0.0, {}};
            const auto collect = [&](auto&& of) {
                std::vector<double> values;
                for (const LandscapePoint& p : points[m])
                    values.push_back(of(p));
                return values;
            };
            comparison.mean_criticality =
                mean(collect([](const LandscapePoint& p) { return p.criticality; }));
            for (const Statistic& statistic : k_statistics)
                comparison.figures.push_back(
                    null_figure(statistic.name, statistic.of(observed), collect(statistic.of)));
            landscape.nulls.push_back(std::move(comparison));
        }
    }
}

/// Englert et al.'s program: x' = beta J tanh(x) + noise; what is kept is s = tanh(x).
Matrix stochastic_states(const CouplingLandscape& landscape) {
    const LandscapePlan& plan = landscape.plan;
    const std::size_t n = landscape.coupling.rows;
    std::vector<RandomStream> noise;
    for (std::size_t i = 0; i < n; ++i)
        noise.emplace_back(plan.seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(i), k_noise_block);
    Matrix states(n, plan.stochastic_steps);
    Eigen::VectorXd state = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(n));
    for (std::size_t t = 0; t < states.cols; ++t) {
        const Eigen::VectorXd field = view(landscape.coupling) * state;
        for (std::size_t i = 0; i < n; ++i) {
            const auto k = static_cast<Eigen::Index>(i);
            state[k] = response(plan.shown_beta * field[k] + plan.noise * noise[i].normal(), plan.node);
            states(i, t) = state[k];
        }
    }
    return states;
}

Matrix some_columns(const Matrix& states, std::size_t n) {
    n = std::min(n, states.cols);
    Matrix some(states.rows, n);
    for (std::size_t k = 0; k < n; ++k) {
        const auto from = states.column(k * states.cols / n);
        std::copy(from.begin(), from.end(), some.column(k).begin());
    }
    return some;
}

std::vector<double> shares(const std::vector<std::size_t>& which, std::size_t n) {
    std::vector<double> share(n, 0.0);
    for (const std::size_t a : which)
        if (a < n) share[a] += 1.0 / static_cast<double>(which.size());
    return share;
}

Matrix rows_as_columns(const Matrix& m) {
    return matrix_of(view(m).transpose());
}

void look_at(FreeStates& free, const Matrix& coupling, double beta, MapNode node, int n_threads) {
    constexpr std::size_t k_looked_at = 1000;
    const Matrix some = some_columns(free.states, k_looked_at);
    const Settled ends = settle(coupling, beta, node, some, n_threads);
    free.by_basin = shares(basins_of(ends.states, free.attractors), free.attractors.cols);
    if (free.attractors.cols > 0)
        free.by_nearest = shares(nearest_images(free.states, free.attractors), free.attractors.cols);
    Eigen::MatrixXd x = view(free.states);
    x.colwise() -= x.rowwise().mean().eval();
    const Eigen::MatrixXd covariance = x * x.transpose() / static_cast<double>(x.cols());
    const Eigen::VectorXd sd = covariance.diagonal().cwiseSqrt().cwiseMax(1e-300);
    free.functional_connectivity =
        matrix_of(sd.cwiseInverse().asDiagonal() * covariance * sd.cwiseInverse().asDiagonal());
    free.functional_correlation =
        correlation(off_diagonal(free.functional_connectivity), off_diagonal(coupling));
    free.partial_correlation = correlation(
        off_diagonal(shrunk_partial_correlations(rows_as_columns(free.states))), off_diagonal(coupling));
    const Spectrum components = spectrum_of(matrix_of(covariance));
    const Eigen::MatrixXd plane = view(components.vectors).leftCols(std::min<Eigen::Index>(2, x.rows()));
    free.projection = matrix_of(plane.transpose() * x);
}

void add_free_states(CouplingLandscape& landscape) {
    const LandscapePlan& plan = landscape.plan;
    const Matrix starts = sparse_starts(landscape.coupling.rows, plan.n_starts, plan.seed);
    if (plan.stochastic_steps > 3) {
        FreeStates rates{"rate", stochastic_states(landscape), {}, {}, {}, 0.0, 0.0, {}, {}};
        for (const LandscapePoint& point : landscape.points)
            if (point.beta == plan.shown_beta) rates.attractors = point.attractors;
        look_at(rates, landscape.coupling, plan.shown_beta, plan.node, plan.n_threads);
        landscape.free.push_back(std::move(rates));
    }
    if (plan.spiking_steps > 0) {
        Matrix coupling = landscape.coupling;
        for (std::size_t i = 0; i < coupling.rows; ++i)
            coupling(i, i) = 0.0; // no self-coupling in spikes
        Matrix in_spikes = coupling;
        for (double& x : in_spikes.values)
            x *= plan.spiking_scale;
        Form form = make_form(Backend::spiking, in_spikes, Config{}, plan.seed, {plan.n_threads});
        const std::vector<double> no_evidence(coupling.rows, 0.0);
        FreeStates spikes{"spiking", run(form, no_evidence, plan.spiking_steps, {1.0, false, Keep::mean}),
                          {}, {}, {}, 0.0, 0.0, {}, {}};
        spikes.attractors = landscape_point(coupling, spectrum_of(coupling), plan.spiking_scale,
                                            MapNode::langevin, starts, plan.n_threads)
                                .attractors;
        look_at(spikes, coupling, plan.spiking_scale, MapNode::langevin, plan.n_threads);
        landscape.free.push_back(std::move(spikes));
    }
}

} // namespace

CouplingLandscape study_landscape(const Matrix& given, LandscapePlan plan, const Progress& progress) {
    CouplingLandscape landscape;
    landscape.coupling = scaled_couplings(given, plan.scaling);
    landscape.spectrum = spectrum_of(landscape.coupling);
    landscape.onset = onset_of(landscape.spectrum.values.front(), plan.node);
    if (!(landscape.onset > 0.0) || !std::isfinite(landscape.onset))
        throw ParameterError("landscape", "largest eigenvalue", landscape.spectrum.values.front(), "> 0");
    if (plan.betas.empty()) plan.betas = {1.2 * landscape.onset};
    if (plan.shown_beta == 0.0) plan.shown_beta = plan.betas.front();
    if (std::find(plan.betas.begin(), plan.betas.end(), plan.shown_beta) == plan.betas.end())
        plan.betas.push_back(plan.shown_beta);
    if (plan.spiking_scale == 0.0)
        plan.spiking_scale = 1.09 * onset_of(landscape.spectrum.values.front(), MapNode::langevin);
    landscape.plan = plan;
    const Matrix starts = sparse_starts(given.rows, plan.n_starts, plan.seed);
    for (const double beta : plan.betas) {
        landscape.points.push_back(landscape_point(landscape.coupling, landscape.spectrum, beta,
                                                   plan.node, starts, plan.n_threads));
        if (progress)
            progress(static_cast<double>(landscape.points.size()) / static_cast<double>(plan.betas.size()), 0.0);
    }
    landscape.estimator_correlation = k_nan;
    if (!plan.series.empty())
        landscape.estimator_correlation =
            correlation(off_diagonal(mean_partial_correlations(plan.series)), off_diagonal(given));
    if (!plan.nulls.empty()) add_nulls(landscape, given, progress);
    add_free_states(landscape);
    return landscape;
}

} // namespace spikewell::experiments
