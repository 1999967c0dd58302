#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_set>

namespace spikewell::io {

namespace {

using Json = nlohmann::json;

constexpr std::size_t k_max_depth = 100; // keeps recursion over a document shallow

bool in_word(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || c == '+' || c == '-' || c == '.' || c == '_';
}

/// Where the parser stopped, widened to the whole word.
struct Stop {
    std::size_t begin;
    std::string_view word; // empty at the end of the text
};

Stop stop_at(std::string_view text, std::size_t offset) {
    if (offset >= text.size()) {
        return {text.size(), {}};
    }
    std::size_t begin = offset;
    std::size_t end = offset + 1;
    const std::size_t quote = offset > 0 ? text.rfind('"', offset - 1) : std::string_view::npos;
    if (text[offset] == '"' && quote != std::string_view::npos) {
        begin = quote; // a whole string in a wrong place ends here
    }
    if (in_word(text[offset])) {
        while (begin > 0 && in_word(text[begin - 1])) {
            --begin;
        }
        while (end < text.size() && in_word(text[end])) {
            ++end;
        }
    }
    return {begin, text.substr(begin, end - begin)};
}

/// "line 3, column 5", columns in characters: continuation bytes of UTF-8 (10......) do not count.
std::string place(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::string_view row = before.substr(before.rfind('\n') + 1); // npos + 1 is 0
    const auto column = 1 + std::count_if(row.begin(), row.end(), [](char c) {
                            return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
                        });
    return fmt::format("line {}, column {}", line, column);
}

/// What the parser's words for an expectation mean to a writer of JSON.
std::string expectation(std::string_view parser_text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> k_meanings{{
        {"expected '}'", "',' or '}'"},
        {"expected ']'", "',' or ']'"},
        {"expected ':'", "':'"},
        {"expected string literal", "a key in quotes"},
        {"expected end of input", "nothing after the value"},
        {"expected '[', '{', or a literal", "a value"},
    }};
    for (const auto& [words, meaning] : k_meanings) {
        if (parser_text.ends_with(words)) {
            return fmt::format(", allowed {}", meaning);
        }
    }
    return {};
}

/// "NaN", "-Infinity", "+inf": what other languages write into files that they call JSON.
bool is_not_finite(std::string_view word) {
    word.remove_prefix(std::min(word.find_first_not_of("+-"), word.size()));
    std::string letters;
    for (const char c : word) {
        letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return letters == "nan" || letters == "inf" || letters == "infinity";
}

/// One clear line for a syntax error. `position` counts the bytes read, the offending one included;
/// `parser_text` is the parser's message, which only tells kinds of errors apart.
std::string syntax_message(std::string_view text,
                           std::size_t position,
                           std::string_view parser_text) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return "is empty, allowed one JSON value";
    }
    std::size_t offset = std::max<std::size_t>(position, 1) - 1;
    const std::size_t in_string = parser_text.find("invalid string: ");
    if (in_string != std::string_view::npos) {
        const std::string_view what = parser_text.substr(in_string);
        return fmt::format("{}: {}", place(text, std::min(offset, text.size())),
                           what.substr(0, what.find("; last read")));
    }
    const bool literal = parser_text.find("invalid literal") != std::string_view::npos;
    if (literal && offset > 0 && std::isalpha(static_cast<unsigned char>(text[offset - 1])) != 0) {
        --offset; // "nul}" stops at the brace, but it is the word that is wrong
    }
    const auto [begin, word] = stop_at(text, offset);
    const std::string where = place(text, begin);
    if (word.empty()) {
        return fmt::format("{}: text ends too early", where);
    }
    if (is_not_finite(word)) {
        return fmt::format("{}: numbers must be finite, got {}", where, word);
    }
    if (parser_text.find("number overflow") != std::string_view::npos) {
        return fmt::format("{}: number is beyond double precision, got {}", where, printable(word));
    }
    const std::string shown_word =
        word.size() > 1 && word.front() == '"'
            ? fmt::format("\"{}\"", printable(word.substr(1, word.size() - 2)))
            : fmt::format("'{}'", printable(word));
    return fmt::format("{}: unexpected {}{}", where, shown_word, expectation(parser_text));
}

/// Checks syntax and finds repeated keys, which the parser itself would take silently.
class Checker : public nlohmann::json_sax<Json> {
  public:
    Checker(std::string_view text, std::vector<Problem>& problems)
        : text_(text), problems_(problems) {}

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return open(false); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        Frame& frame = frames_.back();
        frame.key = name;
        if (!frame.keys.insert(name).second) {
            problems_.push_back({pointer(), "key is repeated, allowed once"});
        }
        return true;
    }
    bool parse_error(std::size_t position,
                     const std::string&,
                     const Json::exception& error) override {
        problems_.assign(1, {"", syntax_message(text_, position, error.what())});
        return false;
    }

  private:
    struct Frame {
        bool is_array;
        std::size_t index = 0; // of the element now read
        std::string key{};
        std::unordered_set<std::string> keys{};
    };

    bool value() {
        if (!frames_.empty()) {
            ++frames_.back().index;
        }
        return true;
    }
    bool open(bool is_array) {
        if (frames_.size() == k_max_depth) {
            problems_.push_back(
                {"", fmt::format("nested too deep, allowed {} levels", k_max_depth)});
            return false;
        }
        frames_.push_back({is_array});
        return true;
    }
    bool close() {
        frames_.pop_back();
        return value();
    }
    [[nodiscard]] std::string pointer() const {
        std::string result;
        for (const Frame& frame : frames_) {
            result =
                child_pointer(result, frame.is_array ? std::to_string(frame.index) : frame.key);
        }
        return result;
    }

    std::string_view text_;
    std::vector<Problem>& problems_;
    std::vector<Frame> frames_;
};

} // namespace

std::string child_pointer(const std::string& parent, std::string_view key) {
    std::string result = parent + "/";
    for (const char c : printable(key)) {
        result += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return result;
}

Json parse_json(std::string_view text, const std::string& source) {
    std::vector<Problem> problems;
    Checker checker(text, problems);
    Json::sax_parse(text, &checker);
    throw_if_any(source, problems);
    return Json::parse(text);
}

} // namespace spikewell::io
