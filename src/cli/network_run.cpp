#include "cli/network_run.hpp"

#include "cli/run_view.hpp"
#include "cli/simulate.hpp"
#include "cli/stop_signals.hpp"
#include "cli/support.hpp"
#include "io/made_by.hpp"
#include "io/path_text.hpp"
#include "io/results/energy_json.hpp"
#include "report/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace spikewell::cli {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

Json ratio(double of, double to) {
    return to > 0.0 ? Json(of / to) : Json(nullptr);
}

/// Distances from what was to be compared, null where a side has no values.
Json reference_json(const std::string& path,
                    const std::vector<io::MeasuredRun>& reference,
                    const std::vector<io::Distributions>& measured) {
    Json json = {{"path", io::utf8(path)},
                 {"runs", reference.size()},
                 {"counted_ms", reference.front().counted_ms},
                 {"populations", Json::object()}};
    for (const io::Distributions& of : measured) {
        const io::Distances from = io::mean_distances(of, reference);
        json["populations"][of.population] = {
            {"rates_Hz", from.rates}, {"cv_isi", from.cvs}, {"correlations", from.correlations}};
    }
    return json;
}

report::RunDistributions samples_of(const std::vector<io::Distributions>& measured) {
    report::RunDistributions samples;
    const auto add = [](std::vector<report::Sample>& to, const std::string& name,
                        const std::vector<double>& values) {
        if (!values.empty()) to.push_back({name, values});
    };
    for (const io::Distributions& of : measured) {
        add(samples.rates_Hz, of.population, of.rates_Hz);
        add(samples.cvs, of.population, of.cvs);
        add(samples.correlations, of.population, of.correlations);
    }
    return samples;
}

// After the user has asked to stop, windows have this long to come to their end, as most do.
constexpr std::chrono::milliseconds k_patience{250};

} // namespace

NetworkRun::NetworkRun(const NetworkDescription& description,
                       Network network,
                       RunFiles& files,
                       const SimulateOptions& options,
                       Exchange& exchange)
    : description_(description), options_(options), exchange_(exchange), files_(files),
      n_threads_(threads_to_use(options.threads)),
      simulator_(std::move(network), n_threads_, exchange), resumed_(files.saved.has_value()) {
    simulator_.set_rate_limit(options.rate_limit_Hz);
    std::optional<CheckpointParts> saved;
    if (files.saved) saved = split_parts(*files.saved);
    if (saved) load_run(simulator_, saved->simulator, description.duration_ms);
    if (exchange.rank() == 0) watch(saved);
    if (files.layout) counter_.emplace(description.network);
    files.saved.reset(); // as large as the simulator itself
    start_ms_ = simulator_.time_ms();
    before_ = simulator_.counters();
}

void NetworkRun::watch(const std::optional<CheckpointParts>& saved) {
    statistics_.emplace(description_.network, description_.warm_up_ms, options_.correlations);
    if (saved) {
        statistics_->load(saved->statistics, time_ms(), simulator_.counters().spikes);
        recordings_.emplace(description_, *files_.output, saved->recordings, time_ms());
    } else {
        recordings_.emplace(description_, *files_.output);
    }
}

/// A checkpoint is due when rank 0's clock says so. Ranks stop together for it, and go on.
void NetworkRun::simulate(ProgressBar& bar, EnergyWatch& energy) {
    std::vector<Recorder*> recorders;
    if (recordings_) recorders = {&*recordings_, &*statistics_};
    if (counter_) recorders.push_back(&*counter_);
    Clock::time_point last_checkpoint = Clock::now();
    const bool keeps_clock = exchange_.rank() == 0 && !options_.kept.file().empty();
    const auto go_on = [&](double t_ms) {
        // The end is told once, by `go`.
        const double end_ms = description_.duration_ms;
        const double fraction = end_ms > 0.0 ? std::min(t_ms / end_ms, 0.999) : 0.0;
        bar.update("simulate", fraction, t_ms - start_ms_);
        energy.look_now_and_then();
        return !StopSignals::asked() &&
               !(keeps_clock && seconds_since(last_checkpoint) >= options_.kept.every_s);
    };
    completed_ = resumed_ ? simulator_.resume(recorders, go_on)
                          : simulator_.run(description_.duration_ms, recorders, go_on);
    while (!completed_ && !exchange_.any(StopSignals::asked())) {
        save_checkpoint();
        last_checkpoint = Clock::now(); // after it, so that slow ones leave time to simulate
        completed_ = simulator_.resume(recorders, go_on);
    }
}

void NetworkRun::save_checkpoint() {
    if (options_.kept.file().empty()) return;
    std::string content = simulator_.save();
    if (exchange_.rank() != 0) return;
    // The recordings' files first: the checkpoint says how much of them there is.
    content = join_parts(std::move(content), recordings_->save(), statistics_->save());
    io::FolderOutput& output = *files_.output;
    const bool first = !output.keeps();
    output.keep_for(files_.checkpoint->path());
    try {
        files_.checkpoint->write(content, files_.identity);
    } catch (...) {
        if (first) output.keep_no_longer();
        throw;
    }
}

void NetworkRun::go(ProgressBar& bar, double build_s) {
    const StopSignals signals;
    exchange_.meet(); // ranks that build longer are no wait of the run
    const ExchangeStatistics exchange_before = exchange_.statistics();
    EnergyWatch energy;
    const Clock::time_point start = Clock::now();
    simulator_.set_give_up([] { return StopSignals::asked_before(k_patience); });
    try {
        simulate(bar, energy);
    } catch (const Abandoned&) {
        if (exchange_.n_ranks() > 1)
            throw Interrupted("interrupted within a window too long to wait for its end");
        abandoned_ = true;
    }
    simulator_.set_give_up({});
    wall_s_ = seconds_since(start);
    const EnergyUse used = energy.use();
    const ExchangeStatistics exchanged = exchange_.statistics() - exchange_before;
    if (completed_)
        bar.update("simulate", 1.0, own_ms());
    else if (!abandoned_)
        save_checkpoint();
    now_ = simulator_.counters();
    meter_ = used.meter;
    ranks_ = gather_costs(exchange_,
                          {simulator_.synapse_bytes(),
                           peak_rss_mib(),
                           exchanged,
                           {machine_digest(), used.processor_s,
                            used.measured_J.value_or(std::numeric_limits<double>::quiet_NaN())}});
    if (exchange_.rank() == 0) {
        recordings_->finish(time_ms());
        write_files(build_s);
    }
    exchange_.meet(); // a signal that comes late ends no rank while rank 0 writes
}

void NetworkRun::write_files(double build_s) {
    const std::vector<io::Distributions> measured = statistics_->distributions(time_ms());
    const double counted_ms = std::max(time_ms() - description_.warm_up_ms, 0.0);
    if (options_.distributions)
        files_.output->write(io::k_distributions_file,
                             io::distributions_text({{description_.network.seed, counted_ms,
                                                      options_.correlations.bin_ms, measured}}));
    Json run = to_json(build_s);
    if (!files_.reference.empty())
        run["reference"] = reference_json(options_.reference, files_.reference, measured);
    if (options_.report) {
        report::RecordedRun recorded = read_recordings(description_, *files_.output, time_ms());
        recorded.distributions = samples_of(measured);
        files_.output->write(k_report_page, report::to_html(report::run_document(recorded, run)));
    }
    files_.output->publish(k_main_file, run.dump(1));
}

std::string NetworkRun::summary() const {
    std::string told;
    if (ranks_.size() > 1) told = table_of(ranks_, now_.windows - before_.windows, wall_s_) + "\n";
    return told +
           fmt::format("{}: {:.6g} ms, {} spikes in {:.2f} s, {}, q = {:.3g} (wall / model time)",
                       options_.out, time_ms(), statistics_->spikes(), wall_s_,
                       io::energy_text(energy()),
                       own_ms() > 0.0 ? wall_s_ / (own_ms() / 1000.0) : 0.0);
}

/// Of this process's own stretch, as the times it took.
Json NetworkRun::energy() const {
    const io::EventsDone done{now_.synaptic_events - before_.synaptic_events,
                              now_.poisson_inputs - before_.poisson_inputs};
    std::vector<ProcessEnergy> of_ranks;
    for (const RankCost& rank : ranks_)
        of_ranks.push_back(rank.energy);
    Json json = io::energy_to_json(energy_together(of_ranks, meter_), options_.core, done);
    if (counter_)
        json["board"] = io::board_energy_to_json(
            {*files_.layout, mapping::work_of(*files_.layout, counter_->spikes()),
             files_.layout->network->pace, own_ms()},
            done);
    return json;
}

Json NetworkRun::to_json(double build_s) const {
    const auto events = static_cast<double>((now_.synaptic_events + now_.arrivals) -
                                            (before_.synaptic_events + before_.arrivals));
    std::uint64_t synapse_bytes = 0;
    double rss_mib = 0.0;
    for (const RankCost& rank : ranks_) {
        synapse_bytes += rank.synapse_bytes;
        rss_mib += rank.peak_rss_mib;
    }
    Json json = {{"format", "spikewell-run"},         {"version", 1},
                 {"made_by", io::made_by()},          {"network", io::utf8(options_.network)},
                 {"seed", description_.network.seed}, {"threads", n_threads_},
                 {"completed", completed_},           {"duration_ms", description_.duration_ms},
                 {"simulated_ms", time_ms()},         {"warm_up_ms", description_.warm_up_ms}};
    if (resumed_) json["resumed_at_ms"] = start_ms_;
    json["build_s"] = build_s;
    json["wall_s"] = wall_s_;
    json["q"] = ratio(wall_s_, own_ms() / 1000.0);
    json["events_per_s"] = ratio(events, wall_s_);
    json["energy"] = energy();
    json["synapse_bytes"] = synapse_bytes;
    json["peak_rss_mib"] = rss_mib;
    if (ranks_.size() > 1) json["ranks"] = cli::to_json(ranks_);
    json["counters"] = io::counters_to_json(now_);
    json["populations"] = statistics_->to_json(time_ms());
    return json;
}

} // namespace spikewell::cli
