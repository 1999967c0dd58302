#pragma once

#include "io/json_reader.hpp"
#include "io/network/fields_json.hpp"
#include "io/output.hpp"
#include "network/description.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

/// The parts that a network file is read with; src/io/network/network_file.hpp is the door.
namespace spikewell::io::network_file {

using Range = ObjectReader::Range;

constexpr double k_most = 1e6; ///< greatest size of values that vary

using Index = std::unordered_map<std::string, std::uint32_t>;

/// Counts what is wrong in a list. After a hundred no more is looked for, and a last problem says so.
class RowProblems {
  public:
    RowProblems(ObjectReader& reader, std::string key) : reader_(reader), key_(std::move(key)) {}
    void count() {
        if (++n_ == k_most_told)
            reader_.problem(key_, "has 100 wrong entries; what follows was not looked at");
    }
    [[nodiscard]] bool any() const { return n_ > 0; }
    [[nodiscard]] bool enough() const { return n_ >= k_most_told; }

  private:
    static constexpr std::size_t k_most_told = 100;
    ObjectReader& reader_;
    std::string key_;
    std::size_t n_ = 0;
};

/// What has been read so far.
struct Reading {
    const std::filesystem::path& folder;
    std::vector<Problem>& problems;
    NetworkDescription description;
    std::vector<bool> sound; ///< of each population: read without a problem, so its size and model
                             ///< are the user's and other values can be checked against them
    Index populations;       ///< by name
    Index projections;
    Index recordings;
};

[[nodiscard]] inline Range finite() {
    const double most = std::numeric_limits<double>::max();
    return {-most, true, most, "a finite number"};
}
[[nodiscard]] inline Range range_of(const Interval& interval) {
    return ObjectReader::between(interval.low, interval.high);
}
/// A number that is 0 or lies in the interval.
inline void read_zero_or(ObjectReader& reader,
                         const std::string& key,
                         double& value,
                         const Interval& interval) {
    const std::string allowed = fmt::format("0, or {} .. {}", interval.low, interval.high);
    const std::size_t before = reader.problem_count();
    reader.number(key, value, {0.0, true, interval.high, allowed});
    if (reader.problem_count() == before && value != 0.0 && !interval.contains(value))
        reader.problem(key, fmt::format("must be {}, got {}", allowed, value));
}
[[nodiscard]] inline Range weight_range() {
    return range_of(k_couplings);
}
[[nodiscard]] inline Range delay_range() {
    return range_of(k_delays_ms);
}

/// Calls read(reader) for each object of the list that a field has, which may be absent. An element that
/// is no object is a problem, and so are more than the field allows.
template <class M, class Of, class Read>
void each_object(ObjectReader& parent,
                 const Own<M, std::vector<Of>>& field,
                 std::vector<Problem>& problems,
                 Read read) {
    const std::string key(field.key);
    const double at_most = field.allowed->high;
    const nlohmann::json& list = parent.raw(key);
    if (!parent.has(key)) {
        return;
    }
    if (!list.is_array()) {
        parent.problem(key, fmt::format("must be a list, got {}", shown(list)));
        return;
    }
    if (static_cast<double>(list.size()) > at_most) {
        parent.problem(key, fmt::format("must be at most {}, got {}", at_most, shown(list)));
        return;
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
        ObjectReader reader(list[i], fmt::format("{}/{}", parent.pointer(key), i), problems);
        if (list[i].is_object()) {
            read(reader);
        }
    }
}

/// Names that become part of file names and tables: letters, digits, _ and -.
enum class NameKind { any_text, word };
/// The name at "name", entered into `names` as `index`. Missing, empty or taken is a problem; one of
/// any text may be missing, and is then "".
std::string read_name(ObjectReader& reader, NameKind kind, Index& names, std::size_t index);
/// The index of the name at `key`; a missing or unknown one is a problem that offers the nearest.
/// `what` is what it should name: "a population".
std::optional<std::uint32_t> look_up(ObjectReader& reader,
                                     const std::string& key,
                                     const Index& names,
                                     const std::string& what);

/// A number within `range`, or a distribution whose whole support is.
void read_distribution(ObjectReader& parent,
                       const std::string& key,
                       Distribution& value,
                       const Range& range);
/// The list of numbers at `key`, each within `range`; a missing one is a problem.
[[nodiscard]] std::vector<double> read_numbers(ObjectReader& reader,
                                               const std::string& key,
                                               const Range& range);
/// Complains of "first" and "count" that are not within `size` neurons, or `what` they are, of
/// `population`.
void check_extent(ObjectReader& reader,
                  std::uint32_t first,
                  std::optional<std::uint32_t> count,
                  std::size_t size,
                  const std::string& population,
                  const char* what = "neurons");

/// Neurons of a population: the range, and how many; none where that is not known.
struct Neurons {
    NeuronRange range;
    std::optional<std::size_t> size;
};
/// "population", "first" and "count".
Neurons read_neurons(ObjectReader& reader, const Reading& reading);
/// The same of what synapses may end on: neurons, or nodes.
Neurons read_targets(ObjectReader& reader, const Reading& reading);

/// "spikes" or "spikes_file", of neurons 0 .. n_neurons - 1; none: not known.
[[nodiscard]] std::vector<Spike> read_spikes(ObjectReader& reader,
                                             const std::filesystem::path& folder,
                                             std::optional<std::size_t> n_neurons);
/// "synapses" or "file", of n_pre and n_post neurons; none: not known. `weight`: the weights' column. Where
/// a file has no weights or delays, the one weight or delay of all.
[[nodiscard]] std::vector<Synapse> read_synapses(ObjectReader& reader,
                                                 const std::filesystem::path& folder,
                                                 std::optional<std::size_t> n_pre,
                                                 std::optional<std::size_t> n_post,
                                                 const std::string& weight);
/// "pairs" or "pairs_file", likewise; weights and delays are 0.
[[nodiscard]] std::vector<Synapse> read_pairs(ObjectReader& reader,
                                              const std::filesystem::path& folder,
                                              std::optional<std::size_t> n_pre,
                                              std::optional<std::size_t> n_post);
/// The list of points at `key`, [x], [x, y] or [x, y, z] in mm, as a column for each point.
[[nodiscard]] Matrix read_points(ObjectReader& reader, const std::string& key);
/// "evidence" or "evidence_file", or neither, of as many nodes; none: not known.
[[nodiscard]] Evidence read_evidence(ObjectReader& reader,
                                     const std::filesystem::path& folder,
                                     std::optional<std::size_t> n_nodes);

/// A CSV file without header, as rows, and where it was found.
struct FileTable {
    Matrix cells;
    std::string path;
};
/// The one at `key`; no cells, and a problem, where it cannot be read.
[[nodiscard]] FileTable read_file_table(ObjectReader& reader,
                                        const std::string& key,
                                        const std::filesystem::path& folder);

/// What a connector joins: neurons by synapses, or the nodes of a mask.
enum class Joins { neurons, nodes };
/// How many there are on both sides; none: not known.
struct Ends {
    std::optional<std::size_t> n_pre;
    std::optional<std::size_t> n_post;
};
/// "coupling" or "coupling_file", of nodes.
[[nodiscard]] Matrix read_coupling(ObjectReader& reader,
                                   const std::filesystem::path& folder,
                                   const Ends& ends);
/// "connector" and its keys; none where it is not known which connector. `weight`: the column of a
/// list's weights, where it joins neurons.
[[nodiscard]] std::optional<Connector> read_connector(ObjectReader& reader,
                                                      const Reading& reading,
                                                      const Ends& ends,
                                                      Joins what,
                                                      const std::string& weight = {});
/// Complains of what a connector asks in vain of the numbers on both sides, before anything is made
/// to measure: a few characters can ask for more synapses than any machine holds. Both are known;
/// `itself`: some neuron would have to leave itself out.
void check_connector(
    ObjectReader& reader, const Connector& connector, const Ends& ends, bool itself, Joins what);
/// Complains of synapses beyond what a projection may have.
void check_synapse_count(ObjectReader& reader, const ConnectionRule& rule, Joins what);

/// A projection through couplings, every key but unknown ones.
[[nodiscard]] FactorisedProjection read_factorised(ObjectReader& reader, Reading& reading);
/// What projections that learn ask of each other.
void check_learning(Reading& reading);

/// Each appends what an object says to reading.description.
void read_population(ObjectReader& reader, Reading& reading);
void read_projection(ObjectReader& reader, Reading& reading);

/// What "model" says of a population.
[[nodiscard]] std::string_view model_of(const Population& population);
/// The keys of all alternatives of a variant, by their cards.
template <class Variant> [[nodiscard]] std::vector<std::string> keys_of() {
    std::vector<std::string> keys;
    for_each_alternative<Variant>([&]<class One>() { keys.emplace_back(Card<One>::key); });
    return keys;
}
/// Keys of all models of point neurons: "lif_delta, lif_exp or adex".
[[nodiscard]] std::string neuron_models();
/// The key of weights of synapses onto targets of this model, with their unit; one of another unit in its
/// place is a problem.
[[nodiscard]] std::string weight_key(ObjectReader& reader,
                                     std::string_view unit,
                                     std::string_view model);
/// The models of what synapses may end on: those, and nodes.
[[nodiscard]] std::string target_models();
/// The models of what has states to be recorded: those, and listed nodes.
[[nodiscard]] std::string models_with_states();

[[nodiscard]] inline const Population& population_at(const Reading& reading, PopulationId id) {
    return reading.description.network.populations[id.index];
}
[[nodiscard]] inline bool is_sound(const Reading& reading, PopulationId id) {
    return reading.sound[id.index];
}
/// Whether the population holds point neurons, which alone have potentials.
[[nodiscard]] inline bool is_neurons(const Population& population) {
    return std::holds_alternative<NeuronPopulation>(population);
}

/// Whether synapses may end on it.
[[nodiscard]] inline bool is_target(const Population& population) {
    return is_neurons(population) || std::holds_alternative<DyadicPopulation>(population);
}

/// Complains when the population at `key` is sound but of a model that cannot stand there.
template <class Allowed>
void check_model(ObjectReader& reader,
                 const std::string& key,
                 const Reading& reading,
                 PopulationId id,
                 const std::string& allowed,
                 Allowed is_allowed) {
    const Population& population = population_at(reading, id);
    if (is_sound(reading, id) && !is_allowed(population)) {
        reader.problem(key,
                       fmt::format("must be a population of model {}, got \"{}\" of model {}",
                                   allowed, printable(name_of(population)), model_of(population)));
    }
}

} // namespace spikewell::io::network_file
