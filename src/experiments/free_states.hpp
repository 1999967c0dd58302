#pragma once

#include "experiments/landscape_map.hpp"
#include "experiments/training.hpp"

/// Networks of given couplings that run free, without evidence.
namespace spikewell::experiments {

/// Forms that run free: the published stochastic map at plan.noise; the network of this project in rates and
/// in spikes, whose couplings are scale x J without diagonal.
enum class FreeForm { stochastic_map, rate, spiking };
[[nodiscard]] const char* name_of(FreeForm form);

/// Free states and where they are.
struct FreeStates {
    FreeForm form = FreeForm::stochastic_map;
    double gain = 0.0;              ///< beta, or scale
    Matrix states;                  // [n_nodes x n_steps]
    Matrix attractors;              // [n_nodes x n] that states are held to
    std::vector<double> by_basin;   // [n] share of (up to 2,000) states that the map takes to each
    std::vector<double> by_nearest; // [n] share of states, by correlation
    /// Of the states' partial correlations with J, off the diagonal; NaN where a node never moves.
    double partial_correlation = 0.0;
    double functional_correlation = 0.0; ///< of their correlations with J
    Matrix functional_connectivity;      // [n_nodes x n_nodes]
    Matrix projection;                   // [2 x n_steps] on the first two principal components
    Matrix projected_attractors;         // [2 x n]
    Matrix flow; // [4 x n_cells]: x, y, and mean change (x, y) in a step of the states of a cell
};
/// What runs free.
struct FreeRunPlan {
    MapNode node = MapNode::
        tanh; ///< of the stochastic map, and of the one whose attractors states are held to
    double beta = 0.0;   ///< of both
    double noise = 0.37; ///< of the stochastic map: standard deviation within the node's argument
    double scale = 0.0;  ///< of the network
    std::size_t steps = 20000; ///< of tau_ref in spikes; 1,000 before them are dropped
    std::uint64_t seed = 1;
    int n_threads = 1;
};
/// The scale that is taken where none is given: a little beyond the onset of the Langevin node.
[[nodiscard]] double usual_scale(double largest_eigenvalue);
/// `attractors` [n_nodes x n] are those of the deterministic map at plan.node and plan.beta. Throws
/// ParameterError, NetworkError (memory).
[[nodiscard]] FreeStates free_states(FreeForm form,
                                     const Matrix& coupling,
                                     const Matrix& attractors,
                                     const FreeRunPlan& plan);

} // namespace spikewell::experiments
