#include "io/results/distributions.hpp"

#include "core/error.hpp"
#include "core/statistics.hpp"
#include "io/json_reader.hpp"
#include "io/made_by.hpp"
#include "io/output.hpp"
#include "io/results/run_statistics.hpp"
#include "io/spike_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace spikewell::io {

using Json = nlohmann::ordered_json;

namespace {

namespace fs = std::filesystem;

constexpr const char* k_distributions_format = "spikewell-distributions";

/// The lists of a population, as the file names them.
constexpr std::array<std::pair<const char*, std::vector<double> Distributions::*>, 3> k_lists{
    {{"rates_Hz", &Distributions::rates_Hz},
     {"cv_isi", &Distributions::cvs},
     {"correlations", &Distributions::correlations}}};

Json json_of(const MeasuredRun& run) {
    Json json = {{"seed", run.seed},
                 {"counted_ms", run.counted_ms},
                 {"bin_ms", run.bin_ms},
                 {"populations", Json::array()}};
    for (const Distributions& of : run.populations) {
        json["populations"].push_back({{"name", of.population}});
        for (const auto& [key, list] : k_lists)
            json["populations"].back()[key] = of.*list;
    }
    return json;
}

// --- reading a file of distributions ---

std::vector<double> numbers_at(ObjectReader& reader, const char* key) {
    std::vector<double> values;
    const nlohmann::json& list = reader.raw(key);
    if (!list.is_array()) {
        reader.problem(key, fmt::format("must be a list of numbers, got {}", shown(list)));
        return values;
    }
    for (std::size_t k = 0; k < list.size(); ++k) {
        if (!list[k].is_number()) {
            reader.problem(key, k, fmt::format("must be a number, got {}", shown(list[k])));
            return values;
        }
        values.push_back(list[k].get<double>());
    }
    return values;
}

/// Calls `read` with each object of the list at `key`.
template <class Read> void each_of(ObjectReader& reader, const char* key, const Read& read) {
    const nlohmann::json& list = reader.raw(key);
    if (!list.is_array()) {
        reader.problem(key, fmt::format("must be a list, got {}", shown(list)));
        return;
    }
    for (std::size_t k = 0; k < list.size(); ++k)
        read(list[k], fmt::format("{}/{}", reader.pointer(key), k));
}

std::vector<MeasuredRun> runs_of(const nlohmann::json& document, const std::string& source) {
    std::vector<Problem> problems;
    std::vector<MeasuredRun> runs;
    ObjectReader whole(document, "", problems);
    each_of(whole, "runs", [&](const nlohmann::json& one, const std::string& where) {
        ObjectReader reader(one, where, problems);
        MeasuredRun& run = runs.emplace_back();
        reader.require({"counted_ms", "bin_ms"});
        reader.seed("seed", run.seed);
        reader.number("counted_ms", run.counted_ms, ObjectReader::positive());
        reader.number("bin_ms", run.bin_ms, ObjectReader::positive());
        each_of(reader, "populations", [&](const nlohmann::json& of, const std::string& place) {
            ObjectReader population(of, place, problems);
            Distributions& read = run.populations.emplace_back();
            population.require({"name"});
            population.text("name", read.population);
            for (const auto& [key, list] : k_lists)
                read.*list = numbers_at(population, key);
        });
    });
    throw_if_any(source, problems);
    return runs;
}

// --- measuring spikes ---

std::optional<PopulationId> population_named(const Network& network, std::string_view name) {
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        if (name_of(network.populations[p]) == name) return PopulationId{p};
    }
    return std::nullopt;
}

/// Without the populations that have no spikes in the file: it may not be of them.
MeasuredRun measured(const std::vector<PopulationSpikes>& spikes,
                     const fs::path& path,
                     const ComparedRun& run) {
    RunStatistics statistics(run.network, run.warm_up_ms, run.correlations);
    std::vector<bool> has(run.network.populations.size());
    for (const PopulationSpikes& of : spikes) {
        const std::optional<PopulationId> id = population_named(run.network, of.population);
        if (!id) continue;
        const std::size_t n = size_of(run.network.populations[id->index]);
        std::vector<Spike> counted;
        for (const Spike& spike : of.spikes) {
            if (spike.source >= n)
                throw IoError(path.string(),
                              fmt::format("neuron {} of {}, which has {} neurons in the network",
                                          spike.source, of.population, n));
            if (spike.t_ms < run.duration_ms) counted.push_back(spike);
        }
        statistics.on_spikes(*id, SpikeKind::somatic, counted);
        has[id->index] = true;
    }
    MeasuredRun found{0, run.duration_ms - run.warm_up_ms, run.correlations.bin_ms, {}};
    std::vector<Distributions> all = statistics.distributions(run.duration_ms);
    for (std::size_t p = 0; p < all.size(); ++p) {
        if (has[p]) found.populations.push_back(std::move(all[p]));
    }
    return found;
}

std::vector<MeasuredRun> read_file(const fs::path& path, const ComparedRun& run) {
    if (is_hdf5(path)) return {measured(read_spikes_hdf5(path), path, run)};
    const std::string name = path.string();
    if (path.extension() == ".csv") return {measured(read_spikes_csv(path), path, run)};
    const nlohmann::json document = parse_json(read_text(path), name);
    const bool is_ours = document.is_object() && document.value("format", nlohmann::json()) ==
                                                     nlohmann::json(k_distributions_format);
    if (!is_ours || document.value("version", nlohmann::json()) != nlohmann::json(1))
        throw IoError(name, fmt::format("must be spikes (.csv, HDF5) or a file of distributions: "
                                        "\"format\": \"{}\", \"version\": 1",
                                        k_distributions_format));
    return runs_of(document, name);
}

fs::path file_in(const fs::path& path) {
    if (!fs::is_directory(path)) return path;
    for (const char* name : {k_distributions_file, "spikes.csv", "spikes.h5"}) {
        if (fs::exists(path / name)) return path / name;
    }
    throw IoError(path.string(),
                  fmt::format("has no {}, spikes.csv or spikes.h5", k_distributions_file));
}

double finite_mean(const std::vector<double>& values) {
    std::vector<double> finite;
    std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
                 [](double x) { return std::isfinite(x); });
    return finite.empty() ? std::numeric_limits<double>::quiet_NaN() : mean(finite);
}

} // namespace

Distances distances(const Distributions& a, const Distributions& b) {
    return {kolmogorov_distance(a.rates_Hz, b.rates_Hz), kolmogorov_distance(a.cvs, b.cvs),
            kolmogorov_distance(a.correlations, b.correlations)};
}

Distances mean_distances(const Distributions& of, const std::vector<MeasuredRun>& from) {
    std::vector<double> rates;
    std::vector<double> cvs;
    std::vector<double> correlations;
    for (const MeasuredRun& run : from) {
        for (const Distributions& other : run.populations) {
            if (other.population != of.population) continue;
            const Distances one = distances(of, other);
            rates.push_back(one.rates);
            cvs.push_back(one.cvs);
            correlations.push_back(one.correlations);
        }
    }
    return {finite_mean(rates), finite_mean(cvs), finite_mean(correlations)};
}

std::string distributions_text(const std::vector<MeasuredRun>& runs) {
    Json json = {{"format", k_distributions_format},
                 {"version", 1},
                 {"made_by", made_by()},
                 {"runs", Json::array()}};
    for (const MeasuredRun& run : runs)
        json["runs"].push_back(json_of(run));
    return json.dump();
}

std::vector<MeasuredRun> read_reference(const fs::path& path, const ComparedRun& run) {
    if (!(run.duration_ms > run.warm_up_ms))
        throw ParameterError("reference", "warm_up_ms", run.warm_up_ms,
                             fmt::format("< duration_ms = {:g}", run.duration_ms));
    if (!fs::exists(path)) throw IoError(path.string(), "is not there");
    const fs::path file = file_in(path);
    std::vector<MeasuredRun> runs = read_file(file, run);
    bool has_any = false;
    for (const MeasuredRun& one : runs) {
        if (one.bin_ms != run.correlations.bin_ms)
            throw IoError(file.string(),
                          fmt::format("counts spikes in bins of {:g} ms, this run in bins of {:g}",
                                      one.bin_ms, run.correlations.bin_ms));
        for (const Distributions& of : one.populations)
            has_any |= population_named(run.network, of.population).has_value();
    }
    if (!has_any) throw IoError(file.string(), "has no population of this network");
    return runs;
}

} // namespace spikewell::io
