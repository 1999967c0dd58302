#include "faults/folder_state.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace spikewell::test {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Times taken and what is computed from them; what a run says of how it came about.
bool depends_on_time(const std::string& key) {
    static const std::set<std::string> k_keys{
        "seconds",      "q",       "peak_rss_mib", "resumed_at_ms",
        "events_per_s", "threads", "energy",       "evaluate_energy"};
    return k_keys.count(key) == 1 || (key.size() > 2 && key.compare(key.size() - 2, 2, "_s") == 0);
}

/// A list of files tells sizes and digests, those of pages with times in them, too.
bool is_of_page(const std::string& name) {
    return fs::path(name).extension() == ".html" || name == "timings.json";
}

Json without_times(const Json& document);

Json without_times_of_object(const Json& object) {
    Json kept = Json::object();
    for (const auto& [key, value] : object.items()) {
        if (!depends_on_time(key) && !is_of_page(key)) kept[key] = without_times(value);
    }
    return kept;
}

bool names_page(const Json& entry) {
    return entry.is_object() && std::any_of(entry.begin(), entry.end(), [](const Json& value) {
               return value.is_string() && is_of_page(value.get<std::string>());
           });
}

Json without_times(const Json& document) {
    if (document.is_object()) return without_times_of_object(document);
    if (!document.is_array()) return document;
    Json kept = Json::array();
    for (const Json& entry : document) {
        if (!names_page(entry)) kept.push_back(without_times(entry));
    }
    return kept;
}

/// Numbers in words as "#": times, and places in plots of them.
std::string without_numbers(const std::string& page) {
    std::string kept;
    for (const char c : page) {
        const bool is_part = (c >= '0' && c <= '9') || c == '.' || c == '-' || c == 'e';
        if (!is_part) kept += c;
    }
    return kept;
}

std::string result_of(const std::string& name, const std::string& content) {
    const std::string extension = fs::path(name).extension().string();
    if (extension == ".ckpt" || fs::path(name).filename() == "timings.json") return "";
    if (extension == ".html") return without_numbers(content);
    if (extension != ".json") return content;
    const Json document = Json::parse(content, nullptr, false);
    return document.is_discarded() ? content : without_times(document).dump();
}

std::string where_differs(const std::string& got, const std::string& wanted) {
    const auto at = std::mismatch(got.begin(), got.end(), wanted.begin(), wanted.end()).first;
    const auto nuls = std::count(got.begin(), got.end(), '\0');
    return fmt::format("at byte {}, {} bytes instead of {}, {} of them 0", at - got.begin(),
                       got.size(), wanted.size(), nuls);
}

} // namespace

namespace {

/// What a document tells of its inputs' places is another in each scratch folder.
std::string without_places(std::string content) {
    const std::string folder = (fs::temp_directory_path() / "spikewell-").string();
    constexpr std::size_t k_ending = 7; // six random letters and a slash
    for (std::size_t at = content.find(folder); at != std::string::npos;
         at = content.find(folder, at))
        content.erase(at, folder.size() + k_ending);
    return content;
}

} // namespace

FolderState state_of(const ScratchFolder& folder) {
    FolderState state;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder / "")) {
        const std::string name = fs::relative(entry.path().parent_path(), folder / "").string();
        const std::string path = (name == "." ? "" : name + "/") + entry.path().filename().string();
        if (entry.is_symlink())
            state[path] = "-> " + fs::read_symlink(entry.path()).string();
        else if (entry.is_directory())
            state[path + "/"] = "";
        else
            state[path] = without_places(folder.content(path));
    }
    return state;
}

FolderState results_of(const FolderState& state) {
    FolderState results;
    for (const auto& [name, content] : state)
        results[name] = result_of(name, content);
    return results;
}

std::string difference(const FolderState& got, const FolderState& wanted, More more) {
    for (const auto& [name, content] : wanted) {
        const auto found = got.find(name);
        if (found == got.end()) return name + " is missing";
        if (found->second != content)
            return fmt::format("{} differs {}", name, where_differs(found->second, content));
    }
    if (more == More::allowed) return "";
    for (const auto& [name, content] : got) {
        if (!wanted.contains(name))
            return fmt::format("{} is left, {} bytes", name, content.size());
    }
    return "";
}

} // namespace spikewell::test
