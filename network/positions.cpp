#include "network/positions.hpp"

#include "core/error.hpp"
#include "core/random.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikewell {

namespace {

/// The first number of a list that lies outside.
template <class Of>
std::optional<Misfit> misfit_within(std::string_view key,
                                    const std::vector<Of>& values,
                                    const Interval& allowed) {
    const auto outside = std::find_if(values.begin(), values.end(), [&](Of value) {
        return !allowed.contains(static_cast<double>(value));
    });
    if (outside == values.end()) return std::nullopt;
    return Misfit{key, static_cast<double>(*outside),
                  fmt::format("{} .. {}", allowed.low, allowed.high)};
}

std::vector<Misfit> listed(std::initializer_list<std::optional<Misfit>> misfits) {
    std::vector<Misfit> there;
    for (const std::optional<Misfit>& misfit : misfits) {
        if (misfit) there.push_back(*misfit);
    }
    return there;
}

double n_of(const GridPositions& grid) {
    double n = 1.0;
    for (const std::size_t along : grid.shape)
        n *= static_cast<double>(along);
    return n;
}

Point point_of(const GridPositions& grid, const Placement&, std::size_t neuron) {
    Point point{};
    for (std::size_t a = grid.shape.size(); a-- > 0;) {
        const auto n = static_cast<double>(grid.shape[a]);
        const auto at = static_cast<double>(neuron % grid.shape[a]);
        point[a] = grid.extent_mm[a] * ((at + 0.5) / n - 0.5);
        neuron /= grid.shape[a];
    }
    return point;
}
Point point_of(const UniformPositions& uniform, const Placement& placement, std::size_t neuron) {
    RandomStream stream(placement.seed, Purpose::positions, static_cast<std::uint32_t>(neuron),
                        placement.population);
    Point point{};
    for (std::size_t a = 0; a < uniform.extent_mm.size(); a += 2) {
        const RandomStream::Pair u = stream.next_pair();
        point[a] = uniform.extent_mm[a] * (u.first - 0.5);
        if (a + 1 < uniform.extent_mm.size())
            point[a + 1] = uniform.extent_mm[a + 1] * (u.second - 0.5);
    }
    return point;
}
Point point_of(const ListedPositions& list, const Placement&, std::size_t neuron) {
    Point point{};
    const std::span<const double> column = list.points_mm.column(neuron);
    std::copy(column.begin(), column.end(), point.begin());
    return point;
}

} // namespace

std::vector<Misfit> Card<GridPositions>::misfits(const GridPositions& grid) {
    if (grid.extent_mm.size() != grid.shape.size())
        return {{"extent_mm", static_cast<double>(grid.extent_mm.size()),
                 fmt::format("as many as shape has, {}", grid.shape.size())}};
    return listed({misfit_within("shape", grid.shape, {1.0, k_max_neurons}),
                   misfit_within("extent_mm", grid.extent_mm, k_lengths_mm)});
}

std::vector<Misfit> Card<UniformPositions>::misfits(const UniformPositions& uniform) {
    return listed({misfit_within("extent_mm", uniform.extent_mm, k_lengths_mm)});
}

std::vector<Misfit> Card<ListedPositions>::misfits(const ListedPositions& listed_positions) {
    const std::size_t n = listed_positions.points_mm.rows;
    if (n < 1 || n > k_max_dimensions)
        return {{"points_mm", static_cast<double>(n),
                 fmt::format("of 1 .. {} dimensions", k_max_dimensions)}};
    return listed(
        {misfit_within("points_mm", listed_positions.points_mm.values, k_coordinates_mm)});
}

std::optional<Misfit> size_misfit(const Positions& positions, std::size_t size) {
    const std::string of = fmt::format("{} in all, the size of the population", size);
    if (const auto* grid = std::get_if<GridPositions>(&positions)) {
        if (n_of(*grid) != static_cast<double>(size)) return Misfit{"shape", n_of(*grid), of};
    } else if (const auto* list = std::get_if<ListedPositions>(&positions)) {
        if (list->points_mm.cols != size)
            return Misfit{"points_mm", static_cast<double>(list->points_mm.cols), of};
    }
    return std::nullopt;
}

namespace {

/// What is wrong with numbers of a list the fields' own misfits say.
struct PositionsCheck : detail::FieldCheck {
    using FieldCheck::operator();
    void operator()(const ListedPositions&, const Own<ListedPositions, Matrix>&) const {}
};

} // namespace

void validate(const Positions& positions, std::size_t size, std::string_view where) {
    const PositionsCheck check{{where, ""}};
    std::visit([&](const auto& p) { detail::check_fields(check, p); }, positions);
    if (const auto misfit = size_misfit(positions, size))
        throw ParameterError(where, misfit->key, misfit->value, misfit->allowed);
}

std::size_t dimensions_of(const Positions& positions) {
    const auto* list = std::get_if<ListedPositions>(&positions);
    return list != nullptr ? list->points_mm.rows : extent_of(positions).size();
}

std::vector<double> extent_of(const Positions& positions) {
    return std::visit(
        [](const auto& p) -> std::vector<double> {
            if constexpr (requires { p.extent_mm; })
                return p.extent_mm;
            else
                return {};
        },
        positions);
}

Point position_of(const Placement& placement, std::size_t neuron) {
    return std::visit(
        [&](const auto& p) { return point_of(p, placement, placement.first + neuron); },
        placement.positions);
}

} // namespace spikewell
