#pragma once

#include "core/parallel.hpp"
#include "rate/attractor_network.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

/// The rate form for many nodes: the rule of attractor_network.hpp, whose steps are bound by how fast J
/// comes from memory.
namespace spikewell::rate {

/// How many steps of learning J is read for each time it is written.
inline constexpr std::size_t k_steps_per_write = 8;

/// Couplings are float, by rows, and what learning adds to them is kept back as outer products of changes
/// and states until there are eight: J is read once a step and written once in eight. Rows are shared out
/// among threads; results do not depend on how many. They differ from AttractorNetwork's by rounding: the
/// random numbers are the same.
class LargeNetwork {
  public:
    /// Couplings of 0. Throws ParameterError for n_nodes = 0. n_threads >= 1.
    LargeNetwork(std::size_t n_nodes, std::uint64_t seed, int n_threads = 1);
    /// Square, finite, a diagonal of 0. Throws as make_network does.
    LargeNetwork(const Matrix& coupling, std::uint64_t seed, int n_threads = 1);
    ~LargeNetwork();
    LargeNetwork(LargeNetwork&&) noexcept;
    LargeNetwork& operator=(LargeNetwork&&) noexcept;
    LargeNetwork(const LargeNetwork&) = delete;
    LargeNetwork& operator=(const LargeNetwork&) = delete;

    /// One stochastic synchronous step under `evidence` [n_nodes].
    void step(std::span<const double> evidence, const StepOptions& options);
    void set_state(std::span<const double> state);
    [[nodiscard]] const std::vector<double>& state() const { return state_; }
    [[nodiscard]] Matrix coupling() const;
    /// All that what comes depends on, of a network of as many nodes (core/archive.hpp).
    template <class Archive> void archive(Archive& archive) {
        for (auto* floats : {&rows_, &changes_, &states_, &state_now_})
            archive.fixed(*floats);
        for (auto* doubles : {&state_, &drive_})
            archive.fixed(*doubles);
        archive(n_kept_back_, drive_known_);
        archive.raw(streams_);
        if constexpr (Archive::k_reads) {
            if (streams_.size() != n_ || n_kept_back_ >= k_steps_per_write)
                Archive::fail("is not that of this network");
        }
    }

  private:
    void update_drive();
    void multiply_tile(std::size_t begin, std::size_t end, std::size_t first, std::size_t last);
    void correct_drive(std::size_t begin, std::size_t end, std::span<const double> overlap);
    void draw_states(std::span<const double> evidence, const StepOptions& options);

    std::size_t n_ = 0;
    std::size_t stride_ = 0;     // floats a row, whole vectors; the last ones are 0
    std::vector<float> rows_;    // [n_nodes][stride_] J less what is kept back
    std::vector<float> changes_; // [n_nodes][k_steps_per_write]
    std::vector<float> states_;  // [k_steps_per_write][stride_]
    std::size_t n_kept_back_ = 0;
    std::vector<double> state_;    // [n_nodes]
    std::vector<float> state_now_; // [stride_] the same
    std::vector<double> drive_;    // [n_nodes] J sigma
    bool drive_known_ = false;
    std::vector<RandomStream> streams_; // [n_nodes]
    std::unique_ptr<Team> team_;        // none for one thread
};

} // namespace spikewell::rate
