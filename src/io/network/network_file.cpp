#include "io/network/network_file.hpp"

#include "core/error.hpp"
#include "io/network/network_file_parts.hpp"
#include "io/output.hpp"

namespace spikewell::io {

namespace network_file {

namespace {

constexpr const char* k_format = "spikewell-network";
constexpr int k_version = 1;

enum class What { spikes, potential, weights, rate };

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

/// The time between two samples, of which a run may not have more than anybody can keep.
void read_interval(ObjectReader& reader,
                   const char* key,
                   double& interval_ms,
                   const Reading& reading) {
    const std::size_t before = reader.problem_count();
    reader.number(key, interval_ms, range_of(k_sample_intervals_ms));
    const double duration_ms = reading.description.duration_ms;
    if (reader.problem_count() == before && duration_ms / interval_ms > k_max_samples) {
        reader.problem(key, fmt::format("must be >= duration_ms / {} = {}, got {}", k_max_samples,
                                        duration_ms / k_max_samples, interval_ms));
    }
}

PotentialRecording read_potential(ObjectReader& reader, Reading& reading) {
    PotentialRecording recording;
    const std::size_t before = reader.problem_count();
    recording.neurons = read_neurons(reader, reading).range;
    if (reader.problem_count() == before) {
        check_model(reader, "population", reading, recording.neurons.population, neuron_models(),
                    is_neurons);
    }
    read_interval(reader, "interval_ms", recording.interval_ms, reading);
    return recording;
}

WeightRecording read_weights(ObjectReader& reader, Reading& reading) {
    WeightRecording recording;
    // Projections of couplings have no name, so a name is a synaptic one's.
    const auto index =
        look_up(reader, "projection", reading.projections, "a projection with a connector");
    recording.projection = {index.value_or(0)};
    read_interval(reader, "interval_ms", recording.interval_ms, reading);
    return recording;
}

RateRecording read_rates(ObjectReader& reader, Reading& reading) {
    RateRecording recording;
    recording.neurons = read_neurons(reader, reading).range;
    read_interval(reader, "bin_ms", recording.bin_ms, reading);
    return recording;
}

void read_recording(ObjectReader& reader, Reading& reading) {
    Recording recording;
    std::optional<What> what;
    recording.name = read_name(reader, NameKind::word, reading.recordings,
                               reading.description.recordings.size());
    reader.require({"record"});
    reader.choice<std::optional<What>>("record", what,
                                       {{"spikes", What::spikes},
                                        {"potential", What::potential},
                                        {"weights", What::weights},
                                        {"rate", What::rate}});
    if (!what) {
        return; // which keys belong here is not known
    }
    if (*what != What::spikes && recording.name == "spikes") {
        reader.problem("name", "must not be \"spikes\": spikes.csv holds the spikes");
    }
    if (*what == What::spikes) {
        recording.what = SpikeRecording{read_neurons(reader, reading).range};
    } else if (*what == What::potential) {
        recording.what = read_potential(reader, reading);
    } else if (*what == What::weights) {
        recording.what = read_weights(reader, reading);
    } else {
        recording.what = read_rates(reader, reading);
    }
    reader.reject_unknown_keys();
    reading.description.recordings.push_back(std::move(recording));
}

} // namespace

void read_recordings(ObjectReader& document, Reading& reading) {
    each_object(document, "recordings", k_max_recordings, reading.problems,
                [&](ObjectReader& reader) { read_recording(reader, reading); });
}

} // namespace network_file

NetworkDescription parse_network(const nlohmann::json& document,
                                 const std::string& source,
                                 const std::filesystem::path& folder) {
    std::vector<Problem> problems;
    network_file::Reading reading{folder, problems, {}, {}, {}, {}, {}};
    ObjectReader reader(document, "", problems);
    network_file::require_format(reader, source, problems);
    reader.seed("seed", reading.description.network.seed);
    reader.number("duration_ms", reading.description.duration_ms,
                  network_file::range_of(k_durations_ms));
    read_populations(reader, reading);
    read_projections(reader, reading);
    read_recordings(reader, reading);
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
