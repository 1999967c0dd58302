#include "core/error.hpp"
#include "experiments/evaluation.hpp"
#include "io/config_file.hpp"
#include "io/dataset_file.hpp"
#include "io/json_reader.hpp"
#include "io/model_file.hpp"
#include "io/output.hpp"
#include "io/results/results_json.hpp"
#include "python/arrays.hpp"
#include "python/attractor_model.hpp"
#include "python/bindings.hpp"
#include "python/documents.hpp"
#include "rate/attractor_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>
#include <span>
#include <utility>

namespace spikewell::python {

namespace {

using Rows = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Square = py::array_t<double, py::array::f_style | py::array::forcecast>;
using Labels = std::optional<std::vector<int>>;
using Model = AttractorModel;

std::string shape_of(const py::array& array) {
    return py::str(array.attr("shape"));
}

/// An array [n, n_nodes] as a matrix [n_nodes x n]. Throws ParameterError for another shape, and what is not finite.
Matrix matrix_of(const Rows& rows, std::optional<std::size_t> n_nodes, const std::string& what) {
    if (rows.ndim() != 2 || rows.shape(0) == 0 || rows.shape(1) == 0 ||
        (n_nodes && static_cast<std::size_t>(rows.shape(1)) != *n_nodes))
        throw ParameterError(what, "shape", shape_of(rows),
                             n_nodes ? fmt::format("(n, {}), n of 1 or more", *n_nodes)
                                     : "(n_images, n_nodes), 1 or more of each");
    Matrix matrix(static_cast<std::size_t>(rows.shape(1)), static_cast<std::size_t>(rows.shape(0)));
    std::copy(rows.data(), rows.data() + rows.size(), matrix.values.begin());
    for (const double value : matrix.values)
        if (!std::isfinite(value)) throw ParameterError(what, "value", value, "finite");
    return matrix;
}

Matrix coupling_from(const Square& array) {
    if (array.ndim() != 2 || array.shape(0) != array.shape(1) || array.shape(0) == 0)
        throw ParameterError("Model", "coupling", shape_of(array),
                             "of shape (n_nodes, n_nodes), 1 node or more");
    const auto n = static_cast<std::size_t>(array.shape(0));
    Matrix coupling(n, n);
    std::copy(array.data(), array.data() + array.size(), coupling.values.begin());
    for (const double value : coupling.values)
        if (!(std::abs(value) <= k_max_coupling))
            throw ParameterError("Model", "coupling", value,
                                 fmt::format("within +-{}", k_max_coupling));
    for (std::size_t i = 0; i < n; ++i)
        if (coupling(i, i) != 0.0)
            throw ParameterError("Model", fmt::format("coupling of node {} to itself", i),
                                 coupling(i, i), "0");
    return coupling;
}

experiments::Config config_from(const py::object& config) {
    if (config.is_none()) return {};
    if (const auto path = path_of(config, "config")) return io::read_config(*path);
    std::vector<Problem> problems;
    experiments::Config result =
        io::config_from(from_dict(py::dict(config), "config"), "", problems);
    io::throw_if_any("config", problems);
    return result;
}

experiments::Backend backend_of(const std::string& name) {
    if (name != "spiking" && name != "rate")
        throw ParameterError("train", "backend", name, "\"spiking\" or \"rate\"");
    return name == "spiking" ? experiments::Backend::spiking : experiments::Backend::rate;
}

/// As Python's warnings, which a user may turn into errors.
void warn(const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) {
        if (PyErr_WarnEx(PyExc_UserWarning, warning.c_str(), 1) != 0) throw py::error_already_set();
    }
}

std::unique_ptr<Model> trained(const experiments::Dataset& data,
                               const experiments::Config& config,
                               const std::string& form,
                               const py::object& progress) {
    const experiments::Backend backend = backend_of(form);
    warn(experiments::warnings_of(data, config));
    Telling tell(progress);
    const py::gil_scoped_release others_run;
    const experiments::Training training =
        experiments::train(backend, data.train, config, config.seed,
                           {0, [&](double fraction, double) { tell(fraction); }});
    return std::make_unique<Model>(io::Model{config, backend == experiments::Backend::spiking,
                                             experiments::coupling_of(training.form),
                                             io::training_images(data)});
}

std::unique_ptr<Model> train_config(const py::object& config_object,
                                    const std::string& form,
                                    const py::object& progress) {
    (void)backend_of(form);
    const experiments::Config config = config_from(config_object);
    const experiments::Dataset data = [&] {
        const py::gil_scoped_release others_run;
        return io::load_data(config);
    }();
    return trained(data, config, form, progress);
}

/// Images as they are, preprocessed; all of them are for training.
experiments::Dataset dataset_of(const Rows& images,
                                const Labels& labels,
                                const experiments::Config& config) {
    const Matrix columns = matrix_of(images, {}, "images");
    experiments::ImageTable table;
    table.values = Matrix(columns.cols, columns.rows);
    for (std::size_t k = 0; k < columns.cols; ++k)
        for (std::size_t i = 0; i < columns.rows; ++i)
            table.values(k, i) = columns(i, k);
    table.of_lines = false;
    if (labels) {
        if (labels->size() != columns.cols)
            throw ParameterError("images", "labels", static_cast<double>(labels->size()),
                                 fmt::format("as many as images, {}", columns.cols));
        table.labels = *labels;
    }
    experiments::DataConfig all;
    all.first = columns.cols;
    all.test_rows.emplace();
    all.label_column = experiments::NoLabel{};
    all.preprocess = config.data.preprocess;
    require_memory(
        attractor_network_bytes(static_cast<double>(columns.rows), config.spiking.neurons_per_node),
        fmt::format("network of {} nodes", columns.rows));
    return experiments::make_dataset(table, all, "images");
}

/// The configuration of a model that was trained on images of no file.
experiments::Config with_images(experiments::Config config, std::size_t n_images) {
    const experiments::Preprocess how = config.data.preprocess;
    config.data = {};
    config.data.preprocess = how;
    config.data.first = n_images;
    config.data.test_rows.emplace();
    config.data.label_column = experiments::NoLabel{};
    return config;
}

std::unique_ptr<Model> train_images(const Rows& images,
                                    const Labels& labels,
                                    const py::object& config_object,
                                    const std::string& form,
                                    const py::object& progress) {
    (void)backend_of(form);
    const experiments::Config config = config_from(config_object);
    const experiments::Dataset data = dataset_of(images, labels, config);
    return trained(data, with_images(config, data.train.cols), form, progress);
}

std::unique_ptr<Model> model_of(const Square& coupling,
                                const py::object& config_object,
                                const std::string& form,
                                const std::optional<Rows>& images,
                                const Labels& labels,
                                std::size_t width) {
    const bool spiking = backend_of(form) == experiments::Backend::spiking;
    io::Model model{config_from(config_object), spiking, coupling_from(coupling), {}};
    if (images) {
        Matrix columns = matrix_of(*images, model.coupling.rows, "images");
        const std::size_t n = columns.cols;
        if (!labels || labels->size() != n || width == 0 || columns.rows % width != 0)
            throw ParameterError("Model", "labels and width of images", "others",
                                 fmt::format("{} labels, and a divisor of {}", n, columns.rows));
        model.images = io::TrainingImages{std::move(columns), *labels, width};
    } else {
        model.config = with_images(std::move(model.config), 1);
    }
    return std::make_unique<Model>(std::move(model));
}

py::tuple infer(Model& model,
                const Rows& evidence,
                std::size_t steps,
                const std::optional<Rows>& initial,
                bool learning,
                double inverse_temperature) {
    const std::size_t n = model.value().coupling.rows;
    const Matrix shown = matrix_of(evidence, n, "evidence");
    if (steps < 1 || steps > 1'000'000'000)
        throw ParameterError("infer", "steps", static_cast<double>(steps), "1 .. 1e9");
    if (!(inverse_temperature >= 1e-6 && inverse_temperature <= 1e3))
        throw ParameterError("infer", "inverse_temperature", inverse_temperature, "1e-6 .. 1e3");
    require_memory(static_cast<double>(n) * static_cast<double>(steps) * sizeof(double),
                   "infer: the states");
    Model::Question question{shown, steps, {}, learning, inverse_temperature};
    if (initial) {
        const Matrix start = matrix_of(*initial, n, "initial");
        for (const double state : start.values)
            if (std::abs(state) > 1.0) throw ParameterError("infer", "initial", state, "-1 .. 1");
        question.initial.emplace(start.column(0).begin(), start.column(0).end());
    }
    Model::Inferred inferred = [&] {
        const py::gil_scoped_release others_run;
        return model.infer(question);
    }();
    const py::array states = owning_array(std::move(inferred.states));
    return py::make_tuple(states.attr("T"), inferred.spikes->arrays(), inferred.begin_ms);
}

/// Free energy, complexity and accuracy of states under evidence, [n_steps, 3].
py::array free_energy(const Model& model, const Rows& evidence, const Rows& states) {
    const Matrix& coupling = model.value().coupling;
    const Matrix shown = matrix_of(evidence, coupling.rows, "evidence");
    const Matrix at = matrix_of(states, coupling.rows, "states");
    if (shown.cols != 1 && shown.cols != at.cols)
        throw ParameterError("free_energy", "steps of evidence", static_cast<double>(shown.cols),
                             fmt::format("1, or {}", at.cols));
    Matrix found(3, at.cols);
    {
        const py::gil_scoped_release others_run;
        for (std::size_t s = 0; s < at.cols; ++s) {
            const rate::FreeEnergy f =
                rate::free_energy(coupling, shown.column(shown.cols == 1 ? 0 : s), at.column(s));
            found(0, s) = f.total;
            found(1, s) = f.complexity;
            found(2, s) = f.accuracy;
        }
    }
    return owning_array(std::move(found)).attr("T");
}

py::dict evaluate(const Model& model,
                  const py::object& config_object,
                  const std::optional<Rows>& test_images) {
    const io::Model& trained_model = model.value();
    const experiments::Config config =
        config_object.is_none() ? trained_model.config : config_from(config_object);
    std::optional<experiments::Dataset> test;
    if (test_images) test = dataset_of(*test_images, {}, config);
    nlohmann::ordered_json result;
    {
        const py::gil_scoped_release others_run;
        experiments::Dataset data = test ? io::load_training_data(config, trained_model, "model")
                                         : io::load_data(config, trained_model, "model");
        if (test) {
            if (test->train.rows != data.train.rows)
                throw NetworkError("evaluate",
                                   fmt::format("test images have {} pixels, the model {} "
                                               "nodes",
                                               test->train.rows, data.train.rows));
            data.test = std::move(test->train);
            data.test_labels = std::move(test->train_labels);
        }
        experiments::Form form = io::form_of(trained_model, config);
        Interruption interruption;
        const auto evaluation = experiments::evaluate(
            form, data, config, config.seed, [&](double, double) { interruption.check(); });
        result = io::evaluation_to_json(
            config, evaluation,
            experiments::figures_of(trained_model.coupling, data.train, config));
    }
    return to_dict(result);
}

/// Where images [n, n_nodes] lead: (states [n, n_nodes], settled [n]).
py::tuple attractors(const Model& model, const Rows& images) {
    const io::Model& trained_model = model.value();
    const Matrix starts = matrix_of(images, trained_model.coupling.rows, "images");
    experiments::ImageAttractors found = [&] {
        const py::gil_scoped_release others_run;
        return experiments::attractors_of(trained_model.coupling, starts,
                                          trained_model.config.evaluation.signal_strength *
                                              trained_model.config.training.evidence);
    }();
    py::array_t<bool> settled(static_cast<py::ssize_t>(found.settled.size()));
    std::copy(found.settled.begin(), found.settled.end(), settled.mutable_data());
    return py::make_tuple(owning_array(std::move(found.states)).attr("T"), settled);
}

void train_more(Model& model,
                const Rows& images,
                const py::object& config_object,
                const py::object& progress) {
    const experiments::Config config = config_from(config_object);
    const experiments::Dataset data = dataset_of(images, {}, config);
    const std::size_t n = model.value().coupling.rows;
    if (data.train.rows != n)
        throw NetworkError("train", fmt::format("the model has {} nodes, the images {} pixels", n,
                                                data.train.rows));
    warn(experiments::warnings_of(data, config));
    Telling tell(progress);
    const py::gil_scoped_release others_run;
    model.present(data.train, config, tell);
}

void save(const Model& model, const std::filesystem::path& path, bool force) {
    io::FileOutput(path, force ? io::Overwrite::allow : io::Overwrite::refuse)
        .publish(io::model_content(model.value(), path));
}

py::object images_of(const Model& model) {
    const std::shared_ptr<const io::Model> shared = model.shared();
    if (!shared->images) return py::none();
    const Matrix& images = shared->images->images;
    return read_only(view_of(images,
                             keeper_of(std::make_unique<std::shared_ptr<const io::Model>>(shared))))
        .attr("T");
}

/// Docstrings begin with the signature that Python's `inspect.signature` reads.
constexpr const char* k_default_config_text = R"(default_config()
--

Every key of a CONFIG with its default.

Returns
-------
dict
    The caller's.

Examples
--------
>>> sw.default_config()["seed"]
1
)";

constexpr const char* k_training_images_text = R"(training_images(config=None)
--

The preprocessed training images of a CONFIG; a row times a factor is evidence.

Parameters
----------
config : dict or path, optional
    A CONFIG; default that of all defaults.

Returns
-------
float64 [n_images, n_nodes]
    The array is the caller's.

Raises
------
DescriptionError, IoError
    What is wrong, and where.

Examples
--------
>>> sw.training_images().shape
(10, 64)
)";

void add_class(py::module_& module) {
    py::class_<Model>(module, "_Model", "What spikewell.Model is made of.")
        .def(py::init(&model_of), py::arg("coupling"), py::arg("config"), py::arg("backend"),
             py::arg("images"), py::arg("labels"), py::arg("width"))
        .def_property(
            "coupling",
            [](const Model& model) {
                const std::shared_ptr<const io::Model> shared = model.shared();
                return read_only(
                    view_of(shared->coupling,
                            keeper_of(std::make_unique<std::shared_ptr<const io::Model>>(shared))));
            },
            [](Model& model, const Square& coupling) {
                Matrix other = coupling_from(coupling);
                const std::size_t n = model.value().coupling.rows;
                if (other.rows != n)
                    throw ParameterError("Model", "coupling", shape_of(coupling),
                                         fmt::format("of shape ({}, {})", n, n));
                model.set_coupling(std::move(other));
            })
        .def_property_readonly(
            "config", [](const Model& m) { return to_dict(io::to_json(m.value().config)); })
        .def_property_readonly(
            "backend", [](const Model& m) { return m.value().spiking ? "spiking" : "rate"; })
        .def_property_readonly("images", &images_of)
        .def_property_readonly("labels",
                               [](const Model& m) -> Labels {
                                   if (!m.value().images) return std::nullopt;
                                   return m.value().images->labels;
                               })
        .def_property_readonly(
            "width", [](const Model& m) { return m.value().images ? m.value().images->width : 0; })
        .def_property(
            "running", [](Model& m) { return py::bytes(m.running_state()); },
            [](Model& m, const std::string& state) { m.set_running_state(state); })
        .def("infer", &infer)
        .def("free_energy", &free_energy)
        .def("train", &train_more)
        .def("attractors", &attractors)
        .def("evaluate", &evaluate)
        .def("save", &save);
}

} // namespace

void add_model(py::module_& module) {
    add_class(module);
    module.def("_load_model", [](const std::filesystem::path& path) {
        return std::make_unique<Model>(io::read_model(path));
    });
    module.def("_train_config", &train_config);
    module.def("_train_images", &train_images);
    module.def(
        "default_config", [] { return to_dict(io::to_json(experiments::Config{})); },
        k_default_config_text);
    module.def(
        "training_images",
        [](const py::object& config) -> py::object {
            return owning_array(io::load_data(config_from(config)).train).attr("T");
        },
        py::arg("config") = py::none(), k_training_images_text);
}

} // namespace spikewell::python
