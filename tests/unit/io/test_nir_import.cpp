#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/nir/nir.hpp"
#include "network/engine/simulator.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <hdf5.h>
#include <map>

using namespace spikewell;
using namespace spikewell::io;
using spikewell::test::ScratchFolder;

// Graphs as other programs write them.

namespace {

using Values = std::vector<double>;
using Edges = std::vector<std::string>;

void put_text(const hdf5::Group& group, const std::string& name, const std::string& value) {
    group.write<std::string>(name, std::vector<std::string>{value}, {});
}

/// A graph that is being written.
struct Graph {
    hdf5::Group group;
    hdf5::Group nodes;

    explicit Graph(hdf5::Group at) : group(std::move(at)), nodes(group.create_group("nodes")) {
        put_text(group, "type", "NIRGraph");
    }
    [[nodiscard]] hdf5::Group node(const std::string& name, const std::string& type) const {
        hdf5::Group at = nodes.create_group(name);
        put_text(at, "type", type);
        return at;
    }
    void ends(const std::string& name,
              const std::string& type,
              std::vector<std::int64_t> shape) const {
        node(name, type).write<std::int64_t>("shape", shape);
    }
    void linear(const std::string& name,
                const Values& weights,
                std::size_t rows,
                const Values& bias = {}) const {
        const hdf5::Group at = node(name, bias.empty() ? "Linear" : "Affine");
        at.write<double>("weight", weights, {rows, weights.size() / rows});
        if (!bias.empty()) at.write<double>("bias", bias);
    }
    void params(const std::string& name,
                const std::string& type,
                const std::map<std::string, Values>& all) const {
        const hdf5::Group at = node(name, type);
        for (const auto& [key, values] : all)
            at.write<double>(key, values);
    }
    void join(const Edges& edges) const {
        group.write<std::string>("edges", edges, {edges.size() / 2, 2});
    }
};

using Write = std::function<void(const Graph& graph)>;

void write_graph_file(const std::filesystem::path& path, const Write& write) {
    hdf5::File file = hdf5::File::create(path);
    write(Graph(file.root().create_group("node")));
    file.close();
}

NirImport imported(const Write& write, const NirImportOptions& options = {}) {
    const ScratchFolder folder;
    write_graph_file(folder / "a.nir", write);
    return import_nir(folder / "a.nir", options);
}

std::string told(const Write& write, const NirImportOptions& options = {}) {
    try {
        (void)imported(write, options);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

const NeuronPopulation& cells_of(const NirImport& result, const std::string& name) {
    for (const Population& population : result.description.network.populations) {
        if (name_of(population) == name) return std::get<NeuronPopulation>(population);
    }
    throw std::runtime_error("no population " + name);
}

/// (pre, post) -> weight of a projection, which is the n-th.
std::map<std::pair<std::uint32_t, std::uint32_t>, double> weights_of(const NirImport& result,
                                                                     std::size_t n) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, double> weights;
    const auto& p = std::get<SynapticProjection>(result.description.network.projections.at(n));
    for (const Synapse& s : std::get<SynapseList>(p.connector).synapses)
        weights[{s.pre, s.post}] = static_cast<double>(s.weight);
    return weights;
}

bool has_note(const NirImport& result, const std::string& part) {
    return std::any_of(result.notes.begin(), result.notes.end(), [&](const std::string& note) {
        return note.find(part) != std::string::npos;
    });
}

std::vector<double> spike_times_ms(const NirImport& result, std::uint32_t population) {
    Simulator simulator(result.description.network);
    SpikeRecorder recorder({population});
    simulator.run(result.description.duration_ms, {&recorder});
    std::vector<double> times_ms;
    for (const Spike& spike : recorder.spikes())
        times_ms.push_back(spike.t_ms);
    return times_ms;
}

/// The network of NIR's paper: a LIF whose spikes are sums of several inputs.
void write_paper_lif(const Graph& graph) {
    graph.ends("input", "Input", {1});
    graph.linear("0", {1.0}, 1, {0.0});
    graph.params("1", "LIF",
                 {{"tau", {0.0025}}, {"r", {1.0}}, {"v_leak", {0.0}}, {"v_threshold", {0.1}}});
    graph.ends("output", "Output", {1});
    graph.join({"input", "0", "0", "1", "1", "output"});
}

const Values k_lif{0.002, 0.004};
const std::map<std::string, Values> k_two{
    {"tau", k_lif}, {"r", {1.0, 1.0}}, {"v_leak", {0.0, 0.0}}, {"v_threshold", {1.0, 2.0}}};

void set_number_attribute(const std::filesystem::path& path,
                          const std::string& object,
                          const char* name,
                          double value) {
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t at = H5Oopen(file, object.c_str(), H5P_DEFAULT);
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(at, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    CHECK(H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Oclose(at);
    H5Fclose(file);
}

} // namespace

TEST_CASE("The paper's LIF neuron fires in the steps in which its importers' do") {
    const ScratchFolder folder;
    std::string table = "t_ms,population,neuron\n";
    for (const int t_ms : {6,  22, 27, 31, 32, 35, 37, 40, 41, 43, 44, 45, 46, 47, 48, 49, 50,
                           51, 52, 53, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 84, 85})
        table += std::to_string(t_ms) + ",input,0\n";
    folder.write("in.csv", table);
    NirImportOptions options;
    options.input = folder / "in.csv";
    const NirImport result = imported(write_paper_lif, options);
    const std::vector<double> times_ms = spike_times_ms(result, 0);
    REQUIRE(times_ms.size() == 4);
    const double expected_ms[] = {46.1, 51.1, 71.1,
                                  76.1}; // ends of the steps that begin at 46, 51, 71, 76
    for (std::size_t k = 0; k < 4; ++k)
        CHECK(times_ms[k] == Approx(expected_ms[k]).epsilon(1e-9));
    CHECK(has_note(result, "in.csv: 34 spikes for input"));
    CHECK(has_note(result, "steps of 0.1 ms (--nir-dt-ms)"));
    CHECK(!has_note(result, "bias"));
    options.step_ms = 0.05;
    const auto cells = cells_of(imported(write_paper_lif, options), "1");
    CHECK(std::get<LifStep>(cells.neuron).step_ms == 0.05);
    options = {NirConvention::dirac};
    CHECK(
        std::holds_alternative<LifDelta>(cells_of(imported(write_paper_lif, options), "1").neuron));
}

TEST_CASE("Elements of a NIR neuron may differ, and biases become the drive of what they lead to") {
    const NirImport result = imported([](const Graph& graph) {
        graph.ends("in", "Input", {1});
        graph.linear("fc", {0.5, 1.0}, 2, {0.0, 3.0});
        graph.linear("rec", {0.0, 1.0, 0.0, 0.0}, 2, {0.25, 0.0});
        graph.params("cells", "LIF", k_two);
        graph.join({"in", "fc", "fc", "cells", "cells", "rec", "rec", "cells"});
    });
    const NeuronPopulation& cells = cells_of(result, "cells");
    std::map<std::string, Values> varied;
    for (const VariedNumber& number : cells.varied)
        varied[number.key] = number.values;
    CHECK(varied == std::map<std::string, Values>{{"tau_m_ms", {2.0, 4.0}},
                                                  {"V_th_mV", {1.0, 2.0}},
                                                  {"drive_mV", {0.25, 3.0}}});
    CHECK(has_note(result, "/node/nodes/fc (Affine): its bias is drive_mV"));
    CHECK(has_note(result, "/node/nodes/rec (Affine): its bias is drive_mV"));
    // A spike moves V by r W step / tau.
    CHECK(weights_of(result, 0).at({0, 0}) == Approx(0.5 * 0.1 / 2.0));
    CHECK(weights_of(result, 0).at({0, 1}) == Approx(1.0 * 0.1 / 4.0));
    CHECK(weights_of(result, 1).size() == 1);
    CHECK_THAT(told(
                   [](const Graph& graph) {
                       graph.params("cells", "LIF", k_two);
                       graph.join({});
                   },
                   {NirConvention::dirac}),
               Catch::EndsWith("/node/nodes/cells/tau: must be the same for all elements"));
}

TEST_CASE("A bias reaches a CubaLIF as its steady current does, and an IF not at all") {
    const auto write = [](const Graph& graph) {
        graph.linear("fc", {1.0}, 1, {0.5});
        graph.params("cells", "CubaLIF",
                     {{"tau_mem", {0.001}},
                      {"tau_syn", {0.0002}},
                      {"r", {10.0}},
                      {"v_leak", {0.0}},
                      {"v_threshold", {1.0}},
                      {"w_in", {2.0}}});
        graph.ends("in", "Input", {1});
        graph.join({"in", "fc", "fc", "cells"});
    };
    for (const NirConvention convention : {NirConvention::dt, NirConvention::dirac}) {
        const NirImport result = imported(write, {convention});
        CHECK(number_at(cells_of(result, "cells").neuron, "drive_mV") == Approx(0.5 * 2.0 * 10.0));
        CHECK(number_at(cells_of(result, "cells").neuron, "tau_syn_inh_ms") == Approx(0.2));
    }
    CHECK(weights_of(imported(write), 0).at({0, 0}) == Approx(10.0)); // w_in step / tau_syn r
    CHECK_THAT(
        told([](const Graph& graph) {
            graph.ends("in", "Input", {1});
            graph.linear("fc", {1.0}, 1, {0.5});
            graph.params("cells", "IF", {{"r", {1.0}}, {"v_threshold", {1.0}}});
            graph.join({"in", "fc", "fc", "cells"});
        }),
        Catch::EndsWith("/node/nodes/cells: has a bias before it, allowed before LIF, CubaLIF"));
}

TEST_CASE("Graphs within graphs are flattened") {
    const auto nested = [](const Graph& graph, const Edges& inner_edges, const Edges& edges) {
        graph.ends("in", "Input", {3});
        graph.linear("fc", {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, 2);
        const Graph inner(graph.nodes.create_group("lif1"));
        inner.ends("input", "Input", {2});
        inner.ends("output", "Output", {2});
        inner.params("lif", "LIF", k_two);
        inner.linear("w", {0.0, 1.0, 1.0, 0.0}, 2);
        inner.join(inner_edges);
        graph.linear("fc2", {1.0, -1.0}, 1);
        graph.params("last", "IF", {{"r", {1.0}}, {"v_threshold", {1.0}}});
        graph.join(edges);
    };
    const Edges inner{"input", "lif", "lif", "w", "w", "lif", "lif", "output"};
    const Edges outer{"in", "fc", "fc", "lif1", "lif1", "fc2", "fc2", "last"};
    const NirImport result = imported([&](const Graph& graph) { nested(graph, inner, outer); });
    REQUIRE(result.description.network.projections.size() == 3);
    CHECK(cells_of(result, "lif1").size == 2);
    CHECK(cells_of(result, "last").size == 1);
    CHECK(weights_of(result, 0).size() == 2); // of the IF
    CHECK_THAT(told([&](const Graph& graph) {
                   nested(graph, {"input", "wrong"}, outer);
               }),
               Catch::EndsWith("/node/nodes/lif1/edges: edge 0 joins \"wrong\", which is no node"));
    CHECK_THAT(told([](const Graph& graph) {
                   const Graph inner_graph(graph.nodes.create_group("empty"));
                   inner_graph.join({});
                   graph.params("last", "IF", {{"r", {1.0}}, {"v_threshold", {1.0}}});
                   graph.join({"empty", "last"});
               }),
               Catch::Contains(
                   "/node/edges: edge 0: the graph \"empty\" must have one Input and one Output"));
}

TEST_CASE("What is linear between neurons is one matrix: chains, scales, images, pools") {
    const NirImport chain = imported([](const Graph& graph) {
        graph.ends("in", "Input", {2});
        graph.linear("a", {1.0, 2.0, 3.0, 4.0}, 2, {1.0, 0.0});
        graph.params("s", "Scale", {{"scale", {2.0, 10.0}}});
        graph.linear("b", {1.0, 1.0}, 1);
        graph.params("out", "IF", {{"r", {1.0}}, {"v_threshold", {100.0}}});
        graph.params("d", "Delay", {{"delay", {0.001}}});
        graph.params("lif", "LIF",
                     {{"tau", {0.01}}, {"r", {1.0}}, {"v_leak", {0.0}}, {"v_threshold", {1.0}}});
        graph.linear("readout", {1.0}, 1);
        graph.join(
            {"in", "a", "a", "s", "s", "b", "b", "lif", "lif", "d", "d", "out", "lif", "readout"});
    });
    CHECK(weights_of(chain, 0).at({0, 0}) == Approx((1.0 * 2.0 + 3.0 * 10.0) * 0.01));
    CHECK(weights_of(chain, 0).at({1, 0}) == Approx((2.0 * 2.0 + 4.0 * 10.0) * 0.01));
    CHECK(number_at(cells_of(chain, "lif").neuron, "drive_mV") == Approx(2.0)); // through s and b
    CHECK(has_note(chain, "/node/nodes/readout (Linear): leads to no neuron and is left out"));
    const auto& delayed = std::get<SynapticProjection>(chain.description.network.projections[1]);
    const Synapse synapse = std::get<SynapseList>(delayed.connector).synapses.at(0);
    CHECK(static_cast<double>(synapse.delay_ms) == Approx(1.05)); // the middle of a step
    // An image of 2 x 3 x 4, a kernel of 2 x 2, then sums of 2 x 2.
    const NirImport image = imported([](const Graph& graph) {
        graph.ends("in", "Input", {2, 3, 4});
        const hdf5::Group conv = graph.node("conv", "Conv2d");
        conv.write<double>("weight", Values{1, 2, 3, 4, 10, 20, 30, 40}, {1, 2, 2, 2});
        for (const char* name : {"stride", "dilation"})
            conv.write<std::int64_t>(name, std::vector<std::int64_t>{1, 1});
        conv.write<std::int64_t>("padding", std::vector<std::int64_t>{0, 1});
        conv.write<std::int64_t>("groups", std::vector<std::int64_t>{1}, {});
        conv.write<double>("bias", Values{0.0});
        const hdf5::Group pool = graph.node("pool", "SumPool2d");
        for (const char* name : {"kernel_size", "stride"})
            pool.write<std::int64_t>(name, std::vector<std::int64_t>{2, 2});
        pool.write<std::int64_t>("padding", std::vector<std::int64_t>{0, 0});
        (void)graph.node("flat", "Flatten");
        graph.params("cells", "IF", {{"r", {1.0, 1.0}}, {"v_threshold", {1.0, 1.0}}});
        graph.join({"in", "conv", "conv", "pool", "pool", "flat", "flat", "cells"});
    });
    // The convolution has 2 x 5 sums, the pool 1 x 2 of them: of columns 0, 1 and 2, 3, where sum c begins at column c - 1.
    const auto weights = weights_of(image, 0);
    CHECK(weights.at({0, 0}) ==
          Approx(1.0 + 2.0)); // first row, column 0: once right, once left in the kernel
    CHECK(weights.at({4, 0}) == Approx(1.0 + 2.0 + 3.0 + 4.0)); // middle row: above and below, too
    CHECK(weights.at({1, 1}) == Approx(1.0)); // column 1 is left of the kernel of sum 2 alone
    CHECK(weights.at({12 + 11, 1}) == Approx(40.0)); // last of all: right below in sum 3
    CHECK(has_note(image, "/node/nodes/cells (IF): a spike moves V by r times its weight"));
}

TEST_CASE("A membrane that starts at its threshold is told of, and time constants below a step are "
          "refused") {
    const auto write = [](double v_leak, double tau) {
        return [=](const Graph& graph) {
            graph.params(
                "cells", "LIF",
                {{"tau", {tau}}, {"r", {1.0}}, {"v_leak", {v_leak}}, {"v_threshold", {1.0}}});
            graph.join({});
        };
    };
    const NirImport above = imported(write(1.2, 0.01));
    CHECK(has_note(above, "/node/nodes/cells (LIF): v_leak is at or above v_threshold"));
    CHECK(!spike_times_ms(above, 0).empty());
    CHECK(!has_note(imported(write(0.9, 0.01)), "v_threshold"));
    CHECK_THAT(
        told(write(0.0, 3e-5)),
        Catch::Contains("/node/nodes/cells: tau must be at least a step, 0.0001 s, got 3e-05 s"));
    CHECK(told(write(0.0, 3e-5), {NirConvention::dirac}) == "no error");
    CHECK(told(write(0.0, 3e-5), {NirConvention::dt, 0.01}) == "no error");
}

TEST_CASE(
    "Inputs fire what NIRData or a table of spikes says, and what neither can say is refused") {
    const ScratchFolder folder;
    write_graph_file(folder / "a.nir", [](const Graph& graph) {
        graph.ends("in", "Input", {2});
        graph.linear("fc", {5.0, 5.0}, 1);
        graph.params("cells", "IF", {{"r", {1.0}}, {"v_threshold", {1.0}}});
        graph.join({"in", "fc", "fc", "cells"});
    });
    const auto write_data = [&](const std::string& kind, const std::string& node, double value) {
        {
            hdf5::File file = hdf5::File::create(folder / "data.h5");
            const hdf5::Group root = file.root();
            root.set_attribute("__type__", "NIRGraphData");
            const hdf5::Group at = root.create_group("nodes").create_group(node);
            at.set_attribute("__type__", "NIRNodeData");
            const hdf5::Group spikes = at.create_group("observables").create_group("spikes");
            spikes.set_attribute("__type__", kind);
            spikes.write<std::int64_t>("idx", std::vector<std::int64_t>{1, 0, -1, 0, 0, 0}, {2, 3});
            spikes.write<double>("time", Values{0.004, 0.002, INFINITY, 0.0, 0.0, 0.0}, {2, 3});
            spikes.write<double>("data", Values{0, 0, value, 0, 0, 1}, {1, 3, 2});
            file.close();
        }
        set_number_attribute(folder / "data.h5", "/nodes/" + node + "/observables/spikes", "dt",
                             1e-3);
        set_number_attribute(folder / "data.h5", "/nodes/" + node + "/observables/spikes", "t_max",
                             0.25);
    };
    NirImportOptions options;
    options.input = folder / "data.h5";
    const auto spikes_read = [&](NirImport& result) {
        result = import_nir(folder / "a.nir", options);
        return std::get<SpikeListPopulation>(result.description.network.populations[2 - 1]).spikes;
    };
    NirImport result;
    write_data("EventData", "in", 1.0);
    const std::vector<Spike> events = spikes_read(result);
    REQUIRE(events.size() == 2);
    CHECK(events[0].source == 0);
    CHECK(events[0].t_ms == Approx(2.0));
    CHECK(events[1].t_ms == Approx(4.0));
    CHECK(result.description.duration_ms == Approx(250.0));
    CHECK(has_note(result, "the first of 2 samples"));
    write_data("TimeGriddedData", "in", 1.0);
    const std::vector<Spike> gridded = spikes_read(result);
    REQUIRE(gridded.size() == 2);
    CHECK(gridded[0].t_ms == Approx(1.0));
    CHECK(gridded[1].t_ms == Approx(2.0));
    CHECK(gridded[1].source == 1);
    const auto refused = [&] {
        try {
            (void)import_nir(folder / "a.nir", options);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    write_data("TimeGriddedData", "in", 0.5);
    CHECK_THAT(refused(),
               Catch::EndsWith("/nodes/in/observables/spikes/data: holds 0.5; spikes are 0 and 1"));
    write_data("ValuedEventData", "in", 1.0);
    CHECK_THAT(refused(),
               Catch::EndsWith("is ValuedEventData, allowed EventData, TimeGriddedData"));
    write_data("EventData", "other", 1.0);
    CHECK(spikes_read(result).empty());
    CHECK(has_note(result, "/nodes/other: is no Input and is left out"));
    options.input = folder / "in.csv";
    folder.write("in.csv", "t_ms,population,neuron\n1.5,anything,1\n");
    CHECK(spikes_read(result).size() == 1);
    folder.write("in.csv", "t_ms,population,neuron\n1.5,in,2\n");
    CHECK_THAT(refused(), Catch::EndsWith("in.csv: has a spike of neuron 2 of in, allowed 0 .. 1"));
    folder.write("in.csv", "t_ms,population,neuron\n1.5,in,1\n1.5,out,1\n");
    CHECK_THAT(refused(),
               Catch::EndsWith("has spikes of \"out\", which is no Input; there are: in"));
    options.input.clear();
    CHECK(has_note(import_nir(folder / "a.nir", options), "/node/nodes/in (Input): does not fire"));
}
