#pragma once

#include "network/engine/loop/state.hpp"

/// What must hold of an engine's state between windows. Saved states are read without trust: a digest
/// tells damage, not forgery, and whatever the engine does with an index, a count or a time that
/// cannot be would be anything.
namespace spikewell::detail {

/// Of blocks held here. Throws NetworkError, one line that says what is not so. Every state that the
/// engine can come to passes.
void require_sound(const EngineState& engine);
/// Before events are put into buckets: of these alone.
void require_sound_waiting(const EventWheel::Waiting& waiting);

} // namespace spikewell::detail
