#include "experiments/free_states.hpp"

#include "core/statistics.hpp"
#include "experiments/connectivity.hpp"
#include "experiments/landscape.hpp"
#include "experiments/metrics.hpp"
#include "rate/eigen_view.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace spikewell::experiments {

namespace {

constexpr double k_unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint16_t k_free_noise_block = 4; // of Purpose::evaluation_noise; capacity has 3
constexpr std::size_t k_dropped_steps = 1000;

/// Englert et al.'s program: x' = beta J tanh(x) + noise; what is kept is s = tanh(x).
Matrix stochastic_states(const Matrix& coupling, const FreeRunPlan& plan) {
    const std::size_t n = coupling.rows;
    std::vector<RandomStream> noise;
    for (std::size_t i = 0; i < n; ++i)
        noise.emplace_back(plan.seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(i),
                           k_free_noise_block);
    Matrix states(n, plan.steps);
    Eigen::VectorXd state = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(n));
    for (std::size_t t = 0; t < k_dropped_steps + plan.steps; ++t) {
        const Eigen::VectorXd field = as_eigen(coupling) * state;
        for (std::size_t i = 0; i < n; ++i) {
            const auto k = static_cast<Eigen::Index>(i);
            state[k] = response(plan.beta * field[k] + plan.noise * noise[i].normal(), plan.node);
            if (t >= k_dropped_steps) states(i, t - k_dropped_steps) = state[k];
        }
    }
    return states;
}

Matrix network_states(Backend backend, const Matrix& coupling, const FreeRunPlan& plan) {
    Matrix scaled_coupling = coupling;
    for (double& x : scaled_coupling.values)
        x *= plan.scale;
    Form form = make_form(backend, scaled_coupling, Config{}, plan.seed, {plan.n_threads});
    const std::vector<double> no_evidence(coupling.rows, 0.0);
    (void)run(form, no_evidence, k_dropped_steps, {1.0, false, Keep::nothing});
    return run(form, no_evidence, plan.steps, {1.0, false, Keep::mean});
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
    return to_matrix(as_eigen(m).transpose());
}

/// Mean change of the projected state in a step, in cells that have states enough.
Matrix flow_of(const Matrix& projection) {
    constexpr std::size_t k_side = 14;
    constexpr double k_least = 5.0;
    double reach = 0.0;
    for (const double x : projection.values)
        reach = std::max(reach, std::abs(x));
    const double width = 2.0 * reach / static_cast<double>(k_side);
    Matrix sums(3, k_side * k_side);
    for (std::size_t t = 0; reach > 0.0 && t + 1 < projection.cols; ++t) {
        std::array<std::size_t, 2> cell{};
        for (std::size_t k = 0; k < 2; ++k)
            cell[k] =
                std::min(k_side - 1, static_cast<std::size_t>((projection(k, t) + reach) / width));
        auto sum = sums.column(cell[1] * k_side + cell[0]);
        sum[0] += 1.0;
        for (std::size_t k = 0; k < 2; ++k)
            sum[1 + k] += projection(k, t + 1) - projection(k, t);
    }
    Matrix flow(4, 0);
    for (std::size_t c = 0; c < sums.cols; ++c) {
        const auto sum = sums.column(c);
        if (sum[0] < k_least) continue;
        for (const std::size_t place : {c % k_side, c / k_side})
            flow.values.push_back((static_cast<double>(place) + 0.5) * width - reach);
        for (std::size_t k = 1; k < 3; ++k)
            flow.values.push_back(sum[k] / sum[0]);
        ++flow.cols;
    }
    return flow;
}

void look_at(FreeStates& free, const Matrix& coupling, const FreeRunPlan& plan) {
    constexpr std::size_t k_looked_at = 2000;
    const Settled ends = settle(coupling, plan.beta, plan.node,
                                some_columns(free.states, k_looked_at), plan.n_threads);
    free.by_basin = shares(basins_of(ends.states, free.attractors), free.attractors.cols);
    if (free.attractors.cols > 0)
        free.by_nearest =
            shares(nearest_images(free.states, free.attractors), free.attractors.cols);
    Eigen::MatrixXd x = as_eigen(free.states);
    const Eigen::VectorXd centre = x.rowwise().mean();
    x.colwise() -= centre;
    const Eigen::MatrixXd covariance = x * x.transpose() / static_cast<double>(x.cols());
    const Eigen::VectorXd sd = covariance.diagonal().cwiseSqrt().cwiseMax(1e-300);
    free.functional_connectivity =
        to_matrix(sd.cwiseInverse().asDiagonal() * covariance * sd.cwiseInverse().asDiagonal());
    free.functional_correlation =
        correlation(off_diagonal(free.functional_connectivity), off_diagonal(coupling));
    const bool all_move = free.states.cols > 3 && covariance.diagonal().minCoeff() > 0.0;
    free.partial_correlation =
        all_move
            ? correlation(off_diagonal(shrunk_partial_correlations(rows_as_columns(free.states))),
                          off_diagonal(coupling))
            : k_unknown;
    if (x.rows() < 2) return;
    const Spectrum components = spectrum_of(to_matrix(covariance));
    const Eigen::MatrixXd plane = as_eigen(components.vectors).leftCols(2);
    free.projection = to_matrix(plane.transpose() * x);
    free.projected_attractors =
        to_matrix(plane.transpose() * (as_eigen(free.attractors).colwise() - centre));
    free.flow = flow_of(free.projection);
}

} // namespace

const char* name_of(FreeForm form) {
    switch (form) {
    case FreeForm::stochastic_map:
        return "stochastic_map";
    case FreeForm::rate:
        return "rate";
    case FreeForm::spiking:
        break;
    }
    return "spiking";
}

double usual_scale(double largest_eigenvalue) {
    return 1.09 * onset_of(largest_eigenvalue, MapNode::langevin);
}

FreeStates free_states(FreeForm form,
                       const Matrix& coupling,
                       const Matrix& attractors,
                       const FreeRunPlan& plan) {
    FreeStates free;
    free.form = form;
    free.attractors = attractors;
    if (form == FreeForm::stochastic_map) {
        free.gain = plan.beta;
        free.states = stochastic_states(coupling, plan);
    } else {
        Matrix own = coupling;
        for (std::size_t i = 0; i < own.rows; ++i)
            own(i, i) = 0.0; // nodes do not couple to themselves
        free.gain = plan.scale;
        free.states =
            network_states(form == FreeForm::rate ? Backend::rate : Backend::spiking, own, plan);
    }
    look_at(free, coupling, plan);
    return free;
}

} // namespace spikewell::experiments
