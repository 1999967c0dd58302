#include "adex_states/adex_states.hpp"

#include "core/statistics.hpp"
#include "experiments/runs.hpp"
#include "network/engine/simulator.hpp"

#include <algorithm>
#include <memory>

namespace spikewell::examples {

namespace {

// One neuron.

Pattern pattern(const char* name,
                double C_m_pF,
                double g_L_nS,
                double E_L_mV,
                AdEx adaptation, // a, tau_w, b, and the reset
                double step_pA) {
    AdEx neuron = adaptation;
    neuron.C_m_pF = C_m_pF;
    neuron.g_L_nS = g_L_nS;
    neuron.E_L_mV = E_L_mV;
    neuron.V_T_mV = -50.0;
    neuron.Delta_T_mV = 2.0;
    neuron.V_peak_mV = 0.0;
    return {name, neuron, step_pA};
}

/// Keeps the spikes and the potential of a population of one.
class CellRecorder final : public Recorder {
  public:
    explicit CellRecorder(PopulationId population) : population_(population) {}

    void on_spikes(PopulationId population, SpikeKind, std::span<const Spike> spikes) override {
        if (population != population_) return;
        for (const Spike& spike : spikes)
            spikes_ms_.push_back(spike.t_ms);
    }
    [[nodiscard]] std::vector<SampleRequest> samples() const override {
        return {{population_, {0}, k_sampled_ms}};
    }
    void on_samples(std::size_t, std::span<const double>, std::span<const double> values) override {
        V_mV_.insert(V_mV_.end(), values.begin(), values.end());
    }

    [[nodiscard]] Answer answer() const {
        Answer answer{{}, {}, V_mV_};
        for (const double t_ms : spikes_ms_) {
            if (!answer.spikes_ms.empty())
                answer.intervals_ms.push_back(t_ms - k_step.from_ms - answer.spikes_ms.back());
            answer.spikes_ms.push_back(t_ms - k_step.from_ms);
        }
        return answer;
    }

  private:
    PopulationId population_;
    std::vector<double> spikes_ms_;
    std::vector<double> V_mV_;
};

// A network.

constexpr double k_inputs = 2000.0 * 0.02; // of a neuron: 32 excitatory, 8 inhibitory
constexpr double k_excitation_nS = 6.0;
constexpr double k_inhibition_nS = 67.0;
constexpr Span k_kick{0.0, 50.0}; // what wakes the network
constexpr double k_kick_Hz = 400.0;
constexpr double k_noise_Hz = 10.0; // of each neuron's own, for ever
constexpr double k_settling_ms = 1000.0;

NeuronPopulation cells(const std::string& name, std::uint32_t size, double b_pA) {
    AdEx neuron;
    neuron.C_m_pF = 200.0;
    neuron.g_L_nS = 10.0;
    neuron.E_L_mV = -60.0;
    neuron.V_T_mV = -50.0;
    neuron.Delta_T_mV = 2.5;
    neuron.a_nS = 1.0;
    neuron.tau_w_ms = 600.0;
    neuron.b_pA = b_pA;
    neuron.V_peak_mV = -30.0;
    neuron.V_reset_mV = -60.0;
    neuron.t_ref_ms = 2.5;
    neuron.tolerance = 1e-4; // a network this irregular forgets smaller errors at once
    NeuronPopulation population;
    population.name = name;
    population.size = size;
    population.neuron = neuron;
    population.V_init_mV = Uniform{-61.0, -51.0};
    population.inputs = {
        {PoissonRate::constant(k_noise_Hz), k_excitation_nS, 0, {}},
        {{{k_kick.from_ms, k_kick.to_ms}, {k_kick_Hz, 0.0}}, k_excitation_nS, 0, {}}};
    return population;
}

SynapseRule synapses(std::uint32_t neurons, double weight_nS) {
    SynapseRule rule;
    rule.connector = FixedProbability{k_inputs / neurons};
    rule.weight = Constant{weight_nS};
    rule.delay_ms = Constant{1.5};
    rule.self_connections = false;
    return rule;
}

/// Excitatory spikes, from settling on at 0.
std::vector<Spike> spikes_of(const Options& options, double b_pA, std::uint64_t seed) {
    const std::uint32_t n_e = options.neurons / 5 * 4;
    Network net;
    net.seed = seed;
    const Neurons e = net.add(cells("E", n_e, b_pA));
    const Neurons i = net.add(cells("I", options.neurons - n_e, 0.0));
    for (const Neurons& post : {e, i}) {
        net.connect(e, post, synapses(options.neurons, k_excitation_nS));
        net.connect(i, post, synapses(options.neurons, -k_inhibition_nS));
    }
    Simulator simulator(net);
    simulator.run(k_settling_ms);
    SpikeRecorder recorder(e);
    simulator.run(options.measured_ms, {&recorder});
    std::vector<Spike> spikes = recorder.spikes();
    for (Spike& spike : spikes)
        spike.t_ms -= k_settling_ms;
    return spikes;
}

double ups_per_s(const std::vector<double>& rate_Hz) {
    double n = 0.0;
    bool down = false;
    for (const double rate : rate_Hz) {
        if (rate < 1.0) down = true;
        if (down && rate > 5.0) {
            down = false;
            n += 1.0;
        }
    }
    return n * 1000.0 / (static_cast<double>(rate_Hz.size()) * k_rate_bin_ms);
}

State state_of(const Options& options, double b_pA, std::uint64_t seed) {
    const Cells excitatory{0, options.neurons / 5 * 4};
    const Span measured{0.0, options.measured_ms};
    State s;
    s.spikes = spikes_of(options, b_pA, seed);
    s.activity = activity_of(s.spikes, excitatory, measured);
    s.rate_Hz = rate_over_time_Hz(s.spikes, excitatory, measured, k_rate_bin_ms);
    s.down_share = static_cast<double>(std::count_if(s.rate_Hz.begin(), s.rate_Hz.end(),
                                                     [](double rate) { return rate < 1.0; })) /
                   static_cast<double>(s.rate_Hz.size());
    s.ups_per_s = ups_per_s(s.rate_Hz);
    s.modulation = standard_deviation(s.rate_Hz) / mean(s.rate_Hz);
    if (seed != 1) s.spikes.clear();
    return s;
}

} // namespace

std::vector<Pattern> patterns() {
    const auto adaptation = [](double a_nS, double tau_w_ms, double b_pA, double V_reset_mV) {
        AdEx neuron;
        neuron.a_nS = a_nS;
        neuron.tau_w_ms = tau_w_ms;
        neuron.b_pA = b_pA;
        neuron.V_reset_mV = V_reset_mV;
        return neuron;
    };
    return {
        pattern("tonic", 200, 10, -70, adaptation(2, 30, 0, -58), 500),
        pattern("adapting", 200, 12, -70, adaptation(2, 300, 60, -58), 500),
        pattern("initial burst", 130, 18, -58, adaptation(4, 150, 120, -50), 400),
        pattern("regular bursting", 200, 10, -58, adaptation(2, 120, 100, -46), 210),
        pattern("delayed accelerating", 200, 12, -70, adaptation(-10, 300, 0, -58), 300),
        pattern("delayed regular bursting", 100, 10, -65, adaptation(-10, 90, 30, -47), 110),
        pattern("transient", 100, 10, -65, adaptation(10, 90, 100, -47), 180),
        pattern("irregular", 100, 12, -60, adaptation(-11, 130, 30, -48), 170), // published: 160
    };
}

std::vector<Answer> answers() {
    Network net;
    std::vector<std::unique_ptr<CellRecorder>> recorders;
    std::vector<Recorder*> all;
    for (const Pattern& one : patterns()) {
        NeuronPopulation cell;
        cell.name = fmt::format("cell_{}", all.size());
        cell.neuron = one.neuron;
        cell.V_init_mV = Constant{one.neuron.E_L_mV};
        cell.currents = {{StepCurrent{one.step_pA, k_step.from_ms, k_step.to_ms}, 0, {}}};
        recorders.push_back(std::make_unique<CellRecorder>(net.add(cell)));
        all.push_back(recorders.back().get());
    }
    Simulator simulator(net);
    simulator.run(k_step.to_ms, all);
    std::vector<Answer> answers;
    answers.reserve(recorders.size());
    for (const auto& recorder : recorders)
        answers.push_back(recorder->answer());
    return answers;
}

std::size_t n_different(const std::vector<double>& intervals_ms) {
    std::vector<double> later(intervals_ms.begin() +
                                  static_cast<std::ptrdiff_t>(intervals_ms.size() / 2),
                              intervals_ms.end());
    std::sort(later.begin(), later.end());
    std::size_t n = 0;
    for (double last = -1.0; const double interval : later) {
        if (interval < last + 0.1) continue;
        last = interval;
        ++n;
    }
    return n;
}

std::vector<Outcome> measure_all(const Options& options) {
    std::vector<Outcome> all(options.seeds);
    experiments::run_all(options.seeds * k_b_pA.size(), options.threads, experiments::Progress{},
                         [&](std::size_t k) {
                             const std::size_t b = k % k_b_pA.size();
                             const std::size_t s = k / k_b_pA.size();
                             all[s][b] = state_of(options, options.adaptation * k_b_pA[b], 1 + s);
                         });
    return all;
}

} // namespace spikewell::examples
