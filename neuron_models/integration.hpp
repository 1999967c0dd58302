#pragma once

#include <boost/numeric/odeint/algebra/array_algebra.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_fehlberg78.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

/// # Integration between events, to a first crossing
///
/// For models without closed form: Fehlberg's pair of order 8(7), steps as long as their error allows. A
/// crossing is found by steps of other lengths from the same point, so that it is as exact as they are; one
/// that begins and ends within a step, where the potential has its maximum in the step. Order 8 because
/// spikes are wanted to 1e-6 ms and better: at such tolerances it takes far fewer steps than order 5.
namespace spikewell {

template <std::size_t n> struct StepControl {
    double tolerance;            ///< of a step's error relative to scale + |x|
    std::array<double, n> scale; ///< sizes of the variables that matter
    double longest_ms;           ///< step: the potential has one maximum in it at most
};

/// Follows dx/dt = f(x), `system(x, dx)`, up to where x[0] reaches `ceiling` from below.
template <std::size_t n, class System> class Integrator {
  public:
    using State = std::array<double, n>;

    Integrator(const System& system, const StepControl<n>& control, double ceiling)
        : f_{system}, control_(control), ceiling_(ceiling) {}

    /// Over length_ms, or to the crossing: returns when that is, or infinity.
    double advance(State& x, double length_ms) {
        if (x[0] >= ceiling_) return 0.0;
        State dx;
        f_(x, dx, 0.0);
        double t_ms = 0.0;
        double wanted_ms = std::min(length_ms, control_.longest_ms);
        while (t_ms < length_ms) {
            const bool last = wanted_ms >= length_ms - t_ms;
            const double step_ms = last ? length_ms - t_ms : wanted_ms;
            State y;
            State error;
            stepper_.do_step(f_, x, dx, 0.0, y, step_ms, error);
            const double size = relative(error, x, y);
            if (!(size <= 1.0)) { // not a number either
                const double shrink = size < 1e8 ? 0.9 * std::pow(size, -0.125) : 0.1;
                wanted_ms = step_ms * std::clamp(shrink, 0.1, 0.9);
                if (t_ms + wanted_ms > t_ms) continue;
                return t_ms; // faster than time can be told apart: it is on its way up
            }
            State dy;
            f_(y, dy, 0.0);
            const double top_ms = top_of(x, dx, y, dy, step_ms);
            if (top_ms > 0.0) return t_ms + cross(x, dx, top_ms);
            x = y;
            dx = dy;
            if (last) break;
            t_ms += step_ms;
            const double grow = size > 1e-6 ? 0.9 * std::pow(size, -0.125) : 5.0;
            wanted_ms = std::min(step_ms * std::clamp(grow, 0.2, 5.0), control_.longest_ms);
        }
        return std::numeric_limits<double>::infinity();
    }

  private:
    [[nodiscard]] double relative(const State& error, const State& x, const State& y) const {
        double most = 0.0;
        for (std::size_t k = 0; k < n; ++k) {
            const double size = control_.scale[k] + std::max(std::abs(x[k]), std::abs(y[k]));
            const double e = std::abs(error[k]) / (control_.tolerance * size);
            if (!(e <= most)) most = e; // keeps what is not a number
        }
        return most;
    }

    /// x after a step of this length.
    State stepped(const State& x, const State& dx, double s_ms) {
        State y;
        State error;
        stepper_.do_step(f_, x, dx, 0.0, y, s_ms, error);
        return y;
    }

    /// A time in the step from x to y at which x[0] is at the ceiling or above; 0: there is none.
    double top_of(
        const State& x, const State& dx, const State& y, const State& dy, double step_ms) {
        if (y[0] >= ceiling_) return step_ms;
        if (!(dx[0] > 0.0 && dy[0] < 0.0)) return 0.0;
        // No cubic with these ends and slopes gets higher.
        const double most = std::max(x[0], y[0]) + 4.0 / 27.0 * step_ms * (dx[0] - dy[0]);
        if (most < ceiling_) return 0.0;
        double a = 0.0;
        double b = step_ms;
        for (int k = 0; k < 60 && b - a > 1e-12 * step_ms; ++k) { // halves, towards slope 0
            const double middle = 0.5 * (a + b);
            const State at = stepped(x, dx, middle);
            if (at[0] >= ceiling_) return middle;
            State slope;
            f_(at, slope, 0.0);
            (slope[0] > 0.0 ? a : b) = middle;
        }
        return 0.0;
    }

    /// Brings x to the crossing before top_ms; returns when it is. Newton's steps, kept within where it is.
    double cross(State& x, const State& dx, double top_ms) {
        double a = 0.0;
        double b = top_ms;
        double s_ms = top_ms;
        State at = stepped(x, dx, s_ms);
        for (int k = 0; k < 100; ++k) {
            (at[0] < ceiling_ ? a : b) = s_ms;
            State slope;
            f_(at, slope, 0.0);
            double next_ms = s_ms - (at[0] - ceiling_) / slope[0];
            if (!(next_ms > a && next_ms < b)) next_ms = 0.5 * (a + b);
            const bool there = std::abs(next_ms - s_ms) <= 1e-15 * top_ms;
            s_ms = next_ms;
            at = stepped(x, dx, s_ms);
            if (there) break;
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
    boost::numeric::odeint::
        runge_kutta_fehlberg78<State, double, State, double, boost::numeric::odeint::array_algebra>
            stepper_;
};

} // namespace spikewell
