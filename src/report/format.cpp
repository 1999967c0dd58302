#include "report/format.hpp"

#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"

#include <algorithm>

namespace spikewell::report {

namespace {

// Characters, not bytes, of a UTF-8 text: what a column's width counts.
std::size_t length_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

} // namespace

std::string mean_and_error(std::span<const double> values, int decimals) {
    std::vector<double> finite;
    std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
                 [](double x) { return std::isfinite(x); });
    if (finite.empty()) return "–";
    if (finite.size() == 1) return shown(finite.front(), decimals);
    return fmt::format("{} ± {}", shown(mean(finite), decimals),
                       shown(standard_error(finite), decimals));
}

std::string shown(const experiments::Scores& scores, int decimals) {
    return scores.dr2.empty() ? "not measured" : shown(scores.median, decimals);
}

Matrix image_of(std::span<const double> column, std::size_t width) {
    const std::size_t height = (column.size() + width - 1) / width;
    Matrix image(height, width);
    for (std::size_t n = 0; n < column.size(); ++n)
        image(n / width, n % width) = column[n];
    return image;
}

ImageRow image_row(const std::string& caption,
                   const Matrix& columns,
                   std::size_t width,
                   double limit,
                   const std::vector<std::string>& captions) {
    ImageRow row{caption, {}, limit, 9};
    for (std::size_t c = 0; c < columns.cols; ++c) {
        row.images.push_back({image_of(columns.column(c), width),
                              c < captions.size() ? captions[c] : std::string()});
    }
    return row;
}

double largest(const Matrix& values) {
    double most = 1e-9;
    for (const double x : values.values)
        most = std::max(most, std::abs(x));
    return most;
}

std::string to_text(const Table& table) {
    std::vector<std::size_t> widths(table.header.size(), 0);
    const auto widen = [&](const std::vector<std::string>& cells) {
        for (std::size_t c = 0; c < cells.size() && c < widths.size(); ++c) {
            widths[c] = std::max(widths[c], length_of(cells[c]));
        }
    };
    widen(table.header);
    for (const auto& row : table.rows)
        widen(row);
    std::string text = table.caption.empty() ? "" : table.caption + "\n";
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string out;
        for (std::size_t c = 0; c < cells.size() && c < widths.size(); ++c) {
            const std::string padding(widths[c] - length_of(cells[c]), ' ');
            out += c == 0 ? cells[c] + padding : "  " + padding + cells[c];
        }
        text += out + "\n";
    };
    line(table.header);
    for (const auto& row : table.rows)
        line(row);
    return text;
}

} // namespace spikewell::report
