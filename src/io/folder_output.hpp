#pragma once

#include "io/file_list.hpp"
#include "io/output.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace spikewell::io {

/// A text file of a folder.
struct NamedText {
    std::filesystem::path name; ///< relative to the folder
    std::string content;
};

/// What is to be written into a folder.
struct FolderPlan {
    std::filesystem::path folder;
    Overwrite overwrite = Overwrite::refuse;
    /// What the command can write, relative to the folder; what it does not write this time is of another
    /// run and goes when the folder is overwritten. Empty: told only at the end; then the folder must be
    /// empty, or may be overwritten.
    std::vector<std::filesystem::path> names = {};
    /// Never replaced.
    std::vector<std::filesystem::path> inputs = {};
    /// The name of the partial folder of an earlier run that this one goes on from.
    std::optional<std::string> resumed = {};
    /// What tells of this run alone (how long it took): the main file, which is the same for the same input,
    /// lists these by name, without size and digest.
    std::vector<std::filesystem::path> varying = {};
};

/// Several files in a folder that appear together or not at all, beside whatever else is there.
///
/// From the start nobody else writes there (OutputLock). The files grow in a folder within, `partial()`.
/// `publish` gives them their names, one by one, the main file last; it lists all others (file_list.hpp).
/// What had their names is set aside in the partial folder meanwhile. When a step fails all steps before
/// it are undone; when the process is killed between two, the next that writes there undoes them: a
/// journal in the partial folder tells which. Without the main file's name a folder is incomplete.
///
/// A partial folder goes with this object, unless it was published (then it is empty) or kept for a
/// checkpoint. One that a killed process left is removed by the next that writes there; one that is kept,
/// only when its run has gone on to its end, or with Overwrite::allow once all is published.
///
/// Everything throws IoError; then what stood there stands there, and nothing new.
class FolderOutput {
  public:
    /// `plan.folder` may be a link to a folder. Makes what is missing.
    explicit FolderOutput(FolderPlan plan);
    FolderOutput(const FolderOutput&) = delete;
    FolderOutput& operator=(const FolderOutput&) = delete;
    FolderOutput(FolderOutput&&) = delete;
    FolderOutput& operator=(FolderOutput&&) = delete;
    ~FolderOutput();

    /// Where files are to be.
    [[nodiscard]] const std::filesystem::path& folder() const { return plan_.folder; }
    /// Where a file grows until then; the folder it names is made.
    [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const;
    /// A whole text file.
    void write(const std::filesystem::path& name, std::string_view content) const;

    /// The name of the partial folder, for FolderPlan::resumed.
    [[nodiscard]] std::string partial_name() const;
    /// Whether it is that of the earlier run, with its files.
    [[nodiscard]] bool has_resumed() const { return has_resumed_; }
    [[nodiscard]] bool keeps() const { return keeps_; }
    /// From now on the partial folder stays, whatever happens: `checkpoint` goes on from it.
    void keep_for(const std::filesystem::path& checkpoint);
    /// The checkpoint could not be written, and there is no former one.
    void keep_no_longer();

    /// All files of the partial folder and, last, the main one: a JSON object, to which the list of the
    /// others is added. Nothing may follow.
    void publish(const std::string& main_name, const std::string& main_document);
    /// These files, the main one last.
    void publish(const std::vector<NamedText>& files);

  private:
    void require_free() const;
    void begin_partial();
    void require_replaceable_names(const std::vector<std::filesystem::path>& names) const;
    [[nodiscard]] std::vector<std::filesystem::path> not_among(
        const std::vector<std::filesystem::path>& names) const;
    void put_in_place(const std::vector<std::filesystem::path>& names);
    void give_names(const std::vector<std::filesystem::path>& names);

    FolderPlan plan_;
    MadeFolders folders_;
    std::optional<OutputLock> lock_;
    std::filesystem::path partial_;
    bool has_resumed_ = false;
    bool keeps_ = false;
};

} // namespace spikewell::io
