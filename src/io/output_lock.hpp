#pragma once

#include "core/file_descriptor.hpp"

#include <filesystem>

namespace spikewell::io {

/// Says that this process is writing an output, to all who ask in the same way on this machine or on one
/// that shares the folder. Held by a lock on a file (flock), which the end of the process gives back
/// however it ends; the file goes with this object, and one that a killed process left is in nobody's way.
///
/// Waits for a second at most for another who holds it: it may only have looked.
///
/// Throws IoError, one line: "PATH: is being written by process 12 on HOST (spikewell simulate ..)", or why
/// there can be no lock.
class OutputLock {
  public:
    /// Of a folder that is there: of all that is written into it together.
    [[nodiscard]] static OutputLock of_folder(const std::filesystem::path& folder);
    /// Of a file, whose folder is there, the file itself or not.
    [[nodiscard]] static OutputLock of_file(const std::filesystem::path& path);

    OutputLock(const OutputLock&) = delete;
    OutputLock& operator=(const OutputLock&) = delete;
    OutputLock(OutputLock&& other) noexcept;
    OutputLock& operator=(OutputLock&&) = delete;
    ~OutputLock();

  private:
    OutputLock(const std::filesystem::path& output, std::filesystem::path where);

    /// Opens the file at `where_`; returns whether it was not there.
    bool open();

    std::filesystem::path where_; // empty: moved from
    Descriptor file_;
};

} // namespace spikewell::io
