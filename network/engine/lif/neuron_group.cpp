#include "network/engine/lif/lif_pass.hpp"
#include "network/engine/loop/groups.hpp"
#include "network/engine/loop/spike_order.hpp"

/// Point neurons and Poisson sources in the loop.
namespace spikewell::detail {

namespace {
// What it costs to look at a neuron, in synaptic events.
constexpr double k_neuron_work = 0.125;
} // namespace

void Group<NeuronPopulation>::collect(EngineState& engine,
                                      PopulationState& population,
                                      const Window& window) {
    population.lif->shared.window = engine.counters.windows;
    collect_arrivals(*population.lif, window, [&](std::uint32_t p) -> const SpikeHistory& {
        return engine.populations[p].history;
    });
}

double Group<NeuronPopulation>::work(const PopulationState& population) {
    const LifState& lif = *population.lif;
    const double per_neuron = lif.shared.inputs.empty() ? k_neuron_work : 1.0;
    return lif.mean_fanout *
               static_cast<double>(lif.shared.table.size() + lif.shared.departures.size()) +
           per_neuron * static_cast<double>(size_of(population.model));
}

void Group<NeuronPopulation>::advance(EngineState& engine,
                                      PopulationState& population,
                                      std::uint32_t block,
                                      const Window& window,
                                      bool /*refresh*/) {
    LifState& lif = *population.lif;
    if (population.own.has(block + 1)) fetch_first_indices(lif.blocks[block + 1], lif.shared.table);
    advance_block(lif.shared, lif.blocks[block], window, engine.give_up);
}

void Group<NeuronPopulation>::take_spikes(EngineState& engine,
                                          PopulationState& population,
                                          const Window& /*window*/) {
    append_sorted(population.lif->blocks, population.spikes, engine.give_up);
}

void RandomGroup::advance(EngineState& engine,
                          PopulationState& population,
                          std::uint32_t block,
                          const Window& window,
                          bool /*refresh*/) {
    advance_block(*population.poisson, population.poisson->blocks[block], window, engine.give_up);
}

void RandomGroup::take_spikes(EngineState& engine,
                              PopulationState& population,
                              const Window& /*window*/) {
    append_sorted(population.poisson->blocks, population.spikes, engine.give_up);
}

} // namespace spikewell::detail
