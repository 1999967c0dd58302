#include "network/spatial.hpp"

#include "network/draws.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <tuple>
#include <utility>

namespace spikewell {

namespace {

constexpr std::size_t k_sources_per_cell = 4;
/// Of a cell: candidates are kept with at least this probability.
constexpr double k_least_kept = 0.5;
/// Where the sum over a cell is as good as its number times the mean of the extremes.
constexpr double k_nearly_uniform = 0.9;
/// Of p_max: where a sum needs no care, 5 sigma or 14 lambda away.
constexpr double k_next_to_nothing = 1e-6;
// Of many neurons, those that stand for all where synapses are estimated.
constexpr std::size_t k_most_sources = std::size_t{1} << 17U;
constexpr std::size_t k_most_targets = 128;

/// Low end and width of where neurons may be.
std::pair<Point, Point> bounds_of(const Positions& positions) {
    Point low{};
    Point width{1.0, 1.0, 1.0};
    const std::vector<double> extent = extent_of(positions);
    for (std::size_t a = 0; a < extent.size(); ++a) {
        low[a] = -0.5 * extent[a];
        width[a] = extent[a];
    }
    const auto* list = std::get_if<ListedPositions>(&positions);
    for (std::size_t a = 0; list != nullptr && a < list->points_mm.rows; ++a) {
        low[a] = std::numeric_limits<double>::infinity();
        double high = -low[a];
        for (std::size_t i = 0; i < list->points_mm.cols; ++i) {
            low[a] = std::min(low[a], list->points_mm(a, i));
            high = std::max(high, list->points_mm(a, i));
        }
        if (high > low[a]) width[a] = high - low[a];
    }
    return {low, width};
}

/// Halvings along each dimension until a smallest cell has some sources.
int levels_of(std::size_t n_sources, std::size_t n_dimensions) {
    const std::size_t n_cells = std::max<std::size_t>(n_sources / k_sources_per_cell, 1);
    return static_cast<int>((std::bit_width(n_cells) - 1U) / n_dimensions);
}

/// Up to so many of 0 .. n - 1: all, or some spread evenly whatever the order is (Weyl's sequence).
std::vector<std::uint32_t> some_of(std::size_t n, std::size_t most) {
    std::vector<std::uint32_t> some(std::min(n, most));
    std::iota(some.begin(), some.end(), 0U);
    if (n <= most) return some;
    for (std::uint32_t& neuron : some) {
        const double at = (static_cast<double>(neuron) + 0.5) / std::numbers::phi;
        neuron = static_cast<std::uint32_t>((at - std::floor(at)) * static_cast<double>(n));
    }
    return some;
}

/// From x to the nearest point of low .. high, the shorter way round a circle of this period (0: none).
double gap_mm(double x, double low, double high, double period) {
    if (x >= low && x <= high) return 0.0;
    const double direct = x < low ? low - x : x - high;
    if (period == 0.0) return direct;
    const double around = x < low ? x + period - high : low + period - x;
    return std::max(0.0, std::min(direct, around));
}

} // namespace

double DistanceLaw::at(double distance_mm) const {
    const double d = distance_mm / length_mm;
    switch (shape) {
    case Shape::gaussian:
        return p_max * std::exp(-0.5 * d * d);
    case Shape::exponential:
        return p_max * std::exp(-d);
    case Shape::disc:
        break;
    }
    return distance_mm <= length_mm ? p_max : 0.0;
}

SourceCells::SourceCells(const Placement& placement,
                         const std::vector<std::uint32_t>& neurons,
                         bool periodic)
    : placement_(placement), n_dimensions_(dimensions_of(placement.positions)),
      n_levels_(levels_of(neurons.size(), n_dimensions_)), sources_(neurons.size()) {
    std::tie(low_mm_, width_mm_) = bounds_of(placement.positions);
    for (std::size_t a = 0; periodic && a < n_dimensions_; ++a)
        period_mm_[a] = width_mm_[a];
    begin_.assign((std::size_t{1} << (static_cast<std::size_t>(n_levels_) * n_dimensions_)) + 1, 0);
    for (const std::uint32_t neuron : neurons)
        ++begin_[code_of(position_of(placement_, neuron)) + 1];
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    for (const std::uint32_t neuron : neurons)
        sources_[begin_[code_of(position_of(placement_, neuron))]++] = neuron;
    // Each begin has gone on to its end, which is the next one's begin.
    std::rotate(begin_.begin(), begin_.end() - 1, begin_.end());
    begin_.front() = 0;
}

std::uint64_t SourceCells::code_of(const Point& point) const {
    std::array<std::uint32_t, k_max_dimensions> place{};
    const auto n = static_cast<double>(std::uint64_t{1} << static_cast<unsigned>(n_levels_));
    for (std::size_t a = 0; a < n_dimensions_; ++a) {
        const double at = std::floor((point[a] - low_mm_[a]) / width_mm_[a] * n);
        place[a] = static_cast<std::uint32_t>(std::clamp(at, 0.0, n - 1.0));
    }
    std::uint64_t code = 0;
    for (int bit = n_levels_ - 1; bit >= 0; --bit) {
        for (std::size_t a = 0; a < n_dimensions_; ++a)
            code = code << 1U | (place[a] >> static_cast<unsigned>(bit) & 1U);
    }
    return code;
}

SourceCells::Reach SourceCells::reach_of(const Cell& cell,
                                         const DistanceLaw& law,
                                         const Point& target) const {
    double near2 = 0.0;
    double far2 = 0.0;
    for (std::size_t a = 0; a < n_dimensions_; ++a) {
        // Wider than it is by more than places are rounded.
        const double slack = 1e-12 * (width_mm_[a] + std::abs(low_mm_[a]));
        const double width = std::ldexp(width_mm_[a], -cell.level) + 2.0 * slack;
        const double low =
            low_mm_[a] +
            std::ldexp(width_mm_[a] * static_cast<double>(cell.place[a]), -cell.level) - slack;
        const double gap = gap_mm(target[a], low, low + width, period_mm_[a]);
        double far = gap + width;
        if (period_mm_[a] > 0.0) far = std::min(far, 0.5 * period_mm_[a]);
        near2 += gap * gap;
        far2 += far * far;
    }
    const auto below = static_cast<unsigned>(n_levels_ - cell.level) * n_dimensions_;
    return {begin_[cell.code << below], begin_[(cell.code + 1) << below], law.at(std::sqrt(near2)),
            law.at(std::sqrt(far2))};
}

double SourceCells::distance_mm(const Point& a, const Point& b) const {
    double square = 0.0;
    for (std::size_t k = 0; k < n_dimensions_; ++k) {
        double along = std::abs(a[k] - b[k]);
        if (period_mm_[k] > 0.0) along = std::min(along, period_mm_[k] - along);
        square += along * along;
    }
    return std::sqrt(square);
}

double SourceCells::p_of(const DistanceLaw& law, std::uint32_t source, const Point& target) const {
    return law.at(distance_mm(position_of(placement_, source), target));
}

template <class IsUniform, class Visit>
void SourceCells::visit_cells(const Cell& cell,
                              const DistanceLaw& law,
                              const Point& target,
                              const IsUniform& is_uniform,
                              const Visit& visit) const {
    const Reach reach = reach_of(cell, law, target);
    if (reach.first == reach.end || reach.p_most == 0.0) return;
    if (cell.level == n_levels_ || is_uniform(reach)) {
        visit(reach, cell.level == n_levels_);
        return;
    }
    for (std::uint32_t part = 0; part < 1U << n_dimensions_; ++part) {
        Cell half{cell.level + 1, cell.code << n_dimensions_ | part, {}};
        for (std::size_t a = 0; a < n_dimensions_; ++a)
            half.place[a] = cell.place[a] << 1U | (part >> (n_dimensions_ - 1 - a) & 1U);
        visit_cells(half, law, target, is_uniform, visit);
    }
}

void SourceCells::draw(const DistanceLaw& law,
                       const Point& target,
                       RandomStream& stream,
                       std::vector<std::uint32_t>& drawn) const {
    const auto is_uniform = [](const Reach& reach) {
        return reach.p_least >= k_least_kept * reach.p_most ||
               reach.p_most * static_cast<double>(reach.end - reach.first) <= 1.0;
    };
    visit_cells({}, law, target, is_uniform, [&](const Reach& reach, bool /*smallest*/) {
        const double log_not = std::log1p(-reach.p_most); // -inf for 1: nothing is skipped
        for (std::uint32_t i = reach.first; i < reach.end; ++i) {
            const RandomStream::Pair u = stream.next_pair();
            const double skipped = detail::passed_over(u.first, log_not);
            if (!(skipped < static_cast<double>(reach.end - i))) return;
            i += static_cast<std::uint32_t>(skipped);
            if (u.second * reach.p_most < p_of(law, sources_[i], target))
                drawn.push_back(sources_[i]);
        }
    });
}

double SourceCells::expected(const DistanceLaw& law, const Point& target) const {
    double sum = 0.0;
    const auto is_uniform = [&](const Reach& reach) {
        return reach.p_least >= k_nearly_uniform * reach.p_most ||
               reach.p_most <= k_next_to_nothing * law.p_max;
    };
    visit_cells({}, law, target, is_uniform, [&](const Reach& reach, bool smallest) {
        if (!smallest) {
            sum +=
                0.5 * (reach.p_least + reach.p_most) * static_cast<double>(reach.end - reach.first);
            return;
        }
        for (std::uint32_t i = reach.first; i < reach.end; ++i)
            sum += p_of(law, sources_[i], target);
    });
    return sum;
}

double expected_pairs(const DistanceLaw& law,
                      const Placement& sources,
                      std::size_t n_sources,
                      const Placement& targets,
                      std::size_t n_targets) {
    if (n_sources == 0 || n_targets == 0) return 0.0;
    const std::vector<std::uint32_t> pres = some_of(n_sources, k_most_sources);
    const std::vector<std::uint32_t> posts = some_of(n_targets, k_most_targets);
    const SourceCells cells(sources, pres, law.periodic);
    double sum = 0.0;
    for (const std::uint32_t post : posts)
        sum += cells.expected(law, position_of(targets, post));
    return sum * static_cast<double>(n_sources) / static_cast<double>(pres.size()) *
           static_cast<double>(n_targets) / static_cast<double>(posts.size());
}

} // namespace spikewell
