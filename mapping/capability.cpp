#include "mapping/capability.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace spikewell::mapping {

namespace {

enum Model : std::size_t {
    k_dyadic,
    k_predictive_hebbian,
    k_lif_delta,
    k_lif_exp,
    k_escape_rate,
    k_poisson,
    k_pair_stdp,
    k_inhibitory_stdp,
    k_n_models
};

constexpr std::array<const char*, k_n_models> k_names{"escape-noise neurons in nodes",
                                                      "predictive Hebbian rule",
                                                      "LIF, delta synapses",
                                                      "LIF, exponential synapses",
                                                      "escape rate of a LIF",
                                                      "Poisson sources",
                                                      "pair STDP",
                                                      "inhibitory STDP"};

struct Tools {
    const char* board;
    bool verified;                             ///< read in the tools' sources
    std::array<Capability, k_n_models> models; ///< without names
};

// sPyNNaker and its C headers; of the other boards' tools only what is commonly said of them.
const std::array<Tools, 4>& all_tools() {
    static const std::array<Tools, 4> all{{
        {"spinnaker1",
         true,
         {{{"", false,
            "a new build of shipped parts: ThresholdTypeMaassStochastic with a current-based LIF "
            "and "
            "box-shaped input; IFCondExpStoc, which ships, is conductance-based and fires at 0.8 "
            "of "
            "the escape rate"},
           {"", false, ""},
           {"", true, "IFCurDelta"},
           {"", true, "IF_curr_exp"},
           {"", false, "a new build: ThresholdTypeMaassStochastic with IFCurDelta or IF_curr_exp"},
           {"", true, "SpikeSourcePoisson"},
           {"", true, "TimingDependenceSpikePair with additive weights; delays dendritic only"},
           {"", true, "Vogels2011"}}}},
        {"spinnaker2",
         false,
         {{{"", false, "neuron code of one's own: none ships for stochastic thresholds"},
           {"", false, ""},
           {"", true, "LIF of py-spinnaker2"},
           {"", true, "LIF of py-spinnaker2"},
           {"", false, "neuron code of one's own"},
           {"", true, "listed spikes drawn beforehand"},
           {"", false, "no plasticity ships"},
           {"", false, "no plasticity ships"}}}},
        {"loihi2",
         false,
         {{{"", false, "a neuron program in microcode that draws from the core's random numbers"},
           {"", false, ""},
           {"", true, "LIF of lava with du = 4095, delta input"},
           {"", true, "LIF of lava; one time constant for excitation and inhibition"},
           {"", false, "a neuron program in microcode"},
           {"", false, "spikes drawn beforehand and injected"},
           {"", true, "STDPLoihi of lava"},
           {"", false, "a rule in the learning engine's microcode"}}}},
        {"brainscales2",
         false,
         {{{"", false,
            "none: analogue circuits have no escape noise but what background spikes bring"},
           {"", false, ""},
           {"", false, "exponential synapses only"},
           {"", true, "analogue LIF"},
           {"", false, "background spikes as noise"},
           {"", true, "8 background generators"},
           {"", true, "correlation sensors and a kernel on the plasticity processors"},
           {"", false, "a kernel on the plasticity processors"}}}},
    }};
    return all;
}

std::set<Model> models_of(const Network& network) {
    std::set<Model> models;
    for (const Population& population : network.populations) {
        if (std::holds_alternative<DyadicPopulation>(population)) models.insert(k_dyadic);
        if (std::holds_alternative<PoissonPopulation>(population)) models.insert(k_poisson);
        const auto* lif = std::get_if<LifPopulation>(&population);
        if (lif == nullptr) continue;
        models.insert(std::holds_alternative<LifDelta>(lif->neuron) ? k_lif_delta : k_lif_exp);
        if (std::visit([](const auto& n) { return n.escape.has_value(); }, lif->neuron))
            models.insert(k_escape_rate);
        if (!lif->inputs.empty()) models.insert(k_poisson);
    }
    for (const Projection& projection : network.projections) {
        if (const auto* dense = std::get_if<FactorisedProjection>(&projection)) {
            if (dense->plasticity) models.insert(k_predictive_hebbian);
            continue;
        }
        const auto& rule = std::get<SynapticProjection>(projection).plasticity;
        if (std::holds_alternative<PairStdp>(rule)) models.insert(k_pair_stdp);
        if (std::holds_alternative<InhibitoryStdp>(rule)) models.insert(k_inhibitory_stdp);
    }
    return models;
}

} // namespace

std::vector<Capability> capabilities(const Board& board) {
    const auto tools = std::find_if(all_tools().begin(), all_tools().end(),
                                    [&](const Tools& t) { return t.board == board.name; });
    std::vector<Capability> all(tools->models.begin(), tools->models.end());
    for (std::size_t m = 0; m < all.size(); ++m) {
        all[m].model = k_names[m];
        if (!tools->verified) all[m].how += " (not verified)";
    }
    all[k_predictive_hebbian].ships = board.learns;
    all[k_predictive_hebbian].how = board.learning;
    return all;
}

std::vector<Capability> capabilities(const Board& board, const Network& network) {
    const std::vector<Capability> all = capabilities(board);
    std::vector<Capability> needed;
    for (const Model model : models_of(network))
        needed.push_back(all[model]);
    return needed;
}

} // namespace spikewell::mapping
