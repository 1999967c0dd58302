#pragma once

#include "network/network.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <map>
#include <string>
#include <utility>

/// Listed synapses of a network, whatever the order of populations and projections.
namespace spikewell::test {

/// (pre population, post population, pre, post) -> (weight, delay).
using SynapseTable = std::map<std::array<std::string, 4>, std::pair<double, double>>;

inline SynapseTable synapse_table(const Network& network) {
    SynapseTable table;
    for (const Projection& projection : network.projections) {
        const auto& p = std::get<SynapticProjection>(projection);
        for (const Synapse& s : std::get<SynapseList>(p.connector).synapses)
            table[{name_of(network.populations[p.pre.population.index]),
                   name_of(network.populations[p.post.population.index]), std::to_string(s.pre),
                   std::to_string(s.post)}] = {static_cast<double>(s.weight),
                                               static_cast<double>(s.delay_ms)};
    }
    return table;
}

/// The same synapses, numbers to a part in 10^6.
inline void require_near(const SynapseTable& is, const SynapseTable& was) {
    REQUIRE(is.size() == was.size());
    for (const auto& [ends, values] : was) {
        REQUIRE(is.contains(ends));
        CHECK(is.at(ends).first == Approx(values.first).epsilon(1e-6));
        CHECK(is.at(ends).second == Approx(values.second).epsilon(1e-6));
    }
}

} // namespace spikewell::test
