#include "core/error.hpp"
#include "io/names.hpp"
#include "io/sonata/sonata_parts.hpp"
#include "network/engine/recorder.hpp"
#include "network/engine/simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

namespace spikewell::io::sonata {

namespace {

constexpr double k_max_drawn_spikes = 1e8; // 1.6 GB

/// Mean number of spikes until t_ms.
double expected_spikes(const PoissonRate& rate, double until_ms) {
    double spikes = 0.0;
    for (std::size_t k = 0; k < rate.times_ms.size(); ++k) {
        const double end_ms = k + 1 < rate.times_ms.size() ? rate.times_ms[k + 1] : until_ms;
        const double ms = std::min(end_ms, until_ms) - rate.times_ms[k];
        if (ms > 0.0) spikes += ms / 1000.0 * rate.rates_Hz[k];
    }
    return spikes;
}

std::size_t size_of(const PoissonInput& input, const NeuronPopulation& population) {
    return input.count ? *input.count : population.size - input.first;
}

/// The sources of a network; its Poisson inputs fire as populations behind the others. Streams of
/// random numbers are keyed by a population's place, which stays: cells are there, but silent.
Network sources_of(const Network& network) {
    Network sources;
    sources.seed = network.seed;
    sources.populations = network.populations;
    const auto names = input_names(network);
    for (std::size_t p = 0; p < network.populations.size(); ++p) {
        const auto* cells = std::get_if<NeuronPopulation>(&network.populations[p]);
        for (std::size_t k = 0; k < names[p].size(); ++k)
            sources.populations.emplace_back(PoissonPopulation{
                names[p][k], size_of(cells->inputs[k], *cells), cells->inputs[k].rate});
    }
    for (Population& population : sources.populations) {
        if (std::holds_alternative<NeuronPopulation>(population))
            population = SpikeListPopulation{name_of(population), size_of(population), {}};
    }
    return sources;
}

/// Of LIF populations.
std::vector<std::vector<double>> initial_potentials(const Network& network) {
    Network cells;
    cells.seed = network.seed;
    cells.populations = network.populations;
    const Simulator simulator(std::move(cells));
    std::vector<std::vector<double>> V_mV(network.populations.size());
    for (std::uint32_t p = 0; p < V_mV.size(); ++p) {
        if (std::holds_alternative<NeuronPopulation>(network.populations[p]))
            V_mV[p] = simulator.potentials({p});
    }
    return V_mV;
}

} // namespace

std::vector<std::string> own_of(const Network& network) {
    std::vector<std::string> all;
    for (const Population& population : network.populations) {
        const auto* cells = std::get_if<NeuronPopulation>(&population);
        if (cells == nullptr) continue;
        const std::vector<std::string> own = spikewell::own_of(*cells);
        all.insert(all.end(), own.begin(), own.end());
    }
    return all;
}

std::vector<std::vector<std::string>> input_names(const Network& network) {
    std::set<std::string> taken;
    for (const Population& population : network.populations)
        taken.insert(name_of(population));
    const auto is_taken = [&](const std::string& name) { return taken.contains(name); };
    std::vector<std::vector<std::string>> names(network.populations.size());
    for (std::size_t p = 0; p < names.size(); ++p) {
        const auto* cells = std::get_if<NeuronPopulation>(&network.populations[p]);
        for (std::size_t k = 0; cells != nullptr && k < cells->inputs.size(); ++k) {
            names[p].push_back(free_name(fmt::format("{}_input_{}", cells->name, k), is_taken));
            taken.insert(names[p].back());
        }
    }
    return names;
}

void require_drawable(const NetworkDescription& description) {
    const double until_ms = description.duration_ms;
    double spikes = 0.0;
    for (const Population& population : description.network.populations) {
        if (const PoissonRate* rate = random_rate_of(population))
            spikes += static_cast<double>(spikewell::size_of(population)) *
                      expected_spikes(*rate, until_ms);
        if (const auto* cells = std::get_if<NeuronPopulation>(&population)) {
            for (const PoissonInput& input : cells->inputs)
                spikes += static_cast<double>(size_of(input, *cells)) *
                          expected_spikes(input.rate, until_ms);
        }
    }
    if (spikes > k_max_drawn_spikes)
        throw NetworkError("sources",
                           fmt::format("would fire {:.3g} spikes in {} ms, allowed {:.3g}; give a "
                                       "shorter --duration-ms",
                                       spikes, until_ms, k_max_drawn_spikes));
}

DrawnSources draw_sources(const NetworkDescription& description) {
    const std::vector<Population>& populations = description.network.populations;
    Network network = sources_of(description.network);
    std::vector<std::unique_ptr<SpikeRecorder>> spikes; // [n_populations of `network`]
    std::vector<Recorder*> recorders;
    for (std::uint32_t p = 0; p < network.populations.size(); ++p)
        recorders.push_back(
            spikes.emplace_back(std::make_unique<SpikeRecorder>(PopulationId{p})).get());
    Simulator simulator(std::move(network));
    DrawnSources drawn;
    drawn.of_population.resize(populations.size());
    drawn.of_inputs.resize(populations.size());
    drawn.V_init_mV = initial_potentials(description.network);
    simulator.run(description.duration_ms, recorders);
    std::size_t next = populations.size(); // of the populations that stand for inputs
    for (std::size_t p = 0; p < populations.size(); ++p) {
        const auto* cells = std::get_if<NeuronPopulation>(&populations[p]);
        if (const auto* listed = std::get_if<SpikeListPopulation>(&populations[p])) {
            drawn.of_population[p] = listed->spikes; // also those after the duration
            std::sort(drawn.of_population[p].begin(), drawn.of_population[p].end());
        } else if (cells == nullptr) {
            drawn.of_population[p] = spikes[p]->spikes();
        }
        if (cells == nullptr) continue;
        for (std::size_t k = 0; k < cells->inputs.size(); ++k)
            drawn.of_inputs[p].push_back(spikes[next++]->spikes());
    }
    return drawn;
}

} // namespace spikewell::io::sonata
