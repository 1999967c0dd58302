#pragma once

#include "io/folder_output.hpp"
#include "io/hdf5.hpp"
#include "network/connector.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

/// What is sampled in a run, as HDF5 beside the CSV that the run can go on from: HDF5 does not survive
/// being killed, so on resuming it is made again from the CSV, by the same calls, hence the same bytes.
namespace spikewell::io {

/// Times of samples: at an interval, or as they come.
struct SampleTimes {
    double interval_ms = 1.0;
    bool listed = false;
};

/// States of neurons or nodes as a SONATA report: /report/POPULATION/data [time, element], an element for
/// each variable of each node, in this order; which is whose tells `mapping` (node_ids, index_pointer,
/// element_ids, and time: begin, end and step, or, of times that are listed, times_ms).
class StateReport {
  public:
    struct Layout {
        std::string population;
        std::vector<std::uint32_t> nodes;
        std::vector<std::string> variables; ///< each name ends in its unit
        SampleTimes times;
    };
    /// Throws IoError.
    StateReport(const FolderOutput& output, const std::filesystem::path& name, Layout layout);

    [[nodiscard]] std::size_t n_elements() const {
        return layout_.nodes.size() * layout_.variables.size();
    }
    /// The next sample: [n_nodes][n_variables].
    void append(double t_ms, std::span<const double> values);
    void complete();

  private:
    void flush();

    Layout layout_;
    std::size_t rows_a_chunk_;
    hdf5::File file_;
    std::vector<double> times_ms_;
    std::vector<double> pending_; // whole rows, less than a chunk
};

/// Weights, or couplings (`what`): /WHAT/times_ms, pre, post, and values [time, synapse].
class WeightReport {
  public:
    struct Layout {
        std::string what; ///< "weights" or "couplings"
        std::string unit;
    };
    /// Throws IoError.
    WeightReport(const FolderOutput& output, const std::filesystem::path& name, Layout layout);

    /// The next sample, of the same synapses as the one before.
    void append(double t_ms, std::span<const Synapse> synapses);
    void complete();

  private:
    void begin(std::span<const Synapse> synapses);

    Layout layout_;
    hdf5::File file_;
    std::vector<double> times_ms_;
    std::size_t n_synapses_ = 0;
};

/// Calls take(cells) for each line behind the first of the first n bytes of a CSV file of numbers that this
/// program wrote. Throws IoError.
void each_row(const std::filesystem::path& path,
              std::uint64_t n_bytes,
              const std::function<void(std::span<const double> cells)>& take);

} // namespace spikewell::io
