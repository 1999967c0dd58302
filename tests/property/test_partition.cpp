#include "core/error.hpp"
#include "mapping/partition.hpp"
#include "network/expansion.hpp"
#include "support/mapping.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <set>

// Whatever a network is like: what it is cut into fits, and when it is refused, one neuron alone does not fit
// or cores run out.

using namespace spikewell;
using namespace spikewell::mapping;

namespace {

class RandomNetwork {
  public:
    explicit RandomNetwork(unsigned seed) : random_(seed), heavy_(below(4) == 0) {}

    Network make(unsigned seed) {
        Network network;
        network.seed = seed;
        const std::uint32_t n_cells = 1 + below(2);
        for (std::uint32_t p = 0; p < n_cells + below(3); ++p)
            network.populations.emplace_back(p < n_cells ? cells(p) : noise(p));
        const std::uint32_t n_projections = 1 + below(5);
        for (std::uint32_t i = 0; i < n_projections; ++i)
            network.projections.emplace_back(projection(network, n_cells));
        return network;
    }

  private:
    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

    Population cells(std::uint32_t p) {
        NeuronPopulation population;
        population.name = "cells" + std::to_string(p);
        population.size = 1 + below(900);
        population.V_init_mV = Constant{-60.0};
        population.neuron = LifExp{};
        return population;
    }
    Population noise(std::uint32_t p) {
        const double rate_Hz = heavy_ ? 100.0 * (1 + below(60)) : 1.0 + below(60);
        return PoissonPopulation{"noise" + std::to_string(p), 1 + below(700),
                                 PoissonRate::constant(rate_Hz)};
    }
    NeuronRange range(const Network& network, std::uint32_t population) {
        const auto n = static_cast<std::uint32_t>(size_of(network.populations[population]));
        const std::uint32_t first = below(3) == 0 ? below(n) : 0;
        return {{population}, first, 1 + below(n - first)};
    }
    Connector connector(std::uint32_t n_pre, std::uint32_t n_post) {
        switch (below(4)) {
        case 0:
            return FixedProbability{0.001 * below(300)};
        case 1:
            return FixedIndegree{1 + below(60), false};
        case 2: {
            SynapseList list;
            for (std::uint32_t i = 0; i < 1 + below(400); ++i)
                list.synapses.push_back(
                    {below(n_pre), below(n_post), 0.5F, 1.0F + static_cast<float>(below(20))});
            return list;
        }
        default:
            return AllToAll{};
        }
    }
    SynapticProjection projection(const Network& network, std::uint32_t n_cells) {
        SynapticProjection made;
        made.pre = range(network, below(static_cast<std::uint32_t>(network.populations.size())));
        made.post = range(network, below(n_cells));
        made.connector = connector(*made.pre.count, *made.post.count);
        made.weight = Constant{below(2) == 0 ? 0.5 : -0.5};
        made.delay_ms = Constant{1.0 + below(heavy_ ? 60 : 20)};
        const bool list = std::holds_alternative<SynapseList>(made.connector);
        const double weight = std::get<Constant>(made.weight).value;
        if (!list && weight < 0.0 && below(3) == 0) made.plasticity = InhibitoryStdp{};
        return made;
    }

    std::mt19937 random_;
    bool heavy_;
};

std::uint32_t slice_of(const Partition& parts, std::uint32_t population, std::uint32_t neuron) {
    for (std::uint32_t v = 0; v < parts.slices.size(); ++v) {
        const Slice& slice = parts.slices[v];
        if (slice.population == population && neuron >= slice.first &&
            neuron < slice.first + slice.count)
            return v;
    }
    return ~0U;
}

/// What can be counted from the synapses one by one.
struct Counted {
    std::uint64_t synapses = 0;
    std::set<std::uint32_t> heard; ///< slices
    std::map<std::uint32_t, std::uint32_t> fan_in;
};

void require_counted(const Network& network, const Partition& parts, const SpikeRates& rates) {
    std::vector<Counted> counted(parts.slices.size());
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        const auto& projection = std::get<SynapticProjection>(network.projections[p]);
        for (const Synapse& s : expand_all(network, p)) {
            const std::uint32_t pre = s.pre + projection.pre.first;
            const std::uint32_t post = s.post + projection.post.first;
            Counted& of = counted[slice_of(parts, projection.post.population.index, post)];
            ++of.synapses;
            ++of.fan_in[post];
            of.heard.insert(slice_of(parts, projection.pre.population.index, pre));
        }
    }
    for (std::size_t v = 0; v < parts.slices.size(); ++v) {
        const CoreLoad& load = parts.loads[v];
        CHECK(load.synapses == counted[v].synapses);
        double packets_per_ms = 0.0;
        for (const std::uint32_t source : counted[v].heard) {
            const Slice& slice = parts.slices[source];
            for (std::uint32_t n = 0; n < slice.count; ++n)
                packets_per_ms += 1e-3 * rates[slice.population][slice.first + n];
        }
        CHECK(load.packets_per_ms == Approx(packets_per_ms));
        std::uint32_t fan_in = 0;
        for (const auto& [neuron, n] : counted[v].fan_in)
            fan_in = std::max(fan_in, n);
        if (load.fan_in > 0) CHECK(load.fan_in >= fan_in);
    }
}

/// Whether some neuron needs more than a core has, with none but the packets it needs.
bool one_neuron_is_too_much(const Network& network,
                            const Board& board,
                            const Pace& pace,
                            const SpikeRates& rates) {
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        for (std::uint32_t n = 0; n < size_of(network.populations[p]); ++n) {
            const NeuronSpan span{p, n, 1};
            const std::vector<RowBlock> rows = rows_onto(network, span);
            std::set<std::pair<std::uint32_t, std::uint32_t>> sources;
            for (const RowBlock& block : rows) {
                for (std::uint32_t i = 0; i < block.synapses.size(); ++i) {
                    if (block.synapses[i] > 0) sources.insert({block.pre, block.first + i});
                }
            }
            std::vector<NeuronSpan> from;
            for (const auto& [population, neuron] : sources)
                from.push_back({population, neuron, 1});
            if (shortage_of(load_of(network, span, rows, board, pace, {from, rates}), board, pace))
                return true;
        }
    }
    return false;
}

} // namespace

TEST_CASE("What random networks are cut into fits, and what is refused cannot fit") {
    const std::vector<const char*> machines{"spinn5x3", "spinn5", "spinnaker2", "loihi2",
                                            "brainscales2"};
    std::map<std::string, int> outcomes;
    for (unsigned seed = 0; seed < 150; ++seed) {
        const Network network = RandomNetwork(seed).make(seed);
        const Machine machine = make_machine(machines[seed % machines.size()]);
        const Board& b = board(machine.board);
        const Pace pace{b.core.time_step_ms > 0.0 ? (seed % 3 == 0 ? 0.5 : 1.0) : 0.0, 1.0};
        const SpikeRates rates = estimated_rates(network);
        INFO("seed " << seed << " on " << machine.name);
        try {
            const Partition parts = partition(network, b, pace, rates, placeable_cores(machine));
            require_counted(network, parts, rates);
            REQUIRE(test::faults_of(map_partition(parts, machine, {.effort = 0.001}, pace)) == "");
            ++outcomes["fits"];
        } catch (const MappingError& error) {
            const std::string what = error.what();
            INFO(what);
            if (what.rfind("cores: ", 0) == 0) {
                CHECK(error.needed() > error.available());
                ++outcomes["cores"];
                continue;
            }
            // Memory of a chip may be too small for slices that fit it one by one.
            if (what.rfind("SDRAM", 0) == 0 || what.rfind("places", 0) == 0) continue;
            CHECK_THAT(what, Catch::Contains("not even one neuron fits a core") &&
                                 Catch::Contains("would help"));
            CHECK(one_neuron_is_too_much(network, b, pace, rates));
            ++outcomes["one neuron"];
        }
    }
    CHECK(outcomes["fits"] > 60);
    CHECK(outcomes["cores"] > 0);
    CHECK(outcomes["one neuron"] > 0);
}
