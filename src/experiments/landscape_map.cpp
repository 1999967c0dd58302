#include "experiments/landscape_map.hpp"

#include "core/clones.hpp"
#include "core/lane_math.hpp"
#include "core/random.hpp"
#include "experiments/runs.hpp"
#include "neuron_models/langevin.hpp"
#include "rate/eigen_view.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

namespace spikewell::experiments {

namespace {

constexpr std::size_t k_lanes = 16;
constexpr std::size_t k_starts_at_once = 64; // of one thread
constexpr double k_settled = 1e-9;           // relative change of the energy
constexpr double k_kept = 1e-3;              // what a step moves of a state that is kept
constexpr double k_vanished = 1e-6;          // largest entry of a state that counts as 0
constexpr std::uint16_t k_start_block = 1;   // of Purpose::patterns; random_patterns has 0

struct alignas(64) Lanes : std::array<double, k_lanes> {};

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

/// The map near 0, s' = gain beta J s, in the basis of the eigenvectors of J.
struct Linear {
    Eigen::MatrixXd vectors;
    Eigen::VectorXd factors; ///< gain beta lambda, all within (-1, 1)
};

/// None where 0 is not stable, or nearly so, or J not symmetric.
std::optional<Linear> linear_map(const Matrix& coupling, double beta, MapNode node) {
    const auto j = as_eigen(coupling);
    if (j != j.transpose()) return std::nullopt;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(j);
    Linear linear{solver.eigenvectors(), gain_of(node) * beta * solver.eigenvalues()};
    if (!(linear.factors.cwiseAbs().maxCoeff() < 1.0 - 1e-6)) return std::nullopt;
    return linear;
}

/// Steps 0 .. most after which the state is about `size` long still.
std::size_t steps_down_to(double size,
                          const Eigen::VectorXd& state,
                          const Linear& linear,
                          std::size_t most) {
    std::size_t low = 0;
    std::size_t high = most;
    while (low < high) {
        const std::size_t m = high - (high - low) / 2;
        const Eigen::ArrayXd left =
            state.array() * linear.factors.array().abs().pow(static_cast<double>(m));
        if (left.matrix().stableNorm() >= size)
            low = m;
        else
            high = m - 1;
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
    Settling(const Matrix& by_rows,
             double beta,
             MapNode node,
             const Matrix& starts,
             const Linear* linear,
             Settled& settled)
        : by_rows_(by_rows), beta_(beta), node_(node), starts_(starts), linear_(linear),
          settled_(settled), states_(by_rows.rows, Lanes{}), fields_(by_rows.rows, Lanes{}) {}

    void run(std::size_t first, std::size_t last) {
        next_ = first;
        last_ = last;
        for (std::size_t l = 0; l < k_lanes; ++l)
            load(l);
        waits_ = {};
        Lanes energies{};
        while (std::any_of(lanes_.begin(), lanes_.end(),
                           [](const Lane& x) { return x.start.has_value(); })) {
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

    [[nodiscard]] std::vector<double> state_of(std::size_t l) const {
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

    [[nodiscard]] Ending ending(std::size_t l, bool repeats, bool alternates) const {
        double size = 0.0;
        double moved = 0.0;
        for (std::size_t i = 0; i < states_.size(); ++i) {
            size = std::max(size, std::abs(states_[i][l]));
            moved =
                std::max(moved, std::abs(response(beta_ * fields_[i][l], node_) - states_[i][l]));
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
        const Eigen::Map<const Eigen::VectorXd> state(now.data(),
                                                      static_cast<Eigen::Index>(now.size()));
        Eigen::VectorXd parts = linear_->vectors.transpose() * state;
        const std::size_t m =
            steps_down_to(k_small, parts, *linear_, k_most_iterations - lane.steps);
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

} // namespace

double response(double field, MapNode node) {
    return node == MapNode::tanh ? std::tanh(field) : langevin(field);
}

double onset_of(double largest_eigenvalue, MapNode node) {
    if (!(largest_eigenvalue > 0.0)) return std::numeric_limits<double>::quiet_NaN();
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

Settled settle(
    const Matrix& coupling, double beta, MapNode node, const Matrix& starts, int n_threads) {
    const std::size_t n = starts.cols;
    Settled settled{Matrix(starts.rows, n), std::vector<Ending>(n, Ending::unsettled),
                    std::vector<std::size_t>(n, 0), std::vector<std::size_t>(n, 0)};
    const Matrix by_rows = to_matrix(as_eigen(coupling).transpose());
    const std::optional<Linear> linear = linear_map(coupling, beta, node);
    const std::size_t n_runs = (n + k_starts_at_once - 1) / k_starts_at_once;
    run_all(n_runs, n_threads, {}, [&](std::size_t k) {
        Settling(by_rows, beta, node, starts, linear ? &*linear : nullptr, settled)
            .run(k * k_starts_at_once, std::min(n, (k + 1) * k_starts_at_once));
    });
    return settled;
}

} // namespace spikewell::experiments
