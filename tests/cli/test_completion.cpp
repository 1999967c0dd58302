#include "support/program.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

// What `completion` prints makes a shell complete as the program's help says.

using namespace spikewell::test;

namespace {

/// What bash offers for words of which the last is begun.
std::vector<std::string> offered(const std::vector<std::string>& words) {
    const ScratchFolder folder;
    folder.write("net.json", "{}");
    std::string line = "source <('" SPIKEWELL_PROGRAM "' completion bash); COMP_WORDS=(";
    for (const std::string& word : words)
        line += "'" + word + "' ";
    line += "); COMP_CWORD=" + std::to_string(words.size() - 1) +
            "; _spikewell; printf \"%s\\n\" \"${COMPREPLY[@]}\"";
    folder.write("try.sh", line);
    return lines_of(run_command(folder, "bash try.sh").out);
}

bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

} // namespace

TEST_CASE("Bash completes commands, options, their choices and files") {
    const std::vector<std::string> commands = offered({"spikewell", ""});
    for (const char* command : {"simulate", "map", "export", "completion", "--help"}) {
        INFO(command);
        CHECK(has(commands, command));
    }
    CHECK(offered({"spikewell", "simul"}) == std::vector<std::string>{"simulate"});
    const std::vector<std::string> options = offered({"spikewell", "export", "net.json", "--"});
    CHECK(has(options, "--to"));
    CHECK(has(options, "--force"));
    CHECK(!has(options, "--machine"));
    CHECK(offered({"spikewell", "export", "--to", "s"}) == std::vector<std::string>{"sonata"});
    CHECK(has(offered({"spikewell", "map", "--placer", ""}), "multilevel"));
    CHECK(offered({"spikewell", "simulate", "ne"}) == std::vector<std::string>{"net.json"});
}

TEST_CASE("Every command and option is in the script of each shell") {
    const ScratchFolder folder;
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const ProgramEnd end = run_in(folder, std::string("completion ") + shell);
        CHECK(end.exit_code == 0);
        for (const char* word : {"simulate", "checkpoint-every-s", "nir-convention", "dirac"}) {
            INFO(shell << ": " << word);
            CHECK(end.out.find(word) != std::string::npos);
        }
    }
    const ProgramEnd wrong = run_in(folder, "completion bsh");
    CHECK(wrong.exit_code == 1);
    REQUIRE(wrong.errors.size() == 1);
    CHECK(wrong.errors[0].find("did you mean bash?") != std::string::npos);
}
