#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <type_traits>

namespace spikewell {

/// What the machine can run at once.
[[nodiscard]] int hardware_threads();
/// Threads that are asked for; 0: as many as that.
[[nodiscard]] inline int threads_or_all(int asked) {
    return asked > 0 ? asked : hardware_threads();
}

/// Starts a thread that runs the function. Throws std::system_error where the system refuses one.
using StartThread = std::function<std::thread(std::function<void()> run)>;
[[nodiscard]] std::thread start_thread(std::function<void()> run);

/// As many of `wanted` threads, the caller's included, as the system lets run at once; wanted >= 1.
/// Tries it: limits (ulimit -u, control groups) cannot be told otherwise.
[[nodiscard]] int startable_threads(int wanted, const StartThread& start = start_thread);

/// Threads that share out loops: oneTBB's.
class Team {
  public:
    /// n_threads >= 1, the caller's included; may be more than the machine has cores. Fewer where the
    /// system refuses some.
    explicit Team(int n_threads, const StartThread& start = start_thread);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    [[nodiscard]] int n_threads() const { return n_threads_; }
    /// Whether each of them has a core, so that loops begin at once.
    [[nodiscard]] bool has_cores() const { return has_cores_; }
    /// Within a body: which of the team runs it, 0 .. n_threads - 1.
    [[nodiscard]] static int worker();

    /// From which end each thread takes its turns.
    enum class Direction { forwards, backwards };

    /// Calls body(0) .. body(n - 1), in any order and at once; returns when all are done. What one
    /// of them throws is thrown then, and others may have been left out. One loop at a time; a loop
    /// within a body is not shared out.
    template <class Body>
    void for_each(std::size_t n, Body&& body, Direction direction = Direction::forwards) {
        share_out(n, direction, call_of<Body>(), address_of(body));
    }

    /// Calls run() while the others stand ready: its loops begin within a fraction of a
    /// microsecond, where they otherwise take several. Who waits for long goes to sleep.
    template <class Run> void attend(Run&& run) {
        stand_ready([](void* one) { (*static_cast<std::remove_reference_t<Run>*>(one))(); },
                    address_of(run));
    }

  private:
    using Call = void (*)(void* body, std::size_t i);

    template <class Body> static Call call_of() {
        return [](void* one, std::size_t i) {
            (*static_cast<std::remove_reference_t<Body>*>(one))(i);
        };
    }
    template <class Body> static void* address_of(Body& body) {
        return const_cast<std::remove_const_t<Body>*>(&body); // NOLINT(*-const-cast)
    }
    void share_out(std::size_t n, Direction direction, Call call, void* body);
    void stand_ready(void (*run)(void*), void* of);

    struct Crew;
    class Watch;
    int n_threads_;
    bool has_cores_;
    std::unique_ptr<Crew> crew_;
};

} // namespace spikewell
