#include "experiments/complexity.hpp"

#include "neuron_models/escape_noise_lif.hpp"

#include <numeric>

namespace spikewell::experiments {

namespace {

std::uint64_t footprint_of(const Form& form, const DyadicCode& code) {
    const std::uint64_t n = code.n_nodes;
    const auto* rates = std::get_if<RateForm>(&form);
    if (rates == nullptr) // a Simulator's couplings
        return n * n * sizeof(float) + code.n_neurons() * sizeof(EscapeNoiseState);
    const bool is_large = std::holds_alternative<rate::LargeNetwork>(rates->network);
    return n * n * (is_large ? sizeof(float) : sizeof(double)) +
           n * (sizeof(double) + sizeof(RandomStream));
}

} // namespace

ComplexityMeter::ComplexityMeter(const Form& form) {
    const Matrix coupling = coupling_of(form);
    if (const auto* spiking = std::get_if<SpikingForm>(&form)) {
        spiking_ = true;
        code_ = spiking->code;
    } else {
        code_ = {coupling.cols, 1, 0.0}; // an activation a node
    }
    fan_out_.assign(code_.n_nodes, 0);
    for (std::size_t from = 0; from < coupling.cols; ++from) {
        for (const double J : coupling.column(from))
            fan_out_[from] += J != 0.0 ? 1 : 0;
    }
    n_couplings_ = std::accumulate(fan_out_.begin(), fan_out_.end(), std::uint64_t{0});
    footprint_bytes_ = footprint_of(form, code_);
}

void ComplexityMeter::on_spikes(PopulationId /*population*/,
                                SpikeKind kind,
                                std::span<const Spike> spikes) {
    if (kind != SpikeKind::somatic) return;
    active_ += spikes.size();
    for (const Spike& spike : spikes)
        operations_ += fan_out_[code_.node_of(spike.source)];
}

void ComplexityMeter::add_steps(const Matrix& states) {
    steps_ += states.cols;
    if (spiking_) return;
    for (std::size_t step = 0; step < states.cols; ++step) {
        for (std::size_t node = 0; node < states.rows; ++node) {
            if (states(node, step) == 0.0) continue;
            ++active_;
            operations_ += fan_out_[node];
        }
    }
}

Complexity ComplexityMeter::complexity() const {
    const auto n_nodes = static_cast<double>(code_.n_nodes);
    const auto n_activations = static_cast<double>(code_.n_neurons());
    const auto n_steps = static_cast<double>(steps_);
    Complexity found;
    found.footprint_bytes = footprint_bytes_;
    found.connection_sparsity = 1.0 - static_cast<double>(n_couplings_) / (n_nodes * n_nodes);
    if (steps_ == 0) return found;
    found.activation_sparsity = 1.0 - static_cast<double>(active_) / (n_activations * n_steps);
    found.dense_operations = n_activations * n_nodes;
    const double effective = static_cast<double>(operations_) / n_steps;
    (spiking_ ? found.effective_ACs : found.effective_MACs) = effective;
    return found;
}

} // namespace spikewell::experiments
