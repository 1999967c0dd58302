#include "core/error.hpp"
#include "core/file_descriptor.hpp"
#include "io/folder_output.hpp"
#include "io/output_lock.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <map>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

using namespace spikewell;
using namespace spikewell::io;
using spikewell::test::ScratchFolder;
using Json = nlohmann::json;

namespace {

namespace fs = std::filesystem;

const std::vector<fs::path> k_names{"a.txt", "sub/b.txt", "main.json"};

FolderPlan plan(const fs::path& folder, Overwrite overwrite = Overwrite::refuse) {
    return {folder, overwrite, k_names, {}, {}};
}

void write_all_of(FolderOutput& output, const std::string& content) {
    output.write("a.txt", "a " + content);
    output.write("sub/b.txt", "b " + content);
    output.publish("main.json", R"({"of": ")" + content + "\"}");
}

void write_into(const fs::path& folder,
                const std::string& content,
                Overwrite overwrite = Overwrite::refuse) {
    FolderOutput output(plan(folder, overwrite));
    write_all_of(output, content);
}

/// Every file below a folder and what is in it.
std::map<std::string, std::string> state_of(const ScratchFolder& folder) {
    std::map<std::string, std::string> state;
    for (const auto& entry : fs::recursive_directory_iterator(folder / "")) {
        const std::string name = fs::relative(entry.path(), folder / "").string();
        if (!entry.is_directory()) state[name] = folder.content(name);
    }
    return state;
}

/// The folder as a process leaves it that is killed while it publishes "new" over "old": after so many
/// renames.
void leave_half_published(const ScratchFolder& folder, std::size_t n_renames) {
    const fs::path partial = folder / "spikewell-partial-abc123";
    fs::create_directories(partial / "new/sub");
    fs::create_directories(partial / "former/sub");
    folder.write("spikewell-partial-abc123/new/a.txt", "a new");
    folder.write("spikewell-partial-abc123/new/sub/b.txt", "b new");
    folder.write("spikewell-partial-abc123/new/main.json", "main new");
    folder.write("spikewell-partial-abc123/journal.json",
                 R"({"names": ["main.json", "a.txt", "sub/b.txt"], "dropped": ["c.txt"]})");
    std::vector<std::pair<fs::path, fs::path>> renames;
    for (const std::string name : {"main.json", "a.txt", "sub/b.txt", "c.txt"})
        renames.emplace_back(folder / name, partial / "former" / name);
    for (const std::string name : {"sub/b.txt", "a.txt", "main.json"})
        renames.emplace_back(partial / "new" / name, folder / name);
    REQUIRE(renames.size() >= n_renames);
    for (std::size_t i = 0; i < n_renames; ++i)
        fs::rename(renames[i].first, renames[i].second);
}

} // namespace

TEST_CASE("Files of a folder appear together, and the main file lists the others") {
    const ScratchFolder folder;
    {
        FolderOutput output(plan(folder / "out"));
        output.write("a.txt", "one");
        output.write("sub/b.txt", "");
        CHECK_FALSE(fs::exists(folder / "out/a.txt"));
        output.publish("main.json", "{\"format\": \"test\"}\n");
    }
    CHECK(folder.content("out/a.txt") == "one");
    CHECK(folder.entry_count() == 5);
    const Json document = Json::parse(folder.content("out/main.json"));
    CHECK(document["format"] == "test");
    REQUIRE(document["files"].size() == 2);
    CHECK(document["files"][1] ==
          Json({{"name", "sub/b.txt"}, {"bytes", 0}, {"xxh3", "2d06800538d394c2"}}));
    CHECK(differences_from_list(document, folder / "out").empty());
}

TEST_CASE("What differs from the list of a main file is told") {
    const ScratchFolder folder;
    write_into(folder / "", "new");
    const Json document = Json::parse(folder.content("main.json"));
    const auto first = [&] { return differences_from_list(document, folder / "").at(0); };
    folder.write("a.txt", "a nEw");
    CHECK_THAT(first(), Catch::StartsWith("a.txt: is not what was written: digest "));
    folder.write("a.txt", "a");
    CHECK(first() == "a.txt: is not what was written: 1 bytes there, 5 expected");
    fs::remove(folder / "a.txt");
    CHECK(first() == "a.txt: is missing");
    CHECK_THROWS_WITH(require_listed_files(document, folder / "main.json"),
                      Catch::EndsWith("is not what main.json lists: a.txt: is missing"));
    CHECK(differences_from_list(Json::parse("{}"), folder / "").empty());
    for (const std::string list : {R"(3)", R"([3])", R"([{"name": "a.txt"}])",
                                   R"([{"name": "../x", "bytes": 1, "xxh3": ""}])"}) {
        INFO(list);
        CHECK(differences_from_list(Json{{"files", Json::parse(list)}}, folder / "").size() == 1);
    }
}

TEST_CASE("A folder's output that is not published leaves nothing, and the user's files stay") {
    const ScratchFolder folder;
    folder.write("mine.txt", "mine");
    {
        const FolderOutput output(plan(folder / ""));
        output.write("a.txt", "half");
    }
    { const FolderOutput output(plan(folder / "new/deep")); }
    CHECK(state_of(folder) == std::map<std::string, std::string>{{"mine.txt", "mine"}});
    CHECK(folder.entry_count() == 1);
    write_into(folder / "", "new");
    CHECK(folder.content("mine.txt") == "mine");
}

TEST_CASE(
    "A folder whose files exist is refused before work, and overwritten where that is allowed") {
    const ScratchFolder folder;
    write_into(folder / "", "old");
    const auto before = state_of(folder);
    CHECK_THROWS_WITH(FolderOutput(plan(folder / "")),
                      Catch::Contains("exists already; use --force"));
    CHECK(state_of(folder) == before);
    write_into(folder / "", "new", Overwrite::allow);
    CHECK(folder.content("a.txt") == "a new");
    CHECK(folder.entry_count() == 4);
}

TEST_CASE("Files of another run that this one does not write go with --force, no others") {
    const ScratchFolder folder;
    write_into(folder / "", "old");
    folder.write("mine.txt", "mine");
    {
        FolderOutput output(plan(folder / "", Overwrite::allow));
        output.write("a.txt", "a new");
        output.publish("main.json", "{\"of\": 1}");
    }
    CHECK_FALSE(fs::exists(folder / "sub/b.txt"));
    CHECK(folder.content("mine.txt") == "mine");
}

TEST_CASE("A folder whose names are not known before must be empty") {
    const ScratchFolder folder;
    const FolderPlan any{folder / "", Overwrite::refuse, {}, {}, {}};
    CHECK_NOTHROW(FolderOutput(any));
    folder.write("mine.txt", "mine");
    CHECK_THROWS_WITH(FolderOutput(any),
                      Catch::EndsWith("exists already; use --force to overwrite its files"));
}

TEST_CASE("When a file of a folder cannot have its name, none has, and the former ones are back") {
    const ScratchFolder folder;
    write_into(folder / "", "old");
    // A file stands where a folder is to be; what comes before it in the alphabet is renamed after it.
    folder.write("zzz", "mine");
    const auto before = state_of(folder);
    {
        FolderOutput output({folder / "", Overwrite::allow, {}, {}, {}});
        output.write("a.txt", "a new");
        output.write("zzz.txt", "new");
        output.write("zz/c.txt", "new");
        folder.write("zz", "meanwhile");
        CHECK_THROWS_AS(output.publish("main.json", "{\"of\": 1}"), IoError);
        fs::remove(folder / "zz");
    }
    CHECK(state_of(folder) == before);
}

TEST_CASE("A folder's output never replaces an input") {
    const ScratchFolder folder;
    folder.write("a.txt", "the input");
    FolderPlan with_input = plan(folder / "", Overwrite::allow);
    with_input.inputs = {folder / "a.txt"};
    CHECK_THROWS_WITH(FolderOutput(with_input), Catch::Contains("it is the input"));
    with_input.names.clear(); // as those do who know their files only at the end
    FolderOutput output(with_input);
    output.write("a.txt", "new");
    CHECK_THROWS_WITH(output.publish("main.json", "{\"of\": 1}"),
                      Catch::Contains("it is the input"));
    CHECK(folder.content("a.txt") == "the input");
}

TEST_CASE("What a killed process said of a folder does not speak for who holds it now") {
    const ScratchFolder folder;
    std::array<char, 256> host{};
    REQUIRE(::gethostname(host.data(), host.size() - 1) == 0);
    const auto held_with = [&](int pid) {
        folder.write(".spikewell-lock",
                     fmt::format("process {} on {} (spikewell simulate)", pid, host.data()));
        Descriptor file(folder / ".spikewell-lock", O_RDWR);
        REQUIRE(::flock(file.number(), LOCK_EX | LOCK_NB) == 0);
        return file;
    };
    SECTION("of nobody who lives: it is waited for") {
        constexpr int k_no_process = 999'999'999; // beyond what Linux gives
        std::jthread holder([file = held_with(k_no_process)] {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        });
        CHECK_NOTHROW(OutputLock::of_folder(folder / ""));
    }
    SECTION("of one who lives: it writes") {
        const Descriptor file = held_with(::getpid());
        CHECK_THROWS_WITH(
            OutputLock::of_folder(folder / ""),
            Catch::Contains(fmt::format("is being written by process {} ", ::getpid())));
    }
}

TEST_CASE("A link to a folder is written into, and its other name is the same folder") {
    const ScratchFolder folder;
    fs::create_directory(folder / "there");
    fs::create_directory_symlink("there", folder / "link");
    {
        FolderOutput output(plan(folder / "link"));
        CHECK_THROWS_WITH(FolderOutput(plan(folder / "there")),
                          Catch::Contains("is being written by"));
        write_all_of(output, "new");
    }
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(folder.content("there/a.txt") == "a new");
}

TEST_CASE("Who only looked at a folder is waited for") {
    const ScratchFolder folder;
    fs::create_directory(folder / "out");
    std::atomic<bool> looks{false};
    std::jthread other([&] {
        const OutputLock lock = OutputLock::of_folder(folder / "out");
        looks = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    });
    while (!looks)
        std::this_thread::yield();
    {
        FolderOutput output(plan(folder / "out"));
        write_all_of(output, "whole");
    }
    other.join();
    CHECK(folder.content("out/a.txt") == "a whole");
    CHECK(folder.entry_count() == 5);
}

TEST_CASE("A folder has one writer at a time, and the second changes nothing of the first's") {
    const ScratchFolder folder;
    const Overwrite second = GENERATE(Overwrite::refuse, Overwrite::allow);
    {
        FolderOutput first(plan(folder / "out"));
        first.write("a.txt", "a first");
        const auto before = state_of(folder);
        CHECK_THROWS_WITH(
            FolderOutput(plan(folder / "out", second)),
            Catch::Contains("out: is being written by process " + std::to_string(::getpid())));
        CHECK(state_of(folder) == before);
        first.write("sub/b.txt", "b first");
        first.publish("main.json", "{\"of\": 1}");
    }
    CHECK(folder.content("out/a.txt") == "a first");
    CHECK(folder.entry_count() == 5);
}

TEST_CASE(
    "After a kill between two renames the next writer finds all former files, or all new ones") {
    const ScratchFolder folder;
    const std::size_t n_renames = GENERATE(range(0U, 8U));
    CAPTURE(n_renames);
    fs::create_directory(folder / "sub");
    folder.write("a.txt", "a old");
    folder.write("sub/b.txt", "b old");
    folder.write("c.txt", "c old");
    folder.write("main.json", "main old");
    const auto former = state_of(folder);
    leave_half_published(folder, n_renames);
    const bool complete = n_renames == 7;
    CHECK_THROWS_AS(FolderOutput(plan(folder / "")), IoError); // there is something either way
    if (complete) {
        CHECK(state_of(folder) == std::map<std::string, std::string>{{"a.txt", "a new"},
                                                                     {"sub/b.txt", "b new"},
                                                                     {"main.json", "main new"}});
    } else {
        CHECK(state_of(folder) == former);
    }
    write_into(folder / "", "newer", Overwrite::allow);
    CHECK(folder.content("a.txt") == "a newer");
}

TEST_CASE("After a kill in a folder that was empty the next plain run goes through") {
    const ScratchFolder folder;
    const std::size_t n_moved = GENERATE(0U, 1U, 2U);
    const std::string partial = "spikewell-partial-abc123/";
    fs::create_directories(folder / (partial + "new"));
    folder.write(partial + "new/a.txt", "a killed");
    folder.write(partial + "new/main.json", "{}");
    folder.write(partial + "journal.json", R"({"names": ["main.json", "a.txt"], "dropped": []})");
    if (n_moved > 0) fs::rename(folder / (partial + "new/a.txt"), folder / "a.txt");
    if (n_moved > 1) fs::rename(folder / (partial + "new/main.json"), folder / "main.json");
    if (n_moved < 2) {
        write_into(folder / "", "new");
        CHECK(folder.content("a.txt") == "a new");
    } else { // all had been given their names
        CHECK_THROWS_AS(FolderOutput(plan(folder / "")), IoError);
        CHECK(folder.content("a.txt") == "a killed");
    }
    CHECK_FALSE(fs::exists(folder / "spikewell-partial-abc123"));
}

TEST_CASE(
    "A partial folder that a checkpoint goes on from stays until it is resumed or overwritten") {
    const ScratchFolder folder;
    std::string name;
    {
        FolderOutput output(plan(folder / ""));
        output.write("a.txt", "a half");
        output.keep_for("run.ckp");
        name = output.partial_name();
    }
    CHECK(folder.content(name + "/new/a.txt") == "a half");
    CHECK_THROWS_WITH(FolderOutput(plan(folder / "")),
                      Catch::EndsWith("go on with --resume run.ckp, or use --force to drop it"));
    { const FolderOutput not_published(plan(folder / "", Overwrite::allow)); }
    CHECK(folder.content(name + "/new/a.txt") == "a half");
    if (GENERATE(true, false)) {
        FolderPlan resumed = plan(folder / "", Overwrite::allow);
        resumed.resumed = name;
        FolderOutput output(resumed);
        CHECK(output.has_resumed());
        CHECK(output.partial_name() == name);
        output.publish("main.json", "{\"of\": 1}");
        CHECK(folder.content("a.txt") == "a half");
    } else {
        write_into(folder / "", "new", Overwrite::allow);
    }
    CHECK_FALSE(fs::exists(folder / name));
}

TEST_CASE("A partial folder's name is no way out of the output's folder") {
    const ScratchFolder folder;
    fs::create_directories(folder / "else/new");
    folder.write("else/kept-for", "");
    FolderPlan resumed = plan(folder / "out", Overwrite::allow);
    resumed.resumed = GENERATE("../else", "spikewell-partial-/../../else", "");
    const FolderOutput output(resumed);
    CHECK_FALSE(output.has_resumed());
}

TEST_CASE("What killed processes left in a folder goes, links of such a name stay") {
    const ScratchFolder folder;
    fs::create_directories(folder / "spikewell-partial-abc123/new");
    fs::create_directories(folder / "mine");
    folder.write("mine/a.txt", "mine");
    fs::create_directory_symlink("mine", folder / "spikewell-partial-link12");
    folder.write(".spikewell-lock", "process 1");
    { const FolderOutput output(plan(folder / "")); }
    CHECK(folder.content("mine/a.txt") == "mine");
    CHECK(folder.entry_count() == 3);
}
