#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace spikewell {

/// FNV-1a style 64-bit digest of bytes: tells damage and mix-ups apart, not malice.
[[nodiscard]] std::uint64_t digest(std::string_view bytes);

/// Writes `content` with a header (magic "SPKWCKP1", length, digest of the content, digest of what
/// it belongs to) to a temporary file beside `path`, flushes it to the disk and renames it. At every
/// moment there is either the former file or the new one. Throws IoError.
void write_checkpoint(const std::filesystem::path& path,
                      std::string_view content,
                      std::uint64_t belongs_to);

/// The content. Throws IoError, one clear line: missing, no checkpoint at all, truncated (bytes
/// there and expected), damaged (digest), or of another network or seed (`belongs_to` differs).
[[nodiscard]] std::string read_checkpoint(const std::filesystem::path& path,
                                          std::uint64_t belongs_to);

} // namespace spikewell
