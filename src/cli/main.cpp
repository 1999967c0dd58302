#include "cli/commands.hpp"
#include "cli/console.hpp"

#ifdef SPIKEWELL_MPI
#include "network/engine/mpi_exchange.hpp"
#endif

int main(int argc, char** argv) {
    spikewell::cli::guard_streams();
#ifdef SPIKEWELL_MPI
    const std::unique_ptr<spikewell::Exchange> exchange = spikewell::start_mpi();
#else
    const auto exchange = std::make_unique<spikewell::SingleProcess>();
#endif
    return spikewell::cli::run(argc, argv, *exchange);
}
