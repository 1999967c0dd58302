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
