#pragma once

/// # Continuous Bernoulli node and the Langevin function
///
/// A state sigma in [-1, 1] under a log-odds field u (Spisak & Friston 2026, arXiv:2505.22749, eq.
/// 3 and appendix):
///
///     p(sigma | u) = u exp(u sigma) / (2 sinh u)
///     mean L(u) = coth u - 1/u, variance L'(u) = 1/u^2 - 1/sinh^2 u
///
/// Dyadic form: with independent bits s_k = +-1 of field u 2^-k, sigma = sum_k 2^-k s_k, because
/// coth u - 1/u = sum_k 2^-k tanh(u 2^-k). Cut after K bits the sum telescopes to coth u - 2^-K
/// coth(u 2^-K).
///
/// Exactness, for |u| up to 700 and beyond, without overflow or 0/0 (series below 0.5, exponentials
/// of negative arguments elsewhere): a few units in the last place, but one digit less where a
/// difference is what is asked for: L, L' and the dyadic mean from |u| = 0.5 to about 2, and the
/// Kullback-Leibler divergence (two digits). A sample is exact for a uniform number that is off by
/// a few of its own last places. The bounds, derived, are those of the tests.
///
/// | symbol | argument | unit | allowed | meaning |
/// |---|---|---|---|---|
/// | u | `u` | 1 | any finite | field (log-odds per unit of sigma) |
/// | K | `n_bits` | 1 | >= 1 | neurons of a dyadic node |

namespace spikewell {

/// L(u) = coth u - 1/u, odd, L(u) ~ u/3 near 0.
[[nodiscard]] double langevin(double u);
/// dL/du = variance of the continuous Bernoulli law = 1/u^2 - 1/sinh^2 u; 1/3 at 0.
[[nodiscard]] double langevin_derivative(double u);
/// u with L(u) = m for m in (-1, 1), by safeguarded Newton steps to machine precision.
[[nodiscard]] double inverse_langevin(double m);
/// log(2 sinh(u) / u): the log partition function of the continuous Bernoulli law; log 2 at 0.
[[nodiscard]] double log_partition(double u);
/// Kullback-Leibler divergence KL(CB(u) || CB(v)) in nats; >= 0.
[[nodiscard]] double kl_continuous_bernoulli(double u, double v);
/// A sample of CB(u) from a uniform number in (0, 1), by inversion of the distribution function.
[[nodiscard]] double sample_continuous_bernoulli(double u, double uniform);
/// Mean of a dyadic node of K neurons: sum_{k=1..K} 2^-k tanh(u 2^-k).
[[nodiscard]] double dyadic_langevin(double u, int n_bits);
/// u with dyadic_langevin(u, n_bits) = m; infinite where |m| >= 1 - 2^-n_bits, which all neurons on, or
/// all off, come to.
[[nodiscard]] double inverse_dyadic_langevin(double m, int n_bits);
/// Variance of a dyadic node of K neurons: sum_k 4^-k / cosh^2(u 2^-k).
[[nodiscard]] double dyadic_variance(double u, int n_bits);

} // namespace spikewell
