#include "faults/commands.hpp"

#include "faults/launch.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace spikewell::test {

namespace {

const std::string k_simulate = "simulate net.json --out out";
const std::string k_saving = k_simulate + " --checkpoint run.ckpt --checkpoint-every-s 0";
const std::string k_resume = k_saving + " --resume run.ckpt";

/// As it is in a new place, and over what the same command wrote with another seed, beside a user's
/// file in the folder.
void add_both(std::vector<Command>& commands,
              const std::string& name,
              const std::string& arguments,
              const std::string& earlier) {
    commands.push_back({name, {}, arguments});
    commands.push_back({name + " --force", {earlier}, arguments + " --force"});
}

void write_images(const ScratchFolder& folder) {
    folder.write(
        "images.csv",
        "9,1,0,3,2,0,1,0,0,0\n0,1,9,0,4,0,7,0,3,1\n5,5,0,0,1,0,0,9,9,2\n9,1,1,3,2,1,1,0,0,0\n");
    folder.write("config.json", config_text(3));
}

void require_success(const ScratchFolder& folder, const std::string& arguments) {
    const Ending ending = run(folder, arguments + " --quiet");
    INFO(arguments << ": " << ending.text());
    REQUIRE(ending.code == 0);
}

} // namespace

std::string Command::again() const {
    const bool forced = arguments.find("--force") != std::string::npos;
    return resumes || forced ? arguments : arguments + " --force";
}

std::string network_text(double duration_ms) {
    return fmt::format(
        R"({{"format": "spikewell-network", "version": 1, "seed": 7, "duration_ms": {},
 "populations": [
  {{"name": "input", "model": "poisson", "size": 5, "rate_Hz": 200}},
  {{"name": "E", "model": "lif_delta", "size": 6, "V_init_mV": {{"distribution": "uniform", "low": 0, "high": 20}},
   "inputs": [{{"rate_Hz": 9000, "weight_mV": 1}}]}}],
 "projections": [
  {{"name": "input-E", "pre": "input", "post": "E", "connector": "fixed_probability", "probability": 0.5,
   "weight_mV": 0.1, "delay_ms": 1.5, "plasticity": {{"rule": "pair_stdp", "w_max_mV": 0.4}}}},
  {{"name": "E-E", "pre": "E", "post": "E", "connector": "list", "file": "synapses.csv"}}],
 "recordings": [
  {{"name": "spikes", "record": "spikes", "population": "E"}},
  {{"name": "V", "record": "potential", "population": "E", "count": 2, "interval_ms": 0.5}},
  {{"name": "rate", "record": "rate", "population": "E", "bin_ms": 1}},
  {{"name": "weights", "record": "weights", "projection": "input-E", "interval_ms": 2}}]}})",
        duration_ms);
}

std::string config_text(int presentations) {
    return fmt::format(
        R"({{"data": {{"csv": "images.csv", "label_column": 9, "train_rows": [0, 1, 2], "test_rows": [3]}},
 "training": {{"presentations": {}, "steps_per_presentation": 2}},
 "evaluation": {{"trials": 2, "steps": 3}}}})",
        presentations);
}

void write_inputs(const ScratchFolder& folder) {
    folder.write("mine.txt", "a user's file");
    folder.write("net.json", network_text(4));
    folder.write("synapses.csv", "pre,post,weight_mV,delay_ms\n0,1,1,1\n1,2,1.5,1\n2,0,-0.5,2\n");
    write_images(folder);
    folder.write("drive.json",
                 R"({"format": "spikewell-network", "version": 1, "seed": 7, "duration_ms": 20,
 "populations": [{"name": "drive", "model": "spike_list", "size": 2, "spikes": [[1, 0], [2.5, 1]]},
  {"name": "cells", "model": "lif_exp", "size": 3, "E_L_mV": -60, "t_ref_ms": 2}],
 "projections": [{"name": "in", "pre": "drive", "post": "cells", "connector": "list",
  "synapses": [[0, 2, 1.5, 1], [1, 0, 0.1, 2.5]]}],
 "recordings": [{"name": "all", "record": "spikes", "population": "cells"}]})");
    require_success(folder, "train config.json --backend rate --out model.json");
    require_success(folder, "map model.json --machine spinn3 --out layout");
    require_success(folder, "export drive.json --to sonata --out circuit");
    require_success(folder, "export drive.json --to nir --out graph");
    for (const char* place : {"layout/", "circuit/", "graph/"})
        folder.write(place + std::string("notes.txt"), "notes of a user");
}

void prepare(const ScratchFolder& folder, const Command& command) {
    static const std::string k_killed = "killed "; // at the third rename: of the second checkpoint
    for (const std::string& line : command.before) {
        INFO(line);
        if (line.rfind(k_killed, 0) == 0) {
            const Ending ending = run(folder, {line.substr(k_killed.size()) + " --quiet",
                                               Fault{1U << FAULT_RENAME, 3, 0}});
            REQUIRE(ending.code == -SIGKILL);
            REQUIRE(std::filesystem::exists(folder / k_checkpoint));
        } else {
            require_success(folder, line);
        }
    }
    if (!command.before.empty() && std::filesystem::is_directory(folder / "out"))
        folder.write("out/notes.txt", "notes of a user");
}

std::vector<Command> writing_commands() {
    std::vector<Command> all;
    add_both(all, "simulate", k_simulate, k_simulate + " --seed 9");
    all.push_back({"simulate --checkpoint", {}, k_saving, true});
    all.push_back(
        {"simulate --checkpoint --force", {k_saving + " --seed 9"}, k_saving + " --force", true});
    all.push_back({"simulate --resume", {"killed " + k_saving}, k_resume, true, true});
    all.push_back({"simulate --resume of a finished run", {k_saving}, k_resume, true, true});
    const std::string train = "train config.json --backend ";
    add_both(all, "train", train + "rate --out out.json", train + "rate --out out.json --seed 9");
    add_both(all, "train in spikes", train + "spiking --out new/out.json",
             train + "spiking --out new/out.json --seed 9");
    const ScratchFolder folder;
    write_images(folder);
    if (run(folder, train + "rate --out out.h5 -q").code == 0 &&
        folder.content("out.h5").substr(1, 3) == "HDF")
        add_both(all, "train to HDF5", train + "rate --out out.h5",
                 train + "rate --out out.h5 --seed 9");
    add_both(all, "evaluate", "evaluate model.json --out out.json",
             "evaluate model.json --out out.json --seed 9");
    add_both(all, "dream", "dream model.json --duration-ms 50 --out out.json",
             "dream model.json --duration-ms 60 --out out.json");
    add_both(all, "compare", "compare config.json --out out",
             "compare config.json --out out --seed 9");
    const std::string reproduce =
        "reproduce --simulation 2 --backend rate --seeds 1 --threads 1 --presentations 2 --out out";
    add_both(all, "reproduce", reproduce, reproduce + " --seed 9");
    const std::string study = "study timing --backend rate --seeds 1 --threads 1 --out out";
    add_both(all, "study", study, study + " --seed 9");
    add_both(all, "map", "map model.json --machine spinn3 --out out",
             "map model.json --machine spinn3 --placer random --seed 9 --out out");
    const std::string emulate = "emulate layout --trials 2 --free-steps 3 --duration-ms ";
    add_both(all, "emulate", emulate + "20", emulate + "30");
    for (const std::string format : {"sonata", "nir", "pynn"}) {
        const std::string start = "export drive.json --to " + format + " --out out";
        add_both(all, "export to " + format, start, start + " --duration-ms 30 --seed 9");
    }
    const std::string nestml = "export model.json --to nestml --out out"; // a rule's, with no seed
    add_both(all, "export to nestml", nestml, nestml);
    const std::string import = " --out out.json";
    add_both(all, "import from SONATA",
             "import circuit/simulation_config.json --from sonata" + import,
             "import graph/network.nir --from nir" + import);
    add_both(all, "import from NIR", "import graph/network.nir --from nir" + import,
             "import circuit/simulation_config.json --from sonata" + import);
    return all;
}

} // namespace spikewell::test
