#pragma once

#include "core/file_descriptor.hpp"
#include "io/hdf5.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::io::hdf5 {

/// The bytes of one file, below HDF5: its virtual file driver with a descriptor of our own.
///
/// HDF5 bears no failed write: what it could not write it tries to write again whenever something is
/// closed, at last at the program's exit, and crashes there. So the first failure is remembered here
/// and HDF5 is told of success; what it writes from then on stays in memory, where it finds it again.
/// Who writes asks require_sound() after each step and finish() at the end.
///
/// No other file is ever opened through it, whatever links a file has.
class Storage {
  public:
    enum class Use { read, write };

    /// Opens the file, to write it anew or to read it. Throws IoError, also where another process
    /// has it open to write, or to read what is to be written.
    Storage(const std::filesystem::path& path, Use use);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint64_t size() const { return size_; } ///< bytes

    /// Fills `bytes`, with noughts beyond the end of the file; false where reading fails.
    [[nodiscard]] bool read(std::uint64_t from, std::span<char> bytes);
    void write(std::uint64_t from, std::string_view bytes);
    void resize(std::uint64_t size);

    /// Keeps what has gone wrong first.
    void remember(std::string what);
    /// Throws IoError for what is remembered.
    void require_sound() const;
    /// To the disk, and closed. Throws IoError for what is remembered or now fails.
    void finish();

  private:
    /// Bytes that are not in the file.
    struct Kept {
        std::uint64_t from;
        std::string bytes;
    };

    void remember_errno(std::string_view what, int error_number);

    std::string name_;
    Descriptor file_;
    std::uint64_t size_ = 0;
    std::optional<std::string> failure_;
    std::vector<Kept> kept_; // in the order of writing
};

/// Access properties with which HDF5 opens the file of `storage`, and no other.
[[nodiscard]] Handle access_through(const std::shared_ptr<Storage>& storage);

} // namespace spikewell::io::hdf5
