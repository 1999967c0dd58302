#include "experiments/dataset.hpp"

#include "core/error.hpp"
#include "core/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
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

void require_columns(const Matrix& table,
                     const DataConfig& config,
                     std::vector<Problem>& problems) {
    if (config.label_column && *config.label_column >= table.cols) {
        problems.push_back({"/data/label_column",
                            fmt::format("must be a column of the data, got {}, allowed 0 .. {}; "
                                        "null where there are no labels",
                                        *config.label_column, table.cols - 1)});
    } else if (config.label_column && table.cols == 1) {
        problems.push_back({"/data/label_column", "must leave a pixel, got the only column; "
                                                  "null where there are no labels"});
    }
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

int label_of(const Matrix& table,
             std::size_t row,
             std::optional<std::size_t> column,
             const std::string& source) {
    const double label = column ? table(row, *column) : static_cast<double>(row);
    if (std::floor(label) != label || std::abs(label) > std::numeric_limits<int>::max()) {
        throw IoError(source,
                      fmt::format("label in column {} must be a whole number, got {}, allowed up "
                                  "to {}",
                                  *column, label, std::numeric_limits<int>::max()),
                      row + 1);
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

/// The images of `rows` as columns [n_pixels x rows.size()]; their labels go to `labels`.
Matrix images_of(const Matrix& table,
                 const Rows& rows,
                 const DataConfig& config,
                 const std::string& source,
                 std::vector<int>& labels) {
    Matrix images(table.cols - (config.label_column ? 1 : 0), rows.size());
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const std::vector<double> image =
            preprocess(image_of(table, rows[k], config.label_column), config.preprocess);
        if (!std::all_of(image.begin(), image.end(), [](double x) { return std::isfinite(x); })) {
            throw IoError(source,
                          "image cannot be z-scored: its pixels are all the same, or out of scale",
                          rows[k] + 1);
        }
        std::copy(image.begin(), image.end(), images.column(k).begin());
        labels.push_back(label_of(table, rows[k], config.label_column, source));
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

Dataset make_dataset(const Matrix& table, const DataConfig& config, const std::string& source) {
    std::vector<Problem> problems;
    const std::set<std::size_t> train(config.train_rows.begin(), config.train_rows.end());
    const Rows test = config.test_rows.value_or(rest(table.rows, train));
    if (train.empty()) {
        problems.push_back({"/data/train_rows", "must not be empty, allowed one row or more"});
    }
    require_rows(config.train_rows, "/data/train_rows", table.rows, problems);
    require_rows(test, "/data/test_rows", table.rows, problems);
    require_disjoint(test, train, problems);
    require_columns(table, config, problems);
    if (!problems.empty()) {
        throw DescriptionError(source, problems);
    }
    Dataset data;
    data.train = images_of(table, config.train_rows, config, source, data.train_labels);
    data.test = images_of(table, test, config, source, data.test_labels);
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
