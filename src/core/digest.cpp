#include "core/digest.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace spikewell {

struct Digest::State {
    XXH3_state_t of_pieces; // aligned for vectors by its type
    State() { XXH3_64bits_reset(&of_pieces); }
};

std::uint64_t digest(std::string_view bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

Digest::Digest() : state_(std::make_unique<State>()) {}
Digest::Digest(Digest&& other) noexcept = default;
Digest& Digest::operator=(Digest&& other) noexcept = default;
Digest::~Digest() = default;

void Digest::add(std::string_view bytes) {
    XXH3_64bits_update(&state_->of_pieces, bytes.data(), bytes.size());
}

std::uint64_t Digest::value() const {
    return XXH3_64bits_digest(&state_->of_pieces);
}

} // namespace spikewell
