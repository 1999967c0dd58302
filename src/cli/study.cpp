#include "cli/support.hpp"
#include "experiments/timing_study.hpp"
#include "io/results_json.hpp"
#include "report/experiment_reports.hpp"
#include "report/html.hpp"

#include <fmt/format.h>

#include <memory>

namespace spikewell::cli {

namespace {

constexpr const char* k_page = "report.html";

struct Options {
    std::string name;
    SeedsOptions over_seeds;
    std::string out;
};

void run_timing(const Options& options, const CommonOptions& common) {
    experiments::TimingPlan plan;
    plan.backends = options.over_seeds.backends();
    plan.n_seeds = options.over_seeds.seeds;
    plan.first_seed = common.seed.value_or(1);
    plan.n_threads = threads_to_use(options.over_seeds.threads);
    io::FolderOutput output({output_folder(options.out),
                             overwrite(common),
                             {k_page, "timing.csv", "timing.json"},
                             {},
                             {}});
    say(common, fmt::format("study timing: about {:.2g} s on {} thread{}",
                            experiments::estimated_s(plan) / plan.n_threads, plan.n_threads,
                            plan.n_threads == 1 ? "" : "s"));
    ProgressBar bar(common.quiet);
    const experiments::TimingStudy study =
        experiments::study_timing(plan, [&](double fraction, double simulated_ms) {
            bar.update("study timing", fraction, simulated_ms);
        });
    output.publish({{k_page, report::to_html(report::timing_document(study))},
                    {"timing.csv", io::to_csv(study)},
                    {"timing.json", io::to_json(study).dump(1)}});
    say(common, report::to_text(report::timing_table(study)));
    say(common, "Report: " + (output.folder() / k_page).string());
}

} // namespace

void add_study(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.add_subcommand(
        "study", "Beyond the paper's simulations; timing: which state the error has to meet");
    command->add_option("NAME", options->name, "Which: timing")
        ->required()
        ->check(one_of({"timing"}));
    add_seeds_options(*command, options->over_seeds);
    command->add_option("--out", options->out, "Folder for NAME.json, NAME.csv and report.html")
        ->required();
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell study timing --seeds 3 --out timing");
    command->callback([=, &common, &action] {
        action = [=, &common] { run_timing(*options, common); };
    });
}

} // namespace spikewell::cli
