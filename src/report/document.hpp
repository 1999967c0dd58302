#pragma once

#include "core/matrix.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <variant>
#include <vector>

/// A report as a value: what stands in it, not how it looks. `html.hpp` turns it into one self-contained page.
namespace spikewell::report {

struct Paragraph {
    std::string text; ///< plain text, escaped when written
};

struct Table {
    std::string caption;
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows; ///< first cell of a row is its heading; others right-aligned
};

/// A matrix drawn as pixels on a diverging colour map, -limit .. limit; written as an inline PNG, so it needs no script.
struct Image {
    Matrix values; // [height x width]
    double limit = 1.0; ///< > 0; values beyond it are clipped
    std::string caption;
};

/// Images side by side that share a meaning and a colour scale (drawn below them with its ends -limit .. limit).
struct ImageRow {
    std::string caption;
    std::vector<Image> images;
    int pixel_size = 8; ///< screen pixels a matrix element
};

/// A Vega-Lite specification; drawn where the plotting library was built in, otherwise the caption says it was not.
struct Plot {
    std::string caption;
    nlohmann::json spec;
};

using Block = std::variant<Paragraph, Table, ImageRow, Plot>;

struct Section {
    std::string title;
    std::vector<Block> blocks;
};

struct Document {
    std::string title;
    std::string subtitle;
    std::vector<Section> sections;
};

} // namespace spikewell::report
