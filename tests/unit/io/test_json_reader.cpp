#include "io/json_reader.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace spikewell;
using io::ObjectReader;
using nlohmann::json;

namespace {

const auto k_percent = ObjectReader::between(0, 100);

std::string message_of(std::string_view text) {
    try {
        (void)io::parse_json(text, "t.json");
    } catch (const DescriptionError& error) {
        return error.problems().at(0).message;
    }
    return "no error";
}

/// One object and what its reading complained of.
struct Reading {
    explicit Reading(const char* text) : value(json::parse(text)), reader(value, "/at", problems) {}
    json value;
    std::vector<Problem> problems;
    ObjectReader reader;
};

} // namespace

TEST_CASE("A syntax error names line and column of what is unexpected") {
    CHECK(message_of("{\n \"a\": nul}") == "line 2, column 7: unexpected 'nul'");
    CHECK(message_of("{\"\u00e9\": 1,}") ==
          "line 1, column 9: unexpected '}', allowed a key in quotes");
    CHECK(message_of("{\"a\": 1 \"b\": 2}") ==
          "line 1, column 9: unexpected \"b\", allowed ',' or '}'");
    CHECK(message_of("[1 2]") == "line 1, column 4: unexpected '2', allowed ',' or ']'");
    CHECK(message_of("{\"a\" 1}") == "line 1, column 6: unexpected '1', allowed ':'");
    CHECK(message_of("1 2") == "line 1, column 3: unexpected '2', allowed nothing after the value");
    CHECK(message_of("[-\"\"]") == "line 1, column 3: unexpected '\\\"'");
    CHECK(message_of("[1,\r\n2") == "line 2, column 2: text ends too early");
    CHECK(message_of(" \n") == "is empty, allowed one JSON value");
}

TEST_CASE("NaN and infinity are told as numbers that are not finite") {
    const std::string number =
        GENERATE(as<std::string>{}, "NaN", "nan", "Infinity", "-Infinity", "+inf");
    CHECK(message_of("[1,\n  " + number + "]") ==
          "line 2, column 3: numbers must be finite, got " + number);
}

TEST_CASE("A number too large for a double is an error") {
    CHECK(message_of("[1e999]") ==
          "line 1, column 2: number is beyond double precision, got 1e999");
}

TEST_CASE("A broken string is told without the parser's own words around it") {
    const std::string message = message_of("[\"a\\qb\"]");
    CHECK_THAT(message, Catch::StartsWith("line 1, column 5: invalid string: "));
    CHECK_THAT(message, !Catch::Contains("json.exception") && !Catch::Contains("last read"));
    CHECK_THAT(message_of("[\"a\xff\"]"), Catch::StartsWith("line 1, column 4: invalid string: "));
}

TEST_CASE("Every repeated key is a problem at its pointer") {
    try {
        (void)io::parse_json(R"({"a": [{}, {"b/c": 1, "b/c": 2}], "d": {"a": 1}, "a": 3})",
                             "t.json");
        FAIL("no error");
    } catch (const DescriptionError& error) {
        REQUIRE(error.problems().size() == 2);
        CHECK(error.problems()[0].pointer == "/a/1/b~1c");
        CHECK(error.problems()[1].pointer == "/a");
    }
}

TEST_CASE("Sound JSON is read as it stands") {
    CHECK(io::parse_json(R"({"a": [1, -2.5, null], "b": {"a": ""}})", "t.json") ==
          json{{"a", {1, -2.5, nullptr}}, {"b", {{"a", ""}}}});
}

TEST_CASE("Lists nested beyond any use are an error, not a crash") {
    CHECK_THAT(message_of(std::string(1'000'000, '[')), Catch::Contains("nested too deep"));
    CHECK(message_of(std::string(100, '[') + std::string(100, ']')) == "no error");
}

TEST_CASE("Problems are thrown, none are not") {
    CHECK_THROWS_AS(io::throw_if_any("t.json", {{"/a", "is wrong"}}), DescriptionError);
    CHECK_NOTHROW(io::throw_if_any("t.json", {}));
}

TEST_CASE("Fields that fit are taken and absent ones keep their defaults") {
    Reading r(R"({"x": 2.5, "n": 3.0, "s": "t", "b": true, "o": null, "l": [3, 1]})");
    double x = 0.0;
    std::size_t n = 0;
    int absent = 7;
    std::string s;
    bool b = false;
    std::optional<double> o = 1.0;
    std::vector<std::size_t> l;
    r.reader.number("x", x, k_percent);
    r.reader.integer("n", n, k_percent);
    r.reader.integer("absent", absent, k_percent);
    r.reader.text("s", s);
    r.reader.boolean("b", b);
    r.reader.number("o", o, k_percent);
    r.reader.distinct("l", l, k_percent);
    r.reader.reject_unknown_keys();
    CHECK(r.problems.empty());
    CHECK((x == 2.5 && n == 3 && absent == 7 && s == "t" && b && !o));
    CHECK(l == std::vector<std::size_t>{3, 1});
}

TEST_CASE("A range includes its ends, but for a strictly positive one") {
    Reading r(R"({"zero": 0, "high": 100, "over": 100.5, "under": -0.5})");
    double x = 1.0;
    r.reader.number("zero", x, k_percent);
    r.reader.number("zero", x, ObjectReader::not_negative());
    r.reader.number("high", x, k_percent);
    CHECK(r.problems.empty());
    r.reader.number("zero", x, ObjectReader::positive());
    r.reader.number("over", x, k_percent);
    r.reader.number("under", x, k_percent);
    CHECK(r.problems == std::vector<Problem>{{"/at/zero", "must be > 0, got 0"},
                                             {"/at/over", "must be 0 .. 100, got 100.5"},
                                             {"/at/under", "must be 0 .. 100, got -0.5"}});
    CHECK(x == 100.0);
}

TEST_CASE("An integer is whole and fits its type") {
    const std::string number =
        GENERATE(as<std::string>{}, "3.5", "9007199254740993", "1e300", "\"3\"", "true", "[3]");
    Reading r(("{\"n\": " + number + "}").c_str());
    std::size_t n = 1;
    r.reader.integer("n", n, ObjectReader::not_negative());
    CHECK(r.problems.size() == 1);
    CHECK(n == 1);
}

TEST_CASE("An int does not overflow") {
    Reading r(R"({"n": 2147483648, "m": -2147483648})");
    int n = 1;
    int m = 1;
    r.reader.integer("n", n, ObjectReader::positive());
    r.reader.integer("m", m, ObjectReader::between(-1e12, 1e12));
    CHECK(r.problems.size() == 1);
    CHECK((n == 1 && m == std::numeric_limits<int>::min()));
}

TEST_CASE("A seed is any unsigned 64-bit integer") {
    Reading r(R"({"max": 18446744073709551615, "whole": 1e3, "half": 0.5, "minus": -1})");
    std::uint64_t seed = 0;
    r.reader.seed("max", seed);
    CHECK(seed == std::numeric_limits<std::uint64_t>::max());
    r.reader.seed("whole", seed);
    CHECK(seed == 1000);
    CHECK(r.problems.empty());
    r.reader.seed("half", seed);
    r.reader.seed("minus", seed);
    CHECK(r.problems.size() == 2);
    CHECK(seed == 1000);
}

TEST_CASE("An unknown key names the nearest known one, or all") {
    Reading r(R"({"evidense": 1, "q/~\n": 2, "snr": 3})");
    (void)r.reader.raw("evidence");
    (void)r.reader.raw("snr");
    r.reader.reject_unknown_keys();
    CHECK(r.problems ==
          std::vector<Problem>{{"/at/evidense", "is unknown; did you mean \"evidence\"?"},
                               {"/at/q~1~0\\n", "is unknown, allowed \"evidence\", \"snr\""}});
}

TEST_CASE("A wrong choice lists the right ones and offers the nearest") {
    Reading r(R"({"order": "sequence"})");
    int order = 0;
    r.reader.choice("order", order, {{"random", 1}, {"sequential", 2}});
    CHECK(order == 0);
    CHECK(r.problems ==
          std::vector<Problem>{{"/at/order", "must be one of \"random\", \"sequential\", got "
                                             "\"sequence\"; did you mean \"sequential\"?"}});
}

TEST_CASE("A child that is no object is a problem and then has defaults") {
    Reading r(R"({"c": [1, 2]})");
    double x = 1.0;
    r.reader.child("c").number("x", x, k_percent);
    r.reader.child("absent").number("x", x, k_percent);
    CHECK(x == 1.0);
    CHECK(r.problems == std::vector<Problem>{{"/at/c", "must be an object, got a list of 2"}});
}

TEST_CASE("A matrix comes back from JSON text bit by bit") {
    Matrix matrix(2, 3);
    matrix.values = {0.1, -0.0, 1e-320, 1.7976931348623157e308, -1.0 / 3.0, 4.0};
    const json value = {{"m", json::parse(io::matrix_to_json(matrix).dump())}};
    std::vector<Problem> problems;
    ObjectReader reader(value, "", problems);
    const Matrix back = io::matrix_from(reader, "m");
    CHECK(problems.empty());
    CHECK(back == matrix);
    CHECK(std::signbit(back(1, 0)));
}

TEST_CASE("A matrix is listed row after row") {
    Matrix matrix(1, 2);
    matrix(0, 1) = 5.0;
    matrix(0, 0) = 4.0;
    CHECK(io::matrix_to_json(matrix) == json{{"rows", 1}, {"cols", 2}, {"row_major", {4.0, 5.0}}});
    Matrix square(2, 2);
    square(0, 1) = 5.0;
    CHECK(io::matrix_to_json(square)["row_major"] == json{0.0, 5.0, 0.0, 0.0});
}

TEST_CASE("A matrix that is not finite is not written") {
    CHECK_THROWS_AS(io::matrix_to_json(Matrix(1, 1, std::numeric_limits<double>::quiet_NaN())),
                    ParameterError);
}
