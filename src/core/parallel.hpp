#pragma once

#include <oneapi/tbb/task_arena.h>

#include <cstddef>
#include <type_traits>

namespace spikewell {

namespace detail {
/// Calls call(body, 0) .. call(body, n - 1) as parallel_for_each does.
void call_in_parallel(tbb::task_arena& arena,
                      std::size_t n,
                      void (*call)(void* body, std::size_t i),
                      void* body);
} // namespace detail

/// Calls body(0) .. body(n - 1), in any order and at once, on the arena's threads; returns when all are done. What one of
/// them throws is thrown then.
template <class Body> void parallel_for_each(tbb::task_arena& arena, std::size_t n, Body&& body) {
    using Called = std::remove_reference_t<Body>;
    const auto call = [](void* one, std::size_t i) { (*static_cast<Called*>(one))(i); };
    detail::call_in_parallel(arena, n, call, const_cast<std::remove_const_t<Called>*>(&body));
}

} // namespace spikewell
