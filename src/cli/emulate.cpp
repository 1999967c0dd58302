#include "cli/mapping.hpp"
#include "cli/network_input.hpp"
#include "cli/support.hpp"
#include "core/error.hpp"
#include "experiments/emulation_study.hpp"
#include "io/layout_files.hpp"
#include "io/results/emulation_json.hpp"
#include "report/emulation_report.hpp"
#include "report/experiment_reports.hpp"
#include "report/html.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace spikewell::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_emulate_json = "emulation.json";
constexpr const char* k_emulation_page = "emulation.html";

struct EmulateOptions {
    std::string folder;
    double duration_ms = 1000.0;
    std::optional<int> weight_bits;
    std::optional<std::size_t> trials;
    std::size_t free_steps = 10000;
    int threads = 0;
};

void require_same_spikes(const experiments::EmulationStudy& study,
                         const mapping::Layout& layout,
                         const std::string& folder) {
    if (!study.difference) return;
    const mapping::Difference& d = *study.difference;
    throw NetworkError(
        folder,
        fmt::format(
            "spikes through the layout are not those of the network: population {}, first at "
            "spike {}; {} spikes instead of {}; packets lost: {}, of nobody's key or to no "
            "slice: {}; see 'spikewell check'",
            layout.populations[d.population].name, d.index + 1, d.n_got, d.n_expected,
            study.packets.lost, study.packets.unknown));
}

std::string summary(const experiments::EmulationStudy& study,
                    const mapping::Layout& layout,
                    const EmulateOptions& options) {
    const mapping::BoardActivity& a = study.activity;
    std::string text = fmt::format(
        "{}: {} spikes of {} ms, identical to the direct simulation; {} packets, busiest link "
        "{:.2f} per ms (most in a step {:.2f}{}), {}",
        options.folder, study.spikes, study.duration_ms, study.packets.sent, a.busiest_mean_per_ms,
        a.busiest_peak_per_ms,
        a.link_capacity_per_ms > 0.0 ? fmt::format(" of {:.0f}", a.link_capacity_per_ms) : "",
        a.energy.total_W() > 0.0 ? fmt::format("{:.4g} W", a.energy.total_W()) : "power not known");
    for (const std::string& warning : timing_warnings(a, layout))
        text += "\nwarning: " + warning;
    if (study.effects) {
        const experiments::BoardEffects& e = *study.effects;
        text += fmt::format(
            "\nwith {} bits and {}: retrieval {} (directly {}), generalization {} (directly {}), "
            "covariance of free states off by {:.3f} (by {:.3f} for another seed)",
            study.weight_bits,
            study.pace.time_step_ms > 0.0 ? fmt::format("steps of {} ms", study.pace.time_step_ms)
                                          : "continuous time",
            report::shown(e.board.evaluation.retrieval),
            report::shown(e.direct.evaluation.retrieval),
            report::shown(e.board.evaluation.generalization),
            report::shown(e.direct.evaluation.generalization), e.by_board.covariance_relative,
            e.by_chance.covariance_relative);
    }
    return text;
}

void run_emulate(const EmulateOptions& options,
                 const CLI::App& command,
                 const CommonOptions& common) {
    const fs::path folder = options.folder;
    const mapping::Layout layout = io::read_layout(folder);
    if (!layout.network)
        throw NetworkError(options.folder,
                           "is the layout of a bare graph: there is nothing to run");
    io::NetworkInput input = io::read_back(folder, layout.network->digest);
    io::FolderOutput output(
        {folder, overwrite(common), {k_emulation_page, k_emulate_json}, {}, {}});
    if (!input.model) refuse_ignored(command, {"--trials", "--free-steps"}, "without a model");
    experiments::StudyOptions study_options;
    study_options.duration_ms = options.duration_ms;
    study_options.weight_bits = options.weight_bits;
    study_options.behaviour.free_steps = options.free_steps;
    study_options.n_threads = threads_to_use(options.threads);
    ProgressBar bar(common.quiet);
    study_options.behaviour.progress = [&](double fraction, double ms) {
        bar.update("behaviour", std::min(fraction, 0.999), ms);
    };
    std::optional<experiments::Dataset> data;
    // A rule that learns has no fixed behaviour to compare.
    const auto learns = [](const Projection& p) {
        const auto* dense = std::get_if<FactorisedProjection>(&p);
        return dense != nullptr && dense->plasticity.has_value();
    };
    const Network& network = input.description.network;
    if (input.model && options.trials.value_or(1) > 0 && !learns(network.projections.front())) {
        experiments::Config& config = input.model->config;
        if (options.trials) config.evaluation.trials = *options.trials;
        data = load_data(config, *input.model, (folder / "model.json").string());
        study_options.model.emplace(experiments::StudiedModel{*data, config});
    }
    const experiments::EmulationStudy study =
        experiments::study_emulation(network, layout, study_options);
    bar.finish();
    require_same_spikes(study, layout, options.folder);
    output.write(k_emulation_page, report::to_html(report::emulation_document(study, layout)));
    output.publish(k_emulate_json, io::emulation_to_json(study, layout).dump(1));
    say(common, summary(study, layout, options));
}

} // namespace

void add_emulate(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<EmulateOptions>();
    CLI::App* command = program.add_subcommand(
        "emulate", "Run a mapped network through its layout, packet by packet; compare");
    command->add_option("DIR", options->folder, "Folder that 'map' wrote for a model or network")
        ->required();
    command->add_option("--duration-ms", options->duration_ms, "Model time of the comparison")
        ->check(number_up_to(1e9))
        ->capture_default_str();
    command->add_option("--weight-bits", options->weight_bits, "In place of the board's")
        ->check(CLI::Range(2, 32));
    command
        ->add_option("--trials", options->trials,
                     "Of a model: trials of retrieval and generalization; 0: none. Without it as "
                     "the model was configured")
        ->check(CLI::Range(0, 1000000));
    command
        ->add_option("--free-steps", options->free_steps,
                     "Of a model: states sampled in a free run, one a tau_ref")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    command->add_option("--threads", options->threads, "0: all cores. Results do not depend on it")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    add_quiet(*command, common);
    add_force(*command, common);
    command->footer("Exit code 1 when spikes differ.\nExample:\n"
                    "  spikewell emulate layout --duration-ms 1000");
    command->callback([=, &common, &action] {
        action = [=, &common] { run_emulate(*options, *command, common); };
    });
}

} // namespace spikewell::cli
