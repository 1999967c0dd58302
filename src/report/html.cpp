#include "report/html.hpp"

#include "core/build_info.hpp"
#include "embedded/report_marks_js.hpp"
#include "embedded/report_page_css.hpp"
#include "embedded/report_page_js.hpp"
#include "embedded/report_plot_css.hpp"
#include "embedded/report_plot_js.hpp"
#include "embedded/report_scale_js.hpp"
#include "report/plots.hpp"
#include "report/png.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace spikewell::report {

namespace {

using nlohmann::json;

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

/// JSON that cannot end the <script> element it stands in: inside strings, the only place of '<',
/// it can be written \u003c. Bytes that are no UTF-8 are replaced, NaN becomes null.
std::string script_json(const json& value) {
    std::string out;
    for (const char c : value.dump(-1, ' ', false, json::error_handler_t::replace)) {
        if (c == '<') {
            out += "\\u003c";
        } else {
            out += c;
        }
    }
    return out;
}

std::string figcaption(const std::string& caption) {
    return caption.empty() ? "" : fmt::format("<figcaption>{}</figcaption>\n", escaped(caption));
}

std::string to_html(const Paragraph& paragraph) {
    return fmt::format("<p>{}</p>\n", escaped(paragraph.text));
}

std::string to_html(const Table& table) {
    std::string out = "<figure class=\"table\">\n" + figcaption(table.caption);
    out += "<div class=\"wide\"><table>\n";
    if (!table.header.empty()) {
        out += "<thead><tr>";
        for (const std::string& cell : table.header) {
            out += fmt::format("<th scope=\"col\">{}</th>", escaped(cell));
        }
        out += "</tr></thead>\n";
    }
    out += "<tbody>\n";
    for (const std::vector<std::string>& row : table.rows) {
        out += "<tr>";
        std::string_view cell = "<th scope=\"row\">{}</th>"; // the first names the row
        for (const std::string& text : row) {
            out += fmt::format(fmt::runtime(cell), escaped(text));
            cell = "<td>{}</td>";
        }
        out += "</tr>\n";
    }
    return out + "</tbody>\n</table></div>\n</figure>\n";
}

/// A matrix as an image whose values the page's script tells under the pointer.
std::string img(const Matrix& values,
                double limit,
                std::size_t pixel_size,
                const std::string& alt) {
    std::vector<double> by_row; // [rows][cols], flattened
    by_row.reserve(values.values.size());
    for (std::size_t row = 0; row < values.rows; ++row) {
        for (std::size_t col = 0; col < values.cols; ++col)
            by_row.push_back(values(row, col));
    }
    return fmt::format("<img src=\"{}\" width=\"{}\" height=\"{}\" data-columns=\"{}\" "
                       "data-values=\"{}\" alt=\"{}\">",
                       data_uri(matrix_png(values, limit)), values.cols * pixel_size,
                       values.rows * pixel_size, values.cols, escaped(packed(by_row, 8).dump()),
                       escaped(alt));
}

std::string to_html(const Image& image, const ImageRow& row) {
    return fmt::format(
        "<div class=\"image\">{}<span>{}</span></div>\n",
        img(image.values, row.limit, static_cast<std::size_t>(row.pixel_size), image.caption),
        escaped(image.caption));
}

/// An end of the colour scale; "or more" where values lie beyond it.
std::string colour_end(double limit, bool low, bool clipped) {
    return fmt::format("{}{}{:.4g}", clipped ? (low ? "&le;&nbsp;" : "&ge;&nbsp;") : "",
                       low ? "&minus;" : "", limit);
}

std::string colour_bar(const ImageRow& row) {
    bool low = false;
    bool high = false;
    for (const Image& image : row.images) {
        for (const double value : image.values.values) {
            low = low || value < -row.limit;
            high = high || value > row.limit;
        }
    }
    return fmt::format("<div class=\"colour-bar\"><span>{}</span><img src=\"{}\" "
                       "alt=\"colour scale\"><span>{}</span></div>\n",
                       colour_end(row.limit, true, low), data_uri(colour_bar_png()),
                       colour_end(row.limit, false, high));
}

std::string to_html(const ImageRow& row) {
    std::size_t widest = 1;
    for (const Image& image : row.images)
        widest = std::max(widest, image.values.cols);
    std::string out =
        fmt::format("<figure class=\"images\">\n<div class=\"row\" style=\"--picture: {}px\">\n",
                    widest * static_cast<std::size_t>(row.pixel_size));
    for (const Image& image : row.images) {
        out += to_html(image, row);
    }
    out += "</div>\n" + colour_bar(row);
    return out + figcaption(row.caption) + "</figure>\n";
}

std::string to_html(const ImageGrid& grid) {
    std::string out = fmt::format("<figure class=\"images\">\n<div class=\"wide grid\" "
                                  "style=\"--picture: {}px\"><table><tbody>\n",
                                  grid.width_px);
    for (const ImageGrid::Row& row : grid.rows) {
        out +=
            fmt::format("<tr><th scope=\"row\">{}<br>±{:.3g}</th>", escaped(row.name), row.limit);
        for (const Image& image : row.images) {
            const auto size = static_cast<std::size_t>(grid.width_px) / image.values.cols;
            out += fmt::format("<td>{}<span>{}</span></td>",
                               img(image.values, row.limit, std::max<std::size_t>(1, size),
                                   row.name + " " + image.caption),
                               escaped(image.caption));
        }
        out += "</tr>\n";
    }
    out += fmt::format("</tbody></table></div>\n<div class=\"colour-bar\"><span>the least value of "
                       "a row</span><img src=\"{}\" alt=\"colour scale\"><span>the greatest</span>"
                       "</div>\n",
                       data_uri(colour_bar_png()));
    return out + figcaption(grid.caption) + "</figure>\n";
}

std::string to_html(const Plot& plot) {
    return fmt::format(
        "<figure class=\"plot\">\n<div class=\"place\"><noscript>This plot needs "
        "JavaScript.</noscript></div>\n<script type=\"application/json\">{}</script>\n"
        "{}</figure>\n",
        script_json(plot.spec), figcaption(plot.caption));
}

std::string to_html(const PlotGrid& grid) {
    std::string out = fmt::format("<div class=\"plots\" style=\"--plot: {}px\">\n", grid.width_px);
    for (const Plot& plot : grid.plots)
        out += to_html(plot);
    return out + "</div>\n";
}

std::string contents(const std::vector<Section>& sections) {
    std::string out = "<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<ol>\n";
    for (std::size_t i = 0; i < sections.size(); ++i) {
        out += fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i + 1,
                           escaped(sections[i].title));
    }
    return out + "</ol>\n</nav>\n";
}

/// A page that may load nothing: the policy makes the browser refuse what should not be there in
/// the first place.
std::string head(const Document& document) {
    return fmt::format(R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; )"
                       R"(style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{}</title>
<style>
{}{}</style>
</head>
)",
                       escaped(document.title), embedded::report_page_css(),
                       embedded::report_plot_css());
}

/// The colours that plots share with images, and the page's script.
std::string scripts() {
    json colours = {{"missing", hex(k_missing_colour)}, {"diverging", json::array()}};
    for (const Rgb& colour : diverging_colours()) {
        colours["diverging"].push_back(hex(colour));
    }
    return fmt::format("<script type=\"application/json\" id=\"colours\">{}</script>\n"
                       "<script>\n\"use strict\";\n(() => {{\n{}{}{}{}}})();\n</script>\n",
                       script_json(colours), embedded::report_scale_js(),
                       embedded::report_marks_js(), embedded::report_plot_js(),
                       embedded::report_page_js());
}

std::string section_html(const Section& section, std::size_t number) {
    std::string out =
        fmt::format("<section id=\"section-{}\">\n<h2>{}</h2>\n", number, escaped(section.title));
    for (const Block& block : section.blocks)
        out += std::visit([](const auto& one) { return to_html(one); }, block);
    return out + "</section>\n";
}

} // namespace

std::string to_html(const Document& document) {
    std::string out = head(document);
    out += fmt::format("<body>\n<header>\n<h1>{}</h1>\n", escaped(document.title));
    if (!document.subtitle.empty()) {
        out += fmt::format("<p>{}</p>\n", escaped(document.subtitle));
    }
    out += "</header>\n";
    if (document.sections.size() > 1) {
        out += contents(document.sections);
    }
    out += "<main>\n";
    for (std::size_t i = 0; i < document.sections.size(); ++i)
        out += section_html(document.sections[i], i + 1);
    out += fmt::format("</main>\n<footer>\n<p>Made by Spikewell {}</p>\n</footer>\n",
                       escaped(build_info_text()));
    return out + scripts() + "</body>\n</html>\n";
}

} // namespace spikewell::report
