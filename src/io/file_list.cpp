#include "io/file_list.hpp"

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/file_descriptor.hpp"
#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_buffer_bytes = std::size_t{1} << 18U;

std::string hexadecimal(std::uint64_t digest) {
    return fmt::format("{:016x}", digest);
}

/// What the list says of a file and what is there; empty where they agree.
std::string difference(const nlohmann::json& entry, const fs::path& folder) {
    const bool whole = entry.is_object() && entry.value("name", nlohmann::json()).is_string() &&
                       entry.value("bytes", nlohmann::json()).is_number_unsigned() &&
                       entry.value("xxh3", nlohmann::json()).is_string();
    if (!whole)
        return fmt::format("{}: must be {{name, bytes, xxh3}}, got {}", k_files_key, shown(entry));
    const std::string name = entry["name"];
    const fs::path relative = fs::path(name).lexically_normal();
    if (relative.empty() || relative.is_absolute() || *relative.begin() == "..")
        return fmt::format("{}: {} is no name in its folder", k_files_key, printable(name));
    const fs::path path = folder / relative;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return fmt::format("{}: is missing", printable(name));
    const std::uint64_t bytes = entry["bytes"];
    const std::uintmax_t there = fs::file_size(path, error);
    if (there != bytes)
        return fmt::format("{}: is not what was written: {} bytes there, {} expected",
                           printable(name), there, bytes);
    const std::string expected = entry["xxh3"];
    const std::string found = hexadecimal(listed(path, name).digest);
    if (found != expected)
        return fmt::format("{}: is not what was written: digest {} there, {} expected",
                           printable(name), found, printable(expected));
    return {};
}

} // namespace

ListedFile listed(const fs::path& path, std::string name) {
    const Descriptor file(path, O_RDONLY);
    if (file.number() < 0) fail_with_errno(path, "cannot be read", errno);
    ListedFile result{std::move(name), 0, 0};
    Digest digest;
    std::string piece(k_buffer_bytes, '\0');
    for (;;) {
        const ssize_t got = ::read(file.number(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail_with_errno(path, "cannot be read", errno);
        if (got == 0) break;
        digest.add({piece.data(), static_cast<std::size_t>(got)});
        result.bytes += static_cast<std::uint64_t>(got);
    }
    result.digest = digest.value();
    return result;
}

std::string with_files(std::string document, const std::vector<ListedFile>& files) {
    const std::size_t end = document.find_last_of('}');
    std::string list;
    for (const ListedFile& file : files) {
        const nlohmann::ordered_json entry{
            {"name", file.name}, {"bytes", file.bytes}, {"xxh3", hexadecimal(file.digest)}};
        list += fmt::format("{}\n  {}", list.empty() ? "" : ",", entry.dump());
    }
    const std::size_t last = document.find_last_not_of(" \n", end - 1);
    document.erase(last + 1);
    return document +
           fmt::format(",\n \"{}\": [{}{}]\n}}\n", k_files_key, list, list.empty() ? "" : "\n ");
}

std::vector<std::string> differences_from_list(const nlohmann::json& document,
                                               const fs::path& folder) {
    if (!document.is_object() || !document.contains(k_files_key)) return {};
    const nlohmann::json& files = document[k_files_key];
    if (!files.is_array())
        return {fmt::format("{}: must be a list, got {}", k_files_key, shown(files))};
    std::vector<std::string> lines;
    for (const nlohmann::json& entry : files) {
        std::string line = difference(entry, folder);
        if (!line.empty()) lines.push_back(std::move(line));
    }
    return lines;
}

void require_listed_files(const nlohmann::json& document, const fs::path& main_file) {
    const fs::path folder = folder_of(main_file);
    const std::vector<std::string> lines = differences_from_list(document, folder);
    if (!lines.empty())
        throw IoError(folder.string(), fmt::format("is not what {} lists: {}",
                                                   main_file.filename().string(), lines.front()));
}

} // namespace spikewell::io
