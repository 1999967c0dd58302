#include "network/engine/dyadic/evidence.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

namespace {

// Windows are at least this many of the steps in which a clock of 64 bits counts.
constexpr double k_least_ticks = 64.0;

const Evidence* evidence_of(const PopulationState& population) {
    const auto* dyadic = std::get_if<DyadicPopulation>(&population.model);
    return dyadic != nullptr && !dyadic->evidence.times_ms.empty() ? &dyadic->evidence : nullptr;
}

/// Times up to which changes count as made at t_ms.
double reach_ms(double t_ms) {
    return t_ms + hair_ms(t_ms);
}

void set_evidence(PopulationState& population, const Evidence& evidence, std::size_t k) {
    for (std::size_t i = 0; i < population.evidence.size(); ++i)
        population.evidence[i] = evidence.at(i, k);
}

/// Between the two, sorted.
std::vector<double> changes_within(const EngineState& engine, double after_ms, double before_ms) {
    std::vector<double> changes_ms;
    for (const PopulationState& population : engine.populations) {
        const Evidence* evidence = evidence_of(population);
        if (evidence == nullptr) continue;
        const std::vector<double>& times = evidence->times_ms;
        const auto first = std::upper_bound(times.begin(), times.end(), after_ms);
        changes_ms.insert(changes_ms.end(), first, std::lower_bound(first, times.end(), before_ms));
    }
    std::sort(changes_ms.begin(), changes_ms.end());
    return changes_ms;
}

} // namespace

double hair_ms(double t_ms) {
    return k_least_ticks * (std::nextafter(t_ms, 2.0 * t_ms) - t_ms);
}

std::vector<Stretch> stretches_of(const EngineState& engine, double start_ms, double duration_ms) {
    const double end_ms = start_ms + duration_ms;
    std::vector<Stretch> stretches{{start_ms, end_ms, duration_ms, 0, 0}};
    for (const double t_ms : changes_within(engine, start_ms, end_ms)) {
        Stretch& last = stretches.back();
        if (t_ms <= reach_ms(last.begin_ms) || end_ms <= reach_ms(t_ms)) continue;
        last.end_ms = t_ms;
        last.length_ms = t_ms - last.begin_ms;
        stretches.push_back({t_ms, end_ms, end_ms - t_ms, 0, 0});
    }
    return stretches;
}

void take_up_evidence(EngineState& engine, double begin_ms, double end_ms) {
    for (PopulationState& population : engine.populations) {
        const Evidence* evidence = evidence_of(population);
        if (evidence == nullptr) continue;
        const std::vector<double>& times = evidence->times_ms;
        const auto next = std::upper_bound(times.begin(), times.end(), reach_ms(end_ms));
        if (next == times.begin() || *(next - 1) <= reach_ms(begin_ms)) continue;
        set_evidence(population, *evidence, static_cast<std::size_t>(next - times.begin()) - 1);
    }
}

void begin_evidence(PopulationState& population) {
    const Evidence* evidence = evidence_of(population);
    if (evidence != nullptr && evidence->times_ms.front() == 0.0)
        set_evidence(population, *evidence, 0);
}

} // namespace spikewell::detail
