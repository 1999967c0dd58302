#pragma once

#include "core/matrix.hpp"

#include <filesystem>
#include <string_view>

namespace spikewell::io {

/// Begins as a PNG file does.
[[nodiscard]] bool is_png(std::string_view bytes);

/// Brightness 0 .. 255 of a PNG file [height x width]: of colours 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601),
/// of transparent pixels what is seen over black. Throws IoError for what is no PNG file, truncated or
/// damaged, and for 16 bits a channel; NetworkError where it does not fit in memory.
[[nodiscard]] Matrix read_png(const std::filesystem::path& path);

} // namespace spikewell::io
