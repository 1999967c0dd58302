#include "core/statistics.hpp"
#include "experiments/dataset.hpp"
#include "experiments/evaluation.hpp"
#include "experiments/metrics.hpp"
#include "io/csv.hpp"
#include "neuron_models/langevin.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

constexpr double k_epsilon = std::numeric_limits<double>::epsilon();

Matrix columns_of(std::initializer_list<std::vector<double>> columns) {
    Matrix matrix(columns.begin()->size(), columns.size());
    std::size_t c = 0;
    for (const std::vector<double>& column : columns)
        std::copy(column.begin(), column.end(), matrix.column(c++).begin());
    return matrix;
}

Matrix training_digits() {
    const std::string path = SPIKEWELL_SOURCE_DIR "/examples/data/digits.csv";
    return make_dataset(io::read_csv(path), DataConfig{}, path).train;
}

/// Two images of four pixels, of mean 0 and orthogonal.
Matrix two_images() {
    return columns_of({{1, 1, -1, -1}, {1, -1, 1, -1}});
}

/// Hebbian couplings that keep each image as an attractor: strength * sum of x x^T, diagonal
/// removed.
Matrix hebbian(const Matrix& images, double strength) {
    Matrix coupling(images.rows, images.rows);
    for (std::size_t i = 0; i < images.rows; ++i) {
        for (std::size_t j = 0; j < images.rows; ++j) {
            for (std::size_t c = 0; c < images.cols && i != j; ++c)
                coupling(i, j) += strength * images(i, c) * images(j, c);
        }
    }
    return coupling;
}

std::vector<double> product(const Matrix& matrix, std::span<const double> x) {
    std::vector<double> y(matrix.rows, 0.0);
    for (std::size_t j = 0; j < matrix.cols; ++j) {
        for (std::size_t i = 0; i < matrix.rows; ++i)
            y[i] += matrix(i, j) * x[j];
    }
    return y;
}

/// The projector with its diagonal put back: the one with which it keeps an image without zeros.
Matrix with_diagonal(Matrix projector, std::span<const double> image) {
    const std::vector<double> others = product(projector, image);
    for (std::size_t i = 0; i < projector.rows; ++i)
        projector(i, i) = (image[i] - others[i]) / image[i];
    return projector;
}

} // namespace

TEST_CASE("Angles are those of all pairs, each once") {
    const double root = std::sqrt(3.0);
    const std::vector<double> angles =
        angles_between_states(columns_of({{1, 0}, {0, 2}, {root, 1}}));
    REQUIRE(angles.size() == 3);
    const std::vector<double> expected{90, 30, 60};
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(angles[i] == Approx(expected[i]).epsilon(10 * k_epsilon));
    // Deviations 0, 60, 30.
    CHECK(deviation_from_orthogonality_deg(angles) == Approx(30.0).epsilon(10 * k_epsilon));
}

TEST_CASE("Parallel and opposite columns are dropped, those beyond one degree are not") {
    const auto turned = [](double degrees) {
        return std::vector<double>{std::cos(degrees * M_PI / 180), std::sin(degrees * M_PI / 180)};
    };
    const double dropped = GENERATE(0.0, 0.9, 179.1, 180.0, -0.9);
    CHECK(angles_between_states(columns_of({turned(0), turned(dropped)})).empty());
    const double kept = GENERATE(1.1, 90.0, 178.9, -1.1);
    CHECK(angles_between_states(columns_of({turned(0), turned(kept)})).size() == 1);
}

TEST_CASE("A single attractor has no deviation from orthogonality") {
    const auto deviation = [](const Matrix& states) {
        return deviation_from_orthogonality_deg(angles_between_states(states));
    };
    CHECK(std::isnan(deviation(columns_of({{1, 2}, {2, 4}, {-1, -2}}))));
    CHECK(std::isnan(deviation(columns_of({{1, 2}}))));
}

TEST_CASE("States that are 0 after rounding have no angles, small images do") {
    const Matrix small = columns_of({{0.004, 0}, {0, 0.004}, {0, 0}});
    CHECK(angles_between_states(small).empty());
    CHECK(angles_between_images(small).size() == 1);
}

TEST_CASE("The paper's figure for the data counts the diagonal and drops nothing") {
    // Two equal columns: angle 0 everywhere, |90 - 0| = 90. Two orthogonal ones: 90, 0, 0, 90.
    // The cosine of equal columns may be 1 - eps, an angle of sqrt(2 eps).
    const double rounding = 2.0 * std::sqrt(2.0 * k_epsilon) * 180.0 / M_PI;
    CHECK(full_matrix_deviation_deg(columns_of({{1, 2}, {1, 2}})) == Approx(90.0).margin(rounding));
    CHECK(full_matrix_deviation_deg(columns_of({{1, 0}, {0, 1}})) == Approx(45.0));
}

TEST_CASE("The digits have the published deviation from orthogonality") {
    // The notebook's 29.94, over the full matrix with its zero diagonal; 23.26 without that.
    const Matrix digits = training_digits();
    REQUIRE(digits.cols == 10);
    CHECK(std::abs(full_matrix_deviation_deg(digits) - 29.94) < 0.005);
    const std::vector<double> angles = angles_between_images(digits);
    CHECK(angles.size() == 45);
    CHECK(std::abs(deviation_from_orthogonality_deg(angles) - 23.26) < 0.005);
}

TEST_CASE("A landscape has the distinct attractors of images and their mirror images") {
    const Matrix images = columns_of({{1, 1, -1, -1}, {1, -1, 1, -1}, {2, 2, -2, -2}});
    const Landscape landscape = landscape_of(hebbian(two_images(), 3.0), images, 0.5);
    REQUIRE(landscape.attractors.size() == 4);
    CHECK(landscape.n_of_images == 2);
    CHECK(landscape.attractors[0].images == std::vector<std::size_t>{0, 2});
    CHECK(landscape.attractors[1].images == std::vector<std::size_t>{1});
    CHECK(landscape.attractors[2].mirror_of == std::optional<std::size_t>(0));
    CHECK(landscape.attractors[3].mirror_of == std::optional<std::size_t>(1));
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(landscape.states(i, 2) == -landscape.states(i, 0));
}

TEST_CASE("Below the onset of attractors a landscape has none") {
    const Matrix images = two_images();
    CHECK(landscape_of(Matrix(4, 4), images, 0.5).attractors.empty());
    // Hebbian couplings of two images have an eigenvalue of 2 strength: L(u) ~ u / 3 shrinks all below 3.
    CHECK(landscape_of(hebbian(images, 1.49), images, 0.5).attractors.empty());
    CHECK(landscape_of(hebbian(images, 1.6), images, 0.5).attractors.size() == 4);
}

TEST_CASE("Columns are distinct when they differ after rounding to 0.01") {
    CHECK(count_distinct(columns_of({{0.5, 0.5}, {0.5, 0.5}})) == 1);
    CHECK(count_distinct(columns_of({{0.501, 0.5}, {0.499, 0.5}})) == 1);
    CHECK(count_distinct(columns_of({{0.506, 0.5}, {0.504, 0.5}})) == 2);
    CHECK(count_distinct(columns_of({{0.5, 0.1}, {0.1, 0.5}, {0.5, 0.1}})) == 2);
    CHECK(count_distinct(columns_of({{-0.001, 0.0}, {0.001, 0.0}})) == 1); // -0 is 0
    CHECK(count_distinct(Matrix(3, 0)) == 0);
}

TEST_CASE("The gain of a response is the difference of squared correlations with the target") {
    const std::vector<double> target{1, 1, -1, -1};
    const std::vector<double> unrelated{1, -1, 1, -1};
    const std::vector<double> half{1, 0, 0, -1}; // correlation 1 / sqrt 2
    CHECK(delta_r_squared(target, half, target) == Approx(0.5));
    CHECK(delta_r_squared(unrelated, half, target) == Approx(-0.5));
    CHECK(delta_r_squared(half, half, target) == 0.0);
    const std::vector<double> opposite{-1, -1, 1, 1};
    CHECK(delta_r_squared(opposite, half, target) == Approx(0.5)); // squared: the sign is lost
}

TEST_CASE("The nearest image is the one with the greatest correlation, not the longest") {
    const Matrix images = columns_of({{1, 1, -1, -1}, {9, -9, 9, -9}, {1, -1, -1, 1}});
    const Matrix states = columns_of({{0.3, 0.2, -0.4, -0.1}, {3, 1, 2, 0}, {-1, 1, 1, -1}});
    // The last is opposite to image 2 and uncorrelated with the others: the first of them.
    CHECK(nearest_images(states, images) == std::vector<std::size_t>{0, 1, 0});
}

TEST_CASE("A walk counts changes, those forward, and time at each image") {
    const Walk walk = walk_of({0, 0, 1, 2, 0, 2, 2, 1}, 3);
    CHECK(walk.transitions == 5);
    CHECK(walk.forward_transitions == 3); // 0 1, 1 2, 2 0; then back 0 2 and 2 1
    REQUIRE(walk.occupancy.size() == 3);
    CHECK(walk.occupancy[0] == Approx(3.0 / 8.0));
    CHECK(walk.occupancy[1] == Approx(2.0 / 8.0));
    CHECK(walk.occupancy[2] == Approx(3.0 / 8.0));
}

TEST_CASE("Only images in turn are walked forward") {
    const Walk walk = walk_of({0, 1, 0, 2, 3, 0}, 4, 2);
    CHECK(walk.transitions == 5);
    CHECK(walk.forward_transitions == 2); // 0 1, 1 0
}

TEST_CASE("A walk that stays, or does not begin, has no transitions") {
    CHECK(walk_of({1, 1, 1}, 2).transitions == 0);
    CHECK(walk_of({1, 1}, 2).occupancy == std::vector<double>{0.0, 1.0});
    CHECK(walk_of({}, 2).transitions == 0);
    CHECK(walk_of({}, 2).occupancy == std::vector<double>{0.0, 0.0});
}

TEST_CASE("Stored images fall into attractors of their own, and without couplings into nothing") {
    const Matrix images = two_images();
    const Matrix attractors = attractors_of(hebbian(images, 3.0), images, 0.5).states;
    CHECK(count_distinct(attractors) == 2);
    CHECK(correlation(attractors.column(0), images.column(0)) > 0.99);
    CHECK(correlation(attractors.column(1), images.column(1)) > 0.99);
    for (const double x : attractors_of(Matrix(4, 4), images, 0.5).states.values)
        CHECK(x == 0.0);
}

TEST_CASE("Stored images are matched, whatever solenoidal flow is added") {
    const Matrix images = two_images();
    Matrix coupling = hebbian(images, 3.0);
    CHECK(matched_attractors(coupling, images, 0.5) == 2);
    coupling(0, 1) += 50.0;
    coupling(1, 0) -= 50.0;
    CHECK(matched_attractors(coupling, images, 0.5) == 2);
    CHECK(matched_attractors(Matrix(4, 4), images, 0.5) == 0);
}

TEST_CASE("States that decay to 0 are one attractor without a direction, and match no image") {
    // L(u) ~ u / 3: couplings of norm 2 (4 * 0.5) shrink every state, but never quite to 0.
    const Matrix images = two_images();
    const Matrix attractors = attractors_of(hebbian(images, 0.5), images, 0.5).states;
    CHECK(attractors(0, 0) != 0.0);
    CHECK(count_distinct(attractors) == 1);
    CHECK(angles_between_states(attractors).empty());
    CHECK(matched_attractors(hebbian(images, 0.5), images, 0.5) == 0);
}

/// x with L(u x) = x, by bisection; 0 for u <= 3.
double amplitude_of(double u) {
    double low = 0.0;
    double high = 1.0;
    for (int k = 0; k < 200 && u > 3.0; ++k) {
        const double middle = 0.5 * (low + high);
        (langevin(u * middle) > middle ? low : high) = middle;
    }
    return low;
}

// Couplings u x x'/n of one image x = +-1 map m x to L(u m) x: 0 is the only attractor for u <= 3, and +-m,
// about sqrt(5 (u - 3) / 9), beyond. Within 1e-6 of u = 3 a start of 0.16 would need millions of steps: after
// t of them 1 / sqrt(1.2 t) of it is left, 0.0065 at 20,000. At u = 3 itself double precision tells residuals
// of -0.6 m^3 from 0 down to m = 1e-8 or so.
TEST_CASE("Near the onset images lead to the attractor, not to where states creep") {
    const double u = 3.0 + GENERATE(-0.1, -1e-3, -1e-6, 0.0, 1e-6, 1e-4, 1e-3, 0.1);
    CAPTURE(u);
    Matrix images(64, 2);
    RandomStream stream(1, Purpose::patterns, 0);
    for (std::size_t i = 0; i < 64; ++i) {
        images(i, 0) = stream.uniform() < 0.5 ? -1.0 : 1.0;
        images(i, 1) =
            images(i, 0) * (1.0 + 0.1 * stream.uniform()); // another start of the same end
    }
    Matrix coupling(64, 64);
    for (std::size_t i = 0; i < 64; ++i)
        for (std::size_t j = 0; j < 64; ++j)
            coupling(i, j) = u * images(i, 0) * images(j, 0) / 64.0;
    const ImageAttractors ends = attractors_of(coupling, images, 0.5);
    CHECK(ends.settled == std::vector<bool>{true, true});
    for (std::size_t c = 0; c < 2; ++c)
        for (std::size_t i = 0; i < 64; ++i)
            CHECK(std::abs(ends.states(i, c) - amplitude_of(u) * images(i, 0)) <
                  (u == 3.0 ? 1e-6 : 2e-9));
    CHECK(count_distinct(settled_states(ends)) == 1);
}

TEST_CASE("A state that goes round is no attractor, and is said to be unsettled") {
    // Two nodes that alternate, and two that keep their sign.
    Matrix coupling(4, 4);
    coupling(0, 1) = coupling(1, 0) = -9.0;
    coupling(2, 3) = coupling(3, 2) = 9.0;
    const Matrix images = columns_of({{1, 1, 0, 0}, {0, 0, 1, 1}});
    const ImageAttractors ends = attractors_of(coupling, images, 0.5);
    CHECK(ends.settled == std::vector<bool>{false, true});
    CHECK(settled_states(ends).cols == 1);
    Config config;
    const CouplingFigures figures = figures_of(coupling, images, config);
    CHECK(figures.n_attractors == 1);
    CHECK(figures.n_unsettled == 1);
    CHECK(landscape_of(coupling, images, 0.5).n_of_images == 1);
}

TEST_CASE("The projector of one image is its outer product over its square, diagonal removed") {
    const Matrix projector = projector_couplings(columns_of({{1, 2, -2}}));
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(projector(i, i) == 0.0);
    CHECK(projector(0, 1) == Approx(2.0 / 9.0));
    CHECK(projector(1, 2) == Approx(-4.0 / 9.0));
    CHECK(projector(2, 0) == Approx(-2.0 / 9.0));
}

TEST_CASE("The projector keeps every image and is idempotent, but for its diagonal") {
    // Independent, not orthogonal; the fourth depends on the others and changes nothing.
    const Matrix images =
        columns_of({{1, 2, -1, 3, 1}, {2, 1, 1, -1, 1}, {1, -1, 4, 1, 2}, {3, 3, 0, 2, 2}});
    const Matrix full = with_diagonal(projector_couplings(images), images.column(0));
    const auto is_near = [](std::span<const double> a, std::span<const double> b) {
        for (std::size_t i = 0; i < a.size(); ++i)
            CHECK(a[i] == Approx(b[i]).margin(1000 * k_epsilon));
    };
    double trace = 0.0;
    for (std::size_t i = 0; i < images.rows; ++i)
        trace += full(i, i);
    CHECK(trace == Approx(3.0).epsilon(1000 * k_epsilon)); // the rank
    for (std::size_t c = 0; c < images.cols; ++c)
        is_near(product(full, images.column(c)), images.column(c));
    for (std::size_t i = 0; i < images.rows; ++i)
        is_near(product(full, full.column(i)), full.column(i));
}
