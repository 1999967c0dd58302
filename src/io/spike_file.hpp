#pragma once

#include "core/ids.hpp"
#include "io/hdf5.hpp"
#include "io/output.hpp"

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::io {

/// How much of a growing file there is, and the digest of that much.
struct FilePosition {
    std::uint64_t bytes = 0;
    std::uint64_t digest = 0;
    bool operator==(const FilePosition&) const = default;
};

/// A text file that grows during a run as PATH.partial and becomes PATH at its end.
///
/// Without `publish` the partial file is removed again, unless a position of it was given out:
/// then a checkpoint relies on it.
class PartialFile {
  public:
    /// Begins the file; folders are made. Throws IoError, with Overwrite::refuse also where PATH or
    /// PATH.partial exists.
    PartialFile(std::filesystem::path path, Overwrite overwrite);
    /// Goes on behind a position of an earlier run, whose PATH.partial or PATH begins with those
    /// very bytes; what follows them is dropped. Throws IoError when neither does.
    PartialFile(std::filesystem::path path, const FilePosition& position);
    PartialFile(const PartialFile&) = delete;
    PartialFile& operator=(const PartialFile&) = delete;
    PartialFile(PartialFile&& other) noexcept;
    PartialFile& operator=(PartialFile&&) = delete;
    ~PartialFile();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] static std::filesystem::path partial(const std::filesystem::path& path);

    /// Where text is added; `flush_if_full` after each few lines keeps it small.
    [[nodiscard]] std::string& buffer() { return buffer_; }
    void flush_if_full();
    /// Everything so far is on the disk.
    [[nodiscard]] FilePosition position();
    /// Everything is on the disk; nothing may follow. For files that should appear together: all
    /// are completed, then all published.
    void complete();
    /// Takes its name. After `complete`.
    void publish();

  private:
    void flush();
    void open_behind(const FilePosition& position);

    std::filesystem::path path_;
    Overwrite overwrite_;
    int descriptor_ = -1;
    FilePosition written_;
    std::string buffer_;
    bool keep_ = false;
};

/// A spike of one population of several. Ordered by time first.
struct PopulationSpike {
    double t_ms = 0.0;
    std::uint32_t population = 0; ///< index into the writer's names
    std::uint32_t neuron = 0;
    auto operator<=>(const PopulationSpike&) const = default;
};

/// Writes the spikes of a run to FOLDER/spikes.csv (`t_ms,population,neuron`, times as the shortest
/// text that reads back the same) and FOLDER/spikes.h5 (SONATA), a chunk at a time.
///
/// Both grow under the names of PartialFile. The CSV is the one that a run can go on from: HDF5
/// does not survive being killed, so on resuming spikes.h5 is made again from the CSV, by the same
/// calls, hence the same bytes.
class SpikeWriter {
  public:
    /// Names must differ, not be empty, and hold no / , " or control character: they are groups and
    /// cells. Throws IoError.
    SpikeWriter(const std::filesystem::path& folder,
                std::vector<std::string> populations,
                Overwrite overwrite);
    /// Goes on behind a position of an earlier run; replaces its files.
    SpikeWriter(const std::filesystem::path& folder,
                std::vector<std::string> populations,
                const FilePosition& position);
    SpikeWriter(const SpikeWriter&) = delete;
    SpikeWriter& operator=(const SpikeWriter&) = delete;
    SpikeWriter(SpikeWriter&&) = delete;
    SpikeWriter& operator=(SpikeWriter&&) = delete;
    ~SpikeWriter();

    /// Both final paths.
    [[nodiscard]] static std::vector<std::filesystem::path> paths(
        const std::filesystem::path& folder);

    /// Spikes in time order within each population.
    void append(std::span<const PopulationSpike> spikes);
    [[nodiscard]] FilePosition position() { return csv_.position(); }
    void complete();
    void publish();
    /// complete, then publish.
    void finish();

  private:
    struct Column {
        std::vector<double> times_ms;
        std::vector<std::uint64_t> neurons;
    };

    SpikeWriter(std::vector<std::string> populations, PartialFile csv, Overwrite overwrite);
    void begin_hdf5();
    void append_to_hdf5(const PopulationSpike& spike);
    void write_chunk(std::uint32_t population);

    std::vector<std::string> names_;
    PartialFile csv_;
    std::filesystem::path h5_path_;
    Overwrite overwrite_;
    std::optional<hdf5::File> h5_; // none before it is made and once it is published
    std::vector<Column> columns_;  // [n_populations] what is not yet a whole chunk
};

/// Spikes of one population, sorted by (time, neuron).
struct PopulationSpikes {
    std::string population;
    std::vector<Spike> spikes;
    bool operator==(const PopulationSpikes&) const = default;
};

/// Populations in the order of their first spikes. Throws IoError with the line.
[[nodiscard]] std::vector<PopulationSpikes> read_spikes_csv(const std::filesystem::path& path);
/// SONATA spikes of any writer: sorting as an enumeration, as text or not told; units absent or ms.
/// Populations in the order of their names. Throws IoError.
[[nodiscard]] std::vector<PopulationSpikes> read_spikes_hdf5(const std::filesystem::path& path);

} // namespace spikewell::io
