#pragma once

#include "neuron_models/fields.hpp"
#include "neuron_models/point_neuron.hpp"
#include "neuron_models/ranges.hpp"

#include <cstdint>
#include <numbers>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

/// # Currents injected into point neurons
///
/// Each is added to the model's `drive` of every neuron of a range, in the unit of that (mV of models whose drive is a
/// depolarisation, pA, mV/ms of Izhikevich's), from `from_ms` up to `to_ms`; several add up. A current is constant
/// between times at which it changes, and neurons are as exact under it as under their drive:
///
/// | current | value from t_k on | changes at |
/// |---|---|---|
/// | step | amplitude | from, to |
/// | table | amplitudes[k] | times[k]; 0 before the first, the last for ever after |
/// | sine | offset + amplitude sin(2 pi f (t_k + interval / 2 - from) + phase) | t_k = from + k interval |
/// | noise | mean + x_k | t_k = from + k interval |
///
/// **Sine** is held at its value in the middle of each interval; what V deviates by from that under the smooth sine is
/// of second order in 2 pi f interval: a relative (2 pi f interval)^2 / 24 of the amplitude at most.
///
/// **Noise** is an Ornstein-Uhlenbeck process, of each neuron its own, drawn exactly at the times and held in between:
///
///     x_0 = sd xi_0      x_k = x_(k-1) exp(-interval / tau) + sd sqrt(1 - exp(-2 interval / tau)) xi_k
///
/// with independent standard normal xi_k; tau = 0 is white (NEST's `noise_generator`). Under noise of tau = 0 a leaky
/// membrane has the stationary variance sd^2 R^2 (1 - q) / (1 + q), q = exp(-interval / tau_m), at times t_k (R = 1 where the
/// drive is in mV).
///
/// **Sources.** Uhlenbeck & Ornstein 1930, doi:10.1103/PhysRev.36.823; Gillespie 1996, doi:10.1103/PhysRevE.54.2084
/// (exact update).
namespace spikewell {

/// Times between changes; as delays.
inline constexpr Interval k_current_intervals_ms{1e-4, 1e9};
inline constexpr Interval k_current_times_ms{0.0, 1e12};
/// Of drives, in any unit.
inline constexpr Interval k_amplitudes{-1e9, 1e9};

/// Fields of when a current flows.
template <class M>
inline constexpr auto k_flow_fields = std::tuple{
    Number<M>{"from_ms", &M::from_ms, k_current_times_ms, "when it begins"},
    OptionalNumber<M>{"to_ms", &M::to_ms, k_current_times_ms, "when it ends; null: never"}};

template <class M> [[nodiscard]] std::vector<Misfit> flow_misfits(const M& current) {
    if (!current.to_ms || *current.to_ms > current.from_ms) return {};
    return {{"to_ms", *current.to_ms, above_field("from_ms", current.from_ms)}};
}

struct StepCurrent {
    double amplitude = 0.0;
    double from_ms = 0.0;
    std::optional<double> to_ms = {};
    bool operator==(const StepCurrent&) const = default;
};

template <> struct Card<StepCurrent> {
    using M = StepCurrent;
    static constexpr std::string_view key = "step";
    static constexpr std::string_view name = "constant current";
    static constexpr auto fields =
        std::tuple_cat(std::tuple{Number<M>{"amplitude_*", &M::amplitude, k_amplitudes,
                                            "what is added to the drive", false, true}},
                       k_flow_fields<M>);
    static std::vector<Misfit> misfits(const M& current) { return flow_misfits(current); }
};

struct TableCurrent {
    std::vector<double> times_ms; ///< increasing, at least 1e-4 ms apart
    std::vector<double> amplitudes;
    bool operator==(const TableCurrent&) const = default;
};

template <> struct Card<TableCurrent> {
    using M = TableCurrent;
    static constexpr std::string_view key = "table";
    static constexpr std::string_view name = "current from a table";
    static constexpr auto fields = std::tuple{
        Own<M, std::vector<double>>{"times_ms", &M::times_ms, Interval{1.0, 1e7}, "a list",
                                    "required", "when it changes; increasing, 1e-4 or more apart"},
        Own<M, std::vector<double>>{"amplitudes_*", &M::amplitudes, Interval{1.0, 1e7}, "a list",
                                    "required",
                                    "what is added to the drive from each time on; -1e9 .. 1e9"}};
};

struct SineCurrent {
    double amplitude = 0.0;
    double offset = 0.0;
    double frequency_Hz = 10.0;
    double phase_rad = 0.0;
    double interval_ms = 0.1;
    double from_ms = 0.0;
    std::optional<double> to_ms = {};
    bool operator==(const SineCurrent&) const = default;
};

template <> struct Card<SineCurrent> {
    using M = SineCurrent;
    static constexpr std::string_view key = "sine";
    static constexpr std::string_view name = "sinusoidal current";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{
            Number<M>{"amplitude_*", &M::amplitude, k_amplitudes, "of the sine", false, true},
            Number<M>{"offset_*", &M::offset, k_amplitudes, "its mean"},
            Number<M>{"frequency_Hz", &M::frequency_Hz, {0.0, 1e6}, "of the sine"},
            Number<M>{"phase_rad", &M::phase_rad, {-1e3, 1e3}, "at the beginning"},
            Number<M>{"interval_ms", &M::interval_ms, k_current_intervals_ms, "between changes"}},
        k_flow_fields<M>);
    static std::vector<Misfit> misfits(const M& current) { return flow_misfits(current); }
};

struct NoiseCurrent {
    double mean = 0.0;
    double sd = 0.0;
    double tau_ms = 0.0;
    double noise_interval_ms = 0.1;
    double from_ms = 0.0;
    std::optional<double> to_ms = {};
    bool operator==(const NoiseCurrent&) const = default;
};

template <> struct Card<NoiseCurrent> {
    using M = NoiseCurrent;
    static constexpr std::string_view key = "noise";
    static constexpr std::string_view name = "noise current";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{Number<M>{"mean_*", &M::mean, k_amplitudes, "its mean"},
                   Number<M>{"sd_*", &M::sd, {0.0, 1e9}, "its standard deviation", false, true},
                   Number<M>{"tau_ms", &M::tau_ms, k_time_constants_ms,
                             "its correlation time; 0: white", true},
                   Number<M>{"noise_interval_ms", &M::noise_interval_ms, k_current_intervals_ms,
                             "between draws"}},
        k_flow_fields<M>);
    static std::vector<Misfit> misfits(const M& current) { return flow_misfits(current); }
};

using Waveform = std::variant<StepCurrent, TableCurrent, SineCurrent, NoiseCurrent>;

[[nodiscard]] inline std::string_view key_of(const Waveform& waveform) {
    return std::visit([]<class M>(const M&) { return Card<M>::key; }, waveform);
}

/// A current into each neuron of a range.
struct InjectedCurrent {
    Waveform waveform;
    std::uint32_t first = 0;            ///< first neuron of the range
    std::optional<std::uint32_t> count; ///< none: to the end of the population
    bool operator==(const InjectedCurrent&) const = default;
};

/// At most so many a population: changes of a window are counted.
inline constexpr std::size_t k_most_currents = 16;

/// The first time at or after t_ms at which the current changes; infinity: none.
[[nodiscard]] double next_change_ms(const Waveform& waveform, double t_ms);
/// The current from a time at which it changes on, without what is drawn.
[[nodiscard]] double value_from(const Waveform& waveform, double t_ms);
/// The least time between two changes that comes again and again; infinity: none does.
[[nodiscard]] double shortest_interval_ms(const Waveform& waveform);

/// The unit of a model's drive: "mV" of `drive_mV`.
[[nodiscard]] std::string_view drive_unit_of(const PointNeuron& neuron);

} // namespace spikewell
