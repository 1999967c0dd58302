#include "rate/large_network.hpp"

#include "core/clones.hpp"
#include "core/error.hpp"
#include "neuron_models/langevin.hpp"

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

using Lanes = float __attribute__((vector_size(k_lanes * sizeof(float)), aligned(4), may_alias));

[[gnu::always_inline]] inline const Lanes& lanes_at(const float* values) {
    return *reinterpret_cast<const Lanes*>(values);
}
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

/// sums[r] += row r times `state`, columns begin .. end - 1.
SPIKEWELL_CLONES
void multiply(const FourRows& rows,
              const float* state,
              std::size_t begin,
              std::size_t end,
              double* sums) {
    Lanes a{};
    Lanes b{};
    Lanes c{};
    Lanes d{};
    for (std::size_t j = begin; j < end; j += k_lanes) {
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

/// The same of rows to which eight outer products are added first.
SPIKEWELL_CLONES
void add_and_multiply(const FourRows& rows,
                      const float* changes, // [4][k_kept_back]
                      const float* states,  // [k_kept_back][stride]
                      std::size_t stride,
                      const float* state,
                      std::size_t begin,
                      std::size_t end,
                      double* sums) {
    for (std::size_t r = 0; r < k_rows_at_once; ++r) {
        float* const row = rows.row[r];
        const float* const change = changes + r * k_kept_back;
        Lanes sum{};
        for (std::size_t j = begin; j < end; j += k_lanes) {
            Lanes value = lanes_at(row + j);
            for (std::size_t k = 0; k < k_kept_back; ++k)
                value += change[k] * lanes_at(states + k * stride + j);
            lanes_at(row + j) = value;
            sum += value * lanes_at(state + j);
        }
        sums[r] += sum_of(sum);
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

LargeNetwork::LargeNetwork(const Matrix& coupling, std::uint64_t seed, int n_threads)
    : n_(coupling.rows), stride_(whole_lanes(n_)) {
    AttractorNetwork checked = make_network(Matrix(n_, coupling.cols == n_ ? n_ : n_ + 1), seed);
    streams_ = std::move(checked.streams);
    state_ = std::move(checked.state);
    // Whole groups of rows, so that none is a special case.
    const std::size_t n_rows = (n_ + k_rows_at_once - 1) / k_rows_at_once * k_rows_at_once;
    rows_.assign(n_rows * stride_, 0.0F);
    for (std::size_t j = 0; j < n_; ++j)
        for (std::size_t i = 0; i < n_; ++i)
            rows_[i * stride_ + j] = static_cast<float>(coupling(i, j));
    changes_.assign(n_rows * k_kept_back, 0.0F);
    states_.assign(k_kept_back * stride_, 0.0F);
    state_now_.assign(stride_, 0.0F);
    drive_.assign(n_rows, 0.0);
    if (n_threads > 1) team_ = std::make_unique<Team>(n_threads);
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
    std::array<double, k_kept_back> overlap{};
    for (std::size_t k = 0; k < n_kept_back_ && !full; ++k)
        for (std::size_t j = 0; j < n_; ++j)
            overlap[k] += static_cast<double>(states_[k * stride_ + j]) * state_[j];
    const std::size_t n_rows = drive_.size();
    for_each(team_.get(), (n_rows + k_rows_per_task - 1) / k_rows_per_task, [&](std::size_t task) {
        const std::size_t begin = task * k_rows_per_task;
        const std::size_t end = std::min(begin + k_rows_per_task, n_rows);
        std::fill(drive_.begin() + static_cast<std::ptrdiff_t>(begin),
                  drive_.begin() + static_cast<std::ptrdiff_t>(end), 0.0);
        const std::size_t tile = full ? k_tile : stride_;
        for (std::size_t first = 0; first < stride_; first += tile) {
            const std::size_t last = std::min(first + tile, stride_);
            for (std::size_t i = begin; i < end; i += k_rows_at_once) {
                FourRows rows{};
                for (std::size_t r = 0; r < k_rows_at_once; ++r)
                    rows.row[r] = rows_.data() + (i + r) * stride_;
                if (!full) {
                    multiply(rows, state_now_.data(), first, last, drive_.data() + i);
                    continue;
                }
                add_and_multiply(rows, changes_.data() + i * k_kept_back, states_.data(), stride_,
                                 state_now_.data(), first, last, drive_.data() + i);
            }
        }
        for (std::size_t i = begin; i < std::min(end, n_); ++i) {
            // No node couples to itself: what a product put there goes.
            float& own = rows_[i * stride_ + i];
            drive_[i] -= static_cast<double>(own) * state_[i];
            own = 0.0F;
            for (std::size_t k = 0; k < n_kept_back_ && !full; ++k)
                drive_[i] +=
                    static_cast<double>(changes_[i * k_kept_back + k]) *
                    (overlap[k] - static_cast<double>(states_[k * stride_ + i]) * state_[i]);
        }
    });
    if (full) {
        n_kept_back_ = 0;
        std::fill(changes_.begin(), changes_.end(), 0.0F);
    }
}

void LargeNetwork::draw_states(std::span<const double> evidence, const StepOptions& options) {
    for (std::size_t i = 0; i < n_; ++i) {
        const double u = options.inverse_temperature * (evidence[i] + drive_[i]);
        state_[i] = sample_continuous_bernoulli(u, streams_[i].uniform());
        state_now_[i] = static_cast<float>(state_[i]);
    }
    drive_known_ = false;
}

/// J += alpha (sigma' - L(h)) sigma'^T, not yet.
void LargeNetwork::keep_back(const StepOptions& options) {
    const std::size_t k = n_kept_back_++;
    for (std::size_t i = 0; i < n_; ++i)
        changes_[i * k_kept_back + k] =
            static_cast<float>(options.learning_rate * (state_[i] - langevin(drive_[i])));
    std::copy(state_now_.begin(), state_now_.end(),
              states_.begin() + static_cast<std::ptrdiff_t>(k * stride_));
}

void LargeNetwork::step(std::span<const double> evidence, const StepOptions& options) {
    update_drive();
    draw_states(evidence, options);
    if (options.learning_rate != 0.0) keep_back(options);
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
