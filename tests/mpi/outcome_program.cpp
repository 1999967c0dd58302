#include "network/engine/mpi_exchange.hpp"
#include "support/outcome.hpp"

#include <cstdio>
#include <fstream>

// mpirun ... mpi_outcome NETWORK THREADS FOLDER: what a run of the shared network tells, as files.

int main(int argc, char** argv) {
    using namespace spikewell::test;
    const auto exchange = spikewell::start_mpi();
    try {
        const std::vector<std::string> words(argv, argv + argc);
        const spikewell::Network network = shared_network(words.at(1));
        spikewell::Simulator simulator(network, std::stoi(words.at(2)), *exchange);
        const Outcome outcome = outcome_of_run(simulator, network);
        if (exchange->rank() == 0) {
            for (const auto& [name, bytes] : outcome)
                std::ofstream(words.at(3) + "/" + name, std::ios::binary) << bytes;
        }
        exchange->meet();
    } catch (const std::exception& error) {
        int exit_code = 1;
        if (exchange->fail(exit_code)) std::fprintf(stderr, "mpi_outcome: %s\n", error.what());
        return exit_code;
    }
    return 0;
}
