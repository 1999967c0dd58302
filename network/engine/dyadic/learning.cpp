#include "network/engine/dyadic/learning.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

namespace {

float since(const Window& window, double t_ms) {
    return static_cast<float>(t_ms - window.begin_ms);
}

/// Deals the changes of the population's states to the parts that have their nodes.
void deal_changes(PopulationState& population, const Window& window) {
    for (std::size_t k = population.own.begin; k < population.own.end; ++k)
        population.parts[k].scratch.own_events.clear();
    const std::size_t width = population.parts.front().width;
    for (const StateChange& c : population.changes) {
        const std::size_t k = c.node / width;
        if (!population.own.has(k)) continue;
        population.parts[k].scratch.own_events.push_back(
            {since(window, c.t_ms), static_cast<std::uint32_t>(c.node % width), c.dx});
    }
}

void list_steps(const EngineState& engine, ProjectionState& projection, const Window& window) {
    const auto width = static_cast<std::uint32_t>(projection.coupling.width());
    projection.steps.clear();
    for (const StateChange& c : projection.paired
                                    ? projection.paired->changes
                                    : engine.populations[projection.pre.index].changes)
        projection.steps.push_back({c.node * width, since(window, c.t_ms), c.dx});
    projection.n_steps = projection.steps.size();
    projection.steps.resize(projection.n_steps + k_steps_ahead, PreStep{});
}

/// Merges two lists of events by time into `merged`. Which comes next is a coin toss, so the loop
/// picks without branching.
void merge_events(std::span<const LaneEvent> a,
                  std::span<const LaneEvent> b,
                  std::vector<LaneEvent>& merged) {
    merged.resize(a.size() + b.size());
    std::size_t of_a = 0;
    std::size_t of_b = 0;
    LaneEvent* to = merged.data();
    while (of_a < a.size() && of_b < b.size()) {
        const LaneEvent* const choice[2] = {&a[of_a], &b[of_b]};
        const auto second = static_cast<std::size_t>(choice[1]->t_ms < choice[0]->t_ms);
        *to++ = *choice[second];
        of_a += 1 - second;
        of_b += second;
    }
    std::copy(b.begin() + static_cast<std::ptrdiff_t>(of_b), b.end(),
              std::copy(a.begin() + static_cast<std::ptrdiff_t>(of_a), a.end(), to));
}

/// The flanks of twins' pulses in a window, in order.
void list_twin_events(const PopulationState& population, Part& part, const Window& window) {
    PartScratch& scratch = part.scratch;
    PulseReader& pulses = part.twins.pulses;
    const double tau_ref_ms = population.code.tau_ref_ms;
    const PulseEdges edges = pulses.edges_until(window.end_ms, part.twins.history, tau_ref_ms);
    const auto event_at = [&](const Spike& spike, double t_ms, float sign) {
        const NeuronOutput& output = population.outputs[spike.source];
        return LaneEvent{since(window, t_ms), static_cast<std::uint32_t>(output.node - part.first),
                         sign * output.height};
    };
    scratch.twin_on.clear();
    scratch.twin_off.clear();
    for (const Spike& spike : part.twins.history.spikes(edges.on_begin, edges.on_end))
        scratch.twin_on.push_back(event_at(spike, pulses.on_ms(spike), -1.0F));
    for (const Spike& spike : part.twins.history.spikes(edges.off_begin, edges.off_end))
        scratch.twin_off.push_back(event_at(spike, pulses.off_ms(spike, tau_ref_ms), 1.0F));
    pulses.pass(edges);
    merge_events(scratch.twin_off, scratch.twin_on, scratch.twin_events);
}

/// Of a window's steps and events those up to a time, taken from list to list.
class Stretches {
  public:
    explicit Stretches(const LearnStretch& window) : left_(window) {}
    LearnStretch until(float t_ms) {
        const auto not_later = [t_ms](const auto& one) { return one.t_ms <= t_ms; };
        return {take(left_.steps, not_later), take(left_.events, not_later)};
    }
    [[nodiscard]] const LearnStretch& rest() const { return left_; }

  private:
    template <class One, class Property>
    static std::span<const One> take(std::span<const One>& from, Property&& property) {
        const auto end = std::find_if_not(from.begin(), from.end(), property);
        const auto n = static_cast<std::size_t>(end - from.begin());
        const std::span<const One> taken = from.first(n);
        from = from.subspan(n);
        return taken;
    }
    LearnStretch left_;
};

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
        add_expected_state({part_.scratch.value.data() + at, part_.scratch.target.data() + at,
                            static_cast<float>(away)},
                           static_cast<float>(weight_ms), population_.code.neurons_per_node,
                           part_.width, integral_.data());
    }

    const PopulationState& population_;
    const Part& part_;
    std::vector<float>& integral_;
    double now_ms_;
    std::size_t segment_ = 0;
};

/// The same integral as integrate_errors, with E_i(t) = offset + error t - integral of the expected
/// state.
void integrate_expected(const LearnStretch& window_s,
                        const PopulationState& post,
                        Part& part,
                        float rate,
                        float* columns,
                        const Window& window) {
    PartScratch& scratch = part.scratch;
    ExpectedStateIntegral expected(post, part, scratch.integral);
    std::vector<float>& offset = scratch.expected_offset;
    offset.resize(part.width);
    Stretches left(window_s);
    for (const PreStep& step : window_s.steps) {
        const LearnStretch before = left.until(step.t_ms);
        integrate_errors({{}, before.events}, rate, part.width, columns, scratch.offset.data(),
                         scratch.error.data());
        // Times of steps are float: one may round past the window's end.
        expected.advance_to(
            std::min(window.end_ms, window.begin_ms + static_cast<double>(step.t_ms)));
        for (std::size_t i = 0; i < part.width; ++i)
            offset[i] = scratch.offset[i] - scratch.integral[i];
        integrate_errors({{&step, 1}, {}}, rate, part.width, columns, offset.data(),
                         scratch.error.data());
    }
    integrate_errors({{}, left.rest().events}, rate, part.width, columns, scratch.offset.data(),
                     scratch.error.data());
    expected.advance_to(window.end_ms);
    for (std::size_t i = 0; i < part.width; ++i)
        scratch.offset[i] -= scratch.integral[i];
}

/// The same where arrivals are in bunches: the expected state of a bunch is that of its mean potential,
/// which is off by L''/2 times the variance of V within the bunch, below 1e-4 of it.
void integrate_expected_bunches(const LearnStretch& window_s,
                                const std::vector<float>& bunch_begin_ms,
                                Part& part,
                                float rate,
                                float* columns) {
    PartScratch& scratch = part.scratch;
    Stretches left(window_s);
    for (std::size_t b = 0; b < bunch_begin_ms.size(); ++b) {
        for (std::size_t i = 0; i < part.width; ++i) {
            const float before = b > 0 ? scratch.expected[(b - 1) * part.width + i] : 0.0F;
            const float d_error = before - scratch.expected[b * part.width + i];
            scratch.offset[i] -= d_error * bunch_begin_ms[b];
            scratch.error[i] += d_error;
        }
        const LearnStretch stretch =
            b + 1 < bunch_begin_ms.size() ? left.until(bunch_begin_ms[b + 1]) : left.rest();
        integrate_errors(stretch, rate, part.width, columns, scratch.offset.data(),
                         scratch.error.data());
    }
}

void learn_projection(EngineState& engine,
                      ProjectionState& projection,
                      const PopulationState& post,
                      Part& part,
                      const Window& window) {
    PartScratch& scratch = part.scratch;
    const auto rate = static_cast<float>(projection.learning_rate / post.code.tau_ref_ms);
    float* const columns = projection.coupling.of_part(part.index);
    const LearnStretch whole{std::span(projection.steps).first(projection.n_steps), scratch.events};
    scratch.offset.assign(part.width, 0.0F);
    scratch.error = part.error;
    const bool expected = projection.plasticity->prediction == Prediction::expected;
    if (expected && !post.bunch_begin_ms.empty()) {
        integrate_expected_bunches(whole, post.bunch_begin_ms, part, rate, columns);
    } else if (expected) {
        integrate_expected(whole, post, part, rate, columns, window);
    } else {
        integrate_errors(whole, rate, part.width, columns, scratch.offset.data(),
                         scratch.error.data());
    }
    const auto length_ms = static_cast<float>(window.end_ms - window.begin_ms);
    for (std::size_t i = 0; i < part.width; ++i) {
        scratch.offset[i] =
            i < part.count ? scratch.offset[i] + scratch.error[i] * length_ms : 0.0F;
    }
    const std::vector<float>& pre_state = projection.paired
                                              ? projection.paired->state
                                              : engine.populations[projection.pre.index].state;
    const std::size_t n_pre = pre_state.size();
    const WindowEnd end{pre_state.data(), projection.delayed_state.data(), scratch.offset.data(),
                        rate, projection.pre == projection.post ? part.first : n_pre};
    scratch.largest.resize(part.width);
    end_window(end, columns, n_pre, part.width, part.drive.data(), scratch.largest.data());
    projection.coupling.keep_mask(part.index);
    part.drive_known = post.incoming.size() == 1 && !projection.coupling.masked();
}

} // namespace

bool learns(const EngineState& engine, const PopulationState& population) {
    return std::any_of(population.incoming.begin(), population.incoming.end(),
                       [&](auto p) { return engine.projections[p].learning; });
}

void prepare_learning(EngineState& engine, const Window& window) {
    for (PopulationState& population : engine.populations) {
        if (!learns(engine, population)) continue;
        deal_changes(population, window);
        population.bunch_begin_ms.clear();
        if (population.crowd.direct) {
            for (const Bunch& bunch : population.crowd.arrivals.bunches)
                population.bunch_begin_ms.push_back(since(window, bunch.begin_ms));
        }
        for (const std::uint32_t p : population.incoming) {
            if (engine.projections[p].learning) list_steps(engine, engine.projections[p], window);
        }
    }
}

void learn_part(EngineState& engine,
                const PopulationState& population,
                Part& part,
                const Window& window) {
    PartScratch& scratch = part.scratch;
    part.twins.history.append(part.predicted);
    list_twin_events(population, part, window);
    merge_events(scratch.own_events, scratch.twin_events, scratch.events);
    for (const std::uint32_t p : population.incoming) {
        ProjectionState& projection = engine.projections[p];
        if (projection.learning) learn_projection(engine, projection, population, part, window);
    }
    for (const LaneEvent& event : scratch.events)
        part.error[event.lane] += event.d_error;
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
