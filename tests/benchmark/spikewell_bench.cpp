#include "benchmark_networks.hpp"
#include "cli/support.hpp"
#include "core/error.hpp"
#include "core/statistics.hpp"
#include "experiments/training.hpp"
#include "microcircuit/microcircuit.hpp"
#include "network/engine/memory.hpp"
#include "network/engine/simulator.hpp"
#include "rate/large_network.hpp"
#include "stream.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <ctime>
#include <limits>
#include <map>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

// What the networks of tests/benchmark/README.md cost. Each run is a process of its own, so that
// its memory is its own too; what is timed is the simulation alone, not the building.

using namespace spikewell;

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::vector<std::string> only = {"A",     "A20",  "B",     "C",     "D",     "F64",   "F784",
                                     "F4096", "L784", "L4096", "R1000", "R5000", "R10000"};
    int threads = 1;
    std::uint64_t seed = 1;
    int repeat = 1;
    double duration_ms = 0.0; // 0: the benchmark's own
    double scale = 0.1;       // of PD14: neurons and in-degrees
    std::size_t copies = 1;   // of PD14, side by side
    examples::Background background = examples::Background::poisson; // of PD14
    Prediction prediction = Prediction::spiking;                     // of L
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

/// `settle_ms` are left out of all that is measured.
Json measure_case(benchmark::Case one, double settle_ms, const Options& options) {
    std::size_t n_neurons = 0;
    for (const Population& population : one.network.populations)
        n_neurons += size_of(population);
    const Stopwatch build;
    Simulator simulator(std::move(one.network), options.threads);
    const double build_s = build.wall_s();
    const double duration_ms = options.duration_ms > 0.0 ? options.duration_ms : one.duration_ms;
    if (settle_ms > 0.0) simulator.run(settle_ms);
    const Counters before = simulator.counters();
    const Stopwatch run;
    simulator.run(duration_ms);
    const double wall_s = run.wall_s();
    const double cpu_s = run.cpu_s();
    const Counters counters = simulator.counters();
    const std::uint64_t spikes = counters.spikes - before.spikes;
    return {{"wall_s", wall_s},
            {"simulated_ms", duration_ms},
            {"spikes", spikes},
            {"mean_rate_hz", mean_rate_Hz(spikes, n_neurons, duration_ms)},
            {"synaptic_events", counters.synaptic_events - before.synaptic_events},
            {"poisson_inputs", counters.poisson_inputs - before.poisson_inputs},
            {"cpu_s", cpu_s},
            {"build_s", build_s},
            {"synapse_bytes", simulator.synapse_bytes()}};
}

Json measure_point_neurons(const std::string& name, const Options& options) {
    return measure_case(benchmark::point_neurons(name, options.seed), 0.0, options);
}

/// As many copies of a network of point neurons, which do not hear of each other.
Network side_by_side(const Network& one, std::size_t n_copies) {
    Network all;
    all.seed = one.seed;
    const auto n_populations = static_cast<std::uint32_t>(one.populations.size());
    for (std::size_t copy = 0; copy < n_copies; ++copy) {
        const std::string suffix = n_copies > 1 ? fmt::format(" {}", copy + 1) : "";
        const auto shift = static_cast<std::uint32_t>(copy) * n_populations;
        for (const Population& population : one.populations) {
            auto cells = std::get<NeuronPopulation>(population);
            cells.name += suffix;
            all.populations.emplace_back(std::move(cells));
        }
        for (const Projection& projection : one.projections) {
            auto synapses = std::get<SynapticProjection>(projection);
            synapses.name += suffix;
            synapses.pre.population.index += shift;
            synapses.post.population.index += shift;
            all.projections.emplace_back(std::move(synapses));
        }
    }
    return all;
}

/// The cortical microcircuit: what starts all at once is over after 100 ms.
Json measure_microcircuit(const Options& options) {
    Network network = side_by_side(
        examples::microcircuit({options.scale, options.scale, options.background, options.seed}),
        options.copies);
    double n_synapses = 0.0;
    for (const Projection& projection : network.projections)
        n_synapses += expected_synapses(rule_of(std::get<SynapticProjection>(projection), network));
    const double required = required_bytes(network, options.threads);
    require_memory(required, "network");
    Json figures = measure_case({std::move(network), 1000.0}, 100.0, options);
    figures["scale"] = options.scale;
    figures["copies"] = options.copies;
    figures["synapses"] = n_synapses;
    figures["build_ns_per_synapse"] = 1e9 * figures.at("build_s").get<double>() / n_synapses;
    figures["required_mib"] = required / (1024.0 * 1024.0);
    return figures;
}

/// An attractor network: its time is of the state that 5 tau_ref have settled. `own_ms` is the duration of
/// fewer than 2,000 nodes, and of more.
struct Settled {
    Json figures;
    Counters before;
    Counters after;
};
Settled measure_settled(Network network,
                        const std::array<double, 2>& own_ms,
                        const Options& options) {
    const DyadicCode code = code_of(network.populations[0]);
    const std::size_t n_nodes = code.n_nodes;
    const double duration_ms =
        options.duration_ms > 0.0 ? options.duration_ms : own_ms[n_nodes < 2000 ? 0 : 1];
    const Stopwatch build;
    Simulator simulator(std::move(network), options.threads);
    simulator.set_evidence({0}, benchmark::evidence(n_nodes, options.seed));
    const double build_s = build.wall_s();
    simulator.run(5.0 * code.tau_ref_ms);
    const Counters before = simulator.counters();
    const Stopwatch run;
    simulator.run(duration_ms);
    const double wall_s = run.wall_s();
    const double cpu_s = run.cpu_s();
    const Counters after = simulator.counters();
    const std::uint64_t spikes = after.spikes - before.spikes;
    return {{{"wall_s", wall_s},
             {"simulated_ms", duration_ms},
             {"spikes", spikes},
             {"mean_rate_hz", mean_rate_Hz(spikes, code.n_neurons(), duration_ms)},
             {"synaptic_events", spikes * (n_nodes - 1)},
             {"cpu_s", cpu_s},
             {"build_s", build_s},
             {"synapse_bytes", simulator.synapse_bytes()},
             {"ms_per_tau_ref", 1e3 * wall_s * code.tau_ref_ms / duration_ms}},
            before,
            after};
}

Network attractor_in_memory(std::size_t n_nodes, const Options& options) {
    const auto n = static_cast<double>(n_nodes);
    require_memory(n * n * (sizeof(double) + sizeof(float)), "network");
    return benchmark::attractor(n_nodes, options.seed);
}

Json measure_inference(std::size_t n_nodes, const Options& options) {
    auto [figures, before, after] =
        measure_settled(attractor_in_memory(n_nodes, options), {5000.0, 1000.0}, options);
    figures["candidates"] = after.candidates - before.candidates;
    figures["arrivals"] = after.arrivals - before.arrivals;
    figures["windows"] = after.windows - before.windows;
    return figures;
}

/// Learning in spikes: what F has, and the rule on.
Json measure_learning(std::size_t n_nodes, const Options& options) {
    Network network = attractor_in_memory(n_nodes, options);
    factorised(network.projections[0]).plasticity = PredictiveHebbian{{}, options.prediction};
    return measure_settled(std::move(network), {1000.0, 100.0}, options).figures;
}

/// How fast couplings of as many bytes can be read and, as often as the rule does, written: one pass that
/// scales and adds up each number, by as many threads.
double stream_passes_per_s(std::size_t n_nodes, int n_threads, double least_s) {
    std::vector<float> numbers(n_nodes * n_nodes, 1.0F);
    constexpr std::size_t k_piece = std::size_t{1} << 16U;
    const std::size_t n_pieces = (numbers.size() + k_piece - 1) / k_piece;
    std::vector<float> sums(n_pieces);
    Team team(n_threads);
    const auto pass = [&](bool write) {
        team.for_each(n_pieces, [&](std::size_t p) {
            float* const from = numbers.data() + p * k_piece;
            const std::size_t n = std::min(k_piece, numbers.size() - p * k_piece);
            sums[p] = write ? benchmark::scale_and_sum(from, n, 0.999F) : benchmark::sum(from, n);
        });
    };
    pass(true);
    const Stopwatch run;
    std::size_t n_passes = 0;
    do {
        for (std::size_t k = 1; k < rate::k_steps_per_write; ++k)
            pass(false);
        pass(true);
        n_passes += rate::k_steps_per_write;
    } while (run.wall_s() < least_s);
    return static_cast<double>(n_passes) / run.wall_s();
}

/// Learning in rates, and the bound that memory sets.
Json measure_rates(std::size_t n_nodes, const Options& options) {
    const auto n = static_cast<double>(n_nodes);
    require_memory(n * n * 2.0 * sizeof(float), "network"); // the loop that uses memory alone, too
    const Stopwatch build;
    rate::LargeNetwork network(n_nodes, options.seed, options.threads);
    const double build_s = build.wall_s();
    const std::vector<double> evidence = benchmark::evidence(n_nodes, options.seed);
    const rate::StepOptions step{1.0, learning_rate_of(std::nullopt, n)};
    const bool is_short = options.duration_ms > 0.0;
    const std::size_t n_steps =
        is_short ? rate::k_steps_per_write
                 : static_cast<std::size_t>(std::clamp(4e9 / (n * n), 16.0, 20000.0));
    for (std::size_t s = 0; s < rate::k_steps_per_write; ++s)
        network.step(evidence, step);
    const Stopwatch run;
    for (std::size_t s = 0; s < n_steps; ++s)
        network.step(evidence, step);
    const double wall_s = run.wall_s();
    const double cpu_s = run.cpu_s();
    const double steps_per_s = static_cast<double>(n_steps) / wall_s;
    return {{"wall_s", wall_s},
            {"steps", n_steps},
            {"cpu_s", cpu_s},
            {"build_s", build_s},
            {"synapse_bytes", n_nodes * n_nodes * sizeof(float)},
            {"steps_per_s", steps_per_s},
            {"share_of_stream",
             steps_per_s / stream_passes_per_s(n_nodes, options.threads, is_short ? 0.0 : 1.0)}};
}

/// The main job's training, as rates and as spikes; one thread.
Json measure_training(const Options& options) {
    using namespace experiments;
    Config config;
    const Dataset digits = cli::load_data(config);
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

Json measure(const std::string& name, const Options& options) {
    if (name == "F64") return measure_training(options);
    if (name == "PD14") return measure_microcircuit(options);
    if (name.front() == 'F') return measure_inference(std::stoul(name.substr(1)), options);
    if (name.front() == 'L') return measure_learning(std::stoul(name.substr(1)), options);
    if (name.front() == 'R') return measure_rates(std::stoul(name.substr(1)), options);
    return measure_point_neurons(name, options);
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

/// What a child process has to say: what it measured, or "error".
std::string report_of(const std::string& name, const Options& options) {
    try {
        return measure(name, options).dump();
    } catch (const std::exception& error) {
        return Json{{"error", error.what()}}.dump();
    }
}

/// Measures in a child process, whose peak memory is then known.
Json run_apart(const std::string& name, const Options& options) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw Error(fmt::format("{}: {}", name, std::strerror(errno)));
    std::fflush(nullptr); // what is still buffered would be the child's, too
    const pid_t child = ::fork();
    if (child < 0) throw Error(fmt::format("{}: {}", name, std::strerror(errno)));
    if (child == 0) {
        write_all(ends[1], report_of(name, options));
        ::_exit(0);
    }
    ::close(ends[1]);
    const std::string text = read_all(ends[0]);
    ::close(ends[0]);
    int status = 0;
    rusage usage{};
    ::wait4(child, &status, 0, &usage);
    if (WIFSIGNALED(status)) {
        throw Error(fmt::format("{}: its process was ended by signal {} ({})", name,
                                WTERMSIG(status), ::strsignal(WTERMSIG(status))));
    }
    const Json measured = Json::parse(text);
    if (measured.contains("error"))
        throw Error(fmt::format("{}: {}", name, measured.at("error").get<std::string>()));
    Json entry = {{"name", name}, {"threads", options.threads}, {"seed", options.seed}};
    entry.update(measured);
    if (measured.contains("simulated_ms"))
        entry["q"] = measured.at("wall_s").get<double>() /
                     (1e-3 * measured.at("simulated_ms").get<double>());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): the C library's, of one member
    entry["peak_rss_mib"] = static_cast<double>(usage.ru_maxrss) / 1024.0; // Linux tells KiB
    return entry;
}

double median_of(const std::vector<Json>& runs, const char* key) {
    std::vector<double> values;
    for (const Json& run : runs)
        values.push_back(run.at(key).get<double>());
    return median(std::move(values));
}

void print_header() {
    fmt::print("{:<6} {:>7} {:>10} {:>8} {:>10} {:>12} {:>9} {:>14} {:>9} {:>14} {:>11} {:>10} "
               "{:>10} {:>9} {:>10}\n",
               "name", "threads", "wall s", "q", "sim ms", "spikes", "rate Hz", "syn. events",
               "ns/event", "Poisson inputs", "ms/tau_ref", "x rates", "steps/s", "of stream",
               "RSS MiB");
}

void print_row(const std::vector<Json>& runs) {
    const Json& one = runs.front();
    const auto median_shown = [&](const char* key, const char* format) {
        return one.contains(key) ? fmt::format(fmt::runtime(format), median_of(runs, key))
                                 : std::string("-");
    };
    const double wall_s = median_of(runs, "wall_s");
    const double events =
        one.contains("synaptic_events") ? median_of(runs, "synaptic_events") : 0.0;
    fmt::print("{:<6} {:>7} {:>10.3f} {:>8} {:>10} {:>12} {:>9} {:>14} {:>9} "
               "{:>14} {:>11} {:>10} {:>10} {:>9} {:>10.1f}\n",
               one.at("name").get<std::string>(), one.at("threads").get<int>(), wall_s,
               median_shown("q", "{:.3g}"), median_shown("simulated_ms", "{:.0f}"),
               median_shown("spikes", "{:.0f}"), median_shown("mean_rate_hz", "{:.3f}"),
               median_shown("synaptic_events", "{:.0f}"),
               events > 0.0 ? fmt::format("{:.2f}", 1e9 * wall_s / events) : "-",
               median_shown("poisson_inputs", "{:.0f}"), median_shown("ms_per_tau_ref", "{:.3f}"),
               median_shown("ratio_to_rate_form", "{:.3f}"), median_shown("steps_per_s", "{:.1f}"),
               median_shown("share_of_stream", "{:.3f}"), median_of(runs, "peak_rss_mib"));
    std::fflush(stdout);
}

std::string check_name(const std::string& name) {
    const bool is_attractor =
        name.size() > 1 && name.size() < 7 && std::strchr("FLR", name.front()) != nullptr &&
        name[1] != '0' &&
        std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
    return is_attractor || name == "PD14" || benchmark::is_point_neurons(name)
               ? ""
               : "must be A, A20, B, C, T, S, D, COBA, PD14, F64 (training) or F, L or R and a "
                 "number "
                 "of nodes up to 99999, got " +
                     name;
}

void add_options(CLI::App& program, Options& options) {
    program.add_option("--only", options.only, "Benchmarks, separated by commas")
        ->delimiter(',')
        ->check(CLI::Validator(check_name, "", ""))
        ->capture_default_str();
    program.add_option("--threads", options.threads, "Threads (F64 takes one)")
        ->check(cli::whole_number(1, 4096))
        ->capture_default_str();
    program.add_option("--seed", options.seed, "Seed of networks and runs")
        ->check(cli::whole_number(0, std::numeric_limits<std::uint64_t>::max()))
        ->capture_default_str();
    program.add_option("--repeat", options.repeat, "Runs of each benchmark; the table has medians")
        ->check(cli::whole_number(1, 1000))
        ->capture_default_str();
    program
        .add_option("--duration-ms", options.duration_ms,
                    "Model time; 0: each benchmark's own. F64 rounds down to whole presentations, "
                    "R takes 8 steps")
        ->check(cli::number_up_to(1e15))
        ->capture_default_str();
    program.add_option("--prediction", options.prediction, "Of L: spiking or expected")
        ->transform(CLI::CheckedTransformer(std::map<std::string, Prediction>{
            {"spiking", Prediction::spiking}, {"expected", Prediction::expected}}));
    program.add_option("--scale", options.scale, "Of PD14: share of neurons and of in-degrees")
        ->check(CLI::Range(1e-3, 1.0))
        ->capture_default_str();
    program.add_option("--copies", options.copies, "Of PD14: microcircuits side by side")
        ->check(cli::whole_number(1, 1000))
        ->capture_default_str();
    program.add_option("--background", options.background, "Of PD14: poisson or dc")
        ->transform(CLI::CheckedTransformer(std::map<std::string, examples::Background>{
            {"poisson", examples::Background::poisson}, {"dc", examples::Background::dc}}));
    program.add_option("--json", options.json, "File to write every run to")->required();
    program.footer("Example:\n  spikewell-bench --only A,B --threads 2 --json runs.json");
}

void measure_all(const Options& options) {
    std::optional<io::FileOutput> json; // nobody else writes it meanwhile
    if (!options.json.empty()) json.emplace(options.json, io::Overwrite::allow);
    Json entries = Json::array();
    print_header();
    for (const std::string& name : options.only) {
        std::vector<Json> runs;
        for (int r = 0; r < options.repeat; ++r)
            runs.push_back(run_apart(name, options));
        print_row(runs);
        for (Json& run : runs)
            entries.push_back(std::move(run));
    }
    json->publish(entries.dump(1) + "\n");
}

} // namespace

int main(int argc, char** argv) {
    CLI::App program("Measures what Spikewell's benchmark networks cost", "spikewell-bench");
    Options options;
    add_options(program, options);
    try {
        program.parse(argc, argv);
        measure_all(options);
    } catch (const CLI::Success& success) { // --help
        return program.exit(success);
    } catch (const CLI::ParseError& error) {
        fmt::print(stderr, "spikewell-bench: {}; see 'spikewell-bench --help'\n", error.what());
        return 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "spikewell-bench: {}\n", error.what());
        return 1;
    }
    return 0;
}
