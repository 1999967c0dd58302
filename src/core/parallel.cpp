#include "core/parallel.hpp"

#include <oneapi/tbb/parallel_for.h>

// The thread sanitizer cannot follow oneTBB: the library is not built for it, and so the templates
// of its headers seem to race with it. They are used in this file alone, which is not instrumented
// either (CMakeLists.txt). Instead the sanitizer is told what parallel_for_each promises and nothing
// more: all that the caller did before is known to each body, and all that bodies do to the caller
// afterwards. What one body does is not ordered with what another does, so races between them are
// found.
#ifdef SPIKEWELL_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace spikewell::detail {

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

} // namespace

void call_in_parallel(tbb::task_arena& arena,
                      std::size_t n,
                      void (*call)(void* body, std::size_t i),
                      void* body) {
    char there = 0; // the sanitizer knows the two handovers by these places
    char back = 0;
    const Scope caller(k_hand_over, &there, k_take_over, &back);
    arena.execute([&] {
        tbb::parallel_for(
            tbb::blocked_range<std::size_t>(0, n, 1),
            [&](const tbb::blocked_range<std::size_t>& range) {
                const Scope turn(k_take_over, &there, k_hand_over, &back);
                for (std::size_t i = range.begin(); i < range.end(); ++i)
                    call(body, i);
            },
            tbb::simple_partitioner());
    });
}

} // namespace spikewell::detail
