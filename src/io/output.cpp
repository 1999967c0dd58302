#include "io/output.hpp"

#include "core/error.hpp"
#include "core/file_descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_max_file_bytes = std::size_t{1} << 30U;
constexpr std::size_t k_max_printed_bytes = 40;
constexpr const char* k_failure = "cannot be written";

/// What has been made so far; goes with this object unless kept. Last made goes first.
class Undo {
  public:
    Undo() = default;
    Undo(const Undo&) = delete;
    Undo& operator=(const Undo&) = delete;
    ~Undo() {
        std::error_code ignored; // nothing more can be done about a failure here
        for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
            if (step->second.empty()) {
                fs::remove(step->first, ignored);
            } else {
                fs::rename(step->first, step->second, ignored);
            }
        }
    }
    void remove(const fs::path& path) { steps_.emplace_back(path, fs::path{}); }
    void move_back(const fs::path& from, const fs::path& to) { steps_.emplace_back(from, to); }
    void keep() { steps_.clear(); }

  private:
    std::vector<std::pair<fs::path, fs::path>> steps_;
};

/// A name in the folder of `path` that nobody else takes: the process and a counter, made with
/// O_EXCL. Returns the open descriptor.
int open_temporary(const fs::path& path, fs::path& temporary) {
    for (int count = 0;; ++count) {
        temporary = folder_of(path) / fmt::format(".spikewell-{}-{}.tmp", ::getpid(), count);
        const int number =
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, k_file_mode);
        if (number >= 0) {
            return number;
        }
        if (errno != EEXIST) {
            fail_with_errno(path, k_failure, errno);
        }
    }
}

void require_free(const fs::path& path, Overwrite overwrite) {
    if (!path.has_filename()) {
        throw IoError(path.string(), "is no file name");
    }
    std::error_code error;
    // Not following links: a dangling link is something that would be lost, too.
    const fs::file_type type = fs::symlink_status(path, error).type();
    if (type == fs::file_type::not_found) {
        return; // also below a regular file; making the folders tells that
    }
    if (type == fs::file_type::none) {
        fail_with_errno(path, k_failure, error.value());
    }
    const fs::file_status target = fs::status(path, error);
    if (fs::is_directory(target)) {
        throw IoError(path.string(), "cannot be written: is a folder");
    }
    // A device would be replaced by a file, not written to.
    if (fs::exists(target) && !fs::is_regular_file(target)) {
        throw IoError(path.string(), "cannot be written: is no regular file");
    }
    if (overwrite == Overwrite::refuse) {
        throw IoError(path.string(), "exists already; use --force to overwrite it");
    }
    if (fs::exists(target) && ::access(path.c_str(), W_OK) != 0) {
        fail_with_errno(path, "cannot be overwritten", errno);
    }
}

void make_folders(const fs::path& path, Undo& undo) {
    std::vector<fs::path> missing;
    std::error_code error;
    fs::path folder = folder_of(path);
    while (!fs::exists(folder, error) && folder != folder_of(folder)) {
        if (folder.has_filename()) { // "a/" is "a" again
            missing.push_back(folder);
        }
        folder = folder_of(folder);
    }
    if (!fs::is_directory(folder, error)) {
        throw IoError(path.string(),
                      fmt::format("cannot be written: {} is no folder", folder.string()));
    }
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
        fail_with_errno(path, fmt::format("cannot be written: folder {}", folder.string()), errno);
    }
    for (auto next = missing.rbegin(); next != missing.rend(); ++next) {
        if (fs::create_directory(*next, error)) {
            undo.remove(*next);
        }
        if (error) {
            fail_with_errno(path, fmt::format("cannot make folder {}", next->string()),
                            error.value());
        }
    }
}

/// Keeps what stands at `path` under a temporary name, so that a later failure can restore it.
/// A second link leaves `path` in place all the time; a move serves file systems without links.
void set_aside(const fs::path& path, const fs::path& backup, Undo& undo) {
    std::error_code error;
    fs::create_hard_link(path, backup, error);
    if (error) {
        fs::rename(path, backup, error);
    }
    if (error) {
        fail_with_errno(path, "cannot be overwritten", error.value());
    }
    undo.remove(backup); // while both names are links to one file, moving back does nothing
    undo.move_back(backup, path);
}

/// Moves `temporary` to `path`. What stood there is first set aside as the returned backup; empty
/// when there was nothing.
fs::path put_in_place(const fs::path& temporary, const fs::path& path, Undo& undo) {
    std::error_code error;
    fs::path backup;
    if (fs::symlink_status(path, error).type() != fs::file_type::not_found) {
        backup = temporary.string() + ".old";
        set_aside(path, backup, undo);
    }
    fs::rename(temporary, path, error);
    if (error) {
        fail_with_errno(path, k_failure, error.value());
    }
    if (backup.empty()) {
        undo.remove(path);
    }
    return backup;
}

void require_all_free(const std::vector<fs::path>& paths, Overwrite overwrite) {
    std::set<fs::path> seen;
    for (const fs::path& path : paths) {
        require_free(path, overwrite);
        if (!seen.insert(fs::absolute(path).lexically_normal()).second) {
            throw IoError(path.string(), "is named for two outputs");
        }
    }
}

} // namespace

void require_writable(const std::vector<fs::path>& paths, Overwrite overwrite) {
    require_all_free(paths, overwrite);
    for (const fs::path& path : paths) {
        Undo undo;
        make_folders(path, undo);
        fs::path temporary;
        const Descriptor file(open_temporary(path, temporary));
        undo.remove(temporary);
    }
}

/// Until the last rename everything made is in `undo`; after it only backups are left to remove.
void write_files(const std::vector<OutputFile>& files, Overwrite overwrite) {
    std::vector<fs::path> paths;
    paths.reserve(files.size());
    for (const OutputFile& file : files) {
        paths.push_back(file.path);
    }
    require_all_free(paths, overwrite);
    Undo undo;
    std::vector<fs::path> temporaries;
    for (const OutputFile& file : files) {
        make_folders(file.path, undo);
        const Descriptor out(open_temporary(file.path, temporaries.emplace_back()));
        undo.remove(temporaries.back());
        write_all(file.path, k_failure, out.number(), file.content);
        flush_to_disk(file.path, k_failure, out.number());
    }
    std::vector<fs::path> backups;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        require_free(paths[i], overwrite); // somebody else may have written meanwhile
        backups.push_back(put_in_place(temporaries[i], paths[i], undo));
    }
    undo.keep();
    for (const fs::path& backup : backups) {
        std::error_code ignored; // the outputs stand; a backup too many is no failure
        fs::remove(backup, ignored);
    }
}

std::string read_text(const fs::path& path) {
    const Descriptor file = open_to_read(path);
    std::string text;
    std::vector<char> buffer(std::size_t{1} << 16U);
    for (;;) {
        const ssize_t got = ::read(file.number(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            fail_with_errno(path, "cannot be read", errno);
        }
        if (got == 0) {
            break;
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > k_max_file_bytes) {
            throw IoError(path.string(), "is too large, allowed up to 1 GiB");
        }
    }
    constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(k_byte_order_mark)) {
        text.erase(0, k_byte_order_mark.size());
    }
    return text;
}

std::string printable(std::string_view text) {
    const bool cut = text.size() > k_max_printed_bytes;
    if (cut) {
        std::size_t length = k_max_printed_bytes;
        // Not within a character: continuation bytes of UTF-8 have the bits 10 on top.
        while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
            --length;
        }
        text = text.substr(0, length);
    }
    const std::string escaped = fmt::format("{:?}", text); // with quotes around
    return escaped.substr(1, escaped.size() - 2) + (cut ? "..." : "");
}

} // namespace spikewell::io
