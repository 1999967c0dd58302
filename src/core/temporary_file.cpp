#include "core/temporary_file.hpp"

#include "core/digest.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace spikewell {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_infix = ".spikewell-";
constexpr int k_listing_tries = 3;
constexpr std::size_t k_ending_length = 6;
// Names of files have up to 255 bytes; ours add some to the user's.
constexpr std::size_t k_longest_name = 200;

/// A second name for what stands at a path, so that it can come back; goes with this object.
class SecondName {
  public:
    explicit SecondName(const fs::path& path) : path_(path) {
        const fs::path name = name_beside(path, random_ending());
        std::error_code error; // none to be had: nothing there, or a file system without links
        fs::create_hard_link(path, name, error);
        if (!error) name_ = name;
    }
    SecondName(const SecondName&) = delete;
    SecondName& operator=(const SecondName&) = delete;
    ~SecondName() {
        std::error_code ignored; // nothing more can be done about a failure here
        if (!name_.empty()) fs::remove(name_, ignored);
    }
    /// Undoes a rename to the path.
    void bring_back() {
        std::error_code ignored;
        if (name_.empty())
            fs::remove(path_, ignored);
        else
            fs::rename(name_, path_, ignored);
    }

  private:
    fs::path path_;
    fs::path name_;
};

} // namespace

fs::path name_beside(const fs::path& path, std::string_view ending) {
    std::string name = path.filename().string();
    if (name.size() > k_longest_name) name = fmt::format("{:016x}", digest(name));
    return folder_of(path) / fmt::format(".{}{}{}", name, k_infix, ending);
}

std::string random_ending() {
    constexpr std::string_view k_signs = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device random; // no part of any result
    std::string ending;
    for (std::size_t i = 0; i < k_ending_length; ++i)
        ending += k_signs[random() % k_signs.size()];
    return ending;
}

TemporaryFile::TemporaryFile(fs::path path, const char* failure)
    : path_(std::move(path)), failure_(failure) {
    for (;;) {
        where_ = name_beside(path_, random_ending());
        file_ = Descriptor(where_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
        if (file_.number() >= 0) return;
        if (errno != EEXIST) fail_with_errno(path_, failure_, errno);
    }
}

TemporaryFile::~TemporaryFile() {
    std::error_code ignored; // nothing more can be done about a failure here
    if (!where_.empty()) fs::remove(where_, ignored);
}

void TemporaryFile::write(std::string_view bytes) {
    write_all(path_, failure_, file_.number(), bytes);
}

void TemporaryFile::publish(Overwrite overwrite) {
    // Flushed, too, what others wrote under the name: it is the same file.
    flush_to_disk(path_, failure_, file_.number());
    close_checked(path_, failure_, std::move(file_));
    SecondName former(path_);
    if (!rename_to(where_, path_, overwrite)) {
        if (errno == EEXIST)
            throw IoError(path_.string(), "exists already; use --force to overwrite it");
        fail_with_errno(path_, failure_, errno);
    }
    where_.clear();
    if (flush_folder(folder_of(path_))) return;
    const int reason = errno;
    former.bring_back();
    fail_with_errno(path_, failure_, reason);
}

void remove_temporaries_of(const fs::path& path) {
    const std::string beginning = name_beside(path, "").filename().string();
    std::vector<fs::directory_entry> entries;
    bool listed = false;
    for (int k = 0; k < k_listing_tries && !listed; ++k) {
        try {
            entries = entries_of(folder_of(path));
            listed = true;
        } catch (const IoError&) { // they are in nobody's way
        }
    }
    for (const fs::directory_entry& entry : entries) {
        const std::string name = entry.path().filename().string();
        std::error_code ignored;
        if (name.starts_with(beginning) && name.size() == beginning.size() + k_ending_length)
            fs::remove(entry.path(), ignored);
    }
}

std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
    // Not a range: its increment throws what is no IoError.
    std::vector<fs::directory_entry> entries;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        entries.push_back(*at);
    if (error) fail_with_errno(folder, "cannot be listed", error.value());
    return entries;
}

bool rename_to(const fs::path& from, const fs::path& to, Overwrite overwrite) {
    if (overwrite == Overwrite::allow) return ::rename(from.c_str(), to.c_str()) == 0;
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    // A file system that cannot: nearly as good.
    if (::access(to.c_str(), F_OK) == 0) {
        errno = EEXIST;
        return false;
    }
    return ::rename(from.c_str(), to.c_str()) == 0;
}

bool flush_folder(const fs::path& folder) {
    const Descriptor opened(folder, O_RDONLY | O_DIRECTORY);
    if (opened.number() < 0) return errno == EACCES; // it can be written, but not read
    return ::fsync(opened.number()) == 0 || errno == EINVAL;
}

} // namespace spikewell
