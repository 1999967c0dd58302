#include "core/random.hpp"
#include "network/engine/lif/event_wheel.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <tuple>

using namespace spikewell;
using namespace spikewell::detail;

// Events that wait for their windows: each is due once, in the window that holds its time, however long windows and buckets
// are, and after what waits has been saved and put back.

namespace {

constexpr double k_longest_ms = 12.3; // delay

/// Windows of a run, and of the bucket that the wheel was laid out for.
struct Plan {
    double begin_ms;
    double window_ms;
    std::size_t n_windows;
    double bucket_ms;
    double least_delay_ms;
};

std::vector<double> times_of(const std::vector<TimedEvent>& events) {
    std::vector<double> times_ms;
    for (const TimedEvent& event : events)
        times_ms.push_back(event.t_ms);
    std::sort(times_ms.begin(), times_ms.end());
    return times_ms;
}

bool same(const TimedEvent& a, const TimedEvent& b) {
    return std::tie(a.t_ms, a.weight, a.target, a.synapses) ==
           std::tie(b.t_ms, b.weight, b.target, b.synapses);
}

/// A window's events, of which new ones leave in the window before.
std::vector<TimedEvent> advance(EventWheel& wheel,
                                const Window& window,
                                const std::vector<double>& leave_ms) {
    std::vector<TimedEvent> due;
    wheel.take(window, due);
    for (std::size_t first = 0; first < leave_ms.size(); first += EventWheel::k_at_once) {
        const std::size_t n = std::min(leave_ms.size() - first, EventWheel::k_at_once);
        const auto event = [&](std::size_t k) {
            const std::size_t number = first + k;
            return TimedEvent{leave_ms[number], static_cast<float>(number),
                              static_cast<std::uint16_t>(number), 3};
        };
        wheel.add(leave_ms.data() + first, n, event, due);
    }
    wheel.take(window, due);
    return due;
}

/// What is due in each window, by a list that is searched.
class Searched {
  public:
    void add(const std::vector<double>& times_ms) {
        all_.insert(all_.end(), times_ms.begin(), times_ms.end());
    }
    std::vector<double> take(double end_ms) {
        const auto due =
            std::partition(all_.begin(), all_.end(), [&](double t_ms) { return t_ms >= end_ms; });
        std::vector<double> times_ms(due, all_.end());
        all_.erase(due, all_.end());
        std::sort(times_ms.begin(), times_ms.end());
        return times_ms;
    }

  private:
    std::vector<double> all_;
};

} // namespace

TEST_CASE("Every event is due once, in the window that holds its time") {
    const auto plan = GENERATE(Plan{0.0, 0.1, 400, 0.1, 0.1}, Plan{7.3, 0.1, 400, 0.1, 0.1},
                               Plan{0.0, 0.0833, 300, 0.1, 0.1}, Plan{2.0, 0.25, 200, 0.1, 0.25},
                               Plan{0.0, 0.01, 3000, 0.01, 0.01});
    CAPTURE(plan.begin_ms, plan.window_ms, plan.bucket_ms);
    EventWheel wheel;
    wheel.lay_out(plan.begin_ms, plan.bucket_ms, k_longest_ms);
    Searched searched;
    RandomStream random(5, Purpose::evaluation_noise, 0);
    std::size_t n_due = 0;
    for (std::size_t w = 0; w < plan.n_windows; ++w) {
        const Window window{plan.begin_ms + plan.window_ms * static_cast<double>(w),
                            plan.begin_ms + plan.window_ms * static_cast<double>(w + 1)};
        std::vector<double> leave_ms;
        for (std::size_t k = 0; k < 150; ++k) // more than a piece, and than are added at once
            leave_ms.push_back(window.begin_ms +
                               (k_longest_ms - plan.least_delay_ms) * random.uniform());
        if (w % 50 == 7) { // what has been saved goes on as before
            const EventWheel::Waiting waiting = wheel.waiting();
            wheel = EventWheel();
            wheel.put(waiting, k_longest_ms);
        }
        searched.add(leave_ms);
        const std::vector<double> due = times_of(advance(wheel, window, leave_ms));
        n_due += due.size();
        REQUIRE(due == searched.take(window.end_ms));
    }
    CHECK(n_due > plan.n_windows * 100);
    // Those that are left wait, and laying them out anew changes none.
    const double end_ms = plan.begin_ms + plan.window_ms * static_cast<double>(plan.n_windows);
    wheel.lay_out(end_ms, 0.7, k_longest_ms);
    std::vector<TimedEvent> rest;
    wheel.take({end_ms, end_ms + 0.7 * 20.0}, rest);
    CHECK(times_of(rest) == searched.take(1e9));
}

TEST_CASE("Events of a window come in the same order when they have been saved") {
    EventWheel straight;
    EventWheel saved;
    for (EventWheel* wheel : {&straight, &saved})
        wheel->lay_out(0.0, 0.01, k_longest_ms); // of which some wait beyond all buckets
    RandomStream random(6, Purpose::evaluation_noise, 0);
    for (std::size_t w = 0; w < 2000; ++w) {
        const Window window{0.01 * static_cast<double>(w), 0.01 * static_cast<double>(w + 1)};
        std::vector<double> leave_ms;
        for (std::size_t k = 0; k < 20; ++k)
            leave_ms.push_back(window.begin_ms + k_longest_ms * random.uniform());
        if (w % 100 == 99) {
            const EventWheel::Waiting waiting = saved.waiting();
            saved = EventWheel();
            saved.put(waiting, k_longest_ms);
        }
        const std::vector<TimedEvent> a = advance(straight, window, leave_ms);
        const std::vector<TimedEvent> b = advance(saved, window, leave_ms);
        REQUIRE(a.size() == b.size());
        REQUIRE(std::equal(a.begin(), a.end(), b.begin(), same));
    }
}
