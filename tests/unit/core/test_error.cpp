#include "core/error.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace spikewell;

TEST_CASE("The nearest name is the one with the fewest edits") {
    const std::vector<std::string> known{"evidence", "learning_rate", "presentations", "order"};
    CHECK(nearest_name("evidnce", known) == "evidence");            // a letter missing
    CHECK(nearest_name("evvidence", known) == "evidence");          // one too many
    CHECK(nearest_name("learning-rate", known) == "learning_rate"); // another one
    CHECK(nearest_name("oredr", known) == "order");                 // two swapped
    CHECK(nearest_name("ordering", known) == "order");              // three too many at the end
    CHECK(nearest_name("ord", known) == "order");                   // two missing there
    CHECK(nearest_name("order", known) == "order");
}

TEST_CASE("Equally near names are told by the order they are known in") {
    CHECK(nearest_name("cat", {"bat", "hat"}) == "bat");
}

TEST_CASE("A name far from all, or among none, has no nearest") {
    CHECK(nearest_name("zzzzzzzz", {"evidence", "order"}).empty());
    CHECK(nearest_name("", {"order"}).empty());
    CHECK(nearest_name("order", {}).empty());
}

TEST_CASE("Half of a name may differ, not more") {
    CHECK(nearest_name("abcd", {"abxx"}) == "abxx");
    CHECK(nearest_name("abcd", {"axxx"}).empty());
}

TEST_CASE("A description error tells all its problems on one line, each with its source") {
    const DescriptionError error("c.json",
                                 {{"/seed", "must be >= 0, got -1"}, {"", "must be an object"}});
    CHECK(error.what() ==
          std::string("c.json: /seed: must be >= 0, got -1; c.json: must be an object"));
    CHECK(error.source() == "c.json");
    CHECK(error.problems() ==
          std::vector<Problem>{{"/seed", "must be >= 0, got -1"}, {"", "must be an object"}});
}

TEST_CASE("Of one kind of problem ten are told, of all a hundred, and how many are left out") {
    std::vector<Problem> problems;
    for (int row = 0; row < 1000; ++row)
        problems.push_back({fmt::format("/data/train_rows/{}", row),
                            fmt::format("must be a row of the data, got {}", row)});
    problems.push_back({"/seed", "must be >= 0, got -1"});
    const DescriptionError error("c.json", problems);
    REQUIRE(error.problems().size() == 12);
    CHECK(error.problems()[9].pointer == "/data/train_rows/9");
    CHECK(error.problems()[10].pointer == "/seed");
    CHECK(error.problems()[11] == Problem{"", "and 990 more"});
    CHECK_THAT(error.what(), Catch::EndsWith("; c.json: and 990 more"));
    problems.clear();
    for (char a = 'a'; a <= 'z'; ++a)
        for (char b = 'a'; b <= 'z'; ++b)
            problems.push_back({std::string("/") + a + b, "is unknown"});
    const DescriptionError many("c.json", problems);
    REQUIRE(many.problems().size() == 101);
    CHECK(many.problems().back() == Problem{"", "and 576 more"});
}

TEST_CASE("A parameter error names model, field, allowed range and value") {
    const ParameterError number("LIF", "tau_m_ms", -0.5, ">= 0");
    CHECK(number.what() == std::string("LIF: tau_m_ms must be >= 0, got -0.5"));
    CHECK(number.field() == "tau_m_ms");
    const ParameterError text("LIF", "prediction", "none", "spiking or expected");
    CHECK(text.what() == std::string("LIF: prediction must be spiking or expected, got none"));
}

TEST_CASE("A network error tells where and what") {
    CHECK(NetworkError("projection 2", "target is missing").what() ==
          std::string("projection 2: target is missing"));
}

TEST_CASE("A mapping error tells how near the mapping came") {
    const MappingError error("cores", 20, 18, "use a larger board");
    CHECK(error.what() == std::string("cores: needed 20, available 18; use a larger board"));
    CHECK(error.needed() == 20.0);
    CHECK(error.available() == 18.0);
}

TEST_CASE("A file error names the place as far as there is one") {
    CHECK(IoError("a.csv", "is empty").what() == std::string("a.csv: is empty"));
    CHECK(IoError("a.csv", "is ragged", 3).what() == std::string("a.csv:3: is ragged"));
    const IoError error("a.csv", "is no number", 3, 14);
    CHECK(error.what() == std::string("a.csv:3:14: is no number"));
    CHECK((error.path() == "a.csv" && error.line() == 3 && error.column() == 14));
}

TEST_CASE("What a message quotes cannot break its line") {
    CHECK(IoError("a\nb.json", "is\ta folder", 3).what() == std::string("a?b.json:3: is?a folder"));
    CHECK(NetworkError("pop\rulation", "is not there").what() ==
          std::string("pop?ulation: is not there"));
    CHECK(DescriptionError("c.json", {{"/a\nb", "is unknown"}}).what() ==
          std::string("c.json: /a?b: is unknown"));
}
