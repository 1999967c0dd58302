#include "core/file_descriptor.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace spikewell {

namespace fs = std::filesystem;

void fail_with_errno(const fs::path& path, std::string_view what, int error_number) {
    throw IoError(path.string(), fmt::format("{}: {}", what, std::strerror(error_number)));
}

Descriptor::Descriptor(const fs::path& path, int flags)
    : number_(::open(path.c_str(), flags | O_CLOEXEC, k_file_mode)) {}

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

Descriptor open_to_read(const fs::path& path, std::string_view failure) {
    const auto fail = [&] {
        throw IoError(path.string(), fmt::format("{}: is no regular file", failure));
    };
    // Without O_NONBLOCK, to open a FIFO is to wait for its writer.
    Descriptor file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file.number() < 0 && errno == ENXIO) fail(); // a socket
    struct stat status {};
    if (file.number() < 0 || ::fstat(file.number(), &status) != 0)
        fail_with_errno(path, failure, errno);
    if (S_ISDIR(status.st_mode)) fail_with_errno(path, failure, EISDIR);
    if (!S_ISREG(status.st_mode)) fail();
    return Descriptor(file.release());
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

void write_all(const fs::path& path,
               std::string_view failure,
               int descriptor,
               std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail_with_errno(path, failure, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void close_checked(const fs::path& path, std::string_view failure, Descriptor file) {
    if (::close(file.release()) != 0) fail_with_errno(path, failure, errno);
}

void flush_to_disk(const fs::path& path, std::string_view failure, int descriptor) {
    if (::fsync(descriptor) != 0) fail_with_errno(path, failure, errno);
}

} // namespace spikewell
