#include "experiments/form.hpp"

#include "core/archive.hpp"
#include "core/error.hpp"
#include "neuron_models/langevin.hpp"

#include <algorithm>
#include <numeric>

namespace spikewell::experiments {

namespace {

constexpr PopulationId k_population{0};
constexpr ProjectionId k_projection{0};

void step_of(rate::AttractorNetwork& network,
             std::span<const double> evidence,
             const rate::StepOptions& options) {
    rate::stochastic_step(network, evidence, options);
}
void step_of(rate::LargeNetwork& network,
             std::span<const double> evidence,
             const rate::StepOptions& options) {
    network.step(evidence, options);
}
const std::vector<double>& state_of(const rate::AttractorNetwork& network) {
    return network.state;
}
const std::vector<double>& state_of(const rate::LargeNetwork& network) {
    return network.state();
}
void set_state_of(rate::AttractorNetwork& network, std::span<const double> state) {
    network.state.assign(state.begin(), state.end());
}
void set_state_of(rate::LargeNetwork& network, std::span<const double> state) {
    network.set_state(state);
}
Matrix coupling_of(const rate::AttractorNetwork& network) {
    return network.coupling;
}
Matrix coupling_of(const rate::LargeNetwork& network) {
    return network.coupling();
}

Matrix run_form(RateForm& form,
                std::span<const double> evidence,
                std::size_t steps,
                const RunOptions& options) {
    const rate::StepOptions step{options.inverse_temperature,
                                 options.learn ? form.learning_rate : 0.0, form.pairing};
    Matrix states(evidence.size(), options.keep == Keep::nothing ? 0 : steps);
    for (std::size_t s = 0; s < steps; ++s) {
        std::visit([&](auto& network) { step_of(network, evidence, step); }, form.network);
        if (options.keep == Keep::nothing) continue;
        const std::vector<double>& state = std::visit(
            [](const auto& network) -> const auto& { return state_of(network); }, form.network);
        std::copy(state.begin(), state.end(), states.column(s).begin());
    }
    return states;
}

Matrix run_and_sample(SpikingForm& form, std::size_t steps) {
    Matrix states(form.code.n_nodes, steps);
    for (std::size_t s = 0; s < steps; ++s) {
        form.simulator.run(form.code.tau_ref_ms);
        const std::vector<double> state = form.simulator.state(k_population);
        std::copy(state.begin(), state.end(), states.column(s).begin());
    }
    return states;
}

Matrix run_form(SpikingForm& form,
                std::span<const double> evidence,
                std::size_t steps,
                const RunOptions& options) {
    form.simulator.set_evidence(k_population, evidence);
    form.simulator.set_inverse_temperature(k_population, options.inverse_temperature);
    form.simulator.set_learning(k_projection, options.learn);
    const double duration_ms = form.code.tau_ref_ms * static_cast<double>(steps);
    if (options.keep == Keep::nothing) {
        form.simulator.run(duration_ms, options.recorders);
        return {};
    }
    if (options.keep == Keep::sample) return run_and_sample(form, steps);
    StateRecorder recorder(k_population, form.code, form.code.tau_ref_ms, steps);
    std::vector<Recorder*> recorders(options.recorders.begin(), options.recorders.end());
    recorders.push_back(&recorder);
    form.simulator.run(duration_ms, recorders);
    return recorder.states();
}

void set_state_of(RateForm& form, std::span<const double> state) {
    std::visit([&](auto& network) { set_state_of(network, state); }, form.network);
}

void set_state_of(SpikingForm& form, std::span<const double> state) {
    std::vector<double> means(state.begin(), state.end());
    for (double& mean : means)
        mean = std::clamp(mean, -1.0, 1.0);
    form.simulator.set_state(k_population, means);
}

void begin_presentation_of(RateForm& form, std::span<const double> evidence, double) {
    set_state_of(form, std::vector<double>(evidence.size(), 0.0));
}

void begin_presentation_of(SpikingForm& form,
                           std::span<const double> evidence,
                           double inverse_temperature) {
    std::vector<double> means(evidence.size());
    std::transform(evidence.begin(), evidence.end(), means.begin(), [&](double b) {
        return dyadic_langevin(inverse_temperature * b, form.code.neurons_per_node);
    });
    form.simulator.set_state(k_population, means);
}

/// From couplings, or from a number of nodes without any.
template <class From>
RateNetwork rate_network(std::size_t n_nodes, const From& from, std::uint64_t seed, int n_threads) {
    if (n_nodes >= k_large_network) return rate::LargeNetwork(from, seed, n_threads);
    return rate::make_network(from, seed);
}

RateForm rate_form(RateNetwork network,
                   std::size_t n_nodes,
                   const Config& config,
                   const FormOptions& options) {
    const double steps = options.pairing_delay_steps;
    if (steps != 0.0 && steps != 1.0)
        throw ParameterError("rate form", "pairing_delay_steps", steps, "0 or 1");
    return {
        std::move(network),
        spikewell::learning_rate_of(config.training.learning_rate, static_cast<double>(n_nodes)),
        steps == 0.0 ? rate::Pairing::renewed : rate::Pairing::preceding};
}

} // namespace

const char* name_of(Backend backend) {
    return backend == Backend::rate ? "rate" : "spiking";
}

Network network_of(const Matrix& coupling,
                   const Config& config,
                   std::uint64_t seed,
                   double pairing_delay_steps) {
    const SpikingConfig& spiking = config.spiking;
    DyadicPopulation population;
    population.n_nodes = coupling.rows;
    population.neurons_per_node = spiking.neurons_per_node;
    population.neuron = {spiking.tau_ref_ms, spiking.tau_m_ms};
    FactorisedProjection projection;
    projection.coupling = coupling;
    projection.delay_ms =
        spiking.delay_ms ? *spiking.delay_ms : memoryless_delay_ms(population.neuron);
    projection.plasticity = PredictiveHebbian{config.training.learning_rate, spiking.prediction,
                                              pairing_delay_steps * spiking.tau_ref_ms};
    // Moved, not listed in braces, which would copy the couplings.
    Network network;
    network.populations.emplace_back(std::move(population));
    network.projections.emplace_back(std::move(projection));
    network.seed = seed;
    return network;
}

Form make_form(Backend backend,
               const Matrix& coupling,
               const Config& config,
               std::uint64_t seed,
               const FormOptions& options) {
    if (backend == Backend::rate)
        return rate_form(rate_network(coupling.rows, coupling, seed, options.n_threads),
                         coupling.rows, config, options);
    Network network = network_of(coupling, config, seed, options.pairing_delay_steps);
    const DyadicCode code = code_of(network.populations.front());
    return SpikingForm{Simulator(std::move(network), options.n_threads), code};
}

Form untrained_form(Backend backend,
                    std::size_t n_nodes,
                    const Config& config,
                    std::uint64_t seed,
                    const FormOptions& options) {
    if (backend == Backend::rate)
        return rate_form(rate_network(n_nodes, n_nodes, seed, options.n_threads), n_nodes, config,
                         options);
    return make_form(backend, Matrix(n_nodes, n_nodes), config, seed, options);
}

Matrix run(Form& form,
           std::span<const double> evidence,
           std::size_t steps,
           const RunOptions& options) {
    return std::visit([&](auto& f) { return run_form(f, evidence, steps, options); }, form);
}

void set_state(Form& form, std::span<const double> state) {
    std::visit([&](auto& f) { set_state_of(f, state); }, form);
}

void begin_presentation(Form& form, std::span<const double> evidence, double inverse_temperature) {
    std::visit([&](auto& f) { begin_presentation_of(f, evidence, inverse_temperature); }, form);
}

Matrix coupling_of(const Form& form) {
    if (const auto* rate_form = std::get_if<RateForm>(&form))
        return std::visit([](const auto& network) { return coupling_of(network); },
                          rate_form->network);
    return std::get<SpikingForm>(form).simulator.coupling(k_projection);
}

std::string save_form(Form& form) {
    if (auto* spiking = std::get_if<SpikingForm>(&form)) return spiking->simulator.save();
    ArchiveWriter writer;
    std::visit([&](auto& network) { writer(network); }, std::get<RateForm>(form).network);
    return writer.take();
}

void load_form(Form& form, std::string_view saved) {
    if (auto* spiking = std::get_if<SpikingForm>(&form)) return spiking->simulator.load(saved);
    ArchiveReader reader(saved);
    std::visit([&](auto& network) { reader(network); }, std::get<RateForm>(form).network);
    reader.require_end();
}

std::vector<double> mean_state(const Matrix& states) {
    std::vector<double> mean(states.rows, 0.0);
    for (std::size_t s = 0; s < states.cols; ++s) {
        for (std::size_t i = 0; i < states.rows; ++i)
            mean[i] += states(i, s);
    }
    for (double& m : mean)
        m /= static_cast<double>(states.cols);
    return mean;
}

std::vector<double> scaled(std::span<const double> x, double factor) {
    std::vector<double> result(x.begin(), x.end());
    for (double& value : result)
        value *= factor;
    return result;
}

} // namespace spikewell::experiments
