#pragma once

#include "io/folder_output.hpp"

#include <filesystem>
#include <type_traits>

namespace spikewell::test {

/// The name of the main file where a test's output has no better one.
inline constexpr const char* k_main_file = "main.json";

/// What `write(output)` returns, once what it wrote is published.
template <class Write>
auto published(const std::filesystem::path& folder,
               Write&& write,
               Overwrite overwrite = Overwrite::refuse) {
    io::FolderOutput output({folder, overwrite, {}, {}, {}});
    if constexpr (std::is_void_v<decltype(write(output))>) {
        write(output);
        output.publish(k_main_file, R"({"format": "test"})");
    } else {
        auto result = write(output);
        output.publish(k_main_file, R"({"format": "test"})");
        return result;
    }
}

} // namespace spikewell::test
