#include "io/model_file.hpp"

#include "io/config_file.hpp"
#include "io/json_reader.hpp"
#include "io/made_by.hpp"
#include "io/model_hdf5.hpp"
#include "io/output.hpp"
#include "io/path_text.hpp"

#include <fmt/format.h>

#include <utility>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

constexpr double k_most_pixels = 1e9;

/// Throws unless the document is a model of a known version: what else is wrong is then no news.
/// Returns the version.
std::uint32_t require_format(ObjectReader& reader,
                             const std::string& source,
                             std::vector<Problem>& problems) {
    const nlohmann::json& format = reader.raw("format");
    const nlohmann::json& version = reader.raw("version");
    if (problems.empty() && format != k_model_format) {
        reader.problem("format", fmt::format("must be \"{}\", got {}; the file is no model",
                                             k_model_format, shown(format)));
    } else if (problems.empty() && version != 1 && version != k_model_version) {
        reader.problem("version", fmt::format("must be 1 or {}, got {}; another version of "
                                              "Spikewell wrote the file",
                                              k_model_version, shown(version)));
    }
    throw_if_any(source, problems);
    return version == 1 ? 1 : k_model_version;
}

void read_labels(ObjectReader& reader, std::vector<int>& labels) {
    const nlohmann::json& values = reader.raw("labels");
    if (!values.is_array()) {
        reader.problem("labels", "must be a list of whole numbers, got " + shown(values));
        return;
    }
    for (std::size_t k = 0; k < values.size(); ++k) {
        const bool whole =
            values[k].is_number_integer() && values[k].get<double>() == values[k].get<int>();
        if (!whole) reader.problem("labels", k, "must be a whole number, got " + shown(values[k]));
        labels.push_back(whole ? values[k].get<int>() : 0);
    }
}

std::optional<TrainingImages> read_images(ObjectReader& reader) {
    if (!reader.has("images")) return std::nullopt;
    TrainingImages images;
    reader.require({"image_width", "labels"});
    reader.integer("image_width", images.width, ObjectReader::between(1, k_most_pixels));
    read_labels(reader, images.labels);
    images.images = matrix_from(reader, "images");
    return images;
}

Model read_json_model(const fs::path& path) {
    const std::string source = path.string();
    const nlohmann::json document = parse_json(read_text(path), source);
    std::vector<Problem> problems;
    ObjectReader reader(document, "", problems);
    const std::uint32_t version = require_format(reader, source, problems);
    reader.require({"backend", "config", "coupling"});
    Model model;
    reader.choice("backend", model.spiking, {{"rate", false}, {"spiking", true}});
    if (reader.has("config")) {
        model.config = config_from(reader.raw("config"), reader.pointer("config"), problems);
    }
    const std::size_t before = problems.size();
    if (reader.has("coupling")) model.coupling = matrix_from(reader, "coupling");
    if (version > 1) {
        (void)reader.raw("made_by"); // for the reader's eye
        model.images = read_images(reader);
    }
    reader.reject_unknown_keys();
    if (reader.has("coupling") && problems.size() == before) add_problems(model, problems);
    throw_if_any(source, problems);
    if (version > 1) resolve_csv(model.config, path);
    return model;
}

} // namespace

void add_problems(const Model& model, std::vector<Problem>& problems) {
    const Matrix& coupling = model.coupling;
    if (coupling.rows != coupling.cols || coupling.rows == 0) {
        problems.push_back({"/coupling", fmt::format("must be square and not empty, got {} x {}",
                                                     coupling.rows, coupling.cols)});
        return;
    }
    for (std::size_t i = 0; i < coupling.rows; ++i) {
        if (coupling(i, i) != 0.0) {
            problems.push_back(
                {"/coupling",
                 fmt::format("self-coupling of node {} must be 0, got {}", i, coupling(i, i))});
        }
    }
    if (!model.images) return;
    const auto& [images, labels, width] = *model.images;
    if (images.rows != coupling.rows || images.cols == 0)
        problems.push_back(
            {"/images", fmt::format("must have a row for each of the {} nodes, and a "
                                    "column or more, got {} x {}",
                                    coupling.rows, images.rows, images.cols)});
    if (labels.size() != images.cols)
        problems.push_back({"/labels", fmt::format("must be one for each of the {} images, got {}",
                                                   images.cols, labels.size())});
    if (width == 0 || images.rows % width != 0)
        problems.push_back(
            {"/image_width", fmt::format("must divide the {} pixels, got {}", images.rows, width)});
}

void resolve_csv(experiments::Config& config, const fs::path& model) {
    for (const auto& [key, file] :
         {std::pair{"csv", &config.data.csv}, {"labels", &config.data.labels}}) {
        if (file->empty()) continue;
        const std::optional<fs::path> path = path_from_text(*file);
        if (!path)
            throw DescriptionError(
                model.string(),
                {{std::string("/config/data/") + key,
                  "must have two hexadecimal digits behind each %, got " + printable(*file)}});
        *file = fs::absolute(model.parent_path() / *path).lexically_normal().string();
    }
}

nlohmann::ordered_json config_beside(const experiments::Config& config, const fs::path& model) {
    nlohmann::ordered_json json = to_json(config);
    // What is there is taken as it is: a folder may be a link.
    std::error_code none; // of a path that is not there, as much as is
    const fs::path folder = fs::weakly_canonical(fs::absolute(model).parent_path(), none);
    for (const auto& [key, name] :
         {std::pair{"csv", config.data.csv}, {"labels", config.data.labels}}) {
        if (name.empty()) continue;
        const fs::path file = fs::weakly_canonical(fs::absolute(name), none);
        const fs::path relative = file.lexically_relative(folder);
        json["data"][key] = path_to_text(relative.empty() ? file : relative);
    }
    return json;
}

Model read_model(const fs::path& path) {
    return is_hdf5(path) ? read_hdf5_model(path) : read_json_model(path);
}

std::string model_content(const Model& model, const fs::path& path) {
    const bool hdf5 = path.extension() == ".h5" || path.extension() == ".hdf5";
    return hdf5 ? hdf5_content(model, path) : to_text(model, path);
}

std::string to_text(const Model& model, const fs::path& path) {
    nlohmann::ordered_json document;
    document["format"] = k_model_format;
    document["version"] = k_model_version;
    document["made_by"] = made_by();
    document["backend"] = model.spiking ? "spiking" : "rate";
    document["config"] = config_beside(model.config, path);
    if (model.images) {
        document["image_width"] = model.images->width;
        document["labels"] = model.images->labels;
        document["images"] = matrix_to_json(model.images->images);
    }
    document["coupling"] = matrix_to_json(model.coupling);
    std::string text;
    for (const auto& [key, value] : document.items()) // a line each: enough to read and to diff
        text += fmt::format("{}\"{}\": {}", text.empty() ? "{" : ",\n ", key, value.dump());
    return text + "}\n";
}

} // namespace spikewell::io
