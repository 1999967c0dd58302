#include "io/results/recordings.hpp"

#include "io/results/recording_requests.hpp"
#include "io/results/saved_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

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

std::string unit_of_weights(const WeightRecording& what, const NetworkDescription& description) {
    const Network& network = description.network;
    return std::string(weight_unit_of(
        std::get<SynapticProjection>(network.projections[what.projection.index]), network));
}
std::string unit_of_weights(const CouplingRecording&, const NetworkDescription&) {
    return "1";
}

/// Goes on with a report from what the CSV beside it holds.
void take_up(StateReport& report, PartialFile& csv) {
    std::vector<double> sample;
    const std::size_t n_elements = report.n_elements();
    each_row(csv.where(), csv.position().bytes, [&](std::span<const double> cells) {
        sample.insert(sample.end(), cells.begin() + 2, cells.end()); // behind time and neuron
        if (sample.size() < n_elements) return;
        report.append(cells[0], sample);
        sample.clear();
    });
}
void take_up(WeightReport& report, PartialFile& csv) {
    std::vector<Synapse> sample;
    double t_ms = 0.0;
    const auto append = [&] {
        if (!sample.empty()) report.append(t_ms, sample);
        sample.clear();
    };
    each_row(csv.where(), csv.position().bytes, [&](std::span<const double> cells) {
        if (cells[0] != t_ms) append();
        t_ms = cells[0];
        sample.push_back({static_cast<std::uint32_t>(cells[1]),
                          static_cast<std::uint32_t>(cells[2]), static_cast<float>(cells[3]),
                          0.0F});
    });
    append();
}

std::string header_of(const WeightRecording& what, const Network& network) {
    const auto& projection =
        std::get<SynapticProjection>(network.projections[what.projection.index]);
    return with_unit("t_ms,pre,post,weight_*\n", weight_unit_of(projection, network));
}
std::string header_of(const CouplingRecording&, const Network&) {
    return "t_ms,pre,post,coupling\n";
}

fs::path name_of_file(const Recording& recording) {
    return recording.name + ".csv";
}
fs::path name_of_hdf5(const Recording& recording) {
    return recording.name + ".h5";
}
bool has_hdf5(const Recording& recording) {
    return std::visit(
        []<class What>(const What& what) {
            if constexpr (Timed<What>)
                return what.hdf5;
            else
                return false;
        },
        recording.what);
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
    open_samples<PotentialRecording>(description, opener);
    open_samples<StateRecording>(description, opener);
    open_weights<WeightRecording>(description, opener);
    open_weights<CouplingRecording>(description, opener);
    for_each<RateRecording>(description, [&](const Recording& recording, const auto& what) {
        rates_.push_back({extent_of(what.neurons, description.network), TimeBins{0.0, what.bin_ms},
                          opener.open(recording, "t_ms,rate_Hz\n")});
    });
    for_each<SpikeRecording>(description, [&](const Recording&, const SpikeRecording& what) {
        std::vector<Extent>& extents = spike_extents_[what.neurons.population.index];
        if (what.listed.empty()) extents.push_back(extent_of(what.neurons, description.network));
        for (const std::uint32_t neuron : what.listed)
            extents.push_back({what.neurons.population, neuron, neuron + 1});
    });
    for (std::vector<Extent>& extents : spike_extents_)
        join(extents);
    if (has_spikes(description)) opener.open(spikes_, names_of(description.network));
    if (!opener.saved) return;
    for (Rate& rate : rates_) {
        rate.bin = opener.saved->number();
        rate.count = opener.saved->number();
        SavedNumbers::require(rate.bin <= rate.bins.at(opener.t_ms) &&
                              rate.count <= k_most_counted);
    }
    opener.saved->require_end();
}

template <class Kind>
void Recordings::open_weights(const NetworkDescription& description, Opener& opener) {
    for_each<Kind>(description, [&](const Recording& recording, const Kind& what) {
        weights_.push_back({request_of(what),
                            opener.open(recording, header_of(what, description.network)), nullptr});
        if (!what.hdf5) return;
        Weights& weights = weights_.back();
        weights.report = std::make_unique<WeightReport>(
            opener.output, name_of_hdf5(recording),
            WeightReport::Layout{std::string(Card<Kind>::key), unit_of_weights(what, description)});
        if (opener.saved) take_up(*weights.report, weights.file);
    });
}

template <class Kind>
void Recordings::open_samples(const NetworkDescription& description, Opener& opener) {
    for_each<Kind>(description, [&](const Recording& recording, const Kind& what) {
        const Population& population =
            description.network.populations[what.neurons.population.index];
        samples_.push_back(
            {request_of(what, description.network),
             opener.open(recording,
                         fmt::format("t_ms,{},{}\n", is_dyadic(population) ? "node" : "neuron",
                                     fmt::join(variables_of(what), ","))),
             nullptr});
        if (!what.hdf5) return;
        Samples& samples = samples_.back();
        samples.report = std::make_unique<StateReport>(
            opener.output, name_of_hdf5(recording),
            StateReport::Layout{name_of(population),
                                samples.request.neurons,
                                variables_of(what),
                                {what.interval_ms, !what.times_ms.empty()}});
        if (opener.saved) take_up(*samples.report, samples.file);
    });
}

Recordings::Extent Recordings::extent_of(const NeuronRange& range, std::size_t size) {
    return {range.population, range.first,
            range.count ? range.first + *range.count : static_cast<std::uint32_t>(size)};
}
Recordings::Extent Recordings::extent_of(const NeuronRange& range, const Network& network) {
    return extent_of(range, size_of(network.populations[range.population.index]));
}

void Recordings::join(std::vector<Extent>& extents) {
    std::sort(extents.begin(), extents.end(),
              [](const Extent& a, const Extent& b) { return a.first < b.first; });
    std::size_t n = 0; // joined
    for (const Extent& extent : extents) {
        if (n > 0 && extent.first <= extents[n - 1].last)
            extents[n - 1].last = std::max(extents[n - 1].last, extent.last);
        else
            extents[n++] = extent;
    }
    extents.resize(n);
}

std::vector<fs::path> Recordings::names(const NetworkDescription& description) {
    std::vector<fs::path> result;
    if (has_spikes(description)) result = SpikeWriter::names();
    for (const Recording& recording : description.recordings) {
        if (!std::holds_alternative<SpikeRecording>(recording.what))
            result.push_back(name_of_file(recording));
        if (has_hdf5(recording)) result.push_back(name_of_hdf5(recording));
    }
    return result;
}

std::string Recordings::partial_name(std::string_view saved) {
    return std::string(SavedNumbers(saved).text());
}

template <class Visit> void Recordings::for_each_file(Visit&& visit) {
    for (Samples& samples : samples_)
        visit(samples.file);
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
    for (Samples& samples : samples_)
        if (samples.report) samples.report->complete();
    for (Weights& weights : weights_)
        if (weights.report) weights.report->complete();
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
        // The first that ends behind the neuron.
        const auto extent =
            std::partition_point(extents.begin(), extents.end(),
                                 [&](const Extent& e) { return e.last <= spike.source; });
        if (extent != extents.end() && extent->first <= spike.source)
            pending_.push_back({spike.t_ms, population.index, spike.source});
    }
}

void Recordings::write_pending() {
    std::sort(pending_.begin(), pending_.end());
    if (spikes_) spikes_->append(pending_);
    pending_.clear();
    last_population_.reset();
}

std::vector<SampleRequest> Recordings::samples() const {
    std::vector<SampleRequest> requests;
    for (const Samples& samples : samples_)
        requests.push_back(samples.request);
    return requests;
}

void Recordings::on_samples(std::size_t request,
                            std::span<const double> times_ms,
                            std::span<const double> values) {
    auto& [asked, file, report] = samples_[request];
    const std::size_t n_columns = asked.columns.size();
    for (const double t_ms : times_ms) {
        if (report) report->append(t_ms, values.first(report->n_elements()));
        for (const std::uint32_t neuron : asked.neurons) {
            fmt::format_to(std::back_inserter(file.buffer()), "{},{},{}\n", t_ms, neuron,
                           fmt::join(values.first(n_columns), ","));
            values = values.subspan(n_columns);
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
    auto& [asked, file, report] = weights_[request];
    if (report) report->append(t_ms, synapses);
    for (const Synapse& synapse : synapses) {
        fmt::format_to(std::back_inserter(file.buffer()), "{},{},{},{}\n", t_ms, synapse.pre,
                       synapse.post, synapse.weight);
        file.flush_if_full();
    }
}

void Recordings::Rate::add(std::span<const Spike> spikes) {
    for (const Spike& spike : spikes) {
        if (!neurons.has(spike.source)) continue;
        write_until(bins.at(spike.t_ms));
        ++count;
    }
}

void Recordings::Rate::finish(double t_ms) {
    write_until(bins.over_at(t_ms));
    const double rest_ms = t_ms - bins.begin_ms(bin);
    if (rest_ms > TimeBins::k_rounding * bins.width_ms) write(rest_ms);
}

void Recordings::Rate::write_until(std::uint64_t next) {
    while (bin < next)
        write(bins.width_ms);
}

void Recordings::Rate::write(double width_ms) {
    const auto n_neurons = static_cast<double>(neurons.last - neurons.first);
    const double rate_Hz = 1000.0 * static_cast<double>(count) / (n_neurons * width_ms);
    fmt::format_to(std::back_inserter(file.buffer()), "{},{}\n", bins.begin_ms(bin), rate_Hz);
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

} // namespace spikewell::io
