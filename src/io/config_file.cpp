#include "io/config_file.hpp"

#include "experiments/config_cards.hpp"
#include "io/json_reader.hpp"
#include "io/network/fields_json.hpp"
#include "io/network/network_file_parts.hpp"
#include "io/output.hpp"
#include "io/path_text.hpp"

#include <fmt/format.h>

#include <numbers>

namespace spikewell::io {

namespace {

using experiments::Config;
using experiments::Preprocess;

using network_file::range_of;

void read_test_rows(ObjectReader& reader, std::optional<std::vector<std::size_t>>& rows) {
    const std::string key = "test_rows";
    const nlohmann::json& value = reader.raw(key);
    if (!reader.has(key)) {
        return;
    }
    if (value.is_array()) {
        rows.emplace();
        reader.distinct(key, *rows, range_of(experiments::k_rows));
    } else if (value == "rest") {
        rows.reset();
    } else {
        reader.problem(key,
                       fmt::format("must be \"rest\" or a list of rows, got {}", shown(value)));
    }
}

void read_label_column(ObjectReader& reader, experiments::DataConfig& data) {
    std::optional<std::size_t> column;
    const std::size_t before = reader.problem_count();
    reader.integer("label_column", column, range_of(experiments::k_rows));
    if (reader.problem_count() > before) {
        return;
    }
    if (column) {
        data.label_column = *column;
    } else if (reader.has("label_column")) {
        data.label_column = experiments::NoLabel{};
    } else if (!data.csv.empty()) {
        data.label_column = experiments::LabelByName{};
    }
}

/// The file of images, by either name.
void read_images_path(ObjectReader& reader, experiments::DataConfig& data) {
    const bool csv = !reader.raw("csv").is_null();
    const bool images = !reader.raw("images").is_null();
    if (csv && images) {
        reader.problem("images", "must not be given beside csv: both name the images");
    } else if (csv || images) {
        reader.text(csv ? "csv" : "images", data.csv);
    }
    if (!reader.raw("labels").is_null()) {
        reader.text("labels", data.labels);
    }
}

void read_resize(ObjectReader& reader, experiments::DataConfig& data) {
    const nlohmann::json& value = reader.raw("resize");
    if (value.is_null()) {
        return;
    }
    const auto size = [&](std::size_t i) -> std::optional<std::size_t> {
        if (!value.is_array() || value.size() != 2 || !value[i].is_number_unsigned()) {
            return std::nullopt;
        }
        const auto n = value[i].get<std::size_t>();
        return experiments::k_sides.contains(static_cast<double>(n)) ? std::optional(n)
                                                                     : std::nullopt;
    };
    if (size(0) && size(1)) {
        data.resize = {*size(0), *size(1)};
    } else {
        reader.problem("resize", fmt::format("must be null or [height, width] of {} pixels, got {}",
                                             range_of(experiments::k_sides).text,
                                             value.is_array() ? value.dump() : shown(value)));
    }
}

void read_data(ObjectReader reader, experiments::DataConfig& data) {
    read_images_path(reader, data);
    read_label_column(reader, data);
    const network_file::FieldReader read{reader, {}};
    for_each_field<experiments::DataConfig>([&]<class Field>(const Field& field) {
        if constexpr (requires { read(data, field); }) read(data, field); // others are read here
    });
    const char* other = data.first ? "first" : "per_class";
    if (data.first && data.per_class) {
        reader.problem("per_class",
                       "must not be given beside first: both choose the training rows");
    } else if ((data.first || data.per_class) && reader.has("train_rows")) {
        reader.problem("train_rows",
                       fmt::format("must not be given beside {}: both choose them", other));
    }
    read_resize(reader, data);
    const std::size_t before = reader.problem_count();
    reader.distinct("train_rows", data.train_rows, range_of(experiments::k_rows));
    if (data.train_rows.empty() && reader.problem_count() == before) {
        reader.problem("train_rows", "must not be empty, allowed one row or more");
    }
    read_test_rows(reader, data.test_rows);
    reader.reject_unknown_keys();
}

void read_spiking(ObjectReader reader, experiments::SpikingConfig& spiking) {
    const bool sound =
        network_file::read_fields(reader, spiking); // else the times may not be the user's
    const double lag_ms = spiking.tau_ref_ms * std::numbers::ln2;
    if (sound && !spiking.delay_ms && spiking.tau_m_ms > lag_ms) {
        reader.problem("tau_m_ms",
                       fmt::format("must be <= tau_ref_ms ln 2 = {:.6g} while delay_ms is null, "
                                   "got {}; shorten it or give delay_ms",
                                   lag_ms, spiking.tau_m_ms));
    }
    reader.reject_unknown_keys();
}

template <HasCard Section> void read_section(ObjectReader reader, Section& section) {
    network_file::read_fields(reader, section);
    reader.reject_unknown_keys();
}

template <class T> nlohmann::ordered_json or_null(const std::optional<T>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

template <class M, class Field>
nlohmann::ordered_json value_of(const M& model, const Field& field) {
    return model.*field.member;
}
template <class M> nlohmann::ordered_json value_of(const M& model, const OptionalNumber<M>& field) {
    return or_null(model.*field.member);
}
template <class M, class Enum, std::size_t n>
nlohmann::ordered_json value_of(const M& model, const Choice<M, Enum, n>& field) {
    return field.words[static_cast<std::size_t>(model.*field.member)];
}

template <HasCard Section> nlohmann::ordered_json section_to_json(const Section& section) {
    nlohmann::ordered_json json;
    for_each_field<Section>(
        [&](const auto& field) { json[std::string(field.key)] = value_of(section, field); });
    return json;
}

nlohmann::ordered_json data_to_json(const experiments::DataConfig& data) {
    nlohmann::ordered_json test_rows = "rest";
    if (data.test_rows) {
        test_rows = *data.test_rows;
    }
    nlohmann::ordered_json json;
    json["csv"] =
        data.csv.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(utf8(data.csv));
    if (const auto* column = std::get_if<std::size_t>(&data.label_column)) {
        json["label_column"] = *column;
    } else if (std::holds_alternative<experiments::NoLabel>(data.label_column)) {
        json["label_column"] = nullptr;
    }
    json["labels"] =
        data.labels.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(utf8(data.labels));
    if (!data.first && !data.per_class) json["train_rows"] = data.train_rows;
    json["first"] = or_null(data.first);
    json["per_class"] = or_null(data.per_class);
    json["test_rows"] = test_rows;
    json["resize"] = or_null(data.resize);
    json["preprocess"] = value_of(data, std::get<Choice<experiments::DataConfig, Preprocess, 3>>(
                                            Card<experiments::DataConfig>::fields));
    return json;
}

} // namespace

Config config_from(const nlohmann::json& value,
                   const std::string& pointer,
                   std::vector<Problem>& problems) {
    Config config;
    ObjectReader reader(value, pointer, problems);
    read_data(reader.child("data"), config.data);
    read_section(reader.child("training"), config.training);
    read_spiking(reader.child("spiking"), config.spiking);
    read_section(reader.child("evaluation"), config.evaluation);
    reader.seed("seed", config.seed);
    reader.reject_unknown_keys();
    return config;
}

Config parse_config(std::string_view text, const std::string& source) {
    std::vector<Problem> problems;
    Config config = config_from(parse_json(text, source), "", problems);
    throw_if_any(source, problems);
    return config;
}

Config read_config(const std::filesystem::path& path) {
    Config config = parse_config(read_text(path), path.string());
    for (std::string* file : {&config.data.csv, &config.data.labels}) {
        if (file->empty()) continue; // absolute, so that a model remembers it wherever it is read
        *file = std::filesystem::absolute(path.parent_path() / *file).lexically_normal().string();
    }
    return config;
}

nlohmann::ordered_json to_json(const Config& config) {
    return {{"data", data_to_json(config.data)},
            {"training", section_to_json(config.training)},
            {"spiking", section_to_json(config.spiking)},
            {"evaluation", section_to_json(config.evaluation)},
            {"seed", config.seed}};
}

} // namespace spikewell::io
