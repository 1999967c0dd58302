#include "associative_memory/associative_memory.hpp"

#include "core/statistics.hpp"
#include "experiments/capacity.hpp"
#include "experiments/runs.hpp"
#include "io/dataset_file.hpp"
#include "mapping/check.hpp"
#include "mapping/emulate.hpp"
#include "mapping/partition.hpp"
#include "mapping/precision.hpp"
#include "rate/competing_rules.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <stdexcept>

namespace spikewell::examples {

namespace {

constexpr double k_flipped = 0.2; // share of wrong signs

/// Walsh functions, which a seed draws without repetition: entries +-1, all orthogonal, sums 0.
Matrix walsh_patterns(std::uint64_t seed) {
    std::vector<std::size_t> numbers(k_nodes - 1);
    std::iota(numbers.begin(), numbers.end(), std::size_t{1}); // 0 is constant
    RandomStream choice(seed, Purpose::patterns, 0);
    Matrix patterns(k_nodes, k_patterns);
    for (std::size_t p = 0; p < k_patterns; ++p) {
        std::swap(numbers[p], numbers[p + choice.index(numbers.size() - p)]);
        for (std::size_t i = 0; i < k_nodes; ++i)
            patterns(i, p) = std::popcount(i & numbers[p]) % 2 == 0 ? 1.0 : -1.0;
    }
    return patterns;
}

/// [64 x 15], a set after the other. Each seed has other patterns: of the digits the next 15 pictures.
Matrix patterns_of(const std::string& kind, std::uint64_t seed) {
    if (kind == "orthogonal") return walsh_patterns(seed);
    Config config;
    config.data.train_rows.resize(k_patterns);
    std::iota(config.data.train_rows.begin(), config.data.train_rows.end(),
              (seed - 1) * k_patterns);
    config.data.test_rows = std::vector<std::size_t>{};
    return io::load_data(config).train;
}

Matrix set_of(const Matrix& patterns, std::size_t set) {
    Matrix some(patterns.rows, k_per_set);
    std::copy_n(patterns.column(set * k_per_set).begin(), some.values.size(), some.values.begin());
    return some;
}

Config config_of(const Options& options) {
    Config config;
    config.training.evidence = 11.0;
    config.training.inverse_temperature = 0.36;
    config.training.presentations = options.presentations; // of each set
    return config;
}

/// What the memory answers: the mean state of 20 steps, after 10 that are left out, from `start` under `evidence`.
/// Colder than it learnt, so that it settles.
std::vector<double> answer(Form& form,
                           std::span<const double> start,
                           std::span<const double> evidence) {
    constexpr double k_cold = 2.0; // inverse temperature
    set_state(form, start);
    run(form, evidence, 10, {k_cold, false, Keep::nothing});
    return mean_state(run(form, evidence, 20, {k_cold, false, Keep::mean}));
}

Recall recall(Form& form, const Matrix& patterns, std::uint64_t seed) {
    const double strength = config_of({}).training.evidence;
    const std::vector<double> nothing(patterns.rows, 0.0);
    Recall found;
    found.answers = Matrix(patterns.rows, patterns.cols);
    for (std::size_t p = 0; p < patterns.cols; ++p) {
        const auto pattern = patterns.column(p);
        const std::vector<bool> given = given_half(p, seed);
        std::vector<double> evidence(patterns.rows, 0.0);
        for (std::size_t i = 0; i < evidence.size(); ++i)
            evidence[i] = given[i] ? strength * pattern[i] : 0.0;
        const std::vector<double> state = answer(form, nothing, evidence);
        std::copy(state.begin(), state.end(), found.answers.column(p).begin());
        std::vector<double> hidden;
        std::vector<double> answered;
        for (std::size_t i = 0; i < given.size(); ++i) {
            if (given[i]) continue;
            hidden.push_back(pattern[i]);
            answered.push_back(state[i]);
        }
        found.fragment.push_back(correlation(hidden, answered));
        const RandomStream choice(seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(p),
                                  8);
        const std::vector<double> wrong = with_flips(pattern, k_flipped, choice);
        found.flips.push_back(
            correlation(answer(form, wrong, wrong), pattern)); // evidence of strength 1
        found.wrong.push_back(correlation(wrong, pattern));
    }
    return found;
}

OnBoard put_on_board(const Matrix& coupling,
                     const Matrix& patterns,
                     const Config& config,
                     std::uint64_t seed) {
    Network network = network_of(coupling, config, seed);
    factorised(network.projections.front()).plasticity.reset(); // it has learnt
    const mapping::Machine machine = mapping::make_machine(k_machine);
    const mapping::Board& board = mapping::board(machine.board);
    const mapping::Pace pace{board.core.time_step_ms, 1.0};
    const mapping::Partition parts =
        mapping::partition(network, board, pace, mapping::estimated_rates(network));
    const mapping::Layout layout = mapping::map_partition(parts, machine, {}, pace);
    if (mapping::check_layout(layout).n_faults > 0) throw std::logic_error("the layout is wrong");

    const DyadicCode code = code_of(network.populations.front());
    const auto directly = [&](std::uint64_t of_seed) {
        Network seeded = network;
        seeded.seed = of_seed;
        Form form = SpikingForm{Simulator(std::move(seeded)), code};
        return recall(form, patterns, seed);
    };
    const auto emulated = [&](const Network& as_held, double time_step_ms) {
        Recall
            of_first; // all cores are given the same commands; the first group's eyes see what all do
        (void)mapping::emulate(as_held, layout, {time_step_ms},
                               [&](Simulator simulator, std::size_t group) {
                                   Form form = SpikingForm{std::move(simulator), code};
                                   Recall found = recall(form, patterns, seed);
                                   if (group == 0) of_first = std::move(found);
                               });
        return of_first;
    };
    constexpr double k_second_ms = 1000.0;
    const auto spikes = mapping::simulate_directly(network, k_second_ms);
    OnBoard result;
    result.cores = layout.slices.size();
    result.same_spikes = !mapping::first_difference(
        spikes, mapping::emulate(network, layout, {}, k_second_ms).spikes);
    result.before = directly(network.seed);
    result.other_seed = directly(network.seed + 1);
    result.through = emulated(network, 0.0);
    const mapping::SpikeRates rates = mapping::counted_rates(network, spikes, k_second_ms);
    for (const int bits : k_weight_bits)
        result.bits.push_back(emulated(
            mapping::round_to_board(network, board, pace, rates, bits).network, pace.time_step_ms));
    return result;
}

Outcome measure(const std::string& kind,
                Backend backend,
                const Options& options,
                std::uint64_t seed) {
    Config config = config_of(options);
    Outcome o;
    o.patterns = patterns_of(kind, seed);
    const auto recall_by = [&](const Matrix& coupling) {
        Form form = make_form(backend, coupling, config, seed + 1000);
        return recall(form, o.patterns, seed);
    };
    Form memory = untrained_form(backend, k_nodes, config, seed);
    RandomStream order(seed, Purpose::presentation_order, 0);
    for (std::size_t set = 0; set < k_sets; ++set) {
        present(memory, set_of(o.patterns, set), config.training, order);
        o.after.push_back(recall_by(coupling_of(memory)));
    }
    const Matrix coupling = coupling_of(memory);
    if (backend == Backend::spiking) o.board = put_on_board(coupling, o.patterns, config, seed);
    o.hebb = recall_by(
        rate::with_norm(rate::hebb_couplings(o.patterns), rate::frobenius_norm(coupling)));
    config.training.presentations *= k_sets;
    o.together = recall_by(coupling_of(train(backend, o.patterns, config, seed).form));
    return o;
}

} // namespace

std::vector<bool> given_half(std::size_t pattern, std::uint64_t seed) {
    RandomStream choice(seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(pattern), 7);
    std::vector<bool> given(k_nodes, false);
    for (std::size_t n = 0; n < k_nodes / 2;) {
        const std::size_t node = choice.index(k_nodes);
        if (given[node]) continue;
        given[node] = true;
        ++n;
    }
    return given;
}

Outcomes measure_all(const Options& options) {
    Outcomes all;
    for (auto& of_kind : all) {
        for (OfSeeds& of_form : of_kind)
            of_form.resize(options.seeds);
    }
    run_all(4 * options.seeds, options.threads, Progress{}, [&](std::size_t k) {
        const std::size_t kind = k % 2;
        const std::size_t form = k / 2 % 2;
        const std::size_t s = k / 4;
        all[kind][form][s] = measure(k_kinds[kind], k_forms[form], options, 1 + s);
    });
    return all;
}

} // namespace spikewell::examples
