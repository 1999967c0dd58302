#include "experiments/emulation_study.hpp"

#include "core/error.hpp"
#include "core/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
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

std::vector<Spike> until(const std::vector<Spike>& spikes, double t_ms) {
    std::vector<Spike> first;
    std::copy_if(spikes.begin(), spikes.end(), std::back_inserter(first),
                 [t_ms](const Spike& spike) { return spike.t_ms < t_ms; });
    return first;
}

/// As long as some thousand spikes take.
void keep_spikes(EmulationStudy& study,
                 const Network& network,
                 const PopulationSpikes& direct,
                 const PopulationSpikes& board) {
    constexpr double k_shown_spikes = 4000.0;
    const auto spikes = static_cast<double>(std::max<std::uint64_t>(1, study.spikes));
    study.shown_ms = study.duration_ms * std::min(1.0, k_shown_spikes / spikes);
    for (std::size_t p = 0; p < direct.size(); ++p) {
        SpikesBeside beside{name_of(network.populations[p]), size_of(network.populations[p]),
                            until(direct[p], study.shown_ms), until(board[p], study.shown_ms)};
        if (!beside.direct.empty() || !beside.board.empty())
            study.beside.push_back(std::move(beside));
    }
}

std::vector<OfWeightBits> over_weight_bits(const Network& network,
                                           const Board& board,
                                           const Pace& pace,
                                           const SpikeRates& rates,
                                           const StudiedModel& model) {
    std::vector<OfWeightBits> all;
    for (const int bits : {2, 3, 4, 6, 8, 12, 16}) {
        Network rounded = round_to_board(network, board, pace, rates, bits).network;
        const DyadicCode code = code_of(rounded.populations.front());
        Form form = SpikingForm{Simulator(std::move(rounded)), code};
        const Evaluation found = evaluate(form, model.data, model.config, model.config.seed);
        all.push_back({bits, found.retrieval.median, found.generalization.median});
    }
    return all;
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
    const int n_threads = threads_or_all(options.n_threads);
    const PopulationSpikes direct = simulate_directly(network, options.duration_ms, n_threads);
    for (const std::vector<Spike>& spikes : direct)
        study.spikes += spikes.size();
    const Emulation through = emulate(network, layout, {0.0, n_threads}, options.duration_ms);
    study.difference = first_difference(direct, through.spikes);
    study.packets = through.packets;
    study.n_shares = through.n_shares;
    study.activity = measure_activity(network, layout, study.pace, through.spikes,
                                      options.duration_ms, n_threads);
    if (study.difference) return study;

    const SpikeRates rates = counted_rates(network, direct, options.duration_ms);
    RoundedNetwork rounded = round_to_board(network, b, study.pace, rates, study.weight_bits);
    study.rounded = std::move(rounded.projections);
    const EmulationOptions as_board{study.pace.time_step_ms, n_threads};
    const Emulation on_board = emulate(options.model ? rounded.network : std::move(rounded.network),
                                       layout, as_board, options.duration_ms);
    Network other = network;
    ++other.seed;
    study.rates = rate_changes(network, direct, on_board.spikes, options.duration_ms);
    study.by_chance = rate_changes(
        network, direct, simulate_directly(std::move(other), options.duration_ms, n_threads),
        options.duration_ms);
    keep_spikes(study, network, direct, on_board.spikes);
    if (options.model) {
        study.of_bits = over_weight_bits(network, b, study.pace, rates, *options.model);
        study.effects = board_effects(network, rounded.network, layout, options.model->data,
                                      options.model->config, options.behaviour);
    }
    return study;
}

} // namespace spikewell::experiments
