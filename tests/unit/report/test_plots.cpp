#include "report/plots.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace spikewell;
using namespace spikewell::report;
using nlohmann::json;

namespace {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

const json& panel_of(const json& plot, std::size_t panel = 0) {
    return plot.at("panels").at(panel);
}
const json& mark_of(const json& plot, std::size_t mark = 0) {
    return panel_of(plot).at("marks").at(mark);
}

/// What the page's script makes of packed numbers; null for NaN.
json unpacked(const json& packed) {
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    std::uint32_t bits = 0;
    int n_bits = 0;
    for (const char c : packed.at("packed").get<std::string>()) {
        if (c == '=') break;
        bits = bits << 6U | static_cast<std::uint32_t>(digits.find(c));
        n_bits += 6;
        if (n_bits < 8) continue;
        n_bits -= 8;
        bytes.push_back(static_cast<char>(bits >> static_cast<unsigned>(n_bits) & 0xFFU));
    }
    json values = json::array();
    const bool wide = packed.at("bits") == 16;
    for (std::size_t i = 0; i < bytes.size(); i += wide ? 2 : 1) {
        const int low = static_cast<unsigned char>(bytes[i]);
        const int k =
            wide ? static_cast<std::int16_t>(low | static_cast<unsigned char>(bytes[i + 1]) << 8)
                 : static_cast<std::int8_t>(low);
        const bool missing = k == (wide ? -32768 : -128);
        values.push_back(missing ? json(nullptr)
                                 : json(packed.at("offset").get<double>() +
                                        k * packed.at("step").get<double>()));
    }
    return values;
}

} // namespace

TEST_CASE("A histogram counts each finite value once", "[report]") {
    const std::vector<Sample> samples = {{"a", {0.1, 0.2, 0.7, k_nan}}, {"b", {-0.1}}};

    const json plot = histogram(samples, "overlap", 0.5);

    CHECK(mark_of(plot, 0).at("from") == json({0.0, 0.5}));
    CHECK(mark_of(plot, 0).at("to") == json({0.5, 1.0}));
    CHECK(mark_of(plot, 0).at("y") == json({2.0, 1.0}));
    CHECK(mark_of(plot, 1).at("from") == json::array({-0.5}));
    CHECK(mark_of(plot, 1).at("y") == json::array({1.0}));
    CHECK(panel_of(plot).at("x").at("title") == "overlap");
}

TEST_CASE("Bars of a histogram's samples stand side by side within their bin", "[report]") {
    const std::vector<Sample> samples = {{"a", {0.1}}, {"b", {0.1}}};

    const json plot = histogram(samples, "x", 1.0);

    const double left = mark_of(plot, 0).at("x2").at(0);
    CHECK(mark_of(plot, 0).at("x").at(0).get<double>() > 0.0);
    CHECK(mark_of(plot, 1).at("x").at(0).get<double>() == Approx(left));
    CHECK(mark_of(plot, 1).at("x2").at(0).get<double>() < 1.0);
}

TEST_CASE("A histogram puts a value on an edge into the bin that begins there", "[report]") {
    // 0.3 / 0.1 is 2.9999999999999996 in double precision.
    const std::vector<Sample> samples = {{"a", {0.3}}};

    const json plot = histogram(samples, "x", 0.1);

    REQUIRE(mark_of(plot).at("from").size() == 1);
    CHECK(mark_of(plot).at("from").at(0).get<double>() == Approx(0.3));
}

TEST_CASE("A cumulative curve is a sample's share up to each of its values", "[report]") {
    const std::vector<Sample> samples = {{"a", {80.0, 100.0, 80.0, k_nan, 20.0}}, {"none", {}}};

    const json plot = cumulative(samples, "angle", {0.0, 180.0}, {90.0, "orthogonal"});

    CHECK(mark_of(plot).at("x") == json({0.0, 20.0, 80.0, 100.0, 180.0}));
    CHECK(mark_of(plot).at("y") == json({0.0, 25.0, 75.0, 100.0, 100.0}));
    CHECK(mark_of(plot, 1) == json{{"kind", "rule"}, {"x", 90.0}, {"label", "orthogonal"}});
    CHECK(panel_of(plot).at("marks").size() == 2);
}

TEST_CASE("Distributions are drawn as shares, thinned, without what few values reach", "[report]") {
    std::vector<double> many(10'000);
    for (std::size_t k = 0; k < many.size(); ++k)
        many[k] = static_cast<double>(k + 1); // the share up to x is x / 100 %
    const std::vector<Sample> samples = {
        {"few", {2.0, 1.0, 1.0, 4.0}}, {"none", {}}, {"many", many}};
    const nlohmann::json plot = distribution_curves(samples, "x")["panels"][0];
    REQUIRE(plot["marks"].size() == 2);
    CHECK(plot["marks"][0]["x"] == std::vector<double>{1.0, 2.0, 4.0});
    CHECK(plot["marks"][0]["y"] == std::vector<double>{50.0, 75.0, 100.0});
    const std::vector<double> x = plot["marks"][1]["x"];
    const std::vector<double> y = plot["marks"][1]["y"];
    CHECK(x.size() == 200);
    for (std::size_t k = 0; k < x.size(); ++k)
        CHECK(y[k] == Approx(x[k] / 100.0));
    CHECK(plot["x"]["domain"][0] == 1.0);
    CHECK(plot["x"]["domain"][1] < 9990.0);
}

TEST_CASE("A line plot carries its points in order", "[report]") {
    const std::vector<Series> series = {{"one", {0.0, 1.0}, {2.0, k_nan}}, {"two", {0.5}, {4.0}}};

    const json plot = line_plot(series, {"step", "overlap"});

    CHECK(mark_of(plot, 0).at("x") == json({0.0, 1.0}));
    CHECK(mark_of(plot, 0).at("y") == json({2.0, nullptr}));
    CHECK_FALSE(mark_of(plot, 0).contains("low"));
    CHECK(mark_of(plot, 1).at("name") == "two");
    CHECK(panel_of(plot).at("x").at("title") == "step");
    CHECK(panel_of(plot).at("y").at("title") == "overlap");
}

TEST_CASE("A line has a band where one is given", "[report]") {
    const std::vector<Series> series = {{"one", {0.0, 1.0}, {2.0, 3.0}, {1.5, 2.5}, {2.5, 3.5}}};

    const json plot = line_plot(series, {"step", "overlap"});

    CHECK(mark_of(plot).at("low") == json({1.5, 2.5}));
    CHECK(mark_of(plot).at("high") == json({2.5, 3.5}));
}

TEST_CASE("Numbers are written with seven significant digits", "[report]") {
    const std::vector<Series> series = {{"one", {1.0 / 3.0}, {123456.789}}};

    const json plot = line_plot(series, {"x", "y"});

    CHECK(mark_of(plot).at("x").dump() == "[0.3333333]");
    CHECK(mark_of(plot).at("y").dump() == "[123456.8]");
}

TEST_CASE("A raster carries each spike and has room for each neuron", "[report]") {
    const std::vector<Spike> spikes = {{1.25, 7}, {2.5, 0}};

    const json plot = raster(spikes, {"time (ms)", "neuron"});

    CHECK(mark_of(plot).at("x") == json({1.25, 2.5}));
    CHECK(mark_of(plot).at("y") == json({7, 0}));
    CHECK(panel_of(plot).at("y").at("domain") == json::array({-0.5, 7.5}));
}

TEST_CASE("A raster of no spikes is a plot too", "[report]") {
    CHECK(mark_of(raster({}, {"time (ms)", "neuron"})).at("x") == json::array());
}

TEST_CASE("Spikes of more than 500 neurons are drawn as rates, whose mean is that of the spikes",
          "[report]") {
    std::vector<Spike> spikes;
    for (std::uint32_t k = 0; k < 700; ++k)
        spikes.push_back({static_cast<double>(k), k});

    const json few = spike_plot(spikes, 500, 1000.0, {"t", "n"});
    const json many = spike_plot(spikes, 700, 1000.0, {"t", "n"});

    CHECK(mark_of(few).at("kind") == "ticks");
    CHECK(panel_of(few).at("x").at("domain") == json({0.0, 1000.0}));
    REQUIRE(mark_of(many).at("kind") == "cells");
    const std::size_t rows = mark_of(many).at("rows");
    const std::size_t cols = mark_of(many).at("cols");
    REQUIRE(rows == 128);
    const json rates = unpacked(mark_of(many).at("values"));
    double spikes_drawn = 0.0;
    for (std::size_t k = 0; k < rates.size(); ++k) {
        std::size_t neurons = 0; // of the cell's row
        for (std::size_t source = 0; source < 700; ++source)
            neurons += source * rows / 700 == k % rows ? 1 : 0;
        spikes_drawn += rates[k].get<double>() * static_cast<double>(neurons) /
                        static_cast<double>(cols); // times 1 s
    }
    // Packing moves each of the values by half a step at most.
    const double step = mark_of(many).at("values").at("step");
    CHECK(spikes_drawn == Approx(700.0).margin(0.5 * step * 700.0));
}

TEST_CASE("A difference of rasters has both in halves of their rows, or the rates' difference",
          "[report]") {
    const std::vector<Spike> one = {{1.0, 0}};
    const std::vector<Spike> two = {{1.0, 0}, {2.0, 1}};

    const json few = raster_difference({"a", one}, {"b", two}, 2, 10.0, {"t", "n"});
    const json many = raster_difference({"a", one}, {"b", two}, 600, 10.0, {"t", "n"});

    CHECK(mark_of(few, 0).at("half") == "upper");
    CHECK(mark_of(few, 1).at("half") == "lower");
    CHECK(mark_of(few, 1).at("y") == json({0, 1}));
    CHECK(mark_of(many).at("title") == "rate b less a / Hz");
    CHECK(mark_of(many).at("colours") == "diverging");
    double difference = 0.0;
    for (const json& rate : unpacked(mark_of(many).at("values")))
        difference += std::abs(rate.get<double>());
    // One spike in 0.2 ms of one row's five neurons (or four).
    CHECK(difference == Approx(1000.0 / 0.2 / 5.0).margin(300.0));
}

TEST_CASE("Packed numbers come back to half a step, NaN as missing", "[report]") {
    const int bits = GENERATE(8, 16);
    const std::vector<double> values = {-3.0, 0.1, k_nan, 5.0};

    const json packed_values = packed(values, bits);

    const json back = unpacked(packed_values);
    REQUIRE(back.size() == 4);
    CHECK(packed_values.at("step").get<double>() == Approx(8.0 / (bits == 8 ? 254.0 : 65534.0)));
    for (const std::size_t k : {0U, 1U, 3U})
        CHECK(std::abs(back[k].get<double>() - values[k]) <=
              0.5001 * packed_values.at("step").get<double>());
    CHECK(back[2].is_null());
    CHECK(unpacked(packed(std::vector{2.5, 2.5}, bits)) == json({2.5, 2.5}));
}

TEST_CASE("A heat strip carries the matrix column after column", "[report]") {
    Matrix states(2, 2);
    states.values = {1.0, 2.0, 3.0, k_nan};

    const json plot = heat_strip(states, {10.0, 0.5}, {"time (ms)", "node", "state"}, 1.5);

    const json& mark = mark_of(plot);
    const json back = unpacked(mark.at("values"));
    CHECK(back[0].get<double>() == Approx(1.0));
    CHECK(back[2].get<double>() == Approx(3.0));
    CHECK(back[3].is_null());
    CHECK(mark.at("x") == json{{"start", 10.0}, {"step", 0.5}, {"n", 3}});
    CHECK(mark.at("range") == json({-1.5, 1.5}));
    CHECK(mark.at("clipped") == json({false, true})); // as 2 and 3 are
    CHECK(mark.at("title") == "state");
}

TEST_CASE("A matrix is drawn as it is written, row 0 at the top", "[report]") {
    const json plot = matrix_plot(Matrix(2, 4), {"from", "to", "J"}, 1.0);

    CHECK(panel_of(plot).at("y").at("down") == true);
    CHECK(panel_of(plot).at("aspect") == 0.5);
    CHECK_FALSE(mark_of(plot).contains("parts"));
    CHECK(mark_of(matrix_plot(Matrix(2, 2), {"from", "to", "J"}, 1.0, true)).at("parts") == true);
}

TEST_CASE("Very many pairs are counted instead of drawn", "[report]") {
    std::vector<double> x(6000);
    for (std::size_t k = 0; k < x.size(); ++k)
        x[k] = static_cast<double>(k);

    const json plot = scatter(x, x, {"a", "b"}, true);

    CHECK(mark_of(scatter(std::span(x).first(5000), std::span(x).first(5000), {"a", "b"}))
              .at("kind") == "points");
    REQUIRE(mark_of(plot).at("kind") == "cells");
    double pairs = 0.0;
    for (const json& cell : unpacked(mark_of(plot).at("values")))
        pairs += cell.is_null() ? 0.0 : std::pow(10.0, cell.get<double>());
    CHECK(pairs == Approx(6000.0).epsilon(0.001));
    CHECK(mark_of(plot, 1).at("name") == "equal");
}

TEST_CASE("Bars carry an error bar only where an error is known", "[report]") {
    const std::vector<Bar> bars = {{"denoising", "published", 0.5, std::nullopt},
                                   {"denoising", "rate", 0.5, 0.25}};

    const json plot = grouped_bars(bars, "correlation");

    CHECK(panel_of(plot).at("x").at("categories") == json::array({"denoising"}));
    CHECK(mark_of(plot, 0).at("errors") == json::array({nullptr}));
    CHECK(mark_of(plot, 1).at("errors") == json::array({0.25}));
    CHECK(mark_of(plot, 1).at("name") == "rate");
    CHECK(panel_of(plot).at("y").at("title") == "correlation");
}

TEST_CASE("Stacked plots keep their data and are titled at the bottom", "[report]") {
    const std::vector<Spike> spikes = {{1.0, 2}};
    const json strip = heat_strip(Matrix(2, 3), {0.0, 1.0}, {"time (ms)", "node", "state"}, 1.0);
    const json below = raster(spikes, {"time (ms)", "neuron"});

    const json both = stacked(strip, below);

    REQUIRE(both.at("panels").size() == 2);
    CHECK(panel_of(both, 0).at("marks") == panel_of(strip).at("marks"));
    CHECK(panel_of(both, 1) == panel_of(below));
    CHECK(panel_of(both, 0).at("x").at("title") == "");
    CHECK(panel_of(both, 1).at("x").at("title") == "time (ms)");
}

TEST_CASE("Plots of one name zoom together, and pictures stand above the first panel", "[report]") {
    const std::vector<Picture> pictures = {{0.0, 2.0, Matrix(2, 2), "one"}};

    const json plot = with_pictures(linked(raster({}, {"x", "y"}), "time"), pictures, 1.0);

    CHECK(plot.at("link") == "time");
    const json& strip = panel_of(plot).at("strip");
    CHECK(strip.at("x2") == json::array({2.0}));
    CHECK(strip.at("labels") == json::array({"one"}));
    CHECK(strip.at("images").at(0).get<std::string>().rfind("data:image/png;base64,", 0) == 0);
}
