#include "inhibitory_plasticity/inhibitory_plasticity.hpp"

#include "core/statistics.hpp"
#include "experiments/runs.hpp"
#include "network/engine/simulator.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::examples {

namespace {

constexpr double k_neurons = 10000.0;  // the paper's, with its
constexpr double k_probability = 0.02; // of a synapse
constexpr double k_excitation_nS = 3.0;
constexpr double k_inhibition_nS = 30.0; // between inhibitory neurons
constexpr double k_first_nS = 1.0;       // inhibition before it learns
constexpr double k_most_nS = 300.0;
constexpr double k_delay_ms = 0.8;
constexpr double k_settling_ms = 500.0; // of a run, from potentials that are drawn

/// What a run begins with and how.
struct Plan {
    std::vector<Synapse> inhibition; ///< onto excitatory neurons; none: all k_first_nS
    double eta_nS = 0.0;             ///< step of learning; 0: none
    double strengthening = 1.0;      ///< of the excitation within the assembly
    Span cue = {};                   ///< when some of it are excited
};

NeuronPopulation cells(const std::string& name, std::uint32_t size) {
    NeuronPopulation population;
    population.name = name;
    population.size = size;
    LifCondExp neuron; // the paper's values are the card's
    neuron.drive_pA = 200.0;
    population.neuron = neuron;
    population.V_init_mV = Uniform{-60.0, -50.0};
    return population;
}

SynapseRule synapses(const Parts& parts, double weight_nS) {
    SynapseRule rule;
    rule.connector = FixedProbability{parts.probability};
    rule.weight = Constant{weight_nS};
    rule.delay_ms = Constant{k_delay_ms};
    rule.self_connections = false;
    return rule;
}

SynapseRule inhibition(const Parts& parts, const Plan& plan) {
    SynapseRule rule = synapses(parts, -k_first_nS);
    if (!plan.inhibition.empty()) rule.connector = SynapseList{plan.inhibition};
    if (plan.eta_nS > 0.0)
        rule.plasticity = InhibitoryStdp{20.0, plan.eta_nS, k_target_Hz, k_most_nS};
    return rule;
}

struct Built {
    Network network;
    Neurons excitatory;
    Neurons inhibitory;
    ProjectionId inhibition;
};

/// The same synapses for the same seed, whatever the plan: draws know a projection by its place.
Built build(const Parts& parts, const Plan& plan, std::uint64_t seed) {
    Network net;
    net.seed = seed;
    NeuronPopulation E = cells("E", parts.all.count);
    if (plan.cue.to_ms > 0.0)
        E.inputs = {{{{plan.cue.from_ms, plan.cue.to_ms}, {k_cue_Hz, 0.0}},
                     k_cue_nS,
                     parts.cued.first,
                     parts.cued.count}};
    const Neurons e = net.add(E);
    const Neurons i = net.add(cells("I", parts.inhibitory.count));
    const Neurons assembly = e.slice(parts.assembly.first, parts.assembly.count);
    const Neurons others = e.slice(parts.others.first, parts.others.count);
    const SynapseRule excitation = synapses(parts, k_excitation_nS);
    net.connect(assembly, assembly, synapses(parts, plan.strengthening * k_excitation_nS));
    net.connect(assembly, others, excitation);
    net.connect(others, e, excitation);
    net.connect(e, i, excitation);
    net.connect(i, i, synapses(parts, -k_inhibition_nS));
    const ProjectionId learnt = net.connect(i, e, inhibition(parts, plan));
    return {net, e, i, learnt};
}

/// What a run leaves behind.
struct Ran {
    std::vector<Spike> excitatory;
    std::vector<Spike> inhibitory;
    std::vector<Synapse> inhibition;
};

Ran run(const Parts& parts, const Plan& plan, double duration_ms, std::uint64_t seed) {
    const Built built = build(parts, plan, seed);
    Simulator simulator(built.network);
    SpikeRecorder e(built.excitatory);
    SpikeRecorder i(built.inhibitory);
    simulator.run(duration_ms, {&e, &i});
    return {e.spikes(), i.spikes(), simulator.synapses(built.inhibition)};
}

double mean_size_nS(const std::vector<Synapse>& synapses, const Cells& onto) {
    std::vector<double> sizes;
    for (const Synapse& synapse : synapses) {
        if (onto.has(synapse.post)) sizes.push_back(-static_cast<double>(synapse.weight));
    }
    return mean(sizes);
}

/// Each weight their mean.
std::vector<Synapse> evened(std::vector<Synapse> synapses, const Cells& onto) {
    const auto weight_nS = static_cast<float>(-mean_size_nS(synapses, onto));
    for (Synapse& synapse : synapses)
        synapse.weight = weight_nS;
    return synapses;
}

double rate_Hz(const std::vector<Spike>& spikes, const Cells& cells, const Span& span) {
    return mean(rates_Hz(spikes, cells, span));
}

/// What is measured of one seed, stage by stage; weights change in learning only.
struct Measuring {
    const Options& options;
    const Parts parts;
    const std::uint64_t seed;
    const Span measured{k_settling_ms, k_settling_ms + options.measured_ms};

    [[nodiscard]] Ran settled(const Plan& plan) const {
        return run(parts, plan, measured.to_ms, seed);
    }

    void before(Outcome& o) const {
        const Span brief{50.0, 150.0}; // of so many spikes
        Ran ran = run(parts, {}, brief.to_ms, seed);
        o.before = activity_of(ran.excitatory, parts.all, brief);
        o.shown.before = {std::move(ran.excitatory), brief};
    }

    /// Inhibition as it is learnt.
    [[nodiscard]] std::vector<Synapse> learn(Outcome& o) const {
        Ran ran = run(parts, {{}, options.eta_nS}, options.learning_ms, seed);
        o.weight_nS = mean_size_nS(ran.inhibition, parts.all);
        o.shown.learning = {std::move(ran.excitatory), {0.0, options.learning_ms}};
        return ran.inhibition;
    }

    void after(Outcome& o, const std::vector<Synapse>& learnt) const {
        Ran ran = settled({learnt});
        o.after = activity_of(ran.excitatory, parts.all, measured);
        o.inhibitory_after = activity_of(ran.inhibitory, parts.inhibitory, measured);
        o.shown.rates_Hz = rates_Hz(ran.excitatory, parts.all, measured);
        o.shown.after = {std::move(ran.excitatory), measured};
        const Ran even = settled({evened(learnt, parts.all)});
        o.even = activity_of(even.excitatory, parts.all, measured);
        o.shown.rates_even_Hz = rates_Hz(even.excitatory, parts.all, measured);
    }

    [[nodiscard]] Levels levels(const std::vector<Spike>& spikes, const Span& span) const {
        return {rate_Hz(spikes, parts.assembly, span), rate_Hz(spikes, parts.cued, span),
                rate_Hz(spikes, parts.uncued, span), rate_Hz(spikes, parts.others, span)};
    }

    /// Inhibitory weights onto the assembly over those onto others.
    [[nodiscard]] double onto_assembly(const std::vector<Synapse>& inhibition) const {
        return mean_size_nS(inhibition, parts.assembly) / mean_size_nS(inhibition, parts.others);
    }

    /// The assembly's excitation strengthened, inhibition as it was, then having learnt.
    [[nodiscard]] std::vector<Synapse> strengthen(Outcome& o,
                                                  const std::vector<Synapse>& learnt) const {
        o.strengthened = levels(settled({learnt, 0.0, k_strengthening}).excitatory, measured);
        Ran ran = run(parts, {learnt, options.eta_nS, k_strengthening}, options.learning_ms, seed);
        o.balanced = levels(settled({ran.inhibition, 0.0, k_strengthening}).excitatory, measured);
        o.assembly_inhibition_before = onto_assembly(learnt);
        o.assembly_inhibition = onto_assembly(ran.inhibition);
        o.shown.balancing = {std::move(ran.excitatory), {0.0, options.learning_ms}};
        return ran.inhibition;
    }

    [[nodiscard]] Recall recall(Plan plan, Phase* shown) const {
        plan.cue = {measured.to_ms, measured.to_ms + k_cued_ms};
        Ran ran = run(parts, plan, plan.cue.to_ms + k_cued_ms, seed);
        const Recall recall{levels(ran.excitatory, measured), levels(ran.excitatory, plan.cue)};
        if (shown != nullptr)
            *shown = {std::move(ran.excitatory),
                      {measured.to_ms - k_cued_ms, measured.to_ms + 2.0 * k_cued_ms}};
        return recall;
    }
};

Outcome measure(const Options& options, std::uint64_t seed) {
    const Measuring measuring{options, parts_of(options.neurons), seed};
    Outcome o;
    measuring.before(o);
    const std::vector<Synapse> learnt = measuring.learn(o);
    measuring.after(o, learnt);
    o.naive = measuring.recall({learnt}, nullptr);
    const std::vector<Synapse> balanced = measuring.strengthen(o, learnt);
    o.recall = measuring.recall({balanced, 0.0, k_strengthening}, &o.shown.recall);
    if (seed != 1) o.shown = {};
    return o;
}

} // namespace

Parts parts_of(std::uint32_t neurons) {
    const std::uint32_t n_e = neurons / 5 * 4;
    const std::uint32_t n_assembly = n_e / 20;
    const std::uint32_t n_cued = n_assembly / 4;
    return {{0, n_e},
            {0, n_assembly},
            {0, n_cued},
            {n_cued, n_assembly - n_cued},
            {n_assembly, n_e - n_assembly},
            {0, neurons - n_e},
            k_probability * k_neurons / neurons};
}

std::vector<Outcome> measure_all(const Options& options) {
    std::vector<Outcome> all(options.seeds);
    experiments::run_all(options.seeds, options.threads, experiments::Progress{},
                         [&](std::size_t s) { all[s] = measure(options, 1 + s); });
    return all;
}

} // namespace spikewell::examples
