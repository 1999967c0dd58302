#include "experiments/training.hpp"

#include <benchmark/benchmark.h>

#include <cmath>

// What the two forms cost per step (one tau_ref in spikes) at 64 nodes with learning, one thread;
// see README.

namespace {

using namespace spikewell;
using namespace spikewell::experiments;

std::vector<double> pattern(std::size_t n_nodes, std::size_t number) {
    std::vector<double> evidence(n_nodes);
    for (std::size_t i = 0; i < n_nodes; ++i) {
        evidence[i] = 11.0 * std::sin(static_cast<double>((i + 1) * (number % 10 + 1)));
    }
    return evidence;
}

void learn(benchmark::State& state, Backend backend, const Config& config) {
    const auto n_nodes = static_cast<std::size_t>(state.range(0));
    Form form = make_form(backend, Matrix(n_nodes, n_nodes), config, 1);
    const RunOptions options{config.training.inverse_temperature, true, Keep::nothing};
    constexpr std::size_t steps = 10;
    std::size_t presentation = 0;
    while (state.KeepRunning())
        run(form, pattern(n_nodes, presentation++), steps, options);
    state.counters["steps_per_s"] =
        benchmark::Counter(static_cast<double>(presentation * steps), benchmark::Counter::kIsRate);
}

void rate_learning(benchmark::State& state) {
    learn(state, Backend::rate, Config{});
}
void spiking_learning(benchmark::State& state) {
    learn(state, Backend::spiking, Config{});
}
void spiking_learning_expected(benchmark::State& state) {
    Config config;
    config.spiking.prediction = Prediction::expected;
    learn(state, Backend::spiking, config);
}

BENCHMARK(rate_learning)->Arg(64)->Arg(256);
BENCHMARK(spiking_learning)->Arg(64)->Arg(256);
BENCHMARK(spiking_learning_expected)->Arg(64);

} // namespace

BENCHMARK_MAIN();
