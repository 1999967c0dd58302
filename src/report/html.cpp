#include "report/html.hpp"

#include "core/build_info.hpp"
#include "embedded/plotting_library_js.hpp"
#include "embedded/report_page_css.hpp"
#include "embedded/report_page_js.hpp"
#include "report/png.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikewell::report {

namespace {

using nlohmann::json;

/// Beyond so many values a plot is drawn on a canvas: an SVG element for each would make the page
/// slow.
constexpr std::size_t k_most_svg_values = 2000;

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

/// How many values a specification carries, in all its parts.
std::size_t n_values(const json& spec) {
    std::size_t n = 0;
    for (const auto& [key, part] : spec.items()) {
        if (key == "values" && part.is_array()) {
            n += part.size();
        } else if (part.is_structured()) {
            n += n_values(part);
        }
    }
    return n;
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

std::string to_html(const Image& image, const ImageRow& row) {
    const auto pixel_size = static_cast<std::size_t>(row.pixel_size);
    return fmt::format("<div class=\"image\"><img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"{}\">"
                       "<span>{}</span></div>\n",
                       data_uri(matrix_png(image.values, row.limit)),
                       image.values.cols * pixel_size, image.values.rows * pixel_size,
                       escaped(image.caption), escaped(image.caption));
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
    std::string out = "<figure class=\"images\">\n<div class=\"row\">\n";
    for (const Image& image : row.images) {
        out += to_html(image, row);
    }
    out += "</div>\n" + colour_bar(row);
    return out + figcaption(row.caption) + "</figure>\n";
}

std::string to_html(const Plot& plot) {
    std::string out = "<figure class=\"plot\">\n";
    if (has_plots()) {
        const char* renderer = n_values(plot.spec) > k_most_svg_values ? "canvas" : "svg";
        out += fmt::format("<div class=\"place\" data-renderer=\"{}\"><noscript>This plot needs "
                           "JavaScript.</noscript>"
                           "</div>\n<script type=\"application/json\">{}</script>\n",
                           renderer, script_json(plot.spec));
    } else {
        out += "<p class=\"absent\">Plot left out: this program was built without the plotting "
               "library.</p>\n";
    }
    return out + figcaption(plot.caption) + "</figure>\n";
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
/// the first place. Vega compiles its expressions, hence 'unsafe-eval'.
std::string head(const Document& document) {
    return fmt::format(R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; )"
                       R"(style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{}</title>
<style>
{}</style>
</head>
)",
                       escaped(document.title), embedded::report_page_css());
}

/// The colours that plots share with images, the library and what calls it.
std::string scripts() {
    json colours = {{"missing", hex(k_missing_colour)}, {"diverging", json::array()}};
    for (const Rgb& colour : diverging_colours()) {
        colours["diverging"].push_back(hex(colour));
    }
    return fmt::format(
        "<script type=\"application/json\" id=\"colours\">{}</script>\n<script>{}</script>\n"
        "<script>\n{}</script>\n",
        script_json(colours), embedded::plotting_library_js(), embedded::report_page_js());
}

std::string section_html(const Section& section, std::size_t number) {
    std::string out =
        fmt::format("<section id=\"section-{}\">\n<h2>{}</h2>\n", number, escaped(section.title));
    for (const Block& block : section.blocks)
        out += std::visit([](const auto& one) { return to_html(one); }, block);
    return out + "</section>\n";
}

bool wants_plots(const Document& document) {
    return std::ranges::any_of(document.sections, [](const Section& section) {
        return std::ranges::any_of(
            section.blocks, [](const Block& block) { return std::holds_alternative<Plot>(block); });
    });
}

} // namespace

bool has_plots() {
    return !embedded::plotting_library_js().empty();
}

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
    if (has_plots() && wants_plots(document)) {
        out += scripts();
    }
    return out + "</body>\n</html>\n";
}

} // namespace spikewell::report
