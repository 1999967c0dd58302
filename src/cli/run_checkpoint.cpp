#include "cli/run_checkpoint.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace spikewell::cli {

namespace {

// Behind the parts, the lengths of recordings and statistics: 8 bytes each, little endian.
constexpr std::size_t k_length_bytes = 8;

void add_length(std::string& bytes, std::uint64_t length) {
    for (unsigned i = 0; i < k_length_bytes; ++i)
        bytes += static_cast<char>((length >> (8U * i)) & 0xFFU);
}

/// Takes the last `length` bytes off.
std::string_view take_last(std::string_view& bytes, std::uint64_t length) {
    if (length > bytes.size())
        throw IoError("checkpoint", "its parts are longer than the whole; it is another version's");
    const std::string_view last = bytes.substr(bytes.size() - length);
    bytes.remove_suffix(length);
    return last;
}

std::uint64_t take_length(std::string_view& bytes) {
    const std::string_view last = take_last(bytes, k_length_bytes);
    std::uint64_t length = 0;
    for (unsigned i = 0; i < k_length_bytes; ++i)
        length |= std::uint64_t{static_cast<unsigned char>(last[i])} << (8U * i);
    return length;
}

} // namespace

std::string join_parts(std::string simulator,
                       std::string_view recordings,
                       std::string_view statistics) {
    std::string content = std::move(simulator);
    content.reserve(content.size() + recordings.size() + statistics.size() + 2 * k_length_bytes);
    content += recordings;
    content += statistics;
    add_length(content, recordings.size());
    add_length(content, statistics.size());
    return content;
}

CheckpointParts split_parts(std::string_view content) {
    const std::uint64_t statistics_bytes = take_length(content);
    const std::uint64_t recordings_bytes = take_length(content);
    CheckpointParts parts;
    parts.statistics = take_last(content, statistics_bytes);
    parts.recordings = take_last(content, recordings_bytes);
    parts.simulator = content;
    return parts;
}

void load_run(Simulator& simulator, std::string_view saved, double duration_ms) {
    simulator.load(saved);
    if (simulator.end_ms() != duration_ms)
        throw NetworkError("checkpoint", fmt::format("is of a run until {} ms; this one ends at {}",
                                                     simulator.end_ms(), duration_ms));
}

} // namespace spikewell::cli
