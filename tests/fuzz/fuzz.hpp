#pragma once

#include "core/error.hpp"
#include "io/network/network_file.hpp"
#include "support/scratch_folder.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

/// What the fuzz targets share. A reader may refuse whatever it is given, with an Error of one line.
/// Anything else that it throws, a crash, memory or time beyond the limits of the run, or a network
/// that cannot be written and read again is a finding.
namespace spikewell::test {

/// Ends the process: the fuzzer keeps the input.
[[noreturn]] inline void found(const char* what, const char* message) {
    std::fprintf(stderr, "fuzz: %s: %s\n", what, message);
    std::abort();
}

/// `read` gives a NetworkDescription.
template <class Read> int fuzz(Read&& read) {
    NetworkDescription network;
    try {
        network = read();
    } catch (const Error& error) {
        const std::string_view text = error.what();
        const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
        if (text.empty() || std::any_of(text.begin(), text.end(), is_control))
            found("message is not one line", error.what());
        return 0;
    }
    try {
        const std::string written = io::network_to_json(network).dump();
        (void)io::parse_network(nlohmann::json::parse(written), "again", ".");
    } catch (const std::exception& error) {
        found("what was read cannot be written and read again", error.what());
    }
    return 0;
}

} // namespace spikewell::test
