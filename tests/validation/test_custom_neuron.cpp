#include "support/everything.hpp"
#include "support/lif.hpp"

#include <catch2/catch.hpp>

#include <memory>

using namespace spikewell;
using namespace spikewell::test;

// A model of a program's own: one that has the equations of one of ours gives its spikes, with all that the
// engine does.

/// AdEx under another name.
struct Mine {
    AdEx adex;
    double drive_pA = 0.0;
    double t_ref_ms = AdEx{}.t_ref_ms;
};

template <> struct spikewell::Card<Mine> {
    using M = Mine;
    static constexpr std::string_view key = "mine";
    static constexpr std::string_view name = "AdEx under another name";
    static constexpr std::string_view weight_unit = "nS";
    static constexpr auto fields = std::tuple{
        Number<M>{"drive_pA", &M::drive_pA, k_currents_pA, "constant input"},
        Number<M>{"t_ref_ms", &M::t_ref_ms, k_refractory_periods_ms, "refractory period"}};
    static std::optional<Ceiling> ceiling(const M& neuron) {
        return Card<AdEx>::ceiling(neuron.adex);
    }
    static double start_mV(const M& neuron) { return Card<AdEx>::start_mV(neuron.adex); }
};

template <> class spikewell::Dynamics<Mine> : public spikewell::Dynamics<AdEx> {
  public:
    explicit Dynamics(const Mine& neuron) : Dynamics<AdEx>(with_drive(neuron)) {}

  private:
    static AdEx with_drive(const Mine& neuron) {
        AdEx adex = neuron.adex;
        adex.drive_pA = neuron.drive_pA;
        adex.t_ref_ms = neuron.t_ref_ms;
        return adex;
    }
};

namespace {

void rename_adex(Network& network) {
    for (Population& population : network.populations) {
        auto* cells = std::get_if<NeuronPopulation>(&population);
        if (cells == nullptr) continue;
        if (const auto* adex = std::get_if<AdEx>(&cells->neuron))
            cells->neuron = custom_neuron(Mine{*adex, adex->drive_pA, adex->t_ref_ms});
    }
}

} // namespace

TEST_CASE("A model of a program's own gives the spikes of the library's with the same equations") {
    Network ours = everything(5);
    Network theirs = ours;
    rename_adex(theirs);
    FullRecorder a(ours);
    FullRecorder b(theirs);
    Recorder* to_a[]{&a};
    Recorder* to_b[]{&b};
    Simulator(ours, 1).run(150.0, to_a);
    Simulator whole(theirs, 2);
    whole.run(150.0, to_b);
    REQUIRE(a.spikes[8].size() > 100);
    CHECK((a.spikes == b.spikes));
    CHECK((a.states == b.states));
    CHECK((a.synapses == b.synapses));
    // And saved half way.
    Simulator first(theirs, 1);
    first.run(70.0);
    const std::string saved = first.save();
    Simulator second(theirs, 1);
    second.load(saved);
    second.run(80.0);
    CHECK(second.save() == [&] {
        Simulator through(theirs, 1);
        through.run(70.0);
        through.run(80.0);
        return through.save();
    }());
}

TEST_CASE("What is wrong with a model of a program's own is told by its card") {
    Network network{{population_of(custom_neuron(Mine{{}, 0.0, -1.0}), 1, -70.0)}, {}, 1};
    CHECK_THROWS_WITH(Simulator(network),
                      Catch::Contains("AdEx under another name") && Catch::Contains("t_ref_ms"));
    network = {{population_of(CustomNeuron{}, 1, -70.0)}, {}, 1};
    CHECK_THROWS_WITH(Simulator(network), Catch::Contains("custom_neuron()"));
    network = {{population_of(custom_neuron(Mine{}), 1, 1e5)}, {}, 1};
    CHECK_THROWS_WITH(Simulator(network), Catch::Contains("V_init_mV"));
}

TEST_CASE("A saved state is of the numbers of the program's own model") {
    const Network one{{population_of(custom_neuron(Mine{{}, 10.0}), 1, -70.0)}, {}, 1};
    const Network other{{population_of(custom_neuron(Mine{{}, 11.0}), 1, -70.0)}, {}, 1};
    Simulator simulator(one);
    Simulator another(other);
    CHECK_THROWS_WITH(another.load(simulator.save()), Catch::Contains("another network"));
}
