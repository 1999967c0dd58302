#include "io/npy.hpp"

#include "core/error.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace spikewell::io {

namespace {

constexpr std::string_view k_magic = "\x93NUMPY";
constexpr std::string_view k_types =
    "allowed bool, int8 .. int64, uint8 .. uint64, float32, float64";

/// What a header says, as NumPy writes it: a Python dictionary of descr, fortran_order and shape, in
/// any order.
class Header {
  public:
    Header(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

    ArrayLayout read() {
        expect('{');
        while (!taken('}')) {
            read_entry();
            if (!taken(',')) {
                expect('}');
                break;
            }
        }
        if (!type_ || !order_ || !shape_) fail();
        skip_blanks();
        if (!rest_.empty()) fail();
        return {*type_, std::move(*shape_), *order_};
    }

  private:
    [[noreturn]] void fail() const {
        throw IoError(name_, fmt::format("header is none of an NPY file, got \"{}\" where descr, "
                                         "fortran_order and shape are told",
                                         printable(rest_)));
    }
    void skip_blanks() {
        while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_[0])) != 0)
            rest_.remove_prefix(1);
    }
    bool taken(std::string_view text) {
        skip_blanks();
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    bool taken(char character) { return taken(std::string_view(&character, 1)); }
    void expect(char character) {
        if (!taken(character)) fail();
    }

    std::string_view text() {
        const bool quote = taken('"');
        if (!quote) expect('\'');
        const std::size_t end = rest_.find(quote ? '"' : '\'');
        if (end == std::string_view::npos) fail();
        const std::string_view inside = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return inside;
    }
    void read_entry() {
        const std::string_view key = text();
        expect(':');
        if (key == "descr" && !type_) {
            type_ = type();
        } else if (key == "fortran_order" && !order_) {
            order_ = taken("True");
            if (!*order_ && !taken("False")) fail();
        } else if (key == "shape" && !shape_) {
            shape_ = shape();
        } else {
            fail();
        }
    }
    NumberType type() {
        skip_blanks();
        if (rest_.starts_with('[')) throw IoError(name_, fmt::format("holds records, {}", k_types));
        const std::string_view descr = text();
        const std::optional<NumberType> known = type_of(descr);
        if (!known)
            throw IoError(name_,
                          fmt::format("holds numbers of type \"{}\"{}, {}", printable(descr),
                                      descr.ends_with('O') ? " (Python objects)" : "", k_types));
        return *known;
    }
    static std::optional<NumberType> type_of(std::string_view descr) {
        using Kind = NumberType::Kind;
        if (descr.size() != 3) return std::nullopt;
        const char order = descr[0];
        const auto bytes = static_cast<std::size_t>(descr[2] - '0');
        if (order != '<' && order != '>' && !(order == '|' && bytes == 1)) return std::nullopt;
        const bool whole = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
        const bool big = order == '>';
        switch (descr[1]) {
        case 'b':
            return bytes == 1 ? std::optional(NumberType{Kind::boolean, bytes, big}) : std::nullopt;
        case 'i':
            return whole ? std::optional(NumberType{Kind::signed_integer, bytes, big})
                         : std::nullopt;
        case 'u':
            return whole ? std::optional(NumberType{Kind::unsigned_integer, bytes, big})
                         : std::nullopt;
        case 'f':
            return bytes == 4 || bytes == 8 ? std::optional(NumberType{Kind::real, bytes, big})
                                            : std::nullopt;
        default:
            return std::nullopt;
        }
    }
    std::vector<std::size_t> shape() {
        std::vector<std::size_t> extents;
        expect('(');
        while (!taken(')')) {
            skip_blanks();
            std::size_t extent = 0;
            const auto [stop, error] =
                std::from_chars(rest_.data(), rest_.data() + rest_.size(), extent);
            if (error != std::errc{}) fail();
            rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
            taken('L'); // as Python 2 wrote long numbers
            extents.push_back(extent);
            if (!taken(',')) {
                expect(')');
                break;
            }
        }
        return extents;
    }

    std::string_view rest_;
    std::string_view name_;
    std::optional<NumberType> type_;
    std::optional<bool> order_;
    std::optional<std::vector<std::size_t>> shape_;
};

[[noreturn]] void fail_truncated(std::string_view name) {
    throw IoError(name, "is truncated: ends within its header");
}

/// The header's text; `bytes` are then what follows it.
std::string_view take_header(std::string_view& bytes, std::string_view name) {
    if (!is_npy(bytes))
        throw IoError(name, "is no NPY file, allowed files that begin with \\x93NUMPY");
    bytes.remove_prefix(k_magic.size());
    if (bytes.size() < 2) fail_truncated(name);
    const auto version = static_cast<unsigned char>(bytes[0]);
    if (version < 1 || version > 3)
        throw IoError(name, fmt::format("is an NPY file of version {}, allowed 1, 2, 3", version));
    bytes.remove_prefix(2);
    const std::size_t n_length_bytes = version == 1 ? 2 : 4;
    if (bytes.size() < n_length_bytes) fail_truncated(name);
    std::size_t length = 0;
    for (std::size_t i = 0; i < n_length_bytes; ++i)
        length |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8U * i);
    bytes.remove_prefix(n_length_bytes);
    if (bytes.size() < length) fail_truncated(name);
    const std::string_view header = bytes.substr(0, length);
    bytes.remove_prefix(length);
    return header;
}

} // namespace

bool is_npy(std::string_view bytes) {
    return bytes.starts_with(k_magic);
}

SampleArray parse_npy(std::string_view bytes, std::string_view name) {
    const std::string_view header = take_header(bytes, name);
    return array_from(Header(header, name).read(), bytes, name);
}

Matrix parse_npy_table(std::string_view bytes, std::string_view name) {
    SampleArray array = parse_npy(bytes, name);
    if (array.shape.size() > 2)
        throw IoError(name, fmt::format("has {} dimensions, allowed a table of two, or one",
                                        array.shape.size()));
    return std::move(array.values);
}

Matrix read_npy(const std::filesystem::path& path) {
    return parse_npy_table(read_text(path), path.string());
}

} // namespace spikewell::io
