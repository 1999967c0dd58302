#include "io/results/recordings.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

// A bin's remainder that is rounding, not time.
constexpr double k_rounding = 1e-9;
// Nothing that is counted one by one gets there.
constexpr std::uint64_t k_most_counted = std::uint64_t{1} << 53U;

// Numbers in a saved state: 8 bytes each, little endian.

void put(std::string& bytes, std::uint64_t number) {
    for (unsigned i = 0; i < 8; ++i)
        bytes += static_cast<char>((number >> (8U * i)) & 0xFFU);
}
void put(std::string& bytes, double number) {
    put(bytes, std::bit_cast<std::uint64_t>(number));
}

} // namespace

/// What `put` has written, in its order. (A class of a header keeps one, so it is not in the nameless
/// namespace.)
class SavedNumbers {
  public:
    explicit SavedNumbers(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t number() {
        if (bytes_.size() < 8) fail();
        std::uint64_t number = 0;
        for (unsigned i = 0; i < 8; ++i)
            number |= std::uint64_t{static_cast<unsigned char>(bytes_[i])} << (8U * i);
        bytes_.remove_prefix(8);
        return number;
    }
    double real() { return std::bit_cast<double>(number()); }
    std::string_view text() {
        const std::uint64_t length = number();
        if (bytes_.size() < length) fail();
        const std::string_view text = bytes_.substr(0, length);
        bytes_.remove_prefix(length);
        return text;
    }
    FilePosition position() {
        const std::uint64_t bytes = number();
        return {bytes, number()};
    }
    void require_end() const { require(bytes_.empty()); }
    static void require(bool holds) {
        if (!holds) fail();
    }

  private:
    // The checkpoint's digest was right, so this is another run's, or was made up.
    [[noreturn]] static void fail() {
        throw IoError("checkpoint", "its recordings are not those of this network");
    }
    std::string_view bytes_;
};

namespace {

/// Calls visit(recording, what) for the recordings of one kind.
template <class Kind, class Visit>
void for_each(const NetworkDescription& description, Visit&& visit) {
    for (const Recording& recording : description.recordings) {
        if (const Kind* what = std::get_if<Kind>(&recording.what)) visit(recording, *what);
    }
}

bool has_spikes(const NetworkDescription& description) {
    return std::any_of(description.recordings.begin(), description.recordings.end(),
                       [](const Recording& recording) {
                           return std::holds_alternative<SpikeRecording>(recording.what);
                       });
}

std::vector<std::string> names_of(const Network& network) {
    std::vector<std::string> names;
    for (const Population& population : network.populations)
        names.push_back(name_of(population));
    return names;
}

fs::path name_of_file(const Recording& recording) {
    return recording.name + ".csv";
}

} // namespace

/// Opens the files in the order of for_each_file: anew, or where a saved state says.
struct Recordings::Opener {
    const FolderOutput& output;
    std::optional<SavedNumbers> saved;
    double t_ms = 0.0; // of the run, when it was saved

    PartialFile open(const Recording& recording, std::string_view header) {
        if (saved) return {output, name_of_file(recording), saved->position()};
        PartialFile file(output, name_of_file(recording));
        file.buffer() += header;
        return file;
    }
    void open(std::optional<SpikeWriter>& writer, std::vector<std::string> names) {
        if (saved)
            writer.emplace(output, std::move(names), saved->position());
        else
            writer.emplace(output, std::move(names));
    }
};

Recordings::Recordings(const NetworkDescription& description, const FolderOutput& output)
    : Recordings(description, Opener{output, {}, 0.0}) {}

Recordings::Recordings(const NetworkDescription& description,
                       const FolderOutput& output,
                       std::string_view saved,
                       double t_ms)
    : Recordings(description, Opener{output, SavedNumbers(saved), t_ms}) {}

Recordings::Recordings(const NetworkDescription& description, Opener opener)
    : partial_name_(opener.output.partial_name()),
      spike_extents_(description.network.populations.size()) {
    if (opener.saved) (void)opener.saved->text(); // where: `output` knows
    open_potentials(description, opener);
    for_each<WeightRecording>(description, [&](const Recording& recording, const auto& what) {
        const auto& projection =
            std::get<SynapticProjection>(description.network.projections[what.projection.index]);
        weights_.push_back(
            {{what.projection, what.interval_ms},
             opener.open(recording, with_unit("t_ms,pre,post,weight_*\n",
                                              weight_unit_of(projection, description.network)))});
    });
    for_each<RateRecording>(description, [&](const Recording& recording, const auto& what) {
        rates_.push_back({extent_of(what.neurons, description.network), what.bin_ms,
                          opener.open(recording, "t_ms,rate_Hz\n")});
    });
    for_each<SpikeRecording>(description, [&](const Recording&, const auto& what) {
        spike_extents_[what.neurons.population.index].push_back(
            extent_of(what.neurons, description.network));
    });
    if (has_spikes(description)) opener.open(spikes_, names_of(description.network));
    if (!opener.saved) return;
    for (Rate& rate : rates_) {
        rate.bin = opener.saved->number();
        rate.count = opener.saved->number();
        SavedNumbers::require(rate.bin <= rate.bin_of(opener.t_ms) && rate.count <= k_most_counted);
    }
    opener.saved->require_end();
}

void Recordings::open_potentials(const NetworkDescription& description, Opener& opener) {
    for_each<PotentialRecording>(description, [&](const Recording& recording, const auto& what) {
        const Extent neurons = extent_of(what.neurons, description.network);
        PotentialRequest request{neurons.population, {}, what.interval_ms, 0.0};
        request.neurons.resize(neurons.last - neurons.first);
        std::iota(request.neurons.begin(), request.neurons.end(), neurons.first);
        potentials_.push_back({std::move(request), opener.open(recording, "t_ms,neuron,V_mV\n")});
    });
}

Recordings::Extent Recordings::extent_of(const NeuronRange& range, const Network& network) {
    const auto size =
        static_cast<std::uint32_t>(size_of(network.populations[range.population.index]));
    return {range.population, range.first, range.count ? range.first + *range.count : size};
}

std::vector<fs::path> Recordings::names(const NetworkDescription& description) {
    std::vector<fs::path> result;
    if (has_spikes(description)) result = SpikeWriter::names();
    for (const Recording& recording : description.recordings) {
        if (!std::holds_alternative<SpikeRecording>(recording.what))
            result.push_back(name_of_file(recording));
    }
    return result;
}

std::string Recordings::partial_name(std::string_view saved) {
    return std::string(SavedNumbers(saved).text());
}

template <class Visit> void Recordings::for_each_file(Visit&& visit) {
    for (Potential& potential : potentials_)
        visit(potential.file);
    for (Weights& weights : weights_)
        visit(weights.file);
    for (Rate& rate : rates_)
        visit(rate.file);
    if (spikes_) visit(*spikes_);
}

void Recordings::finish(double t_ms) {
    write_pending();
    for (Rate& rate : rates_)
        rate.finish(t_ms);
    for_each_file([](auto& file) { file.complete(); });
}

void Recordings::on_spikes(PopulationId population, SpikeKind kind, std::span<const Spike> spikes) {
    if (kind != SpikeKind::somatic) return;
    if (spikes_) collect(population, spikes);
    for (Rate& rate : rates_) {
        if (rate.neurons.population == population) rate.add(spikes);
    }
}

void Recordings::collect(PopulationId population, std::span<const Spike> spikes) {
    // No population comes twice in a window, so what is pending is whole windows.
    if (last_population_ && population.index <= *last_population_) write_pending();
    last_population_ = population.index;
    const std::vector<Extent>& extents = spike_extents_[population.index];
    for (const Spike& spike : spikes) {
        if (std::any_of(extents.begin(), extents.end(),
                        [&](const Extent& extent) { return extent.has(spike.source); })) {
            pending_.push_back({spike.t_ms, population.index, spike.source});
        }
    }
}

void Recordings::write_pending() {
    std::sort(pending_.begin(), pending_.end());
    if (spikes_) spikes_->append(pending_);
    pending_.clear();
    last_population_.reset();
}

std::vector<PotentialRequest> Recordings::potentials() const {
    std::vector<PotentialRequest> requests;
    for (const Potential& potential : potentials_)
        requests.push_back(potential.request);
    return requests;
}

void Recordings::on_potentials(std::size_t request,
                               std::span<const double> times_ms,
                               std::span<const double> V_mV) {
    auto& [asked, file] = potentials_[request];
    const std::size_t n = asked.neurons.size();
    for (std::size_t sample = 0; sample < times_ms.size(); ++sample) {
        for (std::size_t i = 0; i < n; ++i) {
            fmt::format_to(std::back_inserter(file.buffer()), "{},{},{}\n", times_ms[sample],
                           asked.neurons[i], V_mV[sample * n + i]);
            file.flush_if_full();
        }
    }
}

std::vector<WeightRequest> Recordings::weights() const {
    std::vector<WeightRequest> requests;
    for (const Weights& weights : weights_)
        requests.push_back(weights.request);
    return requests;
}

void Recordings::on_weights(std::size_t request, double t_ms, std::span<const Synapse> synapses) {
    PartialFile& file = weights_[request].file;
    for (const Synapse& synapse : synapses) {
        fmt::format_to(std::back_inserter(file.buffer()), "{},{},{},{}\n", t_ms, synapse.pre,
                       synapse.post, synapse.weight);
        file.flush_if_full();
    }
}

void Recordings::Rate::add(std::span<const Spike> spikes) {
    for (const Spike& spike : spikes) {
        if (!neurons.has(spike.source)) continue;
        write_until(bin_of(spike.t_ms));
        ++count;
    }
}

/// Bins begin at k * bin_ms as rounded; a quotient may round to the neighbour.
std::uint64_t Recordings::Rate::bin_of(double t_ms) const {
    const auto k = static_cast<std::uint64_t>(t_ms / bin_ms);
    if (static_cast<double>(k) * bin_ms > t_ms) return k - 1;
    return static_cast<double>(k + 1) * bin_ms <= t_ms ? k + 1 : k;
}

void Recordings::Rate::finish(double t_ms) {
    const double bins = std::floor(t_ms / bin_ms + k_rounding);
    write_until(static_cast<std::uint64_t>(bins));
    const double rest_ms = t_ms - static_cast<double>(bin) * bin_ms;
    if (rest_ms > k_rounding * bin_ms) write(rest_ms);
}

void Recordings::Rate::write_until(std::uint64_t next) {
    while (bin < next)
        write(bin_ms);
}

void Recordings::Rate::write(double width_ms) {
    const auto n_neurons = static_cast<double>(neurons.last - neurons.first);
    const double rate_Hz = 1000.0 * static_cast<double>(count) / (n_neurons * width_ms);
    fmt::format_to(std::back_inserter(file.buffer()), "{},{}\n", static_cast<double>(bin) * bin_ms,
                   rate_Hz);
    file.flush_if_full();
    ++bin;
    count = 0;
}

std::string Recordings::save() {
    write_pending();
    std::string bytes;
    put(bytes, static_cast<std::uint64_t>(partial_name_.size()));
    bytes += partial_name_;
    for_each_file([&](auto& file) {
        const FilePosition position = file.position();
        put(bytes, position.bytes);
        put(bytes, position.digest);
    });
    for (const Rate& rate : rates_) {
        put(bytes, rate.bin);
        put(bytes, rate.count);
    }
    return bytes;
}

RunStatistics::RunStatistics(const Network& network) {
    for (const Population& population : network.populations) {
        populations_.push_back({name_of(population), std::vector<Intervals>(size_of(population))});
    }
}

void RunStatistics::on_spikes(PopulationId population,
                              SpikeKind kind,
                              std::span<const Spike> spikes) {
    if (kind != SpikeKind::somatic) return;
    std::vector<Intervals>& neurons = populations_[population.index].neurons;
    for (const Spike& spike : spikes)
        neurons[spike.source].add(spike.t_ms);
}

std::uint64_t RunStatistics::spikes() const {
    std::uint64_t sum = 0;
    for (const OfPopulation& population : populations_)
        sum += population.spikes();
    return sum;
}

nlohmann::ordered_json RunStatistics::to_json(double t_ms) const {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const OfPopulation& population : populations_)
        json[population.name] = population.to_json(t_ms);
    return json;
}

std::string RunStatistics::save() const {
    std::string bytes;
    for (const OfPopulation& population : populations_) {
        for (const Intervals& neuron : population.neurons) {
            put(bytes, neuron.spikes);
            put(bytes, neuron.last_ms);
            put(bytes, neuron.mean_ms);
            put(bytes, neuron.squares);
        }
    }
    return bytes;
}

void RunStatistics::load(std::string_view saved, double t_ms, std::uint64_t n_spikes) {
    SavedNumbers numbers(saved);
    for (OfPopulation& population : populations_) {
        for (Intervals& neuron : population.neurons) {
            neuron.spikes = numbers.number();
            neuron.last_ms = numbers.real();
            neuron.mean_ms = numbers.real();
            neuron.squares = numbers.real();
            SavedNumbers::require(neuron.can_be(t_ms));
        }
    }
    numbers.require_end();
    SavedNumbers::require(spikes() == n_spikes);
}

bool RunStatistics::Intervals::can_be(double t_ms) const {
    const auto between = [](double least, double value, double most) {
        return least <= value && value <= most; // no for NaN
    };
    if (spikes == 0) return last_ms == 0.0 && mean_ms == 0.0 && squares == 0.0;
    if (spikes == 1) return between(0.0, last_ms, t_ms) && mean_ms == 0.0 && squares == 0.0;
    return spikes <= k_most_counted && between(0.0, last_ms, t_ms) && between(0.0, mean_ms, t_ms) &&
           between(0.0, squares, static_cast<double>(spikes) * t_ms * t_ms);
}

void RunStatistics::Intervals::add(double t_ms) {
    if (++spikes > 1) {
        const double interval_ms = t_ms - last_ms;
        const double before = interval_ms - mean_ms;
        mean_ms += before / static_cast<double>(spikes - 1);
        squares += before * (interval_ms - mean_ms);
    }
    last_ms = t_ms;
}

std::optional<double> RunStatistics::Intervals::cv() const {
    if (spikes < 3 || mean_ms <= 0.0) return std::nullopt;
    return std::sqrt(squares / static_cast<double>(spikes - 1)) / mean_ms;
}

std::uint64_t RunStatistics::OfPopulation::spikes() const {
    std::uint64_t sum = 0;
    for (const Intervals& neuron : neurons)
        sum += neuron.spikes;
    return sum;
}

nlohmann::ordered_json RunStatistics::OfPopulation::to_json(double t_ms) const {
    double sum_of_cvs = 0.0;
    std::uint64_t n_cvs = 0;
    for (const Intervals& neuron : neurons) {
        if (const std::optional<double> cv = neuron.cv()) {
            sum_of_cvs += *cv;
            ++n_cvs;
        }
    }
    nlohmann::ordered_json json = {{"neurons", neurons.size()},
                                   {"spikes", spikes()},
                                   {"rate_Hz", nullptr},
                                   {"cv_isi", nullptr}};
    if (t_ms > 0.0) {
        json["rate_Hz"] =
            1000.0 * static_cast<double>(spikes()) / (static_cast<double>(neurons.size()) * t_ms);
    }
    if (n_cvs > 0) json["cv_isi"] = sum_of_cvs / static_cast<double>(n_cvs);
    json["cv_neurons"] = n_cvs;
    return json;
}

} // namespace spikewell::io
