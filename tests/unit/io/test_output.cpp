#include "core/error.hpp"
#include "io/output.hpp"
#include "support/file_size_limit.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace spikewell;
using io::Overwrite;
using test::FileSizeLimit;
using test::ScratchFolder;

namespace {

void write_file(const std::filesystem::path& path,
                const std::string& content,
                Overwrite overwrite = Overwrite::refuse) {
    io::FileOutput(path, overwrite).publish(content);
}

} // namespace

TEST_CASE("A file is written with its folders and nothing else") {
    const ScratchFolder folder;
    write_file(folder / "a/b/one.txt", "1\n");
    write_file(folder / "two.txt", "");
    CHECK(folder.content("a/b/one.txt") == "1\n");
    CHECK(folder.content("two.txt").empty());
    CHECK(folder.entry_count() == 4);
}

TEST_CASE("A written file has the permissions of any new file") {
    const ScratchFolder folder;
    const mode_t before = ::umask(027);
    write_file(folder / "one.txt", "1\n");
    ::umask(before);
    struct stat status {};
    REQUIRE(::stat((folder / "one.txt").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0640U);
}

TEST_CASE("An existing file is refused before work and stays") {
    const ScratchFolder folder;
    folder.write("old.txt", "old");
    CHECK_THROWS_WITH(io::FileOutput(folder / "old.txt", Overwrite::refuse),
                      Catch::Contains("exists already; use --force to overwrite it"));
    CHECK(folder.content("old.txt") == "old");
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("A file that somebody wrote meanwhile is refused at the end and stays") {
    const ScratchFolder folder;
    io::FileOutput output(folder / "one.txt", Overwrite::refuse);
    folder.write("one.txt", "somebody's");
    CHECK_THROWS_WITH(output.publish("mine"), Catch::Contains("exists already"));
    CHECK(folder.content("one.txt") == "somebody's");
}

TEST_CASE("A dangling link counts as an existing file") {
    const ScratchFolder folder;
    std::filesystem::create_symlink("nowhere", folder / "link");
    CHECK_THROWS_AS(write_file(folder / "link", "new"), IoError);
    CHECK(std::filesystem::is_symlink(folder / "link"));
}

TEST_CASE("An existing file is replaced where that is allowed, at the end") {
    const ScratchFolder folder;
    folder.write("old.txt", "old");
    {
        io::FileOutput output(folder / "old.txt", Overwrite::allow);
        CHECK(folder.content("old.txt") == "old");
        output.publish("new");
    }
    CHECK(folder.content("old.txt") == "new");
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("An output never replaces an input, whatever name it has") {
    const ScratchFolder folder;
    folder.write("net.json", "the input");
    std::filesystem::create_symlink("net.json", folder / "link");
    std::filesystem::create_directory(folder / "sub");
    const std::string name = GENERATE("net.json", "link", "sub/../net.json");
    CHECK_THROWS_WITH(io::FileOutput(folder / name, Overwrite::allow, {folder / "net.json"}),
                      Catch::Contains("it is the input"));
    CHECK(folder.content("net.json") == "the input");
    CHECK(folder.entry_count() == 3);
}

TEST_CASE("An output that is not written leaves nothing behind") {
    const ScratchFolder folder;
    { const io::FileOutput output(folder / "a/b/one.txt", Overwrite::refuse); }
    CHECK(folder.entry_count() == 0);
}

TEST_CASE("A path that cannot be written is told before work") {
    const ScratchFolder folder;
    folder.write("file", "");
    const std::string name =
        GENERATE(as<std::string>{}, "file/below.txt", "file/far/below.txt", "", "new/",
                 "/proc/missing/one.txt", "/proc/one.txt", "/", std::string(300, 'x'));
    const auto path = folder / name; // an absolute name replaces the folder
    CHECK_THROWS_AS(io::FileOutput(path, Overwrite::allow), IoError);
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("A name as long as names can be is written") {
    const ScratchFolder folder;
    write_file(folder / std::string(255, 'x'), "1");
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("An empty path is no file name") {
    CHECK_THROWS_WITH(io::FileOutput("", Overwrite::allow), Catch::EndsWith("is no file name"));
}

TEST_CASE("A path below a regular file is told as such") {
    const ScratchFolder folder;
    folder.write("file", "");
    CHECK_THROWS_WITH(io::FileOutput(folder / "file/below.txt", Overwrite::refuse),
                      Catch::EndsWith("file is no folder"));
}

TEST_CASE("A folder or a device is never replaced by a file") {
    const ScratchFolder folder;
    std::filesystem::create_symlink("/dev/null", folder / "null");
    std::filesystem::create_directory(folder / "sub");
    CHECK_THROWS_WITH(write_file(folder / "sub", "", Overwrite::allow),
                      Catch::EndsWith("is a folder"));
    CHECK_THROWS_WITH(write_file(folder / "null", "", Overwrite::allow),
                      Catch::EndsWith("is no regular file"));
    CHECK(std::filesystem::is_symlink(folder / "null"));
}

TEST_CASE("A disk that takes no more is one clear line, and nothing partial stays") {
    const ScratchFolder folder;
    folder.write("old.txt", "old");
    const std::string content(100'000, 'x');
    {
        const FileSizeLimit limit(4096);
        CHECK_THROWS_WITH(write_file(folder / "old.txt", content, Overwrite::allow),
                          Catch::EndsWith("old.txt: cannot be written: File too large"));
    }
    CHECK(folder.content("old.txt") == "old");
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("A file has one writer at a time, and the second is told of the first") {
    const ScratchFolder folder;
    {
        const io::FileOutput first(folder / "one.txt", Overwrite::allow);
        CHECK_THROWS_WITH(io::FileOutput(folder / "one.txt", Overwrite::allow),
                          Catch::Contains("one.txt: is being written by process " +
                                          std::to_string(::getpid()) + " on "));
        CHECK_NOTHROW(write_file(folder / "two.txt", "another"));
    }
    CHECK_NOTHROW(write_file(folder / "one.txt", "now"));
    CHECK(folder.entry_count() == 2);
}

TEST_CASE("What killed processes left of a file is in nobody's way and goes") {
    const ScratchFolder folder;
    folder.write(".one.txt.spikewell-abc123", "half");
    folder.write(".one.txt.spikewell-lock", "process 1");
    folder.write(".one.txt.spikewell-mine-too-long", "the user's");
    write_file(folder / "one.txt", "1");
    CHECK(folder.entry_count() == 2);
    CHECK(folder.content(".one.txt.spikewell-mine-too-long") == "the user's");
}

TEST_CASE("A whole file is read, less its byte order mark") {
    const ScratchFolder folder;
    const std::string content = "line\r\n" + std::string(200'000, 'x') + '\0';
    folder.write("plain", content);
    folder.write("marked", "\xEF\xBB\xBF" + content);
    CHECK(io::read_text(folder / "plain") == content);
    CHECK(io::read_text(folder / "marked") == content);
}

TEST_CASE("A file that cannot be read is told why") {
    const ScratchFolder folder;
    CHECK_THROWS_WITH(io::read_text(folder / "none"),
                      Catch::EndsWith("none: cannot be read: No such file or directory"));
    CHECK_THROWS_WITH(io::read_text(folder / ""),
                      Catch::EndsWith("cannot be read: Is a directory"));
}

TEST_CASE("Text in messages is one short line") {
    CHECK(io::printable("a\nb\x1b") == "a\\nb\\x1b");
    CHECK(io::printable(std::string(41, 'x')) == std::string(40, 'x') + "...");
    CHECK(io::printable(std::string(39, 'x') + "\u00e9") == std::string(39, 'x') + "...");
}
