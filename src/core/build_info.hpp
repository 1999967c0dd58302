#pragma once

#include <string>
#include <string_view>

namespace spikewell {

/// What made this program, and hence what it writes.
struct BuildInfo {
    std::string_view version;  ///< of Spikewell
    std::string_view commit;   ///< 12 digits, "+changes" where sources differ from it; or "unknown"
    std::string_view compiler; ///< its name and version
    std::string_view build_type; ///< CMake's
};
[[nodiscard]] BuildInfo build_info();

/// The same in words: "0.1.0 (commit 0123456789ab, GNU 12.2.0, Release)".
[[nodiscard]] std::string build_info_text();

} // namespace spikewell
