#include "spikewell/spikewell.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

// What a program of someone else's does with the installed headers and library, and nothing else. Each
// part returns whether all is well.

namespace {

using namespace spikewell;

/// A balanced network, by handles; it fires at a sensible rate.
bool simulates() {
    Network net;
    NeuronPopulation cells{
        .name = "exc", .size = 800, .inputs = {{PoissonRate::constant(2000.0), 1.0, 0, {}}}};
    const Neurons E = net.add(cells);
    cells.name = "inh";
    cells.size = 200;
    const Neurons I = net.add(cells);
    const Distribution delay_ms = Constant{1.5};
    for (const Neurons& post : {E, I}) {
        net.connect(
            E, post,
            {.connector = FixedIndegree{80}, .weight = Constant{1.0}, .delay_ms = delay_ms});
        net.connect(
            I, post,
            {.connector = FixedIndegree{20}, .weight = Constant{-5.0}, .delay_ms = delay_ms});
    }
    net.connect(E.first(100), I.slice(10, 50), {.weight = Constant{0.01}, .delay_ms = delay_ms});
    Simulator simulator(net);
    SpikeRecorder recorder(E);
    simulator.run(500.0, {&recorder});
    const double rate_Hz = static_cast<double>(recorder.spikes().size()) / (800.0 * 0.5);
    std::printf("mean rate: %.1f Hz\n", rate_Hz);
    return rate_Hz > 1.0 && rate_Hz < 200.0;
}

/// A network file is read, simulated and mapped; the layout is right.
bool reads_and_maps() {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / "spikewell-consumer.json";
    std::ofstream(path) << R"({"format": "spikewell-network", "version": 1, "populations": [
        {"name": "cells", "model": "adex", "size": 50, "drive_pA": 800}],
        "projections": [{"pre": "cells", "post": "cells", "connector": "fixed_indegree", "indegree": 5,
                         "weight_nS": 1, "delay_ms": 1}]})";
    const NetworkDescription description = io::read_network(path);
    std::filesystem::remove(path);
    Simulator simulator(description.network);
    simulator.run(200.0);
    std::printf("spikes: %llu\n", static_cast<unsigned long long>(simulator.counters().spikes));
    const mapping::Pace pace;
    const mapping::Partition parts =
        mapping::partition(description.network, mapping::board("spinnaker1"), pace,
                           mapping::estimated_rates(description.network));
    const mapping::Layout layout =
        mapping::map_partition(parts, mapping::make_machine("spinn5"), {}, pace);
    const bool right = mapping::check_layout(layout).n_faults == 0;
    std::printf("vertices: %zu, layout is right: %d\n", layout.places.size(), right ? 1 : 0);
    return simulator.counters().spikes > 0 && right;
}

/// Two patterns are learnt in rates and found again.
bool trains() {
    constexpr std::size_t n = 25;
    Matrix table(2, n);
    for (std::size_t i = 0; i < n; ++i) {
        table(0, i) = i % 2 == 0 ? 1.0 : 0.0;
        table(1, i) = i % 5 < 2 ? 1.0 : 0.0;
    }
    experiments::Config config;
    config.data.label_column = experiments::NoLabel{};
    config.data.train_rows = {0, 1};
    config.data.test_rows = {};
    config.training.presentations = 2000;
    const experiments::Dataset data = experiments::make_dataset(table, config.data, "two patterns");
    experiments::Training trained =
        experiments::train(experiments::Backend::rate, data.train, config, 1);
    const experiments::Evaluation found = experiments::evaluate(trained.form, data, config, 1);
    std::printf("retrieval: delta R2 = %.2f\n", found.retrieval.median);
    return found.retrieval.median > 0.0;
}

} // namespace

int main() {
    std::printf("models: %zu\n", all_models().size());
    return simulates() && reads_and_maps() && trains() ? 0 : 1;
}
