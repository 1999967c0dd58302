#include "io/network/network_file_parts.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace spikewell::io::network_file {

namespace {

/// Calls visit.operator()<Connector>(key) for each key that belongs to some connectors only.
template <class Visit> void for_each_key(Joins what, Visit&& visit) {
    for_each_alternative<Connector>([&]<class One>() {
        for_each_field<One>([&](const auto& field) {
            // What a mask draws is distinct.
            if (what == Joins::neurons || field.key != "distinct")
                visit.template operator()<One>(std::string(field.key));
        });
    });
    const bool neurons = what == Joins::neurons;
    visit.template operator()<SynapseList>(std::string(neurons ? "synapses" : "pairs"));
    visit.template operator()<SynapseList>(std::string(neurons ? "file" : "pairs_file"));
    visit.template operator()<SynapseList>(std::string("edges"));
}

/// Keys of other connectors, which would be without effect; with no connector known all are let pass.
void check_keys(ObjectReader& reader, Joins what, std::string_view connector) {
    std::map<std::string, std::vector<std::string_view>> connectors; // by key
    for_each_key(what, [&]<class One>(const std::string& key) {
        connectors[key].push_back(Card<One>::key);
    });
    for (const auto& [key, names] : connectors) {
        (void)reader.raw(key);
        if (connector.empty() || !reader.has(key) ||
            std::find(names.begin(), names.end(), connector) != names.end())
            continue;
        reader.problem(
            key, fmt::format("is a key of connector \"{}\" only", fmt::join(names, "\" and \"")));
    }
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

/// Reads a connector's own fields.
struct ConnectorReader {
    ObjectReader& reader;
    const Reading& reading;
    const Ends& ends;
    Joins what;
    const std::string& weight;

    template <class One> Connector operator()(One connector) const {
        if (what == Joins::neurons) {
            read_fields(reader, connector);
            return connector;
        }
        const FieldReader read{reader, {}};
        for_each_field<One>([&](const auto& field) {
            if (field.key != "distinct") read(connector, field);
        });
        if constexpr (requires { connector.distinct; }) connector.distinct = true;
        return connector;
    }
    Connector operator()(const SynapseList&) const {
        return SynapseList{
            what == Joins::neurons
                ? read_synapses(reader, reading.folder, ends.n_pre, ends.n_post, weight)
                : read_pairs(reader, reading.folder, ends.n_pre, ends.n_post)};
    }
};

} // namespace

std::optional<Connector> read_connector(ObjectReader& reader,
                                        const Reading& reading,
                                        const Ends& ends,
                                        Joins what,
                                        const std::string& weight) {
    const std::vector<std::string> names = keys_of<Connector>();
    reader.require({"connector"});
    const std::size_t named = reader.choice_index("connector", names);
    check_keys(reader, what, named < names.size() ? std::string_view(names[named]) : "");
    if (named == names.size()) return std::nullopt;
    return std::visit(ConnectorReader{reader, reading, ends, what, weight},
                      alternative_at<Connector>(named));
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
    if (const auto* total = std::get_if<FixedTotalNumber>(&connector)) {
        if (what != Joins::neurons) {
            reader.problem(
                "connector",
                "must draw each pair once at most: \"fixed_total_number\" is not for masks");
        } else if (itself && n_pre == 1 && n_post == 1 && total->total > 0) {
            reader.problem("total",
                           fmt::format("must be 0: there is no neuron but itself to draw, got {}",
                                       total->total));
        }
    }
    if (distance_law_of(connector)) {
        if (what != Joins::neurons)
            reader.problem("connector", "must not ask for distances: nodes have no positions");
        return; // the rest is known where positions are
    }
    if (std::holds_alternative<SynapseList>(connector)) {
        return; // as many as are in memory already
    }
    ConnectionRule rule;
    rule.connector = connector;
    rule.n_pre = n_pre;
    rule.n_post = n_post;
    check_synapse_count(reader, rule, what);
}

void check_synapse_count(ObjectReader& reader, const ConnectionRule& rule, Joins what) {
    const double n_synapses = expected_synapses(rule);
    if (n_synapses <= k_max_synapses) return;
    reader.problem("connector",
                   fmt::format("must give <= {:.3g} synapses, got {:.3g} from {} to {} {}s",
                               k_max_synapses, n_synapses, rule.n_pre, rule.n_post,
                               what == Joins::neurons ? "neuron" : "node"));
}

} // namespace spikewell::io::network_file
