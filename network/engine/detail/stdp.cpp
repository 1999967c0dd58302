#include "network/engine/detail/stdp.hpp"

#include "network/engine/detail/clones.hpp"

namespace spikewell::detail {

namespace {

SPIKEWELL_CLONES
void gather16(
    const double* trace, const std::uint16_t* source, std::size_t n, double decay, float* out) {
    for (std::size_t k = 0; k < n; ++k)
        out[k] = static_cast<float>(trace[source[k]] * decay);
}

SPIKEWELL_CLONES
void gather32(
    const double* trace, const std::uint32_t* source, std::size_t n, double decay, float* out) {
    for (std::size_t k = 0; k < n; ++k)
        out[k] = static_cast<float>(trace[source[k]] * decay);
}

SPIKEWELL_CLONES
void copy_decayed(const double* trace, std::size_t n, double decay, float* out) {
    for (std::size_t k = 0; k < n; ++k)
        out[k] = static_cast<float>(trace[k] * decay);
}

SPIKEWELL_CLONES
void potentiate(const PairStdp& pair, std::size_t n, const float* traces, float* weights) {
    const PairStdp rule = pair; // known not to change with the weights
    if (rule.dependence == WeightDependence::multiplicative) {
        for (std::size_t k = 0; k < n; ++k) {
            const float w = weights[k];
            const float step = static_cast<float>(rule.lambda) * traces[k];
            const float next = w + step * (static_cast<float>(rule.w_max_mV) - w);
            weights[k] = std::min(next, static_cast<float>(rule.w_max_mV));
        }
    } else {
        for (std::size_t k = 0; k < n; ++k) {
            const float step = static_cast<float>(rule.lambda) * traces[k];
            const float next = weights[k] + step * static_cast<float>(rule.w_max_mV);
            weights[k] = std::min(next, static_cast<float>(rule.w_max_mV));
        }
    }
}

} // namespace

void read_traces(
    const PlasticRows& rows, std::size_t begin, std::size_t n, double decay, float* traces) {
    if (!rows.source16.empty()) {
        gather16(rows.trace.data(), rows.source16.data() + begin, n, decay, traces);
    } else if (!rows.source.empty()) {
        gather32(rows.trace.data(), rows.source.data() + begin, n, decay, traces);
    } else {
        copy_decayed(rows.trace.data(), n, decay, traces);
    }
}

void on_post_spike(const PairStdp& rule, std::size_t n, const float* traces, float* weights) {
    potentiate(rule, n, traces, weights);
}

void on_post_spike(const InhibitoryStdp& rule, std::size_t n, const float* traces, float* weights) {
    for (std::size_t k = 0; k < n; ++k)
        weights[k] = spikewell::on_post_spike(rule, weights[k], traces[k]);
}

} // namespace spikewell::detail
