#include "experiments/config_cards.hpp"
#include "io/config_file.hpp"
#include "io/json_reader.hpp"
#include "io/output.hpp"
#include "io/results/models_text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

// The page that documents CONFIG, what `spikewell config` says, and the reader of CONFIG: the same keys, defaults
// and ranges.

using namespace spikewell;
using Json = nlohmann::json;

namespace {

/// "training.evidence" -> "/training/evidence"
Json::json_pointer pointer_of(std::string key) {
    std::replace(key.begin(), key.end(), '.', '/');
    return Json::json_pointer("/" + key);
}

/// As JSON says it; words have no quotes in the table.
Json value_of(const std::string& preset) {
    Json value = Json::parse(preset, nullptr, false);
    return value.is_discarded() ? Json(preset) : value;
}

std::size_t n_keys(const Json& config) {
    std::size_t n = 0;
    for (const Json& section : config)
        n += section.is_object() ? section.size() : 1;
    return n;
}

/// "1e-3 .. 1e9" as messages have it, without what stands around it; none: "".
std::string range_in_messages(const std::string& allowed) {
    const std::size_t dots = allowed.find(" .. ");
    if (dots == std::string::npos || allowed.find('^') != std::string::npos) return "";
    const std::size_t before = allowed.rfind(' ', dots - 1);
    const std::size_t low = before == std::string::npos ? 0 : before + 1;
    return io::ObjectReader::between(std::stod(allowed.substr(low, dots - low)),
                                     std::stod(allowed.substr(dots + 4)))
        .text;
}

} // namespace

TEST_CASE("The page of CONFIG has the table that `spikewell config --markdown` writes") {
    const std::string page = io::read_text(SPIKEWELL_SOURCE_DIR "/docs/config.md");
    CHECK_THAT(page, Catch::Contains(io::config_to_markdown()));
}

TEST_CASE("`spikewell config` has every key of a CONFIG with its default, and no other") {
    const Json defaults = io::to_json(experiments::Config{});
    const std::vector<FieldFacts> parameters = io::config_parameters();
    REQUIRE(parameters.size() == n_keys(defaults));
    for (const FieldFacts& field : parameters) {
        CAPTURE(field.key);
        REQUIRE(defaults.contains(pointer_of(field.key)));
        CHECK(value_of(field.default_value) == defaults.at(pointer_of(field.key)));
        CHECK(!field.meaning.empty());
    }
}

TEST_CASE("What `spikewell config` says is allowed is what the reader says is") {
    for (const FieldFacts& field : io::config_parameters()) {
        CAPTURE(field.key);
        Json config;
        config[pointer_of(field.key)] = Json::object(); // of no key's type
        try {
            (void)io::parse_config(config.dump(), "c.json");
            FAIL("no error");
        } catch (const DescriptionError& error) {
            REQUIRE(error.problems().size() == 1);
            CHECK(Json::json_pointer(error.problems()[0].pointer) == pointer_of(field.key));
            const bool of_rows = field.key == "data.train_rows" || field.key == "data.test_rows";
            if (!of_rows) // each row's range is told where a row is wrong
                CHECK_THAT(error.problems()[0].message,
                           Catch::Contains(range_in_messages(field.allowed)));
        }
    }
}

TEST_CASE("Numbers beyond what `spikewell config` says are refused, those within are not") {
    std::size_t n_ranges = 0;
    const auto refuses = [](const std::string& key, double value) {
        Json config;
        config[pointer_of(key)] = value;
        if (key == "spiking.tau_m_ms")
            config[pointer_of("spiking.delay_ms")] = 1.0; // none else fits
        if (key == "spiking.tau_ref_ms") config[pointer_of("spiking.tau_m_ms")] = 0.0;
        try {
            (void)io::parse_config(config.dump(), "c.json");
            return false;
        } catch (const DescriptionError&) {
            return true;
        }
    };
    for (const ModelFacts& section : experiments::config_facts()) {
        for (const FieldFacts& field : section.fields) {
            const std::string range = range_in_messages(field.allowed);
            const std::size_t dots = range.find(" .. ");
            if (range.empty() || field.key == "train_rows" || field.key == "test_rows" ||
                field.key == "resize")
                continue; // lists
            ++n_ranges;
            CAPTURE(section.key, field.key, range);
            const std::string key = section.key + "." + field.key;
            const double low = std::stod(range.substr(0, dots));
            const double high = std::stod(range.substr(dots + 4));
            CHECK(refuses(key, high * 1.5));
            CHECK(refuses(key, low - 1.0));
            CHECK_FALSE(refuses(key, high));
            CHECK_FALSE(refuses(key, low));
        }
    }
    CHECK(n_ranges == 17);
}
