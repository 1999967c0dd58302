#include "experiments/landscape.hpp"

#include "cli/couplings_input.hpp"
#include "cli/support.hpp"
#include "core/error.hpp"
#include "io/results/landscape_json.hpp"
#include "report/experiment_reports.hpp"
#include "report/html.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>

namespace spikewell::cli {

namespace {

constexpr const char* k_landscape_json = "landscape.json";
constexpr const char* k_attractors = "attractors.csv";

struct LandscapeOptions {
    CouplingsOptions input;
    std::vector<std::string> series;
    std::string node = "tanh";
    std::string betas;
    double shown_beta = 0.0;
    std::size_t starts = experiments::LandscapePlan{}.n_starts;
    std::vector<std::string> nulls;
    std::size_t surrogates = experiments::LandscapePlan{}.n_surrogates;
    double noise = experiments::LandscapePlan{}.noise;
    double scale = 0.0;
    std::size_t free_steps = experiments::LandscapePlan{}.free_steps;
    int threads = 0;
    std::string out;
};

double positive_number(std::string_view text) {
    double value = 0.0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || rest != text.data() + text.size() || !(value > 0.0) ||
        !std::isfinite(value))
        throw ParameterError("landscape", "--beta", std::string(text),
                             "numbers > 0: A,B,.. or FROM:TO:STEP");
    return value;
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

/// A,B,.. or FROM:TO:STEP, TO included.
std::vector<double> betas_of(const std::string& text) {
    constexpr double k_most = 1000.0;
    std::vector<double> betas;
    if (text.empty()) return betas;
    const auto range = parts_of(text, ':');
    if (range.size() == 1) {
        for (const std::string_view part : parts_of(text, ','))
            betas.push_back(positive_number(part));
        return betas;
    }
    if (range.size() != 3)
        throw ParameterError("landscape", "--beta", text, "numbers > 0: A,B,.. or FROM:TO:STEP");
    const double from = positive_number(range[0]);
    const double to = positive_number(range[1]);
    const double step = positive_number(range[2]);
    const double n = std::floor((to - from) / step + 1e-9) + 1.0;
    if (!(n >= 1.0) || n > k_most)
        throw ParameterError("landscape", "--beta", text, "FROM <= TO, in 1000 steps at most");
    for (std::size_t k = 0; k < static_cast<std::size_t>(n); ++k)
        betas.push_back(from + static_cast<double>(k) * step);
    return betas;
}

std::vector<Matrix> read_series(const std::vector<std::string>& paths, std::size_t n_nodes) {
    std::vector<Matrix> series;
    for (const std::string& path : paths) {
        Matrix one = io::read_table(path).values;
        const std::size_t wanted = n_nodes > 0      ? n_nodes
                                   : series.empty() ? one.cols
                                                    : series.front().cols;
        if (one.cols != wanted || one.cols < 2 || one.rows < 4)
            throw IoError(
                path,
                fmt::format("a series must have a column for each of {} regions and 4 rows or "
                            "more, got {} x {}",
                            std::max<std::size_t>(2, wanted), one.rows, one.cols));
        try {
            (void)experiments::shrunk_partial_correlations(one);
        } catch (const ParameterError& error) {
            throw IoError(path, error.what());
        }
        series.push_back(std::move(one));
    }
    return series;
}

void run_landscape(const LandscapeOptions& options, const CommonOptions& common) {
    using experiments::MapNode;
    const bool given = !options.input.matrix.empty();
    const bool phase =
        std::find(options.nulls.begin(), options.nulls.end(), "phase") != options.nulls.end();
    if (!given && options.series.empty())
        throw ParameterError("landscape", "MATRIX", "\"\"",
                             "a matrix, or --series to estimate it from");
    if (phase && options.series.empty())
        throw ParameterError("landscape", "--nulls", "phase", "phase with --series only");
    experiments::LandscapePlan plan;
    io::Couplings couplings;
    if (given)
        couplings = io::read_couplings(options.input.matrix, options.input.variable,
                                       options.input.symmetrise);
    plan.series = read_series(options.series, couplings.values.rows);
    if (!given) {
        couplings.values = experiments::mean_partial_correlations(plan.series);
        plan.estimated = true;
    }
    plan.scaling = experiments::scaling_named(options.input.scaling).value();
    plan.node = options.node == "tanh" ? MapNode::tanh : MapNode::langevin;
    plan.betas = betas_of(options.betas);
    plan.shown_beta = options.shown_beta;
    plan.n_starts = options.starts;
    plan.nulls = options.nulls;
    plan.n_surrogates = options.surrogates;
    plan.noise = options.noise;
    plan.scale = options.scale;
    plan.free_steps = options.free_steps;
    plan.seed = common.seed.value_or(1);
    plan.n_threads = threads_to_use(options.threads);
    std::vector<std::filesystem::path> inputs(options.series.begin(), options.series.end());
    if (given) inputs.emplace_back(options.input.matrix);
    io::FolderOutput output({output_folder(options.out),
                             overwrite(common),
                             {k_report_page, k_attractors, k_landscape_json},
                             inputs,
                             {}});
    ProgressBar bar(common.quiet);
    const experiments::CouplingLandscape landscape = experiments::study_landscape(
        couplings.values, plan, [&](double fraction, double simulated_ms) {
            bar.update("landscape", fraction, simulated_ms);
        });
    auto json = io::to_json(landscape);
    json["asymmetry_of_file"] = couplings.asymmetry;
    output.publish({{k_report_page, report::to_html(report::landscape_document(landscape))},
                    {k_attractors, io::attractors_csv(landscape, couplings.names)},
                    {k_landscape_json, json.dump(1) + "\n"}});
    for (const report::Table& table : report::landscape_tables(landscape))
        say(common, report::to_text(table));
    say(common, "Report: " + (output.folder() / k_report_page).string());
}

} // namespace

void add_landscape(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<LandscapeOptions>();
    CLI::App* command = program.add_subcommand(
        "landscape", "Attractors of given couplings (a connectivity matrix), beside null models");
    command->add_option("MATRIX", options->input.matrix,
                        "Couplings: CSV, NPY, MAT 5 or a model; none: estimated from --series");
    add_couplings_options(*command, options->input);
    command
        ->add_option("--node", options->node,
                     "Of the deterministic map: tanh or langevin (this network's)")
        ->check(one_of({"tanh", "langevin"}))
        ->capture_default_str();
    command->add_option(
        "--beta", options->betas,
        "Inverse temperatures: A,B,.. or FROM:TO:STEP; eight around the onset unless given");
    command
        ->add_option("--at", options->shown_beta,
                     "Inverse temperature of null models and free runs; the first of --beta beyond "
                     "the onset")
        ->check(CLI::PositiveNumber);
    command->add_option("--starts", options->starts, "At each inverse temperature")
        ->check(CLI::Range(1, 10000000))
        ->capture_default_str();
    command
        ->add_option("--nulls", options->nulls,
                     "Null models, separated by commas: permuted, phase (of --series)")
        ->delimiter(',')
        ->check(one_of({"permuted", "phase"}));
    command->add_option("--surrogates", options->surrogates, "Of each null model")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    command->add_option("--series", options->series,
                        "Regional time series: tables with a row a time, a column a region");
    command->add_option("--noise", options->noise, "Standard deviation, of the stochastic map")
        ->check(number_up_to(1e6))
        ->capture_default_str();
    command
        ->add_option("--scale", options->scale,
                     "Of the couplings of the free network; 1.09 times its onset unless given")
        ->check(CLI::PositiveNumber);
    command->add_option("--free-steps", options->free_steps, "Of each free run; 0: none")
        ->check(CLI::Range(0, 100000000))
        ->capture_default_str();
    command->add_option("--threads", options->threads, "0: all cores. Results do not depend on it")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    command
        ->add_option("--out", options->out,
                     "Folder for landscape.json, attractors.csv and report.html")
        ->required();
    add_common_options(*command, common);
    command->footer(
        "Example:\n  spikewell landscape connectome.csv --beta 0.035:0.06:0.005 --at 0.04 "
        "--nulls permuted --out landscape");
    command->callback(
        [=, &common, &action] { action = [=, &common] { run_landscape(*options, common); }; });
}

} // namespace spikewell::cli
