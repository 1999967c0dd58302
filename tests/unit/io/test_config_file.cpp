#include "io/config_file.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

using namespace spikewell;
using experiments::Config;

namespace {

/// The documented shape of a CONFIG with all defaults.
constexpr const char* k_defaults = R"({
 "data": {"csv": null, "label_column": 64, "labels": null, "train_rows": [0,1,2,3,4,5,6,7,8,9],
          "first": null, "per_class": null, "test_rows": "rest", "resize": null, "preprocess": "square-zscore"},
 "training": {"evidence": 11.0, "inverse_temperature": 0.16681, "learning_rate": null,
              "presentations": 5000, "steps_per_presentation": 10, "order": "random", "reset_state": false},
 "spiking": {"neurons_per_node": 5, "tau_ref_ms": 10.0, "tau_m_ms": 3.0, "delay_ms": null,
             "prediction": "spiking"},
 "evaluation": {"trials": 100, "steps": 100, "signal_strength": 0.1, "snr": 1.0,
                "inverse_temperature": 1.0},
 "seed": 1
})";

Config unusual() {
    Config config;
    config.data = {"",
                   "",
                   experiments::NoLabel{},
                   {7, 2},
                   std::nullopt,
                   std::nullopt,
                   std::vector<std::size_t>{1, 0},
                   std::array<std::size_t, 2>{3, 4},
                   experiments::Preprocess::none};
    config.training = {
        0.0, 0.30000000000000004, 0.0, 1'000'000'000, 1, experiments::Order::sequential, true};
    config.spiking = {20, 0.1, 50.0, 0.3, Prediction::expected};
    config.evaluation = {1, 2, 0.1 + 0.2, 123456.78901234567, 1.0000000000000002e-6};
    config.seed = 18446744073709551615U;
    return config;
}

std::vector<Problem> problems_of(std::string_view text) {
    try {
        (void)io::parse_config(text, "config.json");
    } catch (const DescriptionError& error) {
        return error.problems();
    }
    return {};
}

} // namespace

TEST_CASE("The documented CONFIG is the default one, key by key in its order") {
    CHECK(io::parse_config(k_defaults, "config.json") == Config{});
    CHECK(io::to_json(Config{}).dump() == nlohmann::ordered_json::parse(k_defaults).dump());
}

TEST_CASE("Every key of a CONFIG may be left out") {
    CHECK(io::parse_config("{}", "config.json") == Config{});
}

TEST_CASE("A CONFIG comes back from its JSON text") {
    CHECK(io::parse_config(io::to_json(unusual()).dump(), "config.json") == unusual());
}

TEST_CASE("A label column is given, none, or the one that the CSV's header names") {
    const auto column_of = [](const char* data) {
        return io::parse_config(std::string(R"({"data": )") + data + "}", "c.json").data;
    };
    using experiments::LabelColumn;
    CHECK(column_of(R"({"csv": "t.csv", "label_column": 3})").label_column ==
          LabelColumn(std::size_t{3}));
    CHECK(column_of(R"({"csv": "t.csv", "label_column": null})").label_column ==
          LabelColumn(experiments::NoLabel{}));
    CHECK(column_of(R"({"csv": "t.csv"})").label_column == LabelColumn(experiments::LabelByName{}));
    CHECK(column_of("{}").label_column == LabelColumn(std::size_t{64})); // the built-in digits'
    Config config;
    config.data.csv = "t.csv";
    config.data.label_column = experiments::LabelByName{};
    CHECK(io::parse_config(io::to_json(config).dump(), "c.json") == config);
}

TEST_CASE("All problems of a CONFIG are told at once, with pointers") {
    const auto problems = problems_of(
        R"({"data": {"train_rows": [1, 1]}, "training": {"evidence": -1, "odrer": "random"},
            "spiking": 3, "evaluation": {"snr": 0}, "seed": -1})");
    std::vector<std::string> pointers;
    for (const Problem& problem : problems) {
        pointers.push_back(problem.pointer);
    }
    CHECK(pointers == std::vector<std::string>{"/data/train_rows/1", "/training/evidence",
                                               "/training/odrer", "/spiking", "/evaluation/snr",
                                               "/seed"});
}

TEST_CASE("A membrane slower than tau_ref ln 2 needs a delay") {
    CHECK(problems_of(R"({"spiking": {"tau_m_ms": 6.931}})").empty());
    CHECK(problems_of(R"({"spiking": {"tau_m_ms": 6.932, "delay_ms": 1}})").empty());
    const auto problems = problems_of(R"({"spiking": {"tau_m_ms": 6.932}})");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].pointer == "/spiking/tau_m_ms");
}

TEST_CASE("A wrong tau_ref is not told a second time at tau_m") {
    CHECK(problems_of(R"({"spiking": {"tau_ref_ms": -100, "tau_m_ms": 50}})").size() == 1);
}

TEST_CASE("A relative CSV lies beside its CONFIG file, an absolute one where it says") {
    const test::ScratchFolder folder;
    folder.write("relative.json", R"({"data": {"csv": "sub/t.csv"}})");
    folder.write("absolute.json", R"({"data": {"csv": "/data/t.csv"}})");
    folder.write("none.json", R"({"data": {"csv": ""}})");
    CHECK(io::read_config(folder / "relative.json").data.csv == folder / "sub/t.csv");
    CHECK(io::read_config(folder / "absolute.json").data.csv == "/data/t.csv");
    CHECK(io::read_config(folder / "none.json").data.csv.empty());
}
