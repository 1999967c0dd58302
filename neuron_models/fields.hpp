#pragma once

#include "core/error.hpp"
#include "neuron_models/ranges.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// # One table of a model's parameters
///
/// What files call a parameter, its range and what it means stand once, in the model's `Card`; its
/// default is the member's initialiser. Reader, writer, digest, validation, `spikewell models`, the
/// Python module and the test that holds the documents to all of these walk the table.
///
///     template <> struct Card<LifDelta> {
///         static constexpr std::string_view key = "lif_delta";  // in files
///         static constexpr std::string_view name = "LIF neuron with delta synapses";  // in messages
///         static constexpr std::string_view weight_unit = "mV";  // neurons: of synapses onto them
///         static constexpr auto fields = std::tuple{Number{"tau_m_ms", &LifDelta::tau_m_ms, ..}, ..};
///         static std::vector<Misfit> misfits(const LifDelta&);  // what no field alone can say; or left out
///     };
namespace spikewell {

template <class Model> struct Card;

/// A number. Its key ends in its unit; one that ends in `_*` has the unit of the weights there.
template <class Model> struct Number {
    std::string_view key;
    double Model::*member;
    Interval allowed;
    std::string_view meaning;
    bool or_zero = false;  ///< 0 is allowed beside the range
    bool required = false; ///< in files
};
/// A number, or none: null in files.
template <class Model> struct OptionalNumber {
    std::string_view key;
    std::optional<double> Model::*member;
    Interval allowed;
    std::string_view meaning; ///< also that of null
};
/// A whole number.
template <class Model, class Integer> struct Whole {
    std::string_view key;
    Integer Model::*member;
    Interval allowed;
    std::string_view meaning;
    bool required = false; ///< in files
};
/// A whole number, or none: null or absent in files.
template <class Model, class Integer> struct OptionalWhole {
    std::string_view key;
    std::optional<Integer> Model::*member;
    Interval allowed;
    std::string_view meaning; ///< also that of none
};
/// True or false.
template <class Model> struct Flag {
    std::string_view key;
    bool Model::*member;
    std::string_view meaning;
};
/// One of a few words, in the order of the enumeration, which counts from 0.
template <class Model, class Enum, std::size_t n> struct Choice {
    std::string_view key;
    Enum Model::*member;
    std::array<std::string_view, n> words;
    std::string_view meaning;
};
/// A part with a card of its own, or none.
template <class Model, class Of> struct OptionalPart {
    std::string_view key;
    std::optional<Of> Model::*member;
    std::string_view meaning;
};
/// A part with a card of its own, whose fields stand among those of the whole.
template <class Model, class Of> struct Inline { Of Model::*member; };
/// A value of a type of its own: a list, a name, a number that may vary. Whoever reads, writes or checks
/// models that have one brings an overload for its type; without it there is no build.
template <class Model, class Of> struct Own {
    std::string_view key;
    Of Model::*member;
    std::optional<Interval> allowed; ///< of its numbers; of a list, how many
    std::string_view form;   ///< "a list": what it is in files; "": a number, or what varies
    std::string_view preset; ///< its default, as tables have it; not of a number
    std::string_view meaning;
};

/// What does not fit together in a model. `_*` in `allowed` stands for the unit, too.
struct Misfit {
    std::string_view key; ///< of the field to blame
    double value;         ///< of it
    std::string allowed;
};
/// "> V_reset_mV = -60"
[[nodiscard]] std::string above_field(std::string_view key, double value);

template <class Model>
concept HasCard = requires {
    Card<Model>::fields;
};

/// Calls visit(field) for each field of the model, in the order of its card.
template <class Model, class Visit> constexpr void for_each_field(Visit&& visit) {
    std::apply([&](const auto&... field) { (visit(field), ...); }, Card<Model>::fields);
}

/// Calls visit(field, place) for each number on the model's card; the place is among all of its fields.
template <class Model, class Visit> constexpr void for_each_number(Visit&& visit) {
    std::size_t place = 0;
    for_each_field<Model>([&](const auto& field) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, Number<Model>>)
            visit(field, place);
        ++place;
    });
}
/// Calls visit(field, unit) for the number that injected currents are added to, `drive_UNIT`, where there is one.
template <class Model, class Visit> constexpr void for_drive(Visit&& visit) {
    constexpr std::string_view k_drive = "drive_";
    for_each_number<Model>([&](const Number<Model>& field, std::size_t) {
        if (field.key.substr(0, k_drive.size()) == k_drive)
            visit(field, field.key.substr(k_drive.size()));
    });
}

/// A key or text as files and messages have it, where weights have this unit: for each `_*`.
[[nodiscard]] std::string with_unit(std::string_view text, std::string_view weight_unit);

/// What is wrong between fields that are each within their range.
template <HasCard Model> [[nodiscard]] std::vector<Misfit> misfits_of(const Model& model) {
    if constexpr (requires { Card<Model>::misfits(model); }) {
        return Card<Model>::misfits(model);
    } else {
        return {};
    }
}

template <HasCard Model> void validate(const Model& model, std::string_view weight_unit = "mV");

namespace detail {

/// One field's own range. A check of models with fields of their own adds overloads for these.
struct FieldCheck {
    std::string_view name;
    std::string_view weight_unit;

    void within(std::string_view key, double value, const Interval& allowed, bool or_zero) const;

    template <class Model> void operator()(const Model& model, const Number<Model>& field) const {
        within(field.key, model.*field.member, field.allowed, field.or_zero);
    }
    template <class Model>
    void operator()(const Model& model, const OptionalNumber<Model>& field) const {
        if (model.*field.member) within(field.key, *(model.*field.member), field.allowed, false);
    }
    template <class Model, class Integer>
    void operator()(const Model& model, const Whole<Model, Integer>& field) const {
        within(field.key, static_cast<double>(model.*field.member), field.allowed, false);
    }
    template <class Model, class Integer>
    void operator()(const Model& model, const OptionalWhole<Model, Integer>& field) const {
        if (model.*field.member)
            within(field.key, static_cast<double>(*(model.*field.member)), field.allowed, false);
    }
    template <class Model> void operator()(const Model&, const Flag<Model>&) const {}
    template <class Model, class Enum, std::size_t n>
    void operator()(const Model&, const Choice<Model, Enum, n>&) const {}
    template <class Model, class Of>
    void operator()(const Model& model, const OptionalPart<Model, Of>& field) const {
        if (model.*field.member) validate(*(model.*field.member), weight_unit);
    }
    /// A list: how many. What they are is for whoever knows the type.
    template <class Model, class Of>
    void operator()(const Model& model, const Own<Model, std::vector<Of>>& field) const {
        const auto n = static_cast<double>((model.*field.member).size());
        if (field.allowed) within(field.key, n, *field.allowed, false);
    }
};

/// Checks each field of a card, then what does not fit together.
template <class Check, HasCard Model> void check_fields(const Check& check, const Model& model) {
    for_each_field<Model>([&](const auto& field) { check(model, field); });
    for (const Misfit& misfit : misfits_of(model)) {
        throw ParameterError(check.name, with_unit(misfit.key, check.weight_unit), misfit.value,
                             with_unit(misfit.allowed, check.weight_unit));
    }
}

} // namespace detail

/// Throws ParameterError for a value outside the card's ranges or not finite, or that does not fit the
/// others. `weight_unit`: of the weights the model is used with, for the name of a field.
template <HasCard Model> void validate(const Model& model, std::string_view weight_unit) {
    detail::check_fields(detail::FieldCheck{Card<Model>::name, weight_unit}, model);
}

} // namespace spikewell
