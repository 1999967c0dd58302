#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

/// The first time at which a membrane potential that is known in closed form reaches a threshold.
namespace spikewell {

/// A Path gives points of the way between two events:
///
///     struct Point { double s_ms; double distance; ..};        // since the first event; V - threshold
///     Point at(double s_ms) const;
///     double slope(const Point&) const;                        // dV/dt
///     double least_drive(const Point& a, const Point& b) const;    // bounds, between a and b, of
///     double greatest_drive(const Point& a, const Point& b) const; // tau dV/dt while V is at threshold
///     double highest(const Point& a, const Point& b) const;        // bound of V - threshold
template <class Path> class FirstCrossing {
  public:
    explicit FirstCrossing(const Path& path) : path_(path) {}

    /// The least s in (0, length_ms] at which V reaches the threshold from below; infinity when it does
    /// not. V(0) is below.
    [[nodiscard]] double within(double length_ms) const {
        return between(path_.at(0.0), path_.at(length_ms));
    }
    using Point = decltype(std::declval<const Path&>().at(0.0));
    /// The same where the points at both ends are known.
    [[nodiscard]] double between(const Point& begin, const Point& end) const {
        return first_root(begin, end, 0);
    }

  private:
    static constexpr double k_never = std::numeric_limits<double>::infinity();
    // Intervals are halved no more often than this: V that exceeds the threshold for less than 2^-50
    // of the interval is taken to touch it.
    static constexpr int k_deepest = 50;

    /// The one root between a (below) and b (at or above).
    [[nodiscard]] double root_between(Point a, Point b) const {
        double s_ms = b.s_ms;
        Point p = b;
        for (int step = 0; step < 100; ++step) {
            double next_ms = s_ms - p.distance / path_.slope(p);
            if (!(next_ms > a.s_ms && next_ms < b.s_ms)) next_ms = 0.5 * (a.s_ms + b.s_ms);
            if (std::abs(next_ms - s_ms) <= 1e-15 * std::max(b.s_ms, 1e-3)) return next_ms;
            s_ms = next_ms;
            p = path_.at(s_ms);
            (p.distance < 0.0 ? a : b) = p;
            if (p.distance == 0.0) return s_ms;
        }
        return s_ms;
    }

    [[nodiscard]] double first_root(const Point& a, const Point& b, int depth) const {
        if (path_.greatest_drive(a, b) <= 0.0) return k_never;
        if (b.distance < 0.0 && path_.highest(a, b) < 0.0) return k_never;
        if (path_.least_drive(a, b) >= 0.0) return b.distance >= 0.0 ? root_between(a, b) : k_never;
        if (depth == k_deepest) return b.distance >= 0.0 ? b.s_ms : k_never;
        const Point middle = path_.at(0.5 * (a.s_ms + b.s_ms));
        if (const double s_ms = first_root(a, middle, depth + 1); s_ms < k_never) return s_ms;
        if (middle.distance >= 0.0) return middle.s_ms;
        return first_root(middle, b, depth + 1);
    }

    const Path& path_;
};

} // namespace spikewell
