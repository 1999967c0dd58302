#pragma once

#include "mapping/board.hpp"
#include "network/network.hpp"

#include <string>
#include <vector>

namespace spikewell::mapping {

/// A model and what a board's tools have of it.
struct Capability {
    std::string model;
    bool ships = false; ///< runs today, with what ships
    std::string how;    ///< by what it runs, or what is missing
    bool operator==(const Capability&) const = default;
};

/// All of this program's neuron models and rules, in one order for all boards.
[[nodiscard]] std::vector<Capability> capabilities(const Board& board);
/// Those that the network needs.
[[nodiscard]] std::vector<Capability> capabilities(const Board& board, const Network& network);

} // namespace spikewell::mapping
