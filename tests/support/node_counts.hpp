#pragma once

#include "core/statistics.hpp"
#include "experiments/simulations.hpp"
#include "support/resized.hpp"

#include <cstdint>

namespace spikewell::test {

/// What both forms learn at the defaults from the same images at another size.
struct AtSize {
    experiments::Config config;
    experiments::Dataset data;
    experiments::Regime rates;
    experiments::Regime spikes;
    double correlation = 0.0; ///< of the two J

    [[nodiscard]] double retrieval_difference() const {
        return spikes.evaluation.retrieval.median - rates.evaluation.retrieval.median;
    }
    [[nodiscard]] double generalization_difference() const {
        return spikes.evaluation.generalization.median - rates.evaluation.generalization.median;
    }
};

/// `table`: images of side x side pixels, the label behind them.
inline AtSize learn_at_size(const Matrix& table,
                            std::size_t side,
                            std::size_t new_side,
                            std::size_t presentations,
                            std::uint64_t seed) {
    using namespace experiments;
    AtSize both;
    both.config.training.presentations = presentations;
    both.config.data.label_column = new_side * new_side;
    both.data = make_dataset(resized(table, side, new_side), both.config.data, "images");
    both.rates = run_regime(Backend::rate, both.data, both.config, seed);
    both.spikes = run_regime(Backend::spiking, both.data, both.config, seed);
    both.correlation =
        spikewell::correlation(both.rates.coupling.values, both.spikes.coupling.values);
    return both;
}

} // namespace spikewell::test
