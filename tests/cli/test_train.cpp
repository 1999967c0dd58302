#include "support/damaged.hpp"
#include "support/program.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

// `train` as a user runs it, stopped and killed runs included.

using namespace spikewell::test;

namespace {

/// A training of the digits that takes a second or two.
void write_config(const ScratchFolder& folder, const std::string& backend) {
    const std::string presentations = backend == "rate" ? "20000" : "1500";
    folder.write("config.json", R"({"training": {"presentations": )" + presentations + "}}");
    folder.write("other.json",
                 R"({"training": {"evidence": 3, "presentations": )" + presentations + "}}");
}

/// One to be stopped, which saves all the time.
std::vector<std::string> long_training(const std::string& backend, const std::string& threads) {
    return {SPIKEWELL_PROGRAM,
            "train",
            "config.json",
            "--backend",
            backend,
            "--out",
            "model.json",
            "--threads",
            threads,
            "--checkpoint",
            "run.ckp",
            "--checkpoint-every-s",
            "0",
            "--quiet"};
}

} // namespace

TEST_CASE("A training that was stopped or killed goes on to the same bytes as one that was not") {
    const std::string backend = GENERATE(as<std::string>(), "rate", "spiking");
    const int signal = GENERATE(SIGINT, SIGKILL);
    const std::string threads = signal == SIGINT ? "1" : "2";
    CAPTURE(backend, signal);
    const ScratchFolder folder;
    write_config(folder, backend);
    const std::string train = "train config.json --quiet --backend " + backend;
    REQUIRE(run_in(folder, train + " --out whole.json").exit_code == 0);
    Child child(folder, long_training(backend, threads));
    REQUIRE(appears(folder / "run.ckp"));
    REQUIRE(child.end_by(signal) == (signal == SIGINT ? 130 : -SIGKILL));
    if (signal == SIGINT) {
        REQUIRE(child.errors().size() == 1);
        CHECK_THAT(child.errors()[0], Catch::StartsWith("spikewell: interrupted after ") &&
                                          Catch::Contains(" presentations; go on with --resume "
                                                          "run.ckp"));
    }
    CHECK_FALSE(std::filesystem::exists(folder / "model.json"));
    const std::string checkpoint = folder.content("run.ckp");
    const ProgramEnd outcome = run_in(
        folder, train + " --out model.json --threads 2 --resume run.ckp --checkpoint-every-s 0");
    CHECK(outcome.errors.empty());
    REQUIRE(outcome.exit_code == 0);
    CHECK((folder.content("run.ckp") != checkpoint)); // it went on saving there
    CHECK(folder.content("model.json").size() > 10000);
    CHECK((folder.content("model.json") == folder.content("whole.json")));
}

TEST_CASE("A checkpoint of training that is damaged or another's is refused in one line") {
    const ScratchFolder folder;
    write_config(folder, "rate");
    Child child(folder, long_training("rate", "1"));
    REQUIRE(appears(folder / "run.ckp"));
    REQUIRE(child.end_by(SIGINT) == 130);
    const std::string checkpoint = folder.content("run.ckp");
    write_damaged(folder, checkpoint);
    const auto refused = [&](const std::string& arguments, const std::string& told) {
        INFO(arguments);
        const ProgramEnd outcome = run_in(folder, "train " + arguments + " --out new.json");
        CHECK(outcome.exit_code == 1);
        REQUIRE(outcome.errors.size() == 1);
        CHECK_THAT(outcome.errors[0], Catch::Contains(told));
        CHECK_FALSE(std::filesystem::exists(folder / "new.json"));
    };
    const std::string rate = "config.json --backend rate --resume ";
    refused(rate + "cut.ckp", "cut.ckp: checkpoint is truncated: ");
    refused(rate + "flipped.ckp", "flipped.ckp: checkpoint is damaged");
    refused(rate + "config.json", "config.json: is no checkpoint of Spikewell");
    refused(rate + "missing.ckp", "missing.ckp: checkpoint cannot be read");
    const std::string other =
        "run.ckp: checkpoint is of another configuration, form or seed, or of other images";
    refused(rate + "run.ckp --seed 8", other);
    refused("other.json --backend rate --resume run.ckp", other);
    refused("config.json --backend spiking --resume run.ckp", other);
    refused("config.json --checkpoint-every-s 3",
            "--checkpoint-every-s requires --checkpoint or --resume");
    refused("config.json --checkpoint flipped.ckp", "flipped.ckp: exists already; use --force");
    refused("config.json --checkpoint config.json --force", "config.json");
    CHECK((folder.content("run.ckp") == checkpoint));
}
