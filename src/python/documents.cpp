#include "python/documents.hpp"

#include "core/error.hpp"
#include "io/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <pybind11/stl/filesystem.h>

namespace spikewell::python {

namespace {

std::string type_name(const py::handle& value) {
    return py::str(py::type::handle_of(value).attr("__name__"));
}

} // namespace

nlohmann::json from_dict(const py::dict& document, const std::string& source) {
    const py::cpp_function plain([&](const py::object& value) -> py::object {
        if (py::hasattr(value, "tolist")) return value.attr("tolist")();
        throw py::type_error(
            fmt::format("{}: a value of type {} is none of JSON's", source, type_name(value)));
    });
    const py::object text =
        py::module_::import("json").attr("dumps")(document, py::arg("default") = plain);
    return io::parse_json(text.cast<std::string>(), source);
}

py::dict to_dict(const nlohmann::ordered_json& document) {
    return py::module_::import("json").attr("loads")(document.dump());
}

std::optional<std::filesystem::path> path_of(const py::object& document_or_path,
                                             const std::string& source) {
    if (py::isinstance<py::dict>(document_or_path)) return std::nullopt;
    py::detail::make_caster<std::filesystem::path> path;
    if (!path.load(document_or_path, true))
        throw py::type_error(fmt::format("{}: must be a dict or the path of a file, got {}", source,
                                         type_name(document_or_path)));
    return py::detail::cast_op<std::filesystem::path>(path);
}

void require_one_of(const std::string& what,
                    const std::string& option,
                    const std::string& name,
                    const std::vector<std::string>& names) {
    if (std::find(names.begin(), names.end(), name) == names.end())
        throw ParameterError(what, option, name, fmt::format("one of {}", fmt::join(names, ", ")));
}

} // namespace spikewell::python
