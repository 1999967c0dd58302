#pragma once

#include "activity.hpp"
#include "measuring.hpp"

#include <vector>

/// Inhibitory synapses learn to balance excitation (Vogels, Sprekeler, Zenke, Clopath & Gerstner 2011, doi:10.1126/science.1211095,
/// its figure 4): a network that fires as fast as it can comes to an asynchronous, irregular state at the rule's target rate; an
/// assembly whose excitation is then strengthened goes back to it, and is recalled from a quarter.
namespace spikewell::examples {

inline constexpr double k_target_Hz = 5.0;
inline constexpr double k_strengthening = 5.0; // of excitation within the assembly
/// The Poisson train that excites each cued neuron from without, and for how long.
inline constexpr double k_cue_Hz = 100.0;
inline constexpr double k_cue_nS = 30.0;
inline constexpr double k_cued_ms = 500.0;

struct Options : MeasuringOptions {
    std::uint32_t neurons = 10000;
    double eta_nS = 0.3;          ///< the rule's step
    double learning_ms = 10000.0; ///< at first, and again after the assembly was strengthened
    double measured_ms = 2000.0;  ///< with weights that stay
};

/// The parts of a network of so many neurons. In any a neuron has as many inputs as in the paper's of 10,000.
struct Parts {
    Cells all;          ///< excitatory, four fifths of the neurons
    Cells assembly;     ///< a twentieth of them
    Cells cued;         ///< a quarter of the assembly
    Cells uncued;       ///< the rest of it
    Cells others;       ///< not in the assembly
    Cells inhibitory;   ///< a population of their own
    double probability; ///< of a synapse
};
[[nodiscard]] Parts parts_of(std::uint32_t neurons);

/// Excitatory spikes of a run, and when they are of interest.
struct Phase {
    std::vector<Spike> spikes;
    Span span;
};

/// What figures show.
struct Shown {
    Phase before;
    Phase learning;
    Phase after;
    std::vector<double> rates_Hz;      ///< of each neuron after learning
    std::vector<double> rates_even_Hz; ///< with each inhibitory weight at their mean
    Phase balancing;
    Phase recall;
};

/// Mean rates of excitatory neurons.
struct Levels {
    double assembly_Hz = 0.0;
    double cued_Hz = 0.0;
    double uncued_Hz = 0.0;
    double others_Hz = 0.0;
};

/// Without a cue, and while a quarter of the assembly is excited from without.
struct Recall {
    Levels before;
    Levels cued;
};

/// All that is measured at a seed.
struct Outcome {
    Activity before; ///< of excitatory neurons, nothing learnt
    Activity after;  ///< inhibition having learnt
    Activity inhibitory_after;
    Activity even;          ///< each inhibitory weight at the mean of what was learnt
    double weight_nS = 0.0; ///< that mean's size
    Recall naive;           ///< before the assembly was strengthened
    Levels strengthened;    ///< just so
    Levels balanced;        ///< inhibition having learnt again
    double assembly_inhibition_before =
        0.0; ///< weights onto the assembly over those onto others, before it was
    double assembly_inhibition = 0.0; ///< then
    Recall recall;                    ///< then
    Shown shown;                      ///< of seed 1, else nothing
};

[[nodiscard]] std::vector<Outcome> measure_all(const Options& options);

} // namespace spikewell::examples
