#include "cli/support.hpp"
#include "io/results/results_json.hpp"
#include "report/experiment_reports.hpp"
#include "report/html.hpp"

#include <fmt/format.h>

#include <memory>

namespace spikewell::cli {

namespace {

constexpr const char* k_compare_json = "compare.json";

struct CompareOptions {
    std::string config;
    std::string out;
    CorePower core;
};

void run_compare(const CompareOptions& options, const CommonOptions& common) {
    const experiments::Config config = load_config(options.config, common);
    experiments::Dataset data = load_data(config);
    io::FolderOutput output({output_folder(options.out),
                             overwrite(common),
                             {k_report_page, k_compare_json},
                             inputs_of(config, options.config),
                             {}});
    warn(common, options.config.empty() ? "defaults" : options.config,
         experiments::warnings_of(data, config));
    ProgressBar bar(common.quiet);
    const experiments::Comparison comparison =
        experiments::compare(config, std::move(data),
                             [&](const std::string& stage, double fraction, double simulated_ms) {
                                 bar.update(stage, fraction, simulated_ms);
                             });
    output.write(k_report_page,
                 report::to_html(report::compare_document(comparison, options.core)));
    output.publish(k_compare_json, io::to_json(comparison, options.core).dump(1));
    say(common, report::to_text(report::compare_table(comparison)));
    say(common,
        report::to_text(report::complexity_table({{"rate", comparison.rate.evaluation},
                                                  {"spiking", comparison.spiking.evaluation},
                                                  {"transfer", comparison.transfer}},
                                                 options.core)));
    say(common, "Report: " + (output.folder() / k_report_page).string());
}

} // namespace

void add_compare(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<CompareOptions>();
    CLI::App* command = program.add_subcommand(
        "compare", "Train and evaluate both forms from the same data and seed, side by side");
    command->add_option(
        "CONFIG", options->config,
        "Configuration (JSON); without it digits, evidence 11, inverse temperature 0.16681");
    command->add_option("--out", options->out, "Folder for compare.json and report.html")
        ->required();
    add_watts_per_core(*command, options->core);
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell compare --out results");
    command->callback(
        [=, &common, &action] { action = [=, &common] { run_compare(*options, common); }; });
}

} // namespace spikewell::cli
