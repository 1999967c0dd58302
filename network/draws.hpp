#pragma once

#include "core/pairs_ahead.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

/// How connectors draw a neuron's partners.
namespace spikewell::detail {

/// The neurons 0 .. n - 1 of a range, but perhaps one (`left_out` n or more: none).
struct Candidates {
    std::size_t n;
    std::size_t left_out;

    [[nodiscard]] std::size_t size() const { return left_out < n ? n - 1 : n; }
    [[nodiscard]] std::uint32_t at(std::size_t i) const {
        return static_cast<std::uint32_t>(i < left_out ? i : i + 1);
    }
};

/// Uniform numbers in (0, 1), both of each pair of a stream.
class Uniforms {
  public:
    explicit Uniforms(const RandomStream& stream) : stream_(stream), pairs_(stream_) {}

    /// So many are going to be asked for, about.
    void expect(std::size_t n) { pairs_.expect(n / 2); }

    double next() {
        if (std::exchange(has_spare_, !has_spare_)) return spare_;
        const RandomStream::Pair u = pairs_.next();
        spare_ = u.second;
        return u.first;
    }
    /// Uniform on 0 .. n - 1; n >= 1. The product does not round up to n.
    std::size_t index(std::size_t n) {
        return static_cast<std::size_t>(next() * static_cast<double>(n));
    }

  private:
    RandomStream stream_;
    PairsAhead pairs_;
    double spare_ = 0.0;
    bool has_spare_ = false;
};

/// A set of up to a fixed number of indices below k_max_neurons, hashed.
class IndexSet {
  public:
    explicit IndexSet(std::size_t capacity)
        : slots_(std::bit_ceil(2 * capacity + 2), k_empty),
          shift_(std::countl_zero(slots_.size() - 1)) {}

    void clear() { std::fill(slots_.begin(), slots_.end(), k_empty); }
    /// Whether the index was new.
    bool insert(std::uint32_t index) {
        std::size_t slot = (index * k_golden) >> shift_;
        while (slots_[slot] != k_empty) {
            if (slots_[slot] == index) return false;
            slot = (slot + 1) & (slots_.size() - 1);
        }
        slots_[slot] = index;
        return true;
    }

  private:
    static constexpr std::uint32_t k_empty = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::uint64_t k_golden = 0x9e3779b97f4a7c15; // 2^64 / golden ratio, odd
    std::vector<std::uint32_t> slots_;
    int shift_;
};

/// One neuron's partners.
using Drawn = std::vector<std::uint32_t>;

/// Of independent candidates, how many are passed over before the next one: geometric. `log_not` is log1p(-probability), -inf
/// for 1: none is; u uniform on (0, 1).
[[nodiscard]] inline double passed_over(double u, double log_not) {
    return std::floor(std::log(u) / log_not);
}

void draw_all(Candidates candidates, Drawn& drawn);
/// Each candidate with a probability: the candidates skipped before the next one are geometric.
void draw_each(double probability, Candidates candidates, Uniforms& uniforms, Drawn& drawn);
/// As many as `drawn` has room for.
void draw_with_replacement(Candidates candidates, Uniforms& uniforms, Drawn& drawn);
/// The same without replacement; there must be as many candidates. The set is used, and room for them.
void draw_distinct(Candidates candidates, Uniforms& uniforms, IndexSet& set, Drawn& drawn);

/// The binomial number that belongs to u, uniform on (0, 1).
[[nodiscard]] std::size_t draw_binomial(std::size_t n, double p, double u);

/// Draws one neuron's partners, a stated number of them.
class DegreeDraw {
  public:
    DegreeDraw(std::size_t degree, bool distinct)
        : degree_(degree), distinct_(distinct), set_(distinct ? degree : 0) {}

    void operator()(Candidates candidates, Uniforms& uniforms, Drawn& drawn) {
        drawn.resize(degree_);
        if (distinct_) {
            draw_distinct(candidates, uniforms, set_, drawn);
        } else {
            draw_with_replacement(candidates, uniforms, drawn);
        }
    }

  private:
    std::size_t degree_;
    bool distinct_;
    IndexSet set_;
};

} // namespace spikewell::detail
