#include "core/error.hpp"
#include "io/npy.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace spikewell;
using spikewell::test::ScratchFolder;

namespace {

/// `n_bytes` of a number's bits.
std::string bytes_of(std::uint64_t bits, std::size_t n_bytes, bool big_endian) {
    std::string bytes;
    for (std::size_t i = 0; i < n_bytes; ++i) {
        const std::size_t place = big_endian ? n_bytes - 1 - i : i;
        bytes += static_cast<char>(bits >> (8U * place) & 0xFFU);
    }
    return bytes;
}

std::string with_header(const std::string& header, const std::string& data, int version = 1) {
    return "\x93NUMPY" + std::string{static_cast<char>(version), '\0'} +
           bytes_of(header.size(), version == 1 ? 2 : 4, false) + header + data;
}

std::string file_of(const std::string& descr,
                    const std::string& order,
                    const std::string& shape,
                    const std::string& data,
                    int version = 1) {
    return with_header("{'descr': '" + descr + "', 'fortran_order': " + order +
                           ", 'shape': " + shape + ", }   \n",
                       data, version);
}

std::string bytes_1_to(int n) {
    std::string bytes;
    for (int i = 1; i <= n; ++i)
        bytes += static_cast<char>(i);
    return bytes;
}

} // namespace

TEST_CASE("NPY numbers of every type and byte order are read") {
    struct Kind {
        std::string type;
        std::uint64_t bits;
        double value;
    };
    const std::vector<Kind> kinds{
        {"b1", 1, 1.0},
        {"u1", 200, 200.0},
        {"i1", 0xFE, -2.0},
        {"u2", 0xFFFE, 65534.0},
        {"i2", 0xFFFE, -2.0},
        {"u4", 0xFFFFFFFE, 4294967294.0},
        {"i4", 0xFFFFFFFE, -2.0},
        {"u8", std::uint64_t{1} << 63U, 9223372036854775808.0},
        {"i8", ~std::uint64_t{0}, -1.0},
        {"f4", std::bit_cast<std::uint32_t>(-1.5F), -1.5},
        {"f8", std::bit_cast<std::uint64_t>(0.1), 0.1},
    };
    for (const Kind& kind : kinds) {
        const auto n_bytes = static_cast<std::size_t>(kind.type[1] - '0');
        for (const bool big_endian : {false, true}) {
            CAPTURE(kind.type, big_endian);
            const std::string order = n_bytes == 1 ? "|" : big_endian ? ">" : "<";
            const std::string file = file_of(order + kind.type, "False", "(1,)",
                                             bytes_of(kind.bits, n_bytes, big_endian));
            CHECK(io::parse_npy(file, "a.npy").values(0, 0) == kind.value);
        }
    }
}

TEST_CASE(
    "An NPY table has its rows and columns in C's and in Fortran's order and in every version") {
    const int version = GENERATE(1, 2, 3);
    const Matrix c =
        io::parse_npy(file_of("|u1", "False", "(2, 3)", bytes_1_to(6), version), "a").values;
    const Matrix f =
        io::parse_npy(file_of("|u1", "True", "(2, 3)", bytes_1_to(6), version), "a").values;
    REQUIRE(c.rows == 2);
    REQUIRE(f.cols == 3);
    CHECK(c(0, 2) == 3.0);
    CHECK(c(1, 0) == 4.0);
    CHECK(f(1, 0) == 2.0);
    CHECK(f(0, 2) == 5.0);
}

TEST_CASE("NPY arrays of three dimensions are one row a sample, the last dimension fastest") {
    const io::SampleArray c =
        io::parse_npy(file_of("|u1", "False", "(2, 2, 3)", bytes_1_to(12)), "a");
    CHECK(c.shape == std::vector<std::size_t>{2, 2, 3});
    CHECK(c.values.rows == 2);
    CHECK(c.values(0, 5) == 6.0);
    CHECK(c.values(1, 0) == 7.0);
    // Element (i, j, k) of Fortran's order is number i + 2 j + 4 k, column 3 j + k.
    const io::SampleArray f =
        io::parse_npy(file_of("|u1", "True", "(2, 2, 3)", bytes_1_to(12)), "a");
    CHECK(f.values(1, 3 * 1 + 2) == 1 + 1 + 2 + 4 * 2);
    CHECK(f.values(0, 3 * 0 + 1) == 1 + 4);
}

TEST_CASE("An NPY array of one dimension is a column, and a table has no three") {
    const ScratchFolder folder;
    folder.write("one.npy", file_of("|u1", "False", "(3,)", bytes_1_to(3)));
    folder.write("three.npy", file_of("|u1", "False", "(1, 1, 3)", bytes_1_to(3)));
    const Matrix column = io::read_npy(folder / "one.npy");
    CHECK(column.rows == 3);
    CHECK(column.cols == 1);
    CHECK_THROWS_WITH(
        io::read_npy(folder / "three.npy"),
        Catch::Contains("three.npy: has 3 dimensions, allowed a table of two, or one"));
}

TEST_CASE("An NPY header is read whatever its order, quotes and blanks") {
    const std::string header =
        GENERATE(as<std::string>{}, R"({"shape":(2L,1),"fortran_order":False,"descr":"|u1"})",
                 "{ 'fortran_order' : False,\n 'descr' : '|u1' , 'shape' : ( 2 , 1 , ) , }");
    CHECK(io::parse_npy(with_header(header, bytes_1_to(2)), "a").values(1, 0) == 2.0);
}

TEST_CASE("What is no usable NPY file is refused in one line that names it") {
    const auto nan = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
    const std::vector<std::pair<std::string, std::string>> files{
        {"", "is no NPY file"},
        {"1,2\n", "is no NPY file"},
        {"\x93NUMPY", "is truncated: ends within its header"},
        {with_header("{}", "", 4), "is an NPY file of version 4, allowed 1, 2, 3"},
        {file_of("|u1", "False", "(3,)", "").substr(0, 40), "is truncated: ends within its header"},
        {with_header("{}", ""), "header is none of an NPY file"},
        {with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), } x", "a"),
         "header is none of an NPY file, got \"x\""},
        {file_of("|u1", "Maybe", "(1,)", "a"), "got \"Maybe"},
        {file_of("|u1", "False", "(-1,)", "a"), "got \"-1"},
        {file_of("|O", "False", "(1,)", "a"),
         "holds numbers of type \"|O\" (Python objects), allowed bool"},
        {file_of("<c8", "False", "(1,)", "abcdefgh"), "type \"<c8\", allowed bool"},
        {file_of("<f2", "False", "(1,)", "ab"), "type \"<f2\", allowed bool"},
        {file_of("<U3", "False", "(1,)", "ab"), "type \"<U3\", allowed bool"},
        {with_header("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,), }", ""),
         "holds records, allowed bool"},
        {file_of("|u1", "False", "()", "a"), "is a single number"},
        {file_of("|u1", "False", "(0, 3)", ""), "has no numbers, got shape (0, 3)"},
        {file_of("<f8", "False", "(2, 2)", "abc"),
         "is truncated: shape (2, 2) takes 32 bytes of numbers, got 3"},
        {file_of("<f8", "False", "(4294967296, 4294967296)", "abc"), "is truncated"},
        {file_of("|u1", "False", "(2,)", "abc"),
         "goes on after its array: shape (2) takes 2 bytes"},
        {file_of("<f8", "False", "(1, 2)", std::string(8, '\0') + bytes_of(nan, 8, false)),
         "number at index (0, 1) is not finite, got nan"},
    };
    for (const auto& [content, message] : files) {
        CAPTURE(message);
        CHECK_THROWS_WITH(io::parse_npy(content, "a.npy"), Catch::StartsWith("a.npy: ") &&
                                                               Catch::Contains(message) &&
                                                               !Catch::Contains("\n"));
        CHECK_THROWS_AS(io::parse_npy(content, "a.npy"), IoError);
    }
}
