#include "experiments/emulation_study.hpp"

#include "core/error.hpp"

#include <cmath>
#include <numeric>

namespace spikewell::experiments {

namespace {

using namespace mapping;
using PopulationSpikes = std::vector<std::vector<Spike>>;

std::vector<RateChange> rate_changes(const Network& network,
                                     const PopulationSpikes& direct,
                                     const PopulationSpikes& other,
                                     double duration_ms) {
    const SpikeRates before = counted_rates(network, direct, duration_ms);
    const SpikeRates after = counted_rates(network, other, duration_ms);
    std::vector<RateChange> changes;
    for (std::size_t p = 0; p < before.size(); ++p) {
        const auto n = static_cast<double>(before[p].size());
        RateChange change{name_of(network.populations[p]),
                          std::accumulate(before[p].begin(), before[p].end(), 0.0) / n,
                          std::accumulate(after[p].begin(), after[p].end(), 0.0) / n, 0.0};
        double squares = 0.0;
        for (std::size_t i = 0; i < before[p].size(); ++i)
            squares += std::pow(after[p][i] - before[p][i], 2);
        change.neuron_rms_Hz = std::sqrt(squares / n);
        changes.push_back(std::move(change));
    }
    return changes;
}

} // namespace

EmulationStudy study_emulation(const Network& network,
                               const Layout& layout,
                               const StudyOptions& options) {
    if (!layout.network)
        throw NetworkError("layout", "is of a bare graph: there is nothing to run");
    if (!(options.duration_ms > 0.0))
        throw ParameterError("emulate", "duration_ms", options.duration_ms, "> 0");
    const Board& b = board(layout.machine.board);
    EmulationStudy study;
    study.duration_ms = options.duration_ms;
    study.pace = layout.network->pace;
    study.weight_bits = options.weight_bits.value_or(b.core.weight_bits);
    const PopulationSpikes direct = simulate_directly(network, options.duration_ms);
    for (const std::vector<Spike>& spikes : direct)
        study.spikes += spikes.size();
    const Emulation through = emulate(network, layout, {}, options.duration_ms);
    study.difference = first_difference(direct, through.spikes);
    study.packets = through.packets;
    study.activity =
        measure_activity(network, layout, study.pace, through.spikes, options.duration_ms);
    if (study.difference) return study;

    const SpikeRates rates = counted_rates(network, direct, options.duration_ms);
    const RoundedNetwork rounded = round_to_board(network, b, study.pace, rates, study.weight_bits);
    study.rounded = rounded.projections;
    const Emulation on_board =
        emulate(rounded.network, layout, {study.pace.time_step_ms}, options.duration_ms);
    Network other = network;
    ++other.seed;
    study.rates = rate_changes(network, direct, on_board.spikes, options.duration_ms);
    study.by_chance = rate_changes(network, direct, simulate_directly(other, options.duration_ms),
                                   options.duration_ms);
    if (options.model)
        study.effects = board_effects(network, rounded.network, layout, options.model->data,
                                      options.model->config, options.behaviour);
    return study;
}

} // namespace spikewell::experiments
