#pragma once

#include "core/digest.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace spikewell {

/// Writes `content` with a header (magic "SPKWCKP2", length, digest of the content, digest of what
/// it belongs to) to a temporary file beside `path`, flushes it to the disk and renames it. At every
/// moment there is either the former file or the new one. Throws IoError.
void write_checkpoint(const std::filesystem::path& path,
                      std::string_view content,
                      std::uint64_t belongs_to);

/// The content. Throws IoError, one clear line: missing, no checkpoint at all, of another version of
/// the format (both are named), truncated (bytes there and expected), damaged (digest), or of another
/// `owner` (`belongs_to` differs).
[[nodiscard]] std::string read_checkpoint(const std::filesystem::path& path,
                                          std::uint64_t belongs_to,
                                          std::string_view owner = "network, seed or duration");

} // namespace spikewell
