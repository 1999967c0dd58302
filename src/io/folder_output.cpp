#include "io/folder_output.hpp"

#include "core/error.hpp"
#include "io/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <system_error>
#include <utility>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

// A partial folder, and in it: new files under their names, former files under theirs, the names in the
// order in which they are put in place, the checkpoint that it is kept for.
constexpr std::string_view k_partial = "spikewell-partial-";
constexpr const char* k_new = "new";
constexpr const char* k_former = "former";
constexpr const char* k_journal = "journal.json";
constexpr const char* k_kept_for = "kept-for";

bool is_partial(const fs::path& path) {
    const std::string name = path.filename().string();
    std::error_code error; // a link is nobody's partial folder
    return name.starts_with(k_partial) &&
           fs::symlink_status(path, error).type() == fs::file_type::directory;
}

/// No way out of the folder.
bool is_partial_name(const std::string& name) {
    return name.starts_with(k_partial) &&
           std::all_of(name.begin(), name.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

std::vector<fs::path> partial_folders(const fs::path& folder) {
    std::vector<fs::path> found;
    for (const fs::directory_entry& entry : entries_of(folder)) {
        if (is_partial(entry.path())) found.push_back(entry.path());
    }
    return found;
}

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
    fail_with_errno(path, k_write_failure, error.value());
}

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

bool is_among(const fs::path& name, const std::vector<fs::path>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void make_folder_of(const fs::path& path) {
    std::error_code error;
    fs::create_directories(folder_of(path), error);
    if (error) fail(path, error);
}

/// What `put_in_place` is about to do: files that get their names, the main one first, and files that go.
struct Journal {
    std::vector<fs::path> names;
    std::vector<fs::path> dropped;
};

/// No names where nothing has begun.
Journal read_journal(const fs::path& partial) {
    Journal journal;
    const fs::path path = partial / k_journal;
    if (!is_there(path)) return journal;
    const nlohmann::json document = parse_json(read_text(path), path.string());
    for (const std::string name : document.at("names"))
        journal.names.emplace_back(name);
    for (const std::string name : document.at("dropped"))
        journal.dropped.emplace_back(name);
    return journal;
}

void write_journal(const fs::path& partial, const Journal& journal) {
    nlohmann::json document{{"names", nlohmann::json::array()},
                            {"dropped", nlohmann::json::array()}};
    for (const fs::path& name : journal.names)
        document["names"].push_back(name.string());
    for (const fs::path& name : journal.dropped)
        document["dropped"].push_back(name.string());
    TemporaryFile file(partial / k_journal);
    file.write(document.dump());
    file.publish(Overwrite::allow);
}

/// Undoes what `put_in_place` did, wherever it was when it ended; again and again, if need be, with the
/// same end. Returns whether it could.
bool undo(const fs::path& folder, const fs::path& partial, const Journal& journal) {
    bool undone = true;
    const auto move = [&](const fs::path& from, const fs::path& to) {
        std::error_code error;
        fs::rename(from, to, error);
        undone = undone && !error;
    };
    const auto take_back = [&](const fs::path& name) {
        const fs::path fresh = partial / k_new / name;
        if (!is_there(fresh) && is_there(folder / name)) move(folder / name, fresh);
    };
    const auto bring_back = [&](const fs::path& name) {
        const fs::path former = partial / k_former / name;
        if (is_there(former)) move(former, folder / name);
    };
    // Without the new main file nobody takes this for done; the former one comes back last.
    take_back(journal.names.front());
    for (const fs::path& name : journal.dropped)
        bring_back(name);
    for (auto name = journal.names.rbegin(); name != journal.names.rend(); ++name) {
        take_back(*name);
        bring_back(*name);
    }
    return undone;
}

/// As fs::remove_all, with one descriptor at a time: there may be few. Throws IoError.
void remove_tree(const fs::path& folder) {
    std::error_code ignored; // its folder then stays, too
    for (const fs::directory_entry& entry : entries_of(folder)) {
        if (entry.symlink_status(ignored).type() == fs::file_type::directory)
            remove_tree(entry.path());
        else
            fs::remove(entry.path(), ignored);
    }
    fs::remove(folder, ignored);
}

void remove_all_of(const fs::path& partial) {
    std::error_code ignored; // what stays is in nobody's way, and goes the next time
    // First what says that it is of use.
    for (const char* name : {k_kept_for, k_journal})
        fs::remove(partial / name, ignored);
    constexpr int k_tries = 3;
    for (int k = 0; k < k_tries && is_there(partial); ++k) {
        try {
            remove_tree(partial);
        } catch (const IoError&) { // tried again
        }
    }
}

/// Takes their names from what has them, the main file's first.
void set_aside(const fs::path& folder,
               const fs::path& partial,
               const std::vector<fs::path>& names) {
    for (const fs::path& name : names) {
        if (!is_there(folder / name)) continue;
        make_folder_of(partial / k_former / name);
        if (!rename_to(folder / name, partial / k_former / name, Overwrite::allow))
            fail_with_errno(folder / name, "cannot be overwritten", errno);
    }
}

/// `told` is the file that it will be.
void flush_file(const fs::path& path, const fs::path& told) {
    const Descriptor file(path, O_RDONLY);
    if (file.number() < 0) fail_with_errno(told, k_write_failure, errno);
    flush_to_disk(told, k_write_failure, file.number());
}

/// As remove_all_of once all is in place, without a look into folders, which needs descriptors.
void remove_emptied(const fs::path& partial, const Journal& journal) {
    std::error_code ignored; // see remove_all_of
    const auto remove_with_parents = [&](fs::path name) {
        fs::remove(partial / k_former / name, ignored);
        for (name = name.parent_path(); !name.empty(); name = name.parent_path()) {
            fs::remove(partial / k_former / name, ignored);
            fs::remove(partial / k_new / name, ignored);
        }
    };
    // First what says that it is of use.
    for (const char* name : {k_kept_for, k_journal})
        fs::remove(partial / name, ignored);
    for (const auto* names : {&journal.names, &journal.dropped})
        for (const fs::path& name : *names)
            remove_with_parents(name);
    for (const char* name : {k_former, k_new})
        fs::remove(partial / name, ignored);
    fs::remove(partial, ignored);
}

/// After a kill: either all names had been given, the main one last, or none have been.
void recover(const fs::path& folder, const fs::path& partial) {
    const Journal journal = read_journal(partial);
    if (journal.names.empty()) return;
    const bool complete = !is_there(partial / k_new / journal.names.front());
    if (complete) {
        remove_all_of(partial);
        return;
    }
    if (!undo(folder, partial, journal))
        throw IoError(folder.string(),
                      fmt::format("cannot be brought back to what it was before a run was killed; "
                                  "its files are in {}",
                                  partial.filename().string()));
    std::error_code ignored; // folders that were made for them, as far as they are empty
    for (const fs::path& name : journal.names)
        if (name.has_parent_path()) fs::remove(folder / name.parent_path(), ignored);
    fs::remove(partial / k_journal, ignored);
}

/// Adds the files of `folder / below`, with `below` before their names.
void add_files(const fs::path& folder, const fs::path& below, std::vector<fs::path>& names) {
    for (const fs::directory_entry& entry : entries_of(folder / below)) {
        const fs::path name = below / entry.path().filename();
        std::error_code error;
        if (entry.symlink_status(error).type() == fs::file_type::directory)
            add_files(folder, name, names);
        else
            names.push_back(name);
    }
}

std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> names;
    add_files(folder, {}, names);
    std::sort(names.begin(), names.end());
    return names;
}

/// The folder itself, where the name is that of a link to it; without "/" at its end.
fs::path resolved(const fs::path& folder) {
    fs::path path = fs::absolute(folder).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    std::error_code error;
    if (!fs::is_symlink(path, error)) return folder.has_filename() ? folder : folder.parent_path();
    const fs::path target = fs::canonical(path, error);
    return error ? folder : target;
}

} // namespace

FolderOutput::FolderOutput(FolderPlan plan) : plan_(std::move(plan)) {
    if (plan_.folder.empty()) throw IoError("", "is no folder");
    plan_.folder = resolved(plan_.folder);
    folders_.make(plan_.folder, plan_.folder);
    lock_.emplace(OutputLock::of_folder(plan_.folder));
    for (const fs::path& partial : partial_folders(plan_.folder)) {
        recover(plan_.folder, partial);
        if (!is_there(partial / k_kept_for)) remove_all_of(partial);
    }
    require_free();
    lock_->announce();
    begin_partial();
}

FolderOutput::~FolderOutput() {
    if (!keeps_) remove_all_of(partial_);
}

void FolderOutput::require_free() const {
    if (plan_.overwrite == Overwrite::refuse) {
        for (const fs::path& partial : partial_folders(plan_.folder)) {
            throw IoError(plan_.folder.string(),
                          fmt::format("has what a run had written when it was stopped; go on with "
                                      "--resume {}, or use --force to drop it",
                                      printable(read_text(partial / k_kept_for))));
        }
    }
    require_replaceable_names(plan_.names);
    if (!plan_.names.empty() || plan_.overwrite == Overwrite::allow) return;
    for (const fs::directory_entry& entry : entries_of(plan_.folder)) {
        if (entry.path().filename().string().starts_with(".spikewell-")) continue;
        throw IoError(plan_.folder.string(), "exists already; use --force to overwrite its files");
    }
}

void FolderOutput::require_replaceable_names(const std::vector<fs::path>& names) const {
    std::set<fs::path> seen;
    for (const fs::path& name : names) {
        const fs::path path = plan_.folder / name;
        require_replaceable(path, plan_.overwrite, plan_.inputs);
        if (!seen.insert(name.lexically_normal()).second)
            throw IoError(path.string(), "is named for two outputs");
    }
}

void FolderOutput::begin_partial() {
    std::error_code error;
    if (plan_.resumed) {
        const fs::path earlier = plan_.folder / *plan_.resumed;
        if (is_partial_name(*plan_.resumed) && is_there(earlier / k_kept_for) &&
            is_partial(earlier)) {
            partial_ = earlier;
            has_resumed_ = keeps_ = true;
            return;
        }
    }
    do {
        partial_ = plan_.folder / (std::string(k_partial) + random_ending());
    } while (!fs::create_directory(partial_, error) && !error); // another's: the next name
    if (error) fail(plan_.folder, error);
    if (fs::create_directory(partial_ / k_new, error); error) {
        remove_all_of(partial_);
        fail(plan_.folder, error);
    }
}

fs::path FolderOutput::operator/(const fs::path& name) const {
    fs::path path = partial_ / k_new / name;
    if (name.has_parent_path()) make_folder_of(path);
    return path;
}

void FolderOutput::write(const fs::path& name, std::string_view content) const {
    const fs::path path = *this / name;
    const fs::path told = plan_.folder / name;
    Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (file.number() < 0) fail_with_errno(told, k_write_failure, errno);
    write_all(told, k_write_failure, file.number(), content);
    close_checked(told, k_write_failure, std::move(file));
}

std::string FolderOutput::partial_name() const {
    return partial_.filename().string();
}

void FolderOutput::keep_for(const fs::path& checkpoint) {
    if (keeps_) return;
    TemporaryFile file(partial_ / k_kept_for);
    file.write(checkpoint.string());
    file.publish(Overwrite::allow);
    keeps_ = true;
}

void FolderOutput::publish(const std::vector<NamedText>& files) {
    for (const NamedText& file : files) {
        if (&file != &files.back()) write(file.name, file.content);
    }
    publish(files.back().name.string(), files.back().content);
}

void FolderOutput::keep_no_longer() {
    std::error_code ignored; // it is removed with all the rest
    fs::remove(partial_ / k_kept_for, ignored);
    keeps_ = false;
}

void FolderOutput::publish(const std::string& main_name, const std::string& main_document) {
    const fs::path fresh = partial_ / k_new;
    std::error_code
        ignored; // of an earlier run that was stopped here; what cannot go, `write` tells
    fs::remove(fresh / main_name, ignored);
    std::vector<ListedFile> files;
    std::vector<fs::path> names = files_below(fresh);
    files.reserve(names.size());
    for (const fs::path& name : names)
        files.push_back(is_among(name, plan_.varying)
                            ? ListedFile{name.generic_string(), {}}
                            : listed(fresh / name, name.generic_string()));
    write(main_name, with_files(main_document, files));
    names.insert(names.begin(), main_name);
    for (const fs::path& name : names)
        flush_file(fresh / name, plan_.folder / name);
    require_replaceable_names(names); // somebody who knows of no lock may have written meanwhile
    put_in_place(names);
    folders_.keep();
    keeps_ = false;
    if (plan_.overwrite == Overwrite::refuse || plan_.resumed) return;
    try {
        for (const fs::path& partial :
             partial_folders(plan_.folder)) // of runs that are overwritten
            if (partial != partial_) remove_all_of(partial);
    } catch (const IoError&) { // all is in place; what is left goes the next time
    }
}

std::vector<fs::path> FolderOutput::not_among(const std::vector<fs::path>& names) const {
    std::vector<fs::path> others;
    for (const fs::path& name : plan_.names) {
        if (!is_among(name, names) && is_there(plan_.folder / name)) others.push_back(name);
    }
    return others;
}

void FolderOutput::put_in_place(const std::vector<fs::path>& names) {
    const Journal journal{names, not_among(names)};
    write_journal(partial_, journal);
    try {
        set_aside(plan_.folder, partial_, names);
        set_aside(plan_.folder, partial_, journal.dropped);
        give_names(names);
    } catch (...) {
        // What cannot be undone now, the next run undoes: the journal stays for it.
        if (!undo(plan_.folder, partial_, journal)) keeps_ = true;
        throw;
    }
    remove_emptied(partial_, journal);
}

/// The main file's comes last.
void FolderOutput::give_names(const std::vector<fs::path>& names) {
    std::set<fs::path> folders;
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        const fs::path path = plan_.folder / *name;
        folders_.make(folder_of(path), path);
        if (!rename_to(partial_ / k_new / *name, path, Overwrite::refuse))
            fail_with_errno(path, k_write_failure, errno);
        folders.insert(folder_of(path));
    }
    for (const fs::path& folder : folders)
        if (!flush_folder(folder)) fail_with_errno(folder, k_write_failure, errno);
}

} // namespace spikewell::io
