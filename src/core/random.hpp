#pragma once

#include <Random123/philox.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace spikewell {

/// What a stream of random numbers is for. A new use takes a new purpose, so that adding it changes
/// no other stream.
enum class Purpose : std::uint32_t {
    somatic_spikes = 2,
    predicted_spikes = 3,
    rate_state = 4,
    presentation_order = 5,
    evaluation_noise = 6,
    evaluation_choice = 7,
    initial_couplings = 8,
    connections = 9,     ///< of a target (or source) of a projection
    synapse_values = 10, ///< weights and delays
    initial_potentials = 11,
    poisson_spikes = 12,    ///< of a neuron of a Poisson population
    poisson_input = 13,     ///< of a target of a PoissonInput
    escape_noise = 14,      ///< of a LIF neuron with an escape rate
    start_states = 15,      ///< of a dyadic population's neurons, where they are set
    patterns = 16,          ///< that a study stores
    connection_counts = 17, ///< of halves of a projection's targets
    positions = 18,         ///< of a population's neurons
    common_spikes = 19,     ///< of a population whose trains have spikes in common
    neuron_numbers = 20,    ///< of a model, where they vary
    injected_noise = 21,    ///< of a neuron that gets a noise current
    placement = 30,         ///< of vertices on chips
    grouping = 31,          ///< of neurons into parts, one a core
};

/// A stream of random numbers keyed by (seed, purpose, id, sub-id): a pure function of its key and
/// of how many numbers were drawn, so that results never depend on threads, on draw order across
/// streams, or on recording. Philox 4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405) from
/// Random123; 2^64 draws a stream.
class RandomStream {
  public:
    RandomStream() = default;
    RandomStream(std::uint64_t seed, Purpose purpose, std::uint32_t id, std::uint16_t sub_id = 0)
        : key_{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)}},
          id_(id), purpose_(static_cast<std::uint32_t>(purpose) << 16U | sub_id) {}

    /// Goes on as after `draws` draws.
    void skip_to(std::uint64_t draws) { draws_ = draws; }

    [[nodiscard]] std::uint64_t draws() const { return draws_; }

    /// Two independent numbers in (0, 1), 53 bits each, never 0 or 1: what one event candidate
    /// needs.
    struct Pair {
        double first;
        double second;
    };
    Pair next_pair() {
        const philox4x32_ctr_t bits = philox4x32(next_counter(), key_);
        return {unit(bits[0], bits[1]), unit(bits[2], bits[3])};
    }

    /// The counter of the next pair, which thereby counts as drawn: for whoever draws from many
    /// streams of one seed at once.
    philox4x32_ctr_t next_counter() {
        const philox4x32_ctr_t counter{{static_cast<std::uint32_t>(draws_),
                                        static_cast<std::uint32_t>(draws_ >> 32U), id_, purpose_}};
        ++draws_;
        return counter;
    }
    [[nodiscard]] std::uint64_t seed() const {
        return static_cast<std::uint64_t>(key_[1]) << 32U | key_[0];
    }

    /// Uniform on (0, 1).
    double uniform() { return next_pair().first; }

    /// Uniform on 0 .. n - 1; n >= 1.
    std::size_t index(std::size_t n) {
        return static_cast<std::size_t>(uniform() * static_cast<double>(n));
    }

    /// Standard normal (Box-Muller, one of the two numbers, so that the stream has no hidden
    /// half-draw).
    double normal() {
        const Pair u = next_pair();
        return std::sqrt(-2.0 * std::log(u.first)) *
               std::cos(2.0 * 3.14159265358979323846 * u.second);
    }

    /// Gamma distributed with mean `shape` > 0 and scale 1 (Marsaglia & Tsang 2000, doi:10.1145/358407.358414).
    double gamma(double shape) {
        if (shape < 1.0) return gamma(shape + 1.0) * std::pow(uniform(), 1.0 / shape);
        const double d = shape - 1.0 / 3.0;
        const double c = 1.0 / std::sqrt(9.0 * d);
        for (;;) {
            const double x = normal();
            const double v = std::pow(1.0 + c * x, 3.0);
            if (v > 0.0 && std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v))
                return d * v;
        }
    }

    /// The number in (0, 1) that 64 random bits stand for: the upper 53 of them and a half. The
    /// half would round the greatest up to 1, which would be out of range for `index`. Two numbers
    /// of 31 bits at most make it up, because those are what every vector unit can convert.
    [[gnu::always_inline]] static double unit(std::uint32_t high, std::uint32_t low) {
        const auto upper = static_cast<double>(static_cast<std::int32_t>(high >> 1U));
        const auto lower =
            static_cast<double>(static_cast<std::int32_t>((high & 1U) << 21U | low >> 11U));
        return std::min((upper * 0x1p22 + lower + 0.5) * 0x1.0p-53, 1.0 - 0x1.0p-53);
    }

  private:
    philox4x32_key_t key_{};
    std::uint32_t id_ = 0;
    std::uint32_t purpose_ = 0;
    std::uint64_t draws_ = 0;
};

} // namespace spikewell
