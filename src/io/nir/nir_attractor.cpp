#include "io/nir/nir_attractor.hpp"

#include "io/probe_files.hpp"

#include <fmt/format.h>

#include <cmath>

namespace spikewell::io {

namespace nir {

namespace {

constexpr double k_threshold = 1.0; // a field of 0; above the reset, to which importers set V

/// The precision of a neuron's field: P(spike) = 1 / (1 + exp(-2 g iT field)).
double steepness(const DyadicCode& code, double inverse_temperature, std::uint32_t neuron) {
    return 2.0 * code.gain_of(neuron) * inverse_temperature;
}

/// From the Input, evidence of each node and then chance of each neuron; its bias is a field of 0.
WrittenNode field_of(const DyadicCode& code, double inverse_temperature) {
    const std::size_t n_neurons = code.n_neurons();
    const std::size_t n_inputs = code.n_nodes + n_neurons;
    Param weight = zeros("evidence and chance", n_neurons, n_inputs);
    for (std::uint32_t n = 0; n < n_neurons; ++n) {
        weight.values[n * n_inputs + code.node_of(n)] = steepness(code, inverse_temperature, n);
        weight.values[n * n_inputs + code.n_nodes + n] = 1.0;
    }
    return {"Affine",
            {{"weight", std::move(weight)}, {"bias", everywhere(k_threshold, n_neurons)}}};
}

/// From states of the nodes to the fields of all neurons in the step after it.
WrittenNode couplings_of(const Matrix& coupling,
                         const DyadicCode& code,
                         double inverse_temperature) {
    Param weight = zeros("couplings", code.n_neurons(), code.n_nodes);
    for (std::uint32_t n = 0; n < code.n_neurons(); ++n) {
        const double c = steepness(code, inverse_temperature, n);
        for (std::size_t j = 0; j < code.n_nodes; ++j)
            weight.values[n * code.n_nodes + j] = c * coupling(code.node_of(n), j);
    }
    return {"Linear", {{"weight", std::move(weight)}}};
}

/// States of the nodes from spikes.
WrittenNode states_of(const DyadicCode& code) {
    const std::size_t n_neurons = code.n_neurons();
    Param weight = zeros("states", code.n_nodes, n_neurons);
    for (std::uint32_t n = 0; n < n_neurons; ++n)
        weight.values[code.node_of(n) * n_neurons + n] = 2.0 * code.gain_of(n);
    return {
        "Affine",
        {{"weight", std::move(weight)}, {"bias", everywhere(code.silent_state(), code.n_nodes)}}};
}

/// A neuron that keeps nothing from step to step: V is what comes in.
WrittenNode memoryless(std::size_t n) {
    return {"LIF",
            {{"tau", everywhere(seconds(k_step_ms), n)},
             {"r", everywhere(1.0, n)},
             {"v_leak", everywhere(0.0, n)},
             {"v_threshold", everywhere(k_threshold, n)},
             {"v_reset", everywhere(0.0, n)}}};
}

} // namespace

WrittenGraph stepped_attractor(const Matrix& coupling,
                               const DyadicCode& code,
                               double inverse_temperature) {
    const std::size_t n_neurons = code.n_neurons();
    WrittenGraph graph;
    graph.on_grid = true;
    graph.nodes["input"] = {"Input", {}, code.n_nodes + n_neurons};
    graph.nodes["field"] = field_of(code, inverse_temperature);
    graph.nodes["nodes.lif"] = memoryless(n_neurons);
    graph.nodes["states"] = states_of(code);
    graph.nodes["couplings"] = couplings_of(coupling, code, inverse_temperature);
    graph.nodes["output"] = {"Output", {}, code.n_nodes};
    graph.edges = {{"input", "field"},      {"field", "nodes.lif"},     {"nodes.lif", "states"},
                   {"states", "couplings"}, {"couplings", "nodes.lif"}, {"states", "output"}};
    graph.metadata[k_step_of_model] = {seconds(code.tau_ref_ms)};
    return graph;
}

} // namespace nir

ExportReport export_nir(const Model& model,
                        const experiments::Probe& probe,
                        const FolderOutput& output) {
    const experiments::SpikingConfig& spiking = model.config.spiking;
    const DyadicCode code{model.coupling.rows, spiking.neurons_per_node, spiking.tau_ref_ms};
    nir::write_graph(
        nir::stepped_attractor(model.coupling, code, model.config.evaluation.inverse_temperature),
        NirConvention::dt, output / nir::k_nir_file);
    write_probe(model.coupling, probe, output);
    return {{"couplings, gains, inverse temperature, evidence; decoding of states",
             fmt::format(
                 "chance, where the Input brings it: elements 0 .. {} are the nodes' evidence, {} "
                 ".. {} "
                 "numbers of the logistic distribution (ln(u / (1 - u)), u even in 0 .. 1), new in "
                 "each step",
                 code.n_nodes - 1, code.n_nodes, code.n_nodes + code.n_neurons() - 1)},
            {fmt::format("time: a step of the reader, {} ms to it, stands for tau_ref, {:g} ms; "
                         "all neurons fire "
                         "anew in each, and hear one step later what the others did",
                         nir::k_step_ms, code.tau_ref_ms)},
            {"learning; the seed's streams"}};
}

} // namespace spikewell::io
