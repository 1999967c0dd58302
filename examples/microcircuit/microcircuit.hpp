#pragma once

#include "network/network.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// The cortical microcircuit of Potjans & Diesmann 2014 (doi:10.1093/cercor/bhs358): eight populations of LIF
/// neurons in four layers, about 77,000 neurons and 299 million synapses, the field's own benchmark. Its numbers stand in
/// model.json, which microcircuit.py reads too; a test holds the network made here against the file made there.
///
/// **Scales.** `scale` is that of numbers of neurons, `k_scale` that of in-degrees. Fewer synapses weigh more, by
/// 1 / sqrt(k_scale), which leaves the variance of the input as it is, and a constant drive makes up for the mean that is
/// then lacking, recurrent (at the rates of the full model) and of the background (van Albada et al. 2015,
/// doi:10.1371/journal.pcbi.1004490).
namespace spikewell::examples {

enum class Background { poisson, dc };

struct MicrocircuitPlan {
    double scale = 1.0;   ///< > 0 .. 1
    double k_scale = 1.0; ///< > 0 .. 1
    Background background = Background::poisson;
    std::uint64_t seed = 1;
};

/// Populations L23E, L23I, L4E, L4I, L5E, L5I, L6E, L6I, in this order. Potentials at the start are drawn below the threshold.
/// Throws ParameterError for a scale outside its range.
[[nodiscard]] Network microcircuit(const MicrocircuitPlan& plan);

/// A figure over seeds.
struct KnownFigure {
    double mean = 0.0;
    double sd = 0.0;
};
/// What is known of a population; model.json says of which runs.
struct MicrocircuitReference {
    std::string name;
    std::size_t size = 0; ///< of the full model
    double rate_Hz = 0.0; ///< of the full model
    /// Of the model of a tenth of neurons and in-degrees, with Poisson background.
    KnownFigure tenth_rate_Hz;
    KnownFigure tenth_cv_isi;
};
[[nodiscard]] std::vector<MicrocircuitReference> microcircuit_reference();
/// Of the figures of a tenth.
[[nodiscard]] std::size_t known_tenth_seeds();

} // namespace spikewell::examples
