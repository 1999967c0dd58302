#include "io/csv.hpp"

#include "core/error.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace spikewell::io {

namespace {

constexpr std::string_view k_blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(k_blanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(k_blanks) - begin + 1);
}

/// Where a row stands, for its errors.
struct Line {
    std::string_view file;
    std::size_t number; // from 1
    std::string_view text;

    [[noreturn]] void fail(std::string_view what, std::size_t offset) const {
        throw IoError(file, what, number, offset + 1);
    }
};

/// What may have led to a cell that is no number.
std::string_view hint(const Line& line, std::string_view cell) {
    if (cell.find(';') != std::string_view::npos) {
        return "; commas separate cells";
    }
    return line.number == 1 ? "; a header line is not allowed" : "";
}

double parse_cell(const Line& line, std::size_t begin, std::size_t end, std::size_t cell_number) {
    const std::string_view cell = trimmed(line.text.substr(begin, end - begin));
    const auto fail = [&](std::string_view what, std::string_view why = "") {
        line.fail(fmt::format("cell {} {}, got \"{}\", allowed finite numbers{}", cell_number, what,
                              printable(cell), why),
                  begin);
    };
    if (cell.empty()) {
        line.fail(fmt::format("cell {} is empty, allowed finite numbers", cell_number), begin);
    }
    double value = 0.0;
    // from_chars takes no plus sign, and "+-1" must stay wrong.
    const bool plus = cell[0] == '+' && cell.find('-') != 1;
    const char* last = cell.data() + cell.size();
    const auto [stop, error] = std::from_chars(cell.data() + (plus ? 1 : 0), last, value);
    if (error == std::errc::result_out_of_range && stop == last) {
        fail("is beyond double precision");
    }
    if (error != std::errc{} || stop != last) {
        fail("is no number", hint(line, cell));
    }
    if (!std::isfinite(value)) {
        fail("is not finite");
    }
    return value;
}

/// Appends the cells of one row; returns how many.
std::size_t parse_row(const Line& line, std::vector<double>& values) {
    std::size_t count = 0;
    std::size_t begin = 0;
    while (begin <= line.text.size()) {
        const std::size_t end = std::min(line.text.find(',', begin), line.text.size());
        values.push_back(parse_cell(line, begin, end, ++count));
        begin = end + 1;
    }
    return count;
}

Matrix from_row_major(const std::vector<double>& values, std::size_t n_columns) {
    Matrix table(values.size() / n_columns, n_columns);
    for (std::size_t i = 0; i < values.size(); ++i) {
        table(i / n_columns, i % n_columns) = values[i];
    }
    return table;
}

} // namespace

Matrix parse_csv(std::string_view text, std::string_view name) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    if (last == std::string_view::npos) {
        throw IoError(name, "is empty, allowed a table of numbers", 1, 1);
    }
    text = text.substr(0, last + 1);
    std::vector<double> values; // row after row
    std::size_t n_columns = 0;
    std::size_t line_number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const Line line{name, ++line_number, text.substr(begin, end - begin)};
        if (trimmed(line.text).empty()) {
            line.fail("line is blank, allowed only at the end", 0);
        }
        const std::size_t count = parse_row(line, values);
        if (n_columns == 0) {
            n_columns = count;
        }
        if (count != n_columns) {
            line.fail(
                fmt::format("row must have {} cells like the first, got {}", n_columns, count), 0);
        }
        begin = end + 1;
    }
    return from_row_major(values, n_columns);
}

Matrix read_csv(const std::filesystem::path& path) {
    return parse_csv(read_text(path), path.string());
}

} // namespace spikewell::io
