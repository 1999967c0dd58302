#include "experiments/dataset.hpp"

#include "core/error.hpp"
#include "core/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <set>

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

/// A table and how its columns are to be taken.
struct Source {
    const Matrix& table;
    const std::string& name;
    std::span<const std::string> header;

    /// Where a row stands in the file.
    [[nodiscard]] std::size_t line_of(std::size_t row) const {
        return row + (header.empty() ? 1 : 2);
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
    const double label = column ? source.table(row, *column) : static_cast<double>(row);
    if (std::floor(label) != label || std::abs(label) > std::numeric_limits<int>::max()) {
        throw IoError(source.name,
                      fmt::format("label in column {} must be a whole number, got {}, allowed up "
                                  "to {}",
                                  *column, label, std::numeric_limits<int>::max()),
                      source.line_of(row));
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

/// The images of `rows`, preprocessed.
Images images_of(const Source& source,
                 const Rows& rows,
                 std::optional<std::size_t> label_column,
                 Preprocess how) {
    Images images{Matrix(source.table.cols - (label_column ? 1 : 0), rows.size()), {}, 0};
    for (std::size_t k = 0; k < rows.size(); ++k) {
        std::vector<double> image = image_of(source.table, rows[k], label_column);
        if (how == Preprocess::square_zscore &&
            std::any_of(image.begin(), image.end(), [](double x) { return x < 0.0; })) {
            ++images.squared_signed;
        }
        image = preprocess(std::move(image), how);
        if (!std::all_of(image.begin(), image.end(), [](double x) { return std::isfinite(x); })) {
            throw IoError(source.name,
                          "image cannot be z-scored: its pixels are all the same, or out of scale",
                          source.line_of(rows[k]));
        }
        std::copy(image.begin(), image.end(), images.pixels.column(k).begin());
        images.labels.push_back(label_of(source, rows[k], label_column));
    }
    return images;
}

std::size_t width_of(std::size_t n_pixels) {
    const auto root =
        static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(n_pixels))));
    return root * root == n_pixels ? root : n_pixels;
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

Dataset make_dataset(const Matrix& table,
                     const DataConfig& config,
                     const std::string& source,
                     std::span<const std::string> header) {
    const Source from{table, source, header};
    std::vector<Problem> problems;
    const std::set<std::size_t> train_rows(config.train_rows.begin(), config.train_rows.end());
    const Rows test_rows = config.test_rows.value_or(rest(table.rows, train_rows));
    if (train_rows.empty()) {
        problems.push_back({"/data/train_rows", "must not be empty, allowed one row or more"});
    }
    require_rows(config.train_rows, "/data/train_rows", table.rows, problems);
    require_rows(test_rows, "/data/test_rows", table.rows, problems);
    require_disjoint(test_rows, train_rows, problems);
    const std::optional<std::size_t> label = label_column_of(from, config.label_column, problems);
    if (!problems.empty()) {
        throw DescriptionError(source, problems);
    }
    Images train = images_of(from, config.train_rows, label, config.preprocess);
    Images test = images_of(from, test_rows, label, config.preprocess);
    Dataset data{std::move(train.pixels),
                 std::move(test.pixels),
                 std::move(train.labels),
                 std::move(test.labels),
                 train.squared_signed + test.squared_signed,
                 0};
    data.image_width = width_of(data.train.rows);
    return data;
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
