#include "io/sonata/sonata_synapses.hpp"

#include "core/error.hpp"
#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace spikewell::io::sonata {

namespace {

namespace fs = std::filesystem;
using SynapseJson = nlohmann::json;

constexpr double k_nest_delay_ms = 1.0; // where nothing is said

enum class SynapseKind { fixed, stdp, short_term, unknown };

struct KnownSynapse {
    std::string_view name; ///< without the simulator's name
    SynapseKind kind;
    bool of_nest;
};
constexpr std::array<KnownSynapse, 6> k_synapses{
    {{"static_synapse", SynapseKind::fixed, true},
     {"static_synapse_lbl", SynapseKind::fixed, true},
     {"static_synapse_hpc", SynapseKind::fixed, true},
     {"stdp_synapse", SynapseKind::stdp, true},
     {"tsodyks2_synapse", SynapseKind::short_term, true},
     {"StaticSynapse", SynapseKind::fixed, false}}};

KnownSynapse synapse_named(std::string name, const Circuit& circuit) {
    const auto without_simulator = [](const std::string& text) {
        const std::size_t colon = text.find(':');
        return colon == std::string::npos ? text : text.substr(colon + 1);
    };
    name = without_simulator(name);
    if (const auto copied = circuit.copied_synapses.find(name);
        copied != circuit.copied_synapses.end())
        name = without_simulator(copied->second);
    const auto* const known =
        std::find_if(k_synapses.begin(), k_synapses.end(),
                     [&](const KnownSynapse& one) { return one.name == name; });
    return known == k_synapses.end() ? KnownSynapse{"", SynapseKind::unknown, false} : *known;
}

/// Parameters of a synapse: of its file, or of columns of its type, as NEST takes them.
SynapseJson params_of_synapse(const TypeRow& row, const Circuit& circuit, std::string& source) {
    SynapseJson params = SynapseJson::object();
    const auto file = row.find("dynamics_params");
    if (file == row.end()) return params;
    if (circuit.synapses_folder.empty())
        throw DescriptionError(circuit.config.path.string(),
                               {{"/components", "must have synaptic_models_dir, as edges have "
                                                "files of parameters"}});
    const fs::path path = circuit.config.allowed(circuit.synapses_folder / file->second);
    source = path.string();
    params = parse_json(read_text(path), source);
    if (!params.is_object()) throw IoError(source, "must be an object");
    return params;
}

constexpr std::array<std::string_view, 6> k_stdp_keys{"tau_plus", "lambda",   "alpha",
                                                      "mu_plus",  "mu_minus", "Wmax"};
constexpr std::array<std::string_view, 5> k_short_term_keys{"U", "tau_rec", "tau_fac", "u", "x"};

std::set<std::string_view> keys_of(SynapseKind kind) {
    std::set<std::string_view> keys{"weight", "delay", "receptor_type"};
    if (kind == SynapseKind::stdp) keys.insert(k_stdp_keys.begin(), k_stdp_keys.end());
    if (kind == SynapseKind::short_term)
        keys.insert(k_short_term_keys.begin(), k_short_term_keys.end());
    return keys;
}

/// Columns that are parameters of the synapse, unless its file has them.
void add_columns(const TypeRow& row,
                 const fs::path& table_path,
                 const std::set<std::string_view>& keys,
                 SynapseJson& params) {
    for (const std::string_view key : keys) {
        const std::string column(key);
        if (column == "delay" || column == "receptor_type" || column == "weight") continue;
        double value = 0.0;
        if (!params.contains(column) && read_cell(row, column, table_path, value))
            params[column] = value;
    }
}

using Numbers = ObjectReader::Range;

Numbers any_number() {
    const double most = std::numeric_limits<double>::max();
    return {-most, true, most, "a finite number"};
}

NestStdp stdp_of(ObjectReader& reader) {
    NestStdp stdp;
    reader.number("tau_plus", stdp.tau_plus_ms, ObjectReader::positive());
    reader.number("lambda", stdp.lambda, ObjectReader::between(0.0, 1.0));
    reader.number("alpha", stdp.alpha, ObjectReader::not_negative());
    reader.number("mu_plus", stdp.mu_plus, ObjectReader::between(0.0, 1.0));
    reader.number("mu_minus", stdp.mu_minus, ObjectReader::between(0.0, 1.0));
    reader.number("Wmax", stdp.w_max, ObjectReader::positive());
    return stdp;
}

TsodyksMarkram short_term_of(ObjectReader& reader) {
    TsodyksMarkram rule;
    reader.number("U", rule.U, ObjectReader::between(0.0, 1.0));
    reader.number("tau_rec", rule.tau_rec_ms, ObjectReader::positive());
    reader.number("tau_fac", rule.tau_facil_ms, ObjectReader::not_negative());
    double u = rule.U;
    double x = 1.0;
    reader.number("u", u, ObjectReader::between(0.0, 1.0));
    reader.number("x", x, ObjectReader::between(0.0, 1.0));
    if (u != rule.U) reader.problem("u", "must be U: resources are used like that from the start");
    if (x != 1.0) reader.problem("x", "must be 1: all resources are there at the start");
    return rule;
}

/// A column that is a number or, with PyNN, a receptor's name.
void read_receptor(const TypeRow& row, const fs::path& table_path, SynapseType& type) {
    const auto cell = row.find("receptor_type");
    if (cell == row.end()) return;
    if (cell->second == "excitatory" || cell->second == "inhibitory")
        type.excites = cell->second == "excitatory";
    else
        (void)read_cell(row, "receptor_type", table_path, type.port);
}

std::optional<double> number_in(const TypeRow& row,
                                const std::string& column,
                                const fs::path& table_path) {
    double value = 0.0;
    return read_cell(row, column, table_path, value) ? std::optional(value) : std::nullopt;
}

void lose_unknown_synapse(const TypeRow& row, const fs::path& table_path, Losses& losses) {
    losses.add(fmt::format("{}: model_template {}", table_path.string(),
                           printable(row.at("model_template"))),
               "is no synapse that can be said here (static_synapse, stdp_synapse, "
               "tsodyks2_synapse, StaticSynapse can): it would be static");
}

} // namespace

SynapseType synapse_type_of(const TypeRow& row, const fs::path& table_path, Circuit& circuit) {
    const auto model = row.find("model_template");
    const KnownSynapse known = model == row.end() ? KnownSynapse{"", SynapseKind::fixed, false}
                                                  : synapse_named(model->second, circuit);
    if (known.kind == SynapseKind::unknown) lose_unknown_synapse(row, table_path, circuit.losses);
    std::string source = table_path.string();
    SynapseJson params = params_of_synapse(row, circuit, source);
    const std::set<std::string_view> keys = keys_of(known.kind);
    add_columns(row, table_path, keys, params);
    std::set<std::string_view> columns{"edge_type_id",  "population",     "model_template",
                                       "syn_weight",    "delay",          "nsyns",
                                       "receptor_type", "dynamics_params"};
    columns.insert(keys.begin(), keys.end());
    columns.erase("weight");
    lose_columns(row, table_path, Place::edge_values, columns, circuit.losses);
    SynapseType type{number_in(row, "syn_weight", table_path), number_in(row, "delay", table_path),
                     number_in(row, "nsyns", table_path)};
    read_receptor(row, table_path, type);
    std::vector<Problem> problems;
    ObjectReader reader(params, "", problems);
    reader.number("weight", type.weight, any_number());
    reader.number("delay", type.delay_ms, ObjectReader::positive());
    reader.number("receptor_type", type.port, ObjectReader::not_negative());
    if (known.kind == SynapseKind::stdp) type.stdp = stdp_of(reader);
    if (known.kind == SynapseKind::short_term) type.short_term = short_term_of(reader);
    throw_if_any(source, problems);
    for (const auto& [key, value] : params.items()) {
        if (!keys.contains(key))
            circuit.losses.add(fmt::format("{}: /{}", source, printable(key)),
                               "is no parameter of its synapse, got " + shown(value));
    }
    if (!type.delay_ms && known.of_nest) type.delay_ms = k_nest_delay_ms;
    return type;
}

GuetigStdp rule_of(const NestStdp& stdp, double scale, double tau_minus_ms) {
    return {stdp.tau_plus_ms, tau_minus_ms,  stdp.lambda,       stdp.alpha,
            stdp.mu_plus,     stdp.mu_minus, stdp.w_max * scale};
}

} // namespace spikewell::io::sonata
