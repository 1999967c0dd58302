#include "network/engine/dyadic/crowded_path.hpp"

namespace spikewell::detail {

namespace {

/// Sum of row[j * stride] states[j].
double row_product(const float* row, std::size_t stride, const float* states, std::size_t n) {
    constexpr std::size_t k_terms = 4;
    double sum[k_terms] = {};
    std::size_t j = 0;
    for (; j + k_terms <= n; j += k_terms) {
        for (std::size_t k = 0; k < k_terms; ++k)
            sum[k] +=
                static_cast<double>(row[(j + k) * stride]) * static_cast<double>(states[j + k]);
    }
    for (; j < n; ++j)
        sum[0] += static_cast<double>(row[j * stride]) * static_cast<double>(states[j]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

} // namespace

bool CrowdedPath::exceeds(std::size_t b, double t_ms, double potential) const {
    const double reach = around(b);
    const double near =
        at(b) +
        relaxed_by(crowd_.arrivals.bunches[b], t_ms, population_.tau_m_ms) * (at(b + 1) - at(b)) +
        bias_;
    if (near - reach > potential) return true;
    if (near + reach <= potential) return false;
    return exceeds_exactly(b, t_ms, potential);
}

bool CrowdedPath::exceeds_exactly(std::size_t b, double t_ms, double potential) const {
    const auto margin = static_cast<double>(part_.crowd.margin[lane_]);
    const double near = quantised_potential(b, t_ms);
    if (near - margin > potential) return true;
    if (near + margin <= potential) return false;
    return exact_potential(b, t_ms) > potential;
}

double CrowdedPath::quantised_potential(std::size_t b, double t_ms) const {
    const CrowdedArrivals& arrivals = crowd_.arrivals;
    const std::int16_t* const columns =
        crowd_.couplings->strip(part_.index, lane_ / k_strip_width) +
        slot_of(lane_ % k_strip_width);
    const std::size_t first = b * arrivals.per_bunch;
    const std::size_t last = std::min(first + arrivals.per_bunch, arrivals.n);
    // The traced end has all arrivals of the bunch in it. They are taken out, and those before t_ms
    // put in.
    double all = 0.0;
    double before = 0.0;
    for (std::size_t s = first; s < last; ++s) {
        const auto q = static_cast<double>(columns[arrivals.offset[s]]);
        all += q * static_cast<double>(arrivals.weight[s]);
        if (arrivals.time_ms[s] < t_ms) before += q * through(s, t_ms);
    }
    const auto scale = static_cast<double>(crowd_.couplings->scale(part_.index)[lane_]);
    all *= static_cast<double>(arrivals.bunches[b].unit);
    return at(b) +
           relaxed_by(crowd_.arrivals.bunches[b], t_ms, population_.tau_m_ms) *
               (at(b + 1) - at(b) - scale * all) +
           scale * before + bias_;
}

/// sigma(t - d) of each column through the membrane, at t_ms in bunch b, into `states`. Meanwhile
/// asks for a row's couplings, which lie far apart.
void CrowdedPath::filter_states(std::size_t b, double t_ms, const float* row) const {
    const CrowdedArrivals& arrivals = crowd_.arrivals;
    const double tau_ms = population_.tau_m_ms;
    std::vector<float>& states = scratch_.states;
    states.resize(crowd_.delayed.size());
    const auto left = static_cast<float>(std::exp((arrivals.begin_ms() - t_ms) / tau_ms));
    for (std::size_t j = 0; j < states.size(); ++j)
        states[j] = crowd_.delayed[j] + (crowd_.filtered[j] - crowd_.delayed[j]) * left;
    for (std::size_t earlier = 0; earlier < b; ++earlier) {
        const auto since =
            static_cast<float>(std::exp((arrivals.bunches[earlier].end_ms - t_ms) / tau_ms));
        const std::size_t first = earlier * arrivals.per_bunch;
        for (std::size_t s = first; s < first + arrivals.per_bunch; ++s) {
            const float dx = arrivals.dx(s);
            states[arrivals.column(s)] += dx - (dx - arrivals.through[s]) * since;
            __builtin_prefetch(row + s * part_.width, 0, 2);
        }
    }
    const std::size_t first = b * arrivals.per_bunch;
    const std::size_t last = std::min(first + arrivals.per_bunch, arrivals.n);
    for (std::size_t s = first; s < last; ++s) {
        if (arrivals.time_ms[s] < t_ms)
            states[arrivals.column(s)] += static_cast<float>(through(s, t_ms));
    }
}

double CrowdedPath::exact_potential(std::size_t b, double t_ms) const {
    const auto row_of = [&](std::uint32_t p) {
        return engine_.projections[p].coupling.of_part(part_.index) + lane_;
    };
    filter_states(b, t_ms, row_of(population_.incoming.front()));
    const double since_ms = t_ms - crowd_.arrivals.begin_ms();
    double v =
        static_cast<double>(part_.crowd.rest[lane_]) * std::exp(-since_ms / population_.tau_m_ms);
    for (const std::uint32_t p : population_.incoming) {
        v += row_product(row_of(p), part_.width, scratch_.states.data() + crowd_.first_column[p],
                         engine_.projections[p].coupling.n_pre());
    }
    return v + bias_;
}

} // namespace spikewell::detail
