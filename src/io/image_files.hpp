#pragma once

#include "experiments/dataset.hpp"

#include <filesystem>

namespace spikewell::io {

/// Images of a CSV, NPY or IDX file, compressed by gzip or not, told apart by what it holds, or of a folder
/// of PNG files, of one size, in the order of their names. `labels` is the file of IDX images' labels;
/// where it is empty, the one beside them that is named as MNIST's is (".. images-idx3 .." -> ".. labels-idx1 ..").
/// Where a folder has folders of PNG files each is a class: its label is its name where all are whole
/// numbers, else its place in the order of their names. `most`: read no more files of a folder.
/// Throws IoError for what is none of these, a folder without PNG files or with files and folders of them,
/// a file of another size than the first, labels that are not one whole number an image; as
/// read_headed_csv, parse_npy, parse_idx, read_png and decompressed; and NetworkError (memory).
[[nodiscard]] experiments::ImageTable read_images(const std::filesystem::path& path,
                                                  const std::filesystem::path& labels = {},
                                                  std::size_t most = 1'000'000'000);

} // namespace spikewell::io
