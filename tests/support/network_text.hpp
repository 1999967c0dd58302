#pragma once

#include "core/error.hpp"
#include "io/json_reader.hpp"
#include "io/network/network_file.hpp"
#include "io/output.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

/// Network files as text, and what is wrong with them.
namespace spikewell::test {

inline NetworkDescription parsed(const std::string& text) {
    return io::parse_network(io::parse_json(text, "net.json"), "net.json", {});
}

inline std::vector<Problem> problems_of(const std::string& text) {
    try {
        (void)parsed(text);
    } catch (const DescriptionError& error) {
        return error.problems();
    }
    return {};
}

inline std::vector<Problem> problems_of_file(const std::filesystem::path& path) {
    try {
        (void)io::read_network(path);
    } catch (const DescriptionError& error) {
        return error.problems();
    }
    return {};
}

/// Two populations to connect.
inline constexpr const char* k_pair =
    R"({"name": "P", "model": "poisson", "size": 5, "rate_Hz": 10},
                                  {"name": "E", "model": "lif_delta", "size": 10})";

/// The text of a network with these lists.
inline std::string network(const std::string& populations,
                           const std::string& projections = "",
                           const std::string& recordings = "") {
    return R"({"format": "spikewell-network", "version": 1, "populations": [)" + populations +
           R"(], "projections": [)" + projections + R"(], "recordings": [)" + recordings + "]}";
}

} // namespace spikewell::test
