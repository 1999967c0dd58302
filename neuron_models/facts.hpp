#pragma once

#include "neuron_models/fields.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What a card says, as text: for `spikewell models`, the Python module and the test of the documents.
namespace spikewell {

struct FieldFacts {
    std::string key;           ///< as files have it; `_*` where it has the unit of the weights
    std::string unit;          ///< "1": none; "weight", "drive": theirs; "": not a number
    std::string default_value; ///< "required", "null", "none"
    std::string allowed;
    std::string meaning;
};

struct ModelFacts {
    /// "neuron", "part", "current", "rule", "connector", "population", "recording", "file"
    std::string kind;
    std::string key;
    std::string name;
    std::string weight_unit; ///< of a neuron; else empty
    std::vector<FieldFacts> fields;
};

/// "ms" of "tau_m_ms"; "1" where a key has no unit, "weight" where it has that of the weights.
[[nodiscard]] std::string unit_of(std::string_view key);

namespace detail {

[[nodiscard]] std::string number_text(double value);
[[nodiscard]] std::string interval_text(const Interval& allowed);

template <class M> struct FieldTeller {
    const M model = {};

    FieldFacts operator()(const Number<M>& f) const {
        return {std::string(f.key), unit_of(f.key),
                f.required ? "required" : number_text(model.*f.member),
                std::string(f.or_zero ? "0, or " : "").append(interval_text(f.allowed)),
                std::string(f.meaning)};
    }
    FieldFacts operator()(const OptionalNumber<M>& f) const {
        return {std::string(f.key), unit_of(f.key), "null",
                interval_text(f.allowed).append(", null"), std::string(f.meaning)};
    }
    template <class Integer> FieldFacts operator()(const Whole<M, Integer>& f) const {
        return {std::string(f.key), "1",
                f.required ? "required" : number_text(static_cast<double>(model.*f.member)),
                interval_text(f.allowed), std::string(f.meaning)};
    }
    template <class Integer> FieldFacts operator()(const OptionalWhole<M, Integer>& f) const {
        return {std::string(f.key), "1", "null", interval_text(f.allowed).append(", null"),
                std::string(f.meaning)};
    }
    template <class Of> FieldFacts operator()(const Own<M, Of>& f) const {
        std::string allowed(f.form);
        if (f.allowed)
            allowed.append(allowed.empty() ? "" : " of ").append(interval_text(*f.allowed));
        std::string preset(f.preset);
        if constexpr (std::is_arithmetic_v<Of>)
            preset = number_text(static_cast<double>(model.*f.member));
        return {std::string(f.key), f.form.empty() ? unit_of(f.key) : "", std::move(preset),
                std::move(allowed), std::string(f.meaning)};
    }
    FieldFacts operator()(const Flag<M>& f) const {
        return {std::string(f.key), "", model.*f.member ? "true" : "false", "true, false",
                std::string(f.meaning)};
    }
    template <class Enum, std::size_t n> FieldFacts operator()(const Choice<M, Enum, n>& f) const {
        std::string words;
        for (const std::string_view word : f.words)
            words.append(words.empty() ? "" : ", ").append(word);
        return {std::string(f.key), "",
                std::string(f.words[static_cast<std::size_t>(model.*f.member)]), words,
                std::string(f.meaning)};
    }
    template <class Of> FieldFacts operator()(const OptionalPart<M, Of>& f) const {
        return {std::string(f.key), "", "none", std::string("an object: ").append(Card<Of>::name),
                std::string(f.meaning)};
    }
};

template <class M> void tell_fields(std::vector<FieldFacts>& told);

/// Those of a part stand among those of the whole.
template <class M, class Of> void tell_field(std::vector<FieldFacts>& told, const Inline<M, Of>&) {
    tell_fields<Of>(told);
}
template <class M, class Field> void tell_field(std::vector<FieldFacts>& told, const Field& field) {
    told.push_back(FieldTeller<M>{}(field));
}
template <class M> void tell_fields(std::vector<FieldFacts>& told) {
    for_each_field<M>([&](const auto& field) { tell_field<M>(told, field); });
}

} // namespace detail

template <HasCard M> [[nodiscard]] ModelFacts facts_of(std::string kind) {
    ModelFacts facts{
        std::move(kind), std::string(Card<M>::key), std::string(Card<M>::name), "", {}};
    if constexpr (requires { Card<M>::weight_unit; }) facts.weight_unit = Card<M>::weight_unit;
    detail::tell_fields<M>(facts.fields);
    return facts;
}

} // namespace spikewell
