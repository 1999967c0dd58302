#pragma once

#include "network/engine/loop/window.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

/// Spikes on their way over synapses with delays of their own.
namespace spikewell::detail {

/// A spike over one synapse, waiting for its window.
struct TimedEvent {
    double t_ms;
    float weight;
    std::uint16_t target;   ///< local
    std::uint16_t synapses; ///< index among the block's synapses
};
static_assert(sizeof(TimedEvent) == 16);

/// Events in buckets of time, so that whoever takes those that are due looks at no others. Buckets are best as windows are,
/// which may be others, too. Events of a bucket lie in pieces, and a piece that has just been emptied is the next that is filled: it is
/// still in the cache.
class EventWheel {
  public:
    /// Into buckets of other lengths, the first of which begins at origin_ms, no later than any event that waits. Events
    /// come at most ahead_ms before they are due.
    void lay_out(double origin_ms, double bucket_ms, double ahead_ms);

    void add(const TimedEvent& event) {
        const auto wanted = static_cast<std::int64_t>((event.t_ms - origin_ms_) * buckets_per_ms_);
        const std::int64_t bucket = wanted < next_ ? next_ : wanted; // a hair, by rounding
        if (bucket - next_ >= static_cast<std::int64_t>(buckets_.size())) {
            later_.push_back(event);
            return;
        }
        Bucket& to = buckets_[static_cast<std::size_t>(bucket) & mask_];
        if (to.n_last == k_piece) append_piece(to);
        pieces_[to.last].events[to.n_last++] = event;
    }
    /// Appends the events that are due before the window's end, in the order in which they came but for that of
    /// buckets, with times put within the window.
    void take(const Window& window, std::vector<TimedEvent>& due);

    /// What waits, to be saved and put back.
    struct Waiting {
        double origin_ms = 0.0;
        double bucket_ms = 0.0; ///< 0: it has not been laid out
        std::int64_t next = 0;  ///< bucket
        std::vector<TimedEvent> events;
        std::vector<TimedEvent> later; ///< beyond the buckets there are
    };
    [[nodiscard]] Waiting waiting() const;
    void put(const Waiting& waiting, double ahead_ms);
    [[nodiscard]] std::size_t bytes() const;

  private:
    static constexpr std::uint32_t k_none = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::uint32_t k_piece = 63;

    struct alignas(64) Piece {
        std::array<TimedEvent, k_piece> events;
        std::uint32_t next = k_none;
    };
    static_assert(sizeof(Piece) == 1024);
    struct Bucket {
        std::uint32_t first = k_none;
        std::uint32_t last = k_none;
        std::uint32_t n_last = k_piece; ///< events in the last piece
    };

    void append_piece(Bucket& to);
    /// Calls take(event) for those of a bucket.
    template <class Take> void for_each(const Bucket& bucket, const Take& take) const {
        for (std::uint32_t p = bucket.first; p != k_none; p = pieces_[p].next) {
            const std::uint32_t n = p == bucket.last ? bucket.n_last : k_piece;
            for (std::uint32_t k = 0; k < n; ++k)
                take(pieces_[p].events[k]);
        }
    }
    void empty(Bucket& bucket);
    void deal_later();
    void take_part(double end_ms, std::vector<TimedEvent>& due);

    std::vector<Bucket> buckets_; ///< by number modulo how many there are, a power of two
    std::vector<Piece> pieces_;
    std::uint32_t free_ = k_none; ///< the piece emptied last; by `next`, the one before
    std::size_t mask_ = 0;
    double origin_ms_ = 0.0;
    double bucket_ms_ = 0.0;
    double buckets_per_ms_ = 0.0;
    std::int64_t next_ = 0; ///< the first bucket that has not been taken whole
    std::vector<TimedEvent> later_;
};

} // namespace spikewell::detail
