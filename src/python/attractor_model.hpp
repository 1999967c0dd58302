#pragma once

#include "experiments/training.hpp"
#include "io/dataset_file.hpp"
#include "io/model_file.hpp"
#include "python/interruption.hpp"
#include "python/shared_spikes.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spikewell::python {

/// Tells a Python function of a fraction done, ten times a second; none: Ctrl-C is heard all the same.
class Telling {
  public:
    explicit Telling(py::object tell) : tell_(std::move(tell)) {}

    void operator()(double fraction) {
        interruption_.check();
        if (tell_.is_none() || fraction - last_ < 0.01) return;
        last_ = fraction;
        const py::gil_scoped_acquire lock;
        tell_(fraction);
    }

  private:
    py::object tell_;
    Interruption interruption_;
    double last_ = -1.0;
};

/// A trained network; the form that runs is made when first asked for.
class AttractorModel {
  public:
    explicit AttractorModel(io::Model model)
        : model_(std::make_shared<const io::Model>(std::move(model))) {}

    [[nodiscard]] const io::Model& value() const { return *model_; }
    /// What arrays look at; it stays while they do.
    [[nodiscard]] std::shared_ptr<const io::Model> shared() const { return model_; }

    /// Other couplings; the network begins anew.
    void set_coupling(Matrix coupling) {
        const std::lock_guard one_at_a_time(running_);
        replace_coupling(std::move(coupling));
        form_.reset();
    }

    struct Inferred {
        Matrix states; // [n_nodes x n_steps]
        std::shared_ptr<SharedSpikes> spikes;
        double begin_ms = 0.0;
    };
    struct Question {
        const Matrix& evidence; // [n_nodes x 1], or of each step
        std::size_t steps;
        std::optional<std::vector<double>> initial;
        bool learning;
        double inverse_temperature;
    };
    Inferred infer(const Question& question) {
        const std::lock_guard one_at_a_time(running_);
        experiments::Form& form = running_form();
        if (question.initial) experiments::set_state(form, *question.initial);
        Inferred inferred{Matrix(question.evidence.rows, question.steps),
                          std::make_shared<SharedSpikes>(PopulationId{0}), 0.0};
        if (const auto* spiking = std::get_if<experiments::SpikingForm>(&form))
            inferred.begin_ms = spiking->simulator.time_ms();
        Recorder* const recorder = inferred.spikes.get();
        const experiments::RunOptions options{question.inverse_temperature,
                                              question.learning,
                                              experiments::Keep::mean,
                                              {&recorder, 1}};
        const bool constant = question.evidence.cols == 1;
        const std::size_t at_once = constant ? question.steps : 1;
        Interruption interruption;
        for (std::size_t done = 0; done < question.steps; done += at_once) {
            interruption.check();
            const Matrix states = experiments::run(
                form, question.evidence.column(constant ? 0 : done), at_once, options);
            std::copy(states.values.begin(), states.values.end(),
                      inferred.states.column(done).begin());
        }
        if (question.learning) replace_coupling(experiments::coupling_of(form));
        return inferred;
    }

    /// Goes on learning, from the couplings there are; the network then begins anew.
    void present(const Matrix& images, const experiments::Config& config, Telling& tell) {
        const std::lock_guard one_at_a_time(running_);
        experiments::Form form =
            experiments::make_form(backend(), model_->coupling, config, config.seed);
        RandomStream order(config.seed, Purpose::presentation_order, 0);
        const auto n = static_cast<double>(config.training.presentations);
        experiments::present(form, images, config.training, order,
                             [&](std::size_t done) { tell(static_cast<double>(done) / n); });
        replace_coupling(experiments::coupling_of(form));
        form_.reset();
    }

    /// The state of the network that runs, as bytes; none: at rest.
    [[nodiscard]] std::string running_state() {
        const std::lock_guard one_at_a_time(running_);
        return form_ ? experiments::save_form(*form_) : std::string();
    }
    void set_running_state(const std::string& state) {
        const std::lock_guard one_at_a_time(running_);
        form_.reset();
        if (!state.empty()) experiments::load_form(running_form(), state);
    }

    [[nodiscard]] experiments::Backend backend() const {
        return model_->spiking ? experiments::Backend::spiking : experiments::Backend::rate;
    }

  private:
    [[nodiscard]] experiments::Form& running_form() {
        if (!form_) form_ = io::form_of(*model_, model_->config);
        return *form_;
    }
    void replace_coupling(Matrix coupling) {
        io::Model changed = *model_;
        changed.coupling = std::move(coupling);
        model_ = std::make_shared<const io::Model>(std::move(changed));
    }

    std::shared_ptr<const io::Model> model_;
    std::optional<experiments::Form> form_;
    std::mutex running_;
};

} // namespace spikewell::python
