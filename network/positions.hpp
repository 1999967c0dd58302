#pragma once

#include "core/ids.hpp"
#include "core/matrix.hpp"
#include "neuron_models/fields.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

/// Where a population's neurons are, in 1 to 3 dimensions.
namespace spikewell {

inline constexpr std::size_t k_max_dimensions = 3;
/// Of extents and of what connectors call far.
inline constexpr Interval k_lengths_mm{1e-6, 1e6};
inline constexpr Interval k_coordinates_mm{-1e6, 1e6};

/// A point; coordinates beyond its dimensions are 0.
using Point = std::array<double, k_max_dimensions>;

/// The middles of the cells into which a grid cuts an extent about 0. Neurons are numbered row by row: the
/// last dimension's coordinate grows fastest.
struct GridPositions {
    std::vector<std::size_t> shape; ///< neurons along each dimension; their product is the size
    std::vector<double> extent_mm;  ///< as many as `shape` has
    bool operator==(const GridPositions&) const = default;
};
/// Drawn from the network's seed, uniformly in an extent about 0.
struct UniformPositions {
    std::vector<double> extent_mm; ///< of each dimension
    bool operator==(const UniformPositions&) const = default;
};
/// Each neuron's own.
struct ListedPositions {
    Matrix points_mm; // [dimensions x neurons], -1e6 .. 1e6
    bool operator==(const ListedPositions&) const = default;
};

using Positions = std::variant<GridPositions, UniformPositions, ListedPositions>;

/// The field of an extent.
template <class M>
inline constexpr Own<M, std::vector<double>> k_extent_field{
    "extent_mm", &M::extent_mm, Interval{1.0, static_cast<double>(k_max_dimensions)},
    "a list",    "required",    "size of each dimension, 1e-6 .. 1e6; 0 is in the middle"};

template <> struct Card<GridPositions> {
    using M = GridPositions;
    static constexpr std::string_view key = "grid";
    static constexpr std::string_view name = "positions on a grid";
    static constexpr auto fields =
        std::tuple{Own<M, std::vector<std::size_t>>{
                       "shape", &M::shape, Interval{1.0, static_cast<double>(k_max_dimensions)},
                       "a list", "required", "neurons along each dimension"},
                   k_extent_field<M>};
    static std::vector<Misfit> misfits(const M& grid);
};
template <> struct Card<UniformPositions> {
    using M = UniformPositions;
    static constexpr std::string_view key = "uniform";
    static constexpr std::string_view name = "positions drawn uniformly";
    static constexpr auto fields = std::tuple{k_extent_field<M>};
    static std::vector<Misfit> misfits(const M& uniform);
};
template <> struct Card<ListedPositions> {
    using M = ListedPositions;
    static constexpr std::string_view key = "points";
    static constexpr std::string_view name = "positions one by one";
    static constexpr auto fields = std::tuple{Own<M, Matrix>{
        "points_mm", &M::points_mm, std::nullopt, "a list of [x], [x, y] or [x, y, z]", "required",
        "of each neuron, -1e6 .. 1e6"}};
    static std::vector<Misfit> misfits(const M& listed);
};

/// The field of a population's positions.
template <class M>
inline constexpr Own<M, std::optional<Positions>> k_positions_field{
    "positions", &M::positions, std::nullopt,
    "an object", "none",        "of neurons, for connectors by distance"};

/// What a network's size says against positions of a population of so many neurons.
[[nodiscard]] std::optional<Misfit> size_misfit(const Positions& positions, std::size_t size);

/// Throws ParameterError naming `where` for positions that are not of `size` neurons, or out of range.
void validate(const Positions& positions, std::size_t size, std::string_view where);

/// 1 .. 3.
[[nodiscard]] std::size_t dimensions_of(const Positions& positions);
/// The extent, mm, about 0, of each dimension; of a list, which has none, nothing.
[[nodiscard]] std::vector<double> extent_of(const Positions& positions);

/// Neurons of a range of a population, in space.
struct Placement {
    Positions positions;
    std::uint64_t seed = 1;       ///< the network's
    std::uint16_t population = 0; ///< its index in the network
    std::uint32_t first = 0;      ///< first neuron of the range
};
/// Of a neuron of the range, counted from 0 within it: a pure function, whoever asks.
[[nodiscard]] Point position_of(const Placement& placement, std::size_t neuron);

} // namespace spikewell
