#pragma once

#include "core/error.hpp"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

/// What those share who write files through descriptors, to flush them.
namespace spikewell {

inline constexpr mode_t k_file_mode = 0666; ///< less the user's umask

/// Throws IoError for what a system call left in errno.
[[noreturn]] inline void fail_with_errno(const std::filesystem::path& path,
                                         std::string_view what,
                                         int error_number) {
    throw IoError(path.string(), fmt::format("{}: {}", what, std::strerror(error_number)));
}

/// A file descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { ::close(number_); }
    [[nodiscard]] int number() const { return number_; }

  private:
    int number_;
};

} // namespace spikewell
