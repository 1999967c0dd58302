#pragma once

#include "mapping/board.hpp"

#include <array>
#include <span>
#include <string_view>

namespace spikewell::mapping {

/// What a board's tools have of one model.
struct Support {
    bool ships;           ///< runs today, with what ships
    std::string_view how; ///< by what it runs, or what is missing
};

/// A neuron model, rule or input, and what each board's tools have of it.
struct ModelSupport {
    std::string_view key;                   ///< as files call it
    std::string_view name;                  ///< in reports
    std::array<Support, k_n_toolchains> by; ///< Toolchain
};

/// Of all models, in the order they are listed. A model without a row does not compile.
[[nodiscard]] std::span<const ModelSupport> model_support();

/// Whether what is said of a toolchain was read in its sources.
[[nodiscard]] bool is_verified(Toolchain tools);

} // namespace spikewell::mapping
