#include "core/error.hpp"
#include "io/output.hpp"
#include "support/file_size_limit.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace spikewell;
using io::Overwrite;
using test::FileSizeLimit;
using test::ScratchFolder;

TEST_CASE("Files are written with their folders and nothing else") {
    const ScratchFolder folder;
    io::write_files({{folder / "a/b/one.txt", "1\n"}, {folder / "two.txt", ""}}, Overwrite::refuse);
    CHECK(folder.content("a/b/one.txt") == "1\n");
    CHECK(folder.content("two.txt").empty());
    CHECK(folder.entry_count() == 4);
}

TEST_CASE("A written file has the permissions of any new file") {
    const ScratchFolder folder;
    const mode_t before = ::umask(027);
    io::write_files({{folder / "one.txt", "1\n"}}, Overwrite::refuse);
    ::umask(before);
    struct stat status {};
    REQUIRE(::stat((folder / "one.txt").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0640U);
}

TEST_CASE("An existing file is refused and stays") {
    const ScratchFolder folder;
    folder.write("old.txt", "old");
    const auto path = folder / "old.txt";
    const auto message = Catch::Contains("exists already; use --force to overwrite it");
    CHECK_THROWS_WITH(io::require_writable({path}, Overwrite::refuse), message);
    CHECK_THROWS_WITH(io::write_files({{path, "new"}}, Overwrite::refuse), message);
    CHECK(folder.content("old.txt") == "old");
}

TEST_CASE("A dangling link counts as an existing file") {
    const ScratchFolder folder;
    std::filesystem::create_symlink("nowhere", folder / "link");
    CHECK_THROWS_AS(io::write_files({{folder / "link", "new"}}, Overwrite::refuse), IoError);
    CHECK(std::filesystem::is_symlink(folder / "link"));
}

TEST_CASE("An existing file is replaced where that is allowed") {
    const ScratchFolder folder;
    folder.write("old.txt", "old");
    io::require_writable({folder / "old.txt"}, Overwrite::allow);
    CHECK(folder.content("old.txt") == "old");
    io::write_files({{folder / "old.txt", "new"}}, Overwrite::allow);
    CHECK(folder.content("old.txt") == "new");
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("Asking whether files can be written leaves nothing behind") {
    const ScratchFolder folder;
    io::require_writable({folder / "a/b/one.txt", folder / "two.txt"}, Overwrite::refuse);
    CHECK(folder.entry_count() == 0);
}

TEST_CASE("A path that cannot be written is told before work and at its end") {
    const ScratchFolder folder;
    folder.write("file", "");
    const std::string name =
        GENERATE(as<std::string>{}, "file/below.txt", "file/far/below.txt", "", "new/",
                 "/proc/missing/one.txt", "/proc/one.txt", "/", std::string(300, 'x'));
    const auto path = folder / name; // an absolute name replaces the folder
    CHECK_THROWS_AS(io::require_writable({path}, Overwrite::allow), IoError);
    CHECK_THROWS_AS(io::write_files({{path, "1"}}, Overwrite::allow), IoError);
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("An empty path is no file name") {
    CHECK_THROWS_WITH(io::require_writable({""}, Overwrite::allow),
                      Catch::EndsWith("is no file name"));
}

TEST_CASE("A path below a regular file is told as such") {
    const ScratchFolder folder;
    folder.write("file", "");
    CHECK_THROWS_WITH(io::require_writable({folder / "file/below.txt"}, Overwrite::refuse),
                      Catch::EndsWith("file is no folder"));
}

TEST_CASE("A folder or a device is never replaced by a file") {
    const ScratchFolder folder;
    std::filesystem::create_symlink("/dev/null", folder / "null");
    std::filesystem::create_directory(folder / "sub");
    CHECK_THROWS_WITH(io::write_files({{folder / "sub", ""}}, Overwrite::allow),
                      Catch::EndsWith("is a folder"));
    CHECK_THROWS_WITH(io::write_files({{folder / "null", ""}}, Overwrite::allow),
                      Catch::EndsWith("is no regular file"));
    CHECK(std::filesystem::is_symlink(folder / "null"));
}

TEST_CASE("A path for two outputs is refused") {
    const ScratchFolder folder;
    CHECK_THROWS_WITH(
        io::require_writable({folder / "one.txt", folder / "a/../one.txt"}, Overwrite::allow),
        Catch::EndsWith("is named for two outputs"));
}

TEST_CASE("When one file cannot be written none is, and no folder stays") {
    const ScratchFolder folder;
    folder.write("file", "");
    CHECK_THROWS_AS(io::write_files({{folder / "a/one.txt", "1"}, {folder / "file/two.txt", "2"}},
                                    Overwrite::allow),
                    IoError);
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("When a late file fails the new ones go and the old ones come back") {
    const ScratchFolder folder;
    folder.write("old.txt", "old");
    // The third path makes a folder of the second, which only shows when that is put in place.
    CHECK_THROWS_AS(io::write_files({{folder / "old.txt", "new"},
                                     {folder / "new.txt", "new"},
                                     {folder / "x", ""},
                                     {folder / "x/y", ""}},
                                    Overwrite::allow),
                    IoError);
    CHECK(folder.content("old.txt") == "old");
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("A disk that takes no more is one clear line, and nothing partial stays") {
    const ScratchFolder folder;
    folder.write("old.txt", "old");
    const std::string content(100'000, 'x');
    {
        const FileSizeLimit limit(4096);
        CHECK_THROWS_WITH(io::write_files({{folder / "old.txt", content}}, Overwrite::allow),
                          Catch::EndsWith("old.txt: cannot be written: File too large"));
    }
    CHECK(folder.content("old.txt") == "old");
    CHECK(folder.entry_count() == 1);
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
