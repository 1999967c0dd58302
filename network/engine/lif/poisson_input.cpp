#include "network/engine/lif/poisson_input.hpp"

#include "core/clones.hpp"
#include "core/philox_lanes.hpp"
#include "core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace spikewell::detail {

namespace {

constexpr std::size_t k_lanes = k_philox_lanes;
// Seven pass every test of BigCrush (Salmon et al. 2011, doi:10.1145/2063384.2063405, table 2).
constexpr int k_rounds = 7;
constexpr std::uint32_t k_finer = 1U << 15U; // draw from which the lower digits of times come

[[nodiscard]] std::uint32_t counter_word(const PoissonPass& input, std::uint32_t draw) {
    return draw << 16U | static_cast<std::uint32_t>(input.serial >> 32U);
}

// A neuron's numbers in a window: the first word of draw 0 decides the count, the upper and lower
// halves of all further words are the upper 16 binary digits of the times, in order.
constexpr std::uint32_t k_pieces_of_first = 6;
constexpr std::uint32_t k_pieces = 8; // of a later draw

class Numbers {
  public:
    Numbers(const PoissonPass& input, std::uint32_t neuron) : input_(input), neuron_(neuron) {}

    [[nodiscard]] std::uint32_t count_word() const { return draw(0)[0]; }
    /// The upper digits of time k.
    [[nodiscard]] std::uint32_t piece(std::uint32_t k) const {
        const std::uint32_t at = k + (k_pieces - k_pieces_of_first);
        const std::uint32_t word = draw(at / k_pieces)[at / 2 % 4];
        return at % 2 == 0 ? word & 0xFFFFU : word >> 16U;
    }
    /// The lower 32 digits of time k.
    [[nodiscard]] std::uint32_t rest(std::uint32_t k) const { return draw(k_finer + k / 4)[k % 4]; }

  private:
    [[nodiscard]] philox4x32_ctr_t draw(std::uint32_t number) const {
        if (number != drawn_) {
            const philox4x32_ctr_t counter{{static_cast<std::uint32_t>(input_.serial),
                                            counter_word(input_, number), neuron_, input_.stream}};
            const philox4x32_key_t key{{static_cast<std::uint32_t>(input_.seed),
                                        static_cast<std::uint32_t>(input_.seed >> 32U)}};
            bits_ = philox4x32_R(k_rounds, counter, key);
            drawn_ = number;
        }
        return bits_;
    }

    const PoissonPass& input_;
    std::uint32_t neuron_;
    mutable std::uint32_t drawn_ = ~0U; // what `bits_` is
    mutable philox4x32_ctr_t bits_{};
};

/// Integral of the rate from time 0, in spikes.
double integrated_rate(const PoissonRate& rate, double t_ms) {
    double sum = 0.0;
    for (std::size_t k = 0; k < rate.times_ms.size() && rate.times_ms[k] < t_ms; ++k) {
        const double end_ms =
            k + 1 < rate.times_ms.size() ? std::min(rate.times_ms[k + 1], t_ms) : t_ms;
        sum += rate.rates_Hz[k] * 1e-3 * (end_ms - rate.times_ms[k]);
    }
    return sum;
}

/// The time in the window by which the share u of its expected spikes has come.
double time_of_share(const PoissonRate& rate, const Window& window, double u) {
    double left = u * expected_spikes(rate, window);
    for (std::size_t k = 0; k < rate.times_ms.size(); ++k) {
        const double begin_ms = std::max(rate.times_ms[k], window.begin_ms);
        const double end_ms = k + 1 < rate.times_ms.size()
                                  ? std::min(rate.times_ms[k + 1], window.end_ms)
                                  : window.end_ms;
        const double spikes = rate.rates_Hz[k] * 1e-3 * (end_ms - begin_ms);
        if (end_ms <= begin_ms || spikes <= 0.0) continue;
        if (left <= spikes) return begin_ms + (end_ms - begin_ms) * (left / spikes);
        left -= spikes;
    }
    return window.end_ms;
}

using Floats = float __attribute__((vector_size(64), aligned(64), may_alias));
using Ints = std::int32_t __attribute__((vector_size(64), aligned(64), may_alias));

[[gnu::always_inline]] inline void power_of_e(const Floats& x, Floats& out) {
    out = 1.0F +
          x * (1.0F + x * (0.5F + x * (1.0F / 6.0F + x * (1.0F / 24.0F + x * (1.0F / 120.0F)))));
}

/// Adds exp(u x) of each lane's spike `number`, if it has that many, whose u has these upper digits.
[[gnu::always_inline]] inline void add_piece(
    const Ints& digits, const Ints& count, std::int32_t number, float x, Floats& sum) {
    constexpr float k_scale = 0x1.0p-16F;
    Floats term;
    power_of_e((__builtin_convertvector(digits, Floats) + 0.5F) * (k_scale * x), term);
    const Ints there = (number - count) >> 31; // all ones where number < count
    const Ints kept = reinterpret_cast<const Ints&>(term) & there;
    sum += reinterpret_cast<const Floats&>(kept);
}

/// Of one draw: the words, how many spikes each lane has, and which of them the first half of word `from` is.
struct Draw {
    const PhiloxLanes& words;
    const PhiloxWords& count;
    std::size_t from;
    std::uint32_t number;
    std::uint32_t most; ///< spikes of a lane
};

/// Adds exp(x u) of the draw's spikes, x the length of the window over tau.
SPIKEWELL_CLONES
void sum_draw(const Draw& draw, float x, float* sum) {
    const Ints n = *reinterpret_cast<const Ints*>(draw.count.at);
    Floats m{};
    auto k = static_cast<std::int32_t>(draw.number);
    for (std::size_t w = draw.from; w < 4; ++w, k += 2) {
        const Ints bits = *reinterpret_cast<const Ints*>(draw.words.word[w].at);
        const Ints lower = bits & 0xFFFF;
        const Ints upper = (bits >> 16) & 0xFFFF;
        add_piece(lower, n, k, x, m);
        add_piece(upper, n, k + 1, x, m);
    }
    for (std::size_t l = 0; l < k_lanes; ++l)
        sum[l] += m[l];
}

/// Sums of u, u^2 .. u^5 over each lane's spikes: those of exp(x u) follow for any small x.
struct LanePowers {
    Floats of[5];
};
/// Adds the draw's; lanes that have no such spike add powers of 0.
SPIKEWELL_CLONES
void add_powers(const Draw& draw, LanePowers& sums) {
    const Ints n = *reinterpret_cast<const Ints*>(draw.count.at);
    LanePowers local = sums;
    auto k = static_cast<std::int32_t>(draw.number);
    const auto most = static_cast<std::int32_t>(draw.most);
    for (std::size_t w = draw.from; w < 4 && k < most; ++w, k += 2) {
        const Ints bits = *reinterpret_cast<const Ints*>(draw.words.word[w].at);
        const Ints halves[2] = {bits & 0xFFFF, (bits >> 16) & 0xFFFF};
        for (std::int32_t half = 0; half < 2; ++half) {
            const Floats digits =
                (__builtin_convertvector(halves[half], Floats) + 0.5F) * 0x1.0p-16F;
            const Ints there = (k + half - n) >> 31; // all ones where the lane has that many
            const Ints kept = reinterpret_cast<const Ints&>(digits) & there;
            const Floats u = reinterpret_cast<const Floats&>(kept);
            const Floats u2 = u * u;
            local.of[0] += u;
            local.of[1] += u2;
            local.of[2] += u2 * u;
            local.of[3] += u2 * u2;
            local.of[4] += u2 * u2 * u;
        }
    }
    sums = local;
}
/// Sums of exp(x_m u) and exp(x_s u), as power_of_e has it.
SPIKEWELL_CLONES
void exp_of_powers(const LanePowers& sums,
                   const PhiloxWords& count,
                   const std::array<float, 2>& x,
                   const std::array<float*, 2>& out) {
    const Floats n = __builtin_convertvector(*reinterpret_cast<const Ints*>(count.at), Floats);
    for (std::size_t k = 0; k < 2; ++k) {
        const float r = x[k];
        const Floats sum =
            n + r * (sums.of[0] +
                     r * (0.5F * sums.of[1] +
                          r * (1.0F / 6.0F * sums.of[2] + r * (1.0F / 24.0F * sums.of[3] +
                                                               r * (1.0F / 120.0F * sums.of[4])))));
        for (std::size_t l = 0; l < k_lanes; ++l)
            out[k][l] = sum[l];
    }
}

using PowerSums = std::array<float*, k_poisson_powers>; // [k_lanes] of each power

/// As sum_draw, of powers of the spikes' places in the window; the power 0 is the count.
SPIKEWELL_CLONES
void sum_draw_powers(const Draw& draw, const PowerSums& sums) {
    const Ints n = *reinterpret_cast<const Ints*>(draw.count.at);
    Floats first{};
    Floats second{};
    Floats third{};
    auto k = static_cast<std::int32_t>(draw.number);
    const auto add = [&](const Ints& digits) {
        Floats u = (__builtin_convertvector(digits, Floats) + 0.5F) * 0x1.0p-16F;
        const Ints there = ((k - n) >> 31) & reinterpret_cast<const Ints&>(u);
        u = reinterpret_cast<const Floats&>(there);
        first += u;
        second += u * u;
        third += u * u * u;
        ++k;
    };
    for (std::size_t w = draw.from; w < 4; ++w) {
        const Ints bits = *reinterpret_cast<const Ints*>(draw.words.word[w].at);
        add(bits & 0xFFFF);
        add((bits >> 16) & 0xFFFF);
    }
    for (std::size_t l = 0; l < k_lanes; ++l) {
        sums[1][l] += first[l];
        sums[2][l] += second[l];
        sums[3][l] += third[l];
    }
}

/// How many thresholds each lane's number reaches; returns the most.
SPIKEWELL_CLONES
std::uint32_t count_lanes(const std::int32_t* thresholds,
                          std::size_t n,
                          const PhiloxWords& bits,
                          PhiloxWords& count) {
    const Ints word = *reinterpret_cast<const Ints*>(bits.at);
    const Ints number = (word >> 1) & 0x7FFFFFFF;
    std::int32_t greatest = 0;
    for (std::size_t l = 0; l < k_lanes; ++l)
        greatest = std::max(greatest, number[l]);
    Ints sum{};
    std::int32_t most = 0; // as many as the greatest number reaches
    for (std::size_t t = 0; t < n && thresholds[t] <= greatest; ++t, ++most)
        sum += 1 + ((number - thresholds[t]) >> 31);
    *reinterpret_cast<Ints*>(count.at) = sum;
    return static_cast<std::uint32_t>(most);
}

/// Draws the numbers of 16 neurons; `sum(draw)` takes them in.
template <class Sum>
void draw_lanes(PhiloxFunction philox,
                const PoissonPass& input,
                std::uint32_t neuron,
                PhiloxWords& count,
                const Sum& sum) {
    std::uint32_t most = 0;
    std::uint32_t first = 0; // piece
    for (std::uint32_t draw = 0; draw == 0 || first < most; ++draw) {
        PhiloxLanes x;
        for (std::size_t l = 0; l < k_lanes; ++l) {
            x.word[0].at[l] = static_cast<std::uint32_t>(input.serial);
            x.word[1].at[l] = counter_word(input, draw);
            x.word[2].at[l] = neuron + static_cast<std::uint32_t>(l);
            x.word[3].at[l] = input.stream;
        }
        philox(x, input.seed);
        if (draw == 0)
            most = count_lanes(input.thresholds.data(), input.thresholds.size(), x.word[0], count);
        if (most > first) sum(Draw{x, count, draw == 0 ? 1U : 0U, first, most});
        first += draw == 0 ? k_pieces_of_first : k_pieces;
    }
}

} // namespace

std::uint32_t poisson_stream(std::uint32_t population, std::size_t input) {
    return static_cast<std::uint32_t>(Purpose::poisson_input) << 16U | population << 4U |
           static_cast<std::uint32_t>(input);
}

double expected_spikes(const PoissonRate& rate, const Window& window) {
    if (is_steady(rate, window)) {
        for (std::size_t k = rate.times_ms.size(); k-- > 0;) {
            if (rate.times_ms[k] <= window.begin_ms)
                return rate.rates_Hz[k] * 1e-3 * (window.end_ms - window.begin_ms);
        }
        return 0.0;
    }
    return integrated_rate(rate, window.end_ms) - integrated_rate(rate, window.begin_ms);
}

bool is_steady(const PoissonRate& rate, const Window& window) {
    return std::none_of(rate.times_ms.begin(), rate.times_ms.end(), [&](double t_ms) {
        return t_ms > window.begin_ms && t_ms < window.end_ms;
    });
}

namespace {

// Of a count, beside the 2^-31 that a word tells apart.
constexpr double k_negligible = 0x1.0p-60;

/// Of a count of Poisson's law; of none exactly -expected.
double log_probability(double expected, std::uint32_t count) {
    if (count == 0) return -expected;
    return count * std::log(expected) - expected - std::lgamma(count + 1.0);
}

/// The largest below which all counts together are negligible.
std::uint32_t least_count(double expected) {
    // The tail below expected - x is at most exp(-x^2 / (2 expected)).
    const double x = std::sqrt(-2.0 * std::log(k_negligible) * expected);
    return static_cast<std::uint32_t>(std::max(0.0, std::floor(expected - x)));
}

} // namespace

void set_thresholds(PoissonPass& input) {
    input.thresholds.clear();
    // The probability of none, which the others follow from, is 0 as a number for many: then counts
    // that come less often than words can tell are passed over.
    constexpr double k_most_from_none = 700.0;
    std::uint32_t first = 0;
    if (input.expected > k_most_from_none) first = least_count(input.expected);
    input.thresholds.assign(first, 0);
    double probability = std::exp(log_probability(input.expected, first));
    double below = probability;
    for (std::uint32_t k = first + 1; below < 1.0 - 0x1.0p-32; ++k) {
        const double scaled = below * 0x1.0p31;
        if (scaled >= 0x1.0p31 - 1.0) break;
        input.thresholds.push_back(static_cast<std::int32_t>(scaled));
        probability *= input.expected / k;
        below += probability;
        if (k > input.expected && probability < k_negligible) break; // what is missing is rounding
    }
}

void append_spike_times(const PoissonPass& input,
                        const PoissonRate& rate,
                        std::uint32_t neuron,
                        std::vector<double>& times_ms) {
    const Numbers numbers(input, neuron);
    const Numbers finer(input, neuron);
    const auto word = static_cast<std::int32_t>(numbers.count_word() >> 1U);
    const auto n = static_cast<std::uint32_t>(
        std::count_if(input.thresholds.begin(), input.thresholds.end(),
                      [&](std::int32_t threshold) { return word >= threshold; }));
    const auto old = static_cast<std::ptrdiff_t>(times_ms.size());
    const bool steady = is_steady(rate, input.window);
    const double length_ms = input.window.end_ms - input.window.begin_ms;
    for (std::uint32_t k = 0; k < n; ++k) {
        // The sums of poisson_sums use the upper digits, and the middle of what they leave open.
        const double u =
            (numbers.piece(k) + static_cast<double>(finer.rest(k)) * 0x1.0p-32) * 0x1.0p-16;
        times_ms.push_back(steady ? input.window.begin_ms + u * length_ms
                                  : time_of_share(rate, input.window, u));
    }
    std::sort(times_ms.begin() + old, times_ms.end());
}

namespace {

/// `sum(lane, count)` draws and sums up 16 neurons; returns the number of spikes.
template <class Sum> std::uint64_t for_each_lanes(const DrawnLanes& lanes, const Sum& sum) {
    PhiloxWords total{}; // of a block: fewer than 2^31
    const auto leave_out = [&](const PhiloxWords& count, std::size_t begin, std::size_t end) {
        for (std::size_t l = begin; l < end; ++l)
            total.at[l] -= count.at[l];
    };
    for (std::size_t lane = 0; lane < lanes.n; lane += k_lanes) {
        PhiloxWords count{};
        sum(lane, count);
        for (std::size_t l = 0; l < k_lanes; ++l)
            total.at[l] += count.at[l];
        if (lane < lanes.from) leave_out(count, 0, std::min(lanes.from - lane, k_lanes));
        if (lane + k_lanes > lanes.to)
            leave_out(count, lanes.to > lane ? lanes.to - lane : 0, k_lanes);
    }
    std::uint64_t n_spikes = 0;
    for (const std::uint32_t of_lane : total.at)
        n_spikes += of_lane;
    return n_spikes;
}

} // namespace

std::uint64_t poisson_sums(const PoissonPass& input,
                           const DrawnLanes& lanes,
                           double tau_m_ms,
                           double tau_s_ms,
                           float* sum_m,   // NOLINT(readability-non-const-parameter): written to
                           float* sum_s) { // NOLINT(readability-non-const-parameter): likewise
    const double length_ms = input.window.end_ms - input.window.begin_ms;
    const PhiloxFunction philox = fastest_philox<k_rounds>();
    const auto x_m = static_cast<float>(length_ms / tau_m_ms);
    if (sum_s == nullptr)
        return for_each_lanes(lanes, [&](std::size_t lane, PhiloxWords& count) {
            float* const sum = sum_m + lane;
            std::fill(sum, sum + k_lanes, 0.0F);
            draw_lanes(philox, input, lanes.first + static_cast<std::uint32_t>(lane), count,
                       [&](const Draw& draw) { sum_draw(draw, x_m, sum); });
        });
    const std::array<float, 2> x = {x_m, static_cast<float>(length_ms / tau_s_ms)};
    return for_each_lanes(lanes, [&](std::size_t lane, PhiloxWords& count) {
        LanePowers powers{};
        draw_lanes(philox, input, lanes.first + static_cast<std::uint32_t>(lane), count,
                   [&](const Draw& draw) { add_powers(draw, powers); });
        exp_of_powers(powers, count, x, {sum_m + lane, sum_s + lane});
    });
}

std::uint64_t poisson_powers(const PoissonPass& input,
                             const DrawnLanes& lanes,
                             const std::array<float*, k_poisson_powers>& sums) {
    const PhiloxFunction philox = fastest_philox<k_rounds>();
    return for_each_lanes(lanes, [&](std::size_t lane, PhiloxWords& count) {
        PowerSums here = sums;
        for (float*& power : here) {
            power += lane;
            std::fill(power, power + k_lanes, 0.0F);
        }
        draw_lanes(philox, input, lanes.first + static_cast<std::uint32_t>(lane), count,
                   [&](const Draw& draw) { sum_draw_powers(draw, here); });
        for (std::size_t l = 0; l < k_lanes; ++l)
            here[0][l] = static_cast<float>(count.at[l]);
    });
}

} // namespace spikewell::detail
