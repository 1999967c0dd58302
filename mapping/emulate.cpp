#include "mapping/emulate.hpp"

#include "core/error.hpp"
#include "mapping/detail/core_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>

namespace spikewell::mapping {

namespace {

void require_windows(const Network& network) {
    for (const Projection& projection : network.projections) {
        const auto* dense = std::get_if<FactorisedProjection>(&projection);
        if (dense != nullptr && dense->delay_ms == 0.0)
            throw NetworkError("emulate", "a delay of 0 cannot run on a board");
    }
}

} // namespace

Emulation emulate(const Network& network,
                  const Layout& layout,
                  const EmulationOptions& options,
                  const CoreProgram& program) {
    validate(network);
    require_windows(network);
    if (layout.slices.empty()) throw NetworkError("layout", "has no slices: it is of a bare graph");
    detail::PacketNetwork packets(network, layout, options);
    std::vector<std::exception_ptr> errors(packets.n_cores());
    const auto run_core = [&](std::size_t core) {
        detail::CoreExchange exchange(packets, core);
        try {
            program(Simulator(network, 1, exchange), core);
        } catch (const detail::OtherCoreFailed&) {
            // It tells.
        } catch (...) {
            errors[core] = std::current_exception();
            packets.fail();
        }
    };
    std::size_t n_started = 0;
    {
        std::vector<std::jthread> threads;
        try {
            for (; n_started < packets.n_cores(); ++n_started)
                threads.emplace_back(run_core, n_started);
        } catch (const std::system_error&) {
            packets.fail(); // those that run would wait for the others
        }
    }
    if (n_started < packets.n_cores()) {
        throw NetworkError("emulate",
                           fmt::format("takes a thread for each of {} cores, but the system "
                                       "starts no more than {} (ulimit -u)",
                                       packets.n_cores(), n_started));
    }
    for (const std::exception_ptr& error : errors) {
        if (error) std::rethrow_exception(error);
    }
    return packets.result();
}

Emulation emulate(const Network& network,
                  const Layout& layout,
                  const EmulationOptions& options,
                  double duration_ms) {
    return emulate(network, layout, options,
                   [&](Simulator simulator, std::size_t /*core*/) { simulator.run(duration_ms); });
}

std::vector<std::vector<Spike>> simulate_directly(const Network& network, double duration_ms) {
    std::vector<std::unique_ptr<SpikeRecorder>> kept;
    std::vector<Recorder*> recorders;
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        kept.push_back(std::make_unique<SpikeRecorder>(PopulationId{p}));
        recorders.push_back(kept.back().get());
    }
    Simulator simulator(network);
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
