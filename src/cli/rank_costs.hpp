#pragma once

#include "core/energy.hpp"
#include "network/engine/exchange.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace spikewell::cli {

/// What a run has cost one rank.
struct RankCost {
    std::uint64_t synapse_bytes = 0; ///< held
    double peak_rss_mib = 0.0;
    ExchangeStatistics exchange; ///< during the run
    ProcessEnergy energy;        ///< likewise
};

/// Between two moments.
[[nodiscard]] ExchangeStatistics operator-(const ExchangeStatistics& now,
                                           const ExchangeStatistics& before);

/// [n_ranks] on rank 0, elsewhere none. Collective.
[[nodiscard]] std::vector<RankCost> gather_costs(Exchange& exchange, const RankCost& own);
[[nodiscard]] nlohmann::ordered_json to_json(std::span<const RankCost> ranks);
/// A line a rank, under a heading. `wall_s` is the run's.
[[nodiscard]] std::string table_of(std::span<const RankCost> ranks,
                                   std::uint64_t windows,
                                   double wall_s);

} // namespace spikewell::cli
