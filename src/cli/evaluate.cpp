#include "cli/couplings_input.hpp"
#include "cli/support.hpp"
#include "core/error.hpp"
#include "experiments/evaluation.hpp"
#include "io/made_by.hpp"
#include "io/model_file.hpp"
#include "io/path_text.hpp"
#include "io/results/landscape_json.hpp"
#include "io/results/results_json.hpp"
#include "report/experiment_reports.hpp"
#include "report/html.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace spikewell::cli {

namespace {

struct EvaluateOptions {
    std::string model;
    std::string config;
    std::string out;
    CorePower core;
};

struct DreamOptions {
    std::string model;
    CouplingsOptions couplings;
    double scale = 0.0; ///< 0: 1.09 times the onset
    double beta = 0.0;  ///< 0: 1.2 times the onset
    int threads = 1;
    std::string out;
    std::string report; ///< empty: none
    double duration_ms = 10000.0;
};

/// A page beside a result, where one is asked for; opened before the work.
std::optional<io::FileOutput> open_report(const DreamOptions& options,
                                          const CommonOptions& common,
                                          std::vector<std::filesystem::path> inputs) {
    if (options.report.empty()) return std::nullopt;
    // Both would be the same file: the second would replace the first.
    if (std::filesystem::path(options.report).lexically_normal() ==
        std::filesystem::path(options.out).lexically_normal())
        throw ParameterError("dream", "--report", options.report, "another file than --out");
    return std::make_optional<io::FileOutput>(options.report, overwrite(common), std::move(inputs));
}

/// The model's own configuration unless another is given; --seed replaces the seed.
experiments::Config config_for(const io::Model& model,
                               const std::string& path,
                               const CommonOptions& common) {
    if (!path.empty()) return load_config(path, common);
    experiments::Config config = model.config;
    if (common.seed) config.seed = *common.seed;
    return config;
}

void run_evaluate(const EvaluateOptions& options, const CommonOptions& common) {
    const io::Model model = io::read_model(options.model);
    const experiments::Config config = config_for(model, options.config, common);
    const experiments::Dataset data = load_data(config, model, options.model);
    std::vector<std::filesystem::path> inputs = inputs_of(config, options.config);
    inputs.emplace_back(options.model);
    io::FileOutput output(options.out, overwrite(common), inputs);
    experiments::Form form = io::form_of(model, config);
    ProgressBar bar(common.quiet);
    const experiments::Evaluation evaluation =
        experiments::evaluate(form, data, config, config.seed, [&](double fraction, double ms) {
            bar.update("evaluate", fraction, ms);
        });
    const auto figures = experiments::figures_of(model.coupling, data.train, config);
    const io::Json json = io::evaluation_to_json(config, evaluation, figures, options.core);
    output.publish(json.dump(1) + "\n");
    say(common, fmt::format("{}: retrieval {}, generalization {} (median dR2), attractors: {}{}",
                            options.out, report::shown(evaluation.retrieval),
                            report::shown(evaluation.generalization), figures.n_attractors,
                            figures.n_unsettled == 0
                                ? ""
                                : fmt::format("; {} images lead to none", figures.n_unsettled)));
    say(common, report::to_text(report::complexity_table(
                    {{model.spiking ? "spiking" : "rate", evaluation}}, options.core)));
}

/// Both forms on given couplings.
void dream_of_couplings(const DreamOptions& options, const CommonOptions& common) {
    using namespace experiments;
    const std::string& path = options.couplings.matrix;
    const Matrix coupling = scaled_couplings(
        io::read_couplings(path, options.couplings.variable, options.couplings.symmetrise).values,
        scaling_named(options.couplings.scaling).value());
    const double step_ms = Config{}.spiking.tau_ref_ms;
    if (!(options.duration_ms >= 4.0 * step_ms) || options.duration_ms > 1e9 * step_ms)
        throw ParameterError("dream", "--duration-ms", options.duration_ms,
                             fmt::format("{} (four tau_ref) .. {}", 4.0 * step_ms, 1e9 * step_ms));
    FreeRunPlan plan;
    plan.steps = static_cast<std::size_t>(options.duration_ms / step_ms);
    require_memory(static_cast<double>(plan.steps) * static_cast<double>(coupling.rows) * 8.0 * 4.0,
                   "dream's states");
    plan.scale = options.scale;
    const Spectrum spectrum = spectrum_of(coupling);
    if (plan.scale == 0.0) plan.scale = usual_scale(spectrum.values.front());
    plan.beta =
        options.beta > 0.0 ? options.beta : 1.2 * onset_of(spectrum.values.front(), plan.node);
    if (!(plan.scale > 0.0)) throw ParameterError("dream", "--scale", plan.scale, "> 0");
    plan.seed = common.seed.value_or(1);
    plan.n_threads = threads_to_use(options.threads);
    io::FileOutput output(options.out, overwrite(common), {path});
    std::optional<io::FileOutput> page = open_report(options, common, {path});
    const Matrix starts = sparse_starts(coupling.rows, LandscapePlan{}.n_starts, plan.seed);
    const Matrix attractors =
        landscape_point(coupling, spectrum, plan.beta, plan.node, starts, plan.n_threads)
            .attractors;
    std::vector<FreeStates> forms;
    for (const FreeForm form : {FreeForm::rate, FreeForm::spiking})
        forms.push_back(free_states(form, coupling, attractors, plan));
    io::Json json = {{"format", "spikewell-coupling-dream"},
                     {"version", 1},
                     {"made_by", io::made_by()},
                     {"nodes", coupling.rows},
                     {"seed", plan.seed},
                     {"step_ms", step_ms},
                     {"scaling", options.couplings.scaling},
                     {"beta", plan.beta},
                     {"forms", io::to_json(forms)}};
    if (page)
        page->publish(report::to_html(report::dream_document(
            coupling, forms,
            fmt::format("Spikewell dream – {}, {} nodes, {} steps, seed {}", io::utf8(path),
                        coupling.rows, plan.steps, plan.seed))));
    output.publish(json.dump(1) + "\n");
    for (const FreeStates& one : forms)
        say(common,
            fmt::format(
                "{}: {}, {} steps at scale {:.4g}: {} attractors, partial correlations of the "
                "states with the couplings r = {:.3f}",
                options.out, name_of(one.form), one.states.cols, one.gain, one.attractors.cols,
                one.partial_correlation));
}

void run_dream(const DreamOptions& options, const CommonOptions& common) {
    const io::Model model = io::read_model(options.model);
    const experiments::Config config = config_for(model, "", common);
    const experiments::Dataset data = io::load_training_data(config, model, options.model);
    const double step_ms = config.spiking.tau_ref_ms;
    if (!(options.duration_ms >= step_ms) || options.duration_ms > 1e9 * step_ms) {
        throw ParameterError("dream", "--duration-ms", options.duration_ms,
                             fmt::format("{} (one tau_ref) .. {}", step_ms, 1e9 * step_ms));
    }
    const auto steps = static_cast<std::size_t>(options.duration_ms / step_ms);
    require_memory(static_cast<double>(steps) * static_cast<double>(data.train.rows) * 8.0 * 8.0,
                   "dream's states");
    io::FileOutput output(options.out, overwrite(common), inputs_of(config, options.model));
    std::optional<io::FileOutput> page =
        open_report(options, common, inputs_of(config, options.model));
    experiments::Form form = io::form_of(model, config);
    ProgressBar bar(common.quiet);
    const auto [landscape, dream] = experiments::dream_in_landscape(
        form, model.coupling, data.train, config, steps, [&](std::size_t done) {
            bar.update("dream", static_cast<double>(done) / static_cast<double>(steps),
                       model.spiking ? step_ms * static_cast<double>(done) : 0.0);
        });
    const std::size_t n_attractors = landscape.attractors.size();
    const io::Json json = io::dream_to_json(dream, landscape, step_ms, data.train_labels);
    if (page)
        page->publish(report::to_html(report::dream_document(
            dream, landscape,
            {io::utf8(options.model), step_ms, data.image_width, data.train_labels, config.seed})));
    output.publish(json.dump() + "\n");
    say(common,
        fmt::format("{}: {} steps of {} ms, {}", options.out, steps, step_ms,
                    n_attractors == 0
                        ? "no attractors: states decay to 0"
                        : fmt::format("{} transitions between {} attractors, {} of them of images",
                                      dream.walk.transitions, n_attractors,
                                      landscape.n_of_images)));
}

} // namespace

void add_evaluate(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<EvaluateOptions>();
    CLI::App* command =
        program.add_subcommand("evaluate", "Retrieval, generalization and attractors of a model");
    command->add_option("MODEL", options->model, "Model that `train` wrote")->required();
    command->add_option("--config", options->config, "Configuration; without it the model's own");
    command->add_option("--out", options->out, "Result to write (JSON)")->required();
    add_watts_per_core(*command, options->core);
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell evaluate model.json --out evaluation.json");
    command->callback(
        [=, &common, &action] { action = [=, &common] { run_evaluate(*options, common); }; });
}

void add_dream(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<DreamOptions>();
    CLI::App* command = program.add_subcommand(
        "dream", "Let a model run free: its states, the attractors it visits, its transitions");
    command->add_option("MODEL", options->model, "Model that `train` wrote");
    command->add_option("--coupling", options->couplings.matrix,
                        "Run both forms on given couplings instead: CSV, NPY, MAT 5 or a model");
    add_couplings_options(*command, options->couplings);
    command
        ->add_option("--scale", options->scale,
                     "Of --coupling once scaled; 1.09 times the onset unless given")
        ->check(CLI::PositiveNumber);
    command
        ->add_option("--beta", options->beta,
                     "Of the map s' = tanh(beta J s) whose attractors states are held to; 1.2 "
                     "times its onset "
                     "unless given")
        ->check(CLI::PositiveNumber);
    command
        ->add_option("--threads", options->threads,
                     "With --coupling; 0: all cores. Results do not depend on it")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    command
        ->add_option("--duration-ms", options->duration_ms,
                     "Model time; one state is kept a tau_ref")
        ->capture_default_str();
    command->add_option("--out", options->out, "Result to write (JSON)")->required();
    command->add_option("--report", options->report, "Page to write beside it (HTML)");
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell dream model.json --duration-ms 10000 --out dream.json");
    command->callback([=, &common, &action] {
        action = [=, &common] {
            const bool given = !options->couplings.matrix.empty();
            if (given == !options->model.empty())
                throw ParameterError("dream", "MODEL",
                                     options->model.empty() ? "\"\"" : options->model,
                                     "either MODEL or --coupling");
            if (given) return dream_of_couplings(*options, common);
            refuse_ignored(
                *command,
                {"--scale", "--beta", "--scaling", "--variable", "--symmetrise", "--threads"},
                "without --coupling");
            run_dream(*options, common);
        };
    });
}

} // namespace spikewell::cli
