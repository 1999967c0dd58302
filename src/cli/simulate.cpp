#include "cli/simulate.hpp"

#include "cli/network_run.hpp"
#include "cli/support.hpp"
#include "core/checkpoint.hpp"
#include "core/error.hpp"
#include "io/json_reader.hpp"
#include "io/machine_file.hpp"
#include "io/network/network_file.hpp"
#include "mapping/map_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace spikewell::cli {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// What is simulated, and the files that it was read from.
struct Loaded {
    NetworkDescription description;
    std::vector<fs::path> inputs;
};

Loaded load_network(const SimulateOptions& options, const CommonOptions& common) {
    const fs::path path = options.network;
    const nlohmann::json document = io::parse_json(io::read_text(path), path.string());
    NetworkDescription description = io::parse_network(document, path.string(), path.parent_path());
    if (common.seed) description.network.seed = *common.seed;
    if (options.duration_ms) description.duration_ms = *options.duration_ms;
    if (options.warm_up_ms) description.warm_up_ms = *options.warm_up_ms;
    validate(description);
    std::vector<fs::path> inputs = io::tables_of(document, path.parent_path());
    inputs.push_back(path);
    return {std::move(description), std::move(inputs)};
}

/// Takes the network out of the description, in which an outline of it stays: without evidence, listed
/// synapses and couplings, which the simulator is to hold once and ranks their shares of.
Network take_network(NetworkDescription& description) {
    Network network = std::move(description.network);
    Network& outline = description.network;
    outline = {network.populations, {}, network.seed};
    for (Population& population : outline.populations) {
        if (auto* dyadic = std::get_if<DyadicPopulation>(&population)) dyadic->evidence = {};
    }
    for (Projection& projection : network.projections) {
        if (auto* dense = std::get_if<FactorisedProjection>(&projection)) {
            Matrix coupling = std::exchange(dense->coupling, {});
            std::optional<Connector> mask = std::exchange(dense->mask, std::nullopt);
            outline.projections.emplace_back(*dense);
            dense->coupling = std::move(coupling);
            dense->mask = std::move(mask);
        } else {
            auto& sparse = std::get<SynapticProjection>(projection);
            Connector connector = std::exchange(sparse.connector, {});
            outline.projections.emplace_back(sparse);
            sparse.connector = std::move(connector);
        }
    }
    return network;
}

/// What tells this run's checkpoints from others': everything that decides its results, hence no
/// number of threads. 0 where there are no checkpoints.
std::uint64_t identity(const NetworkDescription& description, const SimulateOptions& options) {
    if (options.kept.file().empty()) return 0;
    return digest(
        io::network_to_json(description).dump() +
        fmt::format("{} {}", options.correlations.bin_ms, options.correlations.most_neurons));
}

/// --machine; none where it was not given.
std::optional<mapping::Machine> machine_for_energy(const std::string& name) {
    if (name.empty()) return std::nullopt;
    mapping::Machine machine = io::named_machine(name);
    if (mapping::board(machine.board).energy.idle_chip_W > 0.0) return machine;
    std::string known;
    for (const mapping::Board& board : mapping::boards()) {
        if (board.energy.idle_chip_W > 0.0)
            known += fmt::format("{}{}", known.empty() ? "" : ", ", board.name);
    }
    throw ParameterError("simulate", "--machine", name,
                         "a machine of a board whose energy some source gives: " + known);
}

/// Before long work: everything that will be written can be, and nobody else does.
void open_outputs(RunFiles& files,
                  const Loaded& loaded,
                  const SimulateOptions& options,
                  io::Overwrite allowed) {
    // Going on replaces what the earlier run wrote, after finding its bytes there.
    const io::Overwrite of_folder = files.saved ? io::Overwrite::allow : allowed;
    io::FolderPlan plan{output_folder(options.out),
                        of_folder,
                        io::Recordings::names(loaded.description),
                        loaded.inputs,
                        {}};
    plan.names.emplace_back(NetworkRun::k_main_file);
    plan.names.emplace_back(k_report_page);
    plan.names.emplace_back(io::k_distributions_file);
    if (!options.reference.empty()) plan.inputs.emplace_back(options.reference);
    if (files.saved) {
        plan.resumed = io::Recordings::partial_name(split_parts(*files.saved).recordings);
        plan.inputs.emplace_back(options.kept.resume);
    }
    files.output.emplace(std::move(plan));
    if (options.kept.file().empty()) return;
    files.checkpoint.emplace(options.kept.file(), options.kept.overwrite(allowed), loaded.inputs);
}

std::string interruption(const NetworkRun& run,
                         const NetworkDescription& description,
                         const SimulateOptions& o) {
    std::string told = fmt::format("interrupted at {:.6g} of {:.6g} ms; {} holds what there is",
                                   run.time_ms(), description.duration_ms, o.out);
    if (run.abandoned()) told += "; the window was too long to wait for its end";
    if (!o.kept.file().empty() && fs::exists(o.kept.file()))
        told += fmt::format("; go on with --resume {}", o.kept.file());
    return told;
}

void run_simulate(const SimulateOptions& options, const CommonOptions& common, Exchange& exchange) {
    Loaded loaded = load_network(options, common);
    NetworkDescription& description = loaded.description;
    const std::optional<mapping::Machine> machine = machine_for_energy(options.machine);
    RunFiles files;
    files.identity = identity(description, options);
    if (!options.kept.resume.empty())
        files.saved.emplace(read_checkpoint(options.kept.resume, files.identity));
    if (exchange.rank() == 0) {
        if (!options.reference.empty())
            files.reference = io::read_reference(options.reference,
                                                 {description.network, description.duration_ms,
                                                  description.warm_up_ms, options.correlations});
        open_outputs(files, loaded, options, overwrite(common));
    }
    if (exchange.rank() == 0 && machine)
        files.layout.emplace(
            mapping::map_network(description.network, *machine, {}, options.network, ""));
    ProgressBar bar(common.quiet);
    const Clock::time_point start = Clock::now();
    bar.update("build", 0.0, 0.0);
    Network network = take_network(description);
    NetworkRun run(description, std::move(network), files, options, exchange);
    bar.update("build", 1.0, 0.0);
    run.go(bar, std::chrono::duration<double>(Clock::now() - start).count());
    bar.finish();
    if (!run.completed()) throw Interrupted(interruption(run, description, options));
    if (exchange.rank() == 0) say(common, run.summary());
}

// --- validate ---

double smallest_delay_ms(const Projection& projection) {
    if (const auto* dense = std::get_if<FactorisedProjection>(&projection)) return dense->delay_ms;
    const auto& sparse = std::get<SynapticProjection>(projection);
    const auto* list = std::get_if<SynapseList>(&sparse.connector);
    if (list == nullptr) return support(sparse.delay_ms).low;
    double smallest = std::numeric_limits<double>::infinity();
    for (const Synapse& synapse : list->synapses)
        smallest = std::min(smallest, static_cast<double>(synapse.delay_ms));
    return smallest;
}

/// Couplings between nodes count as synapses.
double synapses_expected(const Projection& projection, const Network& network) {
    if (const auto* dense = std::get_if<FactorisedProjection>(&projection))
        return static_cast<double>(dense->coupling.rows * dense->coupling.cols);
    return expected_synapses(rule_of(std::get<SynapticProjection>(projection), network));
}

std::string summary(const Network& network) {
    std::size_t neurons = 0;
    for (const Population& population : network.populations)
        neurons += size_of(population);
    double synapses = 0.0;
    double delay_ms = std::numeric_limits<double>::infinity();
    for (const Projection& projection : network.projections) {
        synapses += synapses_expected(projection, network);
        delay_ms = std::min(delay_ms, smallest_delay_ms(projection));
    }
    return fmt::format(
        "populations: {}, neurons: {}, expected synapses: {:.0f}, smallest delay: {}",
        network.populations.size(), neurons, synapses,
        std::isfinite(delay_ms) ? fmt::format("{:.6g} ms", delay_ms) : "none");
}

void run_validate(const std::string& path, const CommonOptions& common) {
    const NetworkDescription description = io::read_network(path);
    validate(description);
    say(common, fmt::format("{}: {}", path, summary(description.network)));
}

void add_statistics_options(CLI::App& command, SimulateOptions& options) {
    command
        .add_option("--warm-up-ms", options.warm_up_ms,
                    "Of the run, left out of its statistics; replaces that of NETWORK")
        ->check(number_up_to(k_durations_ms.high));
    command
        .add_option("--correlation-bin-ms", options.correlations.bin_ms,
                    "Bins of spike counts, of which neurons' correlations are")
        ->check(number_up_to(1e6))
        ->check(CLI::Range(1e-3, 1e6))
        ->capture_default_str();
    command
        .add_option("--correlation-neurons", options.correlations.most_neurons,
                    "Neurons of each population whose correlations are measured, at most")
        ->check(whole_number(2, io::CountCorrelation::k_most_neurons))
        ->capture_default_str();
    command.add_flag(
        "--distributions", options.distributions,
        "Write distributions.json too: rates and CVs of neurons, correlations of pairs");
    command.add_option(
        "--reference", options.reference,
        "A run to compare these distributions with: a folder that has distributions.json or "
        "spikes, or such a file, of any simulator");
}

} // namespace

void add_simulate(CLI::App& program, CommonOptions& common, Exchange& exchange, Action& action) {
    auto options = std::make_shared<SimulateOptions>();
    CLI::App* command =
        program.add_subcommand("simulate", "Simulate a network and write what it records");
    command->add_option("NETWORK", options->network, "Network (JSON, see network/FORMAT.md)")
        ->required();
    command->add_option("--out", options->out, "Folder for run.json and the recordings")
        ->required();
    command->add_option("--threads", options->threads, "0: all cores. Results do not depend on it")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    command
        ->add_option("--duration-ms", options->duration_ms, "Model time; replaces that of NETWORK")
        ->check(number_up_to(1e15));
    command
        ->add_option("--rate-limit-Hz", options->rate_limit_Hz,
                     "Mean rate of a population of neurons over 10 ms that ends the run")
        ->check(CLI::Range(k_rate_limits_Hz.low, k_rate_limits_Hz.high))
        ->capture_default_str();
    command->add_flag("--report", options->report,
                      "Write report.html too: rasters, rates, and what else is recorded");
    add_statistics_options(*command, *options);
    command
        ->add_option("--machine", options->machine,
                     "Estimate, too, what this machine (see 'spikewell machines') would need")
        ->type_name("MACHINE");
    add_watts_per_core(*command, options->core);
    add_checkpoint_options(*command, options->kept,
                           {"File to save the run's state to, also when interrupted",
                            "NETWORK, --seed, --duration-ms and --out"});
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell simulate network.json --out run --threads 4");
    command->callback([=, &common, &exchange, &action] {
        action = [=, &common, &exchange] { run_simulate(*options, common, exchange); };
    });
}

void add_validate(CLI::App& program, CommonOptions& common, Action& action) {
    auto path = std::make_shared<std::string>();
    CLI::App* command =
        program.add_subcommand("validate", "Check a network and say how large it is");
    command->add_option("NETWORK", *path, "Network (JSON, see network/FORMAT.md)")->required();
    add_quiet(*command, common);
    command->footer("Example:\n  spikewell validate network.json");
    command->callback(
        [=, &common, &action] { action = [=, &common] { run_validate(*path, common); }; });
}

} // namespace spikewell::cli
