#pragma once

#include "network/engine/lif/walked_dynamics.hpp"

/// How a model that is linear between spikes (neuron_models/dynamics.hpp) moves within a pass. Its columns
/// are kept in frame: X = exp(-A (t - T0)) x does not change between events, and an input b w at t adds
/// exp(-A (t - T0)) b w, numbers of the arrival and not of the neuron. Where the potential at the end of the
/// pass rules out that a neuron has crossed in it, that sum is all; the others are walked, from x as it was
/// when the pass began.
namespace spikewell::detail {

/// Sums over the columns of a neuron, in frame.
struct LinearTest {
    std::span<const double> end; ///< [columns] height at the end of the pass: may not reach `level`
    std::span<const double>
        fall; ///< and with what V may have fallen since: may not reach `level_after`
    double level;
    double level_after;
};
/// Writes the strips of 16 neurons, some of which reach either, to `found`; returns how many.
[[nodiscard]] std::size_t strips_reaching(const LinearTest& test,
                                          const double* columns,
                                          std::uint32_t width,
                                          std::uint32_t* found);

using Cubic = std::array<double, k_poisson_powers>;
/// Chebyshev's points of 0 .. 1, and the powers' coefficients of the polynomial that has these values there.
inline constexpr Cubic k_cubic_points{0.038060233744356624, 0.308658283817455, 0.6913417161825449,
                                      0.9619397662556434};
[[nodiscard]] Cubic cubic_through(const Cubic& values);
/// Adds the sums of powers, each times its coefficient, of neurons from .. to - 1.
void add_polynomial(const Cubic& coefficients,
                    const std::array<float*, k_poisson_powers>& powers,
                    std::size_t from,
                    std::size_t to,
                    double* sum);

/// The columns that an arrival reaches.
template <std::size_t n_reached> struct ColumnTargets {
    static constexpr bool k_sums = true;
    std::array<std::size_t, n_reached> excited, inhibited;

    [[nodiscard]] Target<n_reached> target(LifBlock& block,
                                           const ArrivalTable& table,
                                           std::size_t arrival,
                                           bool excites) const {
        return in(block.walked.data(), block.width, table.steps.data() + 2 * n_reached * arrival,
                  excites);
    }
    /// Of columns [column][width], with the steps of an excitatory and of an inhibitory input.
    // NOLINTNEXTLINE(readability-non-const-parameter): whoever adds up writes to them
    [[nodiscard]] Target<n_reached> in(double* columns,
                                       std::size_t width,
                                       const double* steps,
                                       bool excites) const {
        Target<n_reached> to;
        for (std::size_t k = 0; k < n_reached; ++k) {
            to.sum[k] = columns + (excites ? excited : inhibited)[k] * width;
            to.step[k] = steps[(excites ? 0 : n_reached) + k];
        }
        return to;
    }
};
void deliver(Job& job, const ColumnTargets<2>& targets);
void deliver(Job& job, const ColumnTargets<3>& targets);

template <Linear Model> class SummedDynamics : public WalkedDynamics<Model> {
  public:
    using Walk = WalkedDynamics<Model>;
    using typename Walk::Equations;
    using typename Walk::State;
    using Walk::k_columns;
    using Columns = typename Equations::State;
    static constexpr bool k_sums = true;
    static constexpr std::size_t k_reached = Equations::excited.size();

    SummedDynamics(const LifShared& shared, const Window& window)
        : Walk(shared, window), V_reset_mV_(std::get<Model>(shared.model).V_reset_mV),
          window_(window), frame_ms_(shared.frame_ms), begin_(drifts(window.begin_ms)) {}

    /// All are alike; see with_dynamics.
    [[nodiscard]] const SummedDynamics& own(const LifShared&,
                                            const LifBlock&,
                                            std::uint32_t) const {
        return *this;
    }

    static void begin(LifBlock& block, const Model& model, std::span<const double> V_mV) {
        const Equations equations(model);
        block.walked.assign(k_columns * block.width, 0.0);
        // Padding lanes are below any threshold, and never looked at.
        for (std::uint32_t n = 0; n < V_mV.size(); ++n) {
            Columns x = equations.start(V_mV[n]);
            x[0] -= equations.rest_mV();
            put_columns<Model>(block, n, x);
        }
    }
    /// As it is when the pass begins.
    [[nodiscard]] State load(const LifBlock& block, std::uint32_t n) const {
        State state{{}, window_.begin_ms, window_.begin_ms, block.free_at_ms[n], {}};
        const Columns X = columns_of<Model>(block, n);
        for (std::size_t k = 0; k < k_columns; ++k) {
            for (std::size_t row = 0; row < k_columns; ++row)
                state.x[row] += begin_[k][row] * X[k];
        }
        state.x[0] += this->equations().rest_mV();
        if (state.free_at_ms > window_.begin_ms) state.x[0] = held_mV(state);
        return state;
    }
    void store(LifBlock& block, std::uint32_t n, const State& state) const {
        block.free_at_ms[n] = state.free_at_ms;
        Columns x = state.x;
        x[0] -= this->equations().rest_mV();
        put_columns<Model>(block, n, this->equations().drift(x, frame_ms_ - state.t_ms));
    }

    [[nodiscard]] bool holds() const { return true; }

    static constexpr ColumnTargets<k_reached> k_targets{Equations::excited, Equations::inhibited};
    /// By how much each of those columns changes that an input of weight 1 (.. -1) reaches.
    static void append_steps(const Equations& equations,
                             double since_ms,
                             std::vector<double>& steps) {
        for (const bool excites : {true, false}) {
            Columns jump{};
            static_cast<void>(equations.receive(jump, excites ? 1.0 : -1.0));
            jump = equations.drift(jump, -since_ms);
            for (const std::size_t column : excites ? Equations::excited : Equations::inhibited)
                steps.push_back(excites ? jump[column] : -jump[column]);
        }
    }

    void settle_pass(LifBlock& block) const;
    /// The pass's sums are taken off a neuron that is to be walked, with its Poisson inputs.
    void take_off(Job& job, std::uint32_t neuron, std::span<const Input> inputs) const {
        LifBlock& block = job.block;
        for (const Input& input : inputs) {
            if (input.arrival == k_none) continue;
            if (input.arrival == k_timed)
                add_event(block, input.t_ms, neuron, -input.weight, input.weight > 0.0);
            else
                k_targets.target(block, job.table, input.arrival, input.weight > 0.0)
                    .add(neuron, -input.weight);
        }
        const std::vector<double>& noise = block.scratch.noise;
        for (std::size_t k = 0; !noise.empty() && k < k_columns; ++k)
            block.walked[k * block.width + neuron] -= noise[k * block.width + neuron];
    }
    void add_noise(Job& job) const;
    void add_events(Job& job) const {
        for (const TimedEvent& event : job.events)
            add_event(job.block, event.t_ms, event.target, static_cast<double>(event.weight),
                      event.weight > 0.0F);
    }

  private:
    /// Adds an input of its own time.
    void add_event(
        LifBlock& block, double t_ms, std::uint32_t neuron, double weight, bool excites) const {
        std::vector<double>& steps = block.scratch.steps;
        steps.clear();
        append_steps(this->equations(), t_ms - frame_ms_, steps);
        k_targets.in(block.walked.data(), block.width, steps.data(), excites).add(neuron, weight);
    }

    using Drifts = std::array<Columns, k_columns>; // [column] what 1 in frame makes of x

    /// V while it is held.
    [[nodiscard]] double held_mV(const State& state) const {
        if constexpr (requires { this->equations().held_mV(state.x, 0.0); })
            return this->equations().held_mV(state.x, state.free_at_ms - window_.begin_ms);
        else
            return V_reset_mV_;
    }
    void add_steady(Job& job, const PoissonInput& input, const PoissonPass& noise) const;
    void add_each(Job& job, const PoissonInput& input, const PoissonPass& noise) const;
    [[nodiscard]] Drifts drifts(double t_ms) const {
        Drifts of{};
        for (std::size_t k = 0; k < k_columns; ++k) {
            Columns one{};
            one[k] = 1.0;
            of[k] = this->equations().drift(one, t_ms - frame_ms_);
        }
        return of;
    }
    [[nodiscard]] bool reaches(const LinearTest& test,
                               const LifBlock& block,
                               std::uint32_t neuron) const;

    double V_reset_mV_;
    Window window_;
    double frame_ms_;
    Drifts begin_; ///< of the pass
};

/// Moves a model's columns to a frame origin age_ms later.
template <Linear Model> void move_columns(const Model& model, double age_ms, LifBlock& block) {
    const Dynamics<Model> equations(model);
    for (std::uint32_t n = 0; n < block.count; ++n)
        put_columns<Model>(block, n, equations.drift(columns_of<Model>(block, n), age_ms));
}

template <Linear Model> void SummedDynamics<Model>::settle_pass(LifBlock& block) const {
    LifScratch& scratch = block.scratch;
    const auto fall = this->equations().most_fall(window_.end_ms - window_.begin_ms);
    const Drifts end = drifts(window_.end_ms);
    Columns at_end{};
    Columns after{};
    for (std::size_t k = 0; k < k_columns; ++k) {
        at_end[k] = this->equations().height_mV(end[k]);
        after[k] = at_end[k];
        for (std::size_t row = 0; row < k_columns; ++row)
            after[k] += fall.of_column[row] * begin_[k][row];
    }
    const double level =
        this->equations().threshold_mV() - this->equations().rest_mV() - k_rounding_mV;
    const LinearTest test{at_end, after, level, level - fall.base_mV};
    scratch.strips.resize(block.width / k_strip);
    const std::size_t n_strips =
        strips_reaching(test, block.walked.data(), block.width, scratch.strips.data());
    for (std::size_t g = 0; g < n_strips; ++g) {
        const std::uint32_t last = std::min(scratch.strips[g] + k_strip, block.count);
        for (std::uint32_t n = scratch.strips[g]; n < last; ++n) {
            if (block.free_at_ms[n] > window_.begin_ms) continue; // held
            if (reaches(test, block, n)) scratch.flagged.push_back({n, 0.0});
        }
    }
}

template <Linear Model>
bool SummedDynamics<Model>::reaches(const LinearTest& test,
                                    const LifBlock& block,
                                    std::uint32_t n) const {
    if (window_.begin_ms <= 0.0) return true; // who begins above the threshold fires
    const Columns X = columns_of<Model>(block, n);
    double end_mV = 0.0;
    double after_mV = 0.0;
    for (std::size_t k = 0; k < k_columns; ++k) {
        end_mV += test.end[k] * X[k];
        after_mV += test.fall[k] * X[k];
    }
    return end_mV >= test.level || after_mV >= test.level_after;
}

template <Linear Model> void SummedDynamics<Model>::add_noise(Job& job) const {
    if (job.noise.empty()) return;
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    scratch.noise.assign(k_columns * block.width, 0.0);
    for (std::size_t i = 0; i < job.noise.size(); ++i) {
        const PoissonInput& input = job.shared.inputs[i];
        if (is_steady(input.rate, job.noise[i].window))
            add_steady(job, input, job.noise[i]);
        else
            add_each(job, input, job.noise[i]);
    }
    for (std::size_t k = 0; k < block.walked.size(); ++k)
        block.walked[k] += scratch.noise[k];
}

/// Spike by spike.
template <Linear Model>
void SummedDynamics<Model>::add_each(Job& job,
                                     const PoissonInput& input,
                                     const PoissonPass& noise) const {
    LifBlock& block = job.block;
    std::vector<double> steps;
    for_each_train(job, input, noise, [&](std::size_t n, const std::vector<double>& times_ms) {
        for (const double t_ms : times_ms) {
            steps.clear();
            append_steps(this->equations(), t_ms - frame_ms_, steps);
            k_targets.in(block.scratch.noise.data(), block.width, steps.data(), input.weight > 0.0)
                .add(n, input.weight);
        }
    });
}

/// A step is a smooth function of time: a polynomial through four points of the pass, so that it takes no more
/// of a neuron's spikes than sums of the powers of their places. A pass is at most an eighth of a time
/// constant: off by less than 1e-7 of the step (x^4 / (4! 2^7), x = 1 / 8: Chebyshev's points).
template <Linear Model>
void SummedDynamics<Model>::add_steady(Job& job,
                                       const PoissonInput& input,
                                       const PoissonPass& noise) const {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    const LaneRange lanes = lanes_of(input, block);
    if (lanes.from >= lanes.to) return;
    const DrawnLanes drawn = drawn_lanes(lanes, block);
    scratch.powers.resize(k_poisson_powers * block.width);
    std::array<float*, k_poisson_powers> powers;
    for (std::size_t k = 0; k < k_poisson_powers; ++k)
        powers[k] = scratch.powers.data() + k * block.width;
    std::array<float*, k_poisson_powers> from_first = powers;
    for (float*& power : from_first)
        power += drawn.first - block.first;
    block.n_poisson_inputs += poisson_powers(noise, drawn, from_first);
    std::array<std::vector<double>, k_poisson_powers> at_points;
    const double length_ms = noise.window.end_ms - noise.window.begin_ms;
    for (std::size_t k = 0; k < k_poisson_powers; ++k)
        append_steps(this->equations(),
                     noise.window.begin_ms + length_ms * k_cubic_points[k] - frame_ms_,
                     at_points[k]);
    for (std::size_t c = 0; c < k_reached; ++c) {
        std::array<double, k_poisson_powers> values;
        double* sum = nullptr;
        for (std::size_t k = 0; k < k_poisson_powers; ++k) {
            const auto to = k_targets.in(scratch.noise.data(), block.width, at_points[k].data(),
                                         input.weight > 0.0);
            values[k] = input.weight * to.step[c];
            sum = to.sum[c];
        }
        add_polynomial(cubic_through(values), powers, lanes.from, lanes.to, sum);
    }
}

template <Linear Model> void deliver(Job& job, const SummedDynamics<Model>& dynamics) {
    deliver(job, dynamics.k_targets);
    dynamics.add_events(job);
}
template <Linear Model> void add_noise(Job& job, const SummedDynamics<Model>& dynamics) {
    dynamics.add_noise(job);
}
template <Linear Model> void set_factors(const Model& model, double frame_ms, ArrivalTable& table) {
    const Dynamics<Model> equations(model);
    table.steps.clear();
    for (const SpikeArrival& arrival : table.arrivals)
        SummedDynamics<Model>::append_steps(equations, arrival.t_ms - frame_ms, table.steps);
}

} // namespace spikewell::detail
