#include "io/coupling_file.hpp"

#include "core/error.hpp"
#include "io/csv.hpp"
#include "io/hdf5.hpp"
#include "io/model_file.hpp"
#include "io/npy.hpp"
#include "io/output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <matio.h>
#include <memory>
#include <string_view>
#include <utility>

namespace spikewell::io {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view k_mat5 = "MATLAB 5.0 MAT-file";
constexpr std::string_view k_mat73 = "MATLAB 7.3 MAT-file";

using MatFile = std::unique_ptr<mat_t, int (*)(mat_t*)>;
using MatVariable = std::unique_ptr<matvar_t, void (*)(matvar_t*)>;

bool is_matrix(const matvar_t& variable) {
    const bool numbers = variable.class_type >= MAT_C_DOUBLE && variable.class_type <= MAT_C_UINT64;
    return numbers && variable.isComplex == 0 && variable.rank == 2 && variable.dims[0] > 1 &&
           variable.dims[1] > 1;
}

template <class T> void copy_numbers(const matvar_t& variable, Matrix& table) {
    const T* numbers = static_cast<const T*>(variable.data);
    std::transform(numbers, numbers + table.values.size(), table.values.begin(),
                   [](T x) { return static_cast<double>(x); });
}

void copy_numbers(const matvar_t& variable, Matrix& table) {
    switch (variable.class_type) {
    case MAT_C_DOUBLE:
        return copy_numbers<double>(variable, table);
    case MAT_C_SINGLE:
        return copy_numbers<float>(variable, table);
    case MAT_C_INT8:
        return copy_numbers<std::int8_t>(variable, table);
    case MAT_C_UINT8:
        return copy_numbers<std::uint8_t>(variable, table);
    case MAT_C_INT16:
        return copy_numbers<std::int16_t>(variable, table);
    case MAT_C_UINT16:
        return copy_numbers<std::uint16_t>(variable, table);
    case MAT_C_INT32:
        return copy_numbers<std::int32_t>(variable, table);
    case MAT_C_UINT32:
        return copy_numbers<std::uint32_t>(variable, table);
    case MAT_C_INT64:
        return copy_numbers<std::int64_t>(variable, table);
    default:
        return copy_numbers<std::uint64_t>(variable, table);
    }
}

/// Throws IoError unless the elements of a MAT 5 file, a tag of type and length before each, end with it:
/// libmatio takes what is missing for zeros.
void require_whole(std::string_view text, const std::string& name) {
    constexpr std::size_t k_header = 128;
    constexpr std::size_t k_tag = 8;
    const bool little = text.size() >= k_header && text.substr(126, 2) == "IM";
    const auto fail = [&] { throw IoError(name, "is cut off, or no MAT file of version 5"); };
    if (text.size() < k_header + k_tag || (!little && text.substr(126, 2) != "MI")) fail();
    for (std::size_t begin = k_header; begin < text.size();) {
        if (text.size() - begin < k_tag) fail();
        std::size_t length = 0;
        for (std::size_t k = 0; k < 4; ++k)
            length =
                length << 8U | static_cast<unsigned char>(text[begin + 4 + (little ? 3 - k : k)]);
        if (length > text.size() - begin - k_tag) fail();
        begin += k_tag + length;
    }
}

Matrix read_mat(const fs::path& path, std::string_view text, const std::string& wanted) {
    const std::string name = path.string();
    require_whole(text, name);
    const MatFile file(Mat_Open(path.c_str(), MAT_ACC_RDONLY), Mat_Close);
    if (!file) throw IoError(name, "is no MAT file that can be read");
    std::vector<std::string> matrices;
    for (;;) {
        const MatVariable info(Mat_VarReadNextInfo(file.get()), Mat_VarFree);
        if (!info) break;
        if (info->name != nullptr && is_matrix(*info)) matrices.emplace_back(info->name);
    }
    const std::string list =
        matrices.empty() ? "none" : fmt::format("{}", fmt::join(matrices, ", "));
    const bool there = std::find(matrices.begin(), matrices.end(), wanted) != matrices.end();
    if (!wanted.empty() && !there)
        throw IoError(name, fmt::format("has no matrix of real numbers {}, there are: {}",
                                        printable(wanted), printable(list)));
    if (wanted.empty() && matrices.size() != 1)
        throw IoError(name,
                      fmt::format("must have one matrix of real numbers, or --variable say which, "
                                  "there are: {}",
                                  printable(list)));
    const std::string& chosen = wanted.empty() ? matrices.front() : wanted;
    const MatVariable variable(Mat_VarRead(file.get(), chosen.c_str()), Mat_VarFree);
    if (!variable || variable->data == nullptr)
        throw IoError(name, fmt::format("matrix {} cannot be read", printable(chosen)));
    Matrix table(variable->dims[0], variable->dims[1]);
    if (variable->nbytes < table.values.size() * static_cast<std::size_t>(variable->data_size))
        throw IoError(name, fmt::format("matrix {} is cut off", printable(chosen)));
    copy_numbers(*variable, table);
    for (std::size_t k = 0; k < table.values.size(); ++k)
        if (!std::isfinite(table.values[k]))
            throw IoError(name,
                          fmt::format("row {}, column {} of {} is not finite", k % table.rows + 1,
                                      k / table.rows + 1, printable(chosen)));
    return table;
}

/// Whether entries count up by 1 from 0 or 1.
template <class At> bool counts(std::size_t n, At&& at) {
    const double from = at(0);
    if (from != 0.0 && from != 1.0) return false;
    for (std::size_t k = 0; k < n; ++k)
        if (at(k) != from + static_cast<double>(k)) return false;
    return true;
}

/// Without a first line, or column, that is one too many for a square and only counts.
Matrix without_counts(const Matrix& table) {
    const bool line = table.rows == table.cols + 1 &&
                      counts(table.cols, [&](std::size_t k) { return table(0, k); });
    const bool column = table.cols == table.rows + 1 &&
                        counts(table.rows, [&](std::size_t k) { return table(k, 0); });
    if (!line && !column) return table;
    Matrix square(std::min(table.rows, table.cols), std::min(table.rows, table.cols));
    for (std::size_t j = 0; j < square.cols; ++j)
        for (std::size_t i = 0; i < square.rows; ++i)
            square(i, j) = table(i + (line ? 1 : 0), j + (column ? 1 : 0));
    return square;
}

/// A JSON object, or HDF5: only models are.
bool is_model(const fs::path& path, std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return is_hdf5(path) || (first != std::string_view::npos && text[first] == '{');
}

/// Of what stands in a file that is no model.
NamedTable table_of(const fs::path& path, std::string text, const std::string& variable) {
    const bool mat = text.starts_with(k_mat5);
    if (!mat && !variable.empty())
        throw IoError(path.string(), "is no MAT file, and only those have a --variable");
    if (mat) return {{}, read_mat(path, text, variable)};
    if (text.starts_with(k_mat73))
        throw IoError(path.string(),
                      "is a MAT file of version 7.3, allowed version 5 (save with -v7)");
    if (is_npy(text)) return {{}, parse_npy_table(text, path.string())};
    HeadedTable table = parse_labelled_csv(std::move(text), path.string());
    if (!table.header.empty()) return {std::move(table.header), std::move(table.values)};
    return {{}, without_counts(table.values)};
}

} // namespace

NamedTable read_table(const fs::path& path, const std::string& variable) {
    return table_of(path, read_text(path), variable);
}

Couplings read_couplings(const fs::path& path, const std::string& variable, bool symmetrise) {
    Couplings couplings;
    std::string text = read_text(path);
    const bool model = is_model(path, text);
    if (model && !variable.empty())
        throw IoError(path.string(), "is no MAT file, and only those have a --variable");
    if (model) {
        couplings.values = read_model(path).coupling;
    } else {
        NamedTable table = table_of(path, std::move(text), variable);
        couplings.names = std::move(table.names);
        couplings.values = std::move(table.values);
    }
    Matrix& j = couplings.values;
    const std::string name = path.string();
    if (j.rows != j.cols || j.rows < 2)
        throw IoError(name, fmt::format("couplings must be square, of 2 nodes or more, got {} x {}",
                                        j.rows, j.cols));
    double largest = 0.0;
    for (const double x : j.values)
        largest = std::max(largest, std::abs(x));
    double differs = 0.0;
    double all = 0.0;
    for (std::size_t b = 0; b < j.cols; ++b) {
        for (std::size_t a = 0; a < j.rows; ++a) {
            all += j(a, b) * j(a, b);
            differs += (j(a, b) - j(b, a)) * (j(a, b) - j(b, a));
        }
    }
    couplings.asymmetry = all > 0.0 ? std::sqrt(differs / all) : 0.0;
    for (std::size_t b = 0; b < j.cols; ++b) {
        for (std::size_t a = 0; a < b; ++a) {
            if (!model && !symmetrise && std::abs(j(a, b) - j(b, a)) > 1e-6 * largest)
                throw IoError(
                    name,
                    fmt::format("couplings must be symmetric, got {} in row {}, column {} and {} "
                                "in row {}, column {}; --symmetrise takes their means",
                                j(a, b), a + 1, b + 1, j(b, a), b + 1, a + 1));
            j(a, b) = j(b, a) = 0.5 * (j(a, b) + j(b, a));
        }
    }
    return couplings;
}

} // namespace spikewell::io
