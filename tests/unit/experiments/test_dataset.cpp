#include "core/error.hpp"
#include "core/statistics.hpp"
#include "experiments/dataset.hpp"
#include "io/csv.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

/// Three images of 2 x 2 pixels; the label is in column 2, amid the pixels.
Matrix small_table() {
    return io::parse_csv("1,2,7,3,4\n5,6,8,7,8\n9,1,9,1,1\n", "small.csv");
}

DataConfig small_config() {
    DataConfig config;
    config.label_column = std::size_t{2};
    config.train_rows = {2, 0};
    config.preprocess = Preprocess::none;
    return config;
}

std::vector<Problem> problems_of(const Matrix& table, const DataConfig& config) {
    try {
        (void)make_dataset(table, config, "small.csv");
    } catch (const DescriptionError& error) {
        return error.problems();
    }
    return {};
}

} // namespace

TEST_CASE("Training images come in the order listed and the rest are test images") {
    const Dataset data = make_dataset(small_table(), small_config(), "small.csv");
    CHECK(data.train.values == std::vector<double>{9, 1, 1, 1, 1, 2, 3, 4});
    CHECK(data.test.values == std::vector<double>{5, 6, 7, 8});
    CHECK((data.train.rows == 4 && data.train.cols == 2 && data.test.cols == 1));
    CHECK(data.train_labels == std::vector<int>{9, 7});
    CHECK(data.test_labels == std::vector<int>{8});
    CHECK(data.image_width == 2);
}

TEST_CASE("Test rows may be listed, and leave rows out") {
    DataConfig config = small_config();
    config.train_rows = {0};
    config.test_rows = {{2}};
    CHECK(make_dataset(small_table(), config, "small.csv").test_labels == std::vector<int>{9});
    config.test_rows = std::vector<std::size_t>{};
    CHECK(make_dataset(small_table(), config, "small.csv").test.cols == 0);
}

TEST_CASE("Without a label column every column is a pixel and the row is the label") {
    DataConfig config = small_config();
    config.label_column = NoLabel{};
    const Dataset data = make_dataset(small_table(), config, "small.csv");
    CHECK(data.train.rows == 5);
    CHECK(data.train_labels == std::vector<int>{2, 0});
    CHECK(data.image_width == 5);
}

TEST_CASE("A z-score has mean 0 and population standard deviation 1") {
    // 1 2 3 4: mean 5/2, variance 5/4.
    const std::vector<double> z = preprocess({1, 2, 3, 4}, Preprocess::zscore);
    CHECK(z[0] == Approx(-1.5 / std::sqrt(1.25)).epsilon(1e-15));
    CHECK(z[3] == Approx(1.5 / std::sqrt(1.25)).epsilon(1e-15));
}

TEST_CASE("Pixels are squared before the z-score") {
    // 1 0 2 -> 1 0 4: mean 5/3, variance 17/3 - 25/9 = 26/9.
    const std::vector<double> z = preprocess({1, 0, -2}, Preprocess::square_zscore);
    CHECK(z[1] == Approx(-5.0 / std::sqrt(26.0)).epsilon(1e-15));
    CHECK(z[2] == Approx(7.0 / std::sqrt(26.0)).epsilon(1e-15));
}

TEST_CASE("A constant image has no z-score, even where its mean rounds") {
    CHECK(std::isnan(preprocess(std::vector<double>(10, 0.1), Preprocess::zscore)[0]));
    CHECK(std::isnan(preprocess({-2, 2}, Preprocess::square_zscore)[0]));
    CHECK(preprocess({0.1, 0.1}, Preprocess::none) == std::vector<double>{0.1, 0.1});
}

TEST_CASE("An image that cannot be z-scored is told by its line") {
    const std::string image = GENERATE(as<std::string>{}, "3,-3,3", "0,0,0", "1e200,2,3");
    DataConfig config;
    config.label_column = NoLabel{};
    config.train_rows = {0};
    const Matrix table = io::parse_csv("1,2,3\n" + image + "\n", "t.csv");
    CHECK_THROWS_WITH(make_dataset(table, config, "t.csv"),
                      Catch::StartsWith("t.csv:2: image cannot be z-scored"));
}

TEST_CASE("A label that is no whole number is told by its line") {
    const std::string label = GENERATE(as<std::string>{}, "2.5", "1e12");
    DataConfig config = small_config();
    config.train_rows = {0};
    const Matrix table = io::parse_csv("1,2,3\n1,2," + label + "\n", "t.csv");
    CHECK_THROWS_WITH(make_dataset(table, config, "t.csv"),
                      Catch::StartsWith("t.csv:2: label in column 2 must be a whole number"));
}

TEST_CASE("Rows that are not there and rows in both lists are problems at their places") {
    DataConfig config = small_config();
    config.train_rows = {0, 3};
    config.test_rows = {{1, 0, 9}};
    CHECK(problems_of(small_table(), config) ==
          std::vector<Problem>{
              {"/data/train_rows/1", "must be a row of the data, got 3, allowed 0 .. 2"},
              {"/data/test_rows/2", "must be a row of the data, got 9, allowed 0 .. 2"},
              {"/data/test_rows/1", "must not be a training row, got 0"}});
}

TEST_CASE("No training rows are a problem") {
    DataConfig config = small_config();
    config.train_rows.clear();
    const auto problems = problems_of(small_table(), config);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].pointer == "/data/train_rows");
}

TEST_CASE("A label column that is not there, or leaves no pixel, is a problem") {
    DataConfig config = small_config();
    config.label_column = std::size_t{5};
    auto problems = problems_of(small_table(), config);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].pointer == "/data/label_column");
    config.label_column = std::size_t{0};
    problems = problems_of(io::parse_csv("1\n2\n3\n", "t.csv"), config);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].pointer == "/data/label_column");
}

TEST_CASE("A header names the label column, in any case, and rows are told by their lines") {
    const std::string header =
        GENERATE(as<std::string>{}, "p0,p1,Label,p3", "p0,p1,\"class\",p3", " 0 , 1 , TARGET , 3 ");
    const io::HeadedTable table = io::parse_headed_csv(header + "\n1,2,7,3\n5,6,8.5,7\n", "t.csv");
    DataConfig config = small_config();
    config.label_column = LabelByName{};
    config.train_rows = {0};
    config.test_rows = std::vector<std::size_t>{};
    const Dataset data = make_dataset(table.values, config, "t.csv", table.header);
    CHECK(data.train_labels == std::vector<int>{7});
    CHECK(data.train.values == std::vector<double>{1, 2, 3});
    config.train_rows = {1};
    CHECK_THROWS_WITH(make_dataset(table.values, config, "t.csv", table.header),
                      Catch::StartsWith("t.csv:3: label in column 2 must be a whole number"));
}

TEST_CASE("Where no header or more than one cell names the labels, the column is asked for") {
    const std::string header = GENERATE(as<std::string>{}, "", "p0,p1,p2\n", "label,p1,class\n");
    const io::HeadedTable table = io::parse_headed_csv(header + "1,2,3\n4,5,6\n", "t.csv");
    DataConfig config;
    config.label_column = LabelByName{};
    config.train_rows = {0};
    try {
        (void)make_dataset(table.values, config, "t.csv", table.header);
        FAIL("no error");
    } catch (const DescriptionError& error) {
        REQUIRE(error.problems().size() == 1);
        CHECK(error.problems()[0].pointer == "/data/label_column");
        CHECK_THAT(error.problems()[0].message,
                   Catch::StartsWith("must be given") && Catch::Contains("0 .. 2, or null"));
    }
}

TEST_CASE("Images with pixels below 0 that are squared are counted") {
    DataConfig config;
    config.label_column = NoLabel{};
    config.train_rows = {0, 1};
    config.preprocess = GENERATE(Preprocess::square_zscore, Preprocess::zscore);
    const Matrix table = io::parse_csv("1,-2,3\n1,2,3\n-1,2,-3\n", "t.csv");
    const std::size_t expected = config.preprocess == Preprocess::square_zscore ? 2 : 0;
    CHECK(make_dataset(table, config, "t.csv").squared_signed == expected);
}

TEST_CASE("The digits are ten training images and 1787 test images of unit variance") {
    const std::string path = SPIKEWELL_SOURCE_DIR "/examples/data/digits.csv";
    const Dataset data = make_dataset(io::read_csv(path), DataConfig{}, path);
    CHECK(data.train_labels == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    REQUIRE(data.test.cols == 1787);
    CHECK((data.test.rows == 64 && data.image_width == 8));
    // 64 squares up to 256 are summed exactly; dividing and rooting leave a few units of round-off.
    const double tolerance = 64.0 * 1e-15;
    for (std::size_t k = 0; k < data.test.cols; ++k) {
        REQUIRE(std::abs(mean(data.test.column(k))) < tolerance);
        REQUIRE(std::abs(variance(data.test.column(k)) - 1.0) < tolerance);
    }
}

TEST_CASE(
    "Resized images: enlarged by bilinear interpolation, shrunk by triangles, constants kept") {
    const std::vector<double> image{0, 4, 8, 12}; // 2 x 2
    const std::vector<double> larger = resized(image, 2, 4, 4);
    const std::vector<double> first_row{0, 1, 3,
                                        4}; // new centres at -1/4, 1/4, 3/4, 5/4 of the old pixels
    for (std::size_t k = 0; k < 4; ++k) {
        CHECK(larger[k] == Approx(first_row[k]));
        CHECK(larger[12 + k] == Approx(8 + first_row[k]));
        CHECK(larger[4 + k] == Approx(2 + first_row[k]));
    }
    CHECK(resized(image, 2, 1, 1) == std::vector<double>{6.0});
    CHECK(resized(image, 2, 2, 2) == image);
    for (const double pixel : resized(std::vector<double>(15, 2.5), 5, 4, 7))
        CHECK(pixel == Approx(2.5));
    // 4 pixels to 2: centres at 1/2 and 5/2, triangles of 2 pixels: (3 a + 3 b + c) / 7
    CHECK(resized(std::vector<double>{7, 14, 21, 0}, 4, 1, 2)[0] ==
          Approx((3 * 7 + 3 * 14 + 21) / 7.0));
}

TEST_CASE("Training rows: the first, or the first of each label") {
    ImageTable table;
    table.of_lines = false;
    table.values = Matrix(5, 4);
    for (std::size_t row = 0; row < 5; ++row)
        table.values(row, row % 4) = 1.0;
    table.labels = {1, 1, 0, 1, 0};
    DataConfig config;
    config.label_column = LabelByName{};
    config.per_class = 2;
    CHECK(make_dataset(table, config, "i").train_labels == std::vector<int>{1, 1, 0, 0});
    CHECK(make_dataset(table, config, "i").test_labels == std::vector<int>{1});
    config.per_class = 3;
    CHECK_THROWS_WITH(make_dataset(table, config, "i"),
                      Catch::Contains("/data/per_class: must be <= 2, the number "
                                      "of images of label 0, got 3"));
    config.per_class.reset();
    config.first = 3;
    config.resize = {4, 6};
    const Dataset data = make_dataset(table, config, "i");
    CHECK(data.train_labels == std::vector<int>{1, 1, 0});
    CHECK(data.train.rows == 24);
    CHECK(data.image_width == 6);
    config.first = 6;
    CHECK_THROWS_WITH(make_dataset(table, config, "i"),
                      Catch::Contains("/data/first: must be <= 5"));
    config.first = 1;
    config.label_column = std::size_t{0};
    CHECK_THROWS_WITH(make_dataset(table, config, "i"),
                      Catch::Contains("/data/label_column: must be left out"));
}

TEST_CASE("What is not told about images is told to the user where it is needed") {
    ImageTable table;
    table.of_lines = false;
    table.values = Matrix(1, 6, 1.0);
    DataConfig config;
    config.label_column = LabelByName{};
    config.first = 1;
    CHECK_THROWS_WITH(make_dataset(table, config, "i.npy"),
                      Catch::Contains("image 0 (from 0): image cannot be z-scored"));
    table.names = {"a.png"};
    CHECK_THROWS_WITH(make_dataset(table, config, "i"), Catch::Contains("i/a.png"));
    config.resize = {2, 2};
    CHECK_THROWS_WITH(make_dataset(table, config, "i"),
                      Catch::Contains("/data/resize: must be null: the images' 6 pixels"));
    config.per_class = 1;
    CHECK_THROWS_WITH(make_dataset(table, config, "i"),
                      Catch::Contains("/data/per_class: must be null where"));
}
