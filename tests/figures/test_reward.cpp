#include "network/engine/simulator.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <span>
#include <vector>

using namespace spikewell;

// One synapse is rewarded (Izhikevich 2007, doi:10.1093/cercor/bhl152, figure 1): among neurons that fire at random
// some spikes a second, one pair's firing in order brings a spike of the third factor 1 to 3 s later, long after many
// other spikes. Its weight comes to the greatest while others fall.
//
// 200 neurons of 20 synapses instead of 1000 of 100. As c fluctuates by what other pairs of the last second leave, a
// reward moves the rewarded weight by a third of the noise's standard deviation: an hour is needed, as in the paper.
// At reduced size tau_c, tau_n and the wait for the reward are a fifth, so that there is less of that noise; 300 s do.
// At published times the rewarded weight came to 3.2 .. 4.0 mV, others to 0.6 .. 0.7 on average, but noise alone brought
// some of them as far: 0.1 .. 3.2 % (at reduced size 0.7 % at most). So it is among the largest, not always the largest.

namespace {

#ifdef SPIKEWELL_FULL_TESTS
constexpr int k_reward_seeds = 10;
constexpr double k_times_faster = 1.0;
constexpr double k_reward_seconds = 3600.0;
constexpr double k_most_as_large = 0.05;
#else
constexpr int k_reward_seeds = 2;
constexpr double k_times_faster = 5.0;
constexpr double k_reward_seconds = 300.0;
constexpr double k_most_as_large = 0.02;
#endif

constexpr std::uint32_t k_regular_cells = 160;
constexpr std::uint32_t k_fast_cells = 40;
constexpr double k_rewarded_max_mV = 4.0;

struct RewardTask {
    Network network;
    PopulationId excitatory, rewards;
    ProjectionId plastic;
};

/// As in the program of the paper, where numbers are not said: weights of 1 and -1 mV, delays of 1 ms, currents drawn
/// each millisecond from -6.5 .. 6.5 (here normal of that variance), spikes that make c jump by 0.1, dw/dt = (0.2 + 100 n)
/// c a second, and n by 0.5, which together are a jump of 1 and one spike of a third factor that is 0.02 Hz at rest.
RewardTask reward_task(std::uint64_t seed) {
    RewardTask task;
    Network& net = task.network;
    net.seed = seed;
    const InjectedCurrent thalamus{NoiseCurrent{0.0, 13.0 / std::sqrt(12.0), 0.0, 1.0}, 0, {}};
    NeuronPopulation regular{
        "regular", k_regular_cells, Izhikevich{.tolerance = 1e-6}, Constant{-65.0}, {}};
    regular.currents = {thalamus};
    NeuronPopulation fast{"fast",
                          k_fast_cells,
                          Izhikevich{.a_per_ms = 0.1, .d_mV_per_ms = 2.0, .tolerance = 1e-6},
                          Constant{-65.0},
                          {}};
    fast.currents = {thalamus};
    const Neurons E = net.add(regular);
    const Neurons I = net.add(fast);
    const Neurons rewards = net.add(SpikeListPopulation{"rewards", 1, {}});
    SynapseRule learns;
    learns.connector = FixedOutdegree{16, true};
    learns.weight = Constant{1.0};
    learns.self_connections = false;
    learns.plasticity = RewardStdp{.tau_c_ms = 1000.0 / k_times_faster,
                                   .tau_n_ms = 200.0 / k_times_faster,
                                   .A_plus = 1.0 / k_rewarded_max_mV,
                                   .A_minus = 1.5 / k_rewarded_max_mV,
                                   .baseline_Hz = -0.02,
                                   .w_max = k_rewarded_max_mV};
    learns.third_factor = {rewards, 1.0};
    task.plastic = net.connect(E, E, learns);
    learns.connector = FixedOutdegree{4, true};
    learns.self_connections = true;
    net.connect(E, I, learns);
    SynapseRule inhibits;
    inhibits.connector = FixedOutdegree{20, true};
    inhibits.weight = Constant{-1.0};
    net.connect(I, E, inhibits);
    task.excitatory = E;
    task.rewards = rewards;
    return task;
}

/// Last spikes of two neurons, and when one has followed the other within 20 ms.
class OrderedPair final : public Recorder {
  public:
    OrderedPair(PopulationId population, std::uint32_t pre, std::uint32_t post)
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

struct LearntByReward {
    double weight_mV;      ///< of the pair's synapse
    double mean_mV;        ///< of all others
    double share_as_large; ///< of the others that are as large
    double rate_Hz;
    std::size_t n_rewards;
};

LearntByReward learn_by_reward(std::uint64_t seed) {
    const RewardTask task = reward_task(seed);
    Simulator simulator(task.network);
    const std::vector<Synapse> synapses = simulator.synapses(task.plastic);
    const std::size_t chosen = synapses.size() / 2;
    OrderedPair pair(task.excitatory, synapses[chosen].pre, synapses[chosen].post);
    RandomStream stream(seed, Purpose::initial_couplings, 1);
    std::size_t n_rewards = 0;
    constexpr double k_least_wait_ms = 1000.0 / k_times_faster;
    while (simulator.time_ms() < 1000.0 * k_reward_seconds) {
        simulator.run(k_least_wait_ms, {&pair}); // what it brings comes later
        std::vector<Spike> spikes;
        for (; n_rewards < pair.met_ms.size(); ++n_rewards) {
            const double wait_ms = k_least_wait_ms * (1.0 + 2.0 * stream.uniform());
            spikes.push_back({pair.met_ms[n_rewards] + wait_ms, 0});
        }
        simulator.add_spikes(task.rewards, spikes);
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
            static_cast<double>(pair.n_spikes) / k_reward_seconds / k_regular_cells, n_rewards};
}

} // namespace

TEST_CASE("Of many synapses the one that is rewarded grows, though rewards come late") {
    int n_largest = 0;
    for (std::uint64_t seed = 1; seed <= k_reward_seeds; ++seed) {
        const LearntByReward learnt = learn_by_reward(seed);
        INFO("seed " << seed << ": " << learnt.weight_mV << " mV, others " << learnt.mean_mV
                     << " mV, " << learnt.share_as_large << " of them as large, " << learnt.rate_Hz
                     << " Hz, " << learnt.n_rewards << " rewards");
        CHECK(learnt.rate_Hz > 0.5);
        CHECK(learnt.rate_Hz < 5.0);
        CHECK(learnt.mean_mV < 1.0); // where they began
        CHECK(learnt.n_rewards >= 10);
        // Without learning any share is as likely as any other: all seeds below come by chance once in 2,500, of ten
        // once in 10^13.
        n_largest += learnt.share_as_large < k_most_as_large ? 1 : 0;
    }
    CHECK(n_largest == k_reward_seeds);
}
