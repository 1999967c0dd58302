#include "support/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

// The built program as a user runs it: exit code, output, and one line on stderr for each mistake.

using namespace spikewell::test;
using Json = nlohmann::json;

namespace {

bool has_keys(const Json& object, const std::vector<std::string>& keys) {
    return std::all_of(keys.begin(), keys.end(), [&](const std::string& key) {
        UNSCOPED_INFO("key " << key);
        return object.contains(key);
    });
}

/// Everything there is to begin with: a small CONFIG and files that are wrong, each in its own way.
void write_files(const ScratchFolder& folder) {
    folder.write("config.json", R"({"training": {"presentations": 20},
                                    "evaluation": {"trials": 2, "steps": 5}})");
    const auto with_csv = [&](const std::string& name, const std::string& csv) {
        folder.write(name + ".csv", csv);
        folder.write(name + ".json", R"({"data": {"csv": ")" + name + R"(.csv",
            "label_column": null, "train_rows": [0]}})");
    };
    with_csv("ragged", "1,2,3\n4,5\n");
    with_csv("nan", "1,2,3\n4,nan,6\n");
    std::string wide = "1";
    for (int column = 1; column < 200000; ++column)
        wide += column % 2 == 0 ? ",1" : ",2";
    with_csv("wide", wide + "\n");
    folder.write("no_csv.json", R"({"data": {"csv": "missing.csv"}})");
    folder.write("unlabelled.csv", "1,2,3\n4,5,6\n");
    folder.write("unlabelled.json", R"({"data": {"csv": "unlabelled.csv", "train_rows": [0]}})");
    folder.write("resized.json", R"({"data": {"resize": [0, 2]}})");
    folder.write("twice.json",
                 R"({"data": {"csv": "unlabelled.csv", "images": "unlabelled.csv"}})");
    folder.write("both.json", R"({"data": {"first": 2, "train_rows": [0]}})");
    folder.write("unknown.json", R"({"training": {"evidnce": 11}})");
    folder.write("negative.json", R"({"training": {"learning_rate": -0.001}})");
    folder.write("cut.json", R"({"training": {)");
    folder.write("two.json", R"({"training": {"evidence": -1}, "evaluation": {"trials": 0}})");
    folder.write("file", "a regular file");
    folder.write("skew.csv", ",a,b\na,1,1\nb,2,1\n");
    folder.write("short.csv", "1,2\n3,5\n");
}

struct Mistake {
    std::string arguments;
    std::string told; // what the line must have in it
};

const std::vector<std::string> k_commands{
    "compare", "reproduce", "simulate",  "validate", "map",   "check",
    "emulate", "machines",  "train",     "evaluate", "dream", "export",
    "import",  "study",     "landscape", "models",   "config"};

const std::vector<Mistake> k_mistakes{
    {"train missing.json --out new", "missing.json: cannot be read"},
    {"compare missing.json --out new", "missing.json: cannot be read"},
    {"train no_csv.json --out new", "missing.csv: cannot be read"},
    {"train ragged.json --out new", "ragged.csv:2:"},
    {"train nan.json --out new", "nan.csv:2:3: cell 2 is not finite"},
    {"compare nan.json --out new", "nan.csv:2:3: cell 2 is not finite"},
    {"train unknown.json --out new", "/training/evidnce: is unknown; did you mean \"evidence\"?"},
    {"train negative.json --out new",
     "/training/learning_rate: must be null or 0 .. 1, got -0.001"},
    {"train cut.json --out new", "cut.json"},
    {"train wide.json --out new", "bytes of memory, this machine has"},
    {"compare wide.json --out new", "bytes of memory, this machine has"},
    {"train config.json --out file", "file: exists already; use --force to overwrite it"},
    {"compare config.json --out file", "file is no folder"},
    {"reproduce --out file", "file is no folder"},
    {"train config.json --out file/new", "file is no folder"},
    {"train config.json --out ''", "is no file name"},
    {"evaluate missing.json --out new", "missing.json: cannot be read"},
    {"evaluate config.json --out new", "the file is no model"},
    {"dream config.json --out new", "the file is no model"},
    {"", "subcommand is required"},
    {"trian config.json --out new", "trian is no command; did you mean train?"},
    {"frobnicate", "frobnicate is no command"},
    {"train config.json", "--out is required"},
    {"train --out new", "CONFIG is required"},
    {"train config.json --out new --fast", "not expected: --fast"},
    {"train config.json --out new --sede 3",
     "--sede; did you mean --seed?; see 'spikewell train --help'"},
    {"train config.json --out new --sede=3", "did you mean --seed?"},
    {"train config.json --out new --backend spikin", "got spikin; did you mean spiking?"},
    {"train unlabelled.json --out new", "unlabelled.csv: /data/label_column: must be given"},
    {"check file --seed 1", "not expected: "},
    {"check file --force", "not expected: --force"},
    {"import file --from sonata --out new --seed 1", "not expected: "},
    {"import file --from sonata --out new --nir-convention dt", "has no effect with --from sonata"},
    {"import file --from sonata --out new --input x.csv",
     "--input has no effect with --from sonata"},
    {"import file --from sonata --out new --nir-dt-ms 1", "has no effect with --from sonata"},
    {"export file --to sonata --out new --nir-profile full", "has no effect with --to sonata"},
    {"export file --to nestml --out new --seed 1", "--seed has no effect with --to nestml"},
    {"export file --to nir --out new --nir-profile strickt", "did you mean strict?"},
    {"reproduce --simulation 1 --presentations 9 --out new", "has no effect with --simulation 1"},
    {"reproduce --simulation 2 --free-steps 9 --out new", "has no effect with --simulation 2"},
    {"reproduce --simulation 2 --grid --out new", "not expected: --grid"},
    {"map file --placer fast --effort 2 --out new", "--effort has no effect with --placer"},
    {"train config.json another.json --out new", "not expected: another.json"},
    {"train config.json --out new --backend analog", "must be one of rate, spiking, got analog"},
    {"train config.json --out new --seed -1", "must be a whole number, got -1"},
    {"train config.json --out new --seed 99999999999999999999",
     "allowed 0 .. 18446744073709551615"},
    {"reproduce --simulation 7 --out new", "must be one of 1, 2, 3, 4, all, 5, 6, got 7"},
    {"reproduce --simulation 5 --images file --out new",
     "--images has no effect with --simulation 5"},
    {"reproduce --simulation 6 --presentations 9 --out new", "has no effect with --simulation 6"},
    {"reproduce --simulation 6 --images missing --out new", "missing: cannot be read"},
    {"reproduce --simulation 6 --images unlabelled.csv --n-images 3 --out new",
     "number of images must be 1 .. 2, got 3"},
    {"reproduce --simulation 6 --images unlabelled.csv --n-images 2 --resize 2,2 --out new",
     "/data/resize: must be null: the images' 3 pixels are no square"},
    {"train resized.json --out new", "/data/resize: must be null or [height, width]"},
    {"train twice.json --out new", "/data/images: must not be given beside csv"},
    {"train both.json --out new", "/data/train_rows: must not be given beside first"},
    {"reproduce --n-nodes 50 --out new", "--n-nodes has no effect with --simulation all"},
    {"reproduce --simulation 5 --n-nodes 5 --out new", "--n-nodes"},
    {"study --out new", "NAME is required"},
    {"study timin --out new", "did you mean timing?"},
    {"study timing --out file", "file is no folder"},
    {"study timing --every 2 --out new", "--every has no effect with study timing"},
    {"study regimes --free-steps 200 --out new", "--free-steps has no effect with study regimes"},
    {"study regimes --every 0 --out new", "--every"},
    {"study capacity --patterns faces --out new", "--patterns"},
    {"study tasks --free-steps 100 --out new", "--free-steps has no effect with study tasks"},
    {"study timing --n-nodes 64 --out new", "--n-nodes has no effect with study timing"},
    {"study capacity --patterns images --n-nodes 128 --out new", "64, the pixels of an image"},
    {"landscape --out new", "MATRIX must be a matrix, or --series"},
    {"landscape missing.csv --out new", "missing.csv: cannot be read"},
    {"landscape unlabelled.csv --out new", "must be square, of 2 nodes or more, got 2 x 3"},
    {"landscape unlabelled.csv --variable J --out new", "is no MAT file"},
    {"landscape unlabelled.csv --nulls phase --out new", "phase with --series only"},
    {"landscape skew.csv --out new",
     "must be symmetric, got 1 in row 1, column 2 and 2 in row 2, column 1"},
    {"landscape --series short.csv --out new", "4 rows or more, got 2 x 2"},
    {"landscape skew.csv --symmetrise --beta 1:0:1 --out new", "--beta must be numbers > 0"},
    {"landscape config.json --out new", "the file is no model"},
    {"dream --out new", "either MODEL or --coupling"},
    {"dream model.json --scale 2 --out new", "--scale has no effect without --coupling"},
    {"reproduce --seeds 0 --out new", "--seeds"},
    {"train \"$(printf 'two\\nlines')\" --out new", "two?lines: cannot be read"},
};

} // namespace

namespace {

/// Three images of 4 x 4 pixels with labels.
std::string crosses_csv() {
    std::string csv = "label";
    for (int pixel = 0; pixel < 16; ++pixel)
        csv.append(",p").append(std::to_string(pixel));
    for (int image = 0; image < 3; ++image) {
        csv.append("\n").append(std::to_string(image));
        for (int pixel = 0; pixel < 16; ++pixel)
            csv.append(pixel / 4 == image || pixel % 4 == image ? ",9" : ",1");
    }
    return csv + "\n";
}

} // namespace

TEST_CASE("A finished run is kept and goes with its images, not with their name") {
    const ScratchFolder folder;
    folder.write("images.csv", crosses_csv());
    const std::string line = "reproduce --simulation 6 --images images.csv --n-images 2 "
                             "--presentations-per-image 2 --n-cues 1 --seeds 1 --quiet ";
    REQUIRE(run_in(folder, line + "--out first --checkpoint runs").exit_code == 0);
    REQUIRE(std::filesystem::exists(folder / "runs"));
    REQUIRE(run_in(folder, line + "--out again --resume runs").exit_code == 0);
    std::string others = crosses_csv();
    folder.write("images.csv", others.replace(others.find(",9"), 2, ",4"));
    const ProgramEnd other = run_in(folder, line + "--out other --resume runs");
    CHECK(other.exit_code == 1);
    REQUIRE(other.errors.size() == 1);
    CHECK(other.errors[0].find(
              "runs: checkpoint is of another command, or of other options or data") !=
          std::string::npos);
}

TEST_CASE("Simulation 6 stores a user's images and writes the documented figures and a report") {
    const ScratchFolder folder;
    folder.write("images.csv", crosses_csv());
    const ProgramEnd end =
        run_in(folder, "reproduce --simulation 6 --images images.csv --n-images 2 --resize 6,6 "
                       "--presentations-per-image 20 --n-cues 1 --seeds 2 --quiet --out new");
    CHECK(end.errors.empty());
    REQUIRE(end.exit_code == 0);
    const Json document = Json::parse(folder.content("new/reproduce.json"));
    CHECK(document["plan"]["images"]["pixels"] == 36);
    CHECK(document["plan"]["images"]["images"] == 2);
    for (const char* form : {"rate", "spiking"}) {
        const Json& runs = document["simulations"]["6"][form];
        REQUIRE(runs.size() == 2);
        CHECK(runs[1]["seed"] == 2);
        CHECK(runs[0]["retention"].is_number());
        REQUIRE(runs[0]["points"].size() == 20);
        CHECK(has_keys(runs[0]["points"][0], {"signal_strength", "inverse_temperature",
                                              "reconstruction", "cue_correlation"}));
    }
    CHECK(folder.content("new/report.html").find("Simulation 6: images") != std::string::npos);
}

TEST_CASE("Help of every command has an example and exits 0") {
    const ScratchFolder folder;
    const std::string command = GENERATE(from_range(k_commands));
    const ProgramEnd help = run_in(folder, command + " --help");
    CHECK(help.exit_code == 0);
    const std::size_t example = help.out.find("Example:\n");
    REQUIRE(example != std::string::npos);
    std::vector<std::string> examples;
    for (const std::string& line : lines_of(help.out.substr(example)))
        if (line.find("spikewell ") != std::string::npos) examples.push_back(line + " ");
    REQUIRE(examples.size() == 1); // of this command alone
    CHECK_THAT(examples[0], Catch::StartsWith("  spikewell " + command + " "));
    CHECK_THAT(help.out, !Catch::Contains("->")); // no numbers of enumerations
    CHECK(help.errors.empty());
    CHECK(folder.entry_count() == 0);
}

TEST_CASE("Help of the program names every command, and its version is told") {
    const ScratchFolder folder;
    const ProgramEnd help = run_in(folder, "--help");
    CHECK(help.exit_code == 0);
    for (const std::string& command : k_commands)
        CHECK_THAT(help.out, Catch::Contains("\n  " + command + " "));
    const ProgramEnd version = run_in(folder, "--version");
    CHECK(version.exit_code == 0);
    CHECK_THAT(version.out, Catch::StartsWith("spikewell ") && Catch::Contains(" (commit "));
}

TEST_CASE("Config tells every key, and writes a CONFIG to begin with") {
    const ScratchFolder folder;
    const ProgramEnd told = run_in(folder, "config");
    CHECK(told.exit_code == 0);
    CHECK_THAT(told.out, Catch::Contains("\nspiking.tau_m_ms") &&
                             Catch::Contains("membrane's time constant"));
    const Json keys = nlohmann::json::parse(run_in(folder, "config --json").out);
    CHECK(lines_of(told.out).size() == keys.size() + 1);
    const nlohmann::json defaults = nlohmann::json::parse(run_in(folder, "config --defaults").out);
    CHECK(defaults["training"]["evidence"] == 11.0);
    CHECK(defaults["data"]["csv"].is_null());
    const ProgramEnd both = run_in(folder, "config --json --markdown");
    CHECK(both.exit_code == 1);
    CHECK(both.errors.size() == 1);
}

TEST_CASE("A model of one's own images moves with or without their file, under any name") {
    const ScratchFolder folder;
    const std::string model = GENERATE("model.json", "model.h5");
    std::filesystem::create_directory(folder / "\xff"); // no UTF-8
    folder.write("\xff/images.csv", "0.5,1,2,0\n1,2,0.5,0\n0.25,0.5,1,2\n");
    folder.write("\xff/config.json", R"({"training": {"presentations": 20},
        "evaluation": {"trials": 2, "steps": 5},
        "data": {"csv": "images.csv", "label_column": null, "train_rows": [0, 1]}})");
    const auto runs = [&](const std::string& arguments) {
        INFO(arguments);
        const ProgramEnd end = run_in(folder, arguments + " --quiet --force");
        INFO((end.errors.empty() ? "" : end.errors[0]));
        CHECK(end.exit_code == 0);
    };
    runs("train \xff/config.json --backend rate --out \xff/" + model);
    runs("evaluate \xff/" + model + " --out one.json");
    std::filesystem::rename(folder / "\xff", folder / "moved");
    runs("evaluate moved/" + model + " --out two.json");
    CHECK(json_of(folder, "one.json")["retrieval_dr2"] ==
          json_of(folder, "two.json")["retrieval_dr2"]);
    CHECK(json_of(folder, "two.json")["made_by"].contains("commit"));
    std::filesystem::remove(folder / "moved/images.csv");
    runs("dream moved/" + model + " --duration-ms 80 --out dream.json");
    runs("export moved/" + model + " --to sonata --duration-ms 20 --out circuit");
    runs("map moved/" + model + " --machine spinn3 --out layout");
    const ProgramEnd evaluate = run_in(folder, "evaluate moved/" + model + " --out three.json");
    CHECK(evaluate.exit_code == 1);
    REQUIRE(evaluate.errors.size() == 1);
    CHECK_THAT(evaluate.errors[0], Catch::Contains("test images are missing: ") &&
                                       Catch::Contains("moved/images.csv: cannot be read"));
}

TEST_CASE("A mistake is told in one line and leaves nothing behind") {
    const ScratchFolder folder;
    write_files(folder);
    const std::size_t before = folder.entry_count();
    const Mistake mistake = GENERATE(from_range(k_mistakes));
    const ProgramEnd outcome = run_in(folder, mistake.arguments);
    CAPTURE(mistake.arguments);
    CHECK(outcome.exit_code == 1);
    REQUIRE(outcome.errors.size() == 1);
    CHECK_THAT(outcome.errors[0],
               Catch::StartsWith("spikewell: ") && Catch::Contains(mistake.told));
    CHECK(outcome.out.empty());
    CHECK(folder.entry_count() == before);
    CHECK(folder.content("file") == "a regular file");
}

TEST_CASE("Several problems of a CONFIG are told at once, a line each") {
    const ScratchFolder folder;
    write_files(folder);
    const ProgramEnd outcome = run_in(folder, "train two.json --out new");
    CHECK(outcome.exit_code == 1);
    REQUIRE(outcome.errors.size() == 2);
    CHECK(outcome.errors[0] ==
          "spikewell: two.json: /training/evidence: must be 0 .. 10000, got -1");
    CHECK_THAT(outcome.errors[1], Catch::Contains("two.json: /evaluation/trials: must be "));
}

TEST_CASE("Of one kind of fault ten lines are told, and how many more there are") {
    const ScratchFolder folder;
    std::string rows;
    for (int row = 5000; row < 5100; ++row)
        rows.append(rows.empty() ? "" : ",").append(std::to_string(row));
    folder.write("many.json", R"({"data": {"train_rows": [)" + rows + "]}}");
    const ProgramEnd outcome = run_in(folder, "train many.json --out new");
    REQUIRE(outcome.errors.size() == 11);
    CHECK(outcome.errors[10] == "spikewell: built-in digits: and 90 more");
}

TEST_CASE("A document that is wrong as a whole is told without a place in it") {
    const ScratchFolder folder;
    folder.write("list.json", "[1, 2]");
    const ProgramEnd outcome = run_in(folder, "train list.json --out new");
    REQUIRE(outcome.errors.size() == 1);
    CHECK(outcome.errors[0] == "spikewell: list.json: must be an object, got a list of 2");
}

TEST_CASE("What parts rates and spikes, and signed data that are squared, are warned of") {
    const ScratchFolder folder;
    folder.write("signed.csv", "label,a,b,c,d\n1,-1,2,0,1\n2,2,-1,1,0\n");
    folder.write("config.json", R"({"data": {"csv": "signed.csv", "train_rows": [0, 1]},
        "training": {"presentations": 2, "learning_rate": 0.5},
        "evaluation": {"trials": 2, "steps": 2}})");
    const ProgramEnd train = run_in(folder, "train config.json --backend rate --out model.json");
    CHECK(train.exit_code == 0);
    REQUIRE(train.errors.size() >= 2);
    CHECK_THAT(train.errors[0],
               Catch::StartsWith("spikewell: warning: config.json: /training/learning_rate: "));
    CHECK_THAT(train.errors[1],
               Catch::StartsWith("spikewell: warning: config.json: /data/preprocess: "));
    const ProgramEnd quiet = run_in(folder, "compare config.json --out both --quiet");
    CHECK(quiet.errors.empty());
    CHECK(json_of(folder, "both/compare.json")["warnings"].size() == 2);
    CHECK_THAT(folder.content("both/report.html"),
               Catch::Contains("Warning: /training/learning_rate"));
}

TEST_CASE("Generalization without test rows is not measured") {
    const ScratchFolder folder;
    folder.write("config.json", R"({"data": {"test_rows": []}, "training": {"presentations": 2},
                                    "evaluation": {"trials": 2, "steps": 5}})");
    REQUIRE(run_in(folder, "train config.json --backend rate --out model.json -q").exit_code == 0);
    const ProgramEnd outcome = run_in(folder, "evaluate model.json --out evaluation.json");
    CHECK_THAT(outcome.out, Catch::Contains("generalization not measured"));
    CHECK(json_of(folder, "evaluation.json")["generalization_dr2_median"].is_null());
    const ProgramEnd both = run_in(folder, "compare config.json --out both");
    CHECK_THAT(both.out, Catch::Contains("not measured") && !Catch::Contains("nan"));
}

TEST_CASE("A dream has a page when asked for one, which cannot be the result's file") {
    const ScratchFolder folder;
    folder.write("matrix.csv", "0,1,0\n1,0,1\n0,1,0\n");
    const std::string command = "dream --coupling matrix.csv --duration-ms 200 --out dream.json";
    const ProgramEnd same = run_in(folder, command + " --report ./dream.json");
    CHECK(same.exit_code == 1);
    REQUIRE(same.errors.size() == 1);
    CHECK_THAT(same.errors[0], Catch::Contains("another file than --out"));
    CHECK(run_in(folder, command + " --report dream.html --quiet").exit_code == 0);
    CHECK_THAT(folder.content("dream.html"), Catch::Contains("<h2>Free run: rate</h2>") &&
                                                 Catch::Contains("<h2>Free run: spiking</h2>"));
    CHECK(json_of(folder, "dream.json")["nodes"] == 3);
}

TEST_CASE("A dream without attractors has no occupancy") {
    const ScratchFolder folder;
    folder.write("config.json", R"({"training": {"presentations": 1, "learning_rate": 0}})");
    REQUIRE(run_in(folder, "train config.json --backend rate --out model.json -q").exit_code == 0);
    const ProgramEnd outcome =
        run_in(folder, "dream model.json --duration-ms 100 --out dream.json --report dream.html");
    CHECK(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, Catch::Contains("no attractors"));
    const Json dream = json_of(folder, "dream.json");
    CHECK(dream["attractors"].empty());
    for (const char* key : {"occupancy", "visited", "transitions", "forward_transitions"})
        CHECK(dream[key].is_null());
    CHECK(dream["states"].size() == 10);
}

TEST_CASE("Existing output is overwritten with --force only") {
    const ScratchFolder folder;
    write_files(folder);
    REQUIRE(run_in(folder, "train config.json --backend rate --out file").exit_code == 1);
    REQUIRE(folder.content("file") == "a regular file");
    const ProgramEnd forced = run_in(folder, "train config.json --backend rate --out file --force");
    CHECK(forced.exit_code == 0);
    CHECK(json_of(folder, "file")["format"] == "spikewell-model");
}

TEST_CASE("Train, evaluate and dream in either form hand on from file to file") {
    const ScratchFolder folder;
    write_files(folder);
    const std::string backend = GENERATE("rate", "spiking");
    const std::string train = "train config.json --out new/model.json --backend " + backend;
    REQUIRE(run_in(folder, train).exit_code == 0);
    REQUIRE(run_in(folder, "evaluate new/model.json --out evaluation.json").exit_code == 0);
    REQUIRE(run_in(folder, "dream new/model.json --duration-ms 80 --out dream.json").exit_code ==
            0);
    const Json model = json_of(folder, "new/model.json");
    CHECK(model["backend"] == backend);
    CHECK(model["config"]["training"]["presentations"] == 20);
    const Json evaluation = json_of(folder, "evaluation.json");
    CHECK(evaluation["retrieval_dr2"].size() == 2);
    CHECK(has_keys(evaluation, {"retrieval_dr2_median", "generalization_dr2_median", "attractors",
                                "evaluate_energy"}));
    const Json operations = evaluation["neurobench"]["synaptic_operations"];
    const bool spiking = backend == "spiking";
    CHECK(operations["dense"] == (spiking ? 5.0 : 1.0) * 64.0 * 64.0);
    CHECK((operations["effective_ACs"] > 0.0) == spiking);
    CHECK((operations["effective_MACs"] > 0.0) != spiking);
    CHECK((evaluation["neurobench"]["activation_sparsity"] > 0.0) == spiking);
    const Json dream = json_of(folder, "dream.json");
    CHECK(dream["states"].size() == 8); // one a tau_ref of 10 ms
    CHECK(dream["states"][0].size() == 64);
    CHECK(has_keys(dream, {"visited", "transitions", "forward_transitions", "occupancy"}));
}

TEST_CASE("Compare writes the figures of both forms and of the transfer, and a page") {
    const ScratchFolder folder;
    write_files(folder);
    REQUIRE(run_in(folder, "compare config.json --out results").exit_code == 0);
    const Json result = json_of(folder, "results/compare.json");
    const std::vector<std::string> scores{"retrieval_dr2_median", "generalization_dr2_median",
                                          "neurobench", "evaluate_energy"};
    CHECK_THAT(folder.content("results/report.html"), Catch::Contains("<h2>What it takes</h2>"));
    CHECK(has_keys(result["transfer"], scores));
    for (const std::string form : {"rate", "spiking"}) {
        INFO(form);
        CHECK(has_keys(result[form], scores));
        CHECK(has_keys(result[form],
                       {"attractors", "orthogonality_deviation_deg",
                        "orthogonality_deviation_paper_deg", "data_orthogonality_deviation_deg",
                        "data_orthogonality_deviation_paper_deg", "asymmetry", "coupling_norm",
                        "train_wall_s", "train_steps", "evaluate_wall_s"}));
    }
    CHECK(has_keys(result["spiking"], {"neurons", "spikes", "simulated_ms"}));
    CHECK(result["learning_rate"] == 0.001);
    CHECK(result["warnings"].empty());
    const double r = result["rate_spiking_coupling_correlation"];
    CHECK((r > 0.0 && r < 1.0));
    CHECK(result["rate"]["data_orthogonality_deviation_deg"] == Approx(23.26).margin(0.005));
    CHECK(result["rate"]["data_orthogonality_deviation_paper_deg"] == Approx(29.94).margin(0.005));
    CHECK(result["spiking"]["neurons"] == 64 * 5);
    CHECK(result["spiking"]["simulated_ms"] == 20 * 10 * 10.0);
    CHECK_THAT(folder.content("results/report.html"), Catch::StartsWith("<!DOCTYPE html>"));
}

TEST_CASE("The same seed writes the same model, another seed another one") {
    const ScratchFolder folder;
    write_files(folder);
    const std::string train =
        "train config.json --backend " + std::string(GENERATE("rate", "spiking"));
    REQUIRE(run_in(folder, train + " --out a.json --seed 3").exit_code == 0);
    REQUIRE(run_in(folder, train + " --out b.json --seed 3").exit_code == 0);
    REQUIRE(run_in(folder, train + " --out c.json --seed 4").exit_code == 0);
    CHECK(folder.content("a.json") == folder.content("b.json"));
    CHECK(json_of(folder, "a.json")["coupling"] != json_of(folder, "c.json")["coupling"]);
    CHECK(json_of(folder, "a.json")["config"]["seed"] == 3);
}

TEST_CASE("Reproduce writes the published figures beside its own") {
    const ScratchFolder folder;
    const ProgramEnd outcome = run_in(folder, "reproduce --simulation 1 --seeds 1 --out replay");
    REQUIRE(outcome.exit_code == 0);
    CHECK_FALSE(outcome.out.empty());
    const Json result = json_of(folder, "replay/reproduce.json");
    CHECK(has_keys(result["published"], {"source", "1", "2", "3", "4", "5"}));
    REQUIRE(result["simulations"].size() == 1);
    for (const std::string form : {"rate", "spiking"}) {
        const Json& runs = result["simulations"]["1"][form];
        REQUIRE(runs.size() == 1);
        CHECK(runs[0]["seed"] == 1);
        CHECK(has_keys(runs[0], {"attractor_correlation", "data_correlation"}));
    }
}

TEST_CASE("Simulation 5 is reproduced by name, for any number of nodes") {
    const ScratchFolder folder;
    const ProgramEnd outcome = run_in(folder, "reproduce --simulation 5 --n-nodes 20 --seeds 2 "
                                              "--presentations 40 --runtime-nodes 600 --threads 2 "
                                              "--out capacity");
    REQUIRE(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, Catch::Contains("20 nodes, published 100; 40 presentations, published "
                                            "10000"));
    const Json result = json_of(folder, "capacity/reproduce.json");
    REQUIRE(result["simulations"].size() == 1);
    REQUIRE(result["simulations"]["5"]["runtime"].size() == 1);
    CHECK(result["simulations"]["5"]["runtime"][0]["steps_per_s"] > 0.0);
    for (const std::string form : {"rate", "spiking"}) {
        const Json& runs = result["simulations"]["5"][form];
        REQUIRE(runs.size() == 2);
        REQUIRE(runs[1]["points"].size() == 9);
        CHECK(runs[1]["points"][8]["patterns"] == 18);
        CHECK(has_keys(runs[1]["points"][0], {"patterns", "retention", "reconstruction",
                                              "cue_correlation", "projector_correlation"}));
    }
}

TEST_CASE("A study tells how long it will take and writes table, values and report") {
    const ScratchFolder folder;
    const ProgramEnd outcome = run_in(folder, "study timing --seeds 1 --threads 2 --out timing");
    REQUIRE(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, Catch::Contains("study timing: about ") && !Catch::Contains("±"));
    const Json result = json_of(folder, "timing/timing.json");
    CHECK(result["points"].size() == 16);
    CHECK(result["points"][1]["form"] == "rate");
    CHECK(result["files"].size() == 2);
    CHECK(lines_of(folder.content("timing/timing.csv")).size() == 17);
}

TEST_CASE("A reduced reproduction says so, and one seed has no standard error") {
    const ScratchFolder folder;
    const ProgramEnd outcome = run_in(folder, "reproduce --simulation 2 --seeds 1 --backend rate "
                                              "--presentations 20 --out short");
    REQUIRE(outcome.exit_code == 0);
    const std::string remark =
        "; 20 presentations, published 5000; seed 1 alone, no standard error";
    CHECK_THAT(outcome.out, Catch::Contains(remark) && !Catch::Contains("±"));
    const Json plan = json_of(folder, "short/reproduce.json")["plan"];
    CHECK(plan["seeds"] == 1);
    CHECK(plan["presentations"] == 20);
    CHECK(plan["remarks"]["2"].size() == 2);
    const std::string page = folder.content("short/report.html");
    CHECK_THAT(page, Catch::Contains(remark) && Catch::Contains("rate | spiking; seed 1</p>"));
}

TEST_CASE("Quiet means no word unless something is wrong") {
    const ScratchFolder folder;
    write_files(folder);
    const ProgramEnd done = run_in(folder, "train config.json --backend rate --out new --quiet");
    CHECK(done.exit_code == 0);
    CHECK(done.out.empty());
    CHECK(done.errors.empty());
    CHECK(run_in(folder, "train missing.json --out x --quiet").errors.size() == 1);
}

TEST_CASE("Progress tells wall over model time where time is simulated") {
    const ScratchFolder folder;
    write_files(folder);
    const auto progress = [&](const std::string& backend) {
        const ProgramEnd outcome =
            run_in(folder, "train config.json --out " + backend + " --backend " + backend);
        REQUIRE(outcome.errors.size() == 1);
        return outcome.errors[0];
    };
    CHECK_THAT(progress("spiking"), Catch::Contains("q = "));
    CHECK_THAT(progress("rate"), !Catch::Contains("q = "));
}

TEST_CASE("The study of sequences writes a run for each mixture of parts, form and seed") {
    const ScratchFolder folder;
    const ProgramEnd outcome =
        run_in(folder, "study sequences --seeds 1 --free-steps 200 --threads 2 --out sequences");
    REQUIRE(outcome.exit_code == 0);
    const Json result = json_of(folder, "sequences/sequences.json");
    REQUIRE(result["runs"].size() == 2);
    const std::size_t mixtures = 3 * 8 + 6;
    CHECK(result["runs"][1]["free_runs"].size() == mixtures);
    CHECK(lines_of(folder.content("sequences/sequences.csv")).size() == 1 + 2 * mixtures);
}

TEST_CASE("The study of regimes writes its grid") {
    const ScratchFolder folder;
    const ProgramEnd outcome =
        run_in(folder, "study regimes --every 10 --presentations 5 --backend rate --out regimes");
    REQUIRE(outcome.exit_code == 0);
    const Json result = json_of(folder, "regimes/regimes.json");
    CHECK(result["seeds"] == 1);
    REQUIRE(result["points"].size() == 4); // evidence 1 and 11, iT 0.01 and 0.129
    CHECK(result["points"][3]["evidence"] == 11);
    CHECK(lines_of(folder.content("regimes/regimes.csv")).size() == 5);
}

TEST_CASE("A study that is interrupted goes on from the runs that were done") {
    const ScratchFolder folder;
    const std::string study =
        "study regimes --every 9 --presentations 400 --backend spiking --seeds 8 ";
    const ProgramEnd whole = run_in(folder, study + "--out whole");
    REQUIRE(whole.exit_code == 0);
    Child child(folder, {SPIKEWELL_PROGRAM, "study", "regimes", "--every", "9", "--presentations",
                         "400", "--backend", "spiking", "--seeds", "8", "--out", "parts",
                         "--checkpoint", "runs", "--quiet"});
    REQUIRE(appears(folder / "runs"));
    REQUIRE(child.end_by(SIGINT) == 130);
    REQUIRE(child.errors().size() == 1);
    CHECK(child.errors()[0].find("go on with --resume runs") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder / "parts"));
    const auto some_runs = std::filesystem::file_size(folder / "runs");
    const ProgramEnd ended = run_in(folder, study + "--threads 2 --out parts --resume runs");
    REQUIRE(ended.exit_code == 0);
    CHECK(std::filesystem::file_size(folder / "runs") > some_runs); // it went on in that file
    CHECK(folder.content("parts/regimes.csv") == folder.content("whole/regimes.csv"));
    const std::string all_runs = folder.content("runs");
    REQUIRE(run_in(folder, study + "--out again --resume runs --checkpoint copy").exit_code == 0);
    CHECK((folder.content("copy") == all_runs)); // of runs that were all done before
    CHECK((folder.content("runs") == all_runs));
    const ProgramEnd other = run_in(folder, "study timing --out other --resume runs");
    CHECK(other.exit_code == 1);
    REQUIRE(other.errors.size() == 1);
    CHECK(other.errors[0].find("runs: checkpoint is of another") != std::string::npos);
}

TEST_CASE("The study of capacity writes a point for each memory, size and load") {
    const ScratchFolder folder;
    const ProgramEnd outcome = run_in(
        folder,
        "study capacity --seeds 1 --n-nodes 10 20 --presentations 20 --threads 2 --out capacity");
    REQUIRE(outcome.exit_code == 0);
    const Json result = json_of(folder, "capacity/capacity.json");
    CHECK(result["points"].size() == 8 * 2 * 6);
    CHECK(result["capacities"].size() == 8 * 2);
    CHECK(lines_of(folder.content("capacity/capacity.csv")).size() == 1 + 8 * 2 * 6);
    const ProgramEnd images = run_in(
        folder,
        "study capacity --seeds 1 --patterns images --presentations 2 --backend rate --out images");
    REQUIRE(images.exit_code == 0);
    CHECK(json_of(folder, "images/capacity.json")["points"].size() == 6 * 6);
}

TEST_CASE("The studies of sleep and tasks write a point for each form, seed and case") {
    const ScratchFolder folder;
    const ProgramEnd sleep = run_in(
        folder, "study sleep --seeds 1 --presentations 5 --free-steps 100 --threads 2 --out sleep");
    REQUIRE(sleep.exit_code == 0);
    const Json slept = json_of(folder, "sleep/sleep.json");
    CHECK(slept["points"].size() == 2 * 4);
    CHECK(slept["points"][0]["after"].size() == 7);
    CHECK(lines_of(folder.content("sleep/sleep.csv")).size() == 1 + 2 * 4 * 8);
    const ProgramEnd tasks =
        run_in(folder, "study tasks --seeds 2 --presentations 5 --backend rate --out tasks");
    REQUIRE(tasks.exit_code == 0);
    const Json kept = json_of(folder, "tasks/tasks.json");
    REQUIRE(kept["methods"].size() == 7 + 3);
    CHECK(kept["methods"][0]["runs"].size() == 2);
    CHECK(kept["methods"][0]["runs"][0]["retention"][1][0].is_null());
    CHECK(kept["methods"][9]["form"].is_null());
    CHECK(lines_of(folder.content("tasks/tasks.csv")).size() == 1 + 10 * 2 * 6);
}

TEST_CASE("A landscape and a dream of given couplings, whatever the threads") {
    const ScratchFolder folder;
    // Two pairs of nodes that excite one another.
    folder.write("j.csv", ",a,b,c,d\na,0,1,0,0\nb,1,0,0,0\nc,0,0,0,1\nd,0,0,1,0\n");
    folder.write("plain.csv", "0,1,0,0\n1,0,0,0\n0,0,0,1\n0,0,1,0\n");
    const std::string line =
        " --scaling none --beta 0.5,2 --starts 40 --nulls permuted --surrogates 3 "
        "--free-steps 200 --out ";
    REQUIRE(run_in(folder, "landscape j.csv --threads 1" + line + "one").exit_code == 0);
    REQUIRE(run_in(folder, "landscape plain.csv --threads 2" + line + "two").exit_code == 0);
    const Json json = json_of(folder, "one/landscape.json");
    const Json two =
        json_of(folder, "two/landscape.json"); // names of nodes are in attractors.csv alone
    for (const char* key : {"eigenvalues", "points", "nulls", "free"})
        CHECK(json[key] == two[key]);
    CHECK(json["nodes"] == 4);
    CHECK(json["onset"].get<double>() == Approx(1.0));
    CHECK(json["eigenvalues"][0].get<double>() == Approx(1.0));
    CHECK(json["points"][0]["n_attractors"] == 0);
    CHECK(json["points"][0]["vanished"] == 40);
    CHECK(has_keys(json["points"][1],
                   {"beta", "criticality", "n_attractors", "basins", "iterations_median",
                    "paper_iterations_median", "orthogonality_deviation_deg",
                    "eigenvector_alignment", "projector_cosine"}));
    CHECK(has_keys(json["nulls"]["permuted"]["at_equal_criticality"]["n_attractors"],
                   {"mean", "sd", "p"}));
    CHECK(run_in(folder, "dream --coupling j.csv --duration-ms 2000 --out dream.json").exit_code ==
          0);
    CHECK(has_keys(json_of(folder, "dream.json")["forms"], {"rate", "spiking"}));
}
