#pragma once

#include <cstddef>

/// Loops that do nothing but use memory, to hold others against (after McCalpin's STREAM).
namespace spikewell::benchmark {

/// Reads.
[[nodiscard]] float sum(const float* numbers, std::size_t n);
/// Reads and writes: numbers times `factor`, and their sum.
[[nodiscard]] float scale_and_sum(float* numbers, std::size_t n, float factor);

} // namespace spikewell::benchmark
