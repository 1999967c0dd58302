#include "mapping/capability.hpp"

#include <array>
#include <set>

namespace spikewell::mapping {

namespace {

constexpr std::array k_names{"escape-noise neurons in nodes",
                             "predictive Hebbian rule",
                             "LIF, delta synapses",
                             "LIF, exponential synapses",
                             "escape rate of a LIF",
                             "Poisson sources",
                             "pair STDP",
                             "inhibitory STDP"};
static_assert(k_names.size() == k_n_models);

std::set<Model> models_of(const Network& network) {
    std::set<Model> models;
    for (const Population& population : network.populations) {
        if (std::holds_alternative<DyadicPopulation>(population)) models.insert(Model::dyadic);
        if (std::holds_alternative<PoissonPopulation>(population)) models.insert(Model::poisson);
        const auto* lif = std::get_if<LifPopulation>(&population);
        if (lif == nullptr) continue;
        models.insert(std::holds_alternative<LifDelta>(lif->neuron) ? Model::lif_delta
                                                                    : Model::lif_exp);
        if (std::visit([](const auto& n) { return n.escape.has_value(); }, lif->neuron))
            models.insert(Model::escape_rate);
        if (!lif->inputs.empty()) models.insert(Model::poisson);
    }
    for (const Projection& projection : network.projections) {
        if (const auto* dense = std::get_if<FactorisedProjection>(&projection)) {
            if (dense->plasticity) models.insert(Model::predictive_hebbian);
            continue;
        }
        const auto& rule = std::get<SynapticProjection>(projection).plasticity;
        if (std::holds_alternative<PairStdp>(rule)) models.insert(Model::pair_stdp);
        if (std::holds_alternative<InhibitoryStdp>(rule)) models.insert(Model::inhibitory_stdp);
    }
    return models;
}

} // namespace

std::vector<Capability> capabilities(const Board& board) {
    std::vector<Capability> all;
    for (std::size_t m = 0; m < k_n_models; ++m) {
        const Support& support = board.tools.models[m];
        all.push_back({k_names[m], support.ships,
                       support.how + (board.tools.verified ? "" : " (not verified)")});
    }
    return all;
}

std::vector<Capability> capabilities(const Board& board, const Network& network) {
    const std::vector<Capability> all = capabilities(board);
    std::vector<Capability> needed;
    for (const Model model : models_of(network))
        needed.push_back(all[static_cast<std::size_t>(model)]);
    return needed;
}

} // namespace spikewell::mapping
