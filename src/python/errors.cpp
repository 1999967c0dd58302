#include "core/error.hpp"
#include "python/bindings.hpp"

namespace spikewell::python {

namespace py = pybind11;

void add_errors(py::module_& module) {
    // Static: the translator, which outlives this function, must not capture.
    static const py::exception<Error> base(module, "Error", PyExc_ValueError);
    static const py::exception<DescriptionError> description(module, "DescriptionError", base);
    static const py::exception<ParameterError> parameter(module, "ParameterError", base);
    static const py::exception<NetworkError> network(module, "NetworkError", base);
    static const py::exception<IoError> io(module, "IoError", base);
    const auto document = [](const py::handle& type, const char* text) {
        py::setattr(type, "__doc__", py::str(text));
    };
    document(base, "What Spikewell refuses, in one line: where, what, what is allowed.");
    document(description, "A network file, CONFIG or part of one says what it must not.");
    document(parameter, "A value that is not allowed.");
    document(network, "A network that cannot be built, run, or has no such part.");
    document(io, "A file that cannot be read or written.");
    py::register_exception_translator([](std::exception_ptr thrown) {
        try {
            std::rethrow_exception(std::move(thrown));
        } catch (const DescriptionError& error) {
            PyErr_SetString(description.ptr(), error.what());
        } catch (const ParameterError& error) {
            PyErr_SetString(parameter.ptr(), error.what());
        } catch (const NetworkError& error) {
            PyErr_SetString(network.ptr(), error.what());
        } catch (const IoError& error) {
            PyErr_SetString(io.ptr(), error.what());
        } catch (const Error& error) {
            PyErr_SetString(base.ptr(), error.what());
        }
    });
}

} // namespace spikewell::python
