#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>

// Dependencies point one way: a room may include itself and the rooms on lower floors.

namespace {

const std::map<std::string, int> k_floors = {
    {"src/core", 0}, {"neuron_models", 1},   {"network", 2}, {"src/rate", 2},
    {"mapping", 3},  {"src/experiments", 4}, {"src/io", 5},  {"src/report", 5},
    {"src/cli", 6},  {"src/python", 6}};

std::string room_of(const std::string& path) {
    for (const auto& [room, floor] : k_floors) {
        if (path.rfind(room + "/", 0) == 0) return room;
    }
    return {};
}

/// The room an include path names: include roots are the repository and src/.
std::string room_included(const std::string& include) {
    const std::string direct = room_of(include);
    return direct.empty() ? room_of("src/" + include) : direct;
}

bool may_include(const std::string& room, const std::string& other) {
    return room == other || k_floors.at(other) < k_floors.at(room);
}

} // namespace

TEST_CASE("No room includes one on its own floor or above") {
    const std::filesystem::path root = SPIKEWELL_SOURCE_DIR;
    const std::regex include_line("^\\s*#include \"([^\"]+)\".*");
    std::size_t checked = 0;
    for (const auto& [room, floor] : k_floors) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / room)) {
            const std::string extension = entry.path().extension().string();
            if (extension != ".cpp" && extension != ".hpp") continue;
            std::ifstream file(entry.path());
            for (std::string line; std::getline(file, line);) {
                std::smatch match;
                if (!std::regex_match(line, match, include_line)) continue;
                const std::string other = room_included(match[1].str());
                if (other.empty()) continue; // generated
                ++checked;
                INFO(entry.path().string() << " includes " << match[1].str());
                CHECK(may_include(room, other));
            }
        }
    }
    REQUIRE(checked > 50);
}
