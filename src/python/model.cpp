#include "core/error.hpp"
#include "experiments/evaluation.hpp"
#include "experiments/training.hpp"
#include "io/config_file.hpp"
#include "io/dataset_file.hpp"
#include "io/json_reader.hpp"
#include "io/model_file.hpp"
#include "io/output.hpp"
#include "io/results/results_json.hpp"
#include "python/arrays.hpp"
#include "python/bindings.hpp"
#include "python/documents.hpp"
#include "python/interruption.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>
#include <span>

namespace spikewell::python {

namespace {

using Evidence = py::array_t<double, py::array::c_style | py::array::forcecast>;

experiments::Config config_from(const py::object& config) {
    if (config.is_none()) return {};
    if (const auto path = path_of(config, "config")) return io::read_config(*path);
    std::vector<Problem> problems;
    experiments::Config result =
        io::config_from(from_dict(py::dict(config), "config"), "", problems);
    io::throw_if_any("config", problems);
    return result;
}

/// A trained network; the form that runs is made when first asked for.
class Model {
  public:
    explicit Model(io::Model model) : model_(std::move(model)) {}

    [[nodiscard]] const io::Model& value() const { return model_; }

    Matrix infer(std::span<const double> evidence, std::size_t steps, double inverse_temperature) {
        const std::lock_guard one_at_a_time(running_);
        if (!form_) form_ = io::form_of(model_, model_.config);
        const experiments::RunOptions options{inverse_temperature, false, experiments::Keep::mean};
        return experiments::run(*form_, evidence, steps, options);
    }

  private:
    const io::Model model_;
    std::optional<experiments::Form> form_;
    std::mutex running_;
};

/// As Python's warnings, which a user may turn into errors.
void warn(const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) {
        if (PyErr_WarnEx(PyExc_UserWarning, warning.c_str(), 1) != 0) throw py::error_already_set();
    }
}

std::unique_ptr<Model> train(const py::object& config_object, const std::string& form) {
    if (form != "spiking" && form != "rate")
        throw ParameterError("train", "backend", form, "\"spiking\" or \"rate\"");
    const bool spiking = form == "spiking";
    const experiments::Config config = config_from(config_object);
    const experiments::Dataset data = [&] {
        const py::gil_scoped_release others_run;
        return io::load_data(config);
    }();
    warn(experiments::warnings_of(data, config));
    const py::gil_scoped_release others_run;
    Interruption interruption;
    const experiments::Training training = experiments::train(
        spiking ? experiments::Backend::spiking : experiments::Backend::rate, data.train, config,
        config.seed, {0, [&](double, double) { interruption.check(); }});
    return std::make_unique<Model>(io::Model{
        config, spiking, experiments::coupling_of(training.form), io::training_images(data)});
}

py::dict evaluate(const Model& model, const py::object& config_object) {
    const io::Model& trained = model.value();
    const experiments::Config config =
        config_object.is_none() ? trained.config : config_from(config_object);
    nlohmann::ordered_json result;
    {
        const py::gil_scoped_release others_run;
        const experiments::Dataset data = io::load_data(config, trained, "model");
        experiments::Form form = io::form_of(trained, config);
        Interruption interruption;
        const auto evaluation = experiments::evaluate(
            form, data, config, config.seed, [&](double, double) { interruption.check(); });
        result = io::evaluation_to_json(
            config, evaluation, experiments::figures_of(trained.coupling, data.train, config));
    }
    return to_dict(result);
}

void require_evidence(const Evidence& evidence, std::size_t n_nodes) {
    if (evidence.ndim() != 1 || static_cast<std::size_t>(evidence.size()) != n_nodes)
        throw ParameterError("infer", "evidence", std::string(py::str(evidence.attr("shape"))),
                             fmt::format("of shape ({},)", n_nodes));
    for (const double b : std::span(evidence.data(), n_nodes))
        if (!std::isfinite(b)) throw ParameterError("infer", "evidence", b, "finite");
}

py::array_t<double> infer(Model& model,
                          const Evidence& evidence,
                          std::size_t steps,
                          const std::optional<double>& inverse_temperature) {
    const std::size_t n = model.value().coupling.rows;
    const double iT =
        inverse_temperature.value_or(model.value().config.evaluation.inverse_temperature);
    require_evidence(evidence, n);
    if (steps < 1 || steps > 1'000'000'000)
        throw ParameterError("infer", "steps", static_cast<double>(steps), "1 .. 1e9");
    if (!(iT >= 1e-6 && iT <= 1e3))
        throw ParameterError("infer", "inverse_temperature", iT, "1e-6 .. 1e3");
    require_memory(static_cast<double>(n) * static_cast<double>(steps) * sizeof(double),
                   "infer: the states");
    return owning_array([&] {
        const py::gil_scoped_release others_run;
        return model.infer({evidence.data(), n}, steps, iT);
    }());
}

void save(const Model& model, const std::filesystem::path& path, bool force) {
    io::FileOutput(path, force ? io::Overwrite::allow : io::Overwrite::refuse)
        .publish(io::model_content(model.value(), path));
}

void add_class(py::module_& module) {
    py::class_<Model>(module, "Model", "A trained attractor network.")
        .def_property_readonly(
            "coupling",
            [](const py::object& self) {
                return read_only(view_of(self.cast<const Model&>().value().coupling, self));
            },
            "J, float64 [n_nodes, n_nodes], J[i, j] from node j to node i; dimensionless.\n"
            "A read-only view without a copy; it keeps the model.")
        .def_property_readonly(
            "config", [](const Model& m) { return to_dict(io::to_json(m.value().config)); },
            "What it was trained with: a dict, which is a copy.")
        .def_property_readonly(
            "backend", [](const Model& m) { return m.value().spiking ? "spiking" : "rate"; },
            "\"spiking\" or \"rate\": the form that learnt the couplings, and that runs.")
        .def("infer", &infer, py::arg("evidence"), py::arg("steps"),
             py::arg("inverse_temperature") = py::none(),
             "Runs under constant evidence, float64 [n_nodes] (zeros: a free run), for `steps`\n"
             "times tau_ref (rates: updates); the state goes on from call to call.\n"
             "Returns the states of the nodes, -1 .. 1, float64 [n_nodes, steps]: means over each\n"
             "step (rates: the sampled states). The array is the caller's.\n"
             "inverse_temperature: dimensionless, 1e-6 .. 1e3; default config[\"evaluation\"]'s.")
        .def("evaluate", &evaluate, py::arg("config") = py::none(),
             "Retrieval, generalization and attractors: what `spikewell evaluate` writes, a dict.\n"
             "config: a dict, the path of a file, or None for the model's own.")
        .def("save", &save, py::arg("path"), py::arg("force") = false,
             "Writes the model file that the program reads: JSON, or HDF5 where the path ends in "
             ".h5 or\n"
             ".hdf5. force: also over a file.");
}

} // namespace

void add_model(py::module_& module) {
    add_class(module);
    module.def(
        "load_model",
        [](const std::filesystem::path& path) {
            return std::make_unique<Model>(io::read_model(path));
        },
        py::arg("path"), "Reads a model file (JSON or HDF5), of `spikewell train` or Model.save.");
    module.def("train", &train, py::arg("config") = py::none(), py::arg("backend") = "spiking",
               "Trains on images, as `spikewell train` does: the same seed, the same couplings.\n"
               "config: a CONFIG as a dict, the path of one, or None for all defaults (digits).\n"
               "backend: \"spiking\" or \"rate\". Returns a Model.");
    module.def(
        "default_config", [] { return to_dict(io::to_json(experiments::Config{})); },
        "Every key of a CONFIG with its default, as a dict.");
    module.def(
        "training_images",
        [](const py::object& config) {
            return owning_array(io::load_data(config_from(config)).train);
        },
        py::arg("config") = py::none(),
        "The preprocessed training images, float64 [n_nodes, n_images]; a column times a factor\n"
        "is evidence. The array is the caller's.");
}

} // namespace spikewell::python
