#include "cli/simulate.hpp"

#include "cli/rank_costs.hpp"
#include "cli/stop_signals.hpp"
#include "cli/support.hpp"
#include "core/checkpoint.hpp"
#include "core/error.hpp"
#include "io/network_file.hpp"
#include "io/recordings.hpp"
#include "network/engine/simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

namespace spikewell::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct Options {
    std::string network;
    std::string out;
    int threads = 1;
    std::optional<double> duration_ms;
    std::string checkpoint;
    double checkpoint_every_s = 600.0;
    std::string resume;
};

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

Json ratio(double of, double to) {
    return to > 0.0 ? Json(of / to) : Json(nullptr);
}

// --- What a checkpoint holds: the simulator's state, the recordings', the statistics', and the
// lengths of the latter two (8 bytes each, little endian). The largest comes first, so that the
// others are added to it without a copy of it.

constexpr std::size_t k_length_bytes = 8;

void add_length(std::string& bytes, std::uint64_t length) {
    for (unsigned i = 0; i < k_length_bytes; ++i)
        bytes += static_cast<char>((length >> (8U * i)) & 0xFFU);
}

/// Takes the last `length` bytes off.
std::string_view take_last(std::string_view& bytes, std::uint64_t length) {
    if (length > bytes.size())
        throw IoError("checkpoint", "its parts are longer than the whole; it is another version's");
    const std::string_view last = bytes.substr(bytes.size() - length);
    bytes.remove_suffix(length);
    return last;
}

std::uint64_t take_length(std::string_view& bytes) {
    const std::string_view last = take_last(bytes, k_length_bytes);
    std::uint64_t length = 0;
    for (unsigned i = 0; i < k_length_bytes; ++i)
        length |= std::uint64_t{static_cast<unsigned char>(last[i])} << (8U * i);
    return length;
}

/// A checkpoint as it was read, in its parts.
struct Saved {
    std::string content;
    std::string_view simulator;
    std::string_view recordings;
    std::string_view statistics;

    explicit Saved(std::string bytes) : content(std::move(bytes)) {
        simulator = content;
        const std::uint64_t statistics_bytes = take_length(simulator);
        const std::uint64_t recordings_bytes = take_length(simulator);
        statistics = take_last(simulator, statistics_bytes);
        recordings = take_last(simulator, recordings_bytes);
    }
    // The parts point into the content.
    Saved(const Saved&) = delete;
    Saved& operator=(const Saved&) = delete;
    ~Saved() = default;
};

NetworkDescription load_network(const Options& options, const CommonOptions& common) {
    NetworkDescription description = io::read_network(options.network);
    if (common.seed) description.network.seed = *common.seed;
    if (options.duration_ms) description.duration_ms = *options.duration_ms;
    validate(description);
    return description;
}

/// What tells this run's checkpoints from others': everything that decides its results, hence no
/// number of threads. 0 where there are no checkpoints.
std::uint64_t identity(const NetworkDescription& description, const Options& options) {
    if (options.checkpoint.empty() && options.resume.empty()) return 0;
    return digest(io::network_to_json(description).dump());
}

/// Before long work: everything that will be written can be.
void require_outputs(const NetworkDescription& description,
                     const Options& options,
                     io::Overwrite allowed) {
    const fs::path folder = output_folder(options.out);
    std::vector<fs::path> paths{folder / "run.json"};
    for (const fs::path& path : io::Recordings::paths(description, folder)) {
        paths.push_back(path);
        paths.push_back(io::PartialFile::partial(path));
    }
    if (!options.checkpoint.empty()) paths.emplace_back(options.checkpoint);
    io::require_writable(paths, allowed);
}

int thread_count(const Options& options) {
    if (options.threads > 0) return options.threads;
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// A simulator with what watches it, from the start or from a checkpoint; one rank's, of which rank 0
/// watches and writes. Members are made in the order written: files only once the network has been
/// built.
class Run {
  public:
    Run(const NetworkDescription& description,
        const Options& options,
        Exchange& exchange,
        io::Overwrite allowed)
        : Run(description, options, exchange, nullptr, allowed) {}
    Run(const NetworkDescription& description,
        const Options& options,
        Exchange& exchange,
        const Saved& saved)
        : Run(description, options, exchange, &saved, io::Overwrite::allow) {}

    /// Simulates to the end, or until the user asks to stop; completes the files. Collective.
    void go(ProgressBar& bar, double build_s);

    [[nodiscard]] bool completed() const { return completed_; }
    [[nodiscard]] double time_ms() const { return simulator_.time_ms(); }
    /// On rank 0: what the user is told of a completed run.
    [[nodiscard]] std::string summary() const;

  private:
    Run(const NetworkDescription& description,
        const Options& options,
        Exchange& exchange,
        const Saved* saved,
        io::Overwrite allowed)
        : description_(description), options_(options), exchange_(exchange), overwrite_(allowed),
          identity_(identity(description, options)),
          simulator_(description.network, thread_count(options), exchange) {
        if (saved != nullptr) simulator_.load(saved->simulator);
        if (exchange.rank() == 0) watch(saved);
        resumed_ = saved != nullptr;
        start_ms_ = simulator_.time_ms();
        before_ = simulator_.counters();
    }

    void watch(const Saved* saved);
    void simulate(ProgressBar& bar);
    void save_checkpoint();
    [[nodiscard]] Json to_json(double build_s) const;
    /// Milliseconds simulated by this process, not by an earlier one it went on from.
    [[nodiscard]] double own_ms() const { return time_ms() - start_ms_; }

    const NetworkDescription& description_;
    const Options& options_;
    Exchange& exchange_;
    io::Overwrite overwrite_;
    std::uint64_t identity_;
    Simulator simulator_;
    std::optional<io::RunStatistics> statistics_; // of rank 0
    std::optional<io::Recordings> recordings_;    // of rank 0
    bool resumed_ = false;
    bool completed_ = false;
    double start_ms_ = 0.0;
    double wall_s_ = 0.0;
    Counters before_;
    Counters now_;
    std::vector<RankCost> ranks_; // of rank 0
};

void Run::watch(const Saved* saved) {
    statistics_.emplace(description_.network);
    if (saved != nullptr) {
        statistics_->load(saved->statistics);
        recordings_.emplace(description_, options_.out, saved->recordings);
    } else {
        recordings_.emplace(description_, options_.out, overwrite_);
    }
}

/// A checkpoint is due when rank 0's clock says so. Ranks stop together for it, and go on.
void Run::simulate(ProgressBar& bar) {
    std::vector<Recorder*> recorders;
    if (recordings_) recorders = {&*recordings_, &*statistics_};
    Clock::time_point last_checkpoint = Clock::now();
    const bool keeps_clock = exchange_.rank() == 0 && !options_.checkpoint.empty();
    const auto go_on = [&](double t_ms) {
        // The end is told once, by `go`.
        const double end_ms = description_.duration_ms;
        const double fraction = end_ms > 0.0 ? std::min(t_ms / end_ms, 0.999) : 0.0;
        bar.update("simulate", fraction, t_ms - start_ms_);
        return !StopSignals::asked() &&
               !(keeps_clock && seconds_since(last_checkpoint) >= options_.checkpoint_every_s);
    };
    completed_ = resumed_ ? simulator_.resume(recorders, go_on)
                          : simulator_.run(description_.duration_ms, recorders, go_on);
    while (!completed_ && !exchange_.any(StopSignals::asked())) {
        save_checkpoint();
        last_checkpoint = Clock::now(); // after it, so that slow ones leave time to simulate
        completed_ = simulator_.resume(recorders, go_on);
    }
}

void Run::save_checkpoint() {
    if (options_.checkpoint.empty()) return;
    std::string content = simulator_.save();
    if (exchange_.rank() != 0) return;
    const std::string recordings = recordings_->save();
    const std::string statistics = statistics_->save();
    content.reserve(content.size() + recordings.size() + statistics.size() + 2 * k_length_bytes);
    content += recordings;
    content += statistics;
    add_length(content, recordings.size());
    add_length(content, statistics.size());
    write_checkpoint(options_.checkpoint, content, identity_);
}

void Run::go(ProgressBar& bar, double build_s) {
    const StopSignals signals;
    exchange_.meet(); // ranks that build longer are no wait of the run
    const ExchangeStatistics exchange_before = exchange_.statistics();
    const Clock::time_point start = Clock::now();
    simulate(bar);
    wall_s_ = seconds_since(start);
    const ExchangeStatistics exchanged = exchange_.statistics() - exchange_before;
    if (completed_)
        bar.update("simulate", 1.0, own_ms());
    else
        save_checkpoint();
    now_ = simulator_.counters();
    ranks_ = gather_costs(exchange_, {simulator_.synapse_bytes(), peak_rss_mib(), exchanged});
    if (exchange_.rank() == 0) {
        recordings_->finish(time_ms());
        io::write_files({{fs::path(options_.out) / "run.json", to_json(build_s).dump(1) + "\n"}},
                        overwrite_);
    }
    exchange_.meet(); // a signal that comes late ends no rank while rank 0 writes
}

std::string Run::summary() const {
    std::string told;
    if (ranks_.size() > 1) told = table_of(ranks_, now_.windows - before_.windows, wall_s_) + "\n";
    return told + fmt::format("{}: {:.6g} ms, {} spikes in {:.2f} s ({:.3g} x real time)",
                              options_.out, time_ms(), statistics_->spikes(), wall_s_,
                              own_ms() / 1000.0 / std::max(wall_s_, 1e-9));
}

Json Run::to_json(double build_s) const {
    const double events = static_cast<double>((now_.synaptic_events + now_.arrivals) -
                                              (before_.synaptic_events + before_.arrivals));
    std::uint64_t synapse_bytes = 0;
    double rss_mib = 0.0;
    for (const RankCost& rank : ranks_) {
        synapse_bytes += rank.synapse_bytes;
        rss_mib += rank.peak_rss_mib;
    }
    Json json = {{"format", "spikewell-run"},         {"version", 1},
                 {"spikewell", SPIKEWELL_VERSION},    {"network", options_.network},
                 {"seed", description_.network.seed}, {"threads", thread_count(options_)},
                 {"completed", completed_},           {"duration_ms", description_.duration_ms},
                 {"simulated_ms", time_ms()}};
    if (resumed_) json["resumed_at_ms"] = start_ms_;
    json["build_s"] = build_s;
    json["wall_s"] = wall_s_;
    json["real_time_factor"] = ratio(own_ms() / 1000.0, wall_s_);
    json["events_per_s"] = ratio(events, wall_s_);
    json["synapse_bytes"] = synapse_bytes;
    json["peak_rss_mib"] = rss_mib;
    if (ranks_.size() > 1) json["ranks"] = cli::to_json(ranks_);
    json["counters"] = {{"spikes", now_.spikes},
                        {"predicted_spikes", now_.predicted_spikes},
                        {"candidates", now_.candidates},
                        {"arrivals", now_.arrivals},
                        {"synaptic_events", now_.synaptic_events},
                        {"windows", now_.windows}};
    json["populations"] = statistics_->to_json(time_ms());
    return json;
}

std::string interruption(const Run& run, const NetworkDescription& description, const Options& o) {
    std::string told = fmt::format("interrupted at {:.6g} of {:.6g} ms; {} holds what there is",
                                   run.time_ms(), description.duration_ms, o.out);
    if (!o.checkpoint.empty()) told += fmt::format("; go on with --resume {}", o.checkpoint);
    return told;
}

void run_simulate(const Options& options, const CommonOptions& common, Exchange& exchange) {
    const NetworkDescription description = load_network(options, common);
    // Going on replaces what the earlier run wrote, after finding its bytes there.
    const bool resuming = !options.resume.empty();
    const io::Overwrite allowed = resuming ? io::Overwrite::allow : overwrite(common);
    if (exchange.rank() == 0) require_outputs(description, options, allowed);
    std::optional<Saved> saved;
    if (resuming) saved.emplace(read_checkpoint(options.resume, identity(description, options)));
    ProgressBar bar(common.quiet);
    const Clock::time_point start = Clock::now();
    bar.update("build", 0.0, 0.0);
    Run run = saved ? Run(description, options, exchange, *saved)
                    : Run(description, options, exchange, allowed);
    saved.reset(); // as large as the simulator itself
    bar.update("build", 1.0, 0.0);
    run.go(bar, seconds_since(start));
    bar.finish();
    if (!run.completed()) throw Interrupted(interruption(run, description, options));
    if (exchange.rank() == 0) say(common, run.summary());
}

// --- validate ---

double smallest_delay_ms(const Projection& projection) {
    if (const auto* dense = std::get_if<FactorisedProjection>(&projection)) return dense->delay_ms;
    const auto& sparse = std::get<SynapticProjection>(projection);
    const auto* list = std::get_if<SynapseList>(&sparse.connector);
    if (list == nullptr) return support(sparse.delay_ms).low;
    double smallest = std::numeric_limits<double>::infinity();
    for (const Synapse& synapse : list->synapses)
        smallest = std::min(smallest, static_cast<double>(synapse.delay_ms));
    return smallest;
}

/// Couplings between nodes count as synapses.
double synapses_expected(const Projection& projection, const Network& network) {
    if (const auto* dense = std::get_if<FactorisedProjection>(&projection))
        return static_cast<double>(dense->coupling.rows * dense->coupling.cols);
    return expected_synapses(rule_of(std::get<SynapticProjection>(projection), network));
}

std::string summary(const Network& network) {
    std::size_t neurons = 0;
    for (const Population& population : network.populations)
        neurons += size_of(population);
    double synapses = 0.0;
    double delay_ms = std::numeric_limits<double>::infinity();
    for (const Projection& projection : network.projections) {
        synapses += synapses_expected(projection, network);
        delay_ms = std::min(delay_ms, smallest_delay_ms(projection));
    }
    return fmt::format(
        "populations: {}, neurons: {}, expected synapses: {:.0f}, smallest delay: {}",
        network.populations.size(), neurons, synapses,
        std::isfinite(delay_ms) ? fmt::format("{:.6g} ms", delay_ms) : "none");
}

void run_validate(const std::string& path, const CommonOptions& common) {
    const NetworkDescription description = io::read_network(path);
    validate(description);
    say(common, fmt::format("{}: {}", path, summary(description.network)));
}

void add_checkpoint_options(CLI::App& command, Options& options) {
    CLI::Option* checkpoint =
        command.add_option("--checkpoint", options.checkpoint,
                           "File to save the run's state to, also when interrupted");
    command
        .add_option("--checkpoint-every-s", options.checkpoint_every_s,
                    "Seconds of real time between checkpoints")
        ->check(number_up_to(1e9))
        ->needs(checkpoint)
        ->capture_default_str();
    command.add_option("--resume", options.resume,
                       "Checkpoint to go on from, with the same NETWORK, --seed, --duration-ms and "
                       "--out");
}

} // namespace

void add_simulate(CLI::App& program, CommonOptions& common, Exchange& exchange, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        program.add_subcommand("simulate", "Simulate a network and write what it records");
    command->add_option("NETWORK", options->network, "Network (JSON, see network/FORMAT.md)")
        ->required();
    command->add_option("--out", options->out, "Folder for run.json and the recordings")
        ->required();
    command->add_option("--threads", options->threads, "0: all cores. Results do not depend on it")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    command
        ->add_option("--duration-ms", options->duration_ms, "Model time; replaces that of NETWORK")
        ->check(number_up_to(1e15));
    add_checkpoint_options(*command, *options);
    add_common_options(*command, common);
    command->footer("Example:\n  spikewell simulate network.json --out run --threads 4");
    command->callback([=, &common, &exchange, &action] {
        action = [=, &common, &exchange] { run_simulate(*options, common, exchange); };
    });
}

void add_validate(CLI::App& program, CommonOptions& common, Action& action) {
    auto path = std::make_shared<std::string>();
    CLI::App* command =
        program.add_subcommand("validate", "Check a network and say how large it is");
    command->add_option("NETWORK", *path, "Network (JSON, see network/FORMAT.md)")->required();
    command->add_flag("-q,--quiet", common.quiet, "No summary; errors only");
    command->footer("Example:\n  spikewell validate network.json");
    command->callback(
        [=, &common, &action] { action = [=, &common] { run_validate(*path, common); }; });
}

} // namespace spikewell::cli
