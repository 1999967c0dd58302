#include "core/build_info.hpp"
#include "core/error.hpp"
#include "embedded/pynn_attractor_network.hpp"
#include "io/probe_files.hpp"
#include "io/pynn/pynn.hpp"
#include "io/pynn/script_template.hpp"

#include <fmt/format.h>

namespace spikewell::io {

namespace {

constexpr double k_rest_mV = -50.0; // the threshold, from which the script counts

/// The delay with which the mean lag from a spike to its effect on the potential is the network's,
/// whose pulses are even.
double delay_ms(const experiments::SpikingConfig& spiking, const experiments::LifSampler& sampler) {
    const double own_ms = spiking.delay_ms
                              ? *spiking.delay_ms
                              : memoryless_delay_ms({spiking.tau_ref_ms, spiking.tau_m_ms});
    const double lag_ms = own_ms + spiking.tau_m_ms + 0.5 * spiking.tau_ref_ms;
    const double least_ms = sampler.signal().mean_lag_ms() + sampler.neuron.tau_m_ms;
    const double result = lag_ms - least_ms;
    if (!(result > 0.0))
        throw NetworkError("delay",
                           fmt::format("mean lag of {:.4g} ms must be > {:.4g} ms, that of "
                                       "the sampler's pulses and membrane",
                                       lag_ms, least_ms));
    return result;
}

} // namespace

ExportReport export_pynn(const Model& model,
                         const std::string& source,
                         const experiments::LifSampler& sampler,
                         const experiments::Probe& probe,
                         const FolderOutput& output) {
    const experiments::SpikingConfig& spiking = model.config.spiking;
    const double step_ms = spiking.tau_ref_ms;
    const double delay = delay_ms(spiking, sampler);
    output.write(
        "attractor_network.py",
        filled(
            std::string(embedded::pynn_attractor_network()),
            {{"source", printable(source)},
             {"version", build_info_text()},
             {"neurons_per_node", fmt::format("{}", spiking.neurons_per_node)},
             {"inverse_temperature",
              fmt::format("{}", model.config.evaluation.inverse_temperature)},
             {"tau_ref_ms", fmt::format("{}", step_ms)},
             {"delay_ms", fmt::format("{:.6g}", delay)},
             {"seed", fmt::format("{}", model.config.seed)},
             {"noise_rate_Hz", fmt::format("{}", sampler.noise_rate_Hz)},
             {"noise_weight_mV", fmt::format("{}", sampler.noise_weight_mV)},
             {"noise_pulse_ms", fmt::format("{:.6g}", sampler.noise_pulse_ms)},
             {"tau_syn_ms", fmt::format("{:.6g}", sampler.neuron.tau_syn_exc_ms)},
             {"offset_mV", fmt::format("{:.6g}", sampler.offset_mV)},
             {"slope_mV", fmt::format("{:.6g}", sampler.slope_mV)},
             {"rms_deviation", fmt::format("{:.2g}", sampler.rms_deviation)},
             {"largest_deviation", fmt::format("{:.2g}", sampler.largest_deviation)},
             {"tau_m_ms", fmt::format("{}", sampler.neuron.tau_m_ms)},
             {"v_reset_mV", fmt::format("{}", k_rest_mV + sampler.neuron.V_reset_mV)},
             {"settle_ms",
              fmt::format("{}", step_ms * static_cast<double>(probe.plan.settle_steps))},
             {"trial_ms", fmt::format("{}", step_ms * static_cast<double>(probe.plan.copy_steps))},
             {"n_clean", fmt::format("{}", probe.n_clean)}}));
    write_probe(model.coupling, probe, output);
    return {
        {"couplings, gains, inverse temperature, evidence; decoding of states"},
        {fmt::format("escape noise: LIF sampling, probabilities within {:.2g} (rms {:.2g})",
                     sampler.largest_deviation, sampler.rms_deviation),
         fmt::format("pulses of {} ms: currents that fall to {:.2g} of their height meanwhile, of "
                     "the same area and mean lag (delay {:.3g} ms)",
                     step_ms, sampler.signal().left_over(), delay),
         "time: rounded to the back end's step"},
        {"learning; the seed's streams: other random numbers"}};
}

} // namespace spikewell::io
