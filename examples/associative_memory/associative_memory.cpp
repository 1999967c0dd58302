// A memory that is written, recalled from fragments and from pictures with wrong signs, and overwritten: three sets of five patterns,
// one set after another, orthogonal ones and pictures of digits, in rates and in spikes. Then the spiking network is put on a board
// and asked again. README.md has the figures. Usage: example_associative_memory --out FOLDER
#include "core/statistics.hpp"
#include "experiments/capacity.hpp"
#include "experiments/metrics.hpp"
#include "experiments/runs.hpp"
#include "io/dataset_file.hpp"
#include "io/folder_output.hpp"
#include "mapping/check.hpp"
#include "mapping/emulate.hpp"
#include "mapping/partition.hpp"
#include "mapping/precision.hpp"
#include "rate/competing_rules.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/html.hpp"
#include "report/plots.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>
#include <numeric>
#include <stdexcept>

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

constexpr std::size_t k_nodes = 64;
constexpr std::size_t k_per_set = 5;
constexpr std::size_t k_sets = 3; // A, B, C
constexpr std::size_t k_patterns = k_per_set * k_sets;
constexpr double k_flipped = 0.2;  // share of wrong signs
constexpr double k_recalled = 0.9; // correlation from which on a pattern counts as recalled
constexpr const char* k_machine = "spinn5";
constexpr std::array k_weight_bits = {16, 12, 10, 8, 6};
constexpr std::array k_forms = {Backend::rate, Backend::spiking};
constexpr std::array k_kinds = {"orthogonal", "digits"};

struct Options {
    std::size_t seeds = 5;
    std::size_t presentations = 2500;
    int threads = 1;
    std::string out;
    bool force = false;
};

/// Walsh functions, which a seed draws without repetition: entries +-1, all orthogonal, sums 0.
Matrix walsh_patterns(std::uint64_t seed) {
    std::vector<std::size_t> numbers(k_nodes - 1);
    std::iota(numbers.begin(), numbers.end(), std::size_t{1}); // 0 is constant
    RandomStream choice(seed, Purpose::patterns, 0);
    Matrix patterns(k_nodes, k_patterns);
    for (std::size_t p = 0; p < k_patterns; ++p) {
        std::swap(numbers[p], numbers[p + choice.index(numbers.size() - p)]);
        for (std::size_t i = 0; i < k_nodes; ++i)
            patterns(i, p) = std::popcount(i & numbers[p]) % 2 == 0 ? 1.0 : -1.0;
    }
    return patterns;
}

/// [64 x 15], a set after the other. Each seed has other patterns: of the digits the next 15 pictures.
Matrix patterns_of(const std::string& kind, std::uint64_t seed) {
    if (kind == "orthogonal") return walsh_patterns(seed);
    Config config;
    config.data.train_rows.resize(k_patterns);
    std::iota(config.data.train_rows.begin(), config.data.train_rows.end(),
              (seed - 1) * k_patterns);
    config.data.test_rows = std::vector<std::size_t>{};
    return io::load_data(config).train;
}

Matrix set_of(const Matrix& patterns, std::size_t set) {
    Matrix some(patterns.rows, k_per_set);
    std::copy_n(patterns.column(set * k_per_set).begin(), some.values.size(), some.values.begin());
    return some;
}

Config config_of(const Options& options) {
    Config config;
    config.training.evidence = 11.0;
    config.training.inverse_temperature = 0.36;
    config.training.presentations = options.presentations; // of each set
    return config;
}

/// Half of the nodes, which a seed draws for each pattern; the fragment is what they say.
std::vector<bool> given_half(std::size_t pattern, std::uint64_t seed) {
    RandomStream choice(seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(pattern), 7);
    std::vector<bool> given(k_nodes, false);
    for (std::size_t n = 0; n < k_nodes / 2;) {
        const std::size_t node = choice.index(k_nodes);
        if (given[node]) continue;
        given[node] = true;
        ++n;
    }
    return given;
}

/// What the memory answers: the mean state of 20 steps, after 10 that are left out, from `start` under `evidence`.
/// Colder than it learnt, so that it settles.
std::vector<double> answer(Form& form,
                           std::span<const double> start,
                           std::span<const double> evidence) {
    constexpr double k_cold = 2.0; // inverse temperature
    set_state(form, start);
    run(form, evidence, 10, {k_cold, false, Keep::nothing});
    return mean_state(run(form, evidence, 20, {k_cold, false, Keep::mean}));
}

/// How patterns are recalled, a value each.
struct Recall {
    std::vector<double> fragment; // correlation of the answer with the half that was not given
    std::vector<double> flips;    // with the pattern, where it was given with wrong signs
    std::vector<double> wrong;    // of what was given then with the pattern
    Matrix answers;               // [64 x n] to the fragments
    bool operator==(const Recall&) const = default;
};
Recall recall(Form& form, const Matrix& patterns, std::uint64_t seed) {
    const double strength = config_of({}).training.evidence;
    const std::vector<double> nothing(patterns.rows, 0.0);
    Recall found;
    found.answers = Matrix(patterns.rows, patterns.cols);
    for (std::size_t p = 0; p < patterns.cols; ++p) {
        const auto pattern = patterns.column(p);
        const std::vector<bool> given = given_half(p, seed);
        std::vector<double> evidence(patterns.rows, 0.0);
        for (std::size_t i = 0; i < evidence.size(); ++i)
            evidence[i] = given[i] ? strength * pattern[i] : 0.0;
        const std::vector<double> state = answer(form, nothing, evidence);
        std::copy(state.begin(), state.end(), found.answers.column(p).begin());
        std::vector<double> hidden, answered;
        for (std::size_t i = 0; i < given.size(); ++i) {
            if (given[i]) continue;
            hidden.push_back(pattern[i]);
            answered.push_back(state[i]);
        }
        found.fragment.push_back(correlation(hidden, answered));
        const RandomStream choice(seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(p),
                                  8);
        const std::vector<double> wrong = with_flips(pattern, k_flipped, choice);
        found.flips.push_back(
            correlation(answer(form, wrong, wrong), pattern)); // evidence of strength 1
        found.wrong.push_back(correlation(wrong, pattern));
    }
    return found;
}

/// The network on the board: laid out, proved, and run packet by packet.
struct OnBoard {
    std::size_t cores = 0;
    bool same_spikes = false; ///< of a second without evidence, as the network's own
    Recall before;            ///< the network itself
    Recall other_seed;        ///< with other random numbers
    Recall through;           ///< through the layout, weights and time as they are
    std::vector<Recall> bits; ///< [k_weight_bits], in steps of the board's time
};
OnBoard put_on_board(const Matrix& coupling,
                     const Matrix& patterns,
                     const Config& config,
                     std::uint64_t seed) {
    Network network = network_of(coupling, config, seed);
    factorised(network.projections.front()).plasticity.reset(); // it has learnt
    const mapping::Machine machine = mapping::make_machine(k_machine);
    const mapping::Board& board = mapping::board(machine.board);
    const mapping::Pace pace{board.core.time_step_ms, 1.0};
    const mapping::Partition parts =
        mapping::partition(network, board, pace, mapping::estimated_rates(network));
    const mapping::Layout layout = mapping::map_partition(parts, machine, {}, pace);
    if (mapping::check_layout(layout).n_faults > 0) throw std::logic_error("the layout is wrong");

    const DyadicCode code = code_of(network.populations.front());
    const auto directly = [&](std::uint64_t of_seed) {
        Network seeded = network;
        seeded.seed = of_seed;
        Form form = SpikingForm{Simulator(std::move(seeded)), code};
        return recall(form, patterns, seed);
    };
    const auto emulated = [&](const Network& as_held, double time_step_ms) {
        Recall
            of_first; // every core is given the same commands; the first one's eyes see what all do
        (void)mapping::emulate(as_held, layout, {time_step_ms},
                               [&](Simulator simulator, std::size_t core) {
                                   Form form = SpikingForm{std::move(simulator), code};
                                   Recall found = recall(form, patterns, seed);
                                   if (core == 0) of_first = std::move(found);
                               });
        return of_first;
    };
    constexpr double k_second_ms = 1000.0;
    const auto spikes = mapping::simulate_directly(network, k_second_ms);
    OnBoard result;
    result.cores = layout.slices.size();
    result.same_spikes = !mapping::first_difference(
        spikes, mapping::emulate(network, layout, {}, k_second_ms).spikes);
    result.before = directly(network.seed);
    result.other_seed = directly(network.seed + 1);
    result.through = emulated(network, 0.0);
    const mapping::SpikeRates rates = mapping::counted_rates(network, spikes, k_second_ms);
    for (const int bits : k_weight_bits)
        result.bits.push_back(emulated(
            mapping::round_to_board(network, board, pace, rates, bits).network, pace.time_step_ms));
    return result;
}

/// All that is measured of a kind of patterns in a form at a seed.
struct Outcome {
    Matrix patterns;
    std::vector<Recall>
        after;       ///< [sets] of all patterns once so many sets are written, one after another
    Recall together; ///< all sets written at once, as many presentations in all
    Recall hebb;     ///< Hebb's couplings of all patterns at the same |J|
    OnBoard board;   ///< spiking form only
};

Outcome measure(const std::string& kind,
                Backend backend,
                const Options& options,
                std::uint64_t seed) {
    Config config = config_of(options);
    Outcome o;
    o.patterns = patterns_of(kind, seed);
    const auto recall_by = [&](const Matrix& coupling) {
        Form form = make_form(backend, coupling, config, seed + 1000);
        return recall(form, o.patterns, seed);
    };
    Form memory = untrained_form(backend, k_nodes, config, seed);
    RandomStream order(seed, Purpose::presentation_order, 0);
    for (std::size_t set = 0; set < k_sets; ++set) {
        present(memory, set_of(o.patterns, set), config.training, order);
        o.after.push_back(recall_by(coupling_of(memory)));
    }
    const Matrix coupling = coupling_of(memory);
    if (backend == Backend::spiking) o.board = put_on_board(coupling, o.patterns, config, seed);
    o.hebb = recall_by(
        rate::with_norm(rate::hebb_couplings(o.patterns), rate::frobenius_norm(coupling)));
    config.training.presentations *= k_sets;
    o.together = recall_by(coupling_of(train(backend, o.patterns, config, seed).form));
    return o;
}

using OfSeeds = std::vector<Outcome>;
using Outcomes =
    std::array<std::array<OfSeeds, k_forms.size()>, k_kinds.size()>; // [kind][form][seed]

Outcomes measure_all(const Options& options) {
    Outcomes all;
    for (auto& of_kind : all) {
        for (OfSeeds& of_form : of_kind)
            of_form.resize(options.seeds);
    }
    run_all(4 * options.seeds, options.threads, Progress{}, [&](std::size_t k) {
        const std::size_t kind = k % 2, form = k / 2 % 2, s = k / 4;
        all[kind][form][s] = measure(k_kinds[kind], k_forms[form], options, 1 + s);
    });
    return all;
}

using Which = std::vector<double> Recall::*; // fragment or flips

/// Mean of a set's five, or of all without a set; share that is recalled.
constexpr std::size_t k_all = k_sets;
double mean_of(const Recall& found, Which which, std::size_t set) {
    const std::vector<double>& all = found.*which;
    return set == k_all ? mean(all) : mean(std::span(all).subspan(set * k_per_set, k_per_set));
}
double share_recalled(const Recall& found, Which which) {
    double recalled = 0.0;
    for (const double r : found.*which)
        recalled += r > k_recalled ? 1.0 / static_cast<double>((found.*which).size()) : 0.0;
    return recalled;
}

template <class Of> std::vector<double> over_seeds(const OfSeeds& outcomes, Of&& of) {
    std::vector<double> values;
    for (const Outcome& o : outcomes)
        values.push_back(of(o));
    return values;
}

/// Rows after each set, by the set asked for, a column for each form and way to ask.
report::Table memory_table(const std::array<OfSeeds, 2>& forms, const std::string& kind) {
    report::Table table{kind + ": correlation of the answer with the pattern",
                        {"", "half given, rate", "spiking", "20 % wrong signs, rate", "spiking"},
                        {}};
    const auto row = [&](const std::string& name, const auto& found, std::size_t set) {
        std::vector<std::string> cells = {name};
        for (const Which which : {&Recall::fragment, &Recall::flips}) {
            for (const OfSeeds& outcomes : forms)
                cells.push_back(report::mean_and_error(over_seeds(
                    outcomes, [&](const Outcome& o) { return mean_of(found(o), which, set); })));
        }
        table.rows.push_back(std::move(cells));
    };
    for (std::size_t after = 0; after < k_sets; ++after) {
        for (std::size_t set = 0; set <= after; ++set)
            row(
                fmt::format("after writing {}: set {}", "ABC"[after], "ABC"[set]),
                [&](const Outcome& o) -> const Recall& { return o.after[after]; }, set);
    }
    row(
        "all three written at once", [](const Outcome& o) -> const Recall& { return o.together; },
        k_all);
    row(
        "Hebb's couplings of all, same |J|",
        [](const Outcome& o) -> const Recall& { return o.hebb; }, k_all);
    std::vector<std::string> given = {"what was given with wrong signs", "", ""};
    for (const OfSeeds& outcomes : forms)
        given.push_back(report::mean_and_error(over_seeds(outcomes, [](const Outcome& o) {
            return mean_of(o.together, &Recall::wrong, k_all);
        })));
    table.rows.push_back(std::move(given));
    return table;
}

/// The same memory of 15 patterns before and after it is mapped.
std::vector<std::pair<std::string, const Recall*>> board_rows(const OnBoard& board) {
    std::vector<std::pair<std::string, const Recall*>> rows = {{"before", &board.before},
                                                               {"other_seed", &board.other_seed},
                                                               {"through_layout", &board.through}};
    for (std::size_t k = 0; k < board.bits.size(); ++k)
        rows.emplace_back(fmt::format("bits_{}", k_weight_bits[k]), &board.bits[k]);
    return rows;
}

report::Table board_table(const Outcomes& all) {
    report::Table table{
        fmt::format("On the board {}, {} cores: correlation of answers to all {} patterns",
                    k_machine, all[0][1].front().board.cores, k_patterns),
        {""},
        {}};
    const std::size_t n_rows = board_rows({}).size() + k_weight_bits.size();
    std::vector<std::string> names = {"before: the network itself", "– with other random numbers",
                                      "through the layout, packet by packet"};
    for (const int bits : k_weight_bits)
        names.push_back(
            fmt::format("– {} weight bits, steps of {:g} ms", bits,
                        mapping::board(mapping::make_machine(k_machine).board).core.time_step_ms));
    for (std::size_t r = 0; r < n_rows; ++r)
        table.rows.push_back({names[r]});
    for (std::size_t kind = 0; kind < k_kinds.size(); ++kind) {
        for (const Which which : {&Recall::fragment, &Recall::flips}) {
            table.header.push_back(
                fmt::format("{}, {}", k_kinds[kind],
                            which == &Recall::fragment ? "half given" : "wrong signs"));
            for (std::size_t r = 0; r < n_rows; ++r)
                table.rows[r].push_back(
                    report::mean_and_error(over_seeds(all[kind][1], [&](const Outcome& o) {
                        return mean_of(*board_rows(o.board)[r].second, which, k_all);
                    })));
        }
    }
    return table;
}

/// {kind: {form: {"after": [seed][after][set], "together", "hebb": [seed]}}}, of fragments and flips each, and of
/// the board {"cores", "same_spikes", "through_is_before": [seed], row: [seed]}.
nlohmann::json json_of(const Outcomes& all, const Options& options) {
    nlohmann::json document = {{"seeds", options.seeds}, {"presentations", options.presentations}};
    for (std::size_t kind = 0; kind < k_kinds.size(); ++kind) {
        for (std::size_t form = 0; form < k_forms.size(); ++form) {
            for (const auto& [name, which] :
                 {std::pair<const char*, Which>{"fragment", &Recall::fragment},
                  {"flips", &Recall::flips}}) {
                nlohmann::json& here = document[k_kinds[kind]][name_of(k_forms[form])][name];
                for (const Outcome& o : all[kind][form]) {
                    nlohmann::json table;
                    for (std::size_t after = 0; after < k_sets; ++after) {
                        for (std::size_t set = 0; set <= after; ++set)
                            table[after].push_back(mean_of(o.after[after], which, set));
                    }
                    here["after"].push_back(table);
                    here["recalled"].push_back(share_recalled(o.after.back(), which));
                    here["together"].push_back(mean_of(o.together, which, k_all));
                    here["hebb"].push_back(mean_of(o.hebb, which, k_all));
                    if (k_forms[form] != Backend::spiking) continue;
                    for (const auto& [row, found] : board_rows(o.board))
                        here["board"][row].push_back(mean_of(*found, which, k_all));
                }
            }
        }
        for (const Outcome& o : all[kind][1]) {
            document[k_kinds[kind]]["cores"].push_back(o.board.cores);
            document[k_kinds[kind]]["same_spikes"].push_back(o.board.same_spikes);
            document[k_kinds[kind]]["through_is_before"].push_back(o.board.through ==
                                                                   o.board.before);
        }
    }
    return document;
}

/// Three patterns of each set, what was given of them (grey: nothing), and the answers: after each set, and on the board.
report::Section pictures_of(const Outcome& o, const std::string& kind) {
    const double limit = report::largest(o.patterns);
    Matrix given = o.patterns;
    for (std::size_t p = 0; p < given.cols; ++p) {
        const std::vector<bool> half = given_half(p, 1);
        for (std::size_t i = 0; i < given.rows; ++i)
            if (!half[i]) given(i, p) = std::numeric_limits<double>::quiet_NaN();
    }
    report::Section section{kind, {}};
    const auto row = [&](const std::string& caption, const Matrix& columns, double scale) {
        report::ImageRow images{caption, {}, scale, 8};
        for (std::size_t p = 0; p < columns.cols; ++p)
            if (p % k_per_set < 3)
                images.images.push_back(
                    {report::image_of(columns.column(p), 8), std::string(1, "ABC"[p / k_per_set])});
        section.blocks.emplace_back(std::move(images));
    };
    row("Written, set A first, then B, then C", o.patterns, limit);
    row("Given: half of the pixels", given, limit);
    for (std::size_t after = 0; after < k_sets; ++after)
        row(fmt::format("Answered once {} written, spiking form", after == 0   ? "A is"
                                                                  : after == 1 ? "A and B are"
                                                                               : "all are"),
            o.after[after].answers, 1.0);
    row(fmt::format("Answered on the board, {} weight bits", k_weight_bits.front()),
        o.board.bits.front().answers, 1.0);
    return section;
}

report::Document document_of(const Outcomes& all, const Options& options) {
    report::Document document{"An associative memory",
                              fmt::format("{} nodes; three sets of {} patterns, each {} "
                                          "presentations; seeds 1 .. {}, mean ± standard error",
                                          k_nodes, k_per_set, options.presentations, options.seeds),
                              {}};
    for (std::size_t kind = 0; kind < k_kinds.size(); ++kind) {
        report::Section section = pictures_of(all[kind][1].front(), k_kinds[kind]);
        section.blocks.emplace_back(memory_table(all[kind], k_kinds[kind]));
        document.sections.push_back(std::move(section));
    }
    document.sections.push_back({"On a board", {board_table(all)}});
    return document;
}

void show(const Options& options) {
    io::FolderOutput output({options.out,
                             options.force ? Overwrite::allow : Overwrite::refuse,
                             {"report.html", "results.json"}});
    const Outcomes all = measure_all(options);
    output.publish({{"report.html", report::to_html(document_of(all, options))},
                    {"results.json", json_of(all, options).dump(1)}});
    for (std::size_t kind = 0; kind < k_kinds.size(); ++kind)
        fmt::print("{}\n", report::to_text(memory_table(all[kind], k_kinds[kind])));
    fmt::print("{}\nReport: {}\n", report::to_text(board_table(all)),
               (output.folder() / "report.html").string());
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("An associative memory: written, recalled, overwritten, put on a board");
    app.add_option("--seeds", options.seeds)->check(CLI::Range(1, 100))->capture_default_str();
    app.add_option("--presentations", options.presentations, "Of each set")
        ->check(CLI::Range(1, 10000000))
        ->capture_default_str();
    app.add_option("--threads", options.threads, "0: all cores")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    app.add_option("--out", options.out, "Folder for report.html and results.json")->required();
    app.add_flag("--force", options.force, "Overwrite them");
    CLI11_PARSE(app, argc, argv);
    try {
        show(options);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
    return 0;
}
