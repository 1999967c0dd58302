#pragma once

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <cstddef>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace spikewell {

namespace detail {
// The thread sanitizer does not see how oneTBB, which is not instrumented, hands work over and back. It is told here; races
// between bodies it then still finds.
inline void hand_over([[maybe_unused]] void* token) {
#ifdef __SANITIZE_THREAD__
    __tsan_release(token);
#endif
}
inline void take_over([[maybe_unused]] void* token) {
#ifdef __SANITIZE_THREAD__
    __tsan_acquire(token);
#endif
}
} // namespace detail

/// Calls body(0) .. body(n - 1), in any order and at once, on the arena's threads; returns when all are done.
template <class Body> void parallel_for_each(tbb::task_arena& arena, std::size_t n, Body&& body) {
    char token = 0;
    detail::hand_over(&token);
    arena.execute([&] {
        tbb::parallel_for(
            tbb::blocked_range<std::size_t>(0, n, 1),
            [&](const tbb::blocked_range<std::size_t>& range) {
                detail::take_over(&token);
                for (std::size_t i = range.begin(); i < range.end(); ++i)
                    body(i);
                detail::hand_over(&token);
            },
            tbb::simple_partitioner());
    });
    detail::take_over(&token);
}

} // namespace spikewell
