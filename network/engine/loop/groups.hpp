#pragma once

#include "network/engine/loop/state.hpp"
#include "network/engine/loop/window.hpp"

/// What the loop asks of a population in a window. Each kind of population has a Group of its own, in its
/// own room; a kind without one does not compile.
///
///     collect       what reaches it: all is known, the spikes are older than the window
///     work          about how much there is to do in the window, in synaptic events
///     advance       task k of its own (a block, a part, or its bookkeeping), by itself, to spikes
///     take_spikes   the tasks' spikes together, sorted by (time, source)
///     follow        its state at the window's end; `learning`: changes are wanted one by one
///     k_shared      whether ranks have to tell each other its spikes
namespace spikewell::detail {

template <class Kind> struct Group;

/// What a source of spikes has to say.
struct SourceGroup {
    static constexpr bool k_shared = true;
    static double work(const PopulationState& /*population*/) { return 0.0; }
    static void follow(EngineState& /*engine*/,
                       PopulationState& /*population*/,
                       const Window& /*window*/,
                       bool /*learning*/) {}
};

/// Point neurons (lif/neuron_group.cpp).
template <> struct Group<NeuronPopulation> : SourceGroup {
    static void collect(EngineState& engine, PopulationState& population, const Window& window);
    static double work(const PopulationState& population);
    static void advance(EngineState& engine,
                        PopulationState& population,
                        std::uint32_t block,
                        const Window& window,
                        bool refresh);
    static void take_spikes(EngineState& engine, PopulationState& population, const Window& window);
};

/// Random sources (lif/neuron_group.cpp).
struct RandomGroup : SourceGroup {
    static void collect(EngineState& /*engine*/, PopulationState& /*population*/, const Window&) {}
    static void advance(EngineState& engine,
                        PopulationState& population,
                        std::uint32_t block,
                        const Window& window,
                        bool refresh);
    static void take_spikes(EngineState& engine, PopulationState& population, const Window& window);
};
template <> struct Group<PoissonPopulation> : RandomGroup {};
template <> struct Group<GammaPopulation> : RandomGroup {};
template <> struct Group<CorrelatedPopulation> : RandomGroup {};

/// Listed spikes: they are their own arrivals.
struct ListedGroup : SourceGroup {
    static constexpr bool k_shared = false; // every rank knows all listed spikes
    static void collect(EngineState& /*engine*/,
                        PopulationState& population,
                        const Window& window) {
        emit_listed_spikes(population, window.end_ms);
    }
    static void advance(EngineState& /*engine*/,
                        PopulationState& /*population*/,
                        std::uint32_t /*task*/,
                        const Window& /*window*/,
                        bool /*refresh*/) {}
    static void take_spikes(EngineState& /*engine*/,
                            PopulationState& /*population*/,
                            const Window& /*window*/) {}
};
template <> struct Group<SpikeListPopulation> : ListedGroup {};
template <> struct Group<SpikeListSource> : ListedGroup {
    static void follow(EngineState& engine,
                       PopulationState& population,
                       const Window& window,
                       bool learning);
};

/// The attractor's nodes (dyadic/dyadic_group.cpp).
template <> struct Group<DyadicPopulation> {
    static constexpr bool k_shared = true;
    static void collect(EngineState& engine, PopulationState& population, const Window& window);
    static double work(const PopulationState& population);
    static void advance(EngineState& engine,
                        PopulationState& population,
                        std::uint32_t task,
                        const Window& window,
                        bool refresh);
    static void take_spikes(EngineState& engine, PopulationState& population, const Window& window);
    static void follow(EngineState& engine,
                       PopulationState& population,
                       const Window& window,
                       bool learning);
};

/// Calls ask.operator()<Group<Kind>>() for the population's kind.
template <class Ask> decltype(auto) of_kind(const PopulationState& population, Ask&& ask) {
    return std::visit(
        [&]<class Kind>(const Kind&) { return ask.template operator()<Group<Kind>>(); },
        population.model);
}

} // namespace spikewell::detail
