#pragma once

#include "io/folder_output.hpp"
#include "mapping/layout.hpp"

#include <filesystem>
#include <vector>

namespace spikewell::io {

// A layout as a folder of files that other tools read:
//
//     machine.json         as io/machine_file.hpp says
//     placements.json      [{vertex_label, x, y, p}]                    PACMAN's schema
//     routing_tables.json  [{x, y, entries: [{key, mask, defaultable, spinnaker_route}]}]  PACMAN's schema;
//                          the order of entries is their priority. Of chips with more than 18 cores, whose
//                          routes do not fit its 24 bits, entries have "links" and "cores" (lists) instead.
//     keys.json            [{vertex_label, key, mask, n_keys}]
//     timings.json         {seconds: {stage: s}}: the only file that two runs write differently
//     layout.json          vertices, nets, populations and their slices, how it was made, statistics

/// Whether routes are written as PACMAN's 24-bit word (and layout.json says "routes":
/// "spinnaker_route"), else as lists ("links and cores").
[[nodiscard]] bool routes_fit_24_bits(const mapping::Board& board);

/// The files, in that order.
[[nodiscard]] std::vector<NamedText> layout_files(const mapping::Layout& layout);
/// Their names.
[[nodiscard]] std::vector<std::filesystem::path> layout_names();
/// Of those that are not the same bytes for the same input.
[[nodiscard]] std::vector<std::filesystem::path> layout_names_that_vary();

/// Reads them back. Throws IoError where they are not the files that layout.json lists. What makes no layout at all (a field that is missing, a vertex that no file
/// describes) throws DescriptionError with every problem of a file, or IoError; whether the layout is right
/// is for check_layout to say.
[[nodiscard]] mapping::Layout read_layout(const std::filesystem::path& folder);

/// A file as placements.json. Throws IoError, and DescriptionError with every problem.
[[nodiscard]] std::vector<mapping::NamedPlace> read_placements(const std::filesystem::path& path);

/// A layout of which files may have been changed since they were written.
struct FoundLayout {
    mapping::Layout layout;
    std::vector<std::string>
        differences; ///< from the list in layout.json, as io/file_list.hpp says
};
/// The same, to be looked into.
[[nodiscard]] FoundLayout find_layout(const std::filesystem::path& folder);

} // namespace spikewell::io
