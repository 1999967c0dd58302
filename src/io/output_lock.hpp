#pragma once

#include "core/file_descriptor.hpp"

#include <filesystem>

namespace spikewell::io {

/// Says that this process is at an output, to all who ask in the same way on this machine or on one
/// that shares the folder. Held by a lock on a file (flock), which the end of the process gives back
/// however it ends; the file goes with this object, and one that a killed process left is in nobody's way.
///
/// Who has the lock may still find that it must not write there, and lets go. So until it announces that it
/// writes, others wait for it, up to a second; from then on they are refused at once.
///
/// Throws IoError, one line: "PATH: is being written by process 12 on HOST (spikewell simulate ..)", or why
/// there can be no lock.
class OutputLock {
  public:
    /// Of a folder that is there: of all that is written into it together.
    [[nodiscard]] static OutputLock of_folder(const std::filesystem::path& folder);
    /// Of a file, whose folder is there, the file itself or not.
    [[nodiscard]] static OutputLock of_file(const std::filesystem::path& path);

    /// This process writes.
    void announce();

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
