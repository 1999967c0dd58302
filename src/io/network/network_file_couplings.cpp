#include "io/network/network_file_parts.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::io::network_file {

namespace {

std::optional<PredictiveHebbian> read_hebbian(ObjectReader& parent) {
    if (!given(parent, "plasticity")) {
        return std::nullopt;
    }
    PredictiveHebbian rule;
    ObjectReader reader = parent.child("plasticity");
    reader.require({"rule"});
    (void)reader.choice_index("rule", {std::string(Card<PredictiveHebbian>::key)});
    read_fields(reader, rule);
    reader.reject_unknown_keys();
    return rule;
}

/// Pairs within one population.
void check_pairs(ObjectReader& reader, const std::vector<Synapse>& pairs) {
    const char* key = reader.has("pairs") ? "pairs" : "pairs_file";
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (pairs[i].pre == pairs[i].post) {
            reader.problem(key, fmt::format("pair {} couples node {} to itself", i, pairs[i].pre));
            return;
        }
    }
}

/// The nodes that are coupled, as "mask" says.
std::optional<Connector> read_mask(ObjectReader& parent,
                                   const Reading& reading,
                                   const Ends& ends,
                                   bool recurrent) {
    if (!given(parent, "mask")) {
        return std::nullopt;
    }
    const std::size_t before = parent.problem_count();
    ObjectReader reader = parent.child("mask");
    std::optional<Connector> mask = read_connector(reader, reading, ends, Joins::nodes);
    reader.reject_unknown_keys();
    if (parent.problem_count() > before || !ends.n_pre || !ends.n_post) {
        return std::nullopt;
    }
    check_connector(reader, *mask, ends, recurrent, Joins::nodes);
    if (const auto* list = std::get_if<SynapseList>(&*mask); list != nullptr && recurrent) {
        check_pairs(reader, list->synapses);
    }
    return mask;
}

/// A whole dyadic population by its name.
std::optional<PopulationId> read_dyadic(ObjectReader& reader,
                                        const std::string& key,
                                        const Reading& reading) {
    const auto index = look_up(reader, key, reading.populations, "a population");
    return index ? std::optional(PopulationId{*index}) : std::nullopt;
}

/// Of the coupling from j to i.
std::optional<std::string> problem_of(const FactorisedProjection& projection,
                                      std::size_t i,
                                      std::size_t j) {
    const double coupling = projection.coupling(i, j);
    if (!(std::abs(coupling) <= k_max_coupling))
        return fmt::format("({}, {}) must be -{} .. {}, got {}", i, j, k_max_coupling,
                           k_max_coupling, coupling);
    if (projection.pre == projection.post && i == j && coupling != 0.0)
        return fmt::format("self-coupling of node {} must be 0, got {}", i, coupling);
    return std::nullopt;
}

void check_coupling(ObjectReader& reader,
                    const FactorisedProjection& projection,
                    std::size_t n_post,
                    std::size_t n_pre) {
    const char* key = reader.has("coupling") ? "coupling" : "coupling_file";
    const Matrix& coupling = projection.coupling;
    if (coupling.rows != n_post || coupling.cols != n_pre) {
        reader.problem(key, fmt::format("must be {} x {} (nodes of post x nodes of pre), got {} x "
                                        "{}",
                                        n_post, n_pre, coupling.rows, coupling.cols));
        return;
    }
    RowProblems problems(reader, key);
    for (std::size_t j = 0; j < n_pre; ++j) {
        for (std::size_t i = 0; i < n_post && !problems.enough(); ++i) {
            const auto problem = problem_of(projection, i, j);
            if (!problem) continue;
            reader.problem(key, *problem);
            problems.count();
        }
    }
}

std::optional<std::size_t> nodes_of(const Reading& reading, std::optional<PopulationId> id) {
    if (!id || !is_sound(reading, *id) || !is_dyadic(population_at(reading, *id))) {
        return std::nullopt;
    }
    return code_of(population_at(reading, *id)).n_nodes;
}

std::string pointer_to(std::size_t projection, const char* key) {
    return fmt::format("/projections/{}/{}", projection, key);
}

/// Plastic factorised projections onto one population must predict alike.
void check_predictions(Reading& reading) {
    std::unordered_map<std::uint32_t, std::pair<std::size_t, Prediction>> first; // by population
    const std::vector<Projection>& projections = reading.description.network.projections;
    for (std::size_t k = 0; k < projections.size(); ++k) {
        const auto* projection = std::get_if<FactorisedProjection>(&projections[k]);
        if (projection == nullptr || !projection->plasticity) {
            continue;
        }
        const Prediction prediction = projection->plasticity->prediction;
        const auto& [index, known] =
            first.try_emplace(projection->post.index, k, prediction).first->second;
        if (known != prediction) {
            reading.problems.push_back(
                {pointer_to(k, "plasticity/prediction"),
                 fmt::format("must be that of projection {}, which learns onto the same population",
                             index)});
        }
    }
}

bool is_plastic(const Projection& projection) {
    const auto* dense = std::get_if<FactorisedProjection>(&projection);
    return dense != nullptr && dense->plasticity.has_value();
}

/// A delay of 0 makes everything run by the sequential queue, which knows dyadic populations only
/// and cannot learn.
void check_immediate(Reading& reading) {
    const Network& network = reading.description.network;
    const auto learner =
        std::find_if(network.projections.begin(), network.projections.end(), is_plastic);
    const auto other = std::find_if_not(network.populations.begin(), network.populations.end(),
                                        [](const Population& p) { return is_dyadic(p); });
    for (std::size_t k = 0; k < network.projections.size(); ++k) {
        const auto* dense = std::get_if<FactorisedProjection>(&network.projections[k]);
        if (dense == nullptr || dense->delay_ms != 0.0) {
            continue;
        }
        if (other != network.populations.end()) {
            reading.problems.push_back(
                {pointer_to(k, "delay_ms"),
                 fmt::format("must be > 0 in a network with \"{}\" of model {}, got 0: delay 0 is "
                             "for dyadic populations only",
                             printable(name_of(*other)), model_of(*other))});
        } else if (learner != network.projections.end()) {
            reading.problems.push_back(
                {pointer_to(k, "delay_ms"),
                 fmt::format("must be > 0 while projection {} is plastic, got 0: delay 0 runs by "
                             "the sequential queue, which cannot learn",
                             learner - network.projections.begin())});
        }
    }
}

} // namespace

FactorisedProjection read_factorised(ObjectReader& reader, Reading& reading) {
    FactorisedProjection projection;
    const std::size_t before = reader.problem_count();
    projection.name = read_name(reader, NameKind::any_text, reading.projections,
                                reading.description.network.projections.size());
    const auto pre = read_dyadic(reader, "pre", reading);
    const auto post = read_dyadic(reader, "post", reading);
    if (pre) {
        check_model(reader, "pre", reading, *pre, "dyadic_attractor or dyadic_spike_list",
                    is_dyadic);
    }
    if (post) {
        check_model(reader, "post", reading, *post, "dyadic_attractor", [](const Population& p) {
            return std::holds_alternative<DyadicPopulation>(p);
        });
    }
    projection.pre = pre.value_or(PopulationId{});
    projection.post = post.value_or(PopulationId{});
    const Ends ends{nodes_of(reading, pre), nodes_of(reading, post)};
    projection.coupling = read_coupling(reader, reading.folder, ends);
    read_zero_or(reader, "delay_ms", projection.delay_ms, k_delays_ms);
    projection.plasticity = read_hebbian(reader);
    projection.mask = read_mask(reader, reading, ends, pre && post && *pre == *post);
    const bool sound = reader.problem_count() == before;
    if (sound && is_sound(reading, *pre) && is_sound(reading, *post)) {
        check_coupling(reader, projection, code_of(population_at(reading, *post)).n_nodes,
                       code_of(population_at(reading, *pre)).n_nodes);
    }
    if (sound && projection.plasticity && projection.delay_ms == 0.0) {
        reader.problem("delay_ms", "must be > 0 while the projection is plastic, got 0");
    }
    return projection;
}

void check_learning(Reading& reading) {
    check_predictions(reading);
    check_immediate(reading);
}

} // namespace spikewell::io::network_file
