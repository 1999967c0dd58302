#pragma once

#include "network/engine/loop/window.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
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

    /// So many can be added in one go.
    static constexpr std::size_t k_at_once = 64;
    /// Adds n <= k_at_once events: event(k) is due at t_ms[k]. Those of buckets that have been taken are appended to `due`.
    template <class Event>
    void add(const double* t_ms, std::size_t n, const Event& event, std::vector<TimedEvent>& due) {
        std::array<double, k_at_once> bucket;
        find_buckets(t_ms, n, bucket.data());
        for (std::size_t k = 0; k < n; ++k) {
            const auto number = static_cast<std::int64_t>(bucket[k]);
            if (number < next_)
                due.push_back(event(k));
            else
                put_into(number, event(k));
        }
    }
    /// Appends the events that wait and are due before the window's end, in the order in which they came but for that
    /// of buckets. By rounding, an event may be due a hair before the window or at its very end. To be called before the
    /// window's events are added, so that these find pieces that have just been emptied, and after, for those that are due
    /// at once in the middle of a bucket.
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

  private:
    static constexpr std::size_t k_piece = 64;
    static constexpr std::size_t k_slab = 32; ///< pieces that are allocated together
    static constexpr std::size_t k_pieces_ahead = 3;

    struct alignas(64) Piece {
        std::array<TimedEvent, k_piece> events;
    };
    struct Bucket {
        TimedEvent* last = nullptr;   ///< piece
        std::size_t n_last = k_piece; ///< events in it
        std::vector<Piece*> pieces;
    };

    [[nodiscard]] std::int64_t bucket_of(double t_ms) const {
        return static_cast<std::int64_t>((t_ms - origin_ms_) * buckets_per_ms_);
    }
    /// The same of many, not yet rounded down.
    void find_buckets(const double* t_ms, std::size_t n, double* bucket) const;
    void put_into(std::int64_t number, const TimedEvent& event) {
        if (number - next_ > static_cast<std::int64_t>(mask_)) return later_.push_back(event);
        Bucket& to = buckets_[static_cast<std::size_t>(number) & mask_];
        if (to.n_last == k_piece) append_piece(to);
        to.last[to.n_last++] = event;
    }
    void append_piece(Bucket& to);
    /// Calls take(events, n) with those of a bucket, a piece at a time.
    template <class Take> static void for_each(const Bucket& bucket, const Take& take) {
        const std::size_t n = bucket.pieces.size();
        for (std::size_t p = 0; p < n; ++p) {
            if (p + k_pieces_ahead < n) fetch(*bucket.pieces[p + k_pieces_ahead]);
            take(bucket.pieces[p]->events.data(), p + 1 == n ? bucket.n_last : k_piece);
        }
    }
    /// Inlined by force: see lif_fetch.hpp.
    [[gnu::always_inline]] static void fetch(const Piece& piece) {
        for (std::size_t k = 0; k < k_piece; k += 4)
            __builtin_prefetch(&piece.events[k]);
    }
    void empty(Bucket& bucket);
    void deal_later();
    void take_part(double end_ms, std::vector<TimedEvent>& due);

    std::vector<Bucket> buckets_; ///< by number modulo how many there are, a power of two
    std::vector<std::unique_ptr<std::array<Piece, k_slab>>> slabs_;
    std::vector<Piece*> free_; ///< emptied last, first to be filled
    std::size_t mask_ = 0;
    double origin_ms_ = 0.0;
    double bucket_ms_ = 0.0;
    double buckets_per_ms_ = 0.0;
    std::int64_t next_ = 0; ///< the first bucket that has not been taken whole
    std::vector<TimedEvent> later_;
};

} // namespace spikewell::detail
