#include "network/engine/lif/random_source.hpp"

#include "network/draws.hpp"
#include "network/engine/lif/lif_population.hpp"
#include "network/engine/loop/spike_order.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikewell::detail {

namespace {

/// The next time at which a unit-rate process has come `exponential` further.
double next_spike_ms(const PoissonRate& rate, double t_ms, double exponential) {
    for (std::size_t k = 0; k < rate.times_ms.size(); ++k) {
        const double end_ms = k + 1 < rate.times_ms.size()
                                  ? rate.times_ms[k + 1]
                                  : std::numeric_limits<double>::infinity();
        const double begin_ms = std::max(t_ms, rate.times_ms[k]);
        if (end_ms <= begin_ms || rate.rates_Hz[k] <= 0.0) continue;
        const double per_ms = 1e-3 * rate.rates_Hz[k];
        const double spikes = per_ms * (end_ms - begin_ms);
        if (exponential < spikes) return begin_ms + exponential / per_ms;
        exponential -= spikes;
    }
    return std::numeric_limits<double>::infinity();
}

PoissonState state_of(const PoissonPopulation& source) {
    return {source.rate, 1.0, 0.0, {}};
}
PoissonState state_of(const GammaPopulation& source) {
    return {source.rate, source.shape, 0.0, {}};
}
PoissonState state_of(const CorrelatedPopulation& source) {
    return {source.rate, 1.0, source.correlation, {}};
}

/// Until a neuron's next spike, with mean 1 in the time that its rate makes.
double unit_interval(const PoissonState& source, RandomStream& stream) {
    if (source.shape == 1.0) return -std::log(stream.uniform());
    return stream.gamma(source.shape) / source.shape;
}
/// Until its first one: as far into an interval as chance has it, which is long in proportion to its length.
double first_interval(const PoissonState& source, RandomStream& stream) {
    if (source.shape == 1.0) return -std::log(stream.uniform());
    return stream.uniform() * stream.gamma(source.shape + 1.0) / source.shape;
}
/// Until the next common spike: there are 1 / correlation for each of a neuron.
double common_interval(const PoissonState& source, RandomStream& stream) {
    return -std::log(stream.uniform()) * source.correlation;
}

PoissonBlock first_block(const PoissonState& source,
                         std::uint32_t first,
                         std::uint32_t count,
                         const NeuronsOf& neurons) {
    PoissonBlock block{first, count, {}, {}, {}};
    const auto population = static_cast<std::uint16_t>(neurons.population);
    if (source.correlation > 0.0) {
        RandomStream common(neurons.seed, Purpose::common_spikes, 0, population);
        block.next_ms.push_back(next_spike_ms(source.rate, 0.0, common_interval(source, common)));
        block.streams = {common,
                         RandomStream(neurons.seed, Purpose::poisson_spikes, first, population)};
        return block;
    }
    for (std::uint32_t j = first; j < first + count; ++j) {
        RandomStream stream(neurons.seed, Purpose::poisson_spikes, j, population);
        block.next_ms.push_back(next_spike_ms(source.rate, 0.0, first_interval(source, stream)));
        block.streams.push_back(stream);
    }
    return block;
}

} // namespace

PoissonState make_poisson_state(const Network& network, std::uint32_t index) {
    const Population& population = network.populations[index];
    PoissonState state = std::visit(
        []<class P>(const P& source) -> PoissonState {
            if constexpr (RandomSource<P>)
                return state_of(source);
            else
                return {};
        },
        population);
    const std::size_t n = size_of(population);
    const std::size_t size = block_size(n, 0.0);
    for (std::size_t first = 0; first < n; first += size)
        state.blocks.push_back(first_block(state, static_cast<std::uint32_t>(first),
                                           static_cast<std::uint32_t>(std::min(size, n - first)),
                                           {network.seed, index}));
    return state;
}

namespace {

/// Asks now and then, as spikes come, whether to go on.
class Patience {
  public:
    explicit Patience(const GiveUp& give_up) : give_up_(give_up) {}
    void ask(std::size_t n_spikes) {
        constexpr std::size_t k_spikes_at_once = std::size_t{1} << 18U;
        if (n_spikes - asked_at_ <= k_spikes_at_once) return;
        require_patience(give_up_);
        asked_at_ = n_spikes;
    }

  private:
    const GiveUp& give_up_;
    std::size_t asked_at_ = 0;
};

/// As many draws as spikes, and one.
void copy_common_spike(const PoissonState& source, double t_ms, PoissonBlock& block) {
    const double log_not = std::log1p(-source.correlation);
    for (double j = 0.0;; j += 1.0) {
        j += passed_over(block.streams[1].uniform(), log_not);
        if (!(j < block.count)) return;
        block.spikes.push_back({t_ms, block.first + static_cast<std::uint32_t>(j)});
    }
}

} // namespace

void advance_block(const PoissonState& source,
                   PoissonBlock& block,
                   const Window& window,
                   const GiveUp& give_up) {
    block.spikes.clear();
    Patience patience(give_up);
    if (source.correlation > 0.0) {
        double& next_ms = block.next_ms[0];
        while (next_ms < window.end_ms) {
            copy_common_spike(source, next_ms, block);
            patience.ask(block.spikes.size());
            next_ms =
                next_spike_ms(source.rate, next_ms, common_interval(source, block.streams[0]));
        }
        return; // in order of time, then neuron
    }
    for (std::size_t j = 0; j < block.next_ms.size(); ++j) {
        patience.ask(block.spikes.size());
        double& next_ms = block.next_ms[j];
        while (next_ms < window.end_ms) {
            block.spikes.push_back({next_ms, block.first + static_cast<std::uint32_t>(j)});
            next_ms = next_spike_ms(source.rate, next_ms, unit_interval(source, block.streams[j]));
        }
    }
    sort_patiently(block.spikes, give_up);
}

} // namespace spikewell::detail
