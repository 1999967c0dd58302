#pragma once

#include "core/matrix.hpp"
#include "experiments/config.hpp"

#include <span>
#include <string>
#include <vector>

namespace spikewell::experiments {

/// Images ready to be evidence.
struct Dataset {
    Matrix train;                  // [n_pixels x n_train], one preprocessed image a column
    Matrix test;                   // [n_pixels x n_test]
    std::vector<int> train_labels; // [n_train], the CSV row where there is no label column
    std::vector<int> test_labels;  // [n_test]
    std::size_t squared_signed = 0; ///< images that had pixels below 0 and were squared
    std::size_t image_width = 0; // pixels a row: the square root of n_pixels if whole, or n_pixels
};

/// Splits and preprocesses a table [n_rows x n_columns] as `config` says. `source` names it in
/// errors; `header` [n_columns] the columns, where a line above the rows does. Throws
/// DescriptionError with JSON pointers into the configuration
/// ("/data/train_rows/3": ...) for rows or columns that are not there, a label column that is not told, no training rows, and rows
/// listed as both training and test; and IoError naming the line of an image that cannot be
/// z-scored (constant) or whose label is no whole number.
[[nodiscard]] Dataset make_dataset(const Matrix& table,
                                   const DataConfig& config,
                                   const std::string& source,
                                   std::span<const std::string> header = {});

/// One image [n_pixels] -> evidence before scaling. A constant image has no z-score: NaN then.
[[nodiscard]] std::vector<double> preprocess(std::vector<double> image, Preprocess how);

} // namespace spikewell::experiments
