#pragma once

#include "core/digest.hpp"
#include "core/file_descriptor.hpp"
#include "core/ids.hpp"
#include "io/folder_output.hpp"
#include "io/hdf5.hpp"

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

/// A text file that grows during a run in the partial folder of its output.
class PartialFile {
  public:
    /// Begins it anew. `name` is relative to the output's folder. Throws IoError.
    PartialFile(const FolderOutput& output, const std::filesystem::path& name);
    /// Goes on behind a position of an earlier run: its partial file, or the file that it had become,
    /// begins with those very bytes; what follows them is dropped. Throws IoError when neither does.
    PartialFile(const FolderOutput& output,
                const std::filesystem::path& name,
                const FilePosition& position);

    /// What it becomes.
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Where it grows.
    [[nodiscard]] const std::filesystem::path& where() const { return where_; }

    /// Where text is added; `flush_if_full` after each few lines keeps it small.
    [[nodiscard]] std::string& buffer() { return buffer_; }
    void flush_if_full();
    /// Everything so far is on the disk.
    [[nodiscard]] FilePosition position();
    /// Everything is written; nothing may follow.
    void complete();

  private:
    void flush();
    [[nodiscard]] bool begins_with(const std::filesystem::path& path, const FilePosition& position);

    std::filesystem::path path_;
    std::filesystem::path where_;
    Descriptor file_;
    std::uint64_t bytes_ = 0;
    Digest digest_;
    std::string buffer_;
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
/// The CSV is the one that a run can go on from: HDF5 does not survive being killed, so on resuming
/// spikes.h5 is made again from the CSV, by the same calls, hence the same bytes.
class SpikeWriter {
  public:
    /// Names must differ, not be empty, and hold no / , " or control character: they are groups and
    /// cells. Throws IoError.
    SpikeWriter(const FolderOutput& output, std::vector<std::string> populations);
    /// Goes on behind a position of an earlier run.
    SpikeWriter(const FolderOutput& output,
                std::vector<std::string> populations,
                const FilePosition& position);

    /// Of both files.
    [[nodiscard]] static std::vector<std::filesystem::path> names();

    /// Spikes in time order within each population.
    void append(std::span<const PopulationSpike> spikes);
    [[nodiscard]] FilePosition position() { return csv_.position(); }
    /// Both are whole; nothing may follow.
    void complete();

  private:
    struct Column {
        std::vector<double> times_ms;
        std::vector<std::uint64_t> neurons;
    };

    void begin_hdf5();
    void append_to_hdf5(const PopulationSpike& spike);
    void write_chunk(std::uint32_t population);

    std::vector<std::string> names_;
    PartialFile csv_;
    hdf5::File h5_;
    std::vector<Column> columns_; // [n_populations] what is not yet a whole chunk
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
/// Populations in the order of their names. Of the layout before populations, /spikes/gids, all are of one
/// without a name. Throws IoError.
[[nodiscard]] std::vector<PopulationSpikes> read_spikes_hdf5(const std::filesystem::path& path);

} // namespace spikewell::io
