#include "faults/commands.hpp"
#include "faults/folder_state.hpp"
#include "faults/launch.hpp"
#include "fuzz/mutations.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <sys/resource.h>
#include <thread>

// Good inputs of every kind, changed at random (fuzz/mutations.hpp), and the commands that read them:
// exit code 0, 1 or 2 with lines that say why, within bounds of time and memory.
//
//   SPIKEWELL_MUTATION=17      this seed alone (17-99: these), told whatever comes out
//   SPIKEWELL_MUTATION_KEEP=F  what a seed made of the inputs is kept in folder F/SEED

using namespace spikewell::test;

namespace {

#ifdef SPIKEWELL_ALL_FAULTS
constexpr std::uint64_t k_seeds = 3000;
#else
constexpr std::uint64_t k_seeds = 60;
#endif
constexpr std::uint64_t k_memory_bytes = std::uint64_t{4} << 30U;
constexpr unsigned k_work_limit_s = 20;  // of processor time
constexpr unsigned k_time_limit_s = 120; // of any, on a busy machine

/// A file that is changed, and commands that read it.
struct Reading {
    std::string file;
    std::vector<std::string> commands;
};

const std::vector<std::string> k_of_network{
    "validate net.json",
    "simulate net.json --duration-ms 2 --out o -q",
    "export net.json --to sonata --duration-ms 2 --out o -q",
    "map net.json --machine spinn3 --rates-from-ms 2 --out o -q",
    "export net.json --to nir --duration-ms 2 --out o -q",
    "simulate net.json --duration-ms 2 --out o -q",
    "export net.json --to pynn --duration-ms 2 --out o -q",
    "export net.json --to nestml --out o -q"};
const std::vector<std::string> k_of_nodes{
    "validate nodes.json", "simulate nodes.json --duration-ms 20 --out o -q",
    "map nodes.json --machine spinn3 --out o -q",
    "export nodes.json --to sonata --duration-ms 2 --out o -q",
    "export nodes.json --to nir --duration-ms 2 --out o -q"};
const std::vector<std::string> k_of_model{
    "evaluate model.json --out o -q",
    "dream model.json --duration-ms 30 --out o -q",
    "map model.json --machine spinn3 --out o -q",
    "export model.json --to sonata --duration-ms 9 --out o -q",
    "export model.json --to nir --duration-ms 9 --out o -q",
    "export model.json --to nestml --out o -q"};
const std::vector<std::string> k_of_layout{
    "check layout", "emulate layout --duration-ms 5 --trials 1 --free-steps 2 -q"};
const std::vector<std::string> k_import_sonata{
    "import circuit/simulation_config.json --from sonata --out o -q",
    "import circuit/circuit_config.json --from sonata --out o -q"};
const std::string k_resume = "simulate net.json --out out --resume run.ckpt -q";

const std::vector<Reading> k_readings{
    {"config.json",
     {"train config.json --backend rate --out o -q",
      "train config.json --backend spiking --out o -q", "compare config.json --out o -q"}},
    {"net.json", k_of_network},
    {"images.csv",
     {"train config.json --backend rate --out o -q",
      "train config.json --backend spiking --out o -q", "evaluate model.json --out o -q"}},
    {"nodes.json", k_of_nodes},
    {"model.json", k_of_model},
    {"layout/layout.json", k_of_layout},
    {"graph/network.nir", {"import graph/network.nir --from nir --out o -q"}},
    {"synapses.csv", {"validate net.json", "simulate net.json --duration-ms 2 --out o -q"}},
    {"circuit/nodes.h5", k_import_sonata},
    {"layout/placements.json", k_of_layout},
    {"graph.json", {"map graph.json --out o -q"}},
    {"circuit/edges.h5", k_import_sonata},
    {"machine.json", {"map graph.json --machine machine.json --out o -q"}},
    {"net.json", k_of_network},
    {"circuit/simulation_config.json", k_import_sonata},
    {"layout/routing_tables.json", k_of_layout},
    {"couplings.csv", {"validate nodes.json", "simulate nodes.json --duration-ms 9 --out o -q"}},
    {"config.json", {"train config.json --backend spiking --out o -q"}},
    {"circuit/circuit_config.json", k_import_sonata},
    {"pairs.csv", {"simulate nodes.json --duration-ms 9 --out o -q"}},
    {"graph/network.nir",
     {"import graph/network.nir --from nir --nir-convention dirac --out o -q"}},
    {"layout/machine.json", k_of_layout},
    {"circuit/inputs.h5", k_import_sonata},
    {"times.csv", {"simulate nodes.json --duration-ms 9 --out o -q"}},
    {"evidence.csv", {"validate nodes.json", "simulate nodes.json --duration-ms 9 --out o -q"}},
    {"circuit/node_types.csv", k_import_sonata},
    {"layout/keys.json", k_of_layout},
    {"run.ckpt", {k_resume}},
    {"layout/model.json", k_of_layout},
    {"circuit/edge_types.csv", k_import_sonata},
};

/// Nodes with everything in files: couplings, pairs, spike times.
void write_nodes(const ScratchFolder& folder) {
    folder.write("couplings.csv", "0,0.5,-1\n0.5,0,0.25\n-1,0.25,0\n");
    folder.write("pairs.csv", "pre,post\n0,1\n1,0\n2,1\n");
    folder.write("evidence.csv", "0,0.5,-0.5,1\n7.5,0,0,0\n");
    folder.write("times.csv", "t_ms,neuron\n1,0\n2.5,3\n4,1\n");
    folder.write("nodes.json",
                 R"({"format": "spikewell-network", "version": 1, "seed": 3, "duration_ms": 20,
 "populations": [
  {"name": "A", "model": "dyadic_attractor", "n_nodes": 3, "neurons_per_node": 2, "tau_m_ms": 3, "inverse_temperature": 1,
   "evidence_file": "evidence.csv"},
  {"name": "S", "model": "dyadic_spike_list", "n_nodes": 3, "neurons_per_node": 2, "tau_ref_ms": 10, "spikes_file": "times.csv"}],
 "projections": [
  {"pre": "A", "post": "A", "coupling_file": "couplings.csv", "delay_ms": 4,
   "plasticity": {"rule": "predictive_hebbian", "learning_rate": 0.001},
   "mask": {"connector": "list", "pairs_file": "pairs.csv"}},
  {"pre": "S", "post": "A", "coupling": {"rows": 3, "cols": 3, "row_major": [1, 0, 0, 0, 1, 0, 0, 0, 1]}}],
 "recordings": [{"name": "spikes", "record": "spikes", "population": "A"}]})");
}

void write_all_inputs(const ScratchFolder& folder) {
    write_inputs(folder);
    write_nodes(folder);
    folder.write("graph.json", R"({"name": "G", "seed": 1,
 "machine": {"version": 5, "width": 8, "height": 8, "down_chips": [[1, 1]], "down_links": []},
 "vertices": [{"label": "a", "n_keys": 256, "sdram": 2097152}, {"label": "b", "n_keys": 16, "sdram": 1000},
  {"label": "c", "n_keys": 1, "sdram": 0}],
 "nets": [{"source": "a", "sinks": ["b", "c"], "weight": 1.5}, {"source": "b", "sinks": ["a"], "weight": 1}]})");
    prepare(folder,
            {"",
             {"killed simulate net.json --out out --checkpoint run.ckpt --checkpoint-every-s 0"},
             ""});
    std::filesystem::copy(folder / "layout/machine.json", folder / "machine.json");
    for (const char* page : {"layout/report.html", "graph/notes.txt", "circuit/notes.txt"})
        std::filesystem::remove(folder / page);
}

/// What one seed stands for: a changed file and a command.
struct Mutation {
    std::uint64_t seed;
    std::string file;
    std::string command;
    std::unique_ptr<CopiedFolder> folder;
};

Mutation mutation_of(std::uint64_t seed, const ScratchFolder& inputs) {
    const Reading& reading = k_readings[seed % k_readings.size()];
    Chance chance(seed);
    const std::string& command =
        reading.commands[seed / k_readings.size() % reading.commands.size()];
    Mutation mutation{seed, reading.file, command, std::make_unique<CopiedFolder>(inputs)};
    mutate_file(*mutation.folder / reading.file, chance);
    return mutation;
}

/// Empty for an end that is allowed.
std::string trouble_of(const Ending& ending) {
    if (ending.code == -SIGALRM) return fmt::format("waits for more than {} s", k_time_limit_s);
    if (ending.code == -SIGXCPU || ending.code == -SIGKILL)
        return fmt::format("works for more than {} s", k_work_limit_s);
    if (ending.code < 0 || ending.code > 2) return ending.text();
    if (ending.code > 0 && ending.errors.empty()) return "says nothing: " + ending.text();
    for (const std::string& line : ending.errors) {
        if (line.rfind("spikewell: ", 0) != 0) return "no line of ours: " + ending.text();
    }
    return "";
}

void keep(const Mutation& mutation) {
    const char* const place = std::getenv("SPIKEWELL_MUTATION_KEEP");
    if (place == nullptr) return;
    const std::filesystem::path folder =
        std::filesystem::path(place) / std::to_string(mutation.seed);
    std::filesystem::create_directories(folder);
    std::filesystem::copy(*mutation.folder / "", folder,
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
}

/// The seeds, several at a time; a line for each that does not end as it should.
std::vector<std::string> troubles_of(const std::vector<std::uint64_t>& seeds, bool tells_all) {
    const ScratchFolder inputs;
    write_all_inputs(inputs);
    std::vector<std::string> troubles;
    const std::size_t n = std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t first = 0; first < seeds.size(); first += n) {
        std::vector<Mutation> mutations;
        std::vector<std::unique_ptr<Launched>> running;
        for (std::size_t k = first; k < std::min(first + n, seeds.size()); ++k) {
            const Mutation& m = mutations.emplace_back(mutation_of(seeds[k], inputs));
            Launch launch{m.command};
            launch.limits = {
                {RLIMIT_AS, k_memory_bytes}, {RLIMIT_CPU, k_work_limit_s}, {RLIMIT_CORE, 0}};
            launch.time_limit_s = k_time_limit_s;
            running.push_back(std::make_unique<Launched>(*m.folder, launch));
        }
        for (std::size_t k = 0; k < running.size(); ++k) {
            const Ending ending = running[k]->end();
            const std::string trouble = tells_all ? ending.text() : trouble_of(ending);
            if (trouble.empty()) continue;
            keep(mutations[k]);
            troubles.push_back(fmt::format("seed {}, {}, '{}': {}", mutations[k].seed,
                                           mutations[k].file, mutations[k].command, trouble));
        }
    }
    return troubles;
}

std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> seeds;
    for (std::uint64_t seed = first; seed <= last; ++seed)
        seeds.push_back(seed);
    return seeds;
}

/// Seeds that once found something: device files that are read to no end.
const std::vector<std::uint64_t> k_that_failed{1000, 1207};

} // namespace

TEST_CASE("Mutated inputs are read or refused in time, memory and words") {
    const char* const asked = std::getenv("SPIKEWELL_MUTATION");
    std::vector<std::uint64_t> seeds = range(1, k_seeds);
    seeds.insert(seeds.end(), k_that_failed.begin(), k_that_failed.end());
    bool tells_all = false;
    if (asked != nullptr) {
        char* end = nullptr;
        const std::uint64_t first = std::strtoull(asked, &end, 10);
        const std::uint64_t last = *end == '-' ? std::strtoull(end + 1, nullptr, 10) : first;
        tells_all = last == first;
        seeds = range(first, last);
    }
    const std::vector<std::string> troubles = troubles_of(seeds, tells_all);
    std::string lines;
    for (const std::string& trouble : troubles)
        lines += "\n  " + trouble;
    INFO(fmt::format("{} of {} seeds (SPIKEWELL_MUTATION=SEED repeats one):{}", troubles.size(),
                     seeds.size(), lines));
    CHECK((troubles.empty() || tells_all));
    if (tells_all) WARN(lines);
}
