#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace spikewell {

namespace {

/// What a message quotes, a name of a file or in one, may hold anything.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, '?');
    return text;
}

std::string joined(const std::string& source, const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems) {
        text += fmt::format("{}{}: {}: {}", text.empty() ? "" : "; ", source,
                            problem.pointer.empty() ? "/" : problem.pointer, problem.message);
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

DescriptionError::DescriptionError(std::string source, std::vector<Problem> problems)
    : Error(one_line(joined(source, problems))), source_(std::move(source)),
      problems_(std::move(problems)) {}

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
