#include "experiments/compare.hpp"

#include "core/statistics.hpp"

#include <array>

namespace spikewell::experiments {

namespace {

constexpr std::size_t k_free_energy_points = 50;
constexpr std::size_t k_trace_images = 4;
constexpr std::size_t k_trace_steps = 20; // of tau_ref, an image
constexpr std::size_t k_inference_steps = 15;

Progress stage(const StageProgress& progress, const std::string& name) {
    if (!progress) return {};
    return [&progress, name](double fraction, double simulated_ms) {
        progress(name, fraction, simulated_ms);
    };
}

Regime train_and_evaluate(Backend backend,
                          const Config& config,
                          const Dataset& data,
                          const StageProgress& progress) {
    const std::string form = name_of(backend);
    return run_regime(backend, data, config, config.seed,
                      {k_free_energy_points, stage(progress, form + ": train"),
                       stage(progress, form + ": evaluate")});
}

SpikeTrace record_trace(const Matrix& coupling, const Dataset& data, const Config& config) {
    Form form = make_form(Backend::spiking, coupling, config, config.seed);
    auto& [simulator, code] = std::get<SpikingForm>(form);
    const double strength = config.evaluation.signal_strength * config.training.evidence;
    SpikeTrace trace;
    trace.bin_ms = code.tau_ref_ms;
    trace.image_ms = code.tau_ref_ms * static_cast<double>(k_trace_steps);
    trace.n_images = std::min(k_trace_images, data.train.cols);
    trace.states = Matrix(code.n_nodes, trace.n_images * k_trace_steps);
    simulator.set_learning({0}, false);
    simulator.set_inverse_temperature({0}, config.evaluation.inverse_temperature);
    SpikeRecorder spikes({0});
    for (std::size_t image = 0; image < trace.n_images; ++image) {
        StateRecorder states({0}, code, trace.bin_ms, k_trace_steps);
        const std::array<Recorder*, 2> recorders{&spikes, &states};
        simulator.set_evidence({0}, scaled(data.train.column(image), strength));
        simulator.run(trace.image_ms, recorders);
        std::copy(states.states().values.begin(), states.states().values.end(),
                  trace.states.column(image * k_trace_steps).begin());
    }
    trace.spikes = spikes.spikes();
    return trace;
}

/// What the rate form does under the same evidence.
Matrix rate_states(const Matrix& coupling,
                   const Dataset& data,
                   const Config& config,
                   std::size_t n_images) {
    Form form = make_form(Backend::rate, coupling, config, config.seed);
    const double strength = config.evaluation.signal_strength * config.training.evidence;
    Matrix all(data.train.rows, n_images * k_trace_steps);
    for (std::size_t image = 0; image < n_images; ++image) {
        const Matrix states = run(form, scaled(data.train.column(image), strength), k_trace_steps,
                                  {config.evaluation.inverse_temperature, false, Keep::mean});
        std::copy(states.values.begin(), states.values.end(),
                  all.column(image * k_trace_steps).begin());
    }
    return all;
}

} // namespace

Comparison compare(const Config& config, Dataset data, const StageProgress& progress) {
    Comparison result{config, std::move(data), {}, {}, {}, {}, {}, {}, 0.0};
    result.rate = train_and_evaluate(Backend::rate, config, result.data, progress);
    result.spiking = train_and_evaluate(Backend::spiking, config, result.data, progress);
    Form transferred = make_form(Backend::spiking, result.rate.coupling, config, config.seed);
    result.transfer = evaluate(transferred, result.data, config, config.seed,
                               stage(progress, "transfer: evaluate"));
    result.coupling_correlation =
        correlation(result.rate.coupling.values, result.spiking.coupling.values);
    result.trace = record_trace(result.spiking.coupling, result.data, config);
    result.trace.rate_states =
        rate_states(result.rate.coupling, result.data, config, result.trace.n_images);
    const double strength = config.evaluation.signal_strength * config.training.evidence;
    result.rate_inference = free_energy_of_inference(result.rate.coupling, result.data.train,
                                                     strength, k_inference_steps);
    result.spiking_inference = free_energy_of_inference(result.spiking.coupling, result.data.train,
                                                        strength, k_inference_steps);
    return result;
}

} // namespace spikewell::experiments
