#pragma once

namespace spikewell {

/// Processor time of all threads of this process so far, the user's and the system's.
[[nodiscard]] double processor_seconds();

/// The most memory that this process has had so far.
[[nodiscard]] double peak_rss_mib();

} // namespace spikewell
