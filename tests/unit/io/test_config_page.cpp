#include "io/config_file.hpp"
#include "io/output.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <regex>
#include <string>

// The page that documents CONFIG and the reader of CONFIG: the same keys, defaults and ranges.

using namespace spikewell;
using Json = nlohmann::json;

namespace {

struct Row {
    Json preset; ///< the default
    std::string allowed;
};

/// The table's rows by key.
std::map<std::string, Row> documented() {
    const std::string page = io::read_text(SPIKEWELL_SOURCE_DIR "/examples/digits/CONFIG.md");
    const std::regex line(R"(\| `([a-z_.]+)` \| `([^|]*)` \| ([^|]*) \|)");
    std::map<std::string, Row> rows;
    for (std::sregex_iterator at(page.begin(), page.end(), line), end; at != end; ++at)
        rows[(*at)[1]] = {Json::parse((*at)[2].str()), (*at)[3]};
    return rows;
}

/// "training.evidence" -> "/training/evidence"
Json::json_pointer pointer_of(std::string key) {
    std::replace(key.begin(), key.end(), '.', '/');
    return Json::json_pointer("/" + key);
}

std::map<std::string, Json> defaults() {
    const nlohmann::ordered_json config = io::to_json(experiments::Config{});
    std::map<std::string, Json> values;
    const Json document = io::to_json(experiments::Config{});
    for (const auto& [group, object] : document.items()) {
        if (!object.is_object()) values[group] = object;
        if (!object.is_object()) continue;
        for (const auto& [key, value] : object.items())
            values[std::string(group).append(".").append(key)] = value;
    }
    return values;
}

} // namespace

TEST_CASE("The page of CONFIG has every key with its default, and no other") {
    const auto rows = documented();
    const auto values = defaults();
    REQUIRE(rows.size() == values.size());
    for (const auto& [key, value] : values) {
        CAPTURE(key);
        REQUIRE(rows.count(key) == 1);
        CHECK(rows.at(key).preset == value);
    }
}

TEST_CASE("What the page of CONFIG allows is what the reader says it allows") {
    for (const auto& [key, row] : documented()) {
        CAPTURE(key);
        Json config;
        config[pointer_of(key)] = Json::object(); // of no key's type
        try {
            (void)io::parse_config(config.dump(), "c.json");
            FAIL("no error");
        } catch (const DescriptionError& error) {
            REQUIRE(error.problems().size() == 1);
            CHECK(Json::json_pointer(error.problems()[0].pointer) == pointer_of(key));
            CHECK_THAT(error.problems()[0].message, Catch::Contains(row.allowed));
        }
    }
}
