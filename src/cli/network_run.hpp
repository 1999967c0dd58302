#pragma once

#include "cli/checkpoint_file.hpp"
#include "cli/progress.hpp"
#include "cli/rank_costs.hpp"
#include "cli/run_checkpoint.hpp"
#include "core/energy.hpp"
#include "io/results/recordings.hpp"
#include "io/results/run_statistics.hpp"
#include "mapping/layout.hpp"
#include "network/engine/simulator.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spikewell::cli {

/// Of `simulate`, as the user gave them.
struct SimulateOptions {
    std::string network;
    std::string out;
    int threads = 1;
    std::optional<double> duration_ms;
    double rate_limit_Hz = k_rate_limit_Hz;
    bool report = false; ///< a page beside the recordings
    std::optional<double> warm_up_ms;
    io::CorrelationPlan correlations;
    bool distributions = false; ///< a file of them beside the recordings
    std::string reference;      ///< what distributions are compared with; none: ""
    std::string machine;        ///< whose energy is estimated, too; empty: none
    CorePower core;
    CheckpointOptions kept;
};

/// What a run goes on from, and where it writes.
struct RunFiles {
    std::optional<std::string> saved;         ///< content of a checkpoint
    std::uint64_t identity = 0;               ///< of its checkpoints
    std::optional<io::FolderOutput> output;   ///< of rank 0
    std::optional<CheckpointFile> checkpoint; ///< of rank 0, where there is to be one
    std::vector<io::MeasuredRun> reference;   ///< of rank 0
    std::optional<mapping::Layout> layout;    ///< of rank 0, where a board's energy is asked for
};

/// A simulator with what watches it, from the start or from a checkpoint; one rank's, of which rank 0
/// watches and writes. Members are made in the order written: files only once the network has been
/// built.
class NetworkRun {
  public:
    static constexpr const char* k_main_file = "run.json"; ///< in the output's folder

    /// Goes on from `saved` where there is something, and drops it. The description is an outline of the
    /// network.
    NetworkRun(const NetworkDescription& description,
               Network network,
               RunFiles& files,
               const SimulateOptions& options,
               Exchange& exchange);

    /// Simulates to the end, or until the user asks to stop; completes the files. Collective.
    void go(ProgressBar& bar, double build_s);

    [[nodiscard]] bool completed() const { return completed_; }
    /// Whether it was stopped within a window, so that nothing can go on from there.
    [[nodiscard]] bool abandoned() const { return abandoned_; }
    [[nodiscard]] double time_ms() const { return simulator_.time_ms(); }
    /// On rank 0: what the user is told of a completed run.
    [[nodiscard]] std::string summary() const;

  private:
    void watch(const std::optional<CheckpointParts>& saved);
    void simulate(ProgressBar& bar, EnergyWatch& energy);
    void save_checkpoint();
    [[nodiscard]] nlohmann::ordered_json to_json(double build_s) const;
    void write_files(double build_s);
    [[nodiscard]] nlohmann::ordered_json energy() const;
    /// Milliseconds simulated by this process, not by an earlier one it went on from.
    [[nodiscard]] double own_ms() const { return time_ms() - start_ms_; }

    const NetworkDescription& description_;
    const SimulateOptions& options_;
    Exchange& exchange_;
    RunFiles& files_;
    int n_threads_;
    Simulator simulator_;
    std::optional<io::RunStatistics> statistics_; // of rank 0
    std::optional<io::Recordings> recordings_;    // of rank 0
    std::optional<SpikeCounter> counter_;         // of rank 0, where there is a layout
    bool resumed_ = false;
    bool completed_ = false;
    bool abandoned_ = false; // within a window: there is no state to save
    double start_ms_ = 0.0;
    double wall_s_ = 0.0;
    Counters before_;
    Counters now_;
    std::vector<RankCost> ranks_; // of rank 0
    std::string meter_;           // what measures energy here
};

} // namespace spikewell::cli
