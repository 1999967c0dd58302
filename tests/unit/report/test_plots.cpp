#include "report/plots.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace spikewell;
using namespace spikewell::report;
using nlohmann::json;

namespace {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

const json& values_of(const json& spec) {
    return spec.at("data").at("values");
}

} // namespace

TEST_CASE("A histogram counts each finite value once", "[report]") {
    const std::vector<Sample> samples = {{"a", {0.1, 0.2, 0.7, k_nan}}, {"b", {-0.1}}};

    const json spec = histogram(samples, "overlap", 0.5);

    CHECK(values_of(spec) == json::array({
                                 {{"series", "a"}, {"from", 0.0}, {"to", 0.5}, {"count", 2}},
                                 {{"series", "a"}, {"from", 0.5}, {"to", 1.0}, {"count", 1}},
                                 {{"series", "b"}, {"from", -0.5}, {"to", 0.0}, {"count", 1}},
                             }));
    CHECK(spec.at("encoding").at("x").at("title") == "overlap");
}

TEST_CASE("A histogram puts a value on an edge into the bin that begins there", "[report]") {
    // 0.3 / 0.1 is 2.9999999999999996 in double precision.
    const std::vector<Sample> samples = {{"a", {0.3}}};

    const json spec = histogram(samples, "x", 0.1);

    REQUIRE(values_of(spec).size() == 1);
    CHECK(values_of(spec)[0].at("from").get<double>() == Approx(0.3));
}

TEST_CASE("Only several series have a legend", "[report]") {
    const Series one = {"one", {0.0, 1.0}, {2.0, 3.0}};
    const Series two = {"two", {0.0}, {4.0}};

    const json single = line_plot(std::vector{one}, {"step", "overlap"});
    const json both = line_plot(std::vector{one, two}, {"step", "overlap"});

    CHECK(single.at("encoding").at("color").at("legend").is_null());
    CHECK_FALSE(both.at("encoding").at("color").contains("legend"));
}

TEST_CASE("A line plot carries its points in order", "[report]") {
    const std::vector<Series> series = {{"one", {0.0, 1.0}, {2.0, k_nan}}, {"two", {0.5}, {4.0}}};

    const json spec = line_plot(series, {"step", "overlap"});

    REQUIRE(values_of(spec).size() == 3);
    CHECK(values_of(spec)[0] == json{{"series", "one"}, {"x", 0.0}, {"y", 2.0}});
    CHECK(values_of(spec)[2] == json{{"series", "two"}, {"x", 0.5}, {"y", 4.0}});
    CHECK(values_of(spec)[1].dump() == R"({"series":"one","x":1.0,"y":null})");
    CHECK(spec.at("encoding").at("x").at("title") == "step");
    CHECK(spec.at("encoding").at("y").at("title") == "overlap");
}

TEST_CASE("A raster carries each spike and has room for each neuron", "[report]") {
    const std::vector<Spike> spikes = {{1.25, 7}, {2.5, 0}};

    const json spec = raster(spikes, {"time (ms)", "neuron"});

    CHECK(values_of(spec) == json::array({{{"t", 1.25}, {"n", 7}}, {{"t", 2.5}, {"n", 0}}}));
    CHECK(spec.at("encoding").at("y").at("scale").at("domain") == json::array({-0.5, 7.5}));
}

TEST_CASE("A raster of no spikes is a plot too", "[report]") {
    CHECK(values_of(raster({}, {"time (ms)", "neuron"})) == json::array());
}

TEST_CASE("A heat strip carries the matrix column after column", "[report]") {
    Matrix states(2, 2);
    states.values = {1.0, 2.0, 3.0, k_nan};

    const json spec = heat_strip(states, {10.0, 0.5}, {"time (ms)", "node", "state"}, 1.5);

    CHECK(values_of(spec) == json::array({1.0, 2.0, 3.0, {{"data", nullptr}}}));
    const std::string transform = spec.at("transform").dump();
    CHECK(transform.find("(datum.k - 1) % 2") != std::string::npos);
    CHECK(transform.find("10 + 0.5 * floor((datum.k - 1) / 2)") != std::string::npos);
    const json& colour = spec.at("encoding").at("color");
    CHECK(colour.at("scale").at("domain") == json::array({-1.5, 1.5}));
    CHECK(colour.at("title") == "state (clipped at ±1.5)"); // as 2 and 3 are
}

TEST_CASE("Bars carry an error bar only where an error is known", "[report]") {
    const std::vector<Bar> bars = {{"denoising", "published", 0.5, std::nullopt},
                                   {"denoising", "rate", 0.5, 0.25}};

    const json spec = grouped_bars(bars, "correlation");

    REQUIRE(values_of(spec).size() == 2);
    CHECK_FALSE(values_of(spec)[0].contains("low"));
    CHECK(values_of(spec)[1].at("low") == 0.25);
    CHECK(values_of(spec)[1].at("high") == 0.75);
    REQUIRE(spec.at("layer").size() == 2);
    CHECK(spec.at("layer")[0].at("encoding").at("y").at("title") == "correlation");
}

TEST_CASE("Stacked plots share the x axis and keep their data", "[report]") {
    const std::vector<Spike> spikes = {{1.0, 2}};
    const json strip = heat_strip(Matrix(2, 3), {0.0, 1.0}, {"time (ms)", "node", "state"}, 1.0);
    const json below = raster(spikes, {"time (ms)", "neuron"});

    const json spec = stacked(strip, below);

    REQUIRE(spec.at("vconcat").size() == 2);
    CHECK(values_of(spec.at("vconcat")[0]) == values_of(strip));
    CHECK(values_of(spec.at("vconcat")[1]) == values_of(below));
    CHECK(spec.at("resolve").at("scale").at("x") == "shared");
    CHECK(spec.at("vconcat")[0].at("encoding").at("x").at("title").is_null());
    CHECK(spec.at("vconcat")[1].at("encoding").at("x").at("title") == "time (ms)");
}

TEST_CASE("Every plot names its grammar and fills the place it is given", "[report]") {
    const std::vector<json> specs = {
        histogram({}, "x", 1.0), line_plot({}, {"x", "y"}), raster({}, {"x", "y"}),
        heat_strip(Matrix(1, 1), {}, {"x", "y", "c"}, 1.0), grouped_bars({}, "y")};

    for (const json& spec : specs) {
        CHECK(spec.at("$schema").get<std::string>().find("/vega-lite/v6.json") !=
              std::string::npos);
        CHECK(spec.at("width") == "container");
    }
    const json both = stacked(specs[1], specs[2]);
    CHECK(both.at("$schema") == specs[0].at("$schema"));
    // Vega-Lite takes neither inside a stack.
    for (const json& part : both.at("vconcat")) {
        CHECK_FALSE(part.contains("$schema"));
        CHECK(part.at("width").is_number());
    }
}
