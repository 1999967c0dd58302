#include "core/error.hpp"
#include "core/process_use.hpp"
#include "mapping/detail/part_limits.hpp"
#include "partition_baselines.hpp"
#include "support/neuron_graphs.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

// Neurons grouped into parts within the limits of cores: connectivity, parts, time and memory, beside what METIS's recursive
// bisection makes of the same graph within the same limits. Each row is a process of its own.

namespace {

using namespace spikewell;
using mapping::NeuronGraph;
using mapping::PartLimits;

struct Options {
    std::vector<std::string> graphs{"16k-rand", "64k-rand", "256k-rand"};
    std::vector<std::string> limits{"loihi64"};
    std::vector<std::string> methods{"ours", "metis"};
    std::uint64_t seed = 1;
    double effort = 1.0;
};

struct NamedGraph {
    std::string name;
    std::function<NeuronGraph(std::uint64_t seed)> make;
};

/// Neurons are numbered at random, so that their order says nothing.
const std::vector<NamedGraph>& graphs() {
    using namespace spikewell::test;
    static const std::vector<NamedGraph> all{
        {"16k-rand", [](std::uint64_t seed) { return random_neurons(1U << 14U, 16, seed); }},
        {"64k-rand", [](std::uint64_t seed) { return random_neurons(1U << 16U, 32, seed); }},
        {"256k-rand", [](std::uint64_t seed) { return random_neurons(1U << 18U, 48, seed); }},
        {"16k-plane",
         [](std::uint64_t seed) {
             return renumbered(reservoir_neurons(128, 2, 6, 32, seed), seed);
         }},
        {"16k-cube",
         [](std::uint64_t seed) {
             return renumbered(reservoir_neurons(26, 3, 3, 32, seed), seed);
         }},
        {"64k-plane",
         [](std::uint64_t seed) {
             return renumbered(reservoir_neurons(256, 2, 6, 32, seed), seed);
         }},
        {"16k-modules",
         [](std::uint64_t seed) {
             return renumbered(hierarchical_neurons(1U << 14U, 64, 4, 32, seed), seed);
         }},
        {"64k-modules",
         [](std::uint64_t seed) {
             return renumbered(hierarchical_neurons(1U << 16U, 100, 5, 32, seed), seed);
         }},
    };
    return all;
}

using Method = std::function<std::vector<std::uint32_t>(
    const NeuronGraph&, const PartLimits&, const Options&)>;
struct NamedMethod {
    std::string name;
    Method parts;
};

const std::vector<NamedMethod>& methods() {
    using namespace spikewell::benchmark;
    static const std::vector<NamedMethod> all{
        {"ours",
         [](const NeuronGraph& graph, const PartLimits& limits, const Options& options) {
             return mapping::regroup(graph, limits, {options.seed, options.effort}).part_of;
         }},
        {"metis",
         [](const NeuronGraph& graph, const PartLimits& limits, const Options&) {
             return bisected_parts(graph, limits, Pairs::sources_with_targets);
         }},
        {"metis-all-pairs",
         [](const NeuronGraph& graph, const PartLimits& limits, const Options&) {
             return bisected_parts(graph, limits, Pairs::all);
         }},
        {"metis-fewest", [](const NeuronGraph& graph, const PartLimits& limits,
                            const Options&) { return fewest_bisected_parts(graph, limits); }},
        {"in-order", [](const NeuronGraph& graph, const PartLimits& limits,
                        const Options&) { return parts_in_order(graph, limits); }},
    };
    return all;
}

template <class Named> const Named& named(const std::vector<Named>& all, const std::string& name) {
    std::vector<std::string> names;
    for (const Named& one : all) {
        if (one.name == name) return one;
        names.push_back(one.name);
    }
    throw ParameterError("bench_partition", "name", name,
                         fmt::format("{}", fmt::join(names, ", ")));
}

/// Parts that exceed a limit, counted apart from what made them.
std::size_t n_too_full(const test::PartSets& sets, const PartLimits& limits) {
    std::size_t n = 0;
    for (std::size_t part = 0; part < sets.neurons.size(); ++part) {
        if (sets.neurons[part].size() > limits.neurons || sets.axons[part].size() > limits.in_axons)
            ++n;
    }
    return n;
}

void measure(const std::string& graph_name,
             const std::string& limits_name,
             const std::string& method,
             const Options& options) {
    const NeuronGraph graph = named(graphs(), graph_name).make(options.seed);
    const PartLimits& limits = mapping::part_limits(limits_name);
    const double start_s = processor_seconds();
    const std::vector<std::uint32_t> part_of =
        named(methods(), method).parts(graph, limits, options);
    const double taken_s = processor_seconds() - start_s;
    const double gib = peak_rss_mib() / 1024.0;
    if (part_of.empty()) {
        fmt::print("{:>12} {:>10} {:>16}  not built with METIS (Debian: libmetis-dev)\n",
                   graph_name, limits_name, method);
        return;
    }
    const test::PartSets sets = test::part_sets(graph, part_of);
    fmt::print("{:>12} {:>10} {:>16} {:>9} {:>9} {:>11.0f} {:>6} {:>9.2f} {:>6.2f} {:>8}{}\n",
               graph_name, limits_name, method, graph.n_neurons(), graph.targets.size(),
               sets.connectivity_Hz, sets.neurons.size(), taken_s, gib, n_too_full(sets, limits),
               sets.neurons.size() > limits.parts ? "  more parts than cores" : "");
}

/// In a process of its own, whose peak memory is its own.
bool measure_apart(const std::function<void()>& run) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        int code = 0;
        try {
            run();
        } catch (const std::exception& error) {
            fmt::print("{}\n", error.what());
            code = 1;
        }
        std::fflush(stdout);
        ::_exit(code);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"Connectivity of neurons grouped within the limits of cores"};
    const auto names = [](const auto& all) {
        std::vector<std::string> result;
        for (const auto& one : all)
            result.push_back(one.name);
        return result;
    };
    app.add_option("--graphs", options.graphs)
        ->delimiter(',')
        ->check(CLI::IsMember(names(graphs())))
        ->capture_default_str();
    app.add_option("--limits", options.limits)
        ->delimiter(',')
        ->check(CLI::IsMember(names(mapping::named_limits())))
        ->capture_default_str();
    app.add_option("--methods", options.methods)
        ->delimiter(',')
        ->check(CLI::IsMember(names(methods())))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "of graphs and of grouping")->capture_default_str();
    app.add_option("--effort", options.effort)->check(CLI::PositiveNumber)->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    fmt::print("{:>12} {:>10} {:>16} {:>9} {:>9} {:>11} {:>6} {:>9} {:>6} {:>8}\n", "graph",
               "limits", "method", "neurons", "synapses", "spikes/s", "parts", "cpu s", "GiB",
               "too full");
    bool all_ran = true;
    for (const std::string& graph : options.graphs) {
        for (const std::string& limits : options.limits) {
            for (const std::string& method : options.methods)
                all_ran &= measure_apart([&] { measure(graph, limits, method, options); });
        }
    }
    return all_ran ? 0 : 1;
}
