#include "io/sonata/sonata_losses.hpp"

#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace spikewell::io::sonata {

namespace {

struct PassedOver {
    Place place;
    std::vector<std::string_view> names; ///< "x*": all that begin with x
};

/// What has no bearing: who wrote it, where and in which order results go, how a grid of time steps is
/// gone through, what belongs to compartments, which point neurons have not, and where nodes are.
const std::vector<PassedOver>& passed_over() {
    static const std::vector<PassedOver> all{
        {Place::configuration, {"manifest", "version", "metadata", "comment", "output"}},
        {Place::run,
         {"dt", "nsteps_block", "block_run", "block_size", "overwrite_output_dir", "dL",
          "spike_threshold", "calc_ecp", "save_state"}},
        {Place::conditions, {"celsius"}},
        {Place::components,
         {"morphologies_dir", "biophysical_neuron_models_dir", "mechanisms_dir", "templates_dir",
          "recXelectrodes_dir", "alternate_morphologies", "end_feet_area", "vasculature_file",
          "vasculature_mesh", "provenance"}},
        {Place::network_files, {"name", "gid_map_file"}},
        {Place::input, {"name", "comment", "description"}},
        {Place::report,
         {"file_name", "file_type", "sections", "unit", "units", "compartments", "buffer_size",
          "comment", "description", "scaling", "type"}},
        {Place::nodes, {"node_id", "indices"}},
        {Place::edges, {"edge_id", "indices", "indicies"}},
        {Place::node_values,
         {"x", "y", "z", "positions", "rotation_angle_*", "orientation_*", "tuning_angle", "layer",
          "depth", "radius", "gid", "node_id", "recenter", "@library"}},
        {Place::edge_values,
         {"afferent_*", "efferent_*", "sec_id", "sec_x", "spine_length", "distance", "edge_id",
          "target_query", "source_query", "target_sections", "distance_range", "@library"}}};
    return all;
}

/// Texts that are no labels: what they name decides how a node or edge behaves.
bool names_behaviour(std::string_view name) {
    static constexpr std::array<std::string_view, 7> k_names{
        "model_type",      "model_template",   "dynamics_params",       "receptor_type",
        "weight_function", "model_processing", "synapse_model_template"};
    return std::find(k_names.begin(), k_names.end(), name) != k_names.end() ||
           name.ends_with("_function");
}

bool is_number(const std::string& text) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

bool is_group_name(const std::string& name) {
    return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string place_in(const hdf5::Object& object, const std::string& name) {
    return fmt::format("{}: {}/{}", object.file(), object.path(), name);
}

bool is_label(const hdf5::Group& values, const std::string& name) {
    if (names_behaviour(name)) return false;
    if (values.has_group("@library") && values.group("@library").has(name)) return true;
    return !values.has_group(name) && values.dataset(name).kind() == hdf5::Kind::text;
}

} // namespace

void Losses::add(std::string where, std::string what) {
    Problem loss{std::move(where), std::move(what)};
    if (std::find(all.begin(), all.end(), loss) == all.end()) all.push_back(std::move(loss));
}

bool is_passed_over(Place place, std::string_view name) {
    const auto fits = [&](std::string_view known) {
        return known.ends_with('*') ? name.starts_with(known.substr(0, known.size() - 1))
                                    : name == known;
    };
    return std::any_of(passed_over().begin(), passed_over().end(), [&](const PassedOver& table) {
        return table.place == place && std::any_of(table.names.begin(), table.names.end(), fits);
    });
}

void lose_keys(const nlohmann::json& object,
               const std::string& pointer,
               Place place,
               const std::set<std::string_view>& known,
               Losses& losses) {
    if (!object.is_object()) return losses.add(pointer, "must be an object, got " + shown(object));
    for (const auto& [key, value] : object.items()) {
        if (!known.contains(key) && !is_passed_over(place, key))
            losses.add(child_pointer(pointer, key),
                       fmt::format("has no place in a network, got {}", shown(value)));
    }
}

void lose_datasets(const hdf5::Group& population,
                   Place place,
                   const std::set<std::string_view>& known,
                   Losses& losses) {
    for (const std::string& name : population.names()) {
        if (!known.contains(name) && !is_passed_over(place, name) && !is_group_name(name))
            losses.add(place_in(population, name), "has no place in a network");
    }
}

void lose_values(const hdf5::Group& values,
                 Place place,
                 const std::set<std::string_view>& known,
                 Losses& losses) {
    for (const std::string& name : values.names()) {
        if (!known.contains(name) && !is_passed_over(place, name) && !is_label(values, name))
            losses.add(place_in(values, name), "has no place in a network");
    }
}

void lose_columns(const TypeRow& row,
                  const std::filesystem::path& table,
                  Place place,
                  const std::set<std::string_view>& known,
                  Losses& losses) {
    for (const auto& [name, cell] : row) {
        if (known.contains(name) || is_passed_over(place, name)) continue;
        if (!is_number(cell) && !names_behaviour(name)) continue; // a label
        losses.add(fmt::format("{}: column {}", table.string(), printable(name)),
                   fmt::format("has no place in a network, got {}", printable(cell)));
    }
}

void refuse_losses(const Losses& losses, const std::filesystem::path& config) {
    std::vector<Problem> problems = losses.all;
    for (Problem& problem : problems)
        problem.message += "; --lossy leaves it out";
    throw_if_any(config.string(), problems);
}

std::vector<std::string> lines_of(const Losses& losses) {
    std::vector<std::string> lines;
    for (const Problem& loss : losses.all)
        lines.push_back(fmt::format("{}: {}", loss.pointer, loss.message));
    return lines;
}

} // namespace spikewell::io::sonata
