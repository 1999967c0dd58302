#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <pybind11/pybind11.h>
#include <string>
#include <vector>

/// Dicts of Python's as the documents that the program reads and writes.
namespace spikewell::python {

namespace py = pybind11;

/// A dict as JSON; NumPy's numbers and arrays stand for numbers and lists. `source` is its name in
/// errors. Throws DescriptionError for what JSON does not have (NaN), TypeError for values of other
/// types.
[[nodiscard]] nlohmann::json from_dict(const py::dict& document, const std::string& source);

[[nodiscard]] py::dict to_dict(const nlohmann::ordered_json& document);

/// The path that a str or os.PathLike is; none for a dict. Throws TypeError for anything else.
[[nodiscard]] std::optional<std::filesystem::path> path_of(const py::object& document_or_path,
                                                           const std::string& source);

/// Throws ParameterError, of the option of `what`, for a name that is none of `names`.
void require_one_of(const std::string& what,
                    const std::string& option,
                    const std::string& name,
                    const std::vector<std::string>& names);

} // namespace spikewell::python
