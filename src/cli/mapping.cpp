#include "cli/mapping.hpp"

#include "cli/console.hpp"
#include "cli/network_input.hpp"
#include "cli/support.hpp"
#include "core/error.hpp"
#include "io/graph_file.hpp"
#include "io/json_reader.hpp"
#include "io/layout_files.hpp"
#include "io/machine_file.hpp"
#include "io/path_text.hpp"
#include "mapping/capability.hpp"
#include "mapping/check.hpp"
#include "mapping/map_network.hpp"
#include "report/html.hpp"
#include "report/mapping_report.hpp"
#include "report/network_sections.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>

namespace spikewell::cli {

namespace {

namespace fs = std::filesystem;

struct MapOptions {
    std::string input;
    std::string out;
    std::string machine;
    std::string placements;
    std::string down_chips;
    std::string down_links;
    std::string down_cores;
    bool repair = false;
    mapping::NetworkMapOptions map; ///< of a graph its own part, `map.map`
    bool learning = false;          ///< of a model
};

/// What is to be mapped, and onto what.
struct Task {
    mapping::Graph graph; ///< where it is no network
    mapping::Machine machine;
    std::optional<io::NetworkInput> network;
};

Task load_task(const MapOptions& options, const CommonOptions& common) {
    const auto one_way =
        options.repair ? mapping::OneWayLinks::repair : mapping::OneWayLinks::refuse;
    const nlohmann::json document = read_document(options.input);
    Task task;
    if (is_network(document)) {
        if (options.machine.empty())
            throw ParameterError("map", "--machine", "none",
                                 "a machine for a network; see 'spikewell machines'");
        task.network = read_network_input(document, options.input, options.learning, common);
    } else if (io::is_graph(document)) {
        io::GraphFile file = io::parse_graph(document, options.input, one_way);
        task.graph = std::move(file.graph);
        task.machine = std::move(file.machine);
        if (task.graph.name.empty())
            task.graph.name = io::utf8(fs::path(options.input).stem().string());
    } else {
        throw DescriptionError(options.input,
                               {{"", "must be a graph (a document with vertices and nets), a "
                                     "network or a model"}});
    }
    if (!options.machine.empty()) task.machine = io::named_machine(options.machine);
    task.machine = mapping::without(std::move(task.machine),
                                    {mapping::parse_chips(options.down_chips),
                                     mapping::parse_links(options.down_links),
                                     mapping::parse_cores(options.down_cores)},
                                    one_way);
    return task;
}

mapping::Layout map_task(const Task& task, const mapping::NetworkMapOptions& options) {
    if (!task.network) return mapping::map_graph(task.graph, task.machine, options.map);
    const NetworkDescription& description = task.network->description;
    return mapping::map_network(description.network, task.machine, options, task.network->name,
                                io::digest_of(description));
}

std::string first_fault(const mapping::LayoutCheck& check) {
    return fmt::format("{}: {}", check.faults.front().where, check.faults.front().what);
}

/// Options of other inputs than the one mapped.
void refuse_of_other_inputs(const CLI::App& command, const Task& task) {
    if (!task.network)
        refuse_ignored(command,
                       {"--learning", "--time-step-ms", "--slow-down", "--neurons-per-core",
                        "--rates-from-ms"},
                       "on a graph");
    else if (!task.network->model)
        refuse_ignored(command, {"--learning"}, "on a network");
}

/// All that `map` can write, and what `emulate` wrote of a former layout.
std::vector<fs::path> names_of_map() {
    std::vector<fs::path> names = io::layout_names();
    for (const fs::path& name : io::input_names())
        names.push_back(name);
    for (const char* name : {k_report_page, "emulation.json", "emulation.html"})
        names.emplace_back(name);
    return names;
}

void run_map(const MapOptions& options, const CLI::App& command, const CommonOptions& common) {
    io::FolderOutput output({output_folder(options.out),
                             overwrite(common),
                             names_of_map(),
                             {options.input, options.machine, options.placements},
                             {},
                             io::layout_names_that_vary()});
    const Task task = load_task(options, common);
    refuse_of_other_inputs(command, task);
    mapping::NetworkMapOptions map = options.map;
    if (common.seed) map.map.seed = *common.seed;
    if (!options.placements.empty()) map.map.placements = io::read_placements(options.placements);
    const mapping::Layout layout = map_task(task, map);
    const mapping::LayoutCheck check = mapping::check_layout(layout);
    if (check.n_faults > 0) throw std::logic_error("the layout is wrong: " + first_fault(check));
    std::vector<io::NamedText> files = io::layout_files(layout);
    report::Document document = report::mapping_document(layout, check);
    if (task.network) {
        for (io::NamedText& file : io::input_files(*task.network, output.folder()))
            files.insert(files.begin(), std::move(file));
        report::add_network_sections(document, layout, task.network->description.network);
    }
    files.insert(files.begin(), {k_report_page, report::to_html(document)});
    output.publish(files); // layout.json is the last
    const std::string pieces = mapping::pieces_text(task.machine);
    if (!pieces.empty()) say(common, fmt::format("{}: {}", options.out, pieces));
    const mapping::LayoutStatistics& s = layout.statistics;
    const mapping::Board& board = mapping::board(layout.machine.board);
    if (!io::routes_fit_24_bits(board))
        say(common, fmt::format("{}: routes of chips with {} cores do not fit the 24 bits of "
                                "PACMAN's spinnaker_route; routing_tables.json has lists 'links' "
                                "and 'cores' instead",
                                options.out, board.cores));
    if (board.routing == mapping::Routing::axons && !task.network)
        say(common, fmt::format("{}: of {}'s limits, neurons and axons of a core were checked; a "
                                "graph says nothing of fan-in, weight bits and synapse memory",
                                options.out, board.name));
    say(common,
        fmt::format("{}: {} slices on {} chips, {} hops, tables of at most {} entries ({} in "
                    "all), checked",
                    options.out, layout.graph.vertices.size(), s.chips, s.hops, s.table_entries_max,
                    s.table_entries_total));
}

void run_check(const std::string& folder, const CommonOptions& common) {
    const io::FoundLayout found = io::find_layout(folder);
    const mapping::LayoutCheck check = mapping::check_layout(found.layout);
    if (check.n_faults > 0 || !found.differences.empty()) {
        std::vector<Problem> problems;
        for (const std::string& difference : found.differences)
            problems.push_back({"files", difference});
        for (const mapping::Fault& fault : check.faults)
            problems.push_back({fault.where, fault.what});
        if (check.n_faults > check.faults.size())
            problems.push_back(
                {"", fmt::format("and {} more", check.n_faults - check.faults.size())});
        throw DescriptionError(folder, problems);
    }
    say(common,
        fmt::format("{}: right; {} sets of keys reach exactly their targets, {} passages by "
                    "default routing",
                    folder, check.packets, check.default_routed));
}

std::string count_or_dash(std::int64_t value) {
    return value == 0 ? "-" : fmt::format("{}", value);
}

void print_machines() {
    put(stdout, fmt::format("{:<14}{}\n", "MACHINE", "what it is"));
    for (const mapping::Preset& preset : mapping::machine_presets())
        put(stdout, fmt::format("{:<14}{}\n", preset.name, preset.text));
    put(stdout, fmt::format("\n{:<14}{:>6}{:>9}{:>12}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}\n", "board",
                            "cores", "neurons", "SDRAM", "entries", "in axons", "out", "fan-in",
                            "weight", "step ms"));
    for (const mapping::Board& b : mapping::boards()) {
        put(stdout,
            fmt::format("{:<14}{:>6}{:>9}{:>12}{:>9}{:>9}{:>9}{:>9}{:>8}b{:>8}\n", b.name,
                        b.cores - b.monitors, b.core.neurons, count_or_dash(b.sdram_bytes),
                        count_or_dash(b.router_entries), count_or_dash(b.core.in_axons),
                        count_or_dash(b.core.out_axons), count_or_dash(b.core.fan_in),
                        b.core.weight_bits,
                        b.core.time_step_ms > 0.0 ? fmt::format("{}", b.core.time_step_ms) : "-"));
    }
    put(stdout,
        fmt::format(
            "cores, SDRAM bytes and table entries of a chip; neurons, axons of a core; - no such "
            "limit\n"));
    for (const mapping::Board& b : mapping::boards())
        put(stdout, fmt::format("{}: {}\n", b.name, b.sources));
    put(stdout, fmt::format("\nWhat runs there today:\n"));
    for (const mapping::Board& b : mapping::boards()) {
        for (const mapping::Capability& c : mapping::capabilities(b))
            put(stdout, fmt::format("{:<14}{:<30} {:<4}{}\n", b.name, c.model,
                                    c.ships ? "yes" : "no", c.how));
    }
}

template <class Table> std::vector<std::string> names_of(const Table& table) {
    std::vector<std::string> names;
    names.reserve(table.size());
    for (const auto& entry : table)
        names.push_back(entry.name);
    return names;
}

std::string placers_with_effort() {
    std::vector<std::string> names;
    for (const mapping::Placer& placer : mapping::placers())
        if (placer.takes_effort) names.push_back(placer.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

void add_choice(CLI::App& command,
                const std::string& flag,
                std::string& value,
                const std::vector<std::string>& names,
                const std::string& text) {
    command.add_option(flag, value, text)->check(one_of(names))->capture_default_str();
}

void add_network_options(CLI::App& command, MapOptions& options) {
    command.add_flag("--learning", options.learning,
                     "Of a model: with its rule, and the dendritic twins that it needs");
    command
        .add_option("--time-step-ms", options.map.time_step_ms,
                    "Of a board that has one; without it the board's own")
        ->check(number_up_to(1e3));
    command.add_option("--slow-down", options.map.slow_down, "Real time over model time")
        ->check(CLI::Range(1.0, 1e6))
        ->capture_default_str();
    command
        .add_option("--neurons-per-core", options.map.neurons_per_core,
                    "At most so many, twins count; 0: as many as fit")
        ->check(CLI::Range(0, 1 << 20))
        ->capture_default_str();
    command
        .add_option("--rates-from-ms", options.map.rates_from_ms,
                    "Simulate so long to weigh traffic with rates counted, not estimated")
        ->check(number_up_to(1e9));
}

} // namespace

void add_map(CLI::App& program, CommonOptions& common, Action& action) {
    auto options = std::make_shared<MapOptions>();
    CLI::App* command = program.add_subcommand(
        "map",
        "Place a model, a network or a graph on a machine, route it, and prove the layout right");
    command
        ->add_option("INPUT", options->input,
                     "MODEL that `train` wrote, NETWORK (network/FORMAT.md), or GRAPH: vertices, "
                     "nets and a machine (JSON)")
        ->required();
    command->add_option("--out", options->out, "Folder for the layout's files and report.html")
        ->required();
    command->add_option("--machine", options->machine,
                        "A preset (see 'spikewell machines'), WxH chips, or a machine.json; "
                        "replaces that of GRAPH, must be given for the others");
    command->add_option("--down-chips", options->down_chips, "Dead chips, x,y:x,y");
    command->add_option("--down-links", options->down_links,
                        "Dead links, x,y,link:x,y,link, each in both directions");
    command->add_option("--down-cores", options->down_cores, "Dead cores, x,y,core:x,y,first-last");
    command->add_flag("--repair", options->repair,
                      "Links dead in one direction are taken as dead in both");
    add_choice(*command, "--placer", options->map.map.placer, names_of(mapping::placers()),
               "How slices get cores");
    command->add_option(
        "--placements", options->placements,
        "A placements.json: cores for slices that were chosen elsewhere, in place of "
        "--placer");
    add_choice(*command, "--router", options->map.map.router, names_of(mapping::routers()),
               "How spikes get routes");
    add_choice(*command, "--minimiser", options->map.map.minimiser, names_of(mapping::minimisers()),
               "How tables get small");
    command
        ->add_option("--effort", options->map.map.effort,
                     "How long placers work that take it (" + placers_with_effort() +
                         "); 1 is the default")
        ->check(CLI::Range(1e-6, 1e6))
        ->capture_default_str();
    add_network_options(*command, *options);
    add_common_options(*command, common);
    command->footer("Exit code 2, and nothing written, when it does not fit.\nExample:\n"
                    "  spikewell map graph.json --effort 10 --out layout");
    command->callback([=, &common, &action] {
        action = [=, &common] {
            if (!options->placements.empty())
                refuse_ignored(*command, {"--placer", "--effort"}, "with --placements");
            if (!mapping::placer(options->map.map.placer).takes_effort)
                refuse_ignored(*command, {"--effort"}, "with --placer " + options->map.map.placer);
            run_map(*options, *command, common);
        };
    });
}

void add_check(CLI::App& program, CommonOptions& common, Action& action) {
    auto folder = std::make_shared<std::string>();
    CLI::App* command = program.add_subcommand(
        "check", "Follow every key of a layout from its source to all ends; say what is wrong");
    command->add_option("DIR", *folder, "Folder that 'map' wrote")->required();
    add_quiet(*command, common);
    command->footer("Example:\n  spikewell check layout");
    command->callback(
        [=, &common, &action] { action = [=, &common] { run_check(*folder, common); }; });
}

void add_machines(CLI::App& program, CommonOptions& /*common*/, Action& action) {
    CLI::App* command =
        program.add_subcommand("machines", "List the machines and boards with their limits");
    command->footer("Example:\n  spikewell machines");
    command->callback([&action] { action = print_machines; });
}

} // namespace spikewell::cli
