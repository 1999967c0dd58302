#include "io/config_file.hpp"

#include "io/json_reader.hpp"
#include "io/output.hpp"
#include "io/path_text.hpp"

#include <fmt/format.h>

#include <numbers>

namespace spikewell::io {

namespace {

using experiments::Config;
using experiments::Order;
using experiments::Preprocess;
using Range = ObjectReader::Range;

constexpr std::size_t k_most_pixels = 4096; // a side; a network of fewer nodes fits no memory

constexpr double k_max_count =
    1e9; // more presentations, trials or rows than any machine gets through

Range count() {
    return ObjectReader::between(1, k_max_count);
}
Range index_range() {
    return ObjectReader::between(0, k_max_count);
}

void read_test_rows(ObjectReader& reader, std::optional<std::vector<std::size_t>>& rows) {
    const std::string key = "test_rows";
    const nlohmann::json& value = reader.raw(key);
    if (!reader.has(key)) {
        return;
    }
    if (value.is_array()) {
        rows.emplace();
        reader.distinct(key, *rows, index_range());
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
    reader.integer("label_column", column, index_range());
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
        return n >= 1 && n <= k_most_pixels ? std::optional(n) : std::nullopt;
    };
    if (size(0) && size(1)) {
        data.resize = {*size(0), *size(1)};
    } else {
        reader.problem("resize",
                       fmt::format("must be null or [height, width] of 1 .. {} pixels, got {}",
                                   k_most_pixels, value.is_array() ? value.dump() : shown(value)));
    }
}

void read_data(ObjectReader reader, experiments::DataConfig& data) {
    read_images_path(reader, data);
    read_label_column(reader, data);
    reader.integer("first", data.first, count());
    reader.integer("per_class", data.per_class, count());
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
    reader.distinct("train_rows", data.train_rows, index_range());
    if (data.train_rows.empty() && reader.problem_count() == before) {
        reader.problem("train_rows", "must not be empty, allowed one row or more");
    }
    read_test_rows(reader, data.test_rows);
    reader.choice("preprocess", data.preprocess,
                  {{"square-zscore", Preprocess::square_zscore},
                   {"zscore", Preprocess::zscore},
                   {"none", Preprocess::none}});
    reader.reject_unknown_keys();
}

void read_training(ObjectReader reader, experiments::TrainingConfig& training) {
    reader.number("evidence", training.evidence, ObjectReader::between(0, 1e4));
    reader.number("inverse_temperature", training.inverse_temperature,
                  ObjectReader::between(1e-6, 1e3));
    reader.number("learning_rate", training.learning_rate, ObjectReader::between(0, 1));
    reader.integer("presentations", training.presentations, count());
    reader.integer("steps_per_presentation", training.steps_per_presentation, count());
    reader.choice("order", training.order,
                  {{"random", Order::random}, {"sequential", Order::sequential}});
    reader.boolean("reset_state", training.reset_state);
    reader.reject_unknown_keys();
}

void read_spiking(ObjectReader reader, experiments::SpikingConfig& spiking) {
    const std::size_t before = reader.problem_count();
    reader.integer("neurons_per_node", spiking.neurons_per_node, ObjectReader::between(1, 20));
    reader.number("tau_ref_ms", spiking.tau_ref_ms, ObjectReader::between(1e-3, 1e6));
    reader.number("tau_m_ms", spiking.tau_m_ms, ObjectReader::between(0, 1e6));
    reader.number("delay_ms", spiking.delay_ms, ObjectReader::between(1e-3, 1e6));
    reader.choice("prediction", spiking.prediction,
                  {{"spiking", Prediction::spiking}, {"expected", Prediction::expected}});
    const double lag_ms = spiking.tau_ref_ms * std::numbers::ln2;
    const bool sound = reader.problem_count() == before; // else the times may not be the user's
    if (sound && !spiking.delay_ms && spiking.tau_m_ms > lag_ms) {
        reader.problem("tau_m_ms",
                       fmt::format("must be <= tau_ref_ms ln 2 = {:.6g} while delay_ms is null, "
                                   "got {}; shorten it or give delay_ms",
                                   lag_ms, spiking.tau_m_ms));
    }
    reader.reject_unknown_keys();
}

void read_evaluation(ObjectReader reader, experiments::EvaluationConfig& evaluation) {
    reader.integer("trials", evaluation.trials, count());
    reader.integer("steps", evaluation.steps, count());
    reader.number("signal_strength", evaluation.signal_strength, ObjectReader::between(1e-6, 1e4));
    reader.number("snr", evaluation.snr, ObjectReader::between(1e-6, 1e6));
    reader.number("inverse_temperature", evaluation.inverse_temperature,
                  ObjectReader::between(1e-6, 1e3));
    reader.reject_unknown_keys();
}

const char* name_of(Preprocess preprocess) {
    switch (preprocess) {
    case Preprocess::square_zscore:
        return "square-zscore";
    case Preprocess::zscore:
        return "zscore";
    case Preprocess::none:
        break;
    }
    return "none";
}

template <class T> nlohmann::ordered_json or_null(const std::optional<T>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
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
    json["preprocess"] = name_of(data.preprocess);
    return json;
}

} // namespace

Config config_from(const nlohmann::json& value,
                   const std::string& pointer,
                   std::vector<Problem>& problems) {
    Config config;
    ObjectReader reader(value, pointer, problems);
    read_data(reader.child("data"), config.data);
    read_training(reader.child("training"), config.training);
    read_spiking(reader.child("spiking"), config.spiking);
    read_evaluation(reader.child("evaluation"), config.evaluation);
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
    const auto& [data, training, spiking, evaluation, seed] = config;
    return {{"data", data_to_json(data)},
            {"training",
             {{"evidence", training.evidence},
              {"inverse_temperature", training.inverse_temperature},
              {"learning_rate", or_null(training.learning_rate)},
              {"presentations", training.presentations},
              {"steps_per_presentation", training.steps_per_presentation},
              {"order", training.order == Order::random ? "random" : "sequential"},
              {"reset_state", training.reset_state}}},
            {"spiking",
             {{"neurons_per_node", spiking.neurons_per_node},
              {"tau_ref_ms", spiking.tau_ref_ms},
              {"tau_m_ms", spiking.tau_m_ms},
              {"delay_ms", or_null(spiking.delay_ms)},
              {"prediction", spiking.prediction == Prediction::spiking ? "spiking" : "expected"}}},
            {"evaluation",
             {{"trials", evaluation.trials},
              {"steps", evaluation.steps},
              {"signal_strength", evaluation.signal_strength},
              {"snr", evaluation.snr},
              {"inverse_temperature", evaluation.inverse_temperature}}},
            {"seed", seed}};
}

} // namespace spikewell::io
