#pragma once

#include "fuzz/byte_source.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace spikewell::test {

/// Edits a good HDF5 file as the bytes say, until they are used up: objects deleted, renamed,
/// linked in circles, replaced by others of any type, shape and content, attributes likewise.
/// HDF5 itself writes what comes out, so that what is put to the test is what readers make of its
/// contents: libhdf5 is not safe against files whose inner structure is damaged.
///
/// `words` are names and texts that mean something to the reader.
void edit_hdf5(const std::filesystem::path& path,
               ByteSource& bytes,
               const std::vector<std::string>& words);

} // namespace spikewell::test
