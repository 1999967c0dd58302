#include "io/dataset_file.hpp"

#include "core/error.hpp"
#include "embedded/digits_csv.hpp"
#include "io/csv.hpp"
#include "io/image_files.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace spikewell::io {

namespace {

void require_network_memory(std::size_t n_nodes, const experiments::Config& config) {
    const auto n = static_cast<double>(n_nodes);
    require_memory(attractor_network_bytes(n, config.spiking.neurons_per_node),
                   fmt::format("network of {} nodes", n_nodes));
    require_memory(n * static_cast<double>(config.evaluation.steps) * sizeof(double),
                   fmt::format("/evaluation/steps: a trial of {} steps", config.evaluation.steps));
}

} // namespace

experiments::Dataset load_data(const experiments::Config& config) {
    const experiments::DataConfig& data = config.data;
    const std::string name = data.csv.empty() ? "built-in digits" : data.csv;
    experiments::ImageTable table;
    if (data.csv.empty()) {
        table.values = parse_headed_csv(embedded::digits_csv(), name).values;
    } else {
        table = read_images(data.csv, data.labels);
    }
    const std::size_t n_pixels =
        data.resize ? (*data.resize)[0] * (*data.resize)[1] : table.values.cols;
    require_network_memory(n_pixels, config);
    return experiments::make_dataset(table, data, name);
}

experiments::Dataset load_first_images(const std::string& path,
                                       std::size_t n_images,
                                       std::optional<std::array<std::size_t, 2>> resize) {
    const experiments::ImageTable table = read_images(path, {}, n_images);
    if (table.values.rows < n_images)
        throw ParameterError(path, "number of images", static_cast<double>(n_images),
                             fmt::format("1 .. {}", table.values.rows));
    experiments::Config config;
    experiments::DataConfig& data = config.data;
    data.label_column = experiments::NoLabel{};
    if (experiments::names_labels(table)) data.label_column = experiments::LabelByName{};
    data.first = n_images;
    data.test_rows.emplace();
    data.resize = resize;
    data.preprocess = experiments::Preprocess::zscore;
    require_network_memory(resize ? (*resize)[0] * (*resize)[1] : table.values.cols, config);
    return experiments::make_dataset(table, data, path);
}

namespace {

experiments::Dataset from_file(const experiments::Config& config,
                               const Model& model,
                               const std::string& where) {
    experiments::Dataset data = load_data(config);
    if (data.train.rows != model.coupling.rows) {
        throw NetworkError(where, fmt::format("the model has {} nodes, the images {} pixels",
                                              model.coupling.rows, data.train.rows));
    }
    return data;
}

bool carries(const Model& model, const experiments::Config& config) {
    return model.images && model.config.data == config.data;
}

experiments::Dataset carried(const experiments::Config& config, const Model& model) {
    require_network_memory(model.coupling.rows, config);
    const auto& [images, labels, width] = *model.images;
    experiments::Dataset data;
    data.train = images;
    data.test = Matrix(images.rows, 0);
    data.train_labels = labels;
    data.image_width = width;
    return data;
}

} // namespace

experiments::Dataset load_training_data(const experiments::Config& config,
                                        const Model& model,
                                        const std::string& where) {
    return carries(model, config) ? carried(config, model) : from_file(config, model, where);
}

experiments::Dataset load_data(const experiments::Config& config,
                               const Model& model,
                               const std::string& where) {
    if (!carries(model, config)) return from_file(config, model, where);
    experiments::Dataset data = carried(config, model);
    if (config.data.test_rows && config.data.test_rows->empty()) return data;
    std::optional<experiments::Dataset> whole;
    try {
        whole = load_data(config);
    } catch (const IoError& error) {
        throw IoError(where, fmt::format("test images are missing: {}; the model carries its "
                                         "training images only, put that file there or name it in "
                                         "another configuration",
                                         error.what()));
    }
    if (whole->train != data.train || whole->train_labels != data.train_labels)
        throw IoError(where,
                      fmt::format("test images are missing: {} holds other training images "
                                  "than the model's, hence is another file",
                                  config.data.csv.empty() ? "the built-in data" : config.data.csv));
    data.test = std::move(whole->test);
    data.test_labels = std::move(whole->test_labels);
    return data;
}

TrainingImages training_images(const experiments::Dataset& data) {
    return {data.train, data.train_labels, data.image_width};
}

experiments::Form form_of(const Model& model, const experiments::Config& config) {
    const auto backend = model.spiking ? experiments::Backend::spiking : experiments::Backend::rate;
    return experiments::make_form(backend, model.coupling, config, config.seed);
}

} // namespace spikewell::io
