#include "experiments/dataset.hpp"

#include "core/error.hpp"
#include "core/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace spikewell::experiments {

namespace {

using Rows = std::vector<std::size_t>;

void require_rows(const Rows& rows,
                  const std::string& pointer,
                  std::size_t n_rows,
                  std::vector<Problem>& problems) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i] >= n_rows) {
            problems.push_back({fmt::format("{}/{}", pointer, i),
                                fmt::format("must be a row of the data, got {}, allowed 0 .. {}",
                                            rows[i], n_rows - 1)});
        }
    }
}

void require_disjoint(const Rows& test,
                      const std::set<std::size_t>& train,
                      std::vector<Problem>& problems) {
    for (std::size_t i = 0; i < test.size(); ++i) {
        if (train.contains(test[i])) {
            problems.push_back({fmt::format("/data/test_rows/{}", i),
                                fmt::format("must not be a training row, got {}", test[i])});
        }
    }
}

bool names_a_label(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name == "label" || name == "class" || name == "target";
}

/// Images and what names them.
struct Source {
    const ImageTable& images;
    const Matrix& table;
    const std::string& name;
    std::span<const std::string> header;

    /// What is wrong with one image, and where it stands.
    [[noreturn]] void fail(std::size_t row, const std::string& what) const {
        if (!images.names.empty()) throw IoError(name + "/" + images.names[row], what);
        if (images.of_lines) throw IoError(name, what, row + (header.empty() ? 1 : 2));
        throw IoError(name, fmt::format("image {} (from 0): {}", row, what));
    }
};

/// The column that the header names, a problem unless it is one.
std::optional<std::size_t> named_label(const Source& source, std::vector<Problem>& problems) {
    std::vector<std::size_t> found;
    for (std::size_t column = 0; column < source.header.size(); ++column) {
        if (names_a_label(source.header[column])) {
            found.push_back(column);
        }
    }
    if (found.size() == 1) {
        return found.front();
    }
    problems.push_back(
        {"/data/label_column",
         fmt::format("must be given: {} named label, class or target; 0 .. {}, or null where every "
                     "column is a pixel",
                     source.header.empty() ? "the data have no header with a cell"
                     : found.empty()       ? "no cell of the header is"
                                           : "more than one cell of the header is",
                     source.table.cols - 1)});
    return std::nullopt;
}

/// The column that is no pixel; what is wrong with it is a problem.
std::optional<std::size_t> label_column_of(const Source& source,
                                           const LabelColumn& how,
                                           std::vector<Problem>& problems) {
    if (std::holds_alternative<NoLabel>(how)) {
        return std::nullopt;
    }
    const auto* given = std::get_if<std::size_t>(&how);
    if (given == nullptr && !source.images.of_lines) {
        return std::nullopt;
    }
    if (!source.images.labels.empty()) {
        problems.push_back({"/data/label_column",
                            fmt::format("must be left out or null: the labels of these images are "
                                        "no column, got {}",
                                        *given)});
        return std::nullopt;
    }
    const std::optional<std::size_t> column =
        given != nullptr ? std::optional(*given) : named_label(source, problems);
    if (column && *column >= source.table.cols) {
        problems.push_back({"/data/label_column",
                            fmt::format("must be a column of the data, got {}, allowed 0 .. {}; "
                                        "null where there are no labels",
                                        *column, source.table.cols - 1)});
    } else if (column && source.table.cols == 1) {
        problems.push_back({"/data/label_column", "must leave a pixel, got the only column; "
                                                  "null where there are no labels"});
    }
    return column;
}

Rows rest(std::size_t n_rows, const std::set<std::size_t>& train) {
    Rows rows;
    for (std::size_t row = 0; row < n_rows; ++row) {
        if (!train.contains(row)) {
            rows.push_back(row);
        }
    }
    return rows;
}

int label_of(const Source& source, std::size_t row, std::optional<std::size_t> column) {
    if (!source.images.labels.empty()) {
        return source.images.labels[row];
    }
    const double label = column ? source.table(row, *column) : static_cast<double>(row);
    if (std::floor(label) != label || std::abs(label) > std::numeric_limits<int>::max()) {
        source.fail(row,
                    fmt::format("label in column {} must be a whole number, got {}, allowed up "
                                "to {}",
                                *column, label, std::numeric_limits<int>::max()));
    }
    return static_cast<int>(label);
}

std::vector<double> image_of(const Matrix& table,
                             std::size_t row,
                             std::optional<std::size_t> label_column) {
    std::vector<double> image;
    for (std::size_t column = 0; column < table.cols; ++column) {
        if (column != label_column) {
            image.push_back(table(row, column));
        }
    }
    return image;
}

/// Images and what they show.
struct Images {
    Matrix pixels; // [n_pixels x n]
    std::vector<int> labels;
    std::size_t squared_signed = 0; ///< see Dataset
};

std::size_t width_of(std::size_t n_pixels) {
    const auto root =
        static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(n_pixels))));
    return root * root == n_pixels ? root : n_pixels;
}

/// Width of the images as they are.
std::size_t width_of(const Source& source, std::optional<std::size_t> label_column) {
    const std::size_t n_pixels = source.table.cols - (label_column ? 1 : 0);
    const std::size_t told = source.images.width;
    return told > 0 && n_pixels % told == 0 ? told : width_of(n_pixels);
}

/// The images of `rows`, resized and preprocessed.
Images images_of(const Source& source,
                 const Rows& rows,
                 std::optional<std::size_t> label_column,
                 const DataConfig& config) {
    const Preprocess how = config.preprocess;
    const std::size_t n_pixels = config.resize ? (*config.resize)[0] * (*config.resize)[1]
                                               : source.table.cols - (label_column ? 1 : 0);
    const std::size_t width = width_of(source, label_column);
    Images images{Matrix(n_pixels, rows.size()), {}, 0};
    for (std::size_t k = 0; k < rows.size(); ++k) {
        std::vector<double> image = image_of(source.table, rows[k], label_column);
        if (config.resize) {
            image = resized(image, width, (*config.resize)[0], (*config.resize)[1]);
        }
        if (how == Preprocess::square_zscore &&
            std::any_of(image.begin(), image.end(), [](double x) { return x < 0.0; })) {
            ++images.squared_signed;
        }
        image = preprocess(std::move(image), how);
        if (!std::all_of(image.begin(), image.end(), [](double x) { return std::isfinite(x); })) {
            source.fail(rows[k], "image cannot be z-scored: its pixels are all the same, or out of "
                                 "scale");
        }
        std::copy(image.begin(), image.end(), images.pixels.column(k).begin());
        images.labels.push_back(label_of(source, rows[k], label_column));
    }
    return images;
}

/// Pixels of a line of `n` pixels, weighted, of which each of `n_new` is the sum.
struct Weighted {
    std::size_t pixel = 0;
    double weight = 0.0;
};
std::vector<std::vector<Weighted>> triangles(std::size_t n, std::size_t n_new) {
    const double step = static_cast<double>(n) / static_cast<double>(n_new);
    const double reach = std::max(1.0, step);
    std::vector<std::vector<Weighted>> all(n_new);
    for (std::size_t k = 0; k < n_new; ++k) {
        const double centre = (static_cast<double>(k) + 0.5) * step - 0.5;
        const double last = static_cast<double>(n) - 1.0;
        const auto from =
            static_cast<std::size_t>(std::clamp(std::floor(centre - reach), 0.0, last));
        const auto to = static_cast<std::size_t>(std::clamp(std::ceil(centre + reach), 0.0, last));
        double sum = 0.0;
        for (std::size_t pixel = from; pixel <= to; ++pixel) {
            const double weight = 1.0 - std::abs(static_cast<double>(pixel) - centre) / reach;
            if (weight <= 0.0) continue;
            all[k].push_back({pixel, weight});
            sum += weight;
        }
        for (Weighted& one : all[k])
            one.weight /= sum;
    }
    return all;
}

void zscore(std::vector<double>& image) {
    const auto [low, high] = std::minmax_element(image.begin(), image.end());
    // Compared, not told from a standard deviation of 0: rounding may leave a little of it.
    const bool constant = image.empty() || *low == *high;
    const double m = mean(image);
    const double sd = constant ? 0.0 : standard_deviation(image);
    for (double& pixel : image) {
        pixel = constant ? std::numeric_limits<double>::quiet_NaN() : (pixel - m) / sd;
    }
}

} // namespace

namespace {

/// The first rows of each label.
Rows rows_per_class(const Source& source,
                    std::size_t n,
                    std::optional<std::size_t> label,
                    std::vector<Problem>& problems) {
    if (!label && source.images.labels.empty()) {
        problems.push_back({"/data/per_class", "must be null where there are no labels"});
        return {0};
    }
    Rows rows;
    std::map<int, std::size_t> taken;
    for (std::size_t row = 0; row < source.table.rows; ++row) {
        if (taken[label_of(source, row, label)]++ < n) {
            rows.push_back(row);
        }
    }
    for (const auto& [name, count] : taken) {
        if (count < n) {
            problems.push_back(
                {"/data/per_class", fmt::format("must be <= {}, the number of images of label "
                                                "{}, got {}",
                                                count, name, n)});
        }
    }
    return rows;
}

Rows training_rows(const Source& source,
                   const DataConfig& config,
                   std::optional<std::size_t> label,
                   std::vector<Problem>& problems) {
    if (config.per_class) {
        return rows_per_class(source, *config.per_class, label, problems);
    }
    if (!config.first) {
        return config.train_rows;
    }
    if (*config.first > source.table.rows) {
        problems.push_back(
            {"/data/first", fmt::format("must be <= {}, the number of images, got {}",
                                        source.table.rows, *config.first)});
    }
    Rows rows(std::min(*config.first, source.table.rows));
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return rows;
}

Dataset dataset_of(const Source& from, const DataConfig& config) {
    const Matrix& table = from.table;
    std::vector<Problem> problems;
    const std::optional<std::size_t> label = label_column_of(from, config.label_column, problems);
    std::vector<Problem> of_label = std::exchange(problems, {});
    const Rows rows = of_label.empty() || !config.per_class
                          ? training_rows(from, config, label, problems)
                          : Rows{0};
    const std::set<std::size_t> train_rows(rows.begin(), rows.end());
    const Rows test_rows = config.test_rows.value_or(rest(table.rows, train_rows));
    if (train_rows.empty()) {
        problems.push_back({"/data/train_rows", "must not be empty, allowed one row or more"});
    }
    require_rows(rows, "/data/train_rows", table.rows, problems);
    require_rows(test_rows, "/data/test_rows", table.rows, problems);
    require_disjoint(test_rows, train_rows, problems);
    problems.insert(problems.end(), of_label.begin(), of_label.end());
    const std::size_t n_pixels = table.cols - (label ? 1 : 0);
    const bool told = from.images.width > 0 || width_of(n_pixels) != n_pixels || n_pixels == 1;
    if (problems.empty() && config.resize && !told) {
        problems.push_back(
            {"/data/resize", fmt::format("must be null: the images' {} pixels are no square, "
                                         "their width is not known",
                                         n_pixels)});
    }
    if (!problems.empty()) {
        throw DescriptionError(from.name, problems);
    }
    Images train = images_of(from, rows, label, config);
    Images test = images_of(from, test_rows, label, config);
    return {std::move(train.pixels),
            std::move(test.pixels),
            std::move(train.labels),
            std::move(test.labels),
            train.squared_signed + test.squared_signed,
            config.resize ? (*config.resize)[1] : width_of(from, label)};
}

} // namespace

bool names_labels(const ImageTable& table) {
    return std::any_of(table.header.begin(), table.header.end(), names_a_label);
}

Dataset make_dataset(const ImageTable& table, const DataConfig& config, const std::string& source) {
    return dataset_of({table, table.values, source, table.header}, config);
}

Dataset make_dataset(const Matrix& table,
                     const DataConfig& config,
                     const std::string& source,
                     std::span<const std::string> header) {
    const ImageTable lines; // the table is not copied
    return dataset_of({lines, table, source, header}, config);
}

std::vector<double> resized(std::span<const double> image,
                            std::size_t width,
                            std::size_t new_height,
                            std::size_t new_width) {
    assert(width > 0 && image.size() % width == 0);
    const std::size_t height = image.size() / width;
    const auto across = triangles(width, new_width);
    const auto down = triangles(height, new_height);
    std::vector<double> narrow(height * new_width, 0.0);
    for (std::size_t row = 0; row < height; ++row) {
        for (std::size_t column = 0; column < new_width; ++column) {
            for (const auto& [pixel, weight] : across[column])
                narrow[row * new_width + column] += weight * image[row * width + pixel];
        }
    }
    std::vector<double> result(new_height * new_width, 0.0);
    for (std::size_t row = 0; row < new_height; ++row) {
        for (const auto& [pixel, weight] : down[row]) {
            for (std::size_t column = 0; column < new_width; ++column)
                result[row * new_width + column] += weight * narrow[pixel * new_width + column];
        }
    }
    return result;
}

std::vector<double> preprocess(std::vector<double> image, Preprocess how) {
    if (how == Preprocess::square_zscore) {
        for (double& pixel : image) {
            pixel *= pixel;
        }
    }
    if (how != Preprocess::none) {
        zscore(image);
    }
    return image;
}

} // namespace spikewell::experiments
