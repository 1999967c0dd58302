#include "io/network/network_file_parts.hpp"

#include <algorithm>
#include <functional>

namespace spikewell::io::network_file {

namespace {

constexpr const char* k_key = "evidence";
constexpr const char* k_file_key = "evidence_file";
const Range k_values = ObjectReader::between(-k_max_coupling, k_max_coupling);

/// Tells what is wrong with row k, of times and values.
using Complain = std::function<void(std::size_t k, const std::string& what)>;

bool is_allowed(double b) {
    return -k_max_coupling <= b && b <= k_max_coupling; // not NaN
}

std::string count_text(std::optional<std::size_t> n_nodes) {
    return n_nodes ? fmt::format("{}, the nodes", *n_nodes) : "the nodes";
}

/// What of one time in the document: a number for all nodes, or a list of one for each.
std::vector<double> numbers_of(const nlohmann::json& value) {
    if (value.is_number()) return {value.get<double>()};
    std::vector<double> numbers;
    for (const nlohmann::json& number : value)
        numbers.push_back(number.get<double>());
    return numbers;
}

bool is_numbers(const nlohmann::json& value) {
    return value.is_number() ||
           (value.is_array() && std::all_of(value.begin(), value.end(),
                                            [](const auto& cell) { return cell.is_number(); }));
}

/// Empty where it is right.
std::string complaint_about(const nlohmann::json& value, std::optional<std::size_t> n_nodes) {
    const std::string wanted =
        fmt::format("must be a number {}, or a list of one for each node", k_values.text);
    if (!is_numbers(value)) return fmt::format("{}, got {}", wanted, shown(value));
    if (value.is_array() && (value.empty() || (n_nodes && value.size() != *n_nodes)))
        return fmt::format("must have as many numbers as {}, got {}", count_text(n_nodes),
                           value.size());
    const std::vector<double> numbers = numbers_of(value);
    const auto wrong = std::find_if_not(numbers.begin(), numbers.end(), is_allowed);
    if (wrong == numbers.end()) return "";
    if (value.is_number()) return fmt::format("{}, got {}", wanted, shown(value));
    return fmt::format("number {} must be {}, got {}", wrong - numbers.begin(), k_values.text,
                       *wrong);
}

/// Complains of times that cannot be.
void check_times(const std::vector<double>& times_ms, const Complain& complain) {
    std::optional<double> before_ms;
    for (std::size_t k = 0; k < times_ms.size(); ++k) {
        const double t_ms = times_ms[k];
        if (!evidence_may_change_at(t_ms, before_ms))
            complain(k, before_ms
                            ? fmt::format(
                                  "must be {} or more after the time before, {}, and <= {}, got {}",
                                  k_least_delay_ms, *before_ms, k_durations_ms.high, t_ms)
                            : fmt::format("must be 0, or {} .. {}, got {}", k_least_delay_ms,
                                          k_durations_ms.high, t_ms));
        before_ms = t_ms;
    }
}

/// Rows, each of one number or one a node, as columns; one row where all are of one number.
Matrix columns_of(const std::vector<std::vector<double>>& rows) {
    std::size_t n = 1;
    for (const std::vector<double>& row : rows)
        n = std::max(n, row.size());
    Matrix values(n, rows.size());
    for (std::size_t k = 0; k < rows.size(); ++k)
        for (std::size_t i = 0; i < n; ++i)
            values(i, k) = rows[k].size() == 1 ? rows[k].front() : rows[k][i];
    return values;
}

/// {"times_ms", "values"}.
Evidence read_steps(ObjectReader& parent, std::optional<std::size_t> n_nodes) {
    ObjectReader reader = parent.child(k_key);
    const std::size_t before = reader.problem_count();
    Evidence evidence;
    evidence.times_ms = read_numbers(reader, "times_ms", ObjectReader::not_negative());
    reader.require({"values"});
    const nlohmann::json& values = reader.raw("values");
    reader.reject_unknown_keys();
    if (reader.problem_count() > before) return {};
    if (!values.is_array() || values.size() != evidence.times_ms.size()) {
        reader.problem("values", fmt::format("must be a list of as many as times_ms, {}, got {}",
                                             evidence.times_ms.size(), shown(values)));
        return {};
    }
    check_times(evidence.times_ms, [&](std::size_t k, const std::string& what) {
        reader.problem("times_ms", k, what);
    });
    RowProblems problems(reader, "values");
    for (std::size_t k = 0; k < values.size() && !problems.enough(); ++k) {
        const std::string what = complaint_about(values[k], n_nodes);
        if (what.empty()) continue;
        reader.problem("values", k, what);
        problems.count();
    }
    if (reader.problem_count() > before) return {};
    std::vector<std::vector<double>> rows;
    for (const nlohmann::json& value : values)
        rows.push_back(numbers_of(value));
    evidence.values = columns_of(rows);
    return evidence;
}

/// Rows of a time and a value for each node, or for all.
Evidence read_table(ObjectReader& reader,
                    const std::filesystem::path& folder,
                    std::optional<std::size_t> n_nodes) {
    const std::size_t before = reader.problem_count();
    const FileTable table = read_file_table(reader, k_file_key, folder);
    const Matrix& cells = table.cells;
    if (reader.problem_count() > before) return {};
    if (cells.cols < 2 || (n_nodes && cells.cols != 2 && cells.cols != *n_nodes + 1)) {
        reader.problem(k_file_key,
                       fmt::format("{}: rows must have a time and as many values as {}, "
                                   "or one, got {} cells",
                                   table.path, count_text(n_nodes), cells.cols));
        return {};
    }
    RowProblems problems(reader, k_file_key);
    const auto complain = [&](std::size_t row, const std::string& what) {
        if (problems.enough()) return;
        reader.problem(k_file_key, fmt::format("{}:{}: {}", table.path, row + 1, what));
        problems.count();
    };
    const std::span<const double> times_ms = cells.column(0);
    Evidence evidence{{times_ms.begin(), times_ms.end()}, Matrix(cells.cols - 1, cells.rows)};
    check_times(evidence.times_ms,
                [&](std::size_t row, const std::string& what) { complain(row, "t_ms " + what); });
    for (std::size_t i = 0; i + 1 < cells.cols; ++i) {
        for (std::size_t row = 0; row < cells.rows; ++row) {
            const double value = cells(row, i + 1);
            evidence.values(i, row) = value;
            if (!is_allowed(value))
                complain(row,
                         fmt::format("cell {} must be {}, got {}", i + 2, k_values.text, value));
        }
    }
    return problems.any() ? Evidence{} : evidence;
}

} // namespace

Evidence read_evidence(ObjectReader& reader,
                       const std::filesystem::path& folder,
                       std::optional<std::size_t> n_nodes) {
    const nlohmann::json& found = reader.raw(k_key);
    (void)reader.raw(k_file_key);
    if (reader.has(k_file_key)) {
        if (!reader.has(k_key)) return read_table(reader, folder, n_nodes);
        reader.problem(k_file_key, fmt::format("must not stand beside \"{}\"", k_key));
        return {};
    }
    if (!reader.has(k_key)) return {};
    if (found.is_object()) return read_steps(reader, n_nodes);
    const std::string what = complaint_about(found, n_nodes);
    if (what.empty()) return Evidence::constant(numbers_of(found));
    reader.problem(k_key,
                   is_numbers(found) ? what : what + "; or an object of times_ms and values");
    return {};
}

} // namespace spikewell::io::network_file
