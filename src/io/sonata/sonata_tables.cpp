#include "io/sonata/sonata_tables.hpp"

#include "core/error.hpp"
#include "core/file_descriptor.hpp"
#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>
#include <vector>

namespace spikewell::io::sonata {

namespace {

namespace fs = std::filesystem;

constexpr int k_max_nesting = 10;        // of variables in variables
constexpr std::size_t k_max_text = 4096; // of a text with variables replaced: a path

void require_columns(const std::vector<std::string>& columns,
                     const fs::path& path,
                     const std::string& id_column) {
    std::set<std::string> seen;
    for (const std::string& column : columns) {
        if (!seen.insert(column).second)
            throw IoError(path.string(), fmt::format("column {} is there twice", printable(column)),
                          1);
    }
    if (!seen.contains(id_column))
        throw IoError(path.string(),
                      fmt::format("has no column {}; columns are separated by spaces", id_column),
                      1);
}

TypeRow row_of(const std::vector<std::string>& columns, const std::vector<std::string>& cells) {
    TypeRow row;
    for (std::size_t c = 0; c < cells.size(); ++c) {
        if (cells[c] != "NULL" && cells[c] != "NONE" && !cells[c].empty())
            row[columns[c]] = cells[c];
    }
    return row;
}

using Variables = std::map<std::string, std::string>; // by name, without $ and braces

bool is_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Replaces the variables in `text`, once; false when there are none.
bool replace(std::string& text, const Variables& variables, const fs::path& path) {
    std::string replaced;
    bool any = false;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] != '$') {
            replaced += text[i++];
            continue;
        }
        const bool braces = i + 1 < text.size() && text[i + 1] == '{';
        const std::size_t from = i + (braces ? 2 : 1);
        std::size_t to = from;
        while (to < text.size() && is_name(text[to]))
            ++to;
        const std::string name = text.substr(from, to - from);
        const auto found = variables.find(name);
        if (found == variables.end() || (braces && (to == text.size() || text[to] != '}')))
            throw IoError(path.string(), fmt::format("{} is no variable of the manifest",
                                                     printable(text.substr(i, to - i + 1))));
        replaced += found->second;
        if (replaced.size() > k_max_text)
            throw IoError(path.string(), fmt::format("{} is longer than {} letters with its "
                                                     "variables replaced",
                                                     printable(text), k_max_text));
        any = true;
        i = braces ? to + 1 : to;
    }
    text = std::move(replaced);
    return any;
}

void expand_text(std::string& text, const Variables& variables, const fs::path& path) {
    const std::string before = text;
    for (int depth = 0; replace(text, variables, path); ++depth) {
        if (depth == k_max_nesting)
            throw IoError(
                path.string(),
                fmt::format("variables in {} contain one another in a circle", printable(before)));
    }
}

/// All texts but those of the part that only Spikewell reads.
void expand_texts(nlohmann::json& json, const Variables& variables, const fs::path& path) {
    if (json.is_string()) {
        std::string text = json;
        expand_text(text, variables, path);
        json = text;
    } else if (json.is_structured()) {
        for (auto& element : json)
            expand_texts(element, variables, path);
    }
}

Variables manifest_of(const nlohmann::json& json,
                      const fs::path& path,
                      std::vector<Problem>& problems) {
    Variables variables;
    variables["configdir"] = fs::absolute(path).lexically_normal().parent_path().string();
    if (!json.contains("manifest")) return variables;
    const nlohmann::json& manifest = json["manifest"];
    if (!manifest.is_object()) {
        problems.push_back({"/manifest", "must be an object, got " + shown(manifest)});
        return variables;
    }
    for (const auto& [key, value] : manifest.items()) {
        if (!value.is_string()) {
            problems.push_back(
                {child_pointer("/manifest", key), "must be text, got " + shown(value)});
            continue;
        }
        std::string name;
        for (const char c : key) {
            if (is_name(c)) name += c;
        }
        variables[name] = value;
    }
    return variables;
}

/// With the line's number n in errors.
std::vector<std::string> cells_of(std::string_view line, const std::string& path, std::size_t n) {
    std::vector<std::string> cells;
    std::string cell;
    bool quoted = false;
    bool begun = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
            begun = true;
        } else if ((c == ' ' || c == '\t') && !quoted) {
            if (begun) cells.push_back(std::exchange(cell, {}));
            begun = false;
        } else {
            cell += c;
            begun = true;
        }
    }
    if (quoted) throw IoError(path, "a quote is not closed", n);
    if (begun) cells.push_back(std::move(cell));
    return cells;
}

} // namespace

void each_line_of_cells(
    const fs::path& path,
    const std::function<void(const std::vector<std::string>& cells, std::size_t n)>& visit) {
    const std::string text = read_text(path);
    std::size_t n = 0;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        std::string_view line = std::string_view(text).substr(from, end - from);
        if (line.ends_with('\r')) line.remove_suffix(1);
        from = end + 1;
        ++n;
        visit(cells_of(line, path.string(), n), n);
    }
}

void require_cells(const std::vector<std::string>& cells,
                   std::size_t n_columns,
                   const fs::path& path,
                   std::size_t n) {
    if (cells.size() != n_columns)
        throw IoError(
            path.string(),
            fmt::format("row must have {} cells like the first, got {}", n_columns, cells.size()),
            n);
}

TypeTable read_types(const fs::path& path, const std::string& id_column) {
    TypeTable table;
    std::vector<std::string> columns;
    each_line_of_cells(path, [&](const std::vector<std::string>& cells, std::size_t n) {
        if (n == 1) {
            require_columns(cells, path, id_column);
            columns = cells;
            return;
        }
        if (cells.empty()) return;
        require_cells(cells, columns.size(), path, n);
        TypeRow row = row_of(columns, cells);
        std::int64_t id = 0;
        if (!row.contains(id_column) || !parse_number(row[id_column], id))
            throw IoError(path.string(), fmt::format("{} must be a whole number", id_column), n);
        if (!table.emplace(id, std::move(row)).second)
            throw IoError(path.string(), fmt::format("{} {} is there twice", id_column, id), n);
    });
    if (columns.empty()) throw IoError(path.string(), "is empty");
    return table;
}

bool read_cell(const TypeRow& row, const std::string& column, const fs::path& path, double& value) {
    const auto cell = row.find(column);
    if (cell == row.end()) return false;
    if (!parse_number(cell->second, value) || !std::isfinite(value))
        throw IoError(path.string(), fmt::format("{} must be a finite number, got {}", column,
                                                 printable(cell->second)));
    return true;
}

fs::path Configuration::resolved(const std::string& text) const {
    return allowed(fs::path(text).is_absolute() ? fs::path(text) : path.parent_path() / text);
}

fs::path Configuration::allowed(const fs::path& file) const {
    if (root.empty()) return file;
    std::error_code error;
    const fs::path target = fs::weakly_canonical(fs::absolute(file), error);
    if (error) fail_with_errno(file, "cannot be read", error.value());
    if (std::mismatch(root.begin(), root.end(), target.begin(), target.end()).first != root.end())
        throw IoError(path.string(), fmt::format("{} leads out of the folder {}; use "
                                                 "--allow-outside if it may be read",
                                                 printable(file.string()), root.string()));
    return file;
}

fs::path root_of(const fs::path& path) {
    std::error_code error;
    fs::path root = fs::canonical(folder_of(path), error);
    if (error) fail_with_errno(path, "cannot be read", error.value());
    return root;
}

Configuration read_configuration(const fs::path& path, const fs::path& root) {
    Configuration config{path, parse_json(read_text(path), path.string()), root};
    if (!config.json.is_object())
        throw DescriptionError(path.string(),
                               {{"", "must be an object, got " + shown(config.json)}});
    std::vector<Problem> problems;
    const Variables variables = manifest_of(config.json, path, problems);
    throw_if_any(path.string(), problems);
    for (const auto& [key, value] : config.json.items()) {
        if (key != "manifest" && key != "spikewell") expand_texts(value, variables, path);
    }
    return config;
}

} // namespace spikewell::io::sonata
