#pragma once

#include <boost/numeric/odeint/algebra/array_algebra.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

/// # Integration between events, to a first crossing
///
/// For models without closed form. Dormand & Prince's pair of order 5(4) with control of the error of a
/// step, and dense output for what happens within it. A crossing is found on the dense output and made
/// as exact as the steps by stepping to it once more; one that begins and ends within a step is found
/// where the potential has its maximum in the step.
namespace spikewell {

template <std::size_t n> struct StepControl {
    double tolerance;            ///< of a step's error relative to scale + |x|
    std::array<double, n> scale; ///< sizes of the variables that matter
    double longest_ms;           ///< step: the potential has one maximum in it at most
};

/// Follows dx/dt = f(x) for length_ms, or up to where x[0] reaches `ceiling` from below: returns when
/// that is, or infinity.
template <std::size_t n, class System> class Integrator {
  public:
    using State = std::array<double, n>;

    Integrator(const System& system, const StepControl<n>& control, double ceiling)
        : f_{system}, control_(control), ceiling_(ceiling) {}

    double advance(State& x, double length_ms) {
        if (x[0] >= ceiling_) return 0.0;
        State dx;
        f_(x, dx, 0.0);
        double t_ms = 0.0;
        double wanted_ms = std::min(length_ms, control_.longest_ms);
        while (t_ms < length_ms) {
            const bool last = wanted_ms >= length_ms - t_ms;
            const double step_ms = last ? length_ms - t_ms : wanted_ms;
            State y, dy, error;
            stepper_.do_step(f_, x, dx, 0.0, y, dy, step_ms, error);
            const double size = relative(error, x, y);
            if (!(size <= 1.0)) { // not a number either
                const double shrink = size < 1e5 ? 0.9 * std::pow(size, -0.2) : 0.1;
                wanted_ms = step_ms * std::clamp(shrink, 0.1, 0.9);
                if (t_ms + wanted_ms > t_ms) continue;
                return t_ms; // faster than time can be told apart: it is on its way up
            }
            const double top_ms = top_of(x, dx, y, dy, step_ms);
            if (top_ms > 0.0) return t_ms + cross(x, dx, y, dy, step_ms, top_ms);
            x = y;
            dx = dy;
            if (last) break;
            t_ms += step_ms;
            const double grow = size > 1e-4 ? 0.9 * std::pow(size, -0.2) : 5.0;
            wanted_ms = std::min(step_ms * std::clamp(grow, 0.2, 5.0), control_.longest_ms);
        }
        return std::numeric_limits<double>::infinity();
    }

  private:
    double relative(const State& error, const State& x, const State& y) const {
        double most = 0.0;
        for (std::size_t k = 0; k < n; ++k) {
            const double size = control_.scale[k] + std::max(std::abs(x[k]), std::abs(y[k]));
            const double e = std::abs(error[k]) / (control_.tolerance * size);
            if (!(e <= most)) most = e; // keeps what is not a number
        }
        return most;
    }

    /// A time in the step just made at which x[0] is at the ceiling or above; 0: there is none.
    double top_of(const State& x, const State& dx, const State& y, const State& dy, double step_ms) {
        if (y[0] >= ceiling_) return step_ms;
        if (!(dx[0] > 0.0 && dy[0] < 0.0)) return 0.0;
        // No cubic with these ends and slopes gets higher.
        const double most = std::max(x[0], y[0]) + 4.0 / 27.0 * step_ms * (dx[0] - dy[0]);
        if (most < ceiling_) return 0.0;
        double a = 0.0;
        double b = step_ms;
        for (int k = 0; k < 60 && b - a > 1e-12 * step_ms; ++k) { // thirds, towards the maximum
            const double p = a + (b - a) / 3.0;
            const double q = b - (b - a) / 3.0;
            const double at_p = within(p, x, dx, y, dy, step_ms);
            const double at_q = within(q, x, dx, y, dy, step_ms);
            if (at_p >= ceiling_) return p;
            if (at_q >= ceiling_) return q;
            (at_p < at_q ? a : b) = at_p < at_q ? p : q;
        }
        return 0.0;
    }

    /// x[0] within the step just made.
    double within(double s_ms,
                  const State& x,
                  const State& dx,
                  const State& y,
                  const State& dy,
                  double step_ms) const {
        State at;
        stepper_.calc_state(s_ms, at, x, dx, 0.0, y, dy, step_ms);
        return at[0];
    }

    /// Brings x to the crossing before top_ms; returns when it is.
    double cross(State& x,
                 const State& dx,
                 const State& y,
                 const State& dy,
                 double step_ms,
                 double top_ms) {
        double a = 0.0;
        double b = top_ms;
        for (int k = 0; k < 30 && b - a > 1e-9 * step_ms; ++k) {
            const double middle = 0.5 * (a + b);
            (within(middle, x, dx, y, dy, step_ms) < ceiling_ ? a : b) = middle;
        }
        double s_ms = b;
        State at = y, slope = dy, error;
        for (int k = 0; k < 4; ++k) {
            stepper_.do_step(f_, x, dx, 0.0, at, slope, s_ms, error);
            const double next_ms = std::clamp(s_ms - (at[0] - ceiling_) / slope[0], 0.0, step_ms);
            const double change_ms = std::abs(next_ms - s_ms);
            if (!(slope[0] > 0.0) || !(change_ms > 1e-15 * step_ms)) break;
            s_ms = next_ms;
        }
        x = at;
        return s_ms;
    }

    /// As the library calls it.
    struct Slope {
        const System& system;
        void operator()(const State& x, State& dx, double /*t*/) const { system(x, dx); }
    };

    Slope f_;
    const StepControl<n>& control_;
    double ceiling_;
    boost::numeric::odeint::runge_kutta_dopri5<State, double, State, double,
                                               boost::numeric::odeint::array_algebra>
        stepper_;
};

} // namespace spikewell
