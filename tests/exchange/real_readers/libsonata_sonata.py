#!/usr/bin/env python3
"""libsonata itself on exports: compiles the sources of a checkout (two minutes) with a program that reads.

    libsonata_sonata.py CHECKOUT HIGHFIVE_INCLUDE_FOLDER BUILD_FOLDER EXPORT_FOLDER ...

needs g++, HDF5's, fmt's and nlohmann's headers. The program opens circuit_config.libsonata.json and
simulation_config.libsonata.json, all populations of nodes and edges, reads weights, delays and edges onto
a node, materialises node sets and reads spikes; exits with 1 where anything was refused.
"""
import glob
import os
import subprocess
import sys

PROGRAM = r"""
#include <bbp/sonata/config.h>
#include <bbp/sonata/edges.h>
#include <bbp/sonata/node_sets.h>
#include <bbp/sonata/nodes.h>
#include <bbp/sonata/report_reader.h>
#include <iostream>
using namespace bbp::sonata;
int main(int argc, char** argv) {
    int failed = 0;
    for (int i = 1; i < argc; ++i) {
        const std::string folder = argv[i];
        try {
            const auto circuit = CircuitConfig::fromFile(folder + "/circuit_config.libsonata.json");
            const auto simulation =
                SimulationConfig::fromFile(folder + "/simulation_config.libsonata.json");
            const auto sets = NodeSets::fromFile(circuit.getNodeSetsPath());
            std::size_t nodes = 0, edges = 0, spikes = 0;
            for (const auto& name : circuit.listNodePopulations()) {
                const auto population = circuit.getNodePopulation(name);
                nodes += population.size();
                if (sets.materialize(name, population).flatSize() != population.size())
                    throw SonataError("node set " + name + " is not its population");
            }
            for (const auto& name : circuit.listEdgePopulations()) {
                const auto population = circuit.getEdgePopulation(name);
                const auto all = population.selectAll();
                edges += all.flatSize();
                if (population.getAttribute<float>("syn_weight", all).size() != all.flatSize() ||
                    population.getAttribute<float>("delay", all).size() != all.flatSize())
                    throw SonataError("attributes of " + name);
                for (const auto target : population.targetNodeIDs(all))
                    if (population.afferentEdges({target}).empty())
                        throw SonataError("index of " + name);
            }
            for (const auto& name : simulation.listInputNames()) {
                const auto input = simulation.getInput(name);
                const auto& replay = nonstd::get<SimulationConfig::InputSynapseReplay>(input);
                const SpikeReader reader(replay.spikeFile);
                spikes += reader.openPopulation(name).get().size();
            }
            std::cout << folder << ": read, " << nodes << " nodes, " << edges << " synapses, "
                      << spikes << " spikes of sources, " << simulation.getRun().tstop << " ms\n";
        } catch (const std::exception& error) {
            std::cout << folder << ": refused: " << error.what() << "\n";
            ++failed;
        }
    }
    return failed == 0 && argc > 1 ? 0 : 1;
}
"""


def build(checkout, highfive, folder):
    program = os.path.join(folder, "read_with_libsonata")
    if os.path.isfile(program):
        return program
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "read.cpp"), "w") as f:
        f.write(PROGRAM)
    with open(os.path.join(folder, "version.cpp"), "w") as f:
        f.write('#include <bbp/sonata/common.h>\nnamespace bbp { namespace sonata { const std::string version() { return "checkout"; } } }\n')
    sources = [s for s in glob.glob(os.path.join(checkout, "src/*.cpp"))]
    sources += [os.path.join(folder, name) for name in ("read.cpp", "version.cpp")]
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "hdf5"], capture_output=True, text=True, check=True).stdout.split()
    includes = ["-I" + os.path.join(checkout, "include"), "-I" + os.path.join(checkout, "src"),
                "-I" + os.path.join(checkout, "extlib"), "-I" + highfive]
    subprocess.run(["g++", "-std=c++17", "-O0", "-w", "-DFMT_HEADER_ONLY", "-DSONATA_REPORT_SUPPORT=1", "-o", program,
                    *sources, *includes, *flags, "-lstdc++fs"], check=True)
    return program


def main():
    checkout, highfive, folder, *exports = sys.argv[1:]
    sys.exit(subprocess.run([build(checkout, highfive, folder), *exports]).returncode)


if __name__ == "__main__":
    main()
