#include "core/error.hpp"
#include "io/network/network_file.hpp"
#include "io/output.hpp"
#include "python/bindings.hpp"
#include "python/documents.hpp"

#include <pybind11/stl/filesystem.h>

namespace spikewell::python {

namespace {

NetworkDescription parsed(const py::dict& document, const std::string& source) {
    return io::parse_network(from_dict(document, source), source, ".");
}

} // namespace

void add_network(py::module_& module) {
    module.def(
        "_check_network",
        [](const py::dict& document, const std::string& source) { (void)parsed(document, source); },
        py::arg("document"), py::arg("source"),
        "Raises DescriptionError for what a network file must not say; `source` is its name in\n"
        "messages. What only the whole network tells is told by `Simulator`.");
    module.def(
        "_write_network",
        [](const py::dict& document, const std::filesystem::path& path, bool force) {
            const std::string text =
                io::network_to_json(parsed(document, "network")).dump(1) + "\n";
            io::FileOutput(path, force ? io::Overwrite::allow : io::Overwrite::refuse)
                .publish(text);
        },
        py::arg("document"), py::arg("path"), py::arg("force"),
        "Writes a network file. force: also over a file.");
}

} // namespace spikewell::python
