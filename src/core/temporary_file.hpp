#pragma once

#include "core/file_descriptor.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell {

/// Whether what stands where a file is to be may be replaced.
enum class Overwrite { refuse, allow };

/// A name beside `path`, hidden, that nobody takes for a file of the user's: `.NAME.spikewell-ENDING`.
[[nodiscard]] std::filesystem::path name_beside(const std::filesystem::path& path,
                                                std::string_view ending);

/// Six letters and digits that nobody can foresee.
[[nodiscard]] std::string random_ending();

/// A new file beside `path` that becomes it, or goes with this object. Its name is random, and it is
/// never an existing file or what a link points at.
///
/// Everything throws IoError of `path`: the text of `failure` and why the system refuses.
class TemporaryFile {
  public:
    /// Makes it. `failure` is kept.
    explicit TemporaryFile(std::filesystem::path path, const char* failure = "cannot be written");
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    TemporaryFile(TemporaryFile&&) = delete;
    TemporaryFile& operator=(TemporaryFile&&) = delete;
    ~TemporaryFile();

    /// Where it is until then, for those who write it by name.
    [[nodiscard]] const std::filesystem::path& where() const { return where_; }
    void write(std::string_view bytes);
    /// Puts all on the disk and takes the name. When that fails what had the name has it still; with
    /// Overwrite::refuse it fails where something has the name.
    void publish(Overwrite overwrite);

  private:
    std::filesystem::path path_;
    std::filesystem::path where_; // empty once it is `path_`
    const char* failure_;
    Descriptor file_;
};

/// Removes what killed processes left beside `path` under the names of TemporaryFile. For one who knows
/// that nobody else is writing it.
void remove_temporaries_of(const std::filesystem::path& path);

/// What is in a folder, in no order. Throws IoError: "FOLDER: cannot be listed: ..".
[[nodiscard]] std::vector<std::filesystem::directory_entry> entries_of(
    const std::filesystem::path& folder);

/// As rename(2) does; with Overwrite::refuse it fails with EEXIST where something has the name. False, and
/// errno, where it fails.
[[nodiscard]] bool rename_to(const std::filesystem::path& from,
                             const std::filesystem::path& to,
                             Overwrite overwrite);

/// A new name is on the disk only when its folder is. False, and errno, where it fails; a folder that
/// cannot be flushed at all, or not by this user, is no failure.
[[nodiscard]] bool flush_folder(const std::filesystem::path& folder);

} // namespace spikewell
