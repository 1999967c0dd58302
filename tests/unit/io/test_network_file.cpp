#include "io/hdf5.hpp"
#include "support/network_text.hpp"
#include "support/npy_bytes.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <limits>
#include <set>

using namespace spikewell;
using namespace spikewell::test;
using nlohmann::json;

namespace {

/// A network with the one population.
template <class T> T only_population(const std::string& population) {
    const NetworkDescription description = parsed(network(population));
    REQUIRE(description.network.populations.size() == 1);
    return std::get<T>(description.network.populations[0]);
}

/// A synaptic projection from P to E with more keys.
SynapticProjection only_projection(const std::string& keys) {
    const NetworkDescription description =
        parsed(network(k_pair, R"({"name": "PE", "pre": "P", "post": "E", )" + keys + "}"));
    REQUIRE(description.network.projections.size() == 1);
    return std::get<SynapticProjection>(description.network.projections[0]);
}

NeuronPopulation lif_of_all_fields() {
    NeuronPopulation lif;
    lif.name = "E_1";
    lif.size = 12;
    lif.neuron = LifDelta{21.5,
                          -65.25,
                          0.1 + 0.2,
                          -50.0,
                          -60.0,
                          0.0,
                          RefractoryInput::kept,
                          EscapeRate{5.5, -55.0, 0.3}};
    lif.V_init_mV = Normal{-60.0, 2.5, -70.0, -51.0};
    lif.inputs = {{PoissonRate::constant(8000.0), 0.1, 0, std::nullopt},
                  {{{0.0, 10.5, 20.0}, {1.0, 0.0, 3.25}}, -0.3, 4, 8}};
    return lif;
}

NeuronPopulation exponential_lif() {
    NeuronPopulation lif;
    lif.name = "I-2";
    lif.size = 7;
    lif.neuron = LifExp{
        20.0, 5.5, 10.25, -49.0, 1.0, -50.0, -60.0, 5.0, RefractoryInput::discarded, std::nullopt};
    lif.V_init_mV = Uniform{-60.0, -50.0};
    return lif;
}

Evidence evidence_over_time() {
    Evidence evidence{{0.0, 0.1 + 0.2, 1e12}, Matrix(3, 3, -1e6)};
    evidence.values(0, 0) = 0.1 + 0.2;
    evidence.values(2, 1) = 1e-300;
    return evidence;
}

std::vector<Population> populations_of_all_models() {
    DyadicPopulation attractor{"A", 3, 2, {9.5, 2.5}, 0.16681, evidence_over_time()};
    SpikeListSource source{"S", {2, 2, 8.0}, {{5.0, 3}, {1.5, 0}}};
    PoissonPopulation poisson{"P", 5, {{0.0, 100.0}, {10.0, 1e6}}};
    SpikeListPopulation list{"L", 4'000'000'000, {{0.30000000000000004, 3'999'999'999}, {0.0, 1}}};
    return {lif_of_all_fields(), exponential_lif(), attractor, source, poisson, list};
}

/// From the first 5 of E to E, with a connector.
SynapticProjection synaptic(std::string name, Connector connector) {
    SynapticProjection projection;
    projection.name = std::move(name);
    projection.pre = {PopulationId{0}, 0, 5};
    projection.post = {PopulationId{0}, 0, std::nullopt};
    projection.connector = std::move(connector);
    projection.weight = Constant{0.1};
    return projection;
}

std::vector<Projection> projections_of_all_kinds() {
    SynapticProjection one = synaptic("one to one", OneToOne{});
    one.post = {PopulationId{1}, 2, 5};
    one.weight = Lognormal{-1.0, 0.5, 0.01, 7.5};
    SynapticProjection all = synaptic("all", AllToAll{});
    all.delay_ms = Uniform{0.5, 2.0};
    all.self_connections = false;
    SynapticProjection random = synaptic("P->E, \"quoted\"", FixedProbability{0.02});
    random.pre = {PopulationId{4}, 0, std::nullopt};
    random.weight = Constant{0.05};
    random.plasticity = PairStdp{15.0, 30.0, 0.01, 1.05, 0.001, 0.3, WeightDependence::additive};
    random.dendritic_delay_fraction = 0.25;
    SynapticProjection in = synaptic("in", FixedIndegree{3, true});
    in.weight = Constant{-0.5};
    in.plasticity = InhibitoryStdp{25.0, 0.02, 8.0, 12.5};
    SynapticProjection out = synaptic("out", FixedOutdegree{4, false});
    out.delay_ms = Normal{1.5, 0.5, 0.1, 3.0};
    SynapticProjection list =
        synaptic("list", SynapseList{{{4, 11, 0.1F, 1.1F}, {0, 0, -3e-7F, 1e-4F}}});
    list.weight = Constant{0.0};
    Matrix square(3, 3);
    square(0, 1) = 0.1 + 0.2;
    square(2, 0) = -1e-300;
    FactorisedProjection recurrent{PopulationId{2},
                                   PopulationId{2},
                                   square,
                                   4.5,
                                   PredictiveHebbian{0.002, Prediction::expected},
                                   std::nullopt,
                                   "J"};
    FactorisedProjection input{PopulationId{3}, PopulationId{2}, Matrix(3, 2, 0.5), 1.0,
                               std::nullopt};
    std::vector<Projection> projections = {one, all, random, in, out, list, recurrent, input};
    for (const Connector& mask : std::vector<Connector>{
             AllToAll{}, FixedProbability{0.1 + 0.2}, FixedIndegree{2, true},
             FixedOutdegree{1, true}, SynapseList{{{2, 0, 0.0F, 0.0F}, {0, 1, 0.0F, 0.0F}}}}) {
        recurrent.name.clear();
        recurrent.mask = mask;
        projections.emplace_back(recurrent);
    }
    return projections;
}

NetworkDescription everything() {
    NetworkDescription description;
    description.network = {populations_of_all_models(), projections_of_all_kinds(),
                           18446744073709551615U};
    description.duration_ms = 1234.5;
    description.recordings = {
        {"spikes", SpikeRecording{{PopulationId{0}, 0, std::nullopt}}},
        {"V", PotentialRecording{{PopulationId{1}, 2, 3}, 0.1}},
        {"w", WeightRecording{ProjectionId{2}, 250.0}},
        {"rates", RateRecording{{PopulationId{5}, 7, 100}, 5.0}},
        {"x", StateRecording{{PopulationId{1}, 0, {}}, {"g_i_mV", "V_mV"}, 0.5, {2, 4}, {}}},
        {"y", PotentialRecording{{PopulationId{1}, 2, 3}, 1.0, {}, {0.0, 7.5}}},
        {"sigma", StateRecording{{PopulationId{2}, 0, {}}, {"sigma"}, 0.5, {0, 2}, {}}},
        {"J", CouplingRecording{ProjectionId{6}, 1000.0, {0.0, 500.0}, {0, 2}, {1}, true}},
        {"some", SpikeRecording{{PopulationId{5}, 0, {}}, {3, 3'999'999'999}}}};
    return description;
}

/// What comes back from the text of a description.
NetworkDescription read_back(const NetworkDescription& description) {
    return parsed(io::network_to_json(description).dump());
}

void check_same(const NeuronRange& a, const NeuronRange& b) {
    CHECK(a.population == b.population);
    CHECK(a.first == b.first);
    CHECK(a.count == b.count);
}

void check_same(const SynapticProjection& a, const SynapticProjection& b) {
    CAPTURE(b.name);
    CHECK(a.name == b.name);
    check_same(a.pre, b.pre);
    check_same(a.post, b.post);
    CHECK(a.connector == b.connector);
    CHECK(a.weight == b.weight);
    CHECK(a.delay_ms == b.delay_ms);
    CHECK(a.self_connections == b.self_connections);
    CHECK(a.plasticity == b.plasticity);
    CHECK(a.dendritic_delay_fraction == b.dendritic_delay_fraction);
}

void check_same(const FactorisedProjection& a, const FactorisedProjection& b) {
    CHECK(a.name == b.name);
    CHECK(a.pre == b.pre);
    CHECK(a.post == b.post);
    CHECK(a.coupling == b.coupling);
    CHECK(a.delay_ms == b.delay_ms);
    CHECK(a.plasticity == b.plasticity);
    CHECK(a.mask == b.mask);
}

void check_same(const NeuronPopulation& a, const NeuronPopulation& b) {
    CHECK(a.name == b.name);
    CHECK(a.size == b.size);
    CHECK(a.neuron == b.neuron);
    CHECK(a.V_init_mV == b.V_init_mV);
    REQUIRE(a.inputs.size() == b.inputs.size());
    for (std::size_t i = 0; i < a.inputs.size(); ++i) {
        CHECK(a.inputs[i].rate == b.inputs[i].rate);
        CHECK(a.inputs[i].weight == b.inputs[i].weight);
        CHECK(a.inputs[i].first == b.inputs[i].first);
        CHECK(a.inputs[i].count == b.inputs[i].count);
    }
}

/// The elements of `all` that are of one kind.
template <class T, class Variant> std::vector<T> of_kind(const std::vector<Variant>& all) {
    std::vector<T> found;
    for (const Variant& element : all) {
        if (const T* one = std::get_if<T>(&element)) {
            found.push_back(*one);
        }
    }
    return found;
}

} // namespace

TEST_CASE("A network comes back from its JSON text: populations") {
    const Network network = read_back(everything()).network;
    REQUIRE(network.populations.size() == 6);
    CHECK(network.seed == 18446744073709551615U);
    check_same(std::get<NeuronPopulation>(network.populations[0]), lif_of_all_fields());
    check_same(std::get<NeuronPopulation>(network.populations[1]), exponential_lif());
    const auto& attractor = std::get<DyadicPopulation>(network.populations[2]);
    CHECK(attractor.name == "A");
    CHECK(attractor.n_nodes == 3);
    CHECK(attractor.neurons_per_node == 2);
    CHECK(attractor.neuron == EscapeNoiseLif{9.5, 2.5});
    CHECK(attractor.inverse_temperature == 0.16681);
    CHECK(attractor.evidence == evidence_over_time());
    const auto& source = std::get<SpikeListSource>(network.populations[3]);
    CHECK(source.layout == DyadicCode{2, 2, 8.0});
    CHECK(source.spikes == std::vector<Spike>{{5.0, 3}, {1.5, 0}});
    const auto& poisson = std::get<PoissonPopulation>(network.populations[4]);
    CHECK(poisson.size == 5);
    CHECK(poisson.rate == PoissonRate{{0.0, 100.0}, {10.0, 1e6}});
    const auto& list = std::get<SpikeListPopulation>(network.populations[5]);
    CHECK(list.size == 4'000'000'000);
    CHECK(list.spikes == std::vector<Spike>{{0.30000000000000004, 3'999'999'999}, {0.0, 1}});
}

TEST_CASE("A network comes back from its JSON text: projections") {
    const std::vector<Projection> back = read_back(everything()).network.projections;
    const std::vector<Projection> there = projections_of_all_kinds();
    REQUIRE(back.size() == there.size());
    const auto synaptic_back = of_kind<SynapticProjection>(back);
    const auto synaptic_there = of_kind<SynapticProjection>(there);
    REQUIRE(synaptic_back.size() == 6);
    for (std::size_t i = 0; i < synaptic_back.size(); ++i) {
        check_same(synaptic_back[i], synaptic_there[i]);
    }
    const auto dense_back = of_kind<FactorisedProjection>(back);
    const auto dense_there = of_kind<FactorisedProjection>(there);
    REQUIRE(dense_back.size() == 7);
    for (std::size_t i = 0; i < dense_back.size(); ++i) {
        check_same(dense_back[i], dense_there[i]);
    }
}

TEST_CASE("A network comes back from its JSON text: recordings and the text itself") {
    const NetworkDescription back = read_back(everything());
    CHECK(back.duration_ms == 1234.5);
    REQUIRE(back.recordings.size() == 9);
    CHECK(back.recordings[0].name == "spikes");
    check_same(std::get<SpikeRecording>(back.recordings[0].what).neurons, {PopulationId{0}, 0, {}});
    const auto& potential = std::get<PotentialRecording>(back.recordings[1].what);
    check_same(potential.neurons, {PopulationId{1}, 2, 3});
    CHECK(potential.interval_ms == 0.1);
    const auto& weights = std::get<WeightRecording>(back.recordings[2].what);
    CHECK(weights.projection == ProjectionId{2});
    CHECK(weights.interval_ms == 250.0);
    const auto& rate = std::get<RateRecording>(back.recordings[3].what);
    check_same(rate.neurons, {PopulationId{5}, 7, 100});
    CHECK(rate.bin_ms == 5.0);
    const auto& state = std::get<StateRecording>(back.recordings[4].what);
    check_same(state.neurons, {PopulationId{1}, 0, {}});
    CHECK(state.variables == std::vector<std::string>{"g_i_mV", "V_mV"});
    CHECK(state.listed == std::vector<std::uint32_t>{2, 4});
    CHECK(state.interval_ms == 0.5);
    CHECK(std::get<PotentialRecording>(back.recordings[5].what).times_ms ==
          std::vector<double>{0.0, 7.5});
    const auto& sigma = std::get<StateRecording>(back.recordings[6].what);
    check_same(sigma.neurons, {PopulationId{2}, 0, {}});
    CHECK(sigma.variables == std::vector<std::string>{"sigma"});
    CHECK(sigma.listed == std::vector<std::uint32_t>{0, 2});
    const auto& couplings = std::get<CouplingRecording>(back.recordings[7].what);
    CHECK(couplings.projection == ProjectionId{6});
    CHECK(couplings.times_ms == std::vector<double>{0.0, 500.0});
    CHECK(couplings.pre == std::vector<std::uint32_t>{0, 2});
    CHECK(couplings.post == std::vector<std::uint32_t>{1});
    CHECK(couplings.hdf5);
    CHECK_FALSE(sigma.hdf5);
    CHECK(std::get<SpikeRecording>(back.recordings[8].what).listed ==
          std::vector<std::uint32_t>{3, 3'999'999'999});
    CHECK(io::network_to_json(back).dump() == io::network_to_json(everything()).dump());
}

TEST_CASE("A network comes back from its JSON text: positions and connectors by distance") {
    ListedPositions list{Matrix(3, 2)};
    list.points_mm(0, 1) = 0.1 + 0.2;
    list.points_mm(2, 0) = -1e6;
    NetworkDescription there;
    there.network.populations = {
        NeuronPopulation{.name = "E", .size = 6, .positions = GridPositions{{2, 3}, {1.0, 0.3}}},
        PoissonPopulation{"P", 5, PoissonRate::constant(1.0), UniformPositions{{1.0, 0.3}}},
        SpikeListPopulation{"L", 2, {}, list}};
    for (const Connector& connector :
         {Connector{DistanceGaussian{0.1 + 0.2, 1e-6, true}}, Connector{DistanceDisc{1.0, 1e6}},
          Connector{DistanceExponential{0.0, 0.1 + 0.2, false}}}) {
        SynapticProjection projection = synaptic("", connector);
        projection.pre = {PopulationId{1}, 1, 3};
        there.network.projections.emplace_back(projection);
    }
    const Network back = read_back(there).network;
    for (std::size_t p = 0; p < 3; ++p) {
        CHECK(positions_of(back.populations[p]) == positions_of(there.network.populations[p]));
        CHECK(std::get<SynapticProjection>(back.projections[p]).connector ==
              std::get<SynapticProjection>(there.network.projections[p]).connector);
    }
    const auto without = parsed(R"({"format": "spikewell-network", "version": 1, "populations": [
        {"name": "P", "model": "poisson", "size": 2, "rate_Hz": 1, "positions": null}]})");
    CHECK_FALSE(positions_of(without.network.populations[0]));
}

TEST_CASE("An empty network comes back") {
    const NetworkDescription back = read_back({});
    CHECK(back.network.populations.empty());
    CHECK(back.duration_ms == 1000.0);
    CHECK(back.network.seed == 1);
}

TEST_CASE("Fields that are left out have the defaults of the model cards") {
    const auto delta =
        only_population<NeuronPopulation>(R"({"name": "E", "model": "lif_delta", "size": 3})");
    CHECK(delta.neuron == PointNeuron{LifDelta{}});
    CHECK(delta.size == 3);
    CHECK(delta.inputs.empty());
    const auto exponential = only_population<NeuronPopulation>(
        R"({"name": "E", "model": "lif_exp", "size": 3, "escape": null})");
    CHECK(exponential.neuron == PointNeuron{LifExp{}});
    const auto escape = only_population<NeuronPopulation>(
        R"({"name": "E", "model": "lif_exp", "size": 3, "escape": {}})");
    CHECK(std::get<LifExp>(escape.neuron).escape == EscapeRate{});
    const auto attractor = only_population<DyadicPopulation>(
        R"({"name": "A", "model": "dyadic_attractor", "n_nodes": 2})");
    CHECK(attractor.code() == DyadicCode{2, 5, 10.0});
    CHECK(attractor.neuron == EscapeNoiseLif{});
    CHECK(attractor.inverse_temperature == 1.0);
    CHECK(attractor.evidence == Evidence{});
}

TEST_CASE("Evidence is a number, a list, both over time, or a table in a file") {
    const test::ScratchFolder folder;
    const auto [text, expected] = GENERATE(table<std::string, Evidence>({
        {R"("evidence": 0.5)", Evidence::constant({0.5})},
        {R"("evidence": [0.5, -1])", Evidence::constant({0.5, -1.0})},
        {R"("evidence": {"times_ms": [3], "values": [2]})", {{3.0}, Matrix(1, 1, 2.0)}},
        {R"("evidence": {"times_ms": [0, 0.0001], "values": [2, 2.0]})",
         {{0.0, 1e-4}, Matrix(1, 2, 2.0)}},
        {R"("evidence": {"times_ms": [0, 5], "values": [[7, 7], 7]})",
         {{0.0, 5.0}, Matrix(2, 2, 7.0)}},
        {R"("evidence": {"times_ms": [], "values": []})", Evidence{{}, Matrix(1, 0)}},
        {R"("evidence_file": "one.csv")", {{0.0, 12.5}, Matrix(1, 2, -0.25)}},
        {R"("evidence_file": "each.csv")", {{0.0, 12.5}, Matrix(2, 2, 0.75)}},
    }));
    CAPTURE(text);
    folder.write("one.csv", "0,-0.25\n12.5,-0.25\n");
    folder.write("each.csv", "0, 0.75, 0.75\r\n12.5,0.75,0.75");
    folder.write(
        "net.json",
        network(R"({"name": "A", "model": "dyadic_attractor", "n_nodes": 2, )" + text + "}"));
    const NetworkDescription description = io::read_network(folder / "net.json");
    CHECK(std::get<DyadicPopulation>(description.network.populations[0]).evidence == expected);
    const NetworkDescription back = read_back(description);
    if (!expected.times_ms.empty())
        CHECK(std::get<DyadicPopulation>(back.network.populations[0]).evidence == expected);
    CHECK(io::network_to_json(back) == io::network_to_json(description));
}

TEST_CASE("Evidence in a file is a table that the network names") {
    const auto document = nlohmann::json::parse(network(
        R"({"name": "A", "model": "dyadic_attractor", "n_nodes": 2, "evidence_file": "b.csv"})"));
    CHECK(io::tables_of(document, "folder") == std::vector<std::filesystem::path>{"folder/b.csv"});
}

TEST_CASE("Neurons begin at the reset potential where nothing else is said") {
    const auto lif = only_population<NeuronPopulation>(
        R"({"name": "E", "model": "lif_exp", "size": 3, "V_reset_mV": -61})");
    CHECK(lif.V_init_mV == Distribution{Constant{-61.0}});
}

TEST_CASE("With an escape rate neurons may begin above V_th, and V_th lie below V_reset") {
    const auto lif = only_population<NeuronPopulation>(
        R"({"name": "E", "model": "lif_delta", "size": 3, "escape": {}, "V_init_mV": 30,
            "V_th_mV": 0, "V_reset_mV": 5})");
    CHECK(lif.V_init_mV == Distribution{Constant{30.0}});
}

TEST_CASE("Fields of projections that are left out have their defaults") {
    const SynapticProjection projection =
        only_projection(R"("connector": "fixed_indegree", "indegree": 2, "weight_mV": 0.1)");
    CHECK(projection.delay_ms == Distribution{Constant{1.0}});
    CHECK(projection.connector == Connector{FixedIndegree{2, false}});
    CHECK(projection.self_connections);
    CHECK(projection.dendritic_delay_fraction == 1.0);
    CHECK(std::holds_alternative<std::monostate>(projection.plasticity));
    const SynapticProjection plastic = only_projection(
        R"("connector": "all_to_all", "weight_mV": 0.1, "plasticity": {"rule": "pair_stdp"})");
    CHECK(std::get<PairStdp>(plastic.plasticity) == PairStdp{});
    const SynapticProjection homeostatic = only_projection(
        R"("connector": "all_to_all", "weight_mV": 0, "plasticity": {"rule": "inhibitory_stdp"})");
    CHECK(std::get<InhibitoryStdp>(homeostatic.plasticity) == InhibitoryStdp{});
}

TEST_CASE("A projection may have no name") {
    NetworkDescription description;
    description.network.populations = {exponential_lif()};
    description.network.projections = {synaptic("", AllToAll{}), synaptic("", OneToOne{})};
    std::get<SynapticProjection>(description.network.projections[1]).post.count = 5;
    const auto back = of_kind<SynapticProjection>(read_back(description).network.projections);
    REQUIRE(back.size() == 2);
    CHECK(back[0].name.empty());
    description.recordings = {{"w", WeightRecording{ProjectionId{1}, 1.0}}};
    CHECK_THROWS_AS(io::network_to_json(description), NetworkError);
}

TEST_CASE("A truncated distribution is bounded by what the network takes") {
    const auto projection = only_projection(
        R"("connector": "all_to_all", "weight_mV": {"distribution": "normal", "mean": 1, "sd": 2})");
    CHECK(projection.weight == Distribution{Normal{1.0, 2.0, -1e6, 1e6}});
    const auto skewed = only_projection(
        R"("connector": "all_to_all", "weight_mV": {"distribution": "lognormal", "mu": 1, "sigma": 2})");
    CHECK(skewed.weight == Distribution{Lognormal{1.0, 2.0, 0.0, 1e6}});
}

TEST_CASE("The example of FORMAT.md is read, and the network takes it") {
    const std::string page = io::read_text(SPIKEWELL_SOURCE_DIR "/network/FORMAT.md");
    const std::string opening = "```json\n";
    const std::size_t begin = page.find(opening) + opening.size();
    const NetworkDescription description =
        parsed(page.substr(begin, page.find("```", begin) - begin));
    validate(description.network);
    CHECK(description.network.populations.size() == 3);
    CHECK(description.network.projections.size() == 3);
    CHECK(description.recordings.size() == 4);
}

TEST_CASE("What the reader takes, the network takes") {
    validate(read_back(everything()).network);
}

TEST_CASE("Couplings have the defaults of their projection and rule") {
    const NetworkDescription description = parsed(
        network(R"({"name": "A", "model": "dyadic_attractor", "n_nodes": 1})",
                R"({"pre": "A", "post": "A", "coupling": {"rows": 1, "cols": 1, "row_major": [0]},
            "plasticity": {"rule": "predictive_hebbian"}})"));
    const FactorisedProjection& projection = factorised(description.network.projections[0]);
    CHECK(projection.delay_ms == 3.93);
    CHECK(projection.plasticity == PredictiveHebbian{});
}

TEST_CASE("Recordings have their defaults") {
    const NetworkDescription description = parsed(network(
        k_pair,
        R"({"name": "PE", "pre": "P", "post": "E", "connector": "all_to_all", "weight_mV": 1})",
        R"({"name": "V", "record": "potential", "population": "E"},
           {"name": "w", "record": "weights", "projection": "PE"},
           {"name": "r", "record": "rate", "population": "P", "first": 2})"));
    const auto& what = description.recordings;
    CHECK(std::get<PotentialRecording>(what[0].what).interval_ms == 1.0);
    CHECK(std::get<WeightRecording>(what[1].what).interval_ms == 1000.0);
    CHECK(std::get<RateRecording>(what[2].what).bin_ms == 10.0);
    check_same(std::get<RateRecording>(what[2].what).neurons, {PopulationId{0}, 2, {}});
}

TEST_CASE("Tables lie beside the network file, CRLF and blanks in the header are taken") {
    const test::ScratchFolder folder;
    folder.write("spikes.csv", "t_ms, neuron\r\n1.5,2\r\n0.5,0\r\n");
    folder.write("none.csv", "t_ms,neuron");
    folder.write("synapses.csv", "pre,post,weight_mV,delay_ms\n2,0,0.25,1.5\n");
    folder.write("coupling.csv", "0,0.5\n-0.5,0\n");
    folder.write("pairs.csv", "pre,post\n1,0\n");
    folder.write(
        "net.json",
        network(
            R"({"name": "S", "model": "spike_list", "size": 3, "spikes_file": "spikes.csv"},
           {"name": "Q", "model": "spike_list", "size": 3, "spikes_file": "none.csv"},
           {"name": "E", "model": "lif_delta", "size": 1},
           {"name": "A", "model": "dyadic_attractor", "n_nodes": 2})",
            R"({"name": "SE", "pre": "S", "post": "E", "connector": "list", "file": "synapses.csv"},
           {"pre": "A", "post": "A", "coupling_file": "coupling.csv",
            "mask": {"connector": "list", "pairs_file": "pairs.csv"}})"));
    const Network read = io::read_network(folder / "net.json").network;
    CHECK(std::get<SpikeListPopulation>(read.populations[0]).spikes ==
          std::vector<Spike>{{1.5, 2}, {0.5, 0}});
    CHECK(std::get<SpikeListPopulation>(read.populations[1]).spikes.empty());
    const auto& list = std::get<SynapticProjection>(read.projections[0]).connector;
    CHECK(list == Connector{SynapseList{{{2, 0, 0.25F, 1.5F}}}});
    CHECK(factorised(read.projections[1]).coupling(0, 1) == 0.5);
    CHECK(factorised(read.projections[1]).coupling(1, 0) == -0.5);
    CHECK(factorised(read.projections[1]).mask == Connector{SynapseList{{{1, 0, 0.0F, 0.0F}}}});
}

namespace {

/// A file of SONATA's edges, as far as a list needs them; no weights or delays where there are none.
void write_edge_file(const std::filesystem::path& path,
                     const std::vector<std::string>& populations,
                     const std::vector<std::int64_t>& sources,
                     const std::vector<std::int64_t>& targets,
                     const std::vector<double>& weights,
                     const std::vector<double>& delays_ms) {
    io::hdf5::File file = io::hdf5::File::create(path);
    {
        const io::hdf5::Group all = file.root().create_group("edges");
        for (const std::string& name : populations) {
            const io::hdf5::Group group = all.create_group(name);
            group.write<std::int64_t>("source_node_id", sources);
            group.write<std::int64_t>("target_node_id", targets);
            const io::hdf5::Group values = group.create_group("0");
            if (!weights.empty()) values.write<double>("syn_weight", weights);
            if (!delays_ms.empty()) values.write<double>("delay", delays_ms);
        }
    }
    file.close();
}

/// A network whose list of synapses, couplings or mask a file has.
struct TableNetwork {
    test::ScratchFolder folder;

    [[nodiscard]] Network read(const std::string& of_list) const {
        return read_with(R"({"pre": "P", "post": "E", "connector": "list", )" + of_list + "}");
    }
    [[nodiscard]] Network couplings(const std::string& rest) const {
        return read_with(R"({"pre": "A", "post": "A", )" + rest + "}");
    }
    [[nodiscard]] std::string problem(const std::string& of_list) const {
        try {
            (void)read(of_list);
        } catch (const DescriptionError& error) {
            return error.problems().size() == 1
                       ? error.problems()[0].pointer + ": " + error.problems()[0].message
                       : error.what();
        }
        return "none";
    }
    [[nodiscard]] std::string coupling_problem(const std::string& rest) const {
        try {
            (void)couplings(rest);
        } catch (const DescriptionError& error) {
            return error.what();
        }
        return "none";
    }

  private:
    [[nodiscard]] Network read_with(const std::string& projection) const {
        folder.write("net.json",
                     network(std::string(k_pair) +
                                 R"(, {"name": "A", "model": "dyadic_attractor", "n_nodes": 2})",
                             projection));
        return io::read_network(folder / "net.json").network;
    }
};

const SynapseList& synapses_of(const Network& network) {
    return std::get<SynapseList>(std::get<SynapticProjection>(network.projections[0]).connector);
}

} // namespace

TEST_CASE("A list of synapses comes from CSV, NPY and SONATA's edges alike") {
    const TableNetwork files;
    const SynapseList all{{{4, 9, 0.25F, 1.5F}, {0, 3, -0.5F, 2.0F}}};
    const SynapseList shared{{{4, 9, 0.75F, 1.0F}, {0, 3, 0.75F, 1.0F}}};
    const SynapseList delayed{{{4, 9, 0.25F, 2.5F}, {0, 3, -0.5F, 2.5F}}};
    files.folder.write("4.csv", "pre,post,weight_mV,delay_ms\n4,9,0.25,1.5\n0,3,-0.5,2\n");
    files.folder.write("3.csv", "pre,post,weight_mV\n4,9,0.25\n0,3,-0.5\n");
    files.folder.write("2.csv", "pre,post\n4,9\n0,3\n");
    files.folder.write("4.npy", test::npy_of("(2, 4)", {4, 0, 9, 3, 0.25, -0.5, 1.5, 2.0}));
    files.folder.write("3.npy", test::npy_of("(2, 3)", {4, 0, 9, 3, 0.25, -0.5}));
    files.folder.write("2.npy", test::npy_of("(2, 2)", {4, 0, 9, 3}));
    write_edge_file(files.folder / "4.h5", {"P-E"}, {4, 0}, {9, 3}, {0.25, -0.5}, {1.5, 2.0});
    write_edge_file(files.folder / "3.h5", {"P-E", "other"}, {4, 0}, {9, 3}, {0.25, -0.5}, {});
    write_edge_file(files.folder / "2.h5", {"P-E"}, {4, 0}, {9, 3}, {}, {});
    const std::string kind = GENERATE("csv", "npy", "h5");
    CAPTURE(kind);
    const std::string edges = kind == "h5" ? R"(, "edges": "P-E")" : "";
    CHECK(synapses_of(files.read(R"("file": "4.)" + kind + "\"" + edges)) == all);
    CHECK(synapses_of(files.read(R"("delay_ms": 2.5, "file": "3.)" + kind + "\"" + edges)) ==
          delayed);
    CHECK(synapses_of(files.read(R"("weight_mV": 0.75, "file": "2.)" + kind + "\"")) == shared);
}

TEST_CASE("Couplings and masks come from CSV, NPY and HDF5 alike") {
    const TableNetwork files;
    files.folder.write("J.csv", "0,0.5\n-0.25,0\n");
    files.folder.write("J.npy", test::npy_of("(2, 2)", {0, -0.25, 0.5, 0}));
    write_edge_file(files.folder / "J.edges", {"A-A"}, {1, 0}, {0, 1}, {0.5, -0.25}, {});
    {
        io::hdf5::File file = io::hdf5::File::create(files.folder / "J.matrix");
        file.root().write<double>("coupling", std::vector<double>{0, 0.5, -0.25, 0}, {2, 2});
        file.close();
    }
    files.folder.write("mask.csv", "pre,post\n1,0\n");
    files.folder.write("mask.npy", test::npy_of("(1, 2)", {1, 0}));
    write_edge_file(files.folder / "mask.edges", {"A-A"}, {1}, {0}, {3.0}, {});
    const std::string couplings = GENERATE("csv", "npy", "edges", "matrix");
    const std::string mask = GENERATE("csv", "npy", "edges");
    CAPTURE(couplings, mask);
    const Network read =
        files.couplings(R"("coupling_file": "J.)" + couplings +
                        R"(", "mask": {"connector": "list", "pairs_file": "mask.)" + mask + "\"}");
    Matrix there(2, 2);
    there(0, 1) = 0.5;
    there(1, 0) = -0.25;
    CHECK(factorised(read.projections[0]).coupling == there);
    CHECK(factorised(read.projections[0]).mask == Connector{SynapseList{{{1, 0, 0.0F, 0.0F}}}});
}

TEST_CASE("What is wrong in an NPY or HDF5 list is told with its row") {
    const TableNetwork files;
    files.folder.write("5.npy", test::npy_of("(1, 5)", {1, 1, 1, 1, 1}));
    files.folder.write("1.npy", test::npy_of("(2,)", {1, 1}));
    files.folder.write("post.npy", test::npy_of("(2, 4)", {4, 0, 9, 10, 0, 0, 1, 1}));
    files.folder.write("2.npy", test::npy_of("(1, 2)", {4, 0}));
    files.folder.write("4.npy", test::npy_of("(1, 4)", {4, 0, 1, 1}));
    write_edge_file(files.folder / "pre.h5", {"P-E"}, {4, -1}, {9, 3}, {0.25, -0.5}, {1.5, 2.0});
    write_edge_file(files.folder / "two.h5", {"a", "b"}, {4}, {9}, {}, {});
    write_edge_file(files.folder / "delays.h5", {"a"}, {4}, {9}, {}, {1.5});
    write_edge_file(files.folder / "short.h5", {"a"}, {4}, {9, 3}, {}, {});
    const std::string at = (files.folder / "").string();
    const auto problem = [&](const std::string& of_list) {
        std::string text = files.problem(of_list);
        const std::size_t place = text.find(at);
        return place == std::string::npos ? text : text.erase(place, at.size());
    };
    CHECK(problem(R"("file": "5.npy")") == "/projections/0/file: 5.npy: must have 2 .. 4 columns, "
                                           "pre,post,weight_mV,delay_ms, got 5");
    CHECK(
        problem(R"("file": "1.npy", "weight_mV": 1)") ==
        "/projections/0/file: 1.npy: must have 2 .. 4 columns, pre,post,weight_mV,delay_ms, got 1");
    CHECK(problem(R"("file": "post.npy")") ==
          "/projections/0/file: post.npy: row 1: post must be 0 .. 9, got 10");
    CHECK(problem(R"("file": "2.npy")") == "/projections/0/weight_mV: is missing");
    CHECK(
        problem(
            R"("file": "2.npy", "weight_mV": {"distribution": "uniform", "low": 0, "high": 1})") ==
        "/projections/0/weight_mV: must be a number, got an object, allowed -1000000 .. 1000000");
    CHECK(problem(R"("file": "4.npy", "delay_ms": 1)") ==
          R"(/projections/0/delay_ms: is no key of connector "list": each synapse has its own)");
    CHECK(problem(R"("file": "4.npy", "edges": "a")") ==
          R"(/projections/0/file: 4.npy: is not HDF5, and only that has populations of "edges")");
    CHECK(problem(R"("synapses": [[0, 0, 1, 1]], "edges": "a")") ==
          R"(/projections/0/edges: must not stand beside "synapses")");
    CHECK(problem(R"("file": "pre.h5")") ==
          "/projections/0/file: pre.h5: row 1: pre must be 0 .. 4, got -1");
    CHECK(
        problem(R"("file": "two.h5", "weight_mV": 1)") ==
        R"(/projections/0/file: two.h5: /edges: must hold one population, or "edges" say which, there are: a, b)");
    CHECK(problem(R"("file": "two.h5", "edges": "c", "weight_mV": 1)") ==
          "/projections/0/file: two.h5: /edges: has no population c, there are: a, b");
    CHECK(problem(R"("file": "delays.h5", "weight_mV": 1)") ==
          "/projections/0/file: delays.h5: has delays but no weights, edge by edge");
    CHECK_THAT(problem(R"("file": "short.h5", "weight_mV": 1)"),
               Catch::Contains("/edges/a/target_node_id: must have 1 elements"));
}

TEST_CASE("What is wrong in couplings of HDF5 is told") {
    const TableNetwork files;
    write_edge_file(files.folder / "twice.h5", {"A-A"}, {1, 1}, {0, 0}, {0.5, 0.5}, {});
    write_edge_file(files.folder / "outside.h5", {"A-A"}, {1, 0}, {0, 2}, {0.5, 0.5}, {});
    write_edge_file(files.folder / "bare.h5", {"A-A"}, {1}, {0}, {}, {});
    io::hdf5::File::create(files.folder / "none.h5").close();
    files.folder.write("3.npy", test::npy_of("(3, 2)", {0, 0, 0, 0, 0, 0}));
    const auto problem = [&](const std::string& name) {
        return files.coupling_problem(R"("coupling_file": ")" + name + "\"");
    };
    CHECK_THAT(problem("twice.h5"), Catch::Contains("twice.h5: edge 1 joins 1 to 0 again"));
    CHECK_THAT(problem("outside.h5"),
               Catch::Contains("edge 1 must join nodes 0 .. 1 to nodes 0 .. 1, got 0 to 2"));
    CHECK_THAT(problem("bare.h5"),
               Catch::Contains("bare.h5: has no weights, neither 0/syn_weight"));
    CHECK_THAT(problem("none.h5"),
               Catch::Contains(R"(must have a dataset "coupling" or a group "edges" (SONATA))"));
    CHECK_THAT(problem("3.npy"),
               Catch::Contains("must be 2 x 2 (nodes of post x nodes of pre), got 3 x 2"));
}

TEST_CASE("A table at an absolute path is read there") {
    const test::ScratchFolder folder;
    folder.write("spikes.csv", "t_ms,neuron\n1,0\n");
    const std::string path = (folder / "spikes.csv").string();
    const auto list = only_population<SpikeListPopulation>(
        R"({"name": "S", "model": "spike_list", "size": 1, "spikes_file": ")" + path + "\"}");
    CHECK(list.spikes == std::vector<Spike>{{1.0, 0}});
}

TEST_CASE("Weights of a list may lie at the bounds of a rule in single precision") {
    const auto list = only_projection(
        R"("connector": "list", "synapses": [[0, 0, 0.2, 1], [0, 1, 0, 1]],
           "plasticity": {"rule": "pair_stdp"})");
    CHECK(std::get<SynapseList>(list.connector).synapses.size() == 2);
}

TEST_CASE("Degrees may exceed the neurons there are unless distinct") {
    const auto in =
        only_projection(R"("connector": "fixed_indegree", "indegree": 6, "weight_mV": 1)");
    CHECK(in.connector == Connector{FixedIndegree{6, false}});
    const auto exact = only_projection(
        R"("connector": "fixed_indegree", "indegree": 5, "distinct": true, "weight_mV": 1,
           "self_connections": false)");
    CHECK(exact.connector == Connector{FixedIndegree{5, true}});
}
