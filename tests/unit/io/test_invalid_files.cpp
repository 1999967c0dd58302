#include "core/error.hpp"
#include "io/config_file.hpp"
#include "io/csv.hpp"
#include "io/model_file.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace spikewell;

namespace {

const std::filesystem::path k_folder = SPIKEWELL_SOURCE_DIR "/tests/data/invalid";

/// File -> what its message must contain. A file of a table fails with IoError, any other with
/// DescriptionError. (A missing trailing comma keeps one entry a line.)
const std::map<std::string, std::string> k_expected{
    {"config_csv_control_character.json", "/data/csv: must be without control characters"},
    {"config_csv_not_text.json", "/data/csv: must be text, got 3"},
    {"config_delay_zero.json", "/spiking/delay_ms: must be null or 0.001 .. 1000000, got 0"},
    {"config_empty.json", "is empty"},
    {"config_evidence_negative.json", "/training/evidence: must be 0 .. 10000, got -1"},
    {"config_evidence_text.json", "/training/evidence: must be a number, got \"11\""},
    {"config_infinity.json", "line 1, column 32: numbers must be finite, got -Infinity"},
    {"config_label_column_text.json", "/data/label_column: must be a whole number, got \"last\""},
    {"config_learning_rate_negative.json",
     "/training/learning_rate: must be null or 0 .. 1, got -0.5"},
    {"config_missing_comma.json", "line 2, column 2: unexpected \"training\""},
    {"config_nan.json", "line 3, column 17: numbers must be finite, got NaN"},
    {"config_nested_too_deep.json", "nested too deep, allowed 100 levels"},
    {"config_neurons_per_node_21.json", "/spiking/neurons_per_node: must be 1 .. 20, got 21"},
    {"config_not_object.json", "must be an object, got a list of 2"},
    {"config_number_overflow.json",
     "line 2, column 20: number is beyond double precision, got 1e400"},
    {"config_order_unknown.json", "/training/order: must be one of \"random\", \"sequential\""},
    {"config_prediction_not_text.json",
     "/spiking/prediction: must be one of \"spiking\", \"expected\""},
    {"config_preprocess_unknown.json", "did you mean \"square-zscore\"?"},
    {"config_presentations_zero.json", "/training/presentations: must be 1 .. 1000000000, got 0"},
    {"config_repeated_key.json", "/training/evidence: key is repeated"},
    {"config_section_not_object.json", "/training: must be an object, got 3"},
    {"config_seed_negative.json", "/seed: must be a whole number, got -1"},
    {"config_seed_too_large.json", "/seed: must be a whole number, got 1.8446744073709552e+19"},
    {"config_snr_zero.json", "/evaluation/snr: must be 1e-06 .. 1000000, got 0"},
    {"config_steps_fractional.json", "/evaluation/steps: must be a whole number, got 3.5"},
    {"config_tau_m_beyond_lag.json", "/spiking/tau_m_ms: must be <= tau_ref_ms ln 2 = 6.93147"},
    {"config_tau_ref_zero.json", "/spiking/tau_ref_ms: must be 0.001 .. 1000000, got 0"},
    {"config_temperature_zero.json", "/training/inverse_temperature: must be 1e-06 .. 1000, got 0"},
    {"config_test_rows_repeated.json", "/data/test_rows/1: must be listed once, got 4 again"},
    {"config_test_rows_word.json",
     "/data/test_rows: must be \"rest\" or a list of rows, got \"all\""},
    {"config_trailing_comma.json", "line 3, column 1: unexpected '}', allowed a key in quotes"},
    {"config_train_rows_empty.json", "/data/train_rows: must not be empty"},
    {"config_train_rows_negative.json", "/data/train_rows/1: must be 0 .. 1000000000, got -2"},
    {"config_train_rows_repeated.json", "/data/train_rows/2: must be listed once, got 1 again"},
    {"config_train_rows_word.json", "/data/train_rows: must be a list of whole numbers"},
    {"config_trials_too_many.json", "/evaluation/trials: must be 1 .. 1000000000"},
    {"config_truncated.json", "text ends too early"},
    {"config_unclosed_string.json", "line 1, column 25: invalid string: control character"},
    {"config_unknown_key.json", "/training/evidense: is unknown; did you mean \"evidence\"?"},
    {"config_unknown_key_far.json", "/colour: is unknown, allowed \"data\", \"training\""},
    {"csv_blank_line.csv", ":2:1: line is blank"},
    {"csv_empty.csv", ":1:1: is empty"},
    {"csv_empty_cell.csv", ":2:1: cell 1 is empty"},
    {"csv_header.csv",
     ":1:1: cell 1 is no number, got \"a\", allowed finite numbers; a header line"},
    {"csv_infinity.csv", ":1:3: cell 2 is not finite, got \"-inf\""},
    {"csv_long_cell.csv", "x...\""},
    {"csv_nan.csv", ":2:3: cell 2 is not finite, got \"nan\""},
    {"csv_only_blank_lines.csv", "is empty"},
    {"csv_overflow.csv", ":1:3: cell 2 is beyond double precision"},
    {"csv_ragged.csv", ":2:1: row must have 3 cells like the first, got 2"},
    {"csv_semicolons.csv", "; commas separate cells"},
    {"csv_text_cell.csv", ":2:3: cell 2 is no number, got \"4x\""},
    {"model_backend_unknown.json",
     "/backend: must be one of \"rate\", \"spiking\", got \"spikes\""},
    {"model_claims_too_much.json", "/coupling/row_major: must be a list of rows * cols"},
    {"model_cols_missing.json", "/coupling/cols: is missing"},
    {"model_config_missing.json", "/config: is missing"},
    {"model_config_wrong.json", "/config/training/evidence: must be 0 .. 10000, got -1"},
    {"model_coupling_missing.json", "/coupling: is missing"},
    {"model_empty.json", "/coupling: must be square and not empty, got 0 x 0"},
    {"model_format_missing.json", "/format: must be \"spikewell-model\", got null"},
    {"model_format_other.json", "/format: must be \"spikewell-model\", got \"network\""},
    {"model_negative_rows.json", "/coupling/rows: must be 0 .. 1000000000, got -2"},
    {"model_not_square.json", "/coupling: must be square and not empty, got 1 x 2"},
    {"model_self_coupling.json", "/coupling: self-coupling of node 1 must be 0, got 0.25"},
    {"model_too_short.json", "must be a list of rows * cols = 4 numbers, got a list of 3"},
    {"model_unknown_key.json", "/weights: is unknown"},
    {"model_version_other.json", "/version: must be 1 or 2, got 3"},
    {"model_weight_null.json", "/coupling/row_major/2: must be a finite number, got null"},
};

/// Reads a file as its name says.
void read(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    if (name.starts_with("config_")) {
        (void)io::read_config(path);
    } else if (name.starts_with("csv_")) {
        (void)io::read_csv(path);
    } else if (name.starts_with("model_")) {
        (void)io::read_model(path);
    }
}

/// "IoError: message" or "DescriptionError: message", as it was thrown.
std::string outcome(const std::filesystem::path& path) {
    try {
        read(path);
    } catch (const IoError& error) {
        return std::string("IoError: ") + error.what();
    } catch (const DescriptionError& error) {
        return std::string("DescriptionError: ") + error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("Every invalid file is refused with its error in one line") {
    REQUIRE(!k_expected.empty());
    for (const auto& [name, fragment] : k_expected) {
        CAPTURE(name);
        const std::string got = outcome(k_folder / name);
        CHECK_THAT(got,
                   Catch::StartsWith(name.ends_with(".csv") ? "IoError: " : "DescriptionError: "));
        CHECK_THAT(got, Catch::Contains((k_folder / name).string()));
        CHECK_THAT(got, Catch::Contains(fragment));
        CHECK(got.find('\n') == std::string::npos);
    }
}

TEST_CASE("Every file among the invalid ones has an expectation") {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(k_folder)) {
        names.insert(entry.path().filename().string());
    }
    std::set<std::string> expected;
    for (const auto& [name, fragment] : k_expected) {
        expected.insert(name);
    }
    CHECK(names == expected);
}
