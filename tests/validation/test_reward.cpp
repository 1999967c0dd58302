#include "network/engine/simulator.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

using namespace spikewell;

// One synapse is rewarded (Izhikevich 2007, doi:10.1093/cercor/bhl152, figure 1): of 1000 neurons with 100
// synapses each that fire at random some spikes a second, one pair's firing in order, within 10 ms, brings a spike
// of the third factor 1 to 3 s later, long after many other spikes. Its weight alone comes to the greatest.

namespace {

constexpr std::uint32_t k_excitatory = 800;
constexpr std::uint32_t k_inhibitory = 200;
constexpr double k_w_max_mV = 4.0;
constexpr double k_steps = 2.5;

struct Task {
    Network network;
    PopulationId excitatory, rewards;
    ProjectionId plastic;
};

/// As in the program of the paper, where numbers are not said: weights of 1 and -1 mV, delays of 1 ms, currents drawn
/// each millisecond from -6.5 .. 6.5 (here normal of that variance), spikes that make c jump by 0.1, dw/dt = (0.2 + 100 n)
/// c a second, and n by 0.5, which together are a jump of 1 and one spike of a third factor that is 0.02 Hz at rest.
Task reward_task(std::uint64_t seed) {
    Task task;
    Network& net = task.network;
    net.seed = seed;
    const InjectedCurrent thalamus{NoiseCurrent{0.0, 13.0 / std::sqrt(12.0), 0.0, 1.0}, 0, {}};
    NeuronPopulation regular{"regular", k_excitatory, Izhikevich{.tolerance = 1e-6}, Constant{-65.0}, {}};
    regular.currents = {thalamus};
    NeuronPopulation fast{"fast", k_inhibitory, Izhikevich{.a_per_ms = 0.1, .d_mV_per_ms = 2.0, .tolerance = 1e-6}, Constant{-65.0}, {}};
    fast.currents = {thalamus};
    const Neurons E = net.add(regular);
    const Neurons I = net.add(fast);
    const Neurons rewards = net.add(SpikeListPopulation{"rewards", 1, {}});
    SynapseRule learns;
    learns.connector = FixedOutdegree{80, true};
    learns.weight = Constant{1.0};
    learns.self_connections = false;
    learns.plasticity = RewardStdp{.A_plus = k_steps * 1.0 / k_w_max_mV,
                                   .A_minus = k_steps * 1.5 / k_w_max_mV,
                                   .baseline_Hz = -0.02 / k_steps,
                                   .w_max = k_w_max_mV};
    learns.third_factor = {rewards, 1.0};
    task.plastic = net.connect(E, E, learns);
    learns.connector = FixedOutdegree{20, true};
    learns.self_connections = true;
    net.connect(E, I, learns);
    SynapseRule inhibits;
    inhibits.connector = FixedOutdegree{100, true};
    inhibits.weight = Constant{-1.0};
    net.connect(I, E, inhibits);
    task.excitatory = E;
    task.rewards = rewards;
    return task;
}

/// Last spikes of two neurons, and when one has followed the other within 10 ms.
class Pair final : public Recorder {
  public:
    Pair(PopulationId population, std::uint32_t pre, std::uint32_t post)
        : population_(population), pre_(pre), post_(post) {}

    void on_spikes(PopulationId population, SpikeKind, std::span<const Spike> spikes) override {
        if (!(population == population_)) return;
        n_spikes += spikes.size();
        for (const Spike& spike : spikes) {
            if (spike.source == pre_) pre_ms_ = spike.t_ms;
            // A delay later there, so 1 ms.
            const double after_ms = spike.t_ms - pre_ms_ - 1.0;
            if (spike.source == post_ && after_ms >= 0.0 && after_ms < 20.0)
                met_ms.push_back(spike.t_ms);
        }
    }
    std::vector<double> met_ms;
    std::size_t n_spikes = 0;

  private:
    PopulationId population_;
    std::uint32_t pre_, post_;
    double pre_ms_ = -1e9;
};

struct Learnt {
    double weight_mV;      ///< of the pair's synapse
    double mean_mV;        ///< of all others
    double share_as_large; ///< of the others that are as large
    double rate_Hz;
    std::size_t n_rewards;
};

Learnt run(std::uint64_t seed, double seconds, bool rewarded) {
    const Task task = reward_task(seed);
    Simulator simulator(task.network);
    const std::vector<Synapse> synapses = simulator.synapses(task.plastic);
    const std::size_t chosen = synapses.size() / 2;
    Pair pair(task.excitatory, synapses[chosen].pre, synapses[chosen].post);
    RandomStream stream(seed, Purpose::initial_couplings, 1);
    std::size_t n_rewards = 0;
    for (double s = 0.0; s < seconds; ++s) {
        simulator.run(1000.0, {&pair});
        std::vector<Spike> spikes;
        for (; rewarded && n_rewards < pair.met_ms.size(); ++n_rewards) // 1 .. 3 s later
            spikes.push_back({pair.met_ms[n_rewards] + 1000.0 + 2000.0 * stream.uniform(), 0});
        simulator.add_spikes(task.rewards, spikes);
        if (std::getenv("TRACE") && std::fmod(s, 20.0) == 19.0) {
            const std::vector<Synapse> now = simulator.synapses(task.plastic);
            double m = 0; std::size_t big=0; for (auto& x : now) { m += x.weight; big += x.weight > 3.5F; }
            std::printf("  %g s w %.3f mean %.3f big %zu rate %.2f met %zu\n", s + 1, now[chosen].weight, m / now.size(), big, pair.n_spikes / (s + 1) / 800, pair.met_ms.size());
            std::fflush(stdout);
        }
    }
    const std::vector<Synapse> after = simulator.synapses(task.plastic);
    double sum = 0.0;
    std::size_t as_large = 0;
    for (std::size_t s = 0; s < after.size(); ++s) {
        if (s == chosen) continue;
        sum += static_cast<double>(after[s].weight);
        as_large += after[s].weight >= after[chosen].weight ? 1U : 0U;
    }
    const auto others = static_cast<double>(after.size() - 1);
    return {static_cast<double>(after[chosen].weight), sum / others,
            static_cast<double>(as_large) / others,
            static_cast<double>(pair.n_spikes) / seconds / k_excitatory, n_rewards};
}

} // namespace

TEST_CASE("probe reward") {
    const double seconds = std::atof(std::getenv("SECONDS_"));
    for (std::uint64_t seed = 1; seed <= std::strtoul(std::getenv("SEEDS"), nullptr, 10); ++seed) {
        for (bool r : {true, false}) {
        const Learnt l = run(seed, seconds, r);
        std::printf("seed %d rewarded %d: w %.3f mean %.3f share %.5f rate %.2f n %zu\n", (int)seed, r, l.weight_mV,
                    l.mean_mV, l.share_as_large, l.rate_Hz, l.n_rewards);
        std::fflush(stdout);
        }
    }
}
