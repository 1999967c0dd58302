#include "network/engine/lif/event_wheel.hpp"

#include "core/clones.hpp"

#include <bit>
#include <cmath>
#include <utility>

namespace spikewell::detail {

namespace {

// Longer delays wait in a list of their own, which is looked through now and then.
constexpr double k_most_buckets = 1024.0;

struct Buckets {
    double origin_ms;
    double per_ms;
};
SPIKEWELL_CLONES
void bucket_numbers(const double* t_ms, std::size_t n, const Buckets& of, double* number) {
    const Buckets b = of;
    for (std::size_t k = 0; k < n; ++k)
        number[k] = (t_ms[k] - b.origin_ms) * b.per_ms;
}

} // namespace

void EventWheel::lay_out(double origin_ms, double bucket_ms, double ahead_ms) {
    Waiting all = waiting();
    all.events.insert(all.events.end(), all.later.begin(), all.later.end());
    put({origin_ms, bucket_ms, 0, std::move(all.events), {}}, ahead_ms);
}

void EventWheel::find_buckets(const double* t_ms, std::size_t n, double* bucket) const {
    bucket_numbers(t_ms, n, {origin_ms_, buckets_per_ms_}, bucket);
}

void EventWheel::append_piece(Bucket& to) {
    if (free_.empty()) {
        slabs_.push_back(std::make_unique<std::array<Piece, k_slab>>());
        for (Piece& piece : *slabs_.back())
            free_.push_back(&piece);
    }
    to.pieces.push_back(free_.back());
    free_.pop_back();
    to.last = to.pieces.back()->events.data();
    to.n_last = 0;
}

void EventWheel::empty(Bucket& bucket) {
    free_.insert(free_.end(), bucket.pieces.begin(), bucket.pieces.end());
    bucket.pieces.clear();
    bucket.n_last = k_piece;
}

void EventWheel::deal_later() {
    std::vector<TimedEvent> later;
    std::swap(later, later_);
    for (const TimedEvent& event : later)
        put_into(bucket_of(event.t_ms), event);
}

/// Of the next bucket, in the middle of which a window ends.
void EventWheel::take_part(double end_ms, std::vector<TimedEvent>& due) {
    Bucket& bucket = buckets_[static_cast<std::size_t>(next_) & mask_];
    std::vector<TimedEvent> rest;
    for_each(bucket, [&](const TimedEvent* events, std::size_t n) {
        for (std::size_t k = 0; k < n; ++k)
            (events[k].t_ms < end_ms ? due : rest).push_back(events[k]);
    });
    empty(bucket);
    for (const TimedEvent& event : rest)
        put_into(next_, event);
}

void EventWheel::take(const Window& window, std::vector<TimedEvent>& due) {
    if (buckets_.empty()) return;
    const double end = (window.end_ms - origin_ms_) * buckets_per_ms_;
    const double whole = std::round(end);
    // Windows mostly end where buckets do, but for rounding.
    constexpr double k_rounding = 0x1p-48;
    const bool ends_with_bucket =
        std::abs(window.end_ms - (origin_ms_ + whole * bucket_ms_)) <= k_rounding * window.end_ms;
    const auto until = static_cast<std::int64_t>(ends_with_bucket ? whole : std::floor(end));
    const auto turn = static_cast<std::int64_t>(buckets_.size() / 2);
    for (; next_ < until; ++next_) {
        if (next_ % turn == 0 && !later_.empty()) deal_later();
        Bucket& bucket = buckets_[static_cast<std::size_t>(next_) & mask_];
        for_each(bucket, [&](const TimedEvent* events, std::size_t n) {
            due.insert(due.end(), events, events + n);
        });
        empty(bucket);
    }
    if (!ends_with_bucket) take_part(window.end_ms, due);
}

EventWheel::Waiting EventWheel::waiting() const {
    Waiting all{origin_ms_, bucket_ms_, next_, {}, later_};
    for (std::size_t k = 0; k < buckets_.size(); ++k) {
        for_each(buckets_[(static_cast<std::size_t>(next_) + k) & mask_],
                 [&](const TimedEvent* events, std::size_t n) {
                     all.events.insert(all.events.end(), events, events + n);
                 });
    }
    return all;
}

void EventWheel::put(const Waiting& waiting, double ahead_ms) {
    // The bucket that is taken, those ahead, and what rounding takes.
    const double wanted = std::min(std::ceil(ahead_ms / waiting.bucket_ms) + 3.0, k_most_buckets);
    buckets_.assign(waiting.bucket_ms > 0.0 ? std::bit_ceil(static_cast<std::size_t>(wanted)) : 0,
                    Bucket{});
    mask_ = buckets_.size() - 1;
    slabs_.clear();
    free_.clear();
    origin_ms_ = waiting.origin_ms;
    bucket_ms_ = waiting.bucket_ms;
    buckets_per_ms_ = 1.0 / bucket_ms_;
    next_ = waiting.next;
    later_.clear();
    for (const TimedEvent& event : waiting.events)
        put_into(std::max(bucket_of(event.t_ms), next_), event);
    later_.insert(later_.end(), waiting.later.begin(), waiting.later.end());
}

} // namespace spikewell::detail
