#include "core/error.hpp"

#include "core/error_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>

namespace spikewell {

namespace {

/// What a message quotes, a name of a file or in one, may hold anything.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, '?');
    return text;
}

/// What problems of one kind have in common.
std::string kind_of(const Problem& problem) {
    std::string kind;
    for (const char c : problem.pointer) {
        const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
        if (!digit) kind += c;
        if (digit && (kind.empty() || kind.back() != '#')) kind += '#';
    }
    return kind + ": " + problem.message.substr(0, problem.message.find(", got"));
}

/// The first of each kind, and how many were left out.
std::vector<Problem> condensed(const std::vector<Problem>& problems) {
    constexpr std::size_t k_most_of_a_kind = 10;
    constexpr std::size_t k_most = 100;
    std::map<std::string, std::size_t> counts;
    std::vector<Problem> kept;
    for (const Problem& problem : problems) {
        if (++counts[kind_of(problem)] <= k_most_of_a_kind && kept.size() < k_most)
            kept.push_back(problem);
    }
    if (kept.size() < problems.size())
        kept.push_back({"", fmt::format("and {} more", problems.size() - kept.size())});
    return kept;
}

std::string joined(const std::string& source, const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems) {
        text += (text.empty() ? "" : "; ") + told(source, problem);
    }
    return text;
}

std::string place(std::string_view path, std::size_t line, std::size_t column) {
    if (line == 0) return std::string(path);
    if (column == 0) return fmt::format("{}:{}", path, line);
    return fmt::format("{}:{}:{}", path, line, column);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, diagonal + 1, substituted});
        }
    }
    return row.back();
}

} // namespace

std::string told(const std::string& source, const Problem& problem) {
    if (problem.pointer.empty()) return fmt::format("{}: {}", source, problem.message);
    return fmt::format("{}: {}: {}", source, problem.pointer, problem.message);
}

DescriptionError::DescriptionError(std::string source, const std::vector<Problem>& problems)
    : Error(one_line(joined(source, condensed(problems)))), source_(std::move(source)),
      problems_(condensed(problems)) {}

ParameterError::ParameterError(std::string_view model,
                               std::string_view field,
                               std::string_view value,
                               std::string_view allowed)
    : Error(one_line(fmt::format("{}: {} must be {}, got {}", model, field, allowed, value))),
      field_(field) {}

ParameterError::ParameterError(std::string_view model,
                               std::string_view field,
                               double value,
                               std::string_view allowed)
    : ParameterError(model, field, fmt::format("{}", value), allowed) {}

NetworkError::NetworkError(std::string_view where, std::string_view what)
    : Error(one_line(fmt::format("{}: {}", where, what))) {}

MappingError::MappingError(std::string_view resource,
                           double needed,
                           double available,
                           std::string_view hint)
    : Error(one_line(
          fmt::format("{}: needed {}, available {}; {}", resource, needed, available, hint))),
      needed_(needed), available_(available) {}

IoError::IoError(std::string_view path, std::string_view what, std::size_t line, std::size_t column)
    : Error(one_line(fmt::format("{}: {}", place(path, line, column), what))), path_(path),
      line_(line), column_(column) {}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
    const auto nearest =
        std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
            return edit_distance(name, a) < edit_distance(name, b);
        });
    if (nearest == known.end()) return {};
    const std::size_t longest = std::max(name.size(), nearest->size());
    return edit_distance(name, *nearest) * 2 <= longest + 1 ? *nearest : std::string{};
}

} // namespace spikewell
