#pragma once

#include "neuron_models/fields.hpp"

#include <optional>

/// # Predictive Hebbian rule: learn what happened, unlearn what was predicted
///
/// **Equations** (rate form: Spisak & Friston 2026, arXiv:2505.22749; spiking form: Spikewell).
/// Each neuron (i, k) has a dendritic twin of the same kind that sees the recurrent input only, at
/// unit precision and without evidence, and fires predicted spikes with hazard (1/tau_ref) exp(2
/// g_k h_i(t)). With z the somatic and z* the twin's refractory indicator,
///
///     eps_i(t)  = 2 sum_k g_k (z_ik(t) - z*_ik(t))        (+ for each somatic spike, - for each
///     predicted spike) dJ_ij/dt  = (alpha / tau_ref) eps_i(t) sigma_j(t)   J_ii = 0
///
/// In a sparse projection (FactorisedProjection::mask) the couplings that there are learn so, and
/// predict by themselves: h_i sums over them; J_ij of any other pair stays 0.
///
/// The delay is dendritic: learning pairs with the presynaptic state at the synapse now, the
/// prediction uses the delayed one. `Prediction::expected` replaces the twin by its mean: eps_i =
/// sigma_i - sum_k g_k tanh(g_k h_i(t)), less noise.
///
/// With a pairing delay the error meets an older state, sigma_j(t - delta), 0 before there was one. It is
/// there to be studied: the rule needs the renewed state (`spikewell study timing`). At delta = tau_ref
/// it is the rate form's rule with the preceding state, under which attractors merge.
///
/// **Update.** Exact event integral within a window, for couplings held at their value of the
/// window's start: with E_i(t) = integral of eps_i since then, J_ij -= (alpha/tau_ref) dx E_i(t) at
/// each change dx of sigma_j, and at the end J_ij += (alpha/tau_ref) E_i sigma_j. `expected` with
/// leak integrates the mean over each stretch by two-point Gauss-Legendre quadrature (error of
/// fourth order in the stretch over tau_m).
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | alpha | `learning_rate` | 1 | null: 0.064 / N | 0 .. 1e6, null | change per tau_ref of full coincidence |
/// | | `prediction` | | spiking | spiking, expected | twin's spikes, or their mean |
/// | delta | `pairing_delay_ms` | ms | 0 | 0 .. 1e6 | the error is paired with sigma_j(t - delta) |
///
/// N is the number of presynaptic nodes; of a sparse projection the mean number coupled to a node, at
/// least 1. A step moves the prediction along the state sigma by the fraction alpha |sigma|^2 / 3
/// (L'(0) = 1/3), and |sigma|^2 grows with N, so speed, noise and stability (fraction < 2) depend on
/// alpha N alone. A presentation of `steps` steps moves it by
///
///     rho = alpha steps N m / 3,    m = mean of 1 - 2 L(u)/u at u = iT b = E sigma^2 under evidence b
///
/// 0.09 for the digits at the defaults. Beyond 0.5 each presentation overwrites the last one: rates
/// and spikes part, and attractors fade. How many presentations are needed does not depend on N:
/// about 500 an image for attractors to separate.
///
/// **Reading:** Urbanczik & Senn 2014, doi:10.1016/j.neuron.2013.11.030 (dendritic prediction of
/// somatic spiking).
/// **Differs from it:** the soma does not feel the twin; the prediction has its own precision.
namespace spikewell {

enum class Prediction { spiking, expected };

struct PredictiveHebbian {
    std::optional<double> learning_rate; ///< none (JSON null): see learning_rate_of
    Prediction prediction = Prediction::spiking;
    double pairing_delay_ms = 0.0;
    bool operator==(const PredictiveHebbian&) const = default;
};

/// The rate that was given, or 0.064 over the number of presynaptic nodes (0.001 at 64), at least 1.
[[nodiscard]] double learning_rate_of(const std::optional<double>& given, double n_presynaptic);

template <> struct Card<PredictiveHebbian> {
    using M = PredictiveHebbian;
    static constexpr std::string_view key = "predictive_hebbian";
    static constexpr std::string_view name = "predictive Hebbian rule";
    static constexpr auto fields =
        std::tuple{OptionalNumber<M>{"learning_rate", &M::learning_rate, k_learning_steps,
                                     "change per tau_ref of full coincidence; null: 0.064 / N"},
                   Choice<M, Prediction, 2>{"prediction",
                                            &M::prediction,
                                            {"spiking", "expected"},
                                            "the twin's spikes, or their mean"},
                   Number<M>{"pairing_delay_ms", &M::pairing_delay_ms, k_pairing_delays_ms,
                             "the error is paired with the state so much earlier"}};
};

} // namespace spikewell
