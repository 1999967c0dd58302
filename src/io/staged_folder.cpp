#include "io/staged_folder.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <system_error>
#include <unistd.h>
#include <vector>

namespace spikewell::io {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
    throw IoError(path.string(), fmt::format("cannot be written: {}", error.message()));
}

void require_free(const fs::path& folder, Overwrite overwrite) {
    std::error_code error;
    const fs::file_status there = fs::status(folder, error);
    if (!fs::exists(there)) return;
    if (!fs::is_directory(there)) throw IoError(folder.string(), "exists already and is no folder");
    if (overwrite == Overwrite::refuse && !fs::is_empty(folder, error))
        throw IoError(folder.string(), "exists already; use --force to overwrite its files");
}

} // namespace

StagedFolder::StagedFolder(fs::path folder, Overwrite overwrite)
    : folder_(fs::absolute(folder).lexically_normal()), overwrite_(overwrite) {
    if (!folder_.has_filename()) folder_ = folder_.parent_path(); // "a/" is "a"
    require_free(folder_, overwrite_);
    std::error_code error;
    fs::create_directories(folder_.parent_path(), error);
    if (error) fail(folder_, error);
    std::string name = (folder_.parent_path() / ".spikewell-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) fail(folder_, {errno, std::generic_category()});
    staging_ = name;
    // As any new folder's, not for its owner alone.
    fs::permissions(staging_, fs::status(folder_.parent_path()).permissions(), error);
}

StagedFolder::~StagedFolder() {
    std::error_code ignored; // nothing more can be done about a failure here
    fs::remove_all(staging_, ignored);
}

void StagedFolder::write(const fs::path& name, const std::string& content) const {
    write_files({{staging_ / name, content}}, Overwrite::refuse);
}

void StagedFolder::publish() {
    require_free(folder_, overwrite_); // somebody else may have written meanwhile
    std::error_code error;
    fs::remove(folder_, error); // an empty one
    if (!fs::exists(folder_)) {
        fs::rename(staging_, folder_, error);
        if (error) fail(folder_, error);
        return;
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(staging_)) {
        const fs::path to = folder_ / fs::relative(entry.path(), staging_);
        if (entry.is_directory()) {
            fs::create_directories(to, error);
        } else {
            fs::rename(entry.path(), to, error);
        }
        if (error) fail(to, error);
    }
}

} // namespace spikewell::io
