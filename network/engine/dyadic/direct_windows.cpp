#include "network/engine/dyadic/direct_windows.hpp"

#include "network/engine/dyadic/batched_neurons.hpp"
#include "network/engine/dyadic/crowded_windows.hpp"
#include "network/engine/dyadic/direct_path.hpp"

#include <algorithm>

namespace spikewell::detail {

namespace {

// Couplings of a part, where fewer, stay in the second-level cache from learning to the sums.
constexpr std::size_t k_cached_part = std::size_t{1} << 17U;

/// The drive where a window begins, and how large the lanes' couplings are.
void sum_direct_drive(EngineState& engine, const PopulationState& population, Part& part) {
    if (population.crowd.ends) leave_crowd(engine, population, part);
    if (part.drive_known) return;
    const ProjectionState& projection = engine.projections[population.incoming.front()];
    std::fill(part.drive.begin(), part.drive.end(), 0.0F);
    part.scratch.largest.assign(part.width, 0.0F);
    add_product_and_sizes(projection.coupling.of_part(part.index), projection.delayed_state.data(),
                          projection.delayed_state.size(), part.width, part.drive.data(),
                          part.scratch.largest.data());
}

/// Follows the part's potentials through a direct window, and bounds them; and, where they predict
/// states, their means over bunches.
void trace_direct(const EngineState& engine,
                  const PopulationState& population,
                  Part& part,
                  CrowdScratch& scratch) {
    const Crowd& crowd = population.crowd;
    const std::vector<Bunch>& bunches = crowd.arrivals.bunches;
    const PartCouplings& coupling = engine.projections[population.incoming.front()].coupling;
    const float* const columns = coupling.of_part(part.index);
    const bool fetch = coupling.part_size() > k_cached_part;
    const std::size_t of_strip = (bunches.size() + 1) * k_strip_width;
    scratch.value.resize(part.width / k_strip_width * of_strip);
    scratch.drive.resize(scratch.value.size());
    PartScratch& lanes = part.scratch;
    if (population.keep_path) lanes.expected.resize(bunches.size() * part.width);
    for (std::size_t lane = 0; lane < part.width; lane += k_strip_width) {
        const std::size_t at = lane / k_strip_width * of_strip;
        relax_direct({crowd.direct_at.data(), crowd.direct_dx.data(), crowd.arrivals.through.data(),
                      crowd.direct_lever.data(), crowd.arrivals.per_bunch, fetch},
                     bunches, population.tau_m_ms, columns + lane,
                     {part.drive.data() + lane, part.potential.data() + lane,
                      lanes.low.data() + lane, lanes.high.data() + lane},
                     {scratch.value.data() + at, scratch.drive.data() + at,
                      population.keep_path ? lanes.expected.data() + lane : nullptr, part.width});
    }
    for (std::size_t i = 0; i < part.width; ++i) {
        const float reach = reach_of(crowd.arrivals.slack, lanes.largest[i]);
        lanes.low[i] -= reach;
        lanes.high[i] += reach;
    }
    if (!population.keep_path) return;
    std::vector<float>& mean = lanes.integral;
    for (std::size_t b = 0; b < bunches.size(); ++b) {
        float* const expected = lanes.expected.data() + b * part.width;
        mean.assign(expected, expected + part.width);
        std::fill_n(expected, part.width, 0.0F);
        add_expected_state({mean.data(), mean.data(), 0.0F}, 1.0F, population.code.neurons_per_node,
                           part.width, expected);
    }
}

/// The paths of a part's lanes.
struct DirectPaths {
    const EngineState& engine;
    const PopulationState& population;
    const Part& part;
    const CrowdScratch& scratch;
    [[nodiscard]] DirectPath operator()(std::size_t lane, double bias) const {
        return {engine, population, part, scratch, lane, bias};
    }
};

} // namespace

void advance_direct(EngineState& engine,
                    const PopulationState& population,
                    Part& part,
                    CrowdScratch& scratch,
                    const Window& window) {
    sum_direct_drive(engine, population, part);
    trace_direct(engine, population, part, scratch);
    const DirectPaths paths{engine, population, part, scratch};
    BatchedNeurons(population, part.soma, drive_of(population, part), paths, part.spikes)
        .advance_all(part.scratch, window);
    if (population.twins_active) {
        BatchedNeurons(population, part.twins.neurons, twin_drive_of(population), paths,
                       part.predicted)
            .advance_all(part.scratch, window);
    }
}

void end_direct_window(EngineState& engine, const PopulationState& population) {
    const CrowdedArrivals& arrivals = population.crowd.arrivals;
    std::vector<float>& state = engine.projections[population.incoming.front()].delayed_state;
    for (std::size_t s = 0; s < arrivals.n; ++s)
        state[arrivals.column(s)] += arrivals.dx(s);
}

} // namespace spikewell::detail
