#pragma once

#include "core/matrix.hpp"
#include "experiments/config.hpp"

#include <span>
#include <string>
#include <vector>

namespace spikewell::experiments {

/// Images ready to be evidence.
struct Dataset {
    Matrix train;                   // [n_pixels x n_train], one preprocessed image a column
    Matrix test;                    // [n_pixels x n_test]
    std::vector<int> train_labels;  // [n_train], the CSV row where there is no label column
    std::vector<int> test_labels;   // [n_test]
    std::size_t squared_signed = 0; ///< images that had pixels below 0 and were squared
    std::size_t image_width = 0; // pixels a row: the square root of n_pixels if whole, or n_pixels
};

/// Images as a file has them.
struct ImageTable {
    Matrix values;                   // [n_images x n_columns], one image a row
    std::vector<std::string> header; ///< [n_columns]; empty: none
    std::vector<int> labels; ///< [n_images], of files that keep them apart; empty: they do not
    std::vector<std::string> names; ///< [n_images], of the files of a folder; empty: it is one file
    std::size_t width = 0;          ///< pixels a row; 0: not told
    bool of_lines = true;           ///< an image is a line of text
};

/// A column of the header is named label, class or target, in any case.
[[nodiscard]] bool names_labels(const ImageTable& table);

/// Splits, resizes and preprocesses images as `config` says; as the function below, which is for tables
/// of text. "/data/resize" is a problem where neither file nor number of pixels (a square) tells a width,
/// "/data/per_class" where there are no labels, or too few images of one.
[[nodiscard]] Dataset make_dataset(const ImageTable& table,
                                   const DataConfig& config,
                                   const std::string& source);

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

/// An image [height * width], row after row, at another size [new_height * new_width]. Bilinear: each new
/// pixel is the mean of the old ones, weighted by a triangle around its centre that reaches to the next
/// pixel's of the coarser grid. So a constant image stays constant, and shrinking leaves out nothing.
[[nodiscard]] std::vector<double> resized(std::span<const double> image,
                                          std::size_t width,
                                          std::size_t new_height,
                                          std::size_t new_width);

/// One image [n_pixels] -> evidence before scaling. A constant image has no z-score: NaN then.
[[nodiscard]] std::vector<double> preprocess(std::vector<double> image, Preprocess how);

} // namespace spikewell::experiments
