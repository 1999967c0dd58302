#include "io/output.hpp"

#include "core/error.hpp"
#include "core/file_descriptor.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_max_file_bytes = std::size_t{1} << 30U;
constexpr std::size_t k_max_printed_bytes = 40;

void require_not_input(const fs::path& path, const std::vector<fs::path>& inputs) {
    for (const fs::path& input : inputs) {
        std::error_code different; // what is not there is no input's name
        if (fs::equivalent(path, input, different))
            throw IoError(path.string(), fmt::format("cannot be written: it is the input {}",
                                                     printable(input.string())));
    }
}

} // namespace

MadeFolders::~MadeFolders() {
    std::error_code ignored; // what is not empty stays
    for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder)
        fs::remove(*folder, ignored);
}

void MadeFolders::make(const fs::path& folder, const fs::path& path) {
    std::vector<fs::path> missing;
    std::error_code error;
    fs::path there = folder;
    while (!fs::exists(there, error) && there != folder_of(there)) {
        if (there.has_filename()) missing.push_back(there); // "a/" is "a" again
        there = folder_of(there);
    }
    if (!fs::is_directory(there, error)) {
        throw IoError(path.string(),
                      fmt::format("cannot be written: {} is no folder", there.string()));
    }
    if (::access(there.c_str(), W_OK | X_OK) != 0)
        fail_with_errno(path, fmt::format("cannot be written: folder {}", there.string()), errno);
    for (auto next = missing.rbegin(); next != missing.rend(); ++next) {
        if (fs::create_directory(*next, error)) made_.push_back(*next);
        if (error)
            fail_with_errno(path, fmt::format("cannot make folder {}", next->string()),
                            error.value());
    }
}

void require_replaceable(const fs::path& path,
                         Overwrite overwrite,
                         const std::vector<fs::path>& inputs) {
    if (!path.has_filename()) throw IoError(path.string(), "is no file name");
    std::error_code error;
    // Not following links: a dangling link is something that would be lost, too.
    const fs::file_type type = fs::symlink_status(path, error).type();
    if (type == fs::file_type::not_found)
        return; // also below a regular file; making folders tells that
    if (type == fs::file_type::none) fail_with_errno(path, k_write_failure, error.value());
    const fs::file_status target = fs::status(path, error);
    if (fs::is_directory(target)) throw IoError(path.string(), "cannot be written: is a folder");
    // A device would be replaced by a file, not written to.
    if (fs::exists(target) && !fs::is_regular_file(target))
        throw IoError(path.string(), "cannot be written: is no regular file");
    require_not_input(path, inputs);
    if (overwrite == Overwrite::refuse)
        throw IoError(path.string(), "exists already; use --force to overwrite it");
    if (fs::exists(target) && ::access(path.c_str(), W_OK) != 0)
        fail_with_errno(path, "cannot be overwritten", errno);
}

FileClaim::FileClaim(const fs::path& path,
                     Overwrite overwrite,
                     const std::vector<fs::path>& inputs) {
    require_replaceable(path, overwrite, inputs);
    folders_.make(folder_of(path), path);
    lock_.emplace(OutputLock::of_file(path));
    remove_temporaries_of(path);
    require_replaceable(path, overwrite, inputs); // now that nobody else writes it
    lock_->announce();
}

FileOutput::FileOutput(fs::path path, Overwrite overwrite, const std::vector<fs::path>& inputs)
    : path_(std::move(path)), overwrite_(overwrite), claim_(path_, overwrite, inputs) {
    temporary_.emplace(path_);
}

void FileOutput::publish(std::string_view content) {
    temporary_->write(content);
    publish();
}

void FileOutput::publish() {
    temporary_->publish(overwrite_);
    claim_.keep_folders();
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
