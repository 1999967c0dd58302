#pragma once

#include "core/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

/// What annealing is, whatever is moved.
namespace spikewell::mapping {

/// One of n by a number of (0, 1).
[[nodiscard]] inline std::size_t pick(double u, std::size_t n) {
    return static_cast<std::size_t>(u * static_cast<double>(n));
}

/// From the first temperature down, by the same factor for the same share of the work.
struct Cooling {
    double first = 1.0;
    double log_ratio = 0.0; ///< of the last one to it
    double work = 1.0;

    [[nodiscard]] double temperature(double done) const {
        return first * std::exp(log_ratio * done / work);
    }
};

/// Proposals between two looks at the temperature.
constexpr unsigned k_proposals_a_temperature = 256;

/// Which of n units are moved: some that lie together, where units are in an order in which neighbours are near, so that
/// what belongs to them stays in the cache; then the next ones, round and round.
class Window {
  public:
    explicit Window(std::size_t n) : n_(n) {}
    [[nodiscard]] std::size_t pick(double u) const {
        const std::size_t at = first_ + mapping::pick(u, std::min(n_, k_width));
        return at < n_ ? at : at - n_;
    }
    /// Once for k_proposals_a_temperature.
    void go_on() {
        if (n_ > k_width) first_ = (first_ + k_step) % n_;
    }

  private:
    static constexpr std::size_t k_width = 1024;
    static constexpr std::size_t k_step = 64;
    std::size_t n_;
    std::size_t first_ = 0;
};

/// The greatest change that is made, a change being made with probability exp(-change / temperature) at most 1 (Metropolis
/// et al. 1953, doi:10.1063/1.1699114): drawn first, it tells when a change need not be looked at to its end.
[[nodiscard]] inline double worst_accepted(double temperature, RandomStream& random) {
    return -temperature * std::log(random.uniform());
}

/// Mean size of a change, over proposals that change something: `enough` of them, of `most` that are
/// looked at. change() proposes one and says what it would change; 0 where it may not be. 0 where none does.
template <class Change> double mean_change_of(int most, int enough, const Change& change) {
    double sum = 0.0;
    int n = 0;
    for (int i = 0; i < most && n < enough; ++i) {
        const double c = change();
        sum += std::abs(c);
        n += c != 0.0 ? 1 : 0;
    }
    return n > 0 ? sum / n : 0.0;
}

} // namespace spikewell::mapping
