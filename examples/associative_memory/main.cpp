// What associative_memory.cpp measures, as tables, a report and results.json: example_associative_memory --out FOLDER
#include "associative_memory/associative_memory.hpp"
#include "core/statistics.hpp"
#include "mapping/board.hpp"
#include "mapping/machine.hpp"
#include "page.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"

#include <fmt/format.h>

#include <limits>

namespace spikewell::examples {

namespace {

constexpr double k_recalled = 0.9; // correlation from which on a pattern counts as recalled

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

/// Of what `found` is of each outcome.
template <class Found>
std::string told(const OfSeeds& outcomes, const Found& found, Which which, std::size_t set) {
    return report::mean_and_error(
        over_seeds(outcomes, [&](const Outcome& o) { return mean_of(found(o), which, set); }));
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
                cells.push_back(told(outcomes, found, which, set));
        }
        table.rows.push_back(std::move(cells));
    };
    for (std::size_t after = 0; after < k_sets; ++after) {
        for (std::size_t set = 0; set <= after; ++set)
            row(
                fmt::format("after writing {}: set {}", "ABC"[after], "ABC"[set]),
                [&](const Outcome& o) -> const Recall& { return o.after[after]; }, set);
    }
    const auto together = [](const Outcome& o) -> const Recall& { return o.together; };
    row("all three written at once", together, k_all);
    row(
        "Hebb's couplings of all, same |J|",
        [](const Outcome& o) -> const Recall& { return o.hebb; }, k_all);
    std::vector<std::string> given = {"what was given with wrong signs", "", ""};
    for (const OfSeeds& outcomes : forms)
        given.push_back(told(outcomes, together, &Recall::wrong, k_all));
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
    const auto nth_row = [](std::size_t r) {
        return [r](const Outcome& o) -> const Recall& { return *board_rows(o.board)[r].second; };
    };
    for (std::size_t kind = 0; kind < k_kinds.size(); ++kind) {
        for (const Which which : {&Recall::fragment, &Recall::flips}) {
            table.header.push_back(
                fmt::format("{}, {}", k_kinds[kind],
                            which == &Recall::fragment ? "half given" : "wrong signs"));
            for (std::size_t r = 0; r < n_rows; ++r)
                table.rows[r].push_back(told(all[kind][1], nth_row(r), which, k_all));
        }
    }
    return table;
}

/// Of a set's five after each writing: [after][set].
nlohmann::json by_set(const Outcome& o, Which which) {
    nlohmann::json table;
    for (std::size_t after = 0; after < k_sets; ++after) {
        for (std::size_t set = 0; set <= after; ++set)
            table[after].push_back(mean_of(o.after[after], which, set));
    }
    return table;
}

/// {"after": [seed][after][set]}, and of all patterns {"recalled", "together", "hebb": [seed]}, in spikes
/// "board": {row: [seed]}.
nlohmann::json figures_of(const OfSeeds& outcomes, Which which) {
    nlohmann::json figures;
    for (const Outcome& o : outcomes) {
        figures["after"].push_back(by_set(o, which));
        figures["recalled"].push_back(share_recalled(o.after.back(), which));
        figures["together"].push_back(mean_of(o.together, which, k_all));
        figures["hebb"].push_back(mean_of(o.hebb, which, k_all));
        if (o.board.cores == 0) continue; // the rate form's
        for (const auto& [row, found] : board_rows(o.board))
            figures["board"][row].push_back(mean_of(*found, which, k_all));
    }
    return figures;
}

/// {kind: {form: {"fragment" | "flips": figures_of}, "cores", "same_spikes", "through_is_before": [seed]}}
nlohmann::json json_of(const Outcomes& all, const Options& options) {
    nlohmann::json document = {{"seeds", options.seeds}, {"presentations", options.presentations}};
    for (std::size_t kind = 0; kind < k_kinds.size(); ++kind) {
        nlohmann::json& here = document[k_kinds[kind]];
        for (std::size_t form = 0; form < k_forms.size(); ++form) {
            const OfSeeds& outcomes = all[kind][form];
            here[name_of(k_forms[form])] = {{"fragment", figures_of(outcomes, &Recall::fragment)},
                                            {"flips", figures_of(outcomes, &Recall::flips)}};
        }
        for (const Outcome& o : all[kind][1]) {
            here["cores"].push_back(o.board.cores);
            here["same_spikes"].push_back(o.board.same_spikes);
            here["through_is_before"].push_back(o.board.through == o.board.before);
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
    io::FolderOutput output = output_of(options);
    const Outcomes all = measure_all(options);
    std::vector<report::Table> told;
    for (std::size_t kind = 0; kind < k_kinds.size(); ++kind)
        told.push_back(memory_table(all[kind], k_kinds[kind]));
    told.push_back(board_table(all));
    publish(output, document_of(all, options), json_of(all, options), told);
}

} // namespace

} // namespace spikewell::examples

int main(int argc, char** argv) {
    using namespace spikewell::examples;
    return exit_code_of([&] {
        Options options;
        CLI::App app("An associative memory: written, recalled, overwritten, put on a board");
        app.add_option("--presentations", options.presentations, "Of each set")
            ->check(CLI::Range(1, 10000000))
            ->capture_default_str();
        add_options(app, options, 100);
        CLI11_PARSE(app, argc, argv);
        show(options);
        return 0;
    });
}
