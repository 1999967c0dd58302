#pragma once

#include "mapping/detail/regroup_parts.hpp"

namespace spikewell::mapping::detail {

/// Sweeps over all units at a heat that falls to none.
struct Heat {
    double from_Hz = 0.0; ///< a loss that is taken one time in e
    int sweeps = 1;
};

/// Visits all units in random order, sweep after sweep. Each goes to one of the parts where it fits, or
/// stays, with probabilities exp(gain / heat); without heat, to the best. Where the best is full, it may
/// change places with one of a few units there that chance names.
void refine(Parts& parts, const Heat& heat, std::uint64_t seed);

} // namespace spikewell::mapping::detail
