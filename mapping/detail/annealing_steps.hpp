#pragma once

#include "core/random.hpp"

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

/// Whether a change is made (Metropolis et al. 1953, doi:10.1063/1.1699114).
[[nodiscard]] inline bool accepted(double change, double temperature, RandomStream& random) {
    return change <= 0.0 || random.uniform() < std::exp(-change / temperature);
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
