#include "io/network/network_file.hpp"
#include "support/program.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

// What each format carries: every model, rule, connector, source, current and recording is written alone into a network
// that is otherwise the same, exported, and imported again. docs/exchange.md shows what came of it.

using namespace spikewell;
using namespace spikewell::test;
using Json = nlohmann::json;

namespace {

constexpr const char* k_features_file = SPIKEWELL_SOURCE_DIR "/tests/data/exchange_features.json";
constexpr const char* k_page = SPIKEWELL_SOURCE_DIR "/docs/exchange.md";
constexpr const char* k_table_begins = "<!-- table of test_exchange_table.cpp -->\n";
constexpr const char* k_table_ends = "<!-- end of the table -->\n";

struct Format {
    const char* key;
    const char* title;
    const char* imported; ///< the file of an export that `import` reads; null: none
};
constexpr Format k_formats[] = {{"sonata", "SONATA", "simulation_config.json"},
                                {"nir", "NIR", "network.nir"},
                                {"pynn", "PyNN", nullptr},
                                {"nestml", "NESTML", nullptr}};

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Json patched(Json part, const Json& feature, const char* key) {
    if (feature.contains(key)) part.merge_patch(feature[key]);
    return part;
}

/// The network of a feature: the base with what it changes, or one of its own.
Json network_with(const Json& feature, const Json& base) {
    Json network = patched(base["network"], feature, "network");
    if (feature.contains("alone")) {
        network.update(feature["alone"]);
        return network;
    }
    network["populations"] = {patched(base["source"], feature, "source"),
                              patched(base["cells"], feature, "cells")};
    network["projections"] = Json::array({patched(base["synapses"], feature, "synapses")});
    if (feature.contains("more"))
        for (const Json& projection : feature["more"])
            network["projections"].push_back(projection);
    return network;
}

/// Pairs of neurons, their delay, and the sum of their weights, which is what static synapses do together.
using AddedUp = std::map<std::tuple<std::uint32_t, std::uint32_t, float>, float>;

void add_up(AddedUp& sums,
            const SynapticProjection& projection,
            const ConnectionRule& rule,
            std::uint64_t seed,
            std::uint32_t index) {
    for (const Synapse& s : expand(rule, seed, index, 0, rule.n_post))
        sums[{s.pre + projection.pre.first, s.post + projection.post.first, s.delay_ms}] +=
            s.weight;
}

/// What a projection says beside its synapses, but for its name.
std::string without_synapses(Json projection,
                             const SynapticProjection& ends,
                             const Network& network) {
    for (const char* key :
         {"name", "connector", "weight_mV", "weight_pA", "weight_nS", "delay_ms", "delay_step_ms",
          "self_connections", "probability", "indegree", "outdegree", "total", "distinct", "p_max",
          "sigma_mm", "lambda_mm", "radius_mm", "periodic", "synapses"})
        projection.erase(key);
    projection["pre"] = name_of(network.populations[ends.pre.population.index]);
    projection["post"] = name_of(network.populations[ends.post.population.index]);
    return projection.dump();
}

/// A network with synapses one by one, in place of the connectors that drew them, whatever the order and names of what
/// has them: what can be the same after an exchange.
Json listed(const NetworkDescription& description) {
    const Network& network = description.network;
    Json json = io::network_to_json(description);
    Json populations = Json::object();
    for (const Json& population : json["populations"])
        populations[population["name"].get<std::string>()] = population;
    std::map<std::string, AddedUp> synapses;
    Json couplings = Json::array();
    for (std::uint32_t i = 0; i < network.projections.size(); ++i) {
        const auto* synaptic = std::get_if<SynapticProjection>(&network.projections[i]);
        if (synaptic == nullptr) {
            couplings.push_back(json["projections"][i]);
            continue;
        }
        add_up(synapses[without_synapses(json["projections"][i], *synaptic, network)], *synaptic,
               rule_of(*synaptic, network), network.seed, i);
    }
    json["populations"] = populations;
    json["projections"] = couplings;
    json["synapses"] = Json::object();
    for (const auto& [what, sums] : synapses)
        json["synapses"][what] = sums;
    return json;
}

/// What is not as it was, each with what it was.
std::set<std::string> differences(const Json& was, const Json& is) {
    std::set<std::string> all;
    for (const Json& step : Json::diff(was, is)) {
        const Json::json_pointer at(step["path"].get<std::string>());
        all.insert(step.dump() + " of " + (was.contains(at) ? was[at].dump() : "nothing"));
    }
    return all;
}

/// An export, and what `import` makes of it.
struct Exchanged {
    std::optional<std::string> refused;
    std::set<std::string> approximated;
    std::set<std::string> lost;
    std::map<std::string, std::string> files; ///< but for what only Spikewell reads
    bool is_back = false;
    std::set<std::string> differs; ///< what came back from what went
};

std::set<std::string> set_of(const Json& lines) {
    return {lines.begin(), lines.end()};
}

/// What other programs read of the files.
std::map<std::string, std::string> files_for_others(const std::filesystem::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const std::string name = entry.path().lexically_relative(folder).string();
        if (!entry.is_regular_file() || name == "export.json") continue;
        files[name] = text_of(entry.path());
        if (entry.path().extension() != ".json") continue;
        Json json = Json::parse(files[name]);
        json.erase("spikewell");
        files[name] = json.dump();
    }
    return files;
}

std::string first_line(const ProgramEnd& end) {
    constexpr std::string_view k_speaker = "spikewell: ";
    const std::string line = end.errors.empty() ? "no message" : end.errors.front();
    return line.starts_with(k_speaker) ? line.substr(k_speaker.size()) : line;
}

Exchanged exchange(const Json& network, const Format& format) {
    const ScratchFolder folder;
    folder.write("network.json", network.dump());
    const ProgramEnd end =
        run_in(folder, fmt::format("export network.json --to {} --out out", format.key));
    if (end.exit_code != 0) return {first_line(end), {}, {}, {}, false, {}};
    const Json report = json_of(folder, "out/export.json");
    Exchanged made{{},
                   set_of(report["approximated"]),
                   set_of(report["lost"]),
                   files_for_others(folder / "out"),
                   false,
                   {}};
    if (format.imported == nullptr) return made;
    const ProgramEnd back = run_in(folder, fmt::format("import out/{} --from {} --out back.json",
                                                       format.imported, format.key));
    INFO(format.title << ": " << first_line(back));
    CHECK(back.exit_code == 0);
    if (back.exit_code != 0) return made;
    made.is_back = true;
    made.differs = differences(listed(io::read_network(folder / "network.json")),
                               listed(io::read_network(folder / "back.json")));
    return made;
}

std::vector<std::string> beyond(const std::set<std::string>& all,
                                const std::set<std::string>& base) {
    std::vector<std::string> more;
    std::set_difference(all.begin(), all.end(), base.begin(), base.end(), std::back_inserter(more));
    return more;
}

/// Texts below the table, by the number that they are referred to.
class Notes {
  public:
    std::string numbers(const std::vector<std::string>& texts) {
        std::string all;
        for (const std::string& text : texts) {
            const auto place = std::find(texts_.begin(), texts_.end(), text);
            const auto number = place - texts_.begin() + 1;
            if (place == texts_.end()) texts_.push_back(text);
            all += fmt::format("{}{}", all.empty() ? " " : ", ", number);
        }
        return all;
    }
    [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

  private:
    std::vector<std::string> texts_;
};

/// Whether a report says it, though it says so of any network.
bool is_told(const Json& feature, const Format& format, const Exchanged& made) {
    if (!feature.contains("told") || !feature["told"].contains(format.key)) return false;
    const std::string word = feature["told"][format.key];
    const auto says = [&](const std::string& line) { return line.find(word) != std::string::npos; };
    return std::any_of(made.lost.begin(), made.lost.end(), says) ||
           std::any_of(made.approximated.begin(), made.approximated.end(), says);
}

/// A cell of the table: what other programs get. `base`: null for the base itself.
std::string carried(const Json& feature,
                    const Format& format,
                    const Exchanged& made,
                    const Exchanged* base,
                    Notes& notes) {
    if (made.refused) return "–" + notes.numbers({*made.refused});
    const std::set<std::string> none;
    const std::vector<std::string> lost = beyond(made.lost, base != nullptr ? base->lost : none);
    const std::vector<std::string> nearly =
        beyond(made.approximated, base != nullptr ? base->approximated : none);
    if (!lost.empty()) {
        std::vector<std::string> all = lost;
        all.insert(all.end(), nearly.begin(), nearly.end());
        return "in part" + notes.numbers(all);
    }
    if (!nearly.empty()) return "nearly" + notes.numbers(nearly);
    if (base == nullptr || made.files != base->files) return "exact";
    INFO(feature["title"] << " leaves the files for " << format.title
                          << " as they are, and no line of the report says so");
    CHECK(is_told(feature, format, made));
    return "no";
}

std::string came_back(const Exchanged& made, const Exchanged* base) {
    if (!made.is_back) return "–";
    return beyond(made.differs, base != nullptr ? base->differs : std::set<std::string>{}).empty()
               ? "same"
               : "differs";
}

std::string table_of(const Json& document) {
    std::string table = "| what |";
    std::string line = "|---|";
    for (const Format& format : k_formats) {
        table += fmt::format(" {} |", format.title);
        line += "---|";
        if (format.imported == nullptr) continue;
        table += " and back |";
        line += "---|";
    }
    table += "\n" + line + "\n";
    Notes notes;
    std::map<bool, std::map<std::string, Exchanged>> bases; // of networks of nodes, and others
    for (const Json& feature : document["features"]) {
        INFO(feature["title"]);
        const Json network = network_with(feature, document["base"]);
        auto& of_kind = bases[feature.contains("alone")];
        const bool is_base = of_kind.empty();
        table += fmt::format("| {} |", feature["title"].get<std::string>());
        for (const Format& format : k_formats) {
            Exchanged made = exchange(network, format);
            const auto known = of_kind.find(format.key);
            const Exchanged* base = is_base || known->second.refused ? nullptr : &known->second;
            table += fmt::format(" {} |", carried(feature, format, made, base, notes));
            if (format.imported != nullptr) table += fmt::format(" {} |", came_back(made, base));
            if (known == of_kind.end()) of_kind[format.key] = std::move(made);
        }
        table += "\n";
    }
    table += "\n";
    int number = 0;
    for (const std::string& text : notes.texts())
        table += fmt::format("{}. {}\n", ++number, text);
    return table;
}

} // namespace

TEST_CASE("Whatever a network file can say is tried with every format") {
    const ScratchFolder folder;
    const Json models = Json::parse(run_in(folder, "models --json").out);
    const Json document = Json::parse(text_of(k_features_file));
    std::set<std::string> tried;
    for (const Json& feature : document["features"])
        tried.insert(feature["of"].get<std::string>());
    for (const Json& model : models) {
        const std::string kind = model["kind"];
        if (kind == "part" || kind == "file" || model["model"] == "escape_noise_lif") continue;
        INFO(model["model"]);
        CHECK(tried.contains(model["model"].get<std::string>()));
    }
}

TEST_CASE("Whatever a network file can say is written as it was read") {
    const Json document = Json::parse(text_of(k_features_file));
    const ScratchFolder folder;
    for (const Json& feature : document["features"]) {
        INFO(feature["title"]);
        folder.write("network.json", network_with(feature, document["base"]).dump());
        const Json once = io::network_to_json(io::read_network(folder / "network.json"));
        folder.write("again.json", once.dump());
        CHECK(Json(io::network_to_json(io::read_network(folder / "again.json"))) == once);
    }
}

TEST_CASE("The page of exchange shows what exports and imports do") {
    const std::string table = table_of(Json::parse(text_of(k_features_file)));
    const std::string page = text_of(k_page);
    const std::size_t begins = page.find(k_table_begins);
    const std::size_t ends = page.find(k_table_ends);
    std::string shown;
    if (begins != std::string::npos && ends != std::string::npos) {
        const std::size_t first = begins + std::string(k_table_begins).size();
        shown = page.substr(first, ends - first);
    }
    if (shown == table) return;
    const auto path = std::filesystem::temp_directory_path() / "spikewell-exchange-table.md";
    std::ofstream(path, std::ios::binary) << table;
    FAIL_CHECK("the table of docs/exchange.md is another; that of today is in " << path.string());
}
