#include "mapping/detail/regroup_refine.hpp"

#include "core/order.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace spikewell::mapping::detail {

namespace {

/// A unit may change places with one of so many.
constexpr int k_partners = 2;

/// Numbers of the law exp(-exp(-x)): the largest of gain + heat x number is as likely a part's as exp(gain / heat)
/// (Gumbel 1954). A table of its quantiles, as logarithms would be most of the work.
class GumbelNumbers {
  public:
    explicit GumbelNumbers(RandomStream& random) : bits_(1 + random.index(std::size_t{1} << 52U)) {
        for (std::size_t i = 0; i < k_n; ++i)
            quantiles_[i] = -std::log(-std::log((static_cast<double>(i) + 0.5) / k_n));
    }
    double next() { return quantiles_[bits() % k_n]; }
    std::size_t index(std::size_t n) { return bits() % n; }
    [[nodiscard]] double most() const { return quantiles_.back(); }
    [[nodiscard]] double range() const { return quantiles_.back() - quantiles_.front(); }

  private:
    static constexpr std::size_t k_n = 1024;
    /// Marsaglia's xorshift (2003, doi:10.18637/jss.v008.i14).
    std::uint64_t bits() {
        bits_ ^= bits_ << 13U;
        bits_ ^= bits_ >> 7U;
        bits_ ^= bits_ << 17U;
        return bits_ >> 20U;
    }
    std::uint64_t bits_;
    std::array<double, k_n> quantiles_{};
};

class HeatBath {
  public:
    HeatBath(Parts& parts, RandomStream& random) : parts_(parts), gumbel_(random) {}

    void visit(std::uint32_t unit, double heat_Hz) {
        const double staying = heat_Hz * gumbel_.next();
        double best = staying;
        double most = 0.0;
        std::optional<std::uint32_t> to;
        std::optional<Parts::Candidate> full;
        const std::vector<Parts::Candidate>& candidates = parts_.candidates(unit);
        for (const Parts::Candidate& c : candidates)
            most = std::max(most, c.gain_Hz);
        const double least =
            std::max(most - heat_Hz * gumbel_.range(), best - heat_Hz * gumbel_.most());
        for (const Parts::Candidate& c : candidates) {
            if (c.gain_Hz < least) continue;
            const double worth = c.gain_Hz + heat_Hz * gumbel_.next();
            if (worth <= best) continue;
            if (parts_.fits(unit, c.part)) {
                best = worth;
                to = c.part;
            } else if (!full || c.gain_Hz > full->gain_Hz) {
                full = c;
            }
        }
        if (to)
            parts_.move(unit, *to);
        else if (full && heat_Hz == 0.0)
            change_places(unit, *full, staying);
    }

  private:
    /// With the first of the partners for which both gains are more than staying, and both parts within limits.
    void change_places(std::uint32_t unit, const Parts::Candidate& there, double staying) {
        const std::uint32_t own = parts_.part_of()[unit];
        parts_.move(unit, there.part);
        for (int i = 0; i < k_partners; ++i) {
            const std::vector<std::uint32_t>& units = parts_.units_of(there.part);
            const std::uint32_t other = units[gumbel_.index(units.size())];
            if (other == unit) continue;
            const std::vector<Parts::Candidate>& candidates = parts_.candidates(other);
            const auto at = std::find_if(candidates.begin(), candidates.end(),
                                         [&](const Parts::Candidate& c) { return c.part == own; });
            const double back_Hz =
                at != candidates.end() ? at->gain_Hz : parts_.gain_elsewhere_Hz();
            if (there.gain_Hz + back_Hz <= staying || !parts_.fits(other, own)) continue;
            parts_.move(other, own);
            if (parts_.within_limits(there.part)) return;
            parts_.move(other, there.part);
        }
        parts_.move(unit, own);
    }

    Parts& parts_;
    GumbelNumbers gumbel_;
};

} // namespace

void refine(Parts& parts, const Heat& heat, std::uint64_t seed) {
    RandomStream random(seed, Purpose::grouping, 2);
    HeatBath bath(parts, random);
    for (int sweep = 0; sweep < heat.sweeps; ++sweep) {
        const double left = 1.0 - static_cast<double>(sweep + 1) / heat.sweeps;
        const auto id = static_cast<std::uint32_t>(3 + sweep);
        const RandomStream order(seed, Purpose::grouping, id);
        for (const std::uint32_t unit : shuffled_numbers(parts.part_of().size(), order))
            bath.visit(unit, heat.from_Hz * left);
    }
}

} // namespace spikewell::mapping::detail
