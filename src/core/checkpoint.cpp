#include "core/checkpoint.hpp"

#include "core/error.hpp"
#include "core/file_descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace spikewell {

namespace {

namespace fs = std::filesystem;

// The file: magic, length of the content, its digest, digest of what it belongs to, digest of these
// four (8 bytes each, little endian), then the content.
constexpr std::string_view k_magic = "SPKWCKP2";
constexpr std::size_t k_version_at = 7; // of the magic: the format's version, a digit
constexpr std::size_t k_word = 8;
constexpr std::size_t k_header_bytes = 5 * k_word;

constexpr const char* k_failure = "checkpoint cannot be written";

using Header = std::array<char, k_header_bytes>;

/// A file that goes with this object unless kept.
class Temporary {
  public:
    explicit Temporary(fs::path path) : path_(std::move(path)) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        std::error_code ignored; // nothing more can be done about a failure here
        if (!kept_) fs::remove(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }
    void keep() { kept_ = true; }

  private:
    fs::path path_;
    bool kept_ = false;
};

/// Up to 8 bytes as a little-endian number, whatever the machine.
std::uint64_t word_at(std::string_view bytes, std::size_t from) {
    std::uint64_t word = 0;
    const std::size_t count = std::min(k_word, bytes.size() - from);
    // The digest of gigabytes goes through here.
    if (std::endian::native == std::endian::little && count == k_word) {
        std::memcpy(&word, bytes.data() + from, k_word);
        return word;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[from + i]);
        word |= std::uint64_t{byte} << (8U * static_cast<unsigned>(i));
    }
    return word;
}

void put_word(Header& header, std::size_t index, std::uint64_t word) {
    for (std::size_t i = 0; i < k_word; ++i) {
        header[index * k_word + i] =
            static_cast<char>((word >> (8U * static_cast<unsigned>(i))) & 0xFFU);
    }
}

Header header_of(std::string_view content, std::uint64_t belongs_to) {
    Header header{};
    std::copy(k_magic.begin(), k_magic.end(), header.begin());
    put_word(header, 1, content.size());
    put_word(header, 2, digest(content));
    put_word(header, 3, belongs_to);
    put_word(header, 4, digest({header.data(), 4 * k_word}));
    return header;
}

/// Fills `bytes` from the file; returns how many there were.
std::size_t read_up_to(const fs::path& path, int descriptor, char* bytes, std::size_t count) {
    std::size_t done = 0;
    while (done < count) {
        const ssize_t got = ::read(descriptor, bytes + done, count - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail_with_errno(path, "checkpoint cannot be read", errno);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

/// A new name is on the disk only when its folder is.
void flush_folder(const fs::path& path) {
    const Descriptor folder(folder_of(path), O_RDONLY | O_DIRECTORY);
    if (folder.number() < 0) fail_with_errno(path, k_failure, errno);
    // Some file systems cannot flush a folder; the file itself is flushed.
    if (::fsync(folder.number()) != 0 && errno != EINVAL) fail_with_errno(path, k_failure, errno);
}

[[noreturn]] void fail_length(const fs::path& path, std::uint64_t there, std::uint64_t expected) {
    throw IoError(path.string(),
                  fmt::format("checkpoint is {}: {} bytes there, {} expected",
                              there < expected ? "truncated" : "damaged", there, expected));
}

/// What a header promises.
struct Promise {
    std::uint64_t length;
    std::uint64_t content_digest;
    std::uint64_t belongs_to;
};

/// Of a file that may be cut short.
void require_magic(const fs::path& path, std::string_view magic) {
    if (!magic.empty() && k_magic.starts_with(magic)) return;
    const bool other_version = magic.size() == k_magic.size() &&
                               magic.substr(0, k_version_at) == k_magic.substr(0, k_version_at) &&
                               magic[k_version_at] >= '0' && magic[k_version_at] <= '9';
    if (!other_version) throw IoError(path.string(), "is no checkpoint of Spikewell");
    throw IoError(
        path.string(),
        fmt::format("is a checkpoint of format version {}; this Spikewell reads version {}",
                    magic[k_version_at], k_magic[k_version_at]));
}

Promise read_header(const fs::path& path, int descriptor) {
    Header header{};
    const std::size_t got = read_up_to(path, descriptor, header.data(), header.size());
    const std::string_view bytes(header.data(), got);
    const std::string_view magic = bytes.substr(0, k_magic.size());
    require_magic(path, magic);
    if (got < header.size()) fail_length(path, got, header.size());
    if (word_at(bytes, 4 * k_word) != digest(bytes.substr(0, 4 * k_word)))
        throw IoError(path.string(), "checkpoint is damaged: the digest of its header differs");
    return {word_at(bytes, k_word), word_at(bytes, 2 * k_word), word_at(bytes, 3 * k_word)};
}

} // namespace

void write_checkpoint(const fs::path& path, std::string_view content, std::uint64_t belongs_to) {
    if (!path.has_filename()) throw IoError(path.string(), "is no file name");
    std::error_code ignored; // opening the file tells
    fs::create_directories(folder_of(path), ignored);
    // Always the same name: what a killed run left is written over, not added to.
    Temporary temporary(folder_of(path) /
                        fmt::format(".{}.spikewell-tmp", path.filename().string()));
    const Descriptor file(temporary.path(), O_WRONLY | O_CREAT | O_TRUNC);
    if (file.number() < 0) fail_with_errno(path, k_failure, errno);
    const Header header = header_of(content, belongs_to);
    write_all(path, k_failure, file.number(), {header.data(), header.size()});
    write_all(path, k_failure, file.number(), content);
    flush_to_disk(path, k_failure, file.number());
    if (::rename(temporary.path().c_str(), path.c_str()) != 0)
        fail_with_errno(path, k_failure, errno);
    temporary.keep();
    flush_folder(path);
}

std::string read_checkpoint(const fs::path& path, std::uint64_t belongs_to) {
    const Descriptor file(path, O_RDONLY);
    if (file.number() < 0) fail_with_errno(path, "checkpoint cannot be read", errno);
    struct stat status {};
    if (::fstat(file.number(), &status) != 0)
        fail_with_errno(path, "checkpoint cannot be read", errno);
    const Promise promise = read_header(path, file.number());
    // Lengths before memory: a damaged length must not ask for more than the file has.
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size - k_header_bytes != promise.length)
        fail_length(path, size, promise.length + k_header_bytes);
    if (promise.belongs_to != belongs_to)
        throw IoError(path.string(), "checkpoint is of another network, seed or duration");
    std::string content(promise.length, '\0');
    const std::size_t got = read_up_to(path, file.number(), content.data(), content.size());
    if (got != content.size()) fail_length(path, got + k_header_bytes, size);
    if (digest(content) != promise.content_digest)
        throw IoError(path.string(), "checkpoint is damaged: the digest of its content differs");
    return content;
}

} // namespace spikewell
