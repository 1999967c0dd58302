#include "core/error.hpp"
#include "io/gzip.hpp"
#include "io/idx.hpp"
#include "io/image_files.hpp"
#include "io/png_image.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>
#include <png.h>

#include <cstdint>
#include <string>
#include <vector>
#include <zlib.h>

using namespace spikewell;
using Catch::Contains;
using spikewell::test::ScratchFolder;

namespace {

std::string big_endian(std::uint32_t n) {
    return {static_cast<char>(n >> 24U), static_cast<char>(n >> 16U), static_cast<char>(n >> 8U),
            static_cast<char>(n)};
}

std::string idx_of(char type, const std::vector<std::uint32_t>& shape, const std::string& numbers) {
    std::string bytes{'\0', '\0', type, static_cast<char>(shape.size())};
    for (const std::uint32_t extent : shape)
        bytes += big_endian(extent);
    return bytes + numbers;
}

std::string gzip_of(std::string text) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string result(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(text.data());
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    return result;
}

/// `channels` in libpng's terms, `pixels` row after row.
std::string png_of(std::uint32_t width,
                   std::uint32_t format,
                   const std::vector<std::uint8_t>& pixels) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.format = format;
    image.height =
        static_cast<png_uint_32>(pixels.size() / (PNG_IMAGE_PIXEL_CHANNELS(format) * width));
    std::string bytes(10000, '\0');
    png_alloc_size_t size = bytes.size();
    REQUIRE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr) !=
            0);
    bytes.resize(size);
    return bytes;
}

const std::string k_two_images =
    idx_of(8, {2, 2, 3}, std::string("\x01\x02\x03\x04\x05\xFF\0\1\2\3\4\5", 12));

} // namespace

TEST_CASE("IDX images are rows, with width and labels of the file beside them named as MNIST's") {
    const ScratchFolder folder;
    folder.write("train-images-idx3-ubyte.gz", gzip_of(k_two_images));
    folder.write("train-labels-idx1-ubyte", idx_of(8, {2}, "\7\3"));

    const experiments::ImageTable table = io::read_images(folder / "train-images-idx3-ubyte.gz");
    CHECK(table.width == 3);
    CHECK(table.labels == std::vector<int>{7, 3});
    REQUIRE(table.values.rows == 2);
    REQUIRE(table.values.cols == 6);
    CHECK(table.values(0, 5) == 255.0);
    CHECK(table.values(1, 5) == 5.0);

    folder.write("mine.idx", k_two_images);
    CHECK(io::read_images(folder / "mine.idx").labels.empty());
    CHECK(io::read_images(folder / "mine.idx", folder / "train-labels-idx1-ubyte").labels ==
          std::vector<int>{7, 3});
}

TEST_CASE("IDX numbers of every type are read, big-endian") {
    CHECK(io::parse_idx(idx_of(9, {1}, "\xFE"), "i").values(0, 0) == -2.0);
    CHECK(io::parse_idx(idx_of(11, {1}, std::string("\xFF\x00", 2)), "i").values(0, 0) == -256.0);
    CHECK(io::parse_idx(idx_of(12, {1}, big_endian(70000)), "i").values(0, 0) == 70000.0);
    CHECK(io::parse_idx(idx_of(13, {1}, big_endian(0x3FC00000U)), "i").values(0, 0) == 1.5);
    CHECK(
        io::parse_idx(idx_of(14, {1}, big_endian(0x3FF80000U) + big_endian(0)), "i").values(0, 0) ==
        1.5);
}

TEST_CASE("What is no usable IDX or gzip file is refused in one line that names it") {
    const ScratchFolder folder;
    const std::string whole = gzip_of(k_two_images);
    std::string damaged = whole;
    damaged[damaged.size() - 7] = static_cast<char>(damaged[damaged.size() - 7] ^ 1);
    struct Bad {
        std::string content;
        std::string message;
    };
    const std::vector<Bad> all{
        {whole.substr(0, whole.size() - 1), "is truncated: its compressed data end too early"},
        {whole.substr(0, 5), "is truncated"},
        {damaged, "is damaged: incorrect data check"},
        {whole + "no member", "is damaged: incorrect header check"},
        {k_two_images.substr(0, 20),
         "is truncated: shape (2, 2, 3) takes 12 bytes of numbers, got 4"},
        {k_two_images + "x", "goes on after its array"},
        {k_two_images.substr(0, 9), "is truncated: ends within its header"},
        {idx_of(10, {2}, "ab"), "is none of CSV, NPY and IDX"},
        {idx_of(8, {2}, "ab"), "has one dimension, as labels have"},
        {idx_of(8, {0, 2}, ""), "has no numbers"},
        {gzip_of("1,2\n3\n"), "cell"},
        {png_of(1, PNG_FORMAT_GRAY, {1}), "is a single PNG file; name the folder"},
    };
    for (const Bad& bad : all) {
        CAPTURE(bad.message);
        folder.write("bad", bad.content);
        CHECK_THROWS_WITH(io::read_images(folder / "bad"), Contains((folder / "bad").string()) &&
                                                               Contains(bad.message) &&
                                                               !Contains("\n"));
    }
    CHECK_THROWS_AS(io::parse_idx("ab", "i"), IoError);
    CHECK_THROWS_WITH(io::parse_idx(std::string("\0\0\x03\1", 4), "i"), Contains("got 0 0 3 1"));
}

TEST_CASE("Labels that do not fit the images are refused") {
    const ScratchFolder folder;
    folder.write("images", k_two_images);
    folder.write("three", idx_of(8, {3}, "abc"));
    folder.write("half", idx_of(13, {2}, big_endian(0x3FC00000U) + big_endian(0)));
    folder.write("table.csv", "1,2\n3,4\n");
    CHECK_THROWS_WITH(io::read_images(folder / "images", folder / "three"),
                      Contains("three") && Contains("one label for each of the 2 images"));
    CHECK_THROWS_WITH(io::read_images(folder / "images", folder / "half"),
                      Contains("label 0 must be a whole number of 32 bits, got 1.5"));
    CHECK_THROWS_WITH(io::read_images(folder / "table.csv", folder / "three"),
                      Contains("is no IDX file"));
}

TEST_CASE("gzip's members follow one another, and a compressed CSV is a CSV") {
    CHECK(io::decompressed(gzip_of("one ") + gzip_of("two"), "t") == "one two");
    const ScratchFolder folder;
    folder.write("t.csv.gz", gzip_of("a,label\n1,2\n3,4\n"));
    const experiments::ImageTable table = io::read_images(folder / "t.csv.gz");
    CHECK(table.of_lines);
    CHECK(table.header == std::vector<std::string>{"a", "label"});
    CHECK(table.values(1, 0) == 3.0);
}

TEST_CASE("A folder of PNG files: sorted by name, colours as luma, transparency over black") {
    const ScratchFolder folder;
    folder.write("b.png", png_of(2, PNG_FORMAT_GRAY, {0, 10, 20, 255}));
    folder.write("a.PNG", png_of(2, PNG_FORMAT_RGB, {255, 0, 0, 0, 255, 0, 0, 0, 255, 7, 7, 7}));
    folder.write("c.png", png_of(2, PNG_FORMAT_GA, {200, 255, 200, 0, 1, 255, 2, 255}));
    folder.write("notes.txt", "no image");
    const experiments::ImageTable table = io::read_images(folder / "");
    CHECK(table.names == std::vector<std::string>{"a.PNG", "b.png", "c.png"});
    CHECK(table.labels.empty());
    CHECK(table.width == 2);
    CHECK(table.values(0, 0) == Approx(0.299 * 255));
    CHECK(table.values(0, 1) == Approx(0.587 * 255));
    CHECK(table.values(0, 2) == Approx(0.114 * 255));
    CHECK(table.values(0, 3) == 7.0);
    CHECK(table.values(1, 3) == 255.0);
    CHECK(table.values(2, 0) == 200.0);
    CHECK(table.values(2, 1) == 0.0);
    CHECK(io::read_images(folder / "", {}, 2).values.rows == 2);
}

TEST_CASE("Folders of a folder are classes: labels are their names where all are numbers, else "
          "their order") {
    const ScratchFolder folder;
    const auto put = [&](const std::string& name) {
        std::filesystem::create_directories((folder / name).parent_path());
        folder.write(name, png_of(1, PNG_FORMAT_GRAY, {3}));
    };
    put("n/10/x.png");
    put("n/2/x.png");
    put("n/2/y.png");
    put("w/cat/x.png");
    put("w/ant/y.png");
    CHECK(io::read_images(folder / "n").labels == std::vector<int>{10, 2, 2});
    CHECK(io::read_images(folder / "w").labels == std::vector<int>{0, 1});
    put("w/z.png");
    CHECK_THROWS_WITH(io::read_images(folder / "w"),
                      Contains("holds PNG files and folders of them (ant)"));
}

TEST_CASE(
    "A folder's PNG files that are none, damaged or of another size are refused by their name") {
    const ScratchFolder folder;
    const std::string good = png_of(2, PNG_FORMAT_GRAY, {0, 10, 20, 255});
    CHECK_THROWS_WITH(io::read_images(folder / ""), Contains("is a folder without PNG files"));
    folder.write("a.png", good);
    struct Bad {
        std::string content;
        std::string message;
    };
    const std::vector<Bad> all{
        {"text", "is no PNG file"},
        {good.substr(0, good.size() / 2), "cannot be read"},
        {good.substr(0, 8), "cannot be read"},
        {png_of(1, PNG_FORMAT_GRAY, {0, 1}),
         "must be of the size of a.png, 2 x 2 pixels, got 1 x 2"},
    };
    for (const Bad& bad : all) {
        CAPTURE(bad.message);
        folder.write("b.png", bad.content);
        CHECK_THROWS_WITH(io::read_images(folder / ""), Contains("b.png") && Contains(bad.message));
    }
    std::string deep = good;
    deep[24] = 16;
    folder.write("b.png", deep); // the header's checksum is wrong, too
    CHECK_THROWS_AS(io::read_images(folder / ""), IoError);
}

TEST_CASE("NPY images of three dimensions have a width, and no labels") {
    const ScratchFolder folder;
    const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 3), }\n";
    folder.write("i.npy", "\x93NUMPY" +
                              std::string{'\1', '\0', static_cast<char>(header.size()), '\0'} +
                              header + "abcdef");
    const experiments::ImageTable table = io::read_images(folder / "i.npy");
    CHECK(table.width == 3);
    CHECK(table.values.cols == 6);
    CHECK_FALSE(table.of_lines);
}
