#pragma once

#include "network/engine/exchange.hpp"

#include <memory>

namespace spikewell {

/// The ranks of MPI_COMM_WORLD. MPI is started by this call and ended with the returned value; once
/// in a process. Only with -DSPIKEWELL_MPI=ON.
///
/// Every call begins with an MPI_Allgather of 16 bytes a rank (status, length); where some message
/// is not empty, one MPI_Allgatherv or a gathering on rank 0 follows.
[[nodiscard]] std::unique_ptr<Exchange> start_mpi();

} // namespace spikewell
