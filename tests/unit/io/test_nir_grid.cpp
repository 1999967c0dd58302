#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/network/network_file.hpp"
#include "io/nir/nir.hpp"
#include "io/nir/nir_attractor.hpp"
#include "support/output.hpp"
#include "support/scratch_folder.hpp"
#include "support/synapse_table.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>
#include <vector>

// Neurons that take steps, and numbers of each neuron's own: to NIR and back.

using namespace spikewell;
using namespace spikewell::io;
using spikewell::test::ScratchFolder;

namespace {

/// A source and two populations, one leading to the other and to itself, with delays of grids.
NetworkDescription grid_network(const NeuronPopulation& first,
                                const NeuronPopulation& second,
                                double step_ms) {
    NetworkDescription description;
    description.network.populations = {SpikeListPopulation{"in", 2, {}}, first, second};
    const auto connect = [&](std::uint32_t pre, std::uint32_t post, double steps) {
        SynapticProjection p;
        p.pre.population = {pre};
        p.post.population = {post};
        const auto delay_ms = static_cast<float>((steps + 0.5) * step_ms);
        p.connector = SynapseList{
            {{0, 0, 1.5F, delay_ms}, {0, 1, 0.25F, delay_ms}, {1, 1, -0.75F, delay_ms}}};
        description.network.projections.emplace_back(std::move(p));
    };
    connect(0, 1, 0.0);
    connect(1, 2, 3.0);
    connect(2, 2, 0.0);
    return description;
}

template <class Neuron> NeuronPopulation two_of(const std::string& name, const Neuron& neuron) {
    return {name, 2, neuron, Constant{neuron.V_reset_mV}, {}};
}

LifStep on_grid(double step_ms, double tau_syn_exc_ms, double tau_syn_inh_ms) {
    LifStep neuron;
    neuron.step_ms = step_ms;
    neuron.tau_m_ms = 12.0;
    neuron.tau_syn_exc_ms = tau_syn_exc_ms;
    neuron.tau_syn_inh_ms = tau_syn_inh_ms;
    neuron.E_L_mV = -60.0;
    neuron.V_reset_mV = -65.0;
    neuron.V_th_mV = -50.0;
    return neuron;
}

std::string grid_export(const std::filesystem::path& folder,
                        const NetworkDescription& description,
                        const NirOptions& options) {
    try {
        const ExportReport report = test::published(folder, [&](const FolderOutput& output) {
            return export_nir(description, output, options);
        });
        return fmt::format("{}", fmt::join(report.lost, "; "));
    } catch (const NetworkError& error) {
        return error.what();
    }
}

NetworkDescription from_nir(const std::filesystem::path& folder) {
    return import_nir(folder / "network.nir", {}).description;
}

/// The neurons of a population with their numbers, as the network's file has them.
nlohmann::json population_json(const NetworkDescription& description, const std::string& name) {
    const nlohmann::json document = network_to_json(description);
    for (const auto& population : document["populations"])
        if (population["name"] == name) return population;
    return {};
}

void check_same_neurons(const nlohmann::json& got, const nlohmann::json& sent) {
    for (const auto& [key, value] : sent.items()) {
        CAPTURE(key, got.dump(), sent.dump());
        if (key == "V_init_mV") continue; // reported as lost
        REQUIRE(got.contains(key));
        const std::vector<double> of_got =
            value.is_array() ? got[key].get<std::vector<double>>() : std::vector<double>{};
        for (std::size_t n = 0; n < of_got.size(); ++n)
            CHECK(of_got[n] == Approx(value[n].get<double>()).epsilon(1e-9));
        if (value.is_number())
            CHECK(got[key].get<double>() == Approx(value.get<double>()).epsilon(1e-9));
        else if (!value.is_array())
            CHECK(got[key] == value);
    }
}

void check_comes_back(const NetworkDescription& sent, const NirOptions& options) {
    const ScratchFolder folder;
    INFO(grid_export(folder / "a", sent, options));
    const NetworkDescription got = from_nir(folder / "a");
    for (const char* name : {"A", "B"})
        check_same_neurons(population_json(got, name), population_json(sent, name));
    test::require_near(test::synapse_table(got.network), test::synapse_table(sent.network));
}

} // namespace

TEST_CASE("Neurons that take steps come back from NIR with their step, delays in whole steps") {
    for (const double step_ms : {0.1, 0.5}) {
        CAPTURE(step_ms);
        check_comes_back(grid_network(two_of("A", on_grid(step_ms, 0.0, 0.0)),
                                      two_of("B", on_grid(step_ms, 4.0, 4.0)), step_ms),
                         {});
        check_comes_back(grid_network(two_of("A", on_grid(step_ms, 4.0, 7.0)),
                                      two_of("B", on_grid(step_ms, 0.0, 0.0)), step_ms),
                         {});
    }
    LifStep refractory = on_grid(0.1, 0.0, 0.0);
    refractory.t_ref_ms = 2.0;
    check_comes_back(grid_network(two_of("A", refractory), two_of("B", refractory), 0.1), {});
}

TEST_CASE("Numbers of each neuron's own are elements of NIR's nodes") {
    NeuronPopulation A = two_of("A", on_grid(0.1, 4.0, 7.0));
    A.varied = {{"V_th_mV", Constant{}, {-50.0, -48.0}},
                {"tau_m_ms", Constant{}, {12.0, 15.0}},
                {"tau_syn_inh_ms", Constant{}, {7.0, 9.0}}};
    NeuronPopulation B = two_of("B", on_grid(0.1, 0.0, 0.0));
    B.varied = {{"E_L_mV", Constant{}, {-60.0, -61.0}}, {"V_reset_mV", Constant{}, {-65.0, -64.0}}};
    check_comes_back(grid_network(A, B, 0.1), {});

    LifDelta delta;
    delta.t_ref_ms = 0.0;
    LifExp exp;
    exp.t_ref_ms = 0.0;
    exp.tau_syn_exc_ms = exp.tau_syn_inh_ms = 5.0;
    NeuronPopulation of_delta = two_of("A", delta);
    of_delta.varied = {{"V_th_mV", Constant{}, {15.0, 18.0}}, {"E_L_mV", Constant{}, {0.5, 0.0}}};
    NeuronPopulation of_exp = two_of("B", exp);
    of_exp.varied = {{"V_th_mV", Constant{}, {-50.0, -49.0}}};
    for (const NirConvention convention : {NirConvention::dt, NirConvention::dirac})
        check_comes_back(grid_network(of_delta, of_exp, 0.1), {convention, NirProfile::full});
}

TEST_CASE("The strict profile has one number for all, and says so") {
    NeuronPopulation A = two_of("A", on_grid(0.1, 0.0, 0.0));
    A.varied = {{"V_th_mV", Constant{}, {-50.0, -48.0}}};
    const ScratchFolder folder;
    const NetworkDescription sent = grid_network(A, two_of("B", on_grid(0.1, 0.0, 0.0)), 0.1);
    CHECK_THAT(grid_export(folder / "a", sent, {NirConvention::dt, NirProfile::strict}),
               Catch::Contains("V_th_mV of each neuron of A: all have"));
    CHECK_THAT(grid_export(folder / "b", sent, {}), !Catch::Contains("V_th_mV"));
}

TEST_CASE("Steps that NIR cannot say are refused") {
    const ScratchFolder folder;
    LifExp without_steps;
    const NeuronPopulation A = two_of("A", on_grid(0.1, 0.0, 0.0));
    const auto outcome = [&](const NeuronPopulation& B, const NirOptions& options) {
        return grid_export(folder / "a", grid_network(A, B, 0.1), options);
    };
    CHECK(outcome(two_of("B", without_steps), {}) ==
          "B: must be of model lif_step, too: in NIR all take steps, or none does");
    CHECK(outcome(two_of("B", on_grid(0.2, 0.0, 0.0)), {}) ==
          "B: step_ms must be that of all in NIR, 0.1, got 0.2");
    CHECK(outcome(two_of("B", on_grid(0.1, 0.0, 0.0)), {NirConvention::dirac, NirProfile::full}) ==
          "network: model lif_step takes steps, which --nir-convention dirac has not");
    CHECK_THAT(outcome(two_of("B", on_grid(0.1, 5.0, 0.0)), {}),
               Catch::Contains("B: tau_syn_exc_ms and tau_syn_inh_ms must both be 0, or both not"));
    const LifStep slow = on_grid(0.2, 0.0, 0.0);
    CHECK(grid_export(folder / "a", grid_network(two_of("A", slow), two_of("B", slow), 0.2),
                      {NirConvention::dt, NirProfile::strict}) ==
          "network: step_ms must be 0.1, snnTorch's, with --nir-profile strict, got 0.2");
    CHECK(folder.entry_count() == 0);
}

TEST_CASE("A trained network in NIR comes in as neurons that take steps") {
    Matrix coupling(2, 2);
    coupling(0, 1) = 0.5;
    coupling(1, 0) = -0.25;
    const ScratchFolder folder;
    nir::write_graph(nir::stepped_attractor(coupling, DyadicCode{2, 2, 10.0}, 1.0),
                     NirConvention::dt, folder / "network.nir");
    const NetworkDescription got = import_nir(folder / "network.nir", {}).description;
    const auto& nodes = std::get<NeuronPopulation>(got.network.populations.at(1));
    const auto& neuron = std::get<LifStep>(nodes.neuron);
    CHECK(nodes.size == 4);
    CHECK(neuron.tau_m_ms == neuron.step_ms);
    // Of node 1 onto node 0: 2 g J 2 g', g and g' of 1/2 and 1/4; and its field when silent, -J (1 - 2^-2), from the threshold.
    const test::SynapseTable synapses = test::synapse_table(got.network);
    CHECK(synapses.at({"nodes", "nodes", "2", "0"}).first == Approx(0.5));
    CHECK(synapses.at({"nodes", "nodes", "3", "1"}).first == Approx(0.125));
    CHECK(synapses.at({"nodes", "nodes", "2", "0"}).second == Approx(0.05));
    CHECK(synapses.at({"nodes", "nodes", "3", "1"}).second == Approx(0.05));
    CHECK(neuron.V_th_mV - nodes.varied.at(0).values.at(0) == Approx(0.75 * 0.5));
}
