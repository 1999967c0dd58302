#pragma once

#include "neuron_models/fields.hpp"

#include <cmath>

/// # Short-term plasticity: depression and facilitation
///
/// **Equations.** Of what a synapse can release, a share R is there, of which a spike of the source uses the
/// share u. At a spike a time h after the one before, with u and R what that one found,
///
///     R <- 1 - (1 - R + R u) exp(-h / tau_rec)
///     u <- U + u (1 - U) exp(-h / tau_facil)          tau_facil = 0: u = U
///
/// and the synapse delivers u R w. The first spike finds R = 1 and u = U. Weights themselves stay, or follow
/// the projection's rule of plasticity; u and R are the source's, and the same for all its synapses of a
/// projection.
///
/// **Update.** Exact, at spikes only, in the time of the source.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | U | `U` | 1 | 0.5 | 0 .. 1 | share that a first spike uses |
/// | tau_rec | `tau_rec_ms` | ms | 800 | 1e-4 .. 1e9 | time constant of recovery |
/// | tau_facil | `tau_facil_ms` | ms | 0 | 0 .. 1e9 | time constant of facilitation; 0: none |
///
/// **Sources.** Tsodyks & Markram 1997, doi:10.1073/pnas.94.2.719; Tsodyks, Pawelzik & Markram 1998,
/// doi:10.1162/089976698300017502, in the form of Maass & Markram 2002, doi:10.1016/S0893-6080(01)00144-7.
/// NEST's tsodyks2_synapse is this, but for its first spike, which it takes for one after a spike at time 0.
namespace spikewell {

struct TsodyksMarkram {
    double U = 0.5;
    double tau_rec_ms = 800.0;
    double tau_facil_ms = 0.0;
    bool operator==(const TsodyksMarkram&) const = default;
};

/// What a source's last spike found.
struct Resources {
    double u = 0.0; ///< 0: there was none yet
    double R = 1.0;
    double t_ms = 0.0; ///< of it
};

/// What a spike at t_ms, no earlier than the last, delivers of a weight of 1.
[[nodiscard]] inline double release(const TsodyksMarkram& p, Resources& of_source, double t_ms) {
    const double h_ms = t_ms - of_source.t_ms;
    const bool first = of_source.u == 0.0;
    if (!first) {
        of_source.R =
            1.0 - (1.0 - of_source.R + of_source.R * of_source.u) * std::exp(-h_ms / p.tau_rec_ms);
    }
    const bool facilitates = !first && p.tau_facil_ms > 0.0;
    of_source.u =
        p.U + (facilitates ? of_source.u * (1.0 - p.U) * std::exp(-h_ms / p.tau_facil_ms) : 0.0);
    of_source.t_ms = t_ms;
    return of_source.u * of_source.R;
}

template <> struct Card<TsodyksMarkram> {
    using M = TsodyksMarkram;
    static constexpr std::string_view key = "tsodyks_markram";
    static constexpr std::string_view name = "short-term plasticity";
    static constexpr auto fields = std::tuple{
        Number<M>{"U", &M::U, k_shares, "share that a first spike uses"},
        Number<M>{"tau_rec_ms", &M::tau_rec_ms, k_time_constants_ms, "time constant of recovery"},
        Number<M>{"tau_facil_ms", &M::tau_facil_ms, k_refractory_periods_ms,
                  "time constant of facilitation; 0: none"}};
};

} // namespace spikewell
