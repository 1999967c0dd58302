#pragma once

#include "core/random.hpp"
#include "network/positions.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spikewell {

/// The probability that two neurons are connected, of their distance d in mm:
///
///     gaussian      p_max exp(-d^2 / (2 length^2))
///     exponential   p_max exp(-d / length)
///     disc          p_max up to length, else 0
struct DistanceLaw {
    enum class Shape : std::uint8_t { gaussian, exponential, disc };
    Shape shape = Shape::gaussian;
    double p_max = 1.0;     ///< 0 .. 1
    double length_mm = 1.0; ///< > 0
    bool periodic = false;  ///< distances on the torus of the positions' extent

    [[nodiscard]] double at(double distance_mm) const;
};

/// Sources in cells of space, to be drawn by their distance.
///
/// The cells halve the sources' extent in each dimension, and again, down to about four sources; the
/// sources of a cell of any size lie side by side. For a target cells are cut only as far as p varies by more
/// than a factor of 2 in them and more than one source is to be expected; within one, sources skipped
/// are geometric at the greatest p of the cell, and a candidate is kept with its own p over that. So a
/// target takes in the mean about twice as many draws as it gets sources, and some for each halving.
/// Memory: 9 bytes a source.
class SourceCells {
  public:
    /// Of the neurons listed, counted within the placement's range; below 4e9 of them.
    SourceCells(const Placement& placement,
                const std::vector<std::uint32_t>& neurons,
                bool periodic);

    /// Appends the sources of a target at a point, each with its p(d) independently, in an order that follows
    /// from the positions. Draws one pair a candidate and one a cell.
    void draw(const DistanceLaw& law,
              const Point& target,
              RandomStream& stream,
              std::vector<std::uint32_t>& drawn) const;
    /// The sum of p(d) over all sources: of those in small cells exactly, in others within 5 %.
    [[nodiscard]] double expected(const DistanceLaw& law, const Point& target) const;

  private:
    /// A cell of some level: 2^(level * dimensions) of them make up the extent.
    struct Cell {
        int level = 0;
        std::uint64_t code = 0; ///< bits of its place along each dimension, the highest first
        std::array<std::uint32_t, k_max_dimensions> place{};
    };
    /// What is known of all sources of a cell.
    struct Reach {
        std::uint32_t first;
        std::uint32_t end;
        double p_most;
        double p_least;
    };

    [[nodiscard]] std::uint64_t code_of(const Point& point) const;
    [[nodiscard]] Reach reach_of(const Cell& cell,
                                 const DistanceLaw& law,
                                 const Point& target) const;
    [[nodiscard]] double distance_mm(const Point& a, const Point& b) const;
    [[nodiscard]] double p_of(const DistanceLaw& law,
                              std::uint32_t source,
                              const Point& target) const;
    /// Calls visit(reach) for cells that are not cut: where is_uniform(reach), or that are the smallest.
    template <class IsUniform, class Visit>
    void visit_cells(const Cell& cell,
                     const DistanceLaw& law,
                     const Point& target,
                     const IsUniform& is_uniform,
                     const Visit& visit) const;

    Placement placement_;
    std::size_t n_dimensions_;
    int n_levels_ = 0;                   ///< halvings of the smallest cells
    Point low_mm_{};                     ///< of the extent
    Point width_mm_{};                   ///< of the extent; > 0
    Point period_mm_{};                  ///< of the torus; 0: none
    std::vector<std::uint32_t> sources_; ///< cell by cell
    std::vector<std::uint32_t> begin_;   ///< [smallest cells + 1] of each in `sources_`
};

/// The sum of p(d) over all pairs, pairs of the same neuron included: to some per cent, of 131072 sources
/// and 128 targets where there are more.
[[nodiscard]] double expected_pairs(const DistanceLaw& law,
                                    const Placement& sources,
                                    std::size_t n_sources,
                                    const Placement& targets,
                                    std::size_t n_targets);

} // namespace spikewell
