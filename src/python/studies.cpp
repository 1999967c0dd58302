#include "core/error.hpp"
#include "core/parallel.hpp"
#include "experiments/compare.hpp"
#include "experiments/evaluation.hpp"
#include "experiments/landscape.hpp"
#include "io/dataset_file.hpp"
#include "io/exports.hpp"
#include "io/network/network_file.hpp"
#include "io/output.hpp"
#include "io/results/landscape_json.hpp"
#include "io/results/results_json.hpp"
#include "python/arrays.hpp"
#include "python/attractor_model.hpp"
#include "python/bindings.hpp"
#include "python/documents.hpp"
#include "report/experiment_reports.hpp"
#include "report/html.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <optional>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>
#include <string>
#include <vector>

namespace spikewell::python {

namespace {

using Page = std::optional<std::filesystem::path>;

/// A report's file, where one is wanted, held before there is anything to write.
std::optional<io::FileOutput> page_of(const Page& path, bool force) {
    if (!path) return std::nullopt;
    return std::optional<io::FileOutput>(std::in_place, *path,
                                         force ? io::Overwrite::allow : io::Overwrite::refuse);
}

// --- A free run ---

/// As `spikewell dream`, from the model's seed and not from the state that it is in: (states [steps, n_nodes], attractors
/// [n, n_nodes], what dream.json says but for states).
py::tuple dream(const AttractorModel& model,
                std::size_t steps,
                double inverse_temperature,
                const py::object& progress) {
    const std::shared_ptr<const io::Model> shared = model.shared();
    if (steps < 1 || steps > 1'000'000'000)
        throw ParameterError("dream", "steps", static_cast<double>(steps), "1 .. 1e9");
    if (!(inverse_temperature >= 1e-6 && inverse_temperature <= 1e3))
        throw ParameterError("dream", "inverse_temperature", inverse_temperature, "1e-6 .. 1e3");
    require_memory(static_cast<double>(steps) * static_cast<double>(shared->coupling.rows) *
                       sizeof(double) * 2.0,
                   "dream: the states");
    Telling tell(progress);
    nlohmann::ordered_json said;
    experiments::DreamInLandscape result;
    {
        const py::gil_scoped_release others_run;
        experiments::Config config = shared->config;
        const experiments::Dataset data = io::load_training_data(config, *shared, "model");
        config.evaluation.inverse_temperature = inverse_temperature;
        experiments::Form form = io::form_of(*shared, config);
        result = experiments::dream_in_landscape(
            form, shared->coupling, data.train, config, steps, [&](std::size_t done) {
                tell(static_cast<double>(done) / static_cast<double>(steps));
            });
        const experiments::Dream without_states{{}, result.dream.nearest, result.dream.walk};
        said = io::dream_to_json(without_states, result.landscape,
                                 shared->config.spiking.tau_ref_ms, data.train_labels);
        said.erase("states");
    }
    return py::make_tuple(owning_array(std::move(result.dream.states)).attr("T"),
                          owning_array(std::move(result.landscape.states)).attr("T"),
                          to_dict(said));
}

// --- Both forms ---

/// Both forms learn the model's images at its settings, as `spikewell compare`: what compare.json says.
py::dict compare(const AttractorModel& model,
                 const Page& report_path,
                 bool force,
                 const py::object& progress) {
    const std::shared_ptr<const io::Model> shared = model.shared();
    std::optional<io::FileOutput> page = page_of(report_path, force);
    Telling tell(progress);
    nlohmann::ordered_json said;
    {
        const py::gil_scoped_release others_run;
        constexpr double k_stages = 5.0; // two trainings, three evaluations
        std::string current;
        double done = -1.0;
        const experiments::Comparison comparison =
            experiments::compare(shared->config, io::load_data(shared->config, *shared, "model"),
                                 [&](const std::string& stage, double fraction, double) {
                                     if (stage != current) done += 1.0;
                                     current = stage;
                                     tell((done + fraction) / k_stages);
                                 });
        if (page) page->publish(report::to_html(report::compare_document(comparison)));
        said = io::to_json(comparison);
    }
    return to_dict(said);
}

// --- The landscape of the couplings ---

experiments::Scaling scaling_in(const py::dict& plan) {
    const auto name = plan["scaling"].cast<std::string>();
    std::vector<std::string> names;
    for (const experiments::Scaling scaling : experiments::scalings())
        names.emplace_back(experiments::name_of(scaling));
    require_one_of("landscape", "scaling", name, names);
    return experiments::scaling_named(name).value();
}

experiments::MapNode node_in(const py::dict& plan) {
    const auto name = plan["node"].cast<std::string>();
    require_one_of("landscape", "node", name, {"tanh", "langevin"});
    return name == "tanh" ? experiments::MapNode::tanh : experiments::MapNode::langevin;
}

/// A number of a plan, within what is allowed.
double number_in(const py::dict& plan, const char* key, double low, double high) {
    const auto value = plan[key].cast<double>();
    if (!(value >= low && value <= high))
        throw ParameterError("landscape", key, value, fmt::format("{:g} .. {:g}", low, high));
    return value;
}

std::size_t count_in(const py::dict& plan, const char* key, double low, double high) {
    return static_cast<std::size_t>(number_in(plan, key, low, high));
}

std::vector<double> betas_in(const py::dict& plan) {
    auto betas = plan["betas"].cast<std::vector<double>>();
    for (const double beta : betas)
        if (!(beta > 0.0 && std::isfinite(beta)))
            throw ParameterError("landscape", "betas", beta, "> 0");
    return betas;
}

/// (what landscape.json says, the attractors of each of its points [n, n_nodes]).
py::tuple landscape(const AttractorModel& model,
                    const py::dict& plan_of,
                    const Page& report_path,
                    bool force,
                    const py::object& progress) {
    experiments::LandscapePlan plan;
    plan.betas = betas_in(plan_of);
    plan.shown_beta = number_in(plan_of, "at", 0.0, 1e300);
    plan.node = node_in(plan_of);
    plan.scaling = scaling_in(plan_of);
    plan.n_starts = count_in(plan_of, "starts", 1, 1e7);
    plan.n_surrogates = count_in(plan_of, "surrogates", 1, 1e6);
    plan.free_steps = count_in(plan_of, "free_steps", 0, 1e8);
    plan.seed = plan_of["seed"].cast<std::uint64_t>();
    const auto n_threads = static_cast<int>(number_in(plan_of, "threads", 0, 4096));
    plan.n_threads = threads_or_all(n_threads);
    if (plan_of["permuted"].cast<bool>()) plan.nulls = {"permuted"};
    const std::shared_ptr<const io::Model> shared = model.shared();
    std::optional<io::FileOutput> page = page_of(report_path, force);
    Telling tell(progress);
    experiments::CouplingLandscape found;
    nlohmann::ordered_json said;
    {
        const py::gil_scoped_release others_run;
        found = experiments::study_landscape(shared->coupling, plan,
                                             [&](double fraction, double) { tell(fraction); });
        if (page) page->publish(report::to_html(report::landscape_document(found)));
        said = io::to_json(found);
    }
    py::list attractors;
    for (experiments::LandscapePoint& point : found.points)
        attractors.append(owning_array(std::move(point.attractors)).attr("T"));
    return py::make_tuple(to_dict(said), attractors);
}

// --- Exports ---

io::ExportTarget target_of(const std::string& to,
                           const std::string& convention,
                           const std::string& profile) {
    require_one_of("export", "to", to, {io::k_export_formats.begin(), io::k_export_formats.end()});
    require_one_of("export", "nir_convention", convention, {"dt", "dirac"});
    require_one_of("export", "nir_profile", profile, {"full", "strict"});
    return {to,
            {convention == "dt" ? io::NirConvention::dt : io::NirConvention::dirac,
             profile == "full" ? io::NirProfile::full : io::NirProfile::strict}};
}

/// What `writing` makes of a folder: exact, approximated, lost.
py::dict exported(const std::filesystem::path& folder,
                  bool force,
                  const io::ExportTarget& target,
                  const std::string& source,
                  const auto& writing) {
    io::ExportReport report;
    {
        const py::gil_scoped_release others_run;
        io::FolderOutput output(
            {folder, force ? io::Overwrite::allow : io::Overwrite::refuse, {}, {}, {}});
        report = writing(output);
        output.publish(io::k_export_file, to_text(report, target.format, source));
    }
    py::dict said;
    said["exact"] = report.exact;
    said["approximated"] = report.approximated;
    said["lost"] = report.lost;
    return said;
}

py::dict export_model(const AttractorModel& model,
                      const std::string& to,
                      const std::filesystem::path& folder,
                      bool force,
                      const std::string& convention,
                      const std::string& profile) {
    const io::ExportTarget target = target_of(to, convention, profile);
    const std::shared_ptr<const io::Model> shared = model.shared();
    return exported(folder, force, target, "model", [&](const io::FolderOutput& output) {
        return io::export_model(*shared, "model", target, std::nullopt, output);
    });
}

py::dict export_network(const py::dict& document,
                        const std::string& to,
                        const std::filesystem::path& folder,
                        bool force,
                        const std::string& convention,
                        const std::string& profile) {
    const io::ExportTarget target = target_of(to, convention, profile);
    const NetworkDescription network =
        io::parse_network(from_dict(document, "network"), "network", ".");
    return exported(folder, force, target, "network", [&](const io::FolderOutput& output) {
        return io::export_network(network, "network", target, output);
    });
}

} // namespace

void add_studies(py::module_& module) {
    module.def("_dream", &dream);
    module.def("_compare", &compare);
    module.def("_landscape", &landscape);
    module.def("_export_model", &export_model);
    module.def("_export_network", &export_network);
}

} // namespace spikewell::python
