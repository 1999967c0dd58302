#pragma once

#include "core/parallel.hpp"
#include "network/engine/dyadic/crowd.hpp"
#include "network/engine/dyadic/field_input.hpp"
#include "network/engine/dyadic/part_couplings.hpp"
#include "network/engine/dyadic/part_neurons.hpp"
#include "network/engine/dyadic/pulse_train.hpp"
#include "network/engine/exchange.hpp"
#include "network/engine/lif/lif_population.hpp"
#include "network/engine/lif/random_source.hpp"
#include "network/engine/loop/thread_choice.hpp"
#include "network/engine/loop/trouble.hpp"
#include "network/engine/loop/window.hpp"
#include "network/engine/simulator.hpp"

/// What the engine holds between windows. Both loops (windows.cpp and sequential.cpp) advance these
/// values.
namespace spikewell::detail {

/// The dendritic twins of a part: neurons that see the recurrent input only.
struct Twins {
    PartNeurons neurons;
    SpikeHistory history;
    PulseReader pulses;
};

/// Work space of a part, kept from window to window so that windows allocate nothing.
struct PartScratch {
    std::vector<PathSegment> segments;
    std::vector<LaneEvent> own_events, twin_on, twin_off, twin_events,
        events; // of a window: its lanes' and twins' changes, both
    std::vector<float> value, target, chunk_low,
        chunk_high;               // a path, [segment][width]; see PathArrays
    std::vector<float> low, high; // [width]
    std::vector<double> bound_low, bound_high, growth, rate; // [width] of one gain's hazard bounds
    std::vector<std::uint16_t> pending;                      // lanes whose neuron may fire
    std::vector<Spike> unsorted;                             // of the twins
    std::vector<std::uint32_t> cells;                        // work space of their sort
    std::vector<float> offset, error, integral,
        expected_offset; // [width] of the projection that learns
    // Of direct windows (Crowd::direct): greatest size of the lanes' couplings [width], expected states
    // by bunches of arrivals [bunch][width].
    std::vector<float> largest, expected;

    void reserve_path(std::size_t n_stored, std::size_t n_chunks, std::size_t width) {
        if (value.size() < n_stored * width) {
            value.resize(n_stored * width);
            target.resize(n_stored * width);
        }
        if (chunk_low.size() < n_chunks * width) {
            chunk_low.resize(n_chunks * width);
            chunk_high.resize(n_chunks * width);
        }
    }
    [[nodiscard]] PathArrays path() {
        return {value.data(),      target.data(), chunk_low.data(),
                chunk_high.data(), low.data(),    high.data()};
    }
};

/// Nodes that advance by itself through a window.
struct Part {
    std::size_t index = 0; // of its couplings
    std::size_t first = 0; // first node
    std::size_t count = 0; // nodes, <= width; the other lanes are padding
    std::size_t width = 0;
    std::vector<float> drive;     // [width] h, undamped recurrent input now
    std::vector<float> potential; // [width] recurrent part of V now
    bool drive_known = false; // in a run: what learnt last in the part has summed `drive` afresh
    PartNeurons soma;
    Twins twins;

    std::vector<Spike> spikes;     // of this window, in no order
    std::vector<Spike> predicted;  // of this window's twins, sorted
    std::uint64_t n_predicted = 0; // spikes of the twins so far
    std::vector<float>
        error; // [width] sigma_i - sigma*_i now (spiking prediction) or sigma_i (expected); exact
    PartScratch scratch;
    CrowdLanes crowd;                 // instead of drive and potential where arrivals crowd
    std::unique_ptr<PartField> field; // of this window; none where no synapses end on the nodes
};

/// An arrival at a population: one pulse edge of one projection.
struct Arrival {
    double t_ms;
    std::uint32_t projection;
    std::uint32_t node;
    float dx;
};

/// Blocks begin .. end - 1 of a population, or its parts.
struct TaskRange {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] bool has(std::size_t task) const { return begin <= task && task < end; }
};

/// Nodes whose states somebody wants to know; see Observers.
struct SampledNodes {
    const Sampling* wanted;
    std::span<const std::uint32_t> nodes;
    std::vector<double> values = {}; // [n_samples][n_nodes][n_columns] of the window
};

/// Of a dyadic population: everything from `code` on. Of a LIF or Poisson population: its own state.
struct PopulationState {
    Population model;
    std::unique_ptr<LifState> lif;
    std::unique_ptr<PoissonState> poisson;
    std::size_t next_listed = 0; // of a source of listed spikes
    std::vector<Spike> added;    // to its list while running
    DyadicCode code;
    std::vector<NeuronOutput> outputs;      // [n_neurons]
    std::vector<Part> parts;                // empty for a source
    std::vector<float> state;               // [n_nodes] sigma now, where it is known
    bool state_known = true;                // otherwise: see know_state
    SpikeHistory history;                   // somatic spikes
    PulseReader present;                    // reads the history as the state now
    TaskRange own;                          // its blocks or parts that this rank advances
    std::vector<Spike> spikes;              // of this window
    std::vector<Spike> predicted;           // of this window, where somebody wants them
    std::vector<std::uint32_t> spike_cells; // work space of their sort
    std::vector<StateChange> changes;       // of this window's state, in order
    // Of the window to be learnt from, where its arrivals were in bunches (Crowd::direct): when these
    // begin, since the window's start; else empty.
    std::vector<float> bunch_begin_ms;
    std::vector<Arrival> arrivals; // of this window, in order
    std::uint64_t n_starts = 0;    // how often its states have been set
    std::vector<double> evidence;  // [n_nodes]
    double inverse_temperature = 1.0;
    double tau_m_ms = 0.0;
    std::vector<std::uint32_t>
        incoming;              // factorised projections, as indices into EngineState::projections
    bool twins_active = false; // some incoming projection learns from spiking predictions
    bool keep_path = false;    // some incoming projection learns from expected predictions
    std::vector<double> path_times_ms; // [n_arrivals + 2] window start, arrivals, window end
    std::vector<float> path_keep;      // [n_arrivals + 1] exp(-dt / tau_m) of each segment
    Crowd crowd;                       // instead of these where arrivals crowd
    std::vector<FieldSynapses> field_synapses; // onto its nodes
    std::vector<SampledNodes> sampled;         // in a run
};

/// What a projection's errors are paired with where that is not the state now.
struct PairedStates {
    PulseReader reader;
    std::vector<float> state;         // [n_pre] sigma(t - pairing delay) now
    std::vector<StateChange> changes; // of this window
    double held_until_ms = -1.0;      // as ProjectionState's
};

struct ProjectionState {
    PopulationId pre;
    PopulationId post;
    double delay_ms = 0.0;
    std::optional<PredictiveHebbian> plasticity;
    double learning_rate = 0.0; // of the plasticity
    std::optional<PairedStates> paired;
    bool learning = false;
    std::vector<PreStep> steps; // of a window in which it learns, and k_steps_ahead to be read only
    std::size_t n_steps = 0;
    PartCouplings coupling;
    PulseReader delayed;              // reads the pre history with the delay
    std::vector<float> delayed_state; // [n_pre] sigma(t - delay) now
    double held_until_ms = -1.0; // states of 0 are seen until then; below 0: no more; see set_state
    std::optional<double> mean_limit; // mean over rows of the greatest coupling; none: not known

    [[nodiscard]] bool holds() const { return held_until_ms >= 0.0; }
};

/// What advances through a window by itself: a part, or a block, or what a population keeps for all
/// of its parts.
struct Task {
    static constexpr std::uint32_t k_bookkeeping = 0xFFFF'FFFFU;
    std::uint32_t population;
    std::uint32_t index;
};

/// A part of a run in which no evidence changes, in windows of equal length.
struct Stretch {
    double begin_ms = 0.0;
    double end_ms = 0.0;
    double length_ms = 0.0;         // end less begin, before rounding
    std::uint64_t first_window = 0; // of the run's
    std::uint64_t end_window = 0;

    /// When window `index` of the run, one of these, ends.
    [[nodiscard]] double end_of_window_ms(std::uint64_t index) const {
        if (index + 1 == end_window) return end_ms;
        return begin_ms + length_ms * static_cast<double>(index + 1 - first_window) /
                              static_cast<double>(end_window - first_window);
    }
};

/// The windows of a run, and how far it has come.
struct RunPlan {
    double start_ms = 0.0;
    double duration_ms = 0.0;
    std::uint64_t n_windows = 0;
    std::uint64_t next = 0;
    std::vector<Stretch> stretches = {}; // follow from start, duration and network; not saved

    [[nodiscard]] const Stretch& stretch_of(std::uint64_t window) const;
};
/// Of the sequential queue's plan: begun, and done.
constexpr std::uint64_t k_sequential_steps = 2;

struct EngineState {
    Network description; // but for couplings and listed synapses: those are in blocks and parts
    std::uint64_t description_digest = 0; // of the whole
    std::vector<PopulationState> populations;
    std::vector<ProjectionState> projections; // the factorised ones
    std::vector<std::uint32_t>
        among_kind; // of each projection: index into `projections`, or the reader or field synapses of its post population
    std::vector<Task> tasks; // this rank's
    double time_ms = 0.0;
    double window_ms = 0.0; // least delay; 0: sequential
    Counters counters;
    RunPlan plan;
    // In a run: a window that parts have yet to learn from. They do so when they go through the next
    // one, for which their couplings have to be fetched anyway.
    std::optional<Window> unlearnt;
    std::unique_ptr<Exchange> alone = std::make_unique<SingleProcess>();
    Exchange* exchange = alone.get(); // that of the ranks, where there are some
    bool sound = true; // no: a state was refused when some of it was read; only `load` may follow
    bool stop_asked = false;      // by this rank: told with the next window's spikes
    bool repeated = false;        // run whole by each of several ranks: none may stop alone
    bool stop_agreed = false;     // some rank asked
    bool share_predicted = false; // some recorder wants predicted spikes
    std::vector<CrowdScratch> crowd_scratch; // [thread]
    std::vector<char> message;               // work space of the exchange
    Messages messages;
    std::unique_ptr<Team> team; // none for one thread
    ThreadChoice thread_choice;
    RateWatch watch{k_rate_limit_Hz};
    GiveUp give_up; // asked within long windows; none: nobody gives up
    // Parts take turns from the last on: couplings of the previous window's last parts are still in
    // the cache.
    bool backwards = false;

    /// Whether there are other ranks.
    [[nodiscard]] bool shared() const { return exchange->n_ranks() > 1; }
};

/// Of one process where `exchange` is null.
[[nodiscard]] EngineState make_engine_state(Network network, int n_threads, Exchange* exchange);
enum class Twinning { if_needed, anew };
/// Brings twins in line with what learns now: drawn anew from the resting law where they start or where
/// that is asked for, left alone where they run on.
void update_twins(EngineState& engine,
                  PopulationState& population,
                  Twinning twinning = Twinning::if_needed);
/// h = sum of J sigma(t - d) over the incoming projections, afresh.
void recompute_drive(EngineState& engine, const PopulationState& population, Part& part);

/// Sources and targets of a projection, increasing; none: all.
struct ChosenEnds {
    std::vector<std::uint32_t> pre = {};
    std::vector<std::uint32_t> post = {};

    [[nodiscard]] bool from(std::uint32_t source) const { return has(pre, source); }
    [[nodiscard]] bool onto(std::uint32_t target) const { return has(post, target); }

  private:
    [[nodiscard]] static bool has(const std::vector<std::uint32_t>& chosen, std::uint32_t index) {
        return chosen.empty() || std::binary_search(chosen.begin(), chosen.end(), index);
    }
};

/// Synapses of a synaptic projection with their weights now, or the pairs that a factorised one couples;
/// those held here, between chosen ends.
[[nodiscard]] std::vector<Synapse> synapses_now(const EngineState& engine,
                                                std::uint32_t projection,
                                                const ChosenEnds& chosen);

/// A run of duration_ms in windows of at most `window_ms`, equal between changes of evidence. Throws
/// NetworkError where they are too short or too many to be told apart.
[[nodiscard]] RunPlan plan_run(const EngineState& engine, double start_ms, double duration_ms);
/// Advances to the end of the plan, or until `go_on` says no after a window. Returns whether the end
/// was reached.
bool run_windows(EngineState& engine,
                 std::span<Recorder* const> recorders,
                 const std::function<bool(double t_ms)>& go_on);
/// Advances to the end of the plan event by event, or until `go_on` says no; any delay, static
/// couplings. Returns whether the end was reached.
bool run_sequential(EngineState& engine,
                    std::span<Recorder* const> recorders,
                    const std::function<bool(double t_ms)>& go_on);

/// Calls body(0) .. body(n - 1), at once where the engine has threads.
void for_each_index(const EngineState& engine,
                    std::size_t n,
                    const std::function<void(std::size_t)>& body);

/// The population's history begins with the spikes, in the past, that made its neurons refractory at t_ms;
/// its state is what they give.
void begin_history(PopulationState& population, double t_ms);
/// Passes the changes up to t_ms, for those who sum the state that is then (state_of).
void pass_until(PulseReader& reader, const PopulationState& population, double t_ms);
/// A hair past t: changes at t itself belong to the state at t.
[[nodiscard]] double up_to_and_including(double t_ms);

/// The state of each node as a reader of the population's pulses has it.
[[nodiscard]] std::vector<float> state_of(const PulseReader& reader,
                                          const PopulationState& population);
/// Sums a dyadic population's state now from its pulses, where that has not been followed.
void know_state(PopulationState& population);

/// Samples what is wanted of nodes within the window, whose spikes the history has and `present` has yet
/// to read. Nothing that the engine does depends on it.
void sample_nodes(PopulationState& population, const Window& window);

/// Bookkeeping shared by both loops: hands the spikes of [.., t_ms) to history, state and
/// recorders.
void publish_spikes(EngineState& engine, std::span<Recorder* const> recorders);
/// Appends a source's listed spikes before `until_ms` to its window.
void emit_listed_spikes(PopulationState& population, double until_ms);
/// Lists these, none of which comes before now, in order.
void add_listed_spikes(PopulationState& population, std::span<const Spike> spikes);
/// Forgets spikes that no reader needs any more.
void prune_histories(EngineState& engine);

} // namespace spikewell::detail
