#pragma once

#include "support/scratch_folder.hpp"

#include <map>
#include <string>

/// What stands in a folder, and whether it is what should.
namespace spikewell::test {

/// Content of each file below a folder, of folders "" under "NAME/", of links "-> TARGET".
using FolderState = std::map<std::string, std::string>;

[[nodiscard]] FolderState state_of(const ScratchFolder& folder);

/// The files as results: times taken, and what hangs on them, are left out of JSON and pages;
/// checkpoints are only there or not.
[[nodiscard]] FolderState results_of(const FolderState& state);

enum class More { refused, allowed };

/// Empty where both are the same, else the first thing that differs: "out/spikes.csv differs ..".
/// `more`: whether names may be there that are not wanted.
[[nodiscard]] std::string difference(const FolderState& got,
                                     const FolderState& wanted,
                                     More more = More::refused);

/// A folder of its own with these files.
class CopiedFolder : public ScratchFolder {
  public:
    explicit CopiedFolder(const ScratchFolder& from) {
        std::filesystem::copy(from / "", *this / "",
                              std::filesystem::copy_options::recursive |
                                  std::filesystem::copy_options::copy_symlinks);
    }
};

} // namespace spikewell::test
