#pragma once

#include "core/ids.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace spikewell::detail {

/// The spikes of a population that some reader still needs, in (time, source) order; indices count
/// from the first spike ever.
class SpikeHistory {
  public:
    /// `spikes` sorted, none before the last one held.
    void append(std::span<const Spike> spikes) {
        spikes_.insert(spikes_.end(), spikes.begin(), spikes.end());
    }
    /// Index of the first spike held.
    [[nodiscard]] std::size_t begin() const { return dropped_; }
    [[nodiscard]] std::size_t end() const { return dropped_ + spikes_.size(); }
    [[nodiscard]] std::span<const Spike> all() const { return spikes_; }
    [[nodiscard]] const Spike& operator[](std::size_t index) const {
        return spikes_[index - dropped_];
    }
    [[nodiscard]] std::span<const Spike> spikes(std::size_t begin, std::size_t end) const {
        return std::span(spikes_).subspan(begin - dropped_, end - begin);
    }
    /// The first index from `begin` on whose spike has a property that all later ones have too;
    /// `end` when none has.
    template <class Property>
    [[nodiscard]] std::size_t first_that(std::size_t begin,
                                         std::size_t end,
                                         Property&& property) const {
        const auto at = [&](std::size_t index) {
            return spikes_.begin() + static_cast<std::ptrdiff_t>(index - dropped_);
        };
        const auto found =
            std::partition_point(at(begin), at(end), [&](const Spike& s) { return !property(s); });
        return dropped_ + static_cast<std::size_t>(found - spikes_.begin());
    }
    /// Forgets spikes before `index`, now and then, so that the cost per spike is constant.
    void drop_before(std::size_t index) {
        if (index - dropped_ < 4096 || index - dropped_ < spikes_.size() / 2) return;
        spikes_.erase(spikes_.begin(),
                      spikes_.begin() + static_cast<std::ptrdiff_t>(index - dropped_));
        dropped_ = index;
    }

    template <class Archive> void archive(Archive& archive) { archive(spikes_, dropped_); }

  private:
    std::vector<Spike> spikes_;
    std::size_t dropped_ = 0;
};

} // namespace spikewell::detail
