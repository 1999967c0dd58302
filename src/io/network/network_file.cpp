#include "io/network/network_file.hpp"

#include "core/error.hpp"
#include "io/network/network_file_parts.hpp"
#include "io/output.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace spikewell::io {

namespace network_file {

namespace {

constexpr const char* k_format = "spikewell-network";
constexpr int k_version = 1;

/// Throws unless the document is a network of this version: what else is wrong is then no news.
void require_format(ObjectReader& reader,
                    const std::string& source,
                    const std::vector<Problem>& problems) {
    const nlohmann::json& format = reader.raw("format");
    const nlohmann::json& version = reader.raw("version");
    (void)reader.raw("made_by"); // for the reader's eye
    if (problems.empty() && format != k_format) {
        reader.problem("format", fmt::format("must be \"{}\", got {}; the file is no network",
                                             k_format, shown(format)));
    } else if (problems.empty() && version != k_version) {
        reader.problem("version", fmt::format("must be {}, got {}; this program reads version {}",
                                              k_version, shown(version), k_version));
    }
    throw_if_any(source, problems);
}

std::string wrong_variable(const nlohmann::json& value, const Population* population) {
    if (population == nullptr) return fmt::format("must be a name, got {}", shown(value));
    return fmt::format("must be a variable of {}, which are {}, got {}", model_of(*population),
                       fmt::join(state_columns(*population), ", "), shown(value));
}

bool has_variable(const Population& population, std::string_view name) {
    const std::span<const std::string_view> names = state_columns(population);
    return std::ranges::find(names, name) != names.end();
}

/// The list at `key` of a population's variables; none: it is not known which population.
std::vector<std::string> read_variables(ObjectReader& reader,
                                        const std::string& key,
                                        const Interval& n_allowed,
                                        const Population* population) {
    const nlohmann::json& list = reader.raw(key);
    if (!reader.has(key)) {
        reader.problem(key, "is missing");
        return {};
    }
    if (!list.is_array() || !n_allowed.contains(static_cast<double>(list.size()))) {
        reader.problem(key, fmt::format("must be a list of {} .. {} names, got {}", n_allowed.low,
                                        n_allowed.high, shown(list)));
        return {};
    }
    std::vector<std::string> variables;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string name = list[i].is_string() ? list[i].get<std::string>() : "";
        if (!list[i].is_string() || (population != nullptr && !has_variable(*population, name)))
            reader.problem(key, i, wrong_variable(list[i], population));
        else if (std::find(variables.begin(), variables.end(), name) != variables.end())
            reader.problem(key, i, fmt::format("must be given once, got \"{}\" again", name));
        variables.push_back(name);
    }
    return variables;
}

/// Reads a recording's fields. Of samples a run may not have more than anybody can keep.
struct RecordingReader : FieldReader {
    const Reading& reading;
    using FieldReader::operator();

    template <class M> void operator()(M& m, const Number<M>& field) const {
        if constexpr (Timed<M>) {
            if (reader.has("times_ms")) { // in its place
                if (reader.has(std::string(field.key)))
                    reader.problem(std::string(field.key), R"(must not stand beside "times_ms")");
                (void)reader.raw(std::string(field.key));
                return;
            }
        }
        const std::size_t before = reader.problem_count();
        FieldReader::operator()(m, field);
        const double duration_ms = reading.description.duration_ms;
        if (reader.problem_count() == before && duration_ms / m.*field.member > k_max_samples)
            reader.problem(std::string(field.key),
                           fmt::format("must be >= duration_ms / {} = {}, got {}", k_max_samples,
                                       duration_ms / k_max_samples, m.*field.member));
    }
    template <class M> void operator()(M& m, const Inline<M, NeuronRange>&) const {
        constexpr bool k_states = std::is_same_v<M, StateRecording>;
        const std::size_t before = reader.problem_count();
        m.neurons =
            (k_states ? read_targets(reader, reading) : read_neurons(reader, reading)).range;
        if (reader.problem_count() > before) return;
        if (k_states)
            check_model(reader, "population", reading, m.neurons.population, models_with_states(),
                        [](const Population& p) { return !state_columns(p).empty(); });
        else if (Sampled<M>)
            check_model(reader, "population", reading, m.neurons.population, neuron_models(),
                        is_neurons);
    }
    template <Listed M>
    void operator()(M& m, const Own<M, std::vector<std::uint32_t>>& field) const {
        const std::string key(field.key);
        (void)reader.raw(key);
        if (!reader.has(key)) return;
        const Population* population = named_population<M>();
        const bool nodes =
            std::is_same_v<M, StateRecording> && population != nullptr && is_dyadic(*population);
        const char* const right = nodes ? "nodes" : "neurons";
        if (population != nullptr && key != right) {
            reader.problem(key,
                           fmt::format("must be \"{}\": \"{}\" is of model {}", right,
                                       printable(name_of(*population)), model_of(*population)));
            return;
        }
        std::size_t size = k_max_neurons;
        if (population != nullptr) size = nodes ? n_targets_of(*population) : size_of(*population);
        m.listed = read_indices(key, size);
        if (m.neurons.first != 0 || m.neurons.count)
            reader.problem(key, R"(must not stand beside "first" and "count")");
    }
    template <OfProjection M>
    void operator()(M& m, const Own<M, std::vector<std::uint32_t>>& field) const {
        const std::string key(field.key);
        if (!reader.has(key)) return;
        std::size_t size = k_max_neurons;
        const Network& network = reading.description.network;
        if (reading.problems.empty()) { // so that the projection is the one that is named
            const NumbersOfEnds ends = ends_of(network.projections[m.projection.index], network);
            size = key == "pre" ? ends.n_pre : ends.n_post;
        }
        m.*field.member = read_indices(key, size);
    }
    template <Timed M> void operator()(M& m, const Own<M, std::vector<double>>& field) const {
        const std::string key(field.key);
        if (!reader.has(key)) return;
        const std::size_t before = reader.problem_count();
        m.times_ms = read_numbers(reader, key, range_of(k_durations_ms));
        if (reader.problem_count() == before) require_increasing(key, m.times_ms);
    }
    void operator()(StateRecording& m,
                    const Own<StateRecording, std::vector<std::string>>& field) const {
        m.variables = read_variables(reader, std::string(field.key), *field.allowed,
                                     named_population<StateRecording>());
    }
    void operator()(WeightRecording& m, const Own<WeightRecording, ProjectionId>& field) const {
        m.projection = read_projection_of<SynapticProjection>(field.key, "with a connector");
    }
    void operator()(CouplingRecording& m, const Own<CouplingRecording, ProjectionId>& field) const {
        m.projection = read_projection_of<FactorisedProjection>(field.key, "through couplings");
    }

  private:
    /// The population that is named, where it has what is recorded and is read without a problem.
    template <class M> [[nodiscard]] const Population* named_population() const {
        const nlohmann::json& name = reader.raw("population");
        const auto found =
            reading.populations.find(name.is_string() ? name.get<std::string>() : "");
        if (found == reading.populations.end() || !is_sound(reading, {found->second}))
            return nullptr;
        const Population& population = population_at(reading, {found->second});
        const bool fits =
            !Sampled<M> || (std::is_same_v<M, StateRecording> ? !state_columns(population).empty()
                                                              : is_neurons(population));
        return fits ? &population : nullptr;
    }
    /// A projection of one kind by its name; `kind` says which.
    template <class Kind>
    [[nodiscard]] ProjectionId read_projection_of(std::string_view key, const char* kind) const {
        const std::vector<Projection>& all = reading.description.network.projections;
        Index named;
        for (const auto& [name, index] : reading.projections) {
            if (index < all.size() && std::holds_alternative<Kind>(all[index]))
                named.emplace(name, index);
        }
        return {look_up(reader, std::string(key), named, fmt::format("a projection {}", kind))
                    .value_or(0)};
    }
    template <class Value>
    void require_increasing(const std::string& key, const std::vector<Value>& values) const {
        const auto at = std::adjacent_find(values.begin(), values.end(), std::greater_equal<>());
        if (at != values.end())
            reader.problem(key, static_cast<std::size_t>(at - values.begin()) + 1,
                           fmt::format("must be > {}, the one before, got {}", at[0], at[1]));
    }
    /// A list of whole numbers below `size` that increases.
    [[nodiscard]] std::vector<std::uint32_t> read_indices(const std::string& key,
                                                          std::size_t size) const {
        const std::size_t before = reader.problem_count();
        const std::vector<double> numbers =
            read_numbers(reader, key, ObjectReader::between(0.0, static_cast<double>(size) - 1.0));
        std::vector<std::uint32_t> indices;
        for (std::size_t i = 0; i < numbers.size() && reader.problem_count() == before; ++i) {
            if (std::floor(numbers[i]) != numbers[i])
                reader.problem(key, i, fmt::format("must be a whole number, got {}", numbers[i]));
            indices.push_back(static_cast<std::uint32_t>(numbers[i]));
        }
        if (reader.problem_count() == before) require_increasing(key, indices);
        return indices;
    }
};

void read_recording(ObjectReader& reader, Reading& reading) {
    Recording recording;
    recording.name = read_name(reader, NameKind::word, reading.recordings,
                               reading.description.recordings.size());
    const std::vector<std::string> kinds = keys_of<Recorded>();
    reader.require({"record"});
    const std::size_t kind = reader.choice_index("record", kinds);
    if (kind == kinds.size()) {
        return; // which keys belong here is not known
    }
    recording.what = alternative_at<Recorded>(kind);
    if (!std::holds_alternative<SpikeRecording>(recording.what) && recording.name == "spikes") {
        reader.problem("name", "must not be \"spikes\": spikes.csv holds the spikes");
    }
    const RecordingReader read{{reader, ""}, reading};
    std::visit([&](auto& what) { read_fields_by(read, what); }, recording.what);
    reader.reject_unknown_keys();
    reading.description.recordings.push_back(std::move(recording));
}

/// Reads the whole document but for its head.
struct DocumentReader : FieldReader {
    Reading& reading;
    using FieldReader::operator();

    void operator()(NetworkDescription& m, const Inline<NetworkDescription, Network>&) const {
        read_fields_by(*this, m.network);
    }
    void operator()(Network& m, const Own<Network, std::uint64_t>& field) const {
        reader.seed(std::string(field.key), m.seed);
    }
    void operator()(Network&, const Own<Network, std::vector<Population>>& field) const {
        reader.require({"populations"});
        each_object(reader, field, reading.problems,
                    [&](ObjectReader& item) { read_population(item, reading); });
    }
    void operator()(Network&, const Own<Network, std::vector<Projection>>& field) const {
        const std::size_t before = reader.problem_count();
        each_object(reader, field, reading.problems,
                    [&](ObjectReader& item) { read_projection(item, reading); });
        if (reader.problem_count() == before) { // so that projections stand at their indices
            check_learning(reading);
        }
    }
    void operator()(NetworkDescription&,
                    const Own<NetworkDescription, std::vector<Recording>>& field) const {
        each_object(reader, field, reading.problems,
                    [&](ObjectReader& item) { read_recording(item, reading); });
    }
};

} // namespace

} // namespace network_file

NetworkDescription parse_network(const nlohmann::json& document,
                                 const std::string& source,
                                 const std::filesystem::path& folder) {
    std::vector<Problem> problems;
    network_file::Reading reading{folder, problems, {}, {}, {}, {}, {}};
    ObjectReader reader(document, "", problems);
    network_file::require_format(reader, source, problems);
    const network_file::DocumentReader read{{reader, ""}, reading};
    read_fields_by(read, reading.description);
    reader.reject_unknown_keys();
    throw_if_any(source, problems);
    try { // the last word, so that what is read is what may be run
        validate(reading.description);
    } catch (const Error& error) {
        throw DescriptionError(source, {{"", error.what()}});
    }
    return std::move(reading.description);
}

/// Whatever is below: names of tables stand under "file" and ".._file" wherever they stand.
std::vector<std::filesystem::path> tables_of(const nlohmann::json& document,
                                             const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    if (!document.is_structured()) return paths;
    for (const auto& [key, value] : document.items()) {
        if (value.is_string() && key.ends_with("file"))
            paths.push_back(folder / value.get<std::string>());
        for (std::filesystem::path& path : tables_of(value, folder))
            paths.push_back(std::move(path));
    }
    return paths;
}

NetworkDescription read_network(const std::filesystem::path& path) {
    return parse_network(parse_json(read_text(path), path.string()), path.string(),
                         path.parent_path());
}

} // namespace spikewell::io
