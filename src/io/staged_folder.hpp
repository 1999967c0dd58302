#pragma once

#include "io/output.hpp"

#include <filesystem>

namespace spikewell::io {

/// A folder of several files that appears whole or not at all: they are written into a folder beside
/// it, which takes its name at the end.
class StagedFolder {
  public:
    /// Makes the folder to write into. Throws IoError when that is impossible or, with
    /// Overwrite::refuse, when `folder` is there and not empty.
    StagedFolder(std::filesystem::path folder, Overwrite overwrite);
    StagedFolder(const StagedFolder&) = delete;
    StagedFolder& operator=(const StagedFolder&) = delete;
    StagedFolder(StagedFolder&&) = delete;
    StagedFolder& operator=(StagedFolder&&) = delete;
    /// What was not published goes.
    ~StagedFolder();

    [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const {
        return staging_ / name;
    }
    /// A text file; its folder is made.
    void write(const std::filesystem::path& name, const std::string& content) const;
    /// Takes the name. Where there is a folder of that name already, files of the same names are
    /// replaced and others kept.
    void publish();

  private:
    std::filesystem::path folder_;
    std::filesystem::path staging_;
    Overwrite overwrite_;
};

} // namespace spikewell::io
