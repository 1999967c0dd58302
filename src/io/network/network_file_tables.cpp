#include "io/csv.hpp"
#include "io/network/network_file_parts.hpp"
#include "io/output.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::io::network_file {

namespace {

/// Where a table may be: in the document at `key`, or in the CSV file that `file_key` names.
struct Place {
    const char* key;
    const char* file_key;
};

/// A column and what it may hold. (Indices are whole.)
struct Column {
    const char* name;
    Range range;
    bool is_index;
};

/// A table of numbers with where each row came from, to complain about it.
struct Table {
    std::size_t n_columns = 0;
    std::vector<double> values; // [n_rows][n_columns], flattened
    std::string file;           // empty: in the document

    [[nodiscard]] std::size_t n_rows() const { return values.size() / n_columns; }
    [[nodiscard]] double at(std::size_t row, std::size_t column) const {
        return values[row * n_columns + column];
    }
};

/// Complains about a row, in the document or in its file.
void complain(ObjectReader& reader,
              const Place& place,
              const Table& table,
              std::size_t row,
              const std::string& what,
              RowProblems& problems) {
    if (table.file.empty()) {
        reader.problem(place.key, row, what);
    } else { // the header is line 1
        reader.problem(place.file_key, fmt::format("{}:{}: {}", table.file, row + 2, what));
    }
    problems.count();
}

std::string header_of(const std::vector<Column>& columns) {
    std::string header;
    for (const Column& column : columns) {
        header += fmt::format("{}{}", header.empty() ? "" : ",", column.name);
    }
    return header;
}

std::string without_blanks(std::string_view line) {
    std::string text;
    for (const char c : line) {
        if (c != ' ' && c != '\t' && c != '\r') {
            text += c;
        }
    }
    return text;
}

/// A row of noughts in place of the header: the rows after it keep their line numbers.
std::string nought_row(std::size_t n_columns) {
    std::string row = "0";
    for (std::size_t i = 1; i < n_columns; ++i) {
        row += ",0";
    }
    return row;
}

/// The rows of a CSV file that begins with the header of `columns`. Throws IoError.
std::vector<double> read_file(const std::filesystem::path& path,
                              const std::vector<Column>& columns) {
    const std::string text = read_text(path);
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view first(text.data(), end);
    const std::string header = header_of(columns);
    if (without_blanks(first) != header) {
        throw IoError(path.string(),
                      fmt::format("header must be \"{}\", got \"{}\"", header, printable(first)), 1,
                      1);
    }
    const Matrix matrix = parse_csv(nought_row(columns.size()) + text.substr(end), path.string());
    std::vector<double> values;
    values.reserve(matrix.values.size());
    for (std::size_t i = 1; i < matrix.rows; ++i) {
        for (std::size_t j = 0; j < matrix.cols; ++j) {
            values.push_back(matrix(i, j));
        }
    }
    return values;
}

bool is_row(const nlohmann::json& row, std::size_t n_columns) {
    return row.is_array() && row.size() == n_columns &&
           std::all_of(row.begin(), row.end(), [](const auto& cell) { return cell.is_number(); });
}

std::vector<double> read_list(ObjectReader& reader,
                              const char* key,
                              const nlohmann::json& list,
                              const std::vector<Column>& columns) {
    if (!list.is_array()) {
        reader.problem(
            key, fmt::format("must be a list of [{}], got {}", header_of(columns), shown(list)));
        return {};
    }
    std::vector<double> values;
    RowProblems problems(reader, key);
    for (std::size_t i = 0; i < list.size() && !problems.enough(); ++i) {
        if (!is_row(list[i], columns.size())) {
            reader.problem(key, i,
                           fmt::format("must be [{}], all numbers, got {}", header_of(columns),
                                       shown(list[i])));
            problems.count();
            continue;
        }
        for (const nlohmann::json& cell : list[i]) {
            values.push_back(cell.get<double>());
        }
    }
    return !problems.any() ? values : std::vector<double>{};
}

/// The file at `key` in full: beside the network file unless absolute. Empty when it is no text.
std::filesystem::path path_of(ObjectReader& reader,
                              const std::string& key,
                              const std::filesystem::path& folder) {
    std::string name;
    const std::size_t before = reader.problem_count();
    reader.text(key, name);
    if (reader.problem_count() == before && name.empty()) {
        reader.problem(key, "must be the path of a file, got \"\"");
    }
    return name.empty() ? std::filesystem::path{} : folder / name;
}

/// Calls read(path) for the file at `key`; what it throws becomes a problem there.
template <class Read>
void with_file(ObjectReader& reader,
               const std::string& key,
               const std::filesystem::path& folder,
               Read read) {
    const std::filesystem::path path = path_of(reader, key, folder);
    if (path.empty()) {
        return;
    }
    try {
        read(path);
    } catch (const IoError& error) {
        reader.problem(key, error.what());
    }
}

/// Whether there is one of a place's two keys; neither or both is a problem.
bool has_one(ObjectReader& reader, const Place& place) {
    (void)reader.raw(place.key);
    (void)reader.raw(place.file_key);
    const bool here = reader.has(place.key);
    const bool there = reader.has(place.file_key);
    if (here && there) {
        reader.problem(place.file_key, fmt::format("must not stand beside \"{}\"", place.key));
    } else if (!here && !there) {
        reader.problem(place.key, fmt::format("is missing; give it or \"{}\"", place.file_key));
    }
    return here != there;
}

std::string cell_complaint(const Column& column, double value) {
    const bool fits =
        (value > column.range.low || (column.range.low_allowed && value == column.range.low)) &&
        value <= column.range.high;
    if (column.is_index && std::floor(value) != value) {
        return fmt::format("{} must be a whole number, got {}", column.name, value);
    }
    return fits ? "" : fmt::format("{} must be {}, got {}", column.name, column.range.text, value);
}

void check_cells(ObjectReader& reader,
                 const Place& place,
                 const Table& table,
                 const std::vector<Column>& columns) {
    RowProblems problems(reader, table.file.empty() ? place.key : place.file_key);
    for (std::size_t i = 0; i < table.n_rows() && !problems.enough(); ++i) {
        for (std::size_t j = 0; j < columns.size(); ++j) {
            const std::string what = cell_complaint(columns[j], table.at(i, j));
            if (!what.empty()) complain(reader, place, table, i, what, problems);
        }
    }
}

/// The table of one of the two keys, every cell in the range of its column; else empty.
Table read_table(ObjectReader& reader,
                 const Place& place,
                 const std::filesystem::path& folder,
                 const std::vector<Column>& columns) {
    Table table{columns.size(), {}, {}};
    const std::size_t before = reader.problem_count();
    if (!has_one(reader, place)) {
        return table;
    }
    if (reader.has(place.key)) {
        table.values = read_list(reader, place.key, reader.raw(place.key), columns);
    } else {
        with_file(reader, place.file_key, folder, [&](const std::filesystem::path& path) {
            table.file = path.string();
            table.values = read_file(path, columns);
        });
    }
    check_cells(reader, place, table, columns);
    if (reader.problem_count() > before) {
        table.values.clear();
    }
    return table;
}

Column index_column(const char* name, std::optional<std::size_t> n) {
    const double last = n ? static_cast<double>(*n) - 1.0 : k_max_neurons - 1.0;
    return {name, ObjectReader::between(0, last), true};
}

/// Delays of a list are kept in single precision, where the least one is a little less.
Range delay_in_list() {
    Range range = delay_range();
    range.low = std::min(range.low, static_cast<double>(static_cast<float>(range.low)));
    return range;
}

} // namespace

std::vector<Spike> read_spikes(ObjectReader& reader,
                               const std::filesystem::path& folder,
                               std::optional<std::size_t> n_neurons) {
    const Table table = read_table(
        reader, {"spikes", "spikes_file"}, folder,
        {{"t_ms", ObjectReader::not_negative(), false}, index_column("neuron", n_neurons)});
    std::vector<Spike> spikes;
    spikes.reserve(table.n_rows());
    for (std::size_t i = 0; i < table.n_rows(); ++i) {
        spikes.push_back({table.at(i, 0), static_cast<std::uint32_t>(table.at(i, 1))});
    }
    return spikes;
}

std::vector<Synapse> read_synapses(ObjectReader& reader,
                                   const std::filesystem::path& folder,
                                   std::optional<std::size_t> n_pre,
                                   std::optional<std::size_t> n_post,
                                   const std::string& weight) {
    const Table table = read_table(reader, {"synapses", "file"}, folder,
                                   {index_column("pre", n_pre),
                                    index_column("post", n_post),
                                    {weight.c_str(), weight_range(), false},
                                    {"delay_ms", delay_in_list(), false}});
    std::vector<Synapse> synapses;
    synapses.reserve(table.n_rows());
    for (std::size_t i = 0; i < table.n_rows(); ++i) {
        synapses.push_back(
            {static_cast<std::uint32_t>(table.at(i, 0)), static_cast<std::uint32_t>(table.at(i, 1)),
             static_cast<float>(table.at(i, 2)), static_cast<float>(table.at(i, 3))});
    }
    return synapses;
}

std::vector<Synapse> read_pairs(ObjectReader& reader,
                                const std::filesystem::path& folder,
                                std::optional<std::size_t> n_pre,
                                std::optional<std::size_t> n_post) {
    const Table table = read_table(reader, {"pairs", "pairs_file"}, folder,
                                   {index_column("pre", n_pre), index_column("post", n_post)});
    std::vector<Synapse> pairs;
    pairs.reserve(table.n_rows());
    for (std::size_t i = 0; i < table.n_rows(); ++i) {
        pairs.push_back({static_cast<std::uint32_t>(table.at(i, 0)),
                         static_cast<std::uint32_t>(table.at(i, 1)), 0.0F, 0.0F});
    }
    return pairs;
}

Matrix read_points(ObjectReader& reader, const std::string& key) {
    const nlohmann::json& list = reader.raw(key);
    if (!reader.has(key)) {
        reader.problem(key, "is missing");
        return {};
    }
    const bool told = list.is_array() && !list.empty() && list[0].is_array() && !list[0].empty() &&
                      list[0].size() <= k_max_dimensions;
    if (!told) {
        reader.problem(
            key, fmt::format("must be a list of [x], [x,y] or [x,y,z], got {}",
                             list.is_array() && !list.empty() ? shown(list[0]) : shown(list)));
        return {};
    }
    constexpr const char* k_names[] = {"x", "y", "z"};
    std::vector<Column> columns;
    for (std::size_t a = 0; a < list[0].size(); ++a)
        columns.push_back({k_names[a], range_of(k_coordinates_mm), false});
    const std::size_t before = reader.problem_count();
    const Place place{key.c_str(), ""};
    Table table{columns.size(), {}, {}};
    table.values = read_list(reader, place.key, list, columns);
    check_cells(reader, place, table, columns);
    if (reader.problem_count() > before) return {};
    Matrix points(columns.size(), table.n_rows());
    points.values = std::move(table.values); // a row there is a column here
    return points;
}

Matrix read_coupling(ObjectReader& reader, const std::filesystem::path& folder) {
    const Place place{"coupling", "coupling_file"};
    if (!has_one(reader, place)) {
        return {};
    }
    if (reader.has(place.key)) {
        return matrix_from(reader, place.key);
    }
    return read_file_table(reader, place.file_key, folder).cells;
}

FileTable read_file_table(ObjectReader& reader,
                          const std::string& key,
                          const std::filesystem::path& folder) {
    FileTable table;
    with_file(reader, key, folder, [&](const std::filesystem::path& path) {
        table = {read_csv(path), path.string()};
    });
    return table;
}

} // namespace spikewell::io::network_file
