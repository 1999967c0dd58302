#include "core/process_use.hpp"

#include <sys/resource.h>

namespace spikewell {

namespace {

rusage own_use() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage;
}

} // namespace

double processor_seconds() {
    const rusage usage = own_use();
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_rss_mib() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): the C library's, of one member
    return static_cast<double>(own_use().ru_maxrss) / 1024.0; // Linux tells KiB
}

} // namespace spikewell
