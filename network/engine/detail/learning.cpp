#include "network/engine/detail/learning.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

namespace {

/// Lane of a node in this part, -1 for another part's.
std::int32_t lane_of(const Part& part, std::uint32_t node) {
    return node >= part.first && node < part.first + part.count
               ? static_cast<std::int32_t>(node - part.first)
               : -1;
}

/// Merges two lists of steps by time into `merged`. Which comes next is a coin toss, so the loop
/// picks without branching.
void merge_steps(const std::vector<LearnStep>& a,
                 const std::vector<LearnStep>& b,
                 std::vector<LearnStep>& merged) {
    merged.resize(a.size() + b.size());
    std::size_t from_a = 0;
    std::size_t from_b = 0;
    std::size_t n = 0;
    while (from_a < a.size() && from_b < b.size()) {
        const LearnStep* choice[2] = {&a[from_a], &b[from_b]};
        const auto second = static_cast<std::size_t>(choice[1]->t_ms < choice[0]->t_ms);
        merged[n++] = *choice[second];
        from_a += 1 - second;
        from_b += second;
    }
    std::copy(a.begin() + static_cast<std::ptrdiff_t>(from_a), a.end(),
              merged.begin() + static_cast<std::ptrdiff_t>(n));
    std::copy(b.begin() + static_cast<std::ptrdiff_t>(from_b), b.end(),
              merged.begin() + static_cast<std::ptrdiff_t>(n + a.size() - from_a));
}

float since(const Window& window, double t_ms) {
    return static_cast<float>(t_ms - window.begin_ms);
}

/// All that happens in the window to the presynaptic states and to this part's errors, in order.
/// E(t) is continuous, so the order at one time is free.
void list_steps(EngineState& engine,
                ProjectionState& projection,
                const PopulationState& post,
                Part& part,
                const Window& window) {
    BlockScratch& scratch = part.scratch;
    // Changes of the state are changes of the error, too, where both are of one population and time.
    const bool recurrent = projection.pre == projection.post && !projection.paired;
    scratch.pre_steps.clear();
    for (const StateChange& c : projection.paired
                                    ? projection.paired->changes
                                    : engine.populations[projection.pre.index].changes) {
        CouplingBlocks& coupling = projection.coupling;
        float* column =
            coupling.reaches(part.index, c.node) ? coupling.column(part.index, c.node) : nullptr;
        scratch.pre_steps.push_back(
            {column, since(window, c.t_ms), c.dx, recurrent ? lane_of(part, c.node) : -1, c.dx});
    }
    merge_steps(scratch.pre_steps, scratch.twin_steps, scratch.steps);
    if (recurrent) return;
    scratch.pre_steps.clear();
    for (const StateChange& c : post.changes) {
        const std::int32_t lane = lane_of(part, c.node);
        if (lane >= 0)
            scratch.pre_steps.push_back({nullptr, since(window, c.t_ms), 0.0F, lane, c.dx});
    }
    scratch.merged_steps.swap(scratch.steps);
    merge_steps(scratch.merged_steps, scratch.pre_steps, scratch.steps);
}

/// Walks along the part's path and integrates the expected state of each lane.
class ExpectedStateIntegral {
  public:
    ExpectedStateIntegral(const PopulationState& population,
                          const Part& part,
                          std::vector<float>& integral)
        : population_(population), part_(part), integral_(integral),
          now_ms_(population.path_times_ms.front()) {
        integral_.assign(part.width, 0.0F);
    }

    void advance_to(double t_ms) {
        while (now_ms_ < t_ms) {
            const double end_ms = std::min(t_ms, population_.path_times_ms[segment_ + 1]);
            add_stretch(now_ms_, end_ms);
            now_ms_ = end_ms;
            if (now_ms_ >= population_.path_times_ms[segment_ + 1] &&
                segment_ + 2 < population_.path_times_ms.size()) {
                ++segment_;
            }
        }
    }

  private:
    void add_stretch(double a_ms, double b_ms) {
        if (population_.tau_m_ms == 0.0) {
            add_point(0.0, b_ms - a_ms);
            return;
        }
        const double middle_ms = 0.5 * (a_ms + b_ms);
        const double half_ms = 0.5 * (b_ms - a_ms);
        const double node_ms = half_ms / std::sqrt(3.0); // two-point Gauss-Legendre
        for (const double t_ms : {middle_ms - node_ms, middle_ms + node_ms}) {
            const double since_ms = t_ms - population_.path_times_ms[segment_];
            add_point(std::exp(-since_ms / population_.tau_m_ms), half_ms);
        }
    }
    void add_point(double away, double weight_ms) {
        const std::size_t at = segment_ * part_.width;
        add_expected_state(part_.scratch.value.data() + at, part_.scratch.target.data() + at,
                           static_cast<float>(away), static_cast<float>(weight_ms),
                           population_.code.neurons_per_node, part_.width, integral_.data());
    }

    const PopulationState& population_;
    const Part& part_;
    std::vector<float>& integral_;
    double now_ms_;
    std::size_t segment_ = 0;
};

/// The same integral as integrate_errors, with E_i(t) = offset + error t - integral of the expected
/// state.
void integrate_expected(const PopulationState& post, Part& part, float rate, const Window& window) {
    BlockScratch& scratch = part.scratch;
    ExpectedStateIntegral expected(post, part, scratch.integral);
    std::vector<float>& offset = scratch.expected_offset;
    offset.resize(part.width);
    for (LearnStep step : scratch.steps) {
        if (step.column != nullptr) {
            // Times of steps are float: one may round past the window's end.
            expected.advance_to(
                std::min(window.end_ms, window.begin_ms + static_cast<double>(step.t_ms)));
            for (std::size_t i = 0; i < part.width; ++i) {
                offset[i] = scratch.offset[i] - scratch.integral[i];
            }
            const LearnStep column_only{step.column, step.t_ms, step.dx, -1, 0.0F};
            integrate_errors(&column_only, 1, rate, part.width, offset.data(),
                             scratch.error.data());
            step.column = nullptr;
        }
        integrate_errors(&step, 1, rate, part.width, scratch.offset.data(), scratch.error.data());
    }
    expected.advance_to(window.end_ms);
    for (std::size_t i = 0; i < part.width; ++i)
        scratch.offset[i] -= scratch.integral[i];
}

void learn_projection(EngineState& engine,
                      ProjectionState& projection,
                      const PopulationState& post,
                      Part& part,
                      const Window& window) {
    BlockScratch& scratch = part.scratch;
    const auto rate = static_cast<float>(projection.learning_rate / post.code.tau_ref_ms);
    list_steps(engine, projection, post, part, window);
    scratch.offset.assign(part.width, 0.0F);
    scratch.error = part.error;
    if (projection.plasticity->prediction == Prediction::expected) {
        integrate_expected(post, part, rate, window);
    } else {
        integrate_errors(scratch.steps.data(), scratch.steps.size(), rate, part.width,
                         scratch.offset.data(), scratch.error.data());
    }
    const auto length_ms = static_cast<float>(window.end_ms - window.begin_ms);
    for (std::size_t i = 0; i < part.width; ++i) {
        scratch.offset[i] =
            i < part.count ? scratch.offset[i] + scratch.error[i] * length_ms : 0.0F;
    }
    const std::vector<float>& pre_state = projection.paired
                                              ? projection.paired->state
                                              : engine.populations[projection.pre.index].state;
    float* columns = projection.coupling.block(part.index);
    add_outer_product(columns, pre_state.data(), pre_state.size(), rate, scratch.offset.data(),
                      part.width);
    projection.coupling.keep_mask(part.index);
    if (!(projection.pre == projection.post)) return;
    for (std::size_t i = 0; i < part.count; ++i)
        columns[(part.first + i) * part.width + i] = 0.0F;
}

} // namespace

bool learns(const EngineState& engine, const PopulationState& population) {
    return std::any_of(population.incoming.begin(), population.incoming.end(),
                       [&](auto p) { return engine.projections[p].learning; });
}

void learn_part(EngineState& engine,
                const PopulationState& population,
                Part& part,
                const Window& window) {
    std::vector<LearnStep>& twin_steps = part.scratch.twin_steps;
    twin_steps.clear();
    part.twins.history.append(part.predicted);
    part.twins.pulses.read_until(window.end_ms, part.twins.history, population.code.tau_ref_ms,
                                 population.outputs, [&](const StateChange& c) {
                                     twin_steps.push_back({nullptr, since(window, c.t_ms), 0.0F,
                                                           lane_of(part, c.node), -c.dx});
                                 });
    for (const std::uint32_t p : population.incoming) {
        ProjectionState& projection = engine.projections[p];
        if (projection.learning) learn_projection(engine, projection, population, part, window);
    }
    for (const LearnStep& step : twin_steps) {
        part.error[static_cast<std::size_t>(step.lane)] += step.d_error;
    }
    for (const StateChange& c : population.changes) {
        const std::int32_t lane = lane_of(part, c.node);
        if (lane >= 0) part.error[static_cast<std::size_t>(lane)] += c.dx;
    }
}

void require_bounded_couplings(EngineState& engine) {
    for (ProjectionState& projection : engine.projections) {
        if (!projection.learning) continue;
        const bool bounded = projection.coupling.within(static_cast<float>(k_max_coupling));
        if (!engine.exchange->any(!bounded)) continue;
        throw ParameterError("predictive Hebbian rule", "learning_rate", projection.learning_rate,
                             "small enough for couplings to stay below 1e6");
    }
}

} // namespace spikewell::detail
