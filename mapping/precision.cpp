#include "mapping/precision.hpp"

#include "core/error.hpp"
#include "network/expansion.hpp"
#include "network/synapse_lists.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace spikewell::mapping {

namespace {

constexpr double k_ring_buffer_sigma = 5.0; // sPyNNaker's default

/// What targets receive in a time step.
class Inputs {
  public:
    Inputs(std::size_t n_targets, double step_ms)
        : mean_(n_targets, 0.0), variance_(n_targets, 0.0), step_ms_(step_ms) {}

    void add(std::size_t target, double weight, double rate_Hz) {
        const double spikes = 1e-3 * rate_Hz * step_ms_;
        mean_[target] += std::abs(weight) * spikes;
        variance_[target] += weight * weight * spikes;
        greatest_weight_ = std::max(greatest_weight_, std::abs(weight));
    }
    [[nodiscard]] double greatest_weight() const { return greatest_weight_; }
    [[nodiscard]] double greatest_sum() const {
        double most = greatest_weight_;
        for (std::size_t i = 0; i < mean_.size(); ++i)
            most = std::max(most, mean_[i] + k_ring_buffer_sigma * std::sqrt(variance_[i]));
        return most;
    }

  private:
    std::vector<double> mean_, variance_; // [n_targets]
    double step_ms_;
    double greatest_weight_ = 0.0;
};

struct Rounder {
    WeightGrid grid; ///< of step 0: nothing is rounded
    RoundedWeights told{};
    double squares = 0.0;
    double changes = 0.0;

    double operator()(double weight) {
        if (grid.step == 0.0) return weight;
        const double rounded = grid.nearest(weight);
        const double change = std::abs(rounded - weight);
        told.greatest_change = std::max(told.greatest_change, change);
        squares += weight * weight;
        changes += change * change;
        return rounded;
    }
    [[nodiscard]] RoundedWeights result(std::uint32_t projection) const {
        RoundedWeights all = told;
        all.projection = projection;
        all.step = grid.step;
        all.relative_rms = squares > 0.0 ? std::sqrt(changes / squares) : 0.0;
        return all;
    }
};

class BoardRounding {
  public:
    BoardRounding(const Network& network,
                  const Board& board,
                  const Pace& pace,
                  const SpikeRates& rates,
                  int weight_bits)
        : network_(network), board_(board), pace_(pace), rates_(rates), bits_(weight_bits) {}

    RoundedNetwork round() {
        RoundedNetwork made{network_, {}};
        for (std::uint32_t p = 0; p < made.network.projections.size(); ++p) {
            Projection& projection = made.network.projections[p];
            if (auto* dense = std::get_if<FactorisedProjection>(&projection))
                made.projections.push_back(round(*dense, p));
            else
                made.projections.push_back(round(std::get<SynapticProjection>(projection), p));
        }
        return made;
    }

  private:
    [[nodiscard]] bool shares_ring_buffer() const { return board_.core.ring_buffer_bits > 0; }

    /// `shift`: bits that the smallest share of a weight lies below it.
    [[nodiscard]] Rounder rounder(const Inputs& inputs, int shift) const {
        Rounder r;
        if (inputs.greatest_weight() == 0.0) return r;
        if (shares_ring_buffer()) {
            const int exponent = static_cast<int>(std::floor(std::log2(inputs.greatest_sum()))) + 1;
            r.grid.step = std::ldexp(1.0, exponent + 1 - bits_ + shift);
            r.grid.greatest = std::ldexp(1.0, exponent + shift);
            return r;
        }
        const int magnitude = bits_ - (board_.core.signed_weight ? 1 : 0);
        const double levels = std::ldexp(1.0, magnitude) - 1.0;
        r.grid.step = std::exp2(std::ceil(std::log2(inputs.greatest_weight() / levels)));
        r.grid.greatest = r.grid.step * levels;
        return r;
    }

    double round_delay(double delay_ms, RoundedWeights& told) const {
        if (pace_.time_step_ms <= 0.0) return delay_ms;
        const double steps = std::max(1.0, std::round(delay_ms / pace_.time_step_ms));
        const double rounded = steps * pace_.time_step_ms;
        told.greatest_delay_change_ms =
            std::max(told.greatest_delay_change_ms, std::abs(rounded - delay_ms));
        return rounded;
    }

    RoundedWeights round(FactorisedProjection& projection, std::uint32_t p) const {
        const DyadicCode pre = code_of(network_.populations[projection.pre.index]);
        const std::vector<double>& rates = rates_[projection.pre.index];
        Matrix& coupling = projection.coupling;
        Inputs inputs(coupling.rows, pace_.time_step_ms);
        for (std::uint32_t n = 0; n < pre.n_neurons(); ++n) {
            for (std::size_t i = 0; i < coupling.rows; ++i) {
                // Both edges of a pulse.
                inputs.add(i, 2.0 * pre.gain_of(n) * coupling(i, pre.node_of(n)), 2.0 * rates[n]);
            }
        }
        Rounder weight = rounder(inputs, shares_ring_buffer() ? pre.neurons_per_node - 1 : 0);
        for (double& value : coupling.values)
            value = weight(value);
        projection.delay_ms = round_delay(projection.delay_ms, weight.told);
        return weight.result(p);
    }

    /// Where a description can say what is to be held: no synapse has to be listed.
    [[nodiscard]] bool by_rule(const SynapticProjection& projection) const {
        const bool listed = std::holds_alternative<SynapseList>(projection.connector);
        const bool constant = is_constant(projection.weight) && is_constant(projection.delay_ms);
        if (listed || constant) return !listed;
        // Delays that are rounded twice are not those of one rule.
        const bool one_step = is_constant(projection.delay_ms) || pace_.time_step_ms <= 0.0 ||
                              projection.delay_step_ms == 0.0 ||
                              projection.delay_step_ms == pace_.time_step_ms;
        return one_step && std::holds_alternative<std::monostate>(projection.plasticity);
    }

    void round_rule(SynapticProjection& projection, Rounder& weight) const {
        if (auto* constant = std::get_if<Constant>(&projection.weight))
            constant->value = weight(constant->value);
        else if (weight.grid.step > 0.0)
            projection.weight_grid = weight.grid;
        if (auto* constant = std::get_if<Constant>(&projection.delay_ms))
            constant->value = round_delay(constant->value, weight.told);
        else if (pace_.time_step_ms > 0.0)
            projection.delay_step_ms = pace_.time_step_ms;
    }

    RoundedWeights round(SynapticProjection& projection, std::uint32_t p) const {
        const ConnectionRule rule = rule_of(projection, network_);
        const std::vector<double>& rates = rates_[projection.pre.population.index];
        Inputs inputs(rule.n_post, pace_.time_step_ms);
        // Onto nodes, both edges of a pulse.
        const bool onto_nodes = is_dyadic(network_.populations[projection.post.population.index]);
        for_each_synapse(rule, p, [&](const Synapse& s) {
            inputs.add(s.post, static_cast<double>(s.weight),
                       (onto_nodes ? 2.0 : 1.0) * rates[projection.pre.first + s.pre]);
        });
        Rounder weight = rounder(inputs, 0);
        if (by_rule(projection)) {
            const bool varies =
                !is_constant(projection.weight) || !is_constant(projection.delay_ms);
            round_rule(projection, weight);
            if (!varies) return weight.result(p);
            weight.squares = weight.changes = 0.0;
            for_each_synapse(rule, p, [&](const Synapse& s) {
                (void)weight(static_cast<double>(s.weight));
                (void)round_delay(static_cast<double>(s.delay_ms), weight.told);
            });
            return weight.result(p);
        }
        std::vector<Synapse> synapses = expand_all(network_, p);
        for (Synapse& s : synapses) {
            s.weight = static_cast<float>(weight(static_cast<double>(s.weight)));
            s.delay_ms =
                static_cast<float>(round_delay(static_cast<double>(s.delay_ms), weight.told));
        }
        projection.connector = SynapseList{std::move(synapses)};
        return weight.result(p);
    }

    /// Of a projection, some targets after the other, so that few are in memory at once.
    template <class Take>
    void for_each_synapse(const ConnectionRule& rule, std::uint32_t p, const Take& take) const {
        constexpr double k_at_once = 1e6;
        const double of_target =
            std::max(1.0, expected_synapses(rule) /
                              static_cast<double>(std::max<std::size_t>(1, rule.n_post)));
        // Those that are drawn, or listed, by source are gone through for each piece.
        const bool by_source = std::holds_alternative<FixedOutdegree>(rule.connector) ||
                               std::holds_alternative<SynapseList>(rule.connector);
        const std::size_t n_targets =
            by_source ? std::max<std::size_t>(1, rule.n_post)
                      : static_cast<std::size_t>(std::max(1.0, k_at_once / of_target));
        SynapseLists lists;
        for (std::size_t first = 0; first < rule.n_post; first += n_targets) {
            expand(rule, network_.seed, p, {first, std::min(n_targets, rule.n_post - first)},
                   lists);
            for (const Synapse& s : lists.synapses)
                take(s);
        }
    }

    const Network& network_;
    const Board& board_;
    const Pace& pace_;
    const SpikeRates& rates_;
    int bits_;
};

} // namespace

RoundedNetwork round_to_board(const Network& network,
                              const Board& board,
                              const Pace& pace,
                              const SpikeRates& rates,
                              int weight_bits) {
    if (weight_bits < 2 || weight_bits > 32)
        throw ParameterError("emulate", "weight_bits", weight_bits, "2 .. 32");
    return BoardRounding(network, board, pace, rates, weight_bits).round();
}

} // namespace spikewell::mapping
