#include "io/dataset_file.hpp"

#include "core/error.hpp"
#include "embedded/digits_csv.hpp"
#include "io/csv.hpp"

#include <fmt/format.h>

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
    const std::string& csv = config.data.csv;
    const std::string name = csv.empty() ? "built-in digits" : csv;
    const HeadedTable table =
        csv.empty() ? parse_headed_csv(embedded::digits_csv(), name) : read_headed_csv(csv);
    require_network_memory(table.values.cols, config);
    return experiments::make_dataset(table.values, config.data, name, table.header);
}

experiments::Dataset load_data(const experiments::Config& config,
                               const Model& model,
                               const std::string& where) {
    experiments::Dataset data = load_data(config);
    if (data.train.rows != model.coupling.rows) {
        throw NetworkError(where, fmt::format("the model has {} nodes, the images {} pixels",
                                              model.coupling.rows, data.train.rows));
    }
    return data;
}

experiments::Form form_of(const Model& model, const experiments::Config& config) {
    const auto backend = model.spiking ? experiments::Backend::spiking : experiments::Backend::rate;
    return experiments::make_form(backend, model.coupling, config, config.seed);
}

} // namespace spikewell::io
