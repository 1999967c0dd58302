#include "mapping/capability.hpp"

#include "mapping/model_support.hpp"

#include <algorithm>
#include <set>

namespace spikewell::mapping {

namespace {

/// As files call them.
using Keys = std::set<std::string_view>;

void add_models(Keys& models, const Population& population) {
    std::visit([&]<class One>(const One&) { models.insert(Card<One>::key); }, population);
    const auto* cells = std::get_if<NeuronPopulation>(&population);
    if (cells == nullptr) return;
    models.insert(key_of(cells->neuron));
    if (has_escape(cells->neuron)) models.insert(Card<EscapeRate>::key);
    if (!cells->currents.empty()) models.insert(Card<InjectedCurrent>::key);
    if (!cells->varied.empty()) models.insert("varied");
    if (!cells->inputs.empty()) models.insert(Card<PoissonPopulation>::key);
}

Keys models_of(const Network& network) {
    Keys models;
    for (const Population& population : network.populations)
        add_models(models, population);
    for (const Projection& projection : network.projections) {
        if (const auto* dense = std::get_if<FactorisedProjection>(&projection)) {
            if (dense->plasticity) models.insert(Card<PredictiveHebbian>::key);
            continue;
        }
        const auto& synaptic = std::get<SynapticProjection>(projection);
        if (const auto rule = plastic(synaptic.plasticity)) models.insert(key_of(*rule));
        if (synaptic.short_term) models.insert(Card<TsodyksMarkram>::key);
    }
    return models;
}

Capability capability_of(const ModelSupport& model, const Board& board) {
    const Support& support = model.by[static_cast<std::size_t>(board.tools)];
    std::string how(support.how);
    if (!is_verified(board.tools)) how += " (not verified)";
    return {std::string(model.name), support.ships, std::move(how)};
}

} // namespace

std::vector<Capability> capabilities(const Board& board) {
    std::vector<Capability> all;
    for (const ModelSupport& model : model_support())
        all.push_back(capability_of(model, board));
    return all;
}

std::vector<Capability> capabilities(const Board& board, const Network& network) {
    const Keys models = models_of(network);
    std::vector<Capability> needed;
    for (const ModelSupport& model : model_support()) {
        if (models.contains(model.key)) needed.push_back(capability_of(model, board));
    }
    return needed;
}

} // namespace spikewell::mapping
