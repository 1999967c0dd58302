#include "core/error.hpp"
#include "io/csv.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace spikewell;

namespace {

Matrix two_by_two() {
    Matrix table(2, 2);
    table(0, 0) = 1.0;
    table(0, 1) = 2.5;
    table(1, 0) = -3.0;
    table(1, 1) = 4e-2;
    return table;
}

} // namespace

TEST_CASE("A CSV is read row by row, whatever ends its lines") {
    const std::string text =
        GENERATE(as<std::string>{}, "1,2.5\n-3,4e-2\n", "1,2.5\n-3,4e-2", "1,2.5\r\n-3,4e-2\r\n",
                 "1,2.5\n-3,4e-2\n\n \r\n", " 1 ,\t2.5\n -3,4e-2 ", "+1,2.5\n-3,+4e-2\n");
    CHECK(io::parse_csv(text, "t.csv") == two_by_two());
}

TEST_CASE("A CSV error has file, line, column and the cell it got") {
    try {
        (void)io::parse_csv("1,2\n3,abc\n", "t.csv");
        FAIL("no error");
    } catch (const IoError& error) {
        CHECK(error.path() == "t.csv");
        CHECK(error.line() == 2);
        CHECK(error.column() == 3);
        CHECK(error.what() ==
              std::string("t.csv:2:3: cell 2 is no number, got \"abc\", allowed finite numbers"));
    }
}

TEST_CASE("A CSV cell is one whole number or an error") {
    const std::string cell =
        GENERATE(as<std::string>{}, "0x10", "1 2", "+-1", "+", "--1", "1e", "\"1\"", "1.2.3", "");
    CHECK_THROWS_AS(io::parse_csv("7," + cell + ",7\n", "t.csv"), IoError);
}

TEST_CASE("A CSV row that ends in a comma has an empty last cell") {
    CHECK_THROWS_WITH(io::parse_csv("1,2,\n", "t.csv"), Catch::Contains("cell 3 is empty"));
}

TEST_CASE("A cell with control characters is told on one line") {
    CHECK_THROWS_WITH(io::parse_csv("1\r2\n", "t.csv"), Catch::Contains("\"1\\r2\""));
}

TEST_CASE("A first line with a name in it is a header, where one may stand") {
    const std::string line = GENERATE(as<std::string>{}, "a,b", "0,label", "\"0\",\"1\"", "_x,1");
    const io::HeadedTable table = io::parse_headed_csv(line + "\r\n1,2.5\n-3,4e-2\n", "t.csv");
    CHECK(table.values == two_by_two());
    CHECK(table.header.size() == 2);
    CHECK_THROWS_WITH(io::parse_csv(line + "\n1,2\n", "t.csv"),
                      Catch::Contains("a header line is not allowed"));
}

TEST_CASE("A first line without a name is a row, right or wrong") {
    CHECK(io::parse_headed_csv("1,2.5\n-3,4e-2\n", "t.csv").header.empty());
    const std::string line = GENERATE(as<std::string>{}, "1,2x", "nan,1", "1,", "-inf,2");
    CHECK_THROWS_WITH(io::parse_headed_csv(line + "\n1,2\n", "t.csv"),
                      Catch::StartsWith("t.csv:1:"));
}

TEST_CASE("Rows under a header are told by their lines, and have as many cells") {
    CHECK_THROWS_WITH(io::parse_headed_csv("a,b\n1,2\n3,x\n", "t.csv"),
                      Catch::StartsWith("t.csv:3:3: cell 2 is no number"));
    CHECK_THROWS_WITH(io::parse_headed_csv("a,b\n1,2,3\n", "t.csv"),
                      Catch::Contains("row must have 2 cells like the first, got 3"));
    CHECK_THROWS_WITH(io::parse_headed_csv("a,b\n", "t.csv"), Catch::Contains("no rows"));
}

TEST_CASE("A CSV file may begin with a byte order mark") {
    const test::ScratchFolder folder;
    folder.write("t.csv", "\xEF\xBB\xBF"
                          "1,2.5\n-3,4e-2\n");
    CHECK(io::read_csv(folder / "t.csv") == two_by_two());
}

TEST_CASE("The example digits are 1797 images of 64 pixels and a label") {
    const Matrix table = io::read_csv(SPIKEWELL_SOURCE_DIR "/examples/data/digits.csv");
    CHECK(table.rows == 1797);
    CHECK(table.cols == 65);
    CHECK(table(0, 2) == 5.0);
    CHECK(table(1796, 64) == 8.0);
}
