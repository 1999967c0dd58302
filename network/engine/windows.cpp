#include "network/engine/detail/state.hpp"

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

/// The windowed loop. One window [t0, t1), no longer than the least delay:
///   1 collect   which pulse edges reach each population (all known: their spikes are older than
///   the window) 2 advance   each part by itself: potentials through the arrivals, then its neurons
///   and twins -> spikes 3 exchange  the parts' spikes, sorted by (time, source), become the
///   population's; its state changes follow 4 learn     each part by itself: its rows of the
///   plastic couplings, by the exact event integral 5 observe   recorders see the spikes
/// Required at the start and left at the end: drive = J sigma(t - d), potential, delayed_state and
/// state all as of now.
namespace spikewell::detail {

namespace {

// Segments of a path that are traced before neurons advance through them: 2 x 64 KiB of path stay
// in the second-level cache.
constexpr std::size_t k_path_segments = 256;
// Static couplings: how often the drive is summed afresh, so that float round-off cannot drift.
constexpr std::uint64_t k_refresh_windows = 64;
// Window of a network without projections.
constexpr double k_free_window_ms = 1000.0;

struct Window {
    double begin_ms;
    double end_ms;
};

template <class Body> void for_each_part(EngineState& engine, Body&& body) {
    for (PopulationState& population : engine.populations) {
        if (engine.arena == nullptr || population.parts.size() < 2) {
            for (Part& part : population.parts)
                body(population, part);
            continue;
        }
        engine.arena->execute([&] {
            tbb::parallel_for(std::size_t{0}, population.parts.size(),
                              [&](std::size_t p) { body(population, population.parts[p]); });
        });
    }
}

// 1 collect ------------------------------------------------------------

void collect_arrivals(EngineState& engine, PopulationState& population, const Window& window) {
    population.arrivals.clear();
    for (const std::uint32_t p : population.incoming) {
        ProjectionState& projection = engine.projections[p];
        const PopulationState& pre = engine.populations[projection.pre.index];
        projection.delayed.read_until(
            window.end_ms, pre.history, pre.code.tau_ref_ms, pre.outputs,
            [&](const StateChange& c) {
                // Round-off of the window's edge may put an arrival a hair before it.
                population.arrivals.push_back({std::max(c.t_ms, window.begin_ms), p, c.node, c.dx});
            });
    }
    if (population.incoming.size() > 1) {
        std::stable_sort(population.arrivals.begin(), population.arrivals.end(),
                         [](const Arrival& a, const Arrival& b) { return a.t_ms < b.t_ms; });
    }
    engine.counters.arrivals += population.arrivals.size();
}

void prepare_path_times(PopulationState& population, const Window& window) {
    auto& times = population.path_times_ms;
    times.assign(1, window.begin_ms);
    for (const Arrival& arrival : population.arrivals)
        times.push_back(arrival.t_ms);
    times.push_back(window.end_ms);
    population.path_keep.resize(times.size() - 1);
    for (std::size_t s = 0; s + 1 < times.size(); ++s) {
        const double tau_ms = population.tau_m_ms;
        population.path_keep[s] =
            tau_ms > 0.0 ? static_cast<float>(std::exp((times[s] - times[s + 1]) / tau_ms)) : 0.0F;
    }
}

// 2 advance ------------------------------------------------------------

void trace_segments(EngineState& engine,
                    const PopulationState& population,
                    Part& part,
                    std::size_t first,
                    std::size_t n) {
    BlockScratch& scratch = part.scratch;
    scratch.segments.clear();
    for (std::size_t s = first; s < first + n; ++s) {
        BlockSegment segment{nullptr, 0.0F, population.path_keep[s]};
        if (s < population.arrivals.size()) {
            const Arrival& arrival = population.arrivals[s];
            segment.column =
                engine.projections[arrival.projection].coupling.column(part.index, arrival.node);
            segment.dx = arrival.dx;
        }
        scratch.segments.push_back(segment);
    }
    const std::size_t n_blocks = (n + k_segments_per_block - 1) / k_segments_per_block;
    if (scratch.value.size() < n * part.width) {
        scratch.value.resize(n * part.width);
        scratch.target.resize(n * part.width);
        scratch.block_low.resize(n_blocks * part.width);
        scratch.block_high.resize(n_blocks * part.width);
    }
    trace_path(scratch.segments.data(), n, part.width, part.drive.data(), part.potential.data(),
               {scratch.value.data(), scratch.target.data(), scratch.block_low.data(),
                scratch.block_high.data(), scratch.low.data(), scratch.high.data()});
}

NodePath node_path(const PathTimes& times, const Part& part, std::size_t lane, double bias) {
    const BlockScratch& scratch = part.scratch;
    return {times,
            {scratch.value.data() + lane, scratch.target.data() + lane,
             scratch.block_low.data() + lane, scratch.block_high.data() + lane, part.width},
            bias};
}

struct Drive {
    const double* bias; // [count] constant part of the field; null for none
    double inverse_temperature;
};

/// Advances a block's neurons through the path just traced. Gains are powers of two, so the bounds
/// of one gain are the squares of those of the next smaller: one exponential a node serves all.
void advance_neurons(NeuronBlock& neurons,
                     Part& part,
                     const PathTimes& times,
                     const Drive& drive,
                     double tau_ref_ms,
                     std::vector<Spike>& spikes) {
    BlockScratch& scratch = part.scratch;
    double c = std::ldexp(2.0 * drive.inverse_temperature, -static_cast<int>(neurons.n_bits));
    for (std::size_t i = 0; i < part.count; ++i) {
        const double bias = drive.bias != nullptr ? drive.bias[i] : 0.0;
        scratch.bound_low[i] = static_cast<double>(scratch.low[i]) + bias;
        scratch.bound_high[i] = static_cast<double>(scratch.high[i]) + bias;
        scratch.growth[i] = std::exp(c * scratch.bound_high[i]);
    }
    const double end_ms = times.time_ms.back();
    for (std::size_t k = neurons.n_bits; k-- > 0; c *= 2.0) {
        const std::size_t at = neurons.index(k, 0);
        const std::size_t n_pending = pass_quiet_neurons(
            {neurons.residual.data() + at, neurons.free_at_ms.data() + at, scratch.bound_low.data(),
             scratch.bound_high.data(), scratch.growth.data(), scratch.rate.data(), c, tau_ref_ms,
             k_loose_nats, times.time_ms.front(), end_ms},
            part.width, scratch.pending.data());
        for (std::size_t p = 0; p < n_pending; ++p) {
            const std::size_t lane = scratch.pending[p];
            const HazardBound whole{c * scratch.bound_high[lane], scratch.rate[lane], end_ms};
            const bool tight =
                c * (scratch.bound_high[lane] - scratch.bound_low[lane]) < k_loose_nats;
            const NodePath path =
                node_path(times, part, lane, drive.bias != nullptr ? drive.bias[lane] : 0.0);
            neurons.candidates += advance(neurons.neuron(k, lane), path, c, tau_ref_ms, whole,
                                          tight, [&](double t_ms) {
                                              spikes.push_back({t_ms, neurons.id(k, lane)});
                                          });
        }
    }
}

void advance_part(EngineState& engine,
                  const PopulationState& population,
                  Part& part,
                  bool refresh) {
    part.spikes.clear();
    part.predicted.clear();
    if (refresh) recompute_drive(engine, population, part);
    const std::size_t n_segments = population.path_keep.size();
    const std::size_t chunk = population.keep_path ? n_segments : k_path_segments;
    for (std::size_t first = 0; first < n_segments; first += chunk) {
        const std::size_t n = std::min(chunk, n_segments - first);
        trace_segments(engine, population, part, first, n);
        const PathTimes times{std::span(population.path_times_ms).subspan(first, n + 1),
                              population.tau_m_ms};
        const double tau_ref_ms = population.code.tau_ref_ms;
        advance_neurons(part.soma, part, times,
                        {population.evidence.data() + part.first, population.inverse_temperature},
                        tau_ref_ms, part.spikes);
        if (population.twins_active) {
            advance_neurons(part.twins.neurons, part, times, {nullptr, 1.0}, tau_ref_ms,
                            part.predicted);
        }
    }
    std::sort(part.spikes.begin(), part.spikes.end());
    std::sort(part.predicted.begin(), part.predicted.end());
}

// 3 exchange ------------------------------------------------------------

void gather_spikes(PopulationState& population) {
    std::vector<Spike>& spikes = population.spikes;
    for (const Part& part : population.parts) {
        const auto sorted = static_cast<std::ptrdiff_t>(spikes.size());
        spikes.insert(spikes.end(), part.spikes.begin(), part.spikes.end());
        std::inplace_merge(spikes.begin(), spikes.begin() + sorted, spikes.end());
    }
}

void follow_changes(EngineState& engine, const Window& window) {
    for (PopulationState& population : engine.populations) {
        population.changes.clear();
        population.present.read_until(window.end_ms, population.history, population.code.tau_ref_ms,
                                      population.outputs, [&](const StateChange& change) {
                                          population.changes.push_back(change);
                                          population.state[change.node] += change.dx;
                                      });
        for (const Arrival& arrival : population.arrivals) {
            engine.projections[arrival.projection].delayed_state[arrival.node] += arrival.dx;
        }
    }
}

// 4 learn ------------------------------------------------------------

bool learns(const EngineState& engine, const PopulationState& population) {
    return std::any_of(population.incoming.begin(), population.incoming.end(),
                       [&](auto p) { return engine.projections[p].learning; });
}

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
    const bool recurrent = projection.pre == projection.post;
    scratch.pre_steps.clear();
    for (const StateChange& c : engine.populations[projection.pre.index].changes) {
        scratch.pre_steps.push_back({projection.coupling.column(part.index, c.node),
                                     since(window, c.t_ms), c.dx,
                                     recurrent ? lane_of(part, c.node) : -1, c.dx});
    }
    merge_steps(scratch.pre_steps, scratch.twin_steps, scratch.steps);
    if (recurrent) return;
    scratch.pre_steps.clear();
    for (const StateChange& c : post.changes) {
        const std::int32_t lane = lane_of(part, c.node);
        if (lane >= 0)
            scratch.pre_steps.push_back({nullptr, since(window, c.t_ms), 0.0F, lane, c.dx});
    }
    const std::vector<LearnStep> so_far = scratch.steps;
    merge_steps(so_far, scratch.pre_steps, scratch.steps);
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
    std::vector<float> offset(part.width);
    for (LearnStep step : scratch.steps) {
        if (step.column != nullptr) {
            expected.advance_to(window.begin_ms + static_cast<double>(step.t_ms));
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
    const auto rate =
        static_cast<float>(projection.plasticity->learning_rate / post.code.tau_ref_ms);
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
    const std::vector<float>& pre_state = engine.populations[projection.pre.index].state;
    float* columns = projection.coupling.block(part.index);
    add_outer_product(columns, pre_state.data(), pre_state.size(), rate, scratch.offset.data(),
                      part.width);
    if (!(projection.pre == projection.post)) return;
    for (std::size_t i = 0; i < part.count; ++i)
        columns[(part.first + i) * part.width + i] = 0.0F;
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

// 5 observe ------------------------------------------------------------

void publish_predicted(EngineState& engine, std::span<Recorder* const> recorders) {
    for (std::uint32_t p = 0; p < engine.populations.size(); ++p) {
        std::vector<Spike> predicted;
        for (const Part& part : engine.populations[p].parts) {
            engine.counters.predicted_spikes += part.predicted.size();
            if (recorders.empty()) continue;
            const auto sorted = static_cast<std::ptrdiff_t>(predicted.size());
            predicted.insert(predicted.end(), part.predicted.begin(), part.predicted.end());
            std::inplace_merge(predicted.begin(), predicted.begin() + sorted, predicted.end());
        }
        for (Recorder* recorder : recorders) {
            recorder->on_spikes({p}, SpikeKind::predicted, predicted);
        }
    }
}

void run_window(EngineState& engine,
                const Window& window,
                bool first_of_run,
                std::span<Recorder* const> recorders) {
    for (PopulationState& population : engine.populations) {
        collect_arrivals(engine, population, window);
        prepare_path_times(population, window);
        emit_listed_spikes(population, window.end_ms);
    }
    const bool refresh_all = first_of_run || engine.counters.windows % k_refresh_windows == 0;
    for_each_part(engine, [&](const PopulationState& population, Part& part) {
        advance_part(engine, population, part, refresh_all || learns(engine, population));
    });
    for (PopulationState& population : engine.populations)
        gather_spikes(population);
    publish_spikes(engine, recorders);
    publish_predicted(engine, recorders);
    follow_changes(engine, window);
    for_each_part(engine, [&](const PopulationState& population, Part& part) {
        if (learns(engine, population)) learn_part(engine, population, part, window);
    });
    prune_histories(engine);
    engine.time_ms = window.end_ms;
    ++engine.counters.windows;
}

} // namespace

void run_windows(EngineState& engine, double duration_ms, std::span<Recorder* const> recorders) {
    const double longest_ms = std::min(engine.window_ms, k_free_window_ms);
    // Equal windows, as few as keep each within the delay.
    const auto n_windows =
        static_cast<std::size_t>(std::max(1.0, std::ceil(duration_ms / longest_ms)));
    const double start_ms = engine.time_ms;
    for (std::size_t w = 0; w < n_windows; ++w) {
        const auto edge_ms = [&](std::size_t n) {
            return start_ms + duration_ms * static_cast<double>(n) / static_cast<double>(n_windows);
        };
        run_window(engine, {engine.time_ms, edge_ms(w + 1)}, w == 0, recorders);
    }
}

} // namespace spikewell::detail
