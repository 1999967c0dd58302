#pragma once

#include <chrono>
#include <pybind11/pybind11.h>

namespace spikewell::python {

/// Between the steps of long work that is done without Python's lock: lets Ctrl-C end it, as the
/// exception that Python makes of it.
class Interruption {
  public:
    /// Looks every tenth of a second, so that asking costs nothing.
    void check() {
        const Clock::time_point now = Clock::now();
        if (now - last_look_ < std::chrono::milliseconds(100)) return;
        last_look_ = now;
        const pybind11::gil_scoped_acquire lock;
        if (PyErr_CheckSignals() != 0) throw pybind11::error_already_set();
    }

  private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point last_look_ = Clock::now();
};

} // namespace spikewell::python
