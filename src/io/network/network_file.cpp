#include "io/network/network_file.hpp"

#include "core/error.hpp"
#include "io/network/network_file_parts.hpp"
#include "io/output.hpp"

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

/// Reads a recording's fields. Of samples a run may not have more than anybody can keep.
struct RecordingReader : FieldReader {
    const Reading& reading;
    using FieldReader::operator();

    template <class M> void operator()(M& m, const Number<M>& field) const {
        const std::size_t before = reader.problem_count();
        FieldReader::operator()(m, field);
        const double duration_ms = reading.description.duration_ms;
        if (reader.problem_count() == before && duration_ms / m.*field.member > k_max_samples)
            reader.problem(std::string(field.key),
                           fmt::format("must be >= duration_ms / {} = {}, got {}", k_max_samples,
                                       duration_ms / k_max_samples, m.*field.member));
    }
    template <class M> void operator()(M& m, const Inline<M, NeuronRange>&) const {
        const std::size_t before = reader.problem_count();
        m.neurons = read_neurons(reader, reading).range;
        if (std::is_same_v<M, PotentialRecording> && reader.problem_count() == before)
            check_model(reader, "population", reading, m.neurons.population, neuron_models(),
                        is_neurons);
    }
    void operator()(WeightRecording& m, const Own<WeightRecording, ProjectionId>& field) const {
        // Projections of couplings have no name, so a name is a synaptic one's.
        const auto index = look_up(reader, std::string(field.key), reading.projections,
                                   "a projection with a connector");
        m.projection = {index.value_or(0)};
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
