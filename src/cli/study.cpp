#include "cli/kept_runs.hpp"
#include "cli/support.hpp"
#include "experiments/capacity_study.hpp"
#include "experiments/regimes_study.hpp"
#include "experiments/sequence_study.hpp"
#include "experiments/sleep_study.hpp"
#include "experiments/tasks_study.hpp"
#include "experiments/timing_study.hpp"
#include "io/results/study_json.hpp"
#include "report/experiment_reports.hpp"
#include "report/html.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace spikewell::cli {

namespace {

struct StudyOptions {
    std::string name;
    SeedsOptions over_seeds;
    bool seeds_given = false;
    std::size_t free_steps = experiments::SequencesPlan{}.free_steps;
    std::size_t every = 1;
    std::optional<std::size_t> presentations; ///< none: the study's own
    std::vector<std::size_t> n_nodes;         ///< none: the study's own
    std::string patterns = name_of(experiments::PatternKind::binary);
    std::string out;
    CheckpointOptions kept;
    const CLI::App* command = nullptr;
};

/// A plan over the seeds, forms and threads that were asked for.
template <class Plan>
Plan plan_over_seeds(const StudyOptions& options, const CommonOptions& common) {
    Plan plan;
    plan.backends = options.over_seeds.backends();
    if (options.seeds_given) plan.n_seeds = options.over_seeds.seeds; // else the study's own
    plan.first_seed = common.seed.value_or(1);
    plan.n_threads = threads_to_use(options.over_seeds.threads);
    return plan;
}

/// What all studies have in common: how long it will take, NAME.json, NAME.csv and the report, the
/// tables. `study` takes the plan and a Watch.
template <class Plan, class Result>
void run_plan(const StudyOptions& options,
              const CommonOptions& common,
              const Plan& plan,
              Result (*study)(const Plan&, const experiments::Watch&)) {
    const std::string csv = options.name + ".csv";
    const std::string json = options.name + ".json";
    const std::string title = "study " + options.name;
    io::FolderOutput output(
        {output_folder(options.out), overwrite(common), {k_report_page, csv, json}, {}, {}});
    say(common, fmt::format("{}: about {:.2g} s on {} thread{}", title,
                            experiments::estimated_s(plan) / plan.n_threads, plan.n_threads,
                            plan.n_threads == 1 ? "" : "s"));
    KeptRuns runs(*options.command, options.kept, common, {}, {});
    ProgressBar bar(common.quiet);
    const Result result = study(plan, {[&](double fraction, double simulated_ms) {
                                           bar.update(title, fraction, simulated_ms);
                                       },
                                       runs.keeper()});
    runs.finish();
    output.publish({{k_report_page, report::to_html(report::study_document(result))},
                    {csv, io::to_csv(result)},
                    {json, io::to_json(result).dump(1)}});
    for (const report::Table& table : report::study_tables(result))
        say(common, report::to_text(table));
    say(common, "Report: " + (output.folder() / k_report_page).string());
}

void run_timing(const StudyOptions& options, const CommonOptions& common) {
    run_plan(options, common, plan_over_seeds<experiments::TimingPlan>(options, common),
             experiments::study_timing);
}

void run_sequences(const StudyOptions& options, const CommonOptions& common) {
    auto plan = plan_over_seeds<experiments::SequencesPlan>(options, common);
    plan.digits = load_data(experiments::Config{});
    plan.free_steps = options.free_steps;
    run_plan(options, common, plan, experiments::study_sequences);
}

void run_regimes(const StudyOptions& options, const CommonOptions& common) {
    auto plan = plan_over_seeds<experiments::RegimesPlan>(options, common);
    plan.digits = load_data(experiments::Config{});
    plan.every = options.every;
    plan.presentations = options.presentations.value_or(plan.presentations);
    run_plan(options, common, plan, experiments::study_regimes);
}

experiments::PatternKind kind_of(const std::string& name) {
    const auto all = experiments::pattern_kinds();
    return *std::find_if(all.begin(), all.end(),
                         [&](experiments::PatternKind kind) { return name_of(kind) == name; });
}

void run_capacity(const StudyOptions& options, const CommonOptions& common) {
    auto plan = plan_over_seeds<experiments::CapacityStudyPlan>(options, common);
    plan.kind = kind_of(options.patterns);
    plan.presentations = options.presentations.value_or(plan.presentations);
    if (plan.kind == experiments::PatternKind::images) {
        plan.digits = load_data(experiments::Config{});
        plan.n_nodes = {plan.digits.train.rows};
    }
    if (!options.n_nodes.empty()) plan.n_nodes = options.n_nodes;
    run_plan(options, common, plan, experiments::study_capacity);
}

void run_sleep(const StudyOptions& options, const CommonOptions& common) {
    auto plan = plan_over_seeds<experiments::SleepPlan>(options, common);
    plan.free_steps = options.free_steps;
    plan.presentations = options.presentations.value_or(plan.presentations);
    run_plan(options, common, plan, experiments::study_sleep);
}

void run_tasks(const StudyOptions& options, const CommonOptions& common) {
    auto plan = plan_over_seeds<experiments::TasksPlan>(options, common);
    plan.presentations = options.presentations.value_or(plan.presentations);
    run_plan(options, common, plan, experiments::study_tasks);
}

struct StudyOfName {
    const char* name;
    const char* help;
    void (*run)(const StudyOptions&, const CommonOptions&);
    std::vector<const char*> options = {}; ///< that only some studies take, this one among them
};

const std::vector<StudyOfName>& studies() {
    static const std::vector<StudyOfName> all = {
        {"timing", "which state the error has to meet", run_timing},
        {"sequences",
         "which part of the couplings carries the order of a sequence",
         run_sequences,
         {"--free-steps"}},
        {"regimes",
         "simulation 2 over evidence and inverse temperature",
         run_regimes,
         {"--every", "--presentations"}},
        {"capacity",
         "how many patterns the network holds, beside other memories",
         run_capacity,
         {"--presentations", "--n-nodes", "--patterns"}},
        {"sleep",
         "what free running with learning on does to stored patterns",
         run_sleep,
         {"--free-steps", "--presentations"}},
        {"tasks", "what is left of tasks learnt one after another", run_tasks, {"--presentations"}},
    };
    return all;
}

void run_study(const CLI::App& command, const StudyOptions& options, const CommonOptions& common) {
    const StudyOfName& chosen = *std::find_if(
        studies().begin(), studies().end(), [&](const auto& s) { return s.name == options.name; });
    for (const StudyOfName& study : studies()) {
        for (const std::string option : study.options) {
            if (std::find(chosen.options.begin(), chosen.options.end(), option) ==
                chosen.options.end())
                refuse_ignored(command, {option.c_str()}, "with study " + options.name);
        }
    }
    chosen.run(options, common);
}

/// What only some studies take.
void add_options_of_some(CLI::App& command, StudyOptions& options) {
    command.add_option("--free-steps", options.free_steps, "sequences, sleep: of each free run")
        ->check(CLI::Range(100, 100000000))
        ->capture_default_str();
    command
        .add_option("--every", options.every,
                    "regimes: 2 for every second evidence and inverse temperature, for quick looks")
        ->check(CLI::Range(1, 18))
        ->capture_default_str();
    command
        .add_option(
            "--presentations", options.presentations,
            fmt::format("For quick looks; unless given {} (regimes), {} (capacity, sleep), {} "
                        "(tasks, each)",
                        experiments::RegimesPlan{}.presentations,
                        experiments::CapacityStudyPlan{}.presentations,
                        experiments::TasksPlan{}.presentations))
        ->check(CLI::Range(1, 100000000));
    command
        .add_option("--n-nodes", options.n_nodes,
                    fmt::format("capacity: numbers of nodes; unless given {}, and 64 with images",
                                fmt::join(experiments::CapacityStudyPlan{}.n_nodes, " ")))
        ->check(CLI::Range(10, 100000));
    std::vector<std::string> kinds;
    for (const experiments::PatternKind kind : experiments::pattern_kinds())
        kinds.emplace_back(name_of(kind));
    command
        .add_option("--patterns", options.patterns,
                    fmt::format("capacity: {}", fmt::join(kinds, ", ")))
        ->check(one_of(kinds))
        ->capture_default_str();
}

} // namespace

void add_study(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<StudyOptions>();
    std::vector<std::string> names;
    std::vector<std::string> lines;
    for (const StudyOfName& study : studies()) {
        names.emplace_back(study.name);
        lines.push_back(fmt::format("{}: {}", study.name, study.help));
    }
    CLI::App* command = program.add_subcommand(
        "study", fmt::format("Beyond the paper's simulations; {}", fmt::join(lines, "; ")));
    command->add_option("NAME", options->name, fmt::format("Which: {}", fmt::join(names, ", ")))
        ->required()
        ->check(one_of(names));
    add_seeds_options(*command, options->over_seeds);
    command->get_option("--seeds")->default_str("")->description(fmt::format(
        "Number of seeds, from --seed (1) on; unless given {} (regimes), {} (capacity, at the "
        "fewest nodes), {} (sleep), {} (the others)",
        experiments::RegimesPlan{}.n_seeds, experiments::CapacityStudyPlan{}.n_seeds,
        experiments::SleepPlan{}.n_seeds, experiments::TimingPlan{}.n_seeds));
    add_options_of_some(*command, *options);
    command->add_option("--out", options->out, "Folder for NAME.json, NAME.csv and report.html")
        ->required();
    add_kept_runs_options(*command, options->kept);
    options->command = command;
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell study timing --seeds 3 --out timing");
    command->callback([=, &common, &action] {
        action = [=, &common] {
            options->seeds_given = command->count("--seeds") > 0;
            run_study(*command, *options, common);
        };
    });
}

} // namespace spikewell::cli
