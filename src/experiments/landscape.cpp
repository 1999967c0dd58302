#include "experiments/landscape.hpp"

#include "core/clones.hpp"
#include "core/error.hpp"
#include "core/statistics.hpp"
#include "experiments/metrics.hpp"
#include "experiments/runs.hpp"
#include "neuron_models/langevin.hpp"
#include "neuron_models/langevin_lanes.hpp"

#include <Eigen/Dense>
#include <unsupported/Eigen/FFT>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <functional>
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
constexpr double k_kept = 1e-3;               // what a step moves of a state that is kept
constexpr double k_vanished = 1e-6;           // largest entry of a state that counts as 0
constexpr std::uint16_t k_start_block = 1;    // of Purpose::patterns; random_patterns has 0
constexpr std::uint16_t k_permutation_block = 2;
constexpr std::uint16_t k_phase_block = 3;
constexpr std::uint16_t k_noise_block = 4;    // of Purpose::evaluation_noise; capacity has 3

struct alignas(64) Lanes : std::array<double, k_lanes> {};

Eigen::Map<const Eigen::MatrixXd> view(const Matrix& m) {
    return {m.values.data(), static_cast<Eigen::Index>(m.rows), static_cast<Eigen::Index>(m.cols)};
}

Matrix matrix_of(const Eigen::MatrixXd& m) {
    Matrix result(static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()));
    std::copy(m.data(), m.data() + m.size(), result.values.begin());
    return result;
}

/// Eight lanes in a register, or as many as they take.
using Eight [[gnu::vector_size(64), gnu::may_alias]] = double;

/// fields = J states, lane by lane; J row after row [n x n]. Lanes never mix, so that one start's numbers do
/// not depend on its neighbours.
SPIKEWELL_CLONES
void multiply(const double* coupling, const Lanes* states, Lanes* fields, std::size_t n) {
    static_assert(k_lanes == 16);
    const auto at = [](Lanes& lanes) { return reinterpret_cast<Eight*>(lanes.data()); };
    for (std::size_t i = 0; i < n; i += 2) {
        const double* wa = coupling + i * n;
        const double* wb = coupling + std::min(i + 1, n - 1) * n;
        Eight a0{};
        Eight a1{};
        Eight b0{};
        Eight b1{};
        for (std::size_t j = 0; j < n; ++j) {
            const auto* s = reinterpret_cast<const Eight*>(states[j].data());
            a0 += wa[j] * s[0];
            a1 += wa[j] * s[1];
            b0 += wb[j] * s[0];
            b1 += wb[j] * s[1];
        }
        at(fields[i])[0] = a0;
        at(fields[i])[1] = a1;
        if (i + 1 == n) break;
        at(fields[i + 1])[0] = b0;
        at(fields[i + 1])[1] = b1;
    }
}

/// tanh x within a few units in the last place: from e^2|x| - 1, which keeps its digits near 0.
[[gnu::always_inline]] inline double lane_tanh(double x) {
    constexpr double k_whole = 0x1.8p52; // see lane_exp
    constexpr double k_log2_e = 0x1.71547652b82fep0;
    constexpr double k_ln2_high = 0x1.62e42feep-1;
    constexpr double k_ln2_low = 0x1.a39ef35793c76p-33;
    const double a = std::min(2.0 * std::abs(x), 60.0);
    const double shifted = a * k_log2_e + k_whole;
    const double n = shifted - k_whole;
    const double r = (a - n * k_ln2_high) - n * k_ln2_low;
    double p = 1.0 / 87178291200.0;
    p = p * r + 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = r + r * (r * p);
    const double power =
        std::bit_cast<double>((std::bit_cast<std::uint64_t>(shifted) + 1023U) << 52U);
    const double less_one = power * p + (power - 1.0);
    return std::copysign(less_one / (less_one + 2.0), x);
}

SPIKEWELL_CLONES
void tanh_of(const Lanes* fields, double beta, Lanes* states, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t l = 0; l < k_lanes; ++l)
            states[i][l] = lane_tanh(beta * fields[i][l]);
}

/// -1/2 s'Js of each lane.
SPIKEWELL_CLONES
void energies_of(const Lanes* fields, const Lanes* states, double* energies, std::size_t n) {
    double sum[k_lanes] = {};
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t l = 0; l < k_lanes; ++l)
            sum[l] += states[i][l] * fields[i][l];
    for (std::size_t l = 0; l < k_lanes; ++l)
        energies[l] = -0.5 * sum[l];
}

double gain_of(MapNode node) {
    return node == MapNode::tanh ? 1.0 : 1.0 / 3.0;
}

double response(double field, MapNode node) {
    return node == MapNode::tanh ? std::tanh(field) : langevin(field);
}

/// The map near 0, s' = gain beta J s, in the basis of the eigenvectors of J.
struct Linear {
    Eigen::MatrixXd vectors;
    Eigen::VectorXd factors; ///< gain beta lambda, all within (-1, 1)
};

/// None where 0 is not stable, or nearly so, or J not symmetric.
std::optional<Linear> linear_map(const Matrix& coupling, double beta, MapNode node) {
    const auto j = view(coupling);
    if (j != j.transpose()) return std::nullopt;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(j);
    Linear linear{solver.eigenvectors(), gain_of(node) * beta * solver.eigenvalues()};
    if (!(linear.factors.cwiseAbs().maxCoeff() < 1.0 - 1e-6)) return std::nullopt;
    return linear;
}

/// Steps 0 .. most after which the state is about `size` long still.
std::size_t steps_down_to(double size, const Eigen::VectorXd& state, const Linear& linear, std::size_t most) {
    std::size_t low = 0;
    std::size_t high = most;
    while (low < high) {
        const std::size_t m = high - (high - low) / 2;
        const Eigen::ArrayXd left =
            state.array() * linear.factors.array().abs().pow(static_cast<double>(m));
        if (left.matrix().stableNorm() >= size) low = m;
        else high = m - 1;
    }
    return low;
}

/// What a start needs until it has settled.
struct Lane {
    std::optional<std::size_t> start;
    std::size_t steps = 0;
    std::size_t seen = 0; ///< energies since the start, or the last jump: up to 2
    double energy = 0.0;  ///< the last
    double before = 0.0;  ///< that before it
    bool jumped = false;
};

/// Some starts at once; a lane whose start has settled takes the next.
class Settling {
  public:
    Settling(const Matrix& by_rows, double beta, MapNode node, const Matrix& starts, const Linear* linear,
             Settled& settled)
        : by_rows_(by_rows), beta_(beta), node_(node), starts_(starts), linear_(linear), settled_(settled),
          states_(by_rows.rows, Lanes{}), fields_(by_rows.rows, Lanes{}) {}

    void run(std::size_t first, std::size_t last) {
        next_ = first;
        last_ = last;
        for (std::size_t l = 0; l < k_lanes; ++l)
            load(l);
        waits_ = {};
        Lanes energies{};
        while (std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& x) { return x.start.has_value(); })) {
            multiply(by_rows_.values.data(), states_.data(), fields_.data(), states_.size());
            energies_of(fields_.data(), states_.data(), energies.data(), states_.size());
            for (std::size_t l = 0; l < k_lanes; ++l)
                if (lanes_[l].start && ends(l, energies[l])) load(l);
            // A lane that was loaded, or jumped, has no fields yet.
            const std::array<bool, k_lanes> waits = std::exchange(waits_, {});
            std::vector<std::pair<std::size_t, std::vector<double>>> kept;
            for (std::size_t l = 0; l < k_lanes; ++l)
                if (waits[l]) kept.emplace_back(l, state_of(l));
            step();
            for (const auto& [l, state] : kept)
                put(l, state);
            for (std::size_t l = 0; l < k_lanes; ++l)
                if (!waits[l]) ++lanes_[l].steps;
        }
    }

  private:
    void load(std::size_t l) {
        lanes_[l] = {};
        waits_[l] = true;
        const bool none = next_ == last_;
        if (!none) lanes_[l].start = next_++;
        put(l, none ? std::vector<double>(states_.size(), 0.0)
                    : std::vector<double>(starts_.column(*lanes_[l].start).begin(),
                                          starts_.column(*lanes_[l].start).end()));
    }

    void step() {
        if (node_ == MapNode::tanh) {
            tanh_of(fields_.data(), beta_, states_.data(), states_.size());
            return;
        }
        for (std::size_t i = 0; i < states_.size(); ++i)
            for (std::size_t l = 0; l < k_lanes; ++l)
                if (lanes_[l].start) states_[i][l] = langevin(beta_ * fields_[i][l]);
    }

    std::vector<double> state_of(std::size_t l) const {
        std::vector<double> state(states_.size());
        for (std::size_t i = 0; i < state.size(); ++i)
            state[i] = states_[i][l];
        return state;
    }
    void put(std::size_t l, const std::vector<double>& state) {
        for (std::size_t i = 0; i < state.size(); ++i)
            states_[i][l] = state[i];
    }

    /// Whether the lane's start has settled, which is then written down.
    bool ends(std::size_t l, double energy) {
        Lane& lane = lanes_[l];
        const std::size_t s = *lane.start;
        const double change = std::abs(energy - lane.energy);
        if (lane.seen > 0 && settled_.iterations[s] == 0 && change <= k_settled * std::abs(energy))
            settled_.iterations[s] = lane.steps;
        const bool repeats = lane.seen > 0 && energy == lane.energy;
        const bool alternates =
            lane.seen > 1 && energy == lane.before && change > k_settled * std::abs(energy);
        if (repeats || alternates || lane.steps >= k_most_iterations) {
            settled_.endings[s] = ending(l, repeats, alternates);
            settled_.paper_iterations[s] = lane.steps;
            if (settled_.iterations[s] == 0) settled_.iterations[s] = lane.steps;
            for (std::size_t i = 0; i < states_.size(); ++i)
                settled_.states(i, s) = states_[i][l];
            return true;
        }
        lane.before = std::exchange(lane.energy, energy);
        lane.seen = std::min<std::size_t>(2, lane.seen + 1);
        if (linear_ != nullptr && !lane.jumped) jump(l);
        return false;
    }

    Ending ending(std::size_t l, bool repeats, bool alternates) const {
        double size = 0.0;
        double moved = 0.0;
        for (std::size_t i = 0; i < states_.size(); ++i) {
            size = std::max(size, std::abs(states_[i][l]));
            moved = std::max(moved, std::abs(response(beta_ * fields_[i][l], node_) - states_[i][l]));
        }
        if (size < k_vanished) return Ending::vanished;
        if (alternates || (repeats && moved > k_kept * size)) return Ending::cycle;
        return repeats ? Ending::fixed : Ending::unsettled;
    }

    void jump(std::size_t l) {
        constexpr double k_linear = 1e-9;   // tanh x and 3 L(x) are x in double precision
        constexpr double k_small = 1e-140;  // its energy is a normal number yet
        constexpr std::size_t k_worth = 32; // steps
        Lane& lane = lanes_[l];
        double largest = 0.0;
        for (std::size_t i = 0; i < states_.size(); ++i)
            largest = std::max(largest, std::abs(beta_ * fields_[i][l]));
        if (!(largest < k_linear)) return;
        lane.jumped = true;
        const std::vector<double> now = state_of(l);
        const Eigen::Map<const Eigen::VectorXd> state(now.data(), static_cast<Eigen::Index>(now.size()));
        Eigen::VectorXd parts = linear_->vectors.transpose() * state;
        const std::size_t m = steps_down_to(k_small, parts, *linear_, k_most_iterations - lane.steps);
        if (m < k_worth) return;
        parts.array() *= linear_->factors.array().abs().pow(static_cast<double>(m));
        if (m % 2 == 1) parts.array() *= linear_->factors.array().sign();
        const Eigen::VectorXd later = linear_->vectors * parts;
        put(l, {later.begin(), later.end()});
        lane.steps += m;
        lane.seen = 0;
        waits_[l] = true;
    }

    const Matrix& by_rows_;
    double beta_;
    MapNode node_;
    const Matrix& starts_;
    const Linear* linear_;
    Settled& settled_;
    std::vector<Lanes> states_;
    std::vector<Lanes> fields_;
    std::array<Lane, k_lanes> lanes_;
    std::array<bool, k_lanes> waits_{};
    std::size_t next_ = 0;
    std::size_t last_ = 0;
};

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
            values.push_back(m(i, j)); // the other half is the same, or nearly so
    return values;
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
    const auto standardise = [](std::span<double> values, const char* what) {
        const double centre = mean(values);
        const double sd = standard_deviation(values);
        if (!(sd > 0.0)) throw ParameterError("landscape", what, sd, "> 0 with this --scaling");
        for (double& x : values)
            x = (x - centre) / sd;
    };
    if (scaling == Scaling::zscore) standardise(scaled.values, "standard deviation of the couplings");
    for (std::size_t j = 0; scaling == Scaling::columns && j < scaled.cols; ++j)
        standardise(scaled.column(j), "standard deviation of a column of the couplings");
    return scaled;
}

Spectrum spectrum_of(const Matrix& coupling) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(0.5 * (view(coupling) + view(coupling).transpose()));
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
    const std::size_t n = starts.cols;
    Settled settled{Matrix(starts.rows, n), std::vector<Ending>(n, Ending::unsettled),
                    std::vector<std::size_t>(n, 0), std::vector<std::size_t>(n, 0)};
    const Matrix by_rows = matrix_of(view(coupling).transpose());
    const std::optional<Linear> linear = linear_map(coupling, beta, node);
    const std::size_t n_runs = (n + k_starts_at_once - 1) / k_starts_at_once;
    run_all(n_runs, n_threads, {}, [&](std::size_t k) {
        Settling(by_rows, beta, node, starts, linear ? &*linear : nullptr, settled)
            .run(k * k_starts_at_once, std::min(n, (k + 1) * k_starts_at_once));
    });
    return settled;
}

LandscapePoint landscape_point(const Matrix& coupling, const Spectrum& spectrum, double beta,
                               MapNode node, const Matrix& starts, int n_threads) {
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
            best = std::max(best, std::abs(correlation(point.attractors.column(a), spectrum.vectors.column(v))));
        point.eigenvector_alignment.push_back(best);
    }
    point.projector_cosine =
        point.attractors.cols == 0
            ? k_nan
            : cosine(off_diagonal(coupling), off_diagonal(projector_couplings(without_mirror_images(point.attractors))));
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
    for (const std::string& null : plan.nulls) {
        const bool of_estimate = null == "phase" && !plan.estimated;
        const Matrix coupling = of_estimate
                                    ? scaled_couplings(mean_partial_correlations(plan.series), plan.scaling)
                                    : landscape.coupling;
        const LandscapePoint observed = landscape_point(coupling, spectrum_of(coupling), plan.shown_beta,
                                                        plan.node, starts, plan.n_threads);
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
            NullComparison comparison{plan.shown_beta, null, m == 1, of_estimate, observed.criticality, 0.0, {}};
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

constexpr std::size_t k_dropped_steps = 1000;

/// Englert et al.'s program: x' = beta J tanh(x) + noise; what is kept is s = tanh(x).
Matrix stochastic_states(const Matrix& coupling, const FreeRunPlan& plan) {
    const std::size_t n = coupling.rows;
    std::vector<RandomStream> noise;
    for (std::size_t i = 0; i < n; ++i)
        noise.emplace_back(plan.seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(i), k_noise_block);
    Matrix states(n, plan.steps);
    Eigen::VectorXd state = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(n));
    for (std::size_t t = 0; t < k_dropped_steps + plan.steps; ++t) {
        const Eigen::VectorXd field = view(coupling) * state;
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
    return matrix_of(view(m).transpose());
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
            cell[k] = std::min(k_side - 1, static_cast<std::size_t>((projection(k, t) + reach) / width));
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
    const Settled ends =
        settle(coupling, plan.beta, plan.node, some_columns(free.states, k_looked_at), plan.n_threads);
    free.by_basin = shares(basins_of(ends.states, free.attractors), free.attractors.cols);
    if (free.attractors.cols > 0)
        free.by_nearest = shares(nearest_images(free.states, free.attractors), free.attractors.cols);
    Eigen::MatrixXd x = view(free.states);
    const Eigen::VectorXd centre = x.rowwise().mean();
    x.colwise() -= centre;
    const Eigen::MatrixXd covariance = x * x.transpose() / static_cast<double>(x.cols());
    const Eigen::VectorXd sd = covariance.diagonal().cwiseSqrt().cwiseMax(1e-300);
    free.functional_connectivity =
        matrix_of(sd.cwiseInverse().asDiagonal() * covariance * sd.cwiseInverse().asDiagonal());
    free.functional_correlation =
        correlation(off_diagonal(free.functional_connectivity), off_diagonal(coupling));
    const bool all_move = free.states.cols > 3 && covariance.diagonal().minCoeff() > 0.0;
    free.partial_correlation =
        all_move ? correlation(off_diagonal(shrunk_partial_correlations(rows_as_columns(free.states))),
                               off_diagonal(coupling))
                 : k_nan;
    if (x.rows() < 2) return;
    const Spectrum components = spectrum_of(matrix_of(covariance));
    const Eigen::MatrixXd plane = view(components.vectors).leftCols(2);
    free.projection = matrix_of(plane.transpose() * x);
    free.projected_attractors =
        matrix_of(plane.transpose() * (view(free.attractors).colwise() - centre));
    free.flow = flow_of(free.projection);
}

FreeRunPlan free_plan_of(const LandscapePlan& plan) {
    return {plan.node, plan.shown_beta, plan.noise, plan.scale, plan.free_steps, plan.n_starts,
            plan.seed, plan.n_threads};
}

} // namespace

const char* name_of(FreeForm form) {
    switch (form) {
    case FreeForm::stochastic_map: return "stochastic_map";
    case FreeForm::rate: return "rate";
    case FreeForm::spiking: break;
    }
    return "spiking";
}

FreeStates free_states(FreeForm form, const Matrix& coupling, const FreeRunPlan& plan) {
    FreeStates free;
    free.form = form;
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
    free.attractors = landscape_point(coupling, spectrum_of(coupling), plan.beta, plan.node,
                                      sparse_starts(coupling.rows, plan.n_starts, plan.seed), plan.n_threads)
                          .attractors;
    look_at(free, coupling, plan);
    return free;
}

CouplingLandscape study_landscape(const Matrix& given, LandscapePlan plan, const Progress& progress) {
    CouplingLandscape landscape;
    landscape.coupling = scaled_couplings(given, plan.scaling);
    landscape.spectrum = spectrum_of(landscape.coupling);
    landscape.onset = onset_of(landscape.spectrum.values.front(), plan.node);
    if (!(landscape.onset > 0.0) || !std::isfinite(landscape.onset))
        throw ParameterError("landscape", "largest eigenvalue", landscape.spectrum.values.front(), "> 0");
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
    if (plan.scale == 0.0)
        plan.scale = 1.09 * onset_of(landscape.spectrum.values.front(), MapNode::langevin);
    landscape.plan = plan;
    const Matrix starts = sparse_starts(given.rows, plan.n_starts, plan.seed);
    for (const double beta : plan.betas) {
        landscape.points.push_back(landscape_point(landscape.coupling, landscape.spectrum, beta,
                                                   plan.node, starts, plan.n_threads));
        if (progress)
            progress(static_cast<double>(landscape.points.size()) / static_cast<double>(plan.betas.size()), 0.0);
    }
    landscape.estimator_correlation = k_nan;
    if (!plan.series.empty() && !plan.estimated)
        landscape.estimator_correlation =
            correlation(off_diagonal(mean_partial_correlations(plan.series)), off_diagonal(given));
    if (!plan.nulls.empty()) add_nulls(landscape, given, progress);
    if (plan.free_steps > 0)
        for (const FreeForm form : {FreeForm::stochastic_map, FreeForm::rate, FreeForm::spiking})
            landscape.free.push_back(free_states(form, landscape.coupling, free_plan_of(plan)));
    return landscape;
}

} // namespace spikewell::experiments
