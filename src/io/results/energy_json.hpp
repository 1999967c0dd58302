#pragma once

#include "core/energy.hpp"
#include "mapping/activity.hpp"
#include "network/engine/simulator.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace spikewell::io {

/// `counters` of run.json (network/FORMAT.md).
[[nodiscard]] nlohmann::ordered_json counters_to_json(const Counters& counters);

/// What energy is counted over.
struct EventsDone {
    std::uint64_t synaptic_events = 0; ///< Counters::synaptic_events, of the same stretch
    std::uint64_t poisson_inputs = 0;  ///< likewise
};

/// What it took, by itself: `J`, `how` ("measured" or "estimate"), `source`, `why_not_measured` of an estimate,
/// and `processor_s`.
[[nodiscard]] nlohmann::ordered_json use_to_json(const EnergyUse& use, const CorePower& core);

/// `energy` of run.json (network/FORMAT.md): what the run took on this machine, and over its events.
[[nodiscard]] nlohmann::ordered_json energy_to_json(const EnergyUse& use,
                                                    const CorePower& core,
                                                    const EventsDone& done);

/// `board` of it: what the layout's board would take for the same.
struct BoardRun {
    const mapping::Layout& layout;
    mapping::BoardWork work;
    mapping::Pace pace;
    double duration_ms = 0.0; ///< model time
};
[[nodiscard]] nlohmann::ordered_json board_energy_to_json(const BoardRun& run,
                                                          const EventsDone& done);

/// "0.33 uJ a synaptic event, 0.21 with Poisson inputs (estimate)"; the energy alone where there are no such
/// events.
[[nodiscard]] std::string energy_text(const nlohmann::ordered_json& energy);

} // namespace spikewell::io
