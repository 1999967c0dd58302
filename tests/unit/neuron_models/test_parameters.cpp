#include "core/error.hpp"
#include "neuron_models/escape_noise_lif.hpp"
#include "neuron_models/escape_rate.hpp"
#include "neuron_models/glif.hpp"
#include "neuron_models/lif_delta.hpp"
#include "neuron_models/lif_exp.hpp"
#include "neuron_models/poisson_source.hpp"
#include "neuron_models/predictive_hebbian.hpp"
#include "neuron_models/ranges.hpp"
#include "neuron_models/synaptic_rule.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace spikewell;
using Catch::Matchers::Contains;

// Every field of every card: both ends of its range and the next number beyond, and what is not
// finite.

namespace {

constexpr double k_infinity = std::numeric_limits<double>::infinity();
constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
constexpr double k_max = std::numeric_limits<double>::max();
constexpr double k_least = std::numeric_limits<double>::denorm_min();

double above(double x) {
    return std::nextafter(x, k_infinity);
}
double below(double x) {
    return std::nextafter(x, -k_infinity);
}

template <class Params> struct Field {
    std::string name;
    double Params::*member;
    std::vector<double> accepted;
    std::vector<double> rejected; ///< besides what is not finite
};

/// The field an error names, "" when there is none.
template <class Params> std::string rejected_field(const Params& params) {
    try {
        validate(params);
    } catch (const ParameterError& error) {
        return error.field();
    }
    return "";
}

template <class Params> void check(const Params& base, const std::vector<Field<Params>>& fields) {
    REQUIRE_NOTHROW(validate(base));
    for (const Field<Params>& field : fields) {
        std::vector<double> rejected = field.rejected;
        rejected.insert(rejected.end(), {k_nan, k_infinity, -k_infinity});
        Params params = base;
        for (const double value : field.accepted) {
            params.*field.member = value;
            INFO(field.name << " = " << value << " is allowed");
            CHECK(rejected_field(params) == "");
        }
        for (const double value : rejected) {
            params.*field.member = value;
            INFO(field.name << " = " << value << " is not allowed");
            CHECK(rejected_field(params) == field.name);
        }
    }
}

/// A field with one of the ranges that cards share.
template <class Params>
Field<Params> field_of(const char* name, double Params::*member, const Interval& range) {
    return {name,
            member,
            {range.low, range.high, 0.5 * (range.low + range.high)},
            {below(range.low), above(range.high), -k_max, k_max}};
}

const std::vector<double> k_any{-1e6, 0.0, 1e6};
const std::vector<double> k_beyond{below(-1e6), above(1e6), -k_max, k_max};

/// A LIF neuron in escape mode, of which V_th may be any potential.
template <class Params> Params with_escape() {
    Params params;
    params.escape = EscapeRate{};
    return params;
}

template <class Params> void check_escape() {
    auto params = with_escape<Params>();
    CHECK(rejected_field(params) == "");
    check(params, {{"V_th_mV", &Params::V_th_mV, k_any, k_beyond},
                   {"V_reset_mV", &Params::V_reset_mV, k_any, k_beyond}});
    params.escape->rate_Hz = 0.0;
    CHECK(rejected_field(params) == "rate_Hz");
    params.escape = EscapeRate{};
    params.escape->theta_mV = k_nan;
    CHECK(rejected_field(params) == "theta_mV");
    params.escape = EscapeRate{};
    params.escape->slope_mV = -1.0;
    CHECK(rejected_field(params) == "slope_mV");
}

} // namespace

TEST_CASE("Parameters of the escape rate keep to their ranges") {
    using P = EscapeRate;
    check(P{}, {field_of("rate_Hz", &P::rate_Hz, k_escape_rates_Hz),
                {"theta_mV", &P::theta_mV, k_any, k_beyond},
                field_of("slope_mV", &P::slope_mV, k_escape_slopes_mV)});
}

TEST_CASE("Parameters of the LIF neuron with delta synapses keep to their ranges") {
    using P = LifDelta;
    P base;
    base.V_reset_mV = 3.0;
    check(base, {field_of("tau_m_ms", &P::tau_m_ms, k_time_constants_ms),
                 {"E_L_mV", &P::E_L_mV, k_any, k_beyond},
                 {"drive_mV", &P::drive_mV, k_any, k_beyond},
                 {"V_th_mV", &P::V_th_mV, {above(3.0), 1e6}, {3.0, below(3.0), -k_max, above(1e6)}},
                 {"V_reset_mV", &P::V_reset_mV, {-1e6, below(20.0)}, {below(-1e6)}},
                 field_of("t_ref_ms", &P::t_ref_ms, k_refractory_periods_ms)});
    base.V_reset_mV = 20.0;
    CHECK(rejected_field(base) == "V_th_mV");
    check_escape<P>();
}

TEST_CASE("Parameters of the LIF neuron with exponential synapses keep to their ranges") {
    using P = LifExp;
    check(P{},
          {field_of("tau_m_ms", &P::tau_m_ms, k_time_constants_ms),
           field_of("tau_syn_exc_ms", &P::tau_syn_exc_ms, k_time_constants_ms),
           field_of("tau_syn_inh_ms", &P::tau_syn_inh_ms, k_time_constants_ms),
           {"E_L_mV", &P::E_L_mV, k_any, k_beyond},
           {"drive_mV", &P::drive_mV, k_any, k_beyond},
           {"V_th_mV", &P::V_th_mV, {above(-60.0), 1e6}, {-60.0, below(-60.0), -k_max, above(1e6)}},
           {"V_reset_mV", &P::V_reset_mV, {-1e6, below(-50.0)}, {below(-1e6)}},
           field_of("t_ref_ms", &P::t_ref_ms, k_refractory_periods_ms)});
    check_escape<P>();
}

TEST_CASE("Parameters of the GLIF neuron keep to their ranges, and to each other") {
    using P = Glif;
    P one; // GLIF 1
    one.reset_fraction = one.b_th_mV = one.asc_1_pA = one.asc_2_pA = 0.0;
    one.g_L_nS = 1.0;
    one.V_reset_mV = -60.0;
    check(one, {{"C_m_pF", &P::C_m_pF, {1e-4, 1e9}, {below(1e-4), 1e-6, above(1e9)}},
                {"V_th_mV", &P::V_th_mV, {above(-60.0), 1e6}, {-60.0, -1e6, above(1e6)}},
                {"V_reset_mV", &P::V_reset_mV, {-1e6, below(-51.68)}, {below(-1e6)}},
                {"E_L_mV", &P::E_L_mV, k_any, k_beyond},
                field_of("t_ref_ms", &P::t_ref_ms, k_refractory_periods_ms),
                field_of("drive_pA", &P::drive_pA, k_currents_pA),
                field_of("tau_th_ms", &P::tau_th_ms, k_time_constants_ms),
                field_of("tau_asc_1_ms", &P::tau_asc_1_ms, k_time_constants_ms),
                field_of("tau_asc_2_ms", &P::tau_asc_2_ms, k_time_constants_ms),
                field_of("tau_syn_exc_ms", &P::tau_syn_exc_ms, k_time_constants_ms),
                field_of("tau_syn_inh_ms", &P::tau_syn_inh_ms, k_time_constants_ms)});
    one.V_reset_mV = -80.0; // below V_th whatever stays of V
    check(one, {field_of("reset_fraction", &P::reset_fraction, k_shares),
                field_of("asc_1_fraction", &P::asc_1_fraction, k_shares),
                field_of("asc_2_fraction", &P::asc_2_fraction, k_shares),
                field_of("asc_1_pA", &P::asc_1_pA, k_currents_pA),
                field_of("asc_2_pA", &P::asc_2_pA, k_currents_pA),
                field_of("b_th_mV", &P::b_th_mV, {0.0, 1e6})});
    one.V_reset_mV = -51.68; // V_th itself: a threshold that moves makes room for it
    CHECK(rejected_field(one) == "V_th_mV");
    one.b_th_mV = 1e-6;
    CHECK(rejected_field(one) == "");
    one.reset_fraction = 0.1;
    CHECK(rejected_field(one) == "V_th_mV");
    P four;
    four.t_ref_ms = 100.0;
    CHECK(rejected_field(four) == "");
    four.t_ref_ms = above(100.0);
    CHECK(rejected_field(four) == "t_ref_ms");
    four.asc_2_pA = 0.0;
    CHECK(rejected_field(four) == "");
    four.t_ref_ms = 1111.0;
    CHECK(rejected_field(four) == "t_ref_ms");
    four.b_th_mV = 0.0;
    CHECK(rejected_field(four) == "");
    four.asc_1_pA = 0.0;
    four.t_ref_ms = 1e9;
    CHECK(rejected_field(four) == "");
}

TEST_CASE(
    "Parameters of the LIF neuron on a grid keep to their ranges, and time constants to the step") {
    using P = LifStep;
    P base;
    base.V_reset_mV = 3.0;
    base.step_ms = 0.5;
    const Field<P> synapse{"tau_syn_exc_ms",
                           &P::tau_syn_exc_ms,
                           {0.0, 0.5, 1e9},
                           {below(0.5), k_least, -k_least, above(1e9)}};
    check(base, {{"step_ms", &P::step_ms, {1e-3, 20.0}, {below(1e-3), 0.0, above(1e3)}},
                 {"tau_m_ms", &P::tau_m_ms, {0.5, 1e9}, {below(0.5), 0.0, above(1e9)}},
                 synapse,
                 {"E_L_mV", &P::E_L_mV, k_any, k_beyond},
                 {"drive_mV", &P::drive_mV, k_any, k_beyond},
                 {"V_th_mV", &P::V_th_mV, {above(3.0), 1e6}, {3.0, below(3.0), -k_max, above(1e6)}},
                 {"V_reset_mV", &P::V_reset_mV, {-1e6, below(20.0)}, {below(-1e6)}},
                 field_of("t_ref_ms", &P::t_ref_ms, k_refractory_periods_ms)});
    base.tau_syn_inh_ms = below(0.5);
    CHECK(rejected_field(base) == "tau_syn_inh_ms");
}

TEST_CASE("Synaptic and membrane time constants may be as near as they like") {
    LifExp params;
    for (const double value : {20.0, 20.0 + 1e-12, 20.0 - 1e-5}) {
        params.tau_syn_exc_ms = value;
        CHECK(rejected_field(params) == "");
        // The integral of the input through the membrane, as a series in the difference of rates.
        for (const double t_ms : {0.0, 0.01, 1.0, 30.0}) {
            const double r = 1.0 / value - 1.0 / 20.0;
            const double series = t_ms / 20.0 * (1.0 - 0.5 * r * t_ms);
            CHECK(psp_factor(20.0, value, t_ms) ==
                  Approx(std::exp(-t_ms / 20.0) * series).epsilon(1e-12).margin(1e-300));
        }
    }
    CHECK(psp_factor(20.0, 5.0, 3.0) ==
          Approx(5.0 / (5.0 - 20.0) * (std::exp(-3.0 / 5.0) - std::exp(-3.0 / 20.0))));
}

TEST_CASE("Parameters of pair STDP keep to their ranges") {
    using P = PairStdp;
    P additive;
    additive.dependence = WeightDependence::additive;
    additive.w_min = 0.1;
    const auto tau_plus = field_of("tau_plus_ms", &P::tau_plus_ms, k_time_constants_ms);
    const auto tau_minus = field_of("tau_minus_ms", &P::tau_minus_ms, k_time_constants_ms);
    const Field<P> lambda{"lambda", &P::lambda, {0.0, 1.0}, {-k_least, above(1.0)}};
    check(additive,
          {tau_plus,
           tau_minus,
           lambda,
           field_of("alpha", &P::alpha, k_learning_steps),
           {"w_min_mV", &P::w_min, {0.0, below(0.2)}, {-k_least, -1.0}},
           {"w_max_mV", &P::w_max, {above(0.1), 1e6}, {0.1, below(0.1), -1.0, above(1e6)}}});
    additive.w_min = 0.2;
    CHECK(rejected_field(additive) == "w_max_mV");
    P half; // lambda alpha is exact for powers of two
    half.lambda = 0.5;
    check(half, {tau_plus,
                 tau_minus,
                 {"alpha", &P::alpha, {0.0, 2.0}, {-k_least, above(2.0), k_max}},
                 {"w_min_mV", &P::w_min, {0.0}, {-k_least, k_least, 0.1}},
                 field_of("w_max_mV", &P::w_max, k_weight_limits_mV)});
    check(P{}, {lambda});
}

TEST_CASE("Parameters of weight-dependent STDP keep to their ranges") {
    using P = GuetigStdp;
    check(P{}, {field_of("tau_plus_ms", &P::tau_plus_ms, k_time_constants_ms),
                field_of("tau_minus_ms", &P::tau_minus_ms, k_time_constants_ms),
                {"lambda", &P::lambda, {0.0, 1.0}, {-k_least, above(1.0)}},
                field_of("alpha", &P::alpha, k_learning_steps),
                {"mu_plus", &P::mu_plus, {0.0, 1.0}, {-k_least, above(1.0)}},
                {"mu_minus", &P::mu_minus, {0.0, 1.0}, {-k_least, above(1.0)}},
                field_of("w_max_mV", &P::w_max, k_weight_limits_mV)});
}

TEST_CASE("Parameters of inhibitory STDP keep to their ranges") {
    using P = InhibitoryStdp;
    check(P{}, {field_of("tau_ms", &P::tau_ms, k_time_constants_ms),
                field_of("eta_mV", &P::eta, k_learning_steps),
                field_of("target_rate_Hz", &P::target_rate_Hz, k_target_rates_Hz),
                field_of("w_max_mV", &P::w_max, k_weight_limits_mV)});
}

TEST_CASE("Rates of a Poisson source keep to their ranges") {
    const auto field = [](std::vector<double> times_ms, std::vector<double> rates_Hz) {
        return rejected_field(PoissonRate{std::move(times_ms), std::move(rates_Hz)});
    };
    CHECK(rejected_field(PoissonRate{}) == "");
    CHECK(rejected_field(PoissonRate::constant(3.0)) == "");
    CHECK(field({}, {}) == "");
    CHECK(field({0.0, k_least, k_max}, {0.0, 1e6, 5.0}) == "");
    CHECK(field({7.0}, {1.0}) == "");
    for (const double rate_Hz : {-k_least, above(1e6), k_nan, k_infinity, -k_infinity}) {
        CHECK(field({0.0, 1.0}, {1.0, rate_Hz}) == "rates_Hz");
        CHECK(field({0.0, 1.0}, {rate_Hz, 1.0}) == "rates_Hz");
        CHECK(rejected_field(PoissonRate::constant(rate_Hz)) == "rates_Hz");
    }
    for (const double time_ms : {-k_least, k_nan, k_infinity, -k_infinity}) {
        CHECK(field({time_ms}, {1.0}) == "times_ms");
        CHECK(field({0.0, time_ms}, {1.0, 1.0}) == "times_ms");
    }
    CHECK(field({0.0, 2.0, 2.0}, {1.0, 1.0, 1.0}) == "times_ms");
    CHECK(field({0.0, 2.0, below(2.0)}, {1.0, 1.0, 1.0}) == "times_ms");
    CHECK(field({0.0, 1.0}, {1.0}) == "rates_Hz");
    CHECK(field({0.0}, {1.0, 1.0}) == "rates_Hz");
    CHECK(field({}, {1.0}) == "rates_Hz");
}

TEST_CASE("Parameters of the escape-noise neuron and its rule keep to their ranges") {
    using P = EscapeNoiseLif;
    const Field<P> tau_m{
        "tau_m_ms", &P::tau_m_ms, {0.0, 1e-4, 1e9}, {-k_least, k_least, below(1e-4), above(1e9)}};
    check(P{}, {field_of("tau_ref_ms", &P::tau_ref_ms, k_time_constants_ms), tau_m});
    CHECK(rejected_field(PredictiveHebbian{}) == ""); // the default, which is no number
    for (const double rate : {k_learning_steps.low, k_learning_steps.high})
        CHECK(rejected_field(PredictiveHebbian{rate}) == "");
    for (const double rate : {-k_least, above(k_learning_steps.high), k_max, k_nan, k_infinity})
        CHECK(rejected_field(PredictiveHebbian{rate}) == "learning_rate");
}
