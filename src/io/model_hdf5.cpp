#include "io/model_hdf5.hpp"

#include "io/config_file.hpp"
#include "io/hdf5.hpp"
#include "io/hdf5_matrix.hpp"
#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iterator>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

void require_finite(const std::vector<double>& values, const char* what) {
    const auto odd = std::find_if_not(values.begin(), values.end(),
                                      [](double value) { return std::isfinite(value); });
    if (odd != values.end()) throw ParameterError("model", what, *odd, "finite");
}

/// A folder of this process alone that goes with this object.
class TemporaryFolder {
  public:
    TemporaryFolder() : path_(fs::temp_directory_path() / "spikewell-XXXXXX") {
        std::string name = path_.string();
        if (::mkdtemp(name.data()) == nullptr)
            throw IoError(name, fmt::format("folder cannot be made: {}", std::strerror(errno)));
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored; // nothing more can be done about a failure here
        fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

void write(const Model& model, const fs::path& file, const fs::path& path) {
    hdf5::File out = hdf5::File::create(file);
    {
        const hdf5::Group root = out.root();
        root.set_attribute("format", k_model_format);
        root.set_attribute("version", k_model_version);
        root.set_attribute("backend", model.spiking ? "spiking" : "rate");
        const std::string config = config_beside(model.config, path).dump();
        root.write<std::string>("config", std::span(&config, 1), {});
        if (model.images) {
            const auto& [images, labels, width] = *model.images;
            root.set_attribute("image_width", static_cast<std::uint32_t>(width));
            const std::vector<std::int64_t> numbers(labels.begin(), labels.end());
            root.write<std::int64_t>("labels", numbers);
            root.write<double>("images", images.values, {images.cols, images.rows});
        }
        const Matrix& coupling = model.coupling;
        root.write<double>("coupling", hdf5::transposed(coupling).values,
                           {coupling.rows, coupling.cols});
    }
    out.close();
}

void require_format(const hdf5::Group& root) {
    if (!root.has_attribute("format") || root.text_attribute("format") != k_model_format)
        throw IoError(root.file(), fmt::format("is HDF5, but no model: the attribute format is not "
                                               "\"{}\"",
                                               k_model_format));
    const std::vector<std::uint32_t> version = root.has_attribute("version")
                                                   ? root.uint32_attribute("version")
                                                   : std::vector<std::uint32_t>{};
    if (version != std::vector{k_model_version})
        throw IoError(root.file(),
                      fmt::format("version must be {}, got {}; another version of Spikewell wrote "
                                  "the file",
                                  k_model_version,
                                  version.empty() ? "none" : std::to_string(version[0])));
}

bool read_backend(const hdf5::Group& root) {
    const std::string backend = root.has_attribute("backend") ? root.text_attribute("backend") : "";
    if (backend != "rate" && backend != "spiking")
        throw IoError(root.file(), "attribute backend must be \"rate\" or \"spiking\"");
    return backend == "spiking";
}

experiments::Config read_config_of(const hdf5::Group& root) {
    const std::vector<std::string> text = root.dataset("config").read<std::string>();
    if (text.size() != 1) throw IoError(root.file(), "/config: must be one text");
    return parse_config(text[0], root.file() + ": /config");
}

std::optional<TrainingImages> read_images(const hdf5::Group& root) {
    if (!root.has("images")) return std::nullopt;
    TrainingImages images;
    images.images = hdf5::read_columns(root, "images");
    const std::vector<std::uint32_t> width = root.has_attribute("image_width")
                                                 ? root.uint32_attribute("image_width")
                                                 : std::vector<std::uint32_t>{};
    images.width = width.size() == 1 ? width[0] : 0;
    for (const std::int64_t label : root.dataset("labels").read<std::int64_t>()) {
        if (label != static_cast<int>(label))
            throw IoError(root.file(), fmt::format("/labels: {} is beyond 32 bits", label));
        images.labels.push_back(static_cast<int>(label));
    }
    return images;
}

} // namespace

std::string hdf5_content(const Model& model, const fs::path& path) {
    require_finite(model.coupling.values, "coupling");
    if (model.images) require_finite(model.images->images.values, "images");
    const TemporaryFolder folder;
    write(model, folder.path() / "model.h5", path);
    return read_text(folder.path() / "model.h5");
}

Model read_hdf5_model(const fs::path& path) {
    const hdf5::File file = hdf5::File::open(path);
    const hdf5::Group root = file.root();
    require_format(root);
    Model model;
    model.spiking = read_backend(root);
    model.config = read_config_of(root);
    model.coupling = hdf5::read_coupling(root);
    model.images = read_images(root);
    std::vector<Problem> problems;
    add_problems(model, problems);
    throw_if_any(path.string(), problems);
    resolve_csv(model.config, path);
    return model;
}

} // namespace spikewell::io
