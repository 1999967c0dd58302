#include "io/gzip.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>
#include <zlib.h>

namespace spikewell::io {

namespace {

constexpr std::size_t k_most_bytes = std::size_t{1} << 30U; // as read_text
constexpr int k_gzip_window = 15 + 16;                      // zlib's way to ask for gzip's header

/// zlib's state, which is released with this object.
class Inflation {
  public:
    explicit Inflation(std::string_view name) {
        if (inflateInit2(&stream, k_gzip_window) != Z_OK)
            throw IoError(name, "cannot be decompressed: out of memory");
    }
    Inflation(const Inflation&) = delete;
    Inflation& operator=(const Inflation&) = delete;
    ~Inflation() { inflateEnd(&stream); }

    z_stream stream{};
};

/// Hands zlib, which counts in 32 bits, what it can take of the rest.
void feed(z_stream& stream, std::string_view& rest) {
    const std::size_t n = std::min<std::size_t>(rest.size(), std::numeric_limits<uInt>::max());
    // zlib's interface predates const; it does not write there.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    stream.avail_in = static_cast<uInt>(n);
    rest.remove_prefix(n);
}

/// Throws IoError for what `inflate` has returned unless it may go on or has come to an end.
void require_sound(int state, bool all_taken, const z_stream& stream, std::string_view name) {
    if (state == Z_BUF_ERROR || (state == Z_OK && all_taken))
        throw IoError(name, "is truncated: its compressed data end too early");
    if (state != Z_OK && state != Z_STREAM_END)
        throw IoError(name, fmt::format("is damaged: {}",
                                        stream.msg != nullptr ? stream.msg : "no gzip data"));
}

} // namespace

bool is_gzip(std::string_view bytes) {
    return bytes.starts_with("\x1F\x8B");
}

std::string decompressed(std::string_view bytes, std::string_view name) {
    Inflation inflation(name);
    z_stream& stream = inflation.stream;
    std::string result;
    std::vector<char> buffer(std::size_t{1} << 16U);
    std::string_view rest = bytes; // not yet given to zlib
    for (int state = Z_OK; state != Z_STREAM_END || stream.avail_in > 0 || !rest.empty();) {
        if (state == Z_STREAM_END && inflateReset(&stream) != Z_OK)
            throw IoError(name, "cannot be decompressed");
        if (stream.avail_in == 0 && !rest.empty()) feed(stream, rest);
        stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream.avail_out = static_cast<uInt>(buffer.size());
        state = inflate(&stream, Z_NO_FLUSH);
        const std::size_t got = buffer.size() - stream.avail_out;
        result.append(buffer.data(), got);
        if (result.size() > k_most_bytes)
            throw IoError(name, "is too large when decompressed, allowed up to 1 GiB");
        const bool all_taken = stream.avail_in == 0 && rest.empty() && got < buffer.size();
        require_sound(state, all_taken, stream, name);
    }
    return result;
}

} // namespace spikewell::io
