#include "core/checkpoint.hpp"
#include "core/error.hpp"
#include "core/temporary_file.hpp"
#include "support/file_size_limit.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace spikewell;
using spikewell::test::ScratchFolder;

namespace {

constexpr std::uint64_t k_network = 0x1234'5678'9ABC'DEF0U;
constexpr std::size_t k_header_bytes = 40;

std::string bytes(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += static_cast<char>((i * 131U + i / 256U) & 0xFFU);
    return text;
}

/// What reading `content` as a checkpoint complains of; "" when it does not.
std::string complaint(const ScratchFolder& folder, const std::string& content) {
    folder.write("damaged", content);
    try {
        (void)read_checkpoint(folder / "damaged", k_network);
    } catch (const IoError& error) {
        return error.what();
    }
    return {};
}

} // namespace

TEST_CASE("A checkpoint gives back the bytes that went in") {
    const ScratchFolder folder;
    const std::string content = bytes(GENERATE(0U, 1U, 7U, 8U, 9U, 100'000U));
    write_checkpoint(folder / "run.ckp", content, k_network);
    CHECK(read_checkpoint(folder / "run.ckp", k_network) == content);
    CHECK(folder.entry_count() == 1);
    CHECK(folder.content("run.ckp").size() == content.size() + k_header_bytes);
}

TEST_CASE("A later checkpoint replaces the former one") {
    const ScratchFolder folder;
    write_checkpoint(folder / "run.ckp", "a long former content", k_network);
    write_checkpoint(folder / "run.ckp", "new", k_network);
    CHECK(read_checkpoint(folder / "run.ckp", k_network) == "new");
}

TEST_CASE("A checkpoint makes the folders it needs") {
    const ScratchFolder folder;
    write_checkpoint(folder / "a/b/run.ckp", "content", k_network);
    CHECK(read_checkpoint(folder / "a/b/run.ckp", k_network) == "content");
}

TEST_CASE("A truncated checkpoint is refused at every length") {
    const ScratchFolder folder;
    write_checkpoint(folder / "run.ckp", bytes(50), k_network);
    const std::string whole = folder.content("run.ckp");
    REQUIRE(complaint(folder, whole).empty());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        INFO("length " << length);
        const std::string told = complaint(folder, whole.substr(0, length));
        if (length == 0) {
            CHECK_THAT(told, Catch::EndsWith("is no checkpoint of Spikewell"));
            continue;
        }
        const std::size_t expected = length < k_header_bytes ? k_header_bytes : whole.size();
        CHECK_THAT(told,
                   Catch::EndsWith("checkpoint is truncated: " + std::to_string(length) +
                                   " bytes there, " + std::to_string(expected) + " expected"));
    }
}

TEST_CASE("A checkpoint with bytes behind it is refused") {
    const ScratchFolder folder;
    write_checkpoint(folder / "run.ckp", bytes(50), k_network);
    CHECK_THAT(complaint(folder, folder.content("run.ckp") + '\0'),
               Catch::Contains("damaged: 91 bytes there, 90 expected"));
}

TEST_CASE("One flipped bit anywhere is noticed, and is no other network") {
    const ScratchFolder folder;
    write_checkpoint(folder / "run.ckp", bytes(50), k_network);
    const std::string whole = folder.content("run.ckp");
    REQUIRE(whole.size() == 90);
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        INFO("bit " << bit);
        std::string flipped = whole;
        flipped[bit / 8] =
            static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
        const bool other_digit = bit / 8 == 7 && flipped[7] >= '0' && flipped[7] <= '9';
        CHECK_THAT(complaint(folder, flipped), Catch::Contains(other_digit ? "format version"
                                                               : bit < 64  ? "is no checkpoint"
                                                                           : "damaged"));
    }
}

TEST_CASE("A file that is no checkpoint is called that") {
    const ScratchFolder folder;
    const std::string content =
        GENERATE(std::string(), std::string("t_ms,population\n"), std::string(4096, '\0'));
    CHECK_THAT(complaint(folder, content), Catch::EndsWith("is no checkpoint of Spikewell"));
}

TEST_CASE("A checkpoint of another version of the format says which, and which is read") {
    const ScratchFolder folder;
    write_checkpoint(folder / "run.ckp", bytes(50), k_network);
    std::string other = folder.content("run.ckp");
    const char version = GENERATE('0', '1', '2', '9');
    other[7] = version;
    CHECK_THAT(complaint(folder, other),
               Catch::EndsWith(std::string("is a checkpoint of format version ") + version +
                               "; this Spikewell reads version 4"));
    CHECK_THAT(complaint(folder, other.substr(0, 8)), Catch::Contains("format version"));
}

TEST_CASE("A missing checkpoint and a folder are told with the system's reason") {
    const ScratchFolder folder;
    CHECK_THROWS_WITH(read_checkpoint(folder / "none", k_network),
                      Catch::EndsWith("cannot be read: No such file or directory"));
    CHECK_THROWS_WITH(read_checkpoint(folder / "", k_network),
                      Catch::EndsWith("cannot be read: Is a directory"));
}

TEST_CASE("A checkpoint of another network is refused") {
    const ScratchFolder folder;
    write_checkpoint(folder / "run.ckp", bytes(50), k_network);
    CHECK_THROWS_WITH(read_checkpoint(folder / "run.ckp", k_network + 1),
                      Catch::EndsWith("checkpoint is of another network, seed or duration"));
}

TEST_CASE("A failed write leaves the former checkpoint and nothing else") {
    const ScratchFolder folder;
    write_checkpoint(folder / "run.ckp", "former", k_network);
    {
        const test::FileSizeLimit full_disk(1000);
        CHECK_THROWS_AS(write_checkpoint(folder / "run.ckp", bytes(2000), k_network), IoError);
    }
    CHECK(read_checkpoint(folder / "run.ckp", k_network) == "former");
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("A checkpoint whose name is a folder's is refused and leaves no temporary") {
    const ScratchFolder folder;
    std::filesystem::create_directory(folder / "run.ckp");
    CHECK_THROWS_AS(write_checkpoint(folder / "run.ckp", "new", k_network), IoError);
    CHECK(folder.entry_count() == 1);
    folder.write("file", "");
    CHECK_THROWS_AS(write_checkpoint(folder / "file/run.ckp", "new", k_network), IoError);
}

TEST_CASE("What a run killed while writing left is harmless and goes where nobody else writes") {
    const ScratchFolder folder;
    write_checkpoint(folder / "run.ckp", "former", k_network);
    folder.write(".run.ckp.spikewell-a1b2c3", folder.content("run.ckp").substr(0, 20));
    CHECK(read_checkpoint(folder / "run.ckp", k_network) == "former");
    write_checkpoint(folder / "run.ckp", "new", k_network);
    CHECK(read_checkpoint(folder / "run.ckp", k_network) == "new");
    remove_temporaries_of(folder / "run.ckp");
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("The digest tells lengths, places and orders apart") {
    std::set<std::uint64_t> seen;
    for (std::size_t length = 0; length < 200; ++length) {
        seen.insert(digest(std::string(length, '\0')));
        std::string one(200, '\0');
        one[length] = '\x80';
        seen.insert(digest(one));
    }
    seen.insert(digest("0123456789abcdef"));
    seen.insert(digest("89abcdef01234567"));
    CHECK(seen.size() == 402);
}

TEST_CASE("The digest of pieces is that of the whole, however it is cut") {
    const std::string whole = bytes(5000);
    const std::size_t length = GENERATE(1U, 7U, 256U, 1024U, 4999U);
    Digest pieces;
    for (std::size_t from = 0; from < whole.size(); from += length)
        pieces.add(std::string_view(whole).substr(from, length));
    CHECK(pieces.value() == digest(whole));
}

// XXH3_64bits as xxHash's own program prints it (xxhsum -H3): a digest in a file means the same everywhere.
TEST_CASE("The digest is that of xxHash") {
    CHECK(digest("") == 0x2D06800538D394C2U);
}
