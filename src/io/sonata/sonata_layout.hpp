#pragma once

#include "io/hdf5.hpp"

#include <string>

/// What every SONATA file has, whatever it holds (SONATA developer guide 0.1).
namespace spikewell::io::sonata {

/// The magic number and the version, on the root of a file.
void mark(const hdf5::Group& root);

/// A population of a spike file: empty `timestamps` (ms) and `node_ids`, to be appended to in order
/// of time. `all` is the group "spikes".
hdf5::Group begin_spikes(const hdf5::Group& all, const std::string& population);

constexpr std::size_t k_spikes_a_chunk = 16384; ///< 128 KiB of each column

} // namespace spikewell::io::sonata
