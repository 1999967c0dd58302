#include "experiments/metrics.hpp"

#include "core/statistics.hpp"
#include "neuron_models/langevin.hpp"
#include "rate/eigen_view.hpp"
#include "rate/fixed_point.hpp"

#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <set>

namespace spikewell::experiments {

namespace {

double angle_deg(std::span<const double> a, std::span<const double> b) {
    const double cosine = dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
    return std::acos(std::clamp(cosine, -1.0, 1.0)) * 180.0 / std::numbers::pi;
}

// What relaxation leaves of a state that decays to 0: no direction, no image.
bool has_vanished(std::span<const double> state) {
    return std::all_of(state.begin(), state.end(),
                       [](double x) { return std::lround(100.0 * x) == 0; });
}

std::vector<long> rounded(std::span<const double> state) {
    std::vector<long> hundredths;
    for (const double x : state)
        hundredths.push_back(std::lround(100.0 * x));
    return hundredths;
}

/// Where an image leads: from L(strength * image), deterministic, without evidence.
rate::Relaxation settled(const Matrix& coupling, std::span<const double> image, double strength) {
    // Two starts that reach one fixed point must agree far below the 0.01 of count_distinct, lest an edge of
    // its rounding lie between them.
    constexpr rate::RelaxOptions to_convergence{1.0, 1e-9, 20000};
    const std::vector<double> no_evidence(image.size(), 0.0);
    std::vector<double> start(image.begin(), image.end());
    for (double& x : start)
        x = langevin(strength * x);
    return rate::relax_to_attractor(coupling, start, no_evidence, to_convergence);
}

template <class HasNone>
std::vector<double> angles_between(const Matrix& columns, HasNone&& has_no_direction) {
    std::vector<double> angles;
    for (std::size_t a = 0; a < columns.cols; ++a) {
        for (std::size_t b = a + 1; b < columns.cols; ++b) {
            if (has_no_direction(columns.column(a)) || has_no_direction(columns.column(b)))
                continue;
            const double angle = angle_deg(columns.column(a), columns.column(b));
            if (angle >= 1.0 && angle <= 179.0) angles.push_back(angle);
        }
    }
    return angles;
}

} // namespace

ImageAttractors attractors_of(const Matrix& coupling, const Matrix& images, double strength) {
    ImageAttractors attractors{Matrix(images.rows, images.cols), {}};
    for (std::size_t c = 0; c < images.cols; ++c) {
        const rate::Relaxation end = settled(coupling, images.column(c), strength);
        std::copy(end.state.begin(), end.state.end(), attractors.states.column(c).begin());
        attractors.settled.push_back(end.converged);
    }
    return attractors;
}

Matrix settled_states(const ImageAttractors& attractors) {
    Matrix settled(attractors.states.rows, 0);
    for (std::size_t c = 0; c < attractors.states.cols; ++c) {
        if (!attractors.settled[c]) continue;
        const auto state = attractors.states.column(c);
        settled.values.insert(settled.values.end(), state.begin(), state.end());
        ++settled.cols;
    }
    return settled;
}

Landscape landscape_of(const Matrix& coupling, const Matrix& images, double strength) {
    const Matrix symmetric = rate::symmetric_part(coupling);
    std::map<std::vector<long>, std::size_t> known; // by its rounded state
    std::vector<std::vector<double>> states;
    Landscape landscape;
    for (std::size_t c = 0; c < images.cols; ++c) {
        rate::Relaxation end = settled(symmetric, images.column(c), strength);
        if (!end.converged || has_vanished(end.state)) continue;
        const auto [place, is_new] = known.try_emplace(rounded(end.state), states.size());
        if (is_new) {
            states.push_back(std::move(end.state));
            landscape.attractors.emplace_back();
        }
        landscape.attractors[place->second].images.push_back(c);
    }
    landscape.n_of_images = states.size();
    for (std::size_t a = 0; a < landscape.n_of_images; ++a) {
        std::vector<double> mirror = states[a];
        for (double& x : mirror)
            x = -x;
        if (!known.try_emplace(rounded(mirror), states.size()).second) continue;
        states.push_back(std::move(mirror));
        landscape.attractors.push_back({{}, a});
    }
    landscape.states = Matrix(images.rows, states.size());
    for (std::size_t a = 0; a < states.size(); ++a)
        std::copy(states[a].begin(), states[a].end(), landscape.states.column(a).begin());
    return landscape;
}

std::size_t count_distinct(const Matrix& columns) {
    std::set<std::vector<long>> distinct;
    for (std::size_t c = 0; c < columns.cols; ++c)
        distinct.insert(rounded(columns.column(c)));
    return distinct.size();
}

std::vector<double> angles_between_states(const Matrix& states) {
    return angles_between(states, has_vanished);
}

std::vector<double> angles_between_images(const Matrix& images) {
    return angles_between(images, [](std::span<const double> image) {
        return std::all_of(image.begin(), image.end(), [](double x) { return x == 0.0; });
    });
}

double deviation_from_orthogonality_deg(std::vector<double> angles) {
    for (double& angle : angles)
        angle = std::abs(90.0 - angle);
    return angles.empty() ? std::numeric_limits<double>::quiet_NaN() : mean(angles);
}

double full_matrix_deviation_deg(const Matrix& columns) {
    const auto n = static_cast<double>(columns.cols);
    double sum = 90.0 * n; // of the diagonal
    for (std::size_t a = 0; a < columns.cols; ++a) {
        for (std::size_t b = a + 1; b < columns.cols; ++b)
            sum += 2.0 * std::abs(90.0 - angle_deg(columns.column(a), columns.column(b)));
    }
    return sum / (n * n);
}

double delta_r_squared(std::span<const double> response,
                       std::span<const double> input,
                       std::span<const double> target) {
    const double r_response = correlation(response, target);
    const double r_input = correlation(input, target);
    return r_response * r_response - r_input * r_input;
}

namespace {

std::size_t nearest_image(std::span<const double> state, const Matrix& images) {
    std::size_t nearest = 0;
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < images.cols; ++c) {
        const double r = correlation(state, images.column(c));
        if (r > best) nearest = c;
        best = std::max(best, r);
    }
    return nearest;
}

} // namespace

std::vector<std::size_t> nearest_images(const Matrix& states, const Matrix& images) {
    std::vector<std::size_t> nearest(states.cols);
    for (std::size_t s = 0; s < states.cols; ++s)
        nearest[s] = nearest_image(states.column(s), images);
    return nearest;
}

double forward_share(const Walk& walk) {
    return static_cast<double>(walk.forward_transitions) / static_cast<double>(walk.transitions);
}

Walk walk_of(const std::vector<std::size_t>& nearest, std::size_t n_images) {
    return walk_of(nearest, n_images, n_images);
}

Walk walk_of(const std::vector<std::size_t>& nearest, std::size_t n_images, std::size_t n_in_turn) {
    Walk walk;
    walk.occupancy.assign(n_images, 0.0);
    for (std::size_t s = 0; s < nearest.size(); ++s) {
        walk.occupancy[nearest[s]] += 1.0 / static_cast<double>(nearest.size());
        if (s == 0 || nearest[s] == nearest[s - 1]) continue;
        ++walk.transitions;
        const bool in_turn = nearest[s - 1] < n_in_turn;
        if (in_turn && nearest[s] == (nearest[s - 1] + 1) % n_in_turn) ++walk.forward_transitions;
    }
    return walk;
}

std::size_t matched_attractors(const Matrix& coupling, const Matrix& images, double strength) {
    const ImageAttractors attractors =
        attractors_of(rate::symmetric_part(coupling), images, strength);
    const std::vector<std::size_t> nearest = nearest_images(attractors.states, images);
    std::size_t matched = 0;
    for (std::size_t c = 0; c < images.cols; ++c) {
        const auto state = attractors.states.column(c);
        const double r = correlation(state, images.column(c));
        if (attractors.settled[c] && nearest[c] == c && r > 0.8 && !has_vanished(state)) ++matched;
    }
    return matched;
}

Matrix projector_couplings(const Matrix& images) {
    const auto patterns = as_eigen(images);
    Eigen::MatrixXd projector =
        patterns * patterns.completeOrthogonalDecomposition().pseudoInverse();
    projector.diagonal().setZero();
    return to_matrix(projector);
}

} // namespace spikewell::experiments
