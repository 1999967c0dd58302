#include "io/csv.hpp"
#include "io/hdf5_matrix.hpp"
#include "io/network/network_file_parts.hpp"
#include "io/npy.hpp"
#include "io/output.hpp"
#include "io/sonata/sonata_edge_list.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::io::network_file {

namespace {

/// Where a table may be: in the document at `key`, or in the file that `file_key` names.
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
    bool has_lines = true;      // of the file: it is text, whose header is line 1

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
    } else if (table.has_lines) {
        reader.problem(place.file_key, fmt::format("{}:{}: {}", table.file, row + 2, what));
    } else {
        reader.problem(place.file_key, fmt::format("{}: row {}: {}", table.file, row, what));
    }
    problems.count();
}

std::string header_of(std::span<const Column> columns) {
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

/// The columns of a table, of which a file may lack the last ones.
struct Columns {
    std::vector<Column> all;
    std::size_t n_least; // that must be there
    bool are_edges = false;

    /// Throws IoError where a file has fewer or more.
    void require(std::size_t n, const std::string& name) const {
        if (n >= n_least && n <= all.size()) return;
        const std::string allowed = n_least == all.size()
                                        ? fmt::format("{}", n_least)
                                        : fmt::format("{} .. {}", n_least, all.size());
        throw IoError(name,
                      fmt::format("must have {} columns, {}, got {}", allowed, header_of(all), n));
    }
};

/// The rows of a CSV file that begins with the header of its columns. Throws IoError.
void read_csv_rows(const std::string& text, const Columns& columns, Table& table) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view first(text.data(), end);
    const std::string found = without_blanks(first);
    table.n_columns = columns.n_least;
    while (table.n_columns <= columns.all.size() &&
           found != header_of(std::span(columns.all).first(table.n_columns)))
        ++table.n_columns;
    if (table.n_columns > columns.all.size())
        throw IoError(table.file,
                      fmt::format("header must be \"{}\", got \"{}\"", header_of(columns.all),
                                  printable(first)),
                      1, 1);
    const Matrix matrix = parse_csv(nought_row(table.n_columns) + text.substr(end), table.file);
    table.values.reserve(matrix.values.size());
    for (std::size_t i = 1; i < matrix.rows; ++i)
        for (std::size_t j = 0; j < matrix.cols; ++j)
            table.values.push_back(matrix(i, j));
}

void read_npy_rows(const std::string& bytes, const Columns& columns, Table& table) {
    const Matrix matrix = parse_npy_table(bytes, table.file);
    columns.require(matrix.cols, table.file);
    table.n_columns = matrix.cols;
    table.has_lines = false;
    table.values.reserve(matrix.values.size());
    for (std::size_t i = 0; i < matrix.rows; ++i)
        for (std::size_t j = 0; j < matrix.cols; ++j)
            table.values.push_back(matrix(i, j));
}

/// SONATA's edges, a row each.
void read_edge_rows(const std::filesystem::path& path,
                    const std::string& population,
                    const Columns& columns,
                    Table& table) {
    if (!columns.are_edges) throw IoError(table.file, "is HDF5, allowed CSV and NPY");
    const hdf5::File file = hdf5::File::open(path);
    const sonata::EdgeList edges = sonata::read_edge_list(file.root(), population);
    if (edges.delays_ms && !edges.weights && columns.all.size() > 2)
        throw IoError(table.file, "has delays but no weights, edge by edge");
    table.n_columns =
        std::min<std::size_t>(columns.all.size(), !edges.weights ? 2 : (edges.delays_ms ? 4 : 3));
    table.has_lines = false;
    table.values.reserve(edges.sources.size() * table.n_columns);
    for (std::size_t e = 0; e < edges.sources.size(); ++e) {
        table.values.push_back(static_cast<double>(edges.sources[e]));
        table.values.push_back(static_cast<double>(edges.targets[e]));
        if (table.n_columns > 2) table.values.push_back((*edges.weights)[e]);
        if (table.n_columns > 3) table.values.push_back((*edges.delays_ms)[e]);
    }
}

/// By content: HDF5, NPY, else CSV. `population` is that of edges in HDF5. Throws IoError.
Table read_file(const std::filesystem::path& path,
                const std::string& population,
                const Columns& columns) {
    Table table{columns.all.size(), {}, path.string()};
    if (is_hdf5(path)) {
        read_edge_rows(path, population, columns, table);
        return table;
    }
    if (!population.empty())
        throw IoError(table.file, R"(is not HDF5, and only that has populations of "edges")");
    const std::string text = read_text(path);
    if (is_npy(text))
        read_npy_rows(text, columns, table);
    else
        read_csv_rows(text, columns, table);
    return table;
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
    // Columns that a file lacks are the last ones.
    RowProblems problems(reader, table.file.empty() ? place.key : place.file_key);
    for (std::size_t i = 0; i < table.n_rows() && !problems.enough(); ++i) {
        for (std::size_t j = 0; j < table.n_columns; ++j) {
            const std::string what = cell_complaint(columns[j], table.at(i, j));
            if (!what.empty()) complain(reader, place, table, i, what, problems);
        }
    }
}

/// The table of one of the two keys, every cell in the range of its column; else empty.
Table read_table(ObjectReader& reader,
                 const Place& place,
                 const std::filesystem::path& folder,
                 const Columns& columns) {
    Table table{columns.all.size(), {}, {}};
    const std::size_t before = reader.problem_count();
    std::string population;
    if (columns.are_edges) reader.text("edges", population);
    if (!has_one(reader, place)) {
        return table;
    }
    if (reader.has(place.key)) {
        table.values = read_list(reader, place.key, reader.raw(place.key), columns.all);
        if (columns.are_edges && reader.has("edges"))
            reader.problem("edges", fmt::format("must not stand beside \"{}\"", place.key));
    } else {
        with_file(reader, place.file_key, folder, [&](const std::filesystem::path& path) {
            table = read_file(path, population, columns);
        });
    }
    check_cells(reader, place, table, columns.all);
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

/// What all synapses of a list have where its file does not say it of each.
struct SharedValues {
    double weight = 0.0;
    double delay_ms = 1.0;
};
SharedValues read_shared(ObjectReader& reader, const std::string& weight, const Table& table) {
    SharedValues shared;
    const bool known = !reader.has("file") || !table.file.empty(); // which columns there are
    if (!known) {
        (void)reader.raw(weight);
        (void)reader.raw("delay_ms");
        return shared;
    }
    const std::size_t n = table.n_columns;
    for (const auto& [key, listed] : {std::pair{weight, n > 2}, {std::string("delay_ms"), n > 3}}) {
        (void)reader.raw(key);
        if (listed && reader.has(key))
            reader.problem(key, "is no key of connector \"list\": each synapse has its own");
    }
    if (n < 3) {
        reader.require({weight.c_str()});
        reader.number(weight, shared.weight, weight_range());
    }
    if (n < 4) reader.number("delay_ms", shared.delay_ms, delay_range());
    return shared;
}

/// Of SONATA's edges: each weight a coupling, 0 where there is none.
Matrix couplings_of(const sonata::EdgeList& edges, const std::string& name, const Ends& ends) {
    if (!edges.weights)
        throw IoError(name, "has no weights, neither 0/syn_weight nor 0/dynamics_params/weight");
    Matrix coupling(ends.n_post.value_or(0), ends.n_pre.value_or(0));
    std::vector<bool> joined(coupling.values.size());
    const auto is_of = [](std::int64_t node, std::size_t n) {
        return node >= 0 && static_cast<std::uint64_t>(node) < n;
    };
    for (std::size_t e = 0; e < edges.sources.size(); ++e) {
        const std::int64_t j = edges.sources[e];
        const std::int64_t i = edges.targets[e];
        if (!is_of(j, coupling.cols) || !is_of(i, coupling.rows))
            throw IoError(name, fmt::format("edge {} must join nodes 0 .. {} to nodes 0 .. {}, got "
                                            "{} to {}",
                                            e, coupling.cols - 1, coupling.rows - 1, j, i));
        const std::size_t at =
            static_cast<std::size_t>(j) * coupling.rows + static_cast<std::size_t>(i);
        if (joined[at]) throw IoError(name, fmt::format("edge {} joins {} to {} again", e, j, i));
        joined[at] = true;
        coupling.values[at] = (*edges.weights)[e];
    }
    return coupling;
}

/// By content: HDF5 (SONATA's edges, or a dataset "coupling"), NPY, else CSV. Throws IoError.
Matrix read_coupling_file(const std::filesystem::path& path, const Ends& ends) {
    if (is_hdf5(path)) {
        const hdf5::File file = hdf5::File::open(path);
        const hdf5::Group root = file.root();
        if (root.has_group("edges"))
            return couplings_of(sonata::read_edge_list(root, ""), path.string(), ends);
        if (!root.has("coupling"))
            throw IoError(path.string(),
                          R"(must have a dataset "coupling" or a group "edges" (SONATA))");
        return hdf5::read_coupling(root);
    }
    const std::string text = read_text(path);
    return is_npy(text) ? parse_npy_table(text, path.string()) : parse_csv(text, path.string());
}

} // namespace

std::vector<Spike> read_spikes(ObjectReader& reader,
                               const std::filesystem::path& folder,
                               std::optional<std::size_t> n_neurons) {
    const Table table = read_table(
        reader, {"spikes", "spikes_file"}, folder,
        {{{"t_ms", ObjectReader::not_negative(), false}, index_column("neuron", n_neurons)}, 2});
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
                                   {{index_column("pre", n_pre),
                                     index_column("post", n_post),
                                     {weight.c_str(), weight_range(), false},
                                     {"delay_ms", delay_in_list(), false}},
                                    2,
                                    true});
    const SharedValues shared = read_shared(reader, weight, table);
    std::vector<Synapse> synapses;
    synapses.reserve(table.n_rows());
    for (std::size_t i = 0; i < table.n_rows(); ++i) {
        const double w = table.n_columns > 2 ? table.at(i, 2) : shared.weight;
        const double d_ms = table.n_columns > 3 ? table.at(i, 3) : shared.delay_ms;
        synapses.push_back({static_cast<std::uint32_t>(table.at(i, 0)),
                            static_cast<std::uint32_t>(table.at(i, 1)), static_cast<float>(w),
                            static_cast<float>(d_ms)});
    }
    return synapses;
}

std::vector<Synapse> read_pairs(ObjectReader& reader,
                                const std::filesystem::path& folder,
                                std::optional<std::size_t> n_pre,
                                std::optional<std::size_t> n_post) {
    const Table table =
        read_table(reader, {"pairs", "pairs_file"}, folder,
                   {{index_column("pre", n_pre), index_column("post", n_post)}, 2, true});
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

Matrix read_coupling(ObjectReader& reader, const std::filesystem::path& folder, const Ends& ends) {
    const Place place{"coupling", "coupling_file"};
    if (!has_one(reader, place)) {
        return {};
    }
    if (reader.has(place.key)) {
        return matrix_from(reader, place.key);
    }
    Matrix coupling;
    with_file(reader, place.file_key, folder, [&](const std::filesystem::path& path) {
        coupling = read_coupling_file(path, ends);
    });
    return coupling;
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
