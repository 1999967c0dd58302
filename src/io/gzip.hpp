#pragma once

#include <string>
#include <string_view>

/// gzip's format (RFC 1952).
namespace spikewell::io {

/// Begins as a gzip file does.
[[nodiscard]] bool is_gzip(std::string_view bytes);

/// What was compressed, all members one after another. Throws IoError of `name` for bytes that are no
/// gzip file, truncated or damaged (its checksum), and for more than 1 GiB.
[[nodiscard]] std::string decompressed(std::string_view bytes, std::string_view name);

} // namespace spikewell::io
