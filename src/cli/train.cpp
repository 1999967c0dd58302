#include "cli/support.hpp"
#include "experiments/training.hpp"
#include "io/model_file.hpp"

#include <fmt/format.h>

#include <memory>

namespace spikewell::cli {

namespace {

struct Options {
    std::string config;
    std::string out;
    std::string backend = "spiking";
    int threads = 1;
};

void run_train(const Options& options, const CommonOptions& common) {
    const auto backend =
        options.backend == "rate" ? experiments::Backend::rate : experiments::Backend::spiking;
    const experiments::Config config = load_config(options.config, common);
    const experiments::Dataset data = load_data(config);
    io::FileOutput output(options.out, overwrite(common), inputs_of(config, options.config));
    warn(common, options.config, experiments::warnings_of(data, config));
    ProgressBar bar(common.quiet);
    const std::string stage = options.backend + ": train";
    const experiments::Training training = experiments::train(
        backend, data.train, config, config.seed, {0, [&](double fraction, double simulated_ms) {
                                                       bar.update(stage, fraction, simulated_ms);
                                                   }, {threads_to_use(options.threads)}});
    const io::Model model{config, backend == experiments::Backend::spiking,
                          coupling_of(training.form), io::training_images(data)};
    output.publish(io::model_content(model, options.out));
    say(common, fmt::format("{}: {} nodes, {} steps in {:.2f} s, |J| = {:.3f}", options.out,
                            model.coupling.rows, training.steps, training.wall_s,
                            rate::frobenius_norm(model.coupling)));
}

} // namespace

void add_train(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.add_subcommand("train", "Train one form of the network on images");
    command->add_option("CONFIG", options->config, "Configuration (JSON)")->required();
    command->add_option("--backend", options->backend, "Form to train: rate or spiking")
        ->check(one_of({"rate", "spiking"}))
        ->capture_default_str();
    command->add_option("--out", options->out, "Model file to write (JSON; HDF5 where it ends in .h5 or .hdf5)")->required();
    command->add_option("--threads", options->threads, "0: all cores. Results do not depend on it")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell train examples/digits/config.json --backend spiking "
                    "--out model.json");
    command->callback(
        [=, &common, &action] { action = [=, &common] { run_train(*options, common); }; });
}

} // namespace spikewell::cli
