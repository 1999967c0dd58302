#pragma once

#include "experiments/emulation_study.hpp"
#include "report/document.hpp"

namespace spikewell::report {

/// The page of `emulate`: whether spikes are the same, traffic, load, energy, what the board's
/// precision changes.
[[nodiscard]] Document emulation_document(const experiments::EmulationStudy& study,
                                          const mapping::Layout& layout);

} // namespace spikewell::report
