#pragma once

#include "io/folder_output.hpp"
#include "io/model_file.hpp"
#include "io/nir/nir.hpp"
#include "io/results/export_report.hpp"
#include "network/description.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

/// Networks and models for other programs, whatever the format.
namespace spikewell::io {

inline constexpr std::array<std::string_view, 4> k_export_formats{"pynn", "sonata", "nir",
                                                                  "nestml"};

struct ExportTarget {
    std::string format; ///< of k_export_formats
    NirOptions nir = {};
};

/// Writes what the format has for a network; `source` names it. Nodes become LIF neurons in SONATA and NIR. Throws as the
/// formats' own functions.
[[nodiscard]] ExportReport export_network(const NetworkDescription& description,
                                          const std::string& source,
                                          const ExportTarget& target,
                                          const FolderOutput& output);

/// The same of a trained network, which PyNN, and NIR for importers that take steps, get as a copy with what it was asked and
/// answered; SONATA, and NIR in the dirac convention, as LIF neurons that are shown the training images one after
/// another, all of them in duration_ms (none: an evaluation's steps each). Throws NetworkError for a duration without
/// effect.
[[nodiscard]] ExportReport export_model(const Model& model,
                                        const std::string& source,
                                        const ExportTarget& target,
                                        const std::optional<double>& duration_ms,
                                        const FolderOutput& output);

} // namespace spikewell::io
