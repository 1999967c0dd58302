#include "fuzz/fuzz.hpp"
#include "io/json_reader.hpp"

using namespace spikewell;

/// The bytes are a network file.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const test::ScratchFolder empty;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    return test::fuzz([&] {
        return io::parse_network(io::parse_json(text, "network.json"), "network.json", empty / "");
    });
}
