#pragma once

#include "io/results/report_file.hpp"
#include "io/results/time_bins.hpp"
#include "io/spike_file.hpp"
#include "network/description.hpp"
#include "network/engine/recorder.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::io {

/// Writes what a description says is to be recorded, while it happens, to a folder:
///
/// | recording | file | columns |
/// |---|---|---|
/// | spikes, all together, each once | spikes.csv, spikes.h5 (SONATA) | t_ms,population,neuron |
/// | potential | NAME.csv | t_ms,neuron,V_mV |
/// | state | NAME.csv | t_ms,neuron and the variables, as w_pA; of nodes t_ms,node,sigma |
/// | weights | NAME.csv | t_ms,pre,post,weight_UNIT (mV, nS, pA, as the model has it); indices within the projection's ranges |
/// | couplings | NAME.csv | t_ms,pre,post,coupling; nodes |
/// | rate | NAME.csv | t_ms (where the bin begins),rate_Hz |
///
/// All but spikes and rates also as NAME.h5 (report_file.hpp), where the recording asks for it.
///
/// Spikes are somatic ones, in time order over all populations, where the engine hands a window's
/// populations over in the order of their indices. A last bin that the run's end cuts short has the
/// rate of the part there is. Memory: one window's spikes and a fixed buffer a file.
///
/// Throws IoError where a file cannot be written.
class Recordings final : public Recorder {
  public:
    /// Begins the files, which `output` publishes after `finish`.
    Recordings(const NetworkDescription& description, const FolderOutput& output);
    /// Goes on in the files of an earlier run from where `save` was called, at t_ms of the run.
    Recordings(const NetworkDescription& description,
               const FolderOutput& output,
               std::string_view saved,
               double t_ms);

    /// The files that a run of this description ends with, relative to its folder.
    [[nodiscard]] static std::vector<std::filesystem::path> names(
        const NetworkDescription& description);
    /// The partial folder that `saved` goes on in.
    [[nodiscard]] static std::string partial_name(std::string_view saved);

    /// Puts all there is on the disk and returns how much that is and where; between windows only. The
    /// partial folder must stay for it.
    [[nodiscard]] std::string save();
    /// Completes all files up to `t_ms`. Nothing may follow.
    void finish(double t_ms);

    [[nodiscard]] bool wants_predicted() const override { return false; }
    void on_spikes(PopulationId population, SpikeKind kind, std::span<const Spike> spikes) override;
    [[nodiscard]] std::vector<SampleRequest> samples() const override;
    void on_samples(std::size_t request,
                    std::span<const double> times_ms,
                    std::span<const double> values) override;
    [[nodiscard]] std::vector<WeightRequest> weights() const override;
    void on_weights(std::size_t request, double t_ms, std::span<const Synapse> synapses) override;

  private:
    /// Neurons first .. last - 1 of a population.
    struct Extent {
        PopulationId population;
        std::uint32_t first = 0;
        std::uint32_t last = 0;

        [[nodiscard]] bool has(std::uint32_t neuron) const {
            return first <= neuron && neuron < last;
        }
    };
    struct Samples {
        SampleRequest request;
        PartialFile file;
        std::unique_ptr<StateReport> report; // none: CSV alone
    };
    struct Weights {
        WeightRequest request;
        PartialFile file;
        std::unique_ptr<WeightReport> report; // none: CSV alone
    };
    /// Bins are written when a later one begins, the empty ones between them, too.
    struct Rate {
        Extent neurons;
        TimeBins bins;
        PartialFile file;
        std::uint64_t bin = 0;   // the one being counted
        std::uint64_t count = 0; // its spikes

        void add(std::span<const Spike> spikes);
        void finish(double t_ms);
        void write_until(std::uint64_t next);
        void write(double width_ms);
    };
    struct Opener;

    Recordings(const NetworkDescription& description, Opener opener);
    template <class Kind> void open_samples(const NetworkDescription& description, Opener& opener);
    template <class Kind> void open_weights(const NetworkDescription& description, Opener& opener);
    [[nodiscard]] static Extent extent_of(const NeuronRange& range, std::size_t size);
    [[nodiscard]] static Extent extent_of(const NeuronRange& range, const Network& network);
    /// Sorts extents of one population and joins those that meet.
    static void join(std::vector<Extent>& extents);
    void collect(PopulationId population, std::span<const Spike> spikes);
    void write_pending();
    template <class Visit> void for_each_file(Visit&& visit);

    std::string partial_name_;
    std::vector<std::vector<Extent>>
        spike_extents_; // [n_populations] whose spikes are written, joined
    std::optional<SpikeWriter> spikes_;
    std::vector<Samples> samples_;
    std::vector<Weights> weights_;
    std::vector<Rate> rates_;

    // Spikes of the window that is being handed over; they go out in time order when the next one
    // begins.
    std::vector<PopulationSpike> pending_;
    std::optional<std::uint32_t> last_population_;
};

} // namespace spikewell::io
