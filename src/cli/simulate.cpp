#include "cli/simulate.hpp"

#include "cli/support.hpp"
#include "core/checkpoint.hpp"
#include "core/error.hpp"
#include "io/network_file.hpp"
#include "io/recordings.hpp"
#include "network/engine/simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <sys/resource.h>
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

// A signal handler can reach nothing but this.
volatile std::sig_atomic_t stop_asked = 0;

extern "C" void ask_to_stop(int /*signal*/) {
    stop_asked = 1;
}

/// SIGINT and SIGTERM ask the run to stop while this lives; a second one ends the program at once.
class StopSignals {
  public:
    StopSignals() {
        stop_asked = 0;
        struct sigaction action {};
        action.sa_handler = ask_to_stop;
        action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
        ::sigaction(SIGINT, &action, &interrupt_);
        ::sigaction(SIGTERM, &action, &terminate_);
    }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals() {
        ::sigaction(SIGINT, &interrupt_, nullptr);
        ::sigaction(SIGTERM, &terminate_, nullptr);
    }
    [[nodiscard]] static bool asked() { return stop_asked != 0; }

  private:
    struct sigaction interrupt_ {};
    struct sigaction terminate_ {};
};

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double peak_rss_mib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024.0; // Linux tells KiB
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

/// A simulator with what watches it, from the start or from a checkpoint. Members are made in the
/// order written: files only once the network has been built.
class Run {
  public:
    Run(const NetworkDescription& description, const Options& options, io::Overwrite allowed)
        : Run(description, options, nullptr, allowed) {}
    Run(const NetworkDescription& description, const Options& options, const Saved& saved)
        : Run(description, options, &saved, io::Overwrite::allow) {}

    /// Simulates to the end, or until the user asks to stop; completes the files.
    void go(ProgressBar& bar, double build_s);

    [[nodiscard]] bool completed() const { return completed_; }
    [[nodiscard]] double time_ms() const { return simulator_.time_ms(); }
    [[nodiscard]] double wall_s() const { return wall_s_; }
    [[nodiscard]] std::uint64_t spikes() const { return statistics_.spikes(); }
    /// Milliseconds simulated by this process, not by an earlier one it went on from.
    [[nodiscard]] double own_ms() const { return time_ms() - start_ms_; }

  private:
    Run(const NetworkDescription& description,
        const Options& options,
        const Saved* saved,
        io::Overwrite allowed)
        : description_(description), options_(options), overwrite_(allowed),
          identity_(identity(description, options)),
          simulator_(description.network, thread_count(options)), statistics_(description.network) {
        if (saved != nullptr) {
            simulator_.load(saved->simulator);
            statistics_.load(saved->statistics);
            recordings_.emplace(description, options.out, saved->recordings);
        } else {
            recordings_.emplace(description, options.out, allowed);
        }
        resumed_ = saved != nullptr;
        start_ms_ = simulator_.time_ms();
        before_ = simulator_.counters();
    }

    bool advance(const std::function<bool(double)>& go_on);
    void save_checkpoint();
    [[nodiscard]] Json to_json(double build_s) const;

    const NetworkDescription& description_;
    const Options& options_;
    io::Overwrite overwrite_;
    std::uint64_t identity_;
    Simulator simulator_;
    io::RunStatistics statistics_;
    std::optional<io::Recordings> recordings_;
    bool resumed_ = false;
    bool completed_ = false;
    double start_ms_ = 0.0;
    double wall_s_ = 0.0;
    Counters before_;
};

bool Run::advance(const std::function<bool(double)>& go_on) {
    const std::array<Recorder*, 2> recorders{&*recordings_, &statistics_};
    if (resumed_) return simulator_.resume(recorders, go_on);
    return simulator_.run(description_.duration_ms, recorders, go_on);
}

void Run::save_checkpoint() {
    if (options_.checkpoint.empty()) return;
    const std::string recordings = recordings_->save();
    const std::string statistics = statistics_.save();
    std::string content = simulator_.save();
    content.reserve(content.size() + recordings.size() + statistics.size() + 2 * k_length_bytes);
    content += recordings;
    content += statistics;
    add_length(content, recordings.size());
    add_length(content, statistics.size());
    write_checkpoint(options_.checkpoint, content, identity_);
}

void Run::go(ProgressBar& bar, double build_s) {
    const Clock::time_point start = Clock::now();
    Clock::time_point last_checkpoint = start;
    const StopSignals signals;
    completed_ = advance([&](double t_ms) {
        // The end is told once, below.
        const double end_ms = description_.duration_ms;
        const double fraction = end_ms > 0.0 ? std::min(t_ms / end_ms, 0.999) : 0.0;
        bar.update("simulate", fraction, t_ms - start_ms_);
        if (StopSignals::asked()) return false;
        if (seconds_since(last_checkpoint) >= options_.checkpoint_every_s) {
            save_checkpoint();
            last_checkpoint = Clock::now(); // after it, so that slow ones leave time to simulate
        }
        return true;
    });
    wall_s_ = seconds_since(start);
    if (completed_)
        bar.update("simulate", 1.0, own_ms());
    else
        save_checkpoint();
    recordings_->finish(time_ms());
    io::write_files({{fs::path(options_.out) / "run.json", to_json(build_s).dump(1) + "\n"}},
                    overwrite_);
}

Json Run::to_json(double build_s) const {
    const Counters now = simulator_.counters();
    const double events = static_cast<double>((now.synaptic_events + now.arrivals) -
                                              (before_.synaptic_events + before_.arrivals));
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
    json["synapse_bytes"] = simulator_.synapse_bytes();
    json["peak_rss_mib"] = peak_rss_mib();
    json["counters"] = {{"spikes", now.spikes},
                        {"predicted_spikes", now.predicted_spikes},
                        {"candidates", now.candidates},
                        {"arrivals", now.arrivals},
                        {"synaptic_events", now.synaptic_events},
                        {"windows", now.windows}};
    json["populations"] = statistics_.to_json(time_ms());
    return json;
}

std::string interruption(const Run& run, const NetworkDescription& description, const Options& o) {
    std::string told = fmt::format("interrupted at {:.6g} of {:.6g} ms; {} holds what there is",
                                   run.time_ms(), description.duration_ms, o.out);
    if (!o.checkpoint.empty()) told += fmt::format("; go on with --resume {}", o.checkpoint);
    return told;
}

void run_simulate(const Options& options, const CommonOptions& common) {
    const NetworkDescription description = load_network(options, common);
    // Going on replaces what the earlier run wrote, after finding its bytes there.
    const bool resuming = !options.resume.empty();
    const io::Overwrite allowed = resuming ? io::Overwrite::allow : overwrite(common);
    require_outputs(description, options, allowed);
    std::optional<Saved> saved;
    if (resuming) saved.emplace(read_checkpoint(options.resume, identity(description, options)));
    ProgressBar bar(common.quiet);
    const Clock::time_point start = Clock::now();
    bar.update("build", 0.0, 0.0);
    Run run = saved ? Run(description, options, *saved) : Run(description, options, allowed);
    saved.reset(); // as large as the simulator itself
    bar.update("build", 1.0, 0.0);
    run.go(bar, seconds_since(start));
    bar.finish();
    if (!run.completed()) throw Interrupted(interruption(run, description, options));
    say(common, fmt::format("{}: {:.6g} ms, {} spikes in {:.2f} s ({:.3g} x real time)",
                            options.out, run.time_ms(), run.spikes(), run.wall_s(),
                            run.own_ms() / 1000.0 / std::max(run.wall_s(), 1e-9)));
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

void add_simulate(CLI::App& program, CommonOptions& common, Action& action) {
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
    command->callback(
        [=, &common, &action] { action = [=, &common] { run_simulate(*options, common); }; });
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
