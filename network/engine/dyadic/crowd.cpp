#include "network/engine/dyadic/crowd.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

namespace {

/// How many of the m earliest flanks from a_begin and b_begin on are a's: the fewest that leave none
/// of a earlier than the last one of b.
std::size_t split(const PulseFlanks& a,
                  std::size_t a_begin,
                  const PulseFlanks& b,
                  std::size_t b_begin,
                  std::size_t m) {
    std::size_t least = m - std::min(m, b.size() - b_begin);
    std::size_t most = std::min(m, a.size() - a_begin);
    while (least < most) {
        const std::size_t middle = (least + most) / 2;
        if (a.time_ms(a_begin + middle) < b.time_ms(b_begin + m - middle - 1)) {
            least = middle + 1;
        } else {
            most = middle;
        }
    }
    return least;
}

} // namespace

void TimeGrid::index(std::span<const Bunch> bunches) {
    constexpr std::size_t k_cells_per_bunch = 8;
    const std::size_t n_cells = k_cells_per_bunch * bunches.size();
    const double length_ms = bunches.back().end_ms - bunches.front().begin_ms;
    begin_ms_ = bunches.front().begin_ms;
    cells_per_ms_ = length_ms > 0.0 ? static_cast<double>(n_cells) / length_ms : 0.0;
    before_.assign(n_cells, 0);
    std::size_t cell = 0;
    for (std::uint32_t b = 0; b < bunches.size(); ++b) {
        for (const std::size_t of_end = cell_of(bunches[b].end_ms); cell <= of_end; ++cell)
            before_[cell] = b;
    }
}

void CrowdedArrivals::resize(std::size_t n_bunches) {
    const std::size_t n_padded = n_bunches * per_bunch;
    bunches.resize(n_bunches);
    time_ms.resize(n_padded);
    offset.resize(n_padded + k_lookahead + 2);
    change.resize(n_padded);
    weight.resize(n_padded);
    through.resize(n_padded);
}

void CrowdedArrivals::take(const PulseFlanks& flanks,
                           std::size_t begin,
                           std::size_t end,
                           std::size_t s) {
    for (std::size_t k = begin; k < end; ++k, ++s) {
        const CrowdOutput& output = flanks.output(k);
        time_ms[s] = flanks.time_ms(k);
        offset[s] = output.offset;
        change[s] = static_cast<std::int16_t>(output.height * flanks.sign());
    }
}

/// Fills bunches first .. end - 1.
void CrowdedArrivals::fill_bunches(const PulseFlanks& on,
                                   const PulseFlanks& off,
                                   const Window& window,
                                   std::size_t first,
                                   std::size_t end) {
    std::size_t n_off = split(off, 0, on, 0, std::min(first * per_bunch, n));
    std::size_t n_on = std::min(first * per_bunch, n) - n_off;
    // Round-off of the window's edge may put an arrival a hair before it.
    const auto last_ms = [&] {
        double t_ms = window.begin_ms;
        if (n_off > 0) t_ms = std::max(t_ms, off.time_ms(n_off - 1));
        if (n_on > 0) t_ms = std::max(t_ms, on.time_ms(n_on - 1));
        return t_ms;
    };
    for (std::size_t b = first; b < end; ++b) {
        const std::size_t s = b * per_bunch;
        const std::size_t m = std::min(per_bunch, n - s);
        const std::size_t of_off = split(off, n_off, on, n_on, m);
        take(off, n_off, n_off + of_off, s);
        take(on, n_on, n_on + (m - of_off), s + of_off);
        bunches[b].begin_ms = last_ms();
        n_off += of_off;
        n_on += m - of_off;
        bunches[b].end_ms = m == per_bunch ? last_ms() : window.end_ms;
    }
}

void CrowdedArrivals::prepare(const PulseFlanks& on,
                              const PulseFlanks& off,
                              std::size_t n_per_bunch,
                              const Window& window,
                              const Scale& scale,
                              const ForEach& for_each) {
    constexpr std::size_t k_bunches_per_slice = 64; // fewer are not worth another thread's while
    n = on.size() + off.size();
    per_bunch = n_per_bunch;
    quantum = std::ldexp(1.0F, -scale.log2_quanta);
    resize(n / per_bunch + 1);
    std::fill(time_ms.begin() + static_cast<std::ptrdiff_t>(n), time_ms.end(), window.end_ms);
    std::fill(offset.begin() + static_cast<std::ptrdiff_t>(n), offset.end(), 0);
    std::fill(change.begin() + static_cast<std::ptrdiff_t>(n), change.end(), std::int16_t{0});
    const std::size_t n_slices = (bunches.size() + k_bunches_per_slice - 1) / k_bunches_per_slice;
    std::vector<float> errors(n_slices);
    for_each(n_slices, [&](std::size_t slice) {
        const std::size_t first = slice * k_bunches_per_slice;
        const std::size_t end = std::min(first + k_bunches_per_slice, bunches.size());
        fill_bunches(on, off, window, first, end);
        const std::size_t s = first * per_bunch;
        errors[slice] = weigh_arrivals(
            {time_ms.data() + s, change.data() + s, through.data() + s, weight.data() + s},
            per_bunch, {quantum, scale.tau_m_ms}, bunches.data() + first, end - first);
    });
    weight_error = 0.0F;
    for (const float error : errors)
        weight_error += error;
    slack = 0.0F;
    for (const Bunch& bunch : bunches)
        slack = std::max(slack, bunch.slack);
    grid_.index(bunches);
}

void Crowd::prepare_direct(std::size_t width) {
    const std::size_t n_padded = arrivals.bunches.size() * arrivals.per_bunch;
    direct_at.resize(n_padded + k_direct_lookahead);
    direct_dx.resize(n_padded);
    direct_lever.resize(n_padded);
    for (std::size_t s = 0; s < n_padded; ++s) {
        const double left_ms =
            arrivals.bunches[s / arrivals.per_bunch].end_ms - arrivals.time_ms[s];
        direct_at[s] = static_cast<std::uint32_t>(arrivals.column(s) * width);
        direct_dx[s] = arrivals.dx(s);
        direct_lever[s] = arrivals.dx(s) * static_cast<float>(left_ms);
    }
}

void CrowdLanes::resize(std::size_t n_lanes) {
    drive.resize(n_lanes);
    for (auto* lanes : {&potential, &rest, &quantum, &margin})
        lanes->resize(n_lanes);
}

} // namespace spikewell::detail
