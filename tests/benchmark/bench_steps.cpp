#include "core/random.hpp"
#include "microcircuit/microcircuit.hpp"
#include "network/expansion.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

// What a grid of time steps does to the microcircuit's rates (tests/benchmark/README.md): the synapses of
// example_microcircuit, simulated as a simulator with a step does it, NEST's iaf_psc_exp: sub-threshold dynamics exact from
// step to step, spikes, delays and the end of the refractory period on the grid. It shares nothing with the engine but the
// network's description and its synapses, and is as plain as can be.

using namespace spikewell;

namespace {

constexpr double k_warm_up_ms = 500.0;

/// A generator that costs little beside a step (Vigna's splitmix64).
class Bits {
  public:
    explicit Bits(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U) {}
    std::uint32_t operator()() {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return static_cast<std::uint32_t>((z ^ (z >> 31U)) >> 32U);
    }

  private:
    std::uint64_t state_;
};

/// Poisson numbers of one mean, by inversion; the law's tail beyond 2^-32 is left out.
class PoissonNumbers {
  public:
    explicit PoissonNumbers(double mean) {
        double share = std::exp(-mean);
        double sum = 0.0;
        for (unsigned k = 0; sum < 1.0 - 0x1p-33 && k < 1000; ++k) {
            sum += share;
            until_.push_back(static_cast<std::uint32_t>(std::min(sum * 0x1p32, 0x1p32 - 1)));
            share *= mean / (k + 1);
        }
    }
    unsigned operator()(Bits& bits) const {
        const std::uint32_t u = bits();
        unsigned k = 0;
        while (k + 1 < until_.size() && u >= until_[k])
            ++k;
        return k;
    }

  private:
    std::vector<std::uint32_t> until_;
};

struct Arrival {
    std::uint32_t target;
    std::uint16_t steps;
    float weight_mV;
};

/// A population on the grid; potentials are relative to E_L.
struct Steps {
    std::size_t first = 0;
    std::size_t size = 0;
    double V_th = 0.0;
    double V_reset = 0.0;
    std::uint32_t n_ref = 0;
    double keep_V = 0.0;   ///< P22
    double keep_exc = 0.0; ///< P11
    double keep_inh = 0.0;
    double V_of_exc = 0.0; ///< P21
    double V_of_inh = 0.0;
    double V_of_drive = 0.0; ///< already times the drive
    double input_mV = 0.0;
    PoissonNumbers inputs{0.0};
    std::size_t spikes = 0; ///< behind the warm-up
};

/// What a current of 1 mV at a step's start has done to V at its end.
double response(double tau_m_ms, double tau_syn_ms, double step_ms) {
    return tau_syn_ms / (tau_m_ms - tau_syn_ms) *
           (std::exp(-step_ms / tau_m_ms) - std::exp(-step_ms / tau_syn_ms));
}

class GridNetwork {
  public:
    GridNetwork(const Network& network, double step_ms) : step_ms_(step_ms), bits_(network.seed) {
        for (const Population& population : network.populations)
            add(std::get<NeuronPopulation>(population));
        connect(network);
        draw_potentials(network);
        current_exc_.assign(n_, 0.0);
        current_inh_.assign(n_, 0.0);
        left_.assign(n_, 0);
        for (auto* arriving : {&arriving_exc_, &arriving_inh_})
            arriving->assign(n_ * n_slots_, 0.0F);
    }

    void run(double duration_ms) {
        const auto n_steps = std::llround(duration_ms / step_ms_);
        for (std::int64_t k = 0; k < n_steps; ++k)
            step();
    }
    /// Of every population, of the time behind the warm-up.
    [[nodiscard]] std::vector<double> rates_Hz(double duration_ms) const {
        std::vector<double> rates;
        for (const Steps& of : populations_)
            rates.push_back(1e3 * static_cast<double>(of.spikes) /
                            (static_cast<double>(of.size) * (duration_ms - k_warm_up_ms)));
        return rates;
    }

  private:
    void add(const NeuronPopulation& population) {
        const auto& lif = std::get<LifExp>(population.neuron);
        Steps of;
        of.first = n_;
        of.size = population.size;
        of.V_th = lif.V_th_mV - lif.E_L_mV;
        of.V_reset = lif.V_reset_mV - lif.E_L_mV;
        of.n_ref = static_cast<std::uint32_t>(std::lround(lif.t_ref_ms / step_ms_));
        of.keep_V = std::exp(-step_ms_ / lif.tau_m_ms);
        of.keep_exc = std::exp(-step_ms_ / lif.tau_syn_exc_ms);
        of.keep_inh = std::exp(-step_ms_ / lif.tau_syn_inh_ms);
        of.V_of_exc = response(lif.tau_m_ms, lif.tau_syn_exc_ms, step_ms_);
        of.V_of_inh = response(lif.tau_m_ms, lif.tau_syn_inh_ms, step_ms_);
        of.V_of_drive = (1.0 - of.keep_V) * lif.drive_mV;
        for (const PoissonInput& input : population.inputs) {
            of.input_mV = input.weight;
            of.inputs = PoissonNumbers(1e-3 * input.rate.rates_Hz.front() * step_ms_);
        }
        n_ += of.size;
        populations_.push_back(of);
    }

    void connect(const Network& network) {
        std::vector<std::vector<Synapse>> all;
        std::vector<std::size_t> counts(n_ + 1, 0);
        const auto firsts = [&](std::size_t p) {
            const auto& of = std::get<SynapticProjection>(network.projections[p]);
            return std::pair(populations_[of.pre.population.index].first,
                             populations_[of.post.population.index].first);
        };
        for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
            all.push_back(expand_all(network, p));
            for (const Synapse& synapse : all.back())
                ++counts[firsts(p).first + synapse.pre + 1];
        }
        begin_ = counts;
        for (std::size_t i = 0; i < n_; ++i)
            begin_[i + 1] += begin_[i];
        arrivals_.resize(begin_[n_]);
        std::vector<std::size_t> next = begin_;
        std::uint16_t longest = 1;
        for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
            const auto [pre, post] = firsts(p);
            for (const Synapse& synapse : all[p]) {
                const auto steps = static_cast<std::uint16_t>(
                    std::max(1L, std::lround(static_cast<double>(synapse.delay_ms) / step_ms_)));
                longest = std::max(longest, steps);
                arrivals_[next[pre + synapse.pre]++] = {
                    static_cast<std::uint32_t>(post + synapse.post), steps, synapse.weight};
            }
            all[p] = {};
        }
        n_slots_ = std::size_t{longest} + 1;
    }

    void draw_potentials(const Network& network) {
        for (std::uint32_t p = 0; p < populations_.size(); ++p) {
            const auto& population = std::get<NeuronPopulation>(network.populations[p]);
            const double E_L_mV = std::get<LifExp>(population.neuron).E_L_mV;
            RandomStream random(network.seed, Purpose::initial_potentials, p);
            for (std::size_t i = 0; i < population.size; ++i)
                V_.push_back(sample(population.V_init_mV, random) - E_L_mV);
        }
    }

    void step() {
        float* exc = &arriving_exc_[slot_ * n_];
        float* inh = &arriving_inh_[slot_ * n_];
        fired_.clear();
        ++now_;
        for (Steps& of : populations_) {
            for (std::size_t i = of.first; i < of.first + of.size; ++i)
                update(of, i, exc, inh);
        }
        std::fill_n(exc, n_, 0.0F);
        std::fill_n(inh, n_, 0.0F);
        for (const std::uint32_t neuron : fired_)
            send(neuron);
        slot_ = (slot_ + 1) % n_slots_;
    }

    void update(Steps& of, std::size_t i, const float* exc, const float* inh) {
        if (left_[i] > 0) {
            --left_[i];
        } else {
            V_[i] = of.keep_V * V_[i] + of.V_of_exc * current_exc_[i] +
                    of.V_of_inh * current_inh_[i] + of.V_of_drive;
        }
        const double inputs = of.input_mV * of.inputs(bits_);
        current_exc_[i] = of.keep_exc * current_exc_[i] + static_cast<double>(exc[i]) + inputs;
        current_inh_[i] = of.keep_inh * current_inh_[i] + static_cast<double>(inh[i]);
        if (V_[i] < of.V_th) return;
        V_[i] = of.V_reset;
        left_[i] = of.n_ref;
        fired_.push_back(static_cast<std::uint32_t>(i));
        if (static_cast<double>(now_) * step_ms_ > k_warm_up_ms) ++of.spikes;
    }

    void send(std::uint32_t neuron) {
        for (std::size_t s = begin_[neuron]; s < begin_[neuron + 1]; ++s) {
            const Arrival& arrival = arrivals_[s];
            std::size_t slot = slot_ + arrival.steps;
            if (slot >= n_slots_) slot -= n_slots_;
            (arrival.weight_mV > 0.0F ? arriving_exc_
                                      : arriving_inh_)[slot * n_ + arrival.target] +=
                arrival.weight_mV;
        }
    }

    double step_ms_;
    Bits bits_;
    std::vector<Steps> populations_;
    std::size_t n_ = 0;
    std::vector<std::size_t> begin_; // [n + 1] of arrivals_
    std::vector<Arrival> arrivals_;
    std::size_t n_slots_ = 0;
    std::size_t slot_ = 0;
    std::int64_t now_ = 0;
    std::vector<double> V_;
    std::vector<double> current_exc_;
    std::vector<double> current_inh_;
    std::vector<std::uint32_t> left_; // [n] steps of the refractory period
    std::vector<float> arriving_exc_; // [slot][neuron]
    std::vector<float> arriving_inh_;
    std::vector<std::uint32_t> fired_;
};

} // namespace

int main(int argc, char** argv) {
    examples::MicrocircuitPlan plan;
    double step_ms = 0.1;
    double duration_ms = 10'500.0;
    CLI::App app{"Rates of the microcircuit on a grid of time steps"};
    app.add_option("--scale", plan.scale, "of neurons and in-degrees");
    app.add_option("--seed", plan.seed, "of the network");
    app.add_option("--step-ms", step_ms, "the grid")->check(CLI::Range(0.001, 1.0));
    app.add_option("--duration-ms", duration_ms, "with the 500 ms that are left out")
        ->check(CLI::Range(501.0, 1e6));
    CLI11_PARSE(app, argc, argv);
    plan.k_scale = plan.scale;
    GridNetwork network(examples::microcircuit(plan), step_ms);
    network.run(duration_ms);
    fmt::print("seed {}, steps of {} ms:", plan.seed, step_ms);
    const auto reference = examples::microcircuit_reference();
    const std::vector<double> rates = network.rates_Hz(duration_ms);
    for (std::size_t p = 0; p < rates.size(); ++p)
        fmt::print(" {} {:.4f}", reference[p].name, rates[p]);
    fmt::print(" Hz\n");
    return 0;
}
