#include "io/network_file_parts.hpp"

#include <array>

namespace spikewell::io::network_file {

namespace {

enum class Kind { one_to_one, all_to_all, probability, indegree, outdegree, list };

/// A key that belongs to some connectors only.
struct ConnectorKey {
    const char* key;
    std::array<Kind, 2> kinds;
    const char* names;
};

constexpr std::array k_shared_keys{
    ConnectorKey{"probability", {Kind::probability, Kind::probability}, "\"fixed_probability\""},
    ConnectorKey{"indegree", {Kind::indegree, Kind::indegree}, "\"fixed_indegree\""},
    ConnectorKey{"outdegree", {Kind::outdegree, Kind::outdegree}, "\"fixed_outdegree\""}};
constexpr std::array k_synapse_keys{ConnectorKey{"distinct",
                                                 {Kind::indegree, Kind::outdegree},
                                                 "\"fixed_indegree\" and \"fixed_outdegree\""},
                                    ConnectorKey{"synapses", {Kind::list, Kind::list}, "\"list\""},
                                    ConnectorKey{"file", {Kind::list, Kind::list}, "\"list\""}};
constexpr std::array k_pair_keys{ConnectorKey{"pairs", {Kind::list, Kind::list}, "\"list\""},
                                 ConnectorKey{"pairs_file", {Kind::list, Kind::list}, "\"list\""}};

/// Keys of other connectors, which would be without effect; with no kind known all are let pass.
void check_keys(ObjectReader& reader,
                std::span<const ConnectorKey> keys,
                std::optional<Kind> kind) {
    for (const ConnectorKey& known : keys) {
        (void)reader.raw(known.key);
        const bool fits = !kind || *kind == known.kinds[0] || *kind == known.kinds[1];
        if (reader.has(known.key) && !fits) {
            reader.problem(known.key, fmt::format("is a key of connector {} only", known.names));
        }
    }
}

template <class Degree>
Degree read_degree(ObjectReader& reader, const char* key, std::size_t Degree::*degree, Joins what) {
    Degree connector;
    reader.require({key});
    reader.integer(key, connector.*degree, ObjectReader::between(0, k_max_synapses));
    connector.distinct = what == Joins::nodes;
    if (what == Joins::neurons) {
        reader.boolean("distinct", connector.distinct);
    }
    return connector;
}

Connector read_kind(
    ObjectReader& reader, Kind kind, const Reading& reading, const Ends& ends, Joins what) {
    switch (kind) {
    case Kind::one_to_one:
        break;
    case Kind::all_to_all:
        return AllToAll{};
    case Kind::probability: {
        FixedProbability connector;
        reader.require({"probability"});
        reader.number("probability", connector.probability, ObjectReader::between(0, 1));
        return connector;
    }
    case Kind::indegree:
        return read_degree(reader, "indegree", &FixedIndegree::indegree, what);
    case Kind::outdegree:
        return read_degree(reader, "outdegree", &FixedOutdegree::outdegree, what);
    case Kind::list:
        return SynapseList{what == Joins::neurons
                               ? read_synapses(reader, reading.folder, ends.n_pre, ends.n_post)
                               : read_pairs(reader, reading.folder, ends.n_pre, ends.n_post)};
    }
    return OneToOne{};
}

/// A degree that is drawn among n neurons or nodes (`others`).
void check_degree(ObjectReader& reader,
                  const char* key,
                  std::size_t degree,
                  bool distinct,
                  std::size_t n,
                  const char* others) {
    if (distinct && degree > n) {
        reader.problem(key, fmt::format("must be <= {}, the {}s there are to draw while distinct, "
                                        "got {}",
                                        n, others, degree));
    } else if (degree > 0 && n == 0) {
        reader.problem(key, fmt::format("must be 0: there is no {} but itself to draw, got {}",
                                        others, degree));
    }
}

} // namespace

std::optional<Connector> read_connector(ObjectReader& reader,
                                        const Reading& reading,
                                        const Ends& ends,
                                        Joins what) {
    std::optional<Kind> kind;
    reader.require({"connector"});
    reader.choice<std::optional<Kind>>("connector", kind,
                                       {{"one_to_one", Kind::one_to_one},
                                        {"all_to_all", Kind::all_to_all},
                                        {"fixed_probability", Kind::probability},
                                        {"fixed_indegree", Kind::indegree},
                                        {"fixed_outdegree", Kind::outdegree},
                                        {"list", Kind::list}});
    check_keys(reader, k_shared_keys, kind);
    if (what == Joins::neurons) {
        check_keys(reader, k_synapse_keys, kind);
    } else {
        check_keys(reader, k_pair_keys, kind);
    }
    return kind ? std::optional(read_kind(reader, *kind, reading, ends, what)) : std::nullopt;
}

void check_connector(
    ObjectReader& reader, const Connector& connector, const Ends& ends, bool itself, Joins what) {
    const std::size_t n_pre = *ends.n_pre;
    const std::size_t n_post = *ends.n_post;
    const std::size_t left_out = itself ? 1 : 0;
    const char* others = what == Joins::neurons ? "neuron" : "node";
    if (std::holds_alternative<OneToOne>(connector) && n_pre != n_post) {
        reader.problem("connector", fmt::format("\"one_to_one\" needs {} of one size, got {} and "
                                                "{} {}s",
                                                what == Joins::neurons ? "ranges" : "populations",
                                                n_pre, n_post, others));
    } else if (const auto* in = std::get_if<FixedIndegree>(&connector)) {
        check_degree(reader, "indegree", in->indegree, in->distinct, n_pre - left_out, others);
    } else if (const auto* out = std::get_if<FixedOutdegree>(&connector)) {
        check_degree(reader, "outdegree", out->outdegree, out->distinct, n_post - left_out, others);
    }
    if (std::holds_alternative<SynapseList>(connector)) {
        return; // as many as are in memory already
    }
    ConnectionRule rule;
    rule.connector = connector;
    rule.n_pre = n_pre;
    rule.n_post = n_post;
    const double n_synapses = expected_synapses(rule);
    if (n_synapses > k_max_synapses) {
        reader.problem("connector",
                       fmt::format("must give <= {:.3g} synapses, got {:.3g} from {} to {} {}s",
                                   k_max_synapses, n_synapses, n_pre, n_post, others));
    }
}

} // namespace spikewell::io::network_file
