#include "mapping/model_support.hpp"

#include "core/alternatives.hpp"
#include "network/network.hpp"

#include <algorithm>

namespace spikewell::mapping {

namespace {

constexpr Support runs(std::string_view by) {
    return {true, by};
}
constexpr Support lacks(std::string_view what) {
    return {false, what};
}

// sPyNNaker and its C headers were read; of the other boards' tools only what is commonly said of them.
// Columns: sPyNNaker, py-spinnaker2, lava, hxtorch and PyNN for BrainScaleS-2.
constexpr std::array k_rows{
    ModelSupport{
        "dyadic_attractor",
        "escape-noise neurons in nodes",
        {lacks("a new build of shipped parts: ThresholdTypeMaassStochastic with a current-based "
               "LIF and "
               "box-shaped input; IFCondExpStoc, which ships, is conductance-based and fires at "
               "0.8 of "
               "the escape rate"),
         lacks("neuron code of one's own: none ships for stochastic thresholds"),
         lacks("a neuron program in microcode that draws from the core's random numbers"),
         lacks("none: analogue circuits have no escape noise but what background spikes bring")}},
    ModelSupport{
        "predictive_hebbian",
        "predictive Hebbian rule",
        {lacks("new C code: no shipped rule lets a synapse see its neuron's own spike probability "
               "(the "
               "predicted spikes); nearest are Vogels2011 and the unreleased pair_predictive"),
         lacks("new C code, as on spinnaker1; exponentials and random numbers are in hardware"),
         lacks(
             "a three-factor rule in microcode whose third factor is the twin's spike; the shipped "
             "learning engine takes it, the escape noise needs a neuron program of one's own"),
         lacks("a kernel on the plasticity processors that reads spike counters of neuron and "
               "twin; the circuits have no escape noise but what background spikes bring")}},
    ModelSupport{"lif_delta",
                 "LIF, delta synapses",
                 {runs("IFCurDelta"), runs("LIF of py-spinnaker2"),
                  runs("LIF of lava with du = 4095, delta input"),
                  lacks("exponential synapses only")}},
    ModelSupport{"lif_exp",
                 "LIF, exponential synapses",
                 {runs("IF_curr_exp"), runs("LIF of py-spinnaker2"),
                  runs("LIF of lava; one time constant for excitation and inhibition"),
                  runs("analogue LIF")}},
    ModelSupport{"lif_alpha",
                 "LIF, alpha synapses",
                 {runs("IF_curr_alpha"), lacks("neuron code of one's own"),
                  lacks("a neuron program in microcode"), lacks("exponential synapses only")}},
    ModelSupport{"lif_cond_exp",
                 "LIF, conductance synapses",
                 {runs("IF_cond_exp"), lacks("neuron code of one's own"),
                  lacks("a neuron program in microcode"),
                  runs("analogue LIF, conductance-based input")}},
    ModelSupport{"adex",
                 "adaptive exponential neuron",
                 {lacks("neuron code of one's own: EIF_cond_alpha_isfa_ista is there in name only"),
                  lacks("neuron code of one's own"), lacks("a neuron program in microcode"),
                  runs("analogue AdEx")}},
    ModelSupport{"izhikevich",
                 "Izhikevich's neuron, delta synapses",
                 {lacks("a new build: Izhikevich's neuron ships with exponential synapses only"),
                  lacks("neuron code of one's own"), lacks("a neuron program in microcode"),
                  lacks("none: the circuits have no quadratic term")}},
    ModelSupport{
        "lif_adapt",
        "LIF with adaptation",
        {lacks("a new build: IFCurrExpCa2Adaptive has the current, and no threshold that moves"),
         lacks("neuron code of one's own"), lacks("a neuron program in microcode"),
         lacks("none: analogue adaptation is a current, thresholds stay")}},
    ModelSupport{
        "glif",
        "GLIF",
        {lacks("a new build: IFCurrExpCa2Adaptive has one current, and no threshold that moves"),
         lacks("neuron code of one's own"), lacks("a neuron program in microcode"),
         lacks("none: analogue adaptation is one current, thresholds and resets stay")}},
    ModelSupport{"lif_step",
                 "LIF on a grid of steps",
                 {lacks("a new build: IF_curr_exp decays by exponentials, not by Euler's rule"),
                  runs("LIF of py-spinnaker2"),
                  runs("LIF of lava; one time constant for excitation and inhibition"),
                  lacks("none: analogue circuits have no steps")}},
    ModelSupport{"escape",
                 "escape rate of a LIF",
                 {lacks("a new build: ThresholdTypeMaassStochastic with IFCurDelta or IF_curr_exp"),
                  lacks("neuron code of one's own"), lacks("a neuron program in microcode"),
                  lacks("background spikes as noise")}},
    ModelSupport{"poisson",
                 "Poisson sources",
                 {runs("SpikeSourcePoisson"), runs("listed spikes drawn beforehand"),
                  lacks("spikes drawn beforehand and injected"), runs("8 background generators")}},
    ModelSupport{"gamma",
                 "gamma sources",
                 {runs("listed spikes drawn beforehand"), runs("listed spikes drawn beforehand"),
                  lacks("spikes drawn beforehand and injected"),
                  lacks("spikes drawn beforehand and injected")}},
    ModelSupport{"correlated_poisson",
                 "Poisson sources with spikes in common",
                 {runs("listed spikes drawn beforehand"), runs("listed spikes drawn beforehand"),
                  lacks("spikes drawn beforehand and injected"),
                  lacks("spikes drawn beforehand and injected")}},
    ModelSupport{"current",
                 "injected currents",
                 {lacks("the offset current, which is set between runs"),
                  lacks("a bias that stays as it is"), lacks("a bias that stays as it is"),
                  lacks("offset currents, which stay as they are")}},
    ModelSupport{"varied",
                 "numbers of each neuron's own",
                 {runs("lists of values, of each neuron"), runs("lists of values, of each neuron"),
                  lacks("biases only; all else is the core's"),
                  runs("values of each circuit, within its calibration")}},
    ModelSupport{"pair_stdp",
                 "pair STDP",
                 {runs("TimingDependenceSpikePair with additive weights; delays dendritic only"),
                  lacks("no plasticity ships"), runs("STDPLoihi of lava"),
                  runs("correlation sensors and a kernel on the plasticity processors")}},
    ModelSupport{"inhibitory_stdp",
                 "inhibitory STDP",
                 {runs("Vogels2011"), lacks("no plasticity ships"),
                  lacks("a rule in the learning engine's microcode"),
                  lacks("a kernel on the plasticity processors")}},
    ModelSupport{"guetig_stdp",
                 "weight-dependent STDP",
                 {lacks("a new build: weights are additive or multiplicative"),
                  lacks("no plasticity ships"),
                  lacks("powers, which microcode of sums of products has not"),
                  lacks("a kernel on the plasticity processors")}},
    ModelSupport{"triplet_stdp",
                 "triplet STDP",
                 {runs("TimingDependencePfisterSpikeTriplet with AdditiveTriplet weights; delays "
                       "dendritic only"),
                  lacks("no plasticity ships"), lacks("a rule in the learning engine's microcode"),
                  lacks("a kernel on the plasticity processors")}},
    ModelSupport{"reward_stdp",
                 "reward-modulated STDP",
                 {runs("STDPMechanism, reward and punishment by neuromodulation; no baseline"),
                  lacks("no plasticity ships"), lacks("a rule in the learning engine's microcode"),
                  lacks("a kernel on the plasticity processors")}},
    ModelSupport{"tsodyks_markram",
                 "short-term plasticity",
                 {lacks("synapse code of one's own: none of short-term plasticity ships"),
                  lacks("no plasticity ships"), lacks("synapses in microcode"),
                  runs("the synapse drivers' short-term plasticity")}}};

template <class Model> constexpr bool has_row() {
    return std::any_of(k_rows.begin(), k_rows.end(),
                       [](const ModelSupport& row) { return row.key == Card<Model>::key; });
}
template <class Variant> struct AllHaveRows;
template <class... Models> struct AllHaveRows<std::variant<Models...>> {
    static constexpr bool value = (has_row<Models>() && ...);
};
static_assert(AllHaveRows<FileNeuron>::value, "a neuron model has no row");
static_assert(AllHaveRows<PlasticRule>::value, "a rule has no row");
static_assert(has_row<TsodyksMarkram>(), "short-term plasticity has no row");

} // namespace

std::span<const ModelSupport> model_support() {
    return k_rows;
}

bool is_verified(Toolchain tools) {
    return tools == Toolchain::spinnaker1;
}

} // namespace spikewell::mapping
