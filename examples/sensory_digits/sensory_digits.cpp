#include "sensory_digits/sensory_digits.hpp"

#include "core/statistics.hpp"
#include "experiments/evaluation.hpp"
#include "experiments/runs.hpp"
#include "io/dataset_file.hpp"
#include "mapping/check.hpp"
#include "mapping/emulate.hpp"
#include "mapping/partition.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace spikewell::examples {

namespace {

void set_column(Matrix& matrix, std::size_t column, std::span<const double> values) {
    std::copy(values.begin(), values.end(), matrix.column(column).begin());
}

/// Those of `evaluate`'s trials of retrieval.
Cues cues_of(const Matrix& images, const Config& config, std::uint64_t seed) {
    const EvaluationConfig& plan = config.evaluation;
    Cues cues{Matrix(images.rows, plan.trials), Matrix(images.rows, plan.trials)};
    for (std::size_t trial = 0; trial < plan.trials; ++trial) {
        const std::vector<double> target = scaled(images.column(trial % images.cols),
                                                  plan.signal_strength * config.training.evidence);
        set_column(cues.targets, trial, target);
        set_column(cues.inputs, trial,
                   noisy_input(target, plan.snr,
                               RandomStream(seed, Purpose::evaluation_noise,
                                            static_cast<std::uint32_t>(trial))));
    }
    return cues;
}

double largest(const Matrix& inputs) {
    double most = 0.0;
    for (const double x : inputs.values)
        most = std::max(most, std::abs(x));
    return most;
}

/// The field that each spike makes: those of one sign, at k_brightest_Hz, make the largest there is.
double weight_of(const Matrix& inputs, std::uint32_t sources, double tau_ref_ms) {
    return largest(inputs) / (0.5 * sources * 1e-3 * k_brightest_Hz * tau_ref_ms);
}

/// Of the neurons of one sign that see node i's pixel, a trial after the other.
PoissonRate rate_of(const Matrix& inputs, std::size_t i, double sign, double trial_ms) {
    PoissonRate rate{{}, {}};
    for (std::size_t trial = 0; trial < inputs.cols; ++trial) {
        rate.times_ms.push_back(trial_ms * static_cast<double>(trial));
        rate.rates_Hz.push_back(k_brightest_Hz * std::max(0.0, sign * inputs(i, trial)) /
                                largest(inputs));
    }
    return rate;
}

/// The nodes, their couplings as learnt and static, and two populations of sensory neurons a node.
Network sensory_network(const Matrix& coupling,
                        const Matrix& inputs,
                        const Config& config,
                        std::uint32_t sources,
                        std::uint64_t seed) {
    Network network = network_of(coupling, config, seed);
    factorised(network.projections.front()).plasticity.reset();
    auto& nodes = std::get<DyadicPopulation>(network.populations.front());
    nodes.inverse_temperature = config.evaluation.inverse_temperature;
    const double delay_ms = factorised(network.projections.front()).delay_ms;
    const double weight = weight_of(inputs, sources, config.spiking.tau_ref_ms);
    const double trial_ms =
        config.spiking.tau_ref_ms * static_cast<double>(config.evaluation.steps);
    const Neurons all_nodes{{0}, 0, static_cast<std::uint32_t>(nodes.code().n_neurons())};
    const auto per_node = static_cast<std::uint32_t>(nodes.neurons_per_node);
    for (std::uint32_t i = 0; i < inputs.rows; ++i) {
        for (const double sign : {1.0, -1.0}) {
            const Neurons sensors = network.add(
                PoissonPopulation{fmt::format("{}_{}", sign > 0.0 ? "above" : "below", i),
                                  sources / 2, rate_of(inputs, i, sign, trial_ms)});
            network.connect(sensors, all_nodes.slice(i * per_node, per_node),
                            {AllToAll{}, Constant{sign * weight}, Constant{delay_ms}});
        }
    }
    return network;
}

Answers answers_of(Matrix states, const Cues& cues) {
    Answers answers;
    for (std::size_t trial = 0; trial < states.cols; ++trial)
        answers.dr2.push_back(delta_r_squared(states.column(trial), cues.inputs.column(trial),
                                              cues.targets.column(trial)));
    answers.retrieval = median(answers.dr2);
    answers.states = std::move(states);
    return answers;
}

Answers answers_to_evidence(const Matrix& coupling,
                            const Cues& cues,
                            const Config& config,
                            std::uint64_t seed) {
    Form form = make_form(Backend::spiking, coupling, config, seed);
    Matrix states(cues.inputs.rows, cues.inputs.cols);
    const RunOptions options{config.evaluation.inverse_temperature, false, Keep::mean};
    for (std::size_t trial = 0; trial < states.cols; ++trial)
        set_column(
            states, trial,
            mean_state(run(form, cues.inputs.column(trial), config.evaluation.steps, options)));
    return answers_of(std::move(states), cues);
}

Answers answers_to_spikes(const Network& network, const Cues& cues, const Config& config) {
    const DyadicCode code = code_of(network.populations.front());
    const std::size_t steps = config.evaluation.steps;
    Simulator simulator(network);
    Matrix states(cues.inputs.rows, cues.inputs.cols);
    for (std::size_t trial = 0; trial < states.cols; ++trial) {
        StateRecorder recorder({0}, code, code.tau_ref_ms, steps);
        simulator.run(code.tau_ref_ms * static_cast<double>(steps),
                      std::array<Recorder*, 1>{&recorder});
        set_column(states, trial, mean_state(recorder.states()));
    }
    return answers_of(std::move(states), cues);
}

double likeness_of(const Answers& a, const Answers& b) {
    std::vector<double> correlations;
    for (std::size_t trial = 0; trial < a.states.cols; ++trial)
        correlations.push_back(correlation(a.states.column(trial), b.states.column(trial)));
    return mean(correlations);
}

/// Sources and nodes on the cores of a board, run packet by packet.
void put_on_board(const Network& network, Outcome& outcome) {
    constexpr double k_fifth_ms = 200.0;
    const mapping::Machine machine = mapping::make_machine(k_machine);
    const mapping::Board& board = mapping::board(machine.board);
    const mapping::Pace pace{board.core.time_step_ms, 1.0};
    const mapping::Layout layout = mapping::map_partition(
        mapping::partition(network, board, pace, mapping::estimated_rates(network)), machine, {},
        pace);
    if (mapping::check_layout(layout).n_faults > 0) throw std::logic_error("the layout is wrong");
    outcome.cores = layout.slices.size();
    outcome.same_spikes =
        !mapping::first_difference(mapping::simulate_directly(network, k_fifth_ms),
                                   mapping::emulate(network, layout, {}, k_fifth_ms).spikes);
}

Outcome measure(const Options& options, std::uint64_t seed) {
    Config config;
    config.training.presentations = options.presentations;
    config.evaluation.trials = options.trials;
    config.evaluation.steps = options.steps;
    const Matrix images = io::load_data(config).train;
    const Matrix coupling = coupling_of(train(Backend::spiking, images, config, seed).form);
    Outcome o;
    o.cues = cues_of(images, config, seed);
    o.injected = answers_to_evidence(coupling, o.cues, config, seed + 1000);
    o.other_seed = answers_to_evidence(coupling, o.cues, config, seed + 2000);
    const Network network =
        sensory_network(coupling, o.cues.inputs, config, options.sources, seed + 3000);
    o.sensory = answers_to_spikes(network, o.cues, config);
    o.likeness = likeness_of(o.sensory, o.injected);
    o.likeness_seeds = likeness_of(o.other_seed, o.injected);
    o.field_sd = std::sqrt(weight_of(o.cues.inputs, options.sources, config.spiking.tau_ref_ms) /
                           largest(o.cues.inputs));
    put_on_board(network, o);
    return o;
}

} // namespace

std::vector<Outcome> measure_all(const Options& options) {
    std::vector<Outcome> all(options.seeds);
    run_all(options.seeds, options.threads, Progress{},
            [&](std::size_t s) { all[s] = measure(options, 1 + s); });
    return all;
}

} // namespace spikewell::examples
