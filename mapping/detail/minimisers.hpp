#pragma once

#include "mapping/tables.hpp"

namespace spikewell::mapping {

// Each as Minimiser::minimise.
[[nodiscard]] Table minimise_by_pairs(const Table& table);
[[nodiscard]] Table minimise_by_covering(const Table& table);
[[nodiscard]] Table leave_out_default_routes(const Table& table);

/// An entry that matches whatever either matches, as few keys more as a mask allows.
[[nodiscard]] TableEntry merged(const TableEntry& a, const TableEntry& b);

} // namespace spikewell::mapping
