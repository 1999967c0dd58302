#include "benchmark_networks.hpp"
#include "cli/rank_costs.hpp"
#include "embedded/digits_csv.hpp"
#include "experiments/training.hpp"
#include "io/csv.hpp"
#include "network/engine/simulator.hpp"
#ifdef SPIKEWELL_MPI
#include "network/engine/mpi_exchange.hpp"
#endif

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

// What the networks of tests/benchmark/README.md cost. Each run is a process of its own, so that
// its memory is its own too; what is timed is the simulation alone, not the building. Under mpirun
// with several ranks they share each network, run after run.

using namespace spikewell;

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::vector<std::string> only = {"A", "A20", "B", "C", "D", "F64", "F784", "F4096"};
    int threads = 1;
    std::uint64_t seed = 1;
    int repeat = 1;
    double duration_ms = 0.0; // 0: the benchmark's own
    std::string json;
};

/// Wall clock and the processor time of all threads, since it was made.
class Stopwatch {
  public:
    [[nodiscard]] double wall_s() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
    }
    [[nodiscard]] double cpu_s() const {
        return static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC;
    }

  private:
    std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
    std::clock_t cpu_ = std::clock();
};

double mean_rate_Hz(std::uint64_t spikes, std::size_t n_neurons, double simulated_ms) {
    return static_cast<double>(spikes) / (static_cast<double>(n_neurons) * 1e-3 * simulated_ms);
}

/// What several ranks have exchanged since `before`; nothing of one. Collective; complete on rank 0.
Json rank_entries(const Simulator& simulator,
                  Exchange& exchange,
                  const ExchangeStatistics& before) {
    if (exchange.n_ranks() == 1) return Json::object();
    const std::vector<cli::RankCost> ranks =
        cli::gather_costs(exchange, {simulator.synapse_bytes(), cli::peak_rss_mib(),
                                     cli::operator-(exchange.statistics(), before)});
    double rss_mib = 0.0;
    for (const cli::RankCost& rank : ranks)
        rss_mib += rank.peak_rss_mib;
    return {{"ranks", cli::to_json(ranks)}, {"peak_rss_mib", rss_mib}};
}

Json measure_point_neurons(const std::string& name, const Options& options, Exchange& exchange) {
    const benchmark::Case one = benchmark::point_neurons(name, options.seed);
    std::size_t n_neurons = 0;
    for (const Population& population : one.network.populations)
        n_neurons += size_of(population);
    const Stopwatch build;
    Simulator simulator(one.network, options.threads, exchange);
    const double build_s = build.wall_s();
    const double duration_ms = options.duration_ms > 0.0 ? options.duration_ms : one.duration_ms;
    exchange.meet();
    const ExchangeStatistics before = exchange.statistics();
    const Stopwatch run;
    simulator.run(duration_ms);
    const double wall_s = run.wall_s();
    const double cpu_s = run.cpu_s();
    const Json ranks = rank_entries(simulator, exchange, before);
    const Counters counters = simulator.counters();
    Json measured = {{"wall_s", wall_s},
                     {"simulated_ms", duration_ms},
                     {"spikes", counters.spikes},
                     {"mean_rate_hz", mean_rate_Hz(counters.spikes, n_neurons, duration_ms)},
                     {"synaptic_events", counters.synaptic_events},
                     {"cpu_s", cpu_s},
                     {"build_s", build_s},
                     {"windows", counters.windows},
                     {"synapse_bytes", simulator.synapse_bytes()}};
    measured.update(ranks);
    return measured;
}

/// Inference: its time is of the state that 5 tau_ref have settled.
Json measure_inference(std::size_t n_nodes, const Options& options, Exchange& exchange) {
    Network network = benchmark::attractor(n_nodes, options.seed);
    const DyadicCode code = code_of(network.populations[0]);
    const double duration_ms = options.duration_ms > 0.0 ? options.duration_ms
                               : n_nodes < 2000          ? 5000.0
                                                         : 1000.0;
    const Stopwatch build;
    Simulator simulator(std::move(network), options.threads, exchange);
    simulator.set_evidence({0}, benchmark::evidence(n_nodes, options.seed));
    const double build_s = build.wall_s();
    simulator.run(5.0 * code.tau_ref_ms);
    const Counters before = simulator.counters();
    exchange.meet();
    const ExchangeStatistics exchanged = exchange.statistics();
    const Stopwatch run;
    simulator.run(duration_ms);
    const double wall_s = run.wall_s();
    const double cpu_s = run.cpu_s();
    const Json ranks = rank_entries(simulator, exchange, exchanged);
    const Counters after = simulator.counters();
    const std::uint64_t spikes = after.spikes - before.spikes;
    Json measured = {{"wall_s", wall_s},
                     {"simulated_ms", duration_ms},
                     {"spikes", spikes},
                     {"mean_rate_hz", mean_rate_Hz(spikes, code.n_neurons(), duration_ms)},
                     {"synaptic_events", spikes * (n_nodes - 1)},
                     {"cpu_s", cpu_s},
                     {"build_s", build_s},
                     {"ms_per_tau_ref", 1e3 * wall_s * code.tau_ref_ms / duration_ms},
                     {"candidates", after.candidates - before.candidates},
                     {"arrivals", after.arrivals - before.arrivals},
                     {"windows", after.windows - before.windows}};
    measured.update(ranks);
    return measured;
}

/// The main job's training, as rates and as spikes; one thread.
Json measure_training(const Options& options) {
    using namespace experiments;
    Config config;
    const std::string source = "digits";
    const Dataset digits =
        make_dataset(io::parse_csv(embedded::digits_csv(), source), config.data, source);
    if (options.duration_ms > 0.0) {
        const double presentation_ms =
            config.spiking.tau_ref_ms * static_cast<double>(config.training.steps_per_presentation);
        config.training.presentations =
            static_cast<std::size_t>(std::max(1.0, options.duration_ms / presentation_ms));
    }
    const Training rates = train(Backend::rate, digits.train, config, options.seed);
    const Stopwatch run;
    const Training spikes = train(Backend::spiking, digits.train, config, options.seed);
    const double cpu_s = run.cpu_s();
    const std::size_t n_nodes = digits.train.rows;
    const std::size_t n_neurons =
        n_nodes * static_cast<std::size_t>(config.spiking.neurons_per_node);
    return {{"threads", 1},
            {"wall_s", spikes.wall_s},
            {"simulated_ms", spikes.simulated_ms},
            {"spikes", spikes.spikes},
            {"mean_rate_hz", mean_rate_Hz(spikes.spikes, n_neurons, spikes.simulated_ms)},
            {"synaptic_events", spikes.spikes * (n_nodes - 1)},
            {"cpu_s", cpu_s},
            {"ms_per_tau_ref", 1e3 * spikes.wall_s / static_cast<double>(spikes.steps)},
            {"rate_form_wall_s", rates.wall_s},
            {"ratio_to_rate_form", spikes.wall_s / rates.wall_s}};
}

Json measure(const std::string& name, const Options& options, Exchange& exchange) {
    if (name == "F64") return measure_training(options);
    if (name.front() == 'F')
        return measure_inference(std::stoul(name.substr(1)), options, exchange);
    return measure_point_neurons(name, options, exchange);
}

Json entry_of(const std::string& name, const Options& options, const Json& measured) {
    Json entry = {{"name", name}, {"threads", options.threads}, {"seed", options.seed}};
    entry.update(measured);
    return entry;
}

void write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string read_all(int file) {
    std::string text;
    std::array<char, 4096> part{};
    for (auto n = ::read(file, part.data(), part.size()); n > 0;
         n = ::read(file, part.data(), part.size()))
        text.append(part.data(), static_cast<std::size_t>(n));
    return text;
}

/// Measures in a child process, whose peak memory is then known.
Json run_apart(const std::string& name, const Options& options) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("no process");
    if (child == 0) {
        int exit_code = 0;
        try {
            SingleProcess alone;
            write_all(ends[1], measure(name, options, alone).dump());
        } catch (const std::exception& error) {
            fmt::print(stderr, "spikewell-bench: {}: {}\n", name, error.what());
            exit_code = 1;
        }
        ::_exit(exit_code);
    }
    ::close(ends[1]);
    const std::string text = read_all(ends[0]);
    ::close(ends[0]);
    int status = 0;
    rusage usage{};
    ::wait4(child, &status, 0, &usage);
    if (status != 0) throw std::runtime_error("the run of " + name + " failed");
    Json entry = entry_of(name, options, Json::parse(text));
    entry["peak_rss_mib"] = static_cast<double>(usage.ru_maxrss) / 1024.0; // Linux tells KiB
    return entry;
}

double median(const std::vector<Json>& runs, const char* key) {
    std::vector<double> values;
    for (const Json& run : runs)
        values.push_back(run.at(key).get<double>());
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

void print_header() {
    fmt::print("{:<6} {:>7} {:>10} {:>10} {:>12} {:>9} {:>14} {:>9} {:>11} {:>10} {:>10}\n", "name",
               "threads", "wall s", "sim ms", "spikes", "rate Hz", "syn. events", "ns/event",
               "ms/tau_ref", "x rates", "RSS MiB");
}

void print_row(const std::vector<Json>& runs) {
    const Json& one = runs.front();
    const auto optional = [&](const char* key) {
        return one.contains(key) ? fmt::format("{:.3f}", median(runs, key)) : std::string("-");
    };
    const double wall_s = median(runs, "wall_s");
    const double events = median(runs, "synaptic_events");
    fmt::print("{:<6} {:>7} {:>10.3f} {:>10.0f} {:>12.0f} {:>9.3f} {:>14.0f} {:>9.2f} {:>11} "
               "{:>10} {:>10.1f}\n",
               one.at("name").get<std::string>(), one.at("threads").get<int>(), wall_s,
               median(runs, "simulated_ms"), median(runs, "spikes"), median(runs, "mean_rate_hz"),
               events, events > 0.0 ? 1e9 * wall_s / events : 0.0, optional("ms_per_tau_ref"),
               optional("ratio_to_rate_form"), median(runs, "peak_rss_mib"));
    std::fflush(stdout);
}

std::string check_name(const std::string& name) {
    const bool is_attractor =
        name.size() > 1 && name.size() < 7 && name.front() == 'F' && name[1] != '0' &&
        std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
    return is_attractor || benchmark::is_point_neurons(name)
               ? ""
               : "must be A, A20, B, C, D, F64 (training) or F and a number of nodes, got " + name;
}

Options parse(int argc, char** argv) {
    Options options;
    CLI::App app{"Measures what Spikewell's benchmark networks cost", "spikewell-bench"};
    app.add_option("--only", options.only, "Benchmarks, separated by commas")
        ->delimiter(',')
        ->check(check_name);
    app.add_option("--threads", options.threads, "Threads (F64 takes one)")
        ->check(CLI::Range(1, 1024));
    app.add_option("--seed", options.seed, "Seed of networks and runs");
    app.add_option("--repeat", options.repeat, "Runs of each benchmark")
        ->check(CLI::Range(1, 1000));
    app.add_option("--duration-ms", options.duration_ms, "Instead of each benchmark's own")
        ->check(CLI::PositiveNumber);
    app.add_option("--json", options.json, "File to write the runs to")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error) == 0 ? 0 : 1);
    }
    return options;
}

/// Measures all that is asked for; rank 0 prints and returns the runs.
Json measure_all(const Options& options, Exchange& exchange) {
    Json entries = Json::array();
    const bool speaks = exchange.rank() == 0;
    if (speaks) print_header();
    for (const std::string& name : options.only) {
        if (name == "F64" && exchange.n_ranks() > 1)
            throw std::runtime_error("F64 runs in one process");
        std::vector<Json> runs;
        for (int r = 0; r < options.repeat; ++r) {
            runs.push_back(exchange.n_ranks() == 1
                               ? run_apart(name, options)
                               : entry_of(name, options, measure(name, options, exchange)));
        }
        if (speaks) print_row(runs);
        for (Json& run : runs)
            entries.push_back(std::move(run));
    }
    return entries;
}

int run(const Options& options, Exchange& exchange) {
    try {
        std::ofstream file;
        if (exchange.rank() == 0) file.open(options.json);
        if (!file) throw std::runtime_error(options.json + ": cannot be written");
        const Json entries = measure_all(options, exchange);
        if (exchange.rank() == 0 && !(file << entries.dump(1) << std::endl))
            throw std::runtime_error(options.json + ": cannot be written");
        exchange.meet();
        return 0;
    } catch (const FailedElsewhere& failed) {
        return failed.exit_code;
    } catch (const std::exception& error) {
        int exit_code = 1;
        if (exchange.fail(exit_code)) fmt::print(stderr, "spikewell-bench: {}\n", error.what());
        return exit_code;
    }
}

} // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
#ifdef SPIKEWELL_MPI
    const std::unique_ptr<Exchange> exchange = start_mpi();
#else
    const auto exchange = std::make_unique<SingleProcess>();
#endif
    return run(options, *exchange);
}
