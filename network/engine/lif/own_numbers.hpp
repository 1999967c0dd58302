#pragma once

#include "network/engine/lif/lif_block.hpp"

#include <array>
#include <cmath>
#include <type_traits>

/// Neurons that differ within a population: numbers of their model that are their own, and currents that
/// are injected into them. A neuron's current is added to its drive, and constant between changes, at which passes
/// are cut: within a pass each neuron is one of the model with numbers of its own.
namespace spikewell::detail {

/// Numbers on a model's card by their place; null: of another kind.
template <class Model> constexpr auto members_of() {
    constexpr std::size_t k_fields =
        std::tuple_size_v<std::remove_cvref_t<decltype(Card<Model>::fields)>>;
    std::array<double Model::*, k_fields> members{};
    for_each_number<Model>(
        [&](const Number<Model>& field, std::size_t place) { members[place] = field.member; });
    return members;
}
/// What injected currents are added to.
template <class Model> constexpr double Model::*drive_of() {
    double Model::*drive = nullptr;
    for_drive<Model>([&](const Number<Model>& field, std::string_view) { drive = field.member; });
    return drive;
}

template <> constexpr double CustomNeuron::*drive_of<CustomNeuron>() {
    return &CustomNeuron::injected;
}

/// The model with a neuron's own numbers, and what is injected into it now.
template <class Model>
[[nodiscard]] Model own_model(const LifShared& shared, const LifBlock& block, std::uint32_t n) {
    static constexpr auto k_members = members_of<Model>();
    static constexpr double Model::*k_drive = drive_of<Model>();
    static_assert(k_drive != nullptr, "a model has a drive, which currents are added to");
    auto model = std::get<Model>(shared.model);
    for (std::size_t k = 0; k < shared.varied.size(); ++k)
        model.*k_members[shared.varied[k]] = block.own.numbers[k][n];
    if (!block.own.current.empty()) model.*k_drive += block.own.current[n];
    return model;
}

/// Gives `shared` and a block what the population's neurons have of their own.
void set_own(const NeuronPopulation& population, LifShared& shared);
void set_own(const NeuronPopulation& population, const LifShared& shared, LifBlock& block);
/// What follows from the rest.
void renew_own(const LifShared& shared, LifBlock& block);

/// The first time at or after t_ms at which some current changes; infinity: none.
[[nodiscard]] double next_change_ms(const LifShared& shared, double t_ms);
/// Lets currents change at t_ms, where a pass begins. No neuron fires before that any more.
void change_currents(const LifShared& shared, LifBlock& block, double t_ms);
/// The longest window in which few of any population's currents change.
[[nodiscard]] double window_for_currents_ms(const Network& network);

} // namespace spikewell::detail
