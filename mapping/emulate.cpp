#include "mapping/emulate.hpp"

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "mapping/detail/core_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace spikewell::mapping {

namespace {

void require_windows(const Network& network) {
    for (const Projection& projection : network.projections) {
        const auto* dense = std::get_if<FactorisedProjection>(&projection);
        if (dense != nullptr && dense->delay_ms == 0.0)
            throw NetworkError("emulate", "a delay of 0 cannot run on a board");
    }
}

/// Each group in a thread of its own, of which as many run at once as are to. What the first of them
/// throws is thrown.
void run_groups(detail::PacketNetwork& packets, const std::function<void(std::size_t group)>& run) {
    std::vector<std::exception_ptr> errors(packets.n_shares());
    const auto run_group = [&](std::size_t group) {
        packets.enter();
        try {
            run(group);
        } catch (const detail::OtherCoreFailed&) {
            // It tells.
        } catch (...) {
            errors[group] = std::current_exception();
            packets.fail();
        }
        packets.leave();
    };
    std::size_t n_started = 0;
    {
        std::vector<std::jthread> threads;
        try {
            for (; n_started < packets.n_shares(); ++n_started)
                threads.emplace_back(run_group, n_started);
        } catch (const std::system_error&) {
            packets.fail(); // those that run would wait for the others
        }
    }
    if (n_started < packets.n_shares()) {
        throw NetworkError("emulate",
                           fmt::format("takes a thread for each of {} groups of cores that hear "
                                       "differently, but the system starts no more than {} "
                                       "(ulimit -u)",
                                       packets.n_shares(), n_started));
    }
    for (const std::exception_ptr& error : errors) {
        if (error) std::rethrow_exception(error);
    }
}

} // namespace

Emulation emulate(Network network,
                  const Layout& layout,
                  const EmulationOptions& options,
                  const GroupProgram& program) {
    validate(network);
    require_windows(network);
    if (layout.slices.empty()) throw NetworkError("layout", "has no slices: it is of a bare graph");
    const int n_threads = threads_or_all(options.n_threads);
    detail::PacketNetwork packets(network, layout, options, n_threads);
    if (packets.n_shares() == 1) {
        detail::CoreExchange exchange(packets, 0);
        program(Simulator(std::move(network), n_threads, exchange), 0);
    } else {
        const int n_of_each = std::max(1, n_threads / static_cast<int>(packets.n_shares()));
        run_groups(packets, [&](std::size_t group) {
            detail::CoreExchange exchange(packets, group);
            program(Simulator(network, n_of_each, exchange), group);
        });
    }
    return packets.result();
}

Emulation emulate(Network network,
                  const Layout& layout,
                  const EmulationOptions& options,
                  double duration_ms) {
    return emulate(std::move(network), layout, options,
                   [&](Simulator simulator, std::size_t /*group*/) { simulator.run(duration_ms); });
}

std::vector<std::vector<Spike>> simulate_directly(Network network,
                                                  double duration_ms,
                                                  int n_threads) {
    std::vector<std::unique_ptr<SpikeRecorder>> kept;
    std::vector<Recorder*> recorders;
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        kept.push_back(std::make_unique<SpikeRecorder>(PopulationId{p}));
        recorders.push_back(kept.back().get());
    }
    Simulator simulator(std::move(network), n_threads);
    simulator.run(duration_ms, recorders);
    std::vector<std::vector<Spike>> spikes;
    spikes.reserve(kept.size());
    for (const auto& recorder : kept)
        spikes.push_back(recorder->spikes());
    return spikes;
}

std::optional<Difference> first_difference(const std::vector<std::vector<Spike>>& expected,
                                           const std::vector<std::vector<Spike>>& got) {
    for (std::uint32_t p = 0; p < expected.size(); ++p) {
        const std::vector<Spike>& a = expected[p];
        const std::vector<Spike>& b = got[p];
        if (a == b) continue;
        const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
        return Difference{p, static_cast<std::size_t>(differ.first - a.begin()), a.size(),
                          b.size()};
    }
    return std::nullopt;
}

} // namespace spikewell::mapping
