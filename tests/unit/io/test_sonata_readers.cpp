#include "io/hdf5.hpp"
#include "io/network/network_file.hpp"
#include "io/output.hpp"
#include "io/sonata/sonata.hpp"
#include "support/everything.hpp"
#include "support/output.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

// What the programs that exports are for ask of them, as their sources say
// (tests/exchange/real_readers runs some of these).

namespace {

using namespace spikewell;
using Json = nlohmann::json;
using spikewell::test::ScratchFolder;

/// One of everything, with what readers stumble over: spikes at 0 ms, a projection without synapses, short
/// delays, a plastic and a short-term one.
NetworkDescription stumbling() {
    NetworkDescription description{test::everything_exported(3), 60.0, {}};
    for (Population& population : description.network.populations)
        std::visit([](auto& p) { std::replace(p.name.begin(), p.name.end(), ' ', '_'); },
                   population);
    auto& spikes = std::get<SpikeListPopulation>(description.network.populations[5]).spikes;
    spikes.push_back({0.0, 3});
    std::sort(spikes.begin(), spikes.end());
    const auto add = [&](std::vector<Synapse> synapses) -> SynapticProjection& {
        SynapticProjection p;
        p.name = "added" + std::to_string(description.network.projections.size());
        p.pre.population = {5};
        p.post.population = {6};
        p.connector = SynapseList{std::move(synapses)};
        return std::get<SynapticProjection>(
            description.network.projections.emplace_back(std::move(p)));
    };
    add({});
    add({{0, 0, 1.0F, 0.05F}, {1, 1, 1.0F, 3.0F}});
    GuetigStdp rule;
    rule.w_max = 40.0;
    rule.tau_minus_ms = 31.0;
    add({{0, 2, 20.0F, 1.0F}}).plasticity = rule;
    add({{0, 2, 20.0F, 1.0F}}).short_term = TsodyksMarkram{0.3, 200.0, 10.0};
    return description;
}

struct Exported {
    ScratchFolder folder;
    io::ExportReport report;

    explicit Exported(const NetworkDescription& description) {
        (void)test::published(folder / "c", [&](const io::FolderOutput& output) {
            return report = io::export_sonata(description, output);
        });
    }
    [[nodiscard]] std::string text(const std::string& name) const {
        return io::read_text(folder / ("c/" + name));
    }
    [[nodiscard]] Json json(const std::string& name) const { return Json::parse(text(name)); }
    [[nodiscard]] io::hdf5::File h5(const std::string& name) const {
        return io::hdf5::File::open(folder / ("c/" + name));
    }
};

/// A path of a configuration, less the variable before it.
std::string plain(const std::string& path) {
    constexpr std::string_view k_base = "$BASE_DIR/";
    REQUIRE(path.starts_with(k_base)); // of other entries it is a prefix, and nothing else
    return path.substr(k_base.size());
}

/// Cells of the rows of a table, by the names of its columns.
std::vector<std::map<std::string, std::string>> rows_of(const std::string& csv) {
    std::istringstream lines(csv);
    std::vector<std::map<std::string, std::string>> rows;
    std::vector<std::string> columns;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream cells(line);
        std::vector<std::string> row;
        for (std::string cell; cells >> cell;)
            row.push_back(cell);
        if (columns.empty()) {
            columns = row;
            continue;
        }
        REQUIRE(row.size() == columns.size());
        rows.emplace_back();
        for (std::size_t c = 0; c < row.size(); ++c)
            rows.back()[columns[c]] = row[c];
    }
    return rows;
}

} // namespace

TEST_CASE("NEST's loader gets nodes of one model type a file, each with its parameters") {
    const Exported exported(stumbling());
    const Json circuit = exported.json("circuit_config.nest.json");
    CHECK(circuit["target_simulator"] == "NEST");
    CHECK(circuit["manifest"] == Json{{"$BASE_DIR", "."}});
    REQUIRE(circuit["networks"]["nodes"].size() == 2);
    std::set<std::string> populations;
    for (const Json& entry : circuit["networks"]["nodes"]) {
        std::set<std::string> types;
        std::set<std::string> in_table;
        for (const auto& row : rows_of(exported.text(plain(entry["node_types_file"])))) {
            types.insert(row.at("model_type"));
            in_table.insert(row.at("population"));
            if (row.at("model_type") == "virtual") continue;
            CHECK(exported.json("cells/" + row.at("dynamics_params")).is_object());
        }
        CHECK(types.size() == 1);
        const auto names = exported.h5(plain(entry["nodes_file"])).root().group("nodes").names();
        CHECK(std::set<std::string>(names.begin(), names.end()) == in_table);
        for (const std::string& name : names)
            CHECK(populations.insert(name).second); // in one file only
    }
    CHECK(populations.size() > 9);
}

TEST_CASE(
    "NEST's loader gets no population without edges, and a file of parameters for each type") {
    const Exported exported(stumbling());
    const Json circuit = exported.json("circuit_config.nest.json");
    REQUIRE(circuit["networks"]["edges"].size() == 1);
    const Json& entry = circuit["networks"]["edges"][0];
    const io::hdf5::File file = exported.h5(plain(entry["edges_file"]));
    const io::hdf5::Group edges = file.root().group("edges");
    const double step_ms = exported.json("simulation_config.nest.json")["run"]["dt"];
    CHECK(step_ms == 0.05);
    for (const std::string& name : edges.names()) {
        CAPTURE(name);
        const auto delays_ms = edges.group(name).group("0").dataset("delay").read<double>();
        REQUIRE(!delays_ms.empty());
        CHECK(*std::min_element(delays_ms.begin(), delays_ms.end()) > 0.999 * step_ms);
    }
    std::map<std::string, Json> params;
    for (const auto& row : rows_of(exported.text(plain(entry["edge_types_file"])))) {
        REQUIRE(row.at("dynamics_params") != "NULL"); // which pandas makes a number of
        params[row.at("model_template")] = exported.json("cells/" + row.at("dynamics_params"));
    }
    CHECK(params.at("static_synapse") == Json::object());
    CHECK(params.at("stdp_synapse") == Json{{"tau_plus", 20.0},
                                            {"lambda", 0.005},
                                            {"alpha", 1.0},
                                            {"mu_plus", 0.4},
                                            {"mu_minus", 0.4},
                                            {"Wmax", 40.0}});
    CHECK(params.at("tsodyks2_synapse") ==
          Json{{"U", 0.3}, {"u", 0.3}, {"x", 1.0}, {"tau_rec", 200.0}, {"tau_fac", 10.0}});
    CHECK(exported.json("cells/alpha.json")["tau_minus"] == 31.0);
    CHECK_FALSE(exported.json("cells/exp.json").contains("tau_minus"));
}

TEST_CASE("NEST and bmtk get a simulation of their own, whose sources fire after 0 ms") {
    const Exported exported(stumbling());
    for (const std::string name : {"simulation_config.nest.json", "simulation_config.bmtk.json"}) {
        CAPTURE(name);
        const Json simulation = exported.json(name);
        CHECK(simulation["target_simulator"] == "NEST");
        CHECK(simulation["run"]["tstop"] == 60.0);
        std::set<std::string> sources;
        for (const auto& [key, input] : simulation["inputs"].items()) {
            CHECK(input["module"] == "h5");
            const std::string source = input["node_set"];
            sources.insert(source);
            const io::hdf5::File file = exported.h5(plain(input["input_file"]));
            const auto times_ms =
                file.root().group("spikes").group(source).dataset("timestamps").read<double>();
            CHECK(std::is_sorted(times_ms.begin(), times_ms.end()));
            CHECK((times_ms.empty() || times_ms.front() > 0.0));
        }
        const auto names = exported.h5("sources.h5").root().group("nodes").names();
        CHECK(sources == std::set<std::string>(names.begin(), names.end()));
    }
    CHECK(exported.json("simulation_config.nest.json")["network"] ==
          "$BASE_DIR/circuit_config.nest.json");
    CHECK(std::count(exported.report.approximated.begin(), exported.report.approximated.end(),
                     "spikes of sources at 0 ms, which NEST and bmtk refuse: at 0.001 ms") == 1);
    CHECK(std::count(
              exported.report.approximated.begin(), exported.report.approximated.end(),
              "time in NEST: delays, refractory periods and spikes of sources are multiples of "
              "0.05 ms") == 1);
}

TEST_CASE("bmtk gets steps and tables of current as clamps, and Spikewell has them once") {
    NetworkDescription before = stumbling();
    auto& cells = std::get<NeuronPopulation>(before.network.populations[6]);
    cells.currents = {{StepCurrent{30.0, 0.0, {}}, 2, 3},
                      {TableCurrent{{5.0, 20.0, 70.0}, {10.0, -20.0, 5.0}}, 0, {}},
                      {SineCurrent{}, 0, {}}};
    const Exported exported(before);
    const Json inputs = exported.json("simulation_config.bmtk.json")["inputs"];
    const Json& step = inputs["alpha_current_0"];
    CHECK(step["node_set"] == Json{{"population", "alpha"}, {"node_id", {2, 3, 4}}});
    CHECK(step["amp"] == Json{30.0});
    CHECK(step["delay"] == Json{0.1}); // bmtk leaves out what begins in the first step, of 0.05 ms
    CHECK(step["duration"] == Json{59.9});
    const Json& table = inputs["alpha_current_1"];
    CHECK(table["node_set"] == Json{{"population", "alpha"}});
    CHECK(table["amp"] == Json{10.0, -20.0});
    CHECK(table["delay"] == Json{5.0, 20.0});
    CHECK(table["duration"] == Json{15.0, 40.0});
    CHECK_FALSE(inputs.contains("alpha_current_2"));
    const NetworkDescription after =
        io::import_sonata(exported.folder / "c/simulation_config.bmtk.json");
    CHECK(std::get<NeuronPopulation>(after.network.populations[6]).currents == cells.currents);
}

TEST_CASE("libsonata gets a simulation of its own, without what it refuses") {
    const Exported exported(stumbling());
    const Json simulation = exported.json("simulation_config.libsonata.json");
    CHECK_FALSE(simulation.contains("target_simulator")); // NEURON and CORENEURON only
    CHECK(simulation["run"].contains("random_seed"));
    CHECK(simulation["network"] == "$BASE_DIR/circuit_config.libsonata.json");
    for (const std::string name : {"circuit", "simulation"}) // it knows no ${configdir}
        CHECK(exported.json(name + "_config.libsonata.json")["manifest"] ==
              Json{{"$BASE_DIR", "."}});
    const Json sets = exported.json("node_sets.json");
    REQUIRE(!simulation["inputs"].empty());
    for (const auto& [key, input] : simulation["inputs"].items()) {
        CHECK(input["module"] == "synapse_replay");
        CHECK(plain(input["spike_file"]) == "inputs.h5");
        CHECK(input["delay"] == 0.0);
        CHECK(input["duration"] == 60.0);
        CHECK(sets.contains(input["node_set"].get<std::string>()));
    }
    for (const Json& set : sets["neurons"])
        CHECK(sets.contains(set.get<std::string>()));
}

TEST_CASE("What is for NEST alone comes back with NEST's rules, what is for all as it was") {
    const NetworkDescription before = stumbling();
    const Exported exported(before);
    const Json was = io::network_to_json(before);
    const Json is =
        io::network_to_json(io::import_sonata(exported.folder / "c/simulation_config.json"));
    const bool same = is["populations"] == was["populations"];
    CHECK(same);
    CHECK(is["projections"].size() == was["projections"].size());
    const NetworkDescription of_nest =
        io::import_sonata(exported.folder / "c/simulation_config.nest.json");
    GuetigStdp rule;
    rule.w_max = 40.0;
    rule.tau_minus_ms = 31.0;
    CHECK(std::any_of(of_nest.network.projections.begin(), of_nest.network.projections.end(),
                      [&](const Projection& p) {
                          return std::get<SynapticProjection>(p).plasticity == SynapticRule{rule};
                      }));
    // A source's spikes are where libsonata's configuration has them, too.
    const NetworkDescription of_libsonata =
        io::import_sonata(exported.folder / "c/simulation_config.libsonata.json");
    for (const Population& population : of_libsonata.network.populations) {
        if (const auto* listed = std::get_if<SpikeListPopulation>(&population);
            listed != nullptr && listed->name == "listed")
            CHECK(listed->spikes ==
                  std::get<SpikeListPopulation>(before.network.populations[5]).spikes);
    }
}
