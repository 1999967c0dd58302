#include "cli/rank_costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace spikewell::cli {

namespace {

constexpr double k_MiB = 1024.0 * 1024.0;

double mib(std::uint64_t bytes) {
    return static_cast<double>(bytes) / k_MiB;
}

} // namespace

ExchangeStatistics operator-(const ExchangeStatistics& now, const ExchangeStatistics& before) {
    return {now.calls - before.calls, now.bytes_sent - before.bytes_sent,
            now.bytes_received - before.bytes_received, now.wait_s - before.wait_s,
            now.transfer_s - before.transfer_s};
}

std::vector<RankCost> gather_costs(Exchange& exchange, const RankCost& own) {
    Messages all;
    exchange.gather({reinterpret_cast<const char*>(&own), sizeof own}, all);
    std::vector<RankCost> ranks(all.size());
    for (std::size_t r = 0; r < ranks.size(); ++r)
        std::memcpy(&ranks[r], all.of(r).data(), sizeof own);
    return ranks;
}

nlohmann::ordered_json to_json(std::span<const RankCost> ranks) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const RankCost& rank : ranks) {
        json.push_back({{"rank", json.size()},
                        {"synapse_bytes", rank.synapse_bytes},
                        {"peak_rss_mib", rank.peak_rss_mib},
                        {"processor_s", rank.energy.processor_s},
                        {"exchanges", rank.exchange.calls},
                        {"bytes_sent", rank.exchange.bytes_sent},
                        {"bytes_received", rank.exchange.bytes_received},
                        {"wait_s", rank.exchange.wait_s},
                        {"transfer_s", rank.exchange.transfer_s}});
    }
    return json;
}

std::string table_of(std::span<const RankCost> ranks, std::uint64_t windows, double wall_s) {
    std::string table =
        fmt::format("{:>5} {:>13} {:>10} {:>13} {:>15} {:>16} {:>10}\n", "rank", "synapses MiB",
                    "sent MiB", "received MiB", "sent B/window", "wait s", "transfer s");
    const double n_windows = static_cast<double>(std::max<std::uint64_t>(windows, 1));
    for (std::size_t r = 0; r < ranks.size(); ++r) {
        const ExchangeStatistics& cost = ranks[r].exchange;
        const std::string wait = fmt::format("{:.3f} ({:.0f} %)", cost.wait_s,
                                             100.0 * cost.wait_s / std::max(wall_s, 1e-9));
        table +=
            fmt::format("{:>5} {:>13.1f} {:>10.3f} {:>13.3f} {:>15.0f} {:>16} {:>10.3f}\n", r,
                        mib(ranks[r].synapse_bytes), mib(cost.bytes_sent), mib(cost.bytes_received),
                        static_cast<double>(cost.bytes_sent) / n_windows, wait, cost.transfer_s);
    }
    table.pop_back(); // whoever prints it ends the line
    return table;
}

} // namespace spikewell::cli
