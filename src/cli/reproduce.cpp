#include "experiments/reproduce.hpp"

#include "cli/kept_runs.hpp"
#include "cli/support.hpp"
#include "core/error.hpp"
#include "io/results/results_json.hpp"
#include "report/experiment_reports.hpp"
#include "report/html.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace spikewell::cli {

namespace {

constexpr const char* k_reproduce_json = "reproduce.json";
constexpr const char* k_fashion_mnist =
    "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz";
constexpr std::size_t k_simulations_of_all = 4; // that take minutes

struct ReproduceOptions {
    std::string simulation = "all";
    SeedsOptions over_seeds;
    std::optional<std::size_t> presentations;
    std::size_t n_nodes = experiments::CapacityPlan{}.n_nodes;
    std::vector<std::size_t> runtime_nodes = {100, 1000, 5000, 10000};
    std::size_t free_steps = 50000;
    std::string images;
    std::size_t n_images = 50;
    std::vector<std::size_t> resize;
    experiments::ImageMemoryPlan image_memory;
    std::string out;
    CheckpointOptions kept;
};

experiments::ReproducePlan plan_of(const ReproduceOptions& options, const CommonOptions& common) {
    experiments::ReproducePlan plan;
    for (std::size_t s = 0; s < plan.simulations.size(); ++s) {
        const bool of_all = s < k_simulations_of_all;
        plan.simulations[s] =
            (options.simulation == "all" && of_all) || options.simulation == std::to_string(s + 1);
    }
    plan.backends = options.over_seeds.backends();
    plan.n_seeds = options.over_seeds.seeds;
    plan.first_seed = common.seed.value_or(1);
    plan.points = experiments::published_points();
    plan.presentations = options.presentations.value_or(plan.presentations);
    plan.capacity.presentations = options.presentations.value_or(plan.capacity.presentations);
    plan.capacity.n_nodes = options.n_nodes;
    plan.runtime_nodes = options.runtime_nodes;
    plan.free_steps = options.free_steps;
    plan.image_memory = options.image_memory;
    plan.n_threads = threads_to_use(options.over_seeds.threads);
    return plan;
}

/// The first images of --images, or of Fashion-MNIST where it is installed.
experiments::StoredImages stored_images(const ReproduceOptions& options) {
    const std::string path = options.images.empty() ? k_fashion_mnist : options.images;
    if (options.images.empty() && !std::filesystem::exists(path))
        throw IoError(
            path,
            "is not there; install Debian's package dataset-fashion-mnist, or name images with "
            "--images (CSV, NPY, IDX, a folder of PNG files)");
    std::optional<std::array<std::size_t, 2>> size;
    if (!options.resize.empty()) size = {options.resize.front(), options.resize.back()};
    experiments::Dataset data = io::load_first_images(path, options.n_images, size);
    return {std::move(data.train), data.image_width, path};
}

void run_reproduce(const CLI::App& command,
                   const ReproduceOptions& options,
                   const CommonOptions& common) {
    experiments::ReproducePlan plan = plan_of(options, common);
    const experiments::Dataset digits = load_data(experiments::Config{});
    if (plan.simulations[5]) plan.stored = stored_images(options);
    std::vector<std::filesystem::path> inputs;
    if (!options.images.empty()) inputs.emplace_back(options.images);
    io::FolderOutput output({output_folder(options.out),
                             overwrite(common),
                             {k_report_page, k_reproduce_json},
                             inputs,
                             {}});
    KeptRuns runs(command, options.kept, common, plan.stored.images, inputs);
    ProgressBar bar(common.quiet);
    const experiments::Reproduction reproduction =
        experiments::reproduce(plan, digits,
                               {[&](double fraction, double simulated_ms) {
                                    bar.update("reproduce", fraction, simulated_ms);
                                },
                                runs.keeper()});
    runs.finish();
    output.write(k_report_page, report::to_html(report::reproduce_document(reproduction)));
    output.publish(k_reproduce_json, io::to_json(reproduction).dump(1));
    for (const report::Table& table : report::reproduce_tables(reproduction)) {
        say(common, report::to_text(table));
    }
    say(common, "Report: " + (output.folder() / k_report_page).string());
}

/// Options of simulations that are not run.
void refuse_unasked(const CLI::App& command, const std::string& simulation) {
    const std::string why = "with --simulation " + simulation;
    if (simulation == "1" || simulation == "3") refuse_ignored(command, {"--presentations"}, why);
    if (simulation != "5") refuse_ignored(command, {"--n-nodes", "--runtime-nodes"}, why);
    if (simulation == "6") refuse_ignored(command, {"--presentations"}, why);
    if (simulation != "6")
        refuse_ignored(command,
                       {"--images", "--n-images", "--resize", "--presentations-per-image",
                        "--evidence", "--inverse-temperature", "--n-cues"},
                       why);
    if (simulation != "4" && simulation != "all") refuse_ignored(command, {"--free-steps"}, why);
}

void add_options_of_5(CLI::App& command, ReproduceOptions& options) {
    command.add_option("--n-nodes", options.n_nodes, "Of simulation 5")
        ->check(CLI::Range(10, 20000))
        ->capture_default_str();
    command
        .add_option("--runtime-nodes", options.runtime_nodes,
                    "Of simulation 5: numbers of nodes for which learning steps a second are told, "
                    "separated by commas")
        ->delimiter(',')
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
}

void add_options_of_6(CLI::App& command, ReproduceOptions& options) {
    command.add_option(
        "--images", options.images,
        "Of simulation 6: file or folder of images (CSV, NPY, IDX, folder of PNG files); "
        "Fashion-MNIST where Debian's package of it is installed");
    command
        .add_option("--n-images", options.n_images, "Of simulation 6: the first so many are stored")
        ->check(CLI::Range(2, 100000))
        ->capture_default_str();
    command
        .add_option(
            "--resize", options.resize,
            "Of simulation 6: HEIGHT,WIDTH in pixels, to which the images are brought first")
        ->delimiter(',')
        ->expected(2)
        ->check(CLI::Range(1, 4096));
    experiments::ImageMemoryPlan& memory = options.image_memory;
    command
        .add_option(
            "--presentations-per-image", memory.presentations_per_image,
            "Of simulation 6; unless given 1,500 in all, but 10 an image at least and 30 at most")
        ->check(CLI::Range(1, 100000));
    command.add_option("--evidence", memory.evidence, "Of simulation 6, while learning")
        ->check(number_up_to(1e4))
        ->capture_default_str();
    command
        .add_option("--inverse-temperature", memory.inverse_temperature,
                    "Of simulation 6, while learning")
        ->check(number_up_to(1e3))
        ->capture_default_str();
    command
        .add_option("--n-cues", memory.n_cues,
                    "Of simulation 6: the first so many images are reconstructed; 0: all")
        ->check(CLI::Range(0, 100000))
        ->capture_default_str();
}

} // namespace

void add_reproduce(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<ReproduceOptions>();
    CLI::App* command = program.add_subcommand(
        "reproduce", "The paper's simulations over seeds: published | rate | spiking");
    command
        ->add_option("--simulation", options->simulation,
                     "Which: 1, 2, 3, 4, all of these, 5, or 6")
        ->check(one_of({"1", "2", "3", "4", "all", "5", "6"}))
        ->capture_default_str();
    add_seeds_options(*command, options->over_seeds);
    command
        ->add_option("--presentations", options->presentations,
                     "For quick looks: of simulations 2 and 4 (5000), of 5 (10000)")
        ->check(CLI::Range(1, 100000000));
    add_options_of_5(*command, *options);
    command->add_option("--free-steps", options->free_steps, "Of simulation 4")
        ->check(CLI::Range(1, 1000000000))
        ->capture_default_str();
    add_options_of_6(*command, *options);
    command->add_option("--out", options->out, "Folder for reproduce.json and report.html")
        ->required();
    add_kept_runs_options(*command, options->kept);
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell reproduce --simulation 3 --seeds 3 --out replay");
    command->callback([=, &common, &action] {
        action = [=, &common] {
            refuse_unasked(*command, options->simulation);
            run_reproduce(*command, *options, common);
        };
    });
}

} // namespace spikewell::cli
