#pragma once

#include "core/matrix.hpp"

#include <filesystem>
#include <string>
#include <vector>

/// Tables that a user brings: couplings (a connectivity matrix) and series.
namespace spikewell::io {

/// By content: NPY (npy.hpp), MAT 5 (real numbers in a matrix of two dimensions; the only one of the file,
/// or the one of name `variable`), else CSV as parse_labelled_csv, of which a first line or column that only
/// counts the others is a label, too. Throws IoError as they do.
struct NamedTable {
    std::vector<std::string> names; ///< of the columns; empty: none
    Matrix values;
};
[[nodiscard]] NamedTable read_table(const std::filesystem::path& path,
                                    const std::string& variable = {});

/// What the couplings are.
struct Couplings {
    std::vector<std::string> names; ///< [n] of the nodes; empty: none
    Matrix values;                  // [n x n], exactly symmetric
    double asymmetry = 0.0;         ///< |J - J'| / |J| of what the file holds
};
/// A table, or a model (model_file.hpp), of whose couplings the symmetric part is taken. A table must be
/// square, of two nodes or more, and symmetric within 1e-6 of its largest entry unless `symmetrise`. Throws
/// IoError, and as read_table and read_model do.
[[nodiscard]] Couplings read_couplings(const std::filesystem::path& path,
                                       const std::string& variable = {},
                                       bool symmetrise = false);

} // namespace spikewell::io
