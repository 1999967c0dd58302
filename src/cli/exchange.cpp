#include "cli/exchange.hpp"

#include "cli/network_input.hpp"
#include "cli/support.hpp"
#include "core/error.hpp"
#include "experiments/lif_copy.hpp"
#include "io/dataset_file.hpp"
#include "io/made_by.hpp"
#include "io/nestml/nestml.hpp"
#include "io/network/network_file.hpp"
#include "io/nir/nir.hpp"
#include "io/pynn/pynn.hpp"
#include "io/sonata/sonata.hpp"
#include "network/lif_equivalent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace spikewell::cli {

namespace {

struct ExportOptions {
    std::string file;
    std::string to;
    std::string out;
    std::optional<double> duration_ms;
    io::NirOptions nir;
};

struct ImportOptions {
    std::string file;
    std::string from;
    std::string out;
    io::NirImportOptions nir;
    bool allow_outside = false;
    bool lossy = false;
};

void add_convention(CLI::App& command, io::NirConvention& convention) {
    command
        .add_option_function<std::string>(
            "--nir-convention",
            [&convention](const std::string& name) {
                convention = name == "dirac" ? io::NirConvention::dirac : io::NirConvention::dt;
            },
            "NIR: a spike is 1 for a step of 0.1 ms (dt, as importers read it) or a Dirac "
            "pulse (dirac)")
        ->check(one_of({"dt", "dirac"}))
        ->default_str("dt");
}

/// Options of other formats than the one written.
void refuse_of_other_formats(const CLI::App& command, const ExportOptions& options) {
    const std::string why = "with --to " + options.to;
    if (options.to != "nir") refuse_ignored(command, {"--nir-convention", "--nir-profile"}, why);
    if (options.to == "nestml") refuse_ignored(command, {"--seed", "--duration-ms"}, why);
}

NetworkDescription load_network(const ExportOptions& options, const CommonOptions& common) {
    NetworkDescription description = io::read_network(options.file);
    if (common.seed) description.network.seed = *common.seed;
    if (options.duration_ms) description.duration_ms = *options.duration_ms;
    return description;
}

/// Whether a file says that it is a model; what else is wrong with it, its reader tells.
bool holds_model(const std::string& path) {
    return is_model(read_document(path));
}

io::Model load_model(const ExportOptions& options, const CommonOptions& common) {
    io::Model model = io::read_model(options.file);
    if (common.seed) model.config.seed = *common.seed;
    return model;
}

/// A trained network as a copy that is asked what the network is asked before.
bool is_probed(const ExportOptions& options) {
    return (options.to == "pynn" ||
            (options.to == "nir" && options.nir.convention == io::NirConvention::dt)) &&
           holds_model(options.file);
}

io::ExportReport exported_copy(const ExportOptions& options,
                               const io::FolderOutput& output,
                               const CommonOptions& common) {
    if (options.duration_ms)
        throw NetworkError(
            "export",
            fmt::format("--duration-ms has no effect for a model with --to {}", options.to));
    const io::Model model = load_model(options, common);
    const experiments::Dataset data = io::load_training_data(model.config, model, options.file);
    experiments::Form form = experiments::make_form(experiments::Backend::spiking, model.coupling,
                                                    model.config, model.config.seed);
    const experiments::Probe probe = experiments::probe(form, data, model.config, {});
    if (options.to == "nir") return io::export_nir(model, probe, output);
    const experiments::LifSampler sampler =
        experiments::calibrated_lif_sampler(model.config.spiking.tau_ref_ms, model.config.seed);
    return io::export_pynn(model, options.file, sampler, probe, output);
}

/// A network of neurons, for formats that know no nodes, and whether it had any, and they learned.
struct Neurons {
    NetworkDescription description;
    bool had_nodes = false;
    bool learned = false;
    bool evidence = false;                         ///< of the network's own
    bool driven = false;                           ///< nodes by synapses
    std::vector<std::string> recordings_lost = {}; ///< names of those of nodes and couplings
};

/// Recordings but for spikes that a copy of nodes has not.
std::vector<std::string> lost_recordings(const NetworkDescription& nodes,
                                         const NetworkDescription& copy) {
    std::vector<std::string> lost;
    for (const Recording& recording : nodes.recordings) {
        const auto is_it = [&](const Recording& other) { return other.name == recording.name; };
        if (!std::holds_alternative<SpikeRecording>(recording.what) &&
            std::none_of(copy.recordings.begin(), copy.recordings.end(), is_it))
            lost.push_back(recording.name);
    }
    return lost;
}

bool has_synapses_onto_nodes(const Network& network) {
    return std::any_of(network.projections.begin(), network.projections.end(),
                       [&](const Projection& projection) {
                           const auto* synaptic = std::get_if<SynapticProjection>(&projection);
                           return synaptic != nullptr &&
                                  is_dyadic(network.populations[synaptic->post.population.index]);
                       });
}

bool has_evidence(const Network& network) {
    return std::any_of(network.populations.begin(), network.populations.end(),
                       [](const Population& population) {
                           const auto* nodes = std::get_if<DyadicPopulation>(&population);
                           return nodes != nullptr && !nodes->evidence.times_ms.empty();
                       });
}

bool learns_couplings(const Network& network) {
    return std::any_of(network.projections.begin(), network.projections.end(),
                       [](const Projection& projection) {
                           const auto* dense = std::get_if<FactorisedProjection>(&projection);
                           return dense != nullptr && dense->plasticity.has_value();
                       });
}

/// A model is shown its training images one after another.
Neurons neurons_of_model(const ExportOptions& options, const CommonOptions& common) {
    const io::Model model = load_model(options, common);
    experiments::Dataset data = io::load_training_data(model.config, model, options.file);
    const double strength =
        model.config.evaluation.signal_strength * model.config.training.evidence;
    data.train.values = experiments::scaled(data.train.values, strength);
    const double image_ms =
        options.duration_ms
            ? *options.duration_ms / static_cast<double>(data.train.cols)
            : model.config.spiking.tau_ref_ms * static_cast<double>(model.config.evaluation.steps);
    return {experiments::lif_copy(model.coupling, model.config, data.train, image_ms), true, true};
}

Neurons neurons_of(const ExportOptions& options, const CommonOptions& common) {
    if (holds_model(options.file)) return neurons_of_model(options, common);
    NetworkDescription description = load_network(options, common);
    if (!has_nodes(description.network)) return {std::move(description)};
    Neurons neurons{lif_equivalent(description), true, learns_couplings(description.network),
                    has_evidence(description.network),
                    has_synapses_onto_nodes(description.network)};
    neurons.recordings_lost = lost_recordings(description, neurons.description);
    return neurons;
}

io::ExportReport exported_as_neurons(const ExportOptions& options,
                                     const io::FolderOutput& output,
                                     const CommonOptions& common) {
    const Neurons neurons = neurons_of(options, common);
    io::ExportReport report = options.to == "nir"
                                  ? io::export_nir(neurons.description, output, options.nir)
                                  : io::export_sonata(neurons.description, output);
    if (neurons.had_nodes) {
        report.approximated.emplace_back(
            "pulses of nodes: two exponential currents, 5 % above at the "
            "begin and below at the end; late by tau_m, not filtered");
        if (neurons.evidence)
            report.approximated.emplace_back(
                "evidence of nodes: the same pulses, of a source, in place of a constant; what is "
                "there from the start begins a tenth of tau_ref late");
        if (neurons.driven)
            report.approximated.emplace_back("spikes onto nodes: the same pulses, by two synapses "
                                             "onto each of a node's neurons");
        if (neurons.learned) report.lost.emplace_back("learning of couplings");
        for (const std::string& name : neurons.recordings_lost)
            report.lost.push_back(
                fmt::format("recording {}: nodes and couplings are not there", name));
    }
    return report;
}

io::NestmlDefaults nestml_defaults(const ExportOptions& options,
                                   const CommonOptions& common,
                                   bool model) {
    if (!model) return io::nestml_defaults(load_network(options, common).network);
    const io::Model trained = io::read_model(options.file);
    return io::nestml_defaults(trained.config, trained.coupling.rows);
}

io::ExportReport exported(const ExportOptions& options,
                          const io::FolderOutput& output,
                          const CommonOptions& common) {
    if (is_probed(options)) return exported_copy(options, output, common);
    if (options.to == "nir" || options.to == "sonata")
        return exported_as_neurons(options, output, common);
    if (options.to == "pynn")
        return io::export_pynn(load_network(options, common), options.file, output);
    return io::export_nestml(nestml_defaults(options, common, holds_model(options.file)),
                             options.file, output);
}

void run_export(const ExportOptions& options, const CommonOptions& common) {
    io::FolderOutput output(
        {output_folder(options.out), overwrite(common), {}, {options.file}, {}});
    const io::ExportReport report = exported(options, output, common);
    output.publish(io::k_export_file, to_text(report, options.to, options.file));
    say(common, fmt::format("{}: {} of {}", options.out, options.to, options.file));
    for (const std::string& line : lines_of(report))
        say(common, line);
}

void run_import(const ImportOptions& options, const CommonOptions& common) {
    std::vector<std::filesystem::path> inputs{options.file};
    if (!options.nir.input.empty()) inputs.push_back(options.nir.input);
    io::FileOutput output(options.out, overwrite(common), inputs);
    io::require_whole_export(options.file);
    const io::Outside outside = options.allow_outside ? io::Outside::allow : io::Outside::refuse;
    std::vector<std::string> lost;
    io::NirImport imported;
    if (options.from == "nir")
        imported = io::import_nir(options.file, options.nir);
    else
        imported.description =
            io::import_sonata(options.file, outside, options.lossy ? &lost : nullptr);
    const NetworkDescription& description = imported.description;
    nlohmann::ordered_json document = io::network_to_json(description);
    document["made_by"] = io::made_by();
    output.publish(document.dump(1) + "\n");
    std::size_t neurons = 0;
    for (const Population& population : description.network.populations)
        neurons += size_of(population);
    say(common, fmt::format("{}: {} populations, {} neurons, {} projections", options.out,
                            description.network.populations.size(), neurons,
                            description.network.projections.size()));
    for (const std::string& line : lost)
        say(common, "lost: " + line);
    for (const std::string& line : imported.notes)
        say(common, line);
}

} // namespace

void add_export(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<ExportOptions>();
    CLI::App* command =
        program.add_subcommand("export", "Write a network for other simulators to read");
    command
        ->add_option("NETWORK", options->file,
                     "Network (JSON, see network/FORMAT.md) or model of `train`")
        ->required();
    command->add_option("--to", options->to, "Format: pynn, sonata, nir, nestml")
        ->required()
        ->check(one_of({"pynn", "sonata", "nir", "nestml"}));
    command->add_option("--out", options->out, "Folder for the files")->required();
    command
        ->add_option(
            "--duration-ms", options->duration_ms,
            "Model time that spikes of sources are drawn for; replaces that of NETWORK; of "
            "a model, the time in which all its images are shown")
        ->check(number_up_to(1e15));
    add_convention(*command, options->nir.convention);
    command
        ->add_option_function<std::string>(
            "--nir-profile",
            [options](const std::string& name) {
                options->nir.profile =
                    name == "strict" ? io::NirProfile::strict : io::NirProfile::full;
            },
            "NIR: full, or strict for snnTorch (its nodes only: one synaptic time constant, no "
            "delays)")
        ->check(one_of({"full", "strict"}))
        ->default_str("full");
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell export network.json --to sonata --out circuit");
    command->callback([=, &common, &action] {
        action = [=, &common] {
            refuse_of_other_formats(*command, *options);
            run_export(*options, common);
        };
    });
}

void add_import(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<ImportOptions>();
    CLI::App* command =
        program.add_subcommand("import", "Read a network that another program wrote");
    command
        ->add_option("FILE", options->file,
                     "SONATA: circuit or simulation configuration (JSON); NIR: graph (HDF5)")
        ->required();
    command->add_option("--from", options->from, "Format: sonata, nir")
        ->required()
        ->check(one_of({"sonata", "nir"}));
    add_convention(*command, options->nir.convention);
    command
        ->add_option("--nir-dt-ms", options->nir.step_ms,
                     "NIR: the step that a spike is 1 for, which neurons take")
        ->check(CLI::Range(k_steps_ms.low, k_steps_ms.high))
        ->capture_default_str();
    command->add_option(
        "--input", options->nir.input,
        "NIR: spikes of the Inputs: CSV or HDF5 as `simulate` writes it, or NIRData");
    command->add_flag("--allow-outside", options->allow_outside,
                      "SONATA: also read files outside the configuration's folder");
    command->add_flag("--lossy", options->lossy,
                      "SONATA: leave out what a network has no place for, and say what that is");
    command->add_option("--out", options->out, "Network file to write (JSON)")->required();
    add_quiet(*command, common);
    add_force(*command, common);
    command->footer("Example:\n  spikewell import circuit/simulation_config.json --from sonata "
                    "--out network.json");
    command->callback([=, &common, &action] {
        action = [=, &common] {
            if (options->from != "nir")
                refuse_ignored(*command, {"--nir-convention", "--nir-dt-ms", "--input"},
                               "with --from " + options->from);
            else
                refuse_ignored(*command, {"--lossy", "--allow-outside"}, "with --from nir");
            if (options->nir.convention == io::NirConvention::dirac)
                refuse_ignored(*command, {"--nir-dt-ms"}, "with --nir-convention dirac");
            run_import(*options, common);
        };
    });
}

} // namespace spikewell::cli
