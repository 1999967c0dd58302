#include "network/network.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unistd.h>

namespace spikewell {

namespace {

const std::string& name_of(const Population& population) {
    return std::visit([](const auto& p) -> const std::string& { return p.name; }, population);
}

void validate(const DyadicCode& code, const std::string& name) {
    if (code.n_nodes < 1) throw ParameterError(name, "n_nodes", 0.0, ">= 1");
    if (code.neurons_per_node < 1 || code.neurons_per_node > 20) {
        throw ParameterError(name, "neurons_per_node", code.neurons_per_node, "1 .. 20");
    }
    if (static_cast<double>(code.n_nodes) * code.neurons_per_node > 4e9) {
        throw ParameterError(name, "n_nodes", static_cast<double>(code.n_nodes), "<= 4e9 neurons");
    }
    if (!(code.tau_ref_ms > 0.0) || !std::isfinite(code.tau_ref_ms)) {
        throw ParameterError(name, "tau_ref_ms", code.tau_ref_ms, "> 0 and finite");
    }
}

void validate(const DyadicPopulation& population) {
    validate(population.neuron);
    if (!(population.inverse_temperature >= 0.0) ||
        !std::isfinite(population.inverse_temperature)) {
        throw ParameterError(population.name, "inverse_temperature", population.inverse_temperature,
                             ">= 0 and finite");
    }
}

void validate(const SpikeListSource& source) {
    for (const Spike& spike : source.spikes) {
        if (!(spike.t_ms >= 0.0) || !std::isfinite(spike.t_ms)) {
            throw ParameterError(source.name, "spike time", spike.t_ms, ">= 0 and finite");
        }
        if (spike.source >= source.layout.n_neurons()) {
            throw ParameterError(source.name, "spike source", spike.source,
                                 fmt::format("< {}", source.layout.n_neurons()));
        }
    }
}

void validate_coupling(const Projection& projection, const std::string& where) {
    for (std::size_t j = 0; j < projection.coupling.cols; ++j) {
        for (std::size_t i = 0; i < projection.coupling.rows; ++i) {
            if (!(std::abs(projection.coupling(i, j)) <= k_max_coupling)) {
                throw NetworkError(where,
                                   fmt::format("coupling ({}, {}) must be -1e6 .. 1e6, got {}", i,
                                               j, projection.coupling(i, j)));
            }
        }
        if (projection.pre == projection.post && projection.coupling(j, j) != 0.0) {
            throw NetworkError(where, fmt::format("self-coupling of node {} must be 0, got {}", j,
                                                  projection.coupling(j, j)));
        }
    }
}

void validate(const Network& network, std::size_t index) {
    const Projection& projection = network.projections[index];
    const std::string where = fmt::format("projection {}", index);
    const std::size_t n = network.populations.size();
    if (projection.pre.index >= n || projection.post.index >= n) {
        throw NetworkError(where, fmt::format("populations must be 0 .. {}", n - 1));
    }
    const DyadicCode pre = code_of(network.populations[projection.pre.index]);
    const DyadicCode post = code_of(network.populations[projection.post.index]);
    if (!std::holds_alternative<DyadicPopulation>(network.populations[projection.post.index])) {
        throw NetworkError(where, "a spike source cannot receive spikes");
    }
    if (projection.coupling.rows != post.n_nodes || projection.coupling.cols != pre.n_nodes) {
        throw NetworkError(where, fmt::format("couplings must be {} x {}, got {} x {}",
                                              post.n_nodes, pre.n_nodes, projection.coupling.rows,
                                              projection.coupling.cols));
    }
    if (!(projection.delay_ms >= 0.0) || !std::isfinite(projection.delay_ms)) {
        throw ParameterError(where, "delay_ms", projection.delay_ms, ">= 0 and finite");
    }
    if (projection.plasticity) {
        validate(*projection.plasticity);
        if (projection.delay_ms == 0.0) {
            throw ParameterError(where, "delay_ms", 0.0, "> 0 for a plastic projection");
        }
    }
    validate_coupling(projection, where);
}

} // namespace

DyadicCode code_of(const Population& population) {
    return std::visit([](const auto& p) { return p.code(); }, population);
}

void validate(const Network& network) {
    for (const Population& population : network.populations) {
        validate(code_of(population), name_of(population));
        std::visit([](const auto& p) { validate(p); }, population);
    }
    for (std::size_t p = 0; p < network.projections.size(); ++p)
        validate(network, p);
    for (const Projection& a : network.projections) {
        for (const Projection& b : network.projections) {
            if (a.post == b.post && a.plasticity && b.plasticity &&
                a.plasticity->prediction != b.plasticity->prediction) {
                throw NetworkError(
                    name_of(network.populations[a.post.index]),
                    "plastic projections onto one population must share `prediction`");
            }
        }
    }
    const auto plastic = [](const Projection& p) { return p.plasticity.has_value(); };
    const auto immediate = [](const Projection& p) { return p.delay_ms == 0.0; };
    if (std::any_of(network.projections.begin(), network.projections.end(), plastic) &&
        std::any_of(network.projections.begin(), network.projections.end(), immediate)) {
        throw NetworkError(
            "network", "a projection of delay 0 runs by the sequential queue, which cannot learn: "
                       "give it a delay > 0 or make all projections static");
    }
}

double memoryless_delay_ms(const EscapeNoiseLif& neuron) {
    const double lag_ms = neuron.tau_ref_ms * std::numbers::ln2;
    if (neuron.tau_m_ms > lag_ms) {
        throw ParameterError(
            "escape-noise LIF", "tau_m_ms", neuron.tau_m_ms,
            fmt::format("<= tau_ref_ms ln 2 = {:.4g} for the default delay", lag_ms));
    }
    return lag_ms - neuron.tau_m_ms;
}

double required_bytes(const Network& network) {
    double bytes = 0.0;
    for (const Population& population : network.populations) {
        const DyadicCode code = code_of(population);
        bytes += 2.0 * sizeof(EscapeNoiseState) * static_cast<double>(code.n_neurons());
    }
    for (const Projection& projection : network.projections) {
        bytes += sizeof(float) * static_cast<double>(projection.coupling.rows) *
                 static_cast<double>(projection.coupling.cols);
    }
    return bytes;
}

double attractor_network_bytes(double n_nodes, int neurons_per_node) {
    // At most eight matrices in double at a time (couplings of both forms, their parts, the projector) and the simulator's in float.
    return n_nodes * n_nodes * (8.0 * sizeof(double) + sizeof(float)) +
           2.0 * sizeof(EscapeNoiseState) * n_nodes * neurons_per_node;
}

void require_memory(double bytes, const std::string& what) {
    const double available =
        static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
    if (bytes > available) {
        throw NetworkError(
            what,
            fmt::format("needs {:.3g} bytes of memory, this machine has {:.3g}", bytes, available));
    }
}

} // namespace spikewell
