#include "network/engine/detail/poisson_input.hpp"

#include "core/random.hpp"
#include "network/engine/detail/clones.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace spikewell::detail {

namespace {

constexpr std::size_t k_lanes = 16;
constexpr int k_rounds = 10;
constexpr std::uint32_t k_finer = 1U << 15U; // draw from which the lower digits of times come

struct Lanes {
    std::uint32_t at[k_lanes];
};

/// Philox 4x32-10 as in Random123, on 16 counters at once.
struct PhiloxLanes {
    Lanes word[4];
};

[[gnu::always_inline]] inline void philox_round(PhiloxLanes& x,
                                                std::uint32_t key0,
                                                std::uint32_t key1) {
    for (std::size_t l = 0; l < k_lanes; ++l) {
        const std::uint64_t a = std::uint64_t{0xD2511F53U} * x.word[0].at[l];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * x.word[2].at[l];
        const std::uint32_t x1 = x.word[1].at[l];
        const std::uint32_t x3 = x.word[3].at[l];
        x.word[0].at[l] = static_cast<std::uint32_t>(b >> 32U) ^ x1 ^ key0;
        x.word[1].at[l] = static_cast<std::uint32_t>(b);
        x.word[2].at[l] = static_cast<std::uint32_t>(a >> 32U) ^ x3 ^ key1;
        x.word[3].at[l] = static_cast<std::uint32_t>(a);
    }
}

[[gnu::always_inline]] inline void philox(PhiloxLanes& x, std::uint64_t seed) {
    auto key0 = static_cast<std::uint32_t>(seed);
    auto key1 = static_cast<std::uint32_t>(seed >> 32U);
    for (int round = 0; round < k_rounds; ++round) {
        philox_round(x, key0, key1);
        key0 += 0x9E3779B9U;
        key1 += 0xBB67AE85U;
    }
}

[[nodiscard]] std::uint32_t counter_word(const PoissonWindow& input, std::uint32_t draw) {
    return draw << 16U | static_cast<std::uint32_t>(input.serial >> 32U);
}

/// A neuron's 32-bit numbers, in order: the first decides the count, the others the times.
class Numbers {
  public:
    Numbers(const PoissonWindow& input, std::uint32_t neuron, std::uint32_t first_draw)
        : input_(input), neuron_(neuron), first_draw_(first_draw) {}
    std::uint32_t next() {
        if (used_ % 4 == 0) {
            const philox4x32_ctr_t counter{{static_cast<std::uint32_t>(input_.serial),
                                            counter_word(input_, first_draw_ + used_ / 4), neuron_,
                                            input_.stream}};
            const philox4x32_key_t key{{static_cast<std::uint32_t>(input_.seed),
                                        static_cast<std::uint32_t>(input_.seed >> 32U)}};
            bits_ = philox4x32(counter, key);
        }
        return bits_[used_++ % 4];
    }

  private:
    const PoissonWindow& input_;
    std::uint32_t neuron_;
    std::uint32_t first_draw_;
    std::uint32_t used_ = 0;
    philox4x32_ctr_t bits_{};
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

[[gnu::always_inline]] inline float power_of_e(float x) {
    return 1.0F +
           x * (1.0F + x * (0.5F + x * (1.0F / 6.0F + x * (1.0F / 24.0F + x * (1.0F / 120.0F)))));
}

SPIKEWELL_CLONES
void sum_lanes(const PoissonWindow& input,
               std::uint32_t neuron,
               float x_m,
               float x_s,
               float* sum_m,
               float* sum_s) {
    const auto low = static_cast<std::uint32_t>(input.serial);
    Lanes count{};
    Lanes most{};
    float m[k_lanes] = {};
    float s[k_lanes] = {};
    std::uint32_t n_most = 0;
    std::uint32_t at = 0; // of a lane's numbers
    for (std::uint32_t draw = 0; draw == 0 || at <= n_most; ++draw) {
        PhiloxLanes x;
        for (std::size_t l = 0; l < k_lanes; ++l) {
            x.word[0].at[l] = low;
            x.word[1].at[l] = counter_word(input, draw);
            x.word[2].at[l] = neuron + static_cast<std::uint32_t>(l);
            x.word[3].at[l] = input.stream;
        }
        philox(x, input.seed);
        for (std::size_t w = 0; w < 4; ++w, ++at) {
            const Lanes& bits = x.word[w];
            if (at == 0) {
                for (const std::uint32_t threshold : input.thresholds) {
                    for (std::size_t l = 0; l < k_lanes; ++l)
                        count.at[l] += bits.at[l] >= threshold ? 1U : 0U;
                }
                most = count;
                for (std::size_t l = 0; l < k_lanes; ++l)
                    n_most = std::max(n_most, most.at[l]);
                continue;
            }
            for (std::size_t l = 0; l < k_lanes; ++l) {
                const float u =
                    static_cast<float>(static_cast<std::int32_t>(bits.at[l] >> 1U)) * 0x1.0p-31F;
                const float on = count.at[l] >= at ? 1.0F : 0.0F;
                m[l] += on * power_of_e(u * x_m);
                s[l] += on * power_of_e(u * x_s);
            }
        }
    }
    for (std::size_t l = 0; l < k_lanes; ++l)
        sum_m[l] = m[l];
    if (sum_s == nullptr) return;
    for (std::size_t l = 0; l < k_lanes; ++l)
        sum_s[l] = s[l];
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

void set_thresholds(PoissonWindow& input) {
    input.thresholds.clear();
    double probability = std::exp(-input.expected);
    double below = probability;
    for (std::uint32_t k = 1; below < 1.0 - 0x1.0p-33; ++k) {
        const double scaled = below * 0x1.0p32;
        if (scaled >= 0x1.0p32 - 1.0) break;
        input.thresholds.push_back(static_cast<std::uint32_t>(scaled));
        probability *= input.expected / k;
        below += probability;
    }
}

void append_spike_times(const PoissonWindow& input,
                        const PoissonRate& rate,
                        std::uint32_t neuron,
                        std::vector<double>& times_ms) {
    Numbers numbers(input, neuron, 0);
    Numbers finer(input, neuron, k_finer);
    const std::uint32_t first = numbers.next();
    const auto n = std::count_if(input.thresholds.begin(), input.thresholds.end(),
                                 [&](std::uint32_t threshold) { return first >= threshold; });
    const auto old = static_cast<std::ptrdiff_t>(times_ms.size());
    const bool steady = is_steady(rate, input.window);
    const double length_ms = input.window.end_ms - input.window.begin_ms;
    for (std::ptrdiff_t k = 0; k < n; ++k) {
        // The sums of poisson_sums use the upper half of a time's digits.
        const double u = (static_cast<double>(numbers.next() >> 1U) +
                          static_cast<double>(finer.next()) * 0x1.0p-32) *
                         0x1.0p-31;
        times_ms.push_back(steady ? input.window.begin_ms + u * length_ms
                                  : time_of_share(rate, input.window, u));
    }
    std::sort(times_ms.begin() + old, times_ms.end());
}

void poisson_sums(const PoissonWindow& input,
                  std::uint32_t first,
                  std::size_t n,
                  double tau_m_ms,
                  double tau_s_ms,
                  float* sum_m,
                  float* sum_s) {
    const double length_ms = input.window.end_ms - input.window.begin_ms;
    for (std::size_t lane = 0; lane < n; lane += k_lanes) {
        sum_lanes(input, first + static_cast<std::uint32_t>(lane),
                  static_cast<float>(length_ms / tau_m_ms),
                  static_cast<float>(length_ms / tau_s_ms), sum_m + lane,
                  sum_s == nullptr ? nullptr : sum_s + lane);
    }
}

} // namespace spikewell::detail
