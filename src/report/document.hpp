#pragma once

#include "core/matrix.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <variant>
#include <vector>

/// A report as a value: what stands in it, not how it looks. `html.hpp` turns it into one
/// self-contained page.
namespace spikewell::report {

struct Paragraph {
    std::string text; ///< plain text, escaped when written
};

struct Table {
    std::string caption;
    std::vector<std::string> header;
    std::vector<std::vector<std::string>>
        rows; ///< first cell of a row is its heading; others right-aligned
};

/// A matrix drawn as pixels, row 0 at the top; NaN is grey. At least one row and one column.
struct Image {
    Matrix values; // [height x width]
    std::string caption;
};

/// Images side by side that share a meaning and a diverging colour scale, -limit .. limit, drawn
/// below them, which tells where values were clipped. Inline PNG, so they need no script.
struct ImageRow {
    std::string caption;
    std::vector<Image> images;
    double limit = 1.0; ///< > 0; values beyond it are clipped
    int pixel_size = 8; ///< screen pixels a matrix element, >= 1
};

/// Rows of images whose columns belong together, each row on a scale of its own, which its heading
/// tells. What an image's caption says stands below it.
struct ImageGrid {
    struct Row {
        std::string name;
        std::vector<Image> images;
        double limit = 1.0; ///< > 0; values beyond it are clipped
    };
    std::string caption;
    std::vector<Row> rows;
    int width_px = 90; ///< of an image, >= 1
};

/// A plot as `plots.hpp` has it; drawn by the page's script.
struct Plot {
    std::string caption;
    nlohmann::json spec;
};

/// Plots side by side, as many in a row as there is room for.
struct PlotGrid {
    std::vector<Plot> plots;
    int width_px = 430; ///< of a plot at least, where the page has as much
};

using Block = std::variant<Paragraph, Table, ImageRow, ImageGrid, Plot, PlotGrid>;

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
