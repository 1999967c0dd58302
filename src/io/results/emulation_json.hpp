#pragma once

#include "experiments/emulation_study.hpp"

#include <nlohmann/json.hpp>

namespace spikewell::io {

/// emulation.json: what `emulate` writes. Rates are mean rates of populations; what is not known is null.
[[nodiscard]] nlohmann::ordered_json emulation_to_json(const experiments::EmulationStudy& study,
                                                       const mapping::Layout& layout);

} // namespace spikewell::io
