#include "io/path_text.hpp"

#include <fmt/format.h>

#include <charconv>

namespace spikewell::io {

namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// Bytes of the UTF-8 character that `text` begins with; 0 where that is none (RFC 3629).
std::size_t character_bytes(std::string_view text) {
    const unsigned char first = byte_at(text, 0);
    if (first < 0x80U) return 1;
    const std::size_t n = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
    if (first < 0xC2U || first > 0xF4U) return 0;
    for (std::size_t k = 1; k < n; ++k) {
        if ((byte_at(text, k) & 0xC0U) != 0x80U) return 0;
    }
    const unsigned char second = byte_at(text, 1);
    const bool too_long = (first == 0xE0U && second < 0xA0U) || (first == 0xF0U && second < 0x90U);
    const bool no_character =
        (first == 0xEDU && second >= 0xA0U) || (first == 0xF4U && second >= 0x90U);
    return too_long || no_character ? 0 : n;
}

/// Escapes what is no UTF-8, and the bytes for which `also(byte)`.
template <class Also> std::string escaped(std::string_view bytes, Also&& also) {
    std::string text;
    while (!bytes.empty()) {
        const std::size_t n = character_bytes(bytes);
        if (n == 0 || (n == 1 && also(byte_at(bytes, 0)))) {
            text += fmt::format("%{:02X}", byte_at(bytes, 0));
            bytes.remove_prefix(1);
        } else {
            text += bytes.substr(0, n);
            bytes.remove_prefix(n);
        }
    }
    return text;
}

} // namespace

std::string path_to_text(const std::filesystem::path& path) {
    return escaped(path.native(),
                   [](unsigned char byte) { return byte == '%' || byte < 0x20U || byte == 0x7FU; });
}

std::optional<std::filesystem::path> path_from_text(std::string_view text) {
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            bytes += text[at];
            continue;
        }
        const std::string_view digits = text.substr(at + 1, 2);
        unsigned char byte = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2)
            return std::nullopt;
        bytes += static_cast<char>(byte);
        at += 2;
    }
    return bytes;
}

std::string utf8(std::string_view bytes) {
    return escaped(bytes, [](unsigned char) { return false; });
}

} // namespace spikewell::io
