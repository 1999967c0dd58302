#include "io/output_lock.hpp"

#include "core/error.hpp"
#include "core/temporary_file.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_folder_lock = ".spikewell-lock";
constexpr const char* k_lock_failure = "cannot be locked for writing";
constexpr std::size_t k_longest_command = 120;
/// How long one is waited for that holds a lock and has not said that it writes.
constexpr std::chrono::milliseconds k_patience{1000};
constexpr std::chrono::milliseconds k_between_tries{2};

/// This process's words with spaces between, as far as the system tells them.
std::string command_line() {
    std::array<char, k_longest_command + 1> words{};
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    file.read(words.data(), words.size()); // unlike its buffer's iterators, throws nothing
    std::string text(words.data(), static_cast<std::size_t>(file.gcount()));
    for (char& sign : text)
        if (sign == '\0') sign = ' ';
    while (text.ends_with(' '))
        text.pop_back();
    if (text.size() <= k_longest_command) return text;
    return text.substr(0, k_longest_command) + "..";
}

std::string this_host() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
    return host.data();
}

std::string this_process() {
    return fmt::format("process {} on {} ({})", ::getpid(), this_host(), command_line());
}

/// Whether it is the text of a process of this host that is no more: it was killed, and whoever holds the lock of the
/// file it left has not said anything yet.
bool is_of_the_dead(const std::string& writer) {
    constexpr std::string_view k_begin = "process ";
    if (!writer.starts_with(k_begin)) return false;
    ::pid_t pid = 0;
    const char* const end = writer.data() + writer.size();
    const auto [rest, error] = std::from_chars(writer.data() + k_begin.size(), end, pid);
    const bool here = error == std::errc{} && pid > 0 &&
                      std::string_view(rest, end).starts_with(fmt::format(" on {} (", this_host()));
    return here && ::kill(pid, 0) != 0 && errno == ESRCH;
}

/// What the holder wrote; empty: it only looks so far.
std::string holder(int descriptor) {
    std::array<char, 512> text{};
    const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
    if (got <= 0) return "";
    const std::string writer(text.data(), static_cast<std::size_t>(got));
    return is_of_the_dead(writer) ? "" : writer;
}

bool is_still_there(int descriptor, const fs::path& path) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/// The folder of a lock may just have gone with another process that made it for nothing.
bool has_made_folder_of(const fs::path& lock) {
    std::error_code refusal;
    return fs::create_directory(folder_of(lock), refusal);
}

/// Returns 0, or why not, as errno has it.
int lock(int descriptor) {
    while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

/// Throws where the holder says that it writes, or has not let go until the deadline.
void wait_for_holder(int descriptor,
                     const fs::path& output,
                     std::chrono::steady_clock::time_point deadline) {
    const std::string writer = holder(descriptor);
    if (!writer.empty() || std::chrono::steady_clock::now() >= deadline)
        throw IoError(output.string(), fmt::format("is being written by {}",
                                                   writer.empty() ? "another process" : writer));
    std::this_thread::sleep_for(k_between_tries);
}

} // namespace

OutputLock OutputLock::of_folder(const fs::path& folder) {
    return {folder, folder / k_folder_lock};
}

OutputLock OutputLock::of_file(const fs::path& path) {
    return {path, name_beside(path, "lock")};
}

bool OutputLock::open() {
    file_ = Descriptor(where_, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (file_.number() >= 0) return true;
    if (errno == EEXIST) file_ = Descriptor(where_, O_RDWR | O_CREAT | O_NOFOLLOW);
    return false;
}

/// The former holder removes the file while others may have opened it: who gets the lock of a file that
/// has gone tries again.
OutputLock::OutputLock(const fs::path& output, fs::path where) : where_(std::move(where)) {
    const auto deadline = std::chrono::steady_clock::now() + k_patience;
    for (bool has_lock = false; !has_lock;) {
        const bool has_made = open();
        if (file_.number() < 0) {
            if (errno != ENOENT || !has_made_folder_of(where_))
                fail_with_errno(output, k_lock_failure, errno);
            continue;
        }
        const int refusal = lock(file_.number());
        if (refusal == EWOULDBLOCK) {
            wait_for_holder(file_.number(), output, deadline);
        } else if (refusal != 0) {
            std::error_code ignored; // see the destructor
            if (has_made) fs::remove(where_, ignored);
            fail_with_errno(output, k_lock_failure, refusal);
        } else {
            has_lock = is_still_there(file_.number(), where_);
        }
    }
    // What a killed process left; that it cannot be done is no reason to fail.
    [[maybe_unused]] const int ignored = ::ftruncate(file_.number(), 0);
}

void OutputLock::announce() {
    const std::string text = this_process();
    // Only to tell others: a full disk is no reason to fail here.
    [[maybe_unused]] const ssize_t ignored = ::pwrite(file_.number(), text.data(), text.size(), 0);
}

OutputLock::OutputLock(OutputLock&& other) noexcept
    : where_(std::exchange(other.where_, {})), file_(std::move(other.file_)) {}

OutputLock::~OutputLock() {
    std::error_code ignored; // a file too many is in nobody's way
    if (!where_.empty()) fs::remove(where_, ignored);
}

} // namespace spikewell::io
