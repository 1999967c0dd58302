#include "io/image_files.hpp"

#include "core/error.hpp"
#include "core/temporary_file.hpp"
#include "io/csv.hpp"
#include "io/gzip.hpp"
#include "io/idx.hpp"
#include "io/npy.hpp"
#include "io/output.hpp"
#include "io/png_image.hpp"
#include "network/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;
using experiments::ImageTable;

std::string content_of(const fs::path& path) {
    std::string bytes = read_text(path);
    return is_gzip(bytes) ? decompressed(bytes, path.string()) : bytes;
}

ImageTable table_of(SampleArray array) {
    ImageTable table;
    table.of_lines = false;
    table.width = array.shape.size() == 3 ? array.shape[2] : 0;
    table.values = std::move(array.values);
    return table;
}

/// The file of labels beside one of images: MNIST's names, compressed or not.
std::optional<fs::path> labels_beside(const fs::path& images) {
    std::string name = images.filename().string();
    for (const auto& [of_images, of_labels] :
         {std::pair{"images-idx3", "labels-idx1"}, {"images.idx3", "labels.idx1"}}) {
        const std::size_t at = name.find(of_images);
        if (at == std::string::npos) continue;
        name.replace(at, std::string_view(of_images).size(), of_labels);
        const std::string other =
            name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name + ".gz";
        for (const std::string& candidate : {name, other}) {
            std::error_code none;
            if (fs::exists(images.parent_path() / candidate, none))
                return images.parent_path() / candidate;
        }
    }
    return std::nullopt;
}

std::vector<int> labels_of(const fs::path& path, std::size_t n_images) {
    const SampleArray array = parse_idx(content_of(path), path.string());
    if (array.shape.size() != 1 || array.shape[0] != n_images)
        throw IoError(path.string(),
                      fmt::format("must hold one label for each of the {} images, got {} "
                                  "dimension{}, the first {}",
                                  n_images, array.shape.size(), array.shape.size() == 1 ? "" : "s",
                                  array.shape[0]));
    std::vector<int> labels;
    for (const double label : array.values.values) {
        if (std::floor(label) != label || std::abs(label) > std::numeric_limits<int>::max())
            throw IoError(path.string(),
                          fmt::format("label {} must be a whole number of 32 bits, got {}",
                                      labels.size(), label));
        labels.push_back(static_cast<int>(label));
    }
    return labels;
}

ImageTable idx_images(std::string_view bytes, const fs::path& path, const fs::path& labels) {
    SampleArray array = parse_idx(bytes, path.string());
    if (array.shape.size() == 1)
        throw IoError(path.string(),
                      "has one dimension, as labels have; allowed images of two or more");
    ImageTable table = table_of(std::move(array));
    const std::optional<fs::path> file = labels.empty() ? labels_beside(path) : labels;
    if (file) table.labels = labels_of(*file, table.values.rows);
    return table;
}

bool is_png_name(const fs::path& path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension == ".png";
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
    std::vector<fs::path> entries;
    for (const fs::directory_entry& entry : entries_of(folder)) {
        if (!entry.path().filename().string().starts_with('.')) entries.push_back(entry.path());
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

std::vector<fs::path> pngs_in(const fs::path& folder) {
    std::vector<fs::path> files = sorted_entries(folder);
    std::erase_if(
        files, [](const fs::path& path) { return !is_png_name(path) || fs::is_directory(path); });
    return files;
}

struct PngFiles {
    std::vector<fs::path> files;
    std::vector<int> labels; ///< [files]; empty: none
};

std::optional<int> whole_number(const std::string& name) {
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return number;
}

PngFiles png_files(const fs::path& folder) {
    PngFiles found{pngs_in(folder), {}};
    std::vector<std::pair<std::string, std::vector<fs::path>>> classes;
    for (const fs::path& entry : sorted_entries(folder)) {
        if (!fs::is_directory(entry)) continue;
        std::vector<fs::path> files = pngs_in(entry);
        if (!files.empty()) classes.emplace_back(entry.filename().string(), std::move(files));
    }
    if (!found.files.empty() && !classes.empty())
        throw IoError(folder.string(),
                      fmt::format("holds PNG files and folders of them ({}), allowed one or "
                                  "the other",
                                  classes.front().first));
    const bool numbers = std::all_of(classes.begin(), classes.end(), [](const auto& one) {
        return whole_number(one.first).has_value();
    });
    for (std::size_t c = 0; c < classes.size(); ++c) {
        const int label = numbers ? *whole_number(classes[c].first) : static_cast<int>(c);
        found.files.insert(found.files.end(), classes[c].second.begin(), classes[c].second.end());
        found.labels.resize(found.files.size(), label);
    }
    if (found.files.empty())
        throw IoError(folder.string(),
                      "is a folder without PNG files, allowed CSV, NPY and IDX files and "
                      "folders of PNG files");
    return found;
}

ImageTable folder_images(const fs::path& folder, std::size_t most) {
    PngFiles found = png_files(folder);
    const std::size_t n = std::min(most, found.files.size());
    ImageTable table;
    table.of_lines = false;
    found.labels.resize(found.labels.empty() ? 0 : n);
    table.labels = std::move(found.labels);
    std::size_t height = 0;
    for (std::size_t k = 0; k < n; ++k) {
        const Matrix image = read_png(found.files[k]);
        if (k == 0) {
            height = image.rows;
            table.width = image.cols;
            require_memory(static_cast<double>(n * image.values.size()) * sizeof(double),
                           fmt::format("{}: {} images", folder.string(), n));
            table.values = Matrix(n, height * table.width);
        }
        if (image.rows != height || image.cols != table.width)
            throw IoError(found.files[k].string(),
                          fmt::format("must be of the size of {}, {} x {} pixels, got {} x {}",
                                      found.files[0].filename().string(), table.width, height,
                                      image.cols, image.rows));
        for (std::size_t row = 0; row < height; ++row) {
            for (std::size_t column = 0; column < table.width; ++column)
                table.values(k, row * table.width + column) = image(row, column);
        }
        table.names.push_back(found.files[k].lexically_relative(folder).string());
    }
    return table;
}

} // namespace

ImageTable read_images(const fs::path& path, const fs::path& labels, std::size_t most) {
    std::error_code none;
    const bool folder = fs::is_directory(path, none);
    const std::string bytes = folder ? std::string() : content_of(path);
    const bool idx = !folder && is_idx(bytes);
    if (!labels.empty() && !idx)
        throw IoError(labels.string(),
                      fmt::format("a file of labels belongs to IDX images, and {} is no IDX "
                                  "file",
                                  path.string()));
    if (folder) return folder_images(path, most);
    if (idx) return idx_images(bytes, path, labels);
    if (is_npy(bytes)) return table_of(parse_npy(bytes, path.string()));
    if (is_png(bytes))
        throw IoError(path.string(), "is a single PNG file; name the folder of the images");
    if (bytes.find('\0') != std::string::npos)
        throw IoError(path.string(),
                      "is none of CSV, NPY and IDX, nor a folder of PNG files: it holds bytes "
                      "that no text has and does not begin as NPY (\\x93NUMPY) or IDX (0 0 "
                      "TYPE N) do");
    HeadedTable table = parse_headed_csv(bytes, path.string());
    ImageTable images;
    images.header = std::move(table.header);
    images.values = std::move(table.values);
    return images;
}

} // namespace spikewell::io
