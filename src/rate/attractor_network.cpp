#include "rate/attractor_network.hpp"

#include "core/error.hpp"
#include "neuron_models/langevin.hpp"
#include "rate/eigen_view.hpp"
#include "rate/fixed_point.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spikewell::rate {

namespace {

using ConstVector = Eigen::Map<const Eigen::VectorXd>;

Eigen::Index extent(std::size_t n) {
    return static_cast<Eigen::Index>(n);
}

ConstVector view(std::span<const double> x) {
    return {x.data(), extent(x.size())};
}

Eigen::VectorXd langevin_of(const Eigen::VectorXd& u) {
    return u.unaryExpr([](double x) { return langevin(x); });
}

constexpr std::size_t k_window =
    8; // steps whose largest change is compared with that of those before

/// The sum of all changes to come, where those of each window are smaller by the same factor.
double way_left(double largest, double before) {
    if (!(largest < before)) return std::numeric_limits<double>::infinity();
    return static_cast<double>(k_window) * largest * largest / (before - largest);
}

} // namespace

AttractorNetwork make_network(std::size_t n_nodes, std::uint64_t seed) {
    return make_network(Matrix(n_nodes, n_nodes), seed);
}

std::vector<RandomStream> streams_of(std::size_t n_nodes, std::uint64_t seed) {
    if (n_nodes == 0) throw ParameterError("rate network", "n_nodes", 0.0, ">= 1");
    std::vector<RandomStream> streams;
    streams.reserve(n_nodes);
    for (std::size_t i = 0; i < n_nodes; ++i)
        streams.emplace_back(seed, Purpose::rate_state, static_cast<std::uint32_t>(i));
    return streams;
}

void require_square(const Matrix& coupling) {
    if (coupling.cols != coupling.rows)
        throw NetworkError("rate network", "couplings must be square");
}

AttractorNetwork make_network(Matrix coupling, std::uint64_t seed) {
    const std::size_t n = coupling.rows;
    std::vector<RandomStream> streams = streams_of(n, seed);
    require_square(coupling);
    return {std::move(coupling), std::vector<double>(n, 0.0), std::move(streams)};
}

void stochastic_step(AttractorNetwork& network,
                     std::span<const double> evidence,
                     const StepOptions& options) {
    Eigen::Map<Eigen::VectorXd> state(network.state.data(), extent(network.state.size()));
    const Eigen::VectorXd h = as_eigen(network.coupling) * state;
    Eigen::VectorXd preceding;
    if (options.pairing == Pairing::preceding) preceding = state;
    for (std::size_t i = 0; i < network.state.size(); ++i) {
        const double u = options.inverse_temperature * (evidence[i] + h[extent(i)]);
        network.state[i] = sample_continuous_bernoulli(u, network.streams[i].uniform());
    }
    if (options.learning_rate == 0.0) return;
    const Eigen::VectorXd change = options.learning_rate * (state - langevin_of(h));
    Eigen::Map<Eigen::MatrixXd> coupling(network.coupling.values.data(), h.size(), h.size());
    if (options.pairing == Pairing::preceding)
        coupling.noalias() += change * preceding.transpose();
    else
        coupling.noalias() += change * state.transpose();
    coupling.diagonal().setZero();
}

std::vector<double> deterministic_step(const Matrix& coupling,
                                       std::span<const double> state,
                                       std::span<const double> evidence,
                                       double inverse_temperature) {
    const Eigen::VectorXd h = as_eigen(coupling) * view(state);
    std::vector<double> next(state.size());
    for (std::size_t i = 0; i < next.size(); ++i) {
        next[i] = langevin(inverse_temperature * (evidence[i] + h[extent(i)]));
    }
    return next;
}

Relaxation relax(const Matrix& coupling,
                 std::span<const double> start,
                 std::span<const double> evidence,
                 const RelaxOptions& options) {
    Relaxation result;
    result.state.assign(start.begin(), start.end());
    double largest = 0.0; // change of the window's steps
    double before = 0.0;  // of the window's before; 0: there is none
    while (!result.converged && result.steps < options.max_steps) {
        std::vector<double> next =
            deterministic_step(coupling, result.state, evidence, options.inverse_temperature);
        const double change = largest_change(result.state, next);
        const bool stays = change <= rounding_of(next);
        result.state = std::move(next);
        ++result.steps;
        largest = std::max(largest, change);
        if (stays) {
            result.distance = change;
            result.converged = true;
        } else if (result.steps % k_window == 0) {
            result.distance = way_left(largest, before);
            result.converged = result.distance < options.tolerance;
            before = std::exchange(largest, 0.0);
        }
    }
    return result;
}

FreeEnergy free_energy(const Matrix& coupling,
                       std::span<const double> evidence,
                       std::span<const double> state) {
    const Eigen::VectorXd posterior = view(evidence) + as_eigen(coupling) * view(state);
    const Eigen::VectorXd expected = langevin_of(posterior);
    FreeEnergy result;
    for (std::size_t i = 0; i < evidence.size(); ++i) {
        result.complexity += kl_continuous_bernoulli(posterior[extent(i)], evidence[i]);
    }
    result.accuracy = view(evidence).dot(expected) + expected.dot(as_eigen(coupling) * expected);
    result.total = result.complexity - result.accuracy;
    return result;
}

Matrix symmetric_part(const Matrix& coupling) {
    return to_matrix(0.5 * (as_eigen(coupling) + as_eigen(coupling).transpose()));
}

Matrix antisymmetric_part(const Matrix& coupling) {
    return to_matrix(0.5 * (as_eigen(coupling) - as_eigen(coupling).transpose()));
}

double frobenius_norm(const Matrix& coupling) {
    return as_eigen(coupling).norm();
}

double asymmetry(const Matrix& coupling) {
    const double norm = frobenius_norm(coupling);
    return norm > 0.0 ? 2.0 * frobenius_norm(antisymmetric_part(coupling)) / norm : 0.0;
}

} // namespace spikewell::rate
