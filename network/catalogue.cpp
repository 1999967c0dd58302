#include "network/catalogue.hpp"

#include "core/alternatives.hpp"
#include "network/description.hpp"

namespace spikewell {

namespace {

/// What `_*` stands for in a current's keys.
void name_drive(ModelFacts& current) {
    for (FieldFacts& field : current.fields) {
        if (field.unit == "weight") field.unit = "drive";
    }
}

template <class Variant> void add(std::vector<ModelFacts>& models, const char* kind) {
    for_each_alternative<Variant>([&]<class Model>() {
        models.push_back(facts_of<Model>(kind));
        if constexpr (std::is_same_v<Variant, Waveform>) name_drive(models.back());
    });
}

} // namespace

std::vector<ModelFacts> all_models() {
    std::vector<ModelFacts> models;
    add<FileNeuron>(models, "neuron");
    models.push_back(facts_of<EscapeNoiseLif>("neuron"));
    models.push_back(facts_of<EscapeRate>("part"));
    add<PlasticRule>(models, "rule");
    models.push_back(facts_of<PredictiveHebbian>("rule"));
    models.push_back(facts_of<TsodyksMarkram>("rule"));
    models.push_back(facts_of<ThirdFactorSource>("part"));
    add<Connector>(models, "connector");
    add<Population>(models, "population");
    models.push_back(facts_of<PoissonInput>("part"));
    models.push_back(facts_of<InjectedCurrent>("part"));
    add<Waveform>(models, "current");
    add<Positions>(models, "part");
    add<Recorded>(models, "recording");
    models.push_back(facts_of<NetworkDescription>("file"));
    return models;
}

} // namespace spikewell
