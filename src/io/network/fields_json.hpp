#pragma once

#include "io/json_reader.hpp"
#include "neuron_models/fields.hpp"

#include <fmt/format.h>

#include <string_view>

/// Models as JSON objects, by their cards (neuron_models/fields.hpp).
namespace spikewell::io::network_file {

/// Reads each field of a card; `weight_unit` is that of the weights the model is used with. A reader of
/// models with fields of their own (`Own`, `Inline`) adds overloads for these.
struct FieldReader {
    ObjectReader& reader;
    std::string_view weight_unit;

    void number(std::string_view key,
                double& value,
                const Interval& allowed,
                bool or_zero,
                bool required) const;
    void optional_number(std::string_view key,
                         std::optional<double>& value,
                         const Interval& allowed) const;
    void whole(std::string_view key,
               std::size_t& value,
               const Interval& allowed,
               bool required) const;
    void whole(std::string_view key, int& value, const Interval& allowed, bool required) const;
    void whole(std::string_view key,
               std::uint32_t& value,
               const Interval& allowed,
               bool required) const;
    void optional_whole(std::string_view key,
                        std::optional<std::uint32_t>& value,
                        const Interval& allowed) const;
    void optional_whole(std::string_view key,
                        std::optional<std::size_t>& value,
                        const Interval& allowed) const;
    void flag(std::string_view key, bool& value) const;
    /// The word's index among `words`; `before` when absent or wrong.
    [[nodiscard]] std::size_t choice(std::string_view key,
                                     std::span<const std::string_view> words,
                                     std::size_t before) const;

    template <class M> void operator()(M& model, const Number<M>& field) const {
        number(field.key, model.*field.member, field.allowed, field.or_zero, field.required);
    }
    template <class M> void operator()(M& model, const OptionalNumber<M>& field) const {
        optional_number(field.key, model.*field.member, field.allowed);
    }
    template <class M, class Integer>
    void operator()(M& model, const Whole<M, Integer>& field) const {
        whole(field.key, model.*field.member, field.allowed, field.required);
    }
    template <class M, class Integer>
    void operator()(M& model, const OptionalWhole<M, Integer>& field) const {
        optional_whole(field.key, model.*field.member, field.allowed);
    }
    template <class M> void operator()(M& model, const Flag<M>& field) const {
        flag(field.key, model.*field.member);
    }
    template <class M, class Enum, std::size_t n>
    void operator()(M& model, const Choice<M, Enum, n>& field) const {
        model.*field.member = static_cast<Enum>(
            choice(field.key, field.words, static_cast<std::size_t>(model.*field.member)));
    }
    template <class M, class Of> void operator()(M& model, const OptionalPart<M, Of>& field) const;
};

/// Whether `key` holds an object to be read: absent or null means none, anything else is a problem.
[[nodiscard]] bool given(ObjectReader& reader, const std::string& key);

/// Complains of what does not fit together; whether all does.
template <HasCard M>
bool check_misfits(ObjectReader& reader, const M& model, std::string_view weight_unit) {
    const std::vector<Misfit> misfits = misfits_of(model);
    for (const Misfit& misfit : misfits) {
        reader.problem(with_unit(misfit.key, weight_unit),
                       fmt::format("must be {}, got {}", with_unit(misfit.allowed, weight_unit),
                                   misfit.value));
    }
    return misfits.empty();
}

/// Reads the model's fields, then complains of what does not fit together. Unknown keys are left to the
/// caller. Returns whether all is well.
template <class Read, HasCard M> bool read_fields_by(Read& read, M& model) {
    const std::size_t before = read.reader.problem_count();
    for_each_field<M>([&](const auto& field) { read(model, field); });
    return read.reader.problem_count() == before &&
           check_misfits(read.reader, model, read.weight_unit);
}
template <HasCard M>
bool read_fields(ObjectReader& reader, M& model, std::string_view weight_unit = "mV") {
    const FieldReader read{reader, weight_unit};
    return read_fields_by(read, model);
}

template <class M, class Of>
void FieldReader::operator()(M& model, const OptionalPart<M, Of>& field) const {
    const std::string key(field.key);
    if (!given(reader, key)) return;
    ObjectReader part = reader.child(key);
    read_fields(part, (model.*field.member).emplace(), weight_unit);
    part.reject_unknown_keys();
}

/// Writes each field of a card; overloads as for a reader.
struct FieldWriter {
    nlohmann::json& json;
    std::string_view weight_unit;

    template <class M, class Field> void operator()(const M& model, const Field& field) const {
        json[with_unit(field.key, weight_unit)] = model.*field.member;
    }
    template <class M> void operator()(const M& model, const OptionalNumber<M>& field) const {
        const std::optional<double>& value = model.*field.member;
        json[with_unit(field.key, weight_unit)] = value ? nlohmann::json(*value) : nlohmann::json();
    }
    template <class M, class Integer>
    void operator()(const M& model, const OptionalWhole<M, Integer>& field) const {
        if (model.*field.member) json[std::string(field.key)] = *(model.*field.member);
    }
    template <class M, class Enum, std::size_t n>
    void operator()(const M& model, const Choice<M, Enum, n>& field) const {
        json[std::string(field.key)] = field.words[static_cast<std::size_t>(model.*field.member)];
    }
    template <class M, class Of>
    void operator()(const M& model, const OptionalPart<M, Of>& field) const;
};

template <class Write, HasCard M> void write_fields_by(const Write& write, const M& model) {
    for_each_field<M>([&](const auto& field) { write(model, field); });
}
template <HasCard M>
void write_fields(nlohmann::json& json, const M& model, std::string_view weight_unit = "mV") {
    write_fields_by(FieldWriter{json, weight_unit}, model);
}

template <class M, class Of>
void FieldWriter::operator()(const M& model, const OptionalPart<M, Of>& field) const {
    if (model.*field.member)
        write_fields(json[std::string(field.key)], *(model.*field.member), weight_unit);
}

} // namespace spikewell::io::network_file
