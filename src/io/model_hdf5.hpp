#pragma once

#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/model_file.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

/// The parts that the two kinds of model files share, and the one in HDF5; see model_file.hpp.
namespace spikewell::io {

inline constexpr const char* k_model_format = "spikewell-model";
inline constexpr std::uint32_t k_model_version = 2;

/// What does not fit together, with JSON pointers.
void add_problems(const Model& model, std::vector<Problem>& problems);
/// `data.csv` as it stands in the file `model` becomes a path. Throws DescriptionError.
void resolve_csv(experiments::Config& config, const std::filesystem::path& model);
/// The CONFIG with `data.csv` as it stands in the file `model`.
[[nodiscard]] nlohmann::ordered_json config_beside(const experiments::Config& config,
                                                   const std::filesystem::path& model);

[[nodiscard]] Model read_hdf5_model(const std::filesystem::path& path);
[[nodiscard]] std::string hdf5_content(const Model& model, const std::filesystem::path& path);

} // namespace spikewell::io
