#include "io/output.hpp"
#include "io/results/models_text.hpp"
#include "network/catalogue.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

using namespace spikewell;

// The cards' tables are read by people, in the headers and in network/FORMAT.md; the fields by the program.
// They say the same.

namespace {

std::string page(const std::string& path) {
    return io::read_text(std::string(SPIKEWELL_SOURCE_DIR "/").append(path));
}

/// The cells of a table's row in a header's card, trimmed; empty where the line is none.
std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    if (line.rfind("/// |", 0) != 0) return cells;
    std::stringstream rest(line.substr(5));
    for (std::string cell; std::getline(rest, cell, '|');) {
        const std::size_t first = cell.find_first_not_of(' ');
        cells.push_back(first == std::string::npos
                            ? ""
                            : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
    }
    return cells;
}

std::vector<std::string> listed(const std::string& cell) {
    std::vector<std::string> parts;
    std::stringstream rest(cell);
    for (std::string part; std::getline(rest, part, ',');) {
        part.erase(
            std::remove_if(part.begin(), part.end(), [](char c) { return c == ' ' || c == '`'; }),
            part.end());
        parts.push_back(part);
    }
    return parts;
}

struct Row {
    std::string unit, default_value, allowed;
};

/// The row of a field's key in a header's card; a row may be of two fields.
std::optional<Row> row_of(const std::string& header, const std::string& key) {
    std::stringstream lines(header);
    std::vector<std::string> columns;
    for (std::string line; std::getline(lines, line);) {
        const std::vector<std::string> cells = cells_of(line);
        if (cells.empty()) continue;
        if (std::find(cells.begin(), cells.end(), "field") != cells.end()) columns = cells;
        if (columns.empty() || cells.size() != columns.size()) continue;
        const auto cell = [&](const char* column) -> std::string {
            const auto at = std::find(columns.begin(), columns.end(), column);
            return at == columns.end() ? "" : cells[static_cast<std::size_t>(at - columns.begin())];
        };
        const std::vector<std::string> keys = listed(cell("field"));
        const auto at = std::find(keys.begin(), keys.end(), key);
        if (at == keys.end()) continue;
        const std::vector<std::string> defaults = listed(cell("default"));
        const auto k = static_cast<std::size_t>(at - keys.begin());
        return Row{cell("unit"), defaults.size() == keys.size() ? defaults[k] : defaults.front(),
                   cell("allowed")};
    }
    return std::nullopt;
}

/// "1e-4 .. 1e9" as the program writes numbers.
std::string in_numbers(std::string allowed) {
    const std::size_t dots = allowed.find(" .. ");
    if (dots == std::string::npos) return allowed;
    const std::size_t begin = allowed.rfind(' ', dots == 0 ? 0 : dots - 1);
    const std::size_t low = begin == std::string::npos ? 0 : begin + 1;
    const double from = std::stod(allowed.substr(low, dots - low));
    const double to = std::stod(allowed.substr(dots + 4));
    return detail::interval_text({from, to});
}

/// "`distinct`, default false": as the connectors' table has a field.
std::string in_shared_table(const FieldFacts& field) {
    std::string text = "`" + field.key + "`, ";
    if (field.default_value != "required") text += "default ";
    text += field.default_value;
    return field.unit.empty() ? text : text + ", " + field.allowed;
}

std::string header_of(const std::string& key) {
    if (key == "escape") return "neuron_models/escape_rate.hpp";
    return "neuron_models/" + key + ".hpp";
}

} // namespace

TEST_CASE("The table of each card says what the model's fields say") {
    std::size_t n_fields = 0;
    for (const ModelFacts& model : all_models()) {
        if (model.kind != "neuron" && model.kind != "rule" && model.key != "escape")
            continue; // FORMAT.md alone describes them
        const std::string header = page(header_of(model.key));
        for (const FieldFacts& field : model.fields) {
            const bool is_number = field.allowed.find(" .. ") != std::string::npos;
            if (!is_number) continue; // words are told in sentences
            CAPTURE(model.key, field.key);
            const std::string key = field.unit == "weight" ? with_unit(field.key, "mV") : field.key;
            const std::optional<Row> row = row_of(header, key);
            REQUIRE(row);
            ++n_fields;
            if (!row->unit.empty() && field.unit != "weight") CHECK(row->unit == field.unit);
            const bool is_null = field.default_value == "null";
            if (!is_null) CHECK(std::stod(row->default_value) == std::stod(field.default_value));
            CHECK_THAT(field.allowed, Catch::Matchers::Contains(in_numbers(row->allowed)));
        }
    }
    REQUIRE(n_fields > 60);
    const auto rates = row_of(page("neuron_models/poisson_source.hpp"), "rates_Hz");
    REQUIRE(rates);
    CHECK(in_numbers(rates->allowed) == detail::interval_text(k_rates_Hz));
}

TEST_CASE(
    "FORMAT.md has the parameters of each model as `spikewell models --markdown` writes them") {
    const std::string format = page("network/FORMAT.md");
    std::size_t n_models = 0;
    for (const ModelFacts& model : all_models()) {
        if (model.key == "escape_noise_lif") continue; // its fields stand among its population's
        CAPTURE(model.key);
        ++n_models;
        if (model.kind != "part" && model.kind != "file" && model.key != "neurons")
            CHECK_THAT(format, Catch::Matchers::Contains("`" + model.key + "`") ||
                                   Catch::Matchers::Contains("\"" + model.key + "\""));
        if (model.kind != "connector")
            CHECK_THAT(format, Catch::Matchers::Contains(io::parameters_to_markdown(model)));
        else
            for (const FieldFacts& field : model.fields)
                CHECK_THAT(format, Catch::Matchers::Contains(in_shared_table(field)));
    }
    REQUIRE(n_models > 25);
}

TEST_CASE("A key's last part is its unit") {
    CHECK(unit_of("tau_m_ms") == "ms");
    CHECK(unit_of("w_max_*") == "weight");
    CHECK(unit_of("tolerance") == "1");
    CHECK(unit_of("g_L_nS") == "nS");
    CHECK(unit_of("ms") == "1");
    CHECK(with_unit("w_min_* < w_max_*", "nS") == "w_min_nS < w_max_nS");
}
