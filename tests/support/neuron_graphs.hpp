#pragma once

#include "core/order.hpp"
#include "mapping/detail/regroup.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <vector>

/// Graphs of neurons for grouping, as tests/benchmark/README.md describes them, and what a grouping is by its definition.
namespace spikewell::test {

/// Lognormal, as rates in cortex are (Buzsaki & Mizuseki 2014, doi:10.1038/nrn3687): mean 0.35 Hz, sigma 1.
inline double random_rate_Hz(RandomStream& random) {
    return 0.35 * std::exp(random.normal() - 0.5);
}

/// So many uniform numbers as are needed to fall below exp(-mean).
inline std::size_t random_count(RandomStream& random, double mean) {
    std::size_t count = 0;
    for (double sum = -std::log(random.uniform()); sum < mean; sum -= std::log(random.uniform()))
        ++count;
    return count;
}

/// Every neuron draws a Poisson number of targets of mean `degree`; what is drawn twice is one. A target is what
/// `draw` says of (source, numbers); n_neurons: none.
inline mapping::NeuronGraph drawn_graph(
    std::size_t n_neurons,
    double degree,
    std::uint64_t seed,
    const std::function<std::size_t(std::size_t, RandomStream&)>& draw) {
    mapping::NeuronGraph graph;
    std::vector<std::uint32_t> targets;
    for (std::size_t s = 0; s < n_neurons; ++s) {
        RandomStream random(seed, Purpose::connections, static_cast<std::uint32_t>(s));
        graph.rates_Hz.push_back(random_rate_Hz(random));
        targets.clear();
        for (std::size_t left = random_count(random, degree); left > 0; --left) {
            const std::size_t target = draw(s, random);
            if (target < n_neurons) targets.push_back(static_cast<std::uint32_t>(target));
        }
        std::sort(targets.begin(), targets.end());
        targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
        graph.targets.insert(graph.targets.end(), targets.begin(), targets.end());
        graph.target_begin.push_back(graph.targets.size());
    }
    return graph;
}

/// Any to any.
inline mapping::NeuronGraph random_neurons(std::size_t n_neurons,
                                           double degree,
                                           std::uint64_t seed) {
    return drawn_graph(n_neurons, degree, seed,
                       [=](std::size_t, RandomStream& random) { return random.index(n_neurons); });
}

/// Neurons on a grid of `side` in each of 2 or 3 dimensions, targets at a distance r with a probability that falls as
/// exp(-(r / length)^2) (Maass et al. 2002, doi:10.1162/089976602760407955); what falls beside the grid is none.
inline mapping::NeuronGraph reservoir_neurons(
    std::size_t side, int dimensions, double length, double degree, std::uint64_t seed) {
    std::size_t n = 1;
    for (int i = 0; i < dimensions; ++i)
        n *= side;
    return drawn_graph(n, degree, seed, [=](std::size_t source, RandomStream& random) {
        std::size_t target = 0;
        std::size_t stride = 1;
        for (int i = 0; i < dimensions; ++i) {
            const double at = static_cast<double>(source / stride % side) +
                              std::round(length / std::sqrt(2.0) * random.normal());
            if (at < 0.0 || at >= static_cast<double>(side)) return n;
            target += stride * static_cast<std::size_t>(at);
            stride *= side;
        }
        return target;
    });
}

/// Modules of `module_size` neurons in four layers, `branches` modules in each larger one, and so on. Three of four
/// targets are in the next layer of the own module (of the last: in the first), of the others three of
/// four anywhere in the next larger one, and so on.
inline mapping::NeuronGraph hierarchical_neurons(std::size_t n_neurons,
                                                 std::size_t module_size,
                                                 std::size_t branches,
                                                 double degree,
                                                 std::uint64_t seed) {
    return drawn_graph(n_neurons, degree, seed, [=](std::size_t source, RandomStream& random) {
        std::size_t size = module_size;
        if (random.uniform() < 0.75) {
            const std::size_t layer = module_size / 4;
            const std::size_t next = (source % module_size / layer + 1) % 4;
            return source / module_size * module_size + next * layer + random.index(layer);
        }
        do
            size = std::min(n_neurons, size * branches);
        while (size < n_neurons && random.uniform() >= 0.75);
        return source / size * size + random.index(size);
    });
}

/// Neurons under other numbers.
inline mapping::NeuronGraph renumbered(const mapping::NeuronGraph& graph, std::uint64_t seed) {
    const std::size_t n = graph.n_neurons();
    const std::vector<std::uint32_t> old_of =
        shuffled_numbers(n, RandomStream(seed, Purpose::connections, 0, 1));
    std::vector<std::uint32_t> new_of(n);
    for (std::uint32_t i = 0; i < n; ++i)
        new_of[old_of[i]] = i;
    mapping::NeuronGraph result;
    for (const std::uint32_t old : old_of) {
        for (const std::uint32_t target : graph.targets_of(old))
            result.targets.push_back(new_of[target]);
        result.target_begin.push_back(result.targets.size());
        result.rates_Hz.push_back(graph.rates_Hz[old]);
    }
    return result;
}

/// What parts are by their definition: sets.
struct PartSets {
    std::vector<std::set<std::uint32_t>> neurons; // [parts]
    std::vector<std::set<std::uint32_t>> axons;   // [parts]
    double connectivity_Hz = 0.0;
};

inline PartSets part_sets(const mapping::NeuronGraph& graph,
                          const std::vector<std::uint32_t>& part_of) {
    PartSets sets;
    const std::size_t n_parts =
        part_of.empty() ? 0 : 1 + std::size_t{*std::max_element(part_of.begin(), part_of.end())};
    sets.neurons.resize(n_parts);
    sets.axons.resize(n_parts);
    for (std::uint32_t s = 0; s < graph.n_neurons(); ++s) {
        sets.neurons[part_of[s]].insert(s);
        std::set<std::uint32_t> reached{part_of[s]};
        for (const std::uint32_t target : graph.targets_of(s)) {
            sets.axons[part_of[target]].insert(s);
            reached.insert(part_of[target]);
        }
        sets.connectivity_Hz += graph.rates_Hz[s] * static_cast<double>(reached.size() - 1);
    }
    return sets;
}

} // namespace spikewell::test
