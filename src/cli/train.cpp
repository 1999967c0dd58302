#include "cli/checkpoint_file.hpp"
#include "cli/simulate.hpp"
#include "cli/stop_signals.hpp"
#include "cli/support.hpp"
#include "core/checkpoint.hpp"
#include "experiments/training.hpp"
#include "io/config_file.hpp"
#include "io/model_file.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>

namespace spikewell::cli {

namespace {

struct TrainOptions {
    std::string config;
    std::string out;
    std::string backend = "spiking";
    int threads = 1;
    CheckpointOptions kept;
};

/// What decides a training's result.
std::uint64_t identity_of(const experiments::Config& config,
                          const std::string& backend,
                          const Matrix& images) {
    return digest(
        fmt::format("train {} {} {}", backend, digest_of(images), io::to_json(config).dump()));
}

/// Keeps how far a training has come; a signal (Ctrl-C) ends it after the presentation that is under way.
class KeptTraining {
  public:
    KeptTraining(const CheckpointOptions& options,
                 std::uint64_t identity,
                 std::size_t presentations,
                 io::Overwrite allowed,
                 const std::vector<std::filesystem::path>& inputs)
        : identity_(identity), presentations_(presentations), every_s_(options.every_s) {
        if (!options.resume.empty())
            saved_ = read_checkpoint(options.resume, identity,
                                     "configuration, form or seed, or of other images");
        if (options.file().empty()) return;
        file_.emplace(options.file(), options.overwrite(allowed), inputs);
        signals_.emplace();
    }

    /// Empty: from the start.
    [[nodiscard]] const std::string& saved() const { return saved_; }

    /// Throws Interrupted after a signal.
    void operator()(std::size_t done, const experiments::SaveTraining& save) {
        if (!file_) return;
        const bool asked = StopSignals::asked();
        const std::chrono::duration<double> since = std::chrono::steady_clock::now() - written_;
        if (!asked && since.count() < every_s_) return;
        file_->write(save(), identity_);
        written_ =
            std::chrono::steady_clock::now(); // after it, so that slow ones leave time to train
        if (asked)
            throw Interrupted(fmt::format("interrupted after {} of {} presentations; go on with "
                                          "--resume {}",
                                          done, presentations_, file_->path().string()));
    }

  private:
    std::uint64_t identity_;
    std::size_t presentations_;
    double every_s_;
    std::string saved_;
    std::optional<CheckpointFile> file_;
    std::optional<StopSignals> signals_;
    std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
};

void run_train(const TrainOptions& options, const CommonOptions& common) {
    const auto backend =
        options.backend == "rate" ? experiments::Backend::rate : experiments::Backend::spiking;
    const experiments::Config config = load_config(options.config, common);
    const experiments::Dataset data = load_data(config);
    const std::vector<std::filesystem::path> inputs = inputs_of(config, options.config);
    io::FileOutput output(options.out, overwrite(common), inputs);
    KeptTraining kept(options.kept, identity_of(config, options.backend, data.train),
                      config.training.presentations, overwrite(common), inputs);
    warn(common, options.config, experiments::warnings_of(data, config));
    ProgressBar bar(common.quiet);
    experiments::TrainingOptions training_options;
    training_options.progress = [&, stage = options.backend + ": train"](double fraction,
                                                                         double ms) {
        bar.update(stage, fraction, ms);
    };
    training_options.form.n_threads = threads_to_use(options.threads);
    training_options.saved = kept.saved();
    training_options.between = std::ref(kept);
    const experiments::Training training =
        experiments::train(backend, data.train, config, config.seed, training_options);
    const io::Model model{config, backend == experiments::Backend::spiking,
                          coupling_of(training.form), io::training_images(data)};
    output.publish(io::model_content(model, options.out));
    say(common, fmt::format("{}: {} nodes, {} steps in {:.2f} s, |J| = {:.3f}", options.out,
                            model.coupling.rows, training.steps, training.wall_s,
                            rate::frobenius_norm(model.coupling)));
}

} // namespace

void add_train(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<TrainOptions>();
    CLI::App* command = program.add_subcommand("train", "Train one form of the network on images");
    command->add_option("CONFIG", options->config, "Configuration (JSON)")->required();
    command->add_option("--backend", options->backend, "Form to train: rate or spiking")
        ->check(one_of({"rate", "spiking"}))
        ->capture_default_str();
    command
        ->add_option("--out", options->out,
                     "Model file to write (JSON; HDF5 where it ends in .h5 or .hdf5)")
        ->required();
    command->add_option("--threads", options->threads, "0: all cores. Results do not depend on it")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    add_checkpoint_options(*command, options->kept,
                           {"File to save how far training has come to, also when interrupted",
                            "CONFIG, --backend and --seed"});
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell train examples/digits/config.json --backend spiking "
                    "--out model.json");
    command->callback(
        [=, &common, &action] { action = [=, &common] { run_train(*options, common); }; });
}

} // namespace spikewell::cli
