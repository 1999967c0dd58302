#include "core/checkpoint.hpp"

#include "core/error.hpp"
#include "core/file_descriptor.hpp"
#include "core/temporary_file.hpp"

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
constexpr std::string_view k_magic = "SPKWCKP4";
constexpr std::size_t k_version_at = 7; // of the magic: the format's version, a digit
constexpr std::size_t k_word = 8;
constexpr std::size_t k_header_bytes = 5 * k_word;

constexpr const char* k_failure = "checkpoint cannot be written";

using Header = std::array<char, k_header_bytes>;

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
    TemporaryFile file(path, k_failure);
    const Header header = header_of(content, belongs_to);
    file.write({header.data(), header.size()});
    file.write(content);
    file.publish(Overwrite::allow);
}

std::string read_checkpoint(const fs::path& path,
                            std::uint64_t belongs_to,
                            std::string_view owner) {
    const Descriptor file = open_to_read(path, "checkpoint cannot be read");
    struct stat status {};
    if (::fstat(file.number(), &status) != 0)
        fail_with_errno(path, "checkpoint cannot be read", errno);
    const Promise promise = read_header(path, file.number());
    // Lengths before memory: a damaged length must not ask for more than the file has.
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size - k_header_bytes != promise.length)
        fail_length(path, size, promise.length + k_header_bytes);
    if (promise.belongs_to != belongs_to)
        throw IoError(path.string(), fmt::format("checkpoint is of another {}", owner));
    std::string content(promise.length, '\0');
    const std::size_t got = read_up_to(path, file.number(), content.data(), content.size());
    if (got != content.size()) fail_length(path, got + k_header_bytes, size);
    if (digest(content) != promise.content_digest)
        throw IoError(path.string(), "checkpoint is damaged: the digest of its content differs");
    return content;
}

} // namespace spikewell
