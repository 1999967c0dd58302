#include "core/deal.hpp"
#include "network/engine/lif/lif_fetch.hpp"
#include "network/engine/lif/lif_pass.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

bool receives(const BlockSynapses& synapses, std::uint32_t neuron, std::uint32_t source) {
    if (neuron < synapses.first || neuron >= synapses.end) return false;
    return !synapses.skip_self || std::int64_t{source} + synapses.self_offset != neuron;
}

namespace {

// Nanoseconds, about: to find one neuron in one row, and to pass over one synapse of a row.
constexpr double k_search_cost = 12.0;
constexpr double k_sweep_cost = 0.35;

double weight_of(const Job& job, const BlockSynapses& synapses, std::size_t at, std::size_t event) {
    if (synapses.plastic) return job.block.scratch.plastic.delivered(event);
    return static_cast<double>(synapses.weights.empty() ? synapses.weight : synapses.weights[at]);
}

/// Inputs over the synapses [from, to) of an arrival's row whose target was chosen.
struct ArrivalRow {
    const BlockSynapses& synapses;
    double t_ms;
    std::uint32_t arrival;
    std::size_t begin;       ///< of the row
    std::size_t first_event; ///< of the row, where it is plastic

    [[nodiscard]] Input input(const Job& job, std::size_t at) const {
        const std::size_t event = first_event + (at - begin);
        return {t_ms, weight_of(job, synapses, at, event) * job.table.arrivals[arrival].released,
                arrival, synapses.plastic ? static_cast<std::uint32_t>(event) : k_none};
    }
};

void search_row(Job& job,
                const ArrivalRow& row,
                std::size_t end,
                std::span<const std::uint32_t> neurons) {
    const auto& target = row.synapses.target;
    for (std::uint32_t number = 0; number < neurons.size(); ++number) {
        auto at = static_cast<std::size_t>(
            std::lower_bound(target.begin() + static_cast<std::ptrdiff_t>(row.begin),
                             target.begin() + static_cast<std::ptrdiff_t>(end), neurons[number]) -
            target.begin());
        for (; at < end && target[at] == neurons[number]; ++at)
            job.block.scratch.found.emplace_back(number, row.input(job, at));
    }
}

void sweep_row(Job& job, const ArrivalRow& row, std::size_t end) {
    LifScratch& scratch = job.block.scratch;
    const std::uint16_t* const target = row.synapses.target.data();
    const std::uint8_t* const chosen = scratch.is_chosen.data();
    const auto look_at = [&](std::size_t at) {
        if (chosen[target[at]] != 0)
            scratch.found.emplace_back(scratch.number_of[target[at]], row.input(job, at));
    };
    // Eight at a time: mostly none was chosen.
    std::size_t at = row.begin;
    for (; at + 8 <= end; at += 8) {
        const std::uint16_t* const t = target + at;
        const int any = chosen[t[0]] | chosen[t[1]] | chosen[t[2]] | chosen[t[3]] | chosen[t[4]] |
                        chosen[t[5]] | chosen[t[6]] | chosen[t[7]];
        if (any == 0) continue;
        for (std::size_t k = at; k < at + 8; ++k)
            look_at(k);
    }
    for (; at < end; ++at)
        look_at(at);
}

void look_up_dense(Job& job,
                   const ArrivalRow& row,
                   std::uint32_t source,
                   std::span<const std::uint32_t> neurons) {
    for (std::uint32_t number = 0; number < neurons.size(); ++number) {
        if (!receives(row.synapses, neurons[number], source)) continue;
        job.block.scratch.found.emplace_back(
            number, row.input(job, row.begin + neurons[number] - row.synapses.first));
    }
}

void look_up_events(Job& job) {
    LifScratch& scratch = job.block.scratch;
    const std::uint8_t* const chosen = scratch.is_chosen.data();
    const Window& pass = job.pass.window;
    const double last_ms = std::nextafter(pass.end_ms, pass.begin_ms);
    for (const TimedEvent& event : job.events) {
        if (chosen[event.target] == 0) continue;
        const double t_ms = std::clamp(event.t_ms, pass.begin_ms, last_ms);
        scratch.found.emplace_back(scratch.number_of[event.target],
                                   Input{t_ms, static_cast<double>(event.weight), k_timed, k_none});
    }
}

/// Sorts what was found by number; arrivals stay in order, and timed events behind them.
void sort_by_number(LifScratch& scratch, std::size_t n_numbers) {
    scratch.looked_up.resize(scratch.found.size());
    deal(
        scratch.found, n_numbers, scratch.looked_up_begin,
        [](const auto& found) { return std::size_t{found.first}; },
        [&](std::size_t place, const auto& found) { scratch.looked_up[place] = found.second; });
}

bool earlier(const Input& a, const Input& b) {
    return a.t_ms != b.t_ms ? a.t_ms < b.t_ms : a.arrival < b.arrival;
}

/// Sorts inputs [middle ..) into those before, from the back.
void merge_in(std::vector<Input>& inputs, std::size_t middle) {
    for (std::size_t k = middle; k < inputs.size(); ++k) {
        const Input input = inputs[k];
        std::size_t at = k;
        for (; at > 0 && earlier(input, inputs[at - 1]); --at)
            inputs[at] = inputs[at - 1];
        inputs[at] = input;
    }
}

} // namespace

void look_up(Job& job, std::span<const std::uint32_t> neurons) {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    scratch.found.clear();
    const auto n_rows = static_cast<double>(job.pass.last - job.pass.first);
    const std::size_t n_in_rows = job.n_events - job.events.size();
    const bool sweep = static_cast<double>(neurons.size()) * n_rows * k_search_cost >
                       static_cast<double>(n_in_rows) * k_sweep_cost;
    for (std::uint32_t number = 0; number < neurons.size(); ++number) {
        scratch.number_of[neurons[number]] = number;
        scratch.is_chosen[neurons[number]] = 1;
    }
    for (std::size_t a = job.pass.first; a < job.pass.last && !neurons.empty(); ++a) {
        look_ahead(block, job.table, a, Fetched::targets);
        const SpikeArrival& arrival = job.table.arrivals[a];
        const BlockSynapses& synapses = block.synapses[arrival.synapses];
        if (synapses.end <= synapses.first) continue;
        const std::size_t first_event = synapses.plastic ? scratch.plastic.first_event(job, a) : 0;
        ArrivalRow row{synapses, arrival.t_ms, static_cast<std::uint32_t>(a), 0, first_event};
        if (synapses.dense) {
            row.begin = std::size_t{arrival.source} * (synapses.end - synapses.first);
            look_up_dense(job, row, arrival.source, neurons);
            continue;
        }
        row.begin = synapses.row[arrival.source];
        const std::size_t end = synapses.row[arrival.source + 1U];
        sweep ? sweep_row(job, row, end) : search_row(job, row, end, neurons);
    }
    if (!neurons.empty()) look_up_events(job);
    for (const std::uint32_t neuron : neurons)
        scratch.is_chosen[neuron] = 0;
    sort_by_number(scratch, neurons.size());
}

void inputs_of(Job& job, std::uint32_t number, std::uint32_t neuron) {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    std::vector<Input>& inputs = scratch.inputs;
    inputs.assign(scratch.looked_up.begin() + scratch.looked_up_begin[number],
                  scratch.looked_up.begin() + scratch.looked_up_begin[number + 1]);
    const auto first_timed = std::find_if(
        inputs.begin(), inputs.end(), [](const Input& input) { return input.arrival == k_timed; });
    merge_in(inputs, static_cast<std::size_t>(first_timed - inputs.begin()));
    for (std::size_t k = 0; k < job.noise.size(); ++k) {
        const PoissonInput& source = job.shared.inputs[k];
        const std::uint64_t id = block.first + neuron;
        if (id < source.first ||
            (source.count && id >= std::uint64_t{source.first} + *source.count))
            continue;
        scratch.noise_ms.clear();
        append_spike_times(job.noise[k], source.rate, static_cast<std::uint32_t>(id),
                           scratch.noise_ms);
        const std::size_t before = inputs.size();
        for (const double t_ms : scratch.noise_ms)
            inputs.push_back({t_ms, source.weight, k_none, k_none});
        merge_in(inputs, before);
    }
}

} // namespace spikewell::detail
