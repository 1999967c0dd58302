#pragma once

#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <utility>

/// What those share who read and write files through descriptors, to flush them.
namespace spikewell {

inline constexpr mode_t k_file_mode = 0666; ///< less the user's umask

/// Throws IoError for what a system call left in errno.
[[noreturn]] void fail_with_errno(const std::filesystem::path& path,
                                  std::string_view what,
                                  int error_number);

/// A file descriptor that closes itself.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    /// As open(2) does; a number below 0 and errno where it fails.
    Descriptor(const std::filesystem::path& path, int flags);
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor();
    [[nodiscard]] int number() const { return number_; }
    /// The number, which the caller now closes.
    [[nodiscard]] int release() { return std::exchange(number_, -1); }

  private:
    int number_ = -1;
};

/// A file open for reading. Throws IoError, as write_all does, also where `path` is no regular file:
/// a FIFO would keep the program waiting, a device has no end.
[[nodiscard]] Descriptor open_to_read(const std::filesystem::path& path,
                                      std::string_view failure = "cannot be read");

/// The folder that a path names a file of.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& path);

/// Writes all bytes. Throws IoError: `path`, then `failure` ("cannot be written") and why.
void write_all(const std::filesystem::path& path,
               std::string_view failure,
               int descriptor,
               std::string_view bytes);

/// Closes; some file systems tell only then that something could not be written. Throws as write_all.
void close_checked(const std::filesystem::path& path, std::string_view failure, Descriptor file);

/// To the disk. Throws as write_all.
void flush_to_disk(const std::filesystem::path& path, std::string_view failure, int descriptor);

} // namespace spikewell
