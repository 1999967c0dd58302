#pragma once

#include "network/engine/detail/state.hpp"

#include <string>
#include <string_view>

/// The engine's state between windows, as bytes: all that the future depends on and that does not
/// follow from the network. What is only work space, or made afresh by the next window, is left out.
namespace spikewell::detail {

[[nodiscard]] std::string save_state(EngineState& engine);
/// Throws NetworkError for bytes of another network and for truncated ones, before anything changes.
void load_state(EngineState& engine, std::string_view saved);

} // namespace spikewell::detail
