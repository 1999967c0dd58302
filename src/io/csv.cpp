#include "io/csv.hpp"

#include "core/error.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
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

/// Appends the cells of one row, less the first where it is a label; returns how many.
std::size_t parse_row(const Line& line, std::vector<double>& values, bool labelled = false) {
    std::size_t count = 0;
    std::size_t begin = 0;
    if (labelled) begin = std::min(line.text.find(','), line.text.size()) + 1;
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

/// Begins like a name. What reads as a number, "nan" and "inf" too, is a wrong number.
bool is_name(std::string_view cell) {
    if (cell.empty()) {
        return false;
    }
    double value = 0.0;
    const char* last = cell.data() + cell.size();
    const auto [stop, error] = std::from_chars(cell.data(), last, value);
    const auto first = static_cast<unsigned char>(cell[0]);
    const bool number = error == std::errc{} && stop == last;
    return !number && (std::isalpha(first) != 0 || first == '_' || first == '"' || first == '\'');
}

std::vector<std::string_view> cells_of(std::string_view line) {
    std::vector<std::string_view> cells;
    for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find(',', begin), line.size());
        cells.push_back(trimmed(line.substr(begin, end - begin)));
        begin = end + 1;
    }
    return cells;
}

/// The names in the first line, or none where it is a row of numbers.
std::vector<std::string> header_of(std::string_view text) {
    const std::vector<std::string_view> cells = cells_of(text.substr(0, text.find('\n')));
    if (std::none_of(cells.begin(), cells.end(), is_name)) {
        return {};
    }
    std::vector<std::string> names;
    for (std::string_view cell : cells) {
        const bool quoted = cell.size() > 1 && cell.front() == cell.back() &&
                            (cell.front() == '"' || cell.front() == '\'');
        names.emplace_back(quoted ? trimmed(cell.substr(1, cell.size() - 2)) : cell);
    }
    return names;
}

/// Rows of `n_columns` cells, 0: as many as the first has; lines before the text count in errors.
Matrix parse_rows(std::string_view text,
                  std::string_view name,
                  std::size_t lines_before,
                  std::size_t n_columns,
                  bool labelled = false) {
    std::vector<double> values; // row after row
    std::size_t line_number = lines_before;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const Line line{name, ++line_number, text.substr(begin, end - begin)};
        if (trimmed(line.text).empty()) {
            line.fail("line is blank, allowed only at the end", 0);
        }
        const std::size_t count = parse_row(line, values, labelled);
        if (n_columns == 0) {
            n_columns = count;
        }
        if (count != n_columns) {
            line.fail(fmt::format("row must have {} {}cells like the first, got {}", n_columns,
                                  labelled ? "further " : "", count),
                      0);
        }
        begin = end + 1;
    }
    return from_row_major(values, n_columns);
}

/// Without blank lines at the end. Throws IoError where nothing is left.
std::string_view without_end(std::string_view text, std::string_view name) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    if (last == std::string_view::npos) {
        throw IoError(name, "is empty, allowed a table of numbers", 1, 1);
    }
    return text.substr(0, last + 1);
}

} // namespace

Matrix parse_csv(std::string_view text, std::string_view name) {
    return parse_rows(without_end(text, name), name, 0, 0);
}

HeadedTable parse_headed_csv(std::string_view text, std::string_view name) {
    text = without_end(text, name);
    HeadedTable table{header_of(text), {}};
    if (!table.header.empty()) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) {
            throw IoError(name, "has a header and no rows, allowed a table of numbers", 1);
        }
        text.remove_prefix(end + 1);
    }
    table.values = parse_rows(text, name, table.header.empty() ? 0 : 1, table.header.size());
    return table;
}

HeadedTable parse_labelled_csv(std::string text, std::string_view name) {
    const std::size_t first_end = std::min(text.find('\n'), text.size());
    const std::string_view first = std::string_view(text).substr(0, first_end);
    if (first.find('\t') != std::string_view::npos && first.find(',') == std::string_view::npos)
        std::replace(text.begin(), text.end(), '\t', ',');
    std::string_view rest = without_end(text, name);
    const std::vector<std::string_view> cells = cells_of(rest.substr(0, rest.find('\n')));
    const bool corner = cells.size() > 1 && cells.front().empty();
    // A single name in front is a row's; of a header more cells are names.
    const bool headed =
        corner || (cells.size() > 1 ? std::any_of(cells.begin() + 1, cells.end(), is_name)
                                    : is_name(cells.front()));
    HeadedTable table;
    if (headed) {
        table.header = header_of(rest);
        if (table.header.empty())
            table.header.assign(cells.begin(), cells.end()); // numbers behind an empty corner
        const std::size_t end = rest.find('\n');
        if (end == std::string_view::npos)
            throw IoError(name, "has a header and no rows, allowed a table of numbers", 1);
        rest.remove_prefix(end + 1);
    }
    const std::vector<std::string_view> row = cells_of(rest.substr(0, rest.find('\n')));
    const bool further = headed && row.size() == table.header.size() + 1;
    const bool labelled = corner || further || (row.size() > 1 && is_name(row.front()));
    if (labelled && headed && !further) table.header.erase(table.header.begin());
    table.values = parse_rows(rest, name, headed ? 1 : 0, table.header.size(), labelled);
    return table;
}

HeadedTable read_headed_csv(const std::filesystem::path& path) {
    return parse_headed_csv(read_text(path), path.string());
}

Matrix read_csv(const std::filesystem::path& path) {
    return parse_csv(read_text(path), path.string());
}

} // namespace spikewell::io
