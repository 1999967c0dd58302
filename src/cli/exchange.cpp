#include "cli/exchange.hpp"

#include "cli/network_input.hpp"
#include "cli/support.hpp"
#include "core/error.hpp"
#include "io/exports.hpp"
#include "io/made_by.hpp"
#include "io/network/network_file.hpp"
#include "io/nir/nir.hpp"
#include "io/sonata/sonata.hpp"

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

/// A network or a model, as its file says.
io::ExportReport exported(const ExportOptions& options,
                          const io::FolderOutput& output,
                          const CommonOptions& common) {
    const io::ExportTarget target{options.to, options.nir};
    if (is_model(read_document(options.file))) {
        io::Model model = io::read_model(options.file);
        if (common.seed) model.config.seed = *common.seed;
        return io::export_model(model, options.file, target, options.duration_ms, output);
    }
    NetworkDescription description = io::read_network(options.file);
    if (common.seed) description.network.seed = *common.seed;
    if (options.duration_ms) description.duration_ms = *options.duration_ms;
    return io::export_network(description, options.file, target, output);
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
        ->check(one_of({io::k_export_formats.begin(), io::k_export_formats.end()}));
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
