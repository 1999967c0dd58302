#include "rate/large_network.hpp"

#include "core/clones.hpp"
#include "core/philox_lanes.hpp"
#include "neuron_models/langevin_lanes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace spikewell::rate {

namespace {

constexpr std::size_t k_kept_back = k_steps_per_write;
constexpr std::size_t k_lanes = 16; // floats a vector
// Columns that are worked on at a time: the states kept back for them stay in the first-level cache.
constexpr std::size_t k_tile = 512;
constexpr std::size_t k_rows_at_once = 4;
// Rows a thread takes at a time.
constexpr std::size_t k_rows_per_task = 32;
// Nodes whose states a thread draws at a time.
constexpr std::size_t k_nodes_per_task = 256;

using Lanes = float __attribute__((vector_size(k_lanes * sizeof(float)), aligned(4), may_alias));

[[gnu::always_inline]] inline const Lanes& lanes_at(const float* values) {
    return *reinterpret_cast<const Lanes*>(values);
}
// NOLINTNEXTLINE(readability-non-const-parameter): what is returned writes through it
[[gnu::always_inline]] inline Lanes& lanes_at(float* values) {
    return *reinterpret_cast<Lanes*>(values);
}

[[gnu::always_inline]] inline double sum_of(const Lanes& x) {
    double sum = 0.0;
    for (std::size_t i = 0; i < k_lanes; ++i)
        sum += static_cast<double>(x[i]);
    return sum;
}

/// Rows `first` .. of a matrix, four of them.
struct FourRows {
    float* row[k_rows_at_once];
};

struct Columns {
    std::size_t begin;
    std::size_t end;
};

/// Outer products that are not in the rows yet.
struct KeptBack {
    const float* changes; // [4][k_kept_back] of these rows
    const float* states;  // [k_kept_back][stride]
    std::size_t stride;
};

/// sums[r] += row r times `state`.
SPIKEWELL_CLONES
void multiply(const FourRows& rows, const float* state, Columns columns, double* sums) {
    Lanes a{};
    Lanes b{};
    Lanes c{};
    Lanes d{};
    for (std::size_t j = columns.begin; j < columns.end; j += k_lanes) {
        const Lanes x = lanes_at(state + j);
        a += lanes_at(rows.row[0] + j) * x;
        b += lanes_at(rows.row[1] + j) * x;
        c += lanes_at(rows.row[2] + j) * x;
        d += lanes_at(rows.row[3] + j) * x;
    }
    sums[0] += sum_of(a);
    sums[1] += sum_of(b);
    sums[2] += sum_of(c);
    sums[3] += sum_of(d);
}

/// The same of rows to which the products kept back are added first.
SPIKEWELL_CLONES
void add_and_multiply(
    const FourRows& rows, KeptBack kept_back, const float* state, Columns columns, double* sums) {
    const auto [changes, states, stride] = kept_back;
    Lanes sum[k_rows_at_once] = {};
    for (std::size_t j = columns.begin; j < columns.end; j += k_lanes) {
        Lanes value[k_rows_at_once];
        for (std::size_t r = 0; r < k_rows_at_once; ++r)
            value[r] = lanes_at(rows.row[r] + j);
        for (std::size_t k = 0; k < k_kept_back; ++k) {
            const Lanes kept = lanes_at(states + k * stride + j);
            for (std::size_t r = 0; r < k_rows_at_once; ++r)
                value[r] += changes[r * k_kept_back + k] * kept;
        }
        const Lanes now = lanes_at(state + j);
        for (std::size_t r = 0; r < k_rows_at_once; ++r) {
            lanes_at(rows.row[r] + j) = value[r];
            sum[r] += value[r] * now;
        }
    }
    for (std::size_t r = 0; r < k_rows_at_once; ++r)
        sums[r] += sum_of(sum[r]);
}

/// Nodes whose states are drawn at once.
struct DrawLanes {
    PhiloxLanes random; // their counters
    double drive[k_philox_lanes];
    double evidence[k_philox_lanes];
    double state[k_philox_lanes];
    double predicted[k_philox_lanes]; // L(drive)
};

/// sigma' ~ CB(iT (b + h)), and L(h).
SPIKEWELL_CLONES
void draw(DrawLanes& lanes, std::uint64_t seed, double inverse_temperature) {
    philox<10>(lanes.random, seed);
    for (std::size_t l = 0; l < k_philox_lanes; ++l) {
        const double uniform =
            RandomStream::unit(lanes.random.word[0].at[l], lanes.random.word[1].at[l]);
        const double u = inverse_temperature * (lanes.evidence[l] + lanes.drive[l]);
        lanes.state[l] = lane_sample_continuous_bernoulli(u, uniform);
        lanes.predicted[l] = lane_langevin(lanes.drive[l]);
    }
}

std::size_t whole_lanes(std::size_t n) {
    return (n + k_lanes - 1) / k_lanes * k_lanes;
}

void for_each(Team* team, std::size_t n, const std::function<void(std::size_t)>& body) {
    if (team != nullptr) {
        team->for_each(n, body);
        return;
    }
    for (std::size_t k = 0; k < n; ++k)
        body(k);
}

} // namespace

LargeNetwork::LargeNetwork(std::size_t n_nodes, std::uint64_t seed, int n_threads)
    : n_(n_nodes), stride_(whole_lanes(n_nodes)), state_(n_nodes, 0.0),
      streams_(streams_of(n_nodes, seed)) {
    // Whole groups of rows, so that none is a special case.
    const std::size_t n_rows = (n_ + k_rows_at_once - 1) / k_rows_at_once * k_rows_at_once;
    rows_.assign(n_rows * stride_, 0.0F);
    changes_.assign(n_rows * k_kept_back, 0.0F);
    states_.assign(k_kept_back * stride_, 0.0F);
    state_now_.assign(stride_, 0.0F);
    drive_.assign(n_rows, 0.0);
    if (n_threads > 1) team_ = std::make_unique<Team>(n_threads);
}

LargeNetwork::LargeNetwork(const Matrix& coupling, std::uint64_t seed, int n_threads)
    : LargeNetwork(coupling.rows, seed, n_threads) {
    require_square(coupling);
    for (std::size_t j = 0; j < n_; ++j)
        for (std::size_t i = 0; i < n_; ++i)
            rows_[i * stride_ + j] = static_cast<float>(coupling(i, j));
}

LargeNetwork::~LargeNetwork() = default;
LargeNetwork::LargeNetwork(LargeNetwork&&) noexcept = default;
LargeNetwork& LargeNetwork::operator=(LargeNetwork&&) noexcept = default;

void LargeNetwork::set_state(std::span<const double> state) {
    state_.assign(state.begin(), state.end());
    std::copy(state_.begin(), state_.end(), state_now_.begin());
    drive_known_ = false;
    if (std::any_of(state_.begin(), state_.end(), [](double s) { return s != 0.0; })) return;
    std::fill(drive_.begin(), drive_.end(), 0.0);
    drive_known_ = true;
}

void LargeNetwork::update_drive() {
    if (drive_known_) return;
    drive_known_ = true;
    const bool full = n_kept_back_ == k_kept_back;
    // What is kept back: its part of the drive is changes times these.
    std::array<double, k_kept_back> overlaps{};
    const std::span overlap(overlaps.data(), full ? 0 : n_kept_back_);
    for (std::size_t k = 0; k < overlap.size(); ++k)
        for (std::size_t j = 0; j < n_; ++j)
            overlap[k] += static_cast<double>(states_[k * stride_ + j]) * state_[j];
    const std::size_t n_rows = drive_.size();
    for_each(team_.get(), (n_rows + k_rows_per_task - 1) / k_rows_per_task, [&](std::size_t task) {
        const std::size_t begin = task * k_rows_per_task;
        const std::size_t end = std::min(begin + k_rows_per_task, n_rows);
        std::fill(drive_.begin() + static_cast<std::ptrdiff_t>(begin),
                  drive_.begin() + static_cast<std::ptrdiff_t>(end), 0.0);
        const std::size_t tile = full ? k_tile : stride_;
        for (std::size_t first = 0; first < stride_; first += tile)
            multiply_tile(begin, end, first, std::min(first + tile, stride_));
        correct_drive(begin, std::min(end, n_), overlap);
    });
    if (full) {
        n_kept_back_ = 0;
        std::fill(changes_.begin(), changes_.end(), 0.0F);
    }
}

/// Adds the products of some rows' columns first .. last - 1 to their drive. What is kept back goes into
/// the rows before, where it is as much as may be.
void LargeNetwork::multiply_tile(std::size_t begin,
                                 std::size_t end,
                                 std::size_t first,
                                 std::size_t last) {
    for (std::size_t i = begin; i < end; i += k_rows_at_once) {
        FourRows rows{};
        for (std::size_t r = 0; r < k_rows_at_once; ++r)
            rows.row[r] = rows_.data() + (i + r) * stride_;
        double* sums = drive_.data() + i;
        if (n_kept_back_ == k_kept_back)
            add_and_multiply(rows, {changes_.data() + i * k_kept_back, states_.data(), stride_},
                             state_now_.data(), {first, last}, sums);
        else
            multiply(rows, state_now_.data(), {first, last}, sums);
    }
}

/// No node couples to itself: what a product put there goes. What is still kept back adds to the drive.
void LargeNetwork::correct_drive(std::size_t begin,
                                 std::size_t end,
                                 std::span<const double> overlap) {
    for (std::size_t i = begin; i < end; ++i) {
        float& own = rows_[i * stride_ + i];
        drive_[i] -= static_cast<double>(own) * state_[i];
        own = 0.0F;
        for (std::size_t k = 0; k < overlap.size(); ++k)
            drive_[i] += static_cast<double>(changes_[i * k_kept_back + k]) *
                         (overlap[k] - static_cast<double>(states_[k * stride_ + i]) * state_[i]);
    }
}

/// J += alpha (sigma' - L(h)) sigma'^T, not yet.
void LargeNetwork::draw_states(std::span<const double> evidence, const StepOptions& options) {
    const bool learn = options.learning_rate != 0.0;
    const std::size_t kept = n_kept_back_;
    const std::uint64_t seed = streams_.front().seed();
    const auto draw_some = [&](std::size_t first) {
        const std::size_t n = std::min(k_philox_lanes, n_ - first);
        DrawLanes lanes{};
        for (std::size_t l = 0; l < n; ++l) {
            const philox4x32_ctr_t counter = streams_[first + l].next_counter();
            for (std::size_t w = 0; w < 4; ++w)
                lanes.random.word[w].at[l] = counter[w];
            lanes.drive[l] = drive_[first + l];
            lanes.evidence[l] = evidence[first + l];
        }
        draw(lanes, seed, options.inverse_temperature);
        for (std::size_t l = 0; l < n; ++l) {
            state_[first + l] = lanes.state[l];
            state_now_[first + l] = static_cast<float>(lanes.state[l]);
            if (learn)
                changes_[(first + l) * k_kept_back + kept] = static_cast<float>(
                    options.learning_rate * (lanes.state[l] - lanes.predicted[l]));
        }
    };
    const auto keep = [&] {
        std::copy(state_now_.begin(), state_now_.end(),
                  states_.begin() + static_cast<std::ptrdiff_t>(kept * stride_));
    };
    if (learn && options.pairing == Pairing::preceding) keep();
    const std::size_t n_tasks = (n_ + k_nodes_per_task - 1) / k_nodes_per_task;
    for_each(team_.get(), n_tasks, [&](std::size_t task) {
        const std::size_t end = std::min((task + 1) * k_nodes_per_task, n_);
        for (std::size_t first = task * k_nodes_per_task; first < end; first += k_philox_lanes)
            draw_some(first);
    });
    drive_known_ = false;
    if (!learn) return;
    if (options.pairing == Pairing::renewed) keep();
    ++n_kept_back_;
}

void LargeNetwork::step(std::span<const double> evidence, const StepOptions& options) {
    update_drive();
    draw_states(evidence, options);
    if (n_kept_back_ == k_kept_back) update_drive();
}

Matrix LargeNetwork::coupling() const {
    Matrix coupling(n_, n_);
    for (std::size_t j = 0; j < n_; ++j) {
        for (std::size_t i = 0; i < n_; ++i) {
            float value = rows_[i * stride_ + j];
            for (std::size_t k = 0; k < n_kept_back_; ++k)
                value += changes_[i * k_kept_back + k] * states_[k * stride_ + j];
            coupling(i, j) = i == j ? 0.0 : static_cast<double>(value);
        }
    }
    return coupling;
}

} // namespace spikewell::rate
