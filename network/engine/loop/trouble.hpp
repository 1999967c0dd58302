#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

/// What ends a window before its end.
namespace spikewell::detail {

/// Whether the run is to be given up: asked within windows, by any thread.
using GiveUp = std::function<bool()>;
/// Throws Abandoned where it is.
void require_patience(const GiveUp& give_up);

/// Throws NetworkError that names a neuron and says when.
[[noreturn]] void fail_at(std::string_view population,
                          std::uint32_t neuron,
                          double t_ms,
                          std::string_view what);

struct EngineState;
/// Throws NetworkError for the first neuron of those held here whose state is not finite. Costs a look
/// at every neuron.
void require_finite(const EngineState& engine);

} // namespace spikewell::detail
