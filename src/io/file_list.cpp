#include "io/file_list.hpp"

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/file_descriptor.hpp"
#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <unistd.h>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_buffer_bytes = std::size_t{1} << 18U;

std::string hexadecimal(std::uint64_t digest) {
    return fmt::format("{:016x}", digest);
}

/// An entry of a list. Throws std::invalid_argument where it is none.
ListedFile entry_of(const nlohmann::json& entry) {
    ListedFile file;
    const auto text = [&](const char* key) {
        const auto found = entry.find(key);
        if (found == entry.end() || !found->is_string()) throw std::invalid_argument(key);
        return found->get<std::string>();
    };
    if (!entry.is_object()) throw std::invalid_argument("no object");
    file.name = text("name");
    if (entry.size() == 1) return file;
    const std::string digest = text("xxh3");
    ListedContent& content = file.content.emplace();
    const auto [end, error] =
        std::from_chars(digest.data(), digest.data() + digest.size(), content.digest, 16);
    const auto bytes = entry.find("bytes");
    if (error != std::errc{} || end != digest.data() + digest.size() || bytes == entry.end() ||
        !bytes->is_number_unsigned())
        throw std::invalid_argument("bytes");
    content.bytes = *bytes;
    return file;
}

/// What differs between the list and what is there; empty where they agree.
std::string difference(const ListedFile& file, const fs::path& folder) {
    const fs::path relative = fs::path(file.name).lexically_normal();
    const std::string told = printable(file.name);
    if (relative.empty() || relative.is_absolute() || *relative.begin() == "..")
        return fmt::format("{}: {} is no name in its folder", k_files_key, told);
    const fs::path path = folder / relative;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return fmt::format("{}: is missing", told);
    if (!file.content) return {};
    const std::uintmax_t there = fs::file_size(path, error);
    if (there != file.content->bytes)
        return fmt::format("{}: is not what was written: {} bytes there, {} expected", told, there,
                           file.content->bytes);
    const std::uint64_t found = listed(path, file.name).content->digest;
    if (found != file.content->digest)
        return fmt::format("{}: is not what was written: digest {} there, {} expected", told,
                           hexadecimal(found), hexadecimal(file.content->digest));
    return {};
}

std::string difference(const nlohmann::json& entry, const fs::path& folder) {
    try {
        return difference(entry_of(entry), folder);
    } catch (const std::invalid_argument&) {
        return fmt::format("{}: must be {{name, bytes, xxh3}}, got {}", k_files_key, shown(entry));
    }
}

} // namespace

ListedFile listed(const fs::path& path, std::string name) {
    const Descriptor file = open_to_read(path);
    ListedFile result{std::move(name), ListedContent{}};
    Digest digest;
    std::string piece(k_buffer_bytes, '\0');
    for (;;) {
        const ssize_t got = ::read(file.number(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail_with_errno(path, "cannot be read", errno);
        if (got == 0) break;
        digest.add({piece.data(), static_cast<std::size_t>(got)});
        result.content->bytes += static_cast<std::uint64_t>(got);
    }
    result.content->digest = digest.value();
    return result;
}

std::string with_files(std::string document, const std::vector<ListedFile>& files) {
    const std::size_t end = document.find_last_of('}');
    std::string list;
    for (const ListedFile& file : files) {
        nlohmann::ordered_json entry{{"name", file.name}};
        if (file.content) {
            entry["bytes"] = file.content->bytes;
            entry["xxh3"] = hexadecimal(file.content->digest);
        }
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
