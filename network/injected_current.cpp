#include "network/injected_current.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikewell {

namespace {

constexpr double k_never_ms = std::numeric_limits<double>::infinity();

double end_ms(const std::optional<double>& to_ms) {
    return to_ms.value_or(k_never_ms);
}

/// The first of from, from + interval, .. before the end, or the end, that is t_ms or later.
double next_tick_ms(double from_ms, double interval_ms, double to_ms, double t_ms) {
    double k = t_ms <= from_ms ? 0.0 : std::floor((t_ms - from_ms) / interval_ms);
    while (from_ms + k * interval_ms < t_ms)
        k += 1.0;
    const double tick_ms = from_ms + k * interval_ms;
    if (tick_ms < to_ms) return tick_ms;
    return to_ms >= t_ms ? to_ms : k_never_ms;
}

double next_of(const StepCurrent& c, double t_ms) {
    if (t_ms <= c.from_ms) return c.from_ms;
    return t_ms <= end_ms(c.to_ms) ? end_ms(c.to_ms) : k_never_ms;
}
double next_of(const TableCurrent& c, double t_ms) {
    const auto at = std::lower_bound(c.times_ms.begin(), c.times_ms.end(), t_ms);
    return at == c.times_ms.end() ? k_never_ms : *at;
}
double next_of(const SineCurrent& c, double t_ms) {
    return next_tick_ms(c.from_ms, c.interval_ms, end_ms(c.to_ms), t_ms);
}
double next_of(const NoiseCurrent& c, double t_ms) {
    return next_tick_ms(c.from_ms, c.noise_interval_ms, end_ms(c.to_ms), t_ms);
}

bool flows(double from_ms, const std::optional<double>& to_ms, double t_ms) {
    return t_ms >= from_ms && t_ms < end_ms(to_ms);
}
double value_of(const StepCurrent& c, double t_ms) {
    return flows(c.from_ms, c.to_ms, t_ms) ? c.amplitude : 0.0;
}
double value_of(const TableCurrent& c, double t_ms) {
    const auto after = std::upper_bound(c.times_ms.begin(), c.times_ms.end(), t_ms);
    if (after == c.times_ms.begin()) return 0.0;
    return c.amplitudes[static_cast<std::size_t>(after - c.times_ms.begin()) - 1];
}
double value_of(const SineCurrent& c, double t_ms) {
    if (!flows(c.from_ms, c.to_ms, t_ms)) return 0.0;
    constexpr double k_hair = 1e-6; // of an interval: t_ms may be its rounded beginning
    const double k = std::floor((t_ms - c.from_ms) / c.interval_ms + k_hair);
    const double since_s = 1e-3 * (k + 0.5) * c.interval_ms;
    return c.offset +
           c.amplitude * std::sin(2.0 * std::numbers::pi * c.frequency_Hz * since_s + c.phase_rad);
}
double value_of(const NoiseCurrent& c, double t_ms) {
    return flows(c.from_ms, c.to_ms, t_ms) ? c.mean : 0.0;
}

double interval_of(const StepCurrent&) {
    return k_never_ms;
}
double interval_of(const TableCurrent& c) {
    double least_ms = k_never_ms;
    for (std::size_t k = 1; k < c.times_ms.size(); ++k)
        least_ms = std::min(least_ms, c.times_ms[k] - c.times_ms[k - 1]);
    return least_ms;
}
double interval_of(const SineCurrent& c) {
    return c.interval_ms;
}
double interval_of(const NoiseCurrent& c) {
    return c.noise_interval_ms;
}

} // namespace

double next_change_ms(const Waveform& waveform, double t_ms) {
    return std::visit([&](const auto& current) { return next_of(current, t_ms); }, waveform);
}

double value_from(const Waveform& waveform, double t_ms) {
    return std::visit([&](const auto& current) { return value_of(current, t_ms); }, waveform);
}

double shortest_interval_ms(const Waveform& waveform) {
    return std::visit([](const auto& current) { return interval_of(current); }, waveform);
}

std::string_view drive_unit_of(const PointNeuron& neuron) {
    std::string_view unit;
    std::visit(
        [&]<class Model>(const Model& model) {
            if constexpr (requires { model.model->drive_unit(); })
                unit = model.model ? model.model->drive_unit() : "";
            for_drive<Model>([&](const Number<Model>&, std::string_view of) { unit = of; });
        },
        neuron);
    return unit;
}

} // namespace spikewell
