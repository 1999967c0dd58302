#pragma once

#include "core/error.hpp"
#include "core/matrix.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spikewell::io {

/// Parses JSON strictly: a syntax error or a repeated key throws DescriptionError; a syntax error's
/// message has line and column, a repeated key's problem has the JSON pointer of the second one.
/// `source` is the file name in messages.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, const std::string& source);

/// The JSON pointer (RFC 6901) to `key` in the object at `parent`.
[[nodiscard]] std::string child_pointer(const std::string& parent, std::string_view key);

/// A value as messages show it: what was got, never the inside of a list or object.
[[nodiscard]] std::string shown(const nlohmann::json& value);

/// Throws DescriptionError when there are problems.
void throw_if_any(const std::string& source, const std::vector<Problem>& problems);

/// Reads one JSON object field by field and collects every problem instead of stopping at the
/// first. Usage: a reader per object; read fields; `child` for nested objects; at the end
/// `reject_unknown_keys()` for each; the caller ends with `throw_if_any(source, problems)`.
class ObjectReader {
  public:
    /// `value` and `problems` outlive the reader. A `value` that is no object is a problem, and
    /// every field then has its default.
    ObjectReader(const nlohmann::json& value, std::string pointer, std::vector<Problem>& problems);

    /// The object at `key`; an empty one when absent or no object (a problem).
    [[nodiscard]] ObjectReader child(const std::string& key);
    [[nodiscard]] bool has(const std::string& key) const { return value_->contains(key); }
    /// The raw value at `key`, marked as known; null when absent.
    [[nodiscard]] const nlohmann::json& raw(const std::string& key);
    [[nodiscard]] std::string pointer(const std::string& key) const;
    /// Absent keys are problems.
    void require(std::initializer_list<const char*> keys);

    /// A range, and how it is said in messages ("> 0", "1 .. 20", ">= 0"); `high` is allowed.
    struct Range {
        double low;
        bool low_allowed;
        double high;
        std::string text;
    };
    static Range positive();
    static Range not_negative();
    static Range between(double low, double high);

    /// Each leaves `value` as it is when the key is absent, and adds a problem (naming the type or
    /// range allowed and the value got) when it does not fit. Numbers must be finite; integers may
    /// be written 3 or 3.0, not 3.5, and stay below 2^53. An optional takes null for none.
    void number(const std::string& key, double& value, const Range& range);
    void number(const std::string& key, std::optional<double>& value, const Range& range);
    void integer(const std::string& key, std::size_t& value, const Range& range);
    void integer(const std::string& key, int& value, const Range& range);
    void integer(const std::string& key, std::optional<std::size_t>& value, const Range& range);
    /// A list of integers, none twice.
    void distinct(const std::string& key, std::vector<std::size_t>& value, const Range& range);
    /// Any unsigned 64-bit integer.
    void seed(const std::string& key, std::uint64_t& value);
    /// Control characters are problems: they would break lines of messages, or file names.
    void text(const std::string& key, std::string& value);
    void boolean(const std::string& key, bool& value);
    /// One of `choices`; the message of a wrong one lists them and offers the nearest.
    template <class T>
    void choice(const std::string& key,
                T& value,
                std::initializer_list<std::pair<const char*, T>> choices) {
        std::vector<std::string> names;
        for (const auto& [name, meaning] : choices) {
            names.emplace_back(name);
        }
        const std::size_t index = choice_index(key, names);
        if (index < names.size()) {
            value = (choices.begin() + index)->second;
        }
    }
    void problem(const std::string& key, std::string message);
    /// A problem of one element of the list at `key`.
    void problem(const std::string& key, std::size_t index, std::string message);
    /// Of all readers that share the list of problems.
    [[nodiscard]] std::size_t problem_count() const { return problems_->size(); }

    /// Every key that was not asked for is a problem that names the nearest known key.
    void reject_unknown_keys();

    /// The index of the name at `key` among these; names.size() when absent or wrong (a problem).
    std::size_t choice_index(const std::string& key, const std::vector<std::string>& names);

  private:
    template <class T> void read_integer(const std::string& key, T& value, const Range& range);
    /// Whether `key` is null, by which it is then read.
    bool take_null(const std::string& key);

    const nlohmann::json* value_; // never null
    std::string pointer_;
    std::vector<Problem>* problems_; // never null
    std::vector<std::string> known_;
};

/// A matrix as {"rows": r, "cols": c, "row_major": [..r*c numbers..]}. Throws ParameterError for a
/// value that is not finite, which JSON cannot say.
[[nodiscard]] nlohmann::json matrix_to_json(const Matrix& matrix);
/// The reverse; every misfit is a problem at `key`, and the result then empty.
[[nodiscard]] Matrix matrix_from(ObjectReader& parent, const std::string& key);

} // namespace spikewell::io
