#pragma once

#include "core/temporary_file.hpp"
#include "io/output_lock.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spikewell::io {

using spikewell::Overwrite;

/// What an error says of a file, before the system's reason.
inline constexpr const char* k_write_failure = "cannot be written";

/// Folders that were not there; they go with this object, as far as they are empty, unless kept.
class MadeFolders {
  public:
    MadeFolders() = default;
    MadeFolders(const MadeFolders&) = delete;
    MadeFolders& operator=(const MadeFolders&) = delete;
    ~MadeFolders();
    /// Makes `folder` and those above it. Throws IoError of `path`, for which it is: a regular file is in
    /// the way, or there may be no files made in it.
    void make(const std::filesystem::path& folder, const std::filesystem::path& path);
    void keep() { made_.clear(); }

  private:
    std::vector<std::filesystem::path> made_;
};

/// Throws IoError unless `path` is free or, with Overwrite::allow, a regular file that may be replaced and
/// is none of `inputs`.
void require_replaceable(const std::filesystem::path& path,
                         Overwrite overwrite,
                         const std::vector<std::filesystem::path>& inputs);

/// That nobody else writes a file, and that it can be written, is known from here on. Makes its folder;
/// removes what killed processes left of it. Throws IoError.
class FileClaim {
  public:
    FileClaim(const std::filesystem::path& path,
              Overwrite overwrite,
              const std::vector<std::filesystem::path>& inputs);
    /// The file stands: so do its folders.
    void keep_folders() { folders_.keep(); }

  private:
    MadeFolders folders_;
    std::optional<OutputLock> lock_;
};

/// One file that is written whole or not at all. From the start nobody else writes it, and that it can be
/// written is known before long work. A symbolic link is replaced, not followed.
///
/// Everything throws IoError; then what stood there stands there, and nothing new.
class FileOutput {
  public:
    /// Makes its folder and a temporary file in it.
    explicit FileOutput(std::filesystem::path path,
                        Overwrite overwrite,
                        const std::vector<std::filesystem::path>& inputs = {});

    /// The whole content.
    void publish(std::string_view content);
    /// For who writes it by name: where to, then `publish`.
    [[nodiscard]] const std::filesystem::path& where() const { return temporary_->where(); }
    void publish();

  private:
    std::filesystem::path path_;
    Overwrite overwrite_;
    FileClaim claim_;
    std::optional<TemporaryFile> temporary_;
};

/// The whole file, less a UTF-8 byte order mark. Throws IoError (missing, a folder, unreadable,
/// larger than 1 GiB).
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

/// `text` as it stands in a message: shortened, one line, control characters escaped.
[[nodiscard]] std::string printable(std::string_view text);

} // namespace spikewell::io
