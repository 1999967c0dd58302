#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/network/network_file.hpp"
#include "io/nir/nir.hpp"
#include "network/lif_equivalent.hpp"
#include "support/output.hpp"
#include "support/scratch_folder.hpp"
#include "support/synapse_table.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <map>

using namespace spikewell;
using namespace spikewell::io;
using spikewell::test::ScratchFolder;
using spikewell::test::synapse_table;
using spikewell::test::SynapseTable;

namespace {

constexpr NirConvention k_conventions[] = {NirConvention::dt, NirConvention::dirac};

/// Only what NIR can say: no refractory period, noise or drive, one delay a projection.
NetworkDescription representable() {
    LifDelta delta;
    delta.tau_m_ms = 16.0;
    delta.t_ref_ms = 0.0;
    LifExp exp;
    exp.t_ref_ms = 0.0;
    exp.E_L_mV = -52.0;
    exp.tau_syn_exc_ms = 5.0;
    exp.tau_syn_inh_ms = 10.0;
    LifExp one_current = exp;
    one_current.tau_syn_inh_ms = 5.0;
    NetworkDescription description;
    description.network.populations = {
        SpikeListPopulation{"in", 3, {}}, NeuronPopulation{"delta", 4, delta, Constant{0.0}, {}},
        NeuronPopulation{"two", 2, exp, Constant{-52.0}, {}},
        NeuronPopulation{"one", 2, one_current, Constant{-52.0}, {}}};
    const auto connect = [&](std::uint32_t pre, std::uint32_t post, std::vector<Synapse> synapses) {
        SynapticProjection p;
        p.pre.population = {pre};
        p.post.population = {post};
        p.connector = SynapseList{std::move(synapses)};
        description.network.projections.emplace_back(std::move(p));
    };
    connect(0, 1, {{0, 0, 1.5F, 2.0F}, {2, 3, -0.75F, 2.0F}});
    connect(1, 1, {{0, 1, 0.5F, 1.0F}, {1, 2, -0.25F, 1.0F}});
    connect(1, 2, {{3, 0, 2.0F, 1.5F}, {2, 1, -4.0F, 1.5F}});
    connect(2, 3, {{1, 1, 3.0F, 0.5F}, {0, 1, -1.0F, 0.5F}});
    return description;
}

ExportReport export_into(const std::filesystem::path& folder,
                         const NetworkDescription& description,
                         const NirOptions& options) {
    return test::published(folder, [&](const FolderOutput& output) {
        return export_nir(description, output, options);
    });
}

NetworkDescription through_nir(const NetworkDescription& description, const NirOptions& options) {
    const ScratchFolder folder;
    (void)export_into(folder / "a", description, options);
    return import_nir(folder / "a" / "network.nir", {}).description;
}

nlohmann::json populations_by_name(const NetworkDescription& description) {
    nlohmann::json by_name;
    const nlohmann::json document = network_to_json(description);
    for (const auto& population : document["populations"])
        by_name[population["name"].get<std::string>()] = population;
    return by_name;
}

/// Numbers to a part in 10^6, everything else as it is.
void require_near(const nlohmann::json& got, const nlohmann::json& expected) {
    REQUIRE(got.size() == expected.size());
    for (const auto& [key, value] : expected.items()) {
        CAPTURE(key, got.dump(), expected.dump());
        REQUIRE(got.contains(key));
        if (value.is_number())
            CHECK(got[key].get<double>() == Approx(value.get<double>()).epsilon(1e-6));
        else if (value.is_object())
            require_near(got[key], value);
        else
            CHECK(got[key] == value);
    }
}

std::string nir_outcome(const std::filesystem::path& path) {
    try {
        (void)import_nir(path, {});
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

void text(const hdf5::Group& group, const std::string& name, const std::string& value) {
    group.write<std::string>(name, std::vector<std::string>{value}, {});
}

void lif(const hdf5::Group& nodes, const std::string& name, std::size_t n) {
    const hdf5::Group node = nodes.create_group(name);
    text(node, "type", "LIF");
    for (const auto& [param, value] :
         {std::pair{"tau", 0.01}, {"r", 0.01}, {"v_leak", 0.0}, {"v_threshold", 1.0}})
        node.write<double>(param, std::vector<double>(n, value));
}

void linear(const hdf5::Group& nodes, const std::string& name, std::size_t rows, std::size_t cols) {
    const hdf5::Group node = nodes.create_group(name);
    text(node, "type", "Linear");
    node.write<float>("weight", std::vector<float>(rows * cols, 1.0F), {rows, cols});
}

using Change = std::function<void(const hdf5::Group& graph)>;
const std::vector<std::string> k_edges{"in", "w", "w", "cells", "cells", "rec", "rec", "cells"};

/// in (3) -> w (2 x 3) -> cells (2) -> rec (2 x 2) -> cells, then what `change` does.
void write_graph(const std::filesystem::path& path,
                 const Change& change,
                 const std::vector<std::string>& edges,
                 std::size_t n_edges_claimed) {
    hdf5::File file = hdf5::File::create(path);
    const hdf5::Group graph = file.root().create_group("node");
    text(graph, "type", "NIRGraph");
    const hdf5::Group nodes = graph.create_group("nodes");
    const hdf5::Group in = nodes.create_group("in");
    text(in, "type", "Input");
    in.write<std::int64_t>("shape", std::vector<std::int64_t>{3});
    linear(nodes, "w", 2, 3);
    linear(nodes, "rec", 2, 2);
    lif(nodes, "cells", 2);
    change(graph);
    graph.write<std::string>("edges", edges, {n_edges_claimed, 2});
    file.close();
}

std::string outcome_with(const Change& change, const std::vector<std::string>& edges = k_edges) {
    const ScratchFolder folder;
    write_graph(folder / "a.nir", change, edges, edges.size() / 2);
    return nir_outcome(folder / "a.nir");
}

} // namespace

TEST_CASE("What NIR can say comes back as it was, in both conventions") {
    const NetworkDescription before = representable();
    for (const NirConvention convention : k_conventions) {
        const NetworkDescription after = through_nir(before, {convention, NirProfile::full});
        require_near(populations_by_name(after), populations_by_name(before));
        test::require_near(synapse_table(after.network), synapse_table(before.network));
    }
}

TEST_CASE(
    "The strict profile counts potentials from the reset, with rest as a bias, and has no delays") {
    const NetworkDescription after =
        through_nir(representable(), {NirConvention::dt, NirProfile::strict});
    const nlohmann::json two = populations_by_name(after)["two"];
    CHECK(two["E_L_mV"] == 0.0);
    CHECK(two["drive_mV"].get<double>() == Approx(8.0)); // -52 from -60
    CHECK(two["V_th_mV"] == 10.0);                       // -50 from there
    CHECK(two["V_reset_mV"] == 0.0);
    CHECK(two["tau_syn_inh_ms"].get<double>() == Approx(5.0)); // one current
    for (const auto& [ends, values] : synapse_table(after.network))
        CHECK(values.second == Approx(0.1)); // a step
}

TEST_CASE("What NIR cannot say is reported") {
    NetworkDescription description = representable();
    auto& cells = std::get<NeuronPopulation>(description.network.populations[1]);
    auto& neuron = std::get<LifDelta>(cells.neuron);
    neuron.t_ref_ms = 2.0;
    neuron.escape = EscapeRate{10.0, 12.0, 2.0};
    auto& p = std::get<SynapticProjection>(description.network.projections[0]);
    std::get<SynapseList>(p.connector).synapses[0].delay_ms = 3.0F;
    p.name = "drive";
    const ScratchFolder folder;
    const ExportReport report = export_into(folder / "a", description, {});
    const auto has = [](const std::vector<std::string>& entries, const std::string& entry) {
        return std::find(entries.begin(), entries.end(), entry) != entries.end();
    };
    CHECK(has(report.lost, "refractory period of delta, 2 ms"));
    CHECK(has(report.lost, "escape noise of delta: a sharp threshold at 12 mV"));
    CHECK(has(report.lost, "spikes of the source in"));
    CHECK(has(report.approximated, "delays of drive, 2 .. 3 ms, as their mean, 2.5 ms"));
}

TEST_CASE("Networks without NIR nodes or too large for dense matrices are refused") {
    const ScratchFolder folder;
    const auto exported = [&](const NetworkDescription& description) {
        (void)export_into(folder / "a", description, {});
    };
    NetworkDescription dyadic;
    dyadic.network.populations = {DyadicPopulation{}};
    CHECK_THROWS_WITH(exported(dyadic), "attractor: is a dyadic population, which NIR cannot hold");
    NetworkDescription large = representable();
    std::get<SpikeListPopulation>(large.network.populations[0]).size = 100'000'000;
    CHECK_THROWS_WITH(exported(large), "projection 0: would be a matrix of 4 x 100000000, allowed "
                                       "1e+08 weights");
    CHECK(folder.entry_count() == 0);
}

TEST_CASE("Every broken graph is refused in one line that names the node") {
    const auto in_nodes = [](auto&& change) {
        return [change](const hdf5::Group& graph) { change(graph.group("nodes")); };
    };
    REQUIRE(outcome_with([](const hdf5::Group&) {}) == "no error");
    const std::vector<std::pair<std::string, std::string>> cases{
        {"/node/nodes/x: type \"Threshold\" cannot be simulated, allowed Input, Output, Linear",
         outcome_with(in_nodes([](const hdf5::Group& nodes) {
             text(nodes.create_group("x"), "type", "Threshold");
         }))},
        {"has no dataset /node/nodes/x/type",
         outcome_with(in_nodes([](const hdf5::Group& nodes) { (void)nodes.create_group("x"); }))},
        {"/node/nodes/x/tau: must have 1 dimensions, got 0",
         outcome_with(in_nodes([](const hdf5::Group& nodes) {
             const hdf5::Group node = nodes.create_group("x");
             text(node, "type", "LIF");
             node.write<double>("tau", std::vector<double>{0.01}, {});
         }))},
        {"/node/nodes/x/tau: must hold numbers",
         outcome_with(in_nodes([](const hdf5::Group& nodes) {
             const hdf5::Group node = nodes.create_group("x");
             text(node, "type", "LIF");
             node.write<std::string>("tau", std::vector<std::string>{"0.01"});
         }))},
        {"/node/nodes/x/r: must have 2 elements like the others, got 3",
         outcome_with(in_nodes([](const hdf5::Group& nodes) {
             const hdf5::Group node = nodes.create_group("x");
             text(node, "type", "LIF");
             node.write<double>("tau", std::vector<double>{0.01, 0.02});
             node.write<double>("r", std::vector<double>{0.01, 0.02, 0.03});
         }))},
        {"/node/nodes/x/weight: must have 2 dimensions, got 1",
         outcome_with(in_nodes([](const hdf5::Group& nodes) {
             const hdf5::Group node = nodes.create_group("x");
             text(node, "type", "Linear");
             node.write<double>("weight", std::vector<double>{1});
         }))},
        {"/node/nodes/x/shape: must be of 1 .. 4e9 elements, got 1000000000000",
         outcome_with(in_nodes([](const hdf5::Group& nodes) {
             const hdf5::Group node = nodes.create_group("x");
             text(node, "type", "Input");
             node.write<std::int64_t>("shape", std::vector<std::int64_t>{1000000, 1000000});
         }))},
        {"/node/edges: edge 0 joins \"nowhere\", which is no node",
         outcome_with([](const hdf5::Group&) {}, {"nowhere", "w"})},
        {"/node/edges: edge 0 leads 3 elements of in to 2 of cells",
         outcome_with([](const hdf5::Group&) {}, {"in", "cells"})},
        {"/node/nodes/out: leads to w as Output, allowed Input, neurons and what is linear",
         outcome_with(in_nodes([](const hdf5::Group& nodes) {
                          const hdf5::Group out = nodes.create_group("out");
                          text(out, "type", "Output");
                          out.write<std::int64_t>("shape", std::vector<std::int64_t>{3});
                      }),
                      {"out", "w", "w", "cells"})},
        {"/node/nodes/rec: is in a ring of Linear nodes",
         outcome_with([](const hdf5::Group&) {}, {"rec", "rec", "rec", "cells"})},
        {"/node/nodes/d: must have one edge in, got 0",
         outcome_with(in_nodes([](const hdf5::Group& nodes) {
                          const hdf5::Group node = nodes.create_group("d");
                          text(node, "type", "Delay");
                          node.write<double>("delay", std::vector<double>{0.001, 0.001});
                      }),
                      {"d", "cells"})},
        {"/node/nodes/d: is in a ring of Delay nodes",
         outcome_with(in_nodes([](const hdf5::Group& nodes) {
                          const hdf5::Group node = nodes.create_group("d");
                          text(node, "type", "Delay");
                          node.write<double>("delay", std::vector<double>{0.001, 0.001});
                      }),
                      {"d", "d", "d", "cells"})},
        {"is in a ring of Delay nodes",
         outcome_with(in_nodes([](const hdf5::Group& nodes) {
                          for (const char* name : {"d", "e"}) {
                              const hdf5::Group node = nodes.create_group(name);
                              text(node, "type", "Delay");
                              node.write<double>("delay", std::vector<double>{0.001});
                          }
                      }),
                      {"d", "e", "e", "d"})},
        {"/node/nodes/x?y: type \"a\\tb\" cannot be simulated",
         outcome_with(in_nodes(
             [](const hdf5::Group& nodes) { text(nodes.create_group("x\ny"), "type", "a\tb"); }))},
        {"/node/metadata/spikewell_convention: must be dt, steps or dirac, got ms",
         outcome_with([](const hdf5::Group& graph) {
             text(graph.create_group("metadata"), "spikewell_convention", "ms");
         })}};
    for (const auto& [message, got] : cases) {
        CHECK_THAT(got, Catch::Contains(message));
        CHECK(got.find('\n') == std::string::npos);
    }
}

TEST_CASE("A small graph that claims 10^9 edges or weights is refused before memory is taken") {
    const ScratchFolder folder;
    write_graph(
        folder / "a.nir", [](const hdf5::Group&) {}, {}, 1'000'000'000);
    CHECK_THAT(
        nir_outcome(folder / "a.nir"),
        Catch::Contains("/node/edges: is damaged: 2000000000 elements cannot be in 0 bytes"));
    CHECK_THAT(outcome_with([](const hdf5::Group& graph) {
                   const hdf5::Group node = graph.group("nodes").create_group("x");
                   text(node, "type", "Linear");
                   node.write<float>("weight", std::vector<float>{}, {100'000, 10'000});
               }),
               Catch::Contains("/node/nodes/x/weight: is damaged: 1000000000 elements"));
}

TEST_CASE("Nodes whose names become the same are populations of different names") {
    const ScratchFolder folder;
    write_graph(
        folder / "a.nir",
        [](const hdf5::Group& graph) {
            for (const char* name : {"cells.lif", "x y", "x\ny"})
                lif(graph.group("nodes"), name, 2);
        },
        k_edges, 4);
    std::vector<std::string> names;
    for (const Population& population :
         import_nir(folder / "a.nir", {}).description.network.populations)
        names.push_back(name_of(population));
    CHECK(names == std::vector<std::string>{"cells", "cells-2", "in", "x_y", "x_y-2"});
}

TEST_CASE("A truncated graph is refused wherever it was cut") {
    const ScratchFolder folder;
    (void)export_into(folder / "a", representable(), {});
    const std::string whole = folder.content("a/network.nir");
    REQUIRE(whole.size() > 1000);
    for (std::size_t length = 0; length < whole.size(); length += whole.size() / 32) {
        folder.write("a.nir", whole.substr(0, length));
        const std::string got = nir_outcome(folder / "a.nir");
        CHECK_THAT(got, Catch::Contains("a.nir"));
        CHECK(got.find('\n') == std::string::npos);
    }
}

TEST_CASE("Nodes that lie together under one name in NIR are told apart") {
    NetworkDescription description = representable();
    const char* const names[] = {"a", "b", "b-delay", "a-b-delay"};
    for (std::size_t p = 0; p < 4; ++p)
        std::visit([&](auto& population) { population.name = names[p]; },
                   description.network.populations[p]);
    auto& second = std::get<SynapticProjection>(description.network.projections[2]);
    second.pre.population = {0};
    std::get<SynapseList>(second.connector).synapses = {{1, 0, 2.0F, 1.5F}};
    const SynapseTable was = synapse_table(description.network);
    const SynapseTable is = synapse_table(through_nir(description, {}).network);
    REQUIRE(is.size() == was.size());
    for (const auto& [ends, values] : was) {
        REQUIRE(is.contains(ends));
        CHECK(is.at(ends).second == Approx(values.second));
    }
}

namespace {

/// All that has an escape rate comes back with it, and with its refractory period.
void check_noise_through(const NetworkDescription& description, const NirOptions& options) {
    const nlohmann::json before = populations_by_name(description);
    const NetworkDescription after = through_nir(description, options);
    for (const auto& [name, was] : before.items()) {
        if (!was.contains("escape")) continue; // a source
        const nlohmann::json is = populations_by_name(after)[name];
        CAPTURE(name, is.dump());
        CHECK(is["t_ref_ms"].get<double>() == Approx(was["t_ref_ms"].get<double>()));
        CHECK(is["escape"]["rate_Hz"] == was["escape"]["rate_Hz"]);
        CHECK(is["escape"]["slope_mV"] == was["escape"]["slope_mV"]);
        const auto above_reset = [](const nlohmann::json& of) {
            return of["escape"]["theta_mV"].get<double>() - of["V_reset_mV"].get<double>();
        };
        CHECK(above_reset(is) == Approx(above_reset(was)));
    }
}

NetworkDescription copy_of_nodes() {
    DyadicPopulation nodes;
    nodes.n_nodes = 3;
    nodes.neurons_per_node = 2;
    NetworkDescription trained;
    trained.network.populations = {nodes};
    FactorisedProjection recurrent{PopulationId{0}, PopulationId{0}, Matrix(3, 3), 1.0, {}};
    recurrent.coupling(0, 1) = 0.5;
    trained.network.projections = {recurrent};
    return lif_equivalent(trained);
}

} // namespace

TEST_CASE("Escape noise and refractory periods come back from our own files") {
    NetworkDescription noisy = representable();
    for (std::size_t p = 1; p < 4; ++p) {
        std::visit(
            []<class M>(M& neuron) {
                if constexpr (requires { neuron.escape; }) {
                    neuron.t_ref_ms = 3.0;
                    neuron.escape = EscapeRate{15.0, neuron.V_th_mV - 1.0, 2.5};
                }
            },
            std::get<NeuronPopulation>(noisy.network.populations[p]).neuron);
    }
    for (const NirProfile profile : {NirProfile::full, NirProfile::strict}) {
        for (const NirConvention convention : k_conventions)
            check_noise_through(noisy, {convention, profile});
        check_noise_through(copy_of_nodes(), {NirConvention::dirac, profile});
    }
}

TEST_CASE("Neurons that fire by chance alone are not written for readers that take steps") {
    const ScratchFolder folder;
    CHECK_THROWS_WITH(export_into(folder / "a", copy_of_nodes(), {}),
                      Catch::Contains("fires by chance alone: its soft threshold, theta_mV") &&
                          Catch::Contains("--nir-convention dirac"));
    CHECK(folder.entry_count() == 0);
}

TEST_CASE("A NIR neuron that would fire without end is refused by its name") {
    CHECK_THAT(outcome_with([](const hdf5::Group& graph) {
                   graph.group("nodes").group("cells").write<double>("v_reset",
                                                                     std::vector<double>(2, 1.0));
               }),
               Catch::EndsWith("/node/nodes/cells: v_threshold must be > v_reset = 1, got 1"));
}
