#include "io/json_reader.hpp"

#include "io/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <unordered_set>

namespace spikewell::io {

namespace {

using Json = nlohmann::json;

constexpr std::size_t k_max_hint_length = 64;      // the edit distance costs length times length
constexpr double k_max_whole = 9007199254740992.0; // 2^53: below it every whole number is a double

std::string in_quotes(std::string_view text) {
    return fmt::format("\"{}\"", printable(text));
}

std::string hint(std::string_view name, const std::vector<std::string>& known) {
    const std::string nearest = name.size() > k_max_hint_length ? "" : nearest_name(name, known);
    return nearest.empty() ? "" : fmt::format("; did you mean {}?", in_quotes(nearest));
}

/// Text of JSON files always is; that of names in other files need not be.
bool is_utf8(const Json& text) {
    try {
        (void)text.dump();
        return true;
    } catch (const Json::type_error&) {
        return false;
    }
}

std::string list_of(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + in_quotes(name);
    }
    return text;
}

/// The number as a double if it is whole and exact as such, else nothing.
std::optional<double> whole(const Json& value) {
    if (!value.is_number()) {
        return std::nullopt;
    }
    const double number = value.get<double>();
    const bool exact = std::abs(number) < k_max_whole && std::floor(number) == number;
    return exact ? std::optional(number) : std::nullopt;
}

bool fits(double number, const ObjectReader::Range& range) {
    return (number > range.low || (range.low_allowed && number == range.low)) &&
           number <= range.high;
}

/// The complaint about `value` as an integer of `range`; empty when it is one.
std::string integer_complaint(const Json& value, const ObjectReader::Range& range) {
    const std::optional<double> number = whole(value);
    if (!number) {
        return fmt::format("must be a whole number, got {}, allowed {}", shown(value), range.text);
    }
    return fits(*number, range) ? "" : fmt::format("must be {}, got {}", range.text, shown(value));
}

const Json& nothing() {
    static const Json k_null;
    return k_null;
}

const Json& no_keys() {
    static const Json k_object = Json::object();
    return k_object;
}

} // namespace

std::string shown(const Json& value) {
    if (value.is_string()) {
        return in_quotes(value.get_ref<const std::string&>());
    }
    if (value.is_array()) {
        return fmt::format("a list of {}", value.size());
    }
    return value.is_object() ? "an object" : value.dump();
}

void throw_if_any(const std::string& source, const std::vector<Problem>& problems) {
    if (problems.empty()) {
        return;
    }
    throw DescriptionError(source, problems);
}

ObjectReader::ObjectReader(const Json& value, std::string pointer, std::vector<Problem>& problems)
    : value_(value.is_object() ? &value : &no_keys()), pointer_(std::move(pointer)),
      problems_(&problems) {
    if (!value.is_object()) {
        problems_->push_back({pointer_, fmt::format("must be an object, got {}", shown(value))});
    }
}

ObjectReader ObjectReader::child(const std::string& key) {
    const bool present = has(key);
    const Json& value = raw(key);
    return {present ? value : no_keys(), pointer(key), *problems_};
}

const Json& ObjectReader::raw(const std::string& key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        known_.push_back(key);
    }
    const auto found = value_->find(key);
    return found == value_->end() ? nothing() : *found;
}

std::string ObjectReader::pointer(const std::string& key) const {
    return child_pointer(pointer_, key);
}

void ObjectReader::require(std::initializer_list<const char*> keys) {
    for (const char* key : keys) {
        if (!has(key)) {
            problem(key, "is missing");
        }
    }
}

ObjectReader::Range ObjectReader::positive() {
    return {0.0, false, std::numeric_limits<double>::max(), "> 0"};
}

ObjectReader::Range ObjectReader::not_negative() {
    return {0.0, true, std::numeric_limits<double>::max(), ">= 0"};
}

ObjectReader::Range ObjectReader::between(double low, double high) {
    return {low, true, high, fmt::format("{} .. {}", low, high)};
}

void ObjectReader::number(const std::string& key, double& value, const Range& range) {
    const Json& given = raw(key);
    if (!has(key)) {
        return;
    }
    if (!given.is_number()) {
        problem(key, fmt::format("must be a number, got {}, allowed {}", shown(given), range.text));
    } else if (!fits(given.get<double>(), range)) {
        problem(key, fmt::format("must be {}, got {}", range.text, shown(given)));
    } else {
        value = given.get<double>();
    }
}

bool ObjectReader::take_null(const std::string& key) {
    return has(key) && raw(key).is_null();
}

void ObjectReader::number(const std::string& key,
                          std::optional<double>& value,
                          const Range& range) {
    if (take_null(key)) {
        value.reset();
        return;
    }
    double given = value.value_or(0.0);
    const std::size_t before = problem_count();
    number(key, given, {range.low, range.low_allowed, range.high, "null or " + range.text});
    if (has(key) && problem_count() == before) {
        value = given;
    }
}

template <class T>
void ObjectReader::read_integer(const std::string& key, T& value, const Range& range) {
    const Json& given = raw(key);
    if (!has(key)) {
        return;
    }
    const Range of_type{
        std::max(range.low, static_cast<double>(std::numeric_limits<T>::min())), range.low_allowed,
        std::min(range.high, static_cast<double>(std::numeric_limits<T>::max())), range.text};
    const std::string complaint = integer_complaint(given, of_type);
    if (complaint.empty()) {
        value = static_cast<T>(given.get<double>());
    } else {
        problem(key, complaint);
    }
}

void ObjectReader::integer(const std::string& key, std::size_t& value, const Range& range) {
    read_integer(key, value, range);
}

void ObjectReader::integer(const std::string& key, int& value, const Range& range) {
    read_integer(key, value, range);
}

void ObjectReader::integer(const std::string& key,
                           std::optional<std::size_t>& value,
                           const Range& range) {
    if (take_null(key)) {
        value.reset();
        return;
    }
    std::size_t given = value.value_or(0);
    const std::size_t before = problem_count();
    integer(key, given, {range.low, range.low_allowed, range.high, "null or " + range.text});
    if (has(key) && problem_count() == before) {
        value = given;
    }
}

void ObjectReader::distinct(const std::string& key,
                            std::vector<std::size_t>& value,
                            const Range& range) {
    const Json& given = raw(key);
    if (!has(key)) {
        return;
    }
    if (!given.is_array()) {
        problem(key, fmt::format("must be a list of whole numbers, got {}", shown(given)));
        return;
    }
    std::vector<std::size_t> numbers;
    std::unordered_set<std::size_t> seen;
    for (std::size_t i = 0; i < given.size(); ++i) {
        std::string complaint = integer_complaint(given[i], range);
        if (!complaint.empty()) {
            problem(key, i, std::move(complaint));
            continue;
        }
        numbers.push_back(static_cast<std::size_t>(given[i].get<double>()));
        if (!seen.insert(numbers.back()).second) {
            problem(key, i, fmt::format("must be listed once, got {} again", numbers.back()));
        }
    }
    value = std::move(numbers);
}

void ObjectReader::seed(const std::string& key, std::uint64_t& value) {
    const Json& given = raw(key);
    if (!has(key)) {
        return;
    }
    const std::optional<double> number = whole(given);
    if (given.is_number_unsigned()) {
        value = given.get<std::uint64_t>();
    } else if (number && *number >= 0.0) {
        value = static_cast<std::uint64_t>(*number);
    } else {
        problem(key, fmt::format("must be a whole number, got {}, allowed 0 .. {}", shown(given),
                                 std::numeric_limits<std::uint64_t>::max()));
    }
}

void ObjectReader::text(const std::string& key, std::string& value) {
    const Json& given = raw(key);
    if (!has(key)) {
        return;
    }
    if (!given.is_string()) {
        problem(key, fmt::format("must be text, got {}", shown(given)));
        return;
    }
    const auto& text = given.get_ref<const std::string&>();
    const bool clean = std::none_of(text.begin(), text.end(), [](char c) {
        return std::iscntrl(static_cast<unsigned char>(c)) != 0;
    });
    if (!clean) {
        problem(key, fmt::format("must be without control characters, got {}", shown(given)));
    } else if (!is_utf8(given)) {
        problem(key, fmt::format("must be UTF-8, got {}", shown(given)));
    } else {
        value = text;
    }
}

void ObjectReader::boolean(const std::string& key, bool& value) {
    const Json& given = raw(key);
    if (given.is_boolean()) {
        value = given.get<bool>();
    } else if (has(key)) {
        problem(key, fmt::format("must be true or false, got {}", shown(given)));
    }
}

std::size_t ObjectReader::choice_index(const std::string& key,
                                       const std::vector<std::string>& names) {
    const Json& given = raw(key);
    if (!has(key)) {
        return names.size();
    }
    const std::string name = given.is_string() ? given.get<std::string>() : std::string{};
    const auto found = std::find(names.begin(), names.end(), name);
    if (!given.is_string() || found == names.end()) {
        problem(key, fmt::format("must be one of {}, got {}{}", list_of(names), shown(given),
                                 hint(name, names)));
        return names.size();
    }
    return static_cast<std::size_t>(found - names.begin());
}

void ObjectReader::problem(const std::string& key, std::string message) {
    problems_->push_back({pointer(key), std::move(message)});
}

void ObjectReader::problem(const std::string& key, std::size_t index, std::string message) {
    problems_->push_back({fmt::format("{}/{}", pointer(key), index), std::move(message)});
}

void ObjectReader::reject_unknown_keys() {
    for (const auto& [key, value] : value_->items()) {
        if (std::find(known_.begin(), known_.end(), key) != known_.end()) {
            continue;
        }
        const std::string nearest = hint(key, known_);
        problem(key, "is unknown" + (nearest.empty() ? ", allowed " + list_of(known_) : nearest));
    }
}

Json matrix_to_json(const Matrix& matrix) {
    Json row_major = Json::array();
    for (std::size_t k = 0; k < matrix.rows * matrix.cols; ++k) {
        const std::size_t i = k / matrix.cols;
        const std::size_t j = k % matrix.cols;
        if (!std::isfinite(matrix(i, j))) {
            throw ParameterError("matrix", fmt::format("value ({}, {})", i, j), matrix(i, j),
                                 "finite");
        }
        row_major.push_back(matrix(i, j));
    }
    return {{"rows", matrix.rows}, {"cols", matrix.cols}, {"row_major", std::move(row_major)}};
}

Matrix matrix_from(ObjectReader& parent, const std::string& key) {
    constexpr double k_max_extent = 1e9; // its square fits 64 bits
    std::size_t rows = 0;
    std::size_t cols = 0;
    const std::size_t before = parent.problem_count();
    ObjectReader reader = parent.child(key);
    reader.require({"rows", "cols", "row_major"});
    reader.integer("rows", rows, ObjectReader::between(0, k_max_extent));
    reader.integer("cols", cols, ObjectReader::between(0, k_max_extent));
    const Json& values = reader.raw("row_major");
    reader.reject_unknown_keys();
    if (reader.problem_count() > before) {
        return {};
    }
    // Before anything is made to measure: a small file can claim a large matrix.
    if (!values.is_array() || values.size() != rows * cols) {
        reader.problem("row_major",
                       fmt::format("must be a list of rows * cols = {} numbers, got {}",
                                   rows * cols, shown(values)));
        return {};
    }
    Matrix matrix(rows, cols);
    for (std::size_t k = 0; k < values.size(); ++k) {
        if (values[k].is_number() && std::isfinite(values[k].get<double>())) {
            matrix(k / cols, k % cols) = values[k].get<double>();
        } else {
            reader.problem("row_major", k,
                           fmt::format("must be a finite number, got {}", shown(values[k])));
        }
    }
    return reader.problem_count() > before ? Matrix{} : matrix;
}

} // namespace spikewell::io
