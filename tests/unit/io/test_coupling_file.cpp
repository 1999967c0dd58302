#include "core/error.hpp"
#include "io/coupling_file.hpp"
#include "io/csv.hpp"
#include "support/npy_bytes.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace spikewell;
using spikewell::test::little_endian;
using spikewell::test::npy_of;
using spikewell::test::numbers_of;
using spikewell::test::ScratchFolder;

namespace {

/// Three nodes, of which the third is coupled to the first alone.
Matrix three_nodes() {
    Matrix coupling(3, 3);
    coupling(0, 1) = coupling(1, 0) = 0.5;
    coupling(0, 2) = coupling(2, 0) = -2.0;
    return coupling;
}

const std::string k_rows = "0,0.5,-2\n0.5,0,0\n-2,0,0\n";

/// An element of a MAT 5 file: type and length, content, zeros up to the next eight bytes.
std::string mat_element(std::uint64_t type, std::string content) {
    const std::string tag = little_endian(type, 4) + little_endian(content.size(), 4);
    content.resize((content.size() + 7) / 8 * 8);
    return tag + content;
}

/// A matrix of doubles in a MAT 5 file.
std::string mat_variable(const std::string& name, const Matrix& matrix) {
    constexpr std::uint64_t k_double_class = 6;
    return mat_element(
        14, mat_element(6, little_endian(k_double_class, 8)) +
                mat_element(5, little_endian(matrix.rows, 4) + little_endian(matrix.cols, 4)) +
                mat_element(1, name) + mat_element(9, numbers_of(matrix.values)));
}

std::string mat_of(const std::string& variables) {
    std::string header = "MATLAB 5.0 MAT-file, written by a test";
    header.resize(116, ' ');
    header.resize(124, '\0');
    return header + std::string("\x00\x01IM", 4) + variables;
}

/// Couplings that are read from a file of this content; an error's text without its folder.
struct Outcome {
    io::Couplings couplings;
    std::string error;
};
Outcome read(const std::string& content,
             const std::string& variable = {},
             bool symmetrise = false) {
    const ScratchFolder folder;
    folder.write("j.csv", content);
    const std::string name = (folder / "j.csv").string();
    try {
        return {io::read_couplings(name, variable, symmetrise), ""};
    } catch (const Error& error) {
        std::string text = error.what();
        REQUIRE(text.find('\n') == std::string::npos);
        REQUIRE(text.starts_with(name));
        return {{}, "j.csv" + text.substr(name.size())};
    }
}

} // namespace

TEST_CASE("A labelled table has names above it, before its rows, both or none") {
    const std::vector<std::string> names{"a", "b", "c"};
    const std::vector<std::string> none;
    const auto [text, header] = GENERATE_COPY(table<std::string, std::vector<std::string>>(
        {{"0,0.5,-2\n0.5,0,0\n-2,0,0\n", none},
         {"a,b,c\n0,0.5,-2\n0.5,0,0\n-2,0,0\n", names},
         {"\"a\",'b',c\r\n0,0.5,-2\r\n0.5,0,0\r\n-2,0,0", names},
         {",a,b,c\na,0,0.5,-2\nb,0.5,0,0\nc,-2,0,0\n", names},
         {",a,b,c\n0,0,0.5,-2\n1,0.5,0,0\n2,-2,0,0\n", names},     // pandas: the index counts
         {"a,b,c\nx,0,0.5,-2\ny,0.5,0,0\nz,-2,0,0\n", names},      // R: no cell above the index
         {"a,b,c\n1,0,0.5,-2\n2,0.5,0,0\n3,-2,0,0\n", names},      // R, of row numbers
         {"node,a,b,c\nx,0,0.5,-2\ny,0.5,0,0\nz,-2,0,0\n", names}, // a name above the index
         {"a,0,0.5,-2\nb,0.5,0,0\nc,-2,0,0\n", none},
         {",0,1,2\n0,0,0.5,-2\n1,0.5,0,0\n2,-2,0,0\n", {"0", "1", "2"}},
         {"a\tb\tc\n0\t0.5\t-2\n0.5\t0\t0\n-2\t0\t0\n", names}}));
    CAPTURE(text);
    const io::HeadedTable table = io::parse_labelled_csv(text, "t.csv");
    CHECK(table.values == three_nodes());
    CHECK(table.header == header);
}

TEST_CASE("What is wrong in a labelled table is told with its line and column") {
    const auto [text, error] = GENERATE(table<std::string, std::string>(
        {{"", "t.csv:1:1: is empty"},
         {" \n\n", "t.csv:1:1: is empty"},
         {"a,b\n", "t.csv:1: has a header and no rows"},
         {",a,b\n", "t.csv:1: has a header and no rows"},
         {"a,b\n1,2\n3,x\n", "t.csv:3:3: cell 2 is no number, got \"x\""},
         {",a,b\nr,1,2\ns,3,x\n", "t.csv:3:5: cell 2 is no number, got \"x\""},
         {"a,b\n1,nan\n", "t.csv:2:3: cell 2 is not finite"},
         {"1,2\n3,inf\n", "t.csv:2:3: cell 2 is not finite"},
         {"1,2\n3,1e999\n", "t.csv:2:3: cell 2 is beyond double precision"},
         {"1,2\n3\n", "t.csv:2:1: row must have 2 cells like the first, got 1"},
         {"a,b\n1,2,3,4\n", "t.csv:2:1: row must have 2 cells like the first, got 4"},
         {",a,b\nr,1,2\ns,3\n", "t.csv:3:1: row must have 2 further cells like the first, got 1"},
         {"a,b\n1,\n", "t.csv:2:3: cell 2 is empty"},
         {"1,2\n\n3,4\n", "t.csv:2:1: line is blank"},
         {"1;2\n3;4\n", "t.csv:1:1: cell 1 is no number, got \"1;2\", allowed finite numbers; "
                        "commas separate"}}));
    CAPTURE(text);
    CHECK_THROWS_WITH(io::parse_labelled_csv(text, "t.csv"), Catch::StartsWith(error));
}

TEST_CASE("Couplings are read from CSV, with or without names and counts") {
    const auto [text, names] = GENERATE(table<std::string, std::vector<std::string>>(
        {{k_rows, {}},
         {",a,b,c\na,0,0.5,-2\nb,0.5,0,0\nc,-2,0,0\n", {"a", "b", "c"}},
         {"0,1,2\n0,0.5,-2\n0.5,0,0\n-2,0,0\n", {}},   // a line that counts
         {"1,0,0.5,-2\n2,0.5,0,0\n3,-2,0,0\n", {}}})); // a column that counts
    CAPTURE(text);
    const Outcome outcome = read(text);
    CHECK(outcome.error.empty());
    CHECK(outcome.couplings.values == three_nodes());
    CHECK(outcome.couplings.names == names);
    CHECK(outcome.couplings.asymmetry == 0.0);
}

TEST_CASE("Couplings are read from NPY and MAT 5") {
    const Matrix expected = three_nodes();
    CHECK(read(npy_of("(3, 3)", expected.values)).couplings.values == expected);
    const std::string one = mat_of(mat_variable("J", expected));
    CHECK(read(one).couplings.values == expected);
    CHECK(read(one, "J").couplings.values == expected);
    // Numbers alone are no matrix, hence in nobody's way.
    const std::string number = mat_variable("tr", Matrix(1, 1));
    CHECK(read(mat_of(number + mat_variable("J", expected))).couplings.values == expected);
    const std::string two = mat_of(mat_variable("K", Matrix(2, 2)) + mat_variable("J", expected));
    CHECK(read(two, "J").couplings.values == expected);
    CHECK(read(two).error ==
          "j.csv: must have one matrix of real numbers, or --variable say which, there are: K, J");
    CHECK(read(two, "L").error == "j.csv: has no matrix of real numbers L, there are: K, J");
}

TEST_CASE("Couplings that are not symmetric are refused unless their means are asked for") {
    const std::string text = "0,1\n3,0\n";
    CHECK(read(text).error ==
          "j.csv: couplings must be symmetric, got 1 in row 1, column 2 and 3 in row 2, "
          "column 1; --symmetrise takes their means");
    const io::Couplings means = read(text, {}, true).couplings;
    CHECK(means.values(0, 1) == 2.0);
    CHECK(means.values(1, 0) == 2.0);
    CHECK(means.asymmetry == Approx(std::sqrt(8.0 / 10.0))); // |J - J'|^2 = 2 * 2^2, |J|^2 = 1 + 9
    // Rounding of the file's writer is none.
    const io::Couplings near = read("0,0.333333\n0.3333331,0\n").couplings;
    CHECK(near.values(0, 1) == near.values(1, 0));
}

TEST_CASE("What is no couplings is told in a line: where, and what") {
    std::string cut = mat_of(mat_variable("J", three_nodes()));
    cut.resize(cut.size() - 20);
    Matrix infinite = three_nodes();
    infinite(0, 1) = infinite(1, 0) = std::numeric_limits<double>::infinity();
    std::string mat73 = "MATLAB 7.3 MAT-file";
    mat73.resize(512, ' ');
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "j.csv:1:1: is empty"},
        {"1,2,3\n4,5,6\n", "j.csv: couplings must be square, of 2 nodes or more, got 2 x 3"},
        {"7\n", "j.csv: couplings must be square, of 2 nodes or more, got 1 x 1"},
        {",a,b\na,0,1\n", "j.csv: couplings must be square, of 2 nodes or more, got 1 x 2"},
        {"0,1\n1,x\n", "j.csv:2:3: cell 2 is no number, got \"x\""},
        {"0,1\n1\n", "j.csv:2:1: row must have 2 cells like the first, got 1"},
        {npy_of("(2, 3)", {1, 2, 3, 4, 5, 6}), "j.csv: couplings must be square"},
        {npy_of("(2, 2, 2)", std::vector<double>(8, 1.0)),
         "j.csv: has 3 dimensions, allowed a table of two"},
        {npy_of("(3, 3)", {1, 2, 3}),
         "j.csv: is truncated: shape (3, 3) takes 72 bytes of numbers, got 24"},
        {npy_of("(3, 3)", infinite.values), "j.csv: number at index (1, 0) is not finite"},
        {cut, "j.csv: is cut off, or no MAT file of version 5"},
        {mat_of(""), "j.csv: is cut off, or no MAT file of version 5"},
        {mat_of(mat_variable("J", infinite)), "j.csv: row 2, column 1 of J is not finite"},
        {mat_of(mat_variable("tr", Matrix(1, 1))),
         "j.csv: must have one matrix of real numbers, or --variable say which, there are: none"},
        {mat73, "j.csv: is a MAT file of version 7.3, allowed version 5 (save with -v7)"},
        {"{}", "j.csv: /format: must be \"spikewell-model\", got null"}};
    for (const auto& [content, error] : cases) {
        CAPTURE(content.substr(0, 40), error);
        const Outcome outcome = read(content);
        CHECK_THAT(outcome.error, Catch::StartsWith(error));
    }
    CHECK(read(k_rows, "J").error == "j.csv: is no MAT file, and only those have a --variable");
    CHECK_THROWS_AS(io::read_couplings("/nowhere/j.csv"), IoError);
}
