#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/network/network_file.hpp"
#include "io/output.hpp"
#include "io/sonata/sonata.hpp"
#include "support/everything.hpp"
#include "support/output.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <tuple>

using namespace spikewell;
using spikewell::test::ScratchFolder;

namespace {

/// One of everything, under names that files can bear, with weights that single precision holds.
NetworkDescription example() {
    NetworkDescription description{test::everything_exported(3), 60.0, {}};
    for (Population& population : description.network.populations) {
        std::visit([](auto& p) { std::replace(p.name.begin(), p.name.end(), ' ', '_'); },
                   population);
    }
    for (Projection& projection : description.network.projections) {
        auto& p = std::get<SynapticProjection>(projection);
        if (auto* weight = std::get_if<Constant>(&p.weight))
            weight->value = static_cast<double>(static_cast<float>(weight->value));
    }
    description.recordings = {{"V", PotentialRecording{{{0}, 0, 5}, 0.5}},
                              {"w", WeightRecording{{0}, 20.0}}};
    return description;
}

NetworkDescription through_sonata(const NetworkDescription& description) {
    const ScratchFolder folder;
    (void)test::published(folder / "circuit", [&](const io::FolderOutput& output) {
        return io::export_sonata(description, output);
    });
    return io::import_sonata(folder / "circuit" / "simulation_config.json");
}

/// Synapses of a projection between whole populations, sorted.
std::vector<Synapse> synapses_of(const Network& network, std::uint32_t index) {
    const auto& projection = std::get<SynapticProjection>(network.projections[index]);
    const ConnectionRule rule = rule_of(projection, network);
    std::vector<Synapse> synapses = expand(rule, network.seed, index, 0, rule.n_post);
    for (Synapse& synapse : synapses) {
        synapse.pre += projection.pre.first;
        synapse.post += projection.post.first;
    }
    return synapses;
}

std::vector<std::vector<Spike>> spikes_of(const NetworkDescription& description) {
    test::FullRecorder recorder(description.network);
    const std::array<Recorder*, 1> recorders{&recorder};
    Simulator simulator(description.network);
    simulator.run(description.duration_ms, recorders);
    return recorder.spikes;
}

} // namespace

TEST_CASE("A network that went through SONATA has the same populations, synapses and recordings") {
    const NetworkDescription before = example();
    const NetworkDescription after = through_sonata(before);
    const nlohmann::json was = io::network_to_json(before);
    const nlohmann::json is = io::network_to_json(after);
    REQUIRE(is["populations"].size() == was["populations"].size());
    for (std::size_t p = 0; p < was["populations"].size(); ++p) {
        const bool same = is["populations"][p] == was["populations"][p];
        CAPTURE(p);
        CHECK(same);
    }
    CHECK(is["recordings"] == was["recordings"]);
    CHECK(is["seed"] == was["seed"]);
    CHECK(is["duration_ms"] == was["duration_ms"]);
    REQUIRE(after.network.projections.size() == before.network.projections.size());
    REQUIRE(!after.network.projections.empty());
    for (std::uint32_t p = 0; p < after.network.projections.size(); ++p) {
        CAPTURE(p);
        const bool same = synapses_of(after.network, p) == synapses_of(before.network, p);
        CHECK(same);
        const auto& projection = std::get<SynapticProjection>(after.network.projections[p]);
        const auto& original = std::get<SynapticProjection>(before.network.projections[p]);
        CHECK(projection.name == original.name);
        CHECK(projection.plasticity == original.plasticity);
        CHECK(projection.dendritic_delay_fraction == original.dendritic_delay_fraction);
    }
}

TEST_CASE("A network that went through SONATA fires the same spikes") {
    const NetworkDescription before = example();
    const auto spikes = spikes_of(before);
    REQUIRE(std::all_of(spikes.begin(), spikes.end(), [](const auto& s) { return !s.empty(); }));
    const bool same = spikes_of(through_sonata(before)) == spikes;
    CHECK(same);
}

TEST_CASE("What came from SONATA goes there and back unchanged") {
    const NetworkDescription once = through_sonata(example());
    CHECK(io::network_to_json(through_sonata(once)) == io::network_to_json(once));
}

TEST_CASE("Models that PyNN has not go through SONATA, without files for PyNN") {
    NetworkDescription before{test::everything_exported(3), 60.0, {}};
    before.network.populations.resize(1);
    before.network.projections.clear();
    Glif glif;
    glif.drive_pA = 40.0;
    glif.tau_syn_inh_ms = 7.5;
    Glif reset_above;
    reset_above.V_reset_mV = -52.0;
    reset_above.b_th_mV = 12.0;
    const PoissonInput noise{PoissonRate::constant(3000.0), 25.0, 0, {}};
    before.network.populations.emplace_back(
        NeuronPopulation{"glif", 70, glif, Uniform{-70.0, -56.0}, {noise}});
    before.network.populations.emplace_back(
        NeuronPopulation{"receptor_1", 70, reset_above, Constant{-70.0}, {noise}});
    before.network.populations.emplace_back(
        NeuronPopulation{"izhikevich", 70, Izhikevich{}, Constant{-65.0}, {}});
    const auto connect = [&](std::uint32_t pre, std::uint32_t post, Distribution weight) {
        SynapticProjection p;
        p.pre.population = {pre};
        p.post.population = {post};
        p.connector = FixedIndegree{10, false};
        p.weight = weight;
        p.delay_ms = Constant{1.5};
        before.network.projections.emplace_back(p);
    };
    connect(0, 1, Uniform{-20.0, 30.0});
    connect(1, 2, Constant{20.0});
    connect(1, 3, Constant{2.0});
    const ScratchFolder folder;
    io::ExportReport report;
    (void)test::published(folder / "circuit", [&](const io::FolderOutput& output) {
        return report = io::export_sonata(before, output);
    });
    CHECK_FALSE(std::filesystem::exists(folder / "circuit/circuit_config.pynn.json"));
    CHECK_FALSE(std::filesystem::exists(folder / "circuit/cells_pynn"));
    CHECK(std::filesystem::exists(folder / "circuit/cells/receptor_2.json"));
    CHECK(
        std::count(report.lost.begin(), report.lost.end(),
                   "for PyNN, which has no such model: glif, receptor_1, izhikevich; there are no "
                   "files for it") == 1);
    const NetworkDescription after =
        io::import_sonata(folder / "circuit" / "simulation_config.json");
    CHECK(io::network_to_json(after)["populations"] == io::network_to_json(before)["populations"]);
    const auto spikes = spikes_of(before);
    REQUIRE(spikes[1].size() > 10);
    const bool same = spikes_of(after) == spikes;
    CHECK(same);
    // As others read it, E_L stands for the drive: without what is Spikewell's own.
    const auto cell = nlohmann::json::parse(std::ifstream(folder / "circuit/cells/glif.json"));
    CHECK(cell["E_L"] == Approx(glif.E_L_mV + 40.0 / 9.43));
    CHECK(cell["voltage_reset_add"] == Approx(glif.V_reset_mV - glif.E_L_mV - 0.8 * 40.0 / 9.43));
}

TEST_CASE("Weights of both signs become two populations of edges and one projection again") {
    NetworkDescription before = example();
    auto& p = std::get<SynapticProjection>(before.network.projections[3]);
    p.weight = Uniform{-1.0, 1.0};
    const NetworkDescription after = through_sonata(before);
    REQUIRE(after.network.projections.size() == before.network.projections.size());
    // Several synapses of one pair: in which order they were drawn is not kept.
    const auto sorted = [](std::vector<Synapse> synapses) {
        const auto key = [](const Synapse& s) {
            return std::tuple(s.pre, s.post, s.weight, s.delay_ms);
        };
        std::sort(synapses.begin(), synapses.end(),
                  [&](const Synapse& a, const Synapse& b) { return key(a) < key(b); });
        return synapses;
    };
    const bool same =
        sorted(synapses_of(after.network, 3)) == sorted(synapses_of(before.network, 3));
    CHECK(same);
}

TEST_CASE("Nodes have their positions in micrometres, as many coordinates as dimensions") {
    const NetworkDescription description = example();
    const ScratchFolder folder;
    (void)test::published(folder / "circuit", [&](const io::FolderOutput& output) {
        return io::export_sonata(description, output);
    });
    for (const std::uint32_t p : {0U, 1U, 2U, 4U}) {
        CAPTURE(p);
        const Population& population = description.network.populations[p];
        const bool fires_by_itself = !std::holds_alternative<NeuronPopulation>(population);
        const io::hdf5::File file = io::hdf5::File::open(
            folder / "circuit" / (fires_by_itself ? "sources.h5" : "nodes.h5"));
        const io::hdf5::Group values =
            file.root().group("nodes").group(name_of(population)).group("0");
        const std::optional<Positions> positions = positions_of(population);
        CHECK(positions.has_value() == (p != 1));
        CHECK(values.has("x") == positions.has_value());
        CHECK_FALSE(values.has("z"));
        if (!positions) continue;
        const auto x_um = values.dataset("x").read<double>();
        const auto y_um = values.dataset("y").read<double>();
        REQUIRE(x_um.size() == size_of(population));
        const Placement placement{*positions, description.network.seed,
                                  static_cast<std::uint16_t>(p), 0};
        for (std::size_t i = 0; i < x_um.size(); ++i) {
            const Point at_mm = position_of(placement, i);
            if (x_um[i] != 1000.0 * at_mm[0] || y_um[i] != 1000.0 * at_mm[1])
                FAIL("node " << i << " is elsewhere");
        }
    }
}

TEST_CASE("SONATA refuses what it cannot hold, and writes nothing") {
    const ScratchFolder folder;
    const auto exported = [&](const NetworkDescription& description) {
        (void)test::published(folder / "circuit", [&](const io::FolderOutput& output) {
            return io::export_sonata(description, output);
        });
    };
    NetworkDescription dyadic;
    dyadic.network.populations = {DyadicPopulation{}};
    CHECK_THROWS_WITH(exported(dyadic),
                      "attractor: is a dyadic population, which SONATA cannot hold");
    NetworkDescription named = example();
    std::get<NeuronPopulation>(named.network.populations[0]).name = "a/b";
    CHECK_THROWS_WITH(exported(named), "a/b: must be named with letters, digits, _ and - only");
    NetworkDescription busy = example();
    std::get<PoissonPopulation>(busy.network.populations[4]).rate = PoissonRate::constant(1e6);
    busy.duration_ms = 1e7;
    CHECK_THROWS_WITH(exported(busy), Catch::Contains("give a shorter --duration-ms"));
    CHECK(folder.entry_count() == 0);
    exported(example());
    CHECK_THROWS_WITH(exported(example()), Catch::Contains("exists already; use --force"));
}

TEST_CASE("Populations may have the names that SONATA's files would choose") {
    NetworkDescription before = example();
    auto& populations = before.network.populations;
    const char* const names[] = {"E",      "E_input_0", "virtual", "E_input_0-2", "virtual-2",
                                 "listed", "alpha",     "g",       "adex"};
    for (std::size_t p = 0; p < populations.size(); ++p)
        std::visit([&](auto& population) { population.name = names[p]; }, populations[p]);
    const ScratchFolder folder;
    (void)test::published(folder / "a", [&](const io::FolderOutput& output) {
        return io::export_sonata(before, output);
    });
    const NetworkDescription after = io::import_sonata(folder / "a/simulation_config.json");
    const bool same =
        io::network_to_json(after)["populations"] == io::network_to_json(before)["populations"];
    CHECK(same);
    const auto content = [&](const std::string& name) {
        return io::read_text(folder / ("a/" + name));
    };
    CHECK(content("cells_pynn/virtual-3.json") == "{}\n");
    CHECK_THAT(content("source_types.pynn.csv"), Catch::Contains("virtual-3.json"));
    CHECK_THAT(content("cells_pynn/virtual.json"), Catch::Contains("tau_m"));
}

TEST_CASE("Potentials at the start of point processes count from E_L in files, and come back as "
          "they were") {
    LifDelta neuron;
    neuron.E_L_mV = -65.0;
    neuron.V_reset_mV = -65.0;
    neuron.escape = EscapeRate{10.0, -50.0, 2.0};
    NetworkDescription before;
    before.network.populations = {NeuronPopulation{"a", 3, neuron, Constant{-64.0}},
                                  NeuronPopulation{"b", 3, neuron, Uniform{-64.0, -60.0}}};
    const ScratchFolder folder;
    (void)test::published(folder / "circuit", [&](const io::FolderOutput& output) {
        return io::export_sonata(before, output);
    });
    const auto cell = nlohmann::json::parse(std::ifstream(folder / "circuit/cells/a.json"));
    CHECK(cell["V_m"] == 1.0);
    const io::hdf5::File file = io::hdf5::File::open(folder / "circuit/nodes.h5");
    const auto V_mV = file.root()
                          .group("nodes")
                          .group("b")
                          .group("0")
                          .group("dynamics_params")
                          .dataset("V_m")
                          .read<double>();
    CHECK(std::all_of(V_mV.begin(), V_mV.end(), [](double V) { return V >= 1.0 && V < 5.0; }));
    const NetworkDescription after = io::import_sonata(folder / "circuit/simulation_config.json");
    CHECK(io::network_to_json(after)["populations"] == io::network_to_json(before)["populations"]);
    // Without what is Spikewell's own everything counts from E_L.
    const NetworkDescription plain =
        io::import_sonata(folder / "circuit/simulation_config.nest.json");
    CHECK(std::get<Constant>(std::get<NeuronPopulation>(plain.network.populations[0]).V_init_mV)
              .value == 1.0);
}
