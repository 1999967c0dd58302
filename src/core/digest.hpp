#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace spikewell {

/// 64 bits of XXH3 (xxHash): tells damage and mix-ups apart, not malice. The same on every machine.
[[nodiscard]] std::uint64_t digest(std::string_view bytes);

/// The same of bytes that come in pieces, however they are cut.
class Digest {
  public:
    Digest();
    Digest(const Digest&) = delete;
    Digest& operator=(const Digest&) = delete;
    Digest(Digest&& other) noexcept;
    Digest& operator=(Digest&& other) noexcept;
    ~Digest();

    void add(std::string_view bytes);
    /// Of all bytes so far; more can follow.
    [[nodiscard]] std::uint64_t value() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace spikewell
