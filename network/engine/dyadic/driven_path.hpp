#pragma once

#include "network/engine/dyadic/field_input.hpp"
#include "neuron_models/membrane_path.hpp"

namespace spikewell::detail {

/// The path of a node whose field has pulses beside its evidence: `Path` is the same without them. With the
/// members that `advance` asks of a path; segments are those of Path.
template <class Path> class DrivenPath {
  public:
    DrivenPath(const Path& path, const LaneField& field) : path_(path), field_(field) {}

    [[nodiscard]] double end_ms() const { return path_.end_ms(); }
    [[nodiscard]] std::size_t segment_at(double t_ms, std::size_t from) const {
        return path_.segment_at(t_ms, from);
    }
    [[nodiscard]] bool exceeds(std::size_t s, double t_ms, double potential) const {
        return path_.exceeds(s, t_ms, potential - field_.at(t_ms));
    }
    /// Bounds over all that the field comes to in the window, where they fit; else up to its next change.
    template <class Fits>
    [[nodiscard]] PathRange range_from(double t_ms, std::size_t s, Fits&& fits) const {
        const auto over_window = [&](const PathRange& range) {
            return PathRange{range.low + field_.low, range.high + field_.high, range.until_ms};
        };
        const std::size_t step = field_.passed(t_ms);
        const double field = field_.after(step);
        const double until_ms = field_.changes_ms(step);
        const auto over_step = [&](const PathRange& range) {
            return PathRange{range.low + field, range.high + field,
                             std::min(range.until_ms, until_ms)};
        };
        const PathRange range = path_.range_from(t_ms, s, [&](const PathRange& r) {
            return fits(over_window(r)) || fits(over_step(r));
        });
        const PathRange wide = over_window(range);
        return fits(wide) ? wide : over_step(range);
    }

  private:
    const Path& path_;
    const LaneField& field_;
};

} // namespace spikewell::detail
