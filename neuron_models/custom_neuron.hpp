#pragma once

#include "neuron_models/dynamics.hpp"
#include "neuron_models/fields.hpp"
#include "neuron_models/membrane.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

/// # A neuron model of a program's own
///
/// A program that has the installation defines a model in its own source as the library does: numbers, a `Card` with
/// their fields, and a `Dynamics` (neuron_models/dynamics.hpp), and gives `custom_neuron(model)` to a population. All that
/// point neurons can do goes for it, too: synapses, plasticity, inputs, currents, recordings, threads, ranks, checkpoints. It is
/// walked from event to event. Files and other simulators do not know it.
///
///     struct Quadratic { double tau_ms = 10; .. double drive_mV = 0; double t_ref_ms = 2; };
///     template <> struct spikewell::Card<Quadratic> { key, name, weight_unit, fields, ceiling, start_mV };
///     template <> class spikewell::Dynamics<Quadratic> { columns, State, start, advance, hold, receive, reset };
///     cells.neuron = spikewell::custom_neuron(Quadratic{});
namespace spikewell {

/// Columns that a model may have.
inline constexpr std::size_t k_most_custom_columns = 8;

namespace detail {

/// What the engine asks of a model whose type it does not know. `x`: its columns.
class CustomModel {
  public:
    CustomModel() = default;
    CustomModel(const CustomModel&) = delete;
    CustomModel& operator=(const CustomModel&) = delete;
    virtual ~CustomModel() = default;

    [[nodiscard]] virtual std::string_view key() const = 0;
    [[nodiscard]] virtual std::string_view weight_unit() const = 0;
    [[nodiscard]] virtual std::string_view drive_unit() const = 0; ///< "": it has no drive
    [[nodiscard]] virtual std::span<const std::string_view> columns() const = 0;
    [[nodiscard]] virtual std::vector<double> numbers() const = 0; ///< in the order of its card
    virtual void validate() const = 0;                             ///< \throws ParameterError
    [[nodiscard]] virtual std::optional<Ceiling> ceiling() const = 0;
    [[nodiscard]] virtual double start_mV() const = 0;
    /// The same with more drive.
    [[nodiscard]] virtual std::shared_ptr<const CustomModel> driven(double by) const = 0;

    virtual void start(double V_mV, double* x) const = 0;
    virtual double advance(double* x, double length_ms) const = 0;
    virtual void hold(double* x, double length_ms) const = 0;
    virtual bool receive(double* x, double weight) const = 0;
    virtual void reset(double* x) const = 0;
    [[nodiscard]] virtual double quiet_ms(const double* x) const = 0;
};

template <class Model> class CustomModelOf final : public CustomModel {
  public:
    explicit CustomModelOf(Model model) : model_(std::move(model)), equations_(model_) {}

    [[nodiscard]] std::string_view key() const override { return Card<Model>::key; }
    [[nodiscard]] std::string_view weight_unit() const override { return Card<Model>::weight_unit; }
    [[nodiscard]] std::string_view drive_unit() const override {
        std::string_view unit;
        for_drive<Model>([&](const Number<Model>&, std::string_view of) { unit = of; });
        return unit;
    }
    [[nodiscard]] std::span<const std::string_view> columns() const override {
        return Dynamics<Model>::columns;
    }
    [[nodiscard]] std::vector<double> numbers() const override {
        std::vector<double> all;
        for_each_field<Model>([&](const auto& field) {
            if constexpr (requires { static_cast<double>(model_.*field.member); })
                all.push_back(static_cast<double>(model_.*field.member));
        });
        return all;
    }
    void validate() const override { spikewell::validate(model_, Card<Model>::weight_unit); }
    [[nodiscard]] std::optional<Ceiling> ceiling() const override {
        return Card<Model>::ceiling(model_);
    }
    [[nodiscard]] double start_mV() const override { return Card<Model>::start_mV(model_); }
    [[nodiscard]] std::shared_ptr<const CustomModel> driven(double by) const override {
        Model model = model_;
        for_drive<Model>(
            [&](const Number<Model>& field, std::string_view) { model.*field.member += by; });
        return std::make_shared<CustomModelOf>(std::move(model));
    }

    void start(double V_mV, double* x) const override { put(equations_.start(V_mV), x); }
    double advance(double* x, double length_ms) const override {
        State state = get(x);
        const double spike_ms = equations_.advance(state, length_ms);
        put(state, x);
        return spike_ms;
    }
    void hold(double* x, double length_ms) const override {
        State state = get(x);
        equations_.hold(state, length_ms);
        put(state, x);
    }
    bool receive(double* x, double weight) const override {
        State state = get(x);
        const bool fires = equations_.receive(state, weight);
        put(state, x);
        return fires;
    }
    void reset(double* x) const override {
        State state = get(x);
        equations_.reset(state);
        put(state, x);
    }
    [[nodiscard]] double quiet_ms(const double* x) const override {
        if constexpr (requires(const State& state) { equations_.quiet_ms(state); })
            return equations_.quiet_ms(get(x));
        else
            return 0.0;
    }

  private:
    using State = typename Dynamics<Model>::State;

    static State get(const double* x) {
        State state;
        std::copy_n(x, state.size(), state.begin());
        return state;
    }
    static void put(const State& state, double* x) { std::copy(state.begin(), state.end(), x); }
    Model model_;
    Dynamics<Model> equations_;
};

} // namespace detail

/// Holds a model of a program's own; made by custom_neuron().
struct CustomNeuron {
    std::shared_ptr<const detail::CustomModel> model;
    double t_ref_ms = 0.0; ///< the model's
    double injected = 0.0; ///< on top of its drive
    bool operator==(const CustomNeuron& other) const {
        return model == other.model ||
               (model && other.model && model->key() == other.model->key() &&
                model->numbers() == other.model->numbers());
    }
};

/// A model that may be given to a population. `Card<Model>` has, beside its fields, `weight_unit`, `ceiling(model)` (what V may
/// not be above at time 0, or none) and `start_mV(model)`; `Model` has a `t_ref_ms`, and a field `drive_..` if currents are to be
/// injected.
template <Walked Model>
requires HasCard<Model>
[[nodiscard]] CustomNeuron custom_neuron(Model model) {
    static_assert(Dynamics<Model>::columns.size() <= k_most_custom_columns, "too many columns");
    const double t_ref_ms = model.t_ref_ms;
    return {std::make_shared<detail::CustomModelOf<Model>>(std::move(model)), t_ref_ms, 0.0};
}

/// What the program's own card says is asked of the model.
template <> struct Card<CustomNeuron> {
    using M = CustomNeuron;
    static constexpr std::string_view key = "custom";
    static constexpr std::string_view name = "neuron of a program's own";
    static constexpr std::string_view weight_unit = "mV"; // where no model is known
    static constexpr auto fields = std::tuple{};
    static std::vector<Misfit> misfits(const M& neuron) {
        if (neuron.model == nullptr)
            throw ParameterError(name, "model", 0.0, "given by custom_neuron()");
        neuron.model->validate();
        return {};
    }
    static std::optional<Ceiling> ceiling(const M& neuron) {
        return neuron.model ? neuron.model->ceiling() : std::nullopt;
    }
    static double start_mV(const M& neuron) {
        return neuron.model ? neuron.model->start_mV() : 0.0;
    }
};

template <> class Dynamics<CustomNeuron> {
  public:
    static constexpr std::array<std::string_view, k_most_custom_columns> columns{
        "V_mV", "x1", "x2", "x3", "x4", "x5", "x6", "x7"};
    using State = std::array<double, columns.size()>;

    explicit Dynamics(const CustomNeuron& neuron)
        : model_(neuron.injected == 0.0 ? neuron.model : neuron.model->driven(neuron.injected)) {}
    [[nodiscard]] State start(double V_mV) const {
        State state{};
        model_->start(V_mV, state.data());
        return state;
    }
    [[nodiscard]] double advance(State& state, double length_ms) const {
        return model_->advance(state.data(), length_ms);
    }
    void hold(State& state, double length_ms) const { model_->hold(state.data(), length_ms); }
    [[nodiscard]] bool receive(State& state, double weight) const {
        return model_->receive(state.data(), weight);
    }
    void reset(State& state) const { model_->reset(state.data()); }
    [[nodiscard]] double quiet_ms(const State& state) const {
        return model_->quiet_ms(state.data());
    }

  private:
    std::shared_ptr<const detail::CustomModel> model_;
};

} // namespace spikewell
