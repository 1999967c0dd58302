#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell {

/// Root of everything Spikewell throws for a user's mistake or a limit of the outside world.
/// `what()` is one line of the form `where: what is wrong, got VALUE, allowed RANGE`. Broken
/// invariants are assertions, never errors.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// One thing wrong in a JSON description.
struct Problem {
    std::string pointer; ///< JSON pointer, e.g. "/training/evidence"; "" is the document itself
    std::string message; ///< e.g. "must be > 0, got -3"
    bool operator==(const Problem&) const = default;
};

/// A description (configuration, network, model file) that cannot be used: all its problems at
/// once.
class DescriptionError : public Error {
  public:
    DescriptionError(std::string source, const std::vector<Problem>& problems);
    [[nodiscard]] const std::string& source() const { return source_; }
    [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }

  private:
    std::string source_;
    std::vector<Problem> problems_;
};

/// A parameter outside its range.
class ParameterError : public Error {
  public:
    ParameterError(std::string_view model,
                   std::string_view field,
                   std::string_view value,
                   std::string_view allowed);
    ParameterError(std::string_view model,
                   std::string_view field,
                   double value,
                   std::string_view allowed);
    [[nodiscard]] const std::string& field() const { return field_; }

  private:
    std::string field_;
};

/// Populations and projections that do not fit together.
class NetworkError : public Error {
  public:
    NetworkError(std::string_view where, std::string_view what);
};

/// A network that does not fit a machine.
class MappingError : public Error {
  public:
    MappingError(std::string_view resource, double needed, double available, std::string_view hint);
    [[nodiscard]] double needed() const { return needed_; }
    [[nodiscard]] double available() const { return available_; }

  private:
    double needed_;
    double available_;
};

/// A file that cannot be read or written. `line` and `column` count from 1; 0 means "not a place in
/// the file".
class IoError : public Error {
  public:
    IoError(std::string_view path,
            std::string_view what,
            std::size_t line = 0,
            std::size_t column = 0);
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::size_t line() const { return line_; }
    [[nodiscard]] std::size_t column() const { return column_; }

  private:
    std::string path_;
    std::size_t line_;
    std::size_t column_;
};

/// The name among `known` with the smallest edit distance to `name`; empty when none is nearer than
/// half its length.
[[nodiscard]] std::string nearest_name(std::string_view name,
                                       const std::vector<std::string>& known);

} // namespace spikewell
