#include "io/network/network_file.hpp"
#include "io/sonata/sonata_parts.hpp"

namespace spikewell::io::sonata {

Json plain_cells(const std::string& name, std::size_t size, const Cell& cell) {
    NetworkDescription description;
    description.network.populations = {
        NeuronPopulation{name, size, cell.neuron, Constant{cell.V_init_mV}, {}}};
    return network_to_json(description)["populations"][0];
}

Json plain_virtual(const std::string& name, std::size_t size) {
    NetworkDescription description;
    description.network.populations = {SpikeListPopulation{name, size, {}}};
    return network_to_json(description)["populations"][0];
}

Json plain_projection(const std::string& name, const std::string& pre, const std::string& post) {
    return {{"name", name},
            {"pre", pre},
            {"post", post},
            {"connector", "list"},
            {"synapses", Json::array()},
            {"self_connections", true},
            {"dendritic_delay_fraction", 1.0}};
}

Json difference(const Json& plain, const Json& full) {
    Json patch = Json::object();
    for (const auto& [key, value] : full.items()) {
        if (!plain.contains(key) || plain[key] != value) patch[key] = value;
    }
    for (const auto& [key, value] : plain.items()) {
        if (!full.contains(key)) patch[key] = nullptr;
    }
    return patch;
}

} // namespace spikewell::io::sonata
