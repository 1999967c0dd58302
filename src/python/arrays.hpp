#pragma once

#include "core/matrix.hpp"

#include <memory>
#include <pybind11/numpy.h>
#include <utility>
#include <vector>

/// NumPy arrays over memory of ours, without copies. Each has as its `base` what keeps that memory.
namespace spikewell::python {

namespace py = pybind11;

/// What an array is given so that it keeps a value.
template <class T> [[nodiscard]] py::capsule keeper_of(std::unique_ptr<T> value) {
    const auto destroy = [](void* p) { const std::unique_ptr<T> last(static_cast<T*>(p)); };
    return py::capsule(value.release(), destroy);
}

/// A view of a matrix that `keeper` keeps. [rows, cols], column after column as Matrix has it.
[[nodiscard]] inline py::array_t<double> view_of(const Matrix& matrix, const py::handle& keeper) {
    const auto rows = static_cast<py::ssize_t>(matrix.rows);
    const auto cols = static_cast<py::ssize_t>(matrix.cols);
    constexpr auto size = static_cast<py::ssize_t>(sizeof(double));
    return {{rows, cols}, {size, size * rows}, matrix.values.data(), keeper};
}

/// A view of one field, `first`, of `n` records of one type that lie one after another. [n]
template <class Record, class T>
[[nodiscard]] py::array_t<T> view_of(const T& first, std::size_t n, const py::handle& keeper) {
    return {
        {static_cast<py::ssize_t>(n)}, {static_cast<py::ssize_t>(sizeof(Record))}, &first, keeper};
}

/// An array that has taken the values over and may be written to. [rows, cols]
[[nodiscard]] inline py::array_t<double> owning_array(Matrix values) {
    auto owned = std::make_unique<Matrix>(std::move(values));
    const Matrix& matrix = *owned;
    return view_of(matrix, keeper_of(std::move(owned)));
}

/// The same of a list. [n]
template <class T> [[nodiscard]] py::array_t<T> owning_array(std::vector<T> values) {
    auto owned = std::make_unique<std::vector<T>>(std::move(values));
    const std::vector<T>& list = *owned;
    return py::array_t<T>(static_cast<py::ssize_t>(list.size()), list.data(),
                          keeper_of(std::move(owned)));
}

template <class T> [[nodiscard]] py::array_t<T> read_only(py::array_t<T> array) {
    array.attr("flags").attr("writeable") = false;
    return array;
}

} // namespace spikewell::python
