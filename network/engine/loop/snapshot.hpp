#pragma once

#include "network/engine/loop/state.hpp"

#include <string>
#include <string_view>

/// The engine's state between windows, as bytes: all that the future depends on and that does not
/// follow from the network. What is only work space, or made afresh by the next window, is left out.
/// The bytes are the same for any number of ranks, and any number of them can go on from them.
namespace spikewell::detail {

/// Collective: all on rank 0; elsewhere of no use.
[[nodiscard]] std::string save_state(EngineState& engine);
/// Collective: all ranks get all bytes. Throws NetworkError for bytes of another network and for
/// truncated ones, before anything changes; and for a state that cannot be one (state_check.hpp): then
/// the engine is no longer sound.
void load_state(EngineState& engine, std::string_view saved);

} // namespace spikewell::detail
