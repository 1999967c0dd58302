#include "microcircuit/measured.hpp"

#include "core/energy.hpp"
#include "core/parallel.hpp"
#include "core/statistics.hpp"
#include "io/results/energy_json.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace spikewell::examples {

namespace {

constexpr double k_rows = 1000.0; // of the raster, about

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double mean_or_nan(const std::vector<double>& values) {
    return values.empty() ? std::numeric_limits<double>::quiet_NaN() : mean(values);
}

/// Keeps the spikes of some neurons in a stretch of time.
class ShownSpikes final : public Recorder {
  public:
    ShownSpikes(std::size_t n_populations, double from_ms, std::uint32_t every)
        : from_ms_(from_ms), every_(every), spikes_(n_populations) {}

    [[nodiscard]] bool wants_predicted() const override { return false; }
    void on_spikes(PopulationId population,
                   SpikeKind kind,
                   std::span<const Spike> spikes) override {
        if (kind != SpikeKind::somatic) return;
        for (const Spike& spike : spikes) {
            if (spike.source % every_ != 0) continue;
            if (spike.t_ms >= from_ms_ && spike.t_ms < from_ms_ + k_shown_ms)
                spikes_[population.index].push_back({spike.t_ms, spike.source / every_});
        }
    }
    [[nodiscard]] const std::vector<std::vector<Spike>>& spikes() const { return spikes_; }

  private:
    double from_ms_;
    std::uint32_t every_;
    std::vector<std::vector<Spike>> spikes_;
};

MicrocircuitOutcome measure(const MicrocircuitOptions& options, std::uint64_t seed) {
    MicrocircuitPlan plan = options.plan;
    plan.seed = seed;
    Network network = microcircuit(plan);
    io::RunStatistics statistics(network, options.warm_up_ms, k_correlations);
    ShownSpikes shown(network.populations.size(), options.warm_up_ms, shown_every(plan));
    std::vector<Recorder*> recorders{&statistics};
    if (seed == 1) recorders.push_back(&shown);

    MicrocircuitOutcome o;
    const Clock::time_point start = Clock::now();
    Simulator simulator(std::move(network),
                        options.threads > 0 ? options.threads : hardware_threads());
    o.cost.build_s = seconds_since(start);
    EnergyWatch energy;
    const Clock::time_point built = Clock::now();
    simulator.run(options.duration_ms, recorders, [&](double) {
        energy.look_now_and_then();
        return true;
    });
    o.cost.wall_s = seconds_since(built);
    const EnergyUse used = energy.use();
    o.cost.q = o.cost.wall_s / (1e-3 * options.duration_ms);
    o.cost.counters = simulator.counters();
    o.cost.energy = io::energy_to_json(
                        used, {}, {o.cost.counters.synaptic_events, o.cost.counters.poisson_inputs})
                        .dump();

    o.measured = {seed, options.duration_ms - options.warm_up_ms, k_correlations.bin_ms,
                  statistics.distributions(options.duration_ms)};
    for (const io::Distributions& of : o.measured.populations)
        o.populations.push_back(
            {mean(of.rates_Hz), mean_or_nan(of.cvs), mean_or_nan(of.correlations)});
    o.shown = shown.spikes();
    return o;
}

const io::Distributions* find(const io::MeasuredRun& run, const std::string& name) {
    for (const io::Distributions& of : run.populations) {
        if (of.population == name) return &of;
    }
    return nullptr;
}

} // namespace

std::uint32_t shown_every(const MicrocircuitPlan& plan) {
    double neurons = 0.0;
    for (const MicrocircuitReference& population : microcircuit_reference())
        neurons += plan.scale * static_cast<double>(population.size);
    return static_cast<std::uint32_t>(std::max(1.0, std::floor(neurons / k_rows)));
}

std::vector<io::MeasuredRun> references_of(const MicrocircuitOptions& options) {
    const Network network = microcircuit(options.plan);
    std::vector<io::MeasuredRun> all;
    for (const std::string& path : options.references) {
        const std::vector<io::MeasuredRun> some = io::read_reference(
            path, {network, options.duration_ms, options.warm_up_ms, k_correlations});
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

std::vector<MicrocircuitOutcome> measure_all(const MicrocircuitOptions& options) {
    std::vector<MicrocircuitOutcome> all;
    for (std::uint64_t seed = 1; seed <= options.seeds; ++seed)
        all.push_back(measure(options, seed));
    return all;
}

std::vector<io::Distances> distances_of(std::size_t population,
                                        const std::vector<io::MeasuredRun>& a,
                                        const std::vector<io::MeasuredRun>& b) {
    std::vector<io::Distances> all;
    for (const io::MeasuredRun& run : a) {
        const io::Distributions& of = run.populations[population];
        for (const io::MeasuredRun& other : b) {
            if (const io::Distributions* found = find(other, of.population))
                all.push_back(io::distances(of, *found));
        }
    }
    return all;
}

std::vector<io::Distances> distances_of(std::size_t population,
                                        const std::vector<io::MeasuredRun>& runs) {
    std::vector<io::Distances> all;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j)
            all.push_back(
                io::distances(runs[i].populations[population], runs[j].populations[population]));
    }
    return all;
}

} // namespace spikewell::examples
