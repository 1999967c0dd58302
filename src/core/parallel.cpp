#include "core/parallel.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <latch>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The thread sanitizer cannot follow oneTBB: the library is not built for it, and so the templates
// of its headers seem to race with it. They are used in this file alone, which is not instrumented
// either (CMakeLists.txt). Instead the sanitizer is told what a loop promises and nothing more: all
// that the caller did before is known to each body, and all that bodies do to the caller afterwards.
// What one body does is not ordered with what another does, so races between them are found.
#ifdef SPIKEWELL_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace spikewell {

namespace {

#ifdef SPIKEWELL_THREAD_SANITIZER
constexpr auto k_take_over = __tsan_acquire;
constexpr auto k_hand_over = __tsan_release;
#else
constexpr auto k_take_over = [](void*) {};
constexpr auto k_hand_over = [](void*) {};
#endif

/// Takes over at one end of a handover and hands over at the other, also when a body throws.
class Scope {
  public:
    Scope(void (*begin)(void*), void* at_begin, void (*end)(void*), void* at_end)
        : end_(end), at_end_(at_end) {
        begin(at_begin);
    }
    ~Scope() { end_(at_end_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    Scope(Scope&&) = delete;
    Scope& operator=(Scope&&) = delete;

  private:
    void (*end_)(void*);
    void* at_end_;
};

/// True while it lives.
class Flag {
  public:
    explicit Flag(bool& flag) : flag_(flag) { flag = true; }
    ~Flag() { flag_ = false; }
    Flag(const Flag&) = delete;
    Flag& operator=(const Flag&) = delete;
    Flag(Flag&&) = delete;
    Flag& operator=(Flag&&) = delete;

  private:
    bool& flag_;
};

using Clock = std::chrono::steady_clock;
// Later than other threads' shares take, by their number and by this.
constexpr std::chrono::nanoseconds k_lateness{2000};

void pause_briefly() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("isb");
#endif
}

} // namespace

int hardware_threads() {
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::thread start_thread(std::function<void()> run) {
    return std::thread(std::move(run));
}

int startable_threads(int wanted, const StartThread& start) {
    std::latch tried(1);
    std::vector<std::thread> started;
    const auto end_all = [&] {
        tried.count_down();
        for (std::thread& thread : started)
            thread.join();
    };
    started.reserve(static_cast<std::size_t>(wanted - 1));
    try {
        while (static_cast<int>(started.size()) < wanted - 1)
            started.push_back(start([&] { tried.wait(); }));
    } catch (const std::system_error&) { // no more than these
    } catch (...) {
        end_all();
        throw;
    }
    end_all();
    return static_cast<int>(started.size()) + 1;
}

/// Where the others stand ready, each thread begins with indices of its own, the same ones in loops
/// of the same size, so that what they work on stays in its cache: it takes long to fetch from another
/// core's. Who is done helps another only if that one turns out to be late.
///
/// A share is written by who begins the loop, its progress by who claims an index of it. Both bear the
/// loop's number. A loop ends when all its indices have been run, so who claims one by progress of
/// that number is in time.
struct Team::Crew {
    /// A thread's indices in a loop; each line of the cache is written by one thread, mostly.
    struct Share {
        alignas(64) std::atomic<std::uint32_t> loop{0}; // odd while the others are being written
        std::atomic<std::uint32_t> n{0};
        std::atomic<std::int64_t> first{0}, step{1};
        std::atomic<Call> call{nullptr};
        std::atomic<void*> body{nullptr};
        alignas(64) std::atomic<std::uint64_t> progress{0}; // loop | number claimed
        alignas(64) std::atomic<std::uint64_t> n_run{0};    // by the thread, in all loops
    };
    /// A share as it was read.
    struct Order {
        std::uint32_t loop, n;
        std::int64_t first, step;
        Call call;
        void* body;
    };

    Crew(int n_threads, bool has_cores)
        : awake(has_cores), arena(n_threads), shares(static_cast<std::size_t>(n_threads)) {
        if (!awake)
            limit.emplace(tbb::global_control::max_allowed_parallelism,
                          static_cast<std::size_t>(n_threads));
    }

    static constexpr int k_patience = 1000;     // pauses: some 20 us
    static constexpr int k_spins_per_look = 16; // at the clock
    static constexpr unsigned k_loop_shift = 32;
    static constexpr auto k_relaxed = std::memory_order_relaxed;

    void begin(std::size_t n, Direction direction, Call call, void* body) {
        failure = nullptr;
        n_to_run += n;
        loop += 2;
        const bool backwards = direction == Direction::backwards;
        for (std::size_t w = 0; w < shares.size(); ++w) {
            Share& share = shares[w];
            const std::size_t first = n * w / shares.size();
            const std::size_t end = n * (w + 1) / shares.size();
            share.loop.store(loop - 1, k_relaxed);
            std::atomic_thread_fence(std::memory_order_release);
            share.n.store(static_cast<std::uint32_t>(end - first), k_relaxed);
            share.first.store(static_cast<std::int64_t>(backwards ? end : first) -
                                  (backwards ? 1 : 0),
                              k_relaxed);
            share.step.store(backwards ? -1 : 1, k_relaxed);
            share.call.store(call, k_relaxed);
            share.body.store(body, k_relaxed);
            share.loop.store(loop, std::memory_order_release);
        }
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (n_asleep.load(k_relaxed) == 0) return;
        for (Share& share : shares)
            share.loop.notify_all();
    }

    /// None while it is being written.
    static std::optional<Order> read(const Share& share) {
        const std::uint32_t loop = share.loop.load(std::memory_order_acquire);
        const Order order{loop,
                          share.n.load(k_relaxed),
                          share.first.load(k_relaxed),
                          share.step.load(k_relaxed),
                          share.call.load(k_relaxed),
                          share.body.load(k_relaxed)};
        std::atomic_thread_fence(std::memory_order_acquire);
        if (loop % 2 != 0 || share.loop.load(k_relaxed) != loop) return std::nullopt;
        return order;
    }

    /// The next index of the share, where one is left.
    static std::optional<std::size_t> claim(Share& share, const Order& order) {
        std::uint64_t seen = share.progress.load(std::memory_order_acquire);
        for (;;) {
            const auto of = static_cast<std::uint32_t>(seen >> k_loop_shift);
            if (static_cast<std::int32_t>(of - order.loop) > 0) return std::nullopt;
            const std::uint32_t k = of == order.loop ? static_cast<std::uint32_t>(seen) : 0U;
            if (k >= order.n) return std::nullopt;
            const std::uint64_t claimed = std::uint64_t{order.loop} << k_loop_shift | (k + 1U);
            if (share.progress.compare_exchange_weak(seen, claimed, std::memory_order_acq_rel,
                                                     std::memory_order_acquire))
                return static_cast<std::size_t>(order.first + order.step * std::int64_t{k});
        }
    }

    /// Runs what is left of the share, as thread `worker`.
    void finish(Share& share, const Order& order, std::size_t worker) {
        std::uint64_t n_run = 0;
        for (auto i = claim(share, order); i; i = claim(share, order), ++n_run)
            run(order, *i);
        if (n_run > 0) shares[worker].n_run.fetch_add(n_run, std::memory_order_release);
    }

    void run(const Order& order, std::size_t i) {
        try {
            const Scope turn(k_take_over, &there, k_hand_over, &back);
            order.call(order.body, i);
        } catch (...) {
            const std::lock_guard lock(failing);
            if (!failure) failure = std::current_exception();
        }
    }

    /// Waits for the others, which began their shares at `start` as well, as long as none is late. Whether
    /// the loop came to its end.
    [[nodiscard]] bool ends_in_time(const Order& order,
                                    std::size_t worker,
                                    Clock::time_point start) const {
        const Clock::time_point late = start + (Clock::now() - start) * 17 / 16 + k_lateness;
        do {
            for (int spins = 0; spins < k_spins_per_look; ++spins) {
                if (n_left() == 0 || shares[worker].loop.load(k_relaxed) != order.loop) return true;
                pause_briefly();
            }
        } while (Clock::now() < late);
        return false;
    }

    /// Takes part in a loop to its end, as far as there is to do.
    void take_part(const Order& order, std::size_t worker) {
        const Clock::time_point start = Clock::now();
        finish(shares[worker], order, worker);
        if (awake && ends_in_time(order, worker, start)) return;
        for (Share& share : shares) {
            const std::optional<Order> other = read(share);
            if (other && other->loop == order.loop) finish(share, *other, worker);
        }
    }

    /// Indices that have not been run.
    [[nodiscard]] std::uint64_t n_left() const {
        std::uint64_t n = n_to_run.load(k_relaxed);
        for (const Share& share : shares)
            n -= share.n_run.load(std::memory_order_acquire);
        return n;
    }

    void share_out(std::size_t n, Direction direction, Call call, void* body) {
        begin(n, direction, call, body);
        take_part(*read(shares[0]), 0);
        while (n_left() > 0) {
            if (awake) {
                pause_briefly();
            } else {
                std::this_thread::yield();
            }
        }
        if (failure) std::rethrow_exception(failure);
    }

    /// What the others do until the end of the watch.
    void help(std::size_t worker) {
        Share& share = shares[worker];
        std::uint32_t handled = 0;
        int spins = 0;
        while (!over.load(std::memory_order_acquire)) {
            const std::optional<Order> order = read(share);
            if (order && order->loop != handled) {
                handled = order->loop;
                take_part(*order, worker);
                spins = 0;
            } else if (awake && spins < k_patience) {
                pause_briefly();
                ++spins;
            } else if (order) {
                n_asleep.fetch_add(1, std::memory_order_seq_cst);
                std::atomic_thread_fence(std::memory_order_seq_cst); // as in begin
                if (!over.load(std::memory_order_seq_cst))
                    share.loop.wait(handled, std::memory_order_acquire);
                n_asleep.fetch_sub(1, k_relaxed);
            }
        }
    }

    bool awake;                               // who waits stays awake for a while
    std::optional<tbb::global_control> limit; // lifts oneTBB's own: as many threads as cores
    tbb::task_arena arena;
    bool attended = false; // others stand ready
    bool sharing = false;  // a loop is being shared out
    std::vector<Share> shares;
    std::uint32_t loop = 0;
    std::exception_ptr failure;
    std::mutex failing;
    char there = 0; // the sanitizer knows the two handovers by these places
    char back = 0;
    alignas(64) std::atomic<std::uint64_t> n_to_run{0}; // in all loops
    alignas(64) std::atomic<int> n_asleep{0};
    std::atomic<bool> over{false};
};

/// The others stand ready while it lives.
class Team::Watch {
  public:
    Watch(Crew& crew, tbb::task_group& others) : crew_(crew), others_(others) {
        crew_.attended = true;
    }
    ~Watch() {
        crew_.over.store(true, std::memory_order_seq_cst);
        crew_.begin(0, Direction::forwards, nullptr, nullptr); // wakes them
        others_.wait();
        crew_.attended = false;
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    Watch(Watch&&) = delete;
    Watch& operator=(Watch&&) = delete;

  private:
    Crew& crew_;
    tbb::task_group& others_;
};

// oneTBB ends the program where it is refused a thread, so it is never asked for one too many.
Team::Team(int n_threads, const StartThread& start)
    : n_threads_(startable_threads(n_threads, start)), has_cores_(n_threads_ <= hardware_threads()),
      crew_(std::make_unique<Crew>(n_threads_, has_cores_)) {}

Team::~Team() = default;

int Team::worker() {
    return std::max(0, tbb::this_task_arena::current_thread_index());
}

void Team::share_out(std::size_t n, Direction direction, Call call, void* body) {
    Crew& crew = *crew_;
    const auto at = [&](std::size_t i) { return direction == Direction::forwards ? i : n - 1 - i; };
    if (n < 2 || crew.sharing) {
        for (std::size_t i = 0; i < n; ++i)
            call(body, at(i));
        return;
    }
    const Scope caller(k_hand_over, &crew.there, k_take_over, &crew.back);
    const Flag sharing(crew.sharing);
    if (crew.attended) {
        crew.share_out(n, direction, call, body);
        return;
    }
    crew.arena.execute([&] {
        tbb::parallel_for(
            tbb::blocked_range<std::size_t>(0, n, 1),
            [&](const tbb::blocked_range<std::size_t>& range) {
                const Scope turn(k_take_over, &crew.there, k_hand_over, &crew.back);
                for (std::size_t i = range.begin(); i < range.end(); ++i)
                    call(body, at(i));
            },
            tbb::simple_partitioner());
    });
}

void Team::stand_ready(void (*run)(void*), void* of) {
    Crew& crew = *crew_;
    crew.arena.execute([&] {
        tbb::task_group others;
        crew.over.store(false, std::memory_order_relaxed);
        for (std::size_t worker = 1; worker < crew.shares.size(); ++worker)
            others.run([&crew, worker] { crew.help(worker); });
        const Watch watch(crew, others);
        run(of);
    });
}

} // namespace spikewell
